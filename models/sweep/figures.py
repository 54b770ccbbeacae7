"""What is told of a cell: the map's colours, each with its interval."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.diagnostics.causes import failure_cause
from models.diagnostics.family import median_steps
from models.diagnostics.statistics import (
    born_dead,
    compared_layers,
    gradient_ratio,
    gradient_ratios,
    log_factors,
    median_interval,
    shrink_per_layer,
    wilson_interval,
)
from models.history import History

FAILED_SHARE = 0.1  # where fewer networks fail, no cause is told


@dataclass(frozen=True)
class Figure:
    """One colour of the map, a column of the atlas.

    Attributes:
        name: the column's name.
        kind: ``share`` (a count, out of ``networks``), ``median`` or ``category``.
        log: whether it is drawn on a logarithmic axis.
    """

    name: str
    kind: str
    log: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Its own and those of its 95 % interval."""
        if self.kind == "category":
            return (self.name,)
        return self.name, f"{self.name}_low", f"{self.name}_high"


FIGURES: dict[str, Figure] = {
    figure.name: figure
    for figure in (
        Figure("solved", "share"),
        Figure("steps", "median", log=True),
        Figure("ratio", "median", log=True),
        Figure("factor", "median", log=True),
        Figure("born_dead", "share"),
        Figure("diverged", "share"),
        Figure("cause", "category"),
    )
}
"""``solved``: networks that solved the task. ``steps``: median steps to solve, infinite where fewer
than half did. ``ratio``: median of the first layer's gradient norm over the last one's, before the
first step. ``factor``: by which that norm changes a layer towards the input, likewise.
``born_dead``: networks of which some layer gets no gradient at all, before the first step.
``diverged``: networks whose loss or weights stopped being finite. ``cause``: why most of those
failed that did, a key of ``CAUSES``; empty where fewer than a tenth did.
"""


def cell_figures(history: History) -> dict[str, Any]:
    """The columns of one cell's row, by name.

    The interval of a share is Wilson's; that of a median goes from one network's value to another
    one's (``median_interval``). NaN where nothing is known: a ratio without hidden layers.
    """
    experiment, start = history.experiment, history.weight_gradient_norm[0]
    networks, steps = experiment.networks, history.steps_to_solve
    row: dict[str, Any] = {"networks": networks}
    for name, met in (
        ("solved", history.solved),
        ("born_dead", born_dead(history)),
        ("diverged", history.diverged),
    ):
        count = int(met.sum())
        _put(row, name, count, wilson_interval(count, networks))
    steps = np.where(np.isnan(steps), np.inf, steps)
    _put(row, "steps", median_steps(history), median_interval(steps))
    layers = compared_layers(experiment, start)
    if not experiment.depth:
        start = np.full_like(start, np.nan)  # one layer is no ratio
    _put(row, "ratio", gradient_ratio(start), median_interval(gradient_ratios(start)))
    low, high = np.exp(median_interval(log_factors(layers)))
    _put(row, "factor", shrink_per_layer(layers), (float(low), float(high)))
    failed = int((~history.solved).sum())
    row["cause"] = failure_cause(history) if failed >= max(1, FAILED_SHARE * networks) else ""
    return row


def _put(row: dict[str, Any], name: str, value: float, interval: tuple[float, float]) -> None:
    row[name], (row[f"{name}_low"], row[f"{name}_high"]) = value, interval
