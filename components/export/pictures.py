"""Charts as pictures for slides: 1920 by 1080, with title, setting and link, as SVG and PNG."""

import base64
import json
import math
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from components.drawing.charts.style import Style
from components.drawing.made import shelf
from components.drawing.markup import element, joined
from components.drawing.svg import (
    BEFORE_VALUES,
    FONTS,
    LINE,
    Drawing,
    lines,
    text,
    width_of,
    wrapped,
)
from components.export.source import Source, file_name
from components.serving.turnstile import Turnstile
from models import Experiment

WIDTH, HEIGHT = 1920, 1080
MARGIN = 60
HEAD = 170  # pixels above the chart
ABOUT, LINK = 20, 16  # sizes of what stands below it
MOMENTS = {"start": 0, "end": -1}
"""When a chart of one step is drawn, and the place of that step among the logged ones."""
SECONDS = 30.0  # a picture that takes longer is given up
_RENDER = Path(__file__).with_name("render.py")
_one_at_a_time = Turnstile(1)  # in a crowd: 150 MB at a time


class PictureError(RuntimeError):
    """The renderer failed, or took too long."""


@dataclass(frozen=True)
class Picture:
    """A chart as it is to be drawn; two of one source, name and moment are the same.

    Attributes:
        source: what it is of; its style is to be a large one for slides.
        experiments: the runs.
        name: tells it from others of the same runs, in a file's name.
        title: what stands above it.
        spec: the chart's description; empty where there is a drawing.
        tables: its data by name.
        about: how its lines are read.
        moment: ``start`` or ``end``: which step a chart of one step shows; empty: it shows all.
        drawing: what is drawn without a chart.
        shown: the place of the one run it is of, among those that the style names; None: of all.
    """

    source: Source
    experiments: tuple[Experiment, ...]
    name: str
    title: str = field(compare=False)
    spec: Mapping[str, Any] = field(compare=False, default_factory=dict)
    tables: Mapping[str, pa.Table] = field(compare=False, default_factory=dict)
    moment: str = ""
    about: str = field(default="", compare=False)
    drawing: Drawing | None = field(default=None, compare=False)
    shown: int | None = None

    def file_name(self, kind: str) -> str:
        """What its file is called."""
        moment = [self.moment] if self.moment else []
        return file_name(self.experiments, self.name, *moment, ending=kind)


def draw(pictures: Sequence[Picture], kind: str) -> list[bytes]:
    """Pictures as files of a kind, ``svg`` or ``png``; what was drawn lately is not drawn again.

    Raises:
        PictureError: the renderer failed.
    """
    with _one_at_a_time.passed():
        drawn = [shelf.look(("picture", bare(picture), kind)) for picture in pictures]
        missing = [place for place, one in enumerate(drawn) if one is None]
        if missing:
            jobs = [_job(pictures[place], kind) for place in missing]
            files = json.loads(_render({"pictures": jobs}))
            for place, file in zip(missing, files, strict=True):
                key = "picture", bare(pictures[place]), kind
                drawn[place] = shelf.get(key, partial(base64.b64decode, file))
    return drawn


def bare(picture: Picture) -> Picture:
    """The same picture without what is in it: it is called and told from others by the rest."""
    return replace(picture, spec={}, tables={}, about="", drawing=None)


def _job(picture: Picture, kind: str) -> dict:
    foot, height = _foot(picture)
    drawing = picture.drawing
    return {
        "spec": None if drawing else _whole(picture, HEIGHT - HEAD - height),
        "drawing": drawing and [drawing.width, drawing.height, drawing.inside],
        "before": _before(picture, HEIGHT - HEAD - height),
        "after": f"{foot}</svg>",
        "png": kind == "png",
    }


@cache
def script() -> str:
    """The JavaScript that draws charts in a page: Vega, Vega-Lite and Vega-Embed as one module.

    Raises:
        PictureError: the renderer failed.
    """
    with _one_at_a_time.passed():
        return _render({"script": True})


def plain_spec(picture: Picture) -> dict:
    """A chart with its data in it and its style's colours, for a renderer outside the page."""
    datasets = {name: _rows(table) for name, table in picture.tables.items()}
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        **picture.spec,
        "datasets": datasets,
        "config": _config(picture.source.style),
    }


def _render(job: dict) -> str:
    command = [sys.executable, "-I", str(_RENDER)]
    seconds = SECONDS * len(job.get("pictures", [job]))
    try:
        done = subprocess.run(
            command, input=json.dumps(job).encode(), capture_output=True, timeout=seconds
        )
    except subprocess.TimeoutExpired as error:
        raise PictureError(f"no picture after {seconds:g} s") from error
    if done.returncode:
        raise PictureError(done.stderr.decode(errors="replace")[-300:])
    return done.stdout.decode()


def _rows(table: pa.Table) -> list[dict]:
    """Records as JSON takes them: what is not a finite number is empty."""
    columns = {
        name: [_plain(value) for value in column.to_pylist()]
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def _plain(value: object) -> object:
    if not isinstance(value, float):
        return value
    return float(f"{value:.7g}") if math.isfinite(value) else None


def _config(style: Style) -> dict:
    written = {"labelColor": style.ink, "titleColor": style.ink}
    faint = "#2C3648" if style.dark else "#DDE2EA"  # the grid
    return {
        "background": None,
        "font": FONTS,
        "view": {"stroke": None},
        "axis": written | {"gridColor": faint, "tickColor": faint, "domainColor": faint},
        "legend": written,
        "header": written,
        "title": {"color": style.ink},
        "text": {"color": style.ink},
    }


def _whole(picture: Picture, height: float) -> dict:
    """The chart as large as the picture lets it be, and at one step."""
    spec = plain_spec(picture)
    if "layer" in spec or "mark" in spec:
        room = {"width": WIDTH - 2 * MARGIN, "height": height}
        spec |= room | {"autosize": {"type": "fit", "contains": "padding"}}
    params = spec.get("params", [])
    spec["params"] = [still(param, picture.moment) for param in params]
    return spec


def still(param: dict, moment: str) -> dict:
    """The slider as the place that it stands at; beyond its end no step is marked."""
    if param.get("name") != "position":
        return param
    return {"name": "position", "value": {"start": 0, "end": 1}.get(moment, 2)}


def _fitting(said: str, size: float) -> float:
    """A size of type, smaller where a line would be wider than the picture."""
    return round(size * min(1.0, (WIDTH - 2 * MARGIN) / max(width_of(said, size), 1.0)), 1)


def _before(picture: Picture, height: float) -> str:
    """What stands above the chart, and the frame that it is put into."""
    source, style = picture.source, picture.source.style
    setting, title = source.line(picture.experiments), picture.title
    head = [
        text(MARGIN, 72, _fitting(title, 46), style.ink, title, font_weight="600"),
        text(MARGIN, 116, _fitting(setting, 24), style.ink, setting),
    ]
    shown = range(len(style.names)) if picture.shown is None else [picture.shown]
    names = [
        element("tspan", style.names[place], fill=style.inks[place], font_weight="600")
        for place in shown
    ]
    size = _fitting("  ·  ".join(style.names[place] for place in shown), 28)
    legend = joined(names, element("tspan", "  ·  ", fill=style.quiet))
    head.append(element("text", legend, x=MARGIN, y=152, font_family=FONTS, font_size=size))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<rect width="100%" height="100%" fill="{style.paper}"/>{joined(head)}'
        f'<svg x="{MARGIN}" y="{HEAD}" width="{WIDTH - 2 * MARGIN}" height="{height:g}"'
    )


def _foot(picture: Picture) -> tuple[str, float]:
    """What stands below the chart, how it is read and the whole link, and how high that is."""
    source, quiet = picture.source, picture.source.style.quiet
    room = WIDTH - 2 * MARGIN
    beside = width_of(source.title, LINK) + 2 * LINK
    link = wrapped(source.link, partial(width_of, size=LINK), room - beside, BEFORE_VALUES)
    about = wrapped(picture.about, partial(width_of, size=ABOUT), room)
    link_y = HEIGHT - 20 - LINE * LINK * (len(link) - 1)
    about_y = link_y - 1.8 * LINK - LINE * ABOUT * (len(about) - 1)
    drawn = [
        text(MARGIN, link_y, LINK, quiet, source.title),
        lines(MARGIN + beside, link_y, LINK, quiet, link),
    ]
    if about:
        drawn.append(lines(MARGIN, about_y, ABOUT, source.style.ink, about))
    top = about_y - 1.6 * ABOUT if about else link_y - 1.6 * LINK
    return joined(drawn), HEIGHT - top
