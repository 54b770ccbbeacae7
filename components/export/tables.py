"""Tables and bars as drawings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from PIL import ImageColor

from components.drawing.charts.style import Style
from components.drawing.markup import element, joined
from components.drawing.svg import Drawing, line, rect, text, width_of

WIDTH = 1800  # pixels
SIZE, ROW = 30, 66  # of a table's type and rows
BETWEEN = 48  # a table's columns
BAR, BLOCK = 70, 225  # heights: of a bar, of all that is drawn of a run
NAME, NOTE = 32, 24  # sizes of type


def table_drawing(
    style: Style, heads: Sequence[str], rows: Sequence[Sequence[str]], inks: Sequence[str]
) -> Drawing:
    """A table whose rows are headed by a run's name, each in its own of the ``inks``."""
    columns = list(zip(heads, *rows, strict=True))
    widths = [max(width_of(cell, SIZE) for cell in column) for column in columns]
    lefts = [sum(widths[:place]) + BETWEEN * place for place in range(len(widths))]
    wide = lefts[-1] + widths[-1]
    parts = [text(x, SIZE, SIZE, style.quiet, head) for x, head in zip(lefts, heads, strict=True)]
    for place, (cells, ink) in enumerate(zip(rows, inks, strict=True)):
        y = ROW * (place + 1)
        parts.append(line(x1=0, x2=wide, y1=y - 18, y2=y - 18, stroke=style.quiet,
                          stroke_opacity=0.35))  # fmt: skip
        parts.append(text(0, y + SIZE - 4, SIZE, ink, cells[0], font_weight="600"))
        parts += [
            text(x, y + SIZE - 4, SIZE, style.ink, cell)
            for x, cell in zip(lefts[1:], cells[1:], strict=True)
        ]
    return Drawing(max(wide, WIDTH), ROW * (len(rows) + 1), joined(parts))


@dataclass(frozen=True)
class Part:
    """A part of a bar.

    Attributes:
        share: of the bar.
        label: what it is.
        tint: how much of the run's colour it has; None: it is hatched.
        crossed: whether it is hatched both ways.
    """

    share: float
    label: str
    tint: float | None = None
    crossed: bool = False


@dataclass(frozen=True)
class Bar:
    """A run's parts, what is said of it, and an interval along its bar."""

    said: str
    parts: Sequence[Part]
    low: float
    high: float


def bars_drawing(style: Style, bars: Sequence[Bar]) -> Drawing:
    """A bar a run: its name, the bar, the interval below it, and what its parts are."""
    inside = [_hatches(style)]
    for place, bar in enumerate(bars):
        top = BLOCK * place
        name = style.names[place]
        said_x = width_of(name, NAME) + 24
        inside += [
            text(0, top + NAME, NAME, style.inks[place], name, font_weight="600"),
            text(said_x, top + NAME, NOTE + 2, style.ink, bar.said),
            *_parts(style, place, bar, top + NAME + 16),
            *_interval(style, bar, top + NAME + BAR + 32),
        ]
    return Drawing(WIDTH, BLOCK * len(bars), joined(inside))


def _parts(style: Style, place: int, bar: Bar, top: float) -> list[Markup]:
    """The bar's parts, and below them what they are."""
    drawn, x, key_x, key_y = [], 0.0, 0.0, top + BAR + 62
    for part in bar.parts:
        look = _look(style, place, part)
        wide = part.share * WIDTH
        drawn.append(rect(x=x, y=top, width=max(wide - 2, 2.0), height=BAR, **look))
        drawn.append(rect(x=key_x, y=key_y - 18, width=20, height=20, **look))
        drawn.append(text(key_x + 30, key_y, NOTE, style.ink, part.label))
        key_x += 30 + width_of(part.label, NOTE) + 40
        x += wide
    return drawn


def _look(style: Style, place: int, part: Part) -> dict[str, Any]:
    """How a part is filled; a hatched one has an edge."""
    if part.tint is None:
        kind = "crossed" if part.crossed else "hatched"
        return {"fill": f"url(#{kind})", "stroke": style.ink, "stroke_width": 1}
    channels = zip(
        ImageColor.getrgb(style.paper), ImageColor.getrgb(style.colors[place]), strict=True
    )
    mixed = (round(paper + (color - paper) * part.tint) for paper, color in channels)
    return {"fill": "#{:02x}{:02x}{:02x}".format(*mixed)}


def _hatches(style: Style) -> Markup:
    """Patterns of strokes: one way, and both ways."""
    one = {"y1": 0, "x1": 0, "x2": 0, "y2": 10, "stroke": style.ink, "stroke_width": 3}
    across = one | {"x2": 10, "y2": 0}
    usual = {"width": 10, "height": 10, "patternUnits": "userSpaceOnUse",
             "patternTransform": "rotate(45)"}  # fmt: skip
    return element("pattern", line(**one), id="hatched", **usual) + element(
        "pattern", line(**one) + line(**across), id="crossed", **usual
    )


def _interval(style: Style, bar: Bar, y: float) -> list[Markup]:
    """A line from ``low`` to ``high`` with its ends marked."""
    x1, x2 = bar.low * WIDTH, bar.high * WIDTH
    look = {"stroke": style.ink, "stroke_width": 3}
    return [
        line(x1=x1, x2=x2, y1=y, y2=y, **look),
        *(line(x1=x, x2=x, y1=y - 8, y2=y + 8, **look) for x in (x1, x2)),
    ]
