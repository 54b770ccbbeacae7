"""Addresses of the pages, as they are given to others."""

from collections.abc import Mapping
from urllib.parse import urlencode

import segno
import streamlit as st

from components.drawing.markup import element
from components.settings import state
from components.words.text import Text


def address(asked: Mapping[str, object]) -> str:
    """The address of the page that is shown, with these parameters.

    On Community Cloud the app is in a frame at "/~/+/", which the address to share is without.
    """
    base = (st.context.url or "").split("?")[0].replace("/~/+/", "/")
    bare = base.count("/") == 2  # a browser would put the slash there, too
    return f"{base}{'/' if bare else ''}?{urlencode(asked, safe=',')}"


def address_of_this(words: Text) -> str:
    """The address that opens just what is shown, in the language that it is shown in, for good."""
    return address(state.link_to_keep() | {"lang": words.language})


def draw_code(words: Text, link: str, alt: str, *, large: bool = False) -> None:
    """An address as a QR code, to be scanned from the last row, and written out below.

    Args:
        words: the language.
        link: the address.
        alt: what the code is, for who cannot see it.
        large: as large as the screen lets it be.
    """
    # Nothing covers a part of a screen: the fewest modules are read from the farthest.
    image = segno.make(link, error="l").svg_data_uri(border=4, scale=8, light="#ffffff")
    shown = element("img", src=image, alt=alt)
    told = element("p", words("lesson.class_scan")) + element("code", link)
    size = " vgl-large" if large else ""
    st.html(element("div", shown, told, class_=f"vgl-class-link{size}"))
