"""What runs are called: by what differs between them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from components.drawing.charts.style import Style
from components.drawing.elements import networks_in_words
from components.settings.state import COMPARABLE, CURES, ITEMS, LABELS, Item
from components.settings.state.items import FLAGS, numbers_of
from components.settings.state.runs import GROUPS, runs_of
from components.words.numbers import whole
from components.words.text import Text
from models import ACTIVATIONS, Experiment, ExperimentError
from models.comparison import differing, shared_gradient
from models.norms import NORMS
from models.own_weights import Start, StartError, widths_of
from models.sweep import Axis, Sweep

# As short as stands at the end of a line.
_INITS = {"lecture": "U(-1, 1)", "lab": "N(0, 1)", "pytorch": "PyTorch", "uniform01": "U(0, 1)"}
OUTPUT_PARTS = {
    "sigmoid": ("sigmoid", "entropy"),
    "linear": ("linear", "entropy"),
    "relu": ("relu", "entropy"),
    "squared": ("linear", "squared"),
    "sigmoid_squared": ("sigmoid", "squared"),
    "tanh_squared": ("tanh", "squared"),
    "relu_squared": ("relu", "squared"),
    "softmax": ("softmax", "entropy"),
    "squared_signed": ("linear", "squared_signed"),
    "tanh_squared_unit": ("tanh", "squared_unit"),
    "sigmoid_twice": ("sigmoid_twice", "entropy"),
    "softmax_twice": ("softmax_twice", "entropy"),
    "sigmoid_squared_signed": ("sigmoid", "squared_signed"),
}
"""What the two parts of an output are called by: its unit, and its loss."""


def _task(words: Text, experiment: Experiment) -> str:
    return experiment.task.label


def _activation(words: Text, experiment: Experiment) -> str:
    return ACTIVATIONS[experiment.activation].label


def _unit(words: Text, experiment: Experiment) -> str:
    unit, _ = OUTPUT_PARTS[experiment.output]
    return words(f"names.unit_{unit}")


def _loss(words: Text, experiment: Experiment) -> str:
    _, loss = OUTPUT_PARTS[experiment.output]
    return words(f"names.loss_{loss}")


def _layers(words: Text, experiment: Experiment) -> str:
    """The units of each if they differ, else how many layers and of how many units."""
    if experiment.hidden:
        return widths_name(experiment.hidden)
    return f"{experiment.depth} × {experiment.width}"


def _depth(words: Text, experiment: Experiment) -> str:
    """How many layers; of unequal ones their units."""
    if experiment.hidden:
        return widths_name(experiment.hidden)
    return words("names.depth", depth=experiment.depth)


def _bias(words: Text, experiment: Experiment) -> str:
    bias = experiment.bias
    return words(f"names.bias_{bias}")


def _drawn(words: Text, experiment: Experiment) -> str:
    return init_name(words, experiment.init)


def _start(words: Text, experiment: Experiment) -> str:
    return _drawn(words, experiment) if experiment.start is None else words("names.start")


def _optimizer(words: Text, experiment: Experiment) -> str:
    """With its momentum, if that is not the usual one."""
    momentum, usual = experiment.momentum, experiment.descent.momentum
    return experiment.descent.short + ("" if momentum == usual else f" {momentum:g}")


def batch_name(words: Text, batch: int | None) -> str:
    """How many points a step is shown; None: all."""
    if batch is None:
        return words("names.batch_all")
    return words("names.batch_one") if batch == 1 else words("names.batch", batch=batch)


def _batch(words: Text, experiment: Experiment) -> str:
    """With the order of its points, if that is not the usual one."""
    order = "" if experiment.order == Experiment.order else f", {_order(words, experiment)}"
    return batch_name(words, experiment.batch) + order


def _decay(words: Text, experiment: Experiment) -> str:
    return words("names.decay", decay=f"{experiment.weight_decay:g}")


def _order(words: Text, experiment: Experiment) -> str:
    order = experiment.order
    return words(f"names.order_{order}")


def _clip(words: Text, experiment: Experiment) -> str:
    return words("names.clip", clip=f"{experiment.clip:g}")


def _remedies(words: Text, experiment: Experiment) -> str:
    """What keeps signal and gradient in bounds, in one name."""
    norm = experiment.norm
    names = [words(f"names.norm_{norm}")] if norm in NORMS else []
    names += [words("names.skip")] if experiment.skip else []
    names += [words("names.unit_gradient")] if experiment.unit_gradient else []
    names += [] if experiment.clip is None else [_clip(words, experiment)]
    return " + ".join(names) or words("names.no_remedies")


def _accumulate(words: Text, experiment: Experiment) -> str:
    return words("names.accumulate" if experiment.accumulate else "names.no_accumulate")


def _broadcast(words: Text, experiment: Experiment) -> str:
    return words("names.broadcast" if experiment.broadcast else "names.no_broadcast")


def _rate(words: Text, experiment: Experiment) -> str:
    return words("names.learning_rate", rate=f"{experiment.learning_rate:g}")


Part = Callable[[Text, Experiment], str]
_MISTAKES: tuple[tuple[str, Part], ...] = (("accumulate", _accumulate), ("broadcast", _broadcast))
_PARTS: tuple[tuple[str, Part], ...] = (
    ("data", _task),
    ("activation", _activation),
    ("activation_parameter", lambda words, e: e.parameter_label),
    ("start", _start),
    ("init", _drawn),
    ("gain", lambda words, e: words("names.gain", gain=f"{e.gain:g}")),
    ("bias", _bias),
    ("optimizer", _optimizer),
    ("learning_rate", _rate),
    ("momentum", lambda words, e: words("names.momentum", momentum=f"{e.momentum or 0:g}")),
    ("weight_decay", _decay),
    ("batch", _batch),
    ("order", _order),
    ("depth", lambda words, e: words("names.depth", depth=e.depth)),
    ("width", lambda words, e: words("names.width", width=e.width)),
    ("hidden", _layers),
    ("output", _unit),
    ("output", _loss),
    *((field, _remedies) for field in GROUPS["remedies"]),
    *_MISTAKES,
)
"""What a run may be called by: the field of an experiment, and what its value is called."""
_SHARED_PARTS: tuple[tuple[str, Part], ...] = (
    ("seed", lambda words, e: words("names.seed", seed=e.seed)),
    ("steps", lambda words, e: words("run.done", steps=whole(e.steps))),
    ("networks", lambda words, e: networks_in_words(words, e.networks)),
    ("dtype", lambda words, e: e.dtype),
)
"""The same of what the runs of a page have in common."""


def run_names(words: Text, experiments: Sequence[Experiment]) -> tuple[str, ...]:
    """One name a run, all different: ``ReLU``, or ``He normal``, or ``He normal, Adam``.

    Runs of one activation are called by what else differs; a run alone by its activation.
    """
    names = _names(words, experiments, _PARTS)
    if not all(names):
        names = [_activation(words, experiment) for experiment in experiments]
    if len(set(names)) < len(set(experiments)):  # as of two that each have weights of their own
        names = [f"{name} {place}" for place, name in enumerate(names, start=1)]
    return tuple(names)


def cure_names(words: Text, experiments: Sequence[Experiment]) -> tuple[str, ...]:
    """A network in trouble, the first run, by its activation; its remedies by what they change."""
    first, *others = experiments
    changes = (_names(words, (one, first), _PARTS)[0] for one in others)
    return _activation(words, first), *changes


def _names(
    words: Text, experiments: Sequence[Experiment], parts: Sequence[tuple[str, Part]]
) -> list[str]:
    """By all parts that differ, with commas between them; empty where none does."""
    fields = differing(experiments)
    named = dict.fromkeys(name for field, name in parts if field in fields)
    said = ([name(words, e) for e in experiments] for name in named)
    telling = [each for each in said if len(set(each)) > 1]
    return [", ".join(each[place] for each in telling) for place in range(len(experiments))]


def changes_in_words(
    words: Text, experiment: Experiment, usual: Experiment, fields: Collection[str]
) -> str:
    """In what of these fields a run is not as usual; empty: in nothing."""
    parts = [part for part in (*_PARTS, *_SHARED_PARTS) if part[0] in fields]
    return _names(words, (experiment, usual), parts)[0]


def option_names(words: Text, name: str) -> dict[Any, str]:
    """What the options of a control are called in this language.

    Most read alike in all, as the field writes them.
    """
    own = name.removeprefix("compare_")
    if own in FLAGS:
        return {value: words(f"options.flag.{label}") for value, label in LABELS[own].items()}
    return LABELS[name] | words.section("options").get(own, {})


def init_name(words: Text, init: str) -> str:
    """What initial weights are called where there is little room."""
    return _INITS.get(init) or option_names(words, "init")[init]


def widths_name(widths: Sequence[int]) -> str:
    """The units of each hidden layer: 5-10-5."""
    return "-".join(map(str, widths)) or "–"


_ATLAS_NAMES = {"map": "names", "figure": "figures"}


def value_name(words: Text, item: Item, value: Any) -> str:
    """A value as its control shows it."""
    name = item.name.removeprefix("compare_")
    if value is None:
        return "–"
    if isinstance(value, Axis):
        return axis_in_words(words, value)
    if name == "clip" and not value:
        return words("controls.no_clip")
    if name in LABELS and value in LABELS[name]:
        return option_names(words, name)[value]
    if name == "members":
        return ", ".join(LABELS["activation"][member] for member in value)
    if name == "hidden":
        return widths_name(value)
    if name == "batch":
        return batch_name(words, value)
    if name in _ATLAS_NAMES:
        return words(f"atlas.{_ATLAS_NAMES[name]}.{value}")
    if name == "start":
        return words("controls.numbers", count=numbers_of(value))
    return item.write(value)


def axis_in_words(words: Text, axis: Axis) -> str:
    """What an axis goes through."""
    ends = [axis_value(words, axis.name, value) for value in (axis.values[0], axis.values[-1])]
    name = words(f"controls.{axis.name}")
    return f"{name} {' – '.join(dict.fromkeys(ends))}"


def axis_value(words: Text, name: str, value: Any) -> str:
    """A value of an axis, as short as stands beside a map."""
    if name == "init":
        return init_name(words, value)
    if name in ("norm", "output", "optimizer"):
        return option_names(words, name)[value]
    return f"{value}" if name == "batch" else value_name(words, ITEMS[name], value)


def sweep_in_words(words: Text, sweep: Sweep) -> str:
    """What all cells of a map have in common, in one line."""
    base, axes = sweep.base, sweep.names
    said = [
        name(words, base)
        for field, name in _AROUND
        if field not in axes and not (field in _QUIET and _is_usual(field, base))
    ]
    return " · ".join(dict.fromkeys(filter(None, said)))


def control_name(words: Text, item: Item) -> str:
    """What a control is called; a second run's own one says so."""
    name = words(item.title)
    own = item.name in {f"compare_{each}" for each in COMPARABLE}
    return words("controls.second", control=name) if own else name


def style_of(
    words: Text,
    dark: bool,
    experiments: Sequence[Experiment],
    large: bool = False,
    many: str = "",
) -> Style:
    """How these runs look and what they are called; ``many``: which many they are, if any."""
    activations = tuple(experiment.activation for experiment in experiments)
    if many != CURES:
        return Style(words.language, dark, activations, run_names(words, experiments), large)
    same = tuple(
        0 if shared_gradient(experiments[0], experiment) else place
        for place, experiment in enumerate(experiments)
    )
    return Style(words.language, dark, activations, cure_names(words, experiments), large, same)


def drawn_in_words(words: Text, experiment: Experiment) -> str:
    """What a run starts from, with what is not usual about it."""
    if experiment.start is not None:
        return _start(words, experiment)
    gain = "" if experiment.gain == Experiment.gain else f" × {experiment.gain:g}"
    bias = "" if experiment.bias == Experiment.bias else f", {_bias(words, experiment)}"
    return init_name(words, experiment.init) + gain + bias


def missing_in_words(words: Text, error: StartError) -> str:
    """What is missing to be weights of one's own."""
    missing = error.missing
    return words(f"missing.{missing}", **error.counts)


def misfit_in_words(words: Text, name: str, start: Start, values: Mapping[str, Any]) -> str:
    """What is missing in weights of one's own to fit what the controls say; empty: nothing.

    Args:
        words: the language.
        name: of the weights' own control.
        start: what it says.
        values: what every control says.
    """
    run = runs_of(values)[0 if name == "start" else -1]
    kind = {field: run[field] for field in ("activation", "output")}
    try:
        Experiment(**kind, hidden=widths_of(start), networks=1, start=start)
    except ExperimentError as error:
        if isinstance(error.__cause__, StartError):
            return missing_in_words(words, error.__cause__)
    return ""


def optimizer_in_words(words: Text, experiment: Experiment) -> str:
    """How a step is made, with its momentum."""
    momentum = experiment.momentum
    named = option_names(words, "optimizer")[experiment.optimizer]
    return f"{named} {momentum:g}" if momentum else named


def _output_in_words(words: Text, experiment: Experiment) -> str:
    return option_names(words, "output")[experiment.output]


def _batch_in_words(words: Text, experiment: Experiment) -> str:
    """With the epochs, where one is more than a step."""
    said, epochs = _batch(words, experiment), experiment.steps // experiment.epoch
    return f"{said} ({words('names.epochs', epochs=whole(epochs))})" if experiment.batch else said


_UNUSUAL: dict[str, Part] = {
    "output": _output_in_words,
    "batch": _batch_in_words,
    "weight_decay": _decay,
    **dict.fromkeys(GROUPS["remedies"], _remedies),
    **dict(_MISTAKES),
}
"""What is said of a setting only where it is not as usual."""


def setting_in_words(words: Text, experiments: Sequence[Experiment]) -> str:
    """The setting of some runs in one line; where they differ, each one's value."""

    def each(name: Part) -> str:
        return _each(words, experiments, name)

    if any(e.hidden for e in experiments):
        layers = words("page.unequal_layers", layers=each(_layers))
    elif any(e.depth for e in experiments):
        depth, width = each(lambda _, e: f"{e.depth}"), each(lambda _, e: f"{e.width}")
        layers = words("page.layers", depth=depth, width=width)
    else:
        layers = words("page.no_layers")
    setting = words(
        "page.setting",
        layers=layers,
        init=each(drawn_in_words),
        optimizer=each(optimizer_in_words),
        rate=each(lambda _, e: f"{e.learning_rate:g}"),
        networks=networks_in_words(words, experiments[0].networks),
    )
    data = [each(_task)] if _is_unusual("data", experiments) else []
    return " · ".join([*data, setting, *unusual_in_words(words, experiments)])


def unusual_in_words(
    words: Text, experiments: Sequence[Experiment], fields: Collection[str] = _UNUSUAL.keys()
) -> list[str]:
    """What of these fields is not as usual in some run; where they differ, each one's value."""
    unusual = [field for field in _UNUSUAL if field in fields and _is_unusual(field, experiments)]
    names = dict.fromkeys(_UNUSUAL[field] for field in unusual)
    return [_each(words, experiments, name) for name in names]


_AROUND: tuple[tuple[str, Part], ...] = (
    ("data", _task),
    ("activation", _activation),
    ("activation_parameter", lambda words, e: e.parameter_label),
    ("depth", _depth),
    ("width", lambda words, e: "" if e.hidden else words("names.width", width=e.width)),
    ("output", _output_in_words),
    ("init", _drawn),
    ("gain", lambda words, e: words("names.gain", gain=f"{e.gain:g}")),
    ("bias", _bias),
    ("optimizer", optimizer_in_words),
    ("learning_rate", _rate),
    ("batch", _batch),
    ("weight_decay", _decay),
    *((field, _remedies) for field in GROUPS["remedies"]),
    *_MISTAKES,
    *_SHARED_PARTS[1:3],
)
"""What is said of what all cells of a map have in common."""
_QUIET = ("data", "output", "gain", "bias", "batch", "weight_decay", *GROUPS["remedies"],
          *GROUPS["mistakes"])  # fmt: skip


def _is_usual(field: str, experiment: Experiment) -> bool:
    return not _is_unusual(field, [experiment])


def _is_unusual(field: str, experiments: Sequence[Experiment]) -> bool:
    return any(getattr(e, field) != getattr(Experiment, field) for e in experiments)


def _each(words: Text, experiments: Sequence[Experiment], name: Part) -> str:
    """What something is called in each run, once where they agree."""
    return " ↔ ".join(dict.fromkeys(name(words, e) for e in experiments))
