"""The gradient's way back: one number that is multiplied layer by layer, played in the browser.

``pack`` writes all that is read along the way, ``backward`` shows it; the browser computes nothing
but where things stand.
"""

import math
from pathlib import Path

import streamlit as st

from components.drawing.block import CONTROLS, packed, scripts
from components.drawing.charts.style import Style
from components.words.numbers import number, power_of_ten
from components.words.text import Text
from models.diagnostics import ChainFactors, Multiplied, way_back
from models.outputs import Symbols

__all__ = ["backward", "has_way", "pack"]

DIGITS = 3  # of what is left: as many as the table gives the ratio
MOST_LINES = 6  # across the picture, at powers of ten
_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_BROWSERS = ("title", "track", "play", "pause", "back", "forth")  # words that it says itself

_PARTS = Path(__file__).parent
_HTML, _CSS = (
    (_PARTS / f"backward.{kind}").read_text(encoding="utf-8") for kind in ("html", "css")
)
_CSS = CONTROLS.with_suffix(".css").read_text(encoding="utf-8") + _CSS
_JS = scripts(CONTROLS.with_suffix(".js"), _PARTS / "backward.js")


def has_way(chain: ChainFactors) -> bool:
    """Whether the last layer has a gradient, and there is a hidden layer for it to go back to."""
    return len(chain.weights) > 0 and math.isfinite(chain.ratio)


def pack(style: Style, place: int, chain: ChainFactors, output: Symbols, of: str) -> bytes:
    """A network's way back, ready to be played.

    Args:
        style: how it looks.
        place: of the run among those that the style has names for.
        chain: the network's factors; it ``has_way``.
        output: how the output's part is written.
        of: tells this network at this step from all others: who looks at it again is where it was.
    """
    words, way = style.words, way_back(chain)
    low, high = _span([1.0, *(each.left for each in way)])
    layers, whole = len(chain.signal), number(1.0, DIGITS)
    start = {
        "column": layers,
        "left": whole,
        "level": _level(1.0, low, high),
        "what": _start(words, chain, output),
    }
    before = [whole, *(number(each.left, DIGITS) for each in way[:-1])]
    stops = [
        _stop(words, chain, output, each, earlier) | {"level": _level(each.left, low, high)}
        for each, earlier in zip(way, before, strict=True)
    ]
    header = {
        "of": of,
        "name": style.names[place],
        "ink": style.inks[place],
        "columns": [f"W{_small(1)}", *map(str, range(1, layers)), words("network.output")],
        "stops": [start, *stops],
        "lines": [
            {"name": power_of_ten(power), "level": _level(10.0**power, low, high)}
            for power in range(high, low - 1, -math.ceil((high - low) / MOST_LINES))
        ],
        "text": {name: words(f"backward.{name}") for name in _BROWSERS},
    }
    return packed(header)


def backward(block: bytes, key: str) -> None:
    """Show what ``pack`` packed."""
    component = st.components.v2.component("backward", html=_HTML, css=_CSS, js=_JS)
    component(data=block, key=key, height="content")


def _start(words: Text, chain: ChainFactors, output: Symbols) -> str:
    """What the number is of that is multiplied, all of it."""
    if chain.answer is None:
        return words("backward.start")
    _, error = output.plain_factors
    return words("backward.start_error", error=error)


def _stop(words: Text, chain: ChainFactors, output: Symbols, each: Multiplied, before: str) -> dict:
    """What is read where one more factor has been multiplied: its sign, itself, and what it is."""
    left = number(each.left, DIGITS)
    end = "backward.inputs" if chain.answer is None else "backward.inputs_error"
    sign, at, what = {
        "answer": (f"{output.unit}′", "(z)", "backward.answer"),
        "weights": (f"W{_small(each.layer + 1)}", "", "backward.weights"),
        "activation": ("φ′", f"(z{_small(each.layer)})", "backward.activation"),
        "norm": ("γ/√v", _small(each.layer), "backward.norm"),
        "skip": ("1+", f"φ′W{_small(each.layer + 1)}", "backward.skip"),
        "inputs": (words("chain.inputs"), "", end),
    }[each.by]
    return {
        "by": each.by,
        # The inputs lead from the first layer's signal to its weights' gradient, one further.
        "column": each.layer - (each.by == "inputs"),
        "short": sign,  # in its column
        "sign": sign + at,
        "factor": number(each.value, DIGITS if each.by == "inputs" else 2),
        "before": before,
        "left": left,
        "what": words(
            what,
            layer=each.layer,
            next=each.layer + 1,
            left=left,
            ratio=number(chain.ratio, DIGITS),
        ),
    }


def _small(layer: int) -> str:
    return f"{layer}".translate(_SUBSCRIPT)


def _span(left: list[float]) -> tuple[int, int]:
    """The powers of ten between which all that is left lies, with some room at the bottom."""
    logs = [math.log10(each) for each in left if 0 < each < math.inf]
    return math.floor(min(logs) - 0.2), math.ceil(max(logs))


def _level(left: float, low: int, high: int) -> float:
    """How high a number stands, from 0 to 1; what is zero or not known, on the ground."""
    return (math.log10(left) - low) / (high - low) if 0 < left < math.inf else 0.0
