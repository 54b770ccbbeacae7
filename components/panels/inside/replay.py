"""Both runs' training of one network, played side by side in the browser."""

from collections.abc import Sequence

import streamlit as st

from components.charts.style import Style
from components.panels.inside.view import View
from components.replay import pack, replay
from models import Experiment, History


def draw(view: View) -> None:
    """Draw the panel."""
    experiments = tuple(history.experiment for history in view.histories)
    last = int(view.histories[0].frame_steps[-1])
    replay(_packed(view.histories, view.style, experiments, view.network, last))
    st.caption(view.words("inside.replay_caption"))


@st.cache_resource(max_entries=24, show_spinner=False)
def _packed(
    _histories: Sequence[History],
    style: Style,
    experiments: tuple[Experiment, ...],
    network: int,
    last: int,
) -> bytes:
    """The replay of a run as far as it is: the same for everybody who looks at it."""
    return pack(style, _histories, network)
