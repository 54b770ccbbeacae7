"""The chain rule in one network: what weights and activation made of its gradient.

Pure functions of the ``Pass`` of one network: over all its layers, and for a single weight.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from models.diagnostics.statistics import euclidean_norm
from models.diagnostics.trend import trend
from models.history import History
from models.passes import Pass

WEAKENED = 0.1  # and one that keeps less than this has become weaker
BLAME_SHARE = 2 / 3  # of the orders of magnitude, to be called the one cause


@dataclass(frozen=True)
class AnswerSlope:
    """What an answer's own slope makes of its error, where it does not cancel against the loss's.

    Attributes:
        error: mean |dLoss_p / dh| over the points and the answer's units.
        slope: mean |dh / dz|, each point counted by its error: ``error * slope`` is the last
            layer's signal.
        plain_slope: mean |dh / dz|, all points counted alike.
    """

    error: float
    slope: float
    plain_slope: float


@dataclass(frozen=True, eq=False)
class ChainFactors:
    """How a network's gradient comes about, layer by layer; layer ``l`` stands at ``l - 1``.

    A layer's *signal* is the mean of |dLoss_p / dz| over the points p and the layer's units (a
    Maxout unit's two pieces added up). From one layer to the one before it, two things happen:

        error_l  = mean |delta_{l+1} W_{l+1}^T| = weights_l * signal_{l+1}
        signal_l = mean |error_l * phi'(z_l)|   = activation_l * error_l

    so ``activation_l`` is a mean of |phi'(z_l)| in which each unit counts by the error that reaches
    it. In the mean absolute value, unlike in a root mean square, both hold exactly.

    Attributes:
        signal: [L].
        weights: [H] what the next layer's weights make of its signal; NaN where that is zero.
        activation: [H] mean |phi'(z)|, units counted by their error (alike where there is none).
        plain_slope: [H] mean |phi'(z)|, all units and points counted alike.
        gradient: [L] Frobenius norm of dLoss/dW, as in ``History.weight_gradient_norm``.
        answer: what comes before all of them, if the output keeps its slope.
    """

    signal: np.ndarray
    weights: np.ndarray
    activation: np.ndarray
    plain_slope: np.ndarray
    gradient: np.ndarray
    answer: AnswerSlope | None = None

    @property
    def inputs(self) -> np.ndarray:
        """[L] what the layer's inputs make of its signal; NaN where that is zero."""
        known = self.signal > 0
        return np.divide(self.gradient, self.signal, np.full_like(self.signal, np.nan), where=known)

    @property
    def ratio(self) -> float:
        """The first layer's gradient over the last one's: what ``gradient_ratio`` is a median of.

        Infinite or NaN where the last layer's is zero.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(self.gradient[0] / self.gradient[-1])

    @property
    def product(self) -> np.ndarray:
        """[L] the output layer's signal times all factors down to each layer: the signal again."""
        running = [self.signal[-1]]
        for weights, activation in zip(self.weights[::-1], self.activation[::-1], strict=True):
            running.append(running[-1] * weights * activation if running[-1] else 0.0)
        return np.array(running[::-1])


@dataclass(frozen=True)
class Multiplied:
    """One factor of a gradient on its way back, and what is left of the gradient after it.

    Attributes:
        by: ``weights`` or ``activation``, as in ``ChainFactors``; at the beginning ``answer``, the
            answer's own slope, if it keeps one; at the end ``inputs``: how much more the first
            layer's inputs make of its signal than the last one's of its own.
        layer: the layer that it leads to, counted from 1.
        value: the factor.
        left: the product of all factors so far.
    """

    by: str
    layer: int
    value: float
    left: float


def way_back(chain: ChainFactors) -> list[Multiplied]:
    """All that a gradient is multiplied by from the last layer to the first, in this order.

    The last product is ``chain.ratio``, times the answer's slope if that is the first factor; from
    a signal of exactly zero on, all are 0.
    """
    first = [("answer", len(chain.signal), chain.answer.slope)] if chain.answer else []
    factors = first + [
        (by, layer, float(factor[layer - 1]))
        for layer in range(len(chain.weights), 0, -1)
        for by, factor in (("weights", chain.weights), ("activation", chain.activation))
    ]
    with np.errstate(divide="ignore", invalid="ignore"):
        factors.append(("inputs", 1, float(chain.inputs[0] / chain.inputs[-1])))
    way, left = [], 1.0
    for by, layer, value in factors:
        left = left * value if left else 0.0
        way.append(Multiplied(by, layer, value, left))
    return way


def chain_factors(one: Pass, frame: int) -> ChainFactors:
    """The factors of a network's gradient at a frame of its pass."""
    units = one.experiment.sizes[1:]
    signal = np.array(
        [np.abs(d[frame]).sum(1).mean() / n for d, n in zip(one.deltas, units, strict=True)]
    )
    weights, activation, plain = [], [], []
    for layer, (error, slope) in enumerate(zip(one.errors, one.slopes, strict=True)):
        reaches, after = np.abs(error[frame]), signal[layer + 1]
        weights.append(reaches.mean() / after if after else math.nan)
        weighted, alike = _mean_slopes(reaches, slope[frame])
        activation.append(weighted)
        plain.append(alike)
    gradient = [
        euclidean_norm(one.gradient(layer)[frame]) for layer in range(1, one.experiment.layers + 1)
    ]
    arrays = map(np.array, (weights, activation, plain, gradient))
    return ChainFactors(signal, *arrays, answer=_answer_slope(one, frame))


def _mean_slopes(errors: np.ndarray, slopes: np.ndarray) -> tuple[float, float]:
    """Means of |slope|: each counted by its error (alike where there is none), and all alike.

    Args:
        errors: [P, units].
        slopes: [P, pieces * units], a unit's pieces to be added up.
    """
    reaches = np.abs(errors)
    sums = np.abs(slopes).reshape(len(reaches), -1, reaches.shape[1]).sum(axis=1)
    # Relative to the largest: the products of two numbers of 1e-200 would be 0.
    top = reaches.max()
    share = reaches / top if top else np.ones_like(reaches)
    return (share * sums).sum() / share.sum(), sums.mean()


def _answer_slope(one: Pass, frame: int) -> AnswerSlope | None:
    if not one.experiment.output_layer.keeps_slope:
        return None
    last = _last_layer(one, frame)
    return AnswerSlope(float(np.abs(last.errors).mean()), *_mean_slopes(last.errors, last.slopes))


@dataclass(frozen=True, eq=False)
class _LastLayer:
    """The answers at all points, unit by unit: arrays [P, K].

    Attributes:
        answers: the hypothesis; of a softmax's unit the probability of the label it stands for.
        errors: dLoss_p / dh, which may be infinite if an answer is surely wrong.
        slopes: dh / dz.
    """

    answers: np.ndarray
    errors: np.ndarray
    slopes: np.ndarray


def _last_layer(one: Pass, frame: int) -> _LastLayer:
    output, z = one.experiment.output_layer, torch.from_numpy(one.z[-1][frame])
    logits, labels = output.unit_logits(z), output.unit_labels(one.experiment.task.labels)
    errors, slopes = output.error(logits, labels), output.slope(logits)
    return _LastLayer(one.answers[frame], errors.numpy(), slopes.numpy())


@dataclass(frozen=True, eq=False)
class OpenPaths:
    """Which ways back through a network are open: a unit whose slope is 0 sends no error on.

    Attributes:
        units: [H] share of a layer's units, over the points, with ``phi'(z)`` not 0; a Maxout
            unit's two pieces count as one each.
        paths: share of the paths from the output to the first layer's units, mean over the points,
            that run through such units alone: the product of each point's shares.
    """

    units: np.ndarray
    paths: float


def open_paths(one: Pass, frame: int) -> OpenPaths:
    """The open ways of a network at a frame of its pass."""
    points = one.z[-1].shape[1]
    shares = np.array([(slope[frame] != 0).mean(axis=1) for slope in one.slopes])
    shares = shares.reshape(-1, points)
    return OpenPaths(shares.mean(axis=1), float(shares.prod(axis=0).mean()))


def begin_alike(histories: Sequence[History], network: int) -> bool:
    """Whether a kept network of several runs began with the same weights in all of them.

    Raises:
        ValueError: the network's parameters were not kept.
    """
    first, *others = ([w for w, _ in each.parameters(0, network)] for each in histories)
    return bool(others) and all(
        len(first) == len(other) and all(map(np.array_equal, first, other)) for other in others
    )


DAMAGES = (
    "none",
    "silent",
    "dead",
    "unfed",
    "uncompared",
    "activation",
    "weights",
    "both",
    "inputs",
    "weakened",
    "kept",
    "offset",
    "grown",
    "swollen",
    "exploding",
)


@dataclass(frozen=True)
class Damage:
    """What became of the gradient between the last layer and the first, and by what.

    It is judged by ``ChainFactors.ratio``, as everywhere: ``ratio = signal * inputs`` and ``signal
    = activation * weights``.

    Attributes:
        kind: one of ``DAMAGES``. Without figures: ``none`` (no hidden layer), ``silent`` (the
            output sends no error back), ``dead`` (the signal is exactly zero from some layer on),
            ``unfed`` (the first layer's gradient is, all the same), ``uncompared`` (the last
            layer's is). A gradient that vanishes, and by what: ``activation``, ``weights``,
            ``both``, ``inputs``. Else ``weakened``, ``kept``, ``grown`` or ``exploding``; and level
            though the signal is not: it vanishes (``offset``) or explodes (``swollen``).
        activation: product of all activation factors; for ``dead`` that layer's own; else NaN.
        weights: product of all weights' factors; for ``dead`` that layer's own; else NaN.
        signal: the first layer's over the output's.
        inputs: the first layer's factor of the inputs over the last one's.
        ratio: the first layer's gradient over the last one's.
        layer: for ``dead``: the layer, from the output back, at which the signal becomes zero.
    """

    kind: str
    activation: float = math.nan
    weights: float = math.nan
    signal: float = math.nan
    inputs: float = math.nan
    ratio: float = math.nan
    layer: int = 0


def damage(chain: ChainFactors) -> Damage:
    """What became of the gradient, and which of the factors took it, if one did."""
    if not len(chain.activation):
        return Damage("none")
    if not chain.signal[-1] > 0 or not np.isfinite(chain.signal).all():
        return Damage("silent")
    if chain.signal[0] == 0:
        place = int(np.flatnonzero(chain.signal == 0)[-1])
        own = float(chain.activation[place]), float(chain.weights[place])
        return Damage("dead", *own, layer=place + 1)
    if not chain.gradient[-1] > 0:
        return Damage("uncompared")
    if chain.gradient[0] == 0:
        return Damage("unfed")
    activation, weights = np.exp(np.log([chain.activation, chain.weights]).sum(axis=1)).tolist()
    signal = float(chain.signal[0] / chain.signal[-1])
    found = Damage("", activation, weights, signal, chain.ratio / signal, chain.ratio)
    kind = {"vanishing": _blamed, "level": _level, "exploding": lambda _: "exploding"}
    return replace(found, kind=kind[trend(chain.ratio)](found))


def _blamed(found: Damage) -> str:
    """What took a gradient that vanishes, judged by orders of magnitude."""
    if math.log(found.inputs) / math.log(found.ratio) > BLAME_SHARE:
        return "inputs"
    share = math.log(found.activation) / math.log(found.signal)
    if share > BLAME_SHARE:
        return "activation"
    return "weights" if share < 1 - BLAME_SHARE else "both"


def _level(found: Damage) -> str:
    """What a gradient is that neither vanishes nor explodes."""
    if found.ratio < WEAKENED:
        return "weakened"
    if found.ratio > 1 / WEAKENED:
        return "grown"
    return {"vanishing": "offset", "level": "kept", "exploding": "swollen"}[trend(found.signal)]


@dataclass(frozen=True)
class WeightChain:
    """The chain rule for one weight and one point: every value forward, every one backward.

    ``z = x * w + rest + b``, ``h = phi(z)``; back: ``delta = error * slope``, ``dLoss/dw = x *
    delta``. The loss is this point's own. In the output layer phi is the output unit and ``h`` the
    hypothesis. Of a softmax's unit ``h`` is the probability of the label that it stands for, judged
    as if there were no other: both have the same cross-entropy.

    Attributes:
        source: which input of the layer, from 1.
        unit: which unit of the layer, from 1.
        x, w, rest, b, z, slope, h: the forward values; ``rest`` are the other inputs' products.
        error: dLoss_p / dh.
        delta: dLoss_p / dz.
    """

    source: int
    unit: int
    x: float
    w: float
    rest: float
    b: float
    z: float
    slope: float
    h: float
    error: float
    delta: float

    @property
    def gradient(self) -> float:
        """DLoss_p / dw."""
        return self.x * self.delta


def weight_chain(
    one: Pass, frame: int, layer: int, point: int, unit: int = 0, source: int = 0
) -> WeightChain:
    """The chain of a weight of layer 1 .. L at one of the points.

    ``unit`` and ``source`` count from 1; 0 stands for the one with the largest ``delta`` or input.
    Of a Maxout unit it is the piece that wins at this point.
    """
    place = layer - 1
    x, z = one.inputs[place][frame, point], one.z[place][frame, point]
    delta, units = one.deltas[place][frame, point], one.experiment.sizes[layer]
    if not unit:
        unit = int(np.argmax(np.abs(delta).reshape(-1, units).sum(axis=0))) + 1
    if not source:
        source = int(np.argmax(np.abs(x))) + 1
    column = unit - 1 + units * int(np.argmax(z[unit - 1 :: units]))
    weights = one.weights[place][frame, :, column].astype(np.float64)
    products = x * weights
    if layer < one.experiment.layers:
        h, errors = one.inputs[layer][frame, point], one.errors[place][frame, point]
        slopes = one.slopes[place][frame, point]
    else:
        last = _last_layer(one, frame)
        h, errors, slopes = last.answers[point], last.errors[point], last.slopes[point]
    return WeightChain(
        source=source,
        unit=unit,
        x=float(x[source - 1]),
        w=float(weights[source - 1]),
        rest=float(np.delete(products, source - 1).sum()),
        b=float(one.biases[place][frame, column]),
        z=float(z[column]),
        slope=float(slopes[column]),
        h=float(h[unit - 1]),
        error=float(errors[unit - 1]),
        delta=float(delta[column]),
    )
