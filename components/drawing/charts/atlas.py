"""A map of many settings: a colour a cell, what is beyond doubt, theory over it; and its lines.

Cells stand at whole numbers along both axes, whatever their values are. The colours are chosen
here, not in the browser, so that a map, its panels and its legend agree.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from components.drawing.charts.style import Style, axis, name_tip
from components.words.numbers import UNKNOWN, number, percent, power_of_ten, whole
from components.words.text import Text
from models.sweep import FIGURES, Atlas, Axis

# Perceptually uniform, and told apart in any kind of colour vision: cividis (Nunez et al. 2018)
# from little to much, vik (Crameri 2018) around 1.
SEQUENTIAL = ("#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74",
              "#c3b369", "#e1cc55", "#fee838")  # fmt: skip
DIVERGING = ("#001261", "#033e7d", "#1e6f9d", "#71a8c4", "#c9dde7", "#ece5e0", "#eacebd",
             "#d39774", "#be6533", "#8b2706", "#590008")  # fmt: skip
# Okabe & Ito's, then their paler and darker kin: of causes, of which one map has few.
CATEGORIES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442",
              "#8a8678", "#00224e", "#a6761d")  # fmt: skip
AROUND_ONE = ("ratio", "factor")
HALF = 0.5
MOST_TENS = {"ratio": 6, "factor": 1}  # powers of ten either way that colours tell apart
GREY = {False: "#DFE3E8", True: "#2B3443"}  # nothing to tell, by whether the page is dark
HATCH = {False: "#8A94A3", True: "#7B8696"}
ROW = 34  # pixels of a map's row, where there are few
LEAST, MOST = 260, 480  # pixels of a map's height
LABELS_ACROSS = 11  # of numbers, at most
LINES_HEIGHT = 230
MADE = 32  # tables of each kind, for whoever looks at the same map
FADED = 0.55


@dataclass(frozen=True)
class Ticks:
    """One side of a map.

    Attributes:
        title: what it is called.
        labels: a value each, as it is written.
        is_number: whether values lie on a line, so that some labels stand for the rest.
    """

    title: str
    labels: tuple[str, ...]
    is_number: bool


@dataclass(frozen=True)
class Mapped:
    """An atlas in one colour: what every map, line and legend of it needs.

    Attributes:
        atlas: the atlas.
        figure: one of ``FIGURES``.
        style: how it looks.
        names: of each axis the field's name and values, as they are written.
    """

    atlas: Atlas
    figure: str
    style: Style
    names: tuple[Ticks, ...]

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The sweep's: x, y, and that of the panels."""
        return self.atlas.sweep.axes

    @property
    def shape(self) -> tuple[int, int, int]:
        """Cells along x, y and from panel to panel."""
        lengths = [len(axis.values) for axis in self.axes] + [1, 1]
        return lengths[0], lengths[1], lengths[2]

    def grid(self, column: str) -> np.ndarray:
        """[x, y, panel] a column of the atlas."""
        return self.atlas.table[column].to_numpy().reshape(self.shape)

    def spans(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """[x, y, panel] the figure and its interval's ends; of shares those, not the counts."""
        name = self.figure
        value, low, high = (self.grid(column) for column in FIGURES[name].columns)
        return (value / self.grid("networks") if is_share(name) else value), low, high


def is_share(figure: str) -> bool:
    """Whether a figure is a share of a cell's networks."""
    return FIGURES[figure].kind == "share"


def middle(figure: str) -> float | None:
    """The value on whose sides cells are told apart: one half, or a gradient that stays as it is.

    None: there is none.
    """
    return 1.0 if figure in AROUND_ONE else HALF if is_share(figure) else None


def shade(colors: Sequence[str], place: float) -> str:
    """A colour between these, at a place from 0 to 1."""
    at = min(max(place, 0.0), 1.0) * (len(colors) - 1)
    low = min(int(at), len(colors) - 2)
    ends = [[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colors[low : low + 2]]
    mixed = (round(a + (at - low) * (b - a)) for a, b in zip(*ends, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


@dataclass(frozen=True)
class Scale:
    """How numbers become colours.

    Attributes:
        colors: from the first end to the last.
        low: the value at the first end; of a logarithmic scale its power of ten.
        high: likewise at the last.
        log: whether it is logarithmic.
        ticks: values that a legend names, as they are written, by their place from 0 to 1.
    """

    colors: tuple[str, ...]
    low: float
    high: float
    log: bool
    ticks: tuple[tuple[float, str], ...]

    def color(self, value: float) -> str | None:
        """The colour of a value; None: there is none for what is not known, or never reached."""
        if math.isnan(value) or value == math.inf:
            return None
        if self.log:
            value = math.log10(value) if value > 0 else -math.inf
        return shade(self.colors, (value - self.low) / (self.high - self.low))


def scale_of(mapped: Mapped) -> Scale:
    """The colours of a figure's numbers: the same in all panels."""
    figure = mapped.figure
    if is_share(figure):
        ticks = tuple((share, percent(share)) for share in (0, 0.25, 0.5, 0.75, 1))
        return Scale(SEQUENTIAL, 0.0, 1.0, False, ticks)
    values = mapped.atlas.table[figure].to_numpy()
    values = values[np.isfinite(values) & (values > 0)]
    logs = np.log10(values) if len(values) else np.array([0.0])
    if figure in AROUND_ONE:
        return _around_one(float(np.abs(logs).max()), MOST_TENS[figure])
    low, high = float(np.floor(logs.min())), max(float(np.ceil(logs.max())), 1.0)
    high = max(high, low + 1)
    tens = range(int(low), int(high) + 1)
    ticks = tuple(((ten - low) / (high - low), whole(10**ten)) for ten in tens)
    return Scale(SEQUENTIAL[::-1], low, high, True, ticks)


def _around_one(largest: float, most: int) -> Scale:
    """As far either way as there are values, but no farther than ``most`` powers of ten."""
    if largest <= math.log10(3):
        limit, labels = math.log10(3), ("1/3", "1", "3")
    elif largest <= 1 or most == 1:
        limit, labels = 1.0, ("1/10", "1", "10")
    else:
        limit = float(min(math.ceil(largest), most))
        labels = power_of_ten(-int(limit)), "1", power_of_ten(int(limit))
    if largest > limit:
        labels = f"≤ {labels[0]}", labels[1], f"≥ {labels[2]}"
    ticks = tuple(zip((0.0, 0.5, 1.0), labels, strict=True))
    return Scale(DIVERGING, -limit, limit, True, ticks)


def causes_in(atlas: Atlas) -> dict[str, str]:
    """The causes that an atlas tells of, those of most cells first, each with its colour."""
    counts = atlas.table["cause"].value_counts()
    found = sorted((-count, name) for name, count in counts.items() if name)
    colors = (*CATEGORIES, *("#777777",) * len(found))
    return {str(name): color for (_, name), color in zip(found, colors, strict=False)}


@lru_cache(MADE)
def cell_frame(mapped: Mapped, panel: int) -> pd.DataFrame:
    """Columns ``index, x, y, left, right, low, high, color, at, value, networks``: a row a cell.

    Cells that are refused or not done yet are left out. ``at`` and ``value`` are for the tooltip.
    """
    known = mapped.grid("done") & (mapped.grid("refused") == "")
    colors = _colors(mapped)
    text = cell_texts(mapped)
    rows = []
    for x, y in np.argwhere(known[:, :, panel]):
        index = np.ravel_multi_index((x, y, panel), mapped.shape)
        rows.append((int(index), x, y, colors[index], _at(mapped, (x, y, panel)), text[index]))
    frame = pd.DataFrame(rows, columns=["index", "x", "y", "color", "at", "value"])
    frame["networks"] = mapped.atlas.table["networks"].to_numpy()[frame["index"].to_numpy(int)]
    return _sides(frame)


def _sides(frame: pd.DataFrame) -> pd.DataFrame:
    """With the edges of cells at ``x, y``."""
    for name, low, high in (("x", "left", "right"), ("y", "low", "high")):
        frame[name] = frame[name].astype(float)
        frame[low], frame[high] = frame[name] - 0.5, frame[name] + 0.5
    return frame


def _at(mapped: Mapped, place: Sequence[int]) -> str:
    each = zip(mapped.names, place, strict=False)
    return " · ".join(f"{side.title} {side.labels[at]}" for side, at in each)


def _colors(mapped: Mapped) -> list[str]:
    """Of each cell, done or not."""
    grey = GREY[mapped.style.dark]
    if mapped.figure == "cause":
        known = causes_in(mapped.atlas)
        return [known.get(name, grey) for name in mapped.atlas.table["cause"]]
    scale, values = scale_of(mapped), mapped.spans()[0].ravel()
    return [scale.color(float(value)) or grey for value in values]


@lru_cache(MADE)
def cell_texts(mapped: Mapped, figure: str = "") -> Sequence[str]:
    """What each cell's figure is, with its interval."""
    figure, words = figure or mapped.figure, mapped.style.words
    if figure == "cause":
        return [
            words(f"atlas.cause.{cause}") if cause else words("atlas.no_cause")
            for cause in mapped.atlas.table["cause"]
        ]
    columns = mapped.atlas.table[["networks", *FIGURES[figure].columns]].to_numpy(float)
    return [in_words(words, figure, *row) for row in columns]


def in_words(
    words: Text, figure: str, networks: float, value: float, low: float, high: float
) -> str:
    """A figure with its interval: "61 of 64 (87% – 98%)"."""
    if math.isnan(value):
        return UNKNOWN
    if is_share(figure):
        span = f"{percent(low)} – {percent(high)}"
        return words("atlas.counted", count=whole(value), all=whole(networks), span=span)
    write: Callable[[float], str] = whole if figure == "steps" else number
    ends = [words("atlas.unbounded") if end == math.inf else write(end) for end in (low, high)]
    span = UNKNOWN if math.isnan(low) else " – ".join(ends)
    if value == math.inf:
        return words("atlas.never")
    return words("atlas.spanned", value=write(value), span=span)


@lru_cache(MADE)
def refused_frame(mapped: Mapped, panel: int) -> pd.DataFrame:
    """Columns as of a cell, without its figure: the cells that are not possible."""
    refused = (mapped.grid("refused") != "")[:, :, panel]
    frame = pd.DataFrame(np.argwhere(refused), columns=["x", "y"])
    frame["at"] = [_at(mapped, (x, y, panel)) for x, y in np.argwhere(refused)]
    frame["value"] = mapped.style.words("atlas.refused")
    return _sides(frame)


def sides_of(mapped: Mapped) -> np.ndarray:
    """[x, y, panel] 1: surely above the ``middle``, -1: surely below it, 0: neither is sure, nor is
    it where nothing is known, which is NaN.
    """
    at = middle(mapped.figure)
    if at is None:
        return np.full(mapped.shape, np.nan)
    value, low, high = mapped.spans()
    side = (low > at).astype(float) - (high < at)
    return np.where(np.isnan(value) | np.isnan(low), np.nan, side)


@lru_cache(MADE)
def border_frame(mapped: Mapped, panel: int) -> pd.DataFrame:
    """Columns ``x, y, x2, y2, sure``: the edges between cells on unlike sides of the ``middle``.

    Sure ones part cells that are surely above from those surely below. The others enclose cells of
    which neither is sure: somewhere among them runs the line.
    """
    side = sides_of(mapped)[:, :, panel]
    rows = []
    for x, y in np.argwhere(_differ(side[1:], side[:-1])):
        sure = abs(side[x + 1, y] - side[x, y]) == 2
        rows.append((x + 0.5, y - 0.5, x + 0.5, y + 0.5, sure))
    for x, y in np.argwhere(_differ(side[:, 1:], side[:, :-1])):
        sure = abs(side[x, y + 1] - side[x, y]) == 2
        rows.append((x - 0.5, y + 0.5, x + 0.5, y + 0.5, sure))
    frame = pd.DataFrame(rows, columns=["x", "y", "x2", "y2", "sure"])
    return frame.astype({"x": float, "y": float, "x2": float, "y2": float, "sure": bool})


def _differ(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (one != other) & ~np.isnan(one) & ~np.isnan(other)


def chosen_frame(mapped: Mapped, place: Sequence[int], panel: int) -> pd.DataFrame:
    """Columns ``left, right, low, high, what``: the cell that is looked at, its row and column."""
    (x, y, at), (across, up, _) = place, mapped.shape
    rows = []
    if at == panel:
        rows = [
            (-0.5, across - 0.5, y - 0.5, y + 0.5, "line"),
            (x - 0.5, x + 0.5, -0.5, up - 0.5, "line"),
            (x - 0.5, x + 0.5, y - 0.5, y + 0.5, "cell"),
        ]
    frame = pd.DataFrame(rows, columns=["left", "right", "low", "high", "what"])
    return frame.astype(dict.fromkeys(("left", "right", "low", "high"), float))


def along(one: Axis, value: float) -> float:
    """Where a value that need not be one of an axis' own stands among these, or beyond them.

    Between two values it goes by their size, or its logarithm where the axis has one; beyond the
    last ones as far on as between these. NaN where it cannot be told.
    """
    known = [float(each) for each in one.values]
    log = one.kind.log and min(known) > 0
    if len(known) < 2 or math.isnan(value) or (log and value <= 0):
        return math.nan
    if math.isinf(value):
        return math.copysign(math.inf, value)
    place, marks = (math.log(value), np.log(known)) if log else (value, np.array(known))
    order = np.argsort(marks)
    marks = marks[order]
    low = int(np.clip(np.searchsorted(marks, place) - 1, 0, len(marks) - 2))
    share = (place - marks[low]) / (marks[low + 1] - marks[low])
    return float(order[low] + share * (order[low + 1] - order[low]))


def theory_frame(rows: Sequence[tuple], mapped: Mapped) -> pd.DataFrame:
    """The table ``theory``, as far as it lies on the map.

    Args:
        rows: straight pieces ``x, y, x2, y2, order, name``; where one begins as the last one ended
            it goes on with it.
        mapped: the map.

    Returns:
        Columns ``x, y, chain, at, order, name``: points, those of a ``chain`` in the order ``at``.
    """
    across, up, _ = mapped.shape
    points: list[tuple] = []
    chain, end = -1, None
    for *ends, order, name in rows:
        cut = _cut(ends, across - 0.5, up - 0.5)
        if cut is None:
            continue
        if (*cut[:2], name) != end:
            chain += 1
            points.append((*cut[:2], chain, len(points), order, name))
        points.append((*cut[2:], chain, len(points), order, name))
        end = (*cut[2:], name)
    frame = pd.DataFrame(points, columns=["x", "y", "chain", "at", "order", "name"])
    whole = dict.fromkeys(("chain", "at", "order"), int)
    return frame.astype({"x": float, "y": float, "name": object} | whole)


def _cut(ends: Sequence[float], right: float, top: float) -> tuple[float, ...] | None:
    """The part of a line from ``x, y`` to ``x2, y2`` that is on the map; None: there is none."""
    if not all(map(math.isfinite, ends)):
        return None
    x, y, x2, y2 = ends
    first, last = 0.0, 1.0
    for start, step, limit in ((x, x2 - x, right), (y, y2 - y, top)):
        if not step:
            if not -0.5 <= start <= limit:
                return None
            continue
        one, other = sorted(((-0.5 - start) / step, (limit - start) / step))
        first, last = max(first, one), min(last, other)
    if first > last:
        return None
    return (x + first * (x2 - x), y + first * (y2 - y), x + last * (x2 - x), y + last * (y2 - y))


def _y(style: Style, side: Ticks) -> dict[str, Any]:
    return _channel(side, along="height", most=16, labelLimit=150 * style.scale)


def _channel(side: Ticks, along: str, most: int, **options: Any) -> dict[str, Any]:
    """Scale and axis over whole numbers, which are written as the values that stand there."""
    count = len(side.labels)
    every = max(1, math.ceil(count / most)) if side.is_number else 1
    labels = "[" + ",".join(f"{label!r}" for label in side.labels) + "][datum.value]"
    return {
        "type": "quantitative",
        "scale": alt.Scale(domain=[-0.5, count - 0.5], nice=False, zero=False),
        "axis": axis(
            side.title,
            along=along,
            values=list(range(0, count, every)),
            labelExpr=labels,
            grid=False,
            ticks=False,
            **options,
        ),
    }


def map_height(rows: int) -> int:
    """Pixels of a map with so many rows."""
    return min(max(ROW * rows, LEAST), MOST)


def map_chart(style: Style, x: Ticks, y: Ticks, figure: str) -> alt.LayerChart:
    """One panel, from the tables ``cells, refused, borders, theory, chosen``.

    A click on a cell is the selection ``cell``, which holds its ``index``.
    """
    words = style.words
    across = _channel(x, "width", LABELS_ACROSS, **_slanted(x))
    upright = _y(style, y)
    if not y.is_number:  # the first on top
        count = len(y.labels)
        upright["scale"] = alt.Scale(domain=[count - 0.5, -0.5], nice=False, zero=False)
    left, low = alt.X("left", **across), alt.Y("low", **upright)
    box = {"x": left, "x2": "right", "y": low, "y2": "high"}
    tips = [
        name_tip("at", words("atlas.cell")),
        name_tip("value", words(f"atlas.figures.{figure}")),
    ]
    click = alt.selection_point(name="cell", fields=["index"], toggle=False, empty=False)
    ink, paper = "#000000", "#ffffff"
    cells = (
        alt.Chart(alt.NamedData("cells"))
        .mark_rect(aria=False, strokeWidth=0.7, cursor="pointer")
        .encode(
            **box,
            fill=alt.Fill("color", type="nominal", scale=None),
            stroke=alt.Stroke("color", type="nominal", scale=None),
            tooltip=[*tips, name_tip("networks", words("controls.networks"))],
        )
        .add_params(click)
    )
    hatch = HATCH[style.dark]
    refused = alt.Chart(alt.NamedData("refused"))
    ground = refused.mark_rect(aria=False, color=GREY[style.dark], opacity=FADED).encode(
        **box, tooltip=tips
    )
    stripes = [
        refused.mark_rule(aria=False, color=hatch, strokeWidth=1, tooltip=None).encode(
            x=alt.X(start, **across), x2=end, y=low, y2="high"
        )
        for start, end in (("left", "right"), ("right", "left"))
    ]
    edges = {
        "x": alt.X("x", **across),
        "x2": "x2",
        "y": alt.Y("y", **upright),
        "y2": "y2",
    }
    borders = alt.Chart(alt.NamedData("borders"))
    sure = borders.transform_filter("datum.sure")
    halo = sure.mark_rule(aria=False, color=paper, strokeWidth=4, strokeCap="round", opacity=0.9)
    line = sure.mark_rule(aria=False, color=ink, strokeWidth=1.8, strokeCap="round")
    unsure = borders.transform_filter("!datum.sure")
    pale = unsure.mark_rule(aria=False, color=paper, strokeWidth=1.6, opacity=0.8)
    dashed = unsure.mark_rule(aria=False, color=ink, strokeWidth=1.6, strokeDash=[2, 3])
    drawn = [
        cells,
        ground,
        *stripes,
        halo.encode(**edges),
        line.encode(**edges),
        pale.encode(**edges),
        dashed.encode(**edges),
        *_theory(style, edges),
        *_chosen(box),
    ]
    return (
        alt.layer(*drawn).properties(height=map_height(len(y.labels))).configure_view(strokeWidth=0)
    )


def _slanted(side: Ticks) -> dict[str, Any]:
    """Names that would touch each other stand askew."""
    if side.is_number or sum(map(len, side.labels)) <= 40:
        return {"labelOverlap": False}
    return {"labelAngle": -35, "labelAlign": "right", "labelOverlap": False, "labelLimit": 130}


def _chosen(box: dict[str, Any]) -> list[alt.Chart]:
    base = alt.Chart(alt.NamedData("chosen")).encode(**box)
    fill = {"filled": False, "tooltip": None}
    outline = base.transform_filter("datum.what == 'line'").mark_rect(
        aria=False, stroke="#ffffff", strokeWidth=1.4, strokeOpacity=0.75, **fill
    )
    one = base.transform_filter("datum.what == 'cell'")
    return [
        outline,
        one.mark_rect(aria=False, stroke="#ffffff", strokeWidth=5, **fill),
        one.mark_rect(aria=False, stroke="#000000", strokeWidth=2, **fill),
    ]


THEORY = "#E2007A"
"""Of theory, over either scale: with a white edge, and dashed, it is no colour alone."""
DASHES = ([7, 4], [2, 3], [9, 3, 2, 3], [12, 5])


def _theory(style: Style, edges: dict[str, Any]) -> list[alt.Chart]:
    """Lines of theory, each with its own dashes, from the table ``theory``."""
    places = {name: edges[name] for name in ("x", "y")}
    base = alt.Chart(alt.NamedData("theory")).encode(
        **places,
        detail=alt.Detail("chain", type="nominal"),
        order=alt.Order("at", type="quantitative"),
    )
    halo = base.mark_line(
        aria=False, color="#ffffff", strokeWidth=6, strokeCap="round", tooltip=None
    )
    orders = list(range(len(DASHES)))
    dashes = alt.StrokeDash(
        "order", type="ordinal", legend=None, scale=alt.Scale(domain=orders, range=list(DASHES))
    )
    tips = [name_tip("name", style.words("atlas.theory"))]
    line = base.mark_line(aria=False, color=THEORY, strokeWidth=3)
    return [halo, line.encode(strokeDash=dashes, tooltip=tips)]


def plotted(figure: str, value: np.ndarray) -> np.ndarray:
    """A figure as it is drawn upwards: logarithms of what is drawn on a logarithmic axis."""
    if not FIGURES[figure].log:
        return value
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log10(value)


def profile_frame(
    mapped: Mapped, place: Sequence[int], axis_at: int, texts: Sequence[str]
) -> pd.DataFrame:
    """Columns ``at, value, low, high, panel, chosen, here, label, text``: cells along one axis.

    Args:
        mapped: the map.
        place: the cell that is looked at.
        axis_at: along which axis, 0 or 1.
        texts: of every cell, ``cell_texts``.

    Returns:
        Each panel's cells, the chosen panel's last, so that they are on top. What is infinite, or
        zero on a logarithmic axis, is left out.
    """
    x, y, chosen = place
    spans = [plotted(mapped.figure, each) for each in mapped.spans()]
    parts = []
    panels = mapped.names[2].labels if len(mapped.names) > 2 else ("",)
    side = mapped.names[axis_at]
    order = [*(p for p in range(len(panels)) if p != chosen), chosen]
    for panel in order:
        index: Any = (slice(None), y, panel) if axis_at == 0 else (x, slice(None), panel)
        count = len(side.labels)
        places = [(at, y, panel) if axis_at == 0 else (x, at, panel) for at in range(count)]
        value, low, high = (each[index] for each in spans)
        part = pd.DataFrame({"at": np.arange(count), "value": value, "low": low, "high": high})
        part["panel"], part["chosen"] = panels[panel], panel == chosen
        part["here"] = part["chosen"] & (part["at"] == (x if axis_at == 0 else y))
        part["label"] = list(side.labels)
        part["text"] = [texts[int(np.ravel_multi_index(p, mapped.shape))] for p in places]
        parts.append(part)
    frame = pd.concat(parts, ignore_index=True)
    return frame[np.isfinite(frame["value"])].reset_index(drop=True)


def profile_domain(mapped: Mapped) -> tuple[float, float]:
    """Where the lines' upright axis begins and ends: the same for all rows and columns."""
    if is_share(mapped.figure):
        return -0.04, 1.04  # room for the points at either end
    values = plotted(mapped.figure, mapped.spans()[0])
    values = values[np.isfinite(values)]
    if not len(values):
        return -1.0, 1.0
    low, high = math.floor(float(values.min())), math.ceil(float(values.max()))
    return float(low), float(max(high, low + 1))


def profile_chart(
    style: Style, side: Ticks, figure: str, low: float, high: float
) -> alt.LayerChart:
    """A figure along a row or column, from the tables ``profile`` and ``predicted``.

    Args:
        style: how it looks.
        side: the axis that it goes along.
        figure: one of ``FIGURES``.
        low: where the upright axis begins, as ``plotted``.
        high: where it ends.
    """
    words, line_color = style.words, style.ink
    x = alt.X("at", **_channel(side, "width", LABELS_ACROSS, **_slanted(side)))
    title = words(f"atlas.figures.{figure}")
    upright = alt.Scale(domain=[low, high], nice=False, zero=False)
    ticks = axis(title, along="height", **_labels(figure, low, high))
    y = alt.Y("value", type="quantitative", scale=upright, axis=ticks)
    ends = {"y": alt.Y("low", type="quantitative", scale=upright, axis=ticks), "y2": "high"}
    base = alt.Chart(alt.NamedData("profile"))
    one = base.transform_filter("datum.chosen")
    tips = [
        name_tip("label", side.title),
        name_tip("panel", words("atlas.panel")),
        name_tip("text", title),
    ]
    others, faded = base.transform_filter("!datum.chosen"), {"opacity": FADED, "clip": True}
    quiet = (
        others.mark_line(
            aria=False,
            color=style.quiet,
            strokeWidth=1.5,
            point={"size": 18, "aria": False},
            **faded,
        )
        if side.is_number
        else others.mark_point(
            aria=False, color=style.quiet, size=40, **faded
        )  # between names is nothing
    )
    quiet = quiet.encode(x=x, y=y, detail=alt.Detail("panel", type="nominal"), tooltip=tips)
    band: alt.Chart = one.mark_area(
        aria=False, color=line_color, opacity=0.18, clip=True, tooltip=None
    )
    line: alt.Chart = one.mark_line(
        aria=False, color=line_color, strokeWidth=2, clip=True, tooltip=None
    )
    if not side.is_number:
        band = one.mark_rule(
            aria=False, color=line_color, opacity=0.4, strokeWidth=3, clip=True, tooltip=None
        )
        line = one.mark_point(aria=False, size=1, opacity=0, tooltip=None)
    dots = one.mark_point(aria=False, filled=True, color=line_color, opacity=1).encode(
        x=x, y=y, tooltip=tips, size=alt.condition("datum.here", alt.value(170), alt.value(45))
    )
    predicted = alt.Chart(alt.NamedData("predicted")).mark_line(
        aria=False,
        color=THEORY,
        strokeWidth=2.5,
        strokeDash=DASHES[0],
        clip=True,
        point=False if side.is_number else {"aria": False},
    )
    predicted = predicted.encode(
        x=x,
        y=y,
        detail=alt.Detail("name", type="nominal"),
        tooltip=[name_tip("name", words("atlas.theory"))],
    )
    drawn = [quiet, band.encode(x=x, **ends), line.encode(x=x, y=y), predicted, dots]
    at = middle(figure)
    if at is not None:
        level = math.log10(at) if FIGURES[figure].log else at
        rule = alt.Chart(alt.InlineData(values=[{}])).mark_rule(
            aria=False, color=style.quiet, strokeDash=[2, 3]
        )
        drawn.insert(0, rule.encode(y=alt.YDatum(level, scale=upright)))
    return alt.layer(*drawn).properties(height=LINES_HEIGHT).configure_view(strokeWidth=0)


def _labels(figure: str, low: float, high: float) -> dict[str, Any]:
    """How the upright axis is written."""
    if is_share(figure):
        return {"format": "%", "tickCount": 5}
    every = max(1, math.ceil((high - low) / 6))
    tens = list(range(int(low), int(high) + 1, every))
    names = ",".join(f"'{ten}':{_ten(figure, ten)!r}" for ten in tens)
    return {"values": tens, "labelExpr": f"({{{names}}})[datum.value]"}


def _ten(figure: str, ten: int) -> str:
    return whole(10**ten) if figure == "steps" else power_of_ten(ten) if abs(ten) > 1 else (
        number(10.0**ten))  # fmt: skip
