"""Which networks a map is made of: a base, up to three axes, and a cell for each combination."""

import itertools
import json
import math
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

from models.experiment import Experiment, ExperimentError
from models.sweep.axes import AXES, Axis, SweepError, written

CELLS = 100_000
"""Of one sweep, at most."""
MOST_AXES = 3
_USUAL = vars(Experiment())
AXIS_BASE = {**{name: _USUAL[name] for name in AXES}, "batch": 2}
"""What a base has in the fields of its axes: a batch, too, without which there is no order."""
OF_AXES = {"activation": "activation_parameter", "optimizer": "momentum"}
NOT_SET = ("hidden", "start", "networks", "seed")  # what the command has an option for, or nothing


@dataclass(frozen=True)
class Cell:
    """One combination of the axes' values.

    Attributes:
        index: its place among the cells, from 0; the first axis is the slowest.
        values: one of each axis.
        experiment: what is trained; None where the combination is not possible.
        refused: why it is not, a sentence; else empty.
        field: of the experiment, that it is not possible for; else empty.
    """

    index: int
    values: tuple[Any, ...]
    experiment: Experiment | None
    refused: str = ""
    field: str = ""


@dataclass(frozen=True)
class Sweep:
    """An experiment, and the fields of it that take other values from cell to cell.

    What the base has in these fields is not asked, and becomes ``AXIS_BASE``; nor is its
    activation's parameter or its optimizer's momentum, where these are an axis: then each has its
    own default.

    Raises:
        SweepError: there are no axes or too many, two are of one field, there are too many cells,
            or the base leaves an axis nothing to say.
    """

    base: Experiment
    axes: tuple[Axis, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "axes", tuple(self.axes))
        object.__setattr__(self, "base", _base(self.base, self.names))
        names = self.names
        if not 1 <= len(names) <= MOST_AXES:
            raise SweepError(f"a map has 1 to {MOST_AXES} axes, not {len(names)}")
        if len(set(names)) < len(names):
            raise SweepError(f"two axes have one field: {', '.join(names)}")
        if self.count > CELLS:
            raise SweepError(f"{self.count:,} cells are too many; a map has {CELLS:,} at most")
        if self.base.start is not None:
            raise SweepError("weights of one's own are those of one network; a map has many")
        if self.base.hidden is not None and {"depth", "width"} & set(names):
            raise SweepError("unequal hidden layers leave no depth or width to choose")

    @property
    def names(self) -> tuple[str, ...]:
        """The axes' fields."""
        return tuple(axis.name for axis in self.axes)

    @property
    def count(self) -> int:
        """How many cells there are."""
        return math.prod(len(axis.values) for axis in self.axes)

    def cells(self) -> list[Cell]:
        """All cells, row by row: the first axis is the slowest."""
        return list(self._cells)

    @cached_property
    def _cells(self) -> tuple[Cell, ...]:
        combinations = itertools.product(*(axis.values for axis in self.axes))
        return tuple(self._cell(index, values) for index, values in enumerate(combinations))

    def _cell(self, index: int, values: tuple[Any, ...]) -> Cell:
        given = dict(zip(self.names, values, strict=True))
        try:
            return Cell(index, values, replace(self.base, **given))
        except ExperimentError as wrong:
            return Cell(index, values, None, str(wrong), wrong.field)

    def as_json(self) -> str:
        """All there is to know of it, for ``from_json``; every field, whatever is usual later."""
        axes = [[axis.name, list(axis.values)] for axis in self.axes]
        return json.dumps({"base": asdict(self.base), "axes": axes}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Sweep":
        """What ``as_json`` wrote.

        Raises:
            SweepError: it is something else.
        """
        try:
            told = json.loads(text)
            axes = tuple(Axis(name, tuple(values)) for name, values in told["axes"])
            return cls(Experiment(**told["base"]), axes)
        except SweepError:
            raise
        except (ValueError, TypeError, KeyError, RecursionError) as wrong:
            raise SweepError(f"no sweep can be read here: {wrong}") from wrong

    @property
    def command(self) -> str:
        """The command line that makes its atlas."""
        parts = [f"--over {axis.text}" for axis in self.axes]
        for name, usual in _USUAL.items():
            value = getattr(self.base, name)
            if value != usual and name not in (*NOT_SET, *self.names):
                parts.append(f"--set {name}={written(value)}")
        if self.base.hidden is not None:
            parts.append(f"--set hidden={'-'.join(map(str, self.base.hidden))}")
        parts += [f"--networks {self.base.networks}", f"--seed {self.base.seed}"]
        return f"python -m models.sweep {' '.join(parts)} --out atlas.parquet"


def _base(base: Experiment, names: tuple[str, ...]) -> Experiment:
    """A base whose fields say nothing where axes do."""
    own: dict[str, Any] = {name: AXIS_BASE[name] for name in names}
    own |= {OF_AXES[name]: None for name in names if name in OF_AXES}
    return replace(base, **own)
