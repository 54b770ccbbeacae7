"""The guesses of a class: counted without names, and forgotten after an hour.

They are kept in this process's memory, or in the store that several processes share; where that
fails, in memory. A room is made by who starts a class, and by nobody else; it is known by its code
alone. A voter is a session, so a page that is loaded anew is another one; what a class guesses
decides nothing, so that is not guarded against.

What one can ask for is bounded, by the session and in all, never by the address: a hall has one.
Where there are too many rooms the emptiest gives way to the new one, so that whoever starts many
keeps nobody from starting one. A lecturer's screen that still shows a room that had to give way
makes it again.
"""

import functools
import hashlib
import json
import math
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TypeVar

from components.serving.seldom import seldom_log
from components.serving.store import MemoryStore, Store, StoreBusyError, StoreError, open_store
from components.settings.outline import NUMBERS, PAGES

FORGET_SECONDS = 3_600.0  # after its last guess, and after its lecturer's last look, a room is gone
INDEX_SECONDS = 24 * FORGET_SECONDS  # longer than any room in it is likely to live
SEEN_SECONDS = 20.0  # so often it is written down that the lecturer looks
APART_SECONDS = 10.0  # a store that failed is not asked for so long
ROOMS = 200
OWN_ROOMS = 3  # of one who starts classes: the last ones
VOTERS = 1_000  # a room
CLOSED = b"closed"  # kept of a room that its owner gave up
MOST_BYTES = 1 << 20  # of a room: 1,000 voters' guesses in 9 scenes are a fifth of it
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that one takes for another on a wall
LETTERS_IN_CODE = 5

_log = seldom_log(__name__)

T = TypeVar("T")
Guesses = dict[str, dict[str, str]]
"""Each voter's guess by the number of the scene."""
Position = tuple[int, tuple[int, ...], str | None]
"""Where a lecturer is: the scene, those whose outcome was shown, and the page."""


class Vote(Enum):
    """What became of a guess."""

    COUNTED = auto()
    NO_CLASS = auto()  # of that code
    FULL = auto()
    CLOSED = auto()  # the outcome is shown
    TOO_FAST = auto()  # one more than a voter may send at a time
    NOT_NOW = auto()  # the class may be there, but cannot be reached


@dataclass
class Room:
    """A class.

    Attributes:
        owner: who started it; nobody else is told.
        seen: when its lecturer looked or somebody guessed, about, in seconds since 1970.
        guesses: so far.
        shown: the scenes whose outcome is on its lecturer's screen; nobody guesses in them.
        scene: the one that its lecturer is at.
        page: of the scene, that its lecturer has turned to; None: its first one.
        began: when it was started, in seconds since 1970.
    """

    owner: str
    seen: float
    guesses: Guesses = field(default_factory=dict)
    shown: list[int] = field(default_factory=list)
    scene: int = 1
    page: str | None = None
    began: float = 0.0

    @property
    def place(self) -> str:
        """What its members see, in short: another one is another picture."""
        return f"{self.scene} {self.scene in self.shown}"

    @property
    def position(self) -> "Position":
        """Where its lecturer is."""
        return self.scene, tuple(sorted(self.shown)), self.page

    def key(self, code: str) -> str:
        """By which another screen is its lecturer's: of this class alone, and told to nobody else.

        It is the same again where the room has to be made again.
        """
        return hashlib.sha256(f"{self.owner} {code}".encode()).hexdigest()[:32]

    @property
    def turned_to(self) -> str:
        """The same of its lecturer's screens; begins with what its members see."""
        return f"{self.place} {self.page or '-'}"


@dataclass
class _Ballot:
    """A guess on its way; ``became``: None while it is to be counted."""

    voter: str
    scene: int
    answer: str
    became: Vote | None = None


class Rooms:
    """All classes of this server, or of all processes that share its store."""

    def __init__(self, store: Store | None = None, clock: Callable[[], float] = time.time):
        self._own = MemoryStore()
        self._store = store or self._own
        self._clock = clock
        self._failed = -math.inf  # when the store last could not be used
        self._lock, self._counting = threading.Lock(), threading.Lock()
        self._ballots: dict[str, list[_Ballot]] = {}  # by class, still to be counted

    def open(self, owner: str) -> str:
        """The code of a new room; its owner's earlier ones beyond a few are given up for it."""
        code = "".join(secrets.choice(LETTERS) for _ in range(LETTERS_IN_CODE))
        self._ask(lambda store: self._admit(store, code, owner))
        return code

    def keep(
        self, code: str, owner: str, here: Position, *, since: Position | None = None
    ) -> tuple[Room | None, bool]:
        """Say that its owner looks at it, and where.

        The room is made again if it is gone. Of several screens of one owner the class follows the
        one that turned last; who turned without knowing of the others' latest turn goes there.

        Args:
            code: the room's.
            owner: who says so; anybody else changes nothing.
            here: where this screen is.
            since: where it and the room were before it has turned there; None: it has not turned.

        Returns:
            The room as it is then, and whether that is sure. None: its owner has given it up, on
            another screen.
        """

        def place(room: Room) -> Room:
            scene, shown, page = here
            return replace(room, scene=scene, shown=list(shown), page=page)

        def seen(data: bytes | None) -> bytes | None:
            room = _read(data)
            return _written(replace(room, seen=self._clock())) if room else data

        def moved(data: bytes | None) -> bytes | None:
            room = _read(data)
            if room is None or room.position != since:
                return data
            return _written(replace(place(room), seen=self._clock()))

        def begun(data: bytes | None) -> bytes | None:
            room = _read(data)
            return _written(place(room)) if room else data

        def keep(store: Store) -> Room | None:
            data = store.get(_key(code))
            if data == CLOSED:
                return None
            room = _read(data)
            if room is None:
                self._admit(store, code, owner)
                data = store.update(_key(code), begun, FORGET_SECONDS)
            elif room.owner == owner and since not in (None, here):
                data = store.update(_key(code), moved, FORGET_SECONDS)
            elif room.owner == owner and self._clock() > room.seen + SEEN_SECONDS:
                data = store.update(_key(code), seen, FORGET_SECONDS)
            return _read(data)

        return self._ask(keep)

    def close(self, code: str, owner: str) -> None:
        """Give a room up, if it is its owner who says so."""

        def without(data: bytes | None) -> bytes | None:
            room = _read(data)
            return data if room and room.owner != owner else CLOSED

        self._ask(lambda store: store.update(_key(code), without, FORGET_SECONDS))

    def look(self, code: str) -> tuple[Room | None, bool]:
        """A room, and whether that is sure: the store in common may be out of reach."""
        return self._ask(lambda store: _read(store.get(_key(code))))

    def exists(self, code: str) -> bool:
        """Whether there is such a room, as far as one can tell now."""
        room, surely = self.look(code)
        return room is not None or not surely

    def vote(self, code: str, voter: str, scene: int, answer: str) -> Vote:
        """Count a voter's guess in a scene, in place of an earlier one.

        Guesses of this process that come while others are counted are then counted all at once: a
        full class guesses within a moment, and each change of what is in the store takes its time.
        """
        ballot = _Ballot(voter, scene, answer)
        with self._lock:
            self._ballots.setdefault(code, []).append(ballot)
        with self._counting:
            if ballot.became is None:  # nobody has counted it with theirs
                with self._lock:
                    ballots = self._ballots.pop(code)
                self._count(code, ballots)
        assert ballot.became is not None
        return ballot.became

    def _count(self, code: str, ballots: list["_Ballot"]) -> None:
        def counted(data: bytes | None) -> bytes | None:
            room = _read(data)
            if room is None:
                return None
            for ballot in ballots:
                if _counts(room, ballot):
                    room.guesses.setdefault(ballot.voter, {})[f"{ballot.scene}"] = ballot.answer
            return _written(replace(room, seen=self._clock()))

        def count(store: Store) -> Room | None:
            room = _read(store.get(_key(code)))
            if room and any(_counts(room, ballot) for ballot in ballots):
                room = _read(store.update(_key(code), counted, FORGET_SECONDS))
            return room

        for ballot in ballots:
            ballot.became = Vote.NOT_NOW  # should it fail
        room, surely = self._ask(count)
        for ballot in ballots:
            if room and ballot.scene in room.shown:
                ballot.became = Vote.CLOSED
            elif room:
                ballot.became = Vote.COUNTED if ballot.voter in room.guesses else Vote.FULL
            elif surely:
                ballot.became = Vote.NO_CLASS

    def tally(self, code: str, scene: int) -> Counter[str]:
        """How many guessed what in a scene."""
        room, _ = self.look(code)
        guesses = room.guesses.values() if room else ()
        return Counter(each[f"{scene}"] for each in guesses if f"{scene}" in each)

    def _ask(self, use: Callable[[Store], T]) -> tuple[T, bool]:
        """What the store in common has, and True; while it cannot be used, what is here, False."""
        if self._clock() >= self._failed + APART_SECONDS:
            try:
                return use(self._store), True
            except StoreError as error:
                _log.warning("a class without the store: %s", error)
                if not isinstance(error, StoreBusyError):
                    self._failed = self._clock()
        return use(self._own), False

    def _admit(self, store: Store, code: str, owner: str) -> None:
        """Make a room, and give up those that are too many then."""
        gone: list[tuple[str, Room]] = []

        def made(data: bytes | None) -> bytes:
            now = self._clock()
            return data if data and _read(data) else _written(Room(owner, now, began=now))

        def with_room(data: bytes | None) -> bytes:
            others = (each for each in _codes(data) if each != code)
            rooms = {each: room for each in others if (room := _read(store.get(_key(each))))}
            gone[:] = [(each, rooms.pop(each)) for each in _too_many(rooms, owner)]
            return json.dumps([*rooms, code]).encode()

        store.update(_key(code), made, FORGET_SECONDS)
        store.update("rooms", with_room, INDEX_SECONDS)
        for each, room in gone:
            # Of the owner's own ones none comes back: its screen would take the newest one's place.
            left = _closed if room.owner == owner else _forgotten
            store.update(_key(each), left, FORGET_SECONDS)


def _too_many(rooms: dict[str, Room], owner: str) -> list[str]:
    """Which rooms give way to a new one of this owner's: of others those with the fewest guesses.

    Among these, those that nobody looked at for longest.
    """
    own = [code for code, room in rooms.items() if room.owner == owner]
    gone = own[: max(0, len(own) - OWN_ROOMS + 1)]
    rest = [code for code in rooms if code not in gone]
    rest.sort(key=lambda code: (len(rooms[code].guesses), rooms[code].seen))
    return gone + rest[: max(0, len(rest) - ROOMS + 1)]


def _counts(room: Room, ballot: _Ballot) -> bool:
    """Whether a guess is still asked for, and there is room for it."""
    fits = ballot.voter in room.guesses or len(room.guesses) < VOTERS
    return fits and ballot.scene not in room.shown


def _closed(data: bytes | None) -> bytes | None:
    return CLOSED


def _forgotten(data: bytes | None) -> bytes | None:
    return None


def _key(code: str) -> str:
    return f"room {code}"


def _codes(data: bytes | None) -> list[str]:
    """The codes of all rooms, the oldest first."""
    codes = _parsed(data)
    if not isinstance(codes, list):
        return []
    return [code for code in codes if isinstance(code, str)][-ROOMS:]


def _read(data: bytes | None) -> Room | None:
    """What is kept of a room; None: nothing, or it is not what was written there."""
    parsed = _parsed(data)
    if not isinstance(parsed, dict):
        return None
    try:
        room = Room(**parsed)
    except TypeError:
        return None
    sound = (
        isinstance(room.owner, str)
        and isinstance(room.seen, float)
        and _are_guesses(room.guesses)
        and isinstance(room.shown, list)
        and all(scene in NUMBERS for scene in (room.scene, *room.shown))
        and room.page in (None, *PAGES)
        and isinstance(room.began, float)
    )
    return room if sound else None


def _are_guesses(parsed: object) -> bool:
    return isinstance(parsed, dict) and all(
        isinstance(each, dict) and all(isinstance(answer, str) for answer in each.values())
        for each in parsed.values()
    )


def _parsed(data: bytes | None) -> object:
    if data is None or len(data) > MOST_BYTES:
        return None
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _written(room: Room) -> bytes:
    return json.dumps(vars(room)).encode()


@functools.cache
def shared_rooms() -> Rooms:
    """The classes of this server, or of all that share its store."""
    return Rooms(open_store())
