"""Training: ``train(experiment) -> History``, and the ``Trainer`` that does it piece by piece."""

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from models.batches import Feed, batches_of
from models.comparison import differing
from models.experiment import Experiment, checked, initial_parameters
from models.history import LOG_DENSITY, History, next_step, recorded_count
from models.initializers import Parameters
from models.network import Ensemble
from models.optimizers import Optimizer, optimizer_for
from models.plan import Arm
from models.recorder import Probe, Record, Recorders
from models.tasks import Task

# Networks trained as one ensemble: few enough that wide networks' weights stay in the processor's
# cache, many enough that an operation on narrow ones is worth its call.
GROUP_NETWORKS = 256
GROUP_BYTES = 7 << 20
# Parts of a full ensemble, one an experiment: with more, operations on each are mostly calls.
GROUP_PARTS = 8
BURST_SECONDS = 0.01
SHARED = ("steps", "networks", "seed", "dtype")
"""Fields that experiments must have in common to be trained together."""
ALIKE = ("data", "batch", "order", "optimizer", "learning_rate", "momentum", "weight_decay",
         "clip", "unit_gradient", "accumulate", "broadcast")  # fmt: skip
"""Those that they have in common in one ensemble, beside their shape."""


def train(experiment: Experiment) -> History:
    """Train all networks of an experiment to the end.

    Raises:
        TypeError: it is not an ``Experiment``.
    """
    return train_together([checked(experiment)])[0]


def train_together(experiments: Sequence[Experiment]) -> list[History]:
    """Train experiments that have ``SHARED`` in common in one pass: cheaper than in turn."""
    trainer = Trainer(experiments)
    trainer.advance()
    return trainer.histories()


@dataclass
class _Group:
    """Networks that are trained as one ensemble: the same networks of one or more experiments."""

    members: list[int]  # positions of the experiments
    networks: slice  # which networks of each
    feed: Feed | None  # its ensembles, and what they are shown; None while the run rests
    parameters: Tensor  # the ensemble's; all that remains of it while the run rests
    optimizer: Optimizer
    rate: float  # how far a step goes
    last_finite: Tensor  # parameters at the last log point; a diverged network's stay there
    diverged: Tensor  # [E] the networks that were stopped

    @property
    def count(self) -> int:
        """Networks of each member."""
        return self.networks.stop - self.networks.start

    @property
    def parts(self) -> Iterator[tuple[int, slice]]:
        """Each experiment's position and the slice of the ensemble's networks that is its own."""
        for place, member in enumerate(self.members):
            yield member, slice(place * self.count, (place + 1) * self.count)

    @property
    def awake(self) -> Ensemble:
        """The ensemble of a run that does not rest."""
        assert self.feed is not None
        return self.feed.ensemble

    def train(self, steps: int) -> None:
        """So many steps of descent."""
        assert self.feed is not None
        for ensemble in self.feed.show(steps):
            ensemble.forward()
            ensemble.backward()
            self.optimizer.step(ensemble, self.rate)

    def keep_finite(self, finite: Tensor) -> None:
        """Stop the networks that are not finite (a mask [E]); on record is what they were last."""
        if bool(finite.all()):
            self.last_finite.copy_(self.parameters)
            return
        self.last_finite[:, finite] = self.parameters[:, finite]
        self.diverged |= ~finite
        # What a diverged network does from here on is not asked: its figures are unknown, and
        # nothing that is not a number passes from one network to another.

    @property
    def nbytes(self) -> int:
        """Memory of the parameters and all that training them needs."""
        parameters = self.parameters.nbytes + self.last_finite.nbytes + self.optimizer.nbytes
        return parameters + (self.feed.buffer_bytes if self.feed else 0)

    def rest(self) -> None:
        """Keep the parameters and the optimizer's memory, give up every buffer."""
        self.feed = None

    def wake(self, feed: Feed) -> None:
        """Go on from where it rested, in new buffers."""
        feed.ensemble.parameters.copy_(self.parameters)
        self.feed, self.parameters = feed, feed.ensemble.parameters


@dataclass(frozen=True)
class Pace:
    """How far a training is, and what a step and a log point of it take.

    Attributes:
        step: steps done.
        step_seconds: of a step, on average so far; 0 before the first.
        log_seconds: of a log point, likewise.
        worked: seconds of processor time that it took so far, whatever else the machine did.
    """

    step: int
    step_seconds: float
    log_seconds: float
    worked: float

    def seconds_until(self, steps: int) -> float | None:
        """Estimated time until so many steps are done; None before the first are measured."""
        if not self.step:
            return None
        logs = recorded_count(steps, LOG_DENSITY) - recorded_count(self.step, LOG_DENSITY)
        return max(steps - self.step, 0) * self.step_seconds + max(logs, 0) * self.log_seconds


class Trainer:
    """Trains experiments side by side, as far as it is told to, and logs.

    Those of one shape and optimizer are parts of one ensemble; the others pass the same steps in
    ensembles of their own. All keep frames at the same steps, as many as the largest of them can,
    so that what is compared can be looked at step by step.

    Args:
        experiments: one or more that have ``SHARED`` in common.
        keep: the networks whose parameters are kept; by default the first few. Training does not
            depend on it: a run repeated with another choice takes the same steps, to the bit.

    Raises:
        TypeError: something else than experiments is given.
        ValueError: there is none, they differ in what they must share, or there is no such network
            to keep.
    """

    def __init__(self, experiments: Sequence[Experiment], keep: Sequence[int] | None = None):
        self.experiments = _checked(experiments)
        first = self.experiments[0]
        if wrong := [name for name in differing(self.experiments) if name in SHARED]:
            raise ValueError(f"trained together, experiments share their {', '.join(wrong)}")
        _check_kept(keep, first.networks)
        self.target = first.steps
        self.step = 0
        self.seconds = 0.0
        self._worked = -time.thread_time()
        self._burst = 1
        self._stepping = self._logging = 0.0  # seconds so far
        self._logged = 0
        self._probes: dict[tuple, Probe] = {}
        self._recorders = Recorders(self.experiments, keep)
        self._plan_recording()
        with torch.inference_mode():
            self._groups = list(self._make_groups())
            self._log()
        self._worked += time.thread_time()

    def _make_groups(self) -> Iterator[_Group]:
        """Split the networks into ensembles."""
        for members in alike(self.experiments):
            first = self.experiments[members[0]]
            size = group_size(first, len(members))
            for low in range(0, first.networks, size):
                networks = slice(low, min(low + size, first.networks))
                feed = self._feed(members, networks, first.torch_dtype)
                feed.ensemble.load(self._start(members, networks))
                diverged = torch.zeros(feed.ensemble.networks, dtype=torch.bool)
                parameters, rate = feed.ensemble.parameters, first.learning_rate
                optimizer = optimizer_for(first, feed.ensemble)
                last_finite = parameters.clone()
                yield _Group(
                    members, networks, feed, parameters, optimizer, rate, last_finite, diverged
                )

    def _feed(self, members: list[int], networks: slice, dtype: torch.dtype) -> Feed:
        """Buffers for a group, and what it is shown from here on."""
        first = self.experiments[members[0]]
        seeds = self._seeds(networks) * len(members)
        batches = batches_of(first.task, first.batch, first.order, seeds)

        def make(task: Task, beside: Ensemble | None, apart: bool) -> Ensemble:
            arms = self._arms(members, networks.stop - networks.start)
            return Ensemble(first.shape, arms, task, dtype, beside=beside, apart=apart)

        return Feed(batches, make, self.step)

    def _seeds(self, networks: slice) -> list[int]:
        """Of some networks of each experiment."""
        first = self.experiments[0]
        return [first.seed + network for network in range(networks.start, networks.stop)]

    def _start(self, members: list[int], networks: slice) -> Parameters:
        """The initial parameters of the same networks of some experiments, one after the other."""
        which = range(networks.start, networks.stop)
        starts = [initial_parameters(self.experiments[member], which) for member in members]
        return [
            tuple(torch.cat(parts) for parts in zip(*layer, strict=True))
            for layer in zip(*starts, strict=True)
        ]

    def _arms(self, members: list[int], networks: int, exact: bool = False) -> list[Arm]:
        """So many networks of each; ``exact``: with derivatives from their formulas."""
        arms = []
        for _, same in groupby((self.experiments[member] for member in members), key=_kind):
            one, *others = same
            arms.append(Arm.of(one, networks * (1 + len(others)), exact))
        return arms

    @property
    def finished(self) -> bool:
        """Whether the target is reached."""
        return self.step >= self.target

    @property
    def seconds_left(self) -> float | None:
        """Estimated time to the target; None before the first steps are measured."""
        return self.seconds_until(self.target)

    def seconds_until(self, steps: int) -> float | None:
        """Estimated time until so many steps are done; None before the first are measured."""
        return self.pace.seconds_until(steps)

    @property
    def pace(self) -> Pace:
        """How far it is, and how fast."""
        step_seconds = self._stepping / max(1, self.step)
        log_seconds = self._logging / max(1, self._logged)
        return Pace(self.step, step_seconds, log_seconds, self._worked)

    @torch.inference_mode()
    def advance(self, seconds: float = float("inf")) -> None:
        """Train towards the target for about so many seconds; a single step is never interrupted.

        Denormal numbers are flushed to zero while the steps run: a deep sigmoid's gradients are so
        small that the processor would slow down three times over, for updates far below rounding.
        """
        began = time.thread_time()
        try:
            self._advance(seconds)
        finally:
            self._worked += time.thread_time() - began

    def _advance(self, seconds: float) -> None:
        begin = now = time.perf_counter()
        for group in self._groups:
            if group.feed is None and not self.finished:
                group.wake(self._feed(group.members, group.networks, group.last_finite.dtype))
        while not self.finished and now - begin < seconds:
            count = min(self._next_log - self.step, self._burst)
            torch.set_flush_denormal(True)
            try:
                for group in self._groups:
                    group.train(count)
            finally:
                torch.set_flush_denormal(False)
            trained = time.perf_counter()
            self._stepping += trained - now
            # Bursts are short enough to stop in time and long enough to measure.
            self._burst = max(1, int(BURST_SECONDS * count / max(trained - now, 1e-6)))
            self.step += count
            if self.step == self._next_log:
                self._log()
                self._logging += time.perf_counter() - trained
                self._logged += 1
            before, now = now, time.perf_counter()
            self.seconds += now - before

    @property
    def next_log(self) -> int:
        """The next step at which everything is recorded."""
        return self._next_log

    def extend(self, steps: int) -> None:
        """Move the target: a run that is done goes on from where it is."""
        self.target = max(steps, self.step)
        self._plan_recording()

    def rest(self) -> None:
        """Free what a run that is not trained does not need; ``advance`` goes on all the same."""
        if all(group.feed is None for group in self._groups):
            return
        self._probes.clear()
        for group in self._groups:
            group.rest()

    @property
    def nbytes(self) -> int:
        """Memory of the networks and of measuring them, without what was recorded."""
        probes = sum(probe.nbytes for probe in self._probes.values())
        return probes + sum(group.nbytes for group in self._groups)

    def histories(self) -> list[History]:
        """What is known so far, one history an experiment; cheap enough to call while training."""
        return self._recorders.histories(self.target, self.seconds)

    def records(self, since: Sequence[tuple[int, int]]) -> list[Record]:
        """What is new since each experiment had so many log points and frames.

        By these another process follows the training with ``Recorders`` of its own.
        """
        return self._recorders.records(since)

    def _plan_recording(self) -> None:
        self._recorders.expect(self.target)
        self._next_log = next_step(self.step, self.target, LOG_DENSITY)
        self._next_frame = next_step(self.step, self.target, self._recorders.frame_density)

    def _log(self) -> None:
        """Record every figure at this step and stop the networks that diverged."""
        is_frame = self.step == 0 or self.step >= self._next_frame
        for recorder in self._recorders:
            recorder.open(self.step, is_frame)
        for group in self._groups:
            probe = self._probe(group)
            probe.measure(group.parameters, group.diverged)
            group.keep_finite(probe.finite)
            for member, part in group.parts:
                self._recorders[member].write(probe, group.networks, part)
            if is_frame:
                counts = probe.pre_activation_counts()
                parameters = group.awake.flat_parameters(group.last_finite)
                for member, part in group.parts:
                    self._recorders[member].write_frame(counts, parameters, group.networks, part)
        self._next_log = next_step(self.step, self.target, LOG_DENSITY)
        if is_frame:
            self._next_frame = next_step(self.step, self.target, self._recorders.frame_density)

    def _probe(self, group: _Group) -> Probe:
        """The float64 twin of the group's ensemble, shared by groups of one shape."""
        key = (tuple(group.members), group.count)
        if key not in self._probes:
            first = self.experiments[group.members[0]]
            arms = self._arms(group.members, group.count, exact=True)
            self._probes[key] = Probe(Ensemble(first.shape, arms, first.task, torch.float64))
        return self._probes[key]


def _checked(experiments: Sequence[Experiment]) -> list[Experiment]:
    """The experiments as a list, if they are some."""
    example = "train_together([Experiment(...), ...])"
    if isinstance(experiments, str | Experiment) or not isinstance(experiments, Iterable):
        raise TypeError(f"{experiments!r} is not a list of experiments; allowed: {example}")
    experiments = [checked(experiment) for experiment in experiments]
    if not experiments:
        raise ValueError(f"there is no experiment to train; allowed: one or more, {example}")
    return experiments


def _check_kept(keep: Sequence[int] | None, networks: int) -> None:
    """See that the networks to keep are among those that are trained."""
    if wrong := [network for network in keep or () if network not in range(networks)]:
        raise ValueError(f"keep: there is no network {wrong[0]!r}; allowed: 0 to {networks - 1}")


def alike(experiments: Sequence[Experiment]) -> list[list[int]]:
    """Positions of the experiments that are trained in common ensembles.

    These have one shape, see the same points and are moved alike: a step is rounded otherwise where
    each network has a rate of its own, and a run's figures must not depend on its company.
    Maxout, which has two weight sets, has another shape than the rest. Those of one kind of arm are
    neighbours; and no more are taken together than leaves each a part that is worth an operation.
    """
    shapes: dict[tuple, dict[tuple, list[int]]] = {}
    for place, e in enumerate(experiments):
        common = e.shape, *(getattr(e, name) for name in ALIKE)
        shapes.setdefault(common, {}).setdefault(_kind(e), []).append(place)
    groups = []
    for kinds in shapes.values():
        places = [place for same in kinds.values() for place in same]
        first = experiments[places[0]]
        fitting = ensemble_room(first)
        part = min(first.networks, max(1, fitting // GROUP_PARTS))
        size = _even_share(len(places), max(1, fitting // part))
        groups += [places[low : low + size] for low in range(0, len(places), size)]
    return groups


def _kind(experiment: Experiment) -> tuple:
    """What networks of one arm have in common."""
    return experiment.activation, experiment.activation_parameter, experiment.output


def group_size(experiment: Experiment, members: int) -> int:
    """How many networks of each of ``members`` experiments are trained as one ensemble."""
    return _even_share(experiment.networks, max(1, ensemble_room(experiment) // members))


def ensemble_room(experiment: Experiment) -> int:
    """How many networks of this shape an ensemble has room for."""
    weight_bytes = experiment.shape.weights * experiment.torch_dtype.itemsize
    return min(GROUP_BYTES // weight_bytes, GROUP_NETWORKS)


def _even_share(count: int, most: int) -> int:
    """The size of a share when ``count`` is cut into as few as can be, none above ``most``."""
    return math.ceil(count / math.ceil(count / most))
