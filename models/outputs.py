"""The last layer: what its one unit makes of the logit, and the loss that judges the answer.

``z`` is the logit, ``h`` the hypothesis, ``y`` the label. The lecture's cost is the cross-entropy
``-mean(y log h + (1 - y) log(1 - h))``, which asks for an ``h`` between 0 and 1. A sigmoid keeps to
that; a linear unit and a ReLU do not, and as ``0 * log(-1)`` is not a number, neither is the loss.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

PLATEAUS = ("constant", "one_apart", "two_apart")
"""Where the loss of XOR rests while points are merged, the highest first: all four get one answer;
one is told apart, the other three merged; two told apart, two of unlike label merged.
"""

Elementwise = Callable[[Tensor], Tensor]
Judgement = Callable[[Tensor, Tensor], Tensor]


def _plateaus(merged: Callable[[float], float]) -> dict[str, float]:
    """Heights by name, from the least mean loss of merged points of which a share ``p`` is 1."""
    heights = (merged(1 / 2), 3 / 4 * merged(1 / 3), 1 / 2 * merged(1 / 2))
    return dict(zip(PLATEAUS, heights, strict=True))


def _entropy(p: float) -> float:
    """Of a coin, in nats: the cross-entropy of the best answer, which is ``p``."""
    return -p * math.log(p) - (1 - p) * math.log(1 - p)


def _variance(p: float) -> float:
    """Of a coin: the squared error of the best answer, which is ``p``."""
    return p * (1 - p)


@dataclass(frozen=True, eq=False)
class Output:
    """An output unit and its loss. Tensors are of any shape, labels broadcast against logits.

    Attributes:
        label: as the field writes it.
        hypothesis: ``h`` of ``z``.
        slope: ``dh / dz`` of ``z``.
        loss: each point's own, of ``z`` and ``y``.
        error: ``dLoss_p / dh`` of ``z`` and ``y``.
        plan_delta: of ``z``, ``y`` and a tensor to write to: a function that writes ``dLoss_p /
            dz`` of what stands in ``z`` whenever it is called.
        threshold: the logit above which the answer is 1, which is where ``h`` passes 1/2.
        plateaus: heights of the loss by name, one for each of ``PLATEAUS``.
        always_defined: whether the loss is a number at every logit.
    """

    label: str
    hypothesis: Elementwise
    slope: Elementwise
    loss: Judgement
    error: Judgement
    plan_delta: Callable[[Tensor, Tensor, Tensor], Callable[[], object]]
    threshold: float
    plateaus: Mapping[str, float]
    always_defined: bool = True

    @property
    def lowest_plateau(self) -> float:
        """The least loss of a network that gives two points of unlike label one answer."""
        return min(self.plateaus.values())

    def delta(self, logits: Tensor, labels: Tensor) -> Tensor:
        """``dLoss_p / dz`` of each point, its own loss."""
        out = torch.empty_like(logits)
        self.plan_delta(logits, labels, out)()
        return out


def _sigmoid_slope(z: Tensor) -> Tensor:
    return torch.sigmoid(z) * torch.sigmoid(-z)


def _sigmoid_loss(z: Tensor, y: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(z, y.expand_as(z), reduction="none")


def _sigmoid_error(z: Tensor, y: Tensor) -> Tensor:
    """``-1 / h`` where the label is 1, ``1 / (1 - h)`` where it is 0; infinite if surely wrong."""
    signs = 1 - 2 * y
    return signs / torch.sigmoid(-z * signs)


def _plan_sigmoid_delta(z: Tensor, y: Tensor, out: Tensor) -> Callable[[], object]:
    """``h - y``: the unit's slope ``h (1 - h)`` and the loss's ``(h - y) / (h (1 - h))`` cancel."""
    signs = 1 - 2 * y

    def write() -> None:
        # h - y, written so that it does not round to 0 where the answer is nearly right.
        torch.mul(z, signs, out=out)
        out.sigmoid_().mul_(signs)

    return write


def _cross_entropy(h: Tensor, y: Tensor) -> Tensor:
    """The lecture's, to the letter: NaN where it multiplies 0 by the logarithm of 0 or less."""
    return -(y * torch.log(h) + (1 - y) * torch.log(1 - h))


def _cross_entropy_slope(h: Tensor, y: Tensor) -> Tensor:
    """Term by term, as automatic differentiation goes: a number also where the loss is none."""
    return (1 - y) / (1 - h) - y / h


def _plan_linear_delta(z: Tensor, y: Tensor, out: Tensor) -> Callable[[], object]:
    return lambda: out.copy_(_cross_entropy_slope(z, y))


def _plan_relu_delta(z: Tensor, y: Tensor, out: Tensor) -> Callable[[], object]:
    """Nothing passes a unit that is off, not even the infinite slope of the logarithm at 0."""
    return lambda: out.copy_(_cross_entropy_slope(z, y)).masked_fill_(z <= 0, 0)


def _plan_squared_delta(z: Tensor, y: Tensor, out: Tensor) -> Callable[[], object]:
    return lambda: torch.sub(z, y, out=out).mul_(2)


OUTPUTS: dict[str, Output] = {
    "sigmoid": Output(
        label="Sigmoid + cross-entropy",
        hypothesis=torch.sigmoid,
        slope=_sigmoid_slope,
        loss=_sigmoid_loss,
        error=_sigmoid_error,
        plan_delta=_plan_sigmoid_delta,
        threshold=0.0,
        plateaus=_plateaus(_entropy),
    ),
    "linear": Output(
        label="Linear + cross-entropy",
        hypothesis=lambda z: z,
        slope=torch.ones_like,
        loss=_cross_entropy,
        error=_cross_entropy_slope,
        plan_delta=_plan_linear_delta,
        threshold=0.5,
        plateaus=_plateaus(_entropy),
        always_defined=False,
    ),
    "relu": Output(
        label="ReLU + cross-entropy",
        hypothesis=torch.relu,
        slope=lambda z: (z > 0).to(z),
        loss=lambda z, y: _cross_entropy(torch.relu(z), y),
        error=lambda z, y: _cross_entropy_slope(torch.relu(z), y),
        plan_delta=_plan_relu_delta,
        threshold=0.5,
        plateaus=_plateaus(_entropy),
        always_defined=False,
    ),
    "squared": Output(
        label="Linear + squared error",
        hypothesis=lambda z: z,
        slope=torch.ones_like,
        loss=lambda z, y: (z - y).square(),
        error=lambda z, y: 2 * (z - y),
        plan_delta=_plan_squared_delta,
        threshold=0.5,
        plateaus=_plateaus(_variance),
    ),
}
