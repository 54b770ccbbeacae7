"""The jobs of all sessions, and the one worker that trains them."""

import atexit
import functools
import logging
import math
import statistics
import sys
import threading
import time
import traceback
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import torch

from components.runs import policy
from components.runs.job import Job, Key, Progress, key_of
from components.runs.process import LostTrainerError, TrainerProcess
from components.runs.watching import Watches
from components.serving import turnstile
from components.serving.host import processors
from components.serving.memory import return_memory
from components.serving.store import Store, StoreError
from models import Experiment
from models.cost import Cost, estimate

LEARN_SECONDS = 0.1  # a shorter run says more of what else went on than of this machine's speed
SPEEDS = 9  # runs by which this machine's speed is judged
PROCESSORS = processors()
QUIET_SECONDS = 2.0  # without anybody's page, before what nobody asked for is trained
STOP_SECONDS = 1.5  # a slice takes less
PRESENT_SECONDS = 20.0  # a session whose page was drawn within these is somebody at work
AWAKE_SECONDS = 0.5  # who waits for an end sees so often whether it is still wanted
ELSEWHERE_SECONDS = 0.1  # between two looks at what another process trains
STORE_SECONDS = 30.0  # a store that failed is not asked for so long
IDLE_SECONDS = 0.5  # the worker looks around so often when nobody wakes it
STALL_SECONDS = 10.0  # a turn of the worker that takes longer is told, with where it is

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Visit:
    """One run of a session's page: with it, what an earlier one watched is watched no more.

    It is small and may be kept as long as the session lives.
    """

    runs: "Runs"
    session: str
    turn: int

    def watch(
        self, experiments: Sequence[Experiment], wait: float = 0.0, again: float = 0.0
    ) -> Progress:
        """Ask for a run, stop watching any other, and see how far it is.

        Once the session has begun a later visit, this one answers at once and asks for nothing.

        Args:
            experiments: one or more that can be trained together.
            wait: seconds to wait for the end before answering.
            again: seconds after which the session will ask again; until a little later it counts
                as watching.
        """
        return self.runs.watch(self, experiments, wait, again)

    def leave(self) -> None:
        """Stop watching anything."""
        self.runs.watches.leave(self.session, self.turn)


class Runs:
    """The jobs of all sessions, and the one worker that trains them, in slices, while watched.

    Whatever goes wrong is logged, is told to those whom it concerns, and the worker goes on.
    """

    def __init__(self):
        self.watches = Watches()
        self._jobs: OrderedDict[Key, Job] = OrderedDict()  # the one asked for longest ago first
        self._ahead: list[tuple[Experiment, ...]] = []  # to be trained while nobody is here
        self._visited = -math.inf  # when somebody's page was drawn last
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._news = threading.Condition()
        self._process: TrainerProcess | None = None  # where trainers live; None: here
        self._store: Store | None = None  # what other processes have trained, too
        self._store_failed = -math.inf  # when it last could not be used
        self._speeds: deque[float] = deque(maxlen=SPEEDS)
        self._stopped = False
        self._turned = time.monotonic()  # when the worker began its last turn
        self._stalled = self._turned  # the turn of which it was told that it does not end
        self._worker = threading.Thread(target=self._work, name="trainer", daemon=True)
        self._worker.start()
        # A thread that is inside PyTorch when the interpreter ends takes the process down.
        atexit.register(self.stop)

    def stop(self) -> None:
        """End the worker; nothing is trained any more."""
        self._stopped = True
        self._wake.set()
        self._worker.join(timeout=STOP_SECONDS)
        if self._process:
            self._process.stop()  # also where the worker waits for it

    def train_in(self, process: TrainerProcess) -> None:
        """Let trainers that are still to be made live in another process."""
        self._process = process

    def share(self, store: Store) -> None:
        """Have finished runs in common with other processes, so that each is trained once."""
        self._store = store

    def visit(self, session: str, patient: bool = False) -> Visit:
        """Begin a session's next run of its page; a ``patient`` one lets all others go first."""
        self._visited = time.monotonic()
        return Visit(self, session, self.watches.begin(session, patient))

    def watch(
        self, visit: Visit, experiments: Sequence[Experiment], wait: float, again: float
    ) -> Progress:
        """What ``Visit.watch`` does."""
        key, steps = key_of(experiments), experiments[0].steps
        self._visited = time.monotonic()
        self._tell_of_stall()
        deadline = self._visited + wait
        current, job = self._look(visit, experiments, key, steps, again)
        if wait and current and job.owes(steps):
            with turnstile.left():  # who only waits need not keep others from being drawn
                while current and job.owes(steps) and time.monotonic() < deadline:
                    self._sleep(job, steps, deadline)
                    current, job = self._look(visit, experiments, key, steps, again)
        progress = job.progress(steps)
        if current and progress.finished:
            self.watches.answered(visit.session, visit.turn)
        return progress

    def _sleep(self, job: Job, steps: int, deadline: float) -> None:
        """Until there may be news of a job, or it is to be looked at once more."""
        with self._news:
            # Under its lock, or the end might come between the look and the wait.
            if job.owes(steps):
                left = max(0.0, deadline - time.monotonic())
                self._news.wait(timeout=min(AWAKE_SECONDS, left))

    def _look(
        self, visit: Visit, experiments: Sequence[Experiment], key: Key, steps: int, again: float
    ) -> tuple[bool, Job]:
        """Whether the visit is the session's current one, and the job; if it is, it is wanted."""
        with self._lock:
            # Under the lock, or the worker might drop a job before it is known to be watched.
            current = self.watches.look(visit.session, visit.turn, key, steps, again)
            job = self._jobs.get(key)
            if not current:
                return False, job or Job(experiments)
            if job is None:
                job = self._jobs[key] = Job(experiments)
            self._jobs.move_to_end(key)
        if job.owes(steps):
            self._wake.set()
        return True, job

    def release(self, visit: Visit, experiments: Sequence[Experiment]) -> None:
        """Drop what a visit has seen the end of, unless somebody else looks at it: so that of many
        runs in a row none takes the place of what others come back to.
        """
        visit.leave()
        key = key_of(experiments)
        with self._lock:
            job = self._jobs.get(key)
            if job and key not in self.watches.held() and not job.owes(experiments[0].steps):
                job.leave()
                del self._jobs[key]

    def retry(self, experiments: Sequence[Experiment]) -> None:
        """Forget what went wrong with a run, so that it is tried once more."""
        with self._lock:
            job = self._jobs.get(key_of(experiments))
        if job:
            job.failure = None

    def train_ahead(self, runs: Iterable[Sequence[Experiment]]) -> None:
        """Train these, once, while no page is drawn and as far as there is room for them."""
        with self._lock:
            self._ahead += [tuple(run) for run in runs]
        self._wake.set()

    def estimate(self, experiments: Sequence[Experiment]) -> Cost:
        """What a run would still cost here, by this machine's speed so far."""
        with self._lock:
            job = self._jobs.get(key_of(experiments))
        steps = experiments[0].steps
        cost = (job or Job(experiments)).cost(steps)
        return replace(cost, seconds=cost.seconds * self._speed)

    @property
    def _speed(self) -> float:
        """Seconds this machine takes for an estimated second: the median of the last few runs.

        By the processor time that they took: what else the machine did meanwhile is no reason to
        refuse the next run. Where there is only a share of a processor, all lasts longer for good.
        """
        return statistics.median(self._speeds or [1.0]) / min(1.0, PROCESSORS)

    def known(self, experiments: Sequence[Experiment]) -> bool:
        """Whether a run as long as this is already trained."""
        with self._lock:
            job = self._jobs.get(key_of(experiments))
        return job is not None and job.reached(experiments[0].steps)

    def begun(self, experiments: Sequence[Experiment]) -> bool:
        """Whether there is something to show of a run, of whatever length."""
        with self._lock:
            job = self._jobs.get(key_of(experiments))
        return job is not None and job.step > 0

    @property
    def crowd(self) -> int:
        """Sessions that wait for a run to end, without the patient ones."""
        wanted = self.watches.steps_wanted(patient=False)
        return sum(
            waiting
            for job in self._all()
            for steps, waiting in wanted.get(job.key, {}).items()
            if job.owes(steps)
        )

    @property
    def visitors(self) -> int:
        """Sessions whose page was drawn lately."""
        return self.watches.present(PRESENT_SECONDS)

    @property
    def nbytes(self) -> int:
        """Memory that all jobs hold."""
        return sum(job.nbytes for job in self._all())

    def _all(self) -> list[Job]:
        with self._lock:
            return list(self._jobs.values())

    def _work(self) -> None:
        torch.set_num_threads(1)
        while not self._stopped:
            self._turned = time.monotonic()
            try:
                busy = self._turn()
            except BaseException:  # one bad turn must not be the last, and a thread has no caller
                _log.exception("the trainer stumbled")
                busy = False
            if not busy:
                self._wake.wait(timeout=ELSEWHERE_SECONDS if self._store else IDLE_SECONDS)
                self._wake.clear()

    def _tell_of_stall(self) -> None:
        """Log, once a stall, that somebody looks while the worker does not come to its next turn.

        It cannot say so itself: whatever it waits for, it waits.
        """
        turned = self._turned
        if self._stopped or self._stalled == turned:
            return
        if (seconds := time.monotonic() - turned) > STALL_SECONDS:
            self._stalled = turned
            frame = sys._current_frames().get(self._worker.ident or 0)
            where = "".join(traceback.format_stack(frame)) if frame else "it has ended\n"
            _log.error("the trainer has not moved for %.0f s:\n%s", seconds, where)

    def _turn(self) -> bool:
        """Train one job for a moment; False if there is none to train."""
        waiting, watched = self._waiting(), self.watches.steps_wanted()
        chosen = policy.next_job(waiting, policy.lasting_bytes(self._all(), watched))
        chosen = chosen or (None if waiting else self._next_ahead())
        if chosen is None:
            self._tidy()
            return False
        job, target = chosen.job, chosen.target
        if self._store and job.claim is None and self._is_done_elsewhere(job, target):
            self._tell(job)
            return True
        if job.trainer is None:
            self._make_room(job, chosen.bytes)
        watching, began = self.watches.who_watches(job.key), time.monotonic()
        away = self._process if self._process and self._process.usable else None
        try:
            job.train_slice(target, away)
        except LostTrainerError as lost:
            _log.error("training was lost: %s", job.experiments, exc_info=lost)
            job.lose(lost, target)
        except BaseException as error:  # it must reach the page, whatever it is
            self._fail(job, error, target)
        self.watches.charge(watching, time.monotonic() - began)
        if not job.owes(target):
            self._learn_speed(job)
        self._make_room(job)
        self._tell(job)
        if not job.owes(target):
            self._hand_on(job, target)
            with self._lock:  # now: it may be dropped before the worker is idle
                self._forget_trained_ahead()
            return_memory()
        return True

    def _tell(self, job: Job) -> None:
        """Wake those who wait for what a job has reached."""
        wanted = self.watches.steps_wanted().get(job.key, ())
        if any(not job.owes(steps) for steps in wanted):
            with self._news:
                self._news.notify_all()

    def _is_done_elsewhere(self, job: Job, target: int) -> bool:
        """Whether a job has been, or is being, trained by another process; else it is ours now.

        A store that cannot be used is left alone for a while, and all is trained here.
        """
        if self._store is None or time.monotonic() < self._store_failed + STORE_SECONDS:
            return False
        try:
            if job.fetch(self._store, target):
                return True
            if job.take(self._store, target):
                # Whoever had it before us may have put it there a moment ago.
                return job.fetch(self._store, target)
            job.asked_elsewhere = time.monotonic()
            return True
        except StoreError as error:
            self._do_without_store(error)
        except Exception:  # whatever lies there: it must not stop all training
            _log.exception("the store gave what cannot be read")
        return False

    def _hand_on(self, job: Job, target: int) -> None:
        """Let other processes have a job that is done, and its claim."""
        try:
            if self._store and job.claim and job.error(target) is None:
                job.store(self._store, target)
        except StoreError as error:
            self._do_without_store(error)
        finally:
            job.leave()

    def _do_without_store(self, error: StoreError) -> None:
        _log.warning("training without the store: %s", error)
        self._store_failed = time.monotonic()

    def _renew(self, job: Job) -> None:
        """Keep the claim of a job that is still to be trained."""
        try:
            if job.claim:
                job.claim.renew()
        except StoreError as error:
            self._do_without_store(error)
            job.leave()

    def _waiting(self) -> list[policy.Candidate]:
        """The jobs that somebody waits for."""
        wanted, now, waiting = self.watches.steps_wanted(), time.monotonic(), []
        in_line = self.crowd > policy.LIVE_CROWD
        urgent, spent = self.watches.steps_wanted(patient=False), self.watches.spent()
        for job in self._all():
            owed = [steps for steps in wanted.get(job.key, ()) if job.owes(steps)]
            if not owed:
                job.since = None
                job.leave()
                continue
            self._renew(job)
            if now < job.asked_elsewhere + ELSEWHERE_SECONDS:
                continue
            job.since = now if job.since is None else job.since
            target = max(owed)
            try:
                left, cost = job.seconds_left(target), job.cost(target)
            except Exception as error:  # the others are to be chosen from all the same
                self._fail(job, error, target)
                continue
            if left is None and in_line:  # nobody is shown a first picture
                left = cost.seconds * self._speed
            waiting.append(
                policy.Candidate(
                    job,
                    target,
                    left,
                    cost.bytes,
                    cost.bytes_at_rest,
                    waited=now - job.since,
                    patient=job.key not in urgent,
                    spent=spent.get(job.key, 0.0),
                )
            )
        return waiting

    def _next_ahead(self) -> policy.Candidate | None:
        """The next job of those that nobody waits for yet, if the cache has room for it.

        Drawing and training share one interpreter, so none while anybody's page is drawn.
        It counts as the one asked for longest ago. Once it is trained it is a job like any other:
        if it is dropped, only who asks for it has it trained again.
        """
        if time.monotonic() < self._visited + QUIET_SECONDS:
            return None
        with self._lock:
            self._forget_trained_ahead()
            if not self._ahead:
                return None
            run = self._ahead[0]
            key, steps = key_of(run), run[0].steps
            job = self._jobs.get(key) or Job(run)
            if time.monotonic() < job.asked_elsewhere + ELSEWHERE_SECONDS:
                return None
            cost = job.cost(steps)
            others = sum(each.nbytes for each in self._jobs.values() if each is not job)
            if others + max(cost.bytes, job.nbytes) > policy.CACHE_BYTES:
                return None
            if key not in self._jobs:
                self._jobs[key] = job
                self._jobs.move_to_end(key, last=False)
        left = job.seconds_left(steps)
        return policy.Candidate(job, steps, left, cost.bytes, cost.bytes_at_rest, waited=0.0)

    def _forget_trained_ahead(self) -> None:
        """Want those ahead no longer that are trained, or failed; call this under the lock."""

        def is_owed(run: tuple[Experiment, ...]) -> bool:
            job = self._jobs.get(key_of(run))
            return job is None or job.owes(run[0].steps)

        self._ahead = list(filter(is_owed, self._ahead))

    def _fail(self, job: Job, error: BaseException, target: int) -> None:
        _log.error("training failed: %s", job.experiments, exc_info=error)
        job.fail(error, target)
        job.leave()
        with self._news:
            self._news.notify_all()

    def _learn_speed(self, job: Job) -> None:
        """See how much longer than estimated a run took that has ended."""
        if job.trainer is None:
            return
        predicted = estimate([replace(e, steps=job.step) for e in job.experiments]).seconds
        if predicted >= LEARN_SECONDS:
            self._speeds.append(job.trainer.pace.worked / predicted)

    def _tidy(self) -> None:
        """While there is nothing to train: give up what is kept for nobody."""
        held = self.nbytes
        self._make_room()
        if self.nbytes < held:
            return_memory()

    def _make_room(self, current: Job | None = None, room: float = 0.0) -> None:
        """Let all but the current job rest, and drop what is too much."""
        self.watches.forget_old()
        with self._lock:
            jobs = list(self._jobs.values())
            for job in jobs:
                if job is not current:
                    job.rest()
            own = {current.key} if current else set()
            watched, held = set(self.watches.steps_wanted()), self.watches.held()
            for job in policy.to_drop(jobs, watched | own, held | own, room):
                job.leave()
                del self._jobs[job.key]


@functools.cache
def shared_runs() -> Runs:
    """The one trainer of this server; it is first asked for before any visitor comes."""
    return Runs()
