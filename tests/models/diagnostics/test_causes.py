"""Why networks fail: each cause by small runs of it, and by the remedy for it alone."""

from dataclasses import replace

import numpy as np
import pytest

from models import Experiment, History, train
from models.comparison import differing
from models.diagnostics import (
    CAUSES,
    failure_cause,
    fate_counts,
    fates,
    is_final,
    remedies,
    stands_still,
)
from models.passes import network_pass

NETWORKS = 8
RELU = {"activation": "relu"}
WIDE = {**RELU, "width": 50, "steps": 200}


def run(**fields) -> Experiment:
    return Experiment(**{"networks": NETWORKS, "steps": 500, **fields})


# A setting of each cause, what its first remedy changes, and whether more steps may help.
CASES = {
    "undefined": ({"activation": "tanh", "depth": 3, "output": "linear"}, ["output"], True),
    "linear": ({"activation": "identity", "depth": 2}, ["activation"], True),
    "symmetric": ({"activation": "tanh", "depth": 2, "init": "zeros"}, ["init"], True),
    "born_dead": ({**RELU, "width": 2}, ["init", "width"], True),
    "exploding": (WIDE, ["init"], True),
    "too_large": ({"activation": "leaky_relu", "learning_rate": 5.0}, ["learning_rate"], True),
    "vanished": ({**RELU, "init": "pytorch"}, ["init"], False),
    "plateau": ({"depth": 3, "steps": 1_000}, ["learning_rate", "optimizer"], False),
    "learning": ({**RELU, "depth": 2, "steps": 20}, ["steps"], False),
}


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_is_named_and_changing_it_alone_helps(cause):
    fields, changed, final = CASES[cause]
    history = train(run(**fields))
    assert failure_cause(history) == cause
    assert is_final(history) == final
    first, *_ = remedies(history)
    assert sorted(differing([history.experiment, first])) == changed
    solved = [train(remedy).solved.mean() for remedy in remedies(history)]
    assert max(solved) > 0.5 > history.solved.mean()


def test_an_explosion_is_not_the_rates_fault():
    """At width 50 a hundredth of the rate diverges, too, and He's weights need no smaller one."""
    experiment = run(**WIDE)
    slow = train(replace(experiment, learning_rate=0.001))
    assert fate_counts(slow).get("diverged", 0) > NETWORKS / 2
    (he, *_) = remedies(train(experiment))
    assert he == replace(experiment, init="he_normal")
    assert train(he).solved.all()


def test_no_line_parts_the_points_at_any_depth():
    for depth in (0, 1, 9):
        history = train(run(activation="identity", depth=depth, steps=200))
        assert (failure_cause(history), history.solved.sum()) == ("linear", 0)
    parted = train(run(activation="tanh", depth=2, learning_rate=1.0))
    assert parted.solved.all(), "a bend is enough"


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_units_that_begin_alike_stay_one(activation):
    history = train(run(activation=activation, depth=1, init="zeros", learning_rate=1.0))
    assert failure_cause(history) == "symmetric"
    (weights, bias), _ = history.parameters(-1, 0)
    assert (weights == weights[:, :1]).all()
    assert (bias == bias[0]).all()
    narrow = train(run(activation=activation, depth=1, init="zeros", width=1, steps=50))
    assert failure_cause(narrow) != "symmetric", "one unit has none to be like"


def moved(history: History, network: int) -> float:
    """The share of a network's weights that one step of descent changes, in its own precision."""
    one, changed = network_pass(history, network, slice(-1, None)), []
    for layer, weights in enumerate(one.weights, start=1):
        step = history.experiment.learning_rate * one.gradient(layer)[0]
        after = weights[0] - step.astype(weights.dtype)
        changed.append((after != weights[0]).ravel())
    return float(np.concatenate(changed).mean())


def test_who_stands_still_is_moved_by_no_step():
    still = train(run(init="pytorch", steps=1_000))
    assert stands_still(still).all()
    assert max(moved(still, network) for network in still.kept) < 0.05
    moving = train(run(depth=3, steps=1_000))
    assert (fates(moving) == "constant").any()
    assert not stands_still(moving).any()
    assert min(moved(moving, network) for network in moving.kept) > 0.5
    exact = train(run(init="pytorch", steps=1_000, dtype="float64"))
    assert not is_final(exact), "float64 can take so small a step"


def test_who_has_not_learned_yet_may():
    """A thousand steps of one sigmoid layer solve nothing; ten thousand do."""
    early = train(run(depth=1, steps=1_000))
    assert (early.solved.sum(), failure_cause(early), is_final(early)) == (0, "learning", False)
    assert train(replace(early.experiment, steps=10_000)).solved.mean() > 0.5
