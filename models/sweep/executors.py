"""Where a sweep is trained: in this process, in several of this machine, or on a Dask cluster."""

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

import torch

from models.experiment import Experiment
from models.sweep.axes import SweepError
from models.sweep.run import Row, Task, compute
from models.version import engine_version

AHEAD = 2  # tasks a worker, the one that it works at included
BREAKS = 3  # times in a row that processes may be lost before it is given up
DASK_SECONDS = 5  # that a scheduler and its first worker have to answer in

Results = Iterator[tuple[int, list[Row]]]


class InTurn:
    """One task after the other, in this process."""

    workers = 1

    def __enter__(self) -> "InTurn":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held."""

    def results(self, tasks: Sequence[Task]) -> Results:
        """Each task's number and rows."""
        for number, experiments in tasks:
            yield number, compute(experiments)


class Processes:
    """As many processes as are asked for, with one thread each.

    They end with this one, however it ends. Where some are lost, for want of memory say, what they
    were at is begun again.
    """

    def __init__(self, workers: int):
        self.workers = workers
        self._begin()

    def __enter__(self) -> "Processes":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def results(self, tasks: Sequence[Task]) -> Results:
        """Each task's number and rows, as they are finished."""
        left, breaks = dict(tasks), 0
        while left:
            try:
                for number, rows in _flow(list(left.items()), self.workers, self._submit, _first):
                    del left[number]
                    breaks = 0
                    yield number, rows
            except BrokenProcessPool as wrong:
                breaks += 1
                if breaks == BREAKS:
                    raise SweepError("processes were killed again and again, perhaps for want of "
                                     "memory: take fewer of them") from wrong  # fmt: skip
                self._end()
                self._begin()

    def _begin(self) -> None:
        context = multiprocessing.get_context("spawn")
        lifeline, self._held = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(
            self.workers, mp_context=context, initializer=_begin_worker, initargs=(lifeline,)
        )

    def _end(self) -> None:
        self._held.close()  # all of them end, whatever they are at
        self._pool.shutdown(cancel_futures=True)

    def _submit(self, experiments: tuple[Experiment, ...]) -> Any:
        return self._pool.submit(compute, experiments)


def _begin_worker(lifeline: Connection) -> None:
    """One thread for torch; a Ctrl-C is for the one that asked; when that one ends, so does this.

    Its end of the line is closed by the operating system, however it ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)

    def follow() -> None:
        lifeline.poll(None)
        os._exit(0)

    threading.Thread(target=follow, daemon=True).start()


class Cluster:
    """A Dask cluster, by its scheduler's address. Workers may come and go.

    Raises:
        SweepError: Dask is not installed, no scheduler answers there, or it has no worker.
    """

    def __init__(self, address: str):
        try:
            import distributed
        except ImportError as wrong:
            raise SweepError('--dask needs Dask: pip install "dask[distributed]"') from wrong
        self._distributed = distributed
        try:
            self._client = distributed.Client(
                address, timeout=DASK_SECONDS, set_as_default=False, name="sweep"
            )
        except (OSError, ValueError, TimeoutError) as wrong:
            raise SweepError(f"no Dask scheduler answers at {address} within {DASK_SECONDS} s; "
                             f"one is started by: dask scheduler") from wrong  # fmt: skip
        try:
            self._client.wait_for_workers(1, timeout=DASK_SECONDS)
        except TimeoutError as wrong:
            self._client.close()
            raise SweepError(f"the Dask scheduler at {address} has no workers; "
                             f"one is started by: dask worker {address}") from wrong  # fmt: skip
        # A scheduler that goes is said in a sentence, not in Dask's own traceback as well.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        self.workers = sum(self._client.nthreads().values())

    def __enter__(self) -> "Cluster":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close(timeout=DASK_SECONDS)

    def results(self, tasks: Sequence[Task]) -> Results:
        """Each task's number and rows, as they are finished."""
        try:
            for number, (version, rows) in _flow(tasks, self.workers, self._submit, self._first):
                if version != engine_version():
                    raise SweepError("a Dask worker has another version of this project, of "
                                     "PyTorch or of NumPy")  # fmt: skip
                yield number, rows
        except (SweepError, GeneratorExit):
            raise
        except CancelledError as wrong:
            raise SweepError("the Dask scheduler is gone; what is finished is kept, and the same "
                             "command goes on from there") from wrong  # fmt: skip
        except Exception as wrong:  # whatever a worker raised, or how it was lost
            why = str(wrong).splitlines()[0] if str(wrong) else type(wrong).__name__
            needs = "its scheduler and workers need this project on their PYTHONPATH"
            raise SweepError(f"the Dask cluster could not do it: {why}; {needs}") from wrong

    def _submit(self, experiments: tuple[Experiment, ...]) -> Any:
        return self._client.submit(_compute_there, experiments, pure=False)

    def _first(self, futures: Collection[Any]) -> Collection[Any]:
        with self._client.as_current():
            found = self._distributed.wait(list(futures), return_when="FIRST_COMPLETED")
        return list(found.done)


def _compute_there(experiments: tuple[Experiment, ...]) -> tuple[str, list[Row]]:
    """On a worker: its version, and the rows."""
    torch.set_num_threads(1)
    return engine_version(), compute(experiments)


def _first(futures: Collection[Any]) -> Collection[Any]:
    """Those that are done, once one is."""
    return wait(futures, return_when=FIRST_COMPLETED).done


def _flow(
    tasks: Sequence[Task],
    workers: int,
    submit: Callable[[tuple[Experiment, ...]], Any],
    first: Callable[[Collection[Any]], Collection[Any]],
) -> Iterator[tuple[int, Any]]:
    """Submit tasks, never many more than there are workers; each one's number and result."""
    waiting, flying = iter(tasks), dict[Any, int]()
    while True:
        for number, experiments in islice(waiting, AHEAD * workers - len(flying)):
            flying[submit(experiments)] = number
        if not flying:
            return
        for future in first(flying):
            yield flying.pop(future), future.result()
