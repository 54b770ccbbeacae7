"""What the controls say of each run, and the experiment that it is.

A control that does not apply beside the others, such as the momentum of an optimizer that has none,
is not shown, and what it said last does not count.
"""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from models import ACTIVATIONS, Experiment
from models.comparison import differing
from models.cures import cures
from models.experiment import ExperimentError
from models.optimizers import OPTIMIZERS
from models.outputs import OUTPUTS
from models.own_weights import Start, widths_of
from models.shape import Shape
from models.tasks import INPUTS, TASKS

NONE = "none"
FAMILY = "family"
CURES = "cures"
MANY = (FAMILY, CURES)
"""What the first run may be compared with, beside a second one: many at once."""
PARAMETERS = {"leaky_relu": "slope", "elu": "alpha"}
"""The control of an activation's parameter."""
GROUPS = {
    "data": ("data",),
    "network": ("depth", "width", "hidden", "output", *PARAMETERS.values()),
    "weights": ("init", "gain", "bias", "seed", "start"),
    "training": ("optimizer", "learning_rate", "momentum", "batch", "order", "steps", "networks",
                 "weight_decay", "dtype"),
    "remedies": ("norm", "skip", "clip", "unit_gradient"),
    "mistakes": ("accumulate", "broadcast"),
}  # fmt: skip
"""The controls of a run beside its activation, in the order of the sidebar. A mistake is shown only
where a run makes it, so that it can be mended: a program that was read had it.
"""
SHARED = ("seed", "steps", "networks", "dtype")  # alike in both runs
COMPARABLE = tuple(name for group in GROUPS.values() for name in group if name not in SHARED)
"""Controls that a second run may have a value of its own for, beside its activation."""
FIELDS = tuple(
    name for group in GROUPS.values() for name in group if name not in PARAMETERS.values()
)
"""The controls that are called as an experiment's field, beside its activation."""
BASE = ("activation", *PARAMETERS.values(),
        *(name for name in FIELDS if name not in ("networks", "start")))  # fmt: skip
"""The controls that say what a map of one's own is made around."""
_DEFAULTS = {field.name: field.default for field in fields(Experiment)}

Values = Mapping[str, Any]


def _is_drawn(run: Values) -> bool:
    return run["start"] is None


def _has_equal_layers(run: Values) -> bool:
    return _is_drawn(run) and run["hidden"] is None


def _widths(run: Values) -> Sequence[int]:
    if not _is_drawn(run):
        return widths_of(run["start"])
    return [run["width"]] * run["depth"] if run["hidden"] is None else run["hidden"]


def _has_layers(run: Values) -> bool:
    return len(_widths(run)) > 0


def _has_neighbours(run: Values) -> bool:
    """Whether some hidden layer is as wide as the one before it."""
    return any(one == other for one, other in itertools.pairwise(_widths(run)))


def _has_order(run: Values) -> bool:
    return run["batch"] not in (None, TASKS[run["data"]].points)


def _can_broadcast(run: Values) -> bool:
    return run["batch"] != 1 and not OUTPUTS[run["output"]].in_nats


def _has(activation: str) -> Callable[[Values], bool]:
    return lambda run: run["activation"] == activation


RULES: dict[str, Callable[[Values], bool]] = {
    "depth": _has_equal_layers,
    "width": _has_equal_layers,
    "hidden": _is_drawn,
    "init": _is_drawn,
    "gain": _is_drawn,
    "bias": _is_drawn,
    "networks": _is_drawn,
    "seed": lambda run: _is_drawn(run) or (run["order"] == "shuffled" and _has_order(run)),
    "momentum": lambda run: OPTIMIZERS[run["optimizer"]].momentum is not None,
    "order": _has_order,
    "norm": _has_layers,
    "skip": _has_neighbours,
    "broadcast": _can_broadcast,
    **{control: _has(activation) for activation, control in PARAMETERS.items()},
}
"""Beside what a control counts, where it does not always."""


def applies(name: str, run: Values) -> bool:
    """Whether a control counts, beside what the others say of a run."""
    return name not in RULES or RULES[name](run)


def counts(control: str, values: Values) -> bool:
    """Whether what a control says counts for any run; of how many networks there are, each decides.

    Args:
        control: its name; with ``compare_`` before it, it is a second run's own.
        values: of all controls.
    """
    runs = runs_of(values)
    name = control.removeprefix("compare_")
    if name != control:
        return values["compare"] not in (NONE, *MANY) and applies(name, runs[-1])
    together = all if control == "networks" else any
    return together(applies(control, run) for run in runs)


def runs_of(values: Values) -> list[Values]:
    """What the controls say of each run, the first one first.

    A second run differs from the first in its activation, and in whatever its own controls
    (``compare_init`` ...) say; None says: as in the first. Where the first run's own weights do not
    fit, a second run has its hidden layers, with weights that are drawn; a family goes without.
    Remedies have no controls: they change what the first run is.
    """
    if values["compare"] in (NONE, CURES):
        return [values]
    if values["compare"] == FAMILY:
        return [values, *(run for run in _members(values) if _fits(values["start"], run))]
    second = _second(values)
    start = values["start"]
    if second["start"] == start and not _fits(start, second):
        second |= {"start": None, "hidden": second["hidden"] or widths_of(start)}
    return [values, second]


def misfits(values: Values) -> list[str]:
    """The activations of those runs that the first one's own weights do not fit."""
    others = _members(values) if values["compare"] == FAMILY else []
    if values["compare"] not in (NONE, *MANY) and values["compare_start"] is None:
        others = [_second(values)]
    return [run["activation"] for run in others if not _fits(values["start"], run)]


def _members(values: Values) -> list[dict[str, Any]]:
    others = [member for member in values["members"] if member != values["activation"]]
    return [{**values, "activation": member} for member in others]


def _second(values: Values) -> dict[str, Any]:
    own = {name: values[f"compare_{name}"] for name in COMPARABLE}
    own = {name: value for name, value in own.items() if value is not None}
    return {**values, "activation": values["compare"], **own}


def _fits(start: Start | None, run: Values) -> bool:
    """Whether weights are as many in each layer as a run's activation and output need."""
    if start is None:
        return True
    sizes = (INPUTS, *widths_of(start), OUTPUTS[run["output"]].units)
    shape = Shape(sizes, ACTIVATIONS[run["activation"]].pieces, TASKS[run["data"]].points)
    needed = [(shape.fan_in(layer), shape.fan_out(layer)) for layer in range(shape.layers)]
    return needed == [(len(weight), len(bias)) for weight, bias in start]


def experiments_of(values: Values) -> tuple[list[Experiment], list[str]]:
    """Each run's experiment, and which controls cannot be beside the others.

    These are named as in the link (``compare_batch`` is a second run's), and left at their
    defaults.
    """
    values = dict(values)
    instead: dict[str, Any] = {}  # for what a second run cannot have as the first has it
    refused: dict[str, None] = {}
    while True:
        experiments: list[Experiment] = []
        try:
            for run in runs_of(values):
                experiments.append(_experiment({**run, **instead} if experiments else run))
        except ExperimentError as error:
            name = _control_of(error, run)
            own = f"compare_{name}"
            second = bool(experiments) and values["compare"] not in MANY
            if second and values[own] is not None:
                refused[own], values[own] = None, None
                continue
            control, place = (own, instead) if second else (name, values)
            if name in instead or (control in refused and not second):
                raise
            refused[control], place[name] = None, _DEFAULTS.get(name)
        else:
            break
    if any(experiment.start is not None for experiment in experiments):
        experiments = [replace(experiment, networks=1) for experiment in experiments]
    if values["compare"] == CURES:
        experiments += cures(experiments[0]).values()
    return experiments, list(refused)


def controls_beside(first: Experiment, second: Experiment) -> dict[str, Any]:
    """What the controls say to put a second run, which differs in what these can say, beside the
    first one; of a run beside itself: the first one alone.
    """
    own: dict[str, Any] = {f"compare_{name}": None for name in COMPARABLE}
    if second == first:
        return own | {"compare": NONE}
    differs = [name for name in differing([first, second]) if name in COMPARABLE]
    own |= {f"compare_{name}": getattr(second, name) for name in differs}
    if first.hidden != second.hidden:
        own["compare_hidden"] = second.widths  # also equal ones: None says: as in the first
    return own | {"compare": second.activation}


def controls_of(experiment: Experiment) -> dict[str, Any]:
    """What the controls say to have a run alone."""
    values = {name: getattr(experiment, name) for name in FIELDS}
    values |= controls_beside(experiment, experiment) | {"activation": experiment.activation}
    if control := PARAMETERS.get(experiment.activation):
        values[control] = experiment.activation_parameter
    if experiment.momentum == experiment.descent.momentum:
        values["momentum"] = None
    return values | {"clip": experiment.clip or 0.0}


def _control_of(error: ExperimentError, run: Values) -> str:
    """The control that says what cannot be."""
    if error.field == "activation_parameter":
        return PARAMETERS[run["activation"]]
    if error.field == "hidden" and run["start"] is not None:  # whose layers they are
        return "start"
    return error.field


def _experiment(run: Values) -> Experiment:
    asked = {name: run[name] for name in FIELDS if name in SHARED or applies(name, run)}
    if run["start"] is not None:
        asked |= {"networks": 1, "hidden": widths_of(run["start"])}
    asked["clip"] = run["clip"] or None
    control = PARAMETERS.get(run["activation"])
    parameter = run[control] if control else None
    return Experiment(activation=run["activation"], activation_parameter=parameter, **asked)
