"""The picture of a network for a slide: what ``picture.js`` draws in the browser, as SVG."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup
from PIL import ImageColor

from components.drawing.charts.style import Style
from components.drawing.markup import element, joined
from components.drawing.network import DECADES, line_colors, unit_colors
from components.drawing.network.layout import Layout
from components.drawing.svg import Drawing, circle, line, rect, text, width_of
from components.words.numbers import number, power_of_ten, short
from models.norms import NORMS
from models.passes import Pass

WIDTH = 1800  # pixels
ROW = 44  # from one unit to the next
EDGE = 60  # beside the first and the last column
RADIUS = 20  # of the largest unit
TOP, NAMES, BARS = 50, 44, 110  # heights: of the weights' names, the layers' names, the bars
SIZE = 20  # of type
FAINT, STRONG = 0.03, 0.87  # opacity of a line that fades away, and how much more the strongest has


@dataclass(frozen=True)
class _Picture:
    """A network at the one step of a pass, as it is drawn."""

    style: Style
    place: int
    one: Pass
    point: int

    @property
    def layout(self) -> Layout:
        return Layout(self.one.experiment.sizes)

    @property
    def across(self) -> float:
        """Pixels from one column to the next."""
        return (WIDTH - 2 * EDGE) / (len(self.layout.columns) - 1)

    @property
    def radius(self) -> float:
        return min(RADIUS, self.across * 0.3)

    @property
    def middle(self) -> float:
        return TOP + self.layout.rows * ROW / 2

    @property
    def names_y(self) -> float:
        return TOP + self.layout.rows * ROW + SIZE * 1.3

    def x(self, column: float) -> float:
        """Where a column is."""
        return EDGE + column * self.across

    def units(self, layer: int) -> int:
        """How many units of a layer are drawn."""
        return self.layout.shown[layer]

    def y(self, layer: int, unit: int) -> float:
        """Where a unit is."""
        return self.middle + (unit - (self.units(layer) - 1) / 2) * ROW

    def drawn(self) -> Iterator[tuple[int, int]]:
        """Columns, but for the gap, and the layers in them."""
        return ((at, layer) for at, layer in enumerate(self.layout.columns) if layer >= 0)

    def with_lines(self) -> Iterator[tuple[int, int]]:
        """Columns whose lines come from the one before them."""
        columns = self.layout.columns
        return ((at, layer) for at, layer in self.drawn() if layer and columns[at - 1] >= 0)


def network_drawing(style: Style, place: int, one: Pass, norms: np.ndarray, point: int) -> Drawing:
    """Units with their values, lines by the weights' gradient, and each layer's gradient norm.

    Args:
        style: how it looks.
        place: of the run among those that the style has names for.
        one: the network's pass, of one step.
        norms: of each layer's weight gradient at that step.
        point: at which of the points the units show their values.
    """
    picture = _Picture(style, place, one, point)
    bars_y = picture.names_y + NAMES
    inside = [
        *_lines(picture),
        *_arcs(picture),
        *_strokes(picture),
        *_units(picture),
        *_names(picture),
        *_bars(picture, norms, bars_y),
    ]
    return Drawing(WIDTH, bars_y + BARS + 3 * SIZE, joined(inside))


def _lines(picture: _Picture) -> list[Markup]:
    """The weights, the thicker the larger their gradient is, on a log scale; strongest on top."""
    one = picture.one
    largest = max(
        float(np.abs(one.gradient(layer)[0]).max()) for layer in range(1, one.experiment.layers + 1)
    )
    if not 0 < largest < math.inf:
        return []
    drawn = []
    for column, layer in picture.with_lines():
        gradient, width = one.gradient(layer)[0], one.experiment.sizes[layer]
        for source in range(picture.units(layer - 1)):
            for unit in range(picture.units(layer)):
                for piece in range(_pieces(picture, layer)):
                    value = gradient[source, piece * width + unit]
                    if value:
                        ends = _ends(picture, column, layer, source, unit, piece)
                        drawn.append((1 + math.log10(abs(value) / largest) / DECADES, value, ends))
    negative, positive = line_colors(picture.style)
    return [
        line(
            **ends,
            stroke=negative if value < 0 else positive,
            stroke_width=0.5 + 4.5 * max(size, 0.0),
            stroke_opacity=FAINT + STRONG * max(size, 0.0),
        )
        for size, value, ends in sorted(drawn, key=lambda each: each[0])
    ]


def _pieces(picture: _Picture, layer: int) -> int:
    """Weight sets of a layer's units."""
    experiment = picture.one.experiment
    return experiment.phi.pieces if layer <= experiment.depth else 1


def _ends(
    picture: _Picture, column: int, layer: int, source: int, unit: int, piece: int
) -> dict[str, float]:
    """A line's ends; the two sets of a Maxout unit arrive at its upper and at its lower half."""
    sets = _pieces(picture, layer)
    port = picture.radius * 0.5 * (2 * piece - 1) if sets > 1 else 0.0
    return {
        "x1": picture.x(column - 1),
        "y1": picture.y(layer - 1, source),
        "x2": picture.x(column),
        "y2": picture.y(layer, unit) + port,
    }


def _arcs(picture: _Picture) -> list[Markup]:
    """The ways past layers, the thicker the more of the error goes there, over all points."""
    shape, style, parts = picture.one.experiment.shape, picture.style, []
    passing = {  # by layer, counted from 1, of each unit
        at + 1: np.abs(error[0]).mean(axis=0)
        for at, error in enumerate(picture.one.errors)
        if shape.is_skipped(at)
    }
    largest = max((errors.max() for errors in passing.values()), default=0.0)
    for column, layer in picture.with_lines() if 0 < largest < math.inf else ():
        for unit, error in enumerate(passing.get(layer, [])[: picture.units(layer)]):
            if error:
                size = max(1 + math.log10(error / largest) / DECADES, 0.0)
                look = {"fill": "none", "stroke_opacity": 0.15 + 0.6 * size}
                look |= {"d": _bridge(picture, column, layer, unit)}
                for color, wide in ((style.paper, 3.8), (style.ink, 0.8)):
                    width = wide + 2.2 * size
                    parts.append(element("path", stroke=color, stroke_width=width, **look))
    return parts


def _bridge(picture: _Picture, column: int, layer: int, unit: int) -> str:
    """An arc's path, from one unit to the one beside it, above the straight line."""
    out = picture.radius * math.sqrt(0.5)
    peak = out + 2 * (max(ROW / 2, out) - out)  # of the curve's control: it is reached halfway
    x, y = picture.x(column - 0.5), picture.y(layer, unit)
    half = picture.across / 2 - out
    return f"M{x - half:.1f} {y - out:.1f}q{half:.1f} {out - peak:.1f} {2 * half:.1f} 0"


def _strokes(picture: _Picture) -> list[Markup]:
    """Where a norm stands: before each unit whose points it compares, or before all of a layer."""
    experiment = picture.one.experiment
    if experiment.norm not in NORMS:
        return []
    parts, radius = [], picture.radius
    for column, layer in picture.drawn():
        if not 0 < layer <= experiment.depth:
            continue
        x, last = picture.x(column) - 1.35 * radius, picture.units(layer) - 1
        apart = NORMS[experiment.norm].over_points
        spans = [(unit, unit) for unit in range(last + 1)] if apart else [(0, last)]
        over = radius * (0.5 if apart else 0.7)
        parts += [
            line(x1=x, x2=x, y1=picture.y(layer, low) - over, y2=picture.y(layer, high) + over,
                 stroke=picture.style.ink, stroke_width=3, stroke_linecap="round")
            for low, high in spans
        ]  # fmt: skip
    return parts


def _units(picture: _Picture) -> list[Markup]:
    """Circles in the colour of their value at the point, which stands in them."""
    style, one, parts = picture.style, picture.one, []
    depth, radius = one.experiment.depth, picture.radius
    low, high = one.experiment.output_layer.targets
    for column, layer in picture.drawn():
        values = one.inputs[layer] if layer <= depth else one.answers
        for unit in range(picture.units(layer)):
            value = float(values[0, picture.point, unit])
            x, y = picture.x(column), picture.y(layer, unit)
            share = value if layer <= depth else (2 * value - low - high) / (high - low)
            color = _tint(unit_colors(style), share)
            parts.append(circle(cx=x, cy=y, r=radius, fill=color, stroke=style.quiet,
                                stroke_width=1.5))  # fmt: skip
            written = short(value)
            size = min(SIZE * 0.8, 1.75 * radius / width_of(written, 1.0))
            parts.append(text(x, y + size * 0.36, size, style.ink, written, text_anchor="middle"))
    return parts


def _tint(stops: tuple[str, str, str], value: float) -> str:
    """A colour between three stops at -1, 0 and 1."""
    place = 0.0 if math.isnan(value) else max(-1.0, min(value, 1.0))
    low, high = (stops[1], stops[2]) if place > 0 else (stops[1], stops[0])
    channels = zip(ImageColor.getrgb(low), ImageColor.getrgb(high), strict=True)
    mixed = (round(a + (b - a) * abs(place)) for a, b in channels)
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def _names(picture: _Picture) -> list[Markup]:
    """Names of the layers below and of the weights above, and the dots of those left out."""
    words, ink = picture.style.words, picture.style.ink
    depth = picture.one.experiment.depth
    parts: list[Markup] = []
    hidden = words("network.hidden", layer=depth)
    long = width_of(hidden, SIZE) < picture.across - 8
    for column, layer in picture.drawn():
        if layer == 0:
            said = words("network.input")
        elif layer > depth:
            said = words("network.output")
        else:
            said = words("network.hidden", layer=layer) if long else f"{layer}"
        parts.append(_centred(picture, column, picture.names_y, said, ink))
    for column, layer in picture.with_lines():
        parts.append(_centred(picture, column - 0.5, TOP - 0.8 * SIZE, f"W{layer}", ink))
    if -1 in picture.layout.columns:
        gap = picture.layout.columns.index(-1)
        parts.append(_centred(picture, gap, picture.middle, "···", picture.style.quiet, 2 * SIZE))
    return parts


def _centred(
    picture: _Picture, column: float, y: float, said: str, ink: str, size: float = SIZE
) -> Markup:
    return text(picture.x(column), y, size, ink, said, text_anchor="middle")


def _bars(picture: _Picture, norms: np.ndarray, top: float) -> list[Markup]:
    """Each layer's gradient norm below its lines, on a log scale, with its value."""
    style, words = picture.style, picture.style.words
    logs = [math.log10(norm) for norm in norms if 0 < norm < math.inf]
    parts = [text(0, top, SIZE, style.ink, words("network.norms"))]
    if not logs:
        return parts
    low, high = math.floor(min(logs) - 0.3), math.ceil(max(logs))
    bottom, thick = top + 1.6 * SIZE + BARS, min(0.6 * picture.across, 90)

    def height(norm: float) -> float:
        return (math.log10(norm) - low) / (high - low) * BARS

    for power in (low, high):
        y = bottom - (power - low) / (high - low) * BARS
        parts.append(line(x1=EDGE, x2=WIDTH - EDGE, y1=y, y2=y, stroke=style.quiet,
                          stroke_opacity=0.4, stroke_width=1))  # fmt: skip
        parts.append(text(EDGE - 8, y + SIZE * 0.3, SIZE * 0.9, style.ink, power_of_ten(power),
                          text_anchor="end"))  # fmt: skip
    for column, layer in picture.with_lines():
        norm, x = norms[layer - 1], picture.x(column - 0.5)
        if 0 < norm < math.inf:
            tall = max(height(norm), 1.5)
            parts.append(rect(x=x - thick / 2, y=bottom - tall, width=thick, height=tall,
                              fill=style.colors[picture.place]))  # fmt: skip
        said = number(norm)
        size = min(SIZE * 0.9, (picture.across - 8) / width_of(said, 1.0))
        parts.append(text(x, bottom + 1.2 * SIZE, size, style.ink, said, text_anchor="middle"))
    return parts
