"""What theory and the lecture say, against what the networks do: one test a prediction.

Seeds are fixed, so that a test fails because the science changed, not because of the draw; the
tolerances are those at which the prediction would hold for other seeds as well.
"""

import math

import numpy as np
import pytest
import torch
from torch import nn

from models import (
    ACTIVATIONS,
    INITIALIZERS,
    OPTIMIZERS,
    Experiment,
    train,
    train_together,
)
from models.initializers import Distribution
from models.outputs import OUTPUTS
from models.tasks import XOR
from models.theory import (
    dead_probability,
    depth_scale,
    gaussian_expectation,
    mean_field,
    squared_gain,
)
from tests.models.test_theory import started


def test_prediction_01_steepest_slopes_and_tanh_is_a_sigmoid():
    z = torch.linspace(-20, 20, 40_001, dtype=torch.float64)
    for name, steepest in (("sigmoid", 0.25), ("tanh", 1.0)):
        slopes = ACTIVATIONS[name].derivative(z, None)
        assert abs(slopes.max().item() - steepest) < 1e-12
        assert abs(z[slopes.argmax()].item()) < 1e-12
    sigmoid = ACTIVATIONS["sigmoid"].function(2 * z, None)
    tanh = ACTIVATIONS["tanh"].function(z, None)
    assert (tanh - (2 * sigmoid - 1)).abs().max() < 1e-12


def steepest_slope(experiment: Experiment) -> float:
    if experiment.phi.pieces > 1:
        return 1.0  # one piece passes, or two pass half each
    z = torch.linspace(-20, 20, 400_001, dtype=torch.float64)
    slopes = experiment.phi.derivative(z, experiment.activation_parameter)
    return slopes.abs().max().item()


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_prediction_02_delta_is_bounded_by_slope_and_singular_value(activation):
    for init in ("lecture", "xavier_normal", "orthogonal"):
        experiment = Experiment(activation=activation, init=init, depth=6, width=5)
        assert_delta_is_bounded(experiment, networks=40, checks=5)


def assert_delta_is_bounded(experiment: Experiment, networks: int, checks: int) -> None:
    ensemble, slope = started(experiment, networks), steepest_slope(experiment)
    optimizer, closest = OPTIMIZERS["sgd"](ensemble, None, 0.0), 0.0
    for _ in range(checks):
        deltas = ensemble.deltas.norm(dim=3)
        for layer in range(experiment.depth):
            weights = ensemble.weights[layer + 1, :, 1 : 1 + experiment.width]
            largest = torch.linalg.matrix_norm(weights, ord=2).unsqueeze(1)
            bound = slope * largest * deltas[layer + 1]
            assert (deltas[layer] <= bound * (1 + 1e-6)).all()
            closest = max(closest, (deltas[layer] / bound).nan_to_num().max().item())
        for _ in range(30):
            optimizer.step(ensemble, 0.05)
            ensemble.forward()
            ensemble.backward()
    assert closest > 0.3, "a bound that nothing comes near would prove nothing"


def dead_shares(depth: int, width: int, networks: int, seed: int) -> tuple[float, float]:
    """Shares of random ReLU networks, without biases, that pass nothing of (1, 0), of all three.

    Written here with plain matrix products, apart from the engine.
    """
    generator = torch.Generator().manual_seed(seed)
    hidden = XOR.inputs[1:].expand(networks, 3, 2)
    for _ in range(depth):
        shape = (networks, hidden.shape[2], width)
        weights = torch.empty(shape, dtype=torch.float64).uniform_(-1, 1, generator=generator)
        hidden = (hidden @ weights).clamp(min=0)
    dead = ~(hidden > 0).any(dim=2)
    return dead[:, 1].double().mean().item(), dead.all(dim=1).double().mean().item()


NETWORKS_DRAWN = 50_000


@pytest.mark.parametrize(
    ("width", "depth", "stated"), [(5, 9, 0.2485), (5, 10, 0.2720), (2, 10, None), (3, 4, None)]
)
def test_prediction_03_a_point_is_born_dead(width, depth, stated):
    probability = dead_probability([width] * depth)
    assert stated is None or abs(probability - stated) < 5e-5
    measured, _ = dead_shares(depth, width, NETWORKS_DRAWN, seed=1)
    error = math.sqrt(probability * (1 - probability) / NETWORKS_DRAWN)
    assert abs(measured - probability) < 4 * error


def test_prediction_03_holds_for_the_networks_the_lab_draws():
    experiment = Experiment(activation="relu", init="lecture", depth=10, width=5)
    alive = started(experiment, networks=4_000).hidden[-1, :, 1, 1:].any(dim=1)
    probability = dead_probability([5] * 10)
    error = math.sqrt(probability * (1 - probability) / 4_000)
    assert abs(1 - alive.double().mean().item() - probability) < 4 * error


@pytest.mark.parametrize(
    ("width", "depth", "stated"),
    [(5, 9, 0.137), (5, 10, 0.160), (2, 10, 0.921), (10, 10, 0.002)],
)
def test_prediction_04_all_points_are_born_dead(width, depth, stated):
    one, all_three = dead_shares(depth, width, NETWORKS_DRAWN, seed=2)
    assert abs(all_three - stated) < 0.01
    assert all_three <= one
    assert all_three <= dead_probability([width] * depth)


GAINS = {
    ("relu", "he_normal"): 1.0,
    ("relu", "he_uniform"): 1.0,
    ("relu", "xavier_uniform"): 1 / 2,
    ("relu", "lecture"): 64 / 6,
    ("relu", "pytorch"): 1 / 6,
    ("leaky_relu", "he_normal"): 1 + 0.1**2,
    ("leaky_relu", "lecture"): 64 / 6 * (1 + 0.1**2),
    ("maxout", "he_normal"): 2.0,
    ("maxout", "xavier_normal"): 1.0,
    ("maxout", "pytorch"): 1 / 3,
}


@pytest.mark.parametrize(("activation", "init"), GAINS)
def test_prediction_06_squared_gain_per_layer(activation, init):
    experiment = Experiment(activation=activation, init=init, depth=4, width=64)
    gain = GAINS[activation, init]
    assert squared_gain(experiment) == pytest.approx(gain, rel=1e-12)
    ensemble = started(experiment, networks=500)
    # Without (0, 0), which without biases sits on the kink itself.
    square_delta = ensemble.deltas[:-1, :, 1:].square().sum(dim=(2, 3)).mean(dim=1)
    np.testing.assert_allclose(square_delta[:-1] / square_delta[1:], gain, rtol=0.05)
    if init != "pytorch":  # there the biases add to the signal
        square_z = ensemble.z[:, :, 1:].square().sum(dim=(2, 3)).mean(dim=1)
        np.testing.assert_allclose(square_z[1:] / square_z[:-1], gain, rtol=0.05)


@pytest.mark.parametrize("fan_in", [2, 5, 10, 128])
def test_prediction_07_pytorchs_default_is_uniform_within_one_over_root_fan_in(fan_in):
    torch.manual_seed(fan_in)
    linear = nn.Linear(fan_in, 100_000, dtype=torch.float64)
    bound = 1 / math.sqrt(fan_in)
    ours = Distribution(INITIALIZERS["pytorch"])
    assert ours.initializer.uniform
    assert ours.weight_scale(fan_in, 7) == ours.bias_scale(fan_in, 7) == bound
    for drawn in (linear.weight, linear.bias):
        # The default has no larger bound than ours (but for its own rounding), nor a smaller one.
        assert bound * 0.9998 < drawn.abs().max().item() <= bound * (1 + 1e-15)
    assert fan_in * ours.variance(fan_in, fan_in) == pytest.approx(1 / 3, rel=1e-15)
    assert fan_in * linear.weight.var().item() == pytest.approx(1 / 3, rel=0.02)


SHRINK = {
    "pytorch": 0.139,
    "xavier_normal": 0.236,
    "lecture": 0.295,
    "he_normal": 0.318,
    "lab": 0.411,
}


@pytest.mark.parametrize("init", SHRINK)
def test_prediction_08_mean_field_shrink_per_layer_of_sigmoids(init):
    experiment = Experiment(activation="sigmoid", init=init, depth=10, width=5)
    deep = mean_field(experiment).chi[7, 1]  # where q has settled
    assert abs(math.sqrt(deep) - SHRINK[init]) < 5e-4
    assert depth_scale(deep) == pytest.approx(-1 / (2 * math.log(SHRINK[init])), rel=2e-3)

    norms = started(experiment, networks=8_000).deltas[:-1].norm(dim=(2, 3))
    rms = norms.square().mean(dim=1).sqrt()
    measured = (rms[0] / rms[-1]).item() ** (1 / 9)
    assert measured == pytest.approx(SHRINK[init], rel=0.05)
    medians = norms.median(dim=1).values
    typical = (medians[0] / medians[-1]).item() ** (1 / 9)
    assert 0.83 < typical / SHRINK[init] < 0.95


def test_prediction_12_selu_keeps_mean_and_second_moment():
    selu, one = ACTIVATIONS["selu"], torch.tensor(1.0, dtype=torch.float64)
    scale = selu.function(one, None).item()
    saturation = -selu.function(-60 * one, None).item()
    assert abs(scale - 1.0507) < 5e-5
    assert abs(saturation / scale - 1.6733) < 5e-5
    assert abs(gaussian_expectation(lambda z: selu.function(z, None), one).item()) < 1e-6
    second = gaussian_expectation(lambda z: selu.function(z, None).square(), one).item()
    assert abs(second - 1) < 1e-6
    chi = gaussian_expectation(lambda z: selu.derivative(z, None).square(), one).item()
    assert abs(chi - selu_chi(scale, saturation)) < 1e-6
    assert round(chi, 4) == 1.0716


def selu_chi(scale: float, saturation: float) -> float:
    """E[selu'^2] = lambda^2 / 2 + (lambda alpha)^2 E[e^(2z); z < 0], the last being e^2 Phi(-2)."""
    tail = math.exp(2) * 0.5 * math.erfc(2 / math.sqrt(2))
    return scale**2 / 2 + saturation**2 * tail


@pytest.mark.parametrize("variance", [0.3, 1.0, 7.0])
def test_prediction_13_maxout_of_two_gaussians(variance):
    generator = torch.Generator().manual_seed(3)
    z = torch.randn(400_000, 2, dtype=torch.float64, generator=generator) * math.sqrt(variance)
    largest = ACTIVATIONS["maxout"].function(z, None)
    assert largest.square().mean().item() == pytest.approx(variance, rel=0.01)
    assert largest.mean().item() == pytest.approx(math.sqrt(variance / math.pi), rel=0.01)


@pytest.mark.parametrize(
    ("name", "stated", "groups"),
    [
        ("constant", 0.6931, [[0, 1, 1, 0]]),
        ("one_apart", 0.4774, [[0], [1, 1, 0]]),
        ("two_apart", 0.3466, [[0], [1], [1, 0]]),
    ],
)
def test_prediction_14_plateaus_of_the_loss(name, stated, groups):
    """The least loss of a network that cannot tell the points of a group apart, by search."""
    assert OUTPUTS["sigmoid"].plateaus(XOR)[name] == pytest.approx(stated, abs=1e-4)
    p = np.linspace(1e-9, 1 - 1e-9, 100_001)
    least = 0.0
    for group in groups:
        losses = [-np.log(p if label else 1 - p) for label in group]
        least += np.sum(losses, axis=0).min() / 4
    assert OUTPUTS["sigmoid"].plateaus(XOR)[name] == pytest.approx(least, abs=1e-6)


def test_prediction_14_networks_that_fail_rest_on_a_plateau():
    experiment = Experiment(
        activation="relu", init="he_normal", depth=1, width=3, learning_rate=1.0, steps=20_000,
        networks=200,
    )  # fmt: skip
    history, plateaus = train(experiment), experiment.plateaus
    stuck = history.loss[-1][~history.solved]
    distance = np.abs(stuck[:, None] - np.array(list(plateaus.values())))
    for place, name in enumerate(plateaus):
        assert (distance[:, place] < 1e-3).any(), f"no network rests on {name}"
    assert (distance.min(axis=1) < 1e-3).mean() > 0.9


@pytest.mark.parametrize("init", ["lecture", "he_normal", "xavier_uniform", "orthogonal"])
@pytest.mark.parametrize("depth", [1, 9])
def test_prediction_15_relu_says_exactly_one_half_at_the_origin(depth, init):
    experiment = Experiment(activation="relu", init=init, depth=depth, steps=1, networks=50)
    history = train(experiment)
    assert (history.hypothesis[0, 0] == 0.5).all()
    assert (history.hypothesis[0, 1:] != 0.5).any()
    # p = 1/2 counts as label 0, which is right here.
    assert (history.accuracy[0] >= 0.25).all()


# Shares of 400 networks that solve XOR: ten hidden layers of five, as in the lecture.
SOLVED = {
    ("sigmoid", None): 0.0,
    ("tanh", None): 0.993,
    ("relu", None): 0.40,
    ("leaky_relu", 0.1): 0.95,
    ("leaky_relu", 0.01): 0.73,
    ("elu", None): 0.98,
}
LECTURE = Experiment(depth=10, width=5, init="lecture", steps=10_000, networks=64)


def test_lecture_shares_of_networks_that_solve_xor():
    experiments = [LECTURE.with_activation(*activation) for activation in SOLVED]
    assert {e.learning_rate for e in experiments} == {0.1}
    for history, stated in zip(train_together(experiments), SOLVED.values(), strict=True):
        share, networks = history.solved.mean(), history.experiment.networks
        pooled = (400 * stated + networks * share) / (400 + networks)
        error = math.sqrt(pooled * (1 - pooled) * (1 / 400 + 1 / networks))
        assert abs(share - stated) <= 4 * error, history.experiment.activation
