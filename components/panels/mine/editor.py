"""Where a program is pasted, and the samples to try."""

import streamlit as st

from components.drawing.markup import element
from components.settings import state
from components.settings.samples import SAMPLES, sample
from components.words.text import Text

LINES = 17  # of the field: what stands beside it is about as high


def editor(words: Text) -> str:
    """The samples' buttons and the field; returns what stands in it."""
    with st.container(key="editor"):
        with st.container(horizontal=True, vertical_alignment="center", key="samples"):
            st.html(element("span", words("mine.try")), width="content")
            for name in SAMPLES:
                label = words(f"mine.samples.{name}")
                st.button(label, on_click=_take, args=(name,), key=f"sample {name}")
        st.text_area(
            words("mine.program"),
            state.get("program"),
            height=24 * LINES,
            placeholder=words("mine.placeholder"),
            help=words("mine.private"),
            **state.control("program"),
        )
        # What is typed is sent once the field is left: as a click on this does.
        st.button(words("mine.ask"), type="primary", icon=":material/search:", key="ask")
    return state.get("program")


def _take(name: str) -> None:
    state.put("program", sample(name))
