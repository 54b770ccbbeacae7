"""The last layer: what it makes of the logit, and the loss that judges the answer.

``z`` is the logit, ``h`` the hypothesis, ``y`` the label. The lecture's cost is the cross-entropy
``-mean(y log h + (1 - y) log(1 - h))``, which asks for an ``h`` between 0 and 1. A sigmoid keeps to
that; a linear unit and a ReLU do not, and as ``0 * log(-1)`` is not a number, neither is the loss.

The layer is one unit, whose pre-activation the logit is; but of a softmax it is two, one a label.
Their probabilities are the sigmoids of the units' difference and of its opposite: that difference
is the logit, and its sigmoid, the probability of label 1, the hypothesis.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from models.tasks import Task

Elementwise = Callable[[Tensor], Tensor]
Judgement = Callable[[Tensor, Tensor], Tensor]


class Labels:
    """Labels in a buffer that plans are bound to, whatever points are shown later.

    Args:
        buffer: [..., 2] for each point; every network's own, or the same for all.

    Attributes:
        both: the buffer.
        values: [..., 1] 0 or 1.
        signs: [..., 1] the same as 1 for label 0 and -1 for label 1.
    """

    def __init__(self, buffer: Tensor):
        self.both = buffer
        self.values, self.signs = buffer[..., :1], buffer[..., 1:]

    def of(self, part: slice) -> "Labels":
        """Those that some of the networks see."""
        return Labels(self.both[part]) if len(self.both) > 1 else self

    def write(self, both: Tensor) -> None:
        """Take over what ``with_signs`` made."""
        self.both.copy_(both)


def with_signs(labels: Tensor) -> Tensor:
    """``[..., 2]`` of labels ``[...]``: as they are, and as signs."""
    return torch.stack([labels, 1 - 2 * labels], dim=-1)


def _entropy(p: float) -> float:
    """Of a coin, in nats: the cross-entropy of the best answer, which is ``p``."""
    return -p * math.log(p) - (1 - p) * math.log(1 - p)


def _variance(p: float) -> float:
    """Of a coin: the squared error of the best answer, which is ``p``."""
    return p * (1 - p)


@dataclass(frozen=True)
class Symbols:
    """An output's part of the chain rule as one writes it, with ``p`` for the hypothesis.

    Attributes:
        unit: the function that makes ``p`` of ``z``, in HTML.
        unit_slope: its derivative, in LaTeX; the others likewise.
        slope: what that is, in ``p`` where it can be.
        error: ``dLoss_p / dp``.
        delta: ``dLoss_p / dz``: slope times error, with what cancels cancelled.
        plain_delta: the same in HTML, on one line.
    """

    unit: str
    unit_slope: str
    slope: str
    error: str
    delta: str
    plain_delta: str

    @property
    def plain_factors(self) -> tuple[str, str]:
        """``slope`` and ``error`` in HTML, of an output whose ``plain_delta`` is their product."""
        slope, error = self.plain_delta.split(" · ")
        return slope, error


def _entropys(unit: str, unit_slope: str, slope: str, delta: str, plain_delta: str) -> Symbols:
    return Symbols(unit, unit_slope, slope, r"\frac{p-y}{p(1-p)}", delta, plain_delta)


@dataclass(frozen=True, eq=False)
class Output:
    """An output unit and its loss. Tensors are of any shape, labels broadcast against logits.

    Attributes:
        label: as the field writes it.
        hypothesis: ``h`` of ``z``.
        slope: ``dh / dz`` of ``z``.
        loss: each point's own, of ``z`` and ``y``.
        error: ``dLoss_p / dh`` of ``z`` and ``y``.
        plan_delta: of ``z``, ``Labels`` and a tensor to write to: a function that writes ``dLoss_p
            / dz`` of what stands in ``z`` and the labels whenever it is called.
        threshold: the logit above which the answer is 1, which is where ``h`` passes the middle of
            its targets.
        least: the least mean loss of points that get one answer, of which a share is 1.
        symbols: how its part of the chain rule is written.
        always_defined: whether the loss is a number at every logit.
        targets: what ``h`` is to be for label 0 and for label 1.
        units: of the layer.
        keeps_slope: whether ``dLoss_p / dz`` still holds a slope that is almost 0 where the unit is
            saturated, be the answer right or wrong.
    """

    label: str
    hypothesis: Elementwise
    slope: Elementwise
    loss: Judgement
    error: Judgement
    plan_delta: Callable[[Tensor, Labels, Tensor], Callable[[], object]]
    threshold: float
    least: Callable[[float], float]
    symbols: Symbols
    always_defined: bool = True
    targets: tuple[float, float] = (0.0, 1.0)
    units: int = 1
    keeps_slope: bool = False

    def logit(self, z: Tensor) -> Tensor:
        """``[..., 1]`` of the pre-activations ``[..., units]``."""
        return z if self.units == 1 else z[..., 1:] - z[..., :1]

    def unit_logits(self, z: Tensor) -> Tensor:
        """``[..., units]`` the logit of each unit's own answer, of the pre-activations.

        Of a softmax that is the probability of the label that the unit stands for.
        """
        return z if self.units == 1 else z - z.flip(-1)

    def unit_labels(self, labels: Tensor) -> Tensor:
        """``[..., units]`` of labels ``[...]``: 1 where a unit's own answer is to be 1."""
        own = labels.unsqueeze(-1)
        return own if self.units == 1 else torch.cat([1 - own, own], dim=-1)

    @property
    def in_nats(self) -> bool:
        """Whether the loss is an entropy; else it is a square."""
        return self.least is _entropy

    @property
    def can_be_off(self) -> bool:
        """Whether nothing passes the unit while its logit is negative, as of a ReLU."""
        return not self.slope(torch.tensor(-1.0))

    @property
    def middle(self) -> float:
        """The hypothesis above which the answer is 1."""
        return sum(self.targets) / 2

    def target(self, labels: Tensor) -> Tensor:
        """What the hypothesis is to be, of labels of any shape."""
        low, high = self.targets
        return low + (high - low) * labels

    def plateaus(self, task: Task) -> dict[str, float]:
        """Heights of a task's plateaus by name, the highest first."""
        return {
            name: count / task.points * self.least(share)
            for name, (count, share) in task.merged.items()
        }

    def delta(self, logits: Tensor, labels: Tensor) -> Tensor:
        """``dLoss_p / dlogit`` of each point, its own loss."""
        out = torch.empty_like(logits)
        both = with_signs(torch.as_tensor(labels, dtype=logits.dtype))
        self.plan_delta(logits.unsqueeze(-1), Labels(both), out.unsqueeze(-1))()
        return out


def _sigmoid_slope(z: Tensor) -> Tensor:
    return torch.sigmoid(z) * torch.sigmoid(-z)


def _sigmoid_loss(z: Tensor, y: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(z, y.expand_as(z), reduction="none")


def _sigmoid_error(z: Tensor, y: Tensor) -> Tensor:
    """``-1 / h`` where the label is 1, ``1 / (1 - h)`` where it is 0; infinite if surely wrong."""
    signs = 1 - 2 * y
    return signs / torch.sigmoid(-z * signs)


def _plan_sigmoid_delta(z: Tensor, labels: Labels, out: Tensor) -> Callable[[], object]:
    """``h - y``: the unit's slope ``h (1 - h)`` and the loss's ``(h - y) / (h (1 - h))`` cancel."""
    signs = labels.signs

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


def _plan_linear_delta(z: Tensor, labels: Labels, out: Tensor) -> Callable[[], object]:
    return lambda: out.copy_(_cross_entropy_slope(z, labels.values))


def _plan_relu_delta(z: Tensor, labels: Labels, out: Tensor) -> Callable[[], object]:
    """Nothing passes a unit that is off, not even the infinite slope of the logarithm at 0."""
    return lambda: out.copy_(_cross_entropy_slope(z, labels.values)).masked_fill_(z <= 0, 0)


def _plan_squared_delta(z: Tensor, labels: Labels, out: Tensor) -> Callable[[], object]:
    return lambda: torch.sub(z, labels.values, out=out).mul_(2)


def _plan_sigmoid_squared_delta(z: Tensor, labels: Labels, out: Tensor) -> Callable[[], object]:
    """``2 (h - y) h (1 - h)``: with ``s`` the label's sign, ``h - y = s sigma(s z)`` and the slope
    is ``sigma(s z) sigma(-s z)``, neither of which rounds to 0 before it must.
    """
    signs = labels.signs

    def write() -> None:
        wrong = torch.sigmoid(z * signs)
        torch.mul(wrong.square_(), torch.sigmoid(-z * signs), out=out).mul_(signs).mul_(2)

    return write


def _plan_tanh_squared_delta(z: Tensor, labels: Labels, out: Tensor) -> Callable[[], object]:
    """``2 (h - t) (1 - h^2)`` likewise, as ``tanh z = 2 sigma(2 z) - 1``."""
    signs = labels.signs

    def write() -> None:
        wrong = torch.sigmoid(2 * z * signs)
        torch.mul(wrong.square_(), torch.sigmoid(-2 * z * signs), out=out).mul_(signs).mul_(16)

    return write


def _plan_relu_squared_delta(z: Tensor, labels: Labels, out: Tensor) -> Callable[[], object]:
    return lambda: torch.sub(z, labels.values, out=out).mul_(2).masked_fill_(z <= 0, 0)


def _tanh_slope(z: Tensor) -> Tensor:
    return 4 * torch.sigmoid(2 * z) * torch.sigmoid(-2 * z)


def _sigmoid_squared_loss(z: Tensor, y: Tensor) -> Tensor:
    return torch.sigmoid(z * (1 - 2 * y)).square()


def _tanh_squared_loss(z: Tensor, y: Tensor) -> Tensor:
    return 4 * torch.sigmoid(2 * z * (1 - 2 * y)).square()


_SIGMOID = Output(
    label="Sigmoid + cross-entropy",
    hypothesis=torch.sigmoid,
    slope=_sigmoid_slope,
    loss=_sigmoid_loss,
    error=_sigmoid_error,
    plan_delta=_plan_sigmoid_delta,
    threshold=0.0,
    least=_entropy,
    symbols=_entropys("σ", r"\sigma'(z)", "p(1-p)", "p-y", "p − y"),
)

OUTPUTS: dict[str, Output] = {
    "sigmoid": _SIGMOID,
    "linear": Output(
        label="Linear + cross-entropy",
        hypothesis=lambda z: z,
        slope=torch.ones_like,
        loss=_cross_entropy,
        error=_cross_entropy_slope,
        plan_delta=_plan_linear_delta,
        threshold=0.5,
        least=_entropy,
        symbols=_entropys(
            "id",
            r"\mathrm{id}'(z)",
            "1",
            r"\frac{p-y}{p(1-p)}",
            "(p − y) / (p (1 − p))",
        ),
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
        least=_entropy,
        symbols=_entropys(
            "ReLU",
            r"\mathrm{ReLU}'(z)",
            r"\mathrm{ReLU}'(z)",
            r"\mathrm{ReLU}'(z) \cdot \frac{p-y}{p(1-p)}",
            "ReLU′(z) · (p − y) / (p (1 − p))",
        ),
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
        least=_variance,
        symbols=Symbols("id", r"\mathrm{id}'(z)", "1", "2(p-y)", "2(p-y)", "2 (p − y)"),
    ),
    "sigmoid_squared": Output(
        label="Sigmoid + squared error",
        hypothesis=torch.sigmoid,
        slope=_sigmoid_slope,
        loss=_sigmoid_squared_loss,
        error=lambda z, y: 2 * (1 - 2 * y) * torch.sigmoid(z * (1 - 2 * y)),
        plan_delta=_plan_sigmoid_squared_delta,
        threshold=0.0,
        least=_variance,
        symbols=Symbols(
            "σ", r"\sigma'(z)", "p(1-p)", "2(p-y)", r"p(1-p) \cdot 2(p-y)", "p (1 − p) · 2 (p − y)"
        ),
        keeps_slope=True,
    ),
    "tanh_squared": Output(
        label="tanh + squared error",
        hypothesis=torch.tanh,
        slope=_tanh_slope,
        loss=_tanh_squared_loss,
        error=lambda z, y: 4 * (1 - 2 * y) * torch.sigmoid(2 * z * (1 - 2 * y)),
        plan_delta=_plan_tanh_squared_delta,
        threshold=0.0,
        least=lambda p: 4 * _variance(p),
        symbols=Symbols(
            "tanh", r"\tanh'(z)", "1-p^2", "2(p-y)", r"(1-p^2) \cdot 2(p-y)", "(1 − p²) · 2 (p − y)"
        ),
        targets=(-1.0, 1.0),
        keeps_slope=True,
    ),
    "relu_squared": Output(
        label="ReLU + squared error",
        hypothesis=torch.relu,
        slope=lambda z: (z > 0).to(z),
        loss=lambda z, y: (torch.relu(z) - y).square(),
        error=lambda z, y: 2 * (torch.relu(z) - y),
        plan_delta=_plan_relu_squared_delta,
        threshold=0.5,
        least=_variance,
        symbols=Symbols(
            "ReLU",
            r"\mathrm{ReLU}'(z)",
            r"\mathrm{ReLU}'(z)",
            "2(p-y)",
            r"\mathrm{ReLU}'(z) \cdot 2(p-y)",
            "ReLU′(z) · 2 (p − y)",
        ),
    ),
    "softmax": replace(
        _SIGMOID,  # of the difference of its two units
        label="Softmax + cross-entropy",
        symbols=_entropys("softmax", r"\frac{\partial p}{\partial z}", "p(1-p)", "p-y", "p − y"),
        units=2,
    ),
}
