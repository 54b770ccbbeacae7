"""What a visitor sees if the page itself fails: a sentence; the traceback goes to the log."""

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from components.drawing.charts.style import Style
from components.serving import turnstile
from components.words.text import Text

_log = logging.getLogger(__name__)


@contextmanager
def told(words: Text) -> Iterator[None]:
    """A sentence in place of whatever fails in here.

    Streamlit's own way to rerun or stop a page is no ``Exception`` and passes through.
    """
    try:
        yield
    except Exception:
        _log.exception("the page failed")
        st.error(words("page.broken"), icon=":material/error:")


def guarded(draw: Callable[..., None]) -> Callable[..., None]:
    """``draw(words, ...)`` or ``draw(style, ...)``, with a sentence in place of whatever it failed
    to draw.

    It is drawn when it is its turn.
    """

    @functools.wraps(draw)
    def guard(language: Text | Style, *args: object) -> None:
        words = language.words if isinstance(language, Style) else language
        with told(words), turnstile.passed():
            draw(language, *args)

    return guard
