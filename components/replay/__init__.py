"""The replay: two runs side by side, in step, played in the browser without the server.

``pack`` turns kept frames into one block of bytes (its layout stands in ``replay.js``), ``replay``
shows it.
"""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from components.charts.style import RAMP, Style
from models import History
from models.datasets import XOR_INPUTS, XOR_LABELS
from models.passes import decision_surface

LOW, HIGH = -0.5, 1.5  # of both inputs
SURFACE_BYTES = 190_000  # of all surfaces together: the whole stays under 300 kB
LARGEST_SIDE, SMALLEST_SIDE = 48, 12
MOST_WORK = 2e9  # multiplications for all surfaces: large networks get a coarser grid
UNKNOWN = 255
STEEPEST = 10.0  # logit beyond which all surfaces look alike: p = 5e-5 and 1 - 5e-5
HIGHEST_LOSS, LOWEST_TOP = 1.5, 0.8  # of the loss strip's axis
LOWEST_LOG, HIGHEST_LOG = -60.0, 3.0  # of the gradient's axis; beyond, a network is diverging

_HTML, _CSS, _JS = (
    Path(__file__).with_name(f"replay.{kind}").read_text(encoding="utf-8")
    for kind in ("html", "css", "js")
)


def pack(style: Style, histories: Sequence[History], network: int) -> bytes:
    """Everything the replay of a kept network shows, for one or two runs.

    Raises:
        KeyError: the network's parameters were not kept.
    """
    places = histories[0].frame_places
    losses = [history.loss[:, network] for history in histories]
    with np.errstate(divide="ignore"):
        logs = [np.log10(h.weight_gradient_norm[places, :, network]) for h in histories]
    logs = [
        np.where(np.isfinite(log), np.clip(log, LOWEST_LOG, HIGHEST_LOG), np.nan) for log in logs
    ]
    known = np.concatenate([log[np.isfinite(log)] for log in logs])
    side = grid_side(histories)
    header = {
        "run": _identity(histories),
        "arms": [
            {
                "name": name,
                "color": color,
                "right": _right(history.accuracy[places, network]),
            }
            for name, color, history in zip(style.names, style.colors, histories, strict=True)
        ],
        "steps": histories[0].frame_steps.tolist(),
        "logged": histories[0].steps.tolist(),
        "layers": histories[0].experiment.layers,
        "side": side,
        "low": LOW,
        "high": HIGH,
        "points": [
            [*point, int(label)]
            for point, label in zip(XOR_INPUTS.tolist(), XOR_LABELS.tolist(), strict=True)
        ],
        "ramp": RAMP,
        "steepest": STEEPEST,
        "floor": float(np.floor(known.min())) - 0.5 if len(known) else -1.5,
        "ceiling": float(np.ceil(known.max())) if len(known) else 0.0,
        "highest": _top(losses),
        "text": style.words.section("replay"),
    }
    surfaces = [
        _as_bytes(decision_surface(history, network, LOW, HIGH, side)) for history in histories
    ]
    text = json.dumps(header, ensure_ascii=False).encode()
    numbers = [*losses, *(loss[places] for loss in losses), *(log.ravel() for log in logs)]
    with np.errstate(over="ignore"):  # a loss of 1e40 arrives as infinity
        floats = np.concatenate(numbers).astype("<f4")
    return b"".join(
        [
            len(text).to_bytes(4, "little"),
            text,
            floats.tobytes(),
            *(surface.tobytes() for surface in surfaces),
        ]
    )


def replay(block: bytes) -> None:
    """Show what ``pack`` packed."""
    component = st.components.v2.component("replay", html=_HTML, css=_CSS, js=_JS)
    component(data=block, key="replay", height="content")


def grid_side(histories: Sequence[History]) -> int:
    """Cells a side of the surfaces: as fine as what travels and what it takes allow."""
    frames = len(histories) * len(histories[0].frame_steps)
    weights = max(history.experiment.parameter_count for history in histories)
    fitting = math.isqrt(min(SURFACE_BYTES // frames, int(MOST_WORK / (frames * weights))))
    return max(SMALLEST_SIDE, min(LARGEST_SIDE, fitting))


def _identity(histories: Sequence[History]) -> str:
    """The run, however far it is: the reader's place in it is kept while it is the same."""
    return " ".join(
        f"{value}"
        for history in histories
        for name, value in vars(history.experiment).items()
        if name != "steps"
    )


def _right(accuracy: np.ndarray) -> list[int]:
    """How many of the four points are right at each frame; 0 where that is unknown."""
    return np.rint(np.nan_to_num(accuracy) * len(XOR_LABELS)).astype(int).tolist()


def _top(losses: Sequence[np.ndarray]) -> float:
    """Where the loss strip's axis ends: the largest loss, within reason."""
    known = np.concatenate([loss[np.isfinite(loss)] for loss in losses])
    return float(np.clip(known.max(initial=0.0) * 1.05, LOWEST_TOP, HIGHEST_LOSS))


def _as_bytes(surfaces: np.ndarray) -> np.ndarray:
    """Probabilities as bytes: their logit from -STEEPEST (0) to STEEPEST (254); UNKNOWN if NaN.

    Between two cells the logit is nearly linear where the probability jumps: the border that the
    browser draws through a few dozen cells is smooth. The bytes follow its inverse hyperbolic sine:
    finest around 0, where an untrained network's surface lies.
    """
    with np.errstate(divide="ignore"):
        logits = np.clip(np.log(surfaces) - np.log1p(-surfaces), -STEEPEST, STEEPEST)
    scaled = np.rint((np.arcsinh(logits) / np.arcsinh(STEEPEST) + 1) * ((UNKNOWN - 1) / 2))
    return np.where(np.isnan(scaled), UNKNOWN, scaled).astype(np.uint8)
