"""What can be taken away: made when asked for, of the runs on the page, whatever these are."""

import functools
import hashlib
import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from threading import Thread
from urllib.parse import parse_qs, urlparse
from xml.etree import ElementTree

import nbformat
import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from PIL import Image

from components.drawing.charts.style import Style
from components.export import pictures
from components.export.bundle import MANIFEST
from components.panels import take_away
from components.panels.take_away import File, GoneError, Taken, citation, embedding
from components.runs import shared_runs
from components.words.text import text
from models import Experiment, initial_parameters
from models.own_weights import from_json
from tests.components.page import Page
from tests.components.waiting import until
from tests.seldom import IN_KOREAN, sometimes

PANEL = "take away"


@dataclass
class Offered:
    """What the page offered, in place of its buttons."""

    makes: dict[str, tuple] = field(default_factory=dict)

    def file(self, taken: Taken, file: File) -> None:
        self.makes[f"{file.name}.{file.ending}"] = file.make, taken

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
    "one network": {"compare": "none", "networks": 1, "hidden": "3,2", "data": "nor_centred",
                    "output": "tanh_squared", "optimizer": "nesterov", "batch": 3, "gain": 0.5},
    "no hidden layer": {"depth": 0, "compare": "none"},
    "Maxout": {"activation": "maxout", "compare": "tanh", "depth": 2},
    "diverged": {"activation": "relu", "rate": 1000, "output": "squared", "compare": "none"},
    "never a number": {"activation": "relu", "output": "relu", "compare": "none"},
    "a family": {"compare": "family", "depth": 3},
    "remedies": {"activation": "sigmoid", "compare": "cures", "depth": 3},
    "large": {"depth": 50, "width": 128, "networks": 2, "steps": 5, "compare": "none"},
}  # fmt: skip


@pytest.mark.parametrize("setting", sometimes(SETTINGS, "two runs", "one network", "diverged"))
@pytest.mark.parametrize("language", IN_KOREAN)
def test_every_file_is_the_right_one(offered, setting, language):
    page = opened(lang=language, **SETTINGS[setting])
    assert not page.errors
    _, taken = offered.makes["setting.json"]
    (experiment, *_), many = taken.choice.experiments, bool(taken.choice.many)
    read = Experiment(**json.loads(offered.made("setting.json")))
    assert read == taken.choice.experiments[taken.place]
    for name in (f"network{taken.network}.py", "all.py"):
        program = offered.made(name).decode()
        compile(program, name, "exec")
        assert taken.source.link in program
    nbformat.reads(offered.made(f"network{taken.network}.ipynb").decode(), as_version=4)
    both = [f"network{taken.network}-both.{ending}" for ending in ("py", "ipynb")]
    assert [name in offered.makes for name in both] == [taken.compares] * 2
    if taken.compares:
        program, book = (offered.made(name).decode() for name in both)
        compile(program, both[0], "exec")
        for name in taken.source.style.names:
            assert f'histories["{name}"]' in program
            assert name in book
    trained = taken.histories()[taken.place]
    for when, place in (("start", 0), ("end", -1)):
        name = f"network{taken.network}-{when}.json"
        assert (name in offered.makes) is (setting != "large" and not many)
        if name in offered.makes:
            own = Experiment(
                **vars(experiment)
                | {"networks": 1, "start": from_json(offered.made(name).decode())}
            )
            (first, _), *_ = initial_parameters(own)
            np.testing.assert_array_equal(first[0], trained.parameters(place, taken.network)[0][0])
    frame = pd.read_csv(io.BytesIO(offered.made("history.csv")), comment="#")
    assert set(frame["arm"]) == set(taken.source.style.names)
    assert set(frame["network"]) == set(range(experiment.networks))
    stored = pyarrow.parquet.read_table(io.BytesIO(offered.made("history.parquet")))
    assert len(stored) == len(frame)
    report = offered.made("report.html").decode()
    assert taken.source.link.replace("&", "&amp;") in report
    charts = take_away._charts(taken, taken.histories(), large=False)
    assert report.count('class="chart"') == len(charts) > 0
    replay = f"replay-network{taken.network}.gif"
    assert (replay in offered.makes) is not many
    if not many:
        movie = Image.open(io.BytesIO(offered.made(replay)))
        assert movie.format == "GIF"
        assert movie.n_frames > 1
        assert len(offered.made(replay)) < 3_000_000


ZIPPED = {
    "two runs": {"depth": 3, "width": 4, "networks": 4, "steps": 50},
    "a family": {"compare": "family", "depth": 2, "networks": 4, "steps": 50},
    "remedies": {"compare": "cures", "depth": 2, "networks": 4, "steps": 50},
    "one network": {"compare": "none", "networks": 1, "depth": 2, "steps": 50},
    "not kept": {"depth": 2, "width": 4, "networks": 40, "view": "number", "network": 39},
}


@pytest.mark.parametrize("setting", sometimes(ZIPPED, "two runs", "one network"))
def test_everything_is_all_that_is_offered_for_every_run_and_a_list_of_it(
    offered, setting, monkeypatch
):
    monkeypatch.setattr(pictures, "draw", lambda drawn, kind: [
        f"{picture.name} {picture.moment} {kind}".encode() for picture in drawn
    ])  # fmt: skip
    opened(lang="ko", **ZIPPED[setting])
    _, taken = offered.makes["everything.zip"]
    histories = taken.histories()
    archive = zipfile.ZipFile(io.BytesIO(offered.made("everything.zip")))
    manifest = json.loads(archive.read("manifest.json"))
    listed = {file["name"]: file for file in manifest["files"]}
    assert [*listed, "manifest.json"] == archive.namelist(), "each once"
    for name, file in listed.items():
        content = archive.read(name)
        assert file["bytes"] == len(content)
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        assert file["what"]
    runs = [Experiment(**run["setting"]) for run in manifest["runs"]]
    assert runs == taken.choice.experiments
    assert [run["run"] for run in manifest["runs"]] == list(taken.source.style.names)
    assert manifest["link"] == taken.source.link
    assert "PyTorch" in manifest["versions"]
    for file in take_away.files(taken, histories):
        made = [name for name in listed if name.startswith(f"{file.part}/")
                and name.endswith(f"-{file.name}.{file.ending}")]  # fmt: skip
        assert len(made) == (len(runs) if file.alone else 1), file.name
        assert not any(name.endswith(MANIFEST) for name in made)
    slides = take_away._slides(taken, histories)
    drawn = {name for name in listed if name.endswith((".svg", ".png"))}
    assert drawn == {f"pictures/{p.file_name(kind)}" for p in slides for kind in ("svg", "png")}
    assert any(
        "manual_seed" in archive.read(name).decode() for name in listed if name[-3:] == ".py"
    )


def test_who_takes_everything_lets_others_take_their_turn(offered, monkeypatch):
    """Another's file that is asked for while it is made comes before the next pictures."""
    order, waiting = [], take_away._one_at_a_time._waiting
    other = Thread(target=lambda: take_away._in_turn(lambda _: order.append("other"), taken))

    def draw(drawn, kind) -> list[bytes]:
        order.append("pictures")
        if other.ident is None:
            other.start()
            until(lambda: waiting)
        return [b""] * len(drawn)

    monkeypatch.setattr(pictures, "draw", draw)
    opened(**ZIPPED["two runs"])
    make, taken = offered.makes["everything.zip"]
    make(taken)
    other.join()
    assert order.index("other") == 1
    assert order.count("pictures") > 4


@pytest.mark.parametrize("setting", sometimes(SETTINGS, "a family", "no hidden layer"))
def test_what_is_offered_as_a_picture_can_be_drawn(offered, setting):
    """Of odd runs, too; nothing that is drawn has a value that JSON does not know."""
    opened(**SETTINGS[setting])
    _, taken = offered.makes["everything.zip"]
    slides = take_away._slides(taken, taken.histories())
    names = [take_away._called(taken.source.words, picture) for picture in slides]
    assert len(set(names)) == len(names) == len({p.file_name("png") for p in slides})
    for picture in slides:
        json.dumps(pictures._job(picture, "svg"), allow_nan=False)
        assert picture.about, picture.name
        if picture.drawing:
            ElementTree.fromstring(f"<svg>{picture.drawing.inside}</svg>")
    bare = take_away._offered_slides(taken, taken.histories())
    assert bare == slides
    assert not any(picture.tables or picture.spec or picture.drawing for picture in bare)


def test_a_network_that_was_not_kept_has_no_replay_and_one_is_told_so(offered):
    page = opened(networks=40, view="number", network=39)
    assert not any(name.endswith(".gif") for name in offered.makes)
    told = page.words("surfaces.not_kept", network=39, last=7)
    assert told in [caption.value for caption in page.app.caption]
    assert b"<img" not in offered.made("report.html")
    assert "start(net, seed=39)" in offered.made("network39.py").decode()


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
    (name,) = (name for name in offered.makes if re.fullmatch(r"network\d+\.py", name))
    assert "nn.ReLU()" in offered.made(name).decode()


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
    asked = parse_qs(urlparse(taken.source.link).query)
    said = {"depth": "4", "seed": "12", "lang": language}  # in the address bar
    kept = {"activation": "relu", "compare": "sigmoid", "width": "10", "dtype": "float32"}
    assert {name: asked[name] for name in said | kept} == {
        name: [value] for name, value in (said | kept).items()
    }
    assert taken.source.line(taken.choice.experiments) in line
    assert "PyTorch" in line


def test_what_is_embedded_is_the_link_without_streamlits_frame():
    tag = embedding('https://lab.example/?depth=3&x="', "Lab & <more>")
    assert 'src="https://lab.example/?depth=3&amp;x=&#34;&amp;embed=true"' in tag
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
