"""Pieces of SVG, for what is drawn without a chart: tables, bars, a network."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from markupsafe import Markup

from components.drawing.markup import element

FONTS = (
    "Source Sans, Noto Sans KR, Noto Sans CJK KR, Malgun Gothic, Apple SD Gothic Neo, sans-serif"
)
AFTER_SPACES, BEFORE_VALUES = r"(?<= )", r"(?=[?&])"
LINE = 1.35  # of a letter's height is from one line to the next
LATIN = 0.54  # of a letter's height is its width; a letter of Korean is as wide as high


@dataclass(frozen=True)
class Drawing:
    """Pieces of SVG in a frame of ``width`` by ``height``, to be set as large as there is room."""

    width: float
    height: float
    inside: Markup


rect, line, circle = (partial(element, name) for name in ("rect", "line", "circle"))


def text(x: float, y: float, size: float, color: str, said: str, **more: object) -> Markup:
    """A line of writing; ``y`` is where its letters stand."""
    look = {"font_family": FONTS, "font_size": size, "fill": color} | more
    return element("text", said, x=x, y=y, **look)


def lines(
    x: float, y: float, size: float, color: str, said: Sequence[str], **more: object
) -> Markup:
    """Lines of writing as one text, the first at ``y``; they join to what they were."""
    look = {"font_family": FONTS, "font_size": size, "fill": color} | more
    spans = [
        element("tspan", each, x=x, dy=LINE * size if place else None)
        for place, each in enumerate(said)
    ]
    return element("text", *spans, y=y, **look)


def width_of(said: str, size: float) -> float:
    """About how wide a line of writing is."""
    return sum(1.0 if ord(letter) > 0x1100 else LATIN for letter in said) * size


def wrapped(
    said: str, wide: Callable[[str], float], room: float, cut: str = AFTER_SPACES
) -> list[str]:
    """A text in lines no wider than the room; joined, they are the text.

    Args:
        said: the text.
        wide: how wide a line is.
        room: how wide it may be; a part without a place to end a line stays whole.
        cut: a pattern of these places.
    """
    done, now = [], ""
    for part in re.split(cut, said):
        if now and wide((now + part).rstrip()) > room:
            done.append(now)
            now = ""
        now += part
    return [*done, now] if now else done
