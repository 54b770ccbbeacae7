"""The closed forms against hand-worked values, quadrature of another kind, and simulation."""

import itertools
import math

import numpy as np
import pytest
import torch

from models import ACTIVATIONS, INITIALIZERS, Experiment
from models.initializers import draw_parameters
from models.network import Ensemble
from models.plan import Arm
from models.tasks import XOR
from models.theory import (
    dead_probability,
    depth_scale,
    gaussian_expectation,
    mean_field,
    pair_expectation,
    squared_gain,
)


def hermite_expectation(function, variance: float) -> float:
    """E[function(z)], z ~ N(0, variance), by Gauss-Hermite: for smooth functions.

    Up to variance 1: beyond, tanh's poles at +-i pi/2 come too near for 120 nodes.
    """
    nodes, masses = np.polynomial.hermite_e.hermegauss(120)
    values = function(torch.tensor(math.sqrt(variance) * nodes)).numpy()
    return float(values @ masses / masses.sum())


def started(experiment: Experiment, networks: int) -> Ensemble:
    """Many networks as they start, forward and backward done, in float64."""
    arm = Arm.of(experiment, networks)
    ensemble = Ensemble(experiment.shape, [arm], experiment.task, torch.float64)
    seeds = range(experiment.seed, experiment.seed + networks)
    draws = (experiment.distribution, experiment.sizes, experiment.phi.pieces, seeds)
    ensemble.load(draw_parameters(*draws, torch.float64))
    ensemble.forward()
    ensemble.backward()
    return ensemble


@pytest.mark.parametrize("variance", [0.01, 0.3, 1.0])
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "gelu", "silu", "mish"])
def test_expectations_are_those_of_gauss_hermite(name, variance):
    for function in (ACTIVATIONS[name].function, ACTIVATIONS[name].derivative):
        expected = hermite_expectation(lambda z, f=function: f(z, None).square(), variance)
        measured = gaussian_expectation(
            lambda z, f=function: f(z, None).square(), torch.tensor(variance, dtype=torch.float64)
        )
        assert measured.item() == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("power", [0, 1, 2, 4, 6])
def test_expectations_of_powers_are_the_gaussian_moments(power):
    variance = torch.tensor([0.0, 0.25, 9.0], dtype=torch.float64)
    moment = {0: 1, 1: 0, 2: 1, 4: 3, 6: 15}[power]
    expected = moment * variance ** (power / 2)
    measured = gaussian_expectation(lambda z: z**power, variance)
    torch.testing.assert_close(measured, expected, rtol=1e-10, atol=1e-12)


def test_expectations_at_a_kink_are_closed_forms():
    one = torch.tensor(1.0, dtype=torch.float64)
    relu = gaussian_expectation(lambda z: z.clamp(min=0), one)
    assert relu.item() == pytest.approx(1 / math.sqrt(2 * math.pi), abs=1e-7)
    step = gaussian_expectation(lambda z: (z > 0).to(z.dtype), one)
    assert step.item() == pytest.approx(0.5, abs=1e-12)


def correlated(first: float, second: float, correlation: float) -> torch.Tensor:
    """Covariance of two Gaussians of these variances."""
    shared = correlation * math.sqrt(first * second)
    return torch.tensor([[first, shared], [shared, second]], dtype=torch.float64)


CORRELATIONS = [-1.0, -0.7, 0.0, 0.4, 0.99, 1 - 1e-9, 1.0]


@pytest.mark.parametrize("correlation", CORRELATIONS)
def test_pairs_of_relus_have_cho_and_sauls_closed_forms(correlation):
    angle = math.acos(correlation)
    covariance = correlated(4.0, 0.25, correlation)
    slopes = pair_expectation(lambda z: (z > 0).to(z.dtype), covariance)
    assert slopes[0, 1].item() == pytest.approx((math.pi - angle) / (2 * math.pi), abs=1e-9)
    values = pair_expectation(lambda z: z.clamp(min=0), covariance)
    arc = math.sin(angle) + (math.pi - angle) * correlation
    assert values[0, 1].item() == pytest.approx(arc / (2 * math.pi), abs=1e-7)
    np.testing.assert_allclose(values.diagonal(), [2.0, 0.125], rtol=1e-7)
    np.testing.assert_allclose(slopes.diagonal(), 0.5, rtol=1e-12)


@pytest.mark.parametrize("correlation", CORRELATIONS)
def test_pairs_of_powers_are_the_gaussian_moments(correlation):
    covariance = correlated(3.0, 0.5, correlation)
    shared = covariance[0, 1].item()
    for power, expected in ((0, 1), (1, shared), (2, 3.0 * 0.5 + 2 * shared**2)):
        measured = pair_expectation(lambda z, k=power: z**k, covariance)
        assert measured[0, 1].item() == pytest.approx(expected, rel=1e-9, abs=1e-12)
        assert measured[1, 0].item() == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("correlation", [-0.7, 0.0, 0.9, 0.9999])
@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "gelu"])
def test_pairs_of_smooth_functions_are_those_of_gauss_hermite(name, correlation):
    nodes, masses = np.polynomial.hermite_e.hermegauss(100)
    other = correlation * nodes[:, None] + math.sqrt(1 - correlation**2) * nodes
    for function in (ACTIVATIONS[name].function, ACTIVATIONS[name].derivative):
        first = function(torch.tensor(0.5 * nodes), None).numpy()
        second = function(torch.tensor(other), None).numpy()
        expected = masses @ (first[:, None] * second) @ masses / masses.sum() ** 2
        covariance = correlated(0.25, 1.0, correlation)
        measured = pair_expectation(lambda z, f=function: f(z, None), covariance)
        assert measured[0, 1].item() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("variance", [0.01, 1.0, 10.0, 100.0])
@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "maxout"])
def test_a_pair_of_one_point_is_the_expectation_of_the_square(name, variance):
    phi, a = ACTIVATIONS[name], {"leaky_relu": 0.1, "elu": 1.0}.get(name)
    alone = torch.tensor(variance, dtype=torch.float64)
    for function in (phi.function, phi.derivative):
        expected = gaussian_expectation(lambda z, f=function: f(z, a).square(), alone).item()
        covariance = torch.full((3, 3), variance, dtype=torch.float64)
        measured = pair_expectation(lambda z, f=function: f(z, a), covariance)
        np.testing.assert_allclose(measured, expected, rtol=1e-4 if variance > 10 else 1e-6)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_correlation_that_rounds_past_one_is_one(sign):
    for variance in np.linspace(0.1, 5, 50):
        covariance = correlated(variance, 2 * variance, sign * (1 + 1e-15))
        measured = pair_expectation(lambda z: z, covariance)
        np.testing.assert_allclose(measured, covariance, rtol=1e-7)


def test_a_pair_with_a_point_that_does_not_vary():
    covariance = torch.tensor([[0.0, 0.0], [0.0, 2.0]], dtype=torch.float64)
    measured = pair_expectation(lambda z: z.square() + 3, covariance)
    np.testing.assert_allclose(measured, [[9.0, 15.0], [15.0, 33.0]], rtol=1e-12)


def test_relus_mean_field_is_he_et_als_algebra():
    experiment = Experiment(activation="relu", init="he_normal", depth=4, width=8)
    field = mean_field(experiment)
    square_length = np.array([0, 1, 1, 2])
    # Var(W) = 2 / fan_in: the inputs, two of them, are not halved by a ReLU, all later layers are.
    np.testing.assert_allclose(field.q, np.tile(square_length, (4, 1)), atol=1e-6)
    np.testing.assert_allclose(field.chi[:, 1:], 1, rtol=1e-6)
    assert not field.chi[:, 0].any(), "(0, 0) reaches no unit: ReLU's slope at 0 is 0"


def test_the_first_layer_sees_the_points_and_the_last_has_one_output():
    field = mean_field(Experiment(activation="identity", init="lab", depth=2, width=7))
    np.testing.assert_allclose(field.q[0], [1, 2, 2, 3])
    np.testing.assert_allclose(field.q[1], 7 * field.q[0] + 1, rtol=1e-9)
    xavier = mean_field(Experiment(activation="identity", init="xavier_normal", depth=2, width=7))
    np.testing.assert_allclose(xavier.chi[0], 7 * 2 / 14, rtol=1e-9)
    np.testing.assert_allclose(xavier.chi[1], 7 * 2 / 8, rtol=1e-9)


@pytest.mark.parametrize("init", ["he_normal", "xavier_normal", "pytorch", "lab"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "leaky_relu", "maxout", "elu", "gelu"])
def test_wide_networks_start_where_mean_field_says(activation, init):
    # Initializers that make layer 1 Gaussian, or nearly so: of U(-1, 1) without a bias the point
    # (0, 1) sees one uniform weight, and q of layer 2 comes out a tenth off.
    experiment = Experiment(activation=activation, init=init, depth=4, width=100)
    # Of N(0, 1)'s loud pre-activations few fall where tanh still has a slope: more networks.
    networks = 1_000 if (activation, init) == ("tanh", "lab") else 200
    field, ensemble = mean_field(experiment), started(experiment, networks)
    q = ensemble.z.square().mean(dim=(1, 3)).numpy()
    np.testing.assert_allclose(q, field.q, rtol=0.1, atol=1e-12)
    square_delta = ensemble.deltas.square().sum(dim=3).mean(dim=1).numpy()
    ratio = square_delta[:-2] / np.where(square_delta[1:-1] > 0, square_delta[1:-1], 1)
    np.testing.assert_allclose(ratio, field.chi[:-1], rtol=0.1, atol=1e-12)


def test_relative_delta_is_what_reaches_a_layer():
    experiment = Experiment(activation="tanh", init="xavier_normal", depth=6, width=100)
    square_delta = started(experiment, networks=200).deltas.square().sum(dim=(2, 3)).mean(dim=1)
    measured = (square_delta[:-1] / square_delta[-1]).sqrt().numpy()
    np.testing.assert_allclose(mean_field(experiment).relative_delta, measured, rtol=0.05)


def test_a_perceptron_has_an_empty_mean_field():
    field = mean_field(Experiment(depth=0))
    assert field.q.shape == field.chi.shape == (0, XOR.points)
    assert field.relative_delta.shape == (0,)


def test_the_depth_scale_is_layers_per_factor_e():
    for layers in (0.5, 3.0, 40.0):
        assert depth_scale(math.exp(-1 / layers)) == pytest.approx(layers, rel=1e-12)
    assert depth_scale(1.0) == math.inf
    assert depth_scale(1.5) < 0


@pytest.mark.parametrize("widths", [[1], [2], [1, 2], [2, 2], [1, 1, 2]])
def test_dead_probability_is_the_count_over_all_signs(widths):
    # Every pattern of units on and off is equally likely; dead means some layer is all off.
    patterns = itertools.product(
        *(list(itertools.product((False, True), repeat=width)) for width in widths)
    )
    dead = [any(not any(layer) for layer in pattern) for pattern in patterns]
    assert dead_probability(widths) == pytest.approx(sum(dead) / len(dead), rel=1e-12)


@pytest.mark.parametrize("activation", ["identity", "relu", "leaky_relu", "maxout"])
@pytest.mark.parametrize("init", ["he_normal", "lecture", "orthogonal", "pytorch"])
def test_the_gain_of_straight_activations_is_their_chi(activation, init):
    experiment = Experiment(activation=activation, init=init, depth=3, width=6)
    # Points other than (0, 0), which without biases sits on the kink itself.
    chi = mean_field(experiment).chi[1, 1:]
    np.testing.assert_allclose(chi, squared_gain(experiment), rtol=1e-9)


def test_bent_activations_have_no_gain_of_their_own():
    straight = {"identity", "relu", "leaky_relu", "maxout"}
    for name in set(ACTIVATIONS) - straight:
        with pytest.raises(ValueError, match=name):
            squared_gain(Experiment(activation=name))


def test_every_initializer_has_a_mean_field():
    for init in INITIALIZERS:
        field = mean_field(Experiment(activation="tanh", init=init, depth=50, width=128))
        assert np.isfinite(field.q).all()
        assert np.isfinite(field.chi).all()
        assert init == "zeros" or (field.chi > 0).all()
