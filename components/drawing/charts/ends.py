"""Names where lines end, in place of a legend."""

import json
import re
from collections.abc import Sequence
from unicodedata import east_asian_width

import altair as alt
import numpy as np

from components.drawing.charts.style import LABEL_SIZE, Style

NAME_WIDTH = 105  # pixels that the longest name may take from its plot
NAME_HEIGHT = 16  # pixels from one name to the next
PLOT_HEIGHT = 265  # of a chart with an axis and its title below it
LONG = 12  # Latin letters above which a name has two lines, if it has parts
MARGIN = 7  # pixels between a name and what it names, and half of its height


def end_names(lines: alt.Chart, style: Style, along: str, height: str) -> alt.Chart:
    """Each run's name to the right of the plot, level with its line's last value.

    Args:
        lines: rows with ``arm``, and the columns below.
        style: how it looks.
        along: the column from left to right.
        height: the column on the shared vertical scale ``y``.
    """
    last = (
        lines.transform_filter(f"isValid(datum.{height})")
        .transform_joinaggregate(end=f"max({along})", groupby=["arm"])
        .transform_filter(f"datum.{along} == datum.end")
    )
    broken = {name: broken_name(name) for name in style.names}
    rows = max(len(lines) for lines in broken.values())
    pair = last.transform_joinaggregate(
        lowest=f"min({height})", highest=f"max({height})", names="count()"
    ).transform_calculate(
        side=_side(style, height), name=f"{json.dumps(broken, ensure_ascii=False)}[datum.arm]"
    )
    return pair.mark_text(
        align="left",
        baseline="middle",
        fontSize=LABEL_SIZE,
        fontWeight=600,
        tooltip=None,
        limit=NAME_WIDTH,
    ).encode(
        x=alt.value(alt.expr(f"width + {MARGIN * style.scale}")),
        y=alt.value(alt.expr(_level(style.scale, rows))),
        text=alt.Text("name", type="nominal"),
        color=style.color(),
    )


def _side(style: Style, height: str) -> str:
    """A Vega expression: -1 for the upper one of two names, 1 for the lower one, 0 for one."""
    first = f"indexof({json.dumps(style.names)}, datum.arm) == 0"
    upper = f"datum.lowest == datum.highest ? {first} : datum.{height} == datum.highest"
    return f"datum.names < 2 ? 0 : ({upper}) ? -1 : 1"


def broken_name(name: str) -> list[str]:
    """A name's lines: two of a long one that has parts, broken as near to its middle as can be."""
    breaks = [match.end() for match in re.finditer(r", | (?=\+ )", name)]
    wide = sum(east_asian_width(letter) in "WF" for letter in name)  # as two
    if len(name) + wide <= LONG or not breaks:
        return [name]
    middle = min(breaks, key=lambda place: abs(2 * place - len(name)))
    return [name[:middle].rstrip(), name[middle:]]


def _level(scale: float, rows: int) -> str:
    """A Vega expression: where a name stands; two that would meet move apart, all stay inside.

    ``rows``: lines of the longest name.
    """
    margin, apart = MARGIN * scale * rows, NAME_HEIGHT * scale * rows
    within = f"{margin}, height - {margin}"
    low = f"clamp(scale('y', datum.lowest), {within})"
    high = f"clamp(scale('y', datum.highest), {within})"
    half = f"(datum.names < 2 ? 0 : max({low} - {high}, {apart}) / 2)"
    middle = f"clamp(({low} + {high}) / 2, {half} + {margin}, height - {half} - {margin})"
    return f"{middle} + datum.side * {half}"


def apart(levels: Sequence[float], low: float, high: float) -> np.ndarray:
    """Where names stand beside many lines' ends, so that none covers another: from 0, the lowest.

    Args:
        levels: where the lines end, on a scale from ``low`` to ``high``.
        low: the bottom of the plot.
        high: its top.

    Returns:
        Shares of the height, from the bottom, in the order of ``levels``: each as near to its line
        as its neighbours let it (pools of adjacent names move together, each centred).
    """
    wanted = (np.asarray(levels, float) - low) / (high - low) * PLOT_HEIGHT
    order = np.argsort(wanted, kind="stable")
    pools: list[tuple[float, int]] = []  # sum of what the bottom name would like, names
    for rank in order:
        pools.append((float(wanted[rank]), 1))
        while len(pools) > 1 and _top(pools[-2]) > pools[-1][0] / pools[-1][1]:
            total, count = pools.pop()
            below, names = pools.pop()
            pools.append((below + total - count * names * NAME_HEIGHT, names + count))
    places = np.array(
        [total / count + NAME_HEIGHT * rank for total, count in pools for rank in range(count)]
    )
    # Inside the plot: pressed up from the bottom, then down from the top.
    steps = NAME_HEIGHT * np.arange(len(places))
    places = np.maximum(places, MARGIN + steps)
    places = np.minimum(places, PLOT_HEIGHT - MARGIN - steps[::-1])
    result = np.empty(len(places))
    result[order] = places / PLOT_HEIGHT
    return result


def _top(pool: tuple[float, int]) -> float:
    """Where the next name above a pool may stand."""
    return pool[0] / pool[1] + pool[1] * NAME_HEIGHT
