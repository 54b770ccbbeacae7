"""What is made of runs that have ended: once, for everybody who looks at them.

A hall looks at few settings in fewer styles; their tables, bytes and sentences are the same for
all. What was looked at longest ago is dropped first.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa

from components.charts.style import Style
from components.text import Text
from models import History

MOST_BYTES = 40 << 20
OWN_BYTES = 1 << 10  # of an entry beside what it holds

T = TypeVar("T")


class Shelf:
    """Holds what was made, up to so many bytes."""

    def __init__(self, most_bytes: int):
        self._most, self._held = most_bytes, 0
        self._lock = threading.Lock()
        self._made: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def look(self, key: Hashable) -> Any:
        """What was made under this key; None: nothing is here."""
        with self._lock:
            found = self._made.get(key)
            if found is None:
                return None
            self._made.move_to_end(key)
            return found[0]

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was made under this key, or ``make()``; it must not be changed.

        Two who ask at the same moment may both make it.
        """
        found = self.look(key)
        if found is not None:
            return found
        value = make()
        size = OWN_BYTES + size_of(value)
        with self._lock:
            if key not in self._made:
                self._made[key] = value, size
                self._held += size
            while self._held > self._most:
                _, (_, freed) = self._made.popitem(last=False)
                self._held -= freed
        return value


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
    return 0


shelf = Shelf(MOST_BYTES)


def once(
    make: Callable[..., T], style: Style, histories: Sequence[History], *options: Hashable
) -> T:
    """``make(words, style, histories, *options)``; of runs that have ended it is made once.

    It depends on nothing else, and is changed by nobody.
    """

    def made() -> T:
        return make(words, style, histories, *options)

    words: Text = style.words
    if not all(history.finished for history in histories):
        return made()
    experiments = tuple(history.experiment for history in histories)
    return shelf.get((make, style, experiments, options), made)
