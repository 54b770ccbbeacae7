"""The network itself at one step: its units and weights, to be tried on in the browser."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from components.drawing import drawings
from components.drawing.network import (
    DECADES,
    MOST_UNITS,
    Layout,
    line_colors,
    network,
    pack,
    reach_of,
    unit_colors,
)
from components.drawing.network.drawing import network_drawing
from components.drawing.plane import point_name, scale_words
from components.export.pictures import MOMENTS, Picture
from components.export.source import Source
from components.panels.inside.choices import choose_point, choose_step
from components.panels.inside.view import View, tell_lost
from components.settings import state
from components.settings.state.items import EDGES
from components.words.numbers import number, whole
from components.words.text import Text
from models import Experiment
from models.norms import NORMS
from models.passes import Pass

POINT = 1  # at which a picture's units show their values


def draw(view: View) -> None:
    """Draw the panel."""
    left, middle, right = st.columns([2, 3, 3])
    with left:
        by = _choose_lines(view.words)
    with middle:
        point = choose_point(view)
    with right:
        frame = choose_step(view, "look", 0)
    with st.container(key="network-try"):  # the sheet shows one of them
        st.caption(view.words("network.try"))
        st.caption(view.words("network.try_touch"))
    colors = unit_colors(view.style), line_colors(view.style)
    passes = view.passes(frame)
    reach = [reach_of(one) for one in passes]
    scale = scale_words(view.experiments)
    st.html(drawings.sign_legend(view.words, *colors, scale, reach))
    for place, one in enumerate(passes):
        if not tell_lost(view, place, one):
            block = pack(view.style, place, one, view.network, point, by)
            network(block, key=f"network {place}")
    st.caption(" ".join(_notes(view, by, reach)))


def network_pictures(view: View, source: Source) -> list[Picture]:
    """Each run's network at the start and at the end, to be taken away."""
    drawn = [
        (moment, place, one)
        for moment, frame in MOMENTS.items()
        for place, one in enumerate(view.passes(frame))
        if one.known[0]
    ]
    return [_picture(view, source, *each) for each in drawn]


def _picture(view: View, source: Source, moment: str, place: int, one: Pass) -> Picture:
    words, history = source.words, view.histories[place]
    at = np.searchsorted(history.steps, one.steps[0])
    norms = history.weight_gradient_norm[at, :, view.network]
    step = f"{words('charts.step')} {whole(one.steps[0])}"
    return Picture(
        source,
        (one.experiment,),
        f"drawn-network{view.network}",
        f"{words('export.drawn')} · {view.which} · {step}",
        moment=moment,
        about=" ".join(_drawn_how(words, one)),
        drawing=network_drawing(source.style, place, one, norms, POINT),
        shown=place,
    )


def _drawn_how(words: Text, one: Pass) -> list[str]:
    """How the picture of a network is read."""
    experiment = one.experiment
    faint, point = number(10**-DECADES, 1), point_name(experiment.task, POINT)
    notes = [words("network.caption_gradient", share=faint)]
    notes.append(words("export.drawn_units", point=point, reach=number(reach_of(one), 1)))
    if experiment.phi.pieces > 1 and experiment.depth:
        notes.append(words("export.drawn_maxout"))
    return notes + _marks(words, experiment, "gradient") + _left_out(words, experiment)


def _choose_lines(words: Text) -> str:
    st.segmented_control(
        words("network.by"),
        EDGES,
        default=state.get("edges"),
        required=True,
        format_func=lambda name: words(f"network.by_{name}"),
        **state.control("edges"),
    )
    return state.get("edges")


def _notes(view: View, by: str, reach: Sequence[float]) -> list[str]:
    """What lines and colours mean, and what is not drawn."""
    words, scale = view.words, scale_words(view.experiments)
    notes = [words(f"network.caption_{by}", share=number(10**-DECADES, 1))]
    ends = " · ±".join(dict.fromkeys(number(each, 1) for each in reach))
    notes.append(words("network.colors", middle=scale["middle"], reach=ends))
    notes.append(words("network.surfaces", middle=scale["middle"]))
    notes.append(words("network.trained"))
    if any(experiment.batch for experiment in view.experiments):
        notes.append(words("network.trained_batch"))
    if any(experiment.clip for experiment in view.experiments):
        notes.append(words("network.trained_clip"))
    if any(experiment.unit_gradient for experiment in view.experiments):
        notes.append(words("network.trained_unit"))
    if any(experiment.accumulate for experiment in view.experiments):
        notes.append(words("network.trained_accumulate"))
    if any(experiment.broadcast for experiment in view.experiments):
        notes.append(words("network.trained_broadcast"))
    for experiment in view.experiments:
        notes += _marks(words, experiment, by)
        if experiment.norm in NORMS:
            notes.append(words(f"network.norm_{experiment.norm}_tried"))
    if any(experiment.output_layer.units > 1 for experiment in view.experiments):
        notes.append(words("network.two_units"))
    if view.has_maxout:
        notes += [words("network.maxout"), words(f"network.maxout_{by}")]
    for history in view.histories:
        notes += _left_out(words, history.experiment)
    return list(dict.fromkeys(notes))  # two runs of one shape need not say it twice


def _marks(words: Text, experiment: Experiment, by: str) -> list[str]:
    """What the strokes of a norm and the arcs of skips mean."""
    notes = [words(f"network.norm_{experiment.norm}")] if experiment.norm in NORMS else []
    return notes + ([words(f"network.skip_{by}")] if experiment.skip else [])


def _left_out(words: Text, experiment: Experiment) -> list[str]:
    depth, width = experiment.depth, experiment.width
    notes, left_out = [], Layout(experiment.sizes).left_out
    if left_out:
        notes.append(words("network.left_out", count=left_out, depth=depth))
    if depth and width > MOST_UNITS:
        said = "units_left_out" if experiment.hidden is None else "units_left_out_widest"
        notes.append(words(f"network.{said}", count=MOST_UNITS, width=width))
    return notes
