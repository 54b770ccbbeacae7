"""One network to try things on, in the browser and without the server: its units, its weights.

``pack`` turns a network at one step into one block of bytes (its layout stands in ``view.js``),
``network`` shows it.
"""

import math
from pathlib import Path

import numpy as np
import streamlit as st

from components.drawing.block import packed, scripts
from components.drawing.charts.style import RAMP, Style
from components.drawing.network.layout import MOST_UNITS, Layout
from components.drawing.plane import plane, point_name, target_name
from components.drawing.replay.surfaces import STEEPEST
from components.words import numbers
from models.passes import Pass

__all__ = [
    "DECADES",
    "MOST_UNITS",
    "Layout",
    "line_colors",
    "network",
    "pack",
    "reach_of",
    "unit_colors",
]

DECADES = 5  # a gradient so many powers of ten below the largest one fades away

# The sign has the two hues that no activation has: violet and lime, told apart in any kind of
# colour vision. Lines are strong; units are pale enough on white, and deep enough on black, for
# the writing in them; a surface goes from dark to bright, so that a white line is seen at 0.
_LINES = {False: ("#6A3FB5", "#5B7F00"), True: ("#A98BFF", "#B7DB3C")}
_UNITS = {False: ("#B9A4E6", "#BFDB5E"), True: ("#5A43A0", "#4F6A0C")}
_SURFACE = (_LINES[False][0], RAMP[1], _LINES[True][1])

_HERE = Path(__file__).parent
_NUMBERS = Path(numbers.__file__).with_suffix(".js")
_HTML, _CSS = ((_HERE / f"network.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))
_JS = scripts(
    _NUMBERS, *(_HERE / f"{name}.js" for name in ("math", "picture", "sums", "tried", "view"))
)


def line_colors(style: Style) -> tuple[str, str]:
    """A negative and a positive line's."""
    return _LINES[style.dark]


def unit_colors(style: Style) -> tuple[str, str, str]:
    """A unit's at minus its ``reach``, at 0, and at its ``reach``."""
    negative, positive = _UNITS[style.dark]
    return negative, style.paper, positive


def reach_of(one: Pass) -> float:
    """The value at which a hidden unit's colour is fullest: 1, or the largest one, rounded up.

    Of all hidden units and points of the one step of a pass. What overflowed is left out.
    """
    sizes = [np.abs(hidden[0]) for hidden in one.inputs[1:]]
    largest = max((float(size[np.isfinite(size)].max(initial=0)) for size in sizes), default=0.0)
    if largest <= 1:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return math.ceil(largest / power) * power


def pack(style: Style, place: int, one: Pass, network: int, point: int, by: str) -> bytes:
    """A network at the one step of a pass, ready to be tried on.

    Args:
        style: how it looks.
        place: of the run among those that the style has names for.
        one: the network's pass.
        network: its number.
        point: at which of the points the units show their values.
        by: what lines show: ``weight`` or ``gradient``.
    """
    experiment, output = one.experiment, one.experiment.output_layer
    layout, task = Layout(experiment.sizes), experiment.task
    header = {
        "run": repr((experiment.identity, network, int(one.steps[0]))),
        "name": style.names[place],
        "color": style.colors[place],
        "ink": style.inks[place],
        "colours": _colors(style),
        "reach": reach_of(one),
        "depth": experiment.depth,
        "sizes": experiment.sizes,
        "activation": experiment.activation,
        "output": experiment.output,
        "optimizer": experiment.optimizer,
        "dtype": experiment.dtype,
        "rate": experiment.learning_rate,
        "momentum": experiment.momentum,
        "decay": experiment.weight_decay,
        "a": experiment.activation_parameter,
        "pieces": experiment.phi.pieces,
        "norm": experiment.norm,
        "skip": experiment.skip,
        "clip": experiment.clip,
        "unitGradient": experiment.unit_gradient,
        "accumulate": experiment.accumulate,
        "broadcast": experiment.broadcast,
        "columns": layout.columns,
        "rows": layout.rows,
        "shown": layout.shown,
        "point": point,
        "by": by,
        "decades": DECADES,
        "plane": plane(experiment),
        "pointNames": [point_name(task, each) for each in range(task.points)],
        "ramp": RAMP,
        "targets": output.targets,
        "scale": [target_name(output, label) for label in (0, 1)],
        "steepest": STEEPEST,
        "huge": style.words("replay.huge"),
        "marks": [style.words("print.wrong"), style.words("print.right")],
        "text": style.words.section("network"),
    }
    flat = _parameters(one)
    return packed(header, flat.astype(flat.dtype.newbyteorder("<")).tobytes())


def _parameters(one: Pass) -> np.ndarray:
    """[count] of its first frame: each layer's shifts and scales, if any, biases, weights."""
    parts: list[np.ndarray] = []
    for layer, (bias, weight) in enumerate(zip(one.biases, one.weights, strict=True)):
        norms = one.norms[layer : layer + 1]
        parts += [each for norm in norms for each in (norm.shift, norm.scale)] + [bias, weight]
    return np.concatenate([part[0].ravel() for part in parts])


def network(block: bytes, key: str) -> None:
    """Show what ``pack`` packed."""
    component = st.components.v2.component("network", html=_HTML, css=_CSS, js=_JS)
    component(data=block, key=key, height="content")


def _colors(style: Style) -> dict:
    negative, positive = line_colors(style)
    return {
        "negative": negative,
        "positive": positive,
        "quiet": style.quiet,
        "units": unit_colors(style),
        "surface": _SURFACE,
    }
