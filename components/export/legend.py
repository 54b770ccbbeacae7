"""How a picture's lines are read: of each kind that is drawn in it what it is, and of no other."""

from collections.abc import Sequence

from components.drawing.charts import gradient, loss
from components.export.source import Source
from components.words.text import Text
from models import History

KINDS = (
    "median",
    "mean",
    "one",
    "band",
    "view",
    "start",
    "start_one",
    "singles",
    "theory",
    "plateau",
)
"""Kinds of lines, in the order in which they are told."""


def which(source: Source, histories: Sequence[History], networks: Sequence[int]) -> str:
    """The networks in view, one a run, with the seeds that their weights come from."""
    words = source.words
    named = [
        words("export.which", network=network, seed=history.experiment.seed + network)
        for history, network in zip(histories, networks, strict=True)
    ]
    if len(set(named)) == 1:
        return named[0]
    each = zip(source.style.names, named, strict=True)
    return ", ".join(f"{name} {one}" for name, one in each)


def gradient_lines(
    source: Source,
    histories: Sequence[History],
    networks: Sequence[int],
    places: Sequence[int] = (0, -1),
    of_one: bool = False,
) -> str:
    """Of the gradient's chart at some of the logged steps; ``of_one``: about the one in view."""
    words, count = source.words, histories[0].experiment.networks
    of_many = count > 1 and not of_one
    before, after = 0 in places, any(places)
    drawn = {
        "median": of_many,
        "one": not of_many,
        "band": of_many,
        "view": of_many and _is_drawn(histories, networks, places),
        "start": after and of_many,
        "start_one": after and not of_many,
        "singles": count > 1,
        "theory": before and not of_one and len(gradient.theory_frame(histories, source.style)) > 0,
    }
    said = _said(words, drawn, networks=count, which=which(source, histories, networks))
    return f"{words('export.line_norm')} {said}"


def _is_drawn(histories: Sequence[History], networks: Sequence[int], places: Sequence[int]) -> bool:
    """Whether a gradient of a network in view has a place on the log axis."""
    return any(
        gradient.is_drawn(history, network, places)
        for history, network in zip(histories, networks, strict=True)
    )


def loss_lines(
    source: Source, histories: Sequence[History], networks: Sequence[int], scale: str
) -> str:
    """Of the loss chart on one of its scales."""
    count, accuracy = histories[0].experiment.networks, scale == "accuracy"
    several = count > 1
    plateaus = loss.plateau_frame(histories, networks, source.style)
    drawn = {
        "mean": several and accuracy,
        "median": several and not accuracy,
        "one": not several,
        "band": several and not accuracy,
        "view": several,
        "plateau": not accuracy and len(plateaus) > 0 and bool(plateaus["seen"].any()),
    }
    return _said(source.words, drawn, networks=count, which=which(source, histories, networks))


def _said(words: Text, drawn: dict[str, bool], **values: object) -> str:
    """One sentence of those that are drawn."""
    told = [words(f"export.line_{kind}", **values) for kind in KINDS if drawn.get(kind)]
    sentence = words("export.line_between").join(told)
    return f"{sentence[:1].upper()}{sentence[1:]}."
