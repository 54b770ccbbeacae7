"""Figures read off a run: against autograd, closed forms and cases worked by hand."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from models import ACTIVATIONS, Experiment, History, Trainer, train
from models.activations import SELU_ALPHA, SELU_SCALE
from models.datasets import POINTS, XOR_INPUTS, XOR_LABELS
from models.diagnostics import (
    FADED,
    NORMAL_95,
    WEAKENED,
    ChainFactors,
    PointsView,
    chain_factors,
    damage,
    gradient_ratio,
    kept_network_like,
    layer_health,
    plateaus_of,
    points_views,
    quartiles,
    representative_networks,
    saturated_share,
    saturation_slope,
    shrink_per_layer,
    weight_chain,
    wilson_interval,
)
from models.passes import network_pass
from models.theory import PLATEAUS
from tests.models.reference import activation_module
from tests.models.test_passes import (
    DIVERGING,
    SHORT,
    Parameters,
    history_of,
    traced,
)

LN3 = math.log(3)  # a logit whose probability is 3 / 4
INITS = ("lab", "lecture")


def made(
    activation: str, width: int, frames: Sequence[Parameters], steps=(), norms=None, **fields
) -> History:
    """A made-up history of one network in float64, with as many layers as there are parameters."""
    depth = len(frames[0]) - 1
    experiment = Experiment(
        activation=activation, depth=depth, width=width, networks=1, dtype="float64", **fields
    )
    return history_of(experiment, frames, steps, norms)


def known_losses(losses: Sequence[float], kept: Sequence[int] = ()) -> History:
    """A history that ended with these losses."""
    start = Trainer([replace(SHORT, networks=len(losses))]).histories()[0]
    return replace(start, loss=np.array([losses]), kept=np.array(kept, dtype=int))


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
    constant, one, two = PLATEAUS.values()
    assert plateaus_of(steps, np.array([0.8, constant, constant, 0.1, 0.0])) == ["constant"]
    assert plateaus_of(steps, np.array([constant, 0.6, constant, 0.1, 0.0])) == []
    near = np.array([constant + 0.0049, constant - 0.0049, one, one, two])
    assert plateaus_of(steps, near) == ["constant", "one_apart"]
    assert plateaus_of(steps, np.array([constant + 0.0051] * 5)) == []
    assert plateaus_of(steps, np.array([one, 0.4, 0.4, two, two])) == ["two_apart"]
    assert plateaus_of(np.array([0, 9, 100]), np.array([constant, constant, 0])) == []
    assert plateaus_of(np.array([0]), np.array([constant])) == []


def test_representative_networks_are_median_lowest_and_highest():
    odd = known_losses([0.5, 0.1, 0.3, 0.9, 0.2])
    assert representative_networks(odd) == {"typical": 2, "best": 1, "worst": 3}
    even = known_losses([0.5, 0.1, 0.3, 0.9])
    assert representative_networks(even)["typical"] == 2, "the lower of the two in the middle"
    diverged = known_losses([0.5, np.nan, 0.3])
    assert representative_networks(diverged) == {"typical": 0, "best": 2, "worst": 1}


def test_a_kept_network_stands_for_itself_the_nearest_for_the_others():
    history = known_losses([0.7, 0.1, 0.4, 0.39, np.nan, 0.05, 0.56], kept=[1, 2, 6])
    likes = [kept_network_like(history, network) for network in range(7)]
    assert likes == [6, 1, 2, 2, 1, 1, 6]
    unknown = known_losses([0.3, np.nan, 0.9, 0.35, 0.2], kept=[1, 2, 3])
    assert [kept_network_like(unknown, network) for network in (0, 1, 4)] == [3, 1, 3]
    nothing = known_losses([0.3, np.nan, np.nan], kept=[1, 2])
    assert kept_network_like(nothing, 0) == 1
    assert kept_network_like(nothing, 2) == 2
    alike = known_losses([0.3, 0.3, 0.3], kept=[0, 1])
    assert [kept_network_like(alike, network) for network in range(3)] == [0, 1, 0]


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


def test_the_saturated_share_may_be_unknown():
    assert math.isnan(saturated_share(counted("sigmoid", [1.0], depth=0), 0))
    assert math.isnan(saturated_share(counted("maxout", [1.0, 9.0]), 0))
    assert math.isnan(saturated_share(counted("sigmoid", []), 0))


# Chain factors


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_factors_multiply_to_the_signal_that_autograd_finds(activation, init):
    history = train(replace(SHORT, activation=activation, init=init, depth=4, width=5))
    for network, frame in itertools.product((0, 2), (0, -1)):
        oracle = traced(history, frame, network)
        chain = chain_factors(network_pass(history, network), frame)
        expected = oracle.signals(width=5)
        np.testing.assert_allclose(chain.signal, expected, rtol=1e-9)
        np.testing.assert_allclose(chain.product, expected, rtol=1e-9)
        logged = history.weight_gradient_norm[history.frame_places[frame], :, network]
        # Where the points' gradients cancel, what is left of them is rounding.
        np.testing.assert_allclose(chain.gradient, logged, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_each_factor_is_what_its_name_says(activation):
    history = train(replace(SHORT, activation=activation, depth=4, width=5))
    chain, oracle = chain_factors(network_pass(history, 1), -1), traced(history, -1, 1)
    signals = oracle.signals(width=5)
    for layer in range(4):
        error = np.abs(oracle.errors[layer])
        assert chain.weights[layer] == pytest.approx(error.mean() / signals[layer + 1], rel=1e-9)
        slope = np.abs(oracle.slopes[layer])
        if activation == "maxout":
            slope = slope[:, :5] + slope[:, 5:]
        mean = np.average(slope, weights=error)
        assert chain.activation[layer] == pytest.approx(mean, rel=1e-9)
        assert chain.plain_slope[layer] == pytest.approx(slope.mean(), rel=1e-9)


def test_factors_worked_by_hand():
    # z = s, -s with s = x1 + x2, so h = s, -s / 2 and the logit is ln 3 at every point: p is 3/4
    # and delta 3/4, -1/4, -1/4, 3/4. Slopes are 1/2, 1, 1, 1 and 1/2 throughout.
    layers = [([[1, -1], [1, -1]], [0, 0]), ([[2], [4]], [LN3])]
    history = made("leaky_relu", 2, [layers], activation_parameter=0.5)
    chain = chain_factors(network_pass(history, 0), 0)
    assert chain.signal == pytest.approx([7.25 / 8, 1 / 2])
    assert chain.weights == pytest.approx([3.0])
    assert chain.activation == pytest.approx([7.25 / 12])
    assert chain.plain_slope == pytest.approx([5.5 / 8])
    assert chain.product == pytest.approx([7.25 / 8, 1 / 2])
    # dLoss/dW: four times 1/4; 1/4 and -1/8.
    assert chain.gradient == pytest.approx([1 / 2, math.sqrt(5) / 8])
    found = damage(chain)
    assert found.kind == "kept"
    assert (found.activation, found.weights) == pytest.approx((7.25 / 12, 3.0))
    assert found.total == pytest.approx(7.25 / 4)


def test_factors_of_a_network_that_dies_in_a_layer():
    one, alive, dead = np.ones((2, 2)), [1, 1], [-100, -100]
    layers = [([[1, 2], [3, 4]], alive), (one, dead), (one, alive), ([[1], [2]], [LN3])]
    chain = chain_factors(network_pass(made("relu", 2, [layers]), 0), 0)
    for figure in (chain.signal, chain.product, chain.gradient):
        assert figure[:2].tolist() == [0.0, 0.0]
    assert (chain.signal[2:] > 0).all()
    assert math.isnan(chain.weights[0]), "nothing comes back that weights could pass on"
    assert chain.weights[1] > 0
    assert chain.activation.tolist() == [1.0, 0.0, 1.0]
    assert chain.plain_slope.tolist() == [1.0, 0.0, 1.0]
    found = damage(chain)
    assert (found.kind, found.layer, found.total) == ("dead", 2, 0.0)


def test_factors_of_a_network_of_zeros():
    history = train(Experiment(activation="sigmoid", depth=4, init="zeros", networks=1, steps=1))
    chain = chain_factors(network_pass(history, 0), 0)
    assert chain.signal.tolist() == chain.product.tolist() == [0, 0, 0, 0, 0.5]
    np.testing.assert_array_equal(chain.weights, [np.nan, np.nan, np.nan, 0])
    np.testing.assert_allclose(chain.activation, 0.25, rtol=1e-15)
    np.testing.assert_allclose(chain.plain_slope, 0.25, rtol=1e-15)
    assert (damage(chain).kind, damage(chain).layer) == ("dead", 4)


def test_factors_of_fifty_sigmoid_layers_lose_no_digits():
    history = train(
        Experiment(activation="sigmoid", depth=50, width=5, init="lecture", networks=1, steps=1)
    )
    chain = chain_factors(network_pass(history, 0), 0)
    expected = traced(history, 0, 0).signals(width=5)
    assert 0 < expected[0] < 1e-28
    np.testing.assert_allclose(chain.signal, expected, rtol=1e-9)
    np.testing.assert_allclose(chain.product, expected, rtol=1e-9)
    logged = history.weight_gradient_norm[0, :, 0]
    np.testing.assert_allclose(chain.gradient, logged, rtol=1e-9)


def test_factors_do_not_round_to_zero_where_their_squares_would():
    # Identity layers that hand on 1e-4 of what they get, 51 times; delta is 3/4, -1/4, -1/4, 3/4.
    layers = [(1e-4 * np.eye(2), [0, 0])] * 50 + [([[1e-4], [1e-4]], [LN3])]
    chain = chain_factors(network_pass(made("identity", 2, [layers]), 0), 0)
    np.testing.assert_allclose(chain.signal, 0.5 * 1e-4 ** np.arange(50, -1, -1), rtol=1e-9)
    assert chain.gradient[0] == pytest.approx(1e-200 / 4, rel=1e-9)
    assert damage(chain).kind == "weights"


def test_factors_are_known_where_their_product_is_below_the_smallest_float():
    layers = [(np.zeros((2, 2)), [460, 460]), ([[1e-200], [1e-200]], [LN3])]
    chain = chain_factors(network_pass(made("sigmoid", 2, [layers]), 0), 0)
    assert chain.weights[0] == pytest.approx(1e-200, rel=1e-9)
    assert chain.activation[0] == pytest.approx(math.exp(-460), rel=1e-9)
    assert chain.plain_slope[0] == pytest.approx(math.exp(-460), rel=1e-9)


# Damage


def chained(weights: Sequence[float], activation: Sequence[float], output=0.5) -> ChainFactors:
    """Factors with the signals that follow from them; what damage does not look at is 0."""
    signal = [output]
    for pair in zip(weights[::-1], activation[::-1], strict=True):
        signal.append(signal[-1] * math.prod(pair))
    unused = np.zeros(len(signal))
    return ChainFactors(
        np.array(signal[::-1]), np.array(weights), np.array(activation), unused[1:], unused
    )


@pytest.mark.parametrize(
    ("weights", "activation", "kind"),
    [
        ([1.0, 1.0], [0.01, 0.02], "activation"),
        ([3.0, 2.0], [0.01, 0.01], "activation"),  # the weights made up for some of it
        ([100.0, 30.0], [1e-3, 1e-3], "activation"),  # for most of it
        ([0.01, 0.02], [1.0, 1.0], "weights"),
        ([0.001, 0.5], [1.05, 1.05], "weights"),
        ([0.1, 0.1], [0.1, 0.1], "both"),
        ([10**-2.1, 1.0], [10**-3.9, 1.0], "both"),  # 65 % of the orders of magnitude
        ([10**-1.9, 1.0], [10**-4.1, 1.0], "activation"),  # 68 %
        ([10**-3.9, 1.0], [10**-2.1, 1.0], "both"),
        ([10**-4.1, 1.0], [10**-1.9, 1.0], "weights"),
        ([4.0, 2.5], [0.5, 0.25], "kept"),
        ([200.0, 30.0], [0.5, 0.5], "grown"),
    ],
)
def test_damage_names_the_factor_that_took_the_gradient(weights, activation, kind):
    found = damage(chained(weights, activation))
    assert found.kind == kind
    assert found.activation == pytest.approx(math.prod(activation), rel=1e-12)
    assert found.weights == pytest.approx(math.prod(weights), rel=1e-12)
    assert found.total == pytest.approx(math.prod([*weights, *activation]), rel=1e-12)
    assert found.layer == 0


@pytest.mark.parametrize(
    ("total", "kind"),
    [
        (WEAKENED, "kept"),
        (np.nextafter(WEAKENED, 0), "weakened"),
        (FADED, "weakened"),
        (np.nextafter(FADED, 0), "weights"),
        (1 / WEAKENED, "kept"),
        (np.nextafter(1 / WEAKENED, np.inf), "grown"),
    ],
)
def test_damage_begins_below_the_limit_and_growth_above_its_inverse(total, kind):
    assert damage(chained([total], [1.0], output=1.0)).kind == kind


def test_damage_without_hidden_layers_or_without_a_signal():
    assert damage(chained([], [])).kind == "none"
    for output in (0.0, math.nan, math.inf):
        assert damage(chained([2.0], [0.5], output)).kind == "silent"
    assert damage(chained([math.inf], [0.5])).kind == "silent"


def test_damage_of_a_chain_that_is_cut():
    found = damage(chained([2.0, math.nan, 1.0, 3.0], [0.5, 1.0, 0.0, 0.5]))
    assert found.kind == "silent", "not a number is no zero"
    cut = chained([2.0, 2.0, 1.0, 3.0], [0.5, 1.0, 0.0, 0.5])
    found = damage(replace(cut, weights=np.array([math.nan, math.nan, 1.0, 3.0])))
    assert (found.kind, found.layer, found.total) == ("dead", 3, 0.0)
    assert (found.activation, found.weights) == (0.0, 1.0), "that layer's own: its units are off"
    found = damage(chained([1.0, 0.0], [0.5, 0.25]))
    assert (found.kind, found.layer) == ("dead", 2)
    assert (found.activation, found.weights) == (0.25, 0.0), "the weights pass nothing back"


SOLVED_BY_HAND = [([[1, 1], [1, 1]], [0, -1]), ([[2000], [-4000]], [-1000])]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"activation": "sigmoid"}, "activation"),
        ({"activation": "sigmoid", "depth": 50, "width": 5}, "activation"),
        ({"activation": "relu", "init": "lecture"}, "kept"),
        ({"activation": "identity", "init": "pytorch"}, "weights"),
        ({"activation": "tanh", "init": "pytorch", "width": 5}, "weights"),
        ({"activation": "sigmoid", "init": "pytorch", "width": 5}, "both"),
        ({"activation": "identity", "init": "lab"}, "grown"),
        ({"activation": "relu", "init": "lecture", "width": 2}, "dead"),
        ({"activation": "sigmoid", "init": "zeros"}, "dead"),
        ({"depth": 0}, "none"),
    ],
)
def test_damage_of_networks_as_they_are_drawn(fields, kind):
    experiment = replace(Experiment(networks=1, steps=1), **fields)
    found = damage(chain_factors(network_pass(train(experiment), 0), 0))
    assert found.kind == kind
    if kind not in ("none", "dead"):
        assert found.activation * found.weights == pytest.approx(found.total, rel=1e-9)


def test_damage_of_a_network_whose_answers_are_exactly_right():
    history = made("relu", 2, [SOLVED_BY_HAND])
    assert damage(chain_factors(network_pass(history, 0), 0)).kind == "silent"


# One weight's chain


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_weights_chain_holds_link_by_link_and_ends_in_autograds_gradient(activation, init):
    history = train(replace(SHORT, activation=activation, init=init, depth=2, width=2))
    one, frame, network = network_pass(history, 1), 11, 1
    oracle, phi = traced(history, frame, network), activation_module(history.experiment)
    parameters = history.parameters(frame, network)
    for layer, point in itertools.product((1, 2, 3), range(POINTS)):
        weight, bias = (part.astype(np.float64) for part in parameters[layer - 1])
        units, x = (2 if layer < 3 else 1), oracle.inputs[layer - 1][point]
        for unit, source in itertools.product(range(1, units + 1), range(1, len(x) + 1)):
            pieces = oracle.z[layer - 1][point, unit - 1 :: units]
            column = unit - 1 + units * int(pieces.argmax())
            chain = weight_chain(one, frame, layer, point, unit, source)
            assert (chain.unit, chain.source) == (unit, source)
            assert chain.w == weight[source - 1, column]
            assert chain.b == bias[column]
            assert chain.x == pytest.approx(x[source - 1], rel=1e-9)
            rest = sum(x[i] * weight[i, column] for i in range(len(x)) if i != source - 1)
            assert chain.rest == pytest.approx(rest, rel=1e-9, abs=1e-12)
            assert chain.x * chain.w + chain.rest + chain.b == pytest.approx(chain.z, abs=1e-12)
            assert chain.z == pytest.approx(pieces.max(), rel=1e-9, abs=1e-12)
            if layer == 3:
                assert chain.h == pytest.approx(one.hypothesis[frame, point], rel=1e-12)
                h = torch.tensor(chain.h, dtype=torch.float64, requires_grad=True)
                torch.nn.functional.binary_cross_entropy(h, XOR_LABELS[point]).backward()
                assert chain.error == pytest.approx(h.grad.item(), rel=1e-9)
                assert chain.slope == pytest.approx(chain.h * (1 - chain.h), rel=1e-9)
            else:
                z = torch.full((history.experiment.phi.pieces,), chain.z, dtype=torch.float64)
                assert chain.h == pytest.approx(phi(z).item(), rel=1e-9)
                assert chain.h == pytest.approx(oracle.inputs[layer][point, unit - 1], rel=1e-9)
                assert chain.error == pytest.approx(
                    oracle.errors[layer - 1][point, unit - 1], rel=1e-9, abs=1e-15
                )
                assert chain.slope == pytest.approx(
                    oracle.slopes[layer - 1][point, column], rel=1e-9
                )
            assert chain.error * chain.slope == pytest.approx(chain.delta, rel=1e-9, abs=1e-15)
            expected = oracle.point_gradients[point][layer - 1][source - 1, column]
            assert chain.gradient == pytest.approx(expected, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("activation", ["tanh", "relu", "maxout"])
def test_a_weights_chain_starts_where_most_happens(activation):
    history = train(replace(SHORT, activation=activation, depth=2, width=6))
    one, differ = network_pass(history, 0), set()
    for layer, point in itertools.product((1, 2, 3), range(POINTS)):
        units, sources = (6 if layer < 3 else 1), (2 if layer == 1 else 6)
        chains = [weight_chain(one, -1, layer, point, unit, 1) for unit in range(1, units + 1)]
        inputs = [
            weight_chain(one, -1, layer, point, 1, source) for source in range(1, sources + 1)
        ]
        largest = max(chains, key=lambda chain: abs(chain.delta)).unit
        source = max(inputs, key=lambda chain: abs(chain.x)).source
        assert weight_chain(one, -1, layer, point) == weight_chain(
            one, -1, layer, point, largest, source
        )
        assert weight_chain(one, -1, layer, point, unit=1).source == source
        assert weight_chain(one, -1, layer, point, source=2).unit == largest
        differ.add((largest, source))
    assert len(differ) > 3


def test_a_weights_chain_of_a_perceptron_by_hand():
    one = network_pass(made("sigmoid", 1, [[([[2], [3]], [LN3 - 5])]]), 0)
    chain = weight_chain(one, 0, 1, point=3, source=2)  # (1, 1), label 0, p = 3/4
    assert (chain.unit, chain.x, chain.w, chain.rest) == (1, 1, 3, 2)
    assert (chain.b, chain.z) == pytest.approx((LN3 - 5, LN3))
    assert (chain.h, chain.slope) == pytest.approx((3 / 4, 3 / 16))
    assert (chain.error, chain.delta, chain.gradient) == pytest.approx((4.0, 3 / 4, 3 / 4))
    one_of_two = weight_chain(one, 0, 1, point=1)  # (0, 1), label 1
    p = 1 / (1 + math.exp(2 - LN3))
    assert one_of_two.source == 2
    assert (one_of_two.error, one_of_two.gradient) == pytest.approx((-1 / p, p - 1))


def test_a_weights_chain_follows_the_maxout_piece_that_wins():
    # Unit 1: 3 + 2 x1 against 1; unit 2: 0 against 5 x1 - 1. Point 2 is (1, 0).
    layers = [([[2, 0, 0, 5], [0, 0, 0, 0]], [3, 0, 1, -1]), ([[7], [11]], [-90 + LN3])]
    one = network_pass(made("maxout", 2, [layers]), 0)
    first, second = (weight_chain(one, 0, 1, 2, unit, 1) for unit in (1, 2))
    assert (first.w, first.b, first.z, first.h, first.slope) == (2, 3, 5, 5, 1)
    assert (second.w, second.b, second.z, second.h, second.slope) == (5, -1, 4, 4, 1)
    assert weight_chain(one, 0, 1, 0, 2, 1).z == 0, "at (0, 0) the other piece wins"
    # The logit is 35 + 44 - 90 + ln 3.
    p = 3 / (3 + math.exp(11))
    assert first.delta == pytest.approx(7 * (p - 1), rel=1e-12)
    assert second.gradient == pytest.approx(11 * (p - 1), rel=1e-12)
    assert weight_chain(one, 0, 1, 2).unit == 2


def test_a_weights_chain_of_an_answer_that_is_surely_wrong():
    one = network_pass(made("relu", 1, [[([[1], [1]], [1]), ([[-800]], [0])]]), 0)
    chain = weight_chain(one, 0, 2, 1)  # the logit is -1600, the label 1
    assert (chain.h, chain.delta, chain.gradient) == (0.0, -1.0, -2.0)


# Layers' health


def test_saturated_units_are_counted_over_the_points():
    # Unit 1 is at 10, 10, 0, 0; unit 2 at 5.9; unit 3 at -6.1: 1/400 of slope lies at 5.98.
    one = ([[-10, 0, 0], [0, 0, 0]], [10, 5.9, -6.1])
    none = (np.zeros((3, 3)), [0, 1, -5.9])
    output = (np.zeros((3, 1)), [100])
    health = layer_health(made("sigmoid", 3, [[one, none, output]]), 0)
    np.testing.assert_allclose(health.saturated, [[6 / 12, 0, np.nan]], rtol=1e-15)
    np.testing.assert_array_equal(health.dead, [[0, 0, np.nan]])


def test_a_falling_slope_saturates_no_unit():
    # At -2 GELU falls by 0.085, a thirteenth of its steepest slope.
    hidden = (np.zeros((2, 2)), [-2, -8])
    health = layer_health(made("gelu", 2, [[hidden, ([[1], [1]], [0])]]), 0)
    np.testing.assert_array_equal(health.saturated, [[1 / 2, np.nan]])


def test_dead_units_are_zero_for_all_points():
    # Pre-activations: -1 always; x1 + x2; -x1 - x2; above 0 at (1, 1) alone.
    one = ([[0, 1, -1, 1], [0, 1, -1, 1]], [-1, 0, 0, -1.5])
    every = (np.zeros((4, 4)), [-1, -2, -3, -4])
    none = (np.zeros((4, 4)), [1, 2, 3, 4])
    output = (np.ones((4, 1)), [0])
    health = layer_health(made("relu", 4, [[one, every, output], [one, none, output]]), 0)
    np.testing.assert_array_equal(health.dead, [[2 / 4, 1, np.nan], [2 / 4, 0, np.nan]])
    np.testing.assert_array_equal(health.saturated, [[12 / 16, 1, np.nan], [12 / 16, 0, np.nan]])


def test_maxout_has_dead_units_but_no_saturated_ones():
    # Unit 1: 0 against -1; unit 2: x1 against -1; unit 3: 1 against 0.
    hidden = ([[0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]], [0, 0, 1, -1, -1, 0])
    health = layer_health(made("maxout", 3, [[hidden, (np.ones((3, 1)), [0])]]), 0)
    assert np.isnan(health.saturated).all()
    np.testing.assert_array_equal(health.dead, [[1 / 3, np.nan]])


def test_spread_is_the_standard_deviation_over_units_and_points():
    # The output: -1, -1, 3, 3.
    perceptron = layer_health(made("sigmoid", 1, [[([[4], [0]], [-1])]]), 0)
    np.testing.assert_allclose(perceptron.spread, [[2.0]])
    hidden = layer_health(made("identity", 2, [[([[0, 0], [6, 0]], [0, 3]), ([[1], [0]], [5])]]), 0)
    # Layer 1: 0, 6, 0, 6 and four times 3; the output: 5, 11, 5, 11.
    np.testing.assert_allclose(hidden.spread, [[math.sqrt(4.5), 3.0]])


def test_a_perceptron_has_no_hidden_health():
    health = layer_health(made("sigmoid", 1, [[([[3], [4]], [0])]], norms=[[2.0]]), 0)
    np.testing.assert_array_equal(health.saturated, [[np.nan]])
    np.testing.assert_array_equal(health.dead, [[np.nan]])
    np.testing.assert_array_equal(health.gradient, [[2.0]])
    np.testing.assert_allclose(health.update, [[0.1 * 2 / 5]])


def test_the_update_of_descent_is_rate_times_gradient_over_the_weights():
    hidden, output = ([[3, 0], [4, 0]], [7, 7]), ([[0], [0]], [1])
    frames = [[hidden, output], [hidden, ([[0], [2]], [1])]]
    norms = [[10.0, 3.0], [0.5, 3.0]]
    health = layer_health(made("tanh", 2, frames, [0, 5], norms, learning_rate=0.2), 0)
    np.testing.assert_allclose(health.update, [[0.4, np.nan], [0.02, 0.3]], rtol=1e-15)
    np.testing.assert_array_equal(health.gradient, norms)
    assert health.steps.tolist() == [0, 5]


@pytest.mark.parametrize("activation", ["tanh", "maxout"])
def test_the_update_of_descent_is_the_step_that_is_then_taken(activation):
    history = train(replace(SHORT, activation=activation, dtype="float64", steps=10))
    assert np.diff(history.frame_steps).tolist() == [1] * 10
    health, way = layer_health(history, 1), history.parameters(slice(None), 1)
    for layer, (weights, _) in enumerate(way):
        moved = np.linalg.norm(np.diff(weights, axis=0), axis=(1, 2))
        share = moved / np.linalg.norm(weights[:-1], axis=(1, 2))
        np.testing.assert_allclose(health.update[:-1, layer], share, rtol=1e-9)


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_the_update_with_a_memory_is_the_way_to_the_next_frame(optimizer):
    frames = [[([[3], [w]], [b])] for w, b in ((4, 0), (10, 9), (6, 9))]
    frames.append([([[0], [0]], [9])])
    norms = [[100.0]] * 4
    history = made("tanh", 1, frames, [0, 2, 10, 11], norms, optimizer=optimizer)
    expected = [6 / 2 / 5, 4 / 8 / math.sqrt(109), 1.0, np.nan]
    np.testing.assert_allclose(layer_health(history, 0).update[:, 0], expected, rtol=1e-12)


def test_health_ends_where_a_network_diverged():
    history = train(DIVERGING)
    network = int(np.flatnonzero(history.diverged)[0])
    health, known = layer_health(history, network), network_pass(history, network).known
    assert 0 < known.sum() < len(known)
    hidden = slice(0, -1)
    for table, layers in (
        (health.gradient, slice(None)),
        (health.update, slice(None)),
        (health.spread, slice(None)),
        (health.saturated, hidden),
        (health.dead, hidden),
    ):
        assert table.shape == (len(known), history.experiment.layers)
        assert np.isnan(table[~known]).all()
        assert not np.isnan(table[known, layers]).any()


def test_the_last_update_before_divergence_is_unknown():
    history = train(replace(DIVERGING, optimizer="momentum"))
    network = int(np.flatnonzero(history.diverged)[0])
    last = int(network_pass(history, network).known.sum()) - 1
    assert np.isnan(layer_health(history, network).update[last]).all()


def test_the_gradient_of_health_is_the_one_that_was_logged_at_its_steps():
    history = train(replace(SHORT, steps=300))
    assert len(history.frame_steps) < len(history.steps)
    health = layer_health(history, 2)
    for step, row in zip(health.steps, health.gradient, strict=True):
        logged = history.weight_gradient_norm[history.steps.tolist().index(step), :, 2]
        np.testing.assert_array_equal(row, logged)


def test_health_and_histogram_agree_on_what_is_saturated():
    history = train(replace(SHORT, activation="tanh", networks=1, width=40))
    for frame in (0, -1):
        share = layer_health(history, 0).saturated[frame, :-1].mean()
        assert saturated_share(history, frame) == pytest.approx(share, abs=0.03)
        assert share > 0.1


def test_health_of_a_network_that_was_not_kept():
    history = train(replace(SHORT, networks=9, steps=1))
    with pytest.raises(KeyError, match="8"):
        layer_health(history, 8)


# Views of the points


def views(activation: str, *hidden: tuple[Sequence, Sequence]) -> list[PointsView]:
    """How hidden layers with these parameters see the points."""
    width = np.shape(hidden[0][0])[1]
    output = (np.zeros((width, 1)), [0])
    return points_views(network_pass(made(activation, width, [[*hidden, output]]), 0), 0)


def test_the_first_view_is_the_inputs():
    inputs, _ = views("identity", (np.eye(2), [0, 0]))
    np.testing.assert_allclose(inputs.coordinates, XOR_INPUTS.numpy() - 0.5)  # of rms length 1
    assert inputs.spread == pytest.approx(math.sqrt(0.5))
    assert inputs.explained == pytest.approx(1.0)
    assert not inputs.silent


def test_two_outputs_are_the_view_about_their_centre():
    # (3, 0), (3, 2), (5, 0), (5, 2): centre (4, 1), square lengths 9, 13, 25 and 29.
    _, view = views("identity", (2 * np.eye(2), [3, 0]))
    expected = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]]) / math.sqrt(19)
    np.testing.assert_allclose(view.coordinates, expected, rtol=1e-12)
    assert view.spread == pytest.approx(math.sqrt(2 / 19))
    assert view.explained == pytest.approx(1.0)
    _, centred = views("identity", (2 * np.eye(2), [-1, -1]))
    assert centred.spread == pytest.approx(1.0), "nothing in common"


def test_one_output_is_a_view_along_a_line():
    _, view = views("identity", ([[3], [4]], [-1]))  # -1, 3, 2, 6: centre 2.5, squares 50
    expected = np.array([-3.5, 0.5, -0.5, 3.5]) / math.sqrt(12.5)
    np.testing.assert_allclose(view.coordinates, np.stack([expected, np.zeros(4)], 1), rtol=1e-12)
    assert view.spread == pytest.approx(math.sqrt(1 / 2))
    assert view.explained == pytest.approx(1.0)


def distances(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, None] - points[None, :], axis=-1)


@pytest.mark.parametrize("scale", [1.0, 1e200, 1e-200])
def test_a_view_of_a_plane_keeps_all_distances(scale):
    generator = np.random.default_rng(4)
    weight, bias = generator.normal(size=(2, 7)), generator.normal(size=7)
    _, view = views("identity", (scale * weight, scale * bias))
    points = XOR_INPUTS.numpy() @ weight + bias
    size = np.sqrt(np.square(points).sum(axis=1).mean())
    np.testing.assert_allclose(distances(view.coordinates), distances(points) / size, rtol=1e-9)
    assert view.explained == pytest.approx(1.0)
    assert view.spread == pytest.approx(np.sqrt(points.var(axis=0).sum()) / size)
    np.testing.assert_allclose(view.coordinates.sum(axis=0), 0, atol=1e-12)


def test_a_view_of_more_dimensions_shows_the_principal_components():
    history = train(replace(SHORT, activation="tanh", width=6))
    for network, frame in itertools.product(range(3), (0, -1)):
        one = network_pass(history, network)
        for hidden, view in zip(one.inputs[1:], points_views(one, frame)[1:], strict=True):
            points = hidden[frame] - hidden[frame].mean(axis=0)
            size2 = np.square(hidden[frame]).sum() / POINTS
            values, vectors = np.linalg.eigh(points @ points.T / size2)  # the largest last
            shown = np.square(view.coordinates).sum(axis=0)
            np.testing.assert_allclose(shown, values[:-3:-1], rtol=1e-9)
            products = (vectors[:, -2:] * values[-2:]) @ vectors[:, -2:].T
            np.testing.assert_allclose(
                view.coordinates @ view.coordinates.T, products, atol=1e-9 * values[-1]
            )
            assert view.explained == pytest.approx(shown.sum() / values.sum(), rel=1e-9)
            assert view.explained < 1
            furthest = np.abs(view.coordinates).argmax(axis=0)
            assert (view.coordinates[furthest, [0, 1]] > 0).all()
            assert view.spread == pytest.approx(math.sqrt(values.sum() / POINTS), rel=1e-9)


def test_in_a_view_of_components_the_furthest_point_lies_to_the_right():
    # The first output alone differs: 0, 0, 0, 9, and a layer later 9, 9, 9, 0.
    corner = np.array([[9, 0, 0], [9, 0, 0]]), [-9, 0, 0]
    _, up, down = views("relu", corner, (-np.eye(3), [9, 0, 0]))
    np.testing.assert_allclose(up.coordinates[:, 0], [-0.5, -0.5, -0.5, 1.5], rtol=1e-12)
    size = math.sqrt(3 / 4)
    expected = np.array([-0.25, -0.25, -0.25, 0.75]) / size
    np.testing.assert_allclose(down.coordinates[:, 0], expected, rtol=1e-12)
    np.testing.assert_allclose([up.coordinates[:, 1], down.coordinates[:, 1]], 0, atol=1e-12)


@pytest.mark.parametrize("width", [1, 2, 5])
def test_merged_points_have_no_spread_but_are_not_silent(width):
    _, view = views("identity", (np.zeros((2, width)), np.arange(1, width + 1)))
    assert not view.coordinates.any()
    assert (view.spread, view.explained, view.silent) == (0.0, 1.0, False)


@pytest.mark.parametrize("width", [1, 2, 5])
def test_a_layer_that_hands_on_zeros_is_silent(width):
    _, view = views("relu", (-np.ones((2, width)), np.zeros(width)))
    assert view.coordinates.tolist() == np.zeros((4, 2)).tolist()
    assert (view.spread, view.explained, view.silent) == (0.0, 1.0, True)


def test_a_view_out_of_the_floats_range_is_unknown_not_silent():
    with np.errstate(invalid="ignore"):
        _, view = views("identity", (np.full((2, 3), 1e308), np.zeros(3)))  # 2e308 at (1, 1)
    assert view.coordinates.tolist() == np.zeros((4, 2)).tolist()
    assert not view.silent
