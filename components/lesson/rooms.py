"""The guesses of a class: counted without names, and forgotten after an hour.

They are kept in this process's memory, or in the store that several processes share; where that
fails, in memory. A room is known by its code alone. A voter is a session, so a page that is loaded
anew is another one; what a class guesses decides nothing, so that is not guarded against. How many
rooms there are, and how many vote in one, is bounded: beyond that a guess is not counted, and who
made it is told.
"""

import functools
import json
import logging
import secrets
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from components.store import MemoryStore, Store, StoreError, open_store

FORGET_SECONDS = 3_600.0  # after its last guess a room is gone
INDEX_SECONDS = 24 * FORGET_SECONDS  # longer than any room in it is likely to live
ROOMS = 200
VOTERS = 1_000  # a room
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that one takes for another on a wall
LETTERS_IN_CODE = 5

_log = logging.getLogger(__name__)

T = TypeVar("T")
Guesses = dict[str, dict[str, str]]
"""Each voter's guess by the number of the scene."""


class Rooms:
    """All classes of this server, or of all processes that share its store."""

    def __init__(self, store: Store | None = None):
        self._own = MemoryStore()
        self._store = store or self._own

    def open(self) -> str | None:
        """The code of a new room; None if there are as many as there may be."""
        code = "".join(secrets.choice(LETTERS) for _ in range(LETTERS_IN_CODE))
        return code if self._in_store(lambda store: _admit(store, code)) else None

    def vote(self, code: str, voter: str, scene: int, answer: str) -> bool:
        """Count a voter's guess in a scene, in place of an earlier one; False: it does not fit."""

        def counted(data: bytes | None) -> bytes:
            guesses = _read(data)
            if voter in guesses or len(guesses) < VOTERS:
                guesses.setdefault(voter, {})[f"{scene}"] = answer
            return _written(guesses)

        def count(store: Store) -> bool:
            if store.get(_room(code)) is None and not _admit(store, code):
                return False
            return voter in _read(store.update(_room(code), counted, FORGET_SECONDS))

        return self._in_store(count)

    def tally(self, code: str, scene: int) -> Counter[str]:
        """How many guessed what in a scene."""
        guesses = _read(self._in_store(lambda store: store.get(_room(code))))
        return Counter(each[f"{scene}"] for each in guesses.values() if f"{scene}" in each)

    def _in_store(self, use: Callable[[Store], T]) -> T:
        try:
            return use(self._store)
        except StoreError as error:
            _log.warning("a class without the store: %s", error)
            return use(self._own)


def _admit(store: Store, code: str) -> bool:
    """Make a room, if there are not too many; those that are over count no longer."""

    def with_room(data: bytes | None) -> bytes:
        codes = [each for each in _codes(data) if store.get(_room(each)) is not None]
        if code not in codes and len(codes) < ROOMS:
            codes.append(code)
        return json.dumps(codes).encode()

    admitted = code in _codes(store.update("rooms", with_room, INDEX_SECONDS))
    if admitted:
        store.update(_room(code), lambda data: data or _written({}), FORGET_SECONDS)
    return admitted


def _room(code: str) -> str:
    return f"room {code}"


def _codes(data: bytes | None) -> list[str]:
    codes = _parsed(data)
    return [code for code in codes if isinstance(code, str)] if isinstance(codes, list) else []


def _read(data: bytes | None) -> Guesses:
    """What is kept of a room; nothing where it is not what was written there."""
    guesses = _parsed(data)
    if not isinstance(guesses, dict) or not all(isinstance(g, dict) for g in guesses.values()):
        return {}
    return guesses


def _parsed(data: bytes | None) -> object:
    try:
        return json.loads(data or b"null")
    except ValueError:
        return None


def _written(guesses: Guesses) -> bytes:
    return json.dumps(guesses).encode()


@functools.cache
def shared_rooms() -> Rooms:
    """The classes of this server, or of all that share its store."""
    return Rooms(open_store())
