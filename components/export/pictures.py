"""Charts as pictures for slides: 1920 by 1080, with title, setting and link, as SVG and PNG."""

import base64
import html
import json
import math
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from components.charts.style import Style
from components.export.source import Source, file_name
from components.made import shelf
from models import Experiment

WIDTH, HEIGHT = 1920, 1080
MARGIN = 60
HEAD, FOOT = 170, 92  # pixels above and below the chart
MOMENTS = ("start", "end")  # that a chart of one step is drawn at
SECONDS = 30.0  # a picture that takes longer is given up
FONTS = (
    "Source Sans, Noto Sans KR, Noto Sans CJK KR, Malgun Gothic, Apple SD Gothic Neo, sans-serif"
)
_RENDER = Path(__file__).with_name("render.py")
_one_at_a_time = threading.Semaphore(1)  # in a crowd: 150 MB at a time


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
        spec: the chart's description.
        tables: its data by name.
        about: how its lines are read.
        moment: ``start`` or ``end``: which step a chart of one step shows; empty: it shows all.
    """

    source: Source
    experiments: tuple[Experiment, ...]
    name: str
    title: str = field(compare=False)
    spec: Mapping[str, Any] = field(compare=False)
    tables: Mapping[str, pa.Table] = field(compare=False)
    moment: str = ""
    about: str = field(default="", compare=False)

    def file_name(self, kind: str) -> str:
        """What its file is called."""
        moment = [self.moment] if self.moment else []
        return file_name(self.experiments, self.name, *moment, ending=kind)


def draw(pictures: Sequence[Picture], kind: str) -> list[bytes]:
    """Pictures as files of a kind, ``svg`` or ``png``; what was drawn lately is not drawn again.

    Raises:
        PictureError: the renderer failed.
    """
    with _one_at_a_time:
        drawn = [shelf.look(("picture", picture, kind)) for picture in pictures]
        missing = [place for place, one in enumerate(drawn) if one is None]
        if missing:
            jobs = [_job(pictures[place], kind) for place in missing]
            for place, text in zip(missing, json.loads(_render({"pictures": jobs})), strict=True):
                key = "picture", pictures[place], kind
                drawn[place] = shelf.get(key, partial(base64.b64decode, text))
    return drawn


def _job(picture: Picture, kind: str) -> dict:
    return {
        "spec": _whole(picture),
        "before": _before(picture),
        "after": _after(picture),
        "png": kind == "png",
    }


@cache
def script() -> str:
    """The JavaScript that draws charts in a page: Vega, Vega-Lite and Vega-Embed as one module.

    Raises:
        PictureError: the renderer failed.
    """
    with _one_at_a_time:
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
    try:
        done = subprocess.run(
            command, input=json.dumps(job).encode(), capture_output=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise PictureError(f"no picture after {SECONDS:g} s") from error
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


def _whole(picture: Picture) -> dict:
    """The chart as large as the picture lets it be, and at one step."""
    spec = plain_spec(picture)
    room = {"width": WIDTH - 2 * MARGIN, "height": HEIGHT - HEAD - FOOT}
    if "layer" in spec or "mark" in spec:
        spec |= room | {"autosize": {"type": "fit", "contains": "padding"}}
    params = spec.get("params", [])
    spec["params"] = [still(param, picture.moment) for param in params]
    return spec


def still(param: dict, moment: str) -> dict:
    """The slider as the place that it stands at; beyond its end no step is marked."""
    if param.get("name") != "position":
        return param
    return {"name": "position", "value": {"start": 0, "end": 1}.get(moment, 2)}


def _text(x: float, y: float, size: float, color: str, said: str, **more: str) -> str:
    options = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
    size = _fitting(said, size)
    return (
        f'<text x="{x}" y="{y}" font-family="{FONTS}" font-size="{size}" fill="{color}"{options}>'
        f"{html.escape(said)}</text>"
    )


def _fitting(said: str, size: float) -> float:
    """A size of type, smaller where a line would be wider than the picture.

    A letter of Korean is as wide as high, one of Latin about half as wide.
    """
    wide = sum(1.0 if ord(letter) > 0x1100 else 0.53 for letter in said) * size
    return round(size * min(1.0, (WIDTH - 2 * MARGIN) / max(wide, 1.0)), 1)


def _before(picture: Picture) -> str:
    source, style = picture.source, picture.source.style
    lines = [_text(MARGIN, 72, 46, style.ink, picture.title, font_weight="600")]
    lines.append(_text(MARGIN, 116, 24, style.ink, source.line(picture.experiments)))
    names = [
        f'<tspan fill="{color}" font-weight="600">{html.escape(name)}</tspan>'
        for name, color in zip(style.names, style.inks, strict=True)
    ]
    legend = f'<tspan fill="{style.quiet}">  ·  </tspan>'.join(names)
    size = _fitting("  ·  ".join(style.names), 28)
    lines.append(
        f'<text x="{MARGIN}" y="152" font-family="{FONTS}" font-size="{size}">{legend}</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<rect width="100%" height="100%" fill="{style.paper}"/>{"".join(lines)}'
        f'<svg x="{MARGIN}" y="{HEAD}" width="{WIDTH - 2 * MARGIN}" '
        f'height="{HEIGHT - HEAD - FOOT}"'
    )


def _after(picture: Picture) -> str:
    source, style, y = picture.source, picture.source.style, HEIGHT - 22
    about = _text(MARGIN, y - 34, 18, style.ink, picture.about)
    link = _text(WIDTH - MARGIN, y, 20, style.quiet, shortened(source.link), text_anchor="end")
    return f"{about}{_text(MARGIN, y, 20, style.quiet, source.title)}{link}</svg>"


def shortened(link: str, length: int = 120) -> str:
    """A link as it is written out: whole, unless it is too long for the line."""
    return link if len(link) <= length else link[: length - 1] + "…"
