"""Waiting for what happens on another thread, or in another process."""

import time
from collections.abc import Callable

PATIENCE = 60.0  # seconds until a test gives up


def until(condition: Callable[[], object]) -> None:
    """Wait until something has come about."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)
