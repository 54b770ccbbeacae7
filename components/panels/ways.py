"""The ways from one page to the others."""

from collections.abc import Mapping, Sequence

import streamlit as st

from components.settings import state
from components.settings.state.items import ATLAS, LAB, LESSON, MINE
from components.settings.state.runs import controls_of
from components.words.text import Text
from models import Experiment

ICONS = {LAB: "science", LESSON: "school", ATLAS: "map", MINE: "code"}

Pages = Mapping[str, st.Page]
"""Each page by its name."""


def ways(words: Text, pages: Pages, to: Sequence[str]) -> None:
    """Draw a link to each of some pages, as things stand."""
    for name in to:
        label, there = words(f"pages.{name}"), state.link_to(name)
        icon = f":material/{ICONS[name]}:"
        st.page_link(pages[name], label=label, icon=icon, query_params=there)


def way_to_lab(pages: Pages, experiment: Experiment, key: str, label: str, about: str) -> None:
    """Draw a link to the lab at exactly this setting; nothing else is in it."""
    there = controls_of(experiment) | {"challenge": None, "inside": None}
    with st.container(key=key):
        st.page_link(
            pages[LAB],
            label=label,
            help=about,
            icon=f":material/{ICONS[LAB]}:",
            query_params=state.link_to_set(there),
        )
