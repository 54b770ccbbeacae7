"""What is taken away, in a browser: files come down, a report opens alone, a site embeds it."""

import io
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlparse

import numpy as np
import pandas as pd
import pytest
import segno
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from components.drawing.charts.gradient import median_norms
from models import Experiment, train
from tests.browser.lab import LOCALES, Lab
from tests.browser.test_accessible import grave
from tests.seldom import IN_KOREAN, seldom

SETTING = "?depth=3&width=5&networks=4&steps=200&activation=tanh&compare=relu&dtype=float64&lang={}"


def open_panel(lab: Lab) -> Locator:
    panel = lab.page.locator(".st-key-take-away")
    panel.locator("summary").click()
    expect(panel.get_by_text(lab.words("take.code"), exact=True)).to_be_visible()
    lab.drawn()
    return panel


def fetch(lab: Lab, button: Locator) -> tuple[str, bytes]:
    with lab.page.expect_download() as download:
        button.click()
    return download.value.suggested_filename, Path(download.value.path()).read_bytes()


FILES = 15  # beside the archive


@pytest.fixture(scope="module", params=IN_KOREAN)
def taken(request, open_lab) -> tuple[Lab, dict[str, bytes]]:
    """The page, and all that its panel offers, by the file's ending and name."""
    scheme = "dark" if request.param == "ko" else "light"
    lab = open_lab(SETTING.format(request.param), locale=LOCALES[request.param],
                   color_scheme=scheme)  # fmt: skip
    panel = open_panel(lab)
    buttons = panel.locator("[data-testid=stDownloadButton] button").filter(has_not_text=".zip")
    expect(buttons).to_have_count(FILES)
    files = dict(fetch(lab, buttons.nth(place)) for place in range(FILES))
    assert len(files) == FILES
    return lab, files


def the(files: dict[str, bytes], ending: str) -> bytes:
    (found,) = (raw for name, raw in files.items() if name.endswith(ending))
    return found


def test_all_files_are_what_they_are_called(taken):
    lab, files = taken
    experiment = Experiment(**json.loads(the(files, "setting.json")))
    assert (experiment.activation, experiment.depth, experiment.dtype) == ("tanh", 3, "float64")
    assert Image.open(io.BytesIO(the(files, ".png"))).size == (1920, 1080)
    assert Image.open(io.BytesIO(the(files, ".gif"))).n_frames > 10
    assert the(files, ".svg").startswith(b"<svg")
    frame = pd.read_csv(io.BytesIO(the(files, ".csv")), comment="#")
    assert len(pd.read_parquet(io.BytesIO(the(files, ".parquet")))) == len(frame)
    books = [json.loads(raw) for name, raw in files.items() if name.endswith(".ipynb")]
    assert [book["nbformat"] for book in books] == [4, 4]
    assert lab.console == []


def test_a_strangers_process_prints_the_figures_of_the_page(taken, tmp_path):
    _, files = taken
    experiment = Experiment(**json.loads(the(files, "setting.json")))
    (tmp_path / "program.py").write_bytes(the(files, "all.py"))
    command = [sys.executable, "-I", "program.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    history = train(experiment)
    assert f"solved {history.solved.sum()} of 4\n" in done.stdout
    medians = [float(line.split()[-1]) for line in done.stdout.splitlines()[-experiment.layers :]]
    np.testing.assert_allclose(medians, median_norms(history, -1), rtol=1e-5)


@pytest.fixture
def report(taken, tmp_path) -> str:
    """The address of the report that was downloaded."""
    path = tmp_path / "report.html"
    path.write_bytes(the(taken[1], ".html"))
    return path.as_uri()


@pytest.fixture
def alone(browser) -> Iterator[Callable[[int, int], Page]]:
    """``alone(width, height)`` is a page without a connection."""
    contexts = []

    def page(width: int, height: int) -> Page:
        size = {"width": width, "height": height}
        contexts.append(browser.new_context(offline=True, viewport=size))
        return contexts[-1].new_page()

    yield page
    for context in contexts:
        context.close()


def test_the_report_opens_without_a_connection_and_answers(taken, report, alone):
    lab, _ = taken
    page = alone(1280, 900)
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(f"{error}"))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report)
    charts = page.locator(".chart svg.marks")
    expect(charts).to_have_count(4)
    assert page.inner_text(".verdict") == lab.page.inner_text(".vgl-verdict")
    before = charts.first.inner_html()
    page.locator(".vega-bind input").fill("1")  # the gradient at the end
    expect(charts.first).to_contain_text(lab.words("charts.step") + " 200")
    assert charts.first.inner_html() != before
    for narrow in (1280, 390):
        page.set_viewport_size({"width": narrow, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= narrow
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert said == []


def test_a_report_is_dark_ink_on_white_paper(report, alone):
    """Printed, a dark page is turned over; the fates of its hues are not."""
    page = alone(800, 1100)
    page.goto(report)
    page.emulate_media(media="print")
    expect(page.locator(".chart svg.marks")).to_have_count(4)
    shot = np.asarray(Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("L"))
    assert np.median(shot) > 240
    assert (shot < 90).mean() > 0.005
    expect(page.locator(".vega-bindings").first).to_be_hidden()


def test_the_panel_keeps_nobody_out(taken):
    lab, _ = taken
    assert grave(lab) == []
    assert lab.sticking_out() == []


@pytest.mark.slow
def test_the_code_of_the_link_is_large_and_right(visit):
    lab = visit(SETTING.format("en"))
    panel = open_panel(lab)
    panel.locator(".st-key-take-qr button").click()
    image = lab.page.locator("[role=dialog] img")
    expect(image).to_be_visible()
    shown = lab.page.locator("[role=dialog] code").inner_text()
    asked = {name: values[-1] for name, values in parse_qs(urlparse(shown).query).items()}
    assert asked["depth"] == "3"
    assert asked["lang"] == "en"
    code = segno.make(shown, error="l").svg_data_uri(border=4, scale=8, light="#ffffff")
    assert image.get_attribute("src") == code
    assert image.bounding_box()["width"] > 500
    other = visit(f"?{urlparse(shown).query}")
    assert other.setting == lab.setting


@pytest.mark.slow
def test_the_picture_behind_a_charts_sign_is_the_chart(visit):
    lab = visit(SETTING.format("en"))
    lab.page.locator(".st-key-how-loss button").first.click()
    name, raw = fetch(lab, lab.page.locator(".st-key-offered-loss button").filter(has_text="PNG"))
    assert name.endswith(".png")
    assert Image.open(io.BytesIO(raw)).size == (1920, 1080)


@pytest.fixture
def course() -> Iterator[tuple[str, list[str]]]:
    """Another site whose page is what stands in the list."""
    pages: list[str] = []

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(pages[-1].encode())

        def log_message(self, *_: object) -> None:
            pass

    site = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    Thread(target=site.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{site.server_port}/", pages
    site.shutdown()
    site.server_close()


@pytest.mark.parametrize("width", [seldom(1440), 390])
def test_a_course_embeds_the_page_without_its_frame(visit, contexts, course, width):
    lab = visit(SETTING.format("en"))
    panel = open_panel(lab)
    panel.locator(".st-key-take-embed button").first.click()
    code = lab.page.locator("[data-testid=stPopoverBody] code")
    address, pages = course
    pages.append(f"<h1>Course</h1>{unescape(unescape(code.inner_text()))}<p>after</p>")
    page: Page = contexts(viewport={"width": width, "height": 1100}).new_page()
    page.goto(address)
    frame = page.frame_locator("iframe")
    expect(frame.locator(".vgl-verdict")).to_be_visible()
    assert frame.locator(".vgl-head p").inner_text().startswith(lab.setting)
    expect(frame.locator("[data-testid=stMainMenu]")).to_have_count(0)
    expect(frame.locator("[data-testid=stSidebar][aria-expanded=true]")).to_have_count(0)
    expect(frame.locator("[data-testid=stExpandSidebarButton]")).to_be_visible()
    expect(frame.locator("[data-testid=stAlert]")).to_have_count(0)
    box = page.locator("iframe").bounding_box()
    assert box["height"] == 900
    inside = frame.locator("html").evaluate("root => [root.scrollWidth, root.clientWidth]")
    assert inside[0] <= inside[1]
    gradient = frame.locator(".st-key-stage-gradient .stVegaLiteChart").bounding_box()
    assert gradient["y"] + gradient["height"] < box["y"] + box["height"], "the story is whole"
    page.close()
