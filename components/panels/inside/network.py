"""The network itself at one step: its units and weights, to be tried on in the browser."""

import streamlit as st

from components import drawings, state
from components.network import DECADES, MOST_UNITS, Layout, line_colors, network, pack, unit_colors
from components.numbers import number
from components.panels.inside.choices import choose_point, choose_step
from components.panels.inside.view import View, tell_lost
from components.state.items import EDGES
from components.text import Text
from models import Experiment


def draw(view: View) -> None:
    """Draw the panel."""
    left, middle, right = st.columns([2, 2, 3])
    with left:
        by = _choose_lines(view.words)
    with middle:
        point = choose_point(view.words)
    with right:
        frame = choose_step(view, "look", 0)
    st.caption(view.words("network.try"))
    legend = drawings.sign_legend(view.words, unit_colors(view.style), line_colors(view.style))
    st.html(legend)
    for place, one in enumerate(view.passes(frame)):
        if not tell_lost(view, place, one):
            block = pack(view.style, place, one, view.network, point, by)
            network(block, key=f"network {place}")
    st.caption(" ".join(_notes(view, by)))


def _choose_lines(words: Text) -> str:
    st.segmented_control(
        words("network.by"),
        EDGES,
        default=state.get("edges"),
        required=True,
        format_func=lambda name: words(f"network.by_{name}"),
        key=state.key("edges"),
    )
    return state.get("edges")


def _notes(view: View, by: str) -> list[str]:
    """What lines and colours mean, and what is not drawn."""
    words = view.words
    notes = [words(f"network.caption_{by}", share=number(10**-DECADES, 1)), words("network.colors")]
    notes += [words("network.surfaces"), words("network.trained")]
    if view.has_maxout:
        notes += [words("network.maxout"), words(f"network.maxout_{by}")]
    for history in view.histories:
        notes += _left_out(words, history.experiment)
    return list(dict.fromkeys(notes))  # two runs of one shape need not say it twice


def _left_out(words: Text, experiment: Experiment) -> list[str]:
    depth, width = experiment.depth, experiment.width
    notes, left_out = [], Layout(depth, width).left_out
    if left_out:
        notes.append(words("network.left_out", count=left_out, depth=depth))
    if depth and width > MOST_UNITS:
        notes.append(words("network.units_left_out", count=MOST_UNITS, width=width))
    return notes
