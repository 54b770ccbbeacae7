"""The network itself at one step: its units, its weights, and what flows through for one point."""

import streamlit as st

from components import drawings, state
from components.charts.network import (
    DECADES,
    MOST_UNITS,
    Layout,
    edge_frame,
    label_frame,
    line_colors,
    network_chart,
    node_frame,
    unit_colors,
)
from components.elements import spec_of
from components.numbers import number, probability
from components.panels.inside.choices import choose_point, choose_step
from components.panels.inside.view import View, show_chart, tell_lost
from components.state.items import EDGES
from components.text import Text
from models import Experiment
from models.passes import Pass


def draw(view: View) -> None:
    """Draw the panel."""
    left, middle, right = st.columns([2, 2, 3])
    with left:
        by = _choose_lines(view.words)
    with middle:
        point = choose_point(view.words)
    with right:
        frame = choose_step(view, "look", 0)
    legend = drawings.sign_legend(view.words, unit_colors(view.style), line_colors(view.style))
    st.html(legend)
    for place, one in enumerate(view.passes(frame)):
        if not tell_lost(view, place, one):
            _draw_run(view, place, one, point, by)
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


def _draw_run(view: View, place: int, one: Pass, point: int, by: str) -> None:
    answer = probability(one.hypothesis[0, point])
    st.html(view.heading(place, view.words("network.answer", p=answer)))
    tables = {
        "nodes": node_frame(one, 0, point),
        "edges": edge_frame(one, 0, point, by),
        "labels": label_frame(one, view.style),
    }
    spec = spec_of(network_chart, view.style, one.experiment.depth, one.experiment.width)
    show_chart(view, "network", spec, tables, f"{place}", place)


def _notes(view: View, by: str) -> list[str]:
    """What lines and colours mean, and what is not drawn."""
    words = view.words
    notes = [words(f"network.caption_{by}", share=number(10**-DECADES, 1)), words("network.colors")]
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
