"""What is run by ``-m slow`` alone."""

from collections.abc import Iterable

import pytest


def seldom(*values: object):
    """A case of a test whose other cases mostly find what this one could."""
    return pytest.param(*values, marks=pytest.mark.slow)


def sometimes(cases: Iterable[object], *always: object) -> list[object]:
    """All cases of a test, of which only these are run each time."""
    return [case if case in always else seldom(case) for case in cases]


IN_KOREAN = ("ko", seldom("en"))
IN_ENGLISH = (seldom("ko"), "en")
