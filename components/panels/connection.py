"""What a page says once its connection is lost, and how it comes back: all in the browser."""

from pathlib import Path

import streamlit as st

from components.words.text import Text

_JS = Path(__file__).with_name("connection.js")


def watch_connection(words: Text) -> None:
    """Have the browser tell when it cannot reach the server; until then nothing is to be seen."""
    component = st.components.v2.component("connection", js=_JS.read_text(encoding="utf-8"))
    # A place that takes no room, nor does what stands there until it is loaded.
    with st.container(key="connection"):
        component(
            data={"lost": words("page.lost")},
            key="watch connection",
            height="content",
            on_back_change=lambda: None,  # that the page is drawn anew is all that it is for
        )
