"""One file that shows a run to somebody without a connection: words, figures, charts that answer.

It holds the renderer it needs, asks for nothing from outside (its own policy forbids it), and is
laid out for paper, too.
"""

import base64
import html
import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import altair as alt
import numpy as np
import torch

from components.export.pictures import Picture, plain_spec, script, still
from components.export.source import Source
from models import Experiment

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
_POLICY += "script-src 'unsafe-inline' 'unsafe-eval'"  # Vega compiles its expressions
# logLevel 1: errors alone.
_EMBED = """
for (const [place, spec] of specs.entries()) {
  const options = { renderer: "svg", actions: false, logLevel: 1, tooltip: { theme: scheme } };
  vegaEmbed(document.querySelectorAll(".chart")[place], spec, options);
}
"""


@dataclass(frozen=True)
class Said:
    """What a report says, as HTML.

    Attributes:
        verdict: what was learned and why.
        figures: a table.
    """

    verdict: str
    figures: str


def report(
    source: Source,
    experiments: Sequence[Experiment],
    said: Said,
    charts: Sequence[Picture],
    surfaces: bytes | None,
    about_program: str,
    program: str,
) -> str:
    """The file.

    Args:
        source: what it is of; its style is the page's, in usual type.
        experiments: the runs.
        said: what is said of them.
        charts: what is drawn.
        surfaces: a PNG of what the network in view answers, if that can be drawn.
        about_program: what is repeated by the program.
        program: in PyTorch.

    Raises:
        PictureError: the charts' renderer could not be had.
    """
    words, style = source.words, source.style
    title = f"{source.title}: {' / '.join(style.names)}"
    scheme = "dark" if style.dark else "light"
    colors = {"paper": style.paper, "ink": style.ink, "quiet": style.quiet}
    variables = "".join(f"--{name}: {value};" for name, value in colors.items())
    specs = [_across(plain_spec(chart), chart.moment) for chart in charts]
    parts = [
        f"<h1>{html.escape(source.title)}</h1>",
        f"<p>{html.escape(source.line(experiments))}</p>",
        f'<p class="quiet">{_link(source.link)}</p>',
        f'<div class="verdict">{said.verdict}</div>',
        f'<div class="figures">{said.figures}</div>',
        *(_section(chart.title, _drawn(chart)) for chart in charts),
    ]
    if surfaces is not None:
        image = base64.b64encode(surfaces).decode()
        alt = html.escape(words("surfaces.title"), quote=True)
        shown = f'<img class="surfaces" alt="{alt}" src="data:image/png;base64,{image}">'
        parts.append(_section(words("surfaces.title"), shown))
    parts += [_section(words("export.setting"), _settings(source, experiments))]
    parts += [
        f"<details><summary>{html.escape(about_program)}</summary>"
        f"<pre>{html.escape(program)}</pre></details>",
        f'<p class="quiet">{html.escape(words("export.made_with", versions=versions()))}</p>',
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="{words.language}" class="{scheme}">'
        f'<head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title>"
        f"<style>:root {{ {variables} }}\n{_style_sheet()}</style></head>"
        f"<body>{''.join(parts)}<script>{script()}</script>"
        f"<script>const scheme = {_literal(scheme)}, specs = {_literal(specs)};{_EMBED}"
        f"</script></body></html>\n"
    )


def versions() -> str:
    """What a run was made with."""
    return (
        f"Python {platform.python_version()}, PyTorch {torch.__version__}, "
        f"NumPy {np.__version__}, Altair {alt.__version__}"
    )


def _drawn(chart: Picture) -> str:
    """A place for the chart, and how it is read."""
    about = f'<p class="quiet">{html.escape(chart.about)}</p>' if chart.about else ""
    return f'<div class="chart"></div>{about}'


def _section(title: str, inside: str) -> str:
    return f"<section><h2>{html.escape(title)}</h2>{inside}</section>"


def _settings(source: Source, experiments: Sequence[Experiment]) -> str:
    return "".join(
        f"<p><b>{html.escape(name)}</b> · {html.escape(' '.join(source.setting(experiment)))}</p>"
        for name, experiment in zip(source.style.names, experiments, strict=True)
    )


def _link(link: str) -> str:
    if not link.startswith(("http://", "https://")):
        return html.escape(link)
    return f'<a href="{html.escape(link, quote=True)}">{html.escape(link)}</a>'


def _across(spec: dict, moment: str) -> dict:
    """As wide as the page, with a slider where a chart shows one step of many."""
    if not moment:
        spec = spec | {"params": [still(param, moment) for param in spec.get("params", [])]}
    if "layer" not in spec and "mark" not in spec:
        return spec
    size = {"width": "container", "height": spec.get("height", 340)}
    return spec | size | {"autosize": {"type": "fit", "contains": "padding"}}


def _literal(value: object) -> str:
    """A value in a script of a page."""
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/").replace("<!--", "<\\!--")


@cache
def _style_sheet() -> str:
    return Path(__file__).with_name("report.css").read_text(encoding="utf-8")
