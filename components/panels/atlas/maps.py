"""The map: what its colours say, a picture a panel, and a click that looks at a cell."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st
from markupsafe import Markup

from components.drawing.charts import arrow
from components.drawing.charts.atlas import (
    AROUND_ONE,
    GREY,
    THEORY,
    Mapped,
    border_frame,
    causes_in,
    cell_frame,
    cell_texts,
    chosen_frame,
    map_chart,
    refused_frame,
    scale_of,
    sides_of,
)
from components.drawing.elements import chart, headed, spec_of
from components.drawing.markup import element
from components.panels.atlas.place import Place, look_at
from components.panels.tables import table
from components.settings import state
from components.words.text import Text


def maps(words: Text, mapped: Mapped, place: Place, theory: Sequence[pd.DataFrame]) -> None:
    """Draw the key of colours, and the map: of a third axis one a value.

    Args:
        words: the language.
        mapped: the map.
        place: the cell that is looked at.
        theory: of each panel the table ``theory``.
    """
    headed(
        words,
        words(f"atlas.figures.{mapped.figure}"),
        "map",
        sentences=lambda: [words(f"atlas.figures_help.{mapped.figure}")],
        numbers=lambda: _numbers(mapped),
    )
    said = key(words, mapped, any(len(each) for each in theory))
    if mapped.style.large:  # the map itself is to be on a projector's first screen
        _panels(words, mapped, place, theory)
        st.html(said)
    else:
        st.html(said)
        _panels(words, mapped, place, theory)


def _panels(words: Text, mapped: Mapped, place: Place, theory: Sequence[pd.DataFrame]) -> None:
    side = mapped.names[2] if len(mapped.names) > 2 else None
    if side is None:
        _panel(words, mapped, place, 0, theory[0])
        return
    with st.grid(len(side.labels), min_column_width=300, gap="medium", key="maps") as grid:
        for panel, name in enumerate(side.labels):
            with grid.cell():
                st.html(element("h3", f"{side.title}: {name}", class_="vgl-title"))
                _panel(words, mapped, place, panel, theory[panel])


def _numbers(mapped: Mapped) -> list[Markup]:
    """A table a panel: x to the right, y downwards."""
    texts = np.array(cell_texts(mapped), dtype=object).reshape(mapped.shape)
    x, names = mapped.names[0], mapped.names[1].labels if len(mapped.names) > 1 else ("",)
    corner = " / ".join(side.title for side in mapped.names[1::-1])
    panels = mapped.names[2].labels if len(mapped.names) > 2 else ("",)
    return [
        (element("p", panel) if panel else Markup(""))
        + table(
            [corner, *x.labels],
            [[name, *texts[:, place, at]] for place, name in enumerate(names)],
        )
        for at, panel in enumerate(panels)
    ]


def _panel(words: Text, mapped: Mapped, place: Place, panel: int, theory: pd.DataFrame) -> None:
    style, (x, y) = mapped.style, mapped.names[:2]
    spec = spec_of(map_chart, style, x, y, mapped.figure)
    tables = {
        "cells": cell_frame(mapped, panel),
        "refused": refused_frame(mapped, panel),
        "borders": border_frame(mapped, panel),
        "theory": theory,
        "chosen": chosen_frame(mapped, place, panel),
    }
    name = f"map {state.get('map')} {panel}"
    figure = words(f"atlas.figures.{mapped.figure}")
    alt = words("alt.map", figure=figure, x=x.title, y=y.title)
    event = chart(spec, arrow(tables), key=name, alt=alt, select="cell")
    _hear(mapped, name, [int(each["index"]) for each in event if "index" in each])


def _hear(mapped: Mapped, name: str, picked: Sequence[int]) -> None:
    """Look at a cell that was clicked, once: the chart goes on saying which one it was."""
    clicked = state.get("clicked") or {}
    index = picked[0] if picked else None
    if clicked.get(name) == index:
        return
    state.put("clicked", clicked | {name: index})
    if index is not None and index < mapped.atlas.sweep.count:
        look_at(mapped, index)
        st.rerun()


def key(words: Text, mapped: Mapped, has_theory: bool) -> Markup:
    """What the colours, lines and patterns of a map say: of those that it has."""
    signs = _causes(words, mapped) if mapped.figure == "cause" else [_bar(mapped)]
    side, style = sides_of(mapped), mapped.style
    if (side[~np.isnan(side)] != 0).any() or (side == 0).any():
        kind = "one" if mapped.figure in AROUND_ONE else "half"
        signs.append(_sign(_icon("vgl-border"), words(f"atlas.line_{kind}")))
        if (side == 0).any():
            signs.append(_sign(_icon("vgl-border vgl-open"), words("atlas.line_open")))
    if _unknown(mapped):
        patch = _icon("vgl-patch", f"background:{GREY[style.dark]}")
        name = {"steps": "never", "cause": "no_cause"}.get(mapped.figure, "unknown")
        signs.append(_sign(patch, words(f"atlas.{name}")))
    if (mapped.atlas.table["refused"] != "").any():
        signs.append(_sign(_icon("vgl-patch vgl-hatch"), words("atlas.refused")))
    if not mapped.atlas.is_complete:
        signs.append(_sign(_icon("vgl-patch"), words("atlas.not_done")))
    if has_theory:
        line = _icon("vgl-theory-line", f"--theory:{THEORY}")
        signs.append(_sign(line, words("atlas.theory_sign")))
    return element("div", *signs, class_="vgl-key")


def _sign(sign: Markup, said: str) -> Markup:
    return element("span", sign, said)


def _icon(kind: str, look: str | None = None) -> Markup:
    return element("i", class_=kind, style=look)


def _bar(mapped: Mapped) -> Markup:
    scale = scale_of(mapped)
    ticks = (
        element("small", label, style=f"left:{100 * place:.4g}%") for place, label in scale.ticks
    )
    ramp = element("i", style=f"background:linear-gradient(90deg, {', '.join(scale.colors)})")
    return element("span", element("u", ramp, *ticks), class_="vgl-scale")


def _causes(words: Text, mapped: Mapped) -> list[Markup]:
    return [
        _sign(_icon("vgl-patch", f"background:{color}"), words(f"atlas.cause.{cause}"))
        for cause, color in causes_in(mapped.atlas).items()
    ]


def _unknown(mapped: Mapped) -> bool:
    """Whether there is a cell that was computed and has no colour."""
    told = mapped.atlas.table
    computed = told[told["done"] & (told["refused"] == "")]
    if mapped.figure == "cause":
        return bool((computed["cause"] == "").any())
    return not bool(np.isfinite(computed[mapped.figure].to_numpy(float)).all())
