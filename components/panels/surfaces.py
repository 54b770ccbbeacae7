"""What one network of each run answers all over the plane, as it learned it: played on the page."""

import bisect
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from components.drawing.charts.style import Style
from components.drawing.elements import headed
from components.drawing.made import once
from components.drawing.plane import scale_words
from components.drawing.replay import Surfaces, grid_side, pack, replay
from components.panels.in_view import show
from components.settings import state
from components.settings.state.items import STEPS
from components.words.numbers import whole
from components.words.text import Text
from models import History
from models.diagnostics import kept_by_all
from models.norms import NORMS


def surfaces(
    style: Style,
    histories: tuple[History, ...],
    network: int,
    train_on: bool = True,
) -> None:
    """Draw the surfaces of the network in view, with what plays them.

    Args:
        style: how it looks.
        histories: the runs, as far as they are.
        network: the one in view.
        train_on: whether more steps are offered.
    """
    words = style.words
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        headed(words, words("surfaces.title"), "surfaces", lambda: how(words, histories))
        if train_on:
            _train_on(words, histories, network)
    kept = kept_by_all(histories)
    if network not in kept:
        notice = words("surfaces.not_kept", network=network, last=max(kept))
        replay(pack(style, histories, None, notice))
    else:
        # The browser knows how large its type is.
        replay(once(_pack, replace(style, large=False), histories, network))


def _train_on(words: Text, histories: tuple[History, ...], network: int) -> None:
    """Continue runs that have ended, as far as the next larger number of steps.

    The network in view stays in view: at the new end another one may be the typical one.
    """
    more = STEPS[bisect.bisect_right(STEPS, histories[0].experiment.steps) :]
    if not more:
        return
    if st.button(
        words("surfaces.more", steps=whole(more[0])),
        type="tertiary",
        icon=":material/fast_forward:",
        disabled=not histories[0].finished,  # there, so that nothing moves when it comes
        key="train on",
    ):
        if histories[0].experiment.networks > 1:
            show(network)
        state.put("steps", more[0])
        st.rerun()  # the whole page: the controls are outside this fragment


def _pack(style: Style, histories: tuple[History, ...], network: int) -> bytes:
    run = tuple(history.experiment.identity for history in histories)
    return pack(style, histories, _surfaces(run, network, grid_side(histories)))


@st.cache_resource(max_entries=24, show_spinner=False)
def _surfaces(run: tuple[tuple, ...], network: int, side: int) -> Surfaces:
    """What is known of a run's surfaces: one for all who look at it, and it grows with the run."""
    return Surfaces(network, side)


def how(words: Text, histories: Sequence[History]) -> list[str]:
    """What the colours and the keys mean, and where the plane's statistics come from."""
    scale = scale_words([history.experiment for history in histories])
    low, high, middle = scale["low"], scale["high"], scale["middle"]
    said = [words("surfaces.how", low=low, high=high, middle=middle)]
    norms = [NORMS.get(history.experiment.norm) for history in histories]
    if any(norm and norm.over_points for norm in norms):
        said.append(words("surfaces.how_batch_norm"))
    return said
