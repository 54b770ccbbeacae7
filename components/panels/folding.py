"""The settings of a phone are folded away whenever the page is loaded."""

from pathlib import Path

import streamlit as st

_JS = Path(__file__).with_name("folding.js")


def fold_on_phones() -> None:
    """Have the browser forget, on a phone, that the settings were open."""
    component = st.components.v2.component("folding", js=_JS.read_text(encoding="utf-8"))
    with st.container(key="folding"):  # takes no room, as the connection's does not
        component(key="fold on phones", height="content")
