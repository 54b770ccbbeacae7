"""What runs are called: by what differs between them."""

from collections.abc import Callable, Sequence
from typing import Any

from components.drawing.charts.style import Style
from components.drawing.elements import networks_in_words
from components.settings.state import COMPARABLE, LABELS, Item
from components.words.text import Text
from models import ACTIVATIONS, Experiment
from models.comparison import differing

# As short as stands at the end of a line.
_INITS = {"lecture": "U(-1, 1)", "lab": "N(0, 1)", "pytorch": "PyTorch"}


def _activation(words: Text, experiment: Experiment) -> str:
    return ACTIVATIONS[experiment.activation].label


def _parameter(words: Text, experiment: Experiment) -> str:
    return experiment.parameter_label


def _output(words: Text, experiment: Experiment) -> str:
    output = experiment.output
    return words(f"names.{output}")


_PARTS: dict[str, Callable[[Text, Experiment], str]] = {
    "activation": _activation,
    "activation_parameter": _parameter,
    "init": lambda words, experiment: init_name(words, experiment.init),
    "optimizer": lambda words, experiment: experiment.descent.short,
    "learning_rate": lambda words, e: words("names.learning_rate", rate=f"{e.learning_rate:g}"),
    "depth": lambda words, e: words("names.depth", depth=e.depth),
    "width": lambda words, e: words("names.width", width=e.width),
    "output": _output,
}


def run_names(words: Text, experiments: Sequence[Experiment]) -> tuple[str, ...]:
    """One name a run, all different: ``ReLU``, or ``He normal``, or ``He normal, Adam``.

    Runs of one activation are called by what else differs; a run alone by its activation.
    """
    fields = [name for name in _PARTS if name in differing(experiments)] or ["activation"]
    return tuple(
        ", ".join(_PARTS[name](words, experiment) for name in fields) for experiment in experiments
    )


def option_names(words: Text, name: str) -> dict[Any, str]:
    """What the options of a control are called in this language.

    Most read alike in all, as the field writes them.
    """
    return LABELS[name] | words.section("options").get(name.removeprefix("compare_"), {})


def init_name(words: Text, init: str) -> str:
    """What initial weights are called where there is little room."""
    return _INITS.get(init) or option_names(words, "init")[init]


def value_name(words: Text, item: Item, value: Any) -> str:
    """A value as its control shows it."""
    if item.name in LABELS and value in LABELS[item.name]:
        return option_names(words, item.name)[value]
    if item.name == "members":
        return ", ".join(LABELS["activation"][member] for member in value)
    return "–" if value is None else item.write(value)


def control_name(words: Text, item: Item) -> str:
    """What a control is called; a second run's own one says so."""
    name = words(item.title)
    own = item.name in {f"compare_{each}" for each in COMPARABLE}
    return words("controls.second", control=name) if own else name


def style_of(
    words: Text, dark: bool, experiments: Sequence[Experiment], large: bool = False
) -> Style:
    """How these runs look and what they are called."""
    activations = tuple(experiment.activation for experiment in experiments)
    return Style(words.language, dark, activations, run_names(words, experiments), large)


def setting_in_words(words: Text, experiments: Sequence[Experiment]) -> str:
    """The setting of some runs in one line; where they differ, each one's value."""
    optimizers = option_names(words, "optimizer")

    def each(value: Callable[[Experiment], str]) -> str:
        return " ↔ ".join(dict.fromkeys(map(value, experiments)))

    return words(
        "page.setting" if any(e.depth for e in experiments) else "page.setting_flat",
        depth=each(lambda e: f"{e.depth}"),
        width=each(lambda e: f"{e.width}"),
        init=each(lambda e: init_name(words, e.init)),
        optimizer=each(lambda e: optimizers[e.optimizer]),
        rate=each(lambda e: f"{e.learning_rate:g}"),
        networks=networks_in_words(words, experiments[0].networks),
    )
