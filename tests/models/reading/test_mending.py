"""Programs with a mistake, mended: by the smallest change that reads as nothing but that."""

import ast
import difflib
import itertools
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from models import Experiment
from models.comparison import differing
from models.cures import cures
from models.reading import edits, read_program, rewriting
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


MODULE = """\
import torch
from torch import nn, optim

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 3)
        self.second = nn.Linear(3, 3)
        self.answer = nn.Linear(3, 1)

    def forward(self, x):
        x = torch.sigmoid(self.second(torch.sigmoid(self.first(x))))
        return torch.sigmoid(self.answer(x))

X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
model = Net()
optimizer = optim.SGD(model.parameters(), lr=0.1)
for epoch in range(1000):
    optimizer.zero_grad()
    nn.functional.binary_cross_entropy(model(X), Y).backward()
    optimizer.step()
"""
LOOP = """\
import torch
from torch import nn, optim
X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
layers = [nn.Linear(2, 3), nn.Sigmoid()]
for _ in range(3):
    layers.append(nn.Linear(3, 3))
    layers.append(nn.Sigmoid())
model = nn.Sequential(*layers, nn.Linear(3, 1), nn.Sigmoid())
optimizer = optim.SGD(model.parameters(), lr=0.1)
for epoch in range(1000):
    optimizer.zero_grad()
    nn.functional.binary_cross_entropy(model(X), Y).backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("text", "fields", "lines"),
    [
        (MODULE, {"norm": "batch"}, [
            "+        self.first_norm = nn.BatchNorm1d(3)",
            "+        self.second_norm = nn.BatchNorm1d(3)",
            "+        x = torch.sigmoid(self.second_norm(self.second("
            "torch.sigmoid(self.first_norm(self.first(x))))))",
        ]),
        (MODULE, {"width": 10}, ["+        self.first = nn.Linear(2, 10)",
            "+        self.second = nn.Linear(10, 10)", "+        self.answer = nn.Linear(10, 1)"]),
        (LOOP, {"norm": "layer"}, ["+layers = [nn.Linear(2, 3), nn.LayerNorm(3), nn.Sigmoid()]",
            "+    layers.append(nn.LayerNorm(3))"]),
        (LOOP, {"width": 10}, ["+layers = [nn.Linear(2, 10), nn.Sigmoid()]",
            "+    layers.append(nn.Linear(10, 10))",
            "+model = nn.Sequential(*layers, nn.Linear(10, 1), nn.Sigmoid())"]),
        ("keras_nine_sigmoid_layers", {"norm": "batch"}, [
            "+from tensorflow.keras.layers import Dense, Activation, BatchNormalization",
            "+model.add(Dense(5, input_shape=(2,)))",
            "+model.add(BatchNormalization(epsilon=1e-05))",
            "+model.add(Activation('sigmoid'))",
            "+    model.add(Dense(5))",
            "+    model.add(BatchNormalization(epsilon=1e-05))",
            "+    model.add(Activation('sigmoid'))",
        ]),
        ("keras_nine_sigmoid_layers", {"width": 9}, [
            "+model.add(Dense(9, activation='sigmoid', input_shape=(2,)))",
            "+    model.add(Dense(9, activation='sigmoid'))",
        ]),
        ("keras_add_sgd", {"optimizer": "adam", "learning_rate": 0.01}, [
            "+from keras.optimizers import SGD, Adam",
            "+sgd = Adam(learning_rate=0.01)",
        ]),
        ("sklearn_regressor_sgd", {"width": 9}, [
            "+reg = MLPRegressor(hidden_layer_sizes=(9,), activation='relu', solver='sgd', "
            "learning_rate_init=0.2,",
        ]),
        ("tensorflow_two_layers", {"width": 9}, [
            "+W1 = tf.Variable(tf.random_normal([2, 9]), name='weight1')",
            "+b1 = tf.Variable(tf.random_normal([9]), name='bias1')",
            "+W2 = tf.Variable(tf.random_normal([9, 1]), name='weight2')",
        ]),
    ],
)  # fmt: skip
def test_a_change_finds_its_places_however_a_network_is_written(text, fields, lines):
    text = text if "\n" in text else program(text)
    reading = read_program(text)
    after = rewritten(reading, replace(reading.experiment, **fields))
    assert after is not None
    assert [line for line in changed(text, after) if line.startswith("+")] == lines


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


def test_no_more_changes_are_read_than_there_is_time_for(monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr(edits, "time", SimpleNamespace(thread_time=lambda: float(next(clock))))
    assert len(list(edits.in_time(["text"] * 100))) == edits.MOST_SECONDS - 1


def test_however_many_imports_there_are_few_changes_are_read(monkeypatch):
    text = program("keras_add_sgd")
    reading = read_program("from keras.optimizers import SGD\n" * 200 + text)
    read = []

    def read_anew(text: str):
        read.append(text)
        return reading

    monkeypatch.setattr(rewriting, "read_program", read_anew)
    wanted = replace(reading.experiment, optimizer="adam", learning_rate=0.01)
    assert rewritten(reading, wanted) is None
    assert len(read) == rewriting.MOST_TRIED
