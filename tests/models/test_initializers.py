"""Initial weights: the right distribution, the right fans, and one generator a network."""

import math

import pytest
import torch
from torch import nn

from models import ACTIVATIONS, INITIALIZERS, Experiment, initial_parameters
from models.initializers import BIASES, Distribution, draw_parameters

FAN_IN, FAN_OUT = 60, 40
TORCH_INIT = {
    "xavier_uniform": nn.init.xavier_uniform_,
    "xavier_normal": nn.init.xavier_normal_,
    "he_uniform": lambda w: nn.init.kaiming_uniform_(w, nonlinearity="relu"),
    "he_normal": lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"),
    "lecun_normal": lambda w: nn.init.kaiming_normal_(w, nonlinearity="linear"),
    "pytorch": lambda w: nn.init.kaiming_uniform_(w, a=math.sqrt(5)),  # what nn.Linear calls
    "lecture": lambda w: nn.init.uniform_(w, -1, 1),
    "lab": nn.init.normal_,
    "orthogonal": nn.init.orthogonal_,
    "zeros": nn.init.zeros_,
    "uniform01": nn.init.uniform_,
}
BOUNDS = {
    "lecture": 1.0,
    "xavier_uniform": math.sqrt(6 / (FAN_IN + FAN_OUT)),
    "he_uniform": math.sqrt(6 / FAN_IN),
    "pytorch": 1 / math.sqrt(FAN_IN),
}
NORMAL = ("lab", "xavier_normal", "he_normal", "lecun_normal")
BIAS_VARIANCE = {"lab": 1.0, "pytorch": 1 / (3 * FAN_IN)}


def draw(
    init: str, gain: float = 1.0, bias: str = "own", fans: tuple[int, int] = (FAN_IN, FAN_OUT)
) -> tuple[torch.Tensor, torch.Tensor]:
    """``W [50, 60, 40]`` and ``b [50, 40]`` of a first layer."""
    distribution = Distribution(INITIALIZERS[init], gain, bias)
    return draw_parameters(distribution, [*fans, 1], 1, range(50), torch.float64)[0]


@pytest.mark.parametrize("init", list(INITIALIZERS))
def test_the_standard_deviation_is_torch_nn_inits(init):
    oracle = torch.empty(50, FAN_OUT, FAN_IN)
    torch.manual_seed(0)
    for matrix in oracle:
        TORCH_INIT[init](matrix)
    weight, _ = draw(init)
    # 120,000 draws each: a standard deviation of 0.3 %.
    assert weight.std().item() == pytest.approx(oracle.std().item(), rel=0.015)
    distribution = Distribution(INITIALIZERS[init])
    variance = distribution.variance(FAN_IN, FAN_OUT)
    assert weight.var().item() == pytest.approx(variance, rel=0.02)
    square = distribution.square(FAN_IN, FAN_OUT)
    assert weight.square().mean().item() == pytest.approx(square, rel=0.02)
    within = 5 * math.sqrt(variance / weight.numel())
    assert (weight.mean() - oracle.mean()).abs().item() <= 2 * within


@pytest.mark.parametrize("init", list(INITIALIZERS))
def test_the_bias_is_zero_except_where_the_source_draws_it(init):
    _, bias = draw(init)
    expected = BIAS_VARIANCE.get(init, 0.0)
    distribution = Distribution(INITIALIZERS[init])
    assert distribution.bias_variance(FAN_IN, FAN_OUT) == pytest.approx(expected, rel=1e-12)
    assert bias.square().mean().item() == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("init", BOUNDS)
def test_uniform_draws_reach_their_bound_and_never_pass_it(init):
    weight, _ = draw(init)
    assert BOUNDS[init] * 0.9999 < weight.max().item() <= BOUNDS[init]
    assert -BOUNDS[init] <= weight.min().item() < -BOUNDS[init] * 0.9999
    inner = (weight.abs() < BOUNDS[init] / 2).double().mean().item()
    assert inner == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("init", NORMAL)
def test_normal_draws_have_a_normals_tails(init):
    weight, _ = draw(init)
    within = (weight.abs() < weight.std() * 1.96).double().mean().item()
    assert within == pytest.approx(0.95, abs=0.004)
    assert weight.abs().max() > 4 * weight.std()


@pytest.mark.parametrize("init", list(INITIALIZERS))
def test_a_gain_multiplies_all_that_is_drawn(init):
    usual, scaled = draw(init), draw(init, gain=0.25)  # a power of two rounds nothing
    assert all(torch.equal(0.25 * one, other) for one, other in zip(usual, scaled, strict=True))
    one, other = (Distribution(INITIALIZERS[init], gain) for gain in (1.0, 0.25))
    for figure in ("variance", "bias_variance", "square"):
        ratio = getattr(other, figure)(FAN_IN, FAN_OUT)
        assert ratio == pytest.approx(getattr(one, figure)(FAN_IN, FAN_OUT) / 16, rel=1e-12)


@pytest.mark.parametrize("init", list(INITIALIZERS))
def test_biases_start_as_they_are_told_to_and_leave_the_weights_alone(init):
    (weight, _), (_, zero), (_, bias) = (draw(init, gain=2.0, bias=kind) for kind in BIASES)
    assert not zero.any()
    assert all(torch.equal(weight, draw(init, gain=2.0, bias=kind)[0]) for kind in BIASES)
    # 2,000 draws: a standard deviation of 2 %, of 4 % if they are normal.
    assert bias.std().item() == pytest.approx(weight.std().item(), rel=0.15)
    assert (bias.mean() - weight.mean()).abs() <= 0.15 * weight.std()
    told = Distribution(INITIALIZERS[init], 2.0, "as_weights")
    variance = told.variance(FAN_IN, FAN_OUT)
    assert told.bias_variance(FAN_IN, FAN_OUT) == pytest.approx(variance, rel=1e-12)


def test_draws_of_one_side_are_those_of_both_halved_and_moved():
    (both, _), (one, _) = draw("lecture"), draw("uniform01")
    assert one.min() >= 0
    torch.testing.assert_close(one, (both + 1) / 2, rtol=0, atol=1e-15)


@pytest.mark.parametrize(("fan_in", "fan_out"), [(7, 7), (7, 3), (3, 7)])
def test_orthogonal_means_orthonormal_columns_or_rows(fan_in, fan_out):
    weight, _ = draw("orthogonal", fans=(fan_in, fan_out))
    gram = weight.mT @ weight if fan_in >= fan_out else weight @ weight.mT
    identity = torch.eye(min(fan_in, fan_out), dtype=torch.float64).expand_as(gram)
    torch.testing.assert_close(gram, identity, rtol=0, atol=1e-12)
    # LAPACK's Q alone has a fixed sign pattern; uniform over the orthogonal group there is none.
    signs = (weight[:, 0, 0] > 0).double().mean()
    assert 0.2 < signs < 0.8


@pytest.mark.parametrize("activation", ["relu", "maxout"])
@pytest.mark.parametrize("init", list(INITIALIZERS))
def test_network_i_depends_on_seed_plus_i_alone(init, activation):
    many = Experiment(activation=activation, init=init, depth=2, width=4, networks=6, seed=3)
    alone = Experiment(activation=activation, init=init, depth=2, width=4, networks=1, seed=7)
    for (w, b), (w_alone, b_alone) in zip(
        initial_parameters(many), initial_parameters(alone), strict=True
    ):
        assert torch.equal(w[4], w_alone[0])
        assert torch.equal(b[4], b_alone[0])
        assert init == "zeros" or not torch.equal(w[3], w_alone[0])


@pytest.mark.parametrize("activation", list(ACTIVATIONS))
@pytest.mark.parametrize("init", ["lab", "orthogonal", "pytorch"])
def test_every_activation_starts_from_the_same_weights(activation, init):
    shape = {"init": init, "depth": 3, "width": 4, "networks": 3}
    pieces = ACTIVATIONS[activation].pieces
    sigmoid = initial_parameters(Experiment(activation="sigmoid", **shape))
    other = initial_parameters(Experiment(activation=activation, **shape))
    for layer, ((w, b), (w_other, b_other)) in enumerate(zip(sigmoid, other, strict=True)):
        width = w.shape[2]
        assert w_other.shape[2] == (pieces * width if layer < 3 else 1)
        assert torch.equal(w, w_other[:, :, :width])
        assert torch.equal(b, b_other[:, :width])


def test_maxouts_second_weight_set_is_drawn_anew():
    shape = {"init": "he_normal", "depth": 2, "width": 30, "networks": 20, "dtype": "float64"}
    for weight, _ in initial_parameters(Experiment(activation="maxout", **shape))[:-1]:
        first, second = weight.chunk(2, dim=2)
        assert abs(torch.corrcoef(torch.stack([first.flatten(), second.flatten()]))[0, 1]) < 0.15
        assert second.std().item() == pytest.approx(first.std().item(), rel=0.1)


@pytest.mark.parametrize("init", list(INITIALIZERS))
def test_float32_starts_from_the_rounded_float64_weights(init):
    shape = {"init": init, "depth": 2, "width": 5, "networks": 3}
    single = initial_parameters(Experiment(dtype="float32", **shape))
    double = initial_parameters(Experiment(dtype="float64", **shape))
    for (w, b), (w_double, b_double) in zip(single, double, strict=True):
        assert w.dtype == b.dtype == torch.float32
        assert torch.equal(w, w_double.float())
        assert torch.equal(b, b_double.float())


def test_zeros_are_zeros():
    for weight, bias in initial_parameters(Experiment(activation="maxout", init="zeros")):
        assert not weight.any()
        assert not bias.any()


def test_of_no_networks_none_is_drawn():
    (weight, bias), *_ = initial_parameters(Experiment(), range(0))
    assert len(weight) == len(bias) == 0
