"""The atlas in a browser: it opens drawn, a click leads to the lab, one's own map fills in."""

import re

from playwright.sync_api import expect

from components.words.text import text

WORDS = text("en")
MAP = "[class*=st-key-map-start] :is(svg.marks, canvas.marks)"


def test_the_map_opens_drawn_and_a_click_leads_to_the_lab_at_that_cell(visit):
    page = visit("atlas?map=start&figure=factor", ready=False).page
    expect(page.locator(MAP)).to_be_visible()
    row_and_column = 2
    expect(page.locator(":is(svg.marks, canvas.marks):visible")).to_have_count(1 + row_and_column)
    chosen = page.locator(".st-key-open-cell a:visible")
    before = chosen.get_attribute("href")
    page.wait_for_function("document.querySelectorAll('.vgl-cell dd').length > 0")
    box = page.locator(MAP).bounding_box()
    page.mouse.click(box["x"] + 0.5 * box["width"], box["y"] + 0.2 * box["height"])
    page.wait_for_url(re.compile(r"cell="))
    expect(chosen).not_to_have_attribute("href", before)
    gain, depth = re.search(r"cell=([\d.]+)%2C(\d+)", page.url).groups()
    chosen.click()
    page.wait_for_url(re.compile(rf"/\?.*depth={depth}\b"))
    expect(page.locator(".vgl-head p")).to_contain_text(f"{depth} hidden layer")
    assert "compare=none" in page.url
    assert ("gain" in page.url) == (float(gain) != 1)
    page.go_back()
    page.wait_for_url(re.compile(r"atlas\?.*map=start.*cell="))


def test_a_map_of_ones_own_fills_in_and_is_there_after_a_reload(visit, fresh):
    own = "atlas?map=own&x=depth=1:3&y=activation=relu,tanh&steps=20&cell_networks=4"
    page = visit(f"{own}&seed={fresh(90_210)}", ready=False).page
    page.get_by_role("button", name=WORDS("atlas.fill")).click()
    status = page.locator(".st-key-own-progress [role=status]:visible")
    done = WORDS("atlas.filled", cells="6", networks="24")
    expect(status).to_have_text([done])  # a list: what stood before may be there a moment longer
    page.reload()
    expect(status).to_have_text([done])
    assert "fill=on" not in page.url


def test_a_map_stops_when_one_says_so(visit, fresh):
    own = "atlas?map=own&x=depth=1:8&y=activation=relu,tanh&steps=20000&cell_networks=64"
    page = visit(f"{own}&seed={fresh(70_010)}", ready=False).page
    page.get_by_role("button", name=WORDS("atlas.fill")).click()
    stop = page.get_by_role("button", name=WORDS("atlas.stop"), exact=True)
    stop.click()
    again = page.get_by_role("button", name=WORDS("atlas.fill"))
    expect(again.or_(page.get_by_role("button", name=WORDS("atlas.go_on")))).to_be_visible()
    expect(stop).to_have_count(0)
