"""Maps of one's own: their cells through the trainer that all share, after everybody's runs.

What became of a cell is kept by its experiment, whosever map it is on: so nothing is trained twice
while it is remembered, and a map that was left goes on where it was.
"""

import math
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from cachetools import LRUCache

from components.runs.shared import Runs, Visit
from models import Experiment
from models.cost import estimate
from models.sweep import Cell, Sweep, cell_figures
from models.trainer import SHARED

MOST_CELLS = 600  # of one map
MOST_SECONDS = 600.0  # of training, for one map
REMEMBERED = 20_000  # cells, of all maps: some 3 kB each
PART_SECONDS = 0.5  # of training that are asked for at once
PART_CELLS = 16
PART_BYTES = 32 << 20

Row = dict[str, Any]
"""``cell_figures``."""
_rows: LRUCache[Experiment, Row] = LRUCache(REMEMBERED)
_lock = threading.Lock()


@dataclass(frozen=True)
class MapCost:
    """What a map takes.

    Attributes:
        cells: how many are trained; those that are not possible are not.
        networks: of all of these.
        seconds: estimated, of those that are not known yet.
        left: how many these are.
    """

    cells: int
    networks: int
    seconds: float
    left: int

    @property
    def is_affordable(self) -> bool:
        """Whether it is not more than one visitor may ask of all."""
        return self.cells <= MOST_CELLS and self.seconds <= MOST_SECONDS


def known(sweep: Sweep) -> dict[int, Row]:
    """By a cell's index what became of it, of those that are known."""
    with _lock:
        return {
            cell.index: _rows[cell.experiment]
            for cell in sweep.cells()
            if cell.experiment is not None and cell.experiment in _rows
        }


def cost(runs: Runs, sweep: Sweep) -> MapCost:
    """What the rest of a map takes here; of one that has far too many cells, only how many."""
    possible = [cell for cell in sweep.cells() if cell.experiment is not None]
    networks = len(possible) * sweep.base.networks
    if len(possible) > MOST_CELLS:
        return MapCost(len(possible), networks, math.inf, len(possible))
    have = known(sweep)
    owed = [part for part in parts(sweep) if any(cell.index not in have for cell in part)]
    seconds = sum(runs.estimate(_experiments(part)).seconds for part in owed)
    left = sum(cell.index not in have for cell in possible)
    return MapCost(len(possible), networks, seconds, left)


def fill(visit: Visit, sweep: Sweep, seconds: float, again: float) -> tuple[dict[int, Row], str]:
    """Have cells trained for a while, and wait for them.

    Args:
        visit: a patient one.
        sweep: the map.
        seconds: how long to wait, at most.
        again: seconds after which this is called again.

    Returns:
        All cells that are known by then, and what went wrong, in Python's words; empty: nothing.
    """
    deadline, have = time.monotonic() + seconds, known(sweep)
    for part in parts(sweep):
        if all(cell.index in have for cell in part):
            continue
        experiments = _experiments(part)
        left = max(0.0, deadline - time.monotonic())
        progress = visit.watch(experiments, left, again)
        if progress.error:
            return have, progress.error
        if not progress.finished:
            break
        for cell, history in zip(part, progress.trained, strict=True):
            have[cell.index] = _keep(cell, cell_figures(history))
        visit.runs.release(visit, experiments)
    return have, ""


def _keep(cell: Cell, row: Row) -> Row:
    assert cell.experiment is not None
    with _lock:
        _rows[cell.experiment] = row
    return row


def _experiments(part: Sequence[Cell]) -> list[Experiment]:
    return [cell.experiment for cell in part if cell.experiment is not None]


@lru_cache(maxsize=32)
def parts(sweep: Sweep) -> tuple[tuple[Cell, ...], ...]:
    """The cells as they are trained, some together: a coarse map first, then ever finer ones.

    The same for all who fill in this map, so that they wait for the same runs.
    """
    return tuple(_grouped([cell for cell in coarse_first(sweep) if cell.experiment is not None]))


def _grouped(cells: Sequence[Cell]) -> Iterator[tuple[Cell, ...]]:
    part: list[Cell] = []
    for cell in cells:
        if part and not _fit(part, cell):
            yield tuple(part)
            part = []
        part.append(cell)
    if part:
        yield tuple(part)


def _fit(part: Sequence[Cell], cell: Cell) -> bool:
    """Whether a cell can be trained together with these, and soon."""
    one, other = part[0].experiment, cell.experiment
    if len(part) == PART_CELLS or any(getattr(one, n) != getattr(other, n) for n in SHARED):
        return False
    together = estimate(_experiments([*part, cell]))
    return together.seconds < PART_SECONDS and together.bytes < PART_BYTES


def coarse_first(sweep: Sweep) -> list[Cell]:
    """All cells: every so many-th along each axis first, then those between them.

    A third axis is not: its panels fill in alike.
    """
    cells = sweep.cells()
    lengths = [len(axis.values) for axis in sweep.axes]
    places = np.array(np.unravel_index(np.arange(len(cells)), lengths)).T
    levels = np.zeros(len(cells), int)
    for at, length in enumerate(lengths[:2]):
        levels = np.maximum(levels, _levels(length)[places[:, at]])
    order = np.lexsort((np.arange(len(cells)), levels))
    return [cells[at] for at in order]


def _levels(length: int) -> np.ndarray:
    """[length] how often the distance between neighbours was halved until each place is reached."""
    levels = np.zeros(length, int)
    stride = 1 << max(0, (length - 1).bit_length() - 2)
    level = 0
    reached = np.arange(length) % stride == 0
    while not reached.all():
        level, stride = level + 1, stride // 2
        fresh = (np.arange(length) % stride == 0) & ~reached
        levels[fresh], reached = level, reached | fresh
    return levels
