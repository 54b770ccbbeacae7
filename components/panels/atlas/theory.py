"""What theory says over a map: its lines, its figures along a row, and whose they are."""

import itertools
from collections.abc import Iterator

import numpy as np
import pandas as pd
from markupsafe import Markup

from components.drawing.charts.atlas import (
    DASHES,
    THEORY,
    Mapped,
    along,
    plotted,
    theory_frame,
)
from components.drawing.markup import element
from components.panels.atlas.place import Place
from components.words.text import Text
from models.sweep.theory import Line, Prediction, predictions, theory_lines, why_no_theory

MOST = 4  # lines on one map that can be told apart


def lines_on(mapped: Mapped) -> tuple[Line, ...]:
    """The lines of theory on a map of two axes or more."""
    if len(mapped.axes) < 2:
        return ()
    lines = theory_lines(mapped.atlas.sweep, mapped.figure)
    names = list(dict.fromkeys(line.name for line in lines))[:MOST]
    return tuple(line for line in lines if line.name in names)


def theory_tables(words: Text, mapped: Mapped) -> list[pd.DataFrame]:
    """Of each panel the table ``theory``."""
    lines, panels = lines_on(mapped), mapped.shape[2]
    names = list(dict.fromkeys(line.name for line in lines))
    rows: list[list[tuple]] = [[] for _ in range(panels)]
    for line in lines:
        said = words(f"atlas.theories.{line.name}")
        drawn = [(*ends, names.index(line.name), said) for ends in _pieces(mapped, line)]
        for panel in range(panels):
            if _is_in(mapped, line, panel):
                rows[panel] += drawn
    return [theory_frame(each, mapped) for each in rows]


def _is_in(mapped: Mapped, line: Line, panel: int) -> bool:
    """Whether a line belongs to a panel: to all of them, or to that of its value."""
    return all(
        axis.name != name or axis.values[panel] == value
        for axis in mapped.axes[2:]
        for name, value in line.where
    )


def _pieces(mapped: Mapped, line: Line) -> Iterator[tuple[float, float, float, float]]:
    """A line as straight pieces ``x, y, x2, y2``: of an axis of names one across each of them."""
    axes = {axis.name: axis for axis in mapped.axes[:2]}
    across, on = axes[line.across], axes[line.along]
    places = [along(on, value) for _, value in line.points]
    if across.kind.is_number:
        stands = [along(across, value) for value, _ in line.points]
        pieces = zip(itertools.pairwise(stands), itertools.pairwise(places), strict=True)
    else:
        at = [across.values.index(value) for value, _ in line.points]
        pieces = zip([(p - 0.5, p + 0.5) for p in at], [(p, p) for p in places], strict=True)
    upright = line.along == mapped.axes[0].name
    for (one, two), (start, end) in pieces:
        yield (start, one, end, two) if upright else (one, start, two, end)


def predicted_tables(
    words: Text, mapped: Mapped, place: Place
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Columns ``at, value, name``: what theory has the figure be along a row and a column."""
    told = predictions(mapped.atlas.sweep, mapped.figure)
    x, y, panel = place
    parts: list[list[pd.DataFrame]] = [[], []]
    for each in told:
        grid = plotted(mapped.figure, np.array(each.values).reshape(mapped.shape))
        for at, values in enumerate((grid[:, y, panel], grid[x, :, panel])):
            part = pd.DataFrame({"at": np.arange(len(values)), "value": values})
            part["name"] = words(f"atlas.theories.{each.name}")
            parts[at].append(part[np.isfinite(part["value"])])
    row, column = (pd.concat(each) if each else _nothing() for each in parts)
    return row, column


def _nothing() -> pd.DataFrame:
    frame = pd.DataFrame({"at": [0], "value": [0.0], "name": [""]})
    return frame.iloc[:0]


def theory_in_words(words: Text, mapped: Mapped) -> Markup | str:
    """Whose lines these are and what they leave out; or why there is none."""
    lines: list[Line | Prediction] = [*lines_on(mapped)]
    lines += predictions(mapped.atlas.sweep, mapped.figure)
    each = {line.name: line for line in lines}
    if not each:
        why = why_no_theory(mapped.atlas.sweep, mapped.figure)
        return element("p", words(f"atlas.no_theory_{why}"), class_="vgl-quiet") if why else ""
    drawn = list(dict.fromkeys(line.name for line in lines_on(mapped)))
    items = (
        _item(words, line, drawn.index(line.name) if line.name in drawn else 0)
        for line in each.values()
    )
    same = [element("li", words("atlas.same_line", names=" = ".join(each)))
            for each in _coinciding(words, mapped)]  # fmt: skip
    return element("ul", *items, *same, class_="vgl-papers")


def _coinciding(words: Text, mapped: Mapped) -> list[list[str]]:
    """Names of theories whose lines lie upon each other on this map."""
    at: dict[tuple, dict[str, None]] = {}
    for line in lines_on(mapped):
        place = tuple(round(value, 2) for piece in _pieces(mapped, line) for value in piece)
        at.setdefault((*line.where, place), {})[words(f"atlas.theories.{line.name}")] = None
    return [list(names) for names in at.values() if len(names) > 1]


def _item(words: Text, line: Line | Prediction, order: int) -> Markup:
    """A sample of the line, as it is dashed, and what it is."""
    limits = " ".join(words(f"atlas.limits.{limit}") for limit in line.limits)
    name, paper = words(f"atlas.theories.{line.name}"), f"{line.paper} {line.year}"
    sample = element("i", class_="vgl-dash", style=f"background:{_sample(order)}")
    return element("li", sample, element("span", element("b", name), f" ({paper}). {limits}"))


def _sample(order: int) -> str:
    """Dashes as the map has them, as a background."""
    at, stops = 0, []
    for place, length in enumerate(DASHES[order]):
        color = THEORY if place % 2 == 0 else "transparent"
        stops.append(f"{color} {at}px {at + length}px")
        at += length
    return f"repeating-linear-gradient(90deg, {', '.join(stops)})"
