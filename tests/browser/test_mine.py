"""One's own program in a browser: a sample is answered, what is pasted is text, the lab opens."""

import re

import pytest
from playwright.sync_api import expect

from components.settings.samples import sample
from components.words.text import text
from models.reading import read_program
from tests.browser.lab import LOCALES

FIELD = ".st-key-editor textarea >> nth=0"  # what stood before may be there a moment longer
ANSWER = ".vgl-mine"
HOSTILE = """<img src=x onerror="document.title='lost'">\nimport torch\n"""


@pytest.mark.parametrize("language", ["ko"])
def test_a_sample_is_answered_mended_and_opens_the_lab_at_its_setting(visit, language):
    words = text(language)
    page = visit("mine", ready=False, locale=LOCALES[language]).page
    page.locator(".st-key-sample-lines button").click()
    expect(page.locator(FIELD)).to_have_value(sample("lines"))
    mended = words("mine.alone_mended", solved="@", count=64).split("@")[1]
    expect(page.locator(ANSWER)).to_contain_text(mended)
    expect(page.locator(ANSWER)).to_contain_text(words("mine.mistakes.no_activation"))
    expect(page.locator(".vgl-diff ins")).to_have_count(2)
    expect(page.locator(".vgl-diff del")).to_have_count(2)
    expect(page.locator(".st-key-mine-loss svg.marks")).to_be_visible()
    page.locator(".st-key-open-mine a:visible").click()
    page.wait_for_url(re.compile(r"/\?.*activation=identity"))
    experiment = read_program(sample("lines")).experiment
    assert f"width={experiment.width}" in page.url
    assert "keras" not in page.url.lower()
    expect(page.locator(".vgl-head p")).to_contain_text("Adam")
    page.go_back()
    expect(page.locator(FIELD)).to_have_value(sample("lines"))


def test_what_is_pasted_is_shown_as_text_and_is_in_no_address(visit):
    page = visit("mine", ready=False, viewport={"width": 390, "height": 844}).page
    page.locator(FIELD).fill(HOSTILE)
    page.locator(".st-key-ask button").click()
    expect(page.locator(".vgl-listing code").first).to_have_text(HOSTILE.splitlines()[0])
    expect(page.locator(".vgl-listing tr").first).to_have_class("vgl-wrong")
    assert page.locator("img[src=x]").count() == 0
    expect(page).to_have_title("Vanishing Gradient Lab")
    assert "onerror" not in page.url
    assert page.evaluate("document.documentElement.scrollWidth") == 390
