"""What a step is said to be made of, against the operations that PyTorch is really asked for."""

from collections import Counter
from dataclasses import replace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from models import ACTIVATIONS, Experiment, Trainer, cost
from models.cost import (
    NANOSECONDS,
    OPERATIONS,
    _buffer_bytes,
    _ensembles,
    _group_bytes,
    _step_work,
    estimate,
)
from models.layouts import NetworksFirst, NetworksLast
from models.optimizers import OPTIMIZERS
from tests.benchmarks.cost import WANTED

VIEWS = ("view", "unsqueeze", "select", "slice", "split", "chunk", "detach", "alias", "transpose")


class Counting(TorchDispatchMode):
    """Counts operations; those that only look at a tensor in another way are none."""

    def __init__(self):
        super().__init__()
        self.seen: Counter[str] = Counter()

    def __torch_dispatch__(self, operation, types, arguments=(), named=None):
        name = operation.name().split("::")[1].split(".")[0]
        self.seen[name] += not name.startswith(VIEWS)
        return operation(*arguments, **(named or {}))


def operations(run: list[Experiment]) -> int:
    """Of one step."""
    trainer = Trainer(run)
    counted = []
    with torch.inference_mode():
        for steps in (1, 3):
            with Counting() as counting:
                for group in trainer._groups:
                    group.train(steps)
            counted.append(counting.seen.total())
    return (counted[1] - counted[0]) // 2


def said(run: list[Experiment]) -> float:
    return sum(each.count * _step_work(each, 1)["call"] for each in _ensembles(run))


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("networks", [1, 4, 32])
def test_as_many_operations_are_counted_as_a_step_takes(name, networks):
    run = [Experiment(activation=name, depth=6, width=4, networks=networks)]
    assert 1 / WANTED < said(run) / operations(run) < WANTED
    run.append(run[0].with_activation("identity"))
    assert 1 / WANTED < said(run) / operations(run) < WANTED


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_as_many_operations_are_counted_as_an_optimizer_takes(optimizer):
    plain = Experiment(activation="relu", depth=3, width=20, networks=4)
    run = replace(plain, optimizer=optimizer)
    more = operations([run]) - operations([plain])
    assert OPTIMIZERS[optimizer].operations == pytest.approx(more, abs=2)


CHANGED = [
    {"norm": "batch"},
    {"norm": "layer"},
    {"skip": True},
    {"clip": 1.0},
    {"unit_gradient": True},
    {"norm": "batch", "skip": True, "clip": 1.0, "unit_gradient": True},
]


@pytest.mark.parametrize("networks", [1, 32])
@pytest.mark.parametrize("fields", CHANGED)
def test_what_is_changed_in_a_pass_or_a_step_is_counted(fields, networks):
    plain = Experiment(depth=6, width=4, networks=networks)
    run = replace(plain, **fields)
    more = operations([run]) - operations([plain])
    assert said([run]) - said([plain]) == pytest.approx(more, abs=2)
    (group,) = Trainer([run])._groups
    assert _group_bytes(run, networks) + _buffer_bytes(run, networks) == group.nbytes


def step_nanoseconds(run: Experiment) -> float:
    """What a step is estimated to take."""
    return sum(
        each.count * NANOSECONDS[name] * amount
        for each in _ensembles([run])
        for name, amount in _step_work(each, each.weights).items()
    )


@pytest.mark.parametrize("networks", [1, 4, 8, 15, 16, 32, 64, 256])
def test_the_layout_that_is_chosen_is_not_the_slower_one(networks, monkeypatch):
    """By what was fitted to measurements; around the borders both are about as fast."""
    for width in (2, 5, 8, 10, 12, 14, 16, 20, 32, 128):
        run = Experiment(activation="relu", depth=6, width=width, networks=networks)
        chosen = step_nanoseconds(run)
        for layout in (NetworksFirst, NetworksLast):
            with monkeypatch.context() as other:
                other.setattr(cost, "best_layout", lambda *_, layout=layout: layout)
                assert chosen < 1.2 * step_nanoseconds(run), width


def test_every_activation_is_priced():
    assert list(OPERATIONS) == list(ACTIVATIONS)


def test_what_is_trained_on_costs_what_is_left():
    whole = Experiment(steps=2_000)
    half = replace(whole, steps=1_000)
    left = estimate([whole], done=1_000).seconds
    assert estimate([half]).seconds + left == pytest.approx(estimate([whole]).seconds, rel=0.02)
