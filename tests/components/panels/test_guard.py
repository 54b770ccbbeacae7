"""A page that fails says so in a sentence; what exactly went wrong is in the log alone."""

import pytest

from components.pages import lab
from components.settings import state
from tests.components.page import Page

SECRET = "/srv/secret/path"


def broken(*args, **kwargs):
    raise RuntimeError(SECRET)


@pytest.mark.fails
@pytest.mark.parametrize("where", ["affordable", "header", "stage", "inside", "details"])
@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_page_that_fails_says_a_sentence_and_logs_the_rest(monkeypatch, caplog, where, language):
    monkeypatch.setattr(lab, where, broken)
    page = Page(lang=language, settle=False)
    assert not page.app.exception
    assert page.errors == [page.words("page.broken")]
    assert SECRET not in page.everything()
    assert any(SECRET in record.exc_text for record in caplog.records if record.exc_text)


@pytest.mark.fails
def test_a_page_that_fails_before_its_language_is_known_says_it_in_the_browsers(monkeypatch):
    monkeypatch.setattr(state, "start", broken)
    page = Page(settle=False)
    assert not page.app.exception
    assert page.errors == [page.words("page.broken")]


@pytest.mark.fails
def test_what_can_be_drawn_is_drawn(monkeypatch):
    """A panel that fails takes nothing else with it."""
    monkeypatch.setattr(lab, "inside", broken)
    page = Page(settle=False).look()
    assert page.verdict
    assert len(page.charts()) >= 3
    assert page.errors == [page.words("page.broken")]
