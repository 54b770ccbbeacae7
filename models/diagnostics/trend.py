"""What becomes of a gradient on its way back through the layers, before the first step."""

import math

import numpy as np

from models.diagnostics.statistics import gradient_ratio
from models.history import History

FADED = 0.01  # a gradient that keeps less than this on its way to the first layer has faded
TRENDS = ("vanishing", "level", "exploding")


def trend(total: float) -> str:
    """One of ``TRENDS``, of the first layer's gradient (or signal) over the last one's.

    Vanishing below ``FADED``, exploding above its inverse; level where nothing is known (NaN).
    """
    if total < FADED:
        return "vanishing"
    return "exploding" if total > 1 / FADED else "level"


def gradient_trend(history: History) -> str:
    """One of ``TRENDS``, of a run's gradient before its first step; level without hidden layers.

    Where each of H layers multiplies both the signal on its way forward and the error on its way
    back by one factor g, every layer's gradient ``h_(l-1) delta_l`` is about ``g^H``: as large in
    the first layer as in the last, and yet it has exploded. So it is ``exploding``, too, where a
    weight's gradient is more than ``1 / FADED`` (``initial_size``).
    """
    if not history.experiment.depth:
        return "level"
    if initial_size(history) > 1 / FADED:
        return "exploding"
    return trend(gradient_ratio(history.weight_gradient_norm[0]))


def initial_norm(history: History) -> float:
    """The largest of the layers' median gradient norms before the first step; NaN: none is known.

    It is what the chart shows; ``initial_size`` is the same by the weight.
    """
    norms = history.weight_gradient_norm[0]
    known = norms[:, np.isfinite(norms).all(axis=0)]
    return float(np.median(known, axis=1).max()) if known.size else math.nan


def initial_size(history: History) -> float:
    """A weight's gradient before the first step: the median network's, in its largest layer.

    Root mean square over the layer's weights. Inputs are of size 1 at most, as is the delta of a
    sigmoid under cross-entropy: what is far above 1 has grown on its way through the layers. NaN
    where no network's is known.
    """
    experiment = history.experiment
    sizes = np.array(experiment.sizes, dtype=float)
    weights = sizes[:-1] * sizes[1:] * ([experiment.phi.pieces] * experiment.depth + [1])
    largest = (history.weight_gradient_norm[0] / np.sqrt(weights)[:, None]).max(axis=0)
    known = largest[~np.isnan(largest)]
    return float(np.median(known)) if len(known) else math.nan
