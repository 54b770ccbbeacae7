"""No serious finding of axe-core in any part of the page, and every chart's numbers are there."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.lab import LOCALES
from tests.seldom import seldom

GRAVE = ("serious", "critical")
VIOLATIONS = {"resultTypes": ["violations"]}  # else every part that is right is described, too
PARTS = {
    "first screen": "",
    "network panel": "?inside=network",
    "chain panel": "?inside=chain",
    "health panel": "?inside=health",
    "points panel": "?inside=points",
    "family": "?compare=family&networks=4",
    "too costly": "?depth=50&width=128&networks=64&steps=200000",
    "wrong link": "?depth=99x",
    "challenge": "?challenge=twelve",
    "large type": "?size=large",
    "map": "atlas?map=start",
    "map of one's own": "atlas?map=own",
    "one's own program": "mine",
    "scene": "lesson?scene=1",
    "scene with its outcome": "lesson?scene=5&seen=5",
    "last scene": "lesson?scene=9",
    "code of no class": "lesson?scene=3&room=BCDFG",
    "outcome at a projector": "lesson?scene=5&seen=5&present=on&page=answer",
    "presenter": "lesson?scene=3&present=on&room=BCDFG",
}
START = ".st-key-class-start-again button:visible"  # a class, in place of one that there is not


STANDS = """() => document.getAnimations().every(each =>
  each.playState !== 'running' || each.effect.getComputedTiming().endTime === Infinity)"""


def grave(lab) -> list[str]:
    """What axe finds that keeps somebody out, with where it is; of nothing that still fades in."""
    lab.page.wait_for_function(STANDS)
    found = Axe().run(lab.page, options=VIOLATIONS).response["violations"]
    return [
        f"{one['id']}: {node['html'][:120]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    ]


def wait(lab, link: str) -> None:
    if link.startswith(("lesson", "atlas", "mine")):
        expect(lab.page.locator("h1, .vgl-place").first).to_be_visible()
        lab.drawn()
    else:
        lab.finished()


@pytest.mark.parametrize(
    ("language", "scheme", "half"),
    [("ko", "light", 0), seldom("ko", "light", 1), seldom("en", "dark", 0), ("en", "dark", 1)],
)
def test_nothing_keeps_anybody_out(visit, language, scheme, half):
    found = {}
    lab = visit("", locale=LOCALES[language], color_scheme=scheme)
    for part, link in list(PARTS.items())[half::2]:
        lab.open(link, ready=False)
        wait(lab, link)
        if problems := grave(lab):
            found[part] = problems
    if link == PARTS["presenter"]:
        lab.page.locator(START).click()
        expect(lab.page.locator(".vgl-class-link img")).to_be_visible()
        lab.drawn()
        assert not grave(lab)
    assert not found


def test_axe_would_find_something(visit):
    lab = visit("")
    assert grave(lab) == []
    lab.page.evaluate("document.querySelector('.vgl-head p').style.color = '#bbb'")
    assert grave(lab)


def test_the_keyboard_reaches_every_control_and_chart_sign(visit):
    """Tab passes all that can be used, in the order of the page, and comes to its end."""
    lab = visit("")
    reached, last = [], None
    for _ in range(150):
        lab.page.keyboard.press("Tab")
        here = lab.page.evaluate(
            """() => {
              let active = document.activeElement;
              const outer = active;
              while (active.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
              const { width, height } = active.getBoundingClientRect();
              const key = outer.closest('[class*=st-key-]')?.className.match(/st-key-([\\w-]+)/);
              return [active.tagName, active.ariaLabel ?? active.innerText?.slice(0, 30),
                key?.[1] ?? '', width > 0 && height > 0];
            }"""
        )
        if here[0] == "BODY" and last:
            break
        last = here
        reached.append(here)
    keys = " ".join(key for _, _, key, _ in reached)
    for part in ("lang", "activation", "compare", "depth", "width", "size", "reset", "replay",
                 "how-gradient", "how-loss", "how-activation", "fates", "scale", "inside",
                 "details"):  # fmt: skip
        assert part in keys, part
    assert sum(tag == "INPUT" for tag, *_ in reached) > 5


def test_every_charts_numbers_are_a_table_on_demand(visit):
    lab = visit("")
    for chart in ("gradient", "loss", "activation"):
        lab.page.locator(f".st-key-how-{chart} button").press("Enter")
        table = lab.page.locator(".vgl-numbers table").first
        expect(table).to_be_visible()
        assert table.locator("thead th[scope=col]").count() >= 3
        assert table.locator("tbody th[scope=row]").count() >= 10
        assert grave(lab) == []
        lab.page.keyboard.press("Escape")
        expect(table).to_be_hidden()
        lab.drawn()
