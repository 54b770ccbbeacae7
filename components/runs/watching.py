"""Who watches which job: a session has one current run, and holds its key, never its arrays."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from components.runs.job import Key

WATCH_SECONDS = 3.0  # a session that has not looked for so long is not trained for
HOLD_SECONDS = 150.0  # nor is its unfinished run kept: a tab in the background looks once a minute
FORGET_SECONDS = 3_600.0  # after which nothing is remembered of it


@dataclass
class Watch:
    """A session's current run.

    Attributes:
        turn: which of the session's visits began it.
        key: of the job; None: it watches nothing.
        steps: how many it asked for.
        looked: when it looked last, or began its visit.
        pause: seconds after which it said that it would look again.
        seen: whether its last look was shown the end.
        patient: whether all others' runs go first.
    """

    turn: int
    key: Key | None = None
    steps: int = 0
    looked: float = 0.0
    pause: float = 0.0
    seen: bool = False
    patient: bool = False

    def watches(self, now: float) -> bool:
        """Whether its run is to be trained."""
        return self.key is not None and now < self.looked + max(WATCH_SECONDS, 1.5 * self.pause)

    def holds(self, now: float) -> bool:
        """Whether its run must not be dropped: it watches, or has not come back for the end."""
        waits = not self.seen and now < self.looked + max(HOLD_SECONDS, 1.5 * self.pause)
        return self.key is not None and (self.watches(now) or waits)


class Watches:
    """Every session's current run."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: dict[str, Watch] = {}
        self._turns = 0

    def begin(self, session: str, patient: bool = False) -> int:
        """A new visit: from now on the session's earlier ones watch nothing any more."""
        with self._lock:
            self._turns += 1
            watch = self._sessions.setdefault(session, Watch(self._turns))
            watch.turn, watch.patient = self._turns, patient
            watch.looked = self._clock()  # or it might be forgotten before its first look
            return self._turns

    def look(self, session: str, turn: int, key: Key, steps: int, pause: float) -> bool:
        """Watch a job and no other; False if a later visit of the session has taken over."""
        now = self._clock()
        with self._lock:
            watch = self._sessions.setdefault(session, Watch(turn))
            if watch.turn != turn:
                return False
            watch.key, watch.steps, watch.looked, watch.pause = key, steps, now, pause
            watch.seen = False
            return True

    def answered(self, session: str, turn: int) -> None:
        """Note that this look of the session was shown the end of its run."""
        with self._lock:
            watch = self._sessions.get(session)
            if watch and watch.turn == turn:
                watch.seen = True

    def leave(self, session: str, turn: int) -> None:
        """Watch nothing."""
        with self._lock:
            watch = self._sessions.get(session)
            if watch and watch.turn == turn:
                watch.key = None

    def present(self, seconds: float) -> int:
        """How many sessions had their page drawn within so many seconds."""
        now = self._clock()
        with self._lock:
            watches = self._sessions.values()
            return sum(not each.patient and now < each.looked + seconds for each in watches)

    def steps_wanted(self, patient: bool = True) -> dict[Key, list[int]]:
        """By job: how many steps each session that watches it has asked for.

        Without those of the ``patient`` ones, if that is False.
        """
        now, wanted = self._clock(), {}
        with self._lock:
            for watch in self._sessions.values():
                if watch.watches(now) and (patient or not watch.patient):
                    wanted.setdefault(watch.key, []).append(watch.steps)
        return wanted

    def held(self) -> set[Key]:
        """The jobs that must not be dropped."""
        now = self._clock()
        with self._lock:
            return {watch.key for watch in self._sessions.values() if watch.holds(now)}

    def forget_old(self) -> None:
        """Forget who has not been here for ``FORGET_SECONDS``."""
        now = self._clock()
        with self._lock:
            for session, watch in list(self._sessions.items()):
                if now > watch.looked + max(FORGET_SECONDS, 2 * watch.pause):
                    del self._sessions[session]
