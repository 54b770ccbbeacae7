"""A log that a fault, or a visitor by hand, cannot fill."""

import logging
import math
import threading
import time
from collections.abc import Callable

LINES = 10  # of one kind
SECONDS = 60.0


class Seldom(logging.Filter):
    """Lets the first lines of each kind through, minute by minute, and tells how many it left out.

    A kind is a message before its values are put into it: there are as many as there are in the
    code.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        super().__init__()
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: dict[object, tuple[float, int]] = {}  # by kind: since when, how many

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a line is written."""
        now = self._clock()
        with self._lock:
            since, count = self._seen.get(record.msg, (-math.inf, 0))
            if now < since + SECONDS:
                self._seen[record.msg] = since, count + 1
                return count < LINES
            self._seen[record.msg] = now, 1
        if count > LINES:
            record.msg = f"{record.msg} (and {count - LINES} more like it, before this one)"
        return True


def seldom_log(name: str) -> logging.Logger:
    """A module's log, so bounded."""
    log = logging.getLogger(name)
    log.addFilter(Seldom())
    return log
