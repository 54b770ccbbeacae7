"""Figures of many networks: against closed forms and cases worked by hand."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from models import ACTIVATIONS, Experiment, History, Trainer
from models.activations import SELU_ALPHA, SELU_SCALE
from models.diagnostics import (
    NORMAL_95,
    gradient_ratio,
    kept_by_all,
    median_gradient_network,
    plateaus_of,
    quartiles,
    representative_networks,
    saturated_share,
    saturation_slope,
    shrink_per_layer,
    wilson_interval,
)
from models.diagnostics.statistics import euclidean_norm
from models.outputs import OUTPUTS
from models.tasks import XOR
from tests.models.diagnostics.made import known_losses

# Rates, ratios, plateaus


@pytest.mark.parametrize(("successes", "trials"), [(1, 2), (7, 10), (3, 64), (255, 256), (40, 400)])
def test_wilsons_interval_solves_his_quadratic(successes, trials):
    # Its ends are the rates p at which |successes / trials - p| is 1.96 standard errors of p.
    share, z2 = successes / trials, NORMAL_95**2
    ends = np.roots([1 + z2 / trials, -2 * share - z2 / trials, share**2])
    np.testing.assert_allclose(wilson_interval(successes, trials), sorted(ends), rtol=1e-9)


def test_wilsons_interval_has_its_published_values():
    assert wilson_interval(7, 10) == pytest.approx((0.39677, 0.89221), abs=1e-5)
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe 1998
    low, high = wilson_interval(0, 20)
    assert low == 0.0
    assert high == pytest.approx(0.1611, abs=1e-4)
    low, high = wilson_interval(29, 29)
    assert low == pytest.approx(0.8830, abs=1e-4)
    assert high == 1.0


def test_wilsons_interval_of_none_and_of_all_ends_at_the_bound_itself():
    for trials in range(1, 257):
        assert wilson_interval(0, trials)[0] == 0.0
        assert wilson_interval(trials, trials)[1] == 1.0


@pytest.mark.parametrize(("successes", "trials"), [(0, 0), (3, 2), (-1, 5)])
def test_wilsons_interval_refuses_what_is_no_rate(successes, trials):
    with pytest.raises(ValueError, match=f"{successes} successes of {trials}"):
        wilson_interval(successes, trials)


def test_gradient_ratio_is_the_median_of_first_over_last():
    first, last = [2.0, 3.0, 40.0, 5.0, np.nan], [1.0, 10.0, 4.0, 0.0, 1.0]
    norms = np.array([first, [9.0] * 5, last])
    assert gradient_ratio(norms) == 2.0, "the median of 2, 0.3 and 10"
    assert math.isnan(gradient_ratio(norms[:, 3:]))
    assert gradient_ratio(np.array([[0.0], [2.0]])) == 0.0
    assert gradient_ratio(np.array([[7.0, 3.0]])) == 1.0, "one layer is first and last"


def test_shrink_per_layer_is_the_slope_of_the_logarithms():
    layers = np.arange(5)[:, None]
    networks = np.array([[0.5, 0.1, 0.25]])
    norms = 3.0 * networks ** (4 - layers)
    assert shrink_per_layer(norms) == pytest.approx(0.25, rel=1e-12)
    assert shrink_per_layer(norms[::-1]) == pytest.approx(4.0, rel=1e-12)
    bent = np.array([[1.0], [10.0], [10.0], [1000.0]])
    slope = np.polyfit(range(4), np.log(bent[:, 0]), 1)[0]
    assert shrink_per_layer(bent) == pytest.approx(math.exp(-slope), rel=1e-12)


def test_shrink_per_layer_leaves_out_networks_without_a_gradient():
    norms = np.array([[1.0, 0.0, np.nan, np.inf], [2.0, 5.0, 5.0, 5.0]])
    assert shrink_per_layer(norms) == pytest.approx(0.5, rel=1e-12)
    assert math.isnan(shrink_per_layer(norms[:, 1:]))
    assert math.isnan(shrink_per_layer(norms[:1]))


def test_quartiles_are_numpys_without_the_unknown():
    values = np.random.default_rng(0).normal(size=(3, 4, 11))
    values[0, :, 2:] = np.nan
    values[1, 1, [0, 5]] = np.nan
    expected = np.nanquantile(values, [0.25, 0.5, 0.75], axis=-1)
    np.testing.assert_allclose(quartiles(values), expected, rtol=1e-12)
    assert quartiles(np.array([[4.0, np.nan]])).tolist() == [[4.0]] * 3
    assert np.isnan(quartiles(np.full(3, np.nan))).all()


def test_quartiles_among_infinities():
    low, middle, high = quartiles(np.array([-np.inf, -np.inf, 1.0, 2.0, 3.0]))
    assert (low, middle, high) == (-np.inf, 1.0, 2.0), "on the values, there is nothing between"
    low, middle, high = quartiles(np.array([-np.inf, 1.0]))
    assert np.isnan([low, middle, high]).all()


def test_plateaus_are_rested_on_for_a_tenth_of_the_run():
    steps = np.array([0, 10, 20, 50, 100])
    plateaus = OUTPUTS["sigmoid"].plateaus(XOR)
    constant, one, two = plateaus.values()
    assert plateaus_of(steps, np.array([0.8, constant, constant, 0, 0]), plateaus) == ["constant"]
    assert plateaus_of(steps, np.array([constant, 0.6, constant, 0.1, 0.0]), plateaus) == []
    near = np.array([constant + 0.0049, constant - 0.0049, one, one, two])
    assert plateaus_of(steps, near, plateaus) == ["constant", "one_apart"]
    assert plateaus_of(steps, np.array([constant + 0.0051] * 5), plateaus) == []
    assert plateaus_of(steps, np.array([one, 0.4, 0.4, two, two]), plateaus) == ["two_apart"]
    assert plateaus_of(np.array([0, 9, 100]), np.array([constant, constant, 0]), plateaus) == []
    assert plateaus_of(np.array([0]), np.array([constant]), plateaus) == []
    assert plateaus_of(np.array([0, 1]), np.array([constant, constant]), plateaus) == ["constant"]


def test_representative_networks_are_median_lowest_and_highest():
    odd = known_losses([0.5, 0.1, 0.3, 0.9, 0.2])
    assert representative_networks(odd, range(5)) == {"typical": 2, "best": 1, "worst": 3}
    even = known_losses([0.5, 0.1, 0.3, 0.9])
    assert representative_networks(even, range(4))["typical"] == 2, "the lower of the two middle"
    diverged = known_losses([0.5, np.nan, 0.3])
    assert representative_networks(diverged, range(3)) == {"typical": 0, "best": 2, "worst": 1}


def test_representative_networks_are_those_of_the_ones_asked_for():
    history = known_losses([0.5, 0.1, 0.3, 0.9, 0.2])
    assert representative_networks(history, [0, 3, 4]) == {"typical": 0, "best": 4, "worst": 3}
    assert representative_networks(history, [0, 1, 3, 4])["typical"] == 0
    assert representative_networks(history, [3, 0])["typical"] == 0, "nearest to the median of all"


def test_the_typical_network_solves_it_if_the_median_one_does():
    """By rank alone it would be the network stuck at 0.48, next to the median."""
    history = known_losses([0.1, 0.2, 0.3, 0.48, 0.69])
    history = replace(history, accuracy=np.array([[1.0, 1.0, 1.0, 0.75, 0.5]]))
    assert history.solved.tolist() == [True, True, True, False, False]
    assert representative_networks(history, [0, 3, 4])["typical"] == 0
    assert representative_networks(history, [3, 4])["typical"] == 3
    assert representative_networks(history, [2]) == {"typical": 2, "best": 2, "worst": 2}


def test_the_median_gradients_network_is_near_in_every_layer():
    start = known_losses([0.0] * 6)
    # Its first over its last layer is the medians' in the second network, too: a tenth of its size.
    norms = np.array([[1, 0.1, 1, 30, 2, 0], [4, 0.4, 40, 4, 4, 4], [9, 0.9, 9, 9, 9, 9]], float)
    found = replace(start, weight_gradient_norm=norms[None])
    assert median_gradient_network(found, range(6)) == 0
    assert median_gradient_network(found, [1, 3, 4, 5]) == 4
    assert median_gradient_network(found, [5, 1]) == 1, "one that gets no gradient is far away"
    assert median_gradient_network(found, [5]) == 5


def test_what_every_run_kept_is_what_all_can_show():
    first, second = (known_losses([0.5] * 5, kept=kept) for kept in ([3, 0, 4], [4, 3]))
    assert kept_by_all([first]) == [0, 3, 4]
    assert kept_by_all([first, second]) == [3, 4]


# Saturation


STEEPEST = {
    "sigmoid": 1 / 4,
    "tanh": 1.0,
    "relu": 1.0,
    "leaky_relu": 1.0,
    "maxout": 1.0,
    "elu": 1.0,
    "identity": 1.0,
    "softplus": 1 / (1 + math.exp(-8)),  # at the end of the range that is looked at
    "selu": SELU_SCALE * SELU_ALPHA,  # just left of 0
    "gelu": 1.12890,
    "silu": 1.09984,
    "mish": 1.08849,
}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_saturated_is_under_a_hundredth_of_the_steepest_slope(activation):
    slope = saturation_slope(Experiment(activation=activation))
    assert slope == pytest.approx(STEEPEST[activation] / 100, rel=1e-5)


def test_the_steepest_slope_depends_on_the_parameter():
    elu = Experiment(activation="elu", activation_parameter=3.0)
    assert saturation_slope(elu) == pytest.approx(0.03, rel=1e-12)


def counted(activation: str, z: Sequence[float], depth: int = 1) -> History:
    """A history whose one frame has these pre-activations in its histogram."""
    start = Trainer([Experiment(activation=activation, depth=depth, networks=2)]).histories()[0]
    edges = start.pre_activation_edges
    counts = np.zeros((1, len(edges) + 1, 2), np.uint16)
    for place, value in enumerate(z):
        counts[0, np.searchsorted(edges, value), place % 2] += 1
    return replace(start, pre_activation_counts=counts)


@pytest.mark.parametrize(
    ("activation", "z", "share"),
    [
        ("sigmoid", [-100, -6.1, -5.9, 0, 5.9, 6.1, 100, 1], 4 / 8),  # 1/400 lies at 5.98
        ("tanh", [-3.1, -2.9, 2.9, 3.1, 0], 2 / 5),  # 1/100 lies at 2.99
        ("relu", [-0.1, 0.0, 0.1, 9], 2 / 4),
        ("identity", [-100, 0, 100], 0.0),
    ],
)
def test_the_saturated_share_is_that_of_all_networks(activation, z, share):
    assert saturated_share(counted(activation, z), 0) == pytest.approx(share, rel=1e-12)


def test_a_slope_of_just_a_hundredth_is_not_saturated():
    history = counted("leaky_relu", [-3.0, -1.0, 2.0])
    hundredth = replace(history.experiment, activation_parameter=0.01)
    assert saturated_share(replace(history, experiment=hundredth), 0) == 0.0
    below = replace(history.experiment, activation_parameter=0.0099)
    assert saturated_share(replace(history, experiment=below), 0) == pytest.approx(2 / 3)


def test_the_saturated_share_may_be_unknown():
    assert math.isnan(saturated_share(counted("sigmoid", [1.0], depth=0), 0))
    assert math.isnan(saturated_share(counted("maxout", [1.0, 9.0]), 0))
    assert math.isnan(saturated_share(counted("sigmoid", []), 0))


# Norms


@pytest.mark.parametrize("scale", [1.0, 0.1, 1e-200, 1e200])
def test_a_norm_is_right_where_its_squares_would_leave_the_floats(scale):
    assert euclidean_norm(scale * np.array([[3.0, 0.0], [0.0, -4.0]])) == pytest.approx(5 * scale)


def test_a_norm_of_nothing_and_of_what_is_unknown():
    assert euclidean_norm(np.zeros((2, 3))) == 0.0
    assert math.isnan(euclidean_norm(np.array([np.nan, 1.0])))
