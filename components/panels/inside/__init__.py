"""A look inside one network: units and weights, chain rule, health, how layers see the points.

Both runs are shown for the same network number, so from the same seed. A panel costs
nothing until it is opened, and is computed from what the run kept: nothing is trained. Each panel
is a module with one ``draw(view)``.
"""

import streamlit as st

from components.drawing.charts.style import Style
from components.drawing.elements import section
from components.panels.inside import chain, health, network, points
from components.panels.inside.choices import choose_panel, offer_kept
from components.panels.inside.view import View
from components.words.text import Text
from models import History
from models.diagnostics import begin_alike, kept_by_all

_DRAW = {
    "network": network.draw,
    "chain": chain.draw,
    "health": health.draw,
    "points": points.draw,
}


def inside(
    style: Style,
    histories: tuple[History, ...],
    network: int,
) -> None:
    """Draw the choice of panels, and the open one.

    If the parameters of the network in view were not kept, one that can be shown is offered.
    """
    words = style.words
    section(words("inside.title"))
    panel = choose_panel(words)
    if panel is None:
        st.caption(words("inside.closed"))
    elif network not in kept_by_all(histories):
        offer_kept(style, histories, network)
    else:
        st.caption(_which(words, histories, network))
        _DRAW[panel](View(style, histories, network))


def _which(words: Text, histories: tuple[History, ...], network: int) -> str:
    """Which network is shown, and whether both runs began with the same weights."""
    seed = histories[0].experiment.seed + network
    if len(histories) == 1:
        return words("inside.one", network=network, seed=seed)
    if begin_alike(histories, network):
        return words("inside.same", network=network, seed=seed)
    return words("inside.other", network=network, seed=seed)
