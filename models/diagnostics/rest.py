"""A flat gradient that is no cure: most networks rest on a plateau, where every gradient fades."""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from models.diagnostics.fates import fates
from models.history import History

FAINT = 1e-2  # a gradient norm below this moves a weight by less than a thousandth at a rate of 0.1


@dataclass(frozen=True)
class FlatRest:
    """What most of a run's networks rest on, and how little gradient is left there.

    Attributes:
        plateau: its name, a key of the output's ``plateaus``.
        height: its loss.
        gradient: the largest of the layers' median gradient norms at the last step, over the
            networks that rest there.
    """

    plateau: str
    height: float
    gradient: float


def flat_rest(history: History) -> FlatRest | None:
    """The plateau that more than half of the networks rest on at the last step, with a gradient
    that is faint in every layer and spread less over the layers than at the start; else None.

    The gradient of such a run has become level because the last layers' has fallen, too: not
    because the first ones' has been restored.
    """
    found = fates(history)
    (fate, count), *_ = Counter(found.tolist()).most_common(1)
    plateaus = history.experiment.output_layer.plateaus
    if fate not in plateaus or count <= len(found) / 2:
        return None
    start, end = np.median(history.weight_gradient_norm[[0, -1]][:, :, found == fate], axis=2)
    if not 0 < end.max() < FAINT or _spread(end) >= _spread(start):
        return None
    return FlatRest(fate, plateaus[fate], float(end.max()))


def _spread(norms: np.ndarray) -> float:
    """The largest layer's norm over the smallest one's; infinite if that is zero."""
    return float(norms.max() / norms.min()) if norms.min() > 0 else np.inf
