"""Runs as a notebook: the program step by step, charts, and two exercises."""

import json
from collections.abc import Sequence
from dataclasses import replace

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from components.export import expressions, treated
from components.export.figures import made_with, network_figures
from components.export.program import imports, network_parts, network_settings
from components.export.source import Source
from components.words.text import Text
from models import Experiment, History
from models.norms import NORMS

INSTALL = "%pip install --quiet torch altair pandas vl-convert-python"
_CHARTS = {
    "curve": """import altair as alt
import pandas as pd

alt.renderers.enable("svg")  # {offline}
rows = pd.DataFrame(
    [(name, step, loss) for name, history in histories.items() for step, loss, *_ in history],
    columns=["run", "step", "loss"],
)
alt.Chart(rows).mark_line().encode(
    alt.X("step:Q").scale(type="symlog", constant=5).title({step}),
    alt.Y("loss:Q").title({loss}),
    alt.Color("run:N").title(None),
).properties(width=500)""",
    "gradients": """rows = pd.DataFrame(
    [
        (name, when, layer, norm)
        for name, history in histories.items()
        for when, (_, _, _, norms) in (({start}, history[0]), ({end}, history[-1]))
        for layer, norm in enumerate(norms, start=1)
        if 0 < norm < float("inf")
    ],
    columns=["run", "when", "layer", "norm"],
)
alt.Chart(rows).mark_line(point=True).encode(
    alt.X("layer:O").title({layer}),
    alt.Y("norm:Q").scale(type="log").axis(format=".0e").title({gradient}),
    alt.Color("run:N").title(None),
    alt.StrokeDash("when:N").sort([{start}, {end}]).title(None),
).properties(width=500)""",
}


def notebook(source: Source, histories: Sequence[History], network: int) -> bytes:
    """One network of a run, or of each of two, as a notebook (``.ipynb``, UTF-8)."""
    words, experiments = source.words, [history.experiment for history in histories]
    settings = network_settings(source, experiments, network)
    head = [f"# {source.title}", *settings, f"<{source.link}>", made_with(words)]
    cells = [new_markdown_cell("\n\n".join([*head, words("notebook.where")]))]
    cells += [_headed(words("notebook.install")), new_code_cell(INSTALL)]
    parts = network_parts(source, experiments, network, curve=True)
    for place, part in enumerate(parts):
        begin = f"{imports(parts)}\n" if place == 0 else ""
        cells += [_headed(part.title, part.about), new_code_cell(begin + part.code)]
    figures = "\n".join(network_figures(source, histories, network))
    cells.append(_headed(words("notebook.compare"), f"```text\n{figures}\n```"))
    if len(experiments) == 1:
        cells.append(new_code_cell(f'histories = {{"{experiments[0].phi.label}": history}}'))
    cells += _charts(source)
    for place, exercise in enumerate(_exercises(source, experiments), start=1):
        title = words("notebook.exercise", number=place)
        cells += [_headed(title, exercise), new_code_cell("")]
    return _written(cells)


def _headed(title: str, about: str = "") -> nbformat.NotebookNode:
    return new_markdown_cell(f"## {title}\n\n{about}".strip())


def _charts(source: Source) -> list[nbformat.NotebookNode]:
    words = source.words
    said = {
        "step": words("charts.step"),
        "loss": words("charts.loss"),
        "gradient": words("charts.gradient"),
        "layer": words("charts.layer_short"),
        "start": words("numbers.start"),
        "end": words("numbers.end"),
    }
    quoted = {name: json.dumps(text, ensure_ascii=False) for name, text in said.items()}
    cells = []
    for chart, code in _CHARTS.items():
        drawn = code.format(**quoted, offline=words("notebook.offline"))
        cells.append(_headed(words(f"notebook.{chart}"), words(f"export.{chart}")))
        cells.append(new_code_cell(drawn))
    return cells


def _exercises(source: Source, experiments: Sequence[Experiment]) -> list[str]:
    """Two that this notebook's cells can answer."""
    words = source.words
    rate, first = words("notebook.rate"), experiments[0]
    if not any(e.depth for e in experiments):
        return [_other_labels(words, first), rate]
    other = _other_layers(words, experiments)
    if any(e.start for e in experiments):  # these fit no other layers
        return [rate, other]
    depth = 3 if max(e.depth for e in experiments) > 4 else 9
    sizes = expressions.sizes(replace(first, depth=depth, hidden=None))
    deeper = words("notebook.depth", depth=depth, sizes=sizes)
    return [deeper, rate if any(e.phi.pieces > 1 for e in experiments) else other]


def _other_layers(words: Text, experiments: Sequence[Experiment]) -> str:
    """Without what helps them, if anything does; else with another activation."""
    if norms := treated.norms(experiments):
        return words("notebook.norm", norm=NORMS[norms[0]].module)
    if any(e.skip for e in experiments):
        return words("notebook.skip")
    used = {e.activation for e in experiments}
    other = next(name for name in ("tanh", "sigmoid", "relu") if name not in used)
    return words("notebook.activation", other=expressions.ACTIVATIONS[other])


def _other_labels(words: Text, experiment: Experiment) -> str:
    """For one neuron: labels that a line parts in place of such that none does, or the reverse."""
    task = experiment.task
    _, *coding = task.name.split("_")
    other = replace(experiment, data="_".join(["xor" if task.is_separable else "and", *coding]))
    return words(
        "notebook.labels_parted" if task.is_separable else "notebook.labels",
        data=task.label,
        other=other.task.label,
        labels=f"Y = {expressions.targets(other)}",
    )


def _written(cells: Sequence[nbformat.NotebookNode]) -> bytes:
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place}"  # else they are drawn at random, and no two files are alike
    book = new_notebook(cells=cells)
    book.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    book.metadata["language_info"] = {"name": "python"}
    nbformat.validate(book)
    return nbformat.writes(book).encode()
