"""Figures read off a run: rates with their interval, gradient ratios, plateaus, saturation.

Pure functions of a ``History``, of its arrays, or of the ``Pass`` of one of its networks.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch

from models.datasets import XOR_LABELS
from models.experiment import Experiment
from models.history import History
from models.passes import Pass, network_pass
from models.theory import PLATEAUS

NORMAL_95 = 1.959963984540054  # the 97.5 % point of the standard normal distribution
SATURATED_SHARE = 0.01
PLATEAU_TOLERANCE = 0.005
PLATEAU_SHARE = 0.1
FADED = 0.01  # a gradient that keeps less than this on its way to the first layer has faded
WEAKENED = 0.1  # and one that keeps less than this has become weaker
BLAME_SHARE = 2 / 3  # of the orders of magnitude, to be called the one cause


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """95 % interval of a rate (Wilson 1927): honest also at 0 of n and n of n.

    Raises:
        ValueError: no trials, or more successes than trials.
    """
    if not 0 <= successes <= trials or not trials:
        raise ValueError(f"{successes} successes of {trials} trials have no interval")
    rate, z2 = successes / trials, NORMAL_95**2
    center = rate + z2 / (2 * trials)
    spread = NORMAL_95 * math.sqrt(rate * (1 - rate) / trials + z2 / (4 * trials**2))
    low, high = ((center + side * spread) / (1 + z2 / trials) for side in (-1, 1))
    return (0.0 if successes == 0 else low), (1.0 if successes == trials else high)


def gradient_ratio(norms: np.ndarray) -> float:
    """Median over networks of the first layer's gradient norm over the last layer's.

    ``norms [L, E]``. Networks whose last layer gets no gradient have no ratio; if none has: NaN.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = norms[0] / norms[-1]
    ratio = ratio[np.isfinite(ratio)]
    return float(np.median(ratio)) if len(ratio) else math.nan


def shrink_per_layer(norms: np.ndarray) -> float:
    """Factor by which the gradient norm changes per layer towards the input, median over networks.

    Least squares of the log norm on the layer, for each network of ``norms [L, E]`` whose norms are
    all positive. NaN with fewer than two layers or no such network.
    """
    layers = len(norms)
    usable = norms[:, np.all(norms > 0, axis=0) & np.all(np.isfinite(norms), axis=0)]
    if layers < 2 or not usable.shape[1]:
        return math.nan
    centered = np.arange(layers) - (layers - 1) / 2
    slopes = centered @ np.log(usable) / (centered @ centered)
    return float(np.exp(-np.median(slopes)))


def quartiles(values: np.ndarray) -> np.ndarray:
    """[3, ...] lower quartile, median and upper quartile over the last axis, NaN left out.

    Between a number and infinity it is infinity, between two infinities NaN.
    """
    known = np.sum(~np.isnan(values), axis=-1)
    ordered = np.sort(values, axis=-1)  # NaN last
    result = []
    for share in (0.25, 0.5, 0.75):
        place = share * np.maximum(known - 1, 0)
        below = np.floor(place).astype(int)
        above = np.minimum(below + 1, np.maximum(known - 1, 0))
        low = np.take_along_axis(ordered, below[..., None], -1)[..., 0]
        high = np.take_along_axis(ordered, above[..., None], -1)[..., 0]
        part = place - below
        with np.errstate(invalid="ignore"):
            result.append(np.where(part > 0, low + (high - low) * part, low))
    return np.stack(result)


def plateaus_of(steps: np.ndarray, loss: np.ndarray) -> list[str]:
    """Which plateaus of the XOR loss a curve sits on: near one for a tenth of the run or more.

    ``steps [T]``, ``loss [T]``. Returns keys of ``PLATEAUS``, the highest first.
    """
    if len(steps) < 2:
        return []
    spans = np.diff(steps)
    found = []
    for name, height in PLATEAUS.items():
        near = np.abs(loss - height) < PLATEAU_TOLERANCE
        if spans[near[1:] & near[:-1]].sum() >= PLATEAU_SHARE * steps[-1]:
            found.append(name)
    return found


def representative_networks(history: History) -> dict[str, int]:
    """The network with the median final loss (``typical``), the lowest and the highest."""
    order = np.argsort(history.loss[-1], kind="stable")  # NaN, the diverged, last
    return {
        "typical": int(order[(len(order) - 1) // 2]),
        "best": int(order[0]),
        "worst": int(order[-1]),
    }


def saturated_share(history: History, frame: int) -> float:
    """Share of all networks' pre-activations where the slope is under 1 % of its maximum.

    From the histogram: a bin counts as saturated if the slope at its middle is that small; NaN for
    networks without hidden layers, for Maxout, whose winning piece always has slope 1, and if all
    networks diverged.
    """
    experiment, edges = history.experiment, history.pre_activation_edges
    if experiment.depth == 0 or experiment.phi.pieces > 1:
        return math.nan
    step = edges[1] - edges[0]
    middles = np.concatenate([edges - step / 2, [edges[-1] + step / 2]])
    slopes = np.abs(slope_curve(experiment, middles))
    counts = history.pre_activation_counts[frame].sum(axis=1)
    if not counts.sum():
        return math.nan
    return float(counts[slopes < saturation_slope(experiment)].sum() / counts.sum())


def saturation_slope(experiment: Experiment) -> float:
    """The slope under which a unit counts as saturated: 1 % of the activation's steepest."""
    return SATURATED_SHARE * float(np.abs(slope_curve(experiment, np.linspace(-8, 8, 1601))).max())


def value_curve(experiment: Experiment, z: np.ndarray) -> np.ndarray:
    """The activation at ``z``; Maxout with its second piece held at 0."""
    return _curve(experiment, z, derivative=False)


def slope_curve(experiment: Experiment, z: np.ndarray) -> np.ndarray:
    """The activation's derivative at ``z``; Maxout with its second piece held at 0."""
    return _curve(experiment, z, derivative=True)


def _curve(experiment: Experiment, z: np.ndarray, derivative: bool) -> np.ndarray:
    phi, points = experiment.phi, torch.as_tensor(z, dtype=torch.float64)
    if phi.pieces > 1:
        points = torch.stack([points, torch.zeros_like(points)], dim=-1)
    function = phi.derivative if derivative else phi.function
    values = function(points, experiment.activation_parameter)
    return (values[..., 0] if phi.pieces > 1 else values).numpy()


def kept_network_like(history: History, network: int) -> int:
    """The network itself if its parameters were kept, else the kept one nearest in final loss."""
    if network in history.kept:
        return network
    losses = history.loss[-1]
    apart = np.abs(losses[history.kept] - losses[network])
    if np.isnan(apart).all():
        return int(history.kept[0])
    return int(history.kept[np.nanargmin(apart)])


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
    """

    signal: np.ndarray
    weights: np.ndarray
    activation: np.ndarray
    plain_slope: np.ndarray
    gradient: np.ndarray

    @property
    def product(self) -> np.ndarray:
        """[L] the output layer's signal times all factors down to each layer: the signal again."""
        running = [self.signal[-1]]
        for weights, activation in zip(self.weights[::-1], self.activation[::-1], strict=True):
            running.append(running[-1] * weights * activation if running[-1] else 0.0)
        return np.array(running[::-1])


def chain_factors(one: Pass, frame: int) -> ChainFactors:
    """The factors of a network's gradient at a frame of its pass."""
    units = [one.experiment.width] * one.experiment.depth + [1]
    signal = np.array(
        [np.abs(d[frame]).sum(1).mean() / n for d, n in zip(one.deltas, units, strict=True)]
    )
    weights, activation, plain = [], [], []
    for layer, (error, slope) in enumerate(zip(one.errors, one.slopes, strict=True)):
        reaches = np.abs(error[frame])
        slopes = np.abs(slope[frame]).reshape(len(reaches), -1, reaches.shape[1]).sum(axis=1)
        after = signal[layer + 1]
        weights.append(reaches.mean() / after if after else math.nan)
        # Relative to the largest: the products of two numbers of 1e-200 would be 0.
        top = reaches.max()
        share = reaches / top if top else np.ones_like(reaches)
        activation.append((share * slopes).sum() / share.sum())
        plain.append(slopes.mean())
    gradient = [_norm(one.gradient(layer)[frame]) for layer in range(1, one.experiment.layers + 1)]
    return ChainFactors(signal, *map(np.array, (weights, activation, plain, gradient)))


def _norm(values: np.ndarray) -> float:
    """Root of the sum of squares, right also where the squares would leave the range of floats."""
    largest = np.abs(values).max()
    return float(largest * np.linalg.norm(values / largest)) if largest > 0 else float(largest)


@dataclass(frozen=True)
class Damage:
    """What became of the gradient between the output and the first layer, and by what.

    Attributes:
        kind: ``none`` (no hidden layer), ``silent`` (the output sends no error back), ``dead``
            (exactly zero from some layer on), ``activation``, ``weights`` or ``both`` (faded, and
            by what), ``weakened``, ``kept``, or ``grown``.
        activation: product of all activation factors; for ``dead`` that layer's own; else NaN.
        weights: product of all weights' factors; for ``dead`` that layer's own; else NaN.
        total: the first layer's signal over the output's.
        layer: for ``dead``: the layer, from the output back, at which the signal becomes zero.
    """

    kind: str
    activation: float = math.nan
    weights: float = math.nan
    total: float = math.nan
    layer: int = 0


def damage(chain: ChainFactors) -> Damage:
    """Which of the factors took the gradient away, judged by their orders of magnitude."""
    if not len(chain.activation):
        return Damage("none")
    if not chain.signal[-1] > 0 or not np.isfinite(chain.signal).all():
        return Damage("silent")
    total = float(chain.signal[0] / chain.signal[-1])
    if total == 0:
        place = int(np.flatnonzero(chain.signal == 0)[-1])
        own = float(chain.activation[place]), float(chain.weights[place])
        return Damage("dead", *own, total=0.0, layer=place + 1)
    logs = np.log([chain.activation, chain.weights]).sum(axis=1)
    if WEAKENED <= total <= 1 / WEAKENED:
        kind = "kept"
    elif total > 1:
        kind = "grown"
    elif total >= FADED:
        kind = "weakened"
    else:
        share = logs[0] / logs.sum()
        kind = "activation" if share > BLAME_SHARE else "weights"
        if 1 - BLAME_SHARE <= share <= BLAME_SHARE:
            kind = "both"
    return Damage(kind, *map(float, np.exp(logs)), total)


@dataclass(frozen=True)
class WeightChain:
    """The chain rule for one weight and one point: every value forward, every one backward.

    ``z = x * w + rest + b``, ``h = phi(z)``; back: ``delta = error * slope``, ``dLoss/dw = x *
    delta``. The loss is this point's own. In the output layer phi is the sigmoid and ``h`` the
    hypothesis.

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
    """The chain of a weight of layer 1 .. L at one of the four points.

    ``unit`` and ``source`` count from 1; 0 stands for the one with the largest ``delta`` or input.
    Of a Maxout unit it is the piece that wins at this point.
    """
    place = layer - 1
    x, z = one.inputs[place][frame, point], one.z[place][frame, point]
    delta = one.deltas[place][frame, point]
    hidden = layer < one.experiment.layers
    units = one.experiment.width if hidden else 1
    if not unit:
        unit = int(np.argmax(np.abs(delta).reshape(-1, units).sum(axis=0))) + 1
    if not source:
        source = int(np.argmax(np.abs(x))) + 1
    column = unit - 1 + units * int(np.argmax(z[unit - 1 :: units]))
    weights = one.weights[place][frame, :, column].astype(np.float64)
    products = x * weights
    if hidden:
        slope, error = one.slopes[place][frame, point, column], one.errors[place][frame, point]
        h, error = one.inputs[layer][frame, point, unit - 1], error[unit - 1]
    else:
        p, q = torch.sigmoid(torch.tensor([z[0], -z[0]])).tolist()
        slope, h = p * q, p
        right, sign = (p, -1.0) if XOR_LABELS[point] else (q, 1.0)
        error = sign / right if right else sign * math.inf  # an answer that is surely wrong
    return WeightChain(
        source=source,
        unit=unit,
        x=float(x[source - 1]),
        w=float(weights[source - 1]),
        rest=float(np.delete(products, source - 1).sum()),
        b=float(one.biases[place][frame, column]),
        z=float(z[column]),
        slope=float(slope),
        h=float(h),
        error=float(error),
        delta=float(delta[column]),
    )


@dataclass(frozen=True, eq=False)
class Health:
    """A network's layers over time; arrays are [F, L], NaN where there is nothing to say.

    Attributes:
        steps: [F].
        gradient: Frobenius norm of dLoss/dW.
        saturated: share of a hidden layer's units, over the four points, with |phi'(z)| under 1 %
            of its maximum; not for Maxout, where a piece always wins with slope 1.
        dead: share of a hidden layer's units whose output is zero for all four points.
        update: how far a step moves the weights, as a share of their norm. For gradient descent
            that of this very step; for the others, whose memory is not kept, the way from this
            frame to the next over the steps between them.
        spread: standard deviation of the pre-activations over units and points.
    """

    steps: np.ndarray
    gradient: np.ndarray
    saturated: np.ndarray
    dead: np.ndarray
    update: np.ndarray
    spread: np.ndarray


def layer_health(history: History, network: int) -> Health:
    """Every figure of every layer of a kept network, at every frame.

    Raises:
        KeyError: the network's parameters were not kept.
    """
    one, experiment = network_pass(history, network), history.experiment
    unknown = ~one.known[:, None]

    def table(columns: list[np.ndarray]) -> np.ndarray:
        rows = np.full((len(one.steps), experiment.layers), np.nan)
        if columns:
            rows[:, : len(columns)] = np.stack(columns, axis=1)
        rows[np.broadcast_to(unknown, rows.shape)] = np.nan
        return rows

    limit = saturation_slope(experiment)
    gradient = history.weight_gradient_norm[history.frame_places, :, network]
    saturated = [(np.abs(slope) < limit).mean(axis=(1, 2)) for slope in one.slopes]
    dead = [(hidden == 0).all(axis=1).mean(axis=1) for hidden in one.inputs[1:]]
    with np.errstate(invalid="ignore", over="ignore"):
        spread = [z.std(axis=(1, 2)) for z in one.z]
    return Health(
        steps=one.steps,
        gradient=gradient,
        saturated=table([] if experiment.phi.pieces > 1 else saturated),
        dead=table(dead),
        update=table(_update_shares(one, gradient)),
        spread=table(spread),
    )


def _update_shares(one: Pass, gradient: np.ndarray) -> list[np.ndarray]:
    """L arrays [F]: the norm of a step's move of the weights over the norm of the weights."""
    spans, columns = np.diff(one.steps), []
    for layer, weights in enumerate(one.weights):
        norms = np.sqrt(np.square(weights, dtype=np.float64).sum(axis=(1, 2)))
        if one.experiment.optimizer == "sgd":
            moves = one.experiment.learning_rate * gradient[:, layer]
        else:
            moves = np.full(len(norms), np.nan)
            way = np.diff(weights.astype(np.float64), axis=0)
            moves[:-1] = np.sqrt(np.square(way).sum(axis=(1, 2))) / spans
            moves[:-1][~one.known[1:]] = np.nan  # where it went is not on record
        with np.errstate(divide="ignore", invalid="ignore"):
            columns.append(np.where(norms > 0, moves / norms, np.nan))
    return columns


@dataclass(frozen=True, eq=False)
class PointsView:
    """The four points as a layer hands them on, in units of their root mean square length.

    Attributes:
        coordinates: [4, 2] about their centre: the two outputs of a layer of width 2, else the two
            directions in which the points differ most (principal components).
        spread: root mean square distance from the centre: 0, all points are one; 1, nothing in
            common; NaN, the values have outgrown their numbers.
        explained: share of the squared distances that the two coordinates show.
        silent: whether the layer's output is zero for all four points (not so if it is unknown).
    """

    coordinates: np.ndarray
    spread: float
    explained: float
    silent: bool


def points_views(one: Pass, frame: int) -> list[PointsView]:
    """How the inputs (first) and every hidden layer see the four points at a frame."""
    return [_points_view(hidden[frame]) for hidden in one.inputs]


def _points_view(hidden: np.ndarray) -> PointsView:
    size = _norm(hidden) / math.sqrt(len(hidden))
    if not size or not math.isfinite(size):
        spread = 0.0 if size == 0 else math.nan
        return PointsView(np.zeros((len(hidden), 2)), spread, 1.0, size == 0)
    centered = (hidden - hidden.mean(axis=0)) / size
    if hidden.shape[1] <= 2:
        coordinates = np.pad(centered, ((0, 0), (0, 2 - hidden.shape[1])))
    else:
        left, lengths, _ = np.linalg.svd(centered, full_matrices=False)
        coordinates = left[:, :2] * lengths[:2]
        # A component has no sign of its own: the point that lies furthest out is put to the right.
        furthest = np.argmax(np.abs(coordinates), axis=0)
        coordinates = coordinates * np.where(coordinates[furthest, [0, 1]] < 0, -1, 1)
    squares = float(np.square(centered).sum())
    return PointsView(
        coordinates=coordinates,
        spread=math.sqrt(squares / len(hidden)),
        explained=float(np.square(coordinates).sum()) / squares if squares else 1.0,
        silent=False,
    )
