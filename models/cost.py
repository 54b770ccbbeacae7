"""What a run will cost, before it is started: seconds and bytes.

A model of this engine, not of a machine: its constants were fitted to one core, and ``seconds`` is
to be scaled by how fast the machine at hand turned out to be.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from models.datasets import INPUTS, POINTS
from models.experiment import Experiment
from models.history import LOG_DENSITY, recorded_count
from models.network import NetworksLast, best_layout
from models.recorder import PRE_ACTIVATION_EDGES, frame_bytes, frame_density, kept_networks
from models.trainer import alike, group_size

CALL_SECONDS = 1.3e-6  # one operation on almost nothing
TERM_SECONDS = 0.15e-9  # one multiply and add of two float32 vectors' entries, in memory
MATRIX_SECONDS = 0.13e-6  # one small matrix product of a batch
FLOP_SECONDS = 0.05e-9  # one floating point operation inside it
OPTIMIZER_FACTOR = {"sgd": 1.0, "momentum": 1.3, "adam": 1.6}
STATE_COPIES = {"sgd": 2, "momentum": 3, "adam": 5}  # weights, last finite ones, moments
PLAIN_ACTIVATION_FACTOR = 2.0  # a derivative straight from its formula, without a shortcut
PLACE_COPIES = 5  # of all pre-activations, while they are counted into bins
LOG_STEPS = 4.0  # one log point costs about as much as so many steps


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
    first = experiments[0]
    logs = [recorded_count(steps, LOG_DENSITY) for steps in (done, first.steps)]
    steps = first.steps - done + LOG_STEPS * (logs[1] - (logs[0] if done else 0))
    density = min(map(frame_density, experiments))
    at_rest = sum(_recorded_bytes(experiment, density, frames) for experiment in experiments)
    seconds = working = transient = 0.0
    for places in alike(experiments):
        members = [experiments[place] for place in places]
        size = group_size(members[0], len(members))
        full, rest = divmod(first.networks, size)
        for networks, count in ((size * len(members), full), (rest * len(members), 1)):
            if networks and count:
                seconds += count * _step_seconds(members, networks)
                at_rest += count * _group_bytes(members[0], networks)
                working += count * _buffer_bytes(members[0], networks)
                working += _probe_bytes(members[0], networks)
                transient = max(transient, _transient_bytes(members[0], networks))
    return Cost(seconds * steps, at_rest + working + transient, at_rest)


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
    """What stays of one ensemble: weights, the last finite ones, the optimizer's memory."""
    copies = STATE_COPIES[experiment.optimizer]
    return copies * _weights(experiment, networks) * experiment.torch_dtype.itemsize


def _buffer_bytes(experiment: Experiment, networks: int) -> float:
    """What a step of one ensemble is computed in."""
    return _buffers(experiment, networks) * experiment.torch_dtype.itemsize


def _probe_bytes(experiment: Experiment, networks: int) -> float:
    """The buffers, weights and gradient that ensembles of one kind are measured in, in float64."""
    return 8 * (_buffers(experiment, networks) + 2 * _weights(experiment, networks))


def _transient_bytes(experiment: Experiment, networks: int) -> float:
    """For a moment of measuring: the gradient's copy, or a few of the pre-activations."""
    columns = experiment.phi.pieces * experiment.width
    places = PLACE_COPIES * POINTS * networks * experiment.layers * columns
    return 8 * max(_weights(experiment, networks), places)


def _buffers(experiment: Experiment, networks: int) -> int:
    """Entries of an ensemble's inputs, pre-activations and deltas, and of its layout's terms."""
    columns, rows = experiment.phi.pieces * experiment.width, 1 + max(experiment.width, INPUTS)
    entries = POINTS * networks * experiment.layers * (rows + 2 * columns)
    if best_layout(networks, columns) is NetworksLast:
        entries += POINTS * networks * rows * columns
    return entries


def _weights(experiment: Experiment, networks: int) -> int:
    """Entries of an ensemble's weights, the unused ones included."""
    columns = experiment.phi.pieces * experiment.width
    return experiment.layers * networks * (1 + max(experiment.width, INPUTS)) * columns


def _recorded_bytes(experiment: Experiment, density: int, parameters: bool) -> float:
    """What the recorder holds at the end, with ``density`` frames, with parameters or without."""
    logs = recorded_count(experiment.steps, LOG_DENSITY)
    row = experiment.networks * (experiment.layers + 2 * POINTS + 2) * 8
    frames = recorded_count(experiment.steps, density)
    counts = (len(PRE_ACTIVATION_EDGES) + 1) * experiment.networks * 2
    kept = kept_networks(experiment) * frame_bytes(experiment) if parameters else 0
    return logs * row + frames * (counts + kept)
