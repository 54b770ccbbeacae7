"""Where something that was taken away comes from: what it says of itself."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from components.drawing.charts.style import Style
from components.drawing.elements import networks_in_words
from components.settings.naming import (
    drawn_in_words,
    optimizer_in_words,
    option_names,
    setting_in_words,
    unusual_in_words,
    widths_name,
)
from components.words.numbers import whole
from components.words.text import Text
from models import Experiment
from models.initializers import Distribution
from models.norms import NORMS
from models.own_weights import to_json

SETTING_LETTERS = 80  # of a file's name: some systems take 255 bytes, but lists show far fewer
MORE_LETTERS = 30
_WRITTEN = {
    "init": "init-{}",
    "gain": "gain{}",
    "bias": "bias-{}",
    "start": "own{}",
    "optimizer": "{}",
    "momentum": "momentum{}",
    "weight_decay": "decay{}",
    "norm": "norm-{}",
    "skip": "{}",
    "clip": "clip{}",
    "unit_gradient": "{}",
    "accumulate": "{}",
    "broadcast": "{}",
    "batch": "batch{}",
    "order": "{}",
    "learning_rate": "rate{}",
    "activation_parameter": "parameter{}",
    "output": "output-{}",
    "steps": "{}steps",
    "networks": "{}networks",
    "dtype": "{}",
}
"""How a value that is not the default is written in a file's name."""
_STEP = ("batch", "weight_decay")  # what else a step is made of
_LABELS = ("broadcast",)  # what else an answer is judged by


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
        more = words("export.line", steps=whole(first.steps), seed=first.seed, dtype=first.dtype)
        return " · ".join([setting[:1].upper() + setting[1:], *shaped, more])

    def setting(self, experiment: Experiment, alone: bool = False) -> list[str]:
        """One run's setting in a few lines; ``alone``: of one of its networks, in no precision."""
        words, e = self.words, experiment
        learned = [words("export.data", data=e.task.label)] if e.data != Experiment().data else []
        return [
            *learned,
            " ".join([_layers(words, e), *_inside(words, e)]),
            words(
                "export.started",
                init=start_in_words(words, e),
                output=", ".join(
                    [
                        option_names(words, "output")[e.output],
                        *unusual_in_words(words, [e], _LABELS),
                    ]
                ),
            ),
            words(
                "export.trained_one" if alone else "export.trained",
                optimizer=optimizer_in_words(words, e),
                rate=", ".join([f"{e.learning_rate:.15g}", *unusual_in_words(words, [e], _STEP)]),
                steps=whole(e.steps),
                networks=networks_in_words(words, e.networks),
                seed=e.seed,
                last=e.seed + e.networks - 1,
                dtype=e.dtype,
            ),
            *_treated(words, e),
        ]


def start_in_words(words: Text, experiment: Experiment) -> str:
    """How the weights start."""
    e = experiment
    if e.start is not None:
        return words("export.started_own")
    if e.distribution != Distribution(e.initializer):
        return drawn_in_words(words, e)
    return option_names(words, "init")[e.init]


def _layers(words: Text, e: Experiment) -> str:
    if not e.depth:
        return words("export.no_layers")
    activation = _shaped(e) if e.phi.parameter else e.phi.label
    if e.hidden is None:
        return words("export.layers", depth=e.depth, width=e.width, activation=activation)
    return words("export.unequal", widths=widths_name(e.hidden), activation=activation)


def _inside(words: Text, e: Experiment) -> list[str]:
    """What there is between the layers."""
    norm = option_names(words, "norm")[e.norm]
    said = [words("export.normed", norm=norm)] if e.norm in NORMS else []
    return said + ([words("export.skipped")] if e.skip else [])


def _treated(words: Text, e: Experiment) -> list[str]:
    """What becomes of a gradient before a step, in one line; none where it stays as it is."""
    said = [words("export.accumulated")] if e.accumulate else []
    said += [words("export.unit")] if e.unit_gradient else []
    said += [] if e.clip is None else [words("export.clipped", clip=f"{e.clip:g}")]
    return [" ".join([*said, words("export.untreated")])] if said else []


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
        digest = _digest(whole)
        setting = f"{setting[: SETTING_LETTERS - len(digest) - 1].strip('-.')}-{digest}"
    rest = "-".join(filter(None, (_slug(f"{part}") for part in more)))[:MORE_LETTERS]
    return f"{setting}-{rest.strip('-.')}".strip("-") + f".{ending}"


def _named(experiments: Sequence[Experiment]) -> list[str]:
    """The parts of a setting's name: what is always in it, then what is not the default."""
    parts = [_each([e.data for e in experiments]), _each([e.activation for e in experiments])]
    parts.append(_each([f"{e.depth}x{e.width}" if not e.hidden else widths_name(e.hidden)
                        for e in experiments]))  # fmt: skip
    parts.append(_each([f"seed{e.seed}" for e in experiments]))
    usual = [vars(Experiment(e.activation)) | {"momentum": e.descent.momentum} for e in experiments]
    for name, written in _WRITTEN.items():
        if [getattr(e, name) for e in experiments] != [each[name] for each in usual]:
            parts.append(written.format(_each([_value(e, name) for e in experiments])))
    return parts


def _value(e: Experiment, name: str) -> object:
    """A field's value, short."""
    value = getattr(e, name)
    if isinstance(value, bool):
        return name if value else f"no-{name}"
    return _digest(to_json(value)) if name == "start" and value else value


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _each(values: Sequence[object]) -> str:
    """One value a run; a single one where they agree."""
    return "-vs-".join(map(str, values if len(set(values)) > 1 else values[:1]))


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")
