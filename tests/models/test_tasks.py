"""The gates: their truth tables, which of them a line parts, and where a loss can rest on them."""

import itertools
import operator

import pytest
import torch

from models.outputs import OUTPUTS
from models.tasks import TASKS, XOR, Task

GATES = {
    "xor": operator.xor,
    "and": operator.and_,
    "or": operator.or_,
    "xnor": lambda a, b: not a ^ b,
    "nand": lambda a, b: not a & b,
    "nor": lambda a, b: not a | b,
}


@pytest.mark.parametrize("name", TASKS)
def test_a_gate_says_what_the_operator_does(name):
    gate, _, coding = name.partition("_")
    told = {}
    for first, second, label in TASKS[name].labelled_points():
        bits = (first > 0, second > 0)
        told[bits] = label
        assert {first, second} <= ({-1.0, 1.0} if coding else {0.0, 1.0})
    pairs = itertools.product((False, True), repeat=2)
    assert told == {bits: int(GATES[gate](*bits)) for bits in pairs}


@pytest.mark.parametrize("name", TASKS)
def test_what_a_line_parts_a_perceptron_learns(name):
    """Rosenblatt's rule ends on what a line parts, after at most (R / margin)^2 corrections."""
    task = TASKS[name]
    points = torch.cat([task.inputs, torch.ones(task.points, 1)], dim=1).double()
    signs, weights = 2 * task.labels - 1, torch.zeros(3, dtype=torch.float64)
    for _ in range(1_000):
        wrong = torch.nonzero(signs * (points @ weights) <= 0)
        if not len(wrong):
            break
        weights += signs[wrong[0]] * points[wrong[0, 0]]
    assert task.is_separable == (not len(wrong)) == (name.partition("_")[0] not in ("xor", "xnor"))


def drawn(points: int, parted: bool, seed: int) -> Task:
    """Points on two sides of a line, and for one that is not parted one point of each the wrong."""
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(points, 2, dtype=torch.float64, generator=generator)
    across = inputs @ torch.tensor([0.6, -0.8], dtype=torch.float64)
    labels = (across > across.median()).double()
    inputs[labels == 1] += 0.01 * torch.tensor([0.6, -0.8], dtype=torch.float64)
    if not parted:
        labels[across.argmin()], labels[across.argmax()] = 1.0, 0.0
    return Task("drawn", "drawn", inputs, labels, (-3.0, 3.0))


@pytest.mark.parametrize("parted", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_any_points_that_a_line_parts_are_told_from_others(parted, seed):
    assert drawn(60, parted, seed).is_separable == parted


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("output", OUTPUTS)
def test_no_answers_with_merged_points_have_less_loss_than_the_plateau(name, output):
    """Of all points, of all but one, of two of unlike label: by trying many answers."""
    task, unit = TASKS[name], OUTPUTS[output]
    low, high = unit.targets
    logits = torch.linspace(-18, 18, 20_001, dtype=torch.float64)
    if output in ("linear", "relu"):
        logits = torch.linspace(1e-9, 1 - 1e-9, 20_001, dtype=torch.float64)
    elif output in ("squared", "relu_squared"):
        logits = torch.linspace(low, high, 20_001, dtype=torch.float64)
    each = unit.loss(logits.expand(task.points, -1), task.labels.unsqueeze(1))  # [P, answers]

    def least(groups: list[list[int]]) -> float:
        return sum(each[group].sum(dim=0).min().item() for group in groups) / task.points

    places = list(range(task.points))
    plateaus = unit.plateaus(task)
    assert plateaus["constant"] == pytest.approx(least([places]), abs=2e-6)
    pairs = [
        least([[a, b], *([c] for c in places if c not in (a, b))])
        for a, b in itertools.combinations(places, 2)
        if task.labels[a] != task.labels[b]
    ]
    above = plateaus["constant"]  # of mistakes some are no lower, and are not named
    assert plateaus.get("two_apart", above) == pytest.approx(min(pairs), abs=2e-6)
    apart = [least([[one], [c for c in places if c != one]]) for one in places]
    assert plateaus.get("one_apart", above) == pytest.approx(max(apart), abs=2e-6)


def test_two_points_have_only_one_way_to_be_merged():
    two = Task("two", "two", XOR.inputs[:2], XOR.labels[:2], XOR.window)
    assert two.merged == {"constant": (2, 0.5)}
