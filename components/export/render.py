"""Draws pictures in a process of its own: ``python render.py``, a job on stdin, bytes on stdout.

The renderer, vl-convert, holds a JavaScript engine of some 150 MB. A server that keeps it for good
would have to do without that memory in every crowd; started for a picture it costs 0.3 s.

A job is JSON: ``{"pictures": [{"spec", "drawing", "before", "after", "png"}, ...]}`` gives a JSON
list of base64 texts, each the chart, or the drawing ``[width, height, SVG]`` in its place, between
two pieces of SVG, as SVG or as PNG; ``{"script": true}`` gives the JavaScript that draws charts in
a page.
"""

import base64
import json
import re
import sys
from xml.etree import ElementTree

import vl_convert

VEGA_LITE = "6.4"
_SVG = "{http://www.w3.org/2000/svg}"
_RAISED, _LOWERED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "₋₀₁₂₃₄₅₆₇₈₉"
_PLAIN = str.maketrans(_RAISED + _LOWERED, 2 * "−0123456789")
_SHIFTED = re.compile(f"([{_RAISED}]+|[{_LOWERED}]+)")
_WRITING = re.compile(f">([^<>]*[{_RAISED}{_LOWERED}][^<>]*)<")
_MARKS = {f"{_SVG}{name}" for name in ("path", "line", "rect", "circle", "text")}


def draw(spec: dict | None, drawing: list | None, before: str, after: str, png: bool) -> bytes:
    """A picture between two pieces of SVG; ``before`` ends with the open ``<svg`` it stands in.

    It is a chart's ``spec``, or else a ``drawing``: its width, height and SVG.
    """
    width, height, inside = drawing or _charted(spec or {})
    whole = f'{before} viewBox="0 0 {width} {height}">{inside}</svg>{after}'
    whole = _WRITING.sub(_with_shifted, whole)
    return vl_convert.svg_to_png(whole, scale=1) if png else whole.encode()


def _charted(spec: dict) -> tuple[str, str, str]:
    """A chart's width, height and SVG."""
    root = ElementTree.fromstring(vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE))
    _fade_marks(root)
    for group in root.iter(f"{_SVG}g"):
        # Each takes up to 0.2 s. The picture cuts off what leaves the chart, some pixels later.
        group.attrib.pop("clip-path", None)
    inside = "".join(ElementTree.tostring(child, "unicode") for child in root)
    return root.attrib["width"], root.attrib["height"], inside


def _with_shifted(writing: re.Match) -> str:
    """Raised and lowered digits as plain ones, smaller, above and below the line.

    Few fonts have all of them: one that is missing would come from another font, and the digits
    beside it with it.
    """
    said, back = "", ""
    for part in filter(None, _SHIFTED.split(writing[1])):
        if part[0] in _RAISED + _LOWERED:
            up = -0.5 if part[0] in _RAISED else 0.25  # of the digits' height
            said += f'<tspan dy="{up}em" font-size="70%">{part.translate(_PLAIN)}</tspan>'
            back = f' dy="{-0.7 * up:g}em"'
        else:
            said += f"<tspan{back}>{part}</tspan>"
    return f">{said}<"


def _fade_marks(root: ElementTree.Element) -> None:
    """Let a faded mark have a faded stroke and fill.

    It looks the same, as it is a line or an area alone; as a whole it would be faded on a canvas of
    its own, which takes 0.4 s for a hundred lines.
    """
    for mark in root.iter():
        if mark.tag in _MARKS and not {"fill-opacity", "stroke-opacity"} & mark.attrib.keys():
            opacity = mark.attrib.pop("opacity", "1")
            if opacity != "1":
                mark.attrib |= {"fill-opacity": opacity, "stroke-opacity": opacity}


def main() -> None:
    """Read a job, write what it asks for."""
    job = json.load(sys.stdin)
    if "script" in job:
        bundle = vl_convert.javascript_bundle(vl_version=VEGA_LITE)  # type: ignore[call-arg]
        sys.stdout.write(bundle)
        return
    ElementTree.register_namespace("", _SVG.strip("{}"))
    drawn = [base64.b64encode(draw(**picture)).decode() for picture in job["pictures"]]
    json.dump(drawn, sys.stdout)


if __name__ == "__main__":
    main()
