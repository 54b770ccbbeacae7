"""The chain rule in one network: what weights and activation made of its gradient.

Pure functions of the ``Pass`` of one network: over all its layers, and for a single weight.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch

from models.diagnostics.statistics import euclidean_norm
from models.diagnostics.trend import trend
from models.history import History
from models.norms import EPSILON, NORMS
from models.passes import Pass

WEAKENED = 0.1  # and one that keeps less than this has become weaker
CULPRITS = ("activation", "weights", "norm", "skip")
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


@dataclass(frozen=True)
class Factor:
    """One factor of a gradient on its way back.

    Attributes:
        by: ``weights``, ``skip`` (both ways, see ``Ways``), ``activation`` or ``norm``.
        layer: the layer that it leads to, counted from 1.
        value: the factor.
    """

    by: str
    layer: int
    value: float


@dataclass(frozen=True, eq=False)
class Ways:
    """The two ways back from a layer that a skip leads past: through it, and past it.

    ``error_l = error_{l+1} + delta_{l+1} W_{l+1}^T``, and the mean of |error_l| is the mean of
    |error_{l+1}| times ``factor = past + through``: what each way adds where it is counted with the
    sign of both together. So a way that works against the other is negative.

    Attributes:
        there: [H] whether a skip leads past the layer after; else the others are NaN.
        factor: [H].
        past: [H] at most 1.
        through: [H].
    """

    there: np.ndarray
    factor: np.ndarray
    past: np.ndarray
    through: np.ndarray


@dataclass(frozen=True, eq=False)
class ChainFactors:
    """How a network's gradient comes about, layer by layer; layer ``l`` stands at ``l - 1``.

    A layer's *signal* is the mean of |dLoss_p / dz| over the points p and the layer's units (a
    Maxout unit's two pieces added up). From one layer to the one before it, two things happen:

        error_l  = mean |delta_{l+1} W_{l+1}^T| = weights_l * signal_{l+1}
        signal_l = mean |error_l * phi'(z_l)|   = activation_l * error_l

    so ``activation_l`` is a mean of |phi'(z_l)| in which each unit counts by the error that reaches
    it. In the mean absolute value, unlike in a root mean square, both hold exactly.

    Where a layer's pre-activations ``s`` are normalised, its signal is that of dLoss / ds, and the
    mean of |dLoss / dz| is multiplied by ``norm_l`` as well. Where a skip leads past layer l + 1,
    the error comes both ways: ``error_l = (past_l + through_l) * error_{l+1}``.

    Attributes:
        signal: [L].
        weights: [H] what the next layer's weights make of its signal; NaN where that is zero.
        activation: [H] mean |phi'(z)|, units counted by their error (alike where there is none).
        plain_slope: [H] mean |phi'(z)|, all units and points counted alike.
        gradient: [L] Frobenius norm of dLoss/dW, as in ``History.weight_gradient_norm``.
        answer: what comes before all of them, if the output keeps its slope.
        norm: [H] what the normalisation makes of mean |dLoss/dz|; NaN where that is zero; None
            where there is none.
        ways: where a skip leads past layers; None where none does.
    """

    signal: np.ndarray
    weights: np.ndarray
    activation: np.ndarray
    plain_slope: np.ndarray
    gradient: np.ndarray
    answer: AnswerSlope | None = None
    norm: np.ndarray | None = None
    ways: Ways | None = None

    def is_passed(self, layer: int) -> bool:
        """Whether a skip leads past layer 1 .. L."""
        return (
            self.ways is not None
            and 1 < layer < len(self.signal)
            and bool(self.ways.there[layer - 2])
        )

    def path(self, layer: int) -> list[Factor]:
        """All that the output's signal is multiplied by until it is that of a hidden layer.

        Past the layers in between where there is a way past them.
        """
        factors = []
        for at in range(len(self.weights), layer - 1, -1):
            factors.append(self._way_to(at))
            if at == layer or not self.is_passed(at):
                factors.append(Factor("activation", at, float(self.activation[at - 1])))
                if self.norm is not None:
                    factors.append(Factor("norm", at, float(self.norm[at - 1])))
        return factors

    def _way_to(self, layer: int) -> Factor:
        """What leads to a hidden layer's error."""
        if self.ways is not None and self.ways.there[layer - 1]:
            return Factor("skip", layer, float(self.ways.factor[layer - 1]))
        return Factor("weights", layer, float(self.weights[layer - 1]))

    @cached_property
    def error(self) -> np.ndarray:
        """[H] mean |dLoss_p / dh|."""
        errors, signal = np.zeros(len(self.weights)), self.signal
        for place in range(len(errors) - 1, -1, -1):
            way = self._way_to(place + 1)
            before = errors[place + 1] if way.by == "skip" else signal[place + 1]
            errors[place] = before * way.value if before else 0.0
        return errors

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

    @cached_property
    def product(self) -> np.ndarray:
        """[L] the output layer's signal times all factors down to each layer: the signal again."""
        paths = [self.path(layer) for layer in range(1, len(self.signal))]
        return np.array([*(_multiplied(self.signal[-1], path) for path in paths), self.signal[-1]])

    def products(self) -> dict[str, np.ndarray]:
        """[L] of each kind of factor that there is: all on the path to each layer, multiplied.

        And ``both``: those of all kinds.
        """
        kinds = ["activation", "weights"]
        kinds += ["norm"] if self.norm is not None else []
        kinds += ["skip"] if self.ways is not None else []
        found = {by: np.ones(len(self.signal)) for by in kinds}
        every = np.ones(len(self.signal))
        for layer in range(1, len(self.signal)):
            path = self.path(layer)
            every[layer - 1] = _multiplied(1.0, path)
            for each in path:
                found[each.by][layer - 1] *= each.value
        return {"both": every} | found


@dataclass(frozen=True)
class Multiplied(Factor):
    """One factor of a gradient on its way back, and what is left of the gradient after it.

    At the beginning there may be ``answer``, the answer's own slope, if it keeps one; at the end
    there is ``inputs``: how much more the first layer's inputs make of its signal than the last
    one's of its own.

    Attributes:
        left: the product of all factors so far.
    """

    left: float


def way_back(chain: ChainFactors) -> list[Multiplied]:
    """All that a gradient is multiplied by from the last layer to the first, in this order.

    The last product is ``chain.ratio``, times the answer's slope if that is the first factor; from
    a signal of exactly zero on, all are 0.
    """
    first = [Factor("answer", len(chain.signal), chain.answer.slope)] if chain.answer else []
    factors = first + chain.path(1)
    with np.errstate(divide="ignore", invalid="ignore"):
        factors.append(Factor("inputs", 1, float(chain.inputs[0] / chain.inputs[-1])))
    way, left = [], 1.0
    for each in factors:
        left = _multiplied(left, [each])
        way.append(Multiplied(each.by, each.layer, each.value, left))
    return way


def _multiplied(start: float, factors: Sequence[Factor]) -> float:
    """The product; from a zero on it is 0, whatever is unknown behind it."""
    for each in factors:
        start = start * each.value if start else 0.0
    return float(start)


def chain_factors(one: Pass, frame: int) -> ChainFactors:
    """The factors of a network's gradient at a frame of its pass."""
    with np.errstate(over="ignore", invalid="ignore"):  # of values that have outgrown their floats
        return _chain_factors(one, frame)


def _chain_factors(one: Pass, frame: int) -> ChainFactors:
    units = one.experiment.sizes[1:]
    signal = np.array(
        [np.abs(d[frame]).sum(1).mean() / n for d, n in zip(one.deltas, units, strict=True)]
    )
    weights, activation, plain, norm = [], [], [], []
    for layer, (error, slope) in enumerate(zip(one.errors, one.slopes, strict=True)):
        through, after = one.through(layer)[frame], signal[layer + 1]
        weights.append(np.abs(through).mean() / after if after else math.nan)
        reaches = np.abs(error[frame])
        weighted, alike = _mean_slopes(reaches, slope[frame])
        activation.append(weighted)
        plain.append(alike)
        before = weighted * reaches.mean()
        norm.append(signal[layer] / before if before else math.nan)
    gradient = [
        euclidean_norm(one.gradient(layer)[frame]) for layer in range(1, one.experiment.layers + 1)
    ]
    return ChainFactors(
        signal=signal,
        weights=np.array(weights),
        activation=np.array(activation),
        plain_slope=np.array(plain),
        gradient=np.array(gradient),
        answer=_answer_slope(one, frame),
        norm=np.array(norm) if one.norms else None,
        ways=_ways(one, frame) if one.experiment.skip else None,
    )


def _ways(one: Pass, frame: int) -> Ways:
    shape, hidden = one.experiment.shape, range(1, len(one.errors) + 1)
    there = np.array([shape.is_skipped(layer) for layer in hidden])
    factor, past, through = np.full((3, len(there)), math.nan)
    for place in np.flatnonzero(there).tolist():
        error, behind = one.errors[place][frame], one.errors[place + 1][frame]
        if before := np.abs(behind).mean():
            signs = np.sign(error)
            factor[place] = np.abs(error).mean() / before
            past[place] = (signs * behind).mean() / before
            through[place] = (signs * one.through(place)[frame]).mean() / before
    return Ways(there, factor, past, through)


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
    return float((share * sums).sum() / share.sum()), float(sums.mean())


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
    logits, labels = output.unit_logits(z), output.unit_labels(one.experiment.compared)
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
    "norm",
    "skip",
    "shared",
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
    = activation * weights * norm * skip``, of all factors on the path to the first layer.

    Attributes:
        kind: one of ``DAMAGES``. Without figures: ``none`` (no hidden layer), ``silent`` (the
            output sends no error back), ``dead`` (the signal is exactly zero from some layer on),
            ``unfed`` (the first layer's gradient is, all the same), ``uncompared`` (the last
            layer's is). A gradient that vanishes, and by what: ``activation``, ``weights``,
            ``both``, ``norm``, ``skip``, ``shared`` (between more of these), ``inputs``. Else
            ``weakened``, ``kept``, ``grown`` or ``exploding``; and level
            though the signal is not: it vanishes (``offset``) or explodes (``swollen``).
        activation: product of all activation factors; for ``dead`` that layer's own; else NaN.
        weights: product of all weights' factors; for ``dead`` that layer's own; else NaN.
        norm: of all normalisations' factors likewise; 1 without.
        skip: of all factors of layers that a skip leads past; 1 without.
        signal: the first layer's over the output's.
        inputs: the first layer's factor of the inputs over the last one's.
        ratio: the first layer's gradient over the last one's.
        layer: for ``dead``: the layer, from the output back, at which the signal becomes zero.
        by: for ``dead``: what made it so, ``activation``, ``weights``, ``norm`` or ``skip``.
    """

    kind: str
    activation: float = math.nan
    weights: float = math.nan
    norm: float = 1.0
    skip: float = 1.0
    signal: float = math.nan
    inputs: float = math.nan
    ratio: float = math.nan
    layer: int = 0
    by: str = ""


def damage(chain: ChainFactors) -> Damage:
    """What became of the gradient, and which of the factors took it, if one did."""
    if not len(chain.activation):
        return Damage("none")
    if not chain.signal[-1] > 0 or not np.isfinite(chain.signal).all():
        return Damage("silent")
    if chain.signal[0] == 0:
        end = _end(chain)
        own = float(chain.activation[end.layer - 1]), float(chain.weights[end.layer - 1])
        return Damage("dead", *own, layer=end.layer, by=end.by)
    if not chain.gradient[-1] > 0:
        return Damage("uncompared")
    if chain.gradient[0] == 0:
        return Damage("unfed")
    logs = {"activation": 0.0, "weights": 0.0, "norm": 0.0, "skip": 0.0}
    for each in chain.path(1):
        logs[each.by] += float(np.log(each.value))
    signal = float(chain.signal[0] / chain.signal[-1])
    found = Damage(
        "",
        activation=math.exp(logs["activation"]),
        weights=math.exp(logs["weights"]),
        norm=math.exp(logs["norm"]),
        skip=math.exp(logs["skip"]),
        signal=signal,
        inputs=chain.ratio / signal,
        ratio=chain.ratio,
    )
    kind = {"vanishing": _blamed, "level": _level, "exploding": lambda _: "exploding"}
    return replace(found, kind=kind[trend(chain.ratio)](found))


def _end(chain: ChainFactors) -> Factor:
    """The factor from which on nothing comes back to the first layer."""
    path = chain.path(1)
    for place in range(len(path)):
        if _multiplied(float(chain.signal[-1]), path[: place + 1]) == 0:
            return path[place]
    return path[-1]


def passed_layers(chain: ChainFactors) -> list[int]:
    """Layers without a gradient, from 1, past which an error goes all the same, by a skip."""
    errors = chain.error
    return [
        layer
        for layer in range(2, len(chain.signal))
        if chain.is_passed(layer) and chain.signal[layer - 1] == 0 and errors[layer - 2] > 0
    ]


def _blamed(found: Damage) -> str:
    """What took a gradient that vanishes, judged by orders of magnitude."""
    if math.log(found.inputs) / math.log(found.ratio) > BLAME_SHARE:
        return "inputs"
    whole = math.log(found.signal)
    shares = {by: math.log(getattr(found, by)) / whole for by in CULPRITS}
    worst = max(shares, key=shares.__getitem__)
    if shares[worst] > BLAME_SHARE:
        return worst
    return "both" if shares["norm"] == shares["skip"] == 0 else "shared"


def _level(found: Damage) -> str:
    """What a gradient is that neither vanishes nor explodes."""
    if found.ratio < WEAKENED:
        return "weakened"
    if found.ratio > 1 / WEAKENED:
        return "grown"
    return {"vanishing": "offset", "level": "kept", "exploding": "swollen"}[trend(found.signal)]


@dataclass(frozen=True)
class NormLink:
    """A normalisation in the chain of one weight, at one unit (Maxout: piece) and point.

    ``x = (s - mean) * inverse``, ``z = scale * x + shift``; back, with ``g = scale * dLoss/dz``,
    ``dLoss/ds = inverse * (g - mean_g - x * mean_gx)``, the means being over what is normalised.
    """

    s: float
    mean: float
    inverse: float
    x: float
    scale: float
    shift: float
    error: float  # dLoss / dz
    mean_g: float
    mean_gx: float


@dataclass(frozen=True)
class SkipLink:
    """What a skip adds to the value of one unit at one point, and what it adds to its error.

    Attributes:
        before: what is added to ``phi(z)``; None where nothing is.
        through: the part of the error that comes back through the layer after.
        past: and past it; None where there is no way past it.
    """

    before: float | None
    through: float
    past: float | None


@dataclass(frozen=True)
class WeightChain:
    """The chain rule for one weight and one point: every value forward, every one backward.

    ``z = x * w + rest + b``, ``h = phi(z)``; back: ``delta = error * slope``, ``dLoss/dw = x *
    delta``. The loss is this point's own. In the output layer phi is the output unit and ``h`` the
    hypothesis. Of a softmax's unit ``h`` is the probability of the label that it stands for, judged
    as if there were no other: both have the same cross-entropy.

    With a norm, ``s = x * w + rest + b`` is made ``z``, and ``delta`` is dLoss / ds; if over the
    points, of the sum of their losses, as is ``error``. With a skip, ``h`` may be more than
    ``phi(z)``.

    Attributes:
        source: which input of the layer, from 1.
        unit: which unit of the layer, from 1.
        x, w, rest, b, z, slope, h: the forward values; ``rest`` are the other inputs' products.
        error: dLoss_p / dh.
        delta: dLoss_p / dz.
        norm: how ``z`` is made of ``s``, in a layer that is normalised.
        skip: what goes past, in a hidden layer that a skip begins or ends at.
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
    norm: NormLink | None = None
    skip: SkipLink | None = None

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
    norm = skip = None
    if layer < one.experiment.layers:
        norm = _norm_link(one, frame, layer, point, column) if one.norms else None
        skip = _skip_link(one, frame, layer, point, unit - 1)
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
        norm=norm,
        skip=skip,
    )


def _norm_link(one: Pass, frame: int, layer: int, point: int, column: int) -> NormLink:
    kind, norm, place = NORMS[one.experiment.norm], one.norms[layer - 1], layer - 1
    slopes, scale = one.slopes[place][frame], norm.scale[frame].astype(np.float64)
    errors = np.tile(one.errors[place][frame], one.experiment.phi.pieces) * slopes
    own, x = scale * errors, norm.standard[frame]
    axis = kind.axis - 1  # a frame has no networks
    at = column if kind.over_points else point
    shared = (0, column) if kind.over_points else (point, 0)
    return NormLink(
        s=float(norm.given[frame, point, column]),
        mean=float(norm.mean[frame][shared]),
        inverse=float(norm.inverse[frame][shared]),
        x=float(x[point, column]),
        scale=float(scale[column]),
        shift=float(norm.shift[frame, column]),
        error=float(errors[point, column]),
        mean_g=float(own.mean(axis=axis)[at]),
        mean_gx=float((own * x).mean(axis=axis)[at]),
    )


def _skip_link(one: Pass, frame: int, layer: int, point: int, unit: int) -> SkipLink | None:
    shape, place = one.experiment.shape, layer - 1
    ends, begins = shape.is_skipped(place), shape.is_skipped(layer)
    if not (ends or begins):
        return None
    return SkipLink(
        before=float(one.inputs[place][frame, point, unit]) if ends else None,
        through=float(one.through(place)[frame, point, unit]),
        past=float(one.errors[layer][frame, point, unit]) if begins else None,
    )


@dataclass(frozen=True)
class Flat:
    """Where a layer's normalisation finds hardly any spread, so that epsilon alone divides.

    Attributes:
        layer: counted from 1.
        points: at which its units are all but equal, with layer norm; else empty.
        units: that are all but equal at all points, with batch norm; else 0.
    """

    layer: int
    points: tuple[int, ...] = ()
    units: int = 0


def flat_layers(one: Pass, frame: int) -> list[Flat]:
    """The layers in which a variance is below a hundredth of epsilon: there x is all but 0."""
    found = []
    for layer, norm in enumerate(one.norms, 1):
        variance = np.square(norm.inverse[frame]) ** -1 - EPSILON
        flat = np.flatnonzero(variance.ravel() < EPSILON / 100)
        if len(flat):
            over_points = NORMS[one.experiment.norm].over_points
            own = {"units": len(flat)} if over_points else {"points": tuple(flat.tolist())}
            found.append(Flat(layer, **own))
    return found
