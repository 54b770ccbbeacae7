"""Making an atlas: what is trained together, what is known already, and how far it is."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Protocol

from filelock import FileLock, Timeout

from models.cost import estimate
from models.experiment import Experiment
from models.sweep.atlas import Atlas
from models.sweep.axes import SweepError
from models.sweep.figures import cell_figures
from models.sweep.journal import Journal
from models.sweep.plan import Sweep
from models.trainer import Trainer, alike, ensemble_room
from models.version import engine_version

Row = dict[str, Any]
Task = tuple[int, tuple[Experiment, ...]]


class Executor(Protocol):
    """Something that trains, here or elsewhere."""

    workers: int

    def results(self, tasks: Sequence[Task]) -> Iterator[tuple[int, list[Row]]]:
        """Of each task its number and its experiments' rows, as they are finished.

        Raises:
            SweepError: it cannot go on.
        """


@dataclass(frozen=True)
class Unit:
    """Experiments that are trained in one pass, and the least that is kept of a run.

    Attributes:
        experiments: of one shape, steps and way of descent.
        cells: for each the indices of its cells: impossible to tell apart without hidden layers.
        seconds: that it takes, as ``models.cost`` estimates it.
    """

    experiments: tuple[Experiment, ...]
    cells: tuple[tuple[int, ...], ...]
    seconds: float

    @property
    def count(self) -> int:
        """How many cells it settles."""
        return sum(map(len, self.cells))


@dataclass(frozen=True)
class Progress:
    """How far a sweep is.

    Attributes:
        cells: that are settled, the impossible ones included.
        of: so many.
        per_minute: cells a minute since this run began; 0 before the first.
        seconds_left: as it goes on like this; None before the first.
    """

    cells: int
    of: int
    per_minute: float = 0.0
    seconds_left: float | None = None


def units(sweep: Sweep) -> list[Unit]:
    """What is trained together, those that take longest first.

    Cells of one shape share an ensemble as far as one has room for all of their networks; beyond
    that it is no faster. What an ensemble's networks come to may depend by rounding on how many
    they are; so it is the sweep alone that says which are together, not how many processes there
    are, nor what an interrupted run had done: the result is the same to the bit, on one kind of
    processor. Cells that are one experiment are trained once.
    """
    cells: dict[Experiment, list[int]] = {}
    for cell in sweep.cells():
        if cell.experiment is not None:
            cells.setdefault(cell.experiment, []).append(cell.index)
    lengths: dict[int, list[Experiment]] = {}
    for experiment in cells:
        lengths.setdefault(experiment.steps, []).append(experiment)
    found = []
    for same in lengths.values():
        for places in alike(same):
            room = max(1, ensemble_room(same[places[0]]) // sweep.base.networks)
            for low in range(0, len(places), room):
                part = tuple(same[place] for place in places[low : low + room])
                seconds = estimate(part, frames=False).seconds
                found.append(Unit(part, tuple(tuple(cells[each]) for each in part), seconds))
    return sorted(found, key=lambda unit: -unit.seconds)


def compute(experiments: Sequence[Experiment]) -> list[Row]:
    """Train these together; each one's figures."""
    trainer = Trainer(experiments, keep=())
    trainer.advance()
    return [cell_figures(history) for history in trainer.histories()]


def rows_of_cells(plan: Sequence[Unit], known: Mapping[int, list[Row]]) -> dict[int, Row]:
    """By a cell's index its figures, of those units, by number, that are known."""
    return {
        cell: row
        for number, rows in known.items()
        for cells, row in zip(plan[number].cells, rows, strict=True)
        for cell in cells
    }


def make(sweep: Sweep, out: Path, executor: Executor, report: Callable[[Progress], None]) -> Atlas:
    """Train what is not known yet, and write the atlas; where it is there already, read it.

    Each finished unit is at once put into a journal beside the output, so that a run that ends in
    whatever way is gone on with by the next one.

    Args:
        sweep: what is made.
        out: the file.
        executor: what trains.
        report: is told how far it is, at the start and after each unit.

    Raises:
        SweepError: another run writes the same file, or the file or its journal is another sweep's,
            or what has been done cannot be kept. Nothing that was is lost.
    """
    plan, kept = units(sweep), _beside(out, "journal")
    with _alone(out):
        if (there := finished(sweep, out)) is not None:
            return there
        with Journal(kept, sweep.as_json(), engine_version()) as journal:
            known = _checked(journal.rows, plan, kept)
            tasks = [(n, unit.experiments) for n, unit in enumerate(plan) if n not in known]
            clock = _Clock(sweep, plan, known)
            report(clock.progress())
            for number, rows in executor.results(tasks):
                journal.append(number, rows)
                known[number] = rows
                clock.count(plan[number])
                report(clock.progress())
            atlas = Atlas.of(sweep, rows_of_cells(plan, known))
            try:
                atlas.write(out)
            except OSError as wrong:
                raise SweepError(f"{out} cannot be written: {wrong.strerror}; "
                                 f"all cells are kept in {kept}") from wrong  # fmt: skip
            journal.remove()
    return atlas


def finished(sweep: Sweep, out: Path) -> Atlas | None:
    """The atlas, if it is there already; None: there is no such file, and there may be one.

    Raises:
        SweepError: the file holds something else, or nothing can be written to its folder.
    """
    try:
        if out.exists():
            return _same(Atlas.read(out), sweep, out)
        with TemporaryFile(dir=out.parent):
            return None
    except OSError as wrong:
        raise SweepError(f"{out} cannot be written or read: {wrong.strerror}") from wrong


def _same(atlas: Atlas, sweep: Sweep, out: Path) -> Atlas:
    stays = "it stays as it is: choose another name, or move it away"
    if atlas.sweep != sweep:
        raise SweepError(f"{out} is the atlas of another sweep; {stays}")
    if atlas.engine != engine_version():
        raise SweepError(f"{out} was made by another version of the engine; {stays}")
    if not atlas.is_complete:
        raise SweepError(f"{out} is not complete; {stays}")
    return atlas


def _beside(out: Path, ending: str) -> Path:
    return out.with_name(f"{out.name}.{ending}")


@contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold what only one run may; the operating system lets go of it, however that one ends.

    Whoever holds it looks first whether the file is there: so it may be removed at the end.
    """
    lock = FileLock(_beside(out, "lock"), timeout=0)
    try:
        lock.acquire()
    except Timeout as wrong:
        raise SweepError(f"another run is writing {out}") from wrong
    try:
        yield
    finally:
        lock.release()
    with suppress(OSError):
        _beside(out, "lock").unlink()


def _checked(
    journal: Mapping[int, list[Row]], plan: Sequence[Unit], path: Path
) -> dict[int, list[Row]]:
    """What a journal knows, if it fits the plan."""
    for number, rows in journal.items():
        if number >= len(plan) or len(rows) != len(plan[number].experiments):
            raise SweepError(f"{path} is damaged; move it away to begin anew")
    return dict(journal)


class _Clock:
    """How far a run is, by cells, and how long it takes, by what units cost."""

    def __init__(self, sweep: Sweep, plan: Sequence[Unit], known: Iterable[int]):
        self._known = set(known)
        self._of = sweep.count
        self._cells = self._of - sum(
            unit.count for number, unit in enumerate(plan) if number not in self._known
        )
        self._left = sum(
            unit.seconds for number, unit in enumerate(plan) if number not in self._known
        )
        self._begin, self._began_with, self._done = time.monotonic(), self._cells, 0.0

    def count(self, unit: Unit) -> None:
        self._cells += unit.count
        self._left -= unit.seconds
        self._done += unit.seconds

    def progress(self) -> Progress:
        if not self._done:
            return Progress(self._cells, self._of)
        seconds = time.monotonic() - self._begin
        per_minute = 60 * (self._cells - self._began_with) / max(seconds, 1e-9)
        left = seconds * self._left / self._done if self._cells < self._of else 0.0
        return Progress(self._cells, self._of, per_minute, left)
