"""The first screen under the verdict: gradient, two surfaces that play, loss, activation.

Where each part stands, and how large it is, says the style sheet: it depends on the room there is.
"""

import streamlit as st

from components.drawing.charts.style import Style
from components.panels.overview.functions import activation_cell
from components.panels.overview.gradient import gradient_cell
from components.panels.overview.loss import loss_cell
from components.panels.surfaces import surfaces
from models import History


def stage(style: Style, histories: tuple[History, ...], network: int) -> None:
    """Draw all parts, for the network in view."""
    networks = [network] * len(histories)
    with st.container(key="stage gradient", height="stretch"):
        gradient_cell(style, histories, networks)
    with st.container(key="stage surfaces", height="stretch"):
        surfaces(style, histories, network)
    with st.container(key="stage loss", height="stretch"):
        loss_cell(style, histories, networks)
    with st.container(key="stage activation", height="stretch"):
        activation_cell(style, histories)
