"""Both runs' training of one network, played side by side in the browser."""

import streamlit as st

from components.charts.style import Style
from components.panels.inside.view import View
from components.replay import Surfaces, grid_side, pack, replay
from models import Experiment


def draw(view: View) -> None:
    """Draw the panel."""
    if all(history.finished for history in view.histories):
        experiments = tuple(history.experiment for history in view.histories)
        block = _finished(view, view.style, experiments, view.network)
    else:
        block = _pack(view)
    replay(block)
    st.caption(view.words("inside.replay_caption"))


@st.cache_resource(max_entries=24, show_spinner=False)
def _finished(
    _view: View, style: Style, experiments: tuple[Experiment, ...], network: int
) -> bytes:
    """The replay of a run that has ended: the same for everybody who looks at it."""
    return _pack(_view)


def _pack(view: View) -> bytes:
    run = tuple(history.experiment.identity for history in view.histories)
    surfaces = _surfaces(run, view.network, grid_side(view.histories))
    return pack(view.style, view.histories, surfaces)


@st.cache_resource(max_entries=24, show_spinner=False)
def _surfaces(run: tuple[tuple, ...], network: int, side: int) -> Surfaces:
    """What is known of a run's surfaces: one for all who look at it, and it grows with the run."""
    return Surfaces(network, side)
