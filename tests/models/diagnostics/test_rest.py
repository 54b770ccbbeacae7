"""A flat gradient at the end: a cure, or a rest on a plateau."""

import math

import numpy as np
import pytest

from models import Experiment, train
from models.diagnostics import flat_rest, solved_since
from models.diagnostics.rest import FAINT
from models.outputs import OUTPUTS
from models.tasks import XOR
from tests.components.histories import made

PLATEAUS = OUTPUTS["sigmoid"].plateaus(XOR)
STEEP, FLAT = [1e-6, 1e-3, 0.1], [2e-7, 3e-7, 4e-7]


def rest_of(start=STEEP, end=FLAT, plateau="constant", others=0):
    """Of three networks; ``others`` of them are still learning, with large gradients."""
    experiment = Experiment(depth=2, networks=3, steps=100)
    loss = np.full((3, 3), PLATEAUS[plateau])
    norms = np.array([start, end, end])[..., None].repeat(3, axis=2)
    for other in range(others):
        loss[:, other], norms[-1, :, other] = [0.6, 0.4, 0.2], 1.0
    return flat_rest(
        made(experiment, [0, 95, 100], loss=loss, accuracy=loss, weight_gradient_norm=norms)
    )


@pytest.mark.parametrize("plateau", PLATEAUS)
def test_it_names_the_plateau_and_the_largest_layers_median(plateau):
    found = rest_of(plateau=plateau)
    assert (found.plateau, found.height) == (plateau, PLATEAUS[plateau])
    assert (found.gradient, found.since) == (4e-7, 1)
    assert rest_of(plateau=plateau, others=1) == found, "of those that rest"


def test_it_is_said_only_where_it_is_true():
    assert rest_of(others=2) is None, "most do not rest"
    assert rest_of(start=FLAT) is None, "it has not become flatter"
    assert rest_of(end=[2e-8, 3e-5, 4e-4]) is not None, "flatter, though not flat"
    assert rest_of(end=[0.0, 3e-7, 4e-7]) is None, "zero is as far off as can be"
    assert rest_of(end=[0.0, 0.0, 0.0]) is None
    near = [0.9 * FAINT, 0.9 * FAINT, 0.9 * FAINT]
    assert rest_of(end=near) is not None
    assert rest_of(end=[1.1 * norm / 0.9 for norm in near]) is None


def test_sigmoid_on_the_first_screen_is_flat_and_not_cured_and_relu_is_cured():
    sigmoid = train(Experiment(networks=8))
    found, ends = flat_rest(sigmoid), sigmoid.weight_gradient_norm[-1]
    assert found.height == pytest.approx(math.log(2))
    assert found.gradient == np.median(ends, axis=1).max() < 1e-5
    assert flat_rest(train(Experiment(activation="relu", networks=8))) is None


def test_it_is_said_from_the_step_on_from_which_it_is_so():
    sigmoid = train(Experiment(networks=8))
    found = flat_rest(sigmoid)
    norms = np.median(sigmoid.weight_gradient_norm, axis=2)
    for place in range(found.since, len(sigmoid.steps)):
        assert norms[place].max() < FAINT
        assert norms[place].max() / norms[place].min() < norms[0].max() / norms[0].min()
        assert np.median(sigmoid.loss[place]) == pytest.approx(math.log(2), abs=5e-3)
    assert 0 < found.since < len(sigmoid.steps) - 1


def test_relus_gradient_has_fallen_because_xor_is_solved_and_not_before():
    relu = train(Experiment(activation="relu", networks=16))
    since = solved_since(relu)
    right = relu.loss < PLATEAUS["two_apart"]
    norms = np.median(relu.weight_gradient_norm, axis=2)
    assert 0 < since < len(relu.steps) - 1
    assert (right[since:].mean(axis=1) >= 1 / 2).all()
    assert (norms[since:] < 0.1 * norms[0].max()).all()
    # What is sent back is the error of the answers: where it has fallen, that has.
    labels = np.array([0, 1, 1, 0])[:, None]
    errors = np.median(np.abs(relu.hypothesis - labels).mean(axis=1), axis=1)
    assert errors[since:].max() < 0.1 < errors[0] / 4
    assert solved_since(train(Experiment(networks=4))) is None
    early = train(Experiment(activation="relu", networks=16, steps=int(relu.steps[since]) // 4))
    assert solved_since(early) is None


@pytest.mark.parametrize(("solved", "end", "since"), [
    (3, [1e-3, 1e-3, 1e-3], 1), (2, [1e-3, 1e-3, 1e-3], 1), (1, [1e-3, 1e-3, 1e-3], None),
    (3, [1e-3, 1e-3, 0.02], None),
])  # fmt: skip
def test_a_gradient_has_fallen_where_half_are_solved_and_every_layers_is_smaller(
    solved, end, since
):
    experiment = Experiment(depth=2, networks=3, steps=100)
    loss, right = np.full((3, 3), 0.5), np.zeros((3, 3))
    loss[1:, :solved], right[1:, :solved] = 0.01, 1.0
    norms = np.array([STEEP, end, end])[..., None].repeat(3, axis=2)
    labels = np.array([0.0, 1.0, 1.0, 0.0])[:, None]
    answers = np.where(right[:, None] == 1, labels, 0.5)
    run = made(
        experiment,
        [0, 95, 100],
        loss=loss,
        accuracy=right,
        hypothesis=answers,
        weight_gradient_norm=norms,
    )
    assert solved_since(run) == since
