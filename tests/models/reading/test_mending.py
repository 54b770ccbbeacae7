"""Programs with a mistake, mended: by the smallest change that reads as nothing but that."""

import ast
import difflib
from dataclasses import replace
from pathlib import Path

import pytest

from models import Experiment
from models.comparison import differing
from models.cures import cures
from models.reading import read_program
from models.reading.edits import Source, edited
from models.reading.mending import MENDINGS, mend, mend_all
from models.reading.mistakes import MISTAKES
from models.reading.rewriting import rewritten

PROGRAMS = Path(__file__).parent / "programs"
MISTAKEN = sorted(path.stem for path in PROGRAMS.glob("*_mistake_*.py"))
MOST_LINES = 4  # of a program that a mending touches

WHOLE = """\
import torch
import torch.nn as nn

X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])  # 한글
model = nn.Sequential(
    nn.Linear(2, 4),
    nn.Sigmoid(),
    nn.Linear(4, 4),
    nn.Sigmoid(),
    nn.Linear(4, 1),
    nn.Sigmoid(),
)
loss_function = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(1000):
    optimizer.zero_grad()
    loss = loss_function(model(X), Y)
    loss.backward()
    optimizer.step()
"""


def program(name: str) -> str:
    return (PROGRAMS / f"{name}.py").read_text(encoding="utf-8")


def changed(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in list(lines)[2:] if not line.startswith("@@")]


def test_every_mistake_can_be_mended():
    assert MENDINGS.keys() == MISTAKES.keys()
    seen = {mistake.name for name in MISTAKEN for mistake in read_program(program(name)).mistakes}
    assert seen == MISTAKES.keys()


@pytest.mark.parametrize("name", MISTAKEN)
def test_a_mended_program_is_the_same_without_its_mistake(name):
    reading = read_program(program(name))
    (mistake,) = reading.mistakes
    mended = mend(reading, mistake)
    assert mended is not None
    assert mended.text is not None
    again = read_program(mended.text)
    assert (again.mistakes, again.experiment) == ((), mended.experiment)
    if reading.experiment is not None:
        differs = differing([reading.experiment, again.experiment])
        assert set(differs) <= set(MENDINGS[mistake.name].fields)
    assert len(changed(reading.text, mended.text)) <= 2 * MOST_LINES
    ast.parse(mended.text)


def test_of_two_mistakes_each_is_mended_alone_and_both_together():
    text = WHOLE.replace("Y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])",
                         "Y = torch.tensor([0.0, 1.0, 1.0, 0.0])")  # fmt: skip
    reading = read_program(text.replace("    optimizer.zero_grad()\n", ""))
    assert [each.name for each in reading.mistakes] == ["broadcast_labels", "no_zero_grad"]
    labels, gradients = (mend(reading, each) for each in reading.mistakes)
    assert labels and gradients
    assert (labels.experiment.broadcast, labels.experiment.accumulate) == (False, True)
    assert (gradients.experiment.broadcast, gradients.experiment.accumulate) == (True, False)
    both = mend_all(reading)
    assert both is not None
    assert both.experiment == read_program(WHOLE).experiment
    assert both.text is not None
    assert len(changed(reading.text, both.text)) == 3  # one line other than it was, one more


def test_what_cannot_be_written_is_still_mended_where_the_run_says_how():
    reading = replace(read_program(WHOLE), text="(")
    (mistake,) = read_program(program("torch_mistake_no_zero_grad")).mistakes
    wrong = replace(reading, mistakes=(mistake,),
                    experiment=replace(reading.experiment, accumulate=True))  # fmt: skip
    mended = mend(wrong, mistake)
    assert mended is not None
    assert (mended.text, mended.experiment) == (None, reading.experiment)


@pytest.mark.parametrize("name", ["relu", "he", "adam", "batch_norm", "layer_norm", "clip"])
def test_a_remedy_is_written_into_the_program(name):
    reading = read_program(WHOLE)
    wanted = cures(replace(reading.experiment, networks=16))[name]
    text = rewritten(reading, wanted)
    assert text is not None
    assert replace(read_program(text).experiment, networks=16) == wanted


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({"learning_rate": 0.5}, ["+optimizer = torch.optim.SGD(model.parameters(), lr=0.5)"]),
        ({"steps": 10_000}, ["+for epoch in range(10000):"]),
        ({"output": "sigmoid"}, ["+loss_function = nn.BCELoss()"]),
        ({"activation": "tanh"}, ["+    nn.Tanh(),"] * 2),
        ({"width": 9}, ["+    nn.Linear(2, 9),", "+    nn.Linear(9, 9),", "+    nn.Linear(9, 1),"]),
        ({"hidden": (9, 3)}, ["+    nn.Linear(2, 9),", "+    nn.Linear(9, 3),",
                              "+    nn.Linear(3, 1),"]),
    ],
)  # fmt: skip
def test_a_change_is_as_small_as_one_would_make_it(fields, lines):
    reading = read_program(WHOLE)
    text = rewritten(reading, replace(reading.experiment, **fields))
    assert text is not None
    assert [line for line in changed(WHOLE, text) if line.startswith("+")] == lines


def test_what_no_small_change_makes_of_it_is_not_offered():
    reading = read_program(WHOLE)
    assert rewritten(reading, replace(reading.experiment, data="and")) is None
    assert rewritten(reading, reading.experiment) is None
    assert rewritten(replace(reading, experiment=None), Experiment()) is None


def test_places_are_counted_in_characters_whatever_stands_before_them():
    source = Source("가 = '나'; b = relu(x)\r\nc = 1\r\n")
    (call,) = source.calls("relu")
    assert source.of(call) == "relu(x)"
    assert source.newline == "\r\n"
    assert edited(source.text, [source.rename(call, "tanh")]) == source.text.replace("relu", "tanh")
    both = [source.replace(call, "1"), source.rename(call, "tanh")]
    assert edited(source.text, both) is None
