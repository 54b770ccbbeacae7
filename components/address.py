"""Addresses of the pages, as they are given to others."""

from collections.abc import Mapping
from urllib.parse import urlencode

import streamlit as st

from components import state
from components.text import Text


def address(asked: Mapping[str, object]) -> str:
    """The address of the page that is shown, with these parameters.

    On Community Cloud the app is in a frame at "/~/+/", which the address to share is without.
    """
    base = (st.context.url or "").split("?")[0].replace("/~/+/", "/")
    bare = base.count("/") == 2  # a browser would put the slash there, too
    return f"{base}{'/' if bare else ''}?{urlencode(asked)}"


def address_of_this(words: Text) -> str:
    """The address that opens just what is shown, in the language that it is shown in."""
    return address(state.link_to_this() | {"lang": words.language})
