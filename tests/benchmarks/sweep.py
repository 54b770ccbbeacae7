"""Cells a minute of a sweep, and of plain PyTorch: ``python tests/benchmarks/sweep.py``.

The same cells of 3x10 networks by one process, by two, by two Dask workers, and by a plain loop:
one ``nn.Sequential`` after the other, ``loss.backward()``, ``optim.SGD``, on one thread, without
anything recorded. It trains a sample of the networks, spread over the cells. All in one run, in
turns, medians; the workers are begun before the clock is. Prints ratios, not grades.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models import Experiment
from models.sweep import Sweep, parse_axis
from models.sweep.executors import Cluster, InTurn, Processes
from models.sweep.run import Executor, make
from tests.benchmarks.engine import plain_steps

AXES = ("activation=sigmoid,tanh,relu", "init=lecture,xavier_normal,he_normal,lecun_normal")
BASE = Experiment(depth=3, width=10, steps=1_000)
NETWORKS = (64, 256)
ROUNDS = 3
SAMPLE = 6  # networks of the plain loop, a round
WANTED = 100


def engine(sweep: Sweep, executor: Executor) -> float:
    """Cells a minute, journal and file included."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        make(sweep, Path(folder) / "atlas.parquet", executor, lambda progress: None)
        return 60 * sweep.count / (time.perf_counter() - begin)


def plain(sweep: Sweep, turn: int) -> float:
    """Cells a minute, from a sample of the networks: as many of each cell as of any other."""
    cells = [cell.experiment for cell in sweep.cells() if cell.experiment is not None]
    begin = time.perf_counter()
    for network in range(SAMPLE):
        experiment = cells[(turn * SAMPLE + network) % len(cells)]
        plain_steps(replace(experiment, networks=1, seed=network))(experiment.steps)
    return 60 * SAMPLE / (time.perf_counter() - begin) / sweep.base.networks


def compare(networks: int, executors: dict[str, Executor]) -> None:
    """The rows of one number of networks a cell."""
    sweep = Sweep(replace(BASE, networks=networks), tuple(map(parse_axis, AXES)))
    sides: dict[str, Callable[[int], float]] = {
        name: lambda turn, executor=executor: engine(sweep, executor)
        for name, executor in executors.items()
    }
    sides["plain PyTorch loop"] = lambda turn: plain(sweep, turn)
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(ROUNDS):
        for name, side in sides.items():
            rates[name].append(side(turn))
    median = {name: statistics.median(values) for name, values in rates.items()}
    slowest = median["plain PyTorch loop"]
    for name, rate in median.items():
        ratio = rate / slowest
        mark = (
            "" if name == "plain PyTorch loop" else f"{'>=' if ratio >= WANTED else '< '} {WANTED}"
        )
        print(f"{networks:4}  {name:20}{rate:12.2f}{ratio:10.1f} {mark}", flush=True)


def main() -> None:
    torch.set_num_threads(1)
    cells = Sweep(BASE, tuple(map(parse_axis, AXES))).count
    print(f"torch {torch.__version__}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    print(f"{cells} cells of {BASE.depth}x{BASE.width}, {BASE.steps} steps; medians of {ROUNDS} "
          f"rounds; of the plain loop {SAMPLE} networks a round\n")  # fmt: skip
    os.environ["PYTHONPATH"] = sys.path[0]
    with ExitStack() as stack:
        executors: dict[str, Executor] = {"one process": InTurn()}
        executors["two processes"] = stack.enter_context(Processes(2))
        try:
            from distributed import LocalCluster
        except ImportError:
            print('without Dask: pip install "dask[distributed]"')
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            cluster = stack.enter_context(
                LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None,
                             local_directory=folder)
            )  # fmt: skip
            executors["two Dask workers"] = stack.enter_context(Cluster(cluster.scheduler_address))
        warm = Sweep(replace(BASE, networks=2, steps=1), tuple(map(parse_axis, AXES)))
        for executor in executors.values():
            engine(warm, executor)
        print(f"{'nets':>4}  {'':20}{'cells/min':>12}{'/plain':>10}")
        for networks in NETWORKS:
            compare(networks, executors)


if __name__ == "__main__":
    main()
