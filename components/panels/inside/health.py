"""Each layer's health over all steps: heat maps, both runs on one scale."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from components.charts.health import (
    HIGHEST_LOG,
    MEASURES,
    cell_frame,
    guide_frame,
    health_chart,
    name_frame,
    rows_of,
    update_domain,
)
from components.elements import headed, spec_of, title
from components.panels.inside.view import View, show_chart
from components.panels.tables import health_table
from models.diagnostics import Health, layer_health


def draw(view: View) -> None:
    """Draw the panel."""
    words = view.words
    healths = [layer_health(history, view.network) for history in view.histories]
    with st.grid(3, min_column_width=300, gap="medium", key="health") as grid:
        for measure in MEASURES:
            with grid.cell():
                headed(
                    words,
                    words(f"health.{measure}"),
                    f"health {measure}",
                    numbers=partial(_numbers, view, healths, measure),
                    level=3,
                )
                cells = cell_frame(healths, measure, view.style)
                if len(cells):
                    _draw_map(view, healths, measure, cells)
                st.caption(_caption(view, measure, cells))
        with grid.cell():
            title(words("health.how"), level=3)
            st.caption(words("health.how_text"))


def _numbers(view: View, healths: Sequence[Health], measure: str) -> list[str]:
    return [health_table(view.words, view.style, healths, measure)]


def _draw_map(view: View, healths: Sequence[Health], measure: str, cells: pd.DataFrame) -> None:
    tables = {"cells": cells, "names": name_frame(healths, measure, view.style)}
    rows, domain, guided = rows_of(healths, measure), None, False
    if measure == "update":
        domain, guide = update_domain(cells), guide_frame(cells)
        guided = len(guide) > 0
        if guided:
            tables["guide"] = guide
    spec = spec_of(health_chart, view.style, measure, rows, domain, guided)
    show_chart(view, "health", spec, tables, measure)


def _caption(view: View, measure: str, cells: pd.DataFrame) -> str:
    words = view.words
    notes = [words(f"health.{measure}_caption") if len(cells) else words("health.nothing")]
    remembers = any(history.experiment.optimizer != "sgd" for history in view.histories)
    if measure == "update" and remembers and len(cells):
        notes.append(words("health.update_between"))
    if measure == "saturated" and view.has_maxout:
        notes = [*notes, words("health.maxout")] if len(cells) else [words("health.maxout")]
    if (cells["value"] > 10**HIGHEST_LOG).any():
        notes.append(words("health.clipped"))
    return " ".join(notes)
