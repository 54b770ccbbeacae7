"""What is drawn as HTML rather than as a chart: the blackboard's graph, tables, small pictures."""

import html
import math
import re
from collections.abc import Mapping, Sequence

from components.drawing.charts.style import RAMP
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
) -> str:
    """The computation graph of one weight, values forward on top, gradients backward below.

    ``norm`` is the name of the layer's normalisation, where it has one.

    ``output`` says how the output layer is written; None in a hidden layer.
    """
    x = f"h<sub>{layer - 1}</sub>[{chain.source}]" if layer > 1 else f"x[{chain.source}]"
    out = "p" if output else f"h<sub>{layer}</sub>[{chain.unit}]"
    phi = output.unit if output else "φ"
    product, delta = chain.x * chain.w, chain.delta
    inputs = (
        _value(x, chain.x, chain.w * delta),
        _value(f"W<sub>{layer}</sub>[{chain.source}, {chain.unit}]", chain.w, chain.gradient, True),
    )
    addends = (
        _value(words("chain.rest"), chain.rest, delta),
        _value(f"b<sub>{layer}</sub>[{chain.unit}]", chain.b, delta),
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
    return f'<div class="vgl-graph" style="--arm:{color}">{"".join(parts)}</div>'


def _normalised(chain: WeightChain, name: str) -> list[str]:
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


def _added(chain: WeightChain, layer: int) -> list[str]:
    """What a skip adds to what the activation makes; nothing where it adds nothing."""
    if chain.skip is None or chain.skip.before is None:
        return []
    before = chain.skip.before
    boxes = (
        _value("φ(z)", chain.h - before, chain.error),
        _value(f"h<sub>{layer - 1}</sub>[{chain.unit}]", before, chain.error),
    )
    return [_stack(boxes), _operation("+")]


def _stack(parts: Sequence[str]) -> str:
    return f'<div class="vgl-stack">{"".join(parts)}</div>'


def _value(name: str, forward: float, backward: float, chosen: bool = False) -> str:
    mark = " vgl-chosen" if chosen else ""
    return (
        f'<div class="vgl-value{mark}"><i>{name}</i><b>{number(forward)}</b>'
        f"<span>∂ {number(backward)}</span></div>"
    )


def _operation(sign: str, note: str = "") -> str:
    below = f"<small>{note}</small>" if note else ""
    return f'<div class="vgl-operation"><span>{sign}</span>{below}</div>'


def sign_legend(
    words: Text,
    units: Sequence[str],
    lines: Sequence[str],
    scale: Mapping[str, str],
    reach: Sequence[float],
) -> str:
    """What the colours of a network say: of its units, of its answer, of its lines.

    ``units`` are the colours from low to high, ``lines`` those of a negative and a positive one;
    ``scale`` names where the answers' colours begin and end (``low``, ``high``), ``reach`` has the
    value at which the units' do, of each network.
    """
    ends = " · ".join(dict.fromkeys(f"±{number(each, 1)}" for each in reach))
    ramp = f'<i style="background:linear-gradient(90deg,{",".join(units)})"></i>'
    names = words("network.negative"), words("network.positive")
    parts = [
        f"{words('network.unit')} {ramp} {ends}",
        f"{words('network.scale_answer')} {scale['low']} {ramp} {scale['high']}",
        *(
            f'<i class="vgl-line" style="background:{color}"></i> {name}'
            for name, color in zip(names, lines, strict=True)
        ),
    ]
    return f'<div class="vgl-signs">{"".join(f"<span>{part}</span>" for part in parts)}</div>'


def factor_table(words: Text, chain: ChainFactors, name: str, output: Symbols) -> str:
    """Layer by layer from the output back: factors, signal, gradient; then all of them together.

    ``name`` is the activation's: who cannot see the table is told whose it is.
    """
    heads = "".join(
        f'<th scope="col">{words(f"chain.{column}")}</th>' for column in _columns(chain)
    )
    layers = len(chain.signal)
    label = html.escape(f"{name}: {words('chain.table_title')}", quote=True)
    rows = [
        _factor_row(chain, layers, words("network.output"), _start(words, chain, output)),
        *(
            _factor_row(chain, layer, f"{layer}", _factors(words, chain, layer))
            for layer in range(layers - 1, 0, -1)
        ),
    ]
    wide = " vgl-wide" if len(_columns(chain)) > 6 else ""
    return (
        f'<div class="vgl-scroll" tabindex="0" role="region" aria-label="{label}">'
        f'<table class="vgl-points vgl-factors{wide}">'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody>"
        f"{_factor_foot(words, chain)}</table></div>"
    )


def _columns(chain: ChainFactors) -> list[str]:
    """A norm has a column more; so has a skip: what comes to a layer from both ways."""
    ways = ["weights"] if chain.ways is None else ["weights_skip", "error"]
    norm = ["signal"] if chain.norm is None else ["norm", "signal_norm"]
    return ["layer", *ways, "activation", *norm, "inputs", "gradient"]


def _start(words: Text, chain: ChainFactors, output: Symbols) -> str:
    """What the output's signal is the mean of; if its slope does not cancel, the two factors."""
    before = 1 + (chain.ways is not None)  # columns
    after = chain.norm is not None
    if chain.answer is None:
        start = words("chain.start", delta=output.plain_delta)
        return f'<td colspan="{before + 1 + after}" class="vgl-quiet">{start}</td>'
    sign, error = output.plain_factors
    start = words("chain.start", delta=error)
    span = f' colspan="{before}"' if before > 1 else ""
    error_cell = f'<td{span} class="vgl-quiet">{start} = {number(chain.answer.error)}</td>'
    slope = _slope(words, chain.answer.slope, chain.answer.plain_slope, f"{sign} ")
    return error_cell + slope + "<td></td>" * after


def _factors(words: Text, chain: ChainFactors, layer: int) -> str:
    """What a layer's signal has been multiplied by since the layer after it."""
    place = layer - 1
    cells = [_way(chain, layer)]
    if chain.ways is not None:
        cells.append(f"<td>{number(chain.error[place])}</td>")
    cells.append(_slope(words, chain.activation[place], chain.plain_slope[place]))
    if chain.norm is not None:
        cells.append(f"<td>{TIMES}{number(chain.norm[place])}</td>")
    return "".join(cells)


def _way(chain: ChainFactors, layer: int) -> str:
    """The factor of the weights; of a layer that a skip leads past, of both ways, with a bar."""
    ways = chain.ways
    if ways is None or not ways.there[layer - 1]:
        return f"<td>{TIMES}{number(chain.weights[layer - 1])}</td>"
    past, through = float(ways.past[layer - 1]), float(ways.through[layer - 1])
    sign = "−" if through < 0 else "+"
    figures = f"{TIMES}({number(past)} {sign} {number(abs(through))})"
    if not math.isfinite(past):
        return f"<td>{figures}</td>"
    share = 100 * abs(past) / (abs(past) + abs(through))
    return f'<td>{figures}<span class="vgl-ways" style="--past:{share:.0f}%"></span></td>'


def _slope(words: Text, slope: float, plain_slope: float, sign: str = "") -> str:
    plain = words("chain.plain", value=number(plain_slope))
    return f"<td>{TIMES}{number(slope)}<small>{sign}{plain}</small></td>"


def _factor_row(chain: ChainFactors, layer: int, head: str, factors: str) -> str:
    place = layer - 1
    return (
        f'<tr><th scope="row">{head}</th>{factors}<td>{number(chain.product[place])}</td>'
        f"<td>{TIMES}{number(chain.inputs[place])}</td><td>{number(chain.gradient[place])}</td></tr>"
    )


def _factor_foot(words: Text, chain: ChainFactors) -> str:
    """The first layer over the last one, column by column; nothing where there is no ratio."""
    found = damage(chain)
    if not math.isfinite(found.ratio):
        return ""
    ways = [found.weights * found.skip, found.activation]
    cells = [f"<td>{TIMES}{number(each)}</td>" for each in ways]
    if chain.ways is not None:
        cells.insert(1, "<td></td>")
    if chain.norm is not None:
        cells.append(f"<td>{TIMES}{number(found.norm)}</td>")
    factors = "".join(cells)
    others = "".join(
        f"<td>{TIMES}{number(each, 3)}</td>" for each in (found.signal, found.inputs, found.ratio)
    )
    head = f'<th scope="row">{words("chain.first_last")}</th>'
    return f"<tfoot><tr>{head}{factors}{others}</tr></tfoot>"


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
) -> str:
    """A small picture a layer: where it puts the points, in units of their usual length.

    ``first`` is the first view's layer; 0 are the inputs.
    """
    pictures = []
    for place in _evenly(len(views), MOST_VIEWS - first):
        layer, view = first + place, views[place]
        title = words("points.input") if layer == 0 else words("points.layer", layer=layer)
        note = words("points.silent") if view.silent else words("points.spread", share=share(view))
        alt = html.escape(f"{name}, {title}: {note}", quote=True)
        pictures.append(
            f'<figure><div class="vgl-view" style="--arm:{color}" role="img" aria-label="{alt}">'
            f"{''.join(_dots(task, view))}</div>"
            f"<figcaption><b>{title}</b>{note}</figcaption></figure>"
        )
    return f'<div class="vgl-views">{"".join(pictures)}</div>'


def share(view: PointsView) -> str:
    """How far the points spread, in percent of their length; a dash if that is not known."""
    return percent(view.spread, digits=2)


def _dots(task: Task, view: PointsView) -> list[str]:
    dots = []
    for place, label in enumerate(task.labels.tolist()):
        left, top = (
            50 * (1 + side * c / VIEW_REACH)
            for side, c in zip((1, -1), view.coordinates[place], strict=True)
        )
        fill, ring = (RAMP[-1], RAMP[0]) if label else (RAMP[0], "#ffffff")
        dots.append(
            f'<i title="{point_name(task, place)} → {label:.0f}" '
            f'style="left:{left:.2f}%;top:{top:.2f}%;background:{fill};border-color:{ring}"></i>'
        )
    return dots


def _evenly(count: int, most: int) -> list[int]:
    """At most so many of 0 .. count - 1, first and last among them."""
    if count <= most:
        return list(range(count))
    return sorted({round(place * (count - 1) / (most - 1)) for place in range(most)})
