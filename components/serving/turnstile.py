"""Few pages are drawn at a time, in the order in which they came.

All of a server's pages share one interpreter. Drawn side by side, a hundred are all done at the
end; one after the other, half of them are done by half time, and what sends them gets its share.

A ``threading.Semaphore`` would let a newcomer slip in before those who wait, and knows no way out
for the time that one waits for something else.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

WIDTH = 2  # while one waits for the system, another one is drawn


class Turnstile:
    """Lets so many threads through at a time, first come, first served."""

    def __init__(self, width: int):
        self._free = width
        self._lock = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._inside = threading.local()  # how often a thread came through, one in the other

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Inside; a thread that is there already need not wait again."""
        depth = self._depth
        if not depth:
            self._enter()
        self._inside.depth = depth + 1
        try:
            yield
        finally:
            self._inside.depth = depth
            if not depth:
                self._leave()

    @contextmanager
    def left(self) -> Iterator[None]:
        """Outside while one waits for something else, then inside again, if it was before."""
        depth = self._depth
        if depth:
            self._inside.depth = 0
            self._leave()
        try:
            yield
        finally:
            if depth:
                self._enter()
                self._inside.depth = depth

    @property
    def _depth(self) -> int:
        return getattr(self._inside, "depth", 0)

    def _enter(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()  # whoever leaves hands over the place

    def _leave(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1


_shared = Turnstile(WIDTH)
passed, left = _shared.passed, _shared.left
