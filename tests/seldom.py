"""What is run by ``-m slow`` alone."""

import pytest


def seldom(*values: object):
    """A case of a test whose other cases mostly find what this one could."""
    return pytest.param(*values, marks=pytest.mark.slow)


IN_KOREAN = ("ko", seldom("en"))
IN_ENGLISH = (seldom("ko"), "en")
