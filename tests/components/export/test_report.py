"""The report: one file that holds all it shows and asks nobody for anything."""

import base64
import json
import re
from dataclasses import replace
from html import unescape

import pytest
from markupsafe import Markup, escape

from components.export import report as module
from components.export.report import Said, report
from components.export.source import Source
from components.panels.overview.gradient import gradient_pictures
from components.panels.overview.loss import loss_pictures
from components.settings.naming import style_of
from components.words.text import text
from models import Experiment, History
from models.trainer import train_together

RUNS = [Experiment(activation=name, depth=2, width=3, steps=40, networks=4)
        for name in ("sigmoid", "relu")]  # fmt: skip
SAID = Said(Markup("<p>they <b>learn</b></p>"), Markup("<table><tr><td>94%</td></tr></table>"))


@pytest.fixture(scope="module")
def histories() -> tuple[History, ...]:
    return tuple(train_together(RUNS))


@pytest.fixture(autouse=True)
def no_renderer(monkeypatch) -> None:
    monkeypatch.setattr(module, "script", lambda: "window.vegaEmbed = 0;")


def made(histories, language: str = "en", dark: bool = False, link: str = "https://lab.example/"):
    source = Source(style_of(text(language), dark, RUNS), link)
    start, _ = gradient_pictures(histories, [0, 0], source)
    charts = [start, *loss_pictures(histories, [0, 0], "linear", source)]
    return source, report(
        source, RUNS, SAID, charts, b"a picture", "tanh <5>", "print('</script>')\n"
    )


@pytest.mark.parametrize("language", ["en", "ko"])
def test_it_holds_what_is_said_and_shown(histories, language):
    source, page = made(histories, language)
    assert f'<html lang="{language}"' in page
    for part in (SAID.verdict, SAID.figures, escape(source.line(RUNS)), source.link):
        assert part in page
    for experiment in RUNS:
        assert escape(" ".join(source.setting(experiment))) in page
    assert base64.b64encode(b"a picture").decode() in page
    assert page.count('class="chart"') == 2
    assert module.versions() in page
    assert "<summary>tanh &lt;5&gt;</summary>" in page
    words = text(language)
    view = words("export.line_view", which=words("export.which", network=0, seed=RUNS[0].seed))
    assert page.count(view) == 2, "below both charts, by its number"


def test_nothing_is_asked_for_from_outside(histories):
    _, page = made(histories)
    assert "default-src 'none'" in unescape(page)
    assert not re.search(r"<(?:script|img|link|iframe)[^>]*(?:src|href)=\"(?!data:)", page)
    assert "@import" not in page
    assert "url(" not in page


def test_what_stands_in_it_is_no_markup(histories):
    _, page = made(histories, link='javascript:alert("<b>")')
    assert "<b>" not in page.replace("<b>learn</b>", "").replace("<p><b>", "")
    assert 'href="javascript' not in page
    assert "print(&#39;&lt;/script&gt;&#39;)" in page


def test_the_charts_are_read_back_from_it(histories):
    _, page = made(histories)
    literal = re.search(r"specs = (\[.*?\]);\n", page, re.DOTALL)[1]
    specs = json.loads(literal)
    assert [spec["params"][0].get("bind") is not None for spec in specs] == [True, False]
    rows = specs[0]["datasets"]["summary"]
    assert len(rows) == sum(experiment.layers for experiment in RUNS)
    assert "NaN" not in literal


def test_dark_or_light_as_the_page_is(histories):
    for dark, name in ((True, "dark"), (False, "light")):
        source, page = made(histories, dark=dark)
        assert f'class="{name}"' in page
        assert f"--paper: {source.style.paper};" in page


def test_without_a_replay_there_is_no_picture(histories):
    source = Source(style_of(text("en"), False, RUNS), "")
    assert "<img" not in report(source, RUNS, SAID, [], None, "", "")


def test_a_closing_tag_in_a_name_ends_no_script(histories):
    source = Source(style_of(text("en"), False, RUNS), "https://lab.example/")
    (chart,) = loss_pictures(histories, [0, 0], "linear", source)
    evil = replace(chart, title="x", spec=chart.spec | {"description": "</script><!--"})
    page = report(source, RUNS, SAID, [evil], None, "", "")
    assert page.count("</script>") == 2
    assert "<!--" not in page
