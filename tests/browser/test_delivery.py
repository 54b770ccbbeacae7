"""A server that is slow to send what was drawn: every page still fits together."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import served
from tests.browser.lab import Lab

SECONDS = 0.8
SLOW = f"""
from streamlit.runtime import runtime
from streamlit.web.cli import main
assert runtime.MESSAGE_FLUSH_INTERVAL_SECS < {SECONDS}
runtime.MESSAGE_FLUSH_INTERVAL_SECS = {SECONDS}
main()
"""


@pytest.fixture(scope="module")
def slow_server(browser, tmp_path_factory) -> Iterator[str]:
    with served(tmp_path_factory.mktemp("slow server") / "log", "-c", SLOW) as address:
        yield address


def test_a_page_that_is_looked_at_before_it_is_sent_is_whole(contexts, slow_server):
    page = contexts().new_page()
    lab = Lab(page, slow_server)
    lab.open("?steps=200000&networks=4&depth=3&width=2&activation=tanh&compare=none", ready=False)
    expect(page.locator(".vgl-head p")).to_contain_text(going(lab, 3))
    for depth in range(4, 10):
        lab.slider("depth").press("ArrowRight")
        expect(page.locator(".vgl-head p")).to_contain_text(going(lab, depth))
    expect(lab.charts).to_have_count(4)
    assert lab.console == []
    page.close()


def going(lab: Lab, depth: int) -> re.Pattern:
    """The setting, and that its run goes on."""
    said = lab.words("run.at", step="@", steps="200,000")
    return re.compile(f"{depth} .*" + re.escape(said).replace("@", r"[1-9][\d,]*"))
