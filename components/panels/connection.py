"""What a page does by itself in the browser: say that its connection is lost, and come back."""

from pathlib import Path

import streamlit as st

from components.drawing.block import joined
from components.words.text import Text

_HERE = Path(__file__).parent
_JS = joined(_HERE / "folding.js", _HERE / "connection.js")


def watch_connection(words: Text) -> None:
    """Have the browser tell when it cannot reach the server; until then nothing is to be seen."""
    component = st.components.v2.component("connection", js=_JS)
    # A place that takes no room, nor does what stands there until it is loaded.
    with st.container(key="connection"):
        component(
            data={"lost": words("page.lost")},
            key="watch connection",
            height="content",
            on_back_change=lambda: None,  # that the page is drawn anew is all that it is for
        )
