"""Where the mean field settles, against closed forms, another quadrature and a wide network."""

import math

import numpy as np
import pytest

from models import Experiment
from models.settled import (
    Layer,
    critical_weights,
    settled_chi,
    settled_correlation,
    settled_depth_scale,
    settled_factor,
    settled_variance,
)

NODES, MASSES = np.polynomial.hermite_e.hermegauss(100)
MASSES = MASSES / MASSES.sum()


def tanh(weights: float, biases: float = 0.0) -> Layer:
    return Layer("tanh", None, weights, biases)


@pytest.mark.parametrize("weights", [0.2, 0.9, 0.99])
def test_below_one_a_tanh_layers_signal_fades_and_its_depth_scale_is_of_the_weights(weights):
    layer = tanh(weights)
    assert settled_variance(layer) == 0
    assert settled_depth_scale(layer) == pytest.approx(-1 / math.log(weights), rel=1e-5)
    assert settled_factor(layer) == 1, "signal and error fade alike"


@pytest.mark.parametrize(("weights", "biases"), [(1.5, 0.0), (1.2, 0.05), (0.7, 0.2)])
def test_where_tanh_settles_is_where_iterating_gauss_hermite_leads(weights, biases):
    q = 1.0
    for _ in range(500):
        q = weights * (np.tanh(math.sqrt(q) * NODES) ** 2 @ MASSES) + biases
    layer = tanh(weights, biases)
    assert settled_variance(layer) == pytest.approx(q, rel=1e-6)
    slopes = 1 - np.tanh(math.sqrt(q) * NODES) ** 2
    chi = weights * (slopes**2 @ MASSES)
    assert settled_chi(layer) == pytest.approx(chi, rel=1e-6)
    assert settled_factor(layer) == pytest.approx(math.sqrt(chi), rel=1e-6)
    if not biases:  # Poole et al.: of an odd function points come to be uncorrelated
        assert settled_correlation(layer) == 0
        apart = weights * (slopes @ MASSES) ** 2
        assert settled_depth_scale(layer) == pytest.approx(-1 / math.log(apart), rel=1e-6)


@pytest.mark.parametrize("slope", [0.0, 0.1, 0.5, 1.0])
def test_straight_layers_with_biases_settle_as_a_geometric_series(slope):
    kept = 0.7 * (1 + slope**2) / 2
    layer = Layer("leaky_relu", slope, 0.7, 0.3)
    assert settled_variance(layer) == pytest.approx(0.3 / (1 - kept), rel=1e-6)
    assert settled_factor(layer) == pytest.approx(math.sqrt(kept), rel=1e-6)
    assert settled_variance(Layer("leaky_relu", slope, 2.1, 0.3)) == math.inf
    assert settled_depth_scale(layer) is None


def test_selu_was_made_to_settle_at_one():
    layer = Layer("selu", None, 1.0, 0.0)
    assert settled_variance(layer) == pytest.approx(1, rel=1e-6)
    assert settled_chi(layer) == pytest.approx(1.0716, abs=1e-4)


def test_two_points_part_in_a_wide_network_of_tanh_as_far_as_theory_says():
    layer, width = tanh(6.0, 0.5), 500
    draw = np.random.default_rng(0)
    z, correlations = draw.normal(size=(2, width)), []
    for step in range(40):
        weights = draw.normal(scale=math.sqrt(layer.weights / width), size=(width, width))
        z = np.tanh(z) @ weights + draw.normal(scale=math.sqrt(layer.biases), size=width)
        if step >= 15:
            correlations.append(z[0] @ z[1] / np.linalg.norm(z[0]) / np.linalg.norm(z[1]))
    assert settled_correlation(layer) == pytest.approx(np.mean(correlations), abs=0.04)


def test_a_signal_that_settles_nowhere_has_no_correlation():
    with pytest.raises(ValueError, match="settles at 0"):
        settled_correlation(tanh(0.5))


@pytest.mark.parametrize(
    ("activation", "weights"),
    [("tanh", 1.0), ("relu", 2.0), ("leaky_relu", 2 / 1.01), ("identity", 1.0), ("elu", 1.0)],
)
@pytest.mark.parametrize("init", ["lecture", "xavier_normal", "orthogonal"])
def test_critical_weights_without_biases_are_known(activation, weights, init):
    # Without biases the initializer, the width and the gain do not matter.
    experiment = Experiment(activation=activation, init=init, width=7, gain=0.3)
    assert critical_weights(experiment) == pytest.approx(weights, rel=1e-4)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
@pytest.mark.parametrize("init", ["pytorch", "lab", "lecture"])
def test_at_the_critical_weights_chi_is_one(activation, init):
    experiment = Experiment(activation=activation, init=init)
    layer, weights = Layer.of(experiment), critical_weights(experiment)
    there = Layer(activation, None, weights, weights * layer.biases / layer.weights)
    assert settled_chi(there) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("activation", ["gelu", "silu", "softplus"])
def test_a_signal_that_grows_before_chi_is_one_has_no_critical_weights(activation):
    assert critical_weights(Experiment(activation=activation, init="lecture")) is None


@pytest.mark.parametrize(
    "changes",
    [{"norm": "batch"}, {"skip": True}, {"depth": 0}, {"hidden": (3, 4)}, {"init": "zeros"},
     {"init": "uniform01"}, {"activation": "maxout"}],
)  # fmt: skip
def test_other_networks_have_no_such_layer(changes):
    assert Layer.of(Experiment(**changes)) is None
    assert critical_weights(Experiment(**changes)) is None
