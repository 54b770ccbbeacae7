"""A setting as a notebook: the program of one network step by step, and its charts."""

import json

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from components.export.program import figures_shown, network_parts
from components.export.source import Source
from models import History

_CHARTS = {
    "curve": """import altair as alt
import pandas as pd

rows = pd.DataFrame(history, columns=["step", "loss", "accuracy", "gradients"])
axis = alt.X("step:Q").scale(type="symlog", constant=5).title({step})
alt.Chart(rows).mark_line().encode(axis, alt.Y("loss:Q").title({loss})).properties(width=500)""",
    "gradients": """norms = pd.DataFrame(
    [
        {{"when": f"{{number}}. {{when}}", "layer": layer, "norm": norm}}
        for number, (when, row) in enumerate([({start}, history[0]), ({end}, history[-1])], 1)
        for layer, norm in enumerate(row[3], start=1)
    ]
)
y = alt.Y("norm:Q").scale(type="log").axis(format=".0e").title({gradient})
alt.Chart(norms[norms["norm"] > 0]).mark_line(point=True).encode(
    alt.X("layer:O").title({layer}), y, alt.Color("when:N").title(None)
).properties(width=500)""",
}


def notebook(source: Source, history: History, network: int) -> bytes:
    """One network as a notebook (``.ipynb``, UTF-8); it asks for torch, pandas and altair."""
    words, experiment = source.words, history.experiment
    intro = [f"# {source.title}", *source.setting(experiment), f"<{source.link}>"]
    said, *figures, precision = figures_shown(words, history, network)
    intro += [said, "\n".join(f"- {figure}" for figure in figures), precision]
    cells = [new_markdown_cell("\n\n".join(intro))]
    for part in network_parts(words, experiment, network, logged=True):
        cells += [new_markdown_cell(part.about), new_code_cell(part.code)]
    names = {
        "step": words("charts.step"),
        "loss": words("charts.loss"),
        "gradient": words("charts.gradient"),
        "layer": words("charts.layer_short"),
        "start": words("numbers.start"),
        "end": words("numbers.end"),
    }
    for chart, code in _CHARTS.items():
        quoted = {name: json.dumps(said, ensure_ascii=False) for name, said in names.items()}
        cells += [new_markdown_cell(words(f"export.{chart}")), new_code_cell(code.format(**quoted))]
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
