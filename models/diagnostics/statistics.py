"""Figures of many networks: rates with their interval, gradient ratios, plateaus, saturation.

Pure functions of a ``History`` or of its arrays.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from models.experiment import Experiment
from models.history import History
from models.norms import NO_NORM

NORMAL_95 = 1.959963984540054  # the 97.5 % point of the standard normal distribution
SATURATED_SHARE = 0.01
PLATEAU_TOLERANCE = 0.005
PLATEAU_SHARE = 0.1


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


def median_interval(values: np.ndarray) -> tuple[float, float]:
    """95 % interval of the median of what ``values [E]`` were drawn from, whatever that is.

    From the k-th smallest value to the k-th largest, with the largest k for which the median of any
    distribution lies outside in at most 5 % of draws (sign test; Thompson 1936). NaN of fewer than
    six values, which say too little, or where some are NaN.
    """
    count, below, rank = len(values), 0, 0
    while (below := below + math.comb(count, rank)) <= 0.025 * 2**count:
        rank += 1
    if not rank or np.isnan(values).any():
        return math.nan, math.nan
    ordered = np.sort(values)
    return float(ordered[rank - 1]), float(ordered[-rank])


def gradient_ratio(norms: np.ndarray) -> float:
    """Median over networks of their ``gradient_ratios``; if none has one: NaN."""
    ratios = gradient_ratios(norms)
    return float(np.median(ratios)) if len(ratios) else math.nan


def gradient_ratios(norms: np.ndarray) -> np.ndarray:
    """Of each network the first layer's gradient norm over the last layer's.

    ``norms [L, E]``. Networks whose last layer gets no gradient have no ratio, and are left out.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = norms[0] / norms[-1]
    return np.asarray(ratios[np.isfinite(ratios)])


def shrink_per_layer(norms: np.ndarray) -> float:
    """Factor by which the gradient norm changes per layer towards the input, median over networks.

    That of their ``log_factors``. NaN with fewer than two layers or no network that has one.
    """
    logs = log_factors(norms)
    return float(np.exp(np.median(logs))) if len(logs) else math.nan


def log_factors(norms: np.ndarray) -> np.ndarray:
    """Of each network the logarithm of the factor per layer towards the input.

    Least squares of the log norm on the layer, for each network of ``norms [L, E]`` whose norms are
    all positive; the others are left out, and all with fewer than two layers.
    """
    layers = len(norms)
    if layers < 2:
        return np.empty(0)
    usable = norms[:, np.all(norms > 0, axis=0) & np.all(np.isfinite(norms), axis=0)]
    centered = np.arange(layers) - (layers - 1) / 2
    return np.asarray(-(centered @ np.log(usable)) / (centered @ centered))


def compared_layers(experiment: Experiment, norms: np.ndarray) -> np.ndarray:
    """Of ``norms [L, E]`` those of the layers that one factor leads through, to ask for it.

    All of them; with norms or skips without the last one, whose inputs no slope made small, and
    whose own gradient is therefore larger by a step that is no layer's factor.
    """
    other = experiment.norm != NO_NORM or experiment.skip
    return norms[:-1] if other and experiment.depth > 1 else norms


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


def plateaus_of(steps: np.ndarray, loss: np.ndarray, plateaus: Mapping[str, float]) -> list[str]:
    """Which ``plateaus`` a loss curve sits on: near one for a tenth of the run or more.

    ``steps [T]``, ``loss [T]``, heights by name. Returns names, in the order of ``plateaus``.
    """
    if len(steps) < 2:
        return []
    spans = np.diff(steps)
    found = []
    for name, height in plateaus.items():
        near = np.abs(loss - height) < PLATEAU_TOLERANCE
        if spans[near[1:] & near[:-1]].sum() >= PLATEAU_SHARE * steps[-1]:
            found.append(name)
    return found


def representative_networks(history: History, among: Sequence[int]) -> dict[str, int]:
    """Of some networks that with the lowest final loss, with the highest, and the ``typical`` one.

    That is the one nearest by rank to the median of all networks, of those that solved it if the
    median one did, else of the others.
    """
    ranks = np.argsort(np.argsort(history.loss[-1], kind="stable"))  # NaN, the diverged, last
    places = np.argsort(ranks[list(among)])
    middle = (len(ranks) - 1) // 2
    solved = history.solved
    other = solved != solved[ranks == middle]
    return {
        "typical": min(among, key=lambda network: (other[network], abs(ranks[network] - middle))),
        "best": among[places[0]],
        "worst": among[places[-1]],
    }


def median_gradient_network(history: History, among: Sequence[int]) -> int:
    """Of some networks the one whose gradient before training is nearest the medians of all.

    Nearest in all its layers together: by the sum over the layers of the squared distance between
    the logarithms of its norm and of the median norm. A layer that gets none is infinitely far.
    """
    norms = history.weight_gradient_norm[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = np.log(norms[:, list(among)] / quartiles(norms)[1, :, None])
    distance = np.nan_to_num(np.square(distance).sum(axis=0), nan=np.inf, posinf=np.inf)
    return among[int(np.argmin(distance))]


def kept_by_all(histories: Sequence[History]) -> list[int]:
    """The networks whose parameters every run kept: runs of larger networks keep fewer of them."""
    return sorted(set.intersection(*(set(history.kept.tolist()) for history in histories)))


def born_dead(history: History) -> np.ndarray:
    """[E] whether some layer's gradient is exactly zero for all points, before the first step.

    A ReLU network is born dead if each of the points other than the origin meets a hidden layer
    whose units are all off. The origin cannot help: the first layer's gradient is a multiple of the
    point.
    """
    return (history.weight_gradient_norm[0] == 0).any(axis=0)


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
    slopes = np.abs(experiment.phi.slope_curve(middles, experiment.activation_parameter))
    counts = history.pre_activation_counts[frame].sum(axis=1)
    if not counts.sum():
        return math.nan
    return float(counts[slopes < saturation_slope(experiment)].sum() / counts.sum())


def saturation_slope(experiment: Experiment) -> float:
    """The slope under which a unit counts as saturated: 1 % of the activation's steepest."""
    z = np.linspace(-8, 8, 1601)
    slopes = experiment.phi.slope_curve(z, experiment.activation_parameter)
    return SATURATED_SHARE * float(np.abs(slopes).max())


def euclidean_norm(values: np.ndarray) -> float:
    """Root of the sum of squares, right also where the squares would leave the range of floats."""
    largest = np.abs(values).max()
    return float(largest * np.linalg.norm(values / largest)) if largest > 0 else float(largest)
