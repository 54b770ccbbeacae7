"""The three charts: the activation, the loss, the gradient that reaches each layer."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from components.charts import activation, gradient, loss
from components.charts.style import Style
from components.elements import chart, spec_of, title
from components.text import Text, percent
from models import Experiment, History
from models.diagnostics import saturated_share


def overview(
    words: Text, style: Style, histories: tuple[History, ...], networks: list[int]
) -> None:
    """Draw the charts with their captions; ``networks`` are the ones in view, one a history."""
    with st.grid(3, min_column_width=300, gap="medium", key="charts") as grid:
        with grid.cell():
            hidden = histories[0].experiment.depth > 0
            experiments = [history.experiment for history in histories]
            activation_chart(words, style, experiments, alone=not hidden)
            if hidden:
                tables = {"fallen": activation.pre_activation_frame(histories)}
                spec = spec_of(activation.pre_activation_chart, style)
                _chart(words, style, "fallen", spec, tables)
            st.caption(_activation_caption(words, histories))
        with grid.cell():
            _loss(words, style, histories, networks)
        with grid.cell():
            title(words("charts.gradient_title"))
            if gradient.has_lines(histories):
                tables = {
                    "summary": gradient.summary_frame(histories),
                    "single": gradient.single_frame(histories, networks),
                    "steps": gradient.step_frame(histories),
                }
                _chart(words, style, "gradient", spec_of(gradient.gradient_chart, style), tables)
            st.caption(_gradient_caption(words, histories))


def activation_chart(
    words: Text, style: Style, experiments: Sequence[Experiment], alone: bool = True
) -> None:
    """The functions and their derivatives: ``alone``, all that is known before a run."""
    title(words("charts.activation_title"))
    curves = activation.curve_frame(experiments)
    tables = {"curves": curves, "names": activation.name_frame(curves)}
    spec = spec_of(activation.curve_chart, style, alone)
    _chart(words, style, "activation", spec, tables)


def _loss(words: Text, style: Style, histories: tuple[History, ...], networks: list[int]) -> None:
    scale = st.session_state.get("scale") or loss.SCALES[0]
    title(words(f"charts.{'accuracy' if scale == 'accuracy' else 'loss'}_title"))
    tables = {
        "curves": loss.curve_frame(histories, networks, scale),
        "plateaus": loss.plateau_frame(histories, networks, style),
    }
    spec = spec_of(loss.loss_chart, style, scale, loss.is_usual(histories))
    _chart(words, style, "loss", spec, tables)
    st.segmented_control(
        words("charts.scale"),
        loss.SCALES,
        default=loss.SCALES[0],
        required=True,
        format_func=lambda name: words(f"charts.scale_{name}"),
        key="scale",
        label_visibility="collapsed",
    )
    st.caption(_loss_caption(words, histories, scale))


def _chart(
    words: Text, style: Style, kind: str, spec: dict, tables: dict[str, pd.DataFrame]
) -> None:
    alt = words(f"alt.{kind}", names=" / ".join(style.names))
    chart(spec, tables, key=f"chart {kind}", alt=alt)


def _activation_caption(words: Text, histories: tuple[History, ...]) -> str:
    if not histories[0].experiment.depth:
        return words("captions.no_hidden")
    parts = [words("captions.fallen")]
    for history in histories:
        share = saturated_share(history, -1)
        if np.isfinite(share):
            name = history.experiment.phi.label
            parts.append(words("captions.saturated", name=name, share=percent(share)))
        elif history.experiment.phi.pieces > 1:
            count = history.experiment.parameter_count
            parts.append(words("captions.maxout", count=f"{count:,}"))
    return " ".join(parts)


def _loss_caption(words: Text, histories: tuple[History, ...], scale: str) -> str:
    networks = histories[0].experiment.networks
    name = "captions.accuracy" if scale == "accuracy" else "captions.loss"
    parts = [words(name if networks > 1 else f"{name}_one", networks=networks)]
    for history in histories:
        if count := int(history.diverged.sum()):
            key = "captions.diverged_wrong" if scale == "accuracy" else "captions.diverged"
            parts.append(words(key, name=history.experiment.phi.label, count=count))
    return " ".join(parts)


def _gradient_caption(words: Text, histories: tuple[History, ...]) -> str:
    networks = histories[0].experiment.networks
    name = "captions.gradient" if networks > 1 else "captions.gradient_one"
    parts = [words(name, networks=networks)] if gradient.has_lines(histories) else []
    for history in histories:
        start, end = (history.weight_gradient_norm[[0, -1]] == 0).any(axis=1).sum(axis=1)
        if start or end:
            key = "captions.zero_all" if start == end == networks else "captions.zero"
            name = history.experiment.phi.label
            parts.append(words(key, name=name, start=start, end=end, networks=networks))
    return " ".join(parts)
