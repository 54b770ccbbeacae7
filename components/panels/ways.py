"""The ways from one page to the others."""

from collections.abc import Mapping, Sequence

import streamlit as st

from components.settings import state
from components.settings.state.items import ATLAS, LAB, LESSON, MINE
from components.words.text import Text

ICONS = {LAB: "science", LESSON: "school", ATLAS: "map", MINE: "code"}

Pages = Mapping[str, st.Page]
"""Each page by its name."""


def ways(words: Text, pages: Pages, to: Sequence[str]) -> None:
    """Draw a link to each of some pages, as things stand."""
    for name in to:
        label, there = words(f"pages.{name}"), state.link_to(name)
        icon = f":material/{ICONS[name]}:"
        st.page_link(pages[name], label=label, icon=icon, query_params=there)
