"""A job: one pass over experiments, its trainer, what is published of it, and what went wrong."""

import contextlib
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from components.runs.process import LostTrainerError, RemoteTrainer, TrainerProcess
from components.runs.stored import name_of, networks_kept, packed, unpacked
from components.serving.store import Claim, Store, StoreError
from models import Experiment, History, Trainer
from models.cost import Cost, estimate

SLICE_SECONDS = 0.05  # training between two looks at what is wanted
AWAY_SECONDS = 0.15  # the same for a trainer elsewhere, whose every answer costs this process time
MOST_LOSSES = 1  # of the trainer's process over one job, before it is taken for the cause
OWN_BYTES = 20 << 10  # of a job beside its arrays, so that not even empty ones are without end

_log = logging.getLogger(__name__)

Key = str  # its hash is computed once: every look at every page asks for it
"""What a job is known by: the identity of each of its experiments."""


def key_of(experiments: Sequence[Experiment]) -> Key:
    """The key of the job that trains these experiments, for however many steps."""
    return repr([experiment.identity for experiment in experiments])


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
    def trained(self) -> tuple[History, ...]:
        """The histories of a run that has ended well."""
        if self.histories is None:
            raise ValueError(f"it has not been trained: {self.error}")
        return self.histories

    @property
    def finished(self) -> bool:
        """Nothing more will come."""
        return self.error is not None or (self.histories is not None and self.step >= self.steps)


@dataclass(frozen=True)
class Failure:
    """What went wrong on the way to so many steps: who asked for fewer is not concerned."""

    steps: int
    reason: str


class Job:
    """One pass over experiments, trained as far as anybody who watches it has asked for."""

    def __init__(self, experiments: Sequence[Experiment]):
        self.experiments = tuple(experiments)
        self.key = key_of(experiments)
        self.trainer: Trainer | RemoteTrainer | None = None
        self.histories: tuple[History, ...] | None = None
        self._views: dict[int, tuple[tuple[History, ...], tuple[History, ...]]] = {}
        self.failure: Failure | None = None
        self.since: float | None = None  # when it began to wait; None: nobody waits for it
        self.losses = 0  # of the trainer's process over this job
        self.claim: Claim | None = None  # that it is trained here and nowhere else
        self.asked_elsewhere = -math.inf  # when somebody else was last found to train it

    @property
    def frames(self) -> bool:
        """Whether parameters are kept, so that one can look inside."""
        return networks_kept(self.experiments) is None

    @property
    def step(self) -> int:
        """Steps done, as far as published."""
        return _step(self.histories)

    def owes(self, steps: int) -> bool:
        """Whether there is still something to do for so many steps."""
        return not self.reached(steps) and self.error(steps) is None

    def reached(self, steps: int) -> bool:
        """Whether so many steps are done."""
        histories = self.histories  # the worker may replace them
        return histories is not None and _step(histories) >= steps

    def error(self, steps: int) -> str | None:
        """What keeps it from so many steps, if anything does."""
        failure = self.failure  # the worker may replace it
        if failure is None or steps < failure.steps or self.reached(steps):
            return None
        return failure.reason

    def seconds_left(self, steps: int) -> float | None:
        """Estimated time until ``steps``; None before anything is measured."""
        trainer = self.trainer  # the worker may take it away
        return trainer.seconds_until(steps) if trainer else None

    def progress(self, steps: int) -> Progress:
        """How it stands for who asked for so many steps."""
        histories = self._shown(steps)
        step = _step(histories)
        return Progress(histories, step, steps, self.seconds_left(steps), self.error(steps))

    def _shown(self, steps: int) -> tuple[History, ...] | None:
        """What is published, as one who asked for so many steps sees it.

        The same objects for all who do: what is found out about them is found out once.
        """
        histories = self.histories  # the worker may replace them
        if histories is None:
            return None
        source, shown = self._views.get(steps, (None, None))
        if source is not histories:
            if _step(histories) > steps:
                shown = tuple(history.until(steps) for history in histories)
            else:
                shown = tuple(
                    replace(h, experiment=replace(h.experiment, steps=steps)) for h in histories
                )
            # Of those published before nothing is kept.
            now = {asked: view for asked, view in self._views.items() if view[0] is histories}
            self._views = now | {steps: (histories, shown)}
        return shown

    def train_slice(self, target: int, process: TrainerProcess | None = None) -> None:
        """Train for a moment towards ``target`` steps and publish. Only the worker calls this.

        Args:
            target: steps.
            process: where a trainer that is still to be made will live; None: here.

        Raises:
            BaseException: whatever went wrong; ``LostTrainerError``: it may be tried again.
        """
        if self.trainer is None:
            experiments = [replace(e, steps=target) for e in self.experiments]
            if process:
                self.trainer = process.trainer(experiments)
            else:
                self.trainer = Trainer(experiments, networks_kept(experiments))
        elif self.trainer.target != target:
            # Where training has passed the target, between two log points, the next one will do.
            passed = self.trainer.step >= target
            self.trainer.extend(self.trainer.next_log if passed else target)
        self.trainer.advance(SLICE_SECONDS if process is None else AWAY_SECONDS)
        if self.trainer.finished:
            self.trainer.rest()
        self.publish(self.trainer.histories())

    def publish(self, histories: Sequence[History]) -> None:
        """Show these, one an experiment.

        One that failed and was begun anew shows what it had until it is further than that.
        """
        if int(histories[0].steps[-1]) >= self.step:
            self.histories = tuple(histories)

    def store(self, store: Store, target: int) -> None:
        """Let others have what was trained, if it is as many steps as were asked for.

        Raises:
            StoreError: the store cannot be used.
        """
        trainer = self.trainer
        if trainer is None or self.step != target:
            return
        data = packed(trainer.records([(0, 0)] * len(self.experiments)), trainer.seconds)
        if data is not None:
            store.put(self._name(target), data)

    def fetch(self, store: Store, target: int) -> bool:
        """Show so many steps of it as others have trained; False: nobody has.

        Raises:
            StoreError: the store cannot be used.
        """
        data = store.get(self._name(target))
        if data is None:
            return False
        experiments = [replace(e, steps=target) for e in self.experiments]
        try:
            self.publish(unpacked(data, experiments, target))
        except ValueError as error:  # it is trained here, and kept in its place
            _log.warning("the store holds garbage: %s", error)
            return False
        return True

    def take(self, store: Store, target: int) -> bool:
        """Claim the training of so many steps; False: somebody else trains them.

        Raises:
            StoreError: the store cannot be used.
        """
        if self.claim is None:
            self.claim = store.claim(self._name(target))
        return self.claim is not None

    def leave(self) -> None:
        """Leave its training to others."""
        claim, self.claim = self.claim, None
        if claim:
            with contextlib.suppress(StoreError):  # it ends by itself
                claim.release()

    def _name(self, steps: int) -> str:
        return name_of(self.experiments, steps)

    def lose(self, error: LostTrainerError, target: int) -> None:
        """Begin anew after the trainer's process was lost; give up if that keeps happening."""
        self.trainer = None
        self.losses += error.asked
        if self.losses > MOST_LOSSES:
            self.losses = 0
            self.fail(error, target)

    def fail(self, error: BaseException, target: int) -> None:
        """Give up on ``target`` steps; what was published stays."""
        self.failure = Failure(target, f"{type(error).__name__}: {error}")
        self.trainer = None

    def rest(self) -> None:
        """Free what is needed only while it is trained."""
        if self.trainer:
            self.trainer.rest()

    def cost(self, steps: int) -> Cost:
        """What it takes from where it is to so many steps, and the memory at its peak."""
        done = self.step if self.trainer else 0
        experiments = [replace(e, steps=steps) for e in self.experiments]
        return estimate(experiments, min(done, steps), self.frames)

    @property
    def nbytes(self) -> int:
        """Memory that the job holds."""
        trainer, histories = self.trainer, self.histories
        held = OWN_BYTES + sum(history.nbytes for history in histories or ())
        return held + (trainer.nbytes if trainer else 0)


def _step(histories: tuple[History, ...] | None) -> int:
    return int(histories[0].steps[-1]) if histories else 0
