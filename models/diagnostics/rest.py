"""Networks at rest: solved, or moved by no further step, or on a plateau with a flat gradient."""

import itertools
from collections import Counter
from dataclasses import dataclass

import numpy as np

from models.diagnostics.fates import fates, unclipped_share
from models.diagnostics.remedies import LONGER
from models.diagnostics.size import first_sizes
from models.diagnostics.statistics import quartiles
from models.experiment import Experiment
from models.history import History

FAINT = 1e-2  # a gradient norm below this moves a weight by less than a thousandth at a rate of 0.1
FALLEN = 0.1  # of the start's: a gradient below this has visibly fallen
LITTLE = 0.1  # of the targets' distance: an answer nearer to its own is nearly right
FAR = 0.1  # of its first weights' norm: a layer that moves so far may be elsewhere
NEAR = 0.005  # of a plateau's height: a loss so near it rests there


@dataclass(frozen=True)
class FlatRest:
    """What most of a run's networks rest on, and how little gradient is left there.

    Attributes:
        plateau: its name, a key of the experiment's ``plateaus``.
        height: its loss.
        gradient: the largest of the layers' median gradient norms at the last step, over the
            networks that rest there.
        since: the place among the logged steps from which on it is so.
    """

    plateau: str
    height: float
    gradient: float
    since: int


def flat_rest(history: History) -> FlatRest | None:
    """The plateau that more than half of the networks rest on at the last step, with a gradient
    that is faint in every layer and spread less over the layers than at the start; else None.

    The gradient of such a run has become level because the last layers' has fallen, too: not
    because the first ones' has been restored.
    """
    found = fates(history)
    (fate, count), *_ = Counter(found.tolist()).most_common(1)
    plateaus = history.experiment.plateaus
    if fate not in plateaus or count <= len(found) / 2:
        return None
    resting, height = found == fate, plateaus[fate]
    norms = np.median(history.weight_gradient_norm[:, :, resting], axis=2)
    largest, spread = norms.max(axis=1), _spread(norms)
    flat = (largest > 0) & (largest < FAINT) & (spread < spread[0])
    near = np.abs(np.median(history.loss[:, resting], axis=1) - height) < NEAR
    near[-1] = True  # its fate says so
    since = _lasting(flat & near)
    return None if since is None else FlatRest(fate, height, float(largest[-1]), since)


def solved_since(history: History) -> int | None:
    """The place among the logged steps from which on at least half of the networks have solved it
    with little error left, and the gradient, the median as it is drawn, has fallen in every layer;
    else None. What is sent back is the error.
    """
    solved = (history.steps_to_solve <= history.steps[:, None]).mean(axis=1) >= 1 / 2
    output, task = history.experiment.output_layer, history.experiment.task
    errors = np.abs(history.hypothesis - output.target(task.labels).numpy()[:, None]).mean(axis=1)
    low, high = output.targets
    solved &= (errors < LITTLE * (high - low)).mean(axis=1) >= 1 / 2
    norms = history.weight_gradient_norm
    medians = quartiles(np.where(norms > 0, norms, np.nan))[1]
    drawn = np.nan_to_num(medians).max(axis=1)
    return _lasting(solved & (drawn < FALLEN * drawn[0]))


def _lasting(holds: np.ndarray) -> int | None:
    """From which place on something holds to the end."""
    if not holds[-1]:
        return None
    return int(len(holds) - np.argmin(holds[::-1])) if not holds.all() else 0


def stands_still(history: History) -> np.ndarray:
    """[E] whether it tells no points apart, and every layer's step is too small to be taken.

    A step that is less than half the spacing of floats at a weight is lost when it is added. Here
    the step's norm is held against that spacing at the norm of the layer's first weights, from
    which such a network has hardly moved. Adam's steps do not grow with the gradient, those of a
    batch not with that of all points, and decay moves weights without any: never.
    """
    experiment = history.experiment
    spacing = np.finfo(experiment.dtype).eps / 2
    lost = (_way(history, steps=1) < spacing * _start_norms(experiment)).all(axis=0)
    by_gradient = experiment.reach and experiment.batch is None and not experiment.weight_decay
    return lost & (fates(history) == "constant") & bool(by_gradient)


def may_leave(history: History) -> np.ndarray:
    """[E] whether it tells no points apart, and yet, in ten times as many steps, what is left of
    its gradient would move the weights of some layer far: so it rests, but not for good.

    Never where steps do not grow with the gradient.
    """
    way = _way(history, LONGER * int(history.steps[-1]))
    far = (way > FAR * _start_norms(history.experiment)).any(axis=0)
    return far & (fates(history) == "constant")


def _way(history: History, steps: int) -> np.ndarray:
    """[L, E] how far so many steps by the last gradient lead, where they grow with it, else 0."""
    experiment, norms = history.experiment, history.weight_gradient_norm[-1]
    rate = experiment.reach * experiment.learning_rate
    return steps * rate * unclipped_share(history) * norms


def _start_norms(experiment: Experiment) -> np.ndarray:
    """[L, 1] norms of the layers' first weights: root mean squares, if they are drawn."""
    weights = [n * m for n, m in itertools.pairwise(experiment.sizes)]
    return (np.array(first_sizes(experiment)) * np.sqrt(weights))[:, None]


def _spread(norms: np.ndarray) -> np.ndarray:
    """[T] the largest layer's norm over the smallest one's; infinite if that is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(norms.min(axis=1) > 0, norms.max(axis=1) / norms.min(axis=1), np.inf)
