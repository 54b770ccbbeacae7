"""Measuring a run and keeping what was measured."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from models.datasets import POINTS, XOR_LABELS
from models.experiment import Experiment
from models.history import History, recorded_steps
from models.network import Ensemble

# Parameters are kept of the first few networks, as many as fit: enough to replay them, little
# enough for a server that holds many runs.
KEPT_NETWORKS = 8
FRAME_BYTES = 8 << 20
FRAME_DENSITIES = (10, 4, 2, 1)  # each divides the log's: a frame is always a logged step

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
        self._gradient = torch.zeros_like(ensemble.weights)
        self._blocks = ensemble.blocks(self._gradient)
        self.finite: Tensor  # [E] loss and all weights are finite
        self.loss: np.ndarray  # [E]
        self.logits: np.ndarray  # [4, E]
        self.norms: np.ndarray  # [L, E]

    def measure(self, weights: Tensor, diverged: Tensor) -> None:
        """Fill every figure for these weights ``[L, E, 1 + fan_in, fan_out]``.

        Networks that diverged before (a mask [E]) have no figures, whatever their weights are now.
        """
        ensemble = self.ensemble
        ensemble.weights.copy_(weights)
        ensemble.forward()
        ensemble.backward()
        ensemble.add_gradient(self._gradient.zero_(), self._blocks, 1.0)
        logits = ensemble.logits[..., 0]
        labels = XOR_LABELS.expand_as(logits)
        loss = functional.binary_cross_entropy_with_logits(logits, labels, reduction="none").mean(1)
        finite_weights = torch.isfinite(ensemble.weights.sum(dim=(0, 2, 3)))
        self.finite = torch.isfinite(loss) & finite_weights & ~diverged
        norms = _frobenius(self._gradient[:, :, 1:])
        unknown = ~self.finite
        self.loss = loss.masked_fill(unknown, torch.nan).numpy()
        self.logits = logits.masked_fill(unknown[:, None], torch.nan).T.numpy()
        self.norms = norms.masked_fill(unknown, torch.nan).numpy()

    def pre_activation_counts(self) -> np.ndarray:
        """[B, E] how many pre-activations of each network fall into each bin; 0 once diverged."""
        low, high = PRE_ACTIVATION_EDGES[[0, -1]]
        inner = len(PRE_ACTIVATION_EDGES) - 1
        z = self.ensemble.z.transpose(0, 1).flatten(1)
        networks, bins = len(z), inner + 2
        # Bins hold their upper edge: an exact 0, where ReLU's slope is 0, belongs to the left.
        place = ((z - low) * (inner / (high - low))).ceil_().clamp_(0, inner + 1)
        place = place.nan_to_num_(bins).long() + (torch.arange(networks) * (bins + 1)).unsqueeze(1)
        flat = torch.bincount(place.flatten(), minlength=networks * (bins + 1))
        counts = flat.view(networks, bins + 1)[:, :bins] * self.finite.unsqueeze(1)
        return counts.T.numpy()


def _frobenius(matrices: Tensor) -> Tensor:
    """Norm over the last two axes, right also where the squares would round to 0."""
    norms = matrices.square().sum(dim=(2, 3)).sqrt_()
    small = norms < SMALLEST_SAFE_NORM
    if bool(small.any()):
        few = matrices[small]
        largest = few.abs().amax(dim=(1, 2), keepdim=True).clamp_(min=torch.finfo(few.dtype).tiny)
        norms[small] = (few / largest).square().sum(dim=(1, 2)).sqrt() * largest.flatten()
    return norms


class Recorder:
    """Collects one experiment's figures; its histories are views of what was collected so far."""

    def __init__(self, experiment: Experiment, keep: Sequence[int] | None = None):
        self.experiment = experiment
        networks, layers = experiment.networks, experiment.layers
        self._steps = _Series((), np.int64)
        self._loss = _Series((networks,), np.float64)
        self._logits = _Series((POINTS, networks), np.float64)
        self._norms = _Series((layers, networks), np.float64)
        self._frame_steps = _Series((), np.int64)
        bins = len(PRE_ACTIVATION_EDGES) + 1
        self._counts = _Series((bins, networks), np.uint16)
        steps = len(recorded_steps(experiment.steps, frame_density(experiment)))
        fitting = max(1, FRAME_BYTES // (steps * _parameter_bytes(experiment)))
        first_few = range(min(networks, KEPT_NETWORKS, fitting))
        self._kept = np.unique(np.asarray(first_few if keep is None else keep, dtype=np.int64))
        dtype = np.dtype(experiment.dtype)
        self._frames = _Series((len(self._kept), experiment.parameter_count), dtype)

    def open(self, step: int, is_frame: bool) -> None:
        """Begin the rows of a logged step."""
        self._steps.append(step)
        for series in (self._loss, self._logits, self._norms):
            series.append(np.nan)
        if is_frame:
            self._frame_steps.append(step)
            self._counts.append(0)
            self._frames.append(np.nan)

    def write(self, probe: Probe, networks: slice, part: slice) -> None:
        """Fill in some networks: ``part`` of the probe's are ``networks`` of the experiment's."""
        self._loss.last[networks] = probe.loss[part]
        self._logits.last[:, networks] = probe.logits[:, part]
        self._norms.last[:, networks] = probe.norms[:, part]

    def write_frame(
        self, counts: np.ndarray, parameters: Tensor, networks: slice, part: slice
    ) -> None:
        """Fill in the frame of some networks from ``counts [B, E]``, ``parameters [E, count]``."""
        self._counts.last[:, networks] = counts[:, part]
        rows = np.flatnonzero((self._kept >= networks.start) & (self._kept < networks.stop))
        if len(rows):
            places = part.start + self._kept[rows] - networks.start
            self._frames.last[rows] = parameters[places].numpy()

    def trim(self) -> None:
        """Give up the room that was made for more rows."""
        for series in (self._loss, self._logits, self._norms, self._counts, self._frames):
            series.trim()

    def history(self, target: int, seconds: float) -> History:
        """Everything recorded so far."""
        logits = self._logits.rows
        labels = XOR_LABELS.numpy()[:, None]
        right = np.where(np.isnan(logits), np.nan, (logits > 0) == labels)
        return History(
            experiment=replace(self.experiment, steps=target),
            steps=self._steps.rows,
            loss=self._loss.rows,
            accuracy=right.mean(axis=1),
            hypothesis=torch.sigmoid(torch.from_numpy(logits)).numpy(),
            weight_gradient_norm=self._norms.rows,
            diverged=np.isnan(self._loss.last),
            pre_activation_edges=PRE_ACTIVATION_EDGES,
            frame_steps=self._frame_steps.rows,
            pre_activation_counts=self._counts.rows,
            kept=self._kept,
            frames=self._frames.rows,
            seconds=seconds,
        )


class _Series:
    """An array that grows by rows at its end and hands itself out as views."""

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype | type):
        self._buffer = np.empty((16, *shape), dtype)
        self._length = 0

    def append(self, value: float) -> None:
        """A new last row, filled with ``value``."""
        if self._length == len(self._buffer):
            longer = np.empty(
                (2 * max(self._length, 8), *self._buffer.shape[1:]), self._buffer.dtype
            )
            longer[: self._length] = self._buffer
            self._buffer = longer
        self._buffer[self._length] = value
        self._length += 1

    @property
    def rows(self) -> np.ndarray:
        """All rows so far; later rows do not change it."""
        return self._buffer[: self._length]

    @property
    def last(self) -> np.ndarray:
        """The last row, to be written to."""
        return self._buffer[self._length - 1, ...]

    def trim(self) -> None:
        """Give up the room kept for more rows."""
        self._buffer = self.rows.copy()


def _parameter_bytes(experiment: Experiment) -> int:
    return experiment.parameter_count * experiment.torch_dtype.itemsize


def frame_density(experiment: Experiment) -> int:
    """How densely parameters are kept: the most at which at least one network's fit."""
    for density in FRAME_DENSITIES:
        frames = len(recorded_steps(experiment.steps, density))
        if frames * _parameter_bytes(experiment) <= FRAME_BYTES:
            return density
    return FRAME_DENSITIES[-1]
