"""What theory says over a map: edges to be drawn on its axes, and figures to be held to its cells.

All of it is of random weights, before the first step; a row of ``THEORIES`` says whose it is and
what it leaves out.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from models.diagnostics.trend import FADED
from models.experiment import Experiment
from models.norms import NO_NORM
from models.predicted import batch_norm_factor
from models.settled import (
    TRAINABLE_SCALES,
    Layer,
    critical_weights,
    settled_depth_scale,
    settled_factor,
)
from models.sweep.axes import Axis
from models.sweep.plan import Sweep
from models.theory import before_training, dead_probability

SIGMOID_SLOPE = 0.25  # the largest
SAMPLES = 25  # of a curve across an axis of numbers, at most
HALF = 0.5

Said = Callable[[Experiment], float | None]
"""What theory says of one experiment; None where it says nothing."""


@dataclass(frozen=True)
class Theory:
    """One statement of theory.

    Attributes:
        paper: whose it is.
        year: of the paper.
        limits: keys of what it leaves out.
        figures: those of a map on which its edges are drawn.
        edges: by an axis the value on it at which something changes, of an experiment whose own
            value on that axis does not matter.
        predicts: by a figure the value that it should have.
    """

    paper: str
    year: int
    limits: tuple[str, ...]
    figures: tuple[str, ...] = ()
    edges: Mapping[str, Said] = field(default_factory=dict)
    predicts: Mapping[str, Said] = field(default_factory=dict)


def _layer(said: Callable[[Layer], float | None]) -> Said:
    """What is said of a layer in the midst of the network; None where theory has none such."""

    def of(experiment: Experiment) -> float | None:
        layer = Layer.of(experiment)
        return None if layer is None else said(layer)

    return of


def _trainable(layer: Layer) -> float | None:
    scale = settled_depth_scale(layer)
    return None if scale is None else TRAINABLE_SCALES * scale


def _reach(factor: float | None) -> float | None:
    """The depth at which a factor a layer has made the gradient 100 times smaller, or larger."""
    if factor is None or factor <= 0:
        return None
    return math.inf if factor == 1 else abs(math.log(FADED) / math.log(factor))


def _power(said: Said) -> Said:
    """The ratio of a network of equal layers that each have this factor."""

    def of(experiment: Experiment) -> float | None:
        factor = said(experiment)
        if factor is None or not experiment.depth:
            return None
        return factor**experiment.depth

    return of


def _reached(said: Said) -> Said:
    return lambda experiment: _reach(said(experiment))


def _quarter(experiment: Experiment) -> float | None:
    plain = experiment.norm == NO_NORM and not experiment.skip
    return SIGMOID_SLOPE if experiment.activation == "sigmoid" and plain else None


def _gain(weights: Callable[[Experiment], float | None]) -> Said:
    """The gain at which ``n Var(W)`` is what ``weights`` says."""

    def of(experiment: Experiment) -> float | None:
        own, wanted = _unit_weights(experiment), weights(experiment)
        return math.sqrt(wanted / own) if own and wanted else None

    return of


def _width(weights: Callable[[Experiment], float | None]) -> Said:
    """The width at which ``n Var(W)`` is, of weights that are drawn alike at any width."""

    def of(experiment: Experiment) -> float | None:
        narrow, wide = (_weights(replace(experiment, width=n)) for n in (1, 2))
        biased = experiment.distribution.bias_variance(2, 2) > 0
        if not narrow or wide != 2 * narrow or biased or experiment.hidden is not None:
            return None
        wanted = weights(experiment)
        return wanted / narrow if wanted else None

    return of


def _weights(experiment: Experiment) -> float | None:
    """``n Var(W)`` of a layer in the midst of the network; None where gain says nothing."""
    normed, own = experiment.norm != NO_NORM, experiment.start is not None
    if not experiment.depth or normed or experiment.skip or own or experiment.initializer.one_sided:
        return None
    fans = (experiment.width, experiment.width)
    return experiment.width * experiment.distribution.variance(*fans)


def _unit_weights(experiment: Experiment) -> float | None:
    """The same at gain 1."""
    return _weights(replace(experiment, gain=1.0))


def _may_die(experiment: Experiment) -> bool:
    plain = experiment.norm == NO_NORM and not experiment.skip and experiment.start is None
    drawn = plain and not experiment.initializer.one_sided and not experiment.initializer.orthogonal
    all_zero = not experiment.distribution.variance(2, 2)
    return experiment.activation == "relu" and drawn and not all_zero


def _dead(experiment: Experiment) -> float | None:
    if not experiment.depth or not _may_die(experiment):
        return None
    return dead_probability(experiment.widths)


def _dying_depth(experiment: Experiment) -> float | None:
    """The depth at which an input is dead with probability 1/2: ``ln 1/2 / ln(1 - 2^-n)``."""
    if experiment.hidden is not None or not _may_die(experiment):
        return None
    return math.log(HALF) / math.log1p(-(2.0**-experiment.width))


def _living_width(experiment: Experiment) -> float | None:
    """The width at which it is: ``-log2(1 - 2^(-1 / H))``."""
    if not experiment.depth or not _may_die(experiment):
        return None
    return -math.log2(1 - HALF ** (1 / experiment.depth))


_TRAINED = ("solved", "steps", "cause")
_STARTED = ("ratio", "factor")
_SIZED = (*_TRAINED, *_STARTED, "diverged")
_mean_field = _layer(settled_factor)

THEORIES: dict[str, Theory] = {
    "trainable": Theory(
        "Schoenholz, Gilmer, Ganguli & Sohl-Dickstein", 2017,
        ("infinite_width", "before_training", "own_data", "settled"),
        _TRAINED, {"depth": _layer(_trainable)},
    ),
    "critical": Theory(
        "Poole, Lahiri, Raghu, Sohl-Dickstein & Ganguli", 2016,
        ("infinite_width", "before_training", "settled"),
        _SIZED, {"gain": _gain(critical_weights), "width": _width(critical_weights)},
    ),
    "he": Theory(
        "He, Zhang, Ren & Sun", 2015, ("relu", "before_training"),
        _SIZED, {"gain": _gain(lambda _: 2.0), "width": _width(lambda _: 2.0)},
    ),
    "xavier": Theory(
        "Glorot & Bengio", 2010, ("straight_at_zero", "before_training"),
        _SIZED, {"gain": _gain(lambda _: 1.0), "width": _width(lambda _: 1.0)},
    ),
    "quarter": Theory(
        "Pascanu, Mikolov & Bengio", 2013, ("slope_alone",),
        ("ratio",), {"depth": _reached(_quarter)},
        {"factor": _quarter, "ratio": _power(_quarter)},
    ),
    "mean_field": Theory(
        "Schoenholz, Gilmer, Ganguli & Sohl-Dickstein", 2017,
        ("infinite_width", "before_training", "root_mean_square", "settled"),
        ("ratio",), {"depth": _reached(_mean_field)},
        {"factor": _mean_field, "ratio": _power(_mean_field)},
    ),
    "batch_norm": Theory(
        "Yang, Pennington, Rao, Sohl-Dickstein & Schoenholz", 2019,
        ("infinite_width", "before_training", "root_mean_square", "settled"),
        ("ratio",), {"depth": _reached(batch_norm_factor)},
        {"factor": batch_norm_factor, "ratio": _power(batch_norm_factor)},
    ),
    "dying": Theory(
        "Lu, Shin, Su & Karniadakis", 2019, ("one_input",),
        ("born_dead",), {"depth": _dying_depth, "width": _living_width},
        {"born_dead": _dead},
    ),
}  # fmt: skip
"""By name. ``trainable``: six depth scales. ``critical``: where chi is 1. ``he``, ``xavier``: ``n
Var(W)`` is 2 or 1. ``quarter``, ``mean_field``, ``batch_norm``: a factor a layer, with the depth at
which the gradient is 100 times smaller or larger. ``dying``: an input's probability to be dead,
which bounds the share of networks that are born dead from above, with the depth or width at which
it is 1/2.
"""


@dataclass(frozen=True)
class Line:
    """An edge on a map.

    Attributes:
        name: a key of ``THEORIES``.
        paper: whose it is.
        year: of the paper.
        limits: keys of what it leaves out.
        along: the axis on which the edge lies.
        across: the other axis that is drawn; empty of a map of one axis.
        where: of the axis that is not drawn its name and the value that the line is of.
        points: pairs of a value on ``across`` (None: there is none) and one on ``along``: in its
            units, not held to its range; NaN where nothing is said, infinite where there is no
            edge. Of an ``across`` of numbers the values are evenly spaced between its
            ends, not those of the cells.
    """

    name: str
    paper: str
    year: int
    limits: tuple[str, ...]
    along: str
    across: str
    where: tuple[tuple[str, Any], ...]
    points: tuple[tuple[Any, float], ...]


@dataclass(frozen=True)
class Prediction:
    """A figure as theory has it, at cells of a sweep.

    Attributes:
        name: a key of ``THEORIES``.
        paper: whose it is.
        year: of the paper.
        limits: keys of what it leaves out.
        values: one for each cell asked for, in their order; NaN where nothing is said.
    """

    name: str
    paper: str
    year: int
    limits: tuple[str, ...]
    values: tuple[float, ...]


@lru_cache(maxsize=64)
def theory_lines(
    sweep: Sweep, figure: str, drawn: tuple[str, ...] | None = None
) -> tuple[Line, ...]:
    """The edges that theory has on a map of a figure.

    Args:
        sweep: whose map.
        figure: a key of ``FIGURES``.
        drawn: the axes that are drawn, one or two; by default the sweep's first two.
    """
    axes = drawn or sweep.names[:2]
    return tuple(
        line
        for name, theory in THEORIES.items()
        if figure in theory.figures
        for line in _lines(sweep, name, theory, axes)
    )


def _lines(sweep: Sweep, name: str, theory: Theory, drawn: tuple[str, ...]) -> Iterator[Line]:
    """Of the axes on which it has an edge the first: on the other one it is the same line."""
    along = next((axis for axis in theory.edges if axis in drawn), None)
    if along is None:
        return
    across = next((axis for axis in drawn if axis != along), "")
    others = [axis for axis in sweep.axes if axis.name not in drawn]
    said = theory.edges[along]
    points: dict[tuple[tuple[str, Any], ...], list[tuple[Any, float]]] = {}
    fixed = Axis(along, (max(_axis(sweep, along).values),))  # depth 0 has no layers to speak of
    fine = [_fine(_axis(sweep, across))] if across else []
    for cell in Sweep(sweep.base, (*others, *fine, fixed)).cells():
        where = tuple((axis.name, cell.values[place]) for place, axis in enumerate(others))
        value = cell.values[-2] if across else None
        at = None if cell.experiment is None else said(before_training(cell.experiment))
        points.setdefault(where, []).append((value, math.nan if at is None else at))
    for where, pairs in points.items():
        if not all(math.isnan(at) for _, at in pairs):
            papers = (theory.paper, theory.year, theory.limits)
            yield Line(name, *papers, along, across, where, tuple(pairs))


def _axis(sweep: Sweep, name: str) -> Axis:
    return next(axis for axis in sweep.axes if axis.name == name)


def _fine(axis: Axis) -> Axis:
    """An axis of numbers at evenly spaced values between its ends; any other one as it is."""
    kind, values = axis.kind, axis.values
    if not kind.is_number or len(values) < 2:
        return axis
    low, high = min(values), max(values)
    steps = [place / (SAMPLES - 1) for place in range(1, SAMPLES - 1)]
    if kind.log and low > 0:
        inner = [low * (high / low) ** step for step in steps]
    else:
        inner = [low + (high - low) * step for step in steps]
    if kind.kind == "whole":
        inner = [round(value) for value in inner]
    return Axis(axis.name, tuple(sorted({low, *inner, high})))


@lru_cache(maxsize=256)
def predictions(
    sweep: Sweep, figure: str, cells: tuple[int, ...] | None = None
) -> tuple[Prediction, ...]:
    """What theory has a figure be at cells of a sweep; none where it says nothing of any.

    ``cells``: their indices, such as a row's; by default all, which takes long of a large map.
    """
    every, told = sweep.cells(), []
    asked = every if cells is None else [every[index] for index in cells]
    for name, theory in THEORIES.items():
        if figure not in theory.predicts:
            continue
        said = theory.predicts[figure]
        values = [
            None if cell.experiment is None else said(before_training(cell.experiment))
            for cell in asked
        ]
        if any(value is not None for value in values):
            known = tuple(math.nan if value is None else value for value in values)
            told.append(Prediction(name, theory.paper, theory.year, theory.limits, known))
    return tuple(told)


def why_no_theory(sweep: Sweep, figure: str, drawn: tuple[str, ...] | None = None) -> str:
    """Why a map has no line: a key; empty if it has one.

    ``axes``: those that are drawn have no edge of this figure. ``networks``: theory is of other
    ones than these, by their activation, norms, skips or weights.
    """
    if theory_lines(sweep, figure, drawn):
        return ""
    fitting = {axis for each in THEORIES.values() if figure in each.figures for axis in each.edges}
    return "networks" if fitting & set(drawn or sweep.names[:2]) else "axes"
