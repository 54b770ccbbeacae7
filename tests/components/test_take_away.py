"""What can be taken away: made when asked for, of the runs on the page, whatever these are."""

import functools
import io
import json
from dataclasses import dataclass, field

import nbformat
import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from PIL import Image

from components.charts.style import Style
from components.export import pictures
from components.panels import take_away
from components.panels.take_away import GoneError, Taken, citation, embedding
from components.runs import shared_runs
from components.text import text
from models import Experiment
from tests.components.page import Page

PANEL = "take away"


@dataclass
class Offered:
    """What the page offered, in place of its buttons."""

    makes: dict[str, tuple] = field(default_factory=dict)

    def file(self, taken: Taken, make, name: str, ending: str, label: str) -> None:
        self.makes[f"{name}.{ending}"] = make, taken

    def made(self, name: str) -> bytes:
        make, taken = self.makes[name]
        made = take_away._in_turn(make, taken)
        return made if isinstance(made, bytes) else made.encode()


@pytest.fixture
def offered(monkeypatch) -> Offered:
    offers = Offered()
    monkeypatch.setattr(take_away, "_file", offers.file)
    script = functools.cache(lambda: "window.vegaEmbed = 0;")
    monkeypatch.setattr(pictures, "script", script)
    monkeypatch.setattr(take_away.report, "script", script)
    return offers


def opened(**link: object) -> Page:
    page = Page(**link)
    page.app.session_state[PANEL] = True
    return page.look()


def test_nothing_is_made_or_offered_before_the_panel_is_opened(monkeypatch):
    monkeypatch.setattr(take_away, "_file", lambda *_: pytest.fail("offered"))
    monkeypatch.setattr(pictures, "_render", lambda job: pytest.fail("drawn"))
    page = Page()
    assert page.words("take.title") in page.everything()
    assert page.words("take.code") not in page.html


SETTINGS = {
    "two runs": {},
    "one network": {"compare": "none", "networks": 1, "depth": 2},
    "no hidden layer": {"depth": 0, "compare": "none"},
    "Maxout": {"activation": "maxout", "compare": "tanh", "depth": 2},
    "diverged": {"activation": "relu", "rate": 1000, "output": "squared", "compare": "none"},
    "never a number": {"activation": "relu", "output": "relu", "compare": "none"},
    "a family": {"compare": "family", "depth": 3},
    "large": {"depth": 50, "width": 128, "networks": 2, "steps": 5, "compare": "none"},
}


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_file_is_the_right_one(offered, setting, language):
    page = opened(lang=language, **SETTINGS[setting])
    assert not page.errors
    _, taken = offered.makes["setting.json"]
    (experiment, *_), family = taken.choice.experiments, taken.choice.family
    read = Experiment(**json.loads(offered.made("setting.json")))
    assert read == taken.choice.experiments[taken.place]
    for name in (f"network{taken.network}.py", "all.py"):
        program = offered.made(name).decode()
        compile(program, name, "exec")
        assert taken.source.link in program
    nbformat.reads(offered.made(f"network{taken.network}.ipynb").decode(), as_version=4)
    frame = pd.read_csv(io.BytesIO(offered.made("history.csv")), comment="#")
    assert set(frame["arm"]) == set(taken.source.style.names)
    assert set(frame["network"]) == set(range(experiment.networks))
    stored = pyarrow.parquet.read_table(io.BytesIO(offered.made("history.parquet")))
    assert len(stored) == len(frame)
    report = offered.made("report.html").decode()
    assert taken.source.link.replace("&", "&amp;") in report
    charts = take_away._charts(taken, taken.histories(), large=False)
    assert report.count('class="chart"') == len(charts) >= 2
    replay = f"replay-network{taken.network}.gif"
    assert (replay in offered.makes) is not family
    if not family:
        movie = Image.open(io.BytesIO(offered.made(replay)))
        assert movie.format == "GIF"
        assert movie.n_frames > 1
        assert len(offered.made(replay)) < 3_000_000


def test_a_network_that_was_not_kept_has_no_replay_and_one_is_told_so(offered):
    page = opened(networks=40, view="number", network=39)
    assert not any(name.endswith(".gif") for name in offered.makes)
    told = page.words("surfaces.not_kept", network=39, last=7)
    assert told in [caption.value for caption in page.app.caption]
    assert b"<img" not in offered.made("report.html")
    assert "manual_seed(39)" in offered.made("network39.py").decode()


def test_while_a_run_goes_on_there_is_nothing_to_take(offered):
    page = Page(settle=False, steps=200_000, networks=8, depth=2, width=4, compare="none")
    page.app.session_state[PANEL] = True
    while page.words("take.later") not in [caption.value for caption in page.app.caption]:
        assert not page.settled
        page.look(settle=False)
    assert not offered.makes


def test_the_second_run_is_taken_when_it_is_chosen(offered):
    page = opened(activation="tanh", compare="relu")
    page.app.selectbox(key="take tanh ReLU").set_value("ReLU")
    page.look()
    assert json.loads(offered.made("setting.json"))["activation"] == "relu"
    (name,) = (name for name in offered.makes if name.startswith("network") and name[-3:] == ".py")
    assert "torch.relu(" in offered.made(name).decode()


def test_a_run_that_is_gone_is_trained_again(offered):
    opened(activation="selu", compare="none", steps=200)
    with shared_runs()._lock:
        shared_runs()._jobs.clear()
    frame = pd.read_csv(io.BytesIO(offered.made("history.csv")), comment="#")
    assert frame["step"].max() == 200


def test_a_run_that_cannot_be_had_is_an_error_in_the_log(offered, monkeypatch):
    opened(activation="mish", compare="none", steps=200)
    monkeypatch.setattr(take_away, "WAIT_SECONDS", 0.0)
    with shared_runs()._lock:
        shared_runs()._jobs.clear()
    with pytest.raises(GoneError):
        offered.made("history.csv")


def test_a_chart_and_its_files_are_offered_behind_its_sign():
    page = Page()
    page.app.session_state["how gradient"] = True
    page.look()
    labels = [button.label for button in page.app.get("download_button")]
    start, end = page.words("numbers.start"), page.words("numbers.end")
    assert labels == [f"{kind} ({when})" for when in (start, end) for kind in ("SVG", "PNG")]


def test_while_a_run_goes_on_no_chart_of_it_is_offered_as_a_picture():
    """Or the one of the end would be taken for drawn."""
    page = Page(settle=False, steps=200_000, networks=8, depth=2, width=4, compare="none")
    page.app.session_state["how gradient"] = True
    while page.words("take.later") not in [caption.value for caption in page.app.caption]:
        assert not page.settled
        page.look(settle=False)
    assert not page.app.get("download_button")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_is_cited_names_the_runs_the_setting_and_the_link(offered, language):
    opened(lang=language, depth=4, seed=12)
    _, taken = offered.makes["setting.json"]
    line = citation(taken)
    assert taken.source.link in line
    assert "seed=12" in taken.source.link
    assert f"lang={language}" in taken.source.link
    assert taken.source.line(taken.choice.experiments) in line
    assert "PyTorch" in line


def test_what_is_embedded_is_the_link_without_streamlits_frame():
    tag = embedding('https://lab.example/?depth=3&x="', "Lab & <more>")
    assert 'src="https://lab.example/?depth=3&amp;x=&quot;&amp;embed=true"' in tag
    assert 'title="Lab &amp; &lt;more&gt;"' in tag


def test_the_styles_of_slides_are_large(offered):
    opened()
    _, taken = offered.makes["setting.json"]
    histories = taken.histories()
    assert all(p.source.style.large for p in take_away._charts(taken, histories, large=True))
    assert not any(p.source.style.large for p in take_away._charts(taken, histories, large=False))
    assert isinstance(taken.source.style, Style)
    assert text("en")("take.title") != text("ko")("take.title")
    assert np.isfinite(histories[0].loss[-1]).any()
