"""What the controls say of each run, and the experiment that it is.

A control that does not apply beside the others, such as the momentum of an optimizer that has none,
is not shown, and what it said last does not count.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from models import Experiment
from models.experiment import ExperimentError
from models.optimizers import OPTIMIZERS
from models.own_weights import widths_of
from models.tasks import TASKS

NONE = "none"
FAMILY = "family"
PARAMETERS = {"leaky_relu": "slope", "elu": "alpha"}
"""The control of an activation's parameter."""
GROUPS = {
    "data": ("data",),
    "network": ("depth", "width", "hidden", "output", *PARAMETERS.values()),
    "weights": ("init", "gain", "bias", "seed", "start"),
    "training": ("optimizer", "learning_rate", "momentum", "batch", "order", "steps", "networks",
                 "weight_decay", "dtype"),
}  # fmt: skip
"""The controls of a run beside its activation, in the order of the sidebar."""
SHARED = ("seed", "steps", "networks", "dtype")  # alike in both runs
COMPARABLE = tuple(name for group in GROUPS.values() for name in group if name not in SHARED)
"""Controls that a second run may have a value of its own for, beside its activation."""
FIELDS = tuple(
    name for group in GROUPS.values() for name in group if name not in PARAMETERS.values()
)
"""The controls that are called as an experiment's field, beside its activation."""
_DEFAULTS = {field.name: field.default for field in fields(Experiment)}

Values = Mapping[str, Any]


def _is_drawn(run: Values) -> bool:
    return run["start"] is None


def _has_equal_layers(run: Values) -> bool:
    return _is_drawn(run) and run["hidden"] is None


def _has(activation: str) -> Callable[[Values], bool]:
    return lambda run: run["activation"] == activation


_RULES: dict[str, Callable[[Values], bool]] = {
    "depth": _has_equal_layers,
    "width": _has_equal_layers,
    "hidden": _is_drawn,
    "init": _is_drawn,
    "gain": _is_drawn,
    "bias": _is_drawn,
    "networks": _is_drawn,
    "momentum": lambda run: OPTIMIZERS[run["optimizer"]].momentum is not None,
    "order": lambda run: run["batch"] not in (None, TASKS[run["data"]].points),
    **{control: _has(activation) for activation, control in PARAMETERS.items()},
}


def applies(name: str, run: Values) -> bool:
    """Whether a control counts, beside what the others say of a run."""
    return name not in _RULES or _RULES[name](run)


def runs_of(values: Values) -> list[Values]:
    """What the controls say of each run, the first one first.

    A second run differs from the first in its activation, and in whatever its own controls
    (``compare_init`` ...) say; None says: as in the first.
    """
    if values["compare"] == NONE:
        return [values]
    if values["compare"] == FAMILY:
        others = [member for member in values["members"] if member != values["activation"]]
        return [values, *({**values, "activation": member} for member in others)]
    own = {name: values[f"compare_{name}"] for name in COMPARABLE}
    own = {name: value for name, value in own.items() if value is not None}
    return [values, {**values, "activation": values["compare"], **own}]


def experiments_of(values: Values) -> tuple[list[Experiment], list[str]]:
    """Each run's experiment, and which controls cannot be beside the others.

    These are named as in the link (``compare_batch`` is a second run's), and left at their
    defaults.
    """
    experiments: list[Experiment] = []
    refused: dict[str, None] = {}
    for place, run in enumerate(runs_of(values)):
        experiment, names = _experiment_of(run)
        experiments.append(experiment)
        refused |= dict.fromkeys(f"compare_{name}" if place else name for name in names)
    if any(experiment.start is not None for experiment in experiments):
        experiments = [replace(experiment, networks=1) for experiment in experiments]
    return experiments, list(refused)


def _experiment_of(run: Values) -> tuple[Experiment, list[str]]:
    """What a run's controls make, and which of them cannot be beside the others."""
    run = dict(run)
    refused: list[str] = []
    while True:
        try:
            return _experiment(run), refused
        except ExperimentError as error:
            name = error.field
            if name == "activation_parameter":
                name = PARAMETERS[run["activation"]]
            if name == "hidden" and run["start"] is not None:  # whose layers they are
                name = "start"
            if name in refused:
                raise
            run[name] = _DEFAULTS.get(name)
            refused.append(name)


def _experiment(run: Values) -> Experiment:
    asked = {name: run[name] for name in FIELDS if applies(name, run)}
    if run["start"] is not None:
        asked |= {"networks": 1, "hidden": widths_of(run["start"])}
    control = PARAMETERS.get(run["activation"])
    parameter = run[control] if control else None
    return Experiment(activation=run["activation"], activation_parameter=parameter, **asked)
