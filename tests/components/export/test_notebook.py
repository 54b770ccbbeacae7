"""The exported notebook runs from top to bottom, shows charts, and ends with the lab's figures."""

import json

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from components.export.notebook import notebook
from models import Experiment, train
from tests.components.export.programs import Printed, source_of


@pytest.mark.parametrize(
    "experiment, language",
    [
        (Experiment(depth=3, width=5, steps=300, networks=3, dtype="float64", seed=4), "ko"),
        (Experiment(depth=0, steps=50, networks=1, dtype="float64", output="relu"), "en"),
    ],
)
def test_a_notebook_runs_as_a_stranger_would_run_it(tmp_path, experiment, language):
    history = train(experiment)
    source = source_of(experiment, language)
    book = nbformat.reads(notebook(source, history, 0).decode(), as_version=4)
    NotebookClient(book, timeout=120, resources={"metadata": {"path": tmp_path}}).execute()
    outputs = [output for cell in book.cells for output in cell.get("outputs", ())]
    said = Printed("".join(output["text"] for output in outputs if "text" in output))
    if history.diverged[0]:
        assert np.isnan(said.number("loss"))
    else:
        assert said.number("loss") == pytest.approx(history.loss[-1, 0], rel=1e-5)
        norms = history.weight_gradient_norm[-1, :, 0]
        np.testing.assert_allclose(said.gradients(experiment.layers), norms, rtol=1e-5)
    charts = [output["data"] for output in outputs if "text/html" in output.get("data", {})]
    assert len(charts) == 2
    assert json.dumps(source.words("charts.gradient"))[1:-1] in charts[1]["text/html"]
    assert source.link in book.cells[0]["source"]


def test_two_notebooks_of_one_run_are_alike():
    history = train(Experiment(depth=1, steps=2, networks=1))
    source = source_of(history.experiment)
    assert notebook(source, history, 0) == notebook(source, history, 0)
