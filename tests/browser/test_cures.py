"""The remedies at once: a page of their own, from which a row leads to the pair."""

from playwright.sync_api import expect

from models.cures import cures
from models.experiment import Experiment

LINK = "?activation=sigmoid&compare=cures&depth=3&width=4&steps=100&networks=4"


def test_the_remedies_open_from_their_link_and_a_row_opens_the_pair(visit):
    lab = visit(LINK)
    table = lab.page.locator("[data-testid=stDataFrame]")
    expect(table).to_be_visible()
    trouble = Experiment(activation="sigmoid", depth=3, width=4, steps=100, networks=4)
    rows = 1 + len(cures(trouble))
    # Of a grid on a canvas the names stand in a table that is read aloud, below its head.
    names = table.locator("[role=row]:not([aria-rowindex='1']) [role=gridcell][aria-colindex='1']")
    expect(names).to_have_count(rows)
    assert rows == 10
    batch_norm = 5
    expect(names.nth(batch_norm - 1)).to_contain_text(lab.words("names.norm_batch"))
    box = table.bounding_box()
    # The first column's boxes pick a row; the head and each row are about 35 pixels high.
    lab.page.mouse.click(box["x"] + 18, box["y"] + 35 * (batch_norm + 0.5))
    figures = lab.page.locator(".vgl-figures")
    expect(figures).to_contain_text(lab.words("names.norm_batch"))
    expect(figures.locator("tbody tr")).to_have_count(2)
    lab.page.wait_for_url(lambda url: "compare=cures" not in url and "compare_norm=batch" in url)
    assert lab.console == []
