"""A look inside one network: replay, network, chain rule, health, each layer's view of the points.

Both runs are shown for the same network number, so from the same initial weights. A panel costs
nothing until it is opened, and is computed from what the run kept: nothing is trained.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from components import drawings
from components.charts import chain, health, network
from components.charts.style import Style
from components.elements import chart, line, section, spec_of, title
from components.panels.printout import VIEWS
from components.replay import pack, replay
from components.text import Text, number, percent
from models import Experiment, History
from models.datasets import POINTS
from models.diagnostics import (
    ChainFactors,
    Health,
    PointsView,
    chain_factors,
    damage,
    kept_network_like,
    layer_health,
    points_views,
    weight_chain,
)
from models.passes import Pass, network_pass

PANELS = ("replay", "network", "chain", "health", "points")
LINK = "inside"  # the parameter of the link that opens a panel
EDGES = ("weight", "gradient")


@dataclass(frozen=True)
class View:
    """What is looked at: the runs, and the network that both are shown for."""

    words: Text
    style: Style
    histories: tuple[History, ...]
    network: int

    @property
    def experiment(self) -> Experiment:
        """The first run's: its shape and steps are the other's, too."""
        return self.histories[0].experiment

    def passes(self, frame: int) -> list[Pass]:
        """Each run's pass at one frame."""
        frames = slice(frame, frame + 1)
        return [network_pass(history, self.network, frames) for history in self.histories]

    def heading(self, place: int, text: str) -> str:
        """A line that begins with a run's name in its colour."""
        return line(self.style, place, text)


def inside(
    words: Text,
    style: Style,
    histories: tuple[History, ...],
    in_view: Sequence[int],
    ready: bool = True,
) -> None:
    """Draw the choice of panels, and the open one if it is ``ready`` to be drawn."""
    section(words("inside.title"))
    if "inside" not in st.session_state:
        asked = st.query_params.get(LINK)
        st.session_state["inside"] = asked if asked in PANELS else None
    panel = st.segmented_control(
        words("inside.title"),
        PANELS,
        format_func=lambda name: words(f"inside.{name}"),
        key="inside",
        label_visibility="collapsed",
        on_change=_remember,
    )
    if panel is None:
        st.caption(words("inside.closed"))
        return
    if not ready:
        st.caption(words("inside.later"))
        return
    view = View(words, style, histories, _choose_network(words, histories, in_view[0]))
    draw: dict[str, Callable[[View], None]] = {
        "replay": _replay,
        "network": _network,
        "chain": _chain,
        "health": _health,
        "points": _points,
    }
    draw[panel](view)


def _remember() -> None:
    """Put the open panel into the link."""
    panel = st.session_state["inside"]
    if panel:
        st.query_params[LINK] = panel
    else:
        st.query_params.pop(LINK, None)


def _choose_network(words: Text, histories: tuple[History, ...], in_view: int) -> int:
    """The network that is looked into: at first the one in view, or the kept one most like it."""
    kept = sorted(set.intersection(*(set(history.kept.tolist()) for history in histories)))
    first = histories[0]
    start = kept_network_like(first, in_view)
    # A run that goes on changes which network is typical: the first answer stays.
    view = st.session_state.get("view") or VIEWS[0], st.session_state.get("view_number")
    shape = tuple(value for name, value in vars(first.experiment).items() if name != "steps")
    start = st.session_state.setdefault(f"start {shape} {view} {kept}", start)
    if start not in kept:  # the other run, with more parameters a network, keeps fewer of them
        start = kept[0]
    chosen = start
    if len(kept) > 1:
        chosen = st.segmented_control(
            words("inside.network"),
            kept,
            default=start,
            required=True,
            format_func=lambda place: words("inside.which", network=place),
            key=f"network {shape} {view} {kept}",
            label_visibility="collapsed",
        )
    notes = [
        words("inside.same", network=chosen, seed=first.experiment.seed + chosen)
        if len(histories) > 1
        else words("inside.one", network=chosen, seed=first.experiment.seed + chosen)
    ]
    for history in histories:
        key = (
            "diverged"
            if history.diverged[chosen]
            else "solved"
            if history.solved[chosen]
            else "unsolved"
        )
        notes.append(words(f"inside.{key}", name=history.experiment.phi.label))
    if len(kept) < first.experiment.networks:
        notes.append(words("inside.kept", count=len(kept), networks=first.experiment.networks))
    st.caption(" ".join(notes))
    return chosen


def _choose_step(view: View, panel: str, start: int) -> int:
    """The frame to look at; ``start`` is 0 or -1."""
    steps, key, end = view.histories[0].frame_steps.tolist(), f"step {panel}", f"end {panel}"
    if len(steps) == 1:
        return 0
    chosen = st.session_state.get(key)
    if chosen is None:
        chosen = steps[start]
    elif chosen == st.session_state.get(end) > 0:
        chosen = steps[-1]  # who looks at the end goes on looking at the end
    st.session_state[key] = max(step for step in steps if step <= chosen)
    st.session_state[end] = steps[-1]
    step = st.select_slider(
        view.words("inside.step"), steps, format_func=lambda value: f"{value:,}", key=key
    )
    return steps.index(step)


def _choose_point(words: Text) -> int:
    """One of the four points."""
    point = st.segmented_control(
        words("inside.point"),
        range(POINTS),
        default=1,
        required=True,
        format_func=drawings.point_name,
        key="point",
    )
    return int(point)


def _lost(view: View, place: int, one: Pass) -> bool:
    """Whether a run had diverged by then; if so it is said."""
    if one.known[0]:
        return False
    text = view.words("inside.gone", step=f"{one.steps[0]:,}")
    st.html(view.heading(place, text))
    return True


@st.cache_resource(max_entries=24, show_spinner=False)
def _packed(
    _histories: Sequence[History],
    style: Style,
    experiments: tuple[Experiment, ...],
    network: int,
    last: int,
) -> bytes:
    """The replay of a run as far as it is: the same for everybody who looks at it."""
    return pack(style, _histories, network)


def _replay(view: View) -> None:
    experiments = tuple(history.experiment for history in view.histories)
    last = int(view.histories[0].frame_steps[-1])
    replay(_packed(view.histories, view.style, experiments, view.network, last))
    st.caption(view.words("inside.replay_caption"))


def _chart(
    view: View, kind: str, spec: dict, tables: dict, key: str = "", place: int | None = None
) -> None:
    names = view.style.names if place is None else [view.style.names[place]]
    alt = view.words(f"alt.{kind}", names=" / ".join(names))
    many = kind != "product"
    chart(spec, tables, key=f"chart {kind} {key}", alt=alt, canvas=many)


def _network(view: View) -> None:
    words, experiment = view.words, view.experiment
    left, middle, right = st.columns([2, 2, 3])
    with left:
        by = st.segmented_control(
            words("network.by"),
            EDGES,
            default="gradient",  # what the lab is about
            required=True,
            format_func=lambda name: words(f"network.by_{name}"),
            key="edges",
        )
    with middle:
        point = _choose_point(words)
    with right:
        frame = _choose_step(view, "look", 0)
    for place, one in enumerate(view.passes(frame)):
        if _lost(view, place, one):
            continue
        p = one.hypothesis[0, point]
        st.html(view.heading(place, words("network.answer", p=number(p, 3))))
        tables = {
            "nodes": network.node_frame(one, 0, point),
            "edges": network.edge_frame(one, 0, point, by),
            "labels": network.label_frame(one, view.style),
        }
        spec = spec_of(network.network_chart, view.style, place, experiment.depth, experiment.width)
        _chart(view, "network", spec, tables, f"{place}", place)
    notes = [words(f"network.caption_{by}", share=number(10**-network.DECADES, 1))]
    left_out = network.Layout(experiment.depth, experiment.width).left_out
    if left_out:
        notes.append(words("network.left_out", count=left_out, depth=experiment.depth))
    if experiment.depth and experiment.width > network.MOST_UNITS:
        notes.append(
            words("network.units_left_out", count=network.MOST_UNITS, width=experiment.width)
        )
    if any(history.experiment.phi.pieces > 1 for history in view.histories):
        notes.append(words("network.maxout"))
    st.caption(" ".join(notes))


def _chain(view: View) -> None:
    words = view.words
    frame = _choose_step(view, "look", 0)
    passes = view.passes(frame)
    chains = [chain_factors(one, 0) if one.known[0] else None for one in passes]
    for place, (one, factors) in enumerate(zip(passes, chains, strict=True)):
        if not _lost(view, place, one):
            st.html(view.heading(place, _verdict(words, factors)))
    if view.experiment.depth and any(chains):
        _factors(view, chains)
    if any(chains):
        _blackboard(view, passes, chains)


def _factors(view: View, chains: Sequence[ChainFactors | None]) -> None:
    """The factors of every layer: their products as lines, and all numbers as tables."""
    words = view.words
    title(words("chain.product_title"), level=3)
    tables = {"products": chain.product_frame(chains, view.style)}
    _chart(view, "product", spec_of(chain.product_chart, view.style), tables)
    notes = [words("chain.product_caption")]
    if any(factors and not factors.signal.all() for factors in chains):
        notes.append(words("chain.zero"))
    st.caption(" ".join(notes))
    with st.grid(2, min_column_width=320, gap="medium", key="factors") as grid:
        for place, factors in enumerate(chains):
            if factors is not None:
                with grid.cell():
                    st.html(view.heading(place, words("chain.table_title")))
                    st.html(drawings.factor_table(words, factors, view.style.names[place]))
    st.caption(words("chain.table_caption"))


def _blackboard(view: View, passes: Sequence[Pass], chains: Sequence[ChainFactors | None]) -> None:
    """One weight of each run: the same one, with every value on its way forward and backward."""
    words, layers = view.words, view.experiment.layers
    title(words("chain.graph_title"), level=3)
    layer, point, unit = _choose_weight(view)
    source = 0
    for place, (one, factors) in enumerate(zip(passes, chains, strict=True)):
        if factors is None:
            continue
        weight = weight_chain(one, 0, layer, point, unit, source)
        unit, source = weight.unit, weight.source  # the other run shows the same weight
        text = words("chain.weight", layer=layer, i=weight.source, j=weight.unit)
        st.html(view.heading(place, text))
        with st.grid(2, min_column_width=320, gap="medium", key=f"blackboard {place}") as grid:
            with grid.cell():
                color = view.style.colors[place]
                st.html(drawings.chain_graph(words, weight, color, layer, layers))
            with grid.cell():
                st.latex(drawings.chain_formula(weight, layer, layers))
                if layer < layers:
                    st.caption(words("chain.average"))
                    st.latex(drawings.product_formula(factors, layer))
    st.caption(words("chain.graph_caption"))


def _choose_weight(view: View) -> tuple[int, int, int]:
    """Layer, point and unit; unit 0 is the one with the largest gradient."""
    words, experiment = view.words, view.experiment
    left, middle, right = st.columns([3, 2, 2])
    layer = 1
    if experiment.layers > 1:
        with left:
            layer = st.slider(
                words("chain.layer"), 1, experiment.layers, 1, key=f"layer {experiment.layers}"
            )
    with middle:
        point = _choose_point(words)
    unit = 0
    if experiment.width > 1 and layer < experiment.layers:
        with right:
            unit = st.selectbox(
                words("chain.unit"),
                range(experiment.width + 1),
                format_func=lambda place: f"{place}" if place else words("chain.strongest"),
                key=f"unit {experiment.width}",
            )
    return layer, point, unit


def _verdict(words: Text, factors: ChainFactors) -> str:
    """Which of the two factors took the gradient away, in one sentence."""
    what = damage(factors)
    kind = what.kind
    if kind == "dead":
        kind = "dead_weights" if what.weights == 0 else "dead_activation"
    return words(
        f"damage.{kind}",
        total=number(what.total),
        activation=number(what.activation),
        weights=number(what.weights),
        last=number(factors.signal[-1]),
        first=number(factors.signal[0]),
        layer=what.layer,
        next=what.layer + 1,
    )


def _health(view: View) -> None:
    words = view.words
    healths = [layer_health(history, view.network) for history in view.histories]
    with st.grid(3, min_column_width=300, gap="medium", key="health") as grid:
        for measure in health.MEASURES:
            with grid.cell():
                title(words(f"health.{measure}"), level=3)
                cells = health.cell_frame(healths, measure, view.style)
                if len(cells):
                    _health_map(view, healths, measure, cells)
                st.caption(_health_caption(view, measure, cells))
        with grid.cell():
            title(words("health.how"), level=3)
            st.caption(words("health.how_text"))


def _health_map(view: View, healths: Sequence[Health], measure: str, cells: pd.DataFrame) -> None:
    tables = {"cells": cells, "names": health.name_frame(healths, measure, view.style)}
    rows, domain, guided = health.rows_of(healths[0], measure), None, False
    if measure == "update":
        domain, guide = health.update_domain(cells), health.guide_frame(cells)
        guided = len(guide) > 0
        if guided:
            tables["guide"] = guide
    spec = spec_of(health.health_chart, view.style, measure, rows, domain, guided)
    _chart(view, "health", spec, tables, measure)


def _health_caption(view: View, measure: str, cells: pd.DataFrame) -> str:
    words = view.words
    notes = [words(f"health.{measure}_caption") if len(cells) else words("health.nothing")]
    if measure == "update" and view.experiment.optimizer != "sgd" and len(cells):
        notes.append(words("health.update_between"))
    if measure == "saturated" and any(h.experiment.phi.pieces > 1 for h in view.histories):
        notes = [*notes, words("health.maxout")] if len(cells) else [words("health.maxout")]
    if (cells["value"] > 10**health.HIGHEST_LOG).any():
        notes.append(words("health.clipped"))
    return " ".join(notes)


def _points(view: View) -> None:
    words = view.words
    frame, explained = _choose_step(view, "points", -1), 1.0
    for place, one in enumerate(view.passes(frame)):
        if _lost(view, place, one):
            continue
        views = points_views(one, 0)
        explained = min([explained, *(each.explained for each in views)])
        st.html(
            view.heading(place, _points_heading(view, views[-1]))
            + drawings.points_pictures(
                words, views, view.style.colors[place], view.style.names[place]
            )
        )
    notes = [words("points.caption")]
    if explained < 0.995:
        notes.append(words("points.explained", share=percent(explained)))
    if view.experiment.depth + 1 > drawings.MOST_VIEWS:
        notes.append(
            words("points.left_out", count=drawings.MOST_VIEWS, all=view.experiment.depth + 1)
        )
    st.caption(" ".join(notes))


def _points_heading(view: View, last: PointsView) -> str:
    """What the last hidden layer makes of the points, in one sentence."""
    if not view.experiment.depth:
        return view.words("points.heading_flat")
    if last.silent:
        return view.words("points.silent_all")
    return view.words("points.heading", share=drawings.share(last))
