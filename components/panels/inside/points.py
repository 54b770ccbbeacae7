"""Where each layer puts the points, at one step."""

from collections.abc import Sequence

import streamlit as st

from components.drawing import drawings
from components.drawing.markup import element
from components.panels.inside.choices import END, choose_step
from components.panels.inside.view import View, tell_lost
from components.words.numbers import percent
from components.words.text import Text
from models.diagnostics import PointsView, norm_views, points_views
from models.passes import Pass

NEARLY_ALL = 0.995  # of the differences: what two directions leave out need not be said


def draw(view: View) -> None:
    """Draw the panel."""
    frame, explained = choose_step(view, "points", END), 1.0
    words = view.words
    for place, one in enumerate(view.passes(frame)):
        if not tell_lost(view, place, one):
            explained = min(explained, _draw_run(view, place, one))
    notes = [words("points.caption")]
    notes += [words(f"points.norm_{norm}") for norm in sorted(view.norms)]
    if view.skips:
        notes.append(words("points.skip"))
    if explained < NEARLY_ALL:
        notes.append(words("points.explained", share=percent(explained)))
    many = {history.experiment.layers for history in view.histories}
    for layers in sorted(each for each in many if each > drawings.MOST_VIEWS):
        notes.append(words("points.left_out", count=drawings.MOST_VIEWS, all=layers))
    st.caption(" ".join(notes))


def _draw_run(view: View, place: int, one: Pass) -> float:
    """Draw a run's layers; the share of the differences that every picture shows at least."""
    views, style, task = points_views(one, 0), view.style, one.experiment.task
    color, name = style.colors[place], style.names[place]
    pictures = drawings.points_pictures(view.words, task, views, color, name)
    st.html(view.heading(place, _heading(view.words, views)) + pictures)
    norms = norm_views(one, 0)
    strips = {
        view.words("points.given"): [each.given for each in norms],
        view.words("points.made"): [each.made for each in norms],
    }
    for title, strip in strips.items() if norms else ():
        named = f"{name}, {title}"
        pictures = drawings.points_pictures(view.words, task, strip, color, named, first=1)
        st.html(element("p", element("b", title)) + pictures)
    return min(each.explained for strip in (views, *strips.values()) for each in strip)


def _heading(words: Text, views: Sequence[PointsView]) -> str:
    """What the last hidden layer makes of the points, in one sentence."""
    if len(views) == 1:
        return words("points.heading_flat")
    if views[-1].silent:
        return words("points.silent_all")
    return words("points.heading", share=drawings.share(views[-1]))
