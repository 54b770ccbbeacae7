"""What the server may hold, by what its host gives: a small one has less than a gigabyte for all.

glibc is kept from hoarding. Measured with visits by 20 sessions at a time: letting all threads
share two arenas saves 60 MB, and giving back what a finished run freed saves another 60 MB. Large
arrays that always come straight from the system go straight back to it: without a fixed threshold
glibc raises its own with every one that is freed, and 50 layers of 128 units peak at 180 MB instead
of 140. Elsewhere than on Linux nothing happens.
"""

import ctypes
import sys
from dataclasses import dataclass

from components.serving import host

# Options of mallopt, from malloc.h.
_MMAP_THRESHOLD = -3
_ARENA_MAX = -8

# Megabytes; the first three as measured with ``tests/benchmarks/memory.py``.
SERVER = 400  # one process: all that it imports, 20 sessions, what is being drawn
RENDERER = 150  # the process that draws a picture to be taken away
TRAINER = 250  # a process of its own for the training, and what is recorded in both
CACHE, RUNS, RUN, MADE = 56, 256, 192, 40  # the most that is ever wanted of each, see ``Budget``
LEAST_SHARE = 0.125  # of these: below it the first screen's own run would not fit
TRAINER_PROCESSORS = 1.5  # with less than this, two processes take turns


@dataclass(frozen=True)
class Budget:
    """What may be held.

    Attributes:
        cache: bytes of jobs at rest.
        runs: of all jobs, as far as they can wait for each other.
        run: of one run.
        made: of what is made of finished runs.
        trainer: whether training gets a process of its own.
    """

    cache: int
    runs: int
    run: int
    made: int
    trainer: bool


def budget(memory: float, processors: float) -> Budget:
    """What may be held where there are so many bytes and processors.

    What is kept shrinks with the memory that the server itself leaves. A second process comes last:
    it takes more than all that is kept, and saves only time.
    """
    left = memory / 2**20 - SERVER - RENDERER
    share = min(1.0, max(LEAST_SHARE, left / (RUNS + MADE)))
    cache, runs, run, made = (int(share * (size << 20)) for size in (CACHE, RUNS, RUN, MADE))
    trainer = processors >= TRAINER_PROCESSORS and left >= RUNS + MADE + TRAINER
    return Budget(cache, runs, run, made, trainer)


BUDGET = budget(host.memory(), host.processors())
"""This server's."""


def limit_hoarding(arenas: int = 2, mapped_from: int = 1 << 20) -> None:
    """Let all threads share so many arenas, and map what has so many bytes; before both exist."""
    _call("mallopt", _ARENA_MAX, arenas)
    _call("mallopt", _MMAP_THRESHOLD, mapped_from)


def return_memory() -> None:
    """Give freed memory back to the system."""
    _call("malloc_trim", 0)


def _call(name: str, *arguments: int) -> None:
    function = getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
    if function:
        function(*arguments)
