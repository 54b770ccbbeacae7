"""A line that stalls or breaks: the page recovers, and shows what its visitor chose last."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from components.words.text import text
from tests.browser.conftest import visits
from tests.browser.lab import LOCALES, Lab
from tests.browser.line import Line, line_to
from tests.components.waiting import until
from tests.seldom import IN_KOREAN

SMALL = "?networks=8&steps=200"
LOST = ".vgl-lost"
DIALOG = "[role=dialog]"
# The run is over, and the header speaks of the depth that the slider has.
AGREES = """() => {
  const said = document.querySelector('.vgl-head p')?.innerText ?? '';
  const depth = document.querySelector('input[aria-label="Hidden layers"]')?.value;
  return said.startsWith(`${depth} hidden`) && / 5,000 steps/.test(said)
    && document.querySelector('[data-testid=stApp]').dataset.testConnectionState === 'CONNECTED';
}"""


@pytest.fixture(scope="module")
def line(server) -> Iterator[Line]:
    with line_to(server) as line:
        yield line


@pytest.fixture
def open_lab(contexts, line, tabs) -> Iterator[Callable[..., Lab]]:
    """``open_lab(link, **context)`` opens the lab over the line."""
    yield from visits(contexts, line.address, tabs)
    line.resume()


def move(lab: Lab, key: str) -> None:
    lab.slider("depth").press(key)


@pytest.mark.slow
def test_back_while_the_line_stalls_shows_the_setting_of_before(open_lab, line):
    """A server that refers to what the browser has dropped meanwhile loses the page."""
    for depth in (5, 6):
        open_lab(f"{SMALL}&depth={depth}")
    lab = open_lab(f"{SMALL}&depth=4")
    move(lab, "ArrowRight")
    lab.shows(depth=5)
    line.stall()
    move(lab, "ArrowRight")
    line.wait_for_answer()
    lab.page.evaluate("history.back()")
    line.wait_for_answer()
    line.resume()
    lab.shows(depth=4)


@pytest.mark.slow
def test_of_moves_while_the_line_stalls_the_last_one_counts(open_lab, line):
    lab = open_lab(f"{SMALL}&depth=4")
    move(lab, "ArrowRight")
    lab.shows(depth=5)
    line.stall()
    for key in ("ArrowRight", "ArrowLeft", "ArrowLeft"):
        move(lab, key)
        line.wait_for_answer()
    line.resume()
    lab.shows(depth=4)
    line.stall()
    for key in ("ArrowRight", "ArrowLeft"):
        move(lab, key)
        line.wait_for_answer()
    line.resume()
    lab.shows(depth=4)


def test_a_page_that_trains_stays_whole_while_the_line_stalls(open_lab, line):
    """Parts of it are asked for again and again, with much that was not sent yet."""
    lab = open_lab(SMALL)  # so that all programs are there
    lab.open("?depth=4&steps=5000", ready=False)
    lab.slider("depth").wait_for()
    # No more at a time than the server keeps for a browser that takes in nothing.
    for keys in (("ArrowRight", "ArrowRight"), ("ArrowLeft",)) * 4:
        line.stall(full=True)
        for key in keys:
            move(lab, key)
            lab.page.wait_for_timeout(400)  # the page asks how far the run is meanwhile
        line.resume()
    lab.shows(depth=8)


@pytest.mark.parametrize("language", IN_KOREAN)
def test_a_page_whose_connection_breaks_says_so_and_comes_back(open_lab, line, language):
    lab = open_lab(f"{SMALL}&depth=4", locale=LOCALES[language])
    move(lab, "ArrowRight")
    lab.shows(depth=5)
    line.cut()
    expect(lab.page.locator(LOST)).to_have_text(text(language)("page.lost"))
    line.mend()
    expect(lab.page.locator(LOST)).to_have_count(0)
    move(lab, "ArrowRight")
    lab.shows(depth=6)
    try:
        lab.page.context.set_offline(True)  # its connection stands all the while
        expect(lab.page.locator(LOST)).to_have_text(text(language)("page.lost"))
    finally:
        lab.page.context.set_offline(False)
    expect(lab.page.locator(LOST)).to_have_count(0)


def test_what_was_moved_as_the_connection_broke_is_shown_once_it_is_back(open_lab, line):
    lab = open_lab(f"{SMALL}&depth=4")
    move(lab, "ArrowRight")  # a moment passes before the browser says so
    line.cut()
    expect(lab.page.locator(LOST)).to_be_visible()
    line.mend()
    lab.shows(depth=5)


def test_a_page_that_streamlit_has_given_up_is_loaded_again_where_it_was(open_lab, line):
    lab = open_lab(f"{SMALL}&depth=4")
    move(lab, "ArrowRight")
    lab.shows(depth=5)
    lab.page.evaluate("window.before = true")
    line.garble()
    expect(lab.page.locator(DIALOG)).to_be_attached()
    expect(lab.page.locator(LOST)).to_be_visible()
    expect(lab.page.locator(DIALOG)).to_be_hidden()
    lab.page.wait_for_function("!window.before")
    lab.shows(depth=5)


@pytest.mark.slow
def test_a_page_whose_browser_took_nothing_in_for_long_is_drawn_as_it_is_by_then(open_lab, line):
    """Streamlit gives it up then, and leaves its connection open: it would stand still for good."""
    lab = open_lab(SMALL)  # so that all programs are there
    lab.open("?depth=4&steps=5000", ready=False)
    lab.slider("depth").wait_for()
    again: list[object] = []
    lab.page.on("websocket", again.append)
    line.stall(full=True)
    for key in ("ArrowRight", "ArrowLeft") * 6:
        move(lab, key)
        lab.page.wait_for_timeout(400)  # the server draws meanwhile
    line.resume()
    until(lambda: again or lab.page.wait_for_timeout(50))
    lab.page.wait_for_function(AGREES)
    depth = int(lab.slider("depth").input_value())
    move(lab, "ArrowRight")
    lab.shows(depth=depth + 1)
