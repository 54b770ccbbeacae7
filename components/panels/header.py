"""The page's first lines: its name, the setting, and how far the run is."""

import streamlit as st
from markupsafe import Markup
from streamlit.delta_generator import DeltaGenerator

from components.drawing.markup import element
from components.runs import Progress
from components.settings.choice import Choice
from components.settings.naming import setting_in_words
from components.settings.state import CURES
from components.words.numbers import duration, whole
from components.words.text import Text


def header(
    words: Text,
    choice: Choice,
    progress: Progress | None,
    place: DeltaGenerator | None = None,
    in_line: bool = False,
) -> DeltaGenerator:
    """Title, setting, and while a run goes on how far it is: always of the same height.

    Args:
        words: the sentences.
        choice: what the controls ask for.
        progress: how far the run is; None where none was begun.
        place: of one element, which can be written to again; None: where it is drawn.
        in_line: whether nothing more is drawn before the run ends, because so many wait.

    Returns:
        Its place.
    """
    experiment = choice.experiment
    # Remedies differ in everything: that of the network in trouble, and their names say the rest.
    runs = [experiment] if choice.many == CURES else choice.experiments
    setting = setting_in_words(words, runs)
    trained = progress is not None and progress.error is None
    status = words("run.done" if trained else "run.planned", steps=whole(experiment.steps))
    share = 0.0
    if progress and not progress.finished:
        share = progress.step / progress.steps
        left = progress.seconds_left
        status = words("run.at", step=whole(progress.step), steps=whole(progress.steps))
        if left is not None:
            status += " · " + words("run.left", time=duration(left, words))
        if in_line:
            status += " · " + words("run.in_line")
    about = element("p", setting, " · ", element("span", status, role="status"))
    head = element("div", element("h1", words("page.title")), about, class_="vgl-head")
    return (place or st).html(head + progress_bar(words, share))


def progress_bar(words: Text, share: float) -> Markup:
    """How far a training is."""
    return element(
        "div",
        element("div", style=f"width:{share:.1%}"),
        class_="vgl-progress",
        role="progressbar",
        aria_label=words("run.progress"),
        aria_valuemin=0,
        aria_valuemax=100,
        aria_valuenow=f"{share * 100:.0f}",
    )
