"""Measuring a run and keeping what was measured."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from models.experiment import RANGES, Experiment
from models.history import LOG_DENSITY, History, recorded_count
from models.network import Ensemble

# Parameters are kept of the first few networks, as many as fit: enough to replay them, little
# enough for a server that holds many runs.
KEPT_NETWORKS = 8
FRAME_BYTES = 12 << 20  # of the longest run; one network is kept even if its own take more
# With each of these 1, 2, 5, 10 ... steps are a frame, as they are where a shorter run ends: with
# 4, a run extended from 5,000 steps would keep one frame more than one asked for at once.
FRAME_DENSITIES = (10, 5, 2, 1)
LONGEST = RANGES["steps"][1]

PRE_ACTIVATION_EDGES = np.linspace(-8, 8, 65)
SMALLEST_SAFE_NORM = 1e-140  # in float64, where the square of 1e-162 is 0


class Probe:
    """Measures an ensemble's networks in float64, from a copy of their weights.

    A gradient that has shrunk by 1e-40 on its way to the first layer is 0 in float32 (and its
    square is 0 long before): the lab must not show that 0. For the same reason the ensemble is to
    take derivatives from their formulas: ``1 - tanh(z)^2`` is 0 from z = 19 on, the truth is 1e-16.
    """

    def __init__(self, ensemble: Ensemble):
        self.ensemble = ensemble
        self._gradient = torch.zeros_like(ensemble.parameters)
        self._blocks = ensemble.blocks(self._gradient)
        self.finite: Tensor  # [E] loss and all weights are finite
        self.loss: np.ndarray  # [E]
        self.logits: np.ndarray  # [P, E]
        self.norms: np.ndarray  # [L, E]
        self.dead: np.ndarray  # [E] no unit of some layer that all passes gets an error
        shape = ensemble.shape
        self._passed = [layer for layer in range(shape.layers) if not shape.is_skipped(layer)]

    @property
    def nbytes(self) -> int:
        """Memory of its ensemble and of the gradient."""
        ensemble = self.ensemble
        return ensemble.parameters.nbytes + self._gradient.nbytes + ensemble.buffer_bytes

    def measure(self, parameters: Tensor, diverged: Tensor) -> None:
        """Fill every figure for these parameters ``[L, E, rows, fan_out]``.

        Networks that diverged before (a mask [E]) have no figures, whatever they compute now.
        """
        ensemble = self.ensemble
        ensemble.parameters.copy_(parameters)
        ensemble.forward()
        ensemble.backward()
        ensemble.add_gradient(self._gradient.zero_(), self._blocks, 1.0)
        logits = ensemble.logits[..., 0]
        loss = ensemble.losses().mean(1)
        finite_parameters = torch.isfinite(ensemble.parameters.sum(dim=(0, 2, 3)))
        self.finite = torch.isfinite(loss) & finite_parameters & ~diverged
        norms = _frobenius(self._gradient[:, :, ensemble.shape.norm_rows + 1 :], self.finite)
        unknown = ~self.finite
        self.loss = loss.masked_fill(unknown, torch.nan).numpy()
        self.logits = logits.masked_fill(unknown[:, None], torch.nan).T.numpy()
        self.norms = norms.masked_fill(unknown, torch.nan).numpy()
        silent = ensemble.deltas.abs().amax(dim=(2, 3)) == 0
        self.dead = (silent[self._passed].any(dim=0) & self.finite).numpy()

    def pre_activation_counts(self) -> np.ndarray:
        """[B, E] how many pre-activations of each network fall into each bin; 0 once diverged."""
        low, high = PRE_ACTIVATION_EDGES[[0, -1]]
        inner = len(PRE_ACTIVATION_EDGES) - 1
        z = self.ensemble.pre_activations()
        networks, bins = len(z), inner + 2
        # Bins hold their upper edge: an exact 0, where ReLU's slope is 0, belongs to the left.
        place = ((z - low) * (inner / (high - low))).ceil_().clamp_(0, inner + 1)
        place = place.nan_to_num_(bins).long() + (torch.arange(networks) * (bins + 1)).unsqueeze(1)
        flat = torch.bincount(place.flatten(), minlength=networks * (bins + 1))
        counts = flat.view(networks, bins + 1)[:, :bins] * self.finite.unsqueeze(1)
        return counts.T.numpy()


def _frobenius(matrices: Tensor, finite: Tensor) -> Tensor:
    """Norm over the last two axes, right also where the squares would round to 0.

    Of networks that are not ``finite`` (a mask [E]) it is not asked.
    """
    norms = matrices.square().sum(dim=(2, 3)).sqrt_()
    small = (norms < SMALLEST_SAFE_NORM) & finite
    if bool(small.any()):
        few = matrices[small]
        largest = few.abs().amax(dim=(1, 2), keepdim=True).clamp_(min=torch.finfo(few.dtype).tiny)
        norms[small] = (few / largest).square().sum(dim=(1, 2)).sqrt() * largest.flatten()
    return norms


@dataclass(frozen=True)
class Record:
    """Some log points and frames of one experiment's networks, as they were written down.

    Attributes:
        steps: [T] of the log points (int64).
        loss: [T, E] (float64, as all that follows but where it says otherwise).
        logits: [T, P, E].
        norms: [T, L, E] of the weights' gradients.
        dead: [T, E] (bool).
        frame_steps: [F] of the frames (int64).
        counts: [F, B, E] of pre-activations (uint16, or wider where one network has more of them).
        frames: [F, V, count] parameters of the kept networks, in the experiment's precision.
    """

    steps: np.ndarray
    loss: np.ndarray
    logits: np.ndarray
    norms: np.ndarray
    dead: np.ndarray
    frame_steps: np.ndarray
    counts: np.ndarray
    frames: np.ndarray


class Recorder:
    """Collects one experiment's figures; its histories are views of what was collected so far."""

    def __init__(self, experiment: Experiment, keep: Sequence[int] | None = None):
        self.experiment = experiment
        networks, layers = experiment.networks, experiment.layers
        self._steps = _Series((), np.int64)
        self._loss = _Series((networks,), np.float64)
        self._logits = _Series((experiment.task.points, networks), np.float64)
        self._norms = _Series((layers, networks), np.float64)
        self._dead = _Series((networks,), np.bool_)
        self._frame_steps = _Series((), np.int64)
        bins = len(PRE_ACTIVATION_EDGES) + 1
        self._counts = _Series((bins, networks), count_dtype(experiment))
        first_few = range(kept_networks(experiment))
        self._kept = np.unique(np.asarray(first_few if keep is None else keep, dtype=np.int64))
        self._frames: list[np.ndarray] = []

    def expect(self, logged: int, frames: int) -> None:
        """Make room for so many logged steps and frames in all."""
        for series in self._logged().values():
            series.expect(logged)
        for series in self._framed().values():
            series.expect(frames)

    def open(self, step: int, is_frame: bool) -> None:
        """Begin the rows of a logged step."""
        self._steps.append(step)
        for series in (self._loss, self._logits, self._norms):
            series.append(np.nan)
        self._dead.append(False)
        if is_frame:
            self._frame_steps.append(step)
            self._counts.append(0)
            shape = len(self._kept), self.experiment.parameter_count
            self._frames.append(np.empty(shape, self.experiment.dtype))

    def write(self, probe: Probe, networks: slice, part: slice) -> None:
        """Fill in some networks: ``part`` of the probe's are ``networks`` of the experiment's."""
        self._loss.last[networks] = probe.loss[part]
        self._logits.last[:, networks] = probe.logits[:, part]
        self._norms.last[:, networks] = probe.norms[:, part]
        self._dead.last[networks] = probe.dead[part]

    def write_frame(
        self, counts: np.ndarray, parameters: Tensor, networks: slice, part: slice
    ) -> None:
        """Fill in the frame of some networks from ``counts [B, E]``, ``parameters [E, count]``."""
        self._counts.last[:, networks] = counts[:, part]
        rows = np.flatnonzero((self._kept >= networks.start) & (self._kept < networks.stop))
        if len(rows):
            places = part.start + self._kept[rows] - networks.start
            self._frames[-1][rows] = parameters[places].numpy()

    @property
    def known(self) -> tuple[int, int]:
        """How many log points and frames it has."""
        return len(self._steps.rows), len(self._frame_steps.rows)

    def record(self, logged: int, frames: int) -> Record:
        """All but the first so many log points and frames; of the log points views."""
        kept = self._frames[frames:]
        shape = len(kept), len(self._kept), self.experiment.parameter_count
        return Record(
            **{name: series.rows[logged:] for name, series in self._logged().items()},
            **{name: series.rows[frames:] for name, series in self._framed().items()},
            frames=np.array(kept, self.experiment.dtype).reshape(shape),
        )

    def add(self, record: Record) -> None:
        """Put what another recorder of this experiment wrote down behind what is here.

        Raises:
            ValueError: it is of another experiment, or does not follow.
        """
        logged, framed = self._logged(), self._framed()
        for parts, count in ((logged, len(record.steps)), (framed, len(record.frame_steps))):
            for name, series in parts.items():
                series.check(getattr(record, name), count)
        shape = len(record.frame_steps), len(self._kept), self.experiment.parameter_count
        if record.frames.shape != shape or record.frames.dtype != np.dtype(self.experiment.dtype):
            raise ValueError("the frames are of another experiment")
        for own, new in ((self._steps, record.steps), (self._frame_steps, record.frame_steps)):
            rising = np.diff(np.concatenate([own.rows[-1:], new])) > 0
            if not rising.all() or (not len(own.rows) and new[:1].tolist() != [0]):
                raise ValueError("the steps do not follow")
        for name, series in (logged | framed).items():
            series.extend(getattr(record, name))
        self._frames += list(record.frames)

    def _logged(self) -> dict[str, "_Series"]:
        """What has a row a log point, by its name in a record."""
        return {
            "steps": self._steps,
            "loss": self._loss,
            "logits": self._logits,
            "norms": self._norms,
            "dead": self._dead,
        }

    def _framed(self) -> dict[str, "_Series"]:
        """What has a row a frame."""
        return {"frame_steps": self._frame_steps, "counts": self._counts}

    def history(self, target: int, seconds: float) -> History:
        """Everything recorded so far."""
        logits = self._logits.rows
        labels = self.experiment.task.labels.numpy()[:, None]
        output = self.experiment.output_layer
        right = np.where(np.isnan(logits), np.nan, (logits > output.threshold) == labels)
        return History(
            experiment=replace(self.experiment, steps=target),
            steps=self._steps.rows,
            loss=self._loss.rows,
            accuracy=right.mean(axis=1),
            hypothesis=output.hypothesis(torch.from_numpy(logits)).numpy(),
            weight_gradient_norm=self._norms.rows,
            diverged=np.isnan(self._loss.last),
            dead=self._dead.rows,
            pre_activation_edges=PRE_ACTIVATION_EDGES,
            frame_steps=self._frame_steps.rows,
            pre_activation_counts=self._counts.rows,
            kept=self._kept,
            frames=tuple(self._frames),
            seconds=seconds,
        )


class Recorders:
    """One recorder for each of the experiments that are trained together.

    All keep frames at the same steps, as many as the largest of them can.
    """

    def __init__(self, experiments: Sequence[Experiment], keep: Sequence[int] | None = None):
        self.frame_density = min(map(frame_density, experiments))
        self._each = [Recorder(experiment, keep) for experiment in experiments]

    def __iter__(self) -> Iterator[Recorder]:
        return iter(self._each)

    def __getitem__(self, place: int) -> Recorder:
        return self._each[place]

    def expect(self, target: int) -> None:
        """Make room for a training of so many steps."""
        logged = recorded_count(target, LOG_DENSITY)
        frames = recorded_count(target, self.frame_density)
        for recorder in self._each:
            recorder.expect(logged, frames)

    def histories(self, target: int, seconds: float) -> list[History]:
        """Everything recorded so far, one history an experiment."""
        return [recorder.history(target, seconds) for recorder in self._each]

    @property
    def known(self) -> list[tuple[int, int]]:
        """How many log points and frames each has."""
        return [recorder.known for recorder in self._each]

    def records(self, since: Sequence[tuple[int, int]]) -> list[Record]:
        """What is new since each had so many log points and frames."""
        pairs = zip(self._each, since, strict=True)
        return [recorder.record(*known) for recorder, known in pairs]

    def add(self, records: Sequence[Record]) -> None:
        """Put what others wrote down of these experiments behind what is here.

        Raises:
            ValueError: it is of other experiments, or does not follow.
        """
        for recorder, record in zip(self._each, records, strict=True):
            recorder.add(record)


class _Series:
    """An array that grows by rows at its end and hands itself out as views."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype | type):
        self._buffer = np.empty((0, *shape), dtype)
        self._length = 0

    def expect(self, rows: int) -> None:
        """Make room for so many rows in all, no more: memory that is not written to costs none."""
        if rows > len(self._buffer):
            longer = np.empty((rows, *self._buffer.shape[1:]), self._buffer.dtype)
            longer[: self._length] = self.rows
            self._buffer = longer

    def append(self, value: float) -> None:
        """A new last row, filled with ``value``."""
        self.expect(self._length + 1)
        self._buffer[self._length] = value
        self._length += 1

    def check(self, rows: np.ndarray, count: int) -> None:
        """Whether so many rows are of its kind.

        Raises:
            ValueError: they are not.
        """
        shape = (count, *self._buffer.shape[1:])
        if rows.shape != shape or rows.dtype != self._buffer.dtype:
            raise ValueError(f"{rows.dtype}{rows.shape} in place of {self._buffer.dtype}{shape}")

    def extend(self, rows: np.ndarray) -> None:
        """New last rows."""
        self.expect(self._length + len(rows))
        self._buffer[self._length : self._length + len(rows)] = rows
        self._length += len(rows)

    @property
    def rows(self) -> np.ndarray:
        """All rows so far; later rows do not change it."""
        return self._buffer[: self._length]

    @property
    def last(self) -> np.ndarray:
        """The last row, to be written to."""
        return self._buffer[self._length - 1, ...]


def count_dtype(experiment: Experiment) -> np.dtype:
    """Of how many of one network's pre-activations fall into a bin: it has room for all."""
    shape = experiment.shape
    return np.promote_types(
        np.uint16, np.min_scalar_type(shape.points * shape.depth * shape.columns)
    )


def frame_bytes(experiment: Experiment) -> int:
    """Memory of one network's parameters at one step."""
    return experiment.parameter_count * experiment.torch_dtype.itemsize


def frame_density(experiment: Experiment) -> int:
    """How densely parameters are kept: the most at which one network's fit.

    It is the longest run that has to fit, so that what is kept does not depend on how far a run was
    taken, at once or bit by bit.
    """
    for density in FRAME_DENSITIES:
        if recorded_count(LONGEST, density) * frame_bytes(experiment) <= FRAME_BYTES:
            return density
    return FRAME_DENSITIES[-1]


def kept_networks(experiment: Experiment) -> int:
    """How many networks' parameters are kept: the first few, as many as fit, at least one."""
    frames = recorded_count(LONGEST, frame_density(experiment))
    fitting = max(1, FRAME_BYTES // (frames * frame_bytes(experiment)))
    return min(experiment.networks, KEPT_NETWORKS, fitting)
