"""What is drawn as HTML rather than as a chart: the blackboard's graph, tables, small pictures."""

import math
import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from components.drawing.charts.style import RAMP
from components.drawing.markup import element, joined, table
from components.drawing.plane import point_name
from components.words.numbers import latex, number, percent
from components.words.text import Text
from models.diagnostics import (
    ChainFactors,
    Factor,
    NormLink,
    PointsView,
    SkipLink,
    WeightChain,
    damage,
)
from models.outputs import Symbols
from models.tasks import Task

MOST_VIEWS = 12  # small pictures a network
TIMES = "×\N{NO-BREAK SPACE}"  # a factor's sign stays with it
VIEW_REACH = 1.75  # from a picture's middle; a point among zeros lies furthest out, at 1.5


def chain_graph(
    words: Text,
    chain: WeightChain,
    color: str,
    layer: int,
    output: Symbols | None,
    norm: str = "",
) -> Markup:
    """The computation graph of one weight, values forward on top, gradients backward below.

    ``norm`` is the name of the layer's normalisation, where it has one.

    ``output`` says how the output layer is written; None in a hidden layer.
    """
    x = _indexed("h", layer - 1, chain.source) if layer > 1 else f"x[{chain.source}]"
    out = "p" if output else _indexed("h", layer, chain.unit)
    phi = output.unit if output else "φ"
    product, delta = chain.x * chain.w, chain.delta
    inputs = (
        _value(x, chain.x, chain.w * delta),
        _value(_indexed("W", layer, chain.source, chain.unit), chain.w, chain.gradient, True),
    )
    addends = (
        _value(words("chain.rest"), chain.rest, delta),
        _value(_indexed("b", layer, chain.unit), chain.b, delta),
    )
    parts = [
        _stack(inputs),
        _operation("×"),
        _stack((_value(words("chain.product_term"), product, delta), *addends)),
        _operation("+"),
        *_normalised(chain, norm),
        _operation(phi, f"{phi}′ = {number(chain.slope)}"),
        *_added(chain, layer),
        _value(out, chain.h, chain.error),
    ]
    return element("div", *parts, class_="vgl-graph", style=f"--arm:{color}")


def _indexed(symbol: str, layer: int, *units: int) -> Markup:
    """A layer's number, lowered, and which of its units."""
    return joined((symbol, element("sub", layer), list(units)))


def _normalised(chain: WeightChain, name: str) -> list[Markup]:
    """From what the layer computed to what phi is given."""
    link = chain.norm
    if link is None:
        return [_value("z", chain.z, chain.delta)]
    factor = number(link.scale * link.inverse)
    return [
        _value("s", link.s, chain.delta),
        _operation(name, f"γ/√(v+ε) = {factor}"),
        _value("z", chain.z, link.error),
    ]


def _added(chain: WeightChain, layer: int) -> list[Markup]:
    """What a skip adds to what the activation makes; nothing where it adds nothing."""
    if chain.skip is None or chain.skip.before is None:
        return []
    before = chain.skip.before
    boxes = (
        _value("φ(z)", chain.h - before, chain.error),
        _value(_indexed("h", layer - 1, chain.unit), before, chain.error),
    )
    return [_stack(boxes), _operation("+")]


def _stack(parts: Sequence[Markup]) -> Markup:
    return element("div", *parts, class_="vgl-stack")


def _value(name: str, forward: float, backward: float, chosen: bool = False) -> Markup:
    values = element("b", number(forward)), element("span", f"∂ {number(backward)}")
    mark = " vgl-chosen" if chosen else ""
    return element("div", element("i", name), *values, class_=f"vgl-value{mark}")


def _operation(sign: str, note: str = "") -> Markup:
    below = element("small", note) if note else ""
    return element("div", element("span", sign), below, class_="vgl-operation")


def sign_legend(
    words: Text, units: Sequence[str], lines: Sequence[str], scale: Mapping[str, str]
) -> Markup:
    """What the colours of a network say: of its units, of its answer, of its lines.

    ``units`` are the colours from low to high, ``lines`` those of a negative and a positive one;
    ``scale`` names where the answers' colours begin and end (``low``, ``high``).
    """
    ramp = element("i", style=f"background:linear-gradient(90deg,{','.join(units)})")
    names = words("network.negative"), words("network.positive")
    parts = [
        (words("network.unit"), " ≤ −1 ", ramp, " ≥ 1"),
        (words("network.scale_answer"), f" {scale['low']} ", ramp, f" {scale['high']}"),
        *(
            (element("i", class_="vgl-line", style=f"background:{color}"), f" {name}")
            for name, color in zip(names, lines, strict=True)
        ),
    ]
    return element("div", *(element("span", *part) for part in parts), class_="vgl-signs")


def factor_table(words: Text, chain: ChainFactors, name: str, output: Symbols) -> Markup:
    """Layer by layer from the output back: factors, signal, gradient; then all of them together.

    ``name`` is the activation's: who cannot see the table is told whose it is.
    """
    heads = [words(f"chain.{column}") for column in _columns(chain)]
    layers = len(chain.signal)
    rows = [
        _factor_row(chain, layers, words("network.output"), _start(words, chain, output)),
        *(
            _factor_row(chain, layer, f"{layer}", _factors(words, chain, layer))
            for layer in range(layers - 1, 0, -1)
        ),
    ]
    wide = " vgl-wide" if len(heads) > 6 else ""
    look = f"vgl-points vgl-factors{wide}"
    shown = table(heads, rows, _factor_foot(words, chain), class_=look)
    label = f"{name}: {words('chain.table_title')}"
    return element("div", shown, class_="vgl-scroll", tabindex=0, role="region", aria_label=label)


def _columns(chain: ChainFactors) -> list[str]:
    """A norm has a column more; so has a skip: what comes to a layer from both ways."""
    ways = ["weights"] if chain.ways is None else ["weights_skip", "error"]
    norm = ["signal"] if chain.norm is None else ["norm", "signal_norm"]
    return ["layer", *ways, "activation", *norm, "inputs", "gradient"]


def _start(words: Text, chain: ChainFactors, output: Symbols) -> list[Markup]:
    """What the output's signal is the mean of; if its slope does not cancel, the two factors."""
    before = 1 + (chain.ways is not None)  # columns
    after = chain.norm is not None
    if chain.answer is None:
        start = words("chain.start", delta=output.plain_delta)
        return [element("td", start, colspan=before + 1 + after, class_="vgl-quiet")]
    sign, error = output.plain_factors
    start = words("chain.start", delta=error)
    told = f"{start} = {number(chain.answer.error)}"
    error_cell = element("td", told, colspan=before if before > 1 else None, class_="vgl-quiet")
    slope = _slope(words, chain.answer.slope, chain.answer.plain_slope, f"{sign} ")
    return [error_cell, slope, *[element("td")] * after]


def _factors(words: Text, chain: ChainFactors, layer: int) -> list[Markup]:
    """What a layer's signal has been multiplied by since the layer after it."""
    place = layer - 1
    cells = [_way(chain, layer)]
    if chain.ways is not None:
        cells.append(element("td", number(chain.error[place])))
    cells.append(_slope(words, chain.activation[place], chain.plain_slope[place]))
    if chain.norm is not None:
        cells.append(_times(chain.norm[place]))
    return cells


def _times(factor: float, digits: int = 2) -> Markup:
    return element("td", TIMES, number(factor, digits))


def _way(chain: ChainFactors, layer: int) -> Markup:
    """The factor of the weights; of a layer that a skip leads past, of both ways, with a bar."""
    ways = chain.ways
    if ways is None or not ways.there[layer - 1]:
        return _times(chain.weights[layer - 1])
    past, through = float(ways.past[layer - 1]), float(ways.through[layer - 1])
    sign = "−" if through < 0 else "+"
    figures = f"{TIMES}({number(past)} {sign} {number(abs(through))})"
    if not math.isfinite(past):
        return element("td", figures)
    share = abs(past) / (abs(past) + abs(through))
    return element("td", figures, element("span", class_="vgl-ways", style=f"--past:{share:.0%}"))


def _slope(words: Text, slope: float, plain_slope: float, sign: str = "") -> Markup:
    plain = words("chain.plain", value=number(plain_slope))
    return element("td", TIMES, number(slope), element("small", sign, plain))


def _factor_row(chain: ChainFactors, layer: int, head: str, factors: list[Markup]) -> Markup:
    place = layer - 1
    product, gradient = (number(each[place]) for each in (chain.product, chain.gradient))
    cells = (element("td", product), _times(chain.inputs[place]), element("td", gradient))
    return element("tr", element("th", head, scope="row"), *factors, *cells)


def _factor_foot(words: Text, chain: ChainFactors) -> str:
    """The first layer over the last one, column by column; nothing where there is no ratio."""
    found = damage(chain)
    if not math.isfinite(found.ratio):
        return ""
    ways = [found.weights * found.skip, found.activation]
    cells = [_times(each) for each in ways]
    if chain.ways is not None:
        cells.insert(1, element("td"))
    if chain.norm is not None:
        cells.append(_times(found.norm))
    cells += [_times(each, 3) for each in (found.signal, found.inputs, found.ratio)]
    head = element("th", words("chain.first_last"), scope="row")
    return element("tfoot", element("tr", head, *cells))


def chain_formula(chain: WeightChain, layer: int, output: Symbols | None) -> str:
    """The gradient of one weight in LaTeX, symbols first, then this weight's numbers.

    In the output layer, written as ``output`` says, also what slope and error are, and their
    product: whether the one cancels against the other.
    """
    if chain.norm is not None:
        return _norm_formula(chain, chain.norm, layer)
    i, j = chain.source, chain.unit
    x = f"h_{{{layer - 1}}}[{i}]" if layer > 1 else f"x[{i}]"
    if output:
        symbols = [
            (output.unit_slope, r"\frac{\partial L}{\partial p}"),
            (_factor(output.slope), _factor(output.error)),
            (_factor(output.delta),),
        ]
    else:
        slope = rf"\varphi'(z_{{{layer}}}[{j}])"
        symbols = [(slope, rf"\frac{{\partial L}}{{\partial h_{{{layer}}}[{j}]}}")]
    lines = [r" \cdot ".join((x, *each)) for each in symbols]
    lines.append(r" \times ".join(map(_bracketed, (chain.x, chain.slope, chain.error))))
    lines.append(latex(chain.gradient))
    equal = r" \\ &= ".join(dict.fromkeys(lines))
    weight = rf"\frac{{\partial L}}{{\partial W_{{{layer}}}[{i},{j}]}}"
    return rf"\begin{{aligned}}{weight} &= {equal}\end{{aligned}}"


def _norm_formula(chain: WeightChain, link: NormLink, layer: int) -> str:
    """The same where the layer is normalised, in three lines: to z, through the norm, to W."""
    i, j = chain.source, chain.unit
    x = f"h_{{{layer - 1}}}[{i}]" if layer > 1 else f"x[{i}]"
    g = link.scale * link.error
    factors = r" \times ".join(map(_bracketed, (link.scale, chain.slope, chain.error)))
    along = rf"{_bracketed(link.x)} \times {_bracketed(link.mean_gx)}"
    given = rf"\frac{{\partial L}}{{\partial s_{{{layer}}}[{j}]}}"
    lines = [
        rf"g &= \gamma \cdot \varphi'(z_{{{layer}}}[{j}]) \cdot "
        rf"\frac{{\partial L}}{{\partial h_{{{layer}}}[{j}]}}",
        rf"&= {factors} = {latex(g)}",
        rf"{given} &= \frac{{1}}{{\sqrt{{v + \varepsilon}}}} "
        r"\left(g - \overline{g} - \hat{x} \, \overline{g \hat{x}}\right)",
        rf"&= {latex(link.inverse)} \times ({latex(g)} - {_bracketed(link.mean_g)}",
        rf"&\quad {{}} - {along})",  # a telephone is no wider
        rf"&= {latex(chain.delta)}",
        rf"\frac{{\partial L}}{{\partial W_{{{layer}}}[{i},{j}]}} &= {x} \cdot {given}",
        rf"&= {_bracketed(chain.x)} \times {_bracketed(chain.delta)}",
        rf"&= {latex(chain.gradient)}",
    ]
    return r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}"


def skip_formula(chain: WeightChain, link: SkipLink, layer: int) -> str:
    """How the error of a layer comes both ways, past the one after it and through it, in LaTeX."""
    past = math.nan if link.past is None else link.past
    here, behind = (rf"\frac{{\partial L}}{{\partial h_{{{at}}}}}" for at in (layer, layer + 1))
    own = here.replace(f"h_{{{layer}}}", f"h_{{{layer}}}[{chain.unit}]")
    slope = rf"\frac{{\partial\, \varphi(z_{{{layer + 1}}})}}{{\partial h_{{{layer}}}}}"
    through = latex(abs(link.through))
    sign = "-" if link.through < 0 else "+"
    return (
        rf"\begin{{aligned}}{here} &= {behind} \left(1 + {slope}\right) \\ "
        rf"{own} &= {latex(past)} {sign} {through} = {latex(chain.error)}\end{{aligned}}"
    )


def _factor(symbols: str) -> str:
    """Symbols to be multiplied by others: a difference goes into brackets."""
    outside = re.sub(r"[({].*[)}]", "", symbols)
    return f"({symbols})" if "-" in outside else symbols


def product_formula(chain: ChainFactors, layer: int, output: Symbols) -> str:
    """How the output's signal becomes that of a hidden layer, in LaTeX with its numbers."""
    given = "z" if chain.norm is None else "s"
    symbol = rf"\overline{{|\partial L / \partial {given}_{{{layer}}}|}}"
    if chain.answer is None:
        start = rf"\overline{{\left|{output.delta}\right|}}"
        begin = rf"{latex(chain.signal[-1])} \times"
    else:
        start = rf"\overline{{\left|{output.error}\right|}} \, \langle|{output.unit_slope}|\rangle"
        begin = rf"{latex(chain.answer.error)} \times {latex(chain.answer.slope)} \\ & \times"
    return (
        rf"\begin{{aligned}}{symbol} &= {start} \; {_factor_symbols(chain, layer)} \\ &= {begin} "
        rf"{_factor_figures(chain, layer)} \\ &= {latex(chain.product[layer - 1])}\end{{aligned}}"
    )


def _factor_symbols(chain: ChainFactors, layer: int) -> str:
    """What is multiplied to get to a layer, layer by layer; all written alike, as one product."""
    if chain.ways is None:
        norm = "" if chain.norm is None else r" \, \nu_k"
        every = rf"\prod_{{k={layer}}}^{{{len(chain.weights)}}}"
        return rf"{every} r_k \, \langle|\varphi'(z_k)|\rangle{norm}"
    written = {
        "weights": lambda at: f"r_{{{at}}}",
        "skip": lambda at: rf"(\pi_{{{at}}} + \tau_{{{at}}})",
        "activation": lambda at: rf"\langle|\varphi'(z_{{{at}}})|\rangle",
        "norm": lambda at: rf"\nu_{{{at}}}",
    }
    groups = [
        r" \, ".join(written[each.by](each.layer) for each in group)
        for group in _groups(chain.path(layer))
    ]
    return r" \, ".join(_shortened(groups))


def _factor_figures(chain: ChainFactors, layer: int) -> str:
    """The same in numbers."""
    groups = []
    for group in _groups(chain.path(layer)):
        figures = r" \cdot ".join(_figure(chain, each) for each in group)
        groups.append(f"({figures})" if len(group) > 1 else figures)
    # With a skip each on a line of its own: a telephone is no wider.
    between = r" \\ & \times " if chain.ways is not None else " "
    return between.join(_shortened(groups))


def _figure(chain: ChainFactors, factor: Factor) -> str:
    if factor.by != "skip" or chain.ways is None:
        return latex(factor.value)
    past, through = (
        float(part[factor.layer - 1]) for part in (chain.ways.past, chain.ways.through)
    )
    return rf"({latex(past)} {'-' if through < 0 else '+'} {latex(abs(through))})"


def _groups(path: Sequence[Factor]) -> list[list[Factor]]:
    """The factors of one layer together."""
    groups: list[list[Factor]] = []
    for each in path:
        if not groups or each.layer != groups[-1][0].layer:
            groups.append([])
        groups[-1].append(each)
    return groups


def _shortened(groups: list[str]) -> list[str]:
    """The first and the last of many."""
    return [groups[0], r"\cdots", groups[-1]] if len(groups) > 2 else groups


def _bracketed(value: float) -> str:
    return f"({latex(value)})" if value < 0 else latex(value)


def points_pictures(
    words: Text, task: Task, views: Sequence[PointsView], color: str, name: str, first: int = 0
) -> Markup:
    """A small picture a layer: where it puts the points, in units of their usual length.

    ``first`` is the first view's layer; 0 are the inputs.
    """
    pictures = []
    for place in _evenly(len(views), MOST_VIEWS - first):
        layer, view = first + place, views[place]
        title = words("points.input") if layer == 0 else words("points.layer", layer=layer)
        note = words("points.silent") if view.silent else words("points.spread", share=share(view))
        look = {"class_": "vgl-view", "style": f"--arm:{color}", "role": "img"}
        picture = element("div", *_dots(task, view), **look, aria_label=f"{name}, {title}: {note}")
        caption = element("figcaption", element("b", title), note)
        pictures.append(element("figure", picture, caption))
    return element("div", *pictures, class_="vgl-views")


def share(view: PointsView) -> str:
    """How far the points spread, in percent of their length; a dash if that is not known."""
    return percent(view.spread, digits=2)


def _dots(task: Task, view: PointsView) -> list[Markup]:
    dots = []
    for place, label in enumerate(task.labels.tolist()):
        left, top = (
            50 * (1 + side * c / VIEW_REACH)
            for side, c in zip((1, -1), view.coordinates[place], strict=True)
        )
        fill, ring = (RAMP[-1], RAMP[0]) if label else (RAMP[0], "#ffffff")
        look = f"left:{left:.2f}%;top:{top:.2f}%;background:{fill};border-color:{ring}"
        dots.append(element("i", title=f"{point_name(task, place)} → {label:.0f}", style=look))
    return dots


def _evenly(count: int, most: int) -> list[int]:
    """At most so many of 0 .. count - 1, first and last among them."""
    if count <= most:
        return list(range(count))
    return sorted({round(place * (count - 1) / (most - 1)) for place in range(most)})
