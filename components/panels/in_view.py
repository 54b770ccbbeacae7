"""The network in view: one number for both runs, for the charts, the look inside, the printout."""

import streamlit as st
from markupsafe import Markup

from components.drawing.charts.style import Style
from components.drawing.elements import named
from components.drawing.made import once
from components.drawing.markup import element, joined
from components.panels.fates import in_words
from components.settings import state
from components.settings.state.items import VIEWS
from components.words.text import Text
from models import History
from models.diagnostics import fates, kept_by_all, representative_networks


def network_in_view(histories: tuple[History, ...]) -> int:
    """The network that the visitor has chosen to look at, by kind or by number.

    A kind is the first run's, among the networks whose parameters every run kept, so that every
    panel can show it. While a run goes on its network stays: who follows one must not lose it.
    """
    first, view = histories[0], state.get("view")
    if view == "number":
        return min(state.get("view_number"), first.experiment.networks - 1)
    asked = view, *(history.experiment.identity for history in histories)
    held = state.get("held")
    if first.finished or held is None or held[0] != asked:
        held = asked, representative_networks(first, kept_by_all(histories))[view]
        state.put("held", held)
    return held[1]


def show(network: int) -> None:
    """Put a network into view: before the control is drawn, or in a callback."""
    state.put_all({"view": "number", "view_number": network})


def choose_network(style: Style, histories: tuple[History, ...]) -> int:
    """Draw the control and what became of the network that it puts into view."""
    words = style.words
    with st.container(key="in view"):
        last = histories[0].experiment.networks - 1
        if last > 0:
            with st.container(horizontal=True, vertical_alignment="center"):
                _choose(words, histories, last)
        network = network_in_view(histories)
        kept = len(kept_by_all(histories))
        rule = words("in_view.help", name=style.names[0], last=kept - 1)
        kind = state.get("view") if last > 0 else "number"
        about = once(_about, style, histories, network, kind)
        text = element("span", about, class_="vgl-in-view")
        st.markdown(text, unsafe_allow_html=True, help=rule if last > 0 else None)
    return network


def _choose(words: Text, histories: tuple[History, ...], last: int) -> None:
    before = network_in_view(histories)
    st.segmented_control(
        words("in_view.label"),
        VIEWS,
        default=state.get("view"),
        required=True,
        format_func=lambda name: words(f"in_view.{name}"),
        label_visibility="collapsed",
        **state.control("view", _begin_with, before),
    )
    if state.get("view") == "number":
        state.put("view_number", min(state.get("view_number"), last))
        st.number_input(
            words("in_view.which", last=last),
            0,
            last,
            state.get("view_number"),
            **state.control("view_number"),
            width=130,
            label_visibility="collapsed",
        )


def _begin_with(network: int) -> None:
    """Who turns to numbers begins with the network that was in view."""
    if state.get("view") == "number":
        show(network)


def _about(style: Style, histories: tuple[History, ...], network: int, kind: str) -> Markup:
    """Which network it is, and what became of it in each run."""
    words = style.words
    experiment = histories[0].experiment
    seed = experiment.seed + network
    which = words(f"in_view.{kind}_of", name=style.names[0], network=network, seed=seed)
    each = [
        named(style, place) + f" {in_words(words, history.experiment, fates(history)[network])}"
        for place, history in enumerate(histories)
    ]
    return joined([which, *each], " · ")
