"""The replay: what one network answers all over the plane, two runs in step, played in the browser.

``pack`` turns kept frames into one block of bytes (its layout stands in ``replay.js``), ``replay``
shows it. The loss and the gradient chart beside it follow its step, and it follows theirs.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import streamlit as st

from components.drawing.block import CONTROLS, packed, scripts
from components.drawing.charts.style import RAMP, Style
from components.drawing.plane import plane
from components.drawing.replay.surfaces import STEEPEST, Surfaces, grid_side
from components.words.numbers import number, whole
from components.words.text import Text
from models import History
from models.diagnostics import flat_rest, lost_fate, solved_since

__all__ = ["Surfaces", "grid_side", "pack", "replay"]

_PARTS = Path(__file__).parent
_HTML, _CSS = ((_PARTS / f"replay.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))
_CSS = CONTROLS.with_suffix(".css").read_text(encoding="utf-8") + _CSS
_JS = scripts(CONTROLS.with_suffix(".js"), _PARTS / "replay.js")


def pack(
    style: Style, histories: Sequence[History], surfaces: Surfaces | None, notice: str = ""
) -> bytes:
    """Everything the replay of a kept network shows, for one or two runs.

    While they go on that is their last frame alone: each look sends it anew.

    Args:
        style: how it looks.
        histories: the runs, as far as they are.
        surfaces: of the network to show; it learns the frames that it does not know yet. None:
            there is nothing to draw, and the charts alone are played.
        notice: what is said where the surfaces would be.

    Raises:
        ValueError: the network's parameters were not kept.
    """
    first = histories[0]
    finished = all(history.finished for history in histories)
    frames = slice(0 if finished else -1, None)
    steps = first.frame_steps[frames].tolist()
    arms = zip(style.names, style.inks, histories, strict=True)
    header = {
        "run": repr([history.experiment.identity for history in histories]),
        "arms": [
            _arm(style.words, name, ink, history, surfaces.network, frames)
            for name, ink, history in arms
            if surfaces
        ],
        "notice": notice,
        "steps": steps,
        "names": [whole(step) for step in steps],
        "places": first.frame_places[frames].tolist(),
        "logged": len(first.steps),
        "late": _late(histories) if finished else len(first.steps),
        "ramp": RAMP,
        "side": surfaces.side if surfaces else 0,
        "steepest": STEEPEST,
        "text": style.words.section("replay"),
    }
    return packed(header, surfaces.pack(histories, frames) if surfaces else b"")


def replay(block: bytes) -> None:
    """Show what ``pack`` packed."""
    component = st.components.v2.component("replay", html=_HTML, css=_CSS, js=_JS)
    component(data=block, key="replay", height="content")


def _arm(words: Text, name: str, ink: str, history: History, network: int, frames: slice) -> dict:
    """What is told about a run, frame by frame; its losses are None once it is lost."""
    places, fate = history.frame_places[frames], lost_fate(history.experiment)
    losses = history.loss[places, network].tolist()
    return {
        "name": name,
        "ink": ink,
        "plane": plane(history.experiment),
        "lost": words(f"fate.{fate}"),
        "right": _right(history, places, network),
        "losses": [None if np.isnan(loss) else number(loss, decimals=4) for loss in losses],
    }


def _late(histories: Sequence[History]) -> int:
    """The logged step from which on all that is said of small gradients late in training is so."""
    rests = [flat_rest(history) for history in histories]
    known = [rest.since for rest in rests if rest]
    known += [since for history in histories if (since := solved_since(history)) is not None]
    return max(known, default=len(histories[0].steps))


def _right(history: History, places: np.ndarray, network: int) -> list[int]:
    """How many of the points are right at each frame; 0 where that is unknown."""
    shares = np.nan_to_num(history.accuracy[places, network])
    return np.rint(shares * history.experiment.task.points).astype(int).tolist()
