"""Where something that was taken away comes from: what it says of itself."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from components.drawing.charts.style import Style
from components.drawing.elements import networks_in_words
from components.settings.naming import option_names, setting_in_words
from components.words.numbers import whole
from components.words.text import Text
from models import Experiment

SETTING_LETTERS = 80  # of a file's name: some systems take 255 bytes, but lists show far fewer
MORE_LETTERS = 30
_WRITTEN = {
    "init": "init-{}",
    "optimizer": "{}",
    "learning_rate": "rate{}",
    "activation_parameter": "parameter{}",
    "output": "output-{}",
    "steps": "{}steps",
    "networks": "{}networks",
    "dtype": "{}",
}
"""How a value that is not the default is written in a file's name."""


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

    def setting(self, experiment: Experiment, alone: bool = False) -> list[str]:
        """One run's setting in a few lines; ``alone``: of one of its networks, in no precision."""
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
                "export.trained_one" if alone else "export.trained",
                optimizer=option_names(words, "optimizer")[e.optimizer],
                rate=f"{e.learning_rate:.15g}",
                steps=whole(e.steps),
                networks=networks_in_words(words, e.networks),
                seed=e.seed,
                last=e.seed + e.networks - 1,
                dtype=e.dtype,
            ),
        ]


def _shaped(experiment: Experiment) -> str:
    """An activation with its parameter."""
    return f"{experiment.phi.label}, {experiment.parameter_label}"


def file_name(experiments: Sequence[Experiment], *more: object, ending: str) -> str:
    """A name that every system takes: small ASCII letters, digits, dots and dashes.

    ``xor-sigmoid-vs-relu-9x10-seed0-rate0.01-loss.png``: every value that is not the default is in
    it. Where that is too long, a digest of the whole setting is: different runs never share a name.
    """
    whole = "-".join(_named(experiments))
    setting = _slug(whole)
    if len(setting) > SETTING_LETTERS:
        digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
        setting = f"{setting[: SETTING_LETTERS - len(digest) - 1].strip('-.')}-{digest}"
    rest = "-".join(filter(None, (_slug(f"{part}") for part in more)))[:MORE_LETTERS]
    return f"{setting}-{rest.strip('-.')}".strip("-") + f".{ending}"


def _named(experiments: Sequence[Experiment]) -> list[str]:
    """The parts of a setting's name: what is always in it, then what is not the default."""
    parts = ["xor", _each([e.activation for e in experiments])]
    parts.append(_each([f"{e.depth}x{e.width}" for e in experiments]))
    parts.append(_each([f"seed{e.seed}" for e in experiments]))
    usual = [Experiment(activation=e.activation) for e in experiments]
    for name, written in _WRITTEN.items():
        values = [getattr(e, name) for e in experiments]
        if values != [getattr(e, name) for e in usual]:
            parts.append(written.format(_each(values)))
    return parts


def _each(values: Sequence[object]) -> str:
    """One value a run; a single one where they agree."""
    return "-vs-".join(map(str, values if len(set(values)) > 1 else values[:1]))


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")
