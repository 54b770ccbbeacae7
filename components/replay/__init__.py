"""The replay: two runs side by side, in step, played in the browser without the server.

``pack`` turns kept frames into one block of bytes (its layout stands in ``replay.js``), ``replay``
shows it.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from components.charts.style import RAMP, Style
from components.numbers import number, power_of_ten, whole
from components.replay.surfaces import HIGH, LOW, STEEPEST, Surfaces, grid_side
from models import History
from models.datasets import XOR_INPUTS, XOR_LABELS

__all__ = ["Surfaces", "grid_side", "pack", "replay"]

HIGHEST_LOSS, LOWEST_TOP = 1.5, 0.8  # of the loss strip's axis
LOWEST_LOG, HIGHEST_LOG = -60.0, 3.0  # of the gradient's axis; beyond, a network is diverging

_HTML, _CSS, _JS = (
    Path(__file__).with_name(f"replay.{kind}").read_text(encoding="utf-8")
    for kind in ("html", "css", "js")
)


def pack(style: Style, histories: Sequence[History], surfaces: Surfaces) -> bytes:
    """Everything the replay of a kept network shows, for one or two runs.

    Args:
        style: how it looks.
        histories: the runs, as far as they are.
        surfaces: of the network to show; it learns the frames that it does not know yet.

    Raises:
        KeyError: the network's parameters were not kept.
    """
    network, steps = surfaces.network, histories[0].frame_steps.tolist()
    losses = [history.loss[:, network] for history in histories]
    logs = [_logs(history, network) for history in histories]
    arms = zip(style.names, style.colors, histories, strict=True)
    header = {
        "run": repr([history.experiment.identity for history in histories]),
        "arms": [_arm(name, color, history, network) for name, color, history in arms],
        "steps": steps,
        "names": [whole(step) for step in steps],
        "logged": histories[0].steps.tolist(),
        "points": _points(),
        "ramp": RAMP,
        "side": surfaces.side,
        **{"low": LOW, "high": HIGH, "steepest": STEEPEST},
        **_gradient_axis(logs),
        "highest": _top(losses),
        "text": style.words.section("replay"),
    }
    text = json.dumps(header, ensure_ascii=False).encode()
    with np.errstate(over="ignore"):  # a loss of 1e40 arrives as infinity
        floats = np.concatenate([*losses, *(log.ravel() for log in logs)]).astype("<f4")
    size = len(text).to_bytes(4, "little")
    return b"".join([size, text, floats.tobytes(), surfaces.pack(histories)])


def replay(block: bytes) -> None:
    """Show what ``pack`` packed."""
    component = st.components.v2.component("replay", html=_HTML, css=_CSS, js=_JS)
    component(data=block, key="replay", height="content")


def _arm(name: str, color: str, history: History, network: int) -> dict:
    """What is told about a run, frame by frame; its losses are None once it has diverged."""
    places = history.frame_places
    losses = history.loss[places, network].tolist()
    ends = history.weight_gradient_norm[places][:, [0, -1], network].tolist()
    return {
        "name": name,
        "color": color,
        "layers": history.experiment.layers,
        "right": _right(history.accuracy[places, network]),
        "losses": [None if np.isnan(loss) else number(loss, decimals=4) for loss in losses],
        "ends": [[number(norm) for norm in both] for both in ends],
    }


def _points() -> list[list]:
    """Both inputs and the label of each point."""
    pairs = zip(XOR_INPUTS.tolist(), XOR_LABELS.tolist(), strict=True)
    return [[*point, int(label)] for point, label in pairs]


def _logs(history: History, network: int) -> np.ndarray:
    """[frame, layer] log10 of the gradient within the axis; NaN where it is 0 or unknown."""
    with np.errstate(divide="ignore"):
        logs = np.log10(history.weight_gradient_norm[history.frame_places, :, network])
    return np.where(np.isfinite(logs), np.clip(logs, LOWEST_LOG, HIGHEST_LOG), np.nan)


def _gradient_axis(logs: Sequence[np.ndarray]) -> dict:
    """Where the gradient's axis begins and ends, and its powers of ten from below, written."""
    known = np.concatenate([log[np.isfinite(log)] for log in logs])
    low, high = (int(np.floor(known.min())), int(np.ceil(known.max()))) if len(known) else (-1, 0)
    powers = [power_of_ten(power) for power in range(low, high + 1)]
    return {"floor": low - 0.5, "ceiling": float(high), "powers": powers}


def _right(accuracy: np.ndarray) -> list[int]:
    """How many of the four points are right at each frame; 0 where that is unknown."""
    return np.rint(np.nan_to_num(accuracy) * len(XOR_LABELS)).astype(int).tolist()


def _top(losses: Sequence[np.ndarray]) -> float:
    """Where the loss strip's axis ends: the largest loss, within reason."""
    known = np.concatenate([loss[np.isfinite(loss)] for loss in losses])
    return float(np.clip(known.max(initial=0.0) * 1.05, LOWEST_TOP, HIGHEST_LOSS))
