"""Draws pictures in a process of its own: ``python render.py``, a job on stdin, bytes on stdout.

The renderer, vl-convert, holds a JavaScript engine of some 150 MB. A server that keeps it for good
would have to do without that memory in every crowd; started for a picture it costs 0.3 s.

A job is JSON: ``{"pictures": [{"spec", "before", "after", "png"}, ...]}`` gives a JSON list of
base64 texts, each the chart between two pieces of SVG, as SVG or as PNG; ``{"script": true}`` gives
the JavaScript that draws charts in a page.
"""

import base64
import json
import sys
from xml.etree import ElementTree

import vl_convert

VEGA_LITE = "6.4"
_SVG = "{http://www.w3.org/2000/svg}"
_MARKS = {f"{_SVG}{name}" for name in ("path", "line", "rect", "circle", "text")}


def draw(spec: dict, before: str, after: str, png: bool) -> bytes:
    """A chart between two pieces of SVG; ``before`` ends with the open ``<svg`` it is put into."""
    root = ElementTree.fromstring(vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE))
    _fade_marks(root)
    for group in root.iter(f"{_SVG}g"):
        # Each takes up to 0.2 s. The picture cuts off what leaves the chart, some pixels later.
        group.attrib.pop("clip-path", None)
    size = f' viewBox="0 0 {root.get("width")} {root.get("height")}">'
    inside = "".join(ElementTree.tostring(child, "unicode") for child in root)
    whole = f"{before}{size}{inside}</svg>{after}"
    return vl_convert.svg_to_png(whole, scale=1) if png else whole.encode()


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
        sys.stdout.write(vl_convert.javascript_bundle(vl_version=VEGA_LITE))
        return
    ElementTree.register_namespace("", _SVG.strip("{}"))
    drawn = [base64.b64encode(draw(**picture)).decode() for picture in job["pictures"]]
    json.dump(drawn, sys.stdout)


if __name__ == "__main__":
    main()
