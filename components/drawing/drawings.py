"""What is drawn as HTML rather than as a chart: the blackboard's graph, tables, small pictures."""

import html
import math
import re
from collections.abc import Mapping, Sequence

from components.drawing.charts.style import RAMP
from components.drawing.plane import point_name
from components.words.numbers import latex, number, percent
from components.words.text import Text
from models.diagnostics import ChainFactors, PointsView, WeightChain, damage
from models.outputs import Symbols
from models.tasks import Task

MOST_VIEWS = 12  # small pictures a network
TIMES = "×\N{NO-BREAK SPACE}"  # a factor's sign stays with it
VIEW_REACH = 1.75  # from a picture's middle; a point among zeros lies furthest out, at 1.5


def chain_graph(
    words: Text, chain: WeightChain, color: str, layer: int, output: Symbols | None
) -> str:
    """The computation graph of one weight, values forward on top, gradients backward below.

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
        _value("z", chain.z, delta),
        _operation(phi, f"{phi}′ = {number(chain.slope)}"),
        _value(out, chain.h, chain.error),
    ]
    return f'<div class="vgl-graph" style="--arm:{color}">{"".join(parts)}</div>'


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
    words: Text, units: Sequence[str], lines: Sequence[str], scale: Mapping[str, str]
) -> str:
    """What the colours of a network say: of its units, of its answer, of its lines.

    ``units`` are the colours from low to high, ``lines`` those of a negative and a positive one;
    ``scale`` names where the answers' colours begin and end (``low``, ``high``).
    """
    ramp = f'<i style="background:linear-gradient(90deg,{",".join(units)})"></i>'
    names = words("network.negative"), words("network.positive")
    parts = [
        f"{words('network.unit')} ≤ −1 {ramp} ≥ 1",
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
        f'<th scope="col">{words(f"chain.{column}")}</th>'
        for column in ("layer", "weights", "activation", "signal", "inputs", "gradient")
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
    return (
        f'<div class="vgl-scroll" tabindex="0" role="region" aria-label="{label}">'
        '<table class="vgl-points vgl-factors">'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody>"
        f"{_factor_foot(words, chain)}</table></div>"
    )


def _start(words: Text, chain: ChainFactors, output: Symbols) -> str:
    """What the output's signal is the mean of; if its slope does not cancel, the two factors."""
    if chain.answer is None:
        start = words("chain.start", delta=output.plain_delta)
        return f'<td colspan="2" class="vgl-quiet">{start}</td>'
    sign, error = output.plain_factors
    start = words("chain.start", delta=error)
    error_cell = f'<td class="vgl-quiet">{start} = {number(chain.answer.error)}</td>'
    return error_cell + _slope(words, chain.answer.slope, chain.answer.plain_slope, f"{sign} ")


def _factors(words: Text, chain: ChainFactors, layer: int) -> str:
    """What a layer's signal has been multiplied by since the layer after it."""
    weights, slope = chain.weights[layer - 1], chain.activation[layer - 1]
    slopes = _slope(words, slope, chain.plain_slope[layer - 1])
    return f"<td>{TIMES}{number(weights)}</td>{slopes}"


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
    factors = "".join(
        f"<td>{TIMES}{number(each)}</td>" for each in (found.weights, found.activation)
    )
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


def _factor(symbols: str) -> str:
    """Symbols to be multiplied by others: a difference goes into brackets."""
    outside = re.sub(r"[({].*[)}]", "", symbols)
    return f"({symbols})" if "-" in outside else symbols


def product_formula(chain: ChainFactors, layer: int, output: Symbols) -> str:
    """How the output's signal becomes that of a hidden layer, in LaTeX with its numbers."""
    factors = [
        rf"({latex(weights)} \cdot {latex(slope)})"
        for weights, slope in zip(
            chain.weights[layer - 1 :][::-1], chain.activation[layer - 1 :][::-1], strict=True
        )
    ]
    if len(factors) > 2:
        factors[1:-1] = [r"\cdots"]
    depth = len(chain.weights)
    symbol = rf"\overline{{|\partial L / \partial z_{{{layer}}}|}}"
    if chain.answer is None:
        start = rf"\overline{{\left|{output.delta}\right|}}"
        begin = latex(chain.signal[-1])
    else:
        start = rf"\overline{{\left|{output.error}\right|}} \, \langle|{output.unit_slope}|\rangle"
        begin = rf"{latex(chain.answer.error)} \cdot {latex(chain.answer.slope)}"
    return (
        rf"\begin{{aligned}}{symbol} &= {start} \; \prod_{{k={layer}}}^{{{depth}}} "
        rf"r_k \, \langle|\varphi'(z_k)|\rangle \\ &= {begin} \times "
        rf"{' '.join(factors)} \\ &= {latex(chain.product[layer - 1])}\end{{aligned}}"
    )


def _bracketed(value: float) -> str:
    return f"({latex(value)})" if value < 0 else latex(value)


def points_pictures(
    words: Text, task: Task, views: Sequence[PointsView], color: str, name: str
) -> str:
    """A small picture a layer: where it puts the points, in units of their usual length."""
    pictures = []
    for layer in _evenly(len(views), MOST_VIEWS):
        view = views[layer]
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
