"""The mended program: what is other than in the one that was pasted, and the ways to take it."""

import difflib
import re

import streamlit as st
from markupsafe import Markup

from components.drawing.elements import section
from components.drawing.markup import element
from components.words.text import Text

AROUND = 2  # lines that stay, around one that changes
SIGNS = {"+": "ins", "-": "del"}
PLACE = re.compile(r"@@ -(\d+)")  # where in the old text what follows stands


def change(words: Text, before: str, after: str | None) -> None:
    """The lines that change, and the whole mended program to copy or to download."""
    section(words("mine.mended"))
    if after is None:
        st.caption(words("mine.unwritten"))
        return
    st.html(difference(words, before, after))
    with st.container(key="mended"):
        st.download_button(
            words("mine.download"),
            after,
            file_name="mended.py",
            mime="text/x-python",
            on_click="ignore",
            icon=":material/download:",
            key="download mended",
        )
        with st.expander(words("mine.whole")):
            st.code(after, language="python")


def difference(words: Text, before: str, after: str) -> Markup:
    """The lines that differ with those around them: struck ones with a minus, new ones a plus."""
    texts = before.split("\n"), after.split("\n")  # as Python counts lines
    lines = difflib.unified_diff(*texts, n=AROUND, lineterm="")
    rows = [_line(words, line) for line in list(lines)[2:]]
    label = words("mine.mended")
    return element("div", *rows, class_="vgl-diff", tabindex=0, role="region", aria_label=label)


def _line(words: Text, line: str) -> Markup:
    if place := PLACE.match(line):
        return element("small", words("mine.line", line=place[1]))
    kind = SIGNS.get(line[:1], "span")
    sign = {"ins": "+", "del": "−"}.get(kind, " ")
    return element(kind, element("i", sign), element("code", line[1:] or " "))
