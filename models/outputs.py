"""The last layer: what it makes of the logit, and the loss that judges the answer.

``z`` is the logit, ``h`` the hypothesis, ``y`` the label. The lecture's cost is the cross-entropy
``-mean(y log h + (1 - y) log(1 - h))``, which asks for an ``h`` between 0 and 1. A sigmoid keeps to
that; a linear unit and a ReLU do not, and as ``0 * log(-1)`` is not a number, neither is the loss.

The layer is one unit, whose pre-activation the logit is; but of a softmax it is two, one a label.
Their probabilities are the sigmoids of the units' difference and of its opposite: that difference
is the logit, and its sigmoid, the probability of label 1, the hypothesis.

Some outputs are mistakes that students' programs make, trained as they are: a sigmoid before
PyTorch's ``BCEWithLogitsLoss``, which makes a sigmoid of it once more; a softmax before its
``CrossEntropyLoss`` likewise; targets that the unit cannot answer. Their hypothesis is what such a
program's network answers. Where labels are ``broadcast``, every answer is compared with all labels.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.tasks import Task

_SAME = 1e-12  # of two plateaus' heights: they are one but for rounding
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
    return -p * math.log(p) - (1 - p) * math.log(1 - p) if 0 < p < 1 else 0.0


def _entropy_between(low: float, high: float) -> Callable[[float], float]:
    """The cross-entropy of the best answer that is the sigmoid of something between two ends."""

    def least(p: float) -> float:
        best = _logit(p)
        if low <= best <= high:
            return _entropy(p)
        best = max(low, min(best, high))
        return p * math.log1p(math.exp(-best)) + (1 - p) * math.log1p(math.exp(best))

    return least


def _logit(p: float) -> float:
    return math.log(p) - math.log1p(-p) if 0 < p < 1 else math.copysign(math.inf, p - 1 / 2)


def _variance(p: float) -> float:
    """Of a coin: the squared error of the best answer, which is ``p``."""
    return p * (1 - p)


def _squares_from_zero(p: float) -> float:
    """Squared error to targets -1 and 1 of the best answer that is not negative."""
    best = max(0.0, 2 * p - 1)
    return p * (best - 1) ** 2 + (1 - p) * (best + 1) ** 2


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
        least: the least mean loss of points that get one answer, of which a share is 1; a label
            that cannot be answered without loss has some alone.
        symbols: how its part of the chain rule is written.
        always_defined: whether the loss is a number at every logit.
        targets: what ``h`` is to be for label 0 and for label 1.
        units: of the layer.
        keeps_slope: whether ``dLoss_p / dz`` still holds a slope that is almost 0 where the unit is
            saturated, be the answer right or wrong.
        in_nats: whether the loss is an entropy; else it is a square.
        meant: where this output is a mistake, those that may have been meant, the nearest first.
        broadcasts: whether labels are shares: what is compared with several labels at once.
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
    in_nats: bool = True
    meant: tuple[str, ...] = ()
    broadcasts: bool = False

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
    def can_be_off(self) -> bool:
        """Whether nothing passes the unit while its logit is negative, as of a ReLU."""
        return not self.slope(torch.tensor(-1.0))

    @property
    def middle(self) -> float:
        """The hypothesis above which the answer is 1."""
        return sum(self.targets) / 2

    def is_one(self, hypothesis: np.ndarray) -> np.ndarray:
        """Whether answers mean 1; of a unit whose answers all do, so does one that is rounded to
        the middle.
        """
        return (hypothesis > self.middle) | (not math.isfinite(self.threshold))

    def target(self, labels: Tensor) -> Tensor:
        """What the hypothesis is to be, of labels of any shape."""
        low, high = self.targets
        return low + (high - low) * labels

    def plateaus(self, task: Task) -> dict[str, float]:
        """Heights of a task's plateaus by name, the highest first.

        Of a mistake some may be no lower than those above, and are none. Where labels are broadcast
        there is one: to tell points apart makes nothing better.
        """
        if self.broadcasts:
            return {"constant": self.least(task.share)}
        heights: dict[str, float] = {}
        for name, (count, share) in task.merged.items():
            ones = round(task.share * task.points) - round(share * count)
            zeros = task.points - count - ones
            apart = (ones * self.least(1) + zeros * self.least(0)) / task.points
            height = count / task.points * self.least(share) + apart
            if all(height < other - _SAME for other in heights.values()):
                heights[name] = height
        return heights

    def floor(self, task: Task) -> float:
        """The least loss that any answers have; 0 unless the output is a mistake."""
        if self.broadcasts:
            return self.least(task.share)
        return task.share * self.least(1) + (1 - task.share) * self.least(0)

    @property
    def ends(self) -> tuple[float, float]:
        """What the hypothesis lies between, which may be infinite."""
        low, high = self.hypothesis(torch.tensor([-math.inf, math.inf])).tolist()
        return low, high

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


def _plan_signed_squared_delta(z: Tensor, labels: Labels, out: Tensor) -> Callable[[], object]:
    """``2 (z - t)`` of targets ``t``, which are the signs' opposites."""
    return lambda: torch.add(z, labels.signs, out=out).mul_(2)


def _plan_sigmoid_signed_delta(z: Tensor, labels: Labels, out: Tensor) -> Callable[[], object]:
    """``2 (h - t) h (1 - h)``: ``h + 1`` of label 0, ``h - 1 = -sigma(-z)`` of label 1."""

    def write() -> None:
        out.copy_(_sigmoid_signed_error(z, labels.values))
        out.mul_(torch.sigmoid(z)).mul_(torch.sigmoid(-z))

    return write


def _sigmoid_signed_error(z: Tensor, y: Tensor) -> Tensor:
    return 2 * ((1 - y) * (1 + torch.sigmoid(z)) - y * torch.sigmoid(-z))


def _plan_tanh_unit_delta(z: Tensor, labels: Labels, out: Tensor) -> Callable[[], object]:
    """``2 (h - y) (1 - h^2)`` with ``1 - h^2 = 4 sigma(2 z) sigma(-2 z)``."""

    def write() -> None:
        out.copy_(_tanh_unit_error(z, labels.values))
        out.mul_(torch.sigmoid(2 * z)).mul_(torch.sigmoid(-2 * z)).mul_(4)

    return write


def _tanh_unit_error(z: Tensor, y: Tensor) -> Tensor:
    """``h - 1`` of label 1 is ``-2 sigma(-2 z)``, which does not round to 0 before it must."""
    return 2 * ((1 - y) * torch.tanh(z) - 2 * y * torch.sigmoid(-2 * z))


def _plan_sigmoid_twice_delta(z: Tensor, labels: Labels, out: Tensor) -> Callable[[], object]:
    """``h (1 - h) (sigma(h) - y)``: with ``s`` the label's sign, the last is ``s sigma(s h)``."""
    signs = labels.signs

    def write() -> None:
        torch.mul(torch.sigmoid(z), signs, out=out)
        out.sigmoid_().mul_(signs).mul_(torch.sigmoid(z)).mul_(torch.sigmoid(-z))

    return write


def _plan_softmax_twice_delta(z: Tensor, labels: Labels, out: Tensor) -> Callable[[], object]:
    """``h (1 - h) 2 (sigma(2 h - 1) - y)`` likewise; ``2 h - 1``, which is the difference of both
    probabilities, is ``tanh(z / 2)``.
    """
    signs = labels.signs

    def write() -> None:
        torch.mul(torch.tanh(z / 2), signs, out=out)
        out.sigmoid_().mul_(signs).mul_(2).mul_(torch.sigmoid(z)).mul_(torch.sigmoid(-z))

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

_SQUARED = Output(
    label="Linear + squared error",
    hypothesis=lambda z: z,
    slope=torch.ones_like,
    loss=lambda z, y: (z - y).square(),
    error=lambda z, y: 2 * (z - y),
    plan_delta=_plan_squared_delta,
    threshold=0.5,
    least=_variance,
    symbols=Symbols("id", r"\mathrm{id}'(z)", "1", "2(p-y)", "2(p-y)", "2 (p − y)"),
    in_nats=False,
)
_SIGMOID_SQUARED = Output(
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
    in_nats=False,
)
_TANH_SQUARED = Output(
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
    in_nats=False,
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
    "squared": _SQUARED,
    "sigmoid_squared": _SIGMOID_SQUARED,
    "tanh_squared": _TANH_SQUARED,
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
        in_nats=False,
    ),
    "softmax": replace(
        _SIGMOID,  # of the difference of its two units
        label="Softmax + cross-entropy",
        symbols=_entropys("softmax", r"\frac{\partial p}{\partial z}", "p(1-p)", "p-y", "p − y"),
        units=2,
    ),
    "squared_signed": replace(
        _SQUARED,
        label="Linear + squared error, targets ±1",
        loss=lambda z, y: (z + 1 - 2 * y).square(),
        error=lambda z, y: 2 * (z + 1 - 2 * y),
        plan_delta=_plan_signed_squared_delta,
        threshold=0.0,
        least=lambda p: 4 * _variance(p),
        targets=(-1.0, 1.0),
    ),
    "tanh_squared_unit": replace(
        _TANH_SQUARED,
        label="tanh + squared error, targets 0/1",
        loss=lambda z, y: _tanh_unit_error(z, y).square() / 4,
        error=_tanh_unit_error,
        plan_delta=_plan_tanh_unit_delta,
        threshold=math.atanh(0.5),
        least=_variance,
        targets=(0.0, 1.0),
    ),
    # From here on: mistakes.
    "sigmoid_twice": replace(
        _SIGMOID,
        label="Sigmoid twice + cross-entropy",
        loss=lambda z, y: _sigmoid_loss(torch.sigmoid(z), y),
        error=lambda z, y: (1 - 2 * y) * torch.sigmoid((1 - 2 * y) * torch.sigmoid(z)),
        plan_delta=_plan_sigmoid_twice_delta,
        least=_entropy_between(0.0, 1.0),
        symbols=Symbols(
            "σ",
            r"\sigma'(z)",
            "p(1-p)",
            r"\sigma(p)-y",
            r"p(1-p) \cdot (\sigma(p)-y)",
            "p (1 − p) · (σ(p) − y)",
        ),
        keeps_slope=True,
        meant=("sigmoid",),
    ),
    "softmax_twice": replace(
        _SIGMOID,  # of the difference of its two units
        label="Softmax twice + cross-entropy",
        loss=lambda z, y: _sigmoid_loss(torch.tanh(z / 2), y),
        error=lambda z, y: 2 * (1 - 2 * y) * torch.sigmoid((1 - 2 * y) * torch.tanh(z / 2)),
        plan_delta=_plan_softmax_twice_delta,
        least=_entropy_between(-1.0, 1.0),
        symbols=Symbols(
            "softmax",
            r"\frac{\partial p}{\partial z}",
            "p(1-p)",
            r"2(\sigma(2p-1)-y)",
            r"p(1-p) \cdot 2(\sigma(2p-1)-y)",
            "p (1 − p) · 2 (σ(2p − 1) − y)",
        ),
        units=2,
        keeps_slope=True,
        meant=("softmax",),
    ),
    "sigmoid_squared_signed": replace(
        _SIGMOID_SQUARED,
        label="Sigmoid + squared error, targets ±1",
        loss=lambda z, y: _sigmoid_signed_error(z, y).square() / 4,
        error=_sigmoid_signed_error,
        plan_delta=_plan_sigmoid_signed_delta,
        threshold=-math.inf,  # every answer is nearer to 1 than to -1
        least=_squares_from_zero,
        targets=(-1.0, 1.0),
        meant=("tanh_squared", "sigmoid_squared"),
    ),
}
MISTAKEN = tuple(name for name, output in OUTPUTS.items() if output.meant)


@lru_cache
def broadcast(output: Output) -> Output:
    """An output whose labels are shares of 1 among those that an answer is compared with.

    Labels ``[N]`` against answers ``[N, 1]`` are spread to ``[N, N]``: every answer is compared
    with every label, ``mean_ij (h_i - y_j)^2``. Each point's own loss, and all that is linear in
    it, is then the mean over the labels.
    """
    symbols = output.symbols
    bar = {"error": r"\bar{y}", "delta": r"\bar{y}", "plain_delta": "ȳ"}
    written = {name: getattr(symbols, name).replace("y", sign) for name, sign in bar.items()}
    return replace(
        output,
        loss=_shared(output.loss),
        error=_shared(output.error),
        plan_delta=_plan_shared_delta(output),
        symbols=replace(symbols, **written),
        broadcasts=True,
    )


def _shared(judge: Judgement) -> Judgement:
    def of_shares(z: Tensor, share: Tensor) -> Tensor:
        return share * judge(z, torch.ones_like(share)) + (1 - share) * judge(
            z, torch.zeros_like(share)
        )

    return of_shares


def _plan_shared_delta(output: Output) -> Callable[[Tensor, Labels, Tensor], Callable[[], object]]:
    def plan(z: Tensor, labels: Labels, out: Tensor) -> Callable[[], object]:
        shares, of_zeros = labels.values, torch.empty_like(out)
        ones, zeros = (with_signs(torch.full_like(shares[..., 0], label)) for label in (1.0, 0.0))
        write_ones = output.plan_delta(z, Labels(ones), out)
        write_zeros = output.plan_delta(z, Labels(zeros), of_zeros)

        def write() -> None:
            write_ones()
            write_zeros()
            out.sub_(of_zeros).mul_(shares).add_(of_zeros)

        return write

    return plan
