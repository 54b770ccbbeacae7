"""What is said to repeat does so in a run that is rounded otherwise, and no other is said to."""

from dataclasses import replace

import numpy as np
import pytest

from models import Experiment, train
from models.repeat import MOST_DIGITS, apart, digits, repeat

STEADY = Experiment(activation="tanh", depth=3, width=6, steps=200, networks=4, init="he_normal")
CHAOTIC = Experiment(activation="tanh", depth=20, width=20, steps=400, networks=2, init="lecture")


@pytest.mark.parametrize("spread, agreeing", [
    (0.0, MOST_DIGITS), (1e-12, MOST_DIGITS), (1e-7, 6), (1e-4, 3), (0.5, 0), (np.nan, 0),
    (np.inf, 0),
])  # fmt: skip
def test_digits_are_those_that_agree_and_one_less(spread, agreeing):
    assert digits(spread) == agreeing


def test_how_far_copies_are_apart_is_counted_network_by_network():
    values = np.array([[1.0, 2.0], [0.0, 4.0]])
    copies = np.array([[1.0, 2.0, 1.5, 2.0], [0.0, 4.0, 0.0, 5.0]])
    np.testing.assert_allclose(apart(values, copies), [[0.5, 0], [0, 0.25]])


def test_a_network_is_what_it_is_in_its_run_whatever_the_runs_precision():
    exact = train(replace(STEADY, dtype="float64"))
    tried = repeat(STEADY, range(2, 3), 60.0)
    assert tried.history.loss[-1, 0] == pytest.approx(exact.loss[-1, 2], rel=1e-9)
    norms = exact.weight_gradient_norm[-1, :, 2]
    np.testing.assert_allclose(tried.history.weight_gradient_norm[-1, :, 0], norms, rtol=1e-9)


def test_a_run_that_magnifies_rounding_is_told_from_one_that_does_not():
    steady, chaotic = (repeat(e, range(1), 60.0).spread() for e in (STEADY, CHAOTIC))
    assert digits(steady[0].max()) == MOST_DIGITS
    assert chaotic[1].max() > 1e3 * steady[1].max()


def test_what_takes_too_long_is_not_said():
    experiment = replace(STEADY, seed=1)
    assert repeat(experiment, range(1), 0.0) is None
    assert repeat(experiment, range(1), 60.0), "but may be at another moment"
