"""The look inside a network: every panel is drawn, and a step stays where it was."""

import re

import pytest
from playwright.sync_api import expect

from components.settings.state.items import PANELS
from tests.browser.lab import CUT_TABLES, LOCALES, PANELS_DRAW
from tests.components.words.test_text import HANGUL
from tests.seldom import IN_KOREAN, seldom

SMALL = "?steps=200&networks=4&depth=4"
GROWS = "?steps=100000&networks=1&depth=2&width=4&activation=tanh&compare=none&seed="


@pytest.mark.parametrize(
    ("seed", "panel", "start"), [(1, "points", "end"), seldom(2, "network", "0")]
)
def test_a_step_stays_at_its_end_or_start_while_a_run_goes_on(visit, fresh, seed, panel, start):
    """A slider that nobody moves, opened during training: its range grows to the run's end."""
    lab = visit(f"{GROWS}{fresh(seed)}&inside={panel}", ready=False)
    slider = lab.page.locator("[data-testid=stMain] [data-testid=stSlider]").first
    expect(slider).to_contain_text(re.compile(r"end: [1-9][\d,]*"))
    assert "100,000" not in slider.inner_text(), "opened while the run goes on"
    lab.finished()
    assert re.fullmatch(rf"Step \(end: 100,000\)\s+{start}\s+0\s+end", slider.inner_text())


def test_the_gradients_slider_at_its_end_follows_a_run_that_goes_on(visit, fresh):
    lab = visit(f"{GROWS}{fresh(3)}", ready=False)
    lab.gradient.locator("input[type=range]").wait_for()
    lab.scrub(1.0)
    assert "100,000" not in lab.step_label, "moved while the run goes on"
    lab.finished()
    assert lab.step_label == lab.words("charts.step") + " 100,000"


def test_panels_open_and_close_by_a_click(visit):
    lab = visit(SMALL)
    for panel, (drawn, count) in PANELS_DRAW.items():
        assert lab.page.locator(drawn).count() == 0, "closed, it is not there"
        lab.open_panel(panel)
        expect(lab.page.locator(drawn)).to_have_count(count)
        lab.page.wait_for_url(re.compile(f"inside={panel}"))
        lab.drawn()
        english = lab.text.replace("한국어", "")
        assert not HANGUL.search(english)
        lab.press(lab.words(f"inside.{panel}"))
        expect(lab.page.locator(drawn)).to_have_count(0)
    lab.page.wait_for_url(lambda url: "inside" not in url)
    assert lab.console == []


@pytest.mark.parametrize("language", IN_KOREAN)
def test_no_table_of_factors_is_cut_off_at_any_width(visit, language):
    lab = visit("?steps=100&networks=8&depth=50&inside=chain", locale=LOCALES[language])
    for width, height in ((1440, 900), (1280, 720), (390, 844)):
        lab.page.set_viewport_size({"width": width, "height": height})
        assert lab.drawn().page.locator(".vgl-factors").count() == 2
        assert lab.page.evaluate(CUT_TABLES) == [], width


@pytest.mark.parametrize(
    "link",
    [
        seldom("rate=5&networks=8&depth=9"),
        seldom("depth=50&width=2&networks=2"),
        "width=1&networks=1&compare=none&activation=maxout",
    ],
)
def test_nothing_a_program_would_say_stands_in_a_panel(visit, link):
    lab = visit(f"?steps=100&{link}")
    for panel in PANELS:
        lab.open_panel(panel)
        lab.page.wait_for_url(re.compile(f"inside={panel}"))
        prose = lab.drawn().text
        for wrong in (r"\bNone\b", r"\bnan\b", r"\bNaN\b", r"\bundefined\b", r"[{}]", "Traceback"):
            assert not re.search(wrong, prose), (panel, wrong)
    assert lab.console == []
