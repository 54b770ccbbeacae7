"""Hidden activations against torch.nn.functional and autograd, in both forms they come in."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from models.activations import ACTIVATIONS

PARAMETERS = {"leaky_relu": (0.1, 0.01, 0.0, 1.0), "elu": (1.0, 0.3, 2.5)}
CASES = [(name, a) for name in ACTIVATIONS for a in PARAMETERS.get(name, (None,))]
KINKED = ("relu", "leaky_relu", "maxout", "elu", "selu")


def oracle(name: str, z: Tensor, a: float | None) -> Tensor:
    """The activation as PyTorch has it, differentiable."""
    return {
        "sigmoid": lambda: functional.sigmoid(z),
        "tanh": lambda: functional.tanh(z),
        "relu": lambda: functional.relu(z),
        "leaky_relu": lambda: functional.leaky_relu(z, a),
        "maxout": lambda: torch.maximum(*z.chunk(2, dim=-1)),
        "elu": lambda: functional.elu(z, a),
        "identity": lambda: z * 1,
        "softplus": lambda: functional.softplus(z),
        "selu": lambda: functional.selu(z),
        "gelu": lambda: functional.gelu(z),
        "silu": lambda: functional.silu(z),
        "mish": lambda: functional.mish(z),
    }[name]()


def autograd_derivative(name: str, z: Tensor, a: float | None) -> Tensor:
    z = z.clone().requires_grad_()
    return torch.autograd.grad(oracle(name, z, a).sum(), z)[0]


def with_pieces(name: str, z: Tensor) -> Tensor:
    """``z [n]`` for one unit each; for Maxout ``[n, 2]`` with a second piece that varies."""
    return torch.stack([z, 0.7 * z.flip(0) + 0.1], -1) if name == "maxout" else z


def test_every_activation_has_an_oracle_and_its_key_as_name():
    assert len(ACTIVATIONS) == 12
    for name, activation in ACTIVATIONS.items():
        assert activation.name == name
        assert (activation.parameter is not None) == (name in PARAMETERS)


@pytest.mark.parametrize(("name", "a"), CASES)
def test_values_are_pytorchs(name, a):
    z = with_pieces(name, torch.linspace(-30, 30, 2001, dtype=torch.float64))
    values = ACTIVATIONS[name].function(z, a).reshape(-1)
    torch.testing.assert_close(values, oracle(name, z, a).reshape(-1), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(("name", "a"), CASES)
def test_derivatives_are_autograds(name, a):
    # Up to |z| = 6, beyond which autograd's own GELU cancels; the tails have a test of their own.
    z = with_pieces(name, torch.linspace(-6, 6, 2000, dtype=torch.float64))
    derivative = ACTIVATIONS[name].derivative(z, a)
    expected = autograd_derivative(name, z, a)
    torch.testing.assert_close(derivative, expected, rtol=1e-7, atol=1e-15)


@pytest.mark.parametrize(("name", "a"), [case for case in CASES if case[0] in KINKED])
def test_derivatives_are_autograds_near_kinks(name, a):
    near = torch.logspace(-12, -2, 41, dtype=torch.float64)
    z = torch.cat([-near, near])
    if name == "maxout":
        z = torch.stack([1 + z, torch.ones_like(z)], -1)
    derivative = ACTIVATIONS[name].derivative(z, a)
    torch.testing.assert_close(derivative, autograd_derivative(name, z, a), rtol=1e-4, atol=0)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("name", "a"), CASES)
def test_the_derivative_at_a_kink_is_pytorchs(name, a, dtype):
    activation = ACTIVATIONS[name]
    z = torch.zeros(3, 2 * activation.pieces, dtype=dtype)
    hidden, slope = torch.empty(3, 2, dtype=dtype), torch.empty_like(z)
    activation.activate(z, a, hidden)
    activation.slope(z, hidden, a, slope)
    expected = autograd_derivative(name, z, a)
    torch.testing.assert_close(activation.derivative(z, a), expected, rtol=1e-6, atol=0)
    torch.testing.assert_close(slope, expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("networks_last", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("name", "a"), CASES)
def test_kernels_write_the_formulas_into_strided_buffers(name, a, dtype, networks_last):
    activation, width = ACTIVATIONS[name], 3
    shape = (2, 5, 4, activation.pieces * width)
    numbers = 3 * torch.randn(shape, generator=torch.Generator().manual_seed(1), dtype=dtype)

    def buffer(columns: int) -> Tensor:
        if networks_last:
            memory = torch.full((2, 4, columns, 5), torch.nan, dtype=dtype)
            return memory.permute(0, 3, 1, 2)
        return torch.full((2, 5, 4, columns), torch.nan, dtype=dtype)

    z, slopes, padded = buffer(shape[-1]), buffer(shape[-1]), buffer(width + 1)
    z.copy_(numbers)
    hidden = padded[..., 1:]
    activation.activate(z, a, hidden)
    activation.slope(z, hidden, a, slopes)
    tolerance = (
        {"rtol": 1e-5, "atol": 1e-6} if dtype == torch.float32 else {"rtol": 0, "atol": 1e-13}
    )
    torch.testing.assert_close(hidden, oracle(name, numbers, a), **tolerance)
    torch.testing.assert_close(slopes, autograd_derivative(name, numbers, a), **tolerance)
    assert torch.equal(z, numbers), "the pre-activations are still needed"
    assert padded[..., 0].isnan().all(), "nothing is written beside the output"


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_formulas_do_not_lose_a_tail_to_rounding(sign):
    z = torch.tensor([40.0 * sign], dtype=torch.float64)
    sigmoid = ACTIVATIONS["sigmoid"].derivative(z, None).item()
    assert sigmoid == pytest.approx(math.exp(-40) / (1 + math.exp(-40)) ** 2, rel=1e-12, abs=0)
    z = torch.tensor([25.0 * sign], dtype=torch.float64)
    tanh = ACTIVATIONS["tanh"].derivative(z, None).item()
    assert tanh == pytest.approx(4 * math.exp(-50) / (1 + math.exp(-50)) ** 2, rel=1e-12, abs=0)


def test_gelus_far_left_slope_is_exact():
    # Phi(z) + z phi(z) with both terms near 1e-33, from the complementary error function.
    z = -12.0
    expected = 0.5 * math.erfc(12 / math.sqrt(2)) + z * math.exp(-72) / math.sqrt(2 * math.pi)
    slope = ACTIVATIONS["gelu"].derivative(torch.tensor([z], dtype=torch.float64), None).item()
    assert slope == pytest.approx(expected, rel=1e-9, abs=0)


@pytest.mark.parametrize(("name", "a"), CASES)
def test_curves_are_the_formulas_over_any_array(name, a):
    z = np.array([[-2.5, -0.5, 0.25], [1.5, 3.0, 40.0]], dtype=np.float32)
    phi, points = ACTIVATIONS[name], torch.tensor(z, dtype=torch.float64)
    if name == "maxout":  # its second piece is held at 0
        value, slope = points.clamp(min=0), (points > 0).double()
    else:
        value, slope = oracle(name, points, a), autograd_derivative(name, points, a)
    for curve, expected in ((phi.value_curve(z, a), value), (phi.slope_curve(z, a), slope)):
        assert curve.dtype == np.float64
        assert curve.shape == z.shape
        np.testing.assert_allclose(curve, expected.numpy(), rtol=1e-12, atol=1e-15)


def test_maxouts_curves_are_over_its_first_piece_with_the_second_where_it_is_put():
    maxout, z = ACTIVATIONS["maxout"], np.array([-2.0, 1.0, 3.0])
    assert maxout.value_curve(z, None, 1.0).tolist() == [1, 1, 3]
    assert maxout.slope_curve(z, None, 1.0).tolist() == [0, 0.5, 1], "half where they tie"
    assert maxout.slope_curve(np.zeros(1), None).tolist() == [0.5]
