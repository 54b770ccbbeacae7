"""Why networks fail: each cause by small runs of it, and by the remedy for it alone."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from models import Experiment, History, train
from models.comparison import differing
from models.diagnostics import (
    CAUSES,
    failure_cause,
    fate_counts,
    fates,
    is_final,
    may_leave,
    mending,
    relative_sizes,
    remedies,
    stands_still,
)
from models.diagnostics.remedies import mended
from models.passes import network_pass
from tests.models.diagnostics.random_experiments import experiments

NETWORKS = 8
RELU = {"activation": "relu"}
WIDE = {**RELU, "width": 50, "steps": 200}


def run(**fields) -> Experiment:
    return Experiment(**{"networks": NETWORKS, "steps": 500, **fields})


# A setting of each cause, what its first remedy changes, and whether more steps may help.
CASES = {
    "undefined": ({"activation": "tanh", "depth": 3, "output": "linear"}, ["output"], True),
    "broadcast": (
        {"activation": "tanh", "depth": 1, "output": "squared", "broadcast": True},
        ["broadcast"], True,
    ),
    "out_of_range": (
        {"activation": "tanh", "depth": 1, "output": "sigmoid_squared_signed", "learning_rate": 1},
        ["output"], True,
    ),
    "squashed_twice": (
        {"activation": "tanh", "depth": 1, "output": "sigmoid_twice", "learning_rate": 1.0},
        ["output"], False,
    ),
    "accumulated": (
        {**RELU, "depth": 2, "output": "squared", "init": "pytorch", "accumulate": True,
         "steps": 2_000},
        ["accumulate"], True,
    ),
    "linear": ({"activation": "identity", "depth": 2}, ["activation"], True),
    "symmetric": ({"activation": "tanh", "depth": 2, "init": "zeros"}, ["init"], True),
    "answer_off": ({**RELU, "depth": 1, "output": "relu_squared"}, ["output"], True),
    "born_dead": ({**RELU, "width": 2}, ["init", "width"], True),
    "unspread": ({"activation": "tanh", "depth": 5, "norm": "layer"}, ["bias"], True),
    "pairs": ({**RELU, "depth": 3, "norm": "batch", "batch": 2}, ["batch"], False),
    "norm_explodes": ({"depth": 50, "norm": "batch", "steps": 200}, ["skip"], True),
    "skip_explodes": ({**RELU, "depth": 20, "skip": True, "steps": 300}, ["norm"], True),
    "exploding": (WIDE, ["init"], True),
    "too_large": ({"activation": "leaky_relu", "learning_rate": 5.0}, ["learning_rate"], True),
    "saturated": (
        {"depth": 1, "init": "lab", "gain": 10.0, "output": "sigmoid_squared"}, ["output"], False
    ),
    "small_weights": ({"activation": "tanh", "depth": 1, "gain": 0.01}, ["gain"], False),
    "vanished": ({**RELU, "init": "pytorch"}, ["init"], False),
    "decayed": (
        {"activation": "tanh", "depth": 1, "weight_decay": 0.1}, ["weight_decay"], False
    ),
    "small_steps": (
        {"activation": "tanh", "depth": 2, "learning_rate": 0.001}, ["learning_rate"], False
    ),
    "few_steps": ({"depth": 3, "steps": 1_000}, ["steps"], False),
    "narrow": ({**RELU, "depth": 1, "width": 2, "output": "squared"}, ["width"], False),
    "plateau": (
        {"optimizer": "adam", "learning_rate": 0.01, "steps": 150}, ["activation"], False
    ),
    "learning": ({**RELU, "depth": 2, "steps": 20}, ["steps"], False),
}  # fmt: skip


@pytest.mark.parametrize("cause", CAUSES)
def test_each_cause_is_named_and_changing_it_alone_helps(cause):
    fields, changed, final = CASES[cause]
    history = train(run(**fields))
    assert failure_cause(history) == cause
    assert is_final(history) == final
    first, *_ = mending(history)
    assert sorted(differing([history.experiment, first])) == changed
    assert remedies(history)[: len(mending(history))] == mending(history)
    solved = [train(remedy).solved.mean() for remedy in mending(history)]
    assert max(solved) > 0.5 > history.solved.mean()


def test_of_several_mistakes_each_is_mended_alone_and_all_together():
    experiment = run(
        output="sigmoid_squared_signed", broadcast=True, accumulate=True, activation="tanh", depth=1
    )
    found = [differing([experiment, one]) for one in mended(experiment)]
    assert found[:-1] == [["accumulate"], ["broadcast"], ["output"], ["output"]]
    *_, right = mended(experiment)
    assert not right.is_mistaken
    assert not list(mended(right))


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


@hypothesis_settings(max_examples=60, deadline=None)
@given(experiments())
def test_any_run_has_its_causes_and_possible_remedies(experiment):
    """Whatever it is: nothing raises, and no remedy is the run itself or what cannot be trained."""
    history = train(experiment)
    counts = fate_counts(history)
    assert sum(counts.values()) == experiment.networks
    if not history.solved.all():
        assert failure_cause(history) in CAUSES
        assert is_final(history) in (True, False)
    tried = [history.experiment]
    for cause in CAUSES.values():
        assert cause.met(history).shape == (experiment.networks,)
        found = [*cause.remedies(experiment), *cause.besides(experiment)]
        assert all(isinstance(one, Experiment) for one in found)
        tried += found
    for remedy in remedies(history):
        assert remedy in tried[1:]
        assert differing([experiment, remedy]), "a change"
        assert len({experiment.networks, remedy.networks}) == 1


def test_own_weights_are_told_as_drawn_ones_are():
    """Units that are one, and weights that are too small; what helps draws new ones."""
    layer = [[0.5, 0.5, 0.5]] * 2, [0.1, 0.1, 0.1]
    alike = run(activation="tanh", networks=1, depth=1, width=3,
                start=[layer, ([[0.7], [0.7], [0.7]], [0.0])])  # fmt: skip
    assert failure_cause(train(alike)) == "symmetric"
    small = [([[0.01, -0.02, 0.01], [0.02, 0.01, -0.01]], [0.0] * 3),
             ([[0.01], [-0.02], [0.01]], [0.0])]  # fmt: skip
    history = train(replace(alike, start=small))
    assert failure_cause(history) == "small_weights"
    assert max(relative_sizes(history.experiment)) == pytest.approx(
        np.sqrt(12e-4 / 6) / np.sqrt(2 / 5), rel=1e-6
    )
    assert all(one.start is None for one in mending(history))


def test_no_more_steps_are_asked_of_who_cannot_leave():
    """A minimum of two ReLU units, and a saddle of sigmoids: both rest, the one for good."""
    stuck = train(run(activation="relu", depth=1, width=2, output="squared", steps=2_000))
    assert (fates(stuck) == "constant").any()
    assert not may_leave(stuck).any()
    saddle = train(run(depth=1, width=2, output="sigmoid_squared", init="pytorch",
                       learning_rate=1.0, steps=100))  # fmt: skip
    assert may_leave(saddle).all()
    longer = [train(replace(one.experiment, steps=10_000)) for one in (stuck, saddle)]
    assert (fates(longer[0]) == fates(stuck)).all()
    assert longer[1].solved.mean() > 0.5


def test_decay_is_to_blame_only_once_it_had_the_time():
    weak = train(run(activation="tanh", depth=1, weight_decay=1e-4, steps=20))
    assert failure_cause(weak) == "learning"
    deep = train(run(weight_decay=0.01, steps=1_000))
    assert failure_cause(deep) == "vanished", "and not where the gradient vanishes anyway"
