"""The lab in a browser: open it, wait until it is drawn, read and move it."""

import re
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

from components.words.text import LANGUAGES, Text, text

LOCALES = {"ko": "ko-KR", "en": "en-US"}
# What a visitor leaves behind, also while leaving: whether the settings are folded away, and more.
FORGET = """try {
  localStorage.clear();
  sessionStorage.clear();
  Storage.prototype.setItem = () => {};
} catch {}"""
TRAINED = 180_000  # milliseconds: of the longest run, beside another test on two cores
OFTEN = 50  # milliseconds; to look at every frame would have the browser draw all the time
PHONE = {"width": 390, "height": 844}

# Drawn: the script has ended, nothing is stale, every chart has its marks, and that for 0.25 s.
DRAWN = """() => {
  const app = document.querySelector('[data-testid=stApp]');
  const charts = [...document.querySelectorAll('[data-testid=stVegaLiteChart]')];
  const ofRemedies = new URL(location).searchParams.get('compare') === 'cures';  // one picture
  const busy = !app || app.dataset.testScriptState !== 'notRunning'
    || document.querySelector('[data-stale=true]')
    || document.querySelector('[data-testid=stSkeleton]')
    || document.querySelector('.st-key-remedies [data-testid=stCaptionContainer]')  // being tried
    || (document.querySelector('.vgl-verdict') && charts.length < (ofRemedies ? 1 : 3))
    || charts.some(chart => !chart.querySelector('svg.marks, canvas.marks'));
  if (busy) { window.quietSince = null; return false; }
  window.quietSince ??= performance.now();
  return performance.now() - window.quietSince > 250;
}"""
FINISHED = """pattern => {
  const status = document.querySelector('.vgl-head [role=status]');
  return status && new RegExp(pattern).test(status.innerText)
    && document.querySelector('.vgl-verdict, [data-testid=stAlert]');
}"""
STATUS = "document.querySelector('.vgl-head [role=status]')?.innerText"
DEPTH = "depth => new URL(location).searchParams.get('depth') === depth"
SETTING = "document.querySelector('.vgl-head p')?.firstChild.textContent"
# What reaches beyond the screen's right edge, unless a part of its own, not the whole page, scrolls
# to it. What is a pixel in size is for screen readers only.
STICKING_OUT = """() => {
  const edge = document.documentElement.clientWidth;
  const pages = ['stMain', 'stSidebarContent'];
  const parent = part => part.parentElement ?? part.getRootNode().host;
  const inside = root => [...root.querySelectorAll('*')].flatMap(
    part => part.shadowRoot ? [part, ...inside(part.shadowRoot)] : [part]);
  const excused = part => {
    for (let each = parent(part); each; each = parent(each)) {
      const { right, width, height } = each.getBoundingClientRect();
      const scrolls = ['auto', 'scroll'].includes(getComputedStyle(each).overflowX);
      if (scrolls && right <= edge + 0.5 && !pages.includes(each.dataset.testid)) return true;
      if (width && width <= 1 && height <= 1) return true;
    }
    return false;
  };
  return inside(document.body).filter(part => {
    const { right, width, height } = part.getBoundingClientRect();
    return width > 1 && height > 1 && right > edge + 0.5
      && part.checkVisibility({ opacityProperty: true, visibilityProperty: true })
      && !excused(part);
  }).map(part => `${part.tagName} ${part.getAttribute('class')} ${part.textContent.slice(0, 40)}`);
}"""
CONTRAST = """part => {
  const channels = color => {
    const [red, green, blue, alpha = 1] = color.match(/[\\d.]+/g).map(Number);
    return { color: [red, green, blue], alpha };
  };
  const over = (top, under) => top.color.map((c, i) => c * top.alpha + under[i] * (1 - top.alpha));
  const grounds = [];
  for (let each = part; each; each = each.parentElement)
    grounds.unshift(channels(getComputedStyle(each).backgroundColor));
  const paper = grounds.reduce((under, ground) => over(ground, under), [255, 255, 255]);
  const ink = over(channels(getComputedStyle(part).color), paper);
  const luminance = color => {
    const linear = color.map(c => c / 255)
      .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  };
  const [low, high] = [luminance(ink), luminance(paper)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""
# Tables whose last figures one would have to scroll to, sideways.
CUT_TABLES = """() => [...document.querySelectorAll('.vgl-scroll')]
  .filter(place => place.scrollWidth > place.clientWidth).map(place => place.innerText)"""
GRADIENT, LOSS, CURVES, FALLEN = range(4)  # the first screen's charts, in the page's order
CHART = "[data-testid=stVegaLiteChart]"
PLOT = "svg.marks, canvas.marks"
PANELS_DRAW = {
    "network": (".network canvas.picture", 2),
    "chain": (".vgl-graph", 2),
    "health": ("[data-testid=stVegaLiteChart] canvas.marks", 5),
    "points": (".vgl-views", 2),
}
"""What an open panel shows of two runs, and how many of it."""


class Lab:
    """One visitor's page."""

    def __init__(self, page: Page, address: str):
        self.page, self.address = page, address
        self.requests: list[str] = []
        self.console: list[str] = []
        self.sent = 0  # messages to the server
        self.scripted = False
        self._size = page.viewport_size
        self._heard = {
            "request": lambda request: self.requests.append(request.url),
            "console": self._hear,
            "pageerror": lambda error: self.console.append(f"error: {error}"),
            "websocket": self._listen,
        }
        for event, hear in self._heard.items():
            page.on(event, hear)

    def leave(self) -> None:
        """Close the page, or leave its tab as a new one for the next visitor."""
        # A script that every page of a tab begins with cannot be taken back.
        if self.scripted:
            self.page.close()
            return
        for event, hear in self._heard.items():
            self.page.remove_listener(event, hear)
        self.page.unroute_all()
        self.page.context.clear_cookies()
        self.page.evaluate(FORGET)
        self.page.goto("about:blank")
        self.page.set_viewport_size(self._size)
        self.page.mouse.move(0, 0)

    def begin_with(self, script: str) -> None:
        """Run a script first on each page that is opened from now on."""
        self.scripted = True
        self.page.add_init_script(script)

    def _hear(self, message) -> None:
        if message.type in ("error", "warning"):
            self.console.append(f"{message.type}: {message.text}")

    def _listen(self, socket) -> None:
        self.requests.append(socket.url)
        socket.on("framesent", self._count)

    def _count(self, frame) -> None:
        self.sent += 1

    def open(self, link: str, ready: bool = True) -> None:
        """Follow a link, whole or from its question mark on."""
        self.page.goto(link if "://" in link else self.address + link)
        if ready:
            self.finished()

    def drawn(self) -> "Lab":
        """Wait until the page stands still."""
        self.page.evaluate("window.quietSince = null")
        self.page.wait_for_function(DRAWN, polling=OFTEN)
        return self

    def finished(self) -> "Lab":
        """Wait until the run is done and its verdict is drawn, or an offer stands in its place."""
        done = [
            re.escape(text(language)(key, steps=steps))
            for language in LANGUAGES
            for key in ("run.done", "run.planned")
            for steps in ("@", "1")
        ]
        pattern = f"^({'|'.join(done)})$".replace("@", "[0-9,]+")
        self.page.wait_for_function(FINISHED, arg=pattern, timeout=TRAINED, polling=OFTEN)
        return self.drawn()

    def shows(self, *, depth: int) -> None:
        """Wait until header, slider, number and address all say so, and the page stands still."""
        words = self.words
        setting = words("page.layers", depth=depth, width="@").split("@")[0]
        expect(self.page.locator(".vgl-head p")).to_contain_text(setting)
        self.finished()
        typed = words("controls.typed", control=words("controls.depth"))
        expect(self.slider("depth")).to_have_value(f"{depth}")
        expect(self.page.get_by_label(typed)).to_have_value(f"{depth}")
        self.page.wait_for_function(DEPTH, arg=f"{depth}", polling=OFTEN)

    @property
    def words(self) -> Text:
        """The language on screen."""
        title = self.page.inner_text(".vgl-head h1")
        return text("ko" if title == text("ko")("page.title") else "en")

    @property
    def setting(self) -> str:
        """The header's line, without how far the run is."""
        return self.page.evaluate(SETTING)

    @property
    def verdict(self) -> str:
        return self.page.inner_text(".vgl-verdict")

    @property
    def text(self) -> str:
        """All that can be read."""
        return self.page.inner_text("[data-testid=stApp]")

    def sticking_out(self) -> list[str]:
        """What reaches beyond the screen's right edge."""
        page = "document.scrollingElement"
        assert self.page.evaluate(f"{page}.scrollWidth <= {page}.clientWidth")
        return self.page.evaluate(STICKING_OUT)

    def contrasts(self, parts: str) -> list[float]:
        """WCAG's contrast ratio of each of the parts' writing to what lies behind it."""
        return [part.evaluate(CONTRAST) for part in self.page.locator(parts).all()]

    @property
    def charts(self) -> Locator:
        return self.page.locator(CHART)

    @property
    def gradient(self) -> Locator:
        """The chart with the slider in it."""
        return self.page.locator(f".st-key-stage-gradient {CHART}")

    def edges(self, place: int) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of a chart's plot on the screen, without its axes' labels."""
        lines = self.charts.nth(place).locator(".role-axis-grid line, .role-axis-grid path")
        boxes = lines.evaluate_all(
            "lines => lines.map(line => line.getBoundingClientRect())"
            ".map(box => [box.left, box.top, box.right, box.bottom])"
        )
        left, top, right, bottom = zip(*boxes, strict=True)
        return min(left), min(top), max(right), max(bottom)

    def names(self, place: int) -> dict[str, dict]:
        """Where a chart's lines are named: each name's box on the screen."""
        texts = self.charts.nth(place).locator(".mark-text.role-mark text[font-weight='600']").all()
        return {text.text_content(): text.bounding_box() for text in texts}

    def line_ends(self, place: int) -> list[tuple[float, float]]:
        """Where a chart's thick lines end on the screen, as far as they are drawn."""
        return (
            self.charts.nth(place)
            .locator('.mark-line path[stroke-width="3"]')
            .evaluate_all(
                """paths => paths.map(path => {
              const end = path.getPointAtLength(path.getTotalLength());
              const { x, y } = end.matrixTransform(path.getScreenCTM());
              return [x, y];
            })"""
            )
        )

    @property
    def step_label(self) -> str:
        """The step that the gradient chart says it shows."""
        labels = self.gradient.locator(".mark-text.role-mark text").all_text_contents()
        return next(label for label in labels if self.words("charts.step") in label)

    @property
    def median_lines(self) -> list[str]:
        """The paths of the gradient chart's thick lines."""
        lines = self.gradient.locator('.mark-line path[stroke-width="3"]')
        return lines.evaluate_all("paths => paths.map(path => path.getAttribute('d'))")

    def scrub(self, share: float) -> None:
        """Move the slider in the gradient chart, as a hand does."""
        self.gradient.locator("input[type=range]").evaluate(
            """(slider, share) => {
              slider.value = share;
              slider.dispatchEvent(new Event('input', { bubbles: true }));
              return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
            }""",
            share,
        )

    def slider(self, name: str) -> Locator:
        """A control of the sidebar."""
        return self.page.locator(f'input[aria-label="{self.words(f"controls.{name}")}"]')

    def open_group(self, name: str) -> None:
        """Unfold a group of the sidebar's controls."""
        self.page.locator(f".st-key-group-{name} summary").click()

    def press(self, label: str) -> None:
        """Choose one of a row of buttons."""
        self.page.get_by_role("radio", name=label, exact=True).click()

    def open_panel(self, panel: str) -> None:
        """Open one of the looks inside a network."""
        self.press(self.words(f"inside.{panel}"))

    @contextmanager
    def a_new_run(self):
        """Do what changes the setting, and wait until the page shows the other one."""
        before = self.setting
        yield
        self.page.wait_for_function(
            f"before => ![undefined, before].includes({SETTING})", arg=before, polling=OFTEN
        )
        self.finished()

    @contextmanager
    def a_longer_run(self):
        """Do what asks for more steps of the same run, and wait until they are done."""
        before = self.page.inner_text(".vgl-head [role=status]")
        yield
        self.page.wait_for_function(
            f"before => ![undefined, before].includes({STATUS})", arg=before, polling=OFTEN
        )
        self.finished()
