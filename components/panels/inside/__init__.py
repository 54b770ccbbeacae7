"""A look inside one network: replay, network, chain rule, health, each layer's view of the points.

Both runs are shown for the same network number, so from the same initial weights. A panel costs
nothing until it is opened, and is computed from what the run kept: nothing is trained. Each panel
is a module with one ``draw(view)``.
"""

from collections.abc import Sequence

import streamlit as st

from components.charts.style import Style
from components.elements import section
from components.panels.inside import chain, health, network, points, replay
from components.panels.inside.choices import choose_network, choose_panel
from components.panels.inside.view import View
from components.text import Text
from models import History

_DRAW = {
    "replay": replay.draw,
    "network": network.draw,
    "chain": chain.draw,
    "health": health.draw,
    "points": points.draw,
}


def inside(
    words: Text,
    style: Style,
    histories: tuple[History, ...],
    in_view: Sequence[int],
    ready: bool = True,
) -> None:
    """Draw the choice of panels, and the open one if it is ``ready`` to be drawn."""
    section(words("inside.title"))
    panel = choose_panel(words)
    if panel is None:
        st.caption(words("inside.closed"))
    elif not ready:
        st.caption(words("inside.later"))
    else:
        shown = choose_network(words, histories, in_view[0])
        _DRAW[panel](View(words, style, histories, shown))
