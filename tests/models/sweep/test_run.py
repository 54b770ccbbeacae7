"""A run of the command: whatever happens to it, what it has finished is kept, and is the same."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from models import Experiment
from models.sweep import Atlas, Sweep, SweepError, cell_figures, parse_axis, run
from models.sweep.executors import InTurn, Processes
from models.sweep.run import Progress, compute, finished, make, units
from models.trainer import train_together
from tests.processes import children

ROOT = Path(__file__).parents[3]
PATIENCE = 300.0
AXES = ("depth=0:4", "activation=tanh,relu", "norm=none,batch")
SWEEP = Sweep(Experiment(steps=10, networks=8), tuple(map(parse_axis, AXES)))
LONG = Sweep(replace(SWEEP.base, steps=400), SWEEP.axes)


@pytest.fixture(scope="module")
def expected() -> bytes:
    return uninterrupted(SWEEP)


def uninterrupted(sweep: Sweep) -> bytes:
    """The file of a run in one process, from its beginning to its end."""
    plan = units(sweep)
    rows = {number: compute(unit.experiments) for number, unit in enumerate(plan)}
    return Atlas.of(sweep, run.rows_of_cells(plan, rows)).parquet()


def silent(progress: Progress) -> None:
    """Nobody is told."""


def until(met: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not met():
        assert time.monotonic() < end
        time.sleep(0.02)


def journal_of(out: Path) -> list[dict]:
    """The whole lines behind the first one."""
    path = out.with_name(f"{out.name}.journal")
    lines = path.read_bytes().splitlines(keepends=True)[1:] if path.exists() else []
    return [json.loads(line[9:]) for line in lines if line.endswith(b"\n")]


@contextmanager
def begun(sweep: Sweep, out: Path, finished: int) -> Iterator[subprocess.Popen]:
    """The command in two processes, once it has finished so many units."""
    arguments = shlex.split(sweep.command)[1:-1]
    arguments = [sys.executable, *arguments, str(out), "--processes", "2"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(arguments, cwd=ROOT, **quiet)
    try:
        until(lambda: len(journal_of(out)) >= finished)
        yield process
    finally:
        process.kill()
        process.wait()


class Some(InTurn):
    """An executor that is stopped after so many units, and knows what it was asked for."""

    def __init__(self, most: int, order: int = 1):
        self.most, self.order, self.numbers = most, order, list[int]()

    def results(self, tasks: Sequence[run.Task]) -> Iterator[tuple[int, list[run.Row]]]:
        for number, experiments in tasks[:: self.order]:
            if len(self.numbers) == self.most:
                raise KeyboardInterrupt
            self.numbers.append(number)
            yield number, compute(experiments)


def test_cells_that_are_one_experiment_are_trained_once_and_shapes_together():
    plan = units(SWEEP)
    trained = [experiment for unit in plan for experiment in unit.experiments]
    assert len(trained) == len(set(trained)) == SWEEP.count - 2  # without layers there is no norm
    assert sorted(cell for unit in plan for cells in unit.cells for cell in cells) == list(
        range(SWEEP.count)
    )
    for unit in plan:
        assert len({experiment.shape for experiment in unit.experiments}) == 1
        assert sum(experiment.networks for experiment in unit.experiments) <= 256
    assert max(len(unit.experiments) for unit in plan) == 2
    seconds = [unit.seconds for unit in plan]
    assert seconds == sorted(seconds, reverse=True)


def test_a_cell_is_what_its_experiment_is_alone():
    experiments = units(SWEEP)[0].experiments
    for row, experiment in zip(compute(experiments), experiments, strict=True):
        alone = cell_figures(train_together([experiment])[0])
        assert row["solved"] == alone["solved"]
        assert row["ratio"] == pytest.approx(alone["ratio"], rel=1e-9, nan_ok=True)


def test_the_file_is_the_same_however_often_it_was_stopped_and_in_whatever_order(
    expected, tmp_path
):
    out, asked_for = tmp_path / "a.parquet", []
    for order in (1, -1, 1):
        stopped = Some(2, order)
        with pytest.raises(KeyboardInterrupt):
            make(SWEEP, out, stopped, silent)
        asked_for += stopped.numbers
        assert [line["unit"] for line in journal_of(out)] == asked_for
        assert not out.exists()
    told: list[Progress] = []
    last = Some(len(units(SWEEP)))
    make(SWEEP, out, last, told.append)
    asked_for += last.numbers
    assert sorted(asked_for) == list(range(len(units(SWEEP))))
    assert out.read_bytes() == expected
    assert list(tmp_path.iterdir()) == [out]
    assert told[-1].cells == SWEEP.count and told[-1].seconds_left == 0
    assert [each.cells for each in told] == sorted(each.cells for each in told)
    again = Some(0)
    assert make(SWEEP, out, again, silent).parquet() == expected
    assert not again.numbers


def test_two_processes_make_the_same_file_even_if_one_of_them_is_lost(expected, tmp_path):
    out, lost = tmp_path / "a.parquet", list[int]()
    with Processes(2) as executor:

        def lose_one(progress: Progress) -> None:
            if not lost and progress.seconds_left:
                lost.append(next(iter(executor._pool._processes)))
                os.kill(lost[0], signal.SIGKILL)

        make(SWEEP, out, executor, lose_one)
    assert lost
    assert out.read_bytes() == expected


@pytest.mark.skipif(sys.platform != "linux", reason="children are found in /proc")
def test_after_a_kill_nothing_is_lost_computed_twice_or_left_running(tmp_path):
    out = tmp_path / "a.parquet"
    with begun(LONG, out, 2) as process:
        started = children(process.pid)
        with pytest.raises(SweepError, match=f"another run is writing {out}"):
            make(LONG, out, Some(0), silent)
        os.kill(process.pid, signal.SIGKILL)
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in started))
    kept = journal_of(out)
    assert len(started) >= 2 and 2 <= len(kept) < len(units(LONG))
    resumed = Some(len(units(LONG)))
    atlas = make(LONG, out, resumed, silent)
    numbers = [line["unit"] for line in kept] + resumed.numbers
    assert sorted(numbers) == list(range(len(units(LONG))))
    assert atlas.parquet() == out.read_bytes() == uninterrupted(LONG)


def test_a_torn_last_line_is_computed_again_and_a_damaged_one_told(expected, tmp_path):
    out, journal = tmp_path / "a.parquet", tmp_path / "a.parquet.journal"
    with pytest.raises(KeyboardInterrupt):
        make(SWEEP, out, Some(3), silent)
    whole = journal.read_bytes()
    lines = whole.splitlines(keepends=True)
    for bad in (whole[:30], b"".join([lines[0], lines[1][:-20] + b"\n", *lines[2:]]), b"mine\n"):
        journal.write_bytes(bad)
        if whole.startswith(bad):
            continue
        with pytest.raises(SweepError, match="damaged"):
            make(SWEEP, out, Some(0), silent)
        assert journal.read_bytes() == bad
    for torn, left in ((whole[:-1], 2), (whole + b"00000000 {", 3), (whole[:30], 0), (b"", 0)):
        journal.write_bytes(torn)
        resumed = Some(1)
        with pytest.raises(KeyboardInterrupt):
            make(SWEEP, out, resumed, silent)
        assert [line["unit"] for line in journal_of(out)] == [*range(left), *resumed.numbers]
        assert resumed.numbers == [left]
    journal.write_bytes(whole[:-1])
    make(SWEEP, out, InTurn(), silent)
    assert out.read_bytes() == expected


def test_another_sweeps_or_versions_files_are_refused_and_stay(tmp_path, monkeypatch):
    out, journal = tmp_path / "a.parquet", tmp_path / "a.parquet.journal"
    small = Sweep(SWEEP.base, (parse_axis("depth=1"), parse_axis("gain=1:2/2")))
    with pytest.raises(KeyboardInterrupt):
        make(small, out, Some(0), silent)
    kept = journal.read_bytes()
    with pytest.raises(SweepError, match="journal of another sweep"):
        make(SWEEP, out, Some(0), silent)
    with monkeypatch.context() as other:
        other.setattr(run, "engine_version", lambda: "another")
        with pytest.raises(SweepError, match="journal of another version"):
            make(small, out, Some(0), silent)
    assert journal.read_bytes() == kept
    make(small, out, InTurn(), silent)
    made = out.read_bytes()
    with pytest.raises(SweepError, match="the atlas of another sweep"):
        finished(SWEEP, out)
    with monkeypatch.context() as other:
        other.setattr(run, "engine_version", lambda: "another")
        with pytest.raises(SweepError, match="made by another version"):
            make(small, out, Some(0), silent)
    out.write_bytes(made[:-9])
    with pytest.raises(SweepError, match="is not an atlas, or damaged"):
        make(small, out, Some(0), silent)
    assert out.read_bytes() == made[:-9]


def test_where_the_disk_is_full_what_was_kept_stays(expected, tmp_path, monkeypatch):
    out, wrote = tmp_path / "a.parquet", list[int]()
    sync = os.fsync

    def full(file: int) -> None:
        wrote.append(file)
        if len(wrote) > 3:
            raise OSError(28, "No space left on device")
        sync(file)

    with monkeypatch.context() as disk:
        disk.setattr("os.fsync", full)
        with pytest.raises(SweepError, match="cannot be written: No space left"):
            make(SWEEP, out, InTurn(), silent)
    assert len(journal_of(out)) >= 2
    make(SWEEP, out, InTurn(), silent)
    assert out.read_bytes() == expected
