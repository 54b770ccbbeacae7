"""A map of one's own: its axes, what it takes, and how it fills in while one watches."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st
from markupsafe import Markup

from components.drawing.markup import element
from components.panels.guard import guarded
from components.panels.header import progress_bar
from components.runs import Visit, shared_runs
from components.runs.filling import MOST_CELLS, MOST_SECONDS, MapCost, cost, fill, known
from components.settings import state
from components.settings.choice import choice_of
from components.settings.naming import axis_value, sweep_in_words
from components.settings.state import DEFAULTS
from components.settings.state.items import AXIS_PLACES, CELL_NETWORKS
from components.words.numbers import duration, whole
from components.words.text import Text
from models.sweep import AXES, Atlas, Axis, Sweep, SweepError, parse_axis

LOOK_SECONDS = 1.2  # between two looks at a map that fills in
WAIT_SECONDS = 0.8  # of these, at most, a look waits for cells
NO_AXIS = "none"
MOST_VALUES = 40  # of an axis of numbers

Draw = Callable[[Atlas], None]
"""Draws a map, as far as it is known."""


def own_sweep() -> Sweep | None:
    """What the controls ask for, around the lab's setting; None: no map can be that."""
    values = state.get_all()
    base = choice_of({name: values[name] for name in DEFAULTS}).experiment
    base = replace(base, start=None, networks=state.get("cell_networks"))
    axes = _axes()
    if {"depth", "width"} & {axis.name for axis in axes}:
        base = replace(base, hidden=None)
    try:
        return Sweep(base, axes)
    except SweepError:
        return None


def _axes() -> tuple[Axis, ...]:
    """The axes that are chosen."""
    return tuple(filter(None, (state.get(f"axis {place}") for place in AXIS_PLACES)))


def choose_own(words: Text, sweep: Sweep | None) -> None:
    """The axes' controls, and how many networks a cell has."""
    with st.grid(4, min_column_width=210, gap="medium", key="own map") as grid:
        for place in AXIS_PLACES:
            with grid.cell():
                _axis(words, place)
        with grid.cell():
            st.select_slider(
                words("atlas.cell_networks"),
                CELL_NETWORKS,
                state.get("cell_networks"),
                **state.control("cell_networks", stop),
            )
            if sweep:
                around = sweep_in_words(words, sweep)
                st.caption(words("atlas.around", setting=around))


def _axis(words: Text, place: str) -> None:
    axis, item = state.get(f"axis {place}"), f"axis {place} name"
    others = [state.get(f"axis {each}") for each in AXIS_PLACES if each != place]
    taken = {other.name for other in others if other}
    names = [*([NO_AXIS] if place == "z" else []), *(name for name in AXES if name not in taken)]
    current = axis.name if axis else NO_AXIS
    if current not in names:  # as a link may have it
        names.append(current)
    state.put(item, current)
    st.selectbox(
        words(f"atlas.axis_{place}"),
        names,
        names.index(current),
        format_func=lambda name: words("atlas.no_axis" if name == NO_AXIS else f"controls.{name}"),
        **state.control(item, _take_name, place),
    )
    if axis is None:
        return
    if axis.kind.is_number:
        _numbers(words, place, axis)
    else:
        item = f"axis {place} values"
        state.put(item, list(axis.values))
        st.multiselect(
            words("atlas.values"),
            list(axis.kind.choices),
            default=list(axis.values),
            format_func=lambda value: axis_value(words, axis.name, value),
            **state.control(item, _take_values, place),
            label_visibility="collapsed",
        )


def _numbers(words: Text, place: str, axis: Axis) -> None:
    """From, to, and how many values."""
    kind, values = axis.kind, axis.values
    own: Callable[[float], float] = int if kind.kind == "whole" else float
    parts: dict[str, tuple[Any, Any, Any]] = {
        "low": (own(kind.low), own(kind.high), min(values)),
        "high": (own(kind.low), own(kind.high), max(values)),
        "count": (1, max(MOST_VALUES, len(values)), len(values)),
    }
    with st.container(horizontal=True, gap="xsmall"):
        for part, (least, most, value) in parts.items():
            item = f"axis {place} {part}"
            state.put(item, value)
            st.number_input(
                words(f"atlas.axis_{part}"),
                least,
                most,
                value,
                format=None if isinstance(value, int) else "%g",
                width=74,
                **state.control(item, _take_numbers, place),
            )


def _take_name(place: str) -> None:
    name = state.get(f"axis {place} name")
    state.put(f"axis {place}", None if name == NO_AXIS else parse_axis(_usual(name)))
    _begin_anew()


def _usual(name: str) -> str:
    return f"{name}={AXES[name].usual}"


def _take_numbers(place: str) -> None:
    axis = state.get(f"axis {place}")
    low, high, count = (state.get(f"axis {place} {part}") for part in ("low", "high", "count"))
    low, high = sorted((low, high))
    text = f"{low}" if low == high or count == 1 else f"{low}:{high}/{count}"
    try:
        state.put(f"axis {place}", parse_axis(f"{axis.name}={text}"))
    except SweepError:  # as of a logarithm of 0: what was before stays
        state.put_anew(f"axis {place} low", min(axis.values))
    _begin_anew()


def _take_values(place: str) -> None:
    axis, values = state.get(f"axis {place}"), state.get(f"axis {place} values")
    if values:
        state.put(f"axis {place}", Axis(axis.name, tuple(values)))
    _begin_anew()


def _begin_anew() -> None:
    """With other axes it is another map: no cell of the one before is looked at any more."""
    state.put("cell", None)
    stop()


def stop() -> None:
    """Have no more cells trained; those that are known stay."""
    state.put("fill", "off")


def _start() -> None:
    state.put("fill", "on")


def draw_own(words: Text, draw: Draw) -> None:
    """The controls, what the map takes, and the map."""
    sweep = own_sweep()
    choose_own(words, sweep)
    if sweep is None:
        stop()
        names = [axis.name for axis in _axes()]
        why = "own_twice" if len(set(names)) < len(names) else "own_many"
        st.warning(words(f"atlas.{why}"), icon=":material/rule:")
        return
    price = cost(shared_runs(), sweep)
    if not price.is_affordable:
        stop()
        st.warning(_too_much(words, price), icon=":material/schedule:")
        return
    if not price.left:
        stop()
    filling = state.get("fill") == "on"
    visit = shared_runs().visit(f"{state.get('session')} map", patient=True)
    # A fragment lives as long as its session: it is given what is small.
    run_every = LOOK_SECONDS if filling else None
    st.fragment(_filled, run_every=run_every)(words, sweep, visit, filling, draw)


def _too_much(words: Text, price: MapCost) -> str:
    if price.cells > MOST_CELLS:
        return words("atlas.too_many", cells=whole(price.cells), most=whole(MOST_CELLS))
    time, most = duration(price.seconds, words), duration(MOST_SECONDS, words)
    return words("atlas.too_long", time=time, most=most)


@guarded
def _filled(words: Text, sweep: Sweep, visit: Visit, filling: bool, draw: Draw) -> None:
    """How far the map is; while it fills in, train some cells of it first."""
    wrong = ""
    if filling:
        have, wrong = fill(visit, sweep, WAIT_SECONDS, LOOK_SECONDS)
    else:
        visit.leave()
        have = known(sweep)
    price = cost(visit.runs, sweep)
    if wrong:
        stop()
        st.error(words("run.failed", reason=wrong[:200]), icon=":material/error:")
    elif filling and not price.left:
        stop()
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", key="own progress"):
        if filling and not wrong:
            if st.button(words("atlas.stop"), on_click=stop, icon=":material/stop:",
                         key="stop map"):  # fmt: skip
                st.rerun()  # this part of the page goes on looking until the page is drawn anew
        elif price.left:
            label = words("atlas.go_on" if have else "atlas.fill")
            if st.button(label, on_click=_start, icon=":material/play_arrow:", type="primary",
                         key="fill map"):  # fmt: skip
                st.rerun()
        st.html(_progress(words, price, filling))
    draw(Atlas.of(sweep, have))
    state.update_link_of_part()


def _progress(words: Text, price: MapCost, filling: bool) -> Markup:
    """What the map takes, or how far it is."""
    done = price.cells - price.left
    cells, networks = whole(price.cells), whole(price.networks)
    if not price.cells:
        said = words("atlas.none_possible")
    elif not price.left:
        said = words("atlas.filled", cells=cells, networks=networks)
    elif filling or done:
        time = duration(price.seconds, words)
        said = words("atlas.filling", done=whole(done), cells=cells, time=time)
    else:
        time = duration(price.seconds, words)
        said = words("atlas.price", cells=cells, networks=networks, time=time)
    line = element("p", said, class_="vgl-quiet", role="status")
    return line + progress_bar(words, done / price.cells) if price.left else line
