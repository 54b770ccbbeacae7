"""What is made of runs that have ended: once, for everybody who looks at them.

A hall looks at few settings in fewer styles; their tables, bytes and sentences are the same for
all. What was looked at longest ago is dropped first.
"""

import contextlib
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa
from cachetools import LRUCache

from components.drawing.charts.style import Style
from components.serving.memory import BUDGET
from models import History

OWN_BYTES = 1 << 10  # of an entry beside what it holds

T = TypeVar("T")


class Shelf:
    """Holds what was made, up to so much of it; every thread may look.

    Args:
        most: how much of all.
        size: how much a value is; by default its bytes.
    """

    def __init__(self, most: int, size: Callable[[Any], int] | None = None):
        self._lock = threading.Lock()
        self._made = LRUCache[Hashable, Any](most, size or _bytes)

    def look(self, key: Hashable) -> Any:
        """What was made under this key; None: nothing is here."""
        with self._lock:
            return self._made.get(key)

    def put(self, key: Hashable, value: Any) -> None:
        """Keep this under a key, if there is room for it at all."""
        with self._lock, contextlib.suppress(ValueError):
            self._made[key] = value

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made under this key, or ``make()``; it must not be changed.

        Two who ask at the same moment may both make it.
        """
        found = self.look(key)
        if found is not None:
            return found
        value = make()
        self.put(key, value)
        return value


def _bytes(value: Any) -> int:
    return OWN_BYTES + size_of(value)


def size_of(value: Any) -> int:
    """Bytes that a value holds, near enough; of what is not known to be large, none."""
    if isinstance(value, (str, bytes)):
        return len(value)
    if isinstance(value, pa.Table):
        return value.nbytes
    if isinstance(value, pd.DataFrame):
        return int(value.memory_usage(deep=True).sum())
    if isinstance(value, Mapping):
        return sum(map(size_of, value.values()))
    if isinstance(value, (tuple, list)):
        return sum(map(size_of, value))
    if is_dataclass(value):
        return OWN_BYTES + sum(size_of(getattr(value, field.name)) for field in fields(value))
    return 0


shelf = Shelf(BUDGET.made)


def once(
    make: Callable[..., T], style: Style, histories: Sequence[History], *options: Hashable
) -> T:
    """``make(style, histories, *options)``; of runs that have ended it is made once.

    It depends on nothing else, and is changed by nobody.
    """

    def made() -> T:
        return make(style, histories, *options)

    if not all(history.finished for history in histories):
        return made()
    experiments = tuple(history.experiment for history in histories)
    return shelf.get((make, style, experiments, options), made)
