"""Where something that was taken away comes from: what it says of itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from components.charts.style import Style
from components.elements import networks_in_words
from components.naming import option_names, setting_in_words
from components.numbers import whole
from components.text import Text
from models import Experiment


@dataclass(frozen=True)
class Source:
    """What was on screen, and how to see it again.

    Attributes:
        style: the page's, with the runs' names.
        link: the address that opens it.
    """

    style: Style
    link: str

    @property
    def words(self) -> Text:
        """The sentences of the page's language."""
        return self.style.words

    @property
    def title(self) -> str:
        """The lab's name."""
        return self.words("page.title")

    def line(self, experiments: Sequence[Experiment]) -> str:
        """What runs of a comparison are, in one line."""
        words, first = self.words, experiments[0]
        setting = setting_in_words(words, experiments)
        shaped = dict.fromkeys(_shaped(e) for e in experiments if e.phi.parameter and e.depth)
        outputs = dict.fromkeys(e.output for e in experiments)
        judged = [option_names(words, "output")[o] for o in outputs if o != Experiment().output]
        more = words("export.line", steps=whole(first.steps), seed=first.seed, dtype=first.dtype)
        return " · ".join([setting[:1].upper() + setting[1:], *shaped, *judged, more])

    def setting(self, experiment: Experiment) -> list[str]:
        """One run's setting in a few lines."""
        words, e = self.words, experiment
        activation = _shaped(e) if e.phi.parameter else e.phi.label
        shape = words("export.layers", depth=e.depth, width=e.width, activation=activation)
        return [
            shape if e.depth else words("export.no_layers"),
            words(
                "export.started",
                init=option_names(words, "init")[e.init],
                output=option_names(words, "output")[e.output],
            ),
            words(
                "export.trained",
                optimizer=option_names(words, "optimizer")[e.optimizer],
                rate=f"{e.learning_rate:g}",
                steps=whole(e.steps),
                networks=networks_in_words(words, e.networks),
                seed=e.seed,
                last=e.seed + e.networks - 1,
                dtype=e.dtype,
            ),
        ]


def _shaped(experiment: Experiment) -> str:
    """An activation with its parameter."""
    parameter = experiment.phi.parameter
    return f"{experiment.phi.label}, {parameter.symbol} = {experiment.activation_parameter:g}"


def file_name(experiments: Sequence[Experiment], *more: object, ending: str) -> str:
    """A name that every system takes: small ASCII letters, digits, dots and dashes.

    ``xor-sigmoid-9x10-seed0-loss.png``; runs of a comparison one after the other.
    """
    first = experiments[0]
    activations = dict.fromkeys(experiment.activation for experiment in experiments)
    parts = ["xor", *activations, f"{first.depth}x{first.width}", f"seed{first.seed}", *more]
    stem = "-".join(re.sub(r"[^a-z0-9.]+", "-", f"{part}".lower()).strip("-.") for part in parts)
    return f"{stem[:100]}.{ending}"
