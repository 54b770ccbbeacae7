"""How well each of several runs did, in the figures that they are compared by."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.diagnostics.fates import fate_counts
from models.diagnostics.statistics import (
    compared_layers,
    gradient_ratio,
    quartiles,
    shrink_per_layer,
    wilson_interval,
)
from models.history import History


@dataclass(frozen=True)
class Standing:
    """One run's figures.

    Attributes:
        task: what was to be learned, as one writes it.
        solved: networks that solved it.
        networks: of so many.
        low: of the 95 % interval of the solved share.
        high: of the same.
        fates: how many networks met each fate, in the order of ``FATES``.
        steps: median steps to solve over all networks; infinite where it is not reached.
        ratio: median over networks of the first layer's gradient norm over the last one's, at the
            start; NaN without a hidden layer.
        ratio_end: the same as far as the run has come.
        shrink: factor of the gradient norm per layer towards the input, at the start.
    """

    task: str
    solved: int
    networks: int
    low: float
    high: float
    fates: dict[str, int]
    steps: float
    ratio: float
    ratio_end: float
    shrink: float

    @property
    def share(self) -> float:
        """Of the networks that solved it."""
        return self.solved / self.networks


def standing(history: History) -> Standing:
    """The figures of a run as it stands."""
    solved, networks = int(history.solved.sum()), history.experiment.networks
    low, high = wilson_interval(solved, networks)
    start, end = history.weight_gradient_norm[[0, -1]]
    return Standing(
        task=history.experiment.task.label,
        solved=solved,
        networks=networks,
        low=low,
        high=high,
        fates=fate_counts(history),
        steps=median_steps(history),
        ratio=gradient_ratio(start) if history.experiment.depth else math.nan,
        ratio_end=gradient_ratio(end) if history.experiment.depth else math.nan,
        shrink=shrink_per_layer(compared_layers(history.experiment, start)),
    )


def median_steps(history: History) -> float:
    """Median steps to solve over all networks; the unsolved ones need more than there were."""
    steps = history.steps_to_solve
    median = float(quartiles(np.where(np.isnan(steps), np.inf, steps))[1])
    return math.inf if math.isnan(median) else median  # halfway between two infinities


def best(histories: Sequence[History]) -> History:
    """The run that did best: most networks solved; of equals, in fewer steps, then at less loss."""

    def rank(history: History) -> tuple[float, float, float]:
        loss = np.nan_to_num(history.loss[-1], nan=np.inf)
        return -int(history.solved.sum()), median_steps(history), float(np.median(loss))

    return min(histories, key=rank)
