"""The exported notebook runs from top to bottom, shows charts, and ends with the lab's figures."""

import ast
import re
from dataclasses import replace

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from components.export.notebook import INSTALL, notebook
from models import Experiment, train
from models.trainer import train_together
from tests.components.export.programs import Printed, source_of

SMALL = Experiment(depth=3, width=5, steps=300, networks=3, dtype="float64", seed=4)


def executed(raw: bytes, folder) -> nbformat.NotebookNode:
    """As a stranger runs it, who has what the first cell installs."""
    book = nbformat.reads(raw.decode(), as_version=4)
    cells = [cell for cell in book.cells if cell["source"] != INSTALL]
    assert len(cells) == len(book.cells) - 1
    book.cells = cells
    NotebookClient(book, timeout=120, resources={"metadata": {"path": folder}}).execute()
    return book


def outputs(book: nbformat.NotebookNode) -> list:
    return [output for cell in book.cells for output in cell.get("outputs", ())]


def drawn(book: nbformat.NotebookNode) -> list[str]:
    """Charts, as pictures that ask for nothing from outside."""
    pictures = [output.get("data", {}) for output in outputs(book)]
    return [data["image/svg+xml"] for data in pictures if "image/svg+xml" in data]


def printed(book: nbformat.NotebookNode) -> Printed:
    return Printed("".join(output["text"] for output in outputs(book) if "text" in output))


def test_a_notebook_runs_as_a_stranger_would_run_it(tmp_path):
    experiment = replace(SMALL, output="softmax", batch=3, order="shuffled")
    history = train(experiment)
    source = source_of(experiment, language="ko")
    book = executed(notebook(source, [history], 0), tmp_path)
    said = printed(book)
    assert said.number("loss") == pytest.approx(history.loss[-1, 0], rel=1e-5)
    norms = history.weight_gradient_norm[-1, :, 0]
    np.testing.assert_allclose(said.gradients(SMALL.layers), norms, rtol=1e-5)
    loss, gradients = drawn(book)
    assert source.words("charts.loss") in loss
    assert source.words("charts.gradient") in gradients
    assert source.link in book.cells[0]["source"]


def test_two_runs_are_drawn_beside_each_other(tmp_path):
    runs = [SMALL, replace(SMALL, activation="relu", init="he_normal")]
    histories = train_together(runs)
    source = source_of(*runs)
    book = executed(notebook(source, histories, 1), tmp_path)
    said = printed(book)
    for name, history in zip(source.style.names, histories, strict=True):
        for when, place in (("start", 0), ("end", -1)):
            shown = history.weight_gradient_norm[place, :, 1]
            found = [said.number(f"{name} {when} layer {n} gradient") for n in range(1, 5)]
            np.testing.assert_allclose(found, shown, rtol=1e-5)
    for picture in drawn(book):
        assert all(f">{name}<" in picture for name in source.style.names)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("activation, depth", [("sigmoid", 3), ("maxout", 2), ("tanh", 0)])
def test_a_notebook_is_laid_out_as_an_exercise(activation, depth, language):
    history = train(Experiment(activation=activation, depth=depth, steps=2, networks=1))
    source = source_of(history.experiment, language=language)
    book = nbformat.reads(notebook(source, [history], 0).decode(), as_version=4)
    texts = [cell["source"] for cell in book.cells if cell["cell_type"] == "markdown"]
    assert all(re.match(r"#{1,2} \S", text) for text in texts), "each begins with a heading"
    assert "Colab" in texts[0] and "JupyterLite" in texts[0]
    assert sum(source.words("notebook.exercise", number=n) in t for t in texts for n in (1, 2)) == 2
    code = [cell["source"] for cell in book.cells if cell["cell_type"] == "code"]
    assert code[0] == INSTALL
    used = {
        (getattr(node, "module", None) or node.names[0].name).split(".")[0]
        for cell in code[1:]
        for node in ast.walk(ast.parse(cell))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert used - {"math"} <= set(INSTALL.split())


def exercises(experiment: Experiment) -> list[str]:
    history = train(replace(experiment, steps=2))
    book = nbformat.reads(notebook(source_of(experiment), [history], 0).decode(), as_version=4)
    return [cell["source"] for cell in book.cells if cell["source"].startswith("## Exercise")]


def test_the_exercises_fit_the_run():
    """One neuron is asked for what it can do if it cannot, and the reverse, in the run's coding."""
    parted, not_parted = ("[[-1.0], [1.0], [1.0], [1.0]]", "[[-1.0], [1.0], [1.0], [-1.0]]")
    neuron = Experiment(depth=0, networks=1, output="tanh_squared", data="or_centred")
    asked = exercises(neuron)[0]
    assert f"Y = torch.tensor({not_parted})" in asked
    assert "a line parts the labels of OR ±1. Can one neuron learn XOR ±1" in asked
    assert parted not in asked
    assert "cannot learn XNOR. Can it learn AND" in exercises(replace(neuron, data="xnor"))[0]
    unequal = Experiment(hidden=(5, 10, 5), networks=1, output="softmax")
    assert "[2] + [10] * 9 + [2]" in exercises(unequal)[0]
    norm, skip = (exercises(replace(unequal, hidden=None, **own))[1]
                  for own in ({"norm": "layer"}, {"skip": True}))  # fmt: skip
    assert "`nn.Identity` in place of `nn.LayerNorm`" in norm
    assert "`return h` in place of `return h + x if self.skip else h`" in skip
    own = [([[1.0], [2.0]], [3.0]), ([[1.0]], [2.0])]
    kept = exercises(Experiment(depth=1, width=1, networks=1, start=own))
    assert len(kept) == 2
    assert not any("sizes" in each for each in kept), "these weights fit no other layers"


def test_two_notebooks_of_one_run_are_alike():
    history = train(Experiment(depth=1, steps=2, networks=1))
    source = source_of(history.experiment)
    assert notebook(source, [history], 0) == notebook(source, [history], 0)
