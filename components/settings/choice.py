"""What the controls ask for: an experiment, and what it is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from components.settings.state.items import COMPARABLE, FAMILY, NONE, PARAMETERS, RATES_TRIED
from models import Experiment

_FIELDS = ("depth", "width", "init", "optimizer", "learning_rate", "steps", "networks", "seed",
           "dtype", "output")  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """What the controls ask for.

    Attributes:
        experiment: the first run.
        others: what it is compared with: nothing, a second run, or the rest of a family.
        family: whether it is a family: many activations from the same weights.
    """

    experiment: Experiment
    others: tuple[Experiment, ...] = ()
    family: bool = False

    @property
    def experiments(self) -> list[Experiment]:
        """All that are trained together."""
        return [self.experiment, *self.others]

    def changed(self, **values: Any) -> "Choice":
        """The same choice with fields of every experiment at other values."""
        others = tuple(replace(other, **values) for other in self.others)
        return replace(self, experiment=replace(self.experiment, **values), others=others)


def choice_of(values: Mapping[str, Any]) -> Choice:
    """The choice that the controls' values make.

    A second run differs from the first in its activation, and in whatever its own controls
    (``compare_init`` ...) say; None says: as in the first.
    """
    first = _experiment(values)
    if values["compare"] == NONE:
        return Choice(first)
    if values["compare"] == FAMILY:
        return _family(first, values)
    own = {name: values[f"compare_{name}"] for name in COMPARABLE}
    own = {name: value for name, value in own.items() if value is not None}
    second = _experiment({**values, "activation": values["compare"], **own})
    return Choice(first, () if second == first else (second,))


def _experiment(values: Mapping[str, Any]) -> Experiment:
    activation = values["activation"]
    control = PARAMETERS.get(activation)
    return Experiment(
        activation=activation,
        activation_parameter=values[control] if control else None,
        **{name: values[name] for name in _FIELDS},
    )


def _family(first: Experiment, values: Mapping[str, Any]) -> Choice:
    """Every member at the first run's rate, and if each is to have its best one at several."""
    rates = [first.learning_rate]
    if values["rates"] == "best":
        rates += [rate for rate in RATES_TRIED if rate != first.learning_rate]
    members = [first.activation, *(m for m in values["members"] if m != first.activation)]
    experiments = [
        replace(_experiment({**values, "activation": member}), learning_rate=rate)
        for rate in rates
        for member in members
    ]
    return Choice(first, tuple(experiments[1:]), family=True)
