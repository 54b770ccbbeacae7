"""The guesses of a class: counted in memory, without names, and forgotten after an hour.

A room is known by its code alone. A voter is a session, so a page that is loaded anew is another
one; what a class guesses decides nothing, so that is not guarded against. How many rooms there are,
and how many vote in one, is bounded: beyond that a guess is not counted, and who made it is told.
"""

import functools
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

FORGET_SECONDS = 3_600.0  # after its last guess a room is gone
ROOMS = 200
VOTERS = 1_000  # a room
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that one takes for another on a wall
LETTERS_IN_CODE = 5


@dataclass
class _Room:
    """A class: when somebody guessed last, and each voter's guess by scene."""

    used: float
    guesses: dict[str, dict[int, str]] = field(default_factory=dict)


class Rooms:
    """All classes of this server."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._rooms: dict[str, _Room] = {}

    def open(self) -> str | None:
        """The code of a new room; None if there are as many as there may be."""
        with self._lock:
            code = "".join(secrets.choice(LETTERS) for _ in range(LETTERS_IN_CODE))
            return code if self._room(code) else None

    def vote(self, code: str, voter: str, scene: int, answer: str) -> bool:
        """Count a voter's guess in a scene, in place of an earlier one; False: it does not fit."""
        with self._lock:
            room = self._room(code)
            if room is None or (voter not in room.guesses and len(room.guesses) >= VOTERS):
                return False
            room.used = self._clock()
            room.guesses.setdefault(voter, {})[scene] = answer
            return True

    def tally(self, code: str, scene: int) -> Counter[str]:
        """How many guessed what in a scene."""
        with self._lock:
            self._forget_old()
            room = self._rooms.get(code)
            guesses = room.guesses.values() if room else ()
            return Counter(each[scene] for each in guesses if scene in each)

    def _room(self, code: str) -> _Room | None:
        """The room of a code, made if there is none; None if there are too many."""
        self._forget_old()
        if code not in self._rooms and len(self._rooms) < ROOMS:
            self._rooms[code] = _Room(self._clock())
        return self._rooms.get(code)

    def _forget_old(self) -> None:
        now = self._clock()
        for code, room in list(self._rooms.items()):
            if now > room.used + FORGET_SECONDS:
                del self._rooms[code]


@functools.cache
def shared_rooms() -> Rooms:
    """The classes of this server."""
    return Rooms()
