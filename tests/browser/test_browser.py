"""The lab as a visitor sees it: a real server, a real browser."""

import re

import pytest
from playwright.sync_api import Route, expect

from components.panels.sidebar import PRESETS
from components.settings.state.items import PANELS
from components.words.text import LANGUAGES, text
from tests.browser.lab import CURVES, FALLEN, GRADIENT, LOCALES, LOSS, PANELS_DRAW, PHONE, PLOT, Lab
from tests.components.words.test_text import HANGUL
from tests.seldom import IN_ENGLISH, IN_KOREAN, seldom

SMALL = "?steps=100&networks=4"
PROJECTORS = [(1280, 720), (1366, 768), (1440, 900), (1920, 1080)]


@pytest.fixture(scope="module")
def still(open_lab) -> Lab:
    """A page for tests that leave the setting as it is; its gradients stand at the start."""
    return open_lab("?steps=500&networks=8")


@pytest.fixture
def scrubbed(still) -> Lab:
    """The same with its gradients at the start again, its loss on a linear axis."""
    still.press(still.words("charts.scale_linear"))
    still.drawn().scrub(0.0)
    return still


STORY = {
    "story": ".vgl-story",
    "verdict": ".vgl-verdict",
    "gradient": f".st-key-stage-gradient {PLOT}",
    "first surface": ".replay .arm:nth-child(1) .surface",
    "second surface": ".replay .arm:nth-child(2) .surface",
    "play": ".replay .play",
    "loss": f".st-key-stage-loss {PLOT}",
}
MAIN = STORY | {"activation": f".st-key-stage-activation {PLOT}"}


def boxes(lab: Lab, parts: dict[str, str]) -> dict[str, dict]:
    """Where parts of the page are."""
    return {name: lab.page.locator(part).first.bounding_box() for name, part in parts.items()}


def seen(lab: Lab, parts: dict[str, str]) -> dict[str, dict]:
    """The same, once it is sure that they are within the screen."""
    screen, found = lab.page.viewport_size, boxes(lab, parts)
    for name, box in found.items():
        where = f"{name} at {screen}"
        assert box["x"] >= 0, where
        assert box["y"] >= 0, where
        assert box["x"] + box["width"] <= screen["width"], where
        assert box["y"] + box["height"] <= screen["height"], where
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_screen_is_the_story(visit, language):
    """Problem, verdict, surfaces, gradient and loss are seen on a projector without scrolling."""
    lab = visit(locale=LOCALES[language])
    assert lab.words.language == language, "a visitor starts in the browser's language"
    assert lab.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    for width, height in PROJECTORS:
        lab.page.set_viewport_size({"width": width, "height": height})
        lab.drawn()
        assert lab.charts.count() == 4
        found = seen(lab, MAIN if width >= 1440 else STORY)
        area = {name: box["width"] * box["height"] for name, box in found.items()}
        assert max(area, key=area.get) == "gradient", "it is what the lab is about"
        first, second = found["first surface"], found["second surface"]
        assert first["y"] == second["y"]
        assert first["width"] == pytest.approx(second["width"], abs=0.1)
        assert first["width"] >= 150
        assert 0 <= found["play"]["y"] - first["y"] - first["height"] < 30, "beside its picture"
        left, top, right, bottom = lab.edges(LOSS)
        assert right - left > 120 and bottom - top > 80
        _, top, _, bottom = lab.edges(CURVES)
        assert bottom - top > 147, "names at the ends of its lines have room"
        assert lab.sticking_out() == []


FEW_LINES = {name: part for name, part in STORY.items() if name != "loss"}
LAST_LINES = """() => [...document.querySelectorAll(
  '.st-key-stage [data-testid=stCaptionContainer] p')]
  .filter(line => line.checkVisibility()).map(line => line.getBoundingClientRect().bottom)"""


@pytest.mark.parametrize(("language", "size"), [("en", "usual"), ("ko", "large")])
def test_a_screen_of_few_lines_is_used_to_its_last_one(visit, language, size):
    """Where the loss has no room any more it stands under the fold, and the rest is whole."""
    link = SMALL + ("&size=large" if size == "large" else "")
    lab = visit(link, locale=LOCALES[language])
    few = [(1280, 720), (1366, 768)] if size == "large" else [(1280, 600), (1280, 660)]
    for width, height in few:
        lab.page.set_viewport_size({"width": width, "height": height})
        lab.drawn()
        found = seen(lab, FEW_LINES)
        left, top, right, bottom = lab.edges(GRADIENT)
        assert right - left > 200
        assert bottom - top > 90, "its plot, names and axes apart"
        over = found["gradient"]["y"] - found["verdict"]["y"] - found["verdict"]["height"]
        assert over < 60, "no hole: its heading alone stands between"
        ends = max(box["y"] + box["height"] for box in found.values())
        assert ends > 0.85 * height
        assert lab.sticking_out() == []


@pytest.mark.parametrize("language", IN_ENGLISH)
def test_captions_are_whole_on_a_projector(visit, language):
    lab = visit(SMALL, locale=LOCALES[language])
    for width, height in PROJECTORS:
        lab.page.set_viewport_size({"width": width, "height": height})
        ends = lab.drawn().page.evaluate(LAST_LINES)
        shown = [end for end in ends if end <= height]
        assert len(shown) >= (3 if width >= 1440 else 2)
        between = [end for end in ends if height < end < height + 200]
        assert between == [], "none is cut by the screen's edge"


AT = """([x, y]) => { const found = document.elementFromPoint(x, y);
  return found.closest('a, button, input, [role=button]')?.innerText ?? found.tagName; }"""


def middle(lab: Lab, part: str) -> list[float]:
    """Where one would press it."""
    box = lab.page.locator(part).first.bounding_box()
    return [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]


@pytest.mark.parametrize(
    ("link", "width", "height"),
    [
        (SMALL, 390, 844), seldom(SMALL, 768, 1024),
        (SMALL, 1280, 720), seldom(SMALL, 1920, 1080),
        (SMALL + "&size=large", 390, 844), seldom(SMALL + "&size=large", 1280, 720),
        (SMALL + "&embed=true", 768, 1024), seldom(SMALL + "&embed=true", 1920, 1080),
    ],
)  # fmt: skip
def test_the_ways_to_the_other_pages_have_a_place_of_their_own(visit, link, width, height):
    """They lie over nothing, nothing over them, and not over the settings where these are open."""
    lab = visit(link, viewport={"width": width, "height": height})
    lines = lab.page.evaluate(LINES, ".vgl-head :is(h1, p), [data-testid=stMainMenu]")
    for page in ("lesson", "atlas", "mine"):
        way = f".st-key-head a[href^={page}]"
        assert lab.page.evaluate(AT, middle(lab, way)) == lab.page.locator(way).inner_text()
        box = lab.page.locator(way).bounding_box()
        assert not any(overlap(box, line) for line in lines)
    if not lab.page.locator("[data-testid=stExpandSidebarButton]").is_visible():
        return
    lab.page.locator("[data-testid=stExpandSidebarButton]").click()
    close = lab.page.locator("[data-testid=stSidebarCollapseButton] button")
    close.click(timeout=30_000)  # raises if anything lies over it
    expect(lab.page.locator("[data-testid=stExpandSidebarButton]")).to_be_visible()
    assert "lesson" not in lab.page.url


LINES = """parts => [...document.querySelectorAll(parts)].flatMap(part => {
  const range = document.createRange();
  range.selectNodeContents(part);
  return [...range.getClientRects()].map(({ x, y, width, height }) => ({ x, y, width, height }));
})"""


def overlap(one: dict, other: dict) -> bool:
    """Whether two boxes share more than an edge."""
    return all(
        min(one[at] + one[size], other[at] + other[size]) - max(one[at], other[at]) > 1
        for at, size in (("x", "width"), ("y", "height"))
    )


@pytest.mark.parametrize("language", IN_KOREAN)
def test_a_phones_first_screen_is_the_verdict_and_the_gradient(visit, language):
    lab = visit(viewport=PHONE, locale=LOCALES[language])
    seen(lab, {name: STORY[name] for name in ("story", "verdict", "gradient")})
    found = boxes(lab, MAIN)
    order = ["story", "verdict", "gradient", "first surface", "play", "loss", "activation"]
    tops = [found[name]["y"] for name in order]
    assert tops == sorted(tops), "the story's order"
    under = found["play"]["y"] - found["second surface"]["y"] - found["second surface"]["height"]
    assert 0 <= under < 30


WATCH = """parts => {
  window.places = new Set();
  const look = () => {
    const found = parts.map(part => document.querySelector(part)?.getBoundingClientRect().top);
    if (document.querySelector('.vgl-verdict') && found.every(Number.isFinite))
      window.places.add(found.map(Math.round).join(' '));
    requestAnimationFrame(look);
  };
  look();
}"""


@pytest.mark.parametrize(
    ("seed", "language", "width", "height"),
    [
        seldom(901, "en", 1280, 720), seldom(902, "ko", 1280, 720), seldom(903, "ko", 1440, 900),
        (904, "en", 390, 844), seldom(905, "ko", 390, 844),
    ],
)  # fmt: skip
def test_the_page_stands_still_while_it_trains(visit, fresh, seed, language, width, height):
    size = {"width": width, "height": height}
    link = f"?seed={fresh(seed)}&steps=10000&networks=16"
    lab = visit(link, ready=False, viewport=size, locale=LOCALES[language])
    lab.page.locator(".vgl-verdict").wait_for()
    status = lab.page.locator(".vgl-head [role=status]").inner_text()
    assert re.search(r"10,000\D+[1-9]|[1-9]\D+10,000", status), "it is watched from before its end"
    parts = [".st-key-stage", ".vgl-figures"]
    parts += [".st-key-view", ".st-key-inside"] if width > 760 else []
    lab.page.evaluate(WATCH, parts)
    lab.finished()
    stood_still(lab)


def stood_still(lab: Lab) -> None:
    places = lab.page.evaluate("[...window.places]")
    tops = [[int(top) for top in place.split()] for place in places]
    assert all(max(moved) - min(moved) <= 1 for moved in zip(*tops, strict=True)), places


DESK = {"width": 1440, "height": 900}
LATE = re.compile(r"/(PageLink|ButtonGroup|ArrowVegaLiteChart)\.[^/]*\.js")


@pytest.mark.slow
@pytest.mark.parametrize(
    "size", [PHONE, seldom({"width": 1440, "height": 900})], ids=["phone", "desk"]
)
def test_the_page_stands_still_when_its_parts_programs_come_late(visit, size):
    """Streamlit asks for each kind of element's program by itself: a slow line brings it later."""
    lab = visit(viewport=size)
    held: list[Route] = []
    lab.page.route(LATE, lambda route: held.append(route))
    lab.page.reload()
    lab.page.locator(".vgl-verdict").wait_for()
    lab.page.evaluate(WATCH, [".st-key-stage", ".vgl-figures"])
    lab.page.wait_for_function("window.places.size > 0")
    assert len(held) == 3
    for route in held:
        route.continue_()
    lab.finished()
    stood_still(lab)


@pytest.mark.slow
@pytest.mark.parametrize("language", IN_KOREAN)
def test_large_type_is_read_from_the_last_row(visit, language):
    """Nothing is smaller than 20 pixels at 1920 x 1080; the controls are folded away."""
    size = {"width": 1920, "height": 1080}
    lab = visit("?size=large", viewport=size, locale=LOCALES[language])
    assert lab.page.locator("[data-testid=stSidebar]").get_attribute("data-collapsed") == "true"
    seen(lab, STORY)
    small = lab.page.evaluate(SMALLER, 20)
    assert small == []
    assert lab.sticking_out() == []
    lab.page.locator("[data-testid=stExpandSidebarButton]").click()
    lab.press(lab.words("controls.size_usual"))
    lab.page.wait_for_url(lambda url: "size" not in url)
    assert lab.drawn().page.evaluate(SMALLER, 20) != [], "what is small is found"


# Every piece of writing that can be seen and is smaller than so many pixels.
SMALLER = """least => {
  const inside = root => [...root.querySelectorAll('*')].flatMap(
    part => part.shadowRoot ? [part, ...inside(part.shadowRoot)] : [part]);
  return inside(document.querySelector('[data-testid=stMain]')).filter(part => {
    const own = [...part.childNodes].some(
      node => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    const { width, height } = part.getBoundingClientRect();
    return own && width > 1 && height > 1 && part.tagName !== 'STYLE'
      && !part.closest('.katex, [data-testid=stIconMaterial]')
      && part.checkVisibility({ opacityProperty: true, visibilityProperty: true })
      && parseFloat(getComputedStyle(part).fontSize) < least - 0.01;
  }).map(part => `${part.tagName} ${getComputedStyle(part).fontSize} ${part.textContent}`);
}"""


@pytest.mark.slow
def test_the_activations_two_charts_share_an_axis(still):
    curves, fallen = still.edges(CURVES), still.edges(FALLEN)
    assert abs(curves[0] - fallen[0]) <= 1.5, "one z axis for both"
    assert abs(curves[2] - fallen[2]) <= 1.5
    assert 10 < fallen[1] - curves[3] < 40, "no hole between the two"


LONG = "?steps=100&networks=4&activation=leaky_relu&compare=softplus"
ONE = "?steps=100&networks=1&depth=0&activation=leaky_relu&compare=softplus"


@pytest.mark.slow
@pytest.mark.parametrize(("language", "link"), [seldom("en", ""), ("ko", LONG), seldom("en", ONE)])
def test_captions_take_two_lines_and_the_rest_stands_behind_a_sign(visit, link, language):
    lab = visit(link, locale=LOCALES[language])
    captions = ".st-key-stage [data-testid=stCaptionContainer]"
    for scale in ("linear", "accuracy"):
        lab.press(lab.words(f"charts.scale_{scale}"))
        lab.drawn()
        lines = lab.page.locator(captions).evaluate_all(
            """captions => captions.filter(caption => [...caption.querySelectorAll('p')].some(
              p => p.checkVisibility({ visibilityProperty: true }))).map(caption =>
              [...caption.querySelectorAll('p')].reduce((lines, p) =>
                lines + p.clientHeight / parseFloat(getComputedStyle(p).lineHeight), 0))"""
        )
        assert len(lines) == 3
        assert max(lines) < 2.5
    for name in ("gradient", "surfaces", "loss", "activation"):
        sign = lab.page.locator(f".st-key-how-{name} button")
        heading = lab.page.locator(f".st-key-stage-{name} h2").inner_text()
        expect(sign).to_have_accessible_name(lab.words("how.label", title=heading))
        sign.click()
        more = lab.page.locator("[data-testid=stPopoverBody]")
        expect(more).to_contain_text(re.compile(r"\w.{20}"))
        lab.page.keyboard.press("Escape")
        expect(more).to_have_count(0)
        lab.drawn()


MEETING = SMALL + "&activation=sigmoid&compare=softplus&init=xavier_uniform"


def test_a_phones_settings_are_folded_away_when_the_page_is_loaded_again(visit):
    lab = visit(SMALL, viewport=PHONE)
    unfold, settings = map(lab.page.get_by_test_id, ("stExpandSidebarButton", "stSidebar"))
    unfold.click()
    expect(settings).to_be_in_viewport()
    lab.page.reload()
    lab.finished()
    expect(unfold).to_be_visible()
    expect(settings).not_to_be_in_viewport()


@pytest.mark.parametrize(("meeting", "wide"), [seldom(False, 1440), (True, 390)])
def test_lines_are_named_where_they_end(visit, meeting, wide):
    lab = visit(MEETING if meeting else SMALL, viewport={"width": wide, "height": 900})
    apart = []
    for scale in ("linear", "log", "accuracy"):
        lab.press(lab.words(f"charts.scale_{scale}"))
        lab.drawn()
        apart.append(check_names(lab, LOSS, wide))
    assert (min(apart) < 10) == meeting, "lines that end together are among those looked at"
    for share in (0.0, 0.5, 1.0):
        lab.scrub(share)
        check_names(lab, GRADIENT, wide)


def check_names(lab, place: int, wide: int) -> float:
    """Beside its line's end and level with it, or as far from there as the other name asks.

    Returns how far apart the two lines end.
    """
    (_, top, right, bottom), names = lab.edges(place), lab.names(place)
    arms = set(lab.page.locator(".vgl-verdict b").all_inner_texts())
    boxes = [box for name, box in names.items() if name in arms]
    assert len(boxes) == 2
    for box in boxes:
        assert right < box["x"] < right + 12
        assert box["x"] + box["width"] <= wide
    middles = sorted(box["y"] + box["height"] / 2 for box in boxes)
    assert middles[1] - middles[0] > 15
    inside = [min(max(y, top + 7), bottom - 7) for _, y in lab.line_ends(place)]
    ends = sorted(inside)
    assert len(ends) == 2
    for middle, end in zip(middles, ends, strict=True):
        assert abs(middle - end) <= (4 if ends[1] - ends[0] > 30 else 20)
    return ends[1] - ends[0]


def test_charts_are_drawn(scrubbed):
    lab = scrubbed
    gradient, loss, curves, fallen = (lab.charts.nth(place) for place in range(4))
    paths = "paths => paths.map(path => path.getAttribute('d')?.length ?? 0)"
    assert len(curves.locator(".mark-line path").all()) >= 4, "f and f' of both"
    for chart in (curves, loss, gradient):
        assert max(chart.locator(".mark-line path").evaluate_all(paths)) > 60
    for chart in (fallen, loss, gradient):
        areas = chart.locator(".mark-area path")
        assert max(areas.evaluate_all(paths)) > 60
    assert len(lab.median_lines) == 2, "one thick line an activation"
    ticks = gradient.locator(".role-axis-label text").all_text_contents()
    powers = [tick for tick in ticks if tick.startswith("10") and tick != "10"]
    assert len(powers) > 3
    assert all(re.fullmatch("10⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+", tick) for tick in powers)


def test_nothing_is_asked_of_anybody_else_and_the_console_is_silent(visit):
    lab = visit(SMALL)
    lab.press(lab.words("charts.scale_log"))
    lab.drawn()
    with lab.a_new_run():
        lab.slider("depth").press("ArrowLeft")
    own = (lab.address, lab.address.replace("http", "ws"), "data:", "blob:")
    assert len(lab.requests) > 10
    assert [url for url in lab.requests if not url.startswith(own)] == []
    assert lab.console == []


LINKS = [
    seldom("?steps=100&networks=4"),
    "?steps=100&networks=1&depth=0&compare=none",
    "?depth=99&rate=abc&init=%7Bx%7D&steps=100&networks=4",
    seldom("?depth=50&width=128&networks=256"),
    "?seed=1e309&network=inf&steps=100&networks=4&inside=typo&dpeth=3",
]


@pytest.mark.parametrize("link", LINKS)
def test_nobody_reads_what_only_a_program_would_say(visit, link):
    lab = visit(link)
    # The code in the folded part is Python; its own None and braces are not prose.
    prose = lab.text
    assert lab.words("page.title") in prose
    for wrong in (r"\bNone\b", r"\bnan\b", r"\bNaN\b", r"\bundefined\b", r"[{}]", "Traceback"):
        assert not re.search(wrong, prose), wrong
    assert lab.console == []


def test_scrubbing_moves_the_chart_without_the_server(scrubbed):
    lab = scrubbed
    sent, asked = lab.sent, len(lab.requests)
    assert sent > 0, "messages to the server are counted"
    seen = {}
    for share in (0.0, 0.25, 0.5, 1.0):
        lab.scrub(share)
        seen[lab.step_label] = tuple(lab.median_lines)
    assert lab.words("charts.step") + " 0" in seen
    assert lab.words("charts.step") + " 500" in seen
    assert len(seen) == 4
    assert len(set(seen.values())) == 4, "the lines move"
    lab.page.wait_for_timeout(300)
    assert (lab.sent, len(lab.requests)) == (sent, asked)


@pytest.mark.slow
def test_the_theory_stands_at_the_start_only(scrubbed):
    lab = scrubbed
    lines = lab.gradient.locator('.mark-line path[stroke-dasharray="9,3,2,3"]')
    name = lab.gradient.get_by_text(lab.words("theory.name"), exact=False)
    for share, drawn in ((0.0, 2), (0.5, 0), (0.0, 2)):
        lab.scrub(share)
        expect(lines).to_have_count(drawn)
        expect(name).to_have_count(drawn)  # the name and its halo


@pytest.mark.slow
def test_the_place_of_the_slider_survives_another_scale(scrubbed):
    lab = scrubbed
    lab.scrub(0.5)
    label, lines = lab.step_label, lab.median_lines
    assert label != lab.words("charts.step") + " 0"
    before = lab.charts.nth(LOSS).inner_html()
    lab.press(lab.words("charts.scale_log"))
    lab.page.wait_for_function(
        "before => document.querySelector('.st-key-stage-loss svg.marks')?.parentElement"
        ".innerHTML !== before",
        arg=before,
    )
    lab.drawn()
    assert lab.step_label == label
    assert lab.median_lines == lines


@pytest.mark.slow
def test_the_slider_of_the_chart_obeys_the_keyboard(scrubbed):
    lab = scrubbed
    label = lab.step_label
    lab.gradient.locator("input[type=range]").focus()
    for _ in range(30):
        lab.page.keyboard.press("ArrowRight")
    assert lab.step_label != label


def test_a_control_moved_while_a_run_goes_on_shows_the_other_run(visit, fresh):
    link = "?steps=200000&networks=16&depth=2&width=4&activation=tanh&compare=none&seed="
    lab = visit(f"{link}{fresh(1)}", ready=False)
    status = lab.page.locator(".vgl-head [role=status]")
    goes_on = re.compile(text("en")("run.at", step="[1-9][0-9,]*", steps="200,000"))
    expect(status).to_have_text(goes_on)
    lab.slider("depth").press("Home")  # no hidden layer
    expect(lab.page.locator(".vgl-head p")).to_contain_text(flat_setting(lab))
    first = step_of(status)
    expect(lab.page.locator(".vgl-verdict")).to_have_text(flat_verdict(lab))
    lab.page.wait_for_function(
        "first => +document.querySelector('.vgl-head [role=status]')?.innerText"
        ".replaceAll(',', '').match(/[0-9]+/)[0] > first",
        arg=first,
    )
    assert lab.console == []


def step_of(status) -> int:
    """The first number of the status: the step of a run that goes on."""
    return int(re.search(r"[\d,]+", status.inner_text())[0].replace(",", ""))


def flat_verdict(lab) -> re.Pattern:
    """What is said of perceptrons while they are trained."""
    sentence = lab.words("verdict.so_far", name="tanh", task="XOR", solved=0, count=16) + "@"
    return re.compile(re.escape(sentence.split("@")[0]))


def flat_setting(lab) -> str:
    return lab.words("page.no_layers")


# What is written in Korean where a line may end inside a word.
SPLIT = """() => [...document.querySelectorAll('body *')].filter(each => each.checkVisibility()
  && [...each.childNodes].some(part => part.nodeType === 3 && /[가-힣]/.test(part.data))
  && getComputedStyle(each).wordBreak !== 'keep-all').map(each => each.innerText)"""


def test_the_language_switch_translates_everything(visit):
    lab = visit(SMALL)
    english = lab.text
    assert not HANGUL.search(english.replace("한국어", ""))
    lab.press("한국어")
    lab.page.wait_for_selector(f"text={text('ko')('page.title')}")
    lab.drawn()
    words = text("ko")
    korean = lab.text
    assert words("story.xor").split(": ")[-1] in korean
    for key in ("reset", "depth", "width", "group_training", "activation"):
        assert words(f"controls.{key}") in korean
    copy = lab.page.get_by_role("button", name=words("controls.copy"), exact=True)
    expect(copy).to_be_visible()
    english_lines = {
        line for line in korean.splitlines() if re.search(r"[a-z]+ [a-z]+ [a-z]+", line)
    }
    assert english_lines <= {"Skip to main content"}, "only Streamlit's own line is English"
    lab.page.locator("[data-testid=stTooltipIcon]").first.hover()
    expect(lab.page.locator("[data-testid=stTooltipContent]")).to_have_text(words("help.presets"))
    assert lab.page.evaluate(SPLIT) == []
    lab.page.mouse.move(700, 450)  # a tip covers the buttons above it as long as it is pointed at
    expect(lab.page.locator("[data-testid=stTooltipContent]")).to_have_count(0)
    lab.press("English")
    lab.page.wait_for_selector(f"text={text('en')('page.title')}")
    lab.drawn()
    assert lab.verdict in english


@pytest.mark.parametrize("language", IN_ENGLISH)
def test_a_phone_scrolls_one_way_only(visit, language):
    names = "&activation=selu&compare=mish&learning_rate=0.01"
    lab = visit(SMALL + names, viewport=PHONE, locale=LOCALES[language])
    assert lab.page.locator("[data-testid=stSidebar]").get_attribute("data-collapsed") == "true"
    assert lab.sticking_out() == []
    lab.page.locator(".st-key-details summary").click()
    lab.drawn()
    formulas = lab.page.locator(".st-key-details .katex-html")
    expect(formulas.last).to_be_visible()
    assert formulas.count() == 5, "two of each activation, one of the last layer"
    assert lab.drawn().sticking_out() == []
    for panel in PANELS:
        lab.open_panel(panel)
        drawn, count = PANELS_DRAW[panel]
        expect(lab.page.locator(drawn)).to_have_count(count)
        assert lab.drawn().sticking_out() == [], panel
    assert lab.console == []


@pytest.mark.slow
def test_long_names_leave_the_figures_legible_on_a_phone(visit):
    lab = visit(SMALL + "&compare_optimizer=adam&compare_learning_rate=0.01", viewport=PHONE)
    cells = lab.page.locator(".vgl-figures :is(th, td)").evaluate_all(
        """cells => cells.map(cell => {
          const range = document.createRange();
          range.selectNodeContents(cell);
          const { left, top, right, bottom } = range.getBoundingClientRect();
          return [left, top, right, bottom];
        }).filter(([left, , right]) => right > left)"""
    )
    assert len(cells) == 14, "two runs, four figures, their names"
    for place, (left, top, right, bottom) in enumerate(cells):
        for other in cells[place + 1 :]:
            apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
            assert apart, (cells[place], other)


def test_what_sticks_out_is_found(visit):
    """The eye of the test before: a part that is too wide, one that scrolls, one that is hidden."""
    lab = visit(SMALL, viewport=PHONE)
    lab.page.locator(".vgl-verdict").evaluate(
        """verdict => verdict.innerHTML = `<div style="width: 600px">wide</div>
          <div style="overflow-x: auto"><div style="width: 600px">scrolled to</div></div>
          <div style="visibility: hidden; width: 600px">hidden</div>`"""
    )
    (found,) = lab.sticking_out()
    assert "wide" in found


@pytest.mark.parametrize("scheme", [seldom("light"), "dark"])
def test_the_chosen_one_of_a_row_can_be_read(visit, scheme):
    """WCAG AA: 4.5 to 1, in the sidebar and on the page, for rows of buttons and for pills."""
    lab = visit(color_scheme=scheme)
    lab.open_panel("points")
    lab.drawn()
    chosen = "[role=radio][aria-checked=true]"
    assert lab.page.locator("[data-testid=stSidebar]").locator(chosen).count() == 4
    contrasts = lab.contrasts(f"{chosen}, {chosen} p")
    assert len(contrasts) >= 10
    assert min(contrasts) >= 4.5


def test_a_link_opens_what_it_was_copied_from(visit):
    """Moved by the keyboard and chosen from a list."""
    lab = visit(SMALL)
    assert lab.slider("depth").input_value() == "9"
    with lab.a_new_run():
        lab.slider("depth").press("ArrowRight")
    assert lab.slider("depth").input_value() == "10"
    with lab.a_new_run():
        lab.slider("width").press("ArrowRight")
    assert lab.setting.startswith(lab.words("page.layers", depth=10, width=11))
    lab.page.get_by_role("combobox", name=lab.words("controls.activation"), exact=True).click()
    lab.page.get_by_role("option", name="tanh", exact=True).click()
    expect(lab.page.locator(".vgl-verdict")).to_contain_text("tanh")
    lab.finished()
    setting, verdict, address = lab.setting, lab.verdict, lab.page.url
    assert "activation=tanh" in address
    assert "depth=10" in address
    assert "width=11" in address
    other = visit(address, locale="en-GB")  # a browser that was never here
    assert (other.setting, other.verdict) == (setting, verdict)


def test_copy_link_copies_the_link(visit):
    lab = visit(SMALL + "&depth=3&seed=5", permissions=["clipboard-read", "clipboard-write"])
    button = lab.page.get_by_role("button", name=lab.words("controls.copy"), exact=True)
    button.click()
    expect(lab.page.get_by_role("button", name=lab.words("controls.copied"))).to_be_visible()
    copied = lab.page.evaluate("navigator.clipboard.readText()")
    assert copied == lab.page.url
    assert "depth=3" in copied
    expect(button).to_be_visible()  # it offers itself again


@pytest.mark.parametrize("scheme", [seldom("light"), "dark"])
def test_the_page_follows_the_visitors_colour_scheme(visit, scheme):
    lab = visit(SMALL, color_scheme=scheme)
    app = "getComputedStyle(document.querySelector('[data-testid=stApp]'))"
    background = brightness(lab.page.evaluate(f"{app}.backgroundColor"))
    writing = brightness(lab.page.evaluate(f"{app}.color"))
    if scheme == "dark":
        assert background < 60 < 180 < writing
    else:
        assert background > 200 > 90 > writing
    plot = lab.charts.first.locator(PLOT)
    paper = plot.evaluate("plot => plot.style.backgroundColor")
    assert abs(brightness(paper) - background) < 10, "the charts too"


def brightness(color: str) -> float:
    channels = [float(channel) for channel in re.findall(r"[\d.]+", color)[:3]]
    return sum(channels) / 3


@pytest.mark.slow
def test_the_preset_that_fits_is_marked(visit):
    lab = visit()
    assert marked(lab) == [lab.words("presets.first")]
    with lab.a_new_run():
        lab.slider("depth").press("ArrowLeft")
    assert marked(lab) == []
    with lab.a_new_run():
        lab.press(lab.words("presets.rate"))
    assert marked(lab) == [lab.words("presets.rate")]
    assert f"{PRESETS['rate']['learning_rate']:g}" in lab.setting
    assert "learning_rate=5" in lab.page.url, "a preset is in the link"


def marked(lab) -> list[str]:
    names = text(lab.words.language).section("presets").values()
    radios = lab.page.locator("[role=radio][aria-checked=true]").all_inner_texts()
    return [name for name in radios if name in names]


@pytest.mark.slow
def test_a_link_of_identifiers_survives_a_reload(visit):
    lab = visit("?activation=elu&compare=tanh&init=he_normal&depth=2&steps=200&networks=4")
    before = lab.page.inner_text(".vgl-figures")
    assert "ELU" in before and "tanh" in before
    assert "activation=elu&compare=tanh" in lab.page.url
    lab.page.reload()
    lab.finished()
    assert lab.page.inner_text(".vgl-figures") == before
    assert "He normal" in lab.page.inner_text(".vgl-head")


@pytest.mark.slow
def test_back_undoes_a_preset_in_one_step(visit):
    lab = visit(SMALL)
    before, address = lab.setting, lab.page.url
    with lab.a_new_run():
        lab.press(lab.words("presets.lab"))
    lab.open_panel("points")
    lab.page.wait_for_url("**inside=points")
    lab.page.go_back()
    expect(lab.page.get_by_text(lab.words("inside.closed"))).to_be_visible()
    with lab.a_new_run():
        lab.page.go_back()
    assert (lab.setting, lab.page.url) == (before, address)
    with lab.a_new_run():
        lab.page.go_forward()
    assert marked(lab) == [lab.words("presets.lab")]
    assert lab.console == []


def test_a_part_of_the_bar_shows_such_a_network(visit):
    lab = visit("?depth=9&width=5&steps=500&networks=16&compare=none")
    words = lab.words
    dead = lab.page.get_by_role("button", name=re.compile(rf"^\d+ {words('fate.dead')}"))
    dead.click()
    printed = lab.page.locator(".vgl-print").filter(has_text="accuracy").last
    expect(printed).to_contain_text(words("fate.dead"))
    lab.page.wait_for_url("**view=number*")
    solved = lab.page.get_by_role("button", name=re.compile(rf"^\d+ {words('fate.solved')}"))
    solved.focus()
    lab.page.keyboard.press("Enter")
    expect(printed).to_contain_text(words("fate.solved"))
    assert lab.console == []


@pytest.mark.slow
def test_a_row_of_the_family_opens_the_pair(visit):
    lab = visit("?compare=family&depth=3&width=4&steps=100&networks=4")
    table = lab.page.locator("[data-testid=stDataFrame]")
    expect(table).to_be_visible()
    box = table.bounding_box()
    # The first column's boxes pick a row; the head and the second row are about 35 pixels high.
    lab.page.mouse.click(box["x"] + 18, box["y"] + 35 * 2.5)
    figures = lab.page.locator(".vgl-figures")
    expect(figures).to_contain_text("Sigmoid")
    expect(figures).to_contain_text("ReLU")
    lab.page.wait_for_url(lambda url: "compare=family" not in url)
    assert lab.console == []


def test_a_kept_network_that_is_offered_is_shown_everywhere(visit):
    """The offer stands in a part of the page that is drawn by itself."""
    lab = visit("?depth=3&width=5&steps=100&networks=16&view=number&network=12&inside=points")
    about = lab.page.locator(".vgl-in-view")
    expect(about).to_contain_text("12")
    lab.page.locator("[class*=st-key-show-kept] button").click()
    expect(about).to_contain_text(re.compile(r"^Network [0-7] \(seed [0-7]\)"))
    expect(lab.page.locator(".vgl-views")).to_have_count(2)
    assert lab.console == []
