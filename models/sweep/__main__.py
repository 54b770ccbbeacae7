"""The sweep's command line: ``python -m models.sweep --help``."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch

from models.experiment import Experiment, ExperimentError
from models.sweep.axes import AXES, SweepError, parse_axis
from models.sweep.executors import Cluster, InTurn, Processes
from models.sweep.plan import AXIS_BASE, Sweep
from models.sweep.run import Progress, finished, make, units

MOST_PROCESSES = 61  # that Windows can wait for
LINE_SECONDS = 10  # between two lines, where there is no bar
BAR = "{percentage:3.0f} % |{bar}| {desc}"
INTERRUPTED = 130

ABOUT = """Train networks at every cell of a map and write what became of them to a Parquet file.

An axis is a field and its values:
  init=lecture,he_normal      these
  depth=0:50                  every whole number from 0 to 50
  depth=0:50:5                every fifth
  learning_rate=0.001:10/9    nine, evenly spaced by their logarithm
  depth=0:10,15:50:5          one after the other

A run that was stopped, in whatever way, is gone on with by the same command."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make an atlas; the exit status is 0, 2 where something is wrong, 130 where it was stopped."""
    asked = _parser().parse_args(arguments)
    try:
        _run(asked)
    except (SweepError, ExperimentError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\nstopped; the same command goes on from here ({asked.out}.journal)",
              file=sys.stderr)  # fmt: skip
        return INTERRUPTED
    return 0


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m models.sweep",
        description=ABOUT,
        epilog=f"fields of axes: {', '.join(AXES)}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--over", action="append", default=[], metavar="AXIS", required=True,
                        help="an axis, up to three; the first is the slowest")  # fmt: skip
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE",
                        help="a field of every cell, such as activation=relu")  # fmt: skip
    parser.add_argument("--networks", default="64", metavar="N", help="a cell (64)")
    parser.add_argument("--seed", default="0", metavar="N", help="of the first network (0)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the Parquet file")
    parser.add_argument("--processes", type=_processes, metavar="N",
                        default=min(os.cpu_count() or 1, MOST_PROCESSES),
                        help="of this machine (all cores)")  # fmt: skip
    parser.add_argument("--dask", metavar="ADDRESS",
                        help="of a Dask scheduler, such as tcp://10.0.0.1:8786")  # fmt: skip
    return parser


def _processes(text: str) -> int:
    count = int(text) if text.isdecimal() else 0
    if not 1 <= count <= MOST_PROCESSES:
        raise argparse.ArgumentTypeError(f"1 to {MOST_PROCESSES}")
    return count


def sweep_of(arguments: Sequence[str]) -> Sweep:
    """The sweep that a command line asks for.

    Raises:
        SweepError: there is no such sweep.
        ExperimentError: a field of its base has a value that is not allowed.
    """
    return _sweep(_parser().parse_args(arguments))


def _sweep(asked: argparse.Namespace) -> Sweep:
    return Sweep(_base(asked), tuple(map(parse_axis, asked.over)))


def _run(asked: argparse.Namespace) -> None:
    sweep = _sweep(asked)
    if finished(sweep, asked.out) is not None:
        print(f"{asked.out} is there already")
        return
    with ExitStack() as stack:
        executor: Cluster | InTurn | Processes
        if asked.dask is not None:
            executor = stack.enter_context(Cluster(asked.dask))
        elif asked.processes == 1:
            executor = InTurn()
        else:
            executor = stack.enter_context(Processes(asked.processes))
        print(_outlook(sweep, executor.workers, asked.out), flush=True)
        report = stack.enter_context(_Bar())
        make(sweep, asked.out, executor, report)
    print(f"{asked.out}: {sweep.count:,} cells, {asked.out.stat().st_size / 1e3:.0f} kB")


def _base(asked: argparse.Namespace) -> Experiment:
    """What all cells have in common."""
    given: dict[str, Any] = {"networks": asked.networks, "seed": asked.seed}
    axes = {text.partition("=")[0].strip() for text in asked.over}
    for text in asked.set:
        name, _, value = text.partition("=")
        if name in axes | set(given):
            raise SweepError(f"--set {name}: it is an axis, given twice, or an option of its own")
        given[name] = value
    known = {name: AXIS_BASE[name] for name in axes & AXIS_BASE.keys()}
    return Experiment(**known, **{name: _value(name, text) for name, text in given.items()})


def _value(name: str, text: str) -> Any:
    """What is typed for a field, as its type; ``Experiment`` says what is wrong with it."""
    if name not in {field.name for field in fields(Experiment)} - {"start"}:
        raise SweepError(f"there is no field {name!r} to set")
    if name == "hidden":
        return tuple(_number(width) for width in text.split("-"))
    if name in AXES and not AXES[name].is_number:
        return parse_axis(f"{name}={text}").values[0]
    return text if name in ("dtype", "order") else _number(text)


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text  # which is refused by name


def _outlook(sweep: Sweep, workers: int, out: Path) -> str:
    """What it will take, before it begins."""
    plan = units(sweep)
    longest, total = max((unit.seconds for unit in plan), default=0), sum(u.seconds for u in plan)
    impossible = sum(cell.experiment is None for cell in sweep.cells())
    refused = f" ({impossible:,} of them not possible)" if impossible else ""
    return (
        f"{sweep.count:,} cells{refused}, {sweep.base.networks} networks each; "
        f"about {_time(max(longest, total / workers))} on {workers} "
        f"{'worker' if workers == 1 else 'workers'}, into {out}"
    )


def _time(seconds: float) -> str:
    whole = round(seconds)
    if whole < 60:
        return f"{max(whole, 1)} s"
    hours, minutes = divmod(round(whole / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"


class _Bar:
    """How far it is, from the first that is told: tqdm's bar, or a line now and then."""

    def __init__(self) -> None:
        self._told = -float(LINE_SECONDS)
        self._bar: Any = None
        self._make: Callable[..., Any] | None = None
        try:
            from tqdm import tqdm

            self._make = tqdm
        except ImportError:
            pass

    def __enter__(self) -> Callable[[Progress], None]:
        return self._show

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def _show(self, progress: Progress) -> None:
        line = f"{progress.cells:,} of {progress.of:,} cells"
        if progress.seconds_left is not None:
            left = _time(progress.seconds_left) if progress.cells < progress.of else "0 s"
            line += f", {progress.per_minute:,.0f} a minute, {left} left"
        if self._make is not None and self._bar is None:
            self._bar = self._make(total=progress.of, initial=progress.cells, bar_format=BAR)
            self._bar.set_description_str(line)
        if self._bar is not None:
            self._bar.set_description_str(line, refresh=False)
            self._bar.update(progress.cells - self._bar.n)
        elif time.monotonic() - self._told >= LINE_SECONDS or progress.cells == progress.of:
            self._told = time.monotonic()
            print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    torch.set_num_threads(1)
    sys.exit(main())
