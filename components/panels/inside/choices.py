"""What a visitor chooses to look at: the panel, the network, the step, the point."""

from collections.abc import Sequence

import streamlit as st

from components import drawings, state
from components.numbers import whole
from components.panels.fates import in_words
from components.panels.inside.view import View
from components.state.items import PANELS
from components.text import Text
from models import History
from models.datasets import POINTS
from models.diagnostics import fates, kept_network_like


def choose_panel(words: Text) -> str | None:
    """The open panel, if one is."""
    return st.segmented_control(
        words("inside.title"),
        PANELS,
        format_func=lambda name: words(f"inside.{name}"),
        key="inside",
        label_visibility="collapsed",
    )


def choose_network(words: Text, histories: tuple[History, ...], in_view: int) -> int:
    """The network that is looked into: at first the one in view, or the kept one most like it.

    A run that goes on changes which network that is; the picker, once drawn, stays where it is.
    """
    kept = sorted(set.intersection(*(set(history.kept.tolist()) for history in histories)))
    first = histories[0]
    chosen = kept_network_like(first, in_view)
    if chosen not in kept:  # the other run, with more parameters a network, keeps fewer of them
        chosen = kept[0]
    if len(kept) > 1:
        view = state.get("view"), state.get("view_number")
        chosen = st.segmented_control(
            words("inside.network"),
            kept,
            default=chosen,
            required=True,
            format_func=lambda place: words("inside.which", network=place),
            key=f"network {first.experiment.identity} {view} {kept}",
            label_visibility="collapsed",
        )
    st.caption(_about(words, histories, chosen, len(kept)))
    return chosen


def _about(words: Text, histories: tuple[History, ...], network: int, kept: int) -> str:
    """Which network it is, what became of it in each run, and how many there are to choose from."""
    experiment = histories[0].experiment
    which = "inside.same" if len(histories) > 1 else "inside.one"
    notes = [words(which, network=network, seed=experiment.seed + network)]
    for history in histories:
        fate = in_words(words, history.experiment, fates(history)[network])
        notes.append(words("inside.fate", name=history.experiment.phi.label, fate=fate))
    if kept < experiment.networks:
        notes.append(words("inside.kept", count=kept, networks=experiment.networks))
    return " ".join(notes)


def choose_step(view: View, panel: str, start: int) -> int:
    """The frame to look at; ``start`` is 0 or -1. Panels of one name share their step."""
    steps, key, end = view.histories[0].frame_steps.tolist(), f"step {panel}", f"end {panel}"
    if len(steps) == 1:
        return 0
    state.put(key, step_now(steps, state.get(key), state.get(end), first=steps[start]))
    state.put(end, steps[-1])
    step = st.select_slider(view.words("inside.step"), steps, format_func=whole, key=key)
    return steps.index(step)


def step_now(steps: Sequence[int], chosen: int | None, end: int | None, first: int) -> int:
    """Of a run's steps the one to show after ``chosen`` was, when the run reached to ``end``."""
    if chosen is None:
        return first
    if chosen == end:
        return steps[-1]  # who looks at the end goes on looking at the end
    return max(step for step in steps if step <= chosen)


def choose_point(words: Text) -> int:
    """One of the four points."""
    point = st.segmented_control(
        words("inside.point"),
        range(POINTS),
        required=True,
        format_func=drawings.point_name,
        key="point",
    )
    return int(point)
