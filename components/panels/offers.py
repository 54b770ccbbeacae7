"""What stands in place of a run that would take too long or too much memory: offers that fit."""

from collections.abc import Sequence

import streamlit as st

from components.charts.style import Style
from components.elements import networks_in_words
from components.numbers import duration, whole
from components.panels.header import header
from components.panels.overview import activation_chart
from components.runs import Runs
from components.runs.policy import MAX_BYTES, MAX_SECONDS
from components.sidebar import NETWORKS, STEPS, Choice
from components.text import Text

FITTING = {"networks": NETWORKS, "steps": STEPS, "width": range(1, 129)}


def affordable(words: Text, style: Style, runs: Runs, choice: Choice) -> bool:
    """Whether to train at once; if not, say what it would take and offer what fits."""
    if runs.known(choice.experiments):
        return True
    cost = runs.estimate(choice.experiments)
    too_large = cost.bytes > MAX_BYTES
    accepted = st.session_state.get("accepted") == choice
    if not too_large and (accepted or cost.seconds <= MAX_SECONDS):
        st.session_state["accepted"] = choice  # not asked again should the estimate grow
        return True
    header(words, choice, None)
    if too_large:
        size, limit = whole(cost.bytes / 2**20), whole(MAX_BYTES >> 20)
        st.warning(words("cost.memory", size=size, limit=limit), icon=":material/memory:")
    else:
        time = duration(cost.seconds, words)
        st.warning(words("cost.time", time=time), icon=":material/schedule:")
    with st.container(horizontal=True):
        for changes, seconds in _offers(runs, choice):
            label = " · ".join(
                networks_in_words(words, value)
                if control == "networks"
                else words(f"cost.use_{control}", value=whole(value))
                for control, value in changes.items()
            )
            label += f" ({duration(seconds, words)})"
            key = "use " + " ".join(changes)
            st.button(label, on_click=_accept, args=(choice, changes), key=key)
        if not too_large:
            st.button(words("cost.anyway"), on_click=_accept, args=(choice, {}), key="go anyway")
    with st.grid(3, min_column_width=300, gap="medium", key="charts") as grid, grid.cell():
        activation_chart(words, style, choice.experiments)
    return False


def _accept(choice: Choice, changes: dict[str, int]) -> None:
    """Take an offer: move its controls, and do not ask again should the estimate grow."""
    st.session_state.update(changes)
    st.session_state["accepted"] = choice.changed(**changes)


def _offers(runs: Runs, choice: Choice) -> list[tuple[dict[str, int], float]]:
    """The nearest settings that fit, with their seconds: one control moved, else two."""
    single = [
        offer
        for control, options in FITTING.items()
        if (offer := _largest_fitting(runs, choice, control, options))
    ]
    if single:
        return single
    for networks in sorted(NETWORKS, reverse=True):
        offer = _largest_fitting(runs, choice.changed(networks=networks), "steps", STEPS)
        if offer:
            return [({"networks": networks} | offer[0], offer[1])]
    return []


def _largest_fitting(
    runs: Runs, choice: Choice, control: str, options: Sequence[int]
) -> tuple[dict[str, int], float] | None:
    """The largest value of a control with which the run fits, and its seconds."""
    for value in sorted(options, reverse=True):
        cost = runs.estimate(choice.changed(**{control: value}).experiments)
        if cost.bytes <= MAX_BYTES and cost.seconds <= MAX_SECONDS:
            return {control: value}, cost.seconds
    return None
