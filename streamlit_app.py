"""Vanishing Gradient Lab: see why a deep network of sigmoids stops learning XOR.

Run it with ``streamlit run streamlit_app.py``.
"""

from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components import state
from components.guard import guarded
from components.pages import lab
from components.server import warm_up
from components.sidebar import choose_language, sidebar
from components.text import Text

ROOT = Path(__file__).parent


def page() -> None:
    """One visitor's run of the page."""
    locale = st.context.locale or ""
    state.start("ko" if locale.lower().startswith("ko") else "en")  # the browser's language
    large = state.get("size") == "large"
    st.set_page_config(
        page_title="Vanishing Gradient Lab",
        page_icon=str(ROOT / "components" / "assets" / "icon.png"),
        layout="wide",
        initial_sidebar_state="collapsed" if large else "auto",
    )
    st.html(ROOT / "components" / "page.css")
    if large:
        st.html(ROOT / "components" / "large.css")
    _draw(choose_language())


@guarded
def _draw(words: Text) -> None:
    lab.render(words, sidebar(words))
    state.update_link()


if get_script_run_ctx(suppress_warning=True) is None:
    # The server imports this file once, before any visitor comes: it trains the first screen.
    app = st.App(__file__, lifespan=warm_up)
else:
    page()
