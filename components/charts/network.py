"""The network itself: units, weights between them, and what flows through for one point."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import altair as alt
import numpy as np
import pandas as pd

from components.charts.style import LABEL_SIZE, Style, name_tip, tip
from components.numbers import short
from models.datasets import XOR_INPUTS
from models.passes import Pass

MOST_LAYERS = 12  # hidden ones that are drawn whole; of more, the first and the last
FIRST_LAYERS, LAST_LAYERS = 5, 6
MOST_UNITS = 16
NUMBERED_UNITS = 12  # with more there is no room for the units' values
DECADES = 5.0  # a gradient so many powers of ten below the largest one fades away
LABELS_HEIGHT = 84  # pixels for the names above and below
WIDE = 700  # pixels from which on there is room for values and shapes
# How far above or below a Maxout unit's middle its weight sets arrive, in rows: within its circle.
PORT, NARROW_PORT = 0.25, 0.1

# The sign has the two hues that no activation has: violet and lime, told apart in any kind of
# colour vision. Lines are strong; units are pale enough on white, and deep enough on black, for
# the writing in them.
_LINES = {False: ("#6A3FB5", "#5B7F00"), True: ("#A98BFF", "#B7DB3C")}
_UNITS = {False: ("#B9A4E6", "#BFDB5E"), True: ("#5A43A0", "#4F6A0C")}
# Halves of a circle, as Vega writes shapes: the side of a Maxout unit whose weight set wins.
_ARCS = {"upper": "M-1,0A1,1,0,0,1,1,0", "lower": "M-1,0A1,1,0,0,0,1,0"}


@dataclass(frozen=True)
class Layout:
    """Which layers are drawn, where, and how many of their units.

    Attributes:
        depth: hidden layers of the network.
        width: units of each.
        columns: layer by its place from the left: 0 the inputs, ``depth + 1`` the output, -1 the
            gap that stands for the layers left out.
    """

    depth: int
    width: int

    @property
    def columns(self) -> list[int]:
        if self.depth <= MOST_LAYERS:
            return list(range(self.depth + 2))
        last = range(self.depth - LAST_LAYERS + 1, self.depth + 2)
        return [*range(FIRST_LAYERS + 1), -1, *last]

    @property
    def left_out(self) -> int:
        """Hidden layers that are not drawn."""
        return self.depth - sum(0 < layer <= self.depth for layer in self.columns)

    @property
    def rows(self) -> int:
        """Rows of units: at most ``MOST_UNITS``."""
        return max(2, min(self.width, MOST_UNITS)) if self.depth else 2

    def units(self, layer: int) -> int:
        """Units drawn of a layer."""
        if layer == 0:
            return len(XOR_INPUTS[0])
        return min(self.width, MOST_UNITS) if layer <= self.depth else 1

    def heights(self, layer: int) -> np.ndarray:
        """Where a layer's units stand: centred, the first on top."""
        units = self.units(layer)
        return (self.rows - 1) / 2 + (units - 1) / 2 - np.arange(units)


def line_colors(style: Style) -> tuple[str, str]:
    """A negative and a positive line's."""
    return _LINES[style.dark]


def unit_colors(style: Style) -> tuple[str, str, str]:
    """A unit's at -1 and below, at 0, and at 1 and above."""
    negative, positive = _UNITS[style.dark]
    return negative, style.paper, positive


def node_frame(one: Pass, frame: int, point: int) -> pd.DataFrame:
    """Columns ``x, y, value, shown, name, tint, half``: the drawn units at a point.

    ``tint`` in -1 .. 1 is the value, cut off there; the answer's is counted from 0.5, between the
    labels. ``half`` is the side of a Maxout unit whose weight set wins (upper, lower), of others
    ``whole``.
    """
    layout = _layout(one)
    values = [*(hidden[frame, point] for hidden in one.inputs), one.hypothesis[frame, [point]]]
    parts = []
    for x, layer in enumerate(layout.columns):
        if layer < 0:
            continue
        drawn = values[layer][: layout.units(layer)]
        symbol = "x" if layer == 0 else "p" if layer > layout.depth else f"h{layer}"
        part = pd.DataFrame({"x": float(x), "y": layout.heights(layer), "value": drawn})
        part["name"] = [f"{symbol}[{unit}]" for unit in range(1, len(drawn) + 1)]
        part["tint"] = np.clip(2 * drawn - 1 if layer > layout.depth else drawn, -1, 1)
        if layer and _pieces(one, layer) > 1:
            winners = _winners(one, frame, point, layer)[: len(drawn)]
            part["half"] = np.array(list(_ARCS))[winners]
        parts.append(part)
    nodes = pd.concat(parts, ignore_index=True)
    shown = [short(value) if layout.rows <= NUMBERED_UNITS else "" for value in nodes["value"]]
    half = nodes["half"].fillna("whole") if "half" in nodes else "whole"
    return nodes.assign(shown=shown, half=half)


def edge_frame(one: Pass, frame: int, point: int, by: str) -> pd.DataFrame:
    """The drawn weights: ``x, y, x2, y2, port, name, weight, gradient, size, negative, wins``.

    ``size`` in 0 .. 1 is the weight's share of the largest one, or with ``by="gradient"`` how many
    of ``DECADES`` powers of ten its gradient is above the smallest that is drawn. What is exactly
    zero has no line. Of a Maxout unit's two weight sets ``wins`` says which one counts at the
    point; ``port`` is 1 for the first, which arrives at its upper half, and -1 for the second.
    """
    layout = _layout(one)
    parts = [
        _edges_between(one, frame, point, layout, x)
        for x, ends in enumerate(itertools.pairwise(layout.columns))
        if min(ends) >= 0
    ]
    edges = pd.concat(parts, ignore_index=True)
    shown = edges[by].to_numpy()
    sizes = (
        _log_sizes(np.abs(shown), _largest_gradient(one, frame))
        if by == "gradient"
        else np.abs(shown) / (np.abs(shown).max() or 1.0)
    )
    edges = edges.assign(size=sizes, negative=shown < 0)[shown != 0]
    return edges.sort_values("wins", kind="stable", ignore_index=True)  # what counts is on top


def _edges_between(one: Pass, frame: int, point: int, layout: Layout, x: int) -> pd.DataFrame:
    """The weights from a column of units to the next."""
    left, right = layout.columns[x : x + 2]
    pieces, (sources, targets) = _pieces(one, right), map(layout.units, (left, right))

    def drawn(matrix: np.ndarray) -> np.ndarray:
        return matrix.reshape(len(matrix), pieces, -1)[:sources, :, :targets].astype(float)

    weight, gradient = drawn(one.weights[right - 1][frame]), drawn(one.gradient(right)[frame])
    source, piece, unit = (index.ravel() for index in np.indices(weight.shape))
    column = piece * (one.z[right - 1].shape[-1] // pieces) + unit
    return pd.DataFrame(
        {
            "x": float(x),
            "y": layout.heights(left)[source],
            "x2": float(x + 1),
            "y2": layout.heights(right)[unit],
            "port": pieces - 1 - 2 * piece,
            "name": [f"W{right}[{i}, {j}]" for i, j in zip(source + 1, column + 1, strict=True)],
            "weight": weight.ravel(),
            "gradient": gradient.ravel(),
            "wins": piece == _winners(one, frame, point, right)[unit],
        }
    )


def label_frame(one: Pass, style: Style) -> pd.DataFrame:
    """Columns ``x, place (top, middle, bottom), long, short``: names of layers and parameters."""
    layout, words = _layout(one), style.words
    columns, rows = layout.columns, []
    for x, layer in enumerate(columns):
        if layer < 0:
            gap = words("network.gap", count=layout.left_out)
            rows.append((float(x), "bottom", gap, "⋯"))
            rows.append((float(x), "middle", "⋯", "⋯"))
            continue
        name = "input" if layer == 0 else "output" if layer > layout.depth else "hidden"
        long = (
            words(f"network.{name}", layer=layer) if name == "hidden" else words(f"network.{name}")
        )
        extra = one.experiment.width - MOST_UNITS
        if name == "hidden" and extra > 0:
            long += "\n" + words("network.more_units", count=extra)
        rows.append((float(x), "bottom", long, f"{layer}" if name == "hidden" else long))
        if layer and columns[x - 1] >= 0:
            weight = one.weights[layer - 1].shape[1:]
            long = f"W{layer} [{weight[0]}, {weight[1]}]\nb{layer} [{weight[1]}]"
            rows.append((x - 0.5, "top", long, f"W{layer}"))
    return pd.DataFrame(rows, columns=["x", "place", "long", "short"])


def network_chart(style: Style, depth: int, width: int) -> alt.LayerChart:
    """From the tables ``nodes``, ``edges`` and ``labels``.

    Args:
        style: how it looks.
        depth: hidden layers of the network.
        width: units of each.
    """
    layout = Layout(depth, width)
    x, y = _places(layout)
    layers = [_edges(style, x, y), *_units(style, x, y), *_labels(style, x)]
    spacing = 29 if layout.rows <= NUMBERED_UNITS else 26
    height = LABELS_HEIGHT + max(90, spacing * layout.rows)
    return (
        alt.layer(*layers)
        .resolve_scale(color="independent", shape="independent")
        .properties(height=height)
        .configure_view(strokeWidth=0)
    )


def _places(layout: Layout) -> tuple[Callable[[str], alt.X], Callable[[str], alt.Y]]:
    """The channels for a column of places, across and down."""
    across = alt.Scale(domain=[-0.35, len(layout.columns) - 0.65], nice=False, zero=False)
    down = alt.Scale(domain=[-0.6, layout.rows - 0.4], nice=False, zero=False)
    return (
        lambda field: alt.X(field, type="quantitative", scale=across, axis=None),
        lambda field: alt.Y(field, type="quantitative", scale=down, axis=None),
    )


def _edges(style: Style, x: Callable[[str], alt.X], y: Callable[[str], alt.Y]) -> alt.Chart:
    """The weights; those of a Maxout unit that lose at the point are faint and dashed."""
    words = style.words
    sign = alt.Scale(domain=[True, False], range=list(line_colors(style)))
    return (
        alt.Chart(alt.NamedData("edges"))
        .transform_calculate(
            thickness=f"(0.3 + 2.9 * datum.size) * (width > {WIDE} ? 1 : 0.4)",
            end=f"datum.y2 + datum.port * (width > {WIDE} ? {PORT} : {NARROW_PORT})",
            strength="(0.03 + 0.87 * datum.size) * (datum.wins ? 1 : 0.4)",
        )
        .mark_rule(aria=False)
        .encode(
            x=x("x"),
            y=y("y"),
            x2=alt.X2("x2"),
            y2=alt.Y2("end"),
            color=alt.Color("negative", type="nominal", scale=sign, legend=None),
            strokeWidth=alt.StrokeWidth("thickness", type="quantitative", scale=None),
            strokeDash=alt.condition("datum.wins", alt.value([1, 0]), alt.value([3, 3])),
            opacity=alt.Opacity("strength", type="quantitative", scale=None),
            tooltip=[
                name_tip("name", words("network.weight_name")),
                tip("weight", words("network.weight"), format=".4f"),
                tip("gradient", words("network.gradient"), format=".2e"),
            ],
        )
    )


def _units(style: Style, x: Callable[[str], alt.X], y: Callable[[str], alt.Y]) -> list[alt.Chart]:
    """Circles in the colour of their value, which stands in them; of Maxout the winning half."""
    words = style.words
    nodes = alt.Chart(alt.NamedData("nodes")).encode(x=x("x"), y=y("y"))
    size = alt.expr(f"width > {WIDE} ? 740 : 90")
    circle = nodes.mark_circle(size=size, aria=False, opacity=1, color=style.paper)
    tints = alt.Scale(domain=[-1, 0, 1], range=list(unit_colors(style)), interpolate="rgb")
    fill = nodes.mark_point(size=size, aria=False, filled=True, strokeWidth=0, opacity=1).encode(
        color=alt.Color("tint", type="quantitative", scale=tints, legend=None), shape=_shape("Z")
    )
    ring = nodes.mark_point(size=size, aria=False, strokeWidth=1.5, opacity=1, color=style.quiet)
    ring = ring.encode(
        tooltip=[
            name_tip("name", words("network.unit")),
            tip("value", words("network.value"), format=".4f"),
        ]
    )
    bold = alt.expr(f"width > {WIDE} ? 2.5 : 1.5")
    arc = nodes.transform_filter("datum.half != 'whole'").mark_point(
        size=size, aria=False, strokeWidth=bold, opacity=1, color=style.ink
    )
    shown = alt.expr(f"width > {WIDE} ? 1 : 0")
    value = nodes.mark_text(aria=False, fontSize=LABEL_SIZE, color=style.ink, opacity=shown)
    value = value.encode(text=alt.Text("shown", type="nominal"))
    return [circle, fill, ring, arc.encode(shape=_shape()), value]


def _shape(end: str = "") -> alt.Shape:
    """A circle, or the half of one that is named, its outline with this end."""
    shapes = {"whole": "circle"} | {half: arc + end for half, arc in _ARCS.items()}
    scale = alt.Scale(domain=list(shapes), range=list(shapes.values()))
    return alt.Shape("half", type="nominal", scale=scale, legend=None)


def _labels(style: Style, x: Callable[[str], alt.X]) -> list[alt.Chart]:
    """Names above and below, the short ones where there is little room, and the gap's dots."""
    labels = alt.Chart(alt.NamedData("labels")).encode(x=x("x"))
    named = [
        labels.transform_filter(f"datum.place == '{where}'")
        .mark_text(
            fontSize=LABEL_SIZE,
            color=style.ink,
            lineBreak="\n",
            baseline="bottom" if where == "top" else "top",
            dy=offset,
            opacity=alt.expr(f"width {'>' if text == 'long' else '<='} {WIDE} ? 1 : 0"),
        )
        .encode(
            y=alt.YValue(0 if where == "top" else "height"), text=alt.Text(text, type="nominal")
        )
        for where, offset in (("top", -22), ("bottom", 4))
        for text in ("long", "short")
    ]
    dots = labels.transform_filter("datum.place == 'middle'")
    dots = dots.mark_text(fontSize=32, color=style.quiet)
    return [*named, dots.encode(text=alt.Text("long", type="nominal"))]


def _layout(one: Pass) -> Layout:
    return Layout(one.experiment.depth, one.experiment.width)


def _pieces(one: Pass, layer: int) -> int:
    """Weight sets of each unit of a layer 1 .. L."""
    return one.experiment.phi.pieces if layer <= one.experiment.depth else 1


def _winners(one: Pass, frame: int, point: int, layer: int) -> np.ndarray:
    """[units] the piece of each unit of a layer that counts at a point."""
    return np.argmax(one.z[layer - 1][frame, point].reshape(_pieces(one, layer), -1), axis=0)


def _largest_gradient(one: Pass, frame: int) -> float:
    """Of all weights, also those that are not drawn."""
    layers = range(1, one.experiment.layers + 1)
    return max(float(np.abs(one.gradient(layer)[frame]).max()) for layer in layers)


def _log_sizes(gradients: np.ndarray, top: float) -> np.ndarray:
    if not top:
        return np.zeros_like(gradients)
    with np.errstate(divide="ignore"):
        return np.clip(1 + np.log10(gradients / top) / DECADES, 0, 1)
