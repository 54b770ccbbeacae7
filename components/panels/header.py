"""The page's first lines: its name, the setting, and how far the run is."""

import streamlit as st

from components.elements import networks_in_words
from components.numbers import duration, whole
from components.runs import Progress
from components.sidebar import Choice
from components.state import LABELS
from components.text import Text


def header(words: Text, choice: Choice, progress: Progress | None) -> None:
    """Title, setting, and while a run goes on how far it is: always of the same height."""
    experiment = choice.experiment
    setting = words(
        "page.setting" if experiment.depth else "page.setting_flat",
        depth=experiment.depth,
        width=experiment.width,
        init=LABELS["init"][experiment.init],
        optimizer=LABELS["optimizer"][experiment.optimizer],
        rate=f"{experiment.learning_rate:g}",
        networks=networks_in_words(words, experiment.networks),
    )
    trained = progress is not None and progress.error is None
    status = words("run.done" if trained else "run.planned", steps=whole(experiment.steps))
    share = 0.0
    if progress and not progress.finished:
        share = progress.step / progress.steps
        left = progress.seconds_left
        status = words("run.at", step=whole(progress.step), steps=whole(progress.steps))
        if left is not None:
            status += " · " + words("run.left", time=duration(left, words))
    st.html(
        f'<div class="vgl-head"><h1>{words("page.title")}</h1>'
        f'<p>{setting} · <span role="status">{status}</span></p></div>'
        f'<div class="vgl-progress" role="progressbar" aria-label="{words("run.progress")}" '
        f'aria-valuemin="0" aria-valuemax="100" aria-valuenow="{share * 100:.0f}">'
        f'<div style="width:{share * 100:.1f}%"></div></div>'
    )
