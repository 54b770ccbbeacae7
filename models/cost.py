"""What a run will cost, before it is started: seconds and bytes.

A model of this engine, not of a machine: its constants were fitted to one core, and ``seconds`` is
to be scaled by how fast the machine at hand turned out to be.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from models.datasets import POINTS
from models.experiment import Experiment
from models.history import LOG_DENSITY, recorded_steps
from models.network import NetworksLast, best_layout
from models.recorder import FRAME_BYTES, KEPT_NETWORKS, PRE_ACTIVATION_EDGES
from models.trainer import group_size

CALL_SECONDS = 1.3e-6  # one operation on almost nothing
TERM_SECONDS = 0.15e-9  # one multiply and add of two float32 vectors' entries, in memory
MATRIX_SECONDS = 0.13e-6  # one small matrix product of a batch
FLOP_SECONDS = 0.05e-9  # one floating point operation inside it
OPTIMIZER_FACTOR = {"sgd": 1.0, "momentum": 1.3, "adam": 1.6}
STATE_COPIES = {"sgd": 2, "momentum": 3, "adam": 5}  # weights, last finite ones, moments
PLAIN_ACTIVATION_FACTOR = 2.0  # a derivative straight from its formula, without a shortcut
LOG_STEPS = 4.0  # one log point costs about as much as so many steps


@dataclass(frozen=True)
class Cost:
    """Estimated seconds on the machine the constants were fitted to, and bytes at the peak."""

    seconds: float
    bytes: float


def estimate(experiments: Sequence[Experiment], done: int = 0) -> Cost:
    """Cost of training these experiments together, from step ``done`` to the last.

    Seconds are those that are still to come, bytes those at the peak of the whole run.
    """
    first = experiments[0]
    logs = [len(recorded_steps(steps, LOG_DENSITY)) for steps in (done, first.steps)]
    steps = first.steps - done + LOG_STEPS * (logs[1] - (logs[0] if done else 0))
    seconds = memory = 0.0
    for pieces in {experiment.phi.pieces for experiment in experiments}:
        members = [e for e in experiments if e.phi.pieces == pieces]
        size = group_size(members[0], len(members))
        full, rest = divmod(first.networks, size)
        for networks, count in ((size * len(members), full), (rest * len(members), 1)):
            if networks and count:
                seconds += count * _step_seconds(members, networks)
                memory += count * _group_bytes(members[0], networks)
    history = sum(_history_bytes(experiment) for experiment in experiments)
    return Cost(seconds * steps, memory + history)


def _step_seconds(members: Sequence[Experiment], networks: int) -> float:
    """One step of one ensemble of so many networks, equal shares of them each member's."""
    experiment = members[0]
    columns = experiment.phi.pieces * experiment.width
    products = 3 * experiment.layers
    wide = experiment.torch_dtype.itemsize / 4
    entries = (experiment.width + 1) * columns * POINTS
    if best_layout(networks, columns) is NetworksLast:
        work = products * networks * entries * TERM_SECONDS * wide
        calls = 7 * experiment.layers
    else:
        flops = 2 * entries * FLOP_SECONDS * wide
        work = products * networks * (flops + (MATRIX_SECONDS if networks > 1 else 0.0))
        calls = 5 * experiment.layers
    plain = [e.phi.fast_derivative is None and e.phi.pieces == 1 for e in members]
    share = sum(plain) / len(plain)
    activation_factor = 1 + share * (PLAIN_ACTIVATION_FACTOR - 1)
    return (
        (work + calls * CALL_SECONDS) * OPTIMIZER_FACTOR[experiment.optimizer] * activation_factor
    )


def _group_bytes(experiment: Experiment, networks: int) -> float:
    """Weights, optimizer state and buffers of one ensemble."""
    columns = experiment.phi.pieces * experiment.width
    weights = experiment.layers * (1 + max(experiment.width, 2)) * columns
    buffers = 3 * experiment.layers * POINTS * columns
    entries = STATE_COPIES[experiment.optimizer] * weights + buffers
    return networks * entries * experiment.torch_dtype.itemsize


def _history_bytes(experiment: Experiment) -> float:
    """What the recorder holds, and the float64 draw of the initial weights."""
    logs = len(recorded_steps(experiment.steps, LOG_DENSITY))
    row = experiment.networks * (experiment.layers + 10) * 8
    kept = min(KEPT_NETWORKS, experiment.networks)
    frames = min(FRAME_BYTES, 64 * kept * experiment.parameter_count * 8)
    counts = 64 * (len(PRE_ACTIVATION_EDGES) + 1) * experiment.networks * 2
    draw = experiment.networks * experiment.parameter_count * 8
    return logs * row + frames + counts + draw
