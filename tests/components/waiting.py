"""Waiting for what happens on another thread, or in another process."""

import threading
import time
from collections.abc import Callable

PATIENCE = 300.0  # seconds until a test gives up, on a busy machine


def until(condition: Callable[[], object]) -> None:
    """Wait until something has come about."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)


def trainers() -> list[threading.Thread]:
    """The threads that train now, for pages of earlier tests, too."""
    return [thread for thread in threading.enumerate() if thread.name == "trainer"]


class Clock:
    """Time as a test tells it, in seconds."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now
