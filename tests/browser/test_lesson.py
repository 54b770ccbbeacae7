"""The lesson in a browser: by keys at a projector, on two phones, and on the way to the lab."""

import re

import pytest
from playwright.sync_api import Page, expect

from components.pages.lesson.scenes import SCENES
from components.words.text import text
from tests.browser.lab import CUT_TABLES, DRAWN, LOCALES, PHONE, STICKING_OUT, Lab
from tests.seldom import seldom

TITLE, OUTCOME, PLACE = ".vgl-scene", ".vgl-compared", ".vgl-place"
TRAINED = 180_000  # milliseconds, on a machine with other things to do
PROJECTOR, WIDE = {"width": 1280, "height": 720}, {"width": 1920, "height": 1080}


@pytest.fixture
def lesson(visit):
    """``lesson(link, **context)`` opens the lesson as another visitor."""

    def open_lesson(link: str = "", **options) -> Lab:
        lab = visit(f"lesson{link}", ready=False, **options)
        expect(lab.page.locator(TITLE)).to_be_visible()
        return settled(lab)

    return open_lesson


def settled(lab: Lab) -> Lab:
    """Wait until nothing is trained or drawn any more."""
    expect(lab.page.get_by_test_id("stProgress")).to_have_count(0, timeout=TRAINED)
    lab.page.evaluate("window.quietSince = null")
    lab.page.wait_for_function(DRAWN, polling=50)
    return lab


def title(number: int, language: str) -> str:
    return text(language)(f"lesson.{SCENES[number - 1].name}.title")


def tally(page: Page) -> list[str]:
    return page.locator(".vgl-tally em").all_inner_texts()


# What of a page one would have to scroll to, or cannot: the whole page's, and a part's within it.
BELOW = """() => {
  const main = document.querySelector('[data-testid=stMain]');
  const below = [...document.querySelectorAll('[class*=st-key-projected-] *')].filter(part =>
    part.checkVisibility() && part.getBoundingClientRect().bottom > innerHeight + 1);
  return [main.scrollHeight - main.clientHeight, ...below.map(part => part.className)];
}"""


@pytest.mark.parametrize(
    ("language", "size"),
    [("ko", PROJECTOR), seldom("ko", WIDE), seldom("en", PROJECTOR), seldom("en", WIDE)],
)
def test_a_lecturer_turns_all_pages_by_the_keys_of_a_clicker(lesson, language, size):
    """Each is whole on a projector's screen, whichever it is."""
    lab = lesson("?present=on", locale=LOCALES[language], viewport=size)
    page, words = lab.page, text(language)
    turned: list[str] = []
    last = words("lesson.page.close")
    while not turned or not turned[-1].endswith(last):
        place = page.locator(PLACE).inner_text()
        turned.append(place)
        expect(page.locator(TITLE)).to_have_text(title(int(re.search(r"\d+", place)[0]), language))
        shown = place.endswith(words("lesson.page.answer"))
        expect(page.locator(OUTCOME)).to_have_count(int(shown), timeout=TRAINED)
        settled(lab)
        assert page.evaluate(BELOW) == [0], place
        assert page.evaluate(STICKING_OUT) == [], place
        assert page.evaluate(CUT_TABLES) == [], place
        assert page.locator("[data-testid=stAlert]").count() == 0
        page.keyboard.press("PageDown" if len(turned) % 2 else "ArrowRight")
        if not place.endswith(last):
            expect(page.locator(PLACE)).not_to_have_text(place)
    assert len(set(turned)) == len(turned) > 5 * len(SCENES)
    for place in turned[-2:-4:-1]:
        page.keyboard.press("PageUp" if place == turned[-2] else "ArrowLeft")
        expect(page.locator(PLACE)).to_have_text(place)
    settled(lab)
    page.reload()
    expect(page.locator(PLACE)).to_have_text(turned[-3])


def test_two_phones_guess_and_the_projector_shows_how_many(lesson, server):
    projector = lesson(viewport=PROJECTOR)
    projector.page.get_by_role("button", name=text("en")("lesson.class_start")).click()
    address = projector.page.locator(".vgl-class-link code").inner_text()
    code = projector.page.locator(".vgl-class-link img")
    assert code.evaluate("image => image.naturalWidth") > 100
    assert code.bounding_box()["height"] >= 300
    settled(projector)
    assert projector.page.evaluate(BELOW) == [0], "it is what one sees first"
    assert address.startswith(f"{server}lesson?room=")
    for page in ("look", "question"):
        projector.page.keyboard.press("ArrowRight")
        expect(projector.page.locator(PLACE)).to_contain_text(text("en")(f"lesson.page.{page}"))
    assert tally(projector.page) == []
    # Two people have two browsers: the same one says who it is.
    link = "?" + address.split("?")[1]
    phones = [lesson(link, viewport=PHONE, has_touch=touch) for touch in (True, False)]
    for phone, answer in zip(phones, ("learns", "stops"), strict=True):
        label = text("en")(f"answers.{answer}")
        options = phone.page.locator("[role=radiogroup] label").all()
        assert min(option.bounding_box()["height"] for option in options) >= 44, "for a finger"
        phone.page.get_by_test_id("stRadio").get_by_text(label).click()
        expect(phone.page.get_by_text(text("en")("lesson.class_sent"))).to_be_visible()
        assert phone.page.evaluate(STICKING_OUT) == []
    bars = projector.page.locator(".vgl-tally")
    expect(bars).to_contain_text(text("en")("lesson.class_guesses", count=2))
    phones[0].page.reload()  # as one that slept
    phones[0].page.get_by_test_id("stRadio").get_by_text(text("en")("answers.sometimes")).click()
    expect(phones[0].page.get_by_text(text("en")("lesson.class_sent"))).to_be_visible()
    assert tally(projector.page) == [], "who sees the split follows it"
    projector.page.keyboard.press("ArrowRight")
    expect(projector.page.locator(OUTCOME)).to_be_visible()
    settled(projector)  # what was the live tally is gone
    assert tally(projector.page) == ["0", "1", "1"], "a guess that is changed counts once"
    for phone in phones:  # nobody has touched it
        expect(phone.page.locator(OUTCOME)).to_be_visible()
        assert phone.page.evaluate(STICKING_OUT) == []
    projector.page.reload()
    expect(projector.page.locator(OUTCOME)).to_be_visible()
    # The lecturer's second window, which the class does not see, turns the projector's pages.
    notes = lesson(f"?{address.split('?')[1]}&present=notes", viewport=PROJECTOR)
    expect(notes.page.get_by_text(text("en")("lesson.neuron.notes"))).to_be_visible()
    for _ in range(4):
        place = settled(projector).page.locator(PLACE).inner_text()
        expect(notes.page.locator(PLACE)).to_have_text(place)
        notes.page.keyboard.press("ArrowRight")
        expect(projector.page.locator(PLACE)).not_to_have_text(place)
    expect(projector.page.locator(TITLE)).to_have_text(title(2, "en"))
    expect(projector.page.get_by_text(text("en")("lesson.deep.notes"))).to_have_count(0)
    notes.page.set_viewport_size({"width": 390, "height": 500})
    bottom = notes.page.locator(".st-key-screens")
    bottom.scroll_into_view_if_needed()
    forth = notes.page.locator(".st-key-forth button")
    expect(bottom).to_be_in_viewport()
    expect(forth).to_be_in_viewport(ratio=1)
    forth.click(trial=True)  # raises if anything lies over it
    for phone in phones:
        expect(phone.page.locator(TITLE)).to_have_text(title(2, "en"))


def test_a_student_goes_to_the_lab_and_back_and_finds_everything(lesson):
    lab = lesson("?scene=2")
    page = lab.page
    page.get_by_test_id("stRadio").get_by_text(text("en")("answers.learns")).click()
    page.get_by_role("button", name=text("en")("lesson.run"), exact=True).click()
    expect(page.locator(".vgl-outcome")).to_have_text(text("en")("lesson.right"))
    page.get_by_role("button", name=text("en")("lesson.again")).click()
    expect(page.locator(OUTCOME)).to_have_count(0)
    page.get_by_test_id("stRadio").get_by_text(text("en")("answers.learns")).click()
    page.get_by_role("button", name=text("en")("lesson.run"), exact=True).click()
    page.get_by_role("button", name=text("en")("lesson.lab"), exact=True).click()
    lab.finished()
    assert "3 hidden layers" in lab.setting
    assert "depth=3" in page.url
    assert "guess2" not in page.url
    page.get_by_role("link", name=text("en")("pages.lesson")).click()
    expect(page.locator(".vgl-outcome")).to_have_text(text("en")("lesson.right"))
    assert re.search(r"/lesson\?.*guess2=learns", page.url)
    page.go_back()
    lab.finished()
    assert "3 hidden layers" in lab.setting
    page.reload()
    lab.finished()
    assert "3 hidden layers" in lab.setting
    page.get_by_role("link", name=text("en")("pages.lesson")).click()
    expect(page.locator(".vgl-outcome")).to_have_text(text("en")("lesson.right"))


def test_the_threshold_is_dragged_without_the_server(lesson):
    lab = lesson()
    curve = lab.page.locator(".st-key-picture-threshold .mark-line path").last
    before, sent = curve.get_attribute("d"), lab.sent
    slider = lab.page.locator(".st-key-picture-threshold input[type=range]").first
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    lab.drawn()
    assert curve.get_attribute("d") != before
    assert lab.sent == sent


def test_the_loss_of_a_scene_follows_the_surfaces(lesson):
    lab = lesson("?scene=2&seen=2")
    slider = lab.page.locator(".st-key-picture-loss input[type=range]")
    assert float(slider.input_value()) == 0
    lab.page.get_by_role("button", name=text("en")("replay.back")).click()
    lab.page.wait_for_function(
        "() => document.querySelector('.st-key-picture-loss input[type=range]')?.value > 0.9"
    )


def test_the_gradient_goes_back_to_the_ratio_of_the_table(lesson):
    """Nothing starts by itself; by keys one plays, stops, and goes on and back by one factor."""
    lab = lesson("?scene=4&seen=4")
    page, words = lab.page, text("en")
    way = page.locator(".backward")
    pill, spoken = way.locator(".pill"), way.locator(".spoken")
    play, back, forth = (way.locator(f".{name}") for name in ("play", "back", "forth"))
    expect(pill).to_have_text("1.00", timeout=TRAINED)
    sent = settled(lab).sent
    rows = page.locator(".vgl-factors tr")
    first = rows.nth(2).locator("td")  # below the heads and the output
    weights, slope = (re.search(r"[\d.]+", first.nth(place).inner_text())[0] for place in (0, 1))
    ratio = rows.last.locator("td").last.inner_text().split(maxsplit=1)[1]
    assert f"{ratio} times" in page.locator(".vgl-explained").first.inner_text()
    assert pill.inner_text() == "1.00"
    expect(back).to_be_disabled()
    expect(play).to_have_attribute("aria-label", words("backward.play"))
    play.press("Enter")
    expect(play).to_have_attribute("aria-label", words("backward.pause"))
    expect(pill).not_to_have_text("1.00")
    play.press("Enter")
    expect(spoken).not_to_be_empty()  # it has come to stand
    assert f" = {pill.inner_text()}. " in spoken.inner_text()
    while back.is_enabled():
        back.press("Enter")
    expect(spoken).to_have_text(f"1.00. {words('backward.start')}")
    forth.press("Enter")
    expect(spoken).to_contain_text(f"1.00 × W₁₀ {weights} = ")
    forth.press("Enter")
    expect(spoken).to_contain_text(f" × φ′(z₉) {slope} = ")
    for _ in range(16):
        forth.press("Enter")  # faster than it moves
    expect(spoken).to_contain_text("φ′(z₁)")
    play.press("Enter")
    expect(forth).to_be_disabled()
    expect(spoken).to_contain_text(f" = {ratio}. ")
    assert pill.inner_text() == ratio
    assert lab.sent == sent


def test_nothing_sticks_out_on_a_phone(lesson):
    seen = ",".join(f"{scene.number}" for scene in SCENES)
    for link in ("", f"?scene=1&seen={seen}"):
        lab = lesson(link, locale=LOCALES["ko"], viewport=PHONE)
        for scene in SCENES:
            expect(lab.page.locator(TITLE)).to_have_text(title(scene.number, "ko"))
            settled(lab)
            assert lab.page.evaluate(STICKING_OUT) == []
            assert lab.page.evaluate(CUT_TABLES) == []
            if scene.number < len(SCENES):
                lab.page.get_by_role("button", name=text("ko")("lesson.next")).last.click()
