"""An atlas in one colour, and the cell of it that is looked at."""

import math
from collections.abc import Sequence

from components.drawing.charts.atlas import Mapped, Ticks
from components.drawing.charts.style import Style
from components.settings import state
from components.settings.naming import axis_value
from components.words.text import Text
from models.sweep import Atlas, Axis
from models.sweep.axes import written

Place = tuple[int, int, int]
"""A cell: which value of x, of y, and which panel."""


def mapped_of(style: Style, atlas: Atlas, figure: str) -> Mapped:
    """An atlas with all its names in a language."""
    words = style.words
    return Mapped(atlas, figure, style, tuple(_ticks(words, axis) for axis in atlas.sweep.axes))


def _ticks(words: Text, axis: Axis) -> Ticks:
    labels = tuple(axis_value(words, axis.name, value) for value in axis.values)
    return Ticks(words(f"controls.{axis.name}"), labels, axis.kind.is_number)


def place_of(mapped: Mapped) -> Place:
    """The cell that is looked at: what was asked for, or the nearest there is."""
    typed = state.get("cell") or ()
    places = [_place(mapped, at, typed) for at in range(len(mapped.axes))]
    x, y, panel = [*places, 0, 0][:3]
    return x, y, panel


def _place(mapped: Mapped, at: int, typed: Sequence[str]) -> int:
    """Along one axis: that of the value that was typed, the number that is nearest to it, that of
    the base's value, or the middle.
    """
    axis = mapped.axes[at]
    names = [written(value) for value in axis.values]
    if at < len(typed):
        if typed[at] in names:
            return names.index(typed[at])
        if axis.kind.is_number and (number := _number(typed[at])) is not None:
            return min(range(len(names)), key=lambda place: abs(axis.values[place] - number))
    usual = getattr(mapped.atlas.sweep.base, axis.name)
    return axis.values.index(usual) if usual in axis.values else (len(names) - 1) // 2


def _number(typed: str) -> float | None:
    try:
        number = float(typed)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def is_on(mapped: Mapped, typed: Sequence[str]) -> bool:
    """Whether a cell that was asked for by its axes' values is one of the map."""
    axes = mapped.axes
    return len(typed) <= len(axes) and all(
        value in map(written, axis.values) for value, axis in zip(typed, axes, strict=False)
    )


def look_at(mapped: Mapped, index: int) -> None:
    """Look at a cell."""
    state.put("cell", tuple(map(written, mapped.atlas.sweep.cells()[index].values)))
