"""Remedies: which are named for what befell a run, and that they help, by training them."""

from dataclasses import replace

import numpy as np
import pytest

from models import ACTIVATIONS, Experiment, train
from models.comparison import differing
from models.diagnostics import failure_cause, gradient_ratio, remedies
from models.diagnostics.remedies import (
    another_start,
    arriving,
    clipped,
    larger_gradient,
    normed,
    smaller_steps,
)
from tests.components.histories import made

NETWORKS = 16
RELU = {"activation": "relu"}
HE = {"init": "he_normal"}
ADAM = {"optimizer": "adam", "learning_rate": 0.01}
BATCH = {"norm": "batch"}

# What befell a run of nine hidden layers of ten, and what is to be tried: the first that helps.
CASES = {
    "diverged": (
        {"activation": "maxout"},
        [{"learning_rate": 0.01}, {"learning_rate": 0.001}, {"clip": 1.0}, BATCH],
        2,
    ),
    "died": (
        {**RELU, "learning_rate": 5.0},
        [{"learning_rate": 0.5}, {"learning_rate": 0.05}, {"clip": 0.02}, BATCH],
        1,
    ),
    "born dead": ({**RELU, "width": 2}, [{**HE, "width": 10}, {"width": 10}], 0),
    "born dead of zeros": ({**RELU, "init": "zeros"}, [HE], 0),
    "vanished by sigmoid": ({}, [RELU, ADAM, BATCH], 2),
    "vanished by many sigmoids": (
        {"depth": 20}, [RELU, ADAM, {**BATCH, "skip": True}], 2
    ),
    "vanished under a norm that does not help": ({"norm": "layer"}, [RELU, ADAM, BATCH], 2),
    "vanished by small weights": ({**RELU, "init": "pytorch"}, [HE, ADAM, BATCH], 0),
    "vanished in tanh": (
        {"activation": "tanh", "init": "pytorch"},
        [{"init": "xavier_normal"}, {**RELU, **HE}, ADAM, BATCH],
        0,
    ),
    "too early": ({"depth": 3}, [{"steps": 10_000}, ADAM], 0),
    "learning": ({**RELU, "depth": 2, "steps": 20}, [{"steps": 200}, {"steps": 10_000}], 0),
    "narrow": (
        {**RELU, "depth": 1, "width": 2, "output": "squared", "init": "pytorch"},
        [{"width": 10}, ADAM, {"steps": 10_000}],
        0,
    ),
    "no hidden layer": ({"depth": 0}, [{**RELU, "depth": 1}], 0),
    "linear and narrow": (
        {"activation": "identity", "depth": 1, "width": 2, "init": "pytorch", "steps": 5_000},
        [RELU, {"activation": "tanh"}],
        1,
    ),
}  # fmt: skip


def changes(experiment: Experiment, remedy: Experiment) -> dict:
    return {name: getattr(remedy, name) for name in differing([experiment, remedy])}


@pytest.mark.parametrize("case", CASES)
def test_a_remedy_follows_from_the_fate_and_helps(case):
    fields, expected, helps = CASES[case]
    experiment = Experiment(networks=NETWORKS, **fields)
    history = train(experiment)
    assert history.solved.mean() < 0.5
    found = remedies(history)
    assert [changes(experiment, remedy) for remedy in found] == expected
    assert train(found[helps]).solved.mean() > 0.5
    assert train(found[helps]).solved.sum() >= history.solved.sum() + NETWORKS / 4


def test_adam_solves_it_in_spite_of_the_gradient():
    """FACTS: 48 of 64 at rate .01, with the first layer's gradient at 6e-5 of the last one's."""
    experiment = Experiment(networks=64)
    (adam,) = (one for one in remedies(train(experiment)) if one.optimizer == "adam")
    history = train(adam)
    assert history.solved.sum() == pytest.approx(48, abs=6)
    assert gradient_ratio(history.weight_gradient_norm[0]) == pytest.approx(6e-5, rel=0.2)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_batch_of_one_point_is_not_normalised(batch):
    """Of four points by three one is left."""
    experiment = Experiment(batch=batch)
    assert not list(normed(experiment))
    assert [one.norm for one in normed(replace(experiment, batch=2))] == ["batch"]


def test_what_is_added_leaves_weights_of_ones_own():
    layers = [([[0.5, 0.1], [0.2, 0.4]], [0.0, 0.1]), ([[0.3], [0.2]], [0.0])]
    own = Experiment(depth=1, width=2, networks=1, start=layers)
    for remedy in (*normed(own), *clipped(own)):
        assert remedy.start == own.start


def test_a_clipped_step_is_no_longer_than_a_tenth():
    """Of its own norm, which is the rate times the gradient's: at rate 1 that is .1 (FACTS)."""
    for rate, clip in ((0.1, 1.0), (1.0, 0.1), (5.0, 0.02)):
        (found,) = clipped(Experiment(learning_rate=rate))
        assert found.clip == clip
    (shorter,) = clipped(Experiment(clip=0.5))
    assert shorter.clip == 0.05
    assert not list(clipped(Experiment(optimizer="adam")))
    assert not list(clipped(Experiment(unit_gradient=True)))


def run(solved: int, **fates: int):
    """A made-up run of eight: so many solved it, so many met each of these fates."""
    names = ["solved"] * solved + [name for name, count in fates.items() for _ in range(count)]
    names = np.array(names)
    loss = np.full((3, 8), 0.6931)
    loss[:, names == "learning"] = [[2.0], [1.5], [1.0]]
    loss[:, names == "solved"] = 0.1
    loss[-1, names == "diverged"] = np.nan
    dead = np.zeros((3, 8), bool)
    dead[:, names == "born"] = True
    dead[1:, names == "died"] = True
    norms = np.full((3, 10, 8), 1e-4)
    norms[:, -1] = 1e-4 if "plateau" in names else 1.0
    return made(
        Experiment(activation="relu", networks=8, steps=100),
        (0, 50, 100),
        loss=loss,
        accuracy=np.where(loss < 0.3, 1.0, 0.5),
        weight_gradient_norm=norms,
        diverged=np.isnan(loss[-1]),
        dead=dead,
    )


def first_change(history) -> dict:
    return changes(history.experiment, remedies(history)[0])


def test_half_solved_is_enough():
    assert remedies(run(4, diverged=4)) == []
    assert remedies(run(3, diverged=5)) != []


def test_most_failures_decide_and_too_large_steps_have_two_faces():
    assert first_change(run(0, diverged=2, died=3, learning=3)) == {"learning_rate": 0.01}
    assert first_change(run(0, diverged=2, died=1, learning=5)) == {"steps": 1_000}
    assert "learning_rate" not in first_change(run(0, born=5, died=3)), (
        "no rate wakes the born dead"
    )
    assert first_change(run(3, plateau=5)) == ADAM


def test_wider_is_as_wide_as_makes_death_rare():
    """Against Lu et al.'s formula, worked by hand: the least n with 1 - (1 - 2^-n)^9 < 1 %."""
    (width,) = {one.width for one in another_start(Experiment(activation="relu", width=2))}
    assert 1 - (1 - 2.0**-width) ** 9 < 0.01 < 1 - (1 - 2.0 ** -(width - 1)) ** 9
    wide = Experiment(activation="relu", width=100)
    assert {one.width for one in another_start(wide)} == {100}, "never narrower"


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_theory_tells_who_keeps_the_gradient(activation):
    experiment = Experiment(activation=activation, init="he_normal", width=100, steps=1, depth=5)
    norms = train(experiment).weight_gradient_norm[0]
    assert (arriving(experiment) < 0.01) == (activation == "sigmoid")
    assert (gradient_ratio(norms) < 0.01) == (activation == "sigmoid")


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_has_its_remedies_at_every_depth(activation):
    for depth, width in ((1, 1), (50, 1)):
        experiment = Experiment(activation=activation, depth=depth, width=width)
        for remedy in larger_gradient(experiment):
            assert set(changes(experiment, remedy)) <= {
                "activation", "activation_parameter", "init", "optimizer", "learning_rate"
            }  # fmt: skip


def test_adam_is_not_stopped_by_small_gradients_but_a_better_start_is_offered():
    """Its steps do not shrink with the gradient."""
    adam = {"optimizer": "adam", "learning_rate": 0.01}
    sgd, slow = (
        Experiment(networks=NETWORKS, steps=300),
        Experiment(networks=NETWORKS, steps=300, **adam),
    )
    assert failure_cause(train(sgd)) == "vanished"
    assert failure_cause(train(slow)) != "vanished"
    resting = replace(run(0, learning=0, resting=8), experiment=replace(slow, networks=8))
    assert failure_cause(resting) == "plateau"
    assert [changes(resting.experiment, one) for one in remedies(resting)][:1] == [RELU]


def test_at_the_limits_nothing_impossible_is_tried():
    long = replace(run(0, learning=8), experiment=Experiment(networks=8, steps=200_000))
    assert [changes(long.experiment, one) for one in remedies(long)] == [RELU, ADAM]
    adam = Experiment(activation="relu", networks=8, optimizer="adam", steps=100)
    resting = replace(run(0, plateau=8), experiment=adam)
    later = [{"steps": 1_000}, {"steps": 10_000}]
    assert [changes(adam, one) for one in remedies(resting)] == later
    least = Experiment(learning_rate=5e-324)
    assert not list(smaller_steps(least)), "the least float has no tenth"


@pytest.mark.parametrize("output", ["linear", "relu"])
def test_where_the_loss_has_no_value_a_sigmoid_at_the_end_helps(output):
    broken = Experiment(activation="tanh", depth=3, networks=16, steps=500, output=output)
    assert train(broken).diverged.all()
    (remedy,) = remedies(train(broken))
    assert remedy == replace(broken, output="sigmoid")
    assert train(remedy).solved.mean() > 0.5


def test_of_unequal_layers_the_narrow_ones_are_widened():
    mixed = Experiment(activation="relu", hidden=(2, 40, 3))
    assert {one.widths for one in another_start(mixed)} == {(8, 40, 8)}
    assert 1 - (1 - 2.0**-8) ** 2 < 0.01 < 1 - (1 - 2.0**-7) ** 2


def test_theory_knows_gain_and_widths_and_is_silent_of_weights_of_ones_own():
    relu = Experiment(activation="relu", init="he_normal", depth=3, width=100)
    assert arriving(replace(relu, gain=0.1)) == pytest.approx(1e-3 * arriving(relu), rel=1e-6)
    own = Experiment(depth=0, networks=1, start=[([[1.0], [1.0]], [0.0])])
    for silent in (own, Experiment(init="uniform01"), Experiment(norm="batch")):
        assert np.isnan(arriving(silent))
