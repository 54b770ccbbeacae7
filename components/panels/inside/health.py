"""Each layer's health over all steps: heat maps, both runs on one scale."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st
from markupsafe import Markup

from components.drawing.charts import arrow
from components.drawing.charts.health import (
    HIGHEST_LOG,
    cell_frame,
    guide_frame,
    health_chart,
    measures_of,
    name_frame,
    rows_of,
    update_domain,
)
from components.drawing.charts.style import Style
from components.drawing.elements import headed, spec_of, title
from components.export.pictures import Picture
from components.export.source import Source
from components.panels.inside.view import View, show_chart
from components.panels.pictures import offer_pictures
from components.panels.tables import health_table
from models.diagnostics import Health, follows_gradient, layer_health


def draw(view: View) -> None:
    """Draw the panel."""
    words = view.words
    healths = [layer_health(history, view.network) for history in view.histories]
    with st.grid(3, min_column_width=300, gap="medium", key="health") as grid:
        for measure in measures_of(healths):
            with grid.cell():
                cells = cell_frame(healths, measure, view.style)
                key, pictures = f"health {measure}", partial(_pictures, view, healths, measure)
                headed(
                    words,
                    words(f"health.{measure}"),
                    key,
                    numbers=partial(_numbers, view, healths, measure),
                    level=3,
                    more=partial(offer_pictures, view.style, key, pictures, view.histories),
                )
                if len(cells):
                    show_chart(view, "health", *_map(view.style, healths, measure, cells), measure)
                st.caption(_caption(view, measure, cells))
        with grid.cell():
            title(words("health.how"), level=3)
            st.caption(words("health.how_text"))


def _numbers(view: View, healths: Sequence[Health], measure: str) -> list[Markup]:
    return [health_table(view.style, healths, measure)]


def _pictures(view: View, healths: Sequence[Health], measure: str, source: Source) -> list[Picture]:
    cells = cell_frame(healths, measure, source.style)
    if not len(cells):
        return []
    spec, tables = _map(source.style, healths, measure, cells)
    title = f"{source.words(f'health.{measure}')} · {view.which}"
    name = f"{measure}-network{view.network}"
    about = f"{_caption(view, measure, cells)} {source.words('export.map_lines')}"
    return [Picture(source, view.experiments, name, title, spec, arrow(tables), about=about)]


def health_pictures(view: View, source: Source) -> list[Picture]:
    """Every measure's heat map, to be taken away."""
    healths = [layer_health(history, view.network) for history in view.histories]
    return [
        picture
        for measure in measures_of(healths)
        for picture in _pictures(view, healths, measure, source)
    ]


def _map(
    style: Style, healths: Sequence[Health], measure: str, cells: pd.DataFrame
) -> tuple[dict, dict[str, pd.DataFrame]]:
    """A measure's heat map of all runs, and its tables."""
    tables = {"cells": cells, "names": name_frame(healths, measure, style)}
    rows, domain, guided = rows_of(healths, measure), None, False
    if measure == "update":
        domain, guide = update_domain(cells), guide_frame(cells)
        guided = len(guide) > 0
        if guided:
            tables["guide"] = guide
    return spec_of(health_chart, style, measure, rows, domain, guided), tables


def _caption(view: View, measure: str, cells: pd.DataFrame) -> str:
    words = view.words
    notes = [words(f"health.{measure}_caption") if len(cells) else words("health.nothing")]
    between = not all(map(follows_gradient, view.experiments))
    if measure == "update" and between and len(cells):
        notes.append(words("health.update_between"))
    if measure in ("saturated", "spread") and view.norms and len(cells):
        notes.append(words("health.after_norm"))
    if measure == "dead" and view.skips and len(cells):
        notes.append(words("health.dead_skip"))
    if measure == "gradient":
        notes += view.treated()
    if measure == "saturated" and view.has_maxout:
        notes = [*notes, words("health.maxout")] if len(cells) else [words("health.maxout")]
    if (cells["value"] > 10**HIGHEST_LOG).any():
        notes.append(words("health.clipped"))
    return " ".join(notes)
