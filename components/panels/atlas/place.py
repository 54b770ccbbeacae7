"""An atlas in one colour, and the cell of it that is looked at."""

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


def mapped_of(words: Text, style: Style, atlas: Atlas, figure: str) -> Mapped:
    """An atlas with all its names in a language."""
    return Mapped(atlas, figure, style, tuple(_ticks(words, axis) for axis in atlas.sweep.axes))


def _ticks(words: Text, axis: Axis) -> Ticks:
    labels = tuple(axis_value(words, axis.name, value) for value in axis.values)
    return Ticks(words(f"controls.{axis.name}"), labels, axis.kind.is_number)


def place_of(mapped: Mapped) -> Place:
    """The cell that is looked at: what was asked for, as far as there is such a one."""
    typed = state.get("cell") or ()
    places = [_place(mapped, at, typed) for at in range(len(mapped.axes))]
    x, y, panel = [*places, 0, 0][:3]
    return x, y, panel


def _place(mapped: Mapped, at: int, typed: Sequence[str]) -> int:
    """Along one axis: that of the value that was typed, else of the base's, else in the middle."""
    axis = mapped.axes[at]
    names = [written(value) for value in axis.values]
    if at < len(typed) and typed[at] in names:
        return names.index(typed[at])
    usual = getattr(mapped.atlas.sweep.base, axis.name)
    return axis.values.index(usual) if usual in axis.values else (len(names) - 1) // 2


def look_at(mapped: Mapped, index: int) -> None:
    """Look at a cell."""
    state.put("cell", tuple(map(written, mapped.atlas.sweep.cells()[index].values)))
