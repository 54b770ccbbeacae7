"""What the first screen's charts have in common."""

from collections.abc import Sequence

import pyarrow as pa

from components.drawing.charts.style import Style
from components.drawing.elements import chart


def draw_chart(
    style: Style, said: str, spec: dict, tables: dict[str, pa.Table], key: str = ""
) -> None:
    """One of the charts, as high as its place.

    Args:
        style: how it looks.
        said: the key of what is said to who cannot see it.
        spec: the chart.
        tables: its data.
        key: tells several of one page apart.
    """
    words = style.words
    name, alt = said.removeprefix("alt."), words(said, names=" / ".join(style.names))
    chart(spec, tables, key=f"chart {name} {key}".strip(), alt=alt, height="stretch")


def each_named(names: Sequence[str], figures: Sequence[str]) -> str:
    """``ReLU 1.0 · Sigmoid 0.25``; behind a name of several words a colon, as brackets may nest."""
    named = (f"{name}:" if "," in name else name for name in names)
    return " · ".join(f"{name} {figure}" for name, figure in zip(named, figures, strict=True))
