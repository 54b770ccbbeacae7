"""The chain rule at one step: which factor took the gradient away, and one weight in full."""

import math
from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from components.drawing import drawings
from components.drawing.backward import backward, has_way, pack
from components.drawing.charts import arrow
from components.drawing.charts.chain import lines_of, product_chart, product_frame
from components.drawing.elements import headed, spec_of, title
from components.drawing.plane import point_name, scale_words
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
    Flat,
    WeightChain,
    begin_alike,
    chain_factors,
    damage,
    flat_layers,
    gradient_ratio,
    open_paths,
    passed_layers,
    weight_chain,
)
from models.outputs import Symbols
from models.passes import Pass


def draw(view: View) -> None:
    """Draw the panel."""
    frame = choose_step(view, "look", 0)
    passes = view.passes(frame)
    chains = [chain_factors(one, 0) if one.known[0] else None for one in passes]
    for place, (one, factors) in enumerate(zip(passes, chains, strict=True)):
        if not tell_lost(view, place, one) and factors is not None:
            symbols = one.experiment.output_layer.symbols
            told = [_verdict(view.words, factors, symbols), *_apart(view.words, factors, one)]
            st.html(view.heading(place, " ".join(told)))
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
    kind = f"dead_{what.by}" if what.kind == "dead" else what.kind
    sentence = words(f"damage.{kind}", layer=what.layer, next=what.layer + 1)
    if not math.isfinite(what.ratio):
        return sentence
    activation, weights = number(what.activation), number(what.weights)
    signal, inputs, ratio = (number(each, 3) for each in (what.signal, what.inputs, what.ratio))
    if factors.norm is None and factors.ways is None:
        how = words(
            "chain.how",
            activation=activation,
            weights=weights,
            signal=signal,
            inputs=inputs,
            ratio=ratio,
        )
        return f"{sentence} {how}"
    each = [
        words("chain.by_activation", factor=activation),
        words("chain.by_weights", factor=weights),
    ]
    if factors.norm is not None:
        each.append(words("chain.by_norm", factor=number(what.norm)))
    if factors.ways is not None:
        each.append(words("chain.by_skip", factor=number(what.skip)))
    how = words(
        "chain.how_more",
        factors=", ".join(each),
        z="z" if factors.norm is None else "s",
        signal=signal,
        inputs=inputs,
        ratio=ratio,
    )
    return f"{sentence} {how}"


def _apart(words: Text, factors: ChainFactors, one: Pass) -> list[str]:
    """What is out of the ordinary: layers whose gradient goes past them, values without spread."""
    notes = []
    if passed := passed_layers(factors):
        notes.append(words("chain.passed", layers=_spans(passed)))
    groups: dict[tuple[int, ...], list[Flat]] = {}
    for each in flat_layers(one, 0):
        groups.setdefault(each.points, []).append(each)
    for points, flat in groups.items():
        layers, task = _spans([each.layer for each in flat]), one.experiment.task
        if points:
            at = ", ".join(point_name(task, place) for place in points)
            notes.append(words("chain.flat_layer", layers=layers, points=at))
        else:
            units = sum(each.units for each in flat)
            notes.append(words("chain.flat_batch", layers=layers, units=units))
    return notes


def _spans(layers: Sequence[int]) -> str:
    """Layers in words, neighbours taken together: 1, 3–5."""
    spans: list[list[int]] = []
    for layer in layers:
        if spans and layer == spans[-1][-1] + 1:
            spans[-1] = [spans[-1][0], layer]
        else:
            spans.append([layer])
    return ", ".join("–".join(map(str, span)) for span in spans)


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
    tables, drawn = {"products": product_frame(chains, view.style)}, lines_of(chains)
    pictures = partial(_pictures, view, tables, drawn, passes[0].steps[0])
    headed(
        words,
        words("chain.product_title"),
        "product",
        level=3,
        more=partial(offer_pictures, view.style, "product", pictures, view.histories),
    )
    show_chart(view, "product", spec_of(product_chart, view.style, drawn), tables)
    notes = _product_notes(view)
    if any(factors and not factors.signal.all() for factors in chains):
        notes.append(words("chain.zero"))
    plain = not view.norms and not view.skips  # else there are more ways than open units leave
    if plain and _weights_differ(chains) and begin_alike(view.histories, view.network):
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
    if view.norms:
        notes.append(words("chain.table_norm"))
    if view.over_points:
        notes.append(words("chain.of_sum"))
    if view.skips:
        notes.append(words("chain.table_skip"))
    notes += view.treated()
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
    plain = not view.norms and not view.skips
    notes = [view.words("chain.product_caption" if plain else "chain.product_every")]
    if view.skips:
        notes.append(view.words("chain.product_skip"))
    return [*notes, view.words("chain.product_answer")] if _keeping_slope(view) else notes


def _pictures(
    view: View,
    tables: dict[str, pd.DataFrame],
    drawn: tuple[str, ...],
    step: int,
    source: Source,
) -> list[Picture]:
    words, name = view.words, f"product-network{view.network}-step{step}"
    at = f"{words('charts.step')} {whole(step)}"
    title = f"{words('chain.product_title')} · {view.which} · {at}"
    spec, about = spec_of(product_chart, source.style, drawn), " ".join(_product_notes(view))
    return [Picture(source, view.experiments, name, title, spec, arrow(tables), about=about)]


def product_pictures(view: View, source: Source) -> list[Picture]:
    """The products at the start and at the end, where there are any, to be taken away."""
    pictures = []
    for frame in MOMENTS.values():
        passes = view.passes(frame)
        chains = [chain_factors(one, 0) if one.known[0] else None for one in passes]
        tables = {"products": product_frame(chains, source.style)}
        if any(factors and len(factors.weights) for factors in chains):
            step = int(passes[0].steps[0])
            pictures += _pictures(view, tables, lines_of(chains), step, source)
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
        _draw_weight(view, place, weight, factors, layer, one.experiment)
    notes = [view.words("chain.graph_caption")]
    if view.norms:
        notes.append(view.words("chain.graph_norm"))
    if view.over_points:
        notes.append(view.words("chain.of_sum"))
    if view.skips:
        notes.append(view.words("chain.graph_skip"))
    st.caption(" ".join(notes))


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
    view: View,
    place: int,
    weight: WeightChain,
    factors: ChainFactors,
    layer: int,
    experiment: Experiment,
) -> None:
    words, hidden, output = view.words, layer < len(factors.signal), experiment.output_layer
    norm = experiment.norm
    called = words(f"names.norm_{norm}") if weight.norm else ""
    own = None if hidden else output.symbols
    text = words("chain.weight", layer=layer, i=weight.source, j=weight.unit)
    if own and output.units > 1:
        text = f"{text}. {words('chain.two_units', label=weight.unit - 1)}"
    st.html(view.heading(place, text))
    least = 320 if weight.norm is None else 640  # px: a norm makes the graph longer
    with st.grid(2, min_column_width=least, gap="medium", key=f"blackboard {place}") as grid:
        with grid.cell():
            st.html(drawings.chain_graph(words, weight, view.style.inks[place], layer, own, called))
        with grid.cell():
            st.latex(drawings.chain_formula(weight, layer, own))
            if weight.skip and weight.skip.past is not None:
                st.latex(drawings.skip_formula(weight, weight.skip, layer))
            if hidden:
                st.caption(words("chain.average"))
                st.latex(drawings.product_formula(factors, layer, output.symbols))
