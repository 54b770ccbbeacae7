"""The atlas: the whole landscape in a picture, theory over measurement, and maps of one's own."""

import uuid
from functools import partial
from typing import Literal

import streamlit as st
from markupsafe import Markup

from components.drawing.charts.atlas import Mapped
from components.drawing.charts.style import Style
from components.drawing.markup import element
from components.panels.atlas import cell, findings, maps, own, theory
from components.panels.atlas.place import mapped_of, place_of
from components.panels.copy_link import copy_link_button
from components.panels.link_notice import link_notice
from components.panels.sidebar import choose_size
from components.panels.ways import Pages, ways
from components.runs.filling import known
from components.settings import state
from components.settings.atlases import ABOUT, OWN, SHIPPED, shipped
from components.settings.naming import sweep_in_words
from components.settings.state.items import LAB, LESSON, MAPS, MINE
from components.words.text import Text
from models.sweep import FIGURES, Atlas, Sweep


def render(words: Text, pages: Pages) -> None:
    """Draw the map that is chosen; from it go ways to the others of ``pages``."""
    if state.get("session") is None:
        state.put("session", uuid.uuid4().hex)
    name = state.get("map")
    if state.get("mapped") != name:
        state.put("mapped", name)
        if name in ABOUT and not state.is_linked("figure"):
            state.put("figure", ABOUT[name])
    with st.container(key="head"):
        with st.container(horizontal=True, gap="xsmall", key="ways"):
            ways(words, pages, (LAB, LESSON, MINE))
        head = st.empty()
    with st.sidebar:
        _aside(words)
    link_notice(words, name)
    _choose_map(words)
    style = Style(words.language, st.context.theme.type == "dark", (), (),
                  state.get("size") == "large")  # fmt: skip
    if name == OWN:
        head.html(_head(words, own.own_sweep()))
        own.draw_own(words, partial(_draw, style, pages))
        return
    atlas = shipped(name)
    head.html(_head(words, atlas.sweep))
    _draw(style, pages, atlas)


def _head(words: Text, sweep: Sweep | None) -> Markup:
    axes = " × ".join(words(f"controls.{name}") for name in sweep.names) if sweep else ""
    around = sweep_in_words(words, sweep) if sweep else ""
    status = element("span", f"{axes} · {around}", role="status")
    title = element("h1", words("atlas.title"))
    return element("div", title, element("p", status), class_="vgl-head")


def _choose_map(words: Text) -> None:
    # In large type a projector has room for neither's name, nor for a row of figures.
    large = state.get("size") == "large"
    named: Literal["collapsed", "visible"] = "collapsed" if large else "visible"
    with st.container(horizontal=large, gap="small", key="map controls"):
        st.pills(
            words("atlas.map"),
            MAPS,
            default=state.get("map"),
            format_func=lambda name: words(f"atlas.names.{name}"),
            required=True,
            **state.control("map", state.put, "cell", None),
            label_visibility=named,
            width="content",
        )
        _choose_figure(words, large)


def _choose_figure(words: Text, large: bool) -> None:
    figures = list(FIGURES)
    if large:
        st.selectbox(
            words("atlas.figure"),
            figures,
            figures.index(state.get("figure")),
            format_func=lambda name: words(f"atlas.figures.{name}"),
            **state.control("figure"),
            label_visibility="collapsed",
            width="stretch",
        )
        return
    st.pills(
        words("atlas.figure"),
        figures,
        default=state.get("figure"),
        format_func=lambda name: words(f"atlas.figures.{name}"),
        required=True,
        **state.control("figure"),
        help=words(f"atlas.figures_help.{state.get('figure')}"),
    )


def _draw(style: Style, pages: Pages, atlas: Atlas) -> None:
    """The map and the cell that is looked at: beside it, or below where there are several maps."""
    words = style.words
    mapped = mapped_of(style, atlas, state.get("figure"))
    place = place_of(mapped)
    tables = theory.theory_tables(words, mapped)
    predicted = theory.predicted_tables(words, mapped, place)
    if len(mapped.axes) > 2:
        maps.maps(words, mapped, place, tables)
        _said(words, mapped)
        left, right = st.columns([1, 1.6], gap="large")
    else:
        left, right = st.columns([1.6, 1], gap="large")
        with left:
            maps.maps(words, mapped, place, tables)
            _said(words, mapped)
        left = right
    with left:
        st.html(f'<h2 class="vgl-title">{words("atlas.looked_at")}</h2>')
        cell.choose_cell(words, mapped, place)
        cell.about_cell(words, mapped, place, pages)
    with right:
        cell.profiles(words, mapped, place, predicted)
    _take_away(words, atlas)


def _said(words: Text, mapped: Mapped) -> None:
    """What the map shows, and whose theory is drawn over it."""
    if found := findings.findings_of(mapped.atlas, words.language):
        st.html(found)
    if said := theory.theory_in_words(words, mapped):
        st.html(said)


def _take_away(words: Text, atlas: Atlas) -> None:
    """The map as files, and the command that makes it anywhere."""
    with st.container(horizontal=True, key="map files"):
        for kind, make, mime in (
            ("csv", partial(_csv, atlas.sweep), "text/csv"),
            ("parquet", partial(_parquet, atlas.sweep), "application/vnd.apache.parquet"),
        ):
            st.download_button(
                words(f"atlas.{kind}"),
                make,
                file_name=f"atlas-{'-'.join(atlas.sweep.names)}.{kind}",
                mime=mime,
                on_click="ignore",
                icon=":material/download:",
                key=f"map {kind}",
            )
    st.caption(words("atlas.command", engine=atlas.engine))
    st.code(atlas.sweep.command, language="bash", wrap_lines=True)


def _csv(sweep: Sweep) -> bytes:
    return _now(sweep).csv().encode()


def _parquet(sweep: Sweep) -> bytes:
    return _now(sweep).parquet()


def _now(sweep: Sweep) -> Atlas:
    """The map as far as it is known when it is taken: what waits for that holds no tables."""
    for name in SHIPPED:
        if shipped(name).sweep == sweep:
            return shipped(name)
    return Atlas.of(sweep, known(sweep))


def _aside(words: Text) -> None:
    st.caption(words("atlas.about"))
    choose_size(words)
    copy_link_button(words("controls.copy"), words("controls.copied"))
