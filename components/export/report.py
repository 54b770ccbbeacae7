"""One file that shows a run to somebody without a connection: words, figures, charts that answer.

It holds the renderer it needs, asks for nothing from outside (its own policy forbids it), and is
laid out for paper, too.
"""

import base64
import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import altair as alt
import numpy as np
import torch
from markupsafe import Markup

from components.drawing.markup import element
from components.export.pictures import Picture, plain_spec, script, still
from components.export.source import Source
from models import Experiment

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
_POLICY += "script-src 'unsafe-inline' 'unsafe-eval'"  # Vega compiles its expressions
# logLevel 1: errors alone.
_EMBED = """;
for (const [place, spec] of specs.entries()) {
  const options = { renderer: "svg", actions: false, logLevel: 1, tooltip: { theme: scheme } };
  vegaEmbed(document.querySelectorAll(".chart")[place], spec, options);
}
"""


@dataclass(frozen=True)
class Said:
    """What a report says.

    Attributes:
        verdict: what was learned and why.
        figures: a table.
    """

    verdict: Markup
    figures: Markup


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
        element("h1", source.title),
        element("p", source.line(experiments)),
        element("p", _link(source.link), class_="quiet"),
        element("div", said.verdict, class_="verdict"),
        element("div", said.figures, class_="figures"),
        *(_section(chart.title, *_drawn(chart)) for chart in charts),
    ]
    if surfaces is not None:
        image = f"data:image/png;base64,{base64.b64encode(surfaces).decode()}"
        alt = words("surfaces.title")
        parts.append(_section(alt, element("img", class_="surfaces", alt=alt, src=image)))
    parts += [
        _section(words("export.setting"), *_settings(source, experiments)),
        element("details", element("summary", about_program), element("pre", program)),
        element("p", words("export.made_with", versions=versions()), class_="quiet"),
        _script(script()),
        _script(f"const scheme = {_literal(scheme)}, specs = {_literal(specs)}{_EMBED}"),
    ]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Markup(f":root {{ {variables} }}\n{_style_sheet()}")),
    )
    page = element("html", head, element("body", *parts), lang=words.language, class_=scheme)
    return f"<!DOCTYPE html>\n{page}\n"


def _script(code: str) -> Markup:
    return element("script", Markup(code))


def versions() -> str:
    """What a run was made with."""
    return (
        f"Python {platform.python_version()}, PyTorch {torch.__version__}, "
        f"NumPy {np.__version__}, Altair {alt.__version__}"
    )


def _drawn(chart: Picture) -> list[Markup]:
    """A place for the chart, and how it is read."""
    place = element("div", class_="chart")
    return [place, element("p", chart.about, class_="quiet")] if chart.about else [place]


def _section(title: str, *inside: Markup) -> Markup:
    return element("section", element("h2", title), *inside)


def _settings(source: Source, experiments: Sequence[Experiment]) -> list[Markup]:
    each = zip(source.style.names, experiments, strict=True)
    return [
        element("p", element("b", name), " · ", " ".join(source.setting(e))) for name, e in each
    ]


def _link(link: str) -> str:
    return element("a", link, href=link) if link.startswith(("http://", "https://")) else link


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
