"""What a visitor's browser keeps for the server, which keeps nothing of it."""

from pathlib import Path
from urllib.parse import quote, unquote

import streamlit as st

VISITOR = "vgl_visitor"  # who this is, to a class
LESSON = "vgl_lesson"  # what was done in the lesson
SECONDS = {VISITOR: 86_400, LESSON: 30 * 86_400}

_JS = Path(__file__).with_name("cookies.js")


def keep_cookies(values: dict[str, str]) -> None:
    """Have the browser keep these; what is empty it forgets."""
    component = st.components.v2.component("cookies", js=_JS.read_text(encoding="utf-8"))
    written = {
        name: f"{quote(value, safe='')}; max-age={SECONDS[name] if value else 0}"
        for name, value in values.items()
    }
    with st.container(key="cookies"):
        component(data=written, key="keep cookies", height="content")


def cookie(name: str) -> str:
    """What the browser has kept, as it said when it came; empty: nothing."""
    return unquote(f"{st.context.cookies.get(name) or ''}")
