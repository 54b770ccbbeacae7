"""Who watches which job: a session has one current run, and holds its key, never its arrays."""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from components.runs.job import Key

WATCH_SECONDS = 3.0  # a session that has not looked for so long is not trained for
SEEN_SECONDS = 0.5  # one that was shown the end has drawn it by then
HOLD_SECONDS = 150.0  # nor is its unfinished run kept: a tab in the background looks once a minute
HALF_LIFE_SECONDS = 10.0  # of what counts as lately spent
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
        spent: seconds of training that it was given lately, as of ``charged``.
        charged: when they were last counted.
    """

    turn: int
    key: Key | None = None
    steps: int = 0
    looked: float = 0.0
    pause: float = 0.0
    seen: bool = False
    patient: bool = False
    spent: float = 0.0
    charged: float = 0.0

    def lately_spent(self, now: float) -> float:
        """Seconds of training that it was given, those of long ago counting less and less."""
        return self.spent * 0.5 ** ((now - self.charged) / HALF_LIFE_SECONDS)

    def watches(self, now: float) -> bool:
        """Whether its run is to be trained, or is just being drawn."""
        waits = SEEN_SECONDS if self.seen else max(WATCH_SECONDS, 1.5 * self.pause)
        return self.key is not None and now < self.looked + waits

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

    def who_watches(self, key: Key) -> list[Watch]:
        """Everybody who watches a job now."""
        now = self._clock()
        with self._lock:
            return [w for w in self._sessions.values() if w.key == key and w.watches(now)]

    def charge(self, watching: Sequence[Watch], seconds: float) -> None:
        """Count seconds of training to those for whom it was done, in equal parts.

        Also to who has turned to another job since: most of all to those.
        """
        now = self._clock()
        with self._lock:
            for watch in watching:
                watch.spent = watch.lately_spent(now) + seconds / len(watching)
                watch.charged = now

    def spent(self) -> dict[Key, float]:
        """By job: what was lately spent on the one of its sessions that was given least."""
        now, least = self._clock(), dict[Key, float]()
        with self._lock:
            for watch in self._sessions.values():
                if watch.key is not None and watch.watches(now):
                    spent = watch.lately_spent(now)
                    least[watch.key] = min(spent, least.get(watch.key, spent))
        return least

    def steps_wanted(self, patient: bool = True) -> dict[Key, Counter[int]]:
        """By job: how many of the sessions that watch it have asked for how many steps.

        Without the ``patient`` ones, if that is False.
        """
        now, wanted = self._clock(), defaultdict[Key, Counter[int]](Counter)
        with self._lock:
            for watch in self._sessions.values():
                if watch.key is not None and watch.watches(now) and (patient or not watch.patient):
                    wanted[watch.key][watch.steps] += 1
        return dict(wanted)

    def held(self) -> set[Key]:
        """The jobs that must not be dropped."""
        now = self._clock()
        with self._lock:
            holding = (watch.key for watch in self._sessions.values() if watch.holds(now))
            return {key for key in holding if key is not None}

    def forget_old(self) -> None:
        """Forget who has not been here for ``FORGET_SECONDS``."""
        now = self._clock()
        with self._lock:
            for session, watch in list(self._sessions.items()):
                if now > watch.looked + max(FORGET_SECONDS, 2 * watch.pause):
                    del self._sessions[session]
