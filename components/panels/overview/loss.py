"""The loss, or the accuracy, over the steps."""

from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa
import streamlit as st
from markupsafe import Markup

from components.drawing.charts import arrow, gradient, loss
from components.drawing.charts.style import Style
from components.drawing.elements import headed, spec_of
from components.drawing.made import once
from components.export import legend
from components.export.pictures import Picture
from components.export.source import Source
from components.panels.fates import lost_in_words
from components.panels.overview.cell import draw_chart, each_named
from components.panels.pictures import offer_pictures
from components.panels.tables import loss_table
from components.settings import state
from components.words.numbers import number, percent
from components.words.text import Text
from models import History


def loss_cell(style: Style, histories: tuple[History, ...], networks: list[int]) -> None:
    """The loss over the steps; ``networks`` are the ones in view, one a history."""
    words = style.words
    scale = state.get("scale")
    how = partial(_loss_how, style, histories, scale)
    title = words(f"charts.{'accuracy' if scale == 'accuracy' else 'loss'}_title")
    numbers = partial(_loss_numbers, style, histories, scale)
    pictures = partial(loss_pictures, histories, networks, scale)
    more = partial(offer_pictures, style, "loss", pictures, histories)
    headed(words, title, "loss", how, numbers, more=more)
    if scale != "accuracy" and not any(map(loss.has_line, histories)):
        st.caption(words("captions.loss_none", names=", ".join(style.names)))
        return
    spec, tables = _loss(style, histories, networks, scale)
    draw_chart(style, "alt.loss", spec, tables)
    st.caption(once(_loss_caption, style, histories, scale))


def choose_scale(words: Text) -> None:
    """The control of the loss chart's vertical axis."""
    st.segmented_control(
        words("charts.scale"),
        loss.SCALES,
        default=state.get("scale"),
        required=True,
        format_func=lambda name: words(f"charts.scale_{name}"),
        **state.control("scale"),
    )


def loss_pictures(
    histories: tuple[History, ...], networks: list[int], scale: str, source: Source
) -> list[Picture]:
    """The loss, or the accuracy, over the steps; none where there is no line."""
    if scale != "accuracy" and not any(map(loss.has_line, histories)):
        return []
    spec, tables = _loss(source.style, histories, networks, scale)
    title = source.words(f"charts.{'accuracy' if scale == 'accuracy' else 'loss'}_title")
    experiments = tuple(history.experiment for history in histories)
    name = f"loss-{scale}-network{networks[0]}"
    about = legend.loss_lines(source, histories, networks, scale)
    return [Picture(source, experiments, name, title, spec, tables, about=about)]


def _loss_numbers(style: Style, histories: tuple[History, ...], scale: str) -> list[Markup]:
    return [loss_table(style, histories, scale)]


def _loss(
    style: Style, histories: tuple[History, ...], networks: list[int], scale: str
) -> tuple[dict, dict[str, pa.Table]]:
    usual, nats = loss.is_usual(histories), loss.in_nats(histories)
    spec = spec_of(loss.loss_chart, style, scale, usual, nats)
    return spec, once(_loss_tables, replace(style, large=False), histories, scale, *networks)


def _loss_tables(
    style: Style, histories: tuple[History, ...], scale: str, *networks: int
) -> dict[str, pa.Table]:
    frames = {
        "curves": loss.curve_frame(histories, networks, scale, style),
        "plateaus": loss.plateau_frame(histories, networks, style),
        "steps": gradient.step_frame(histories),
    }
    return arrow(frames)


def _loss_caption(style: Style, histories: tuple[History, ...], scale: str) -> str:
    words = style.words
    if scale == "accuracy":
        key = "captions.accuracy"
        values = [percent(np.nan_to_num(history.accuracy[-1]).mean()) for history in histories]
    else:
        key = "captions.loss"
        medians = [float(loss.loss_quartiles(history)[1, -1]) for history in histories]
        values = [
            number(median) if np.isfinite(median) else lost_in_words(words, h.experiment)
            for median, h in zip(medians, histories, strict=True)
        ]
    if histories[0].experiment.networks == 1:
        key += "_one"
    said = words(key, values=each_named(style.names, values))
    scales = {history.experiment.lowest_plateau for history in histories}
    if scale == "accuracy" or len(scales) == 1:
        return said
    return f"{said} {words('captions.loss_scales')}"


def _loss_how(style: Style, histories: tuple[History, ...], scale: str) -> list[str]:
    words = style.words
    accuracy = scale == "accuracy"
    lines = _lines_of_loss(words, histories, scale)
    parts = [*([lines] if lines else []), words("how.steps")]
    if not accuracy:
        parts.append(words("how.plateaus"))
    for name, history in zip(style.names, histories, strict=True):
        if count := int(history.diverged.sum()):
            key = "how.diverged_wrong" if accuracy else "how.diverged"
            parts.append(words(key, name=name, count=count))
    return parts


def _lines_of_loss(words: Text, histories: tuple[History, ...], scale: str) -> str:
    """What each kind of line is; nothing where there is one network."""
    networks = histories[0].experiment.networks
    kind = "accuracy" if scale == "accuracy" else "loss"
    return words(f"how.{kind}", networks=networks) if networks > 1 else ""
