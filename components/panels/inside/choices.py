"""What a visitor chooses to look at in the open panel: the step, the point; and the panel."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from components import drawings, state
from components.charts.style import Style
from components.numbers import whole
from components.panels.fates import in_words
from components.panels.in_view import show
from components.panels.inside.view import View
from components.state.items import PANELS
from components.text import Text
from models import History
from models.datasets import POINTS
from models.diagnostics import fates, kept_by_all, network_like


def choose_panel(words: Text) -> str | None:
    """The open panel, if one is."""
    return st.segmented_control(
        words("inside.title"),
        PANELS,
        format_func=lambda name: words(f"inside.{name}"),
        key="inside",
        label_visibility="collapsed",
    )


def offer_kept(words: Text, style: Style, histories: tuple[History, ...], network: int) -> None:
    """Say that a network was not kept, and offer the kept one most like it, or the typical one."""
    first, kept = histories[0], kept_by_all(histories)
    like = network_like(first, network, kept)
    if like is None:
        offer, choose = words("inside.show_typical"), partial(state.put, "view", "typical")
    else:
        fate = in_words(words, first.experiment, fates(first)[network])
        offer = words("inside.show_like", network=like, name=style.names[0], fate=fate)
        choose = partial(show, like)
    st.caption(words("inside.not_kept", network=network, count=len(kept)))
    if st.button(offer, key="show kept", on_click=choose):
        st.rerun()  # the charts and the printout show it as well


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
