"""The cached trainer: sessions ask it for a run, one worker trains, everybody sees the result.

A ``Job`` is one pass over experiments that differ in their activation alone. Jobs are shared
between sessions, keyed by everything but the number of steps: asking for more steps continues a
run. A session *watches* the job it draws; a job that nobody watches is not trained. The worker
never calls Streamlit, and a session never trains.
"""

import atexit
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st
import torch

from components.memory import return_memory
from models import Experiment, History, Trainer
from models.cost import Cost, estimate

SLICE_SECONDS = 0.05  # training between two looks at what is wanted
WATCH_SECONDS = 0.9  # a session that has not asked for so long has gone
AGEING = 0.2  # seconds of training that a second of waiting makes good, so that nobody starves
LEARN_SECONDS = 0.1  # a shorter run says more of what else went on than of this machine's speed
FORGET_SECONDS = 60.0  # after which nothing is remembered of it
CACHE_BYTES = 56 << 20
MAX_SECONDS = 60.0
MAX_BYTES = 192 << 20  # of one run
TOTAL_BYTES = 256 << 20  # of all, as far as they can wait for each other


@dataclass(frozen=True)
class Progress:
    """A job as one session sees it.

    Attributes:
        histories: one an experiment; None before the first look.
        step: steps done.
        steps: steps this session asked for.
        seconds_left: estimated; None before the first steps are measured.
        error: what went wrong in the worker, in Python's words; None: nothing.
    """

    histories: tuple[History, ...] | None
    step: int
    steps: int
    seconds_left: float | None
    error: str | None

    @property
    def finished(self) -> bool:
        """Nothing more will come."""
        return self.error is not None or (self.histories is not None and self.step >= self.steps)


class Job:
    """One pass over experiments, trained as far as anybody who watches it has asked for."""

    def __init__(self, experiments: Sequence[Experiment]):
        self.experiments = tuple(experiments)
        self.trainer: Trainer | None = None
        self.histories: tuple[History, ...] | None = None
        self.error: str | None = None
        self.watchers: dict[str, tuple[float, int]] = {}  # session: watches until, steps wanted
        self.since = 0.0  # when it began to wait

    @property
    def step(self) -> int:
        """Steps done, as far as published."""
        return int(self.histories[0].steps[-1]) if self.histories else 0

    def target(self, now: float) -> int:
        """The most steps that a session still watching has asked for; 0: nobody watches."""
        return max(
            (steps for until, steps in self.watchers.copy().values() if now < until), default=0
        )

    def audience(self, now: float) -> int:
        """How many sessions watch it."""
        return sum(now < until for until, _ in self.watchers.copy().values())

    def waiting(self, now: float) -> bool:
        """Whether somebody watches it and it has steps to do."""
        target = self.target(now)
        return target > 0 and self.owes(target)

    def owes(self, steps: int) -> bool:
        """Whether there is still something to do for so many steps."""
        return self.error is None and (not self.histories or self.step < steps)

    def seconds_left(self, steps: int) -> float | None:
        """Estimated time until ``steps``; None before anything is measured."""
        trainer = self.trainer  # the worker may take it away
        return trainer.seconds_until(steps) if trainer else None

    def train_slice(self, target: int) -> None:
        """Train for a moment and publish. Only the worker calls this."""
        if self.trainer is None:
            self.trainer = Trainer([replace(e, steps=target) for e in self.experiments])
        elif self.trainer.target != target:
            # Where training has passed the target, between two log points, the next one will do.
            passed = self.trainer.step >= target
            self.trainer.extend(self.trainer.next_log if passed else target)
        self.trainer.advance(SLICE_SECONDS)
        if self.trainer.finished:
            self.trainer.rest()
        self.histories = tuple(self.trainer.histories())

    @property
    def cost(self) -> Cost:
        """What it would take from the start to the furthest step that is wanted."""
        steps = max((steps for _, steps in self.watchers.copy().values()), default=1)
        return estimate([replace(e, steps=steps) for e in self.experiments])

    @property
    def nbytes(self) -> int:
        """Memory that the job holds."""
        trainer, histories = self.trainer, self.histories
        held = sum(history.nbytes for history in histories or ())
        return held + (trainer.nbytes if trainer else 0)


class Runs:
    """The jobs of all sessions, and the one worker that trains them.

    Jobs that are watched are trained in slices: first each that has nothing to show yet, then the
    one with the least left to do, so that a short run does not wait for a long one; the longer one
    has waited, the less that counts. Beyond ``CACHE_BYTES`` the jobs asked for longest ago are
    dropped.
    """

    def __init__(self):
        self._jobs: OrderedDict[tuple[Experiment, ...], Job] = OrderedDict()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._news = threading.Condition()
        self._speed = 1.0  # seconds this machine takes for an estimated second
        self._stopped = False
        self._worker = threading.Thread(target=self._work, name="trainer", daemon=True)
        self._worker.start()
        # A thread that is inside PyTorch when the interpreter ends takes the process down.
        atexit.register(self.stop)

    def stop(self) -> None:
        """End the worker; nothing is trained any more."""
        self._stopped = True
        self._wake.set()
        self._worker.join(timeout=5)

    def watch(
        self, session: str, experiments: Sequence[Experiment], wait: float = 0.0, again: float = 0.0
    ) -> Progress:
        """Ask for a run, stop watching any other, and see how far it is.

        Args:
            session: who asks.
            experiments: one or two that differ in their activation alone.
            wait: seconds to wait for the end before answering.
            again: seconds after which the session will ask again; until a little later it counts
                as watching.
        """
        key, steps = _key(experiments), experiments[0].steps
        stay = max(WATCH_SECONDS, 1.5 * again)
        with self._lock:
            for other in self._jobs.values():
                other.watchers.pop(session, None)
            job = self._jobs.setdefault(key, Job(key))
            self._jobs.move_to_end(key)
            if not job.waiting(time.monotonic()):
                job.since = time.monotonic()
            # Before the lock is given back, or the worker might drop a job that nobody watches yet.
            job.watchers[session] = (time.monotonic() + stay, steps)
        deadline = time.monotonic() + wait
        while True:
            now = time.monotonic()
            job.watchers[session] = (now + stay, steps)
            self._wake.set()
            if now >= deadline or not job.owes(steps):
                return self._progress(job, steps)
            with self._news:
                self._news.wait(timeout=max(0.0, min(0.05, deadline - now)))

    def leave(self, session: str) -> None:
        """Stop watching anything."""
        with self._lock:
            for job in self._jobs.values():
                job.watchers.pop(session, None)

    def forget(self, experiments: Sequence[Experiment]) -> None:
        """Drop a run, so that the next one who asks starts it anew."""
        with self._lock:
            self._jobs.pop(_key(experiments), None)

    def estimate(self, experiments: Sequence[Experiment]) -> Cost:
        """What a run would cost here, by this machine's speed so far."""
        cost = estimate(experiments)
        return Cost(cost.seconds * self._speed, cost.bytes)

    def known(self, experiments: Sequence[Experiment]) -> bool:
        """Whether a run as long as this is already trained."""
        with self._lock:
            job = self._jobs.get(_key(experiments))
        return job is not None and not job.owes(experiments[0].steps)

    @property
    def crowd(self) -> int:
        """Sessions that wait for a run to end."""
        now = time.monotonic()
        return sum(job.audience(now) for job in self._snapshot() if job.waiting(now))

    @property
    def nbytes(self) -> int:
        """Memory that all jobs hold."""
        return sum(job.nbytes for job in self._snapshot())

    def _snapshot(self) -> list[Job]:
        """All jobs, the one asked for longest ago first."""
        with self._lock:
            return list(self._jobs.values())

    def _progress(self, job: Job, steps: int) -> Progress:
        histories = job.histories
        step = int(histories[0].steps[-1]) if histories else 0
        if histories and step > steps:
            histories, step = tuple(history.until(steps) for history in histories), steps
        elif histories:
            histories = tuple(
                replace(h, experiment=replace(h.experiment, steps=steps)) for h in histories
            )
        return Progress(histories, step, steps, job.seconds_left(steps), job.error)

    def _work(self) -> None:
        torch.set_num_threads(1)
        while not self._stopped:
            job = self._next_job()
            if job is None:
                self._wake.wait(timeout=0.5)
                self._wake.clear()
                continue
            before = job.step
            try:
                job.train_slice(max(job.target(time.monotonic()), job.step, 1))
            except Exception as error:  # it must reach the page, whatever it is
                job.error = f"{type(error).__name__}: {error}"
                job.trainer = None
            if job.step > before:
                self._learn_speed(job)
            self._drop_old_jobs(job)
            if not job.waiting(time.monotonic()):
                return_memory()
            with self._news:
                self._news.notify_all()

    def _next_job(self) -> Job | None:
        now, jobs = time.monotonic(), self._snapshot()
        waiting = [job for job in jobs if job.waiting(now)]
        held = sum(job.nbytes for job in jobs)
        begun = [job for job in waiting if job.trainer]
        if begun:  # what would not fit beside the others waits until they are done
            waiting = [job for job in waiting if job.trainer or held + job.cost.bytes < TOTAL_BYTES]

        def order(job: Job) -> float:
            left = job.seconds_left(job.target(now))
            if left is None:
                return -math.inf  # a first picture before anything else
            return left - AGEING * (now - job.since)

        return min(waiting, key=order, default=None)

    def _learn_speed(self, job: Job) -> None:
        if job.trainer is None:
            return
        predicted = estimate([replace(e, steps=job.step) for e in job.experiments]).seconds
        if predicted < LEARN_SECONDS:
            return
        self._speed += 0.1 * (job.trainer.seconds / predicted - self._speed)

    def _drop_old_jobs(self, current: Job) -> None:
        """Let all but the current job rest; beyond ``CACHE_BYTES`` drop the oldest unwatched."""
        now = time.monotonic()
        with self._lock:
            for job in self._jobs.values():
                for session, (until, _) in list(job.watchers.items()):
                    if now > until + FORGET_SECONDS:
                        job.watchers.pop(session, None)
                if job.trainer and job is not current:
                    job.trainer.rest()
            held = {key: job.nbytes for key, job in self._jobs.items()}
            total = sum(held.values())
            for key in list(self._jobs):
                if total <= CACHE_BYTES:
                    break
                if not self._jobs[key].target(now):
                    del self._jobs[key]
                    total -= held[key]


def _key(experiments: Sequence[Experiment]) -> tuple[Experiment, ...]:
    """What a job is known by: everything but the number of steps."""
    return tuple(replace(experiment, steps=1) for experiment in experiments)


@st.cache_resource(show_spinner=False)
def shared_runs() -> Runs:
    """The one trainer of this server."""
    return Runs()
