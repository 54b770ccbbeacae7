"""Why networks failed, by name, and what may help them: one table, to which a cause is a row."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from models.diagnostics import remedies as cures
from models.diagnostics.fates import fates
from models.diagnostics.rest import stands_still
from models.diagnostics.trend import gradient_trend
from models.experiment import Experiment, initial_parameters
from models.history import History

ENOUGH = 0.5  # of the networks solved it: nothing to remedy
LOST = ("dead", "diverged", "undefined")


@dataclass(frozen=True)
class Cause:
    """One reason for which networks fail.

    Attributes:
        met: [E] which networks of a run meet it, whatever else they meet.
        remedies: what changes this and as little else as can be, the most direct first.
        lasting: whether it holds whatever the number of steps.
    """

    met: Callable[[History], np.ndarray]
    remedies: Callable[[Experiment], Iterator[Experiment]]
    lasting: bool = False


def _undefined(history: History) -> np.ndarray:
    return fates(history) == "undefined"


def _linear(history: History) -> np.ndarray:
    """Layers that do not bend are one linear layer: one line, and no line parts XOR's points
    (Minsky & Papert 1969).
    """
    experiment = history.experiment
    straight = not experiment.depth or experiment.activation == "identity"
    return _all(history, straight and not experiment.task.is_separable)


def _symmetric(history: History) -> np.ndarray:
    """Units that begin alike get the same gradient, and are one unit for ever."""
    return _all(history, _units_alike(history.experiment))


@lru_cache(maxsize=256)
def _units_alike(experiment: Experiment) -> bool:
    """Whether in some layer of several units all have the same weights, from and to others."""
    if experiment.start is None and any(
        experiment.distribution.variance(*fan) for fan in itertools.pairwise(experiment.sizes)
    ):
        return False  # drawn numbers differ
    layers = initial_parameters(experiment, [0])
    for (weight, bias), (after, _), units in zip(
        layers, layers[1:], experiment.widths, strict=False
    ):
        into = torch.cat([bias[0, None], weight[0]]).unflatten(1, (-1, units)).flatten(0, 1)
        beside = torch.cat([into.T, after[0]], dim=1)  # [units, ...] all that is a unit's own
        if units > 1 and bool((beside == beside[:1]).all()):
            return True
    return False


def _born_dead(history: History) -> np.ndarray:
    """Some layer passed no error back before the first step."""
    return (fates(history) == "dead") & history.dead[0]


def _exploding(history: History) -> np.ndarray:
    """Signal and gradient grow on their way through the layers, beyond what a rate makes good."""
    return _too_large(history) & (gradient_trend(history) == "exploding")


def _too_large(history: History) -> np.ndarray:
    """Diverged, or died while trained: one step went too far."""
    return np.isin(fates(history), ("diverged", "dead"))


def _vanished(history: History) -> np.ndarray:
    """No two points told apart, and the first layer began with too little gradient to learn by.

    Its steps are in proportion to that, but Adam's are not.
    """
    fading = gradient_trend(history) == "vanishing" and history.experiment.reach > 0
    return (fates(history) == "constant") & fading


def _plateau(history: History) -> np.ndarray:
    """Came to rest for another reason."""
    return np.isin(fates(history), tuple(history.experiment.plateaus))


def _learning(history: History) -> np.ndarray:
    """Still on its way."""
    return fates(history) == "learning"


def _all(history: History, is_met: bool) -> np.ndarray:
    return np.full(history.experiment.networks, is_met)


CAUSES = {
    "undefined": Cause(_undefined, cures.sigmoid_output),
    "linear": Cause(_linear, cures.bend, lasting=True),
    "symmetric": Cause(_symmetric, cures.different_units, lasting=True),
    "born_dead": Cause(_born_dead, cures.another_start),
    "exploding": Cause(_exploding, cures.fitting_size),
    "too_large": Cause(_too_large, cures.smaller_steps),
    "vanished": Cause(_vanished, cures.larger_gradient),
    "plateau": Cause(_plateau, cures.faster),
    "learning": Cause(_learning, cures.longer),
}
"""Of the causes that a network meets, the first is the one that it failed for."""
FAILURES = tuple(CAUSES)


def failure_cause(history: History) -> str:
    """Why most of the networks that failed did; of some that failed, one of ``FAILURES``."""
    failed, causes = ~history.solved, np.full(history.experiment.networks, "", dtype=object)
    for name, cause in CAUSES.items():
        causes[(causes == "") & failed & cause.met(history)] = name
    return Counter(causes[failed].tolist()).most_common(1)[0][0]


def remedies(history: History) -> list[Experiment]:
    """What to try where fewer than half of the networks solved it, the most direct remedy first.

    Returns:
        Experiments, none of them the run itself; empty where half or more solved it. That they help
        is likely, not certain: train them.
    """
    experiment = history.experiment
    if history.solved.sum() >= ENOUGH * experiment.networks:
        return []
    found = dict.fromkeys(CAUSES[failure_cause(history)].remedies(experiment))
    return [remedy for remedy in found if remedy != experiment]


def is_final(history: History) -> bool:
    """Whether most of the networks that failed would have, in however many steps.

    They are lost, no further step moves them, or what they failed for lasts.
    """
    if CAUSES[failure_cause(history)].lasting:
        return True
    stuck = np.isin(fates(history), LOST) | stands_still(history)
    return bool(2 * stuck.sum() > (~history.solved).sum())
