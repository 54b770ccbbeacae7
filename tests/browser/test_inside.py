"""The look inside a network: the replay plays without the server, and every panel is drawn."""

import re

import pytest
from playwright.sync_api import expect

from components.state.items import PANELS
from components.text import text
from tests.browser.lab import PANELS_DRAW
from tests.components.test_text import HANGUL

SMALL = "?steps=200&networks=4&depth=4"
NUMBER = r"\d[\d.]*(×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"
BRIGHTNESS = """canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0, count = 0;
  for (let i = 0; i < data.length; i += 4)
    if (data[i + 3] > 200) { sum += data[i] + data[i + 1] + data[i + 2]; count++; }
  return sum / count / 3;
}"""


class Replay:
    """The replay on a visitor's page."""

    def __init__(self, lab):
        self.lab, self.page, self.words = lab, lab.page, lab.words
        self.root = self.page.locator(".replay")
        self.scrub = self.root.locator("input[type=range]")
        self.surfaces = self.root.locator("canvas.surface")
        self.play_button = self.root.locator(".play")
        expect(self.surfaces).to_have_count(2)

    @property
    def place(self) -> int:
        return int(self.scrub.input_value())

    @property
    def last(self) -> int:
        return int(self.scrub.get_attribute("max"))

    @property
    def step(self) -> int:
        return int(
            re.search(r"[\d,]+$", self.root.locator(".step").inner_text())[0].replace(",", "")
        )

    @property
    def playing(self) -> bool:
        return self.words("replay.pause") in self.play_button.inner_text()

    def pictures(self) -> tuple[str, ...]:
        """All canvases as they are: surfaces, bars and strip."""
        canvases = self.root.locator("canvas").all()
        return tuple(canvas.evaluate("canvas => canvas.toDataURL()") for canvas in canvases)

    def go(self, place: int) -> None:
        """Scrub to a frame."""
        self.scrub.evaluate(
            "(input, place) => { input.value = place;"
            " input.dispatchEvent(new Event('input', { bubbles: true })); }",
            place,
        )

    def wait_until(self, condition: str, arg: object = None) -> None:
        """Wait for a condition on ``scrub`` (its element) and ``arg``."""
        self.page.wait_for_function(
            f"arg => {{ const host = [...document.querySelectorAll('*')]"
            ".find(e => e.shadowRoot?.querySelector('.replay'));"
            " const root = host.shadowRoot; const scrub = root.querySelector('.scrub');"
            f" return {condition}; }}",
            arg=arg,
        )


@pytest.fixture(scope="module")
def opened(open_lab) -> Replay:
    """One page with the replay, for all tests that leave the page itself as it is."""
    return Replay(open_lab(SMALL + "&inside=replay"))


@pytest.fixture
def replay(opened) -> Replay:
    """The replay at rest at its end, at its usual speed."""
    opened.root.locator("select").select_option("1")
    opened.go(opened.last)
    return opened


def test_the_replay_opens_at_the_start_of_the_run(opened):
    replay = opened
    assert replay.place == 0 < 20 < replay.last
    assert replay.step == 0
    names = replay.root.locator(".arm b").all_inner_texts()
    assert names == ["ReLU", "Sigmoid"]
    expect(replay.root.locator(".arm").first).to_contain_text(
        re.compile(r"loss \d\.\d{4} · [0-4] of 4 right")
    )


def test_playing_moves_every_picture_and_asks_nobody(replay):
    lab = replay.lab
    replay.go(0)
    before, sent, asked = replay.pictures(), lab.sent, len(lab.requests)
    replay.play_button.click()
    replay.wait_until("Number(scrub.value) > 3")
    assert replay.playing
    replay.play_button.click()
    assert not replay.playing
    assert all(now != was for now, was in zip(replay.pictures(), before, strict=True)), (
        "surfaces, bars and loss strip of both runs"
    )
    assert 3 < replay.place < replay.last
    lab.page.wait_for_timeout(300)
    assert (lab.sent, len(lab.requests)) == (sent, asked), "not one message, not one request"
    assert lab.console == []


def test_it_stands_still_on_frames_that_were_computed(replay):
    replay.play_button.click()  # from the end it begins anew
    replay.wait_until("Number(scrub.value) >= 2 && Number(scrub.value) < 20")
    replay.play_button.click()
    place, pictures = replay.place, replay.pictures()
    replay.go(0)
    replay.go(place)
    assert replay.pictures() == pictures


def test_it_stops_at_the_end(replay):
    replay.go(replay.last - 2)
    replay.play_button.click()
    replay.wait_until("scrub.value === scrub.max")
    expect(replay.play_button).to_contain_text(replay.words("replay.play"))
    assert replay.step == 200


def test_the_keys_play_pause_and_step(replay):
    replay.root.focus()
    press = replay.page.keyboard.press
    press("Home")
    assert (replay.place, replay.step) == (0, 0)
    press("ArrowRight")
    press("ArrowRight")
    press("ArrowLeft")
    assert (replay.place, replay.step) == (1, 1)
    press("End")
    assert replay.place == replay.last
    press("Home")
    press("Space")
    assert replay.playing
    replay.wait_until("Number(scrub.value) > 1")
    press("Space")
    assert not replay.playing
    press("ArrowRight")
    assert replay.place > 1


def test_the_keys_work_while_nothing_has_the_focus(visit):
    replay = Replay(visit(SMALL + "&inside=replay"))
    assert replay.page.evaluate("document.activeElement === document.body")
    replay.page.keyboard.press("ArrowRight")
    assert replay.place == 1
    replay.page.keyboard.press("Space")
    assert replay.playing


def test_the_keys_work_on_the_slider_and_the_buttons_too(replay):
    replay.scrub.focus()
    replay.page.keyboard.press("Home")
    replay.page.keyboard.press("ArrowRight")
    assert replay.place == 1
    replay.page.keyboard.press("Space")
    assert replay.playing
    replay.play_button.focus()
    replay.page.keyboard.press("Space")
    assert not replay.playing, "one press toggles once"
    replay.root.locator(".back").focus()
    place = replay.place
    replay.page.keyboard.press("Enter")
    assert replay.place == place - 1


def test_buttons_and_the_strip_scrub(replay):
    replay.root.locator(".back").click()
    assert replay.place == replay.last - 1
    replay.root.locator(".forth").click()
    assert replay.place == replay.last
    box = replay.root.locator("canvas.strip").bounding_box()
    replay.page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    assert 0.4 * replay.last < replay.place < 0.6 * replay.last


def test_speed_changes_the_pace(replay):
    def seconds(speed: str) -> float:
        replay.root.locator("select").select_option(speed)
        replay.go(0)
        start = replay.page.evaluate("performance.now()")
        replay.play_button.click()
        replay.wait_until("Number(scrub.value) >= 4")
        replay.play_button.click()
        return replay.page.evaluate("performance.now()") - start

    assert seconds("0.5") > 1.5 * seconds("4")


def test_the_place_in_a_run_survives_its_growth_and_the_other_language(visit):
    lab = visit(SMALL + "&inside=replay")
    replay = Replay(lab)
    replay.go(12)
    step, last = replay.step, replay.last
    assert 0 < step < 200
    lab.page.get_by_text(lab.words("controls.more")).click()
    with lab.a_longer_run():
        lab.slider("steps").press("ArrowRight")
    replay.wait_until("Number(scrub.max) > arg", last)
    assert replay.step == step
    lab.press("한국어")
    expect(replay.play_button).to_contain_text(text("ko")("replay.play"))
    assert replay.step == step


GROWS = "?steps=100000&networks=1&depth=2&width=4&activation=tanh&compare=none&seed="


@pytest.mark.parametrize(("seed", "panel", "start"), [(1, "points", "end"), (2, "network", "0")])
def test_a_step_stays_at_its_end_or_start_while_a_run_goes_on(visit, seed, panel, start):
    """A slider that nobody moves, opened during training: its range grows to the run's end."""
    lab = visit(f"{GROWS}{seed}&inside={panel}", ready=False)
    slider = lab.page.locator("[data-testid=stMain] [data-testid=stSlider]").first
    expect(slider).to_contain_text(re.compile(r"end: [1-9][\d,]*"))
    assert "100,000" not in slider.inner_text(), "opened while the run goes on"
    lab.finished()
    assert re.fullmatch(rf"Step \(end: 100,000\)\s+{start}\s+0\s+end", slider.inner_text())


def test_the_gradients_slider_at_its_end_follows_a_run_that_goes_on(visit):
    lab = visit(f"{GROWS}3", ready=False)
    lab.gradient.locator("input[type=range]").wait_for()
    lab.scrub(1.0)
    assert "100,000" not in lab.step_label, "moved while the run goes on"
    lab.finished()
    assert lab.step_label == lab.words("charts.step") + " 100,000"


def test_another_run_begins_at_its_own_start(visit):
    lab = visit(SMALL + "&inside=replay")
    replay = Replay(lab)
    replay.go(3)
    with lab.a_new_run():
        lab.slider("depth").press("ArrowRight")
    replay.wait_until("scrub.value === '0'")
    replay.root.focus()
    replay.page.keyboard.press("End")
    frames = replay.last
    with lab.a_new_run():
        lab.slider("width").press("End")  # so large that fewer frames are kept
    replay.wait_until("Number(scrub.max) < arg && scrub.value === '0'", frames)
    assert replay.step == 0
    assert lab.console == []


def test_reduced_motion_shows_whole_frames_only(visit):
    replay = Replay(visit(SMALL + "&inside=replay", reduced_motion="reduce"))
    computed = set()
    for place in range(4):
        replay.go(place)
        computed.add(replay.pictures()[0])
    replay.go(0)
    replay.play_button.click()
    seen = set()
    while replay.place < 3:
        seen.add(replay.pictures()[0])
    replay.play_button.click()
    assert len(seen) > 1
    assert seen <= computed


def test_the_replay_speaks_to_a_screen_reader(replay):
    replay.go(5)
    label = f"{replay.words('replay.step')} {replay.step}"
    assert replay.root.get_attribute("aria-label") == replay.words("replay.title")
    assert replay.scrub.get_attribute("aria-valuetext") == label
    expect(replay.root.locator("[role=status]")).to_contain_text(label)
    for canvas in replay.root.locator("canvas").all():
        assert canvas.get_attribute("role") == "img"
        assert len(canvas.get_attribute("aria-label")) > 5
    assert "ReLU" in replay.surfaces.first.get_attribute("aria-label")
    ends = replay.words("replay.ends").replace("@first", NUMBER).replace("@last", NUMBER)
    for bars in replay.root.locator("canvas.bars").all():
        assert re.search(f"{label}: {ends}$", bars.get_attribute("aria-label"))
    for name in ("back", "forth"):
        assert replay.root.locator(f".{name}").get_attribute("aria-label") == replay.words(
            f"replay.{name}"
        )


def test_the_replay_follows_the_colour_scheme(visit):
    light = Replay(visit(SMALL + "&inside=replay", color_scheme="light"))
    dark = Replay(visit(SMALL + "&inside=replay", color_scheme="dark"))
    strip = "canvas.strip"
    assert light.root.locator(strip).evaluate(BRIGHTNESS) < 128
    assert dark.root.locator(strip).evaluate(BRIGHTNESS) > 128


def test_the_two_surfaces_tell_the_story(visit):
    """After a run ReLU's surface has folded: dark and bright; sigmoid's is one grey."""
    replay = Replay(visit("?inside=replay"))
    replay.go(replay.last)
    spread = """canvas => {
      const pen = canvas.getContext('2d'), left = 20, size = canvas.width - left;
      let least = 255, most = 0;
      for (const i of [0.1, 0.4, 0.6, 0.9]) for (const j of [0.1, 0.4, 0.6, 0.9]) {
        const [r, g, b] = pen.getImageData(left + size * i, size * j, 1, 1).data;
        least = Math.min(least, (r + g + b) / 3); most = Math.max(most, (r + g + b) / 3);
      }
      return most - least;
    }"""
    relu, sigmoid = (canvas.evaluate(spread) for canvas in replay.surfaces.all())
    assert relu > 100 > 10 > sigmoid


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


@pytest.mark.parametrize(
    "link",
    [
        "rate=5&networks=8&depth=9",
        "depth=50&width=2&networks=2",
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
