"""What a visitor sees if the page itself fails: a sentence; the traceback goes to the log."""

import functools
import logging
from collections.abc import Callable

import streamlit as st

from components import turnstile
from components.text import Text

_log = logging.getLogger(__name__)


def guarded(draw: Callable[..., None]) -> Callable[..., None]:
    """``draw(words, ...)``, with a sentence in place of whatever it failed to draw.

    It is drawn when it is its turn. Streamlit's own way to rerun or stop a page is no ``Exception``
    and passes through.
    """

    @functools.wraps(draw)
    def guard(words: Text, *args: object) -> None:
        try:
            with turnstile.passed():
                draw(words, *args)
        except Exception:
            _log.exception("the page failed")
            st.error(words("page.broken"), icon=":material/error:")

    return guard
