"""The network to try things on: everything answers at once, in the browser, without the server."""

import math
import re

import numpy as np
import pytest
import torch
from playwright.sync_api import expect

from components.words.numbers import number, probability
from models import Experiment, train
from models.passes import network_pass
from models.tasks import XOR
from tests.browser.lab import PHONE
from tests.models.reference import plain_network
from tests.seldom import seldom

LINK = (
    "?steps=200&networks=4&depth=3&width=5&activation=tanh&init=lab"
    "&view=number&network=0&inside=network"
)


class Hands:
    """One of the networks on a visitor's page."""

    def __init__(self, lab, place: int = 0):
        self.lab, self.page, self.words = lab, lab.page, lab.words
        self.root = self.page.locator(".network").nth(place)
        self.picture, self.surface = (self.find(f"canvas.{n}") for n in ("picture", "surface"))
        self.field, self.title, self.note = map(self.find, (".value", ".title", ".note"))
        expect(self.find(".units button").first).to_be_attached()

    def find(self, selector: str):
        return self.root.locator(selector)

    def seen(self) -> str:
        """The surface as it is."""
        self.settle()
        return self.surface.evaluate("canvas => canvas.toDataURL()")

    def settle(self) -> None:
        self.page.evaluate(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    @property
    def loss(self) -> float:
        self.settle()
        return float(re.search(r"loss ([\d.]+)", self.find(".facts").inner_text())[1])

    @property
    def gradient(self) -> str:
        self.settle()
        return self.find(".gradient").inner_text()

    def unit(self, name: str) -> tuple[float, float]:
        """Where a unit stands on the screen."""
        box = self.find(f".units button[aria-label^='{name} =']").bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def type(self, value: str) -> None:
        self.field.fill(value)
        self.field.press("Enter")

    def choose(self, layer: int, source: int, target: int) -> None:
        """By the selects: numbers from 1 on."""
        for name, value in ((".layer", layer), (".from", source - 1), (".to", target - 1)):
            self.find(name).select_option(f"{value}")


@pytest.fixture(scope="module")
def opened(open_lab) -> Hands:
    """One page for all tests that leave the page itself as it is."""
    return Hands(open_lab(LINK))


@pytest.fixture
def hands(opened):
    """The first network as the run has it, with nothing chosen, and nothing said by the console."""
    if opened.find(".back").is_enabled():
        opened.find(".back").click()
    opened.find(".train").focus()
    opened.page.mouse.move(5, 5)
    opened.picture.scroll_into_view_if_needed()
    opened.choose(1, 1, 1)
    opened.settle()
    yield opened
    assert opened.lab.console == []


def test_a_unit_under_the_pointer_shows_its_own_surface(hands):
    before, sent = hands.seen(), hands.lab.sent
    answer = hands.words("network.plane", name=hands.words("network.scale_answer"))
    expect(hands.title).to_have_text(answer)
    for name in ("h2[3]", "x[1]"):
        hands.page.mouse.move(*hands.unit(name))
        expect(hands.title).to_have_text(hands.words("network.plane", name=name))
        assert hands.seen() != before
        assert name in hands.surface.get_attribute("aria-label")
    hands.page.mouse.move(5, 5)
    expect(hands.title).to_have_text(answer)
    assert hands.seen() == before
    assert hands.lab.sent == sent


def test_a_unit_that_is_tapped_stays_until_it_is_tapped_again(hands):
    at = hands.unit("h1[2]")
    kept = hands.words("network.plane", name="h1[2]")
    hands.page.mouse.click(*at)
    hands.page.mouse.move(*hands.unit("h2[1]"))
    expect(hands.title).to_have_text(hands.words("network.plane", name="h2[1]"))
    hands.page.mouse.move(5, 5)
    expect(hands.title).to_have_text(kept)
    hands.page.mouse.click(*at)
    hands.page.mouse.move(5, 5)
    expect(hands.title).not_to_have_text(kept)


def test_units_can_be_reached_by_keyboard(hands):
    hands.find(".train").focus()
    hands.find(".units button[tabindex='0']").focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowUp"):
        hands.page.keyboard.press(key)
    focused = hands.find(".units button:focus")
    name = focused.get_attribute("aria-label").split(" = ")[0]
    assert re.fullmatch(r"h2\[\d\]", name)
    expect(hands.title).to_have_text(hands.words("network.plane", name=name))
    hands.page.keyboard.press("Enter")
    expect(focused).to_have_attribute("aria-pressed", "true")
    hands.page.keyboard.press("Enter")
    expect(focused).to_have_attribute("aria-pressed", "false")
    assert hands.find(".units button[tabindex='0']").count() == 1


def test_a_typed_weight_changes_everything_and_asks_nobody(hands):
    hands.lab.page.wait_for_load_state("networkidle")  # what else is on the page has come
    sent, asked = hands.lab.sent, len(hands.lab.requests)
    before, loss, gradient = hands.seen(), hands.loss, hands.gradient
    hands.choose(4, 2, 1)
    hands.type("−3,5")
    expect(hands.field).to_have_value("-3.5")
    expect(hands.find(".own")).to_have_text(hands.words("network.own"))
    assert hands.seen() != before
    assert hands.loss != loss
    assert hands.gradient != gradient
    hands.find(".back").click()
    assert (hands.seen(), hands.loss) == (before, loss)
    expect(hands.find(".own")).to_have_text("")
    assert (hands.lab.sent, len(hands.lab.requests)) == (sent, asked)


def test_what_is_typed_is_what_the_lab_computes(hands):
    hands.choose(2, 6, 3)  # the bias: it comes after the layer's five units
    hands.type("2.5")
    experiment = Experiment(activation="tanh", depth=3, width=5, init="lab", steps=1, networks=1)
    one = network_pass(train(experiment), 0, slice(0, 1))
    one.biases[1][0, 2] = 2.5
    hidden = XOR.inputs.numpy()
    for weight, bias in zip(one.weights, one.biases, strict=True):
        z = hidden @ weight[0].astype(float) + bias[0].astype(float)
        hidden = np.tanh(z)
    answers = [probability(1 / (1 + math.exp(-logit))) for logit in z[:, 0]]
    hands.settle()
    assert hands.find(".answers li span:nth-child(2)").all_inner_texts() == answers


def test_a_norms_scale_and_what_it_makes_of_a_unit_are_torchs(visit):
    hands = Hands(visit(f"{LINK}&norm=batch&skip=True"), 1)
    before = hands.words("network.before")
    expect(hands.find(".made")).to_contain_text(f"h = φ(z) + {before}")
    hands.choose(3, 7, 2)  # after five units and the bias
    hands.type("2.5")
    experiment = Experiment(
        activation="sigmoid", depth=3, width=5, init="lab", norm="batch", skip=True, networks=1
    )
    net = plain_network(experiment, 0)
    with torch.no_grad():
        net[2][1].weight[1] = 2.5
        hidden = net[:2](XOR.inputs.float())
        z = net[2][1](net[2][0](hidden))[1, 1]
        logits = net(XOR.inputs.float())[:, 0].double()
    hands.settle()
    shown = hands.find(".answers li span:nth-child(2)").all_inner_texts()
    assert [float(answer) for answer in shown] == pytest.approx(logits.sigmoid().tolist(), abs=2e-4)
    hands.page.mouse.move(*hands.unit("h3[2]"))
    first, second, third = hands.find(".made span").all_inner_texts()
    assert first.startswith("h3[2]: x̂")
    assert second.startswith("z = γ x̂ + β = 2.50 × ")
    assert second.endswith(f" = {number(float(z), 3)}")
    past = float(hidden[1, 1])
    assert third == f"h = φ(z) + h2[2] = {number(float(z.sigmoid()), 3)} + {number(past, 3)} = " + (
        number(float(z.sigmoid()) + past, 3)
    )
    assert hands.lab.console == []


BAD_INPUT = {
    "not_a_number": ("abc", "", "nan", "inf", "Infinity", "0x10", "1,5,5", "1,000.5"),
    "out_of_range": ("101", "-100.001", "1e400"),
}


def test_bad_input_is_said_and_changes_nothing(hands):
    for sentence, typed in ((name, each) for name in BAD_INPUT for each in BAD_INPUT[name]):
        hands.type("1.5")
        before = hands.loss
        hands.field.fill(typed)
        hands.field.blur()
        said = {"typed": typed, "name": "W1[1, 1]", "value": "1.50", "most": 100}
        expect(hands.note).to_have_text(hands.words(f"network.{sentence}", **said))
        expect(hands.field).to_have_value("1.5")
        assert hands.field.get_attribute("aria-invalid") == "true", typed
        assert hands.loss == before, typed
        hands.type("100")
        expect(hands.note).to_have_text("")
        assert hands.field.get_attribute("aria-invalid") is None, typed


def test_a_line_is_dragged(hands):
    start, end = hands.unit("x[1]"), hands.unit("h1[1]")
    x, y = (0.3 * a + 0.7 * b for a, b in zip(start, end, strict=True))
    before, loss, sent = hands.seen(), hands.loss, hands.lab.sent
    mouse = hands.page.mouse
    mouse.move(x, y)
    mouse.down()
    assert hands.find(".from").input_value() == "0"
    value = float(hands.field.input_value())
    mouse.move(x, y - 60, steps=4)
    hands.settle()
    name = hands.find(".tip").inner_text().split(" = ")[0]
    assert re.fullmatch(r"W1\[\d, \d\]", name)
    assert float(hands.field.input_value()) == pytest.approx(value + 1.2, abs=1e-4)
    assert hands.seen() != before
    hands.page.keyboard.down("Shift")
    mouse.move(x, y - 10, steps=2)
    mouse.up()
    hands.page.keyboard.up("Shift")
    hands.settle()
    assert float(hands.field.input_value()) == pytest.approx(value + 1.2 - 0.1, abs=1e-4)
    mouse.move(x, y + 100)
    assert float(hands.field.input_value()) == pytest.approx(value + 1.1, abs=1e-4), "let go"
    assert hands.loss != loss
    assert hands.lab.sent == sent


def test_slider_and_arrow_keys_change_the_weight(hands):
    slide = hands.find(".slide")
    value = float(hands.field.input_value())
    hands.field.focus()
    hands.page.keyboard.press("ArrowUp")
    assert float(hands.field.input_value()) == pytest.approx(value + 0.1, abs=1e-5)
    slide.focus()
    hands.page.keyboard.press("End")
    hands.settle()
    assert float(hands.field.input_value()) == float(slide.get_attribute("max"))
    assert "W1[1, 1] = " in hands.find(".spoken").inner_text()


def test_training_from_here_lowers_the_loss_until_it_is_stopped(hands):
    sent, loss, before = hands.lab.sent, hands.loss, hands.seen()
    train_button = hands.find(".train")
    train_button.click()
    expect(train_button).to_contain_text(hands.words("network.stop"))
    expect(hands.find(".steps")).to_have_text(re.compile(r"\+ [1-9]\d\d"))
    train_button.click()
    expect(train_button).to_contain_text(hands.words("network.train"))
    after, steps = hands.loss, hands.find(".steps").inner_text()
    assert after < loss
    hands.page.wait_for_timeout(300)
    assert hands.find(".steps").inner_text() == steps
    assert f"{after:.4f}" in hands.find(".spoken").inner_text()
    hands.find(".back").click()
    assert (hands.seen(), hands.loss) == (before, loss)
    expect(hands.find(".steps")).to_have_text("")
    assert hands.lab.sent == sent


def test_a_training_that_diverges_stops_at_the_last_finite_weights(visit):
    link = "?steps=1&networks=1&depth=2&activation=identity&output=squared&rate=900&inside=network"
    hands = Hands(visit(link))
    hands.find(".train").click()
    expect(hands.note).to_have_text(hands.words("network.stopped"))
    expect(hands.find(".train")).to_contain_text(hands.words("network.train"))
    assert math.isfinite(hands.loss)
    hands.find(".back").click()
    expect(hands.note).to_have_text("")
    assert hands.lab.console == []


def test_a_loss_that_is_no_number_is_said(visit):
    link = "?steps=10&networks=1&depth=1&output=linear&init=pytorch&inside=network"
    hands = Hands(visit(link))
    hands.choose(2, 11, 1)
    hands.type("-50")
    expect(hands.find(".facts")).to_contain_text("loss –")
    hands.find(".train").click()
    expect(hands.note).to_have_text(hands.words("network.no_loss"))


def test_own_changes_survive_another_point_and_language_not_another_step(visit):
    lab = visit(LINK)
    hands = Hands(lab)
    hands.choose(2, 3, 4)
    hands.type("4.25")
    loss = hands.loss
    lab.press("(1, 1)")
    expect(hands.find(".answers .here")).to_contain_text("(1, 1)")
    expect(hands.field).to_have_value("4.25")
    expect(hands.find(".own")).to_have_text(hands.words("network.own"))
    assert hands.loss == loss
    lab.press("한국어")
    expect(hands.find(".own")).to_have_text(lab.words("network.own"))
    expect(hands.field).to_have_value("4.25")
    lab.press("English")
    lab.drawn()
    lab.page.locator("[data-testid=stMain] [data-testid=stSlider] input").first.press("End")
    expect(hands.find(".own")).to_have_text("")
    assert hands.find(".layer").input_value() == "2", "the same weight of another step"
    assert hands.loss != loss
    answers = hands.find(".answers li span:nth-child(2)").all_inner_texts()
    printed = lab.page.locator(".vgl-points").first.locator("tbody td:nth-child(2)")
    assert printed.all_inner_texts() == answers, "at the end, those of the printout"
    assert lab.console == []


@pytest.mark.slow
def test_own_changes_and_training_survive_a_new_element(visit):
    lab = visit(LINK)
    hands = Hands(lab)
    hands.choose(2, 3, 4)
    hands.type("4.25")
    hands.find(".train").click()
    expect(hands.find(".steps")).not_to_have_text("")
    lab.press(lab.words("inside.network"))
    expect(hands.root).to_have_count(0)
    lab.open_panel("network")
    expect(hands.find(".own")).to_have_text(hands.words("network.own"))
    expect(hands.find(".layer")).to_have_value("2")
    stop = re.compile(hands.words("network.stop"))
    expect(hands.find(".train")).to_have_text(stop)
    steps = hands.find(".steps").inner_text()
    expect(hands.find(".steps")).not_to_have_text(steps)
    hands.find(".back").click()
    expect(hands.find(".own")).to_have_text("")
    expect(Hands(lab, 1).find(".own")).to_have_text("")
    assert lab.console == []


def test_own_changes_survive_a_reload_and_that_is_said_until_they_are_put_back(visit):
    lab = visit(LINK)
    for place, value in enumerate(("4.25", "-1.5")):
        hands = Hands(lab, place)
        hands.choose(2, 3, 4)
        hands.type(value)
    lab.page.reload()
    lab.finished()
    for place, value in enumerate(("4.25", "-1.5")):
        hands = Hands(lab, place)
        expect(hands.field).to_have_value(value)
        expect(hands.find(".layer")).to_have_value("2")
        expect(hands.find(".own")).to_have_text(hands.words("network.own"))
        expect(hands.note).to_have_text(hands.words("network.restored"))
    hands.find(".back").click()
    lab.page.reload()
    lab.finished()
    expect(Hands(lab, 0).find(".own")).to_have_text(lab.words("network.own"))
    expect(Hands(lab, 1).find(".own")).to_have_text("")
    expect(Hands(lab, 1).note).to_have_text("")
    assert lab.console == []


def test_the_two_networks_are_apart(hands):
    other = Hands(hands.lab, 1)
    loss = other.loss
    hands.type("5")
    assert other.loss == loss
    expect(other.find(".own")).to_have_text("")


@pytest.mark.parametrize(
    "link",
    [
        seldom(""),
        "&depth=50&width=20",
        seldom("&activation=maxout&depth=3&norm=layer&skip=True"),
        "&depth=0",
    ],
)
def test_a_phone_has_room_for_it(visit, link):
    lab = visit(f"?lang=ko&steps=20&networks=1&inside=network{link}", viewport=PHONE)
    hands = Hands(lab)
    assert lab.sticking_out() == []
    for button in (".train", ".back", ".layer", ".value", ".slide"):
        assert hands.find(button).bounding_box()["height"] >= 44
    tops = [part.bounding_box()["y"] for part in (hands.picture, hands.find(".slide"), hands.title)]
    assert tops == sorted(tops), "the weight right under its line"
    assert lab.console == []


@pytest.mark.slow
def test_a_finger_chooses_a_unit_and_a_line(visit):
    lab = visit(LINK, viewport=PHONE, has_touch=True)
    hands = Hands(lab)
    hands.picture.scroll_into_view_if_needed()
    lab.page.touchscreen.tap(*hands.unit("h2[2]"))
    expect(hands.title).to_have_text(hands.words("network.plane", name="h2[2]"))
    start, end = hands.unit("h3[5]"), hands.unit("p")
    lab.page.touchscreen.tap(*((a + b) / 2 for a, b in zip(start, end, strict=True)))
    expect(hands.find(".layer")).to_have_value("4")


UNTIL_IT_RESTS = """() => new Promise((done) => {
  const main = document.querySelector("[data-testid=stMain]");
  let last = NaN, alike = 0;
  const look = () => {
    alike = main.scrollTop === last ? alike + 1 : 0;
    last = main.scrollTop;
    if (alike > 10) done();
    else requestAnimationFrame(look);
  };
  look();
})"""


def test_a_finger_on_a_line_moves_its_weight_at_once_and_scrolls_the_page_elsewhere(visit):
    lab = visit(LINK, viewport=PHONE, has_touch=True, is_mobile=True)
    hands = Hands(lab)
    send = lab.page.context.new_cdp_session(lab.page).send

    def scrolled() -> float:
        return lab.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop")

    def swipe(x: float, y: float, down: float) -> None:
        for kind, at in (("Start", 0), ("Move", 0.2), ("Move", 0.6), ("Move", 1), ("End", None)):
            points = [] if at is None else [{"x": x, "y": y + at * down}]
            send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})
        hands.settle()

    center = "picture => picture.scrollIntoView({ block: 'center' })"
    hands.picture.evaluate(center)
    hands.choose(4, 5, 1)
    value = float(hands.field.input_value())
    hands.choose(1, 1, 1)
    expect(lab.page.get_by_text(lab.words("network.try_touch"))).to_be_visible()
    expect(lab.page.get_by_text(lab.words("network.try"), exact=True)).to_be_hidden()
    start, end = hands.unit("h3[5]"), hands.unit("p")
    before = scrolled()
    swipe(*((a + b) / 2 for a, b in zip(start, end, strict=True)), 50)
    assert hands.unit("p") == end, "the picture stands still"
    chosen = [hands.find(name).input_value() for name in (".layer", ".from", ".to")]
    assert chosen == ["4", "4", "0"]
    assert float(hands.field.input_value()) == pytest.approx(value - 1, abs=1e-4)
    assert scrolled() == before
    for across, down in (("h1[3]", "h1[3]"), ("p", "h3[1]")):
        before = scrolled()
        swipe(hands.unit(across)[0], hands.unit(down)[1], -150)
        lab.page.wait_for_function(
            "before => document.querySelector('[data-testid=stMain]').scrollTop > before",
            arg=before,
        )
        lab.page.evaluate(UNTIL_IT_RESTS)  # a swipe has momentum
        hands.picture.evaluate(center)
    assert float(hands.field.input_value()) == pytest.approx(value - 1, abs=1e-4)


@pytest.mark.slow
def test_reduced_motion_draws_a_training_rarely(visit):
    hands = Hands(visit(LINK, reduced_motion="reduce"))
    hands.find(".train").click()
    seen = set()
    start = hands.page.evaluate("performance.now()")
    while hands.page.evaluate("performance.now()") < start + 1_500:
        seen.add(hands.find(".steps").inner_text())
    hands.find(".train").click()
    assert 2 <= len(seen) <= 6


@pytest.mark.slow
def test_a_large_network_answers_too(visit):
    hands = Hands(
        visit("?steps=10&networks=1&depth=50&width=128&activation=tanh&compare=none&inside=network")
    )
    before = hands.seen()
    hands.choose(51, 129, 1)
    hands.type("3")
    assert hands.seen() != before
    hands.choose(30, 100, 77)
    assert hands.find(".to option").count() == 128
    hands.type("50")
    expect(hands.find(".own")).to_have_text(hands.words("network.own_lost"))
