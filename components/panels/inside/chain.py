"""The chain rule at one step: which factor took the gradient away, and one weight in full."""

from collections.abc import Sequence

import streamlit as st

from components import drawings
from components.charts.chain import product_chart, product_frame
from components.elements import spec_of, title
from components.numbers import number
from components.panels.inside.choices import choose_point, choose_step
from components.panels.inside.view import View, show_chart, tell_lost
from components.text import Text
from models.diagnostics import ChainFactors, WeightChain, chain_factors, damage, weight_chain
from models.passes import Pass


def draw(view: View) -> None:
    """Draw the panel."""
    frame = choose_step(view, "look", 0)
    passes = view.passes(frame)
    chains = [chain_factors(one, 0) if one.known[0] else None for one in passes]
    for place, (one, factors) in enumerate(zip(passes, chains, strict=True)):
        if not tell_lost(view, place, one):
            st.html(view.heading(place, _verdict(view.words, factors)))
    if view.experiment.depth and any(chains):
        _factors(view, chains)
    if any(chains):
        _blackboard(view, passes, chains)


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


def _factors(view: View, chains: Sequence[ChainFactors | None]) -> None:
    """The factors of every layer: their products as lines, and all numbers as tables."""
    words = view.words
    title(words("chain.product_title"), level=3)
    tables = {"products": product_frame(chains, view.style)}
    show_chart(view, "product", spec_of(product_chart, view.style), tables)
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
    title(view.words("chain.graph_title"), level=3)
    layer, point, unit = _choose_weight(view)
    source = 0
    for place, (one, factors) in enumerate(zip(passes, chains, strict=True)):
        if factors is None:
            continue
        weight = weight_chain(one, 0, layer, point, unit, source)
        unit, source = weight.unit, weight.source  # the other run shows the same weight
        _draw_weight(view, place, weight, factors, layer)
    st.caption(view.words("chain.graph_caption"))


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
        point = choose_point(words)
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


def _draw_weight(
    view: View, place: int, weight: WeightChain, factors: ChainFactors, layer: int
) -> None:
    words, layers = view.words, view.experiment.layers
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
