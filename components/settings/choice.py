"""What the controls ask for: an experiment, and what it is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from components.settings.state.items import DEFAULTS, RATES_TRIED
from components.settings.state.runs import MANY, experiments_of, misfits
from models import Experiment


@dataclass(frozen=True)
class Choice:
    """What the controls ask for.

    Attributes:
        experiment: the first run.
        others: what it is compared with: nothing, a second run, or many.
        many: which many these are: the ``FAMILY`` of activations, all ``CURES``; empty: not many.
        refused: the controls that cannot be beside the others, and so do not count.
        misfits: the activations of those runs that the first one's own weights do not fit: a
            second run's weights are drawn instead, a family goes without.
    """

    experiment: Experiment
    others: tuple[Experiment, ...] = ()
    many: str = ""
    refused: tuple[str, ...] = ()
    misfits: tuple[str, ...] = ()

    @property
    def experiments(self) -> list[Experiment]:
        """All that are trained together."""
        return [self.experiment, *self.others]

    def changed(self, **values: Any) -> "Choice":
        """The same choice with fields of every experiment at other values.

        A run from weights of one's own stays one network.
        """
        if any(one.start is not None for one in self.experiments):
            values.pop("networks", None)
        others = tuple(replace(other, **values) for other in self.others)
        return replace(self, experiment=replace(self.experiment, **values), others=others)


def choice_of(values: Mapping[str, Any]) -> Choice:
    """The choice that the controls' values make."""
    experiments, refused = experiments_of(values)
    first, *others = experiments
    many = values["compare"] if values["compare"] in MANY else ""
    if many and values["rates"] == "best":
        # Each member at its own rate and, to have its best one, at several.
        others += [
            replace(member, learning_rate=rate)
            for rate in RATES_TRIED
            for member in experiments
            if rate != member.learning_rate
        ]
    if others == [first]:
        others = []
    unfit = misfits({**values, **{name: DEFAULTS[name] for name in refused}})
    return Choice(first, tuple(others), many, tuple(refused), tuple(unfit))
