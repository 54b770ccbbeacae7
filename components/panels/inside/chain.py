"""The chain rule at one step: which factor took the gradient away, and one weight in full."""

import math
from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from components.drawing import drawings
from components.drawing.backward import backward, has_way, pack
from components.drawing.charts import arrow
from components.drawing.charts.chain import product_chart, product_frame
from components.drawing.elements import headed, spec_of, title
from components.drawing.plane import scale_words
from components.export.pictures import MOMENTS, Picture
from components.export.source import Source
from components.panels.inside.choices import choose_point, choose_step
from components.panels.inside.view import View, show_chart, tell_lost
from components.panels.pictures import offer_pictures
from components.words.numbers import number, percent, whole
from components.words.text import Text
from models import Experiment
from models.diagnostics import (
    ChainFactors,
    WeightChain,
    begin_alike,
    chain_factors,
    damage,
    gradient_ratio,
    open_paths,
    weight_chain,
)
from models.outputs import Output, Symbols
from models.passes import Pass


def draw(view: View) -> None:
    """Draw the panel."""
    frame = choose_step(view, "look", 0)
    passes = view.passes(frame)
    chains = [chain_factors(one, 0) if one.known[0] else None for one in passes]
    for place, (one, factors) in enumerate(zip(passes, chains, strict=True)):
        if not tell_lost(view, place, one) and factors is not None:
            symbols = one.experiment.output_layer.symbols
            st.html(view.heading(place, _verdict(view.words, factors, symbols)))
    if any(factors and len(factors.weights) for factors in chains):
        if not passes[0].steps[0]:
            _medians(view)
        _factors(view, passes, chains)
    if any(chains):
        _blackboard(view, passes, chains)


def _verdict(words: Text, factors: ChainFactors, output: Symbols) -> str:
    """What became of the gradient; and what of the error before, in the answer's own slope."""
    told = _damage(words, factors)
    if factors.answer is None:
        return told
    slope, error = output.plain_factors
    left = number(factors.answer.slope)
    return f"{told} {words('chain.answer', slope=slope, error=error, left=left)}"


def _damage(words: Text, factors: ChainFactors) -> str:
    """Which factor took the gradient; and how the factors make the ratio."""
    what = damage(factors)
    kind = what.kind
    if kind == "dead":
        kind = "dead_weights" if what.weights == 0 else "dead_activation"
    sentence = words(f"damage.{kind}", layer=what.layer, next=what.layer + 1)
    if not math.isfinite(what.ratio):
        return sentence
    how = words(
        "chain.how",
        activation=number(what.activation),
        weights=number(what.weights),
        signal=number(what.signal, 3),
        inputs=number(what.inputs, 3),
        ratio=number(what.ratio, 3),
    )
    return f"{sentence} {how}"


def _medians(view: View) -> None:
    """The figure that the page gives of a run, beside that of the network in view."""
    ratios = [
        f"{name} {number(gradient_ratio(history.weight_gradient_norm[0]))}"
        for name, history in zip(view.style.names, view.histories, strict=True)
        if history.experiment.depth
    ]
    networks = view.experiments[0].networks
    if networks > 1:
        st.caption(view.words("chain.medians", networks=networks, ratios=" · ".join(ratios)))


def _factors(view: View, passes: Sequence[Pass], chains: Sequence[ChainFactors | None]) -> None:
    """The factors of every layer: their products as lines, and all numbers as tables."""
    words = view.words
    tables = {"products": product_frame(chains, view.style)}
    pictures = partial(_pictures, view, tables, passes[0].steps[0])
    headed(
        words,
        words("chain.product_title"),
        "product",
        level=3,
        more=partial(offer_pictures, words, view.style, "product", pictures, view.histories),
    )
    show_chart(view, "product", spec_of(product_chart, view.style), tables)
    notes = _product_notes(view)
    if any(factors and not factors.signal.all() for factors in chains):
        notes.append(words("chain.zero"))
    if _weights_differ(chains) and begin_alike(view.histories, view.network):
        notes += _why_weights_differ(view, passes)
    st.caption(" ".join(notes))
    with st.grid(2, min_column_width=320, gap="medium", key="factors") as grid:
        for place, factors in enumerate(chains):
            if factors is not None:
                with grid.cell():
                    st.html(view.heading(place, words("chain.table_title")))
                    name, output = view.style.names[place], passes[place].experiment.output_layer
                    if has_way(factors):
                        _way_back(view, place, factors, passes[place])
                    st.html(drawings.factor_table(words, factors, name, output.symbols))
    notes = [words("chain.table_caption")]
    if kept := _keeping_slope(view):
        scale = scale_words(kept)
        notes.append(words("chain.table_answer", low=scale["low"], high=scale["high"]))
    st.caption(" ".join(notes))


def _way_back(view: View, place: int, factors: ChainFactors, one: Pass) -> None:
    of = repr((one.experiment.identity, view.network, int(one.steps[0])))
    symbols = one.experiment.output_layer.symbols
    backward(pack(view.style, place, factors, symbols, of), key=f"backward {place}")


def _keeping_slope(view: View) -> list[Experiment]:
    """Those of the runs whose answer's own slope does not cancel."""
    return [each for each in view.experiments if each.output_layer.keeps_slope]


def _product_notes(view: View) -> list[str]:
    """How the products are read."""
    notes = [view.words("chain.product_caption")]
    return [*notes, view.words("chain.product_answer")] if _keeping_slope(view) else notes


def _pictures(
    view: View, tables: dict[str, pd.DataFrame], step: int, source: Source
) -> list[Picture]:
    words, name = view.words, f"product-network{view.network}-step{step}"
    at = f"{words('charts.step')} {whole(step)}"
    title = f"{words('chain.product_title')} · {view.which} · {at}"
    spec, about = spec_of(product_chart, source.style), " ".join(_product_notes(view))
    return [Picture(source, view.experiments, name, title, spec, arrow(tables), about=about)]


def product_pictures(view: View, source: Source) -> list[Picture]:
    """The products at the start and at the end, where there are any, to be taken away."""
    pictures = []
    for frame in MOMENTS.values():
        passes = view.passes(frame)
        chains = [chain_factors(one, 0) if one.known[0] else None for one in passes]
        tables = {"products": product_frame(chains, source.style)}
        if any(factors and len(factors.weights) for factors in chains):
            pictures += _pictures(view, tables, int(passes[0].steps[0]), source)
    return pictures


def _weights_differ(chains: Sequence[ChainFactors | None]) -> bool:
    """Whether the weights of two runs multiply to what reads as different numbers."""
    products = {number(factors.weights.prod()) for factors in chains if factors}
    return len(products) > 1


def _why_weights_differ(view: View, passes: Sequence[Pass]) -> list[str]:
    """Why the same weights do not make the same of the gradient, with the share of open paths."""
    words, each = view.words, []
    for name, one in zip(view.style.names, passes, strict=True):
        ways = open_paths(one, 0)
        low, high = percent(ways.units.min()), percent(ways.units.max())
        units = low if low == high else f"{low}–{high}"
        paths = percent(ways.paths, 2)
        each.append(words("chain.open_paths", name=name, paths=paths, units=units))
    notes = [words("chain.why", each=", ".join(each))]
    if passes[0].steps[0]:
        notes.append(words("chain.why_later"))
    return notes


def _blackboard(view: View, passes: Sequence[Pass], chains: Sequence[ChainFactors | None]) -> None:
    """One weight of each run, with every value on its way forward and backward.

    The second run shows the same weight as the first, if its shape has it; else the strongest.
    """
    title(view.words("chain.graph_title"), level=3)
    layer, point, unit = _choose_weight(view)
    source = 0
    for place, (one, factors) in enumerate(zip(passes, chains, strict=True)):
        if factors is None:
            continue
        layers = one.experiment.layers
        if layer > layers:
            st.html(view.heading(place, view.words("chain.no_layer", layer=layer, layers=layers)))
            continue
        inputs, units = one.experiment.sizes[layer - 1 : layer + 1]
        unit, source = (at if at <= most else 0 for at, most in ((unit, units), (source, inputs)))
        weight = weight_chain(one, 0, layer, point, unit, source)
        unit, source = weight.unit, weight.source
        _draw_weight(view, place, weight, factors, layer, one.experiment.output_layer)
    st.caption(view.words("chain.graph_caption"))


def _choose_weight(view: View) -> tuple[int, int, int]:
    """Layer, point and unit; unit 0 is the one with the largest gradient."""
    words, experiments = view.words, view.experiments
    layers = max(experiment.layers for experiment in experiments)
    left, middle, right = st.columns([3, 3, 2])
    layer = 1
    if layers > 1:
        with left:
            layer = st.slider(words("chain.layer"), 1, layers, 1, key=f"layer {layers}")
    with middle:
        point = choose_point(view)
    unit, strongest = 0, words("chain.strongest")
    units = max(each.sizes[layer] for each in experiments if layer <= each.layers)
    if units > 1:
        with right:
            named = {place: f"{place}" if place else strongest for place in range(units + 1)}
            unit = st.selectbox(
                words("chain.unit"),
                named,
                format_func=named.__getitem__,
                key=f"unit {units}",
            )
    return layer, point, unit


def _draw_weight(
    view: View, place: int, weight: WeightChain, factors: ChainFactors, layer: int, output: Output
) -> None:
    words, hidden = view.words, layer < len(factors.signal)
    own = None if hidden else output.symbols
    text = words("chain.weight", layer=layer, i=weight.source, j=weight.unit)
    if own and output.units > 1:
        text = f"{text}. {words('chain.two_units', label=weight.unit - 1)}"
    st.html(view.heading(place, text))
    with st.grid(2, min_column_width=320, gap="medium", key=f"blackboard {place}") as grid:
        with grid.cell():
            st.html(drawings.chain_graph(words, weight, view.style.inks[place], layer, own))
        with grid.cell():
            st.latex(drawings.chain_formula(weight, layer, own))
            if hidden:
                st.caption(words("chain.average"))
                st.latex(drawings.product_formula(factors, layer, output.symbols))
