"""The activation and its derivative, and where the networks' pre-activations fall on them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa
import streamlit as st
from markupsafe import Markup

from components.drawing.charts import activation, arrow
from components.drawing.charts.style import Style
from components.drawing.elements import headed, spec_of
from components.drawing.made import once, shelf
from components.export.pictures import Picture
from components.export.source import Source
from components.panels.overview.cell import draw_chart, each_named
from components.panels.pictures import offer_pictures
from components.panels.tables import (
    fallen_table,
    functions_table,
)
from components.words.numbers import number, percent, whole
from components.words.text import Text
from models import Experiment, History
from models.diagnostics import saturated_share


def functions_cell(style: Style, experiments: Sequence[Experiment]) -> None:
    """The functions alone, with their heading: all that can be drawn without a run."""
    words = style.words
    headed(
        words,
        words("charts.activation_title"),
        "alone",
        numbers=lambda: [functions_table(style, experiments)],
        more=partial(offer_pictures, style, "alone", partial(functions_pictures, experiments)),
    )
    activation_chart(style, experiments, key="alone")


def activation_cell(style: Style, histories: tuple[History, ...]) -> None:
    """The functions, and where the networks' pre-activations fall on them."""
    words = style.words
    how = partial(_activation_how, style, histories)

    def numbers() -> list[Markup]:
        told = [functions_table(style, [history.experiment for history in histories])]
        if any(history.experiment.depth for history in histories):
            told.append(fallen_table(style, histories))
        return told

    pictures = partial(activation_pictures, histories)
    more = partial(offer_pictures, style, "activation", pictures, histories)
    headed(words, words("charts.activation_title"), "activation", how, numbers, more=more)
    hidden = any(history.experiment.depth for history in histories)
    activation_chart(style, [h.experiment for h in histories], alone=not hidden)
    if hidden:
        tables = _fallen(style, histories)
        spec = spec_of(activation.pre_activation_chart, style)
        draw_chart(style, "alt.fallen", spec, tables)
    st.caption(once(_activation_caption, style, histories))


def activation_chart(
    style: Style,
    experiments: Sequence[Experiment],
    alone: bool = True,
    key: str = "",
) -> None:
    """The functions and their derivatives: ``alone``, all that is known before a run.

    A ``key`` tells several of one page apart.
    """
    spec = spec_of(activation.curve_chart, style, alone)
    draw_chart(style, "alt.activation", spec, _functions(style, experiments), key)


def functions_pictures(experiments: Sequence[Experiment], source: Source) -> list[Picture]:
    """The functions and their derivatives, to be taken away."""
    style, title = source.style, source.words("charts.activation_title")
    spec = spec_of(activation.curve_chart, style, True, True)
    tables = _functions(style, experiments)
    about = " ".join(_curves_how(source.words, experiments))
    return [Picture(source, tuple(experiments), "functions", title, spec, tables, about=about)]


def activation_pictures(histories: tuple[History, ...], source: Source) -> list[Picture]:
    """The functions, and the pre-activations where there is a hidden layer."""
    experiments = tuple(history.experiment for history in histories)
    pictures = functions_pictures(experiments, source)
    if any(experiment.depth for experiment in experiments):
        spec = spec_of(activation.pre_activation_chart, source.style, True)
        tables, title = _fallen(source.style, histories), source.words("export.fallen")
        about = source.words("export.fallen_lines")
        pictures.append(
            Picture(source, experiments, "pre-activations", title, spec, tables, about=about)
        )
    return pictures


def _functions(style: Style, experiments: Sequence[Experiment]) -> dict[str, pa.Table]:
    def functions() -> dict[str, pa.Table]:
        curves = activation.curve_frame(experiments, style)
        return arrow({"functions": curves, "names": activation.name_frame(curves)})

    return shelf.get(("functions", replace(style, large=False), tuple(experiments)), functions)


def _fallen(style: Style, histories: tuple[History, ...]) -> dict[str, pa.Table]:
    return once(_fallen_tables, replace(style, large=False), histories)


def _fallen_tables(style: Style, histories: tuple[History, ...]) -> dict[str, pa.Table]:
    return arrow({"fallen": activation.pre_activation_frame(histories, style)})


def _activation_caption(style: Style, histories: tuple[History, ...]) -> str:
    words = style.words
    if not any(history.experiment.depth for history in histories):
        return words("captions.no_hidden")
    functions = activation.functions([history.experiment for history in histories], style)
    slopes = [number(activation.steepest_slope(one)) for _, one in functions.values()]
    return words("captions.slopes", slopes=each_named(list(functions), slopes))


def _activation_how(style: Style, histories: tuple[History, ...]) -> list[str]:
    words = style.words
    if not any(history.experiment.depth for history in histories):
        return [words("how.curves"), words("how.unused")]
    experiments = [history.experiment for history in histories]
    maxouts = [experiment for experiment in experiments if experiment.phi.pieces > 1]
    parts = [*_curves_how(words, experiments), words("how.fallen"), words("how.saturated")]
    shares = {
        name: percent(saturated_share(history, -1))
        for name, history in zip(style.names, histories, strict=True)
        if np.isfinite(saturated_share(history, -1))
    }
    if shares:
        each = each_named(list(shares), list(shares.values()))
        parts.append(words("how.saturated_shares", shares=each))
    counts = dict.fromkeys(f"{experiment.parameter_count:,}" for experiment in maxouts)
    return [*parts, *(words("how.maxout", count=count) for count in counts)]


def _curves_how(words: Text, experiments: Sequence[Experiment]) -> list[str]:
    """How the curves of the functions are read."""
    parts = [words("how.curves")]
    if any(experiment.phi.pieces > 1 for experiment in experiments):
        first, second = map(whole, activation.SECONDS)
        parts.append(words("how.maxout_drawn", first=first, second=second))
    return parts
