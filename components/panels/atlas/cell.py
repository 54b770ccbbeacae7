"""The cell that is looked at: its figures, its row and its column, and the way to the lab."""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
import streamlit as st
from markupsafe import Markup

from components.drawing.charts import arrow
from components.drawing.charts.atlas import (
    Mapped,
    cell_texts,
    profile_chart,
    profile_domain,
    profile_frame,
)
from components.drawing.elements import chart, plain, spec_of
from components.drawing.markup import element
from components.panels.atlas.place import Place, is_on
from components.panels.ways import Pages, way_to_lab
from components.settings import state
from components.settings.state.items import AXIS_PLACES
from components.words.text import Text
from models.sweep import FIGURES
from models.sweep.axes import written

SIDES = ((0, -1), (0, 1), (1, -1), (1, 1))  # axis and direction of a cell's four neighbours


def choose_cell(words: Text, mapped: Mapped, place: Place) -> None:
    """A control an axis: what a click on the map does, for the keyboard too."""
    used = AXIS_PLACES[: len(mapped.axes)]
    with st.container(horizontal=True, gap="small", key="cell controls"):
        for at, (name, axis) in enumerate(zip(used, mapped.axes, strict=True)):
            options, side = [written(value) for value in axis.values], mapped.names[at]
            item = f"cell {name}"
            state.put(item, options[place[at]])
            st.selectbox(
                side.title,
                options,
                place[at],
                format_func=dict(zip(options, side.labels, strict=True)).__getitem__,
                **state.control(item, _take, used),
                width=170,
            )
    asked = state.get("cell") or ()
    if not is_on(mapped, asked):
        st.caption(words("atlas.no_such_cell", cell=plain(", ".join(asked))))


REFUSED = ("momentum", "batch")
"""Fields of which there is something to say where they make a cell impossible."""


def _take(used: tuple[str, ...]) -> None:
    state.put("cell", tuple(state.get(f"cell {name}") for name in used))


def about_cell(words: Text, mapped: Mapped, place: Place, pages: Pages) -> None:
    """What became of its networks, which neighbours it differs from, and the way to the lab."""
    index = int(np.ravel_multi_index(place, mapped.shape))
    cell, row = mapped.atlas.sweep.cells()[index], mapped.atlas.table.iloc[index]
    if cell.experiment is None:
        why = cell.field if cell.field in REFUSED else "other"
        st.html(_quiet(words(f"atlas.refused_{why}")))
        return
    if not row["done"]:
        st.html(_quiet(words("atlas.not_done")))
    else:
        st.html(_figures(words, mapped, index) + _neighbours(words, mapped, place))
    label, about = words("atlas.open"), words("atlas.open_help")
    way_to_lab(pages, cell.experiment, "open cell", label, about)


def _quiet(said: str) -> Markup:
    return element("p", said, class_="vgl-quiet")


def _figures(words: Text, mapped: Mapped, index: int) -> Markup:
    """A line a figure, the one that colours the map first."""
    order = [mapped.figure, *(name for name in FIGURES if name != mapped.figure)]
    rows = (
        element("dt", words(f"atlas.figures.{name}"))
        + element("dd", cell_texts(mapped, name)[index])
        for name in order
    )
    return element("dl", *rows, class_="vgl-cell")


def _neighbours(words: Text, mapped: Mapped, place: Place) -> Markup | str:
    """Which of its four neighbours' intervals do not overlap with its own."""
    if mapped.figure == "cause":
        return ""
    apart: list[str] = []
    alike: list[str] = []
    for name, overlaps in _compared(mapped, place):
        (alike if overlaps else apart).append(name)
    if not apart and not alike:
        return ""
    kind = "apart_none" if not apart else "apart_all" if not alike else "apart_some"
    figure = words(f"atlas.figures.{mapped.figure}")
    apart_from, like = ", ".join(apart), ", ".join(alike)
    said = words(f"atlas.{kind}", figure=figure, apart=apart_from, alike=like)
    return _quiet(said)


def _compared(mapped: Mapped, place: Place) -> Iterator[tuple[str, bool]]:
    _, low, high = mapped.spans()
    for axis, step in SIDES:
        if axis >= len(mapped.names):
            continue
        other = list(place)
        other[axis] += step
        at = other[axis]
        if not 0 <= at < mapped.shape[axis]:
            continue
        ends = low[place], high[place], low[tuple(other)], high[tuple(other)]
        if any(map(math.isnan, ends)):
            continue
        side = mapped.names[axis]
        name = f"{side.title} {side.labels[at]}" if side.is_number else side.labels[at]
        yield name, bool(ends[0] <= ends[3] and ends[2] <= ends[1])


def profiles(
    words: Text, mapped: Mapped, place: Place, predicted: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """Its row and its column as lines; ``predicted`` is what theory says of either."""
    if mapped.figure == "cause":
        st.caption(words("atlas.no_lines"))
        return
    if len(mapped.names) > 2:
        st.caption(words("atlas.faint"))
    texts, (low, high) = cell_texts(mapped), profile_domain(mapped)
    for at in range(min(2, len(mapped.names))):
        side = mapped.names[at]
        st.html(element("h3", _heading(words, mapped, place, at), class_="vgl-title"))
        spec = spec_of(profile_chart, mapped.style, side, mapped.figure, low, high)
        tables = {
            "profile": profile_frame(mapped, place, at, texts),
            "predicted": predicted[at],
        }
        figure = words(f"atlas.figures.{mapped.figure}")
        alt = words("alt.profile", figure=figure, x=side.title)
        chart(spec, arrow(tables), key=f"profile {at}", alt=alt)


def _heading(words: Text, mapped: Mapped, place: Place, at: int) -> str:
    """What a line goes along, and where: at the other axis' value."""
    others = [(side, place[each]) for each, side in enumerate(mapped.names) if each != at]
    if not others:
        return words("atlas.along", axis=mapped.names[at].title)
    beside = ", ".join(
        f"{side.title} {side.labels[value]}" if side.is_number else side.labels[value]
        for side, value in others
    )
    return words("atlas.along_at", axis=mapped.names[at].title, at=beside)
