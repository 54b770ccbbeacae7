"""Heat maps of a network's layers over the steps, both runs on one colour scale."""

import math
from collections.abc import Callable, Sequence

import altair as alt
import numpy as np
import pandas as pd

from components.drawing.charts.style import (
    LABEL_SIZE,
    RAMP,
    Style,
    axis,
    name_tip,
    power_of_ten_labels,
    steps_scale,
    tip,
)
from models.diagnostics import Health

MEASURES = ("gradient", "saturated", "dead", "update", "spread")
SHARES = ("saturated", "dead")  # on a scale from none to all
NORM_MEASURES = ("deviation", "scale")  # of layers that are normalised
HIDDEN = (*SHARES, *NORM_MEASURES)  # the output layer has none of these
GUIDE = -3.0  # log10 of the update's share of the weights that is held to be healthy
HIGHEST_LOG = 3.0  # beyond it a network is diverging: one colour, or it would squash all others
MOST_CELLS = 600  # of one heat map: five of them are to open within a blink
HEADING = 0.22  # of a block's usual height: the room above it for its name
MOST_NUMBERS = 5  # of a block's layers
MOST_LABELS = 14  # rows of all blocks that would have room for a number each


def measures_of(healths: Sequence[Health]) -> tuple[str, ...]:
    """What there are maps of: a norm's own measures if a run has one."""
    normalised = any(np.isfinite(health.scale).any() for health in healths)
    return MEASURES + NORM_MEASURES if normalised else MEASURES


def cell_frame(healths: Sequence[Health], measure: str, style: Style) -> pd.DataFrame:
    """Columns ``arm, layer, step, left, right, low, high, value, log``: a row a cell that is known.

    A cell reaches halfway to its neighbours in time. ``log`` is what is coloured: log10 of the
    value, at most ``HIGHEST_LOG``; for shares the value itself. Cells whose log is minus infinity
    (exactly zero) are left out. The first run's block is on top, layer 1 at the bottom of each.
    """
    parts = []
    rows = rows_of(healths, measure)
    runs = zip(style.names, healths, rows, _bases(rows), strict=True)
    for name, health, layers, base in runs:
        drawn = _thinned(len(health.steps), sum(rows))
        steps = health.steps[drawn]
        left, right = _edges(steps)
        values = getattr(health, measure)[drawn, :layers]
        part = pd.DataFrame(
            {
                "layer": np.tile(np.arange(1, layers + 1), len(steps)),
                "step": np.repeat(steps, layers),
                "left": np.repeat(left, layers),
                "right": np.repeat(right, layers),
                "value": values.ravel(),
            }
        )
        part["low"] = base + part["layer"] - 1.0
        part["high"] = part["low"] + 1.0
        parts.append(part.assign(arm=name))
    frame = pd.concat(parts, ignore_index=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log10(frame["value"]).clip(upper=HIGHEST_LOG)
    frame["log"] = frame["value"] if measure in SHARES else logs
    return frame[np.isfinite(frame["log"])]


def rows_of(healths: Sequence[Health], measure: str) -> tuple[int, ...]:
    """Each run's layers that a measure is about: of some, the hidden ones alone."""
    return tuple(health.gradient.shape[1] - (measure in HIDDEN) for health in healths)


def guide_frame(cells: pd.DataFrame) -> pd.DataFrame:
    """Columns ``x, x2, y, y2``: the borders between cells above and below ``GUIDE``."""
    rows = []
    for _, block in cells.groupby("arm", sort=False):
        steps, columns = np.unique(block["step"], return_inverse=True)
        layers, places = np.unique(block["layer"], return_inverse=True)
        grid = np.full((len(layers), len(steps)), np.nan)
        grid[places, columns] = block["log"]
        rights, lows = np.empty(len(steps)), np.empty(len(layers))
        lefts = np.empty(len(steps))
        lefts[columns], rights[columns], lows[places] = block["left"], block["right"], block["low"]
        above, known = grid > GUIDE, np.isfinite(grid)
        # What is left out in between, zero or diverged, is no border.
        known_rows = known[1:] & known[:-1] & (np.diff(layers) == 1)[:, None]
        known_columns = known[:, 1:] & known[:, :-1] & (lefts[1:] == rights[:-1])
        level = (above[1:] != above[:-1]) & known_rows
        rows += [
            (lefts[t], rights[t], lows[row + 1], lows[row + 1]) for row, t in np.argwhere(level)
        ]
        upright = (above[:, 1:] != above[:, :-1]) & known_columns
        rows += [
            (rights[t], rights[t], lows[row], lows[row] + 1) for row, t in np.argwhere(upright)
        ]
    return pd.DataFrame(rows, columns=["x", "x2", "y", "y2"], dtype=float)


def name_frame(healths: Sequence[Health], measure: str, style: Style) -> pd.DataFrame:
    """Columns ``arm, y``: each block's name and where its upper edge is."""
    rows = rows_of(healths, measure)
    tops = [base + layers for base, layers in zip(_bases(rows), rows, strict=True)]
    return pd.DataFrame({"arm": style.names, "y": tops})


def update_domain(cells: pd.DataFrame) -> tuple[int, int]:
    """Whole powers of ten around the update's cells and ``GUIDE``, which gets the middle colour."""
    low, high = cells["log"].min(), cells["log"].max()
    return min(math.floor(low), int(GUIDE) - 1), max(math.ceil(high), int(GUIDE) + 1)


def health_chart(
    style: Style,
    measure: str,
    rows: tuple[int, ...],
    domain: tuple[int, int] | None = None,
    guide: bool = False,
) -> alt.LayerChart:
    """From the tables ``cells`` and ``names``.

    Args:
        style: how it looks.
        measure: one of ``measures_of``.
        rows: layers of each run's block.
        domain: for the update: where its colours begin and end.
        guide: whether there is also a table ``guide`` to draw.
    """
    x, y = _x(style), _y(style, rows)
    drawn = [_cells(style, measure, domain, x, y), _names(style, y)]
    if guide:
        lines = alt.Chart(alt.NamedData("guide"))
        lines = lines.mark_rule(strokeWidth=2, color="#ffffff", aria=False)
        drawn.insert(1, lines.encode(x=x("x"), x2=alt.X2("x2"), y=y("y"), y2=alt.Y2("y2")))
    return (
        alt.layer(*drawn)
        .resolve_scale(color="independent")
        .properties(height=380)
        .configure_view(strokeWidth=0)
    )


def _x(style: Style) -> Callable[[str], alt.X]:
    """The horizontal channel for a column of steps."""
    steps = axis(
        style.words("charts.step"),
        values=[0, *(unit * 10**power for power in range(6) for unit in (1, 2, 5))],
        format=",d",
        grid=False,
        labelOverlap="greedy",
        labelSeparation=12,
    )
    return lambda field: alt.X(field, type="quantitative", scale=steps_scale(), axis=steps)


def _y(style: Style, rows: Sequence[int]) -> Callable[[str], alt.Y]:
    """The vertical channel for a column of heights: each block counts its layers from 1."""
    bases = _bases(rows)
    scale = alt.Scale(domain=[0, bases[0] + rows[0] + _room(rows)], nice=False, zero=False)
    label = f"format(datum.value + 0.5 - (datum.value < {bases[0]} ? 0 : {bases[0]}), 'd')"
    numbers = axis(
        style.words("charts.layer_short"),
        values=[
            base + tick - 0.5
            for base, layers in zip(bases, rows, strict=True)
            for tick in _ticks(layers, sum(rows))
        ],
        labelExpr=label,
        labelOverlap=False,
        grid=False,
        ticks=False,
    )
    return lambda field: alt.Y(field, type="quantitative", scale=scale, axis=numbers)


def _cells(
    style: Style,
    measure: str,
    domain: tuple[int, int] | None,
    x: Callable[[str], alt.X],
    y: Callable[[str], alt.Y],
) -> alt.Chart:
    words, form = style.words, ".0%" if measure in SHARES else ".2~e"
    scale, legend = _colors(measure, domain), _legend(measure)
    return (
        alt.Chart(alt.NamedData("cells"))
        .mark_rect(aria=False, x2Offset=0.8, yOffset=0.8)  # a little over the next one: no seams
        .encode(
            x=x("left"),
            x2=alt.X2("right"),
            y=y("low"),
            y2=alt.Y2("high"),
            color=alt.Color("log", type="quantitative", scale=scale, legend=legend),
            tooltip=[
                name_tip("arm", words("charts.activation")),
                tip("layer", words("charts.layer_short")),
                tip("step", words("charts.step"), format=","),
                tip("value", words(f"health.{measure}"), format=form),
            ],
        )
    )


def _names(style: Style, y: Callable[[str], alt.Y]) -> alt.Chart:
    names = alt.Chart(alt.NamedData("names")).mark_text(
        align="left", baseline="bottom", fontSize=15, fontWeight=600, dy=-3
    )
    name = alt.Text("arm", type="nominal")
    return names.encode(x=alt.XValue(0), y=y("y"), text=name, color=style.color())


def _legend(measure: str) -> alt.Legend:
    if measure in SHARES:
        labels = {"format": ".0%", "tickCount": 3}
    elif measure in NORM_MEASURES:  # often within one power of ten
        labels = {"tickCount": 3, "labelExpr": "format(pow(10, datum.value), '.3~g')"}
    else:
        whole = "abs(datum.value - round(datum.value)) < 1e-9"
        between = "format(pow(10, datum.value), '.2~g')"  # within one power of ten
        label = f"{whole} ? {power_of_ten_labels()} : {between}"
        labels = {"format": "d", "tickCount": 5, "labelExpr": label}
    return alt.Legend(
        title=None,
        orient="top",
        direction="horizontal",
        gradientLength=220,
        gradientThickness=10,
        labelFontSize=LABEL_SIZE,
        **labels,
    )


def _colors(measure: str, domain: tuple[int, int] | None) -> alt.Scale:
    colors = {"range": list(RAMP), "interpolate": "rgb"}
    if measure in SHARES:
        return alt.Scale(domain=[0, 1], **colors)
    if domain:
        return alt.Scale(domain=[domain[0], GUIDE, domain[1]], **colors)
    return alt.Scale(zero=False, **colors)


def _room(rows: Sequence[int]) -> float:
    """The height above each block for its name."""
    return HEADING * sum(rows) / len(rows)


def _bases(rows: Sequence[int]) -> list[float]:
    """The lower edge of each block: the first one is on top."""
    return [
        float(sum(rows[place + 1 :]) + (len(rows) - 1 - place) * _room(rows))
        for place in range(len(rows))
    ]


def _ticks(layers: int, all_layers: int) -> list[int]:
    """Layers of a block that are numbered: the first, and as many more as there is room for."""
    spacing = max(math.ceil(layers / MOST_NUMBERS), math.ceil(all_layers / MOST_LABELS))
    inner = [tick for tick in range(1 + spacing, layers, spacing) if layers - tick >= spacing]
    return sorted({1, *inner, layers} if layers > spacing else {1})


def _thinned(steps: int, rows: int) -> np.ndarray:
    """Which of so many frames are drawn, the first and the last among them."""
    most = max(2, MOST_CELLS // max(rows, 1))
    return np.unique(np.linspace(0, steps - 1, min(steps, most)).round().astype(int))


def _edges(steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each step's cell: to the middle of the way to its neighbours."""
    middles = (steps[1:] + steps[:-1]) / 2
    last = steps[-1] + max(1.0, steps[-1] * 0.03)
    return np.concatenate([[0.0], middles]), np.concatenate([middles, [last]])
