"""What opens a panel, what it costs, what stays open; and that each copes with any setting."""

import functools
from collections.abc import Iterator

import pytest

from components.drawing.charts.health import MEASURES
from components.panels.inside import chain, health, points, view
from components.settings.state.items import PANELS
from components.words.text import LANGUAGES, text
from tests.components.page import Page
from tests.components.pages.test_page import clean, foreign
from tests.components.panels.inside.looking import SMALL, networks, open_panel, prose, said
from tests.components.panels.test_surfaces import replayed

# What computes a panel's figures, as the panel's module knows it.
WORKERS = {
    "network": {(view, "network_pass")},
    "chain": {(view, "network_pass"), (chain, "chain_factors"), (chain, "weight_chain")},
    "health": {(health, "layer_health")},
    "points": {(view, "network_pass"), (points, "points_views")},
}

# What a panel says whatever it shows.
SENTENCES = {
    "network": ["network.caption_gradient"],
    "chain": [
        *("chain.product_title", "chain.product_caption", "chain.graph_title"),
        *("chain.table_title", "chain.table_caption", "chain.graph_caption"),
    ],
    "health": [
        *(f"health.{measure}" for measure in MEASURES),
        *(f"health.{measure}_caption" for measure in MEASURES),
        *("health.how", "health.how_text"),
    ],
    "points": ["points.caption", "points.input"],
}


@pytest.fixture
def calls(monkeypatch) -> Iterator[list[tuple]]:
    """Which of the workers the page called."""
    called = []

    def recorded(name: tuple, work):
        def call(*args, **kwargs):
            called.append(name)
            return work(*args, **kwargs)

        return call

    for module, name in set.union(*WORKERS.values()):
        monkeypatch.setattr(module, name, recorded((module, name), getattr(module, name)))
    yield called
    monkeypatch.undo()


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_costs_nothing_until_it_is_opened_nor_after_it_is_closed(panel, calls):
    page = Page(**SMALL, seed=8_000 + PANELS.index(panel))
    assert open_panel(page) is None
    assert page.words("inside.closed") in prose(page)
    assert calls == []
    page.set("inside", panel)
    assert set(calls) == WORKERS[panel]
    assert page.words("inside.closed") not in prose(page)
    calls.clear()
    page.set("inside", None)
    assert calls == []
    assert page.words("inside.closed") in prose(page)


@functools.cache
def page_in(language: str) -> Page:
    """A page for several tests to press on."""
    return Page(**SMALL, lang=language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_opens_by_link_and_by_press_and_speaks_the_language(panel, language):
    linked = Page(**SMALL, lang=language, inside=panel)
    pressed = page_in(language).set("inside", panel)
    clean(linked)
    clean(pressed)
    assert prose(linked) == prose(pressed)
    assert len(linked.charts()) == len(pressed.charts())
    assert open_panel(linked) == open_panel(pressed) == panel
    words, other = text(language), text("en" if language == "ko" else "ko")
    for sentence in SENTENCES[panel]:
        assert said(words, sentence) in prose(linked), sentence
    for another in set(PANELS) - {panel}:
        for sentence in set(SENTENCES[another]):
            long = said(words, sentence)
            assert len(long) < 20 or long not in prose(linked), f"{another} is open, too"
    shown = linked.everything()
    assert [piece for piece in foreign(words, other) if piece in shown] == []


def test_the_open_panel_stands_in_the_link_until_it_is_closed():
    page = Page(**SMALL)
    before = dict(page.app.query_params)
    assert "inside" not in before
    for panel in PANELS:
        page.set("inside", panel)
        assert page.app.query_params == before | {"inside": panel}
    page.set("inside", None)
    assert page.app.query_params == before


@pytest.mark.parametrize("asked", ["zzz", "", "none", "health,chain"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_panel_in_the_link_is_named_and_opens_nothing(asked, language):
    page = Page(**SMALL, inside=asked, lang=language)
    assert not page.app.exception
    control = page.words("inside.title")
    asked = asked or page.words("link.empty")
    expected = page.words("link.ignored", control=control, asked=asked)
    assert page.warnings == [expected]
    assert open_panel(page) is None
    assert page.words("inside.closed") in prose(page)


def test_a_panel_stays_open_when_a_setting_changes():
    page = Page(**SMALL, inside="network").set("depth", 2)
    assert open_panel(page) == "network"
    assert [block.header["columns"] for block in networks(page)] == 2 * [[0, 1, 2, 3]]


ODD = {
    "perceptron": {"depth": 0},
    "one unit": {"width": 1, "depth": 3},
    "zeros": {"init": "zeros", "depth": 3},
    "diverged": {"learning_rate": 5, "networks": 8},
    "deep": {"depth": 50, "width": 2},
    "one network": {"networks": 1, "depth": 3},
    "one run": {"compare": "none", "depth": 3},
    "maxout": {"activation": "maxout", "compare": "none", "depth": 3},
    "wide": {"width": 17, "depth": 13, "compare": "maxout"},
}

ALWAYS = {  # what each panel still says
    "network": "network.caption_gradient",
    "chain": "chain.graph_caption",
    "health": "health.how_text",
    "points": "points.caption",
}


@pytest.mark.parametrize("link", ODD.values(), ids=list(ODD))
def test_every_panel_copes_with_an_odd_setting(link):
    page = Page(**link)
    for panel in PANELS:
        page.set("inside", panel)
        clean(page)
        assert said(page.words, ALWAYS[panel]) in prose(page)
        arms = 1 + (link.get("compare") != "none")
        assert len(replayed(page).header["arms"]) == arms
        if panel == "network":
            assert len(networks(page)) == arms
