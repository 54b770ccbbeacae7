"""What the lab exports is read as the experiment that it was exported from."""

from dataclasses import replace

import nbformat
import pytest

from components.export import expressions
from components.export.notebook import notebook
from components.export.program import ensemble_program, network_program
from models import Experiment, train
from models.reading import read_program
from tests.components.export.programs import source_of
from tests.components.export.test_program import settings


def read_as(e: Experiment) -> Experiment:
    """With what no program of it says as usual."""
    usual = Experiment()
    if not e.depth:
        e = replace(e, width=usual.width, activation=usual.activation)
    seeded = e.start is None or e.order == "shuffled"
    return e if seeded else replace(e, seed=usual.seed)


WRITTEN = [name for name, e in settings().items() if e.output in expressions.LOSSES]


@pytest.mark.parametrize("name", WRITTEN)
def test_exported_programs_are_read_as_what_they_are(name):
    history = train(replace(settings()[name], steps=1))
    e, source = history.experiment, source_of(history.experiment)
    network = 2 % len(history.solved)
    one = replace(e, seed=e.seed + network, networks=1 if e.start else 64)
    both = {network_program(source, [history], network): one, ensemble_program(source, history): e}
    for program, wanted in both.items():
        reading = read_program(program)
        assert reading.refusal is None
        assert reading.experiment == read_as(wanted)


@pytest.mark.parametrize("name", ["relu nesterov", "one point at a time", "batch norm and skips"])
def test_a_notebook_is_read_as_what_it_is(name):
    history = train(replace(settings()[name], steps=1))
    e, source = history.experiment, source_of(history.experiment)
    book = notebook(source, [history], 1).decode()
    wanted = replace(e, seed=e.seed + 1, networks=64)
    cells = [cell for cell in nbformat.reads(book, 4).cells if cell.cell_type == "code"]
    pasted = "\n".join(cell.source for cell in cells)
    for text in (book, pasted):
        reading = read_program(text)
        assert reading.refusal is None
        assert reading.experiment == wanted


def test_a_program_of_two_runs_is_told_from_one_of_one():
    runs = [train(Experiment(activation=name, steps=1, networks=1)) for name in ("relu", "tanh")]
    reading = read_program(network_program(source_of(*(r.experiment for r in runs)), runs, 0))
    assert reading.refusal is not None
    assert reading.refusal.name == "several_trainings"
