"""Vanishing Gradient Lab: see why a deep network of sigmoids stops learning XOR.

Run it with ``streamlit run streamlit_app.py``.
"""

import functools
from pathlib import Path

import streamlit as st

from components.pages import atlas, lab, mine
from components.pages.lesson import page as lesson
from components.pages.lesson.following import ROUTES
from components.pages.lesson.presenter import is_presented
from components.pages.warm_up import warm_up
from components.panels.connection import watch_connection
from components.panels.guard import guarded, told
from components.panels.sidebar import choose_language, sidebar
from components.panels.ways import Pages
from components.serving.inside.context import is_served
from components.settings import state
from components.settings.state.items import ATLAS, LAB, LESSON, MINE
from components.words.text import Text, text

ROOT = Path(__file__).parent


def page() -> None:
    """One visitor's run of the app."""
    locale = st.context.locale or ""
    language = "ko" if locale.lower().startswith("ko") else "en"  # the browser's
    with told(text(language)):
        _draw(language)


def _draw(language: str) -> None:
    """Find the page that is asked for, and draw it."""

    def show_lab() -> None:
        _draw_lab(_begin(large), pages)

    def show_lesson() -> None:
        _draw_lesson(_begin(large), pages)

    def show_atlas() -> None:
        _draw_atlas(_begin(large), pages)

    def show_mine() -> None:
        _draw_mine(_begin(large), pages)

    title = "Vanishing Gradient Lab"
    pages = {
        LAB: st.Page(show_lab, title=title, url_path=LAB, default=True),
        LESSON: st.Page(show_lesson, title=title, url_path=LESSON),
        ATLAS: st.Page(show_atlas, title=title, url_path=ATLAS),
        MINE: st.Page(show_mine, title=title, url_path=MINE),
    }
    shown = st.navigation(list(pages.values()), position="hidden")
    state.start(language, next(name for name, each in pages.items() if each == shown))
    large = state.get("size") == "large" or (shown == pages[LESSON] and is_presented())
    folded = large or (shown == pages[LESSON] and state.get("present") != "off")
    st.set_page_config(
        page_title=title,
        page_icon=str(ROOT / "components" / "assets" / "icon.png"),
        layout="wide",
        # A course's site has less room; the button that opens it is there.
        initial_sidebar_state="collapsed" if folded or st.context.is_embedded else "auto",
    )
    shown.run()


def _begin(large: bool) -> Text:
    """What comes first on every page; returns the language that was chosen."""
    _dress(large)
    words = choose_language()
    watch_connection(words)
    return words


def _dress(large: bool) -> None:
    """Send the styles as a part of the page itself, before all that wears them.

    Styles alone would go to a place of their own, which a slow browser fills after the page.
    """
    names = ("page", "large") if large else ("page",)
    styles = "".join(f"<style>{_style_sheet(name)}</style>" for name in names)
    st.html(f"<i hidden></i>{styles}")


@functools.cache
def _style_sheet(name: str) -> str:
    return (ROOT / "components" / "pages" / f"{name}.css").read_text(encoding="utf-8")


@guarded
def _draw_lab(words: Text, pages: Pages) -> None:
    lab.render(words, sidebar(words), pages)
    state.update_link()


@guarded
def _draw_lesson(words: Text, pages: Pages) -> None:
    lesson.render(words, pages)
    state.update_link()


@guarded
def _draw_atlas(words: Text, pages: Pages) -> None:
    atlas.render(words, pages)
    state.update_link()


@guarded
def _draw_mine(words: Text, pages: Pages) -> None:
    mine.render(words, pages)
    state.update_link()


if not is_served():
    # The server imports this file once, before any visitor comes: it trains the first screen.
    app = st.App(__file__, lifespan=warm_up, routes=ROUTES)
else:
    page()
