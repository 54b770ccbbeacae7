"""The hidden activations: six of the lecture, six that came with or after them.

Every activation is given twice. ``function`` and ``derivative`` are the formulas, written to be
read and exact far into the tails; charts, theory and tests use them. ``activate`` and ``slope`` are
what the training loop calls: the same mathematics, written into buffers that already exist, with
the derivative taken from the activation's own output where that is cheaper. Where no such shortcut
is worth its line, they fall back to the formulas.

At a kink the derivative is PyTorch's: 0 for ReLU, the slope for leaky ReLU, half for each side of a
Maxout tie.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717
_ZERO = torch.zeros(())  # maximum(z, 0) with a tensor: a quarter less to call than clamp(z, min=0)


@dataclass(frozen=True)
class Parameter:
    """The one number that shapes an activation: its symbol, default and allowed range."""

    symbol: str
    default: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Activation:
    """One activation: its mathematics, and where it comes from.

    ``function(z, a)`` and ``derivative(z, a)`` map a tensor of pre-activations to a tensor of the
    same shape; ``a`` is the activation's parameter, ``None`` where it has none. A Maxout unit has
    ``pieces = 2`` pre-activations: there ``z`` ends in ``[..., 2 * width]``, first all units' first
    piece, then all their second, and ``function`` returns ``[..., width]``.
    """

    name: str
    label: str
    formula: str
    derivative_formula: str
    range: str
    year: int
    paper: str
    function: Callable[[Tensor, Any], Tensor]
    derivative: Callable[[Tensor, Any], Tensor]
    fast_function: Callable[[Tensor, Any, Tensor], object] | None = None
    fast_derivative: Callable[[Tensor, Tensor, Any, Tensor], object] | None = None
    parameter: Parameter | None = None
    pieces: int = 1

    @cached_property
    def exact(self) -> "Activation":
        """The same with derivatives from their formulas only."""
        return replace(self, fast_derivative=None)

    def activate(self, z: Tensor, a: float | None, out: Tensor) -> None:
        """Write ``phi(z)`` into ``out``."""
        if self.fast_function:
            self.fast_function(z, a, out)
        else:
            out.copy_(self.function(z, a))

    def slope(self, z: Tensor, hidden: Tensor, a: float | None, out: Tensor) -> None:
        """Write ``phi'(z)`` into ``out`` (shaped like ``z``), given ``hidden = phi(z)``."""
        if self.fast_derivative:
            self.fast_derivative(z, hidden, a, out)
        else:
            out.copy_(self.derivative(z, a))

    def value_curve(self, z: np.ndarray, a: float | None, second: float = 0.0) -> np.ndarray:
        """``phi(z)`` in float64, to be drawn over ``z`` of any shape.

        Of Maxout ``z`` is the first piece's pre-activation, and ``second`` the other one's.
        """
        return self._curve(self.function, z, a, second)

    def slope_curve(self, z: np.ndarray, a: float | None, second: float = 0.0) -> np.ndarray:
        """``phi'(z)`` likewise; of Maxout, by the first piece's pre-activation."""
        return self._curve(self.derivative, z, a, second)

    def _curve(self, of: Callable, z: np.ndarray, a: float | None, second: float) -> np.ndarray:
        points = torch.as_tensor(z, dtype=torch.float64).unsqueeze(-1)
        if self.pieces > 1:
            points = torch.cat([points, torch.full_like(points, second)], dim=-1)
        return of(points, a)[..., 0].numpy()


def _sigmoid_derivative(z: Tensor, a: float | None) -> Tensor:
    # sigma(-z) rather than 1 - sigma(z): no cancellation where the unit saturates.
    return torch.sigmoid(z) * torch.sigmoid(-z)


def _sigmoid_slope(z: Tensor, hidden: Tensor, a: float | None, out: Tensor) -> None:
    torch.addcmul(hidden, hidden, hidden, value=-1, out=out)


def _tanh_derivative(z: Tensor, a: float | None) -> Tensor:
    # 1 - tanh(z)^2 = 4 sigma(2z) sigma(-2z), which stays exact where 1 - tanh^2 rounds to 0.
    return 4 * torch.sigmoid(2 * z) * torch.sigmoid(-2 * z)


def _tanh_slope(z: Tensor, hidden: Tensor, a: float | None, out: Tensor) -> None:
    torch.mul(hidden, hidden, out=out)
    out.neg_().add_(1)


def _leaky_relu(z: Tensor, a: float | None, out: Tensor) -> None:
    torch.mul(z, a, out=out)
    torch.maximum(out, z, out=out)


def _leaky_relu_slope(z: Tensor, hidden: Tensor, a: float | None, out: Tensor) -> None:
    torch.sign(z, out=out).clamp_(min=a)


def _maxout(z: Tensor, a: float | None) -> Tensor:
    first, second = z.chunk(2, dim=-1)
    return torch.maximum(first, second)


def _maxout_fast(z: Tensor, a: float | None, out: Tensor) -> None:
    first, second = z.chunk(2, dim=-1)
    torch.maximum(first, second, out=out)


def _maxout_derivative(z: Tensor, a: float | None) -> Tensor:
    first, second = z.chunk(2, dim=-1)
    wins = torch.sign(first - second).add(1).mul(0.5)
    return torch.cat([wins, 1 - wins], dim=-1)


def _elu(z: Tensor, a: float) -> Tensor:
    return functional.elu(z, alpha=a)


def _elu_derivative(z: Tensor, a: float | None) -> Tensor:
    return torch.where(z > 0, 1.0, a * z.clamp(max=0).exp())


def _elu_slope(z: Tensor, hidden: Tensor, a: float | None, out: Tensor) -> None:
    if a == 1:
        torch.clamp(z, max=0, out=out).exp_()
    else:
        out.copy_(_elu_derivative(z, a))


def _selu_derivative(z: Tensor, a: float | None) -> Tensor:
    return SELU_SCALE * _elu_derivative(z, SELU_ALPHA)


def _gelu_derivative(z: Tensor, a: float | None) -> Tensor:
    density = torch.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)
    return 0.5 * torch.erfc(-z / math.sqrt(2)) + z * density


def _silu_derivative(z: Tensor, a: float | None) -> Tensor:
    gate = torch.sigmoid(z)
    return gate * (1 + z * torch.sigmoid(-z))


def _mish_derivative(z: Tensor, a: float | None) -> Tensor:
    gate = torch.tanh(functional.softplus(z))
    return gate + z * (1 - gate * gate) * torch.sigmoid(z)


_ALL = (
    Activation(
        "sigmoid", "Sigmoid", r"\sigma(z)=\frac{1}{1+e^{-z}}", r"\sigma(z)\,(1-\sigma(z))",
        "(0, 1)", 1986, "Rumelhart, Hinton & Williams",
        lambda z, a: torch.sigmoid(z), _sigmoid_derivative,
        lambda z, a, out: torch.sigmoid(z, out=out), _sigmoid_slope,
    ),
    Activation(
        "tanh", "tanh", r"\tanh z=\frac{e^{z}-e^{-z}}{e^{z}+e^{-z}}", r"1-\tanh^2 z",
        "(-1, 1)", 1998, "LeCun, Bottou, Orr & Müller",
        lambda z, a: torch.tanh(z), _tanh_derivative,
        lambda z, a, out: torch.tanh(z, out=out), _tanh_slope,
    ),
    Activation(
        "relu", "ReLU", r"\max(0,z)", r"1 \text{ if } z>0,\; 0 \text{ else}",
        "[0, ∞)", 2010, "Nair & Hinton",
        lambda z, a: z.clamp(min=0), lambda z, a: (z > 0).to(z.dtype),
        lambda z, a, out: torch.maximum(z, _ZERO, out=out),
        lambda z, hidden, a, out: torch.gt(z, 0, out=out),
    ),
    Activation(
        "leaky_relu", "Leaky ReLU", r"\max(a z,z)", r"1 \text{ if } z>0,\; a \text{ else}",
        "(-∞, ∞)", 2013, "Maas, Hannun & Ng",
        lambda z, a: torch.maximum(a * z, z), lambda z, a: a + (1 - a) * (z > 0).to(z.dtype),
        _leaky_relu, _leaky_relu_slope, Parameter("a", 0.1, 0.0, 1.0),
    ),
    Activation(
        "maxout", "Maxout", r"\max(W_1x+b_1,\;W_2x+b_2)",
        r"1 \text{ for the larger, } 0 \text{ else}", "(-∞, ∞)", 2013, "Goodfellow et al.",
        _maxout, _maxout_derivative, _maxout_fast, None, pieces=2,
    ),
    Activation(
        "elu", "ELU", r"z \text{ if } z>0,\; \alpha(e^{z}-1) \text{ else}",
        r"1 \text{ if } z>0,\; \alpha e^{z} \text{ else}",
        "(-α, ∞)", 2015, "Clevert, Unterthiner & Hochreiter",
        _elu, _elu_derivative, None, _elu_slope, Parameter("α", 1.0, 0.0, 10.0),
    ),
    Activation(
        "identity", "Identity", r"z", r"1", "(-∞, ∞)", 2013, "Saxe, McClelland & Ganguli",
        lambda z, a: z.clone(), lambda z, a: torch.ones_like(z),
        lambda z, a, out: out.copy_(z), lambda z, hidden, a, out: out.fill_(1),
    ),
    Activation(
        "softplus", "Softplus", r"\ln(1+e^{z})", r"\sigma(z)", "(0, ∞)", 2000, "Dugas et al.",
        lambda z, a: functional.softplus(z), lambda z, a: torch.sigmoid(z),
        None, lambda z, hidden, a, out: torch.sigmoid(z, out=out),
    ),
    Activation(
        "selu", "SELU", r"\lambda z \text{ if } z>0,\; \lambda\alpha(e^{z}-1) \text{ else}",
        r"\lambda \text{ if } z>0,\; \lambda\alpha e^{z} \text{ else}",
        "(-1.758, ∞)", 2017, "Klambauer et al.", lambda z, a: torch.selu(z), _selu_derivative,
    ),
    Activation(
        "gelu", "GELU", r"z\,\Phi(z)", r"\Phi(z)+z\,\varphi(z)",
        "[-0.170, ∞)", 2016, "Hendrycks & Gimpel",
        lambda z, a: functional.gelu(z), _gelu_derivative,
    ),
    Activation(
        "silu", "SiLU", r"z\,\sigma(z)", r"\sigma(z)\,(1+z\,(1-\sigma(z)))",
        "[-0.278, ∞)", 2017, "Ramachandran, Zoph & Le",
        lambda z, a: functional.silu(z), _silu_derivative,
    ),
    Activation(
        "mish", "Mish", r"z\tanh(\ln(1+e^{z}))",
        r"t+z\,(1-t^2)\,\sigma(z),\; t=\tanh(\ln(1+e^{z}))", "[-0.309, ∞)", 2019, "Misra",
        lambda z, a: functional.mish(z), _mish_derivative,
    ),
)  # fmt: skip

ACTIVATIONS: dict[str, Activation] = {activation.name: activation for activation in _ALL}
