"""What a run will cost, before it is started: seconds and bytes.

A model of this engine, not of a machine: its constants were fitted to one core, and ``seconds`` is
to be scaled by how fast the machine at hand turned out to be.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.experiment import Experiment
from models.history import LOG_DENSITY, recorded_count
from models.layouts import NetworksLast, best_layout, buffer_entries
from models.norms import NO_NORM
from models.optimizers import GradientDescent
from models.recorder import (
    PRE_ACTIVATION_EDGES,
    count_dtype,
    frame_bytes,
    frame_density,
    kept_networks,
)
from models.trainer import alike, group_size

# Nanoseconds, fitted to 260 shapes by what ``tests/benchmarks/cost.py`` measures. What goes through
# memory takes twice as long in float64.
NANOSECONDS = {
    "call": 900.0,  # an operation on almost nothing
    "entry": 0.47,  # an entry of an activation's operation
    "term": 0.136,  # a multiply and add of two vectors' entries, in memory
    "product": 0.118,  # a weight that a small matrix product takes
    "matrix": 78.0,  # one such product of a batch
    "outer": 0.071,  # a weight that a step moves by plain descent
    "weight": 0.22,  # a weight in an operation of another optimizer
    "far": 0.63,  # a weight that no longer lies in the processor's cache
    "log": 70_000.0,  # measuring one ensemble once, beside a step in float64
    "log weight": 1.3,
    "log entry": 1.5,  # a pre-activation there
    "frame": 110_000.0,  # keeping a frame of one ensemble
    "frame weight": 0.25,
    "frame entry": 7.6,
    "draw": 16_000.0,  # one network's initial weights
    "draw weight": 12.4,
}
CACHE_BYTES = 7 << 20  # weights of more than this lie far away
# How many operations an activation takes: its value, its slope, its slope as it is measured.
OPERATIONS = {
    "sigmoid": (1, 1, 4),
    "tanh": (1, 3, 5),
    "relu": (1, 1, 2),
    "leaky_relu": (2, 2, 4),
    "maxout": (1, 7, 7),
    "elu": (2, 2, 5),
    "identity": (1, 1, 2),
    "softplus": (3, 1, 2),
    "selu": (2, 6, 6),
    "gelu": (2, 11, 11),
    "silu": (2, 8, 8),
    "mish": (5, 9, 9),
}
# An entry of theirs takes so much longer than one of an activation, by whether networks lie last:
# what is shared by few columns is slow.
NORM_SLOWNESS = {True: 0.4, False: 2.7}
# By the norm, operations a hidden layer there and back, and how many of them go through each entry.
NORM_OPERATIONS = {NO_NORM: (0, 0), "batch": (15, 12), "layer": (18, 16)}
CHANGE_PASSES = 3  # of a changed gradient through each weight, as an optimizer's
CHANGE_COPIES = 2  # of all weights, for a moment
PLACE_COPIES = 5  # of all pre-activations, while they are counted into bins


@dataclass(frozen=True)
class Cost:
    """Estimated seconds on the machine the constants were fitted to, and bytes.

    Attributes:
        seconds: those that are still to come.
        bytes: at the peak of the whole run.
        bytes_at_rest: those that are held when it is done.
    """

    seconds: float
    bytes: float
    bytes_at_rest: float


def estimate(experiments: Sequence[Experiment], done: int = 0, frames: bool = True) -> Cost:
    """Cost of training these experiments together, from step ``done`` to the last.

    Args:
        experiments: what is trained in one pass.
        done: steps that need not be taken any more.
        frames: whether any network's parameters are kept.
    """
    density = min(map(frame_density, experiments))
    at_rest = sum(_recorded_bytes(experiment, density, frames) for experiment in experiments)
    working = transient = 0.0
    ensembles = list(_ensembles(experiments))
    for ensemble in ensembles:
        first, networks, count = ensemble.members[0], ensemble.networks, ensemble.count
        at_rest += count * _group_bytes(first, networks)
        working += count * _buffer_bytes(first, networks)
        working += _probe_bytes(first, networks)
        transient = max(transient, _transient_bytes(first, networks))
    seconds = _seconds(ensembles, done, experiments[0].steps, density)
    return Cost(seconds, at_rest + working + transient, at_rest)


@dataclass(frozen=True)
class _Ensemble:
    """Networks that are trained as one: ``part`` of each member; there are ``count`` alike."""

    members: list[Experiment]
    part: int
    count: int

    @property
    def networks(self) -> int:
        return self.part * len(self.members)

    @property
    def weights(self) -> int:
        """Entries, the unused ones included."""
        return self.networks * self.members[0].shape.weights


def _ensembles(experiments: Sequence[Experiment]) -> Iterator[_Ensemble]:
    """The ensembles that the trainer makes of these."""
    for places in alike(experiments):
        members = [experiments[place] for place in places]
        size = group_size(members[0], len(members))
        full, rest = divmod(members[0].networks, size)
        for part, count in ((size, full), (rest, 1)):
            if part and count:
                yield _Ensemble(members, part, count)


def _seconds(ensembles: Sequence[_Ensemble], done: int, steps: int, density: int) -> float:
    """From step ``done`` to the last, with frames so dense."""
    logs, frames = (
        recorded_count(steps, each) - (recorded_count(done, each) if done else 0)
        for each in (LOG_DENSITY, density)
    )
    weights = sum(each.count * each.weights for each in ensembles)
    work = defaultdict[str, float](float)
    for each in ensembles:
        own, shape = each.weights, each.members[0].shape
        entries = each.networks * shape.points * shape.depth * shape.columns
        for times, counted in (
            (steps - done, _step_work(each, weights)),
            (logs, _step_work(each, weights, measured=True)),
            (logs, {"log": 1, "log weight": own, "log entry": entries}),
            (frames, {"frame": 1, "frame weight": own, "frame entry": entries}),
            (not done, {"draw": each.networks, "draw weight": own}),
        ):
            for name, amount in counted.items():
                work[name] += times * each.count * amount
    return 1e-9 * sum(NANOSECONDS[name] * amount for name, amount in work.items())


def _step_work(ensemble: _Ensemble, weights: int, measured: bool = False) -> dict[str, float]:
    """What a step of an ensemble takes, by the names of ``NANOSECONDS``.

    Args:
        ensemble: the ensemble.
        weights: of all that are trained side by side.
        measured: forward and backward only, in float64, with derivatives from their formulas.
    """
    first, networks, own = ensemble.members[0], ensemble.networks, ensemble.weights
    shape, points = first.shape, first.task.points if measured else first.batch_points
    depth, columns, rows = shape.depth, shape.columns, shape.rows
    itemsize = 8 if measured else first.torch_dtype.itemsize
    wide = itemsize / 4
    values = sum(OPERATIONS[each.activation][0] for each in ensemble.members)
    slopes = sum(OPERATIONS[each.activation][2 if measured else 1] for each in ensemble.members)
    # Between hidden layers there and back; what the inputs and the last unit take is little.
    inner = networks * (2 * max(depth - 1, 0) * rows * columns + 3 * columns + 2 * rows)
    last = best_layout(networks, columns, points) is NetworksLast
    single = last or networks == 1
    descent = GradientDescent if measured else first.descent
    calls = depth * (values + (5 if last else 3)) + (10 if last else 6)
    norm_calls, passes = NORM_OPERATIONS[shape.norm]
    calls += depth * (norm_calls + shape.skip * (2 if last else 1)) + (shape.norm != NO_NORM)
    changed = 0 if measured else (first.clip is not None) + first.unit_gradient
    if first.changes_gradient and not measured:
        calls += 2 + 9 * changed  # from zeros, into its place, and the norms that are taken
        calls += (1 if first.unit_gradient else 0) + (4 if first.clip is not None else 0)
    calls += 6 * first.broadcast  # the slope of either label, and their mean
    added = (NORM_SLOWNESS[last] * passes + shape.skip) * len(ensemble.members)
    return {
        "call": calls + (slopes if depth else 0) + descent.operations,
        "entry": wide * points * columns * depth * ensemble.part * (values + slopes + added),
        "term" if last else "product": wide * inner * (points if last else 1),
        "matrix": 0 if single else networks * (3 * depth + 2),
        "outer": wide * own * (points if last else 1),
        "weight": wide * own * (descent.passes + changed * CHANGE_PASSES + first.accumulate),
        "far": wide * own * max(0.0, 1 - CACHE_BYTES / (weights * itemsize)),
    }


def _group_bytes(experiment: Experiment, networks: int) -> float:
    """What stays of one ensemble: weights, the last finite ones, the optimizer's memory."""
    copies = 2 + experiment.descent.copies + experiment.changes_gradient
    return copies * networks * experiment.shape.weights * experiment.torch_dtype.itemsize


def _buffer_bytes(experiment: Experiment, networks: int) -> float:
    """What a step of one ensemble is computed in."""
    return buffer_entries(experiment.shape, networks) * experiment.torch_dtype.itemsize


def _probe_bytes(experiment: Experiment, networks: int) -> float:
    """The buffers, weights and gradient that ensembles of one kind are measured in, in float64."""
    shape = experiment.shape
    return 8 * (buffer_entries(shape, networks) + 2 * networks * shape.weights)


def _transient_bytes(experiment: Experiment, networks: int) -> float:
    """For a moment of measuring: the gradient's copy, or a few of the pre-activations; or of a step
    of changed gradients.
    """
    shape = experiment.shape
    places = PLACE_COPIES * shape.points * shape.layers * shape.columns
    change = CHANGE_COPIES * shape.weights * experiment.changes_gradient
    return 8 * networks * max(shape.weights, places, change)


def _recorded_bytes(experiment: Experiment, density: int, parameters: bool) -> float:
    """What the recorder holds at the end, with ``density`` frames, with parameters or without."""
    logs = recorded_count(experiment.steps, LOG_DENSITY)
    row = experiment.networks * (experiment.layers + 2 * experiment.task.points + 2) * 8
    frames = recorded_count(experiment.steps, density)
    bins = len(PRE_ACTIVATION_EDGES) + 1
    counts = bins * experiment.networks * count_dtype(experiment).itemsize
    kept = kept_networks(experiment) * frame_bytes(experiment) if parameters else 0
    return logs * row + frames * (counts + kept)
