"""What may cure a network whose gradient does not arrive: each remedy by itself, on the same run.

Which of them help is a matter of trying: all are trained beside the network in trouble.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from models.diagnostics.remedies import HE, adam, drawn
from models.experiment import Experiment, ExperimentError

CLIP = 1.0  # the largest norm of a network's whole gradient
FEW_LAYERS = 2  # hidden ones
HE_INITS = (HE, "he_uniform")

Change = Callable[[Experiment], Iterable[Experiment]]


def _relu(experiment: Experiment) -> Iterable[Experiment]:
    # ReLU cannot begin from weights of one's own that are two sets for each unit.
    if experiment.depth and (experiment.start is None or experiment.phi.pieces == 1):
        yield experiment.with_activation("relu")


def _he(experiment: Experiment) -> Iterable[Experiment]:
    has_them = experiment.init in HE_INITS and experiment.gain == 1
    if experiment.start is None and not has_them:
        yield drawn(experiment, HE)


def _with(**fields: Any) -> Change:
    return lambda experiment: [replace(experiment, **fields)]


def _clipped(experiment: Experiment) -> Iterable[Experiment]:
    if experiment.clip is None:
        yield replace(experiment, clip=CLIP)


def _fewer_layers(experiment: Experiment) -> Iterable[Experiment]:
    if experiment.start is None and experiment.depth > FEW_LAYERS:
        yield experiment.with_widths(experiment.widths[:FEW_LAYERS])


CURES: dict[str, Change] = {
    "relu": _relu,
    "he": _he,
    "adam": adam,
    "batch_norm": _with(norm="batch"),
    "layer_norm": _with(norm="layer"),
    "skip": _with(skip=True),
    "batch_norm_skip": _with(norm="batch", skip=True),
    "clip": _clipped,
    "fewer_layers": _fewer_layers,
}
"""By name, what each remedy makes of a run: another one, or none where it has no place."""


def cures(experiment: Experiment) -> dict[str, Experiment]:
    """The remedies of a run by name: those that make another run of it than it is.

    Left out are those that it has, those that are impossible beside its other settings, such as
    batch norm of batches of one point, and those that make the same run as an earlier one.
    """
    found: dict[Experiment, str] = {}
    for name, change in CURES.items():
        try:
            cured = list(change(experiment))
        except ExperimentError:
            continue
        for one in cured:
            if one != experiment:
                found.setdefault(one, name)
    return {name: one for one, name in found.items()}
