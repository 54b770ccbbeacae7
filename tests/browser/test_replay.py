"""The replay on the first screen: it plays without the server, and the charts beside it follow."""

import re
from itertools import pairwise
from typing import NamedTuple

import pytest
from playwright.sync_api import expect

from components.words.text import text
from models import Experiment
from models.history import LOG_DENSITY, recorded_steps
from models.recorder import frame_density

SMALL = "?steps=200&networks=4&depth=4"
LOGGED = recorded_steps(200, LOG_DENSITY)
KEPT = [
    next(step for step in LOGGED if step >= planned)
    for planned in recorded_steps(200, frame_density(Experiment(activation="relu", depth=4)))
]
# Of the left margin of a surface, where the axis is written.
BRIGHTNESS = """canvas => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, 18, canvas.height);
  let sum = 0, count = 0;
  for (let i = 0; i < data.length; i += 4)
    if (data[i + 3] > 200) { sum += data[i] + data[i + 1] + data[i + 2]; count++; }
  return sum / count / 3;
}"""
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Steps(NamedTuple):
    """The steps that the first screen's three parts show."""

    surfaces: int
    gradient: int
    loss: int  # 0: its cursor is hidden


# Plays from where it is, and tells how long so many frames took, by the page's own clock.
PLAYED = """(root, frames) => new Promise(done => {
  const scrub = root.querySelector("input[type=range]"), begin = performance.now();
  const look = now => Number(scrub.value) >= frames
    ? done(performance.now() - begin) : requestAnimationFrame(look);
  root.querySelector(".play").click();
  look();
})"""


class Replay:
    """The replay on a visitor's page, and the charts that go with it."""

    def __init__(self, lab, surfaces: int = 2):
        self.lab, self.page = lab, lab.page
        self.root = self.page.locator(".st-key-stage-surfaces .replay")
        self.scrub = self.root.locator("input[type=range]")
        self.surfaces = self.root.locator("canvas.surface")
        self.play_button = self.root.locator(".play")
        self.train_on = self.page.locator(".st-key-train-on button")
        self.gradient_slider = self.page.locator(".st-key-stage-gradient input[type=range]")
        self.loss_slider = self.page.locator(".st-key-stage-loss input[type=range]")
        self.cursor = self.page.locator(".st-key-stage-loss .mark-rule.role-mark line[x2='0']")
        expect(self.surfaces).to_have_count(surfaces)

    @property
    def words(self):
        return self.lab.words

    @property
    def place(self) -> int:
        return int(self.scrub.input_value())

    @property
    def last(self) -> int:
        return int(self.scrub.get_attribute("max"))

    @property
    def step(self) -> int:
        return number_at_end(self.root.locator(".step").inner_text())

    @property
    def steps(self) -> Steps:
        """Where all three stand, once the charts have drawn what they were told."""
        self.page.evaluate(DRAWN)
        labels = self.page.locator(".st-key-stage-gradient .mark-text.role-mark text")
        written = re.compile(rf"^{self.words('charts.step')} [\d,]+$")
        (label,) = set(filter(written.match, labels.all_text_contents()))
        cursor = number_at_end(self.cursor.get_attribute("aria-label"))
        shown = self.cursor.get_attribute("opacity") == "1"
        assert shown == (cursor > 0), "at the start there is no line"
        return Steps(self.step, number_at_end(label), cursor)

    @property
    def playing(self) -> bool:
        return self.play_button.get_attribute("title") == self.words("replay.pause")

    def pictures(self) -> tuple[str, ...]:
        """Both surfaces as they are."""
        canvases = self.surfaces.all()
        return tuple(canvas.evaluate("canvas => canvas.toDataURL()") for canvas in canvases)

    def go(self, place: int) -> None:
        """Scrub to a frame."""
        self.scrub.evaluate(
            "(input, place) => { input.value = place;"
            " input.dispatchEvent(new Event('input', { bubbles: true, composed: true })); }",
            place,
        )

    def pull(self, share: float) -> None:
        """Move the gradient chart's slider, as a hand does."""
        self.gradient_slider.evaluate(
            "(slider, share) => { slider.value = share;"
            " slider.dispatchEvent(new Event('input', { bubbles: true })); }",
            share,
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


def number_at_end(text: str) -> int:
    return int(re.search(r"[\d,]+$", text)[0].replace(",", ""))


@pytest.fixture(scope="module")
def opened(open_lab) -> Replay:
    """One page with the replay, for all tests that leave the page itself as it is."""
    return Replay(open_lab(SMALL))


@pytest.fixture
def replay(opened) -> Replay:
    """The replay at rest at its end, at its usual speed; nothing has the focus."""
    opened.root.locator("select").select_option("1")
    opened.go(opened.last)
    opened.page.evaluate("document.activeElement.blur()")
    return opened


def test_it_opens_at_what_was_learned(visit):
    replay = Replay(visit(SMALL))
    assert replay.last == len(KEPT) - 1 > 20
    assert replay.place == replay.last
    assert replay.steps == (200, 0, 0), "the gradient stands at its start until it is moved"
    names = replay.root.locator(".arm b").all_inner_texts()
    assert names == ["ReLU", "Sigmoid"]
    for arm in replay.root.locator(".arm h3").all():
        assert re.search(r"[0-4] of 4 right\s*loss \d\.\d{4}$", arm.text_content())


def test_playing_moves_every_picture_and_asks_nobody(replay):
    lab = replay.lab
    replay.go(0)
    assert replay.steps == (0, 0, 0)
    before, sent, asked = replay.pictures(), lab.sent, len(lab.requests)
    replay.play_button.click()
    replay.wait_until("Number(scrub.value) > 3")
    assert replay.playing
    replay.play_button.click()
    assert not replay.playing
    assert all(now != was for now, was in zip(replay.pictures(), before, strict=True))
    assert 3 < replay.place < replay.last
    assert replay.steps == (KEPT[replay.place],) * 3, "both charts stand where it stands"
    lab.page.wait_for_timeout(300)
    assert (lab.sent, len(lab.requests)) == (sent, asked), "not one message, not one request"
    assert lab.console == []


@pytest.mark.slow
def test_the_charts_follow_while_it_plays(replay):
    replay.root.locator("select").select_option("0.25")
    replay.go(0)
    replay.play_button.click()
    seen = set()
    while len(seen) <= 2:
        sliders = (replay.gradient_slider, replay.loss_slider)
        values = {float(slider.input_value()) for slider in sliders}
        assert replay.playing, "they follow before it comes to rest"
        seen |= values
    replay.play_button.click()


@pytest.mark.slow
def test_at_the_end_it_begins_anew_and_stands_still_on_frames_that_were_computed(replay):
    assert replay.place == replay.last
    replay.play_button.click()
    replay.wait_until("Number(scrub.value) >= 2 && Number(scrub.value) < 20")
    replay.play_button.click()
    place, pictures = replay.place, replay.pictures()
    replay.go(0)
    replay.go(place)
    assert replay.pictures() == pictures


@pytest.mark.slow
def test_it_stops_at_the_end(replay):
    replay.go(replay.last - 2)
    replay.play_button.click()
    replay.wait_until("scrub.value === scrub.max")
    expect(replay.play_button).to_have_attribute("title", replay.words("replay.play"))
    assert replay.steps == (200, 200, 200)


# In step with the charts


def test_the_charts_go_where_it_is_scrubbed_and_stepped(replay):
    sent = replay.lab.sent
    for place in (KEPT.index(30), 0, KEPT.index(10), replay.last):
        replay.go(place)
        assert replay.steps == (KEPT[place],) * 3
    replay.root.locator(".back").click()
    assert replay.steps == (180, 180, 180)
    replay.lab.page.wait_for_timeout(300)
    assert replay.lab.sent == sent


@pytest.mark.slow
def test_the_losss_cursor_stands_over_its_step(replay):
    axis = replay.page.locator(".st-key-stage-loss .role-axis-grid line[x2='0']")
    ticks = [line.bounding_box()["x"] for line in axis.all()]  # 0, 1, 10, 100
    for step, tick in ((1, 1), (10, 2), (100, 3)):
        replay.go(KEPT.index(step))
        assert replay.steps.loss == step
        assert replay.cursor.bounding_box()["x"] == pytest.approx(ticks[tick], abs=1.5)
        assert replay.cursor.bounding_box()["height"] > 100


@pytest.mark.slow
def test_a_hand_on_the_gradient_takes_the_others_along_and_asks_nobody(replay):
    lab = replay.lab
    sent, pictures = lab.sent, set()
    between = LOGGED.index(32)  # logged, but not kept
    for place in (between, LOGGED.index(7), 0, len(LOGGED) - 1):
        step = LOGGED[place]
        replay.pull(place / (len(LOGGED) - 1))
        assert replay.steps == (max(each for each in KEPT if each <= step), step, step)
        pictures.add(replay.pictures())
    assert len(pictures) == 4
    lab.page.wait_for_timeout(300)
    assert lab.sent == sent
    assert lab.console == []


def test_the_gradients_keys_take_the_others_along(replay):
    replay.gradient_slider.focus()
    replay.page.keyboard.press("Home")
    assert replay.steps == (0, 0, 0)
    for _ in range(30):
        replay.page.keyboard.press("ArrowRight")
    surfaces, gradient, loss = replay.steps
    assert 0 < surfaces <= gradient == loss
    assert gradient == LOGGED[round(30 * 0.002 * (len(LOGGED) - 1))]
    replay.page.keyboard.press("Space")
    assert not replay.playing, "the key is the slider's"


def test_a_hand_on_the_gradient_stops_the_playing(replay):
    replay.play_button.click()
    replay.wait_until("Number(scrub.value) > 1 && Number(scrub.value) < 20")
    replay.pull(0.5)
    assert not replay.playing
    assert replay.steps == (30, 32, 32)
    replay.page.wait_for_timeout(400)
    assert replay.steps == (30, 32, 32)
    replay.root.locator(".forth").click()
    assert replay.steps == (36, 36, 36), "and it goes on from there"


@pytest.mark.slow
def test_a_chart_that_is_made_anew_stays_in_step(visit):
    """Another scale of the loss, another language."""
    lab = visit(SMALL)
    replay = Replay(lab)
    replay.go(KEPT.index(40))
    assert replay.steps == (40, 40, 40)
    lab.press(lab.words("charts.scale_log"))
    lab.page.wait_for_url("**scale=log*")
    lab.drawn()
    assert replay.steps == (40, 40, 40)
    lab.press("한국어")
    lab.page.wait_for_selector(f"text={text('ko')('page.title')}")
    lab.drawn()
    assert replay.steps == (40, 40, 40)


@pytest.mark.slow
def test_another_network_of_the_run_is_shown_at_the_same_step(visit):
    lab = visit(SMALL)
    replay = Replay(lab)
    replay.pull(LOGGED.index(32) / (len(LOGGED) - 1))
    steps, before = replay.steps, replay.pictures()
    assert steps == (30, 32, 32)
    lab.press(lab.words("in_view.worst"))
    lab.page.wait_for_url("**view=worst*")
    lab.drawn()
    assert replay.pictures() != before
    assert replay.steps == steps


@pytest.mark.slow
def test_a_new_size_of_the_window_leaves_the_step_that_a_hand_chose(visit):
    replay = Replay(visit(SMALL))
    replay.pull(LOGGED.index(32) / (len(LOGGED) - 1))
    before = replay.surfaces.first.bounding_box()["width"]
    replay.page.set_viewport_size({"width": 1100, "height": 700})
    replay.page.wait_for_timeout(500)
    assert replay.surfaces.first.bounding_box()["width"] != before
    assert replay.steps == (30, 32, 32)


@pytest.mark.slow
def test_without_surfaces_the_charts_are_played_all_the_same(visit):
    lab = visit("?steps=200&networks=40&depth=4&view=number&network=39")
    replay = Replay(lab, surfaces=0)
    notice = replay.root.locator(".notice")
    assert "39" in notice.inner_text()
    replay.pull(LOGGED.index(32) / (len(LOGGED) - 1))
    assert replay.steps[1:] == (32, 32)
    replay.play_button.click()
    replay.wait_until("scrub.value === scrub.max")
    assert replay.steps == (200, 200, 200)
    lab.press(lab.words("in_view.typical"))
    expect(replay.surfaces).to_have_count(2)
    assert notice.inner_text() == ""
    assert replay.steps == (200, 200, 200)
    assert lab.console == []


# Keys and buttons


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


def test_the_keys_work_while_nothing_has_the_focus_but_home_and_end_scroll(visit):
    replay = Replay(visit(SMALL))
    press = replay.page.keyboard.press
    replay.page.evaluate(
        "addEventListener('keydown', event => (window.taken = event.defaultPrevented))"
    )
    assert replay.page.evaluate("document.activeElement === document.body")
    press("ArrowLeft")
    assert replay.place == replay.last - 1
    for key in ("Home", "End"):
        press(key)
        assert replay.place == replay.last - 1
        assert replay.page.evaluate("taken") is False, "left to the page"
    press("ArrowRight")
    assert replay.place == replay.last
    press("Space")
    assert replay.playing, "from the start"
    replay.wait_until("Number(scrub.value) < 20")
    press("Space")
    assert not replay.playing
    press("Shift+Space")
    assert not replay.playing, "it scrolls"
    replay.page.keyboard.down("Space")
    replay.page.keyboard.down("Space")
    assert replay.playing, "a key that is held down is one press"
    replay.page.keyboard.up("Space")
    press("Space")
    assert not replay.playing
    replay.gradient_slider.focus()
    press("Space")
    assert not replay.playing, "the key is another part's"


@pytest.mark.slow
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


def test_buttons_and_the_slider_scrub(replay):
    replay.root.locator(".back").click()
    assert replay.place == replay.last - 1
    replay.root.locator(".forth").click()
    assert replay.place == replay.last
    box = replay.scrub.bounding_box()
    replay.page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
    assert 0.4 * replay.last < replay.place < 0.6 * replay.last


def test_what_plays_it_stands_in_one_row(replay):
    parts = replay.root.locator(".controls > *").all()
    boxes = [part.bounding_box() for part in parts]
    assert len(boxes) == 6
    tops = [box["y"] for box in boxes]
    bottoms = [box["y"] + box["height"] for box in boxes]
    assert max(tops) < min(bottoms)
    for before, after in pairwise(boxes):
        assert before["x"] + before["width"] <= after["x"]


@pytest.mark.slow
def test_speed_changes_the_pace(replay):
    def seconds(speed: str) -> float:
        replay.root.locator("select").select_option(speed)
        replay.go(0)
        taken = replay.root.evaluate(PLAYED, 6)  # a hand's clicks would take as long as the frames
        replay.play_button.click()
        return taken

    assert seconds("0.5") > 1.5 * seconds("4")


# Runs that grow, and other runs


def test_the_place_in_a_run_survives_its_growth_and_the_other_language(visit):
    lab = visit(SMALL)
    replay = Replay(lab)
    replay.go(KEPT.index(14))
    last = replay.last
    lab.open_group("training")
    with lab.a_longer_run():
        lab.slider("steps").press("ArrowRight")
    replay.wait_until("Number(scrub.max) > arg", last)
    assert replay.steps == (14, 14, 14)
    lab.press("한국어")
    expect(replay.play_button).to_have_attribute("title", text("ko")("replay.play"))
    assert replay.step == 14


def test_one_click_trains_on_to_a_new_end(visit):
    lab = visit("?steps=100&networks=4&depth=4")
    replay, setting = Replay(lab), lab.setting
    for steps, more in ((200, 500), (500, "1,000")):
        last = replay.last
        expect(replay.train_on).to_contain_text(lab.words("surfaces.more", steps=steps))
        with lab.a_longer_run():
            replay.train_on.click()
        status = lab.page.locator(".vgl-head [role=status]")
        assert status.inner_text() == lab.words("run.done", steps=steps)
        lab.page.wait_for_url(re.compile(rf"[?&]steps={steps}(&|$)"))
        replay.wait_until("Number(scrub.max) > arg", last)
        assert (replay.place, replay.step) == (replay.last, steps)
        expect(replay.train_on).to_contain_text(lab.words("surfaces.more", steps=more))
    assert lab.setting == setting
    assert lab.console == []


GROWS = "?steps=100000&networks=1&depth=2&width=4&activation=tanh&seed="


def test_while_a_run_goes_on_there_is_its_last_frame_and_nothing_to_play(visit, fresh):
    lab = visit(f"{GROWS}{fresh(21)}", ready=False)
    replay = Replay(lab)
    replay.wait_until("root.querySelector('.step')?.textContent.endsWith(' 0') === false")
    first = replay.step
    controls = [replay.root.locator(name) for name in (".play", ".back", ".forth", ".scrub")]
    assert [control.is_disabled() for control in controls] == [True] * 4
    lab.page.keyboard.press("Space")
    assert not replay.playing
    replay.wait_until(
        "Number(root.querySelector('.step')?.textContent.replace(/[^0-9]/g, '')) > arg", first
    )
    assert replay.last == 0
    assert replay.step < 100_000, "and it goes on"
    lab.finished()
    assert [control.is_enabled() for control in controls] == [True] * 4
    assert replay.place == replay.last > 50
    assert replay.steps == (100_000, 0, 0)
    assert lab.console == []


@pytest.mark.slow
def test_who_stands_in_the_middle_is_there_again_when_a_run_was_trained_on(visit):
    lab = visit("?steps=50000&networks=1&depth=2&width=4&activation=tanh&seed=22")
    replay = Replay(lab)
    last = replay.last
    replay.go(10)
    step = replay.step
    assert 0 < step < 100
    with lab.a_longer_run():
        replay.train_on.click()
        expect(replay.play_button).to_be_disabled()
    replay.wait_until("Number(scrub.max) > arg", last)
    assert replay.steps == (step,) * 3


@pytest.mark.slow
def test_another_run_begins_as_the_page_opens(visit):
    lab = visit(SMALL)
    replay = Replay(lab)
    replay.go(3)
    before = replay.pictures()
    replay.play_button.click()
    with lab.a_new_run():
        lab.slider("depth").press("ArrowRight")
    replay.wait_until("scrub.value === scrub.max")
    assert not replay.playing
    assert replay.steps == (200, 0, 0)
    assert replay.pictures() != before
    replay.go(5)
    frames = replay.last
    with lab.a_new_run():
        lab.slider("width").press("End")  # so large that fewer frames are kept
    replay.wait_until("Number(scrub.max) < arg && scrub.value === scrub.max", frames)
    assert replay.step == 200
    assert lab.console == []


# For everybody


@pytest.mark.slow
def test_reduced_motion_shows_whole_frames_only(visit):
    replay = Replay(visit(SMALL, reduced_motion="reduce"))
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
    for canvas, name in zip(replay.surfaces.all(), ("ReLU", "Sigmoid"), strict=True):
        assert canvas.get_attribute("role") == "img"
        start = re.escape(f"{replay.words('replay.surface')} {label}, {name}: ")
        spoken = canvas.get_attribute("aria-label")
        assert re.fullmatch(rf"{start}[0-4] of 4 right, loss \d\.\d{{4}}", spoken)
    for name in ("play", "back", "forth", "speed"):
        part = replay.root.locator(f".{name}")
        assert part.get_attribute("aria-label") == replay.words(f"replay.{name}")
        assert part.get_attribute("title") == replay.words(f"replay.{name}")


def test_a_screen_reader_is_told_nothing_before_the_replay_is_touched(visit):
    replay = Replay(visit(SMALL))
    spoken = replay.root.locator("[role=status]")
    assert spoken.text_content() == ""
    replay.page.keyboard.press("ArrowLeft")
    expect(spoken).to_contain_text(f"{replay.words('replay.step')} 180. ReLU: ")


@pytest.mark.slow
def test_the_replay_follows_the_colour_scheme(visit):
    light = Replay(visit(SMALL, color_scheme="light"))
    dark = Replay(visit(SMALL, color_scheme="dark"))
    assert light.surfaces.first.evaluate(BRIGHTNESS) < 128
    assert dark.surfaces.first.evaluate(BRIGHTNESS) > 128


def test_the_two_surfaces_tell_the_story_at_once(visit):
    """After a run ReLU's surface has folded: dark and bright; sigmoid's is one grey."""
    replay = Replay(visit())
    spread = """canvas => {
      const pen = canvas.getContext('2d'), left = 21, size = canvas.width - left;
      let least = 255, most = 0;
      for (const i of [0.1, 0.4, 0.6, 0.8]) for (const j of [0.1, 0.4, 0.6, 0.8]) {
        const [r, g, b] = pen.getImageData(left + size * i, size * j, 1, 1).data;
        least = Math.min(least, (r + g + b) / 3); most = Math.max(most, (r + g + b) / 3);
      }
      return most - least;
    }"""
    relu, sigmoid = (canvas.evaluate(spread) for canvas in replay.surfaces.all())
    assert relu > 100 > 10 > sigmoid


@pytest.mark.slow
def test_late_in_training_the_page_says_why_gradients_are_small(visit):
    replay = Replay(visit("?steps=1000&networks=8"))
    said = replay.page.locator(".st-key-gradient-said p").filter(visible=True)
    early, late = (replay.words(f"captions.{key}") for key in ("gradient", "late"))
    late = late.split("{")[0].strip()
    expect(said).to_have_text(early)
    box = replay.page.locator(".st-key-gradient-said").bounding_box()
    replay.scrub.press("ArrowLeft")
    expect(said).to_have_text(re.compile(f"^{late}"))
    assert replay.page.locator(".st-key-gradient-said").bounding_box() == box, "nothing moves"
    replay.lab.scrub(0)
    expect(said).to_have_text(early)
    replay.lab.scrub(1)
    expect(said).to_have_text(re.compile(f"^{late}"))


def test_the_surfaces_and_the_gradient_say_their_step_alike(visit):
    """At first they show the end and the start: the last row must see that."""
    lab = visit(ready=False)
    lab.begin_with("""
      const { fillText } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
        window.written = { ...window.written, [text]: this.font };
        return fillText.call(this, text, ...rest);
      };""")
    lab.open(SMALL)
    label = lab.gradient.locator(".mark-text.role-mark text", has_text=lab.words("charts.step"))
    expect(label).to_have_text(f"{lab.words('charts.step')} 0")
    drawn = lab.page.evaluate("written")[f"{lab.words('replay.step')} 200"]
    style = "part => [getComputedStyle(part).fontWeight, getComputedStyle(part).fontSize].join(' ')"
    assert drawn.startswith(label.evaluate(style))
    lab.page.locator(".replay .back").click()
    lab.page.locator(".replay .forth").click()
    expect(label).to_have_text(f"{lab.words('charts.step')} 200")
