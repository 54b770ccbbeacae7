"""Pictures: what is drawn on the page, as large as a slide, with what says where it is from."""

import io
import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageColor

from components.drawing.made import Shelf
from components.export import pictures, render
from components.export.pictures import HEIGHT, WIDTH, Picture, PictureError, draw, plain_spec
from components.export.source import Source, file_name
from components.panels import family
from components.panels.inside import health
from components.panels.inside.view import View
from components.panels.overview.functions import activation_pictures
from components.panels.overview.gradient import gradient_pictures
from components.panels.overview.loss import loss_pictures
from components.settings.naming import style_of
from components.settings.state import FAMILY
from components.words.text import text
from models import Experiment, History
from models.diagnostics import layer_health
from models.trainer import train_together

LINK = "https://lab.example/?depth=3&seed=<&lang=ko"
RUNS = [Experiment(activation=name, depth=3, width=4, steps=60, networks=5)
        for name in ("sigmoid", "relu")]  # fmt: skip
NUMBER = r"-?\d+(?:\.\d+)?"


@pytest.fixture(scope="module")
def histories() -> tuple[History, ...]:
    return tuple(train_together(RUNS))


@pytest.fixture(autouse=True)
def shelf(monkeypatch) -> Shelf:
    """Nothing that another test drew."""
    empty = Shelf(1 << 24)
    monkeypatch.setattr(pictures, "shelf", empty)
    return empty


def source_of(experiments, language: str = "en", dark: bool = False) -> Source:
    style = style_of(text(language), dark, experiments, large=True)
    return Source(style, LINK)


def writing(svg: bytes) -> list[ElementTree.Element]:
    return [node for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("}text")]


def texts(svg: bytes) -> list[str]:
    return ["".join(node.itertext()) for node in writing(svg)]


@pytest.mark.parametrize("language, dark", [("en", True), ("ko", False)])
def test_a_picture_says_what_it_is_and_where_it_is_from(histories, language, dark):
    source = source_of(RUNS, language, dark)
    wanted = [
        *gradient_pictures(histories, [2, 2], source),
        *loss_pictures(histories, [2, 2], "log", source),
        *activation_pictures(histories, source),
    ]
    assert len({picture.file_name("png") for picture in wanted}) == len(wanted) == 5
    images = draw(wanted, "png")
    for picture, svg, png in zip(wanted, draw(wanted, "svg"), images, strict=True):
        said = texts(svg)
        assert {picture.title, source.line(RUNS), LINK, source.title} <= set(said)
        assert all(name in "".join(said) for name in source.style.names)
        titles = re.findall(rb'role-axis-title"[^>]*><text[^>]*>[^<]+</text>', svg)
        assert len(titles) == 2, "both axes are named"
        image = Image.open(io.BytesIO(png)).convert("RGB")
        assert image.size == (WIDTH, HEIGHT)
        assert image.getpixel((5, 5)) == ImageColor.getrgb(source.style.paper)
        chart = np.asarray(image)[200:1000, 100:1800].reshape(-1, 3).astype(int)
        for color in source.style.colors:  # each run's line is there
            distance = np.abs(chart - ImageColor.getrgb(color)).sum(axis=1)
            assert (distance < 12).sum() > 300, picture.name


LONG = (
    "https://vanishing-gradient-lab.streamlit.app/?activation=relu&compare=sigmoid&depth=9&width=10"
    "&init=lecture&optimizer=sgd&learning_rate=0.1&steps=1000&networks=64&seed=0&dtype=float32"
    "&output=sigmoid&scale=linear&view=typical&lang=ko"
)


def test_a_long_link_is_written_whole_in_lines_that_fit(histories):
    source = replace(source_of(RUNS, "ko"), link=LONG)
    (picture,) = loss_pictures(histories, [0, 0], "linear", source)
    (svg,), (png,) = draw([picture], "svg"), draw([picture], "png")
    (link,) = (node for node in writing(svg) if "".join(node.itertext()) == LONG)
    parts = [part.text for part in link]
    assert len(parts) > 1
    assert all(part.startswith("&") for part in parts[1:]), "no value is torn"
    foot = np.asarray(Image.open(io.BytesIO(png)).convert("L"))[-70:].astype(int)
    assert (foot[:, -40:] > 250).all(), "it ends before the picture does"
    assert (foot[:, 1500:1700] < 160).any(), "and not much before"


@pytest.mark.parametrize("language", ["en", "ko"])
def test_exponents_are_of_digits_that_every_font_has(histories, language):
    for svg in draw(gradient_pictures(histories, [0, 0], source_of(RUNS, language)), "svg"):
        assert not re.search("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂]", "".join(texts(svg)))
        powers = [
            node for node in writing(svg) if re.fullmatch("10−?[0-9]+", "".join(node.itertext()))
        ]
        assert len(powers) > 3
        for power in powers:
            base, exponent = power
            assert base.text == "10"
            assert exponent.get("font-size") == "70%"
            assert exponent.get("dy").startswith("-"), "above the line"


def test_what_stands_behind_an_exponent_is_on_the_line_again():
    raised = re.sub(
        "<[^>]*>", "|", render._WRITING.sub(render._with_shifted, "<b>2×10⁻³ of z₁</b>")
    )
    assert raised == "||2×10||−3|| of z||1||"
    ups = re.findall('dy="([-.0-9]+)em"( font-size="70%")?', render._WRITING.sub(
        render._with_shifted, "<b>10⁻³ and</b>"))  # fmt: skip
    (up, small), (down, usual) = ups
    assert small and not usual
    assert 0.7 * float(up) + float(down) == pytest.approx(0)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_only_lines_that_are_drawn_are_explained(histories, language):
    words, source = text(language), source_of(RUNS, language)
    start, end = gradient_pictures(histories, [2, 2], source)
    said = {name: words(f"export.line_{name}") for name in ("start", "theory", "singles")}
    view = words("export.line_view", which=words("export.which", network=2, seed=2))
    assert said["theory"] in start.about
    assert said["theory"] not in end.about, "theory is of the start"
    assert said["start"] in end.about
    assert said["start"] not in start.about, "where it would be the line itself"
    assert view in start.about
    assert view in end.about
    one = tuple(train_together([replace(run, networks=1, init="zeros") for run in RUNS]))
    for picture in gradient_pictures(one, [0, 0], source):
        assert said["singles"] not in picture.about
        assert said["theory"] not in picture.about, "nothing is expected of zeros"
        which = words("export.which", network=0, seed=0)
        assert words("export.line_one", which=which) in picture.about.replace("Thick", "thick")


def test_a_gradient_of_one_network_is_its_own_and_says_so(histories):
    source, words = source_of(RUNS[:1]), text("en")
    pictures = gradient_pictures(histories[:1], [2], source, of_one=True)
    svg = draw(pictures[:1], "svg")[0].decode()
    norm = words("charts.gradient")
    marks = re.findall(rf'<path aria-label="[^"]*{norm}: ({NUMBER}e[-+]\d+|{NUMBER})', svg)
    drawn = sorted({float(mark.replace("−", "-")) for mark in marks})
    own = histories[0].weight_gradient_norm[0, :, 2]
    np.testing.assert_allclose(drawn, sorted(own), rtol=0.01)
    assert words("charts.median") not in svg
    which = words("export.which", network=2, seed=2)
    for picture in pictures:
        said = picture.about.replace("Thick", "thick")
        assert words("export.line_one", which=which) in said
        assert words("export.line_singles") in said
        for other in ("band", "start", "theory"):
            assert words(f"export.line_{other}") not in said
        assert words("export.line_view", which=which) not in said
        assert not picture.tables["single"]["view"].to_pylist().count(True)
        assert not len(picture.tables["theory"]), "it is of medians"


def test_the_gradient_is_drawn_where_the_run_has_it(histories):
    """The median's points stand at the heights that the history says, at the start and the end."""
    source = source_of(RUNS)
    start, end = gradient_pictures(histories, [0, 0], source)
    svgs = [svg.decode() for svg in draw([start, end], "svg")]
    for place, svg in zip((0, -1), svgs, strict=True):
        marks = re.findall(rf'<path aria-label="[^"]*median norm[^"]*: ({NUMBER}e[-+]\d+|{NUMBER})',
                           svg, re.IGNORECASE)  # fmt: skip
        drawn = sorted({float(mark.replace("−", "-")) for mark in marks})
        medians = [np.median(h.weight_gradient_norm[place], axis=1) for h in histories]
        np.testing.assert_allclose(drawn, sorted(np.concatenate(medians)), rtol=0.01)


def test_what_was_drawn_is_not_drawn_again(histories, monkeypatch):
    wanted = activation_pictures(histories, source_of(RUNS))
    before = draw(wanted, "svg")
    monkeypatch.setattr(pictures, "_render", lambda job: pytest.fail("drawn again"))
    assert draw(activation_pictures(histories, source_of(RUNS)), "svg") == before


def test_other_runs_or_another_link_are_other_pictures(histories):
    source = source_of(RUNS)
    (one,), (other,), (log,) = (
        loss_pictures(histories, [0, 0], "linear", source),
        loss_pictures(histories, [1, 1], "linear", source),
        loss_pictures(histories, [0, 0], "log", source),
    )
    elsewhere = replace(one, source=replace(source, link="https://lab.example/"))
    longer = replace(one, experiments=tuple(replace(run, steps=70) for run in RUNS))
    assert len({one, other, log, elsewhere, longer}) == 5


def test_a_family_and_heat_maps_are_pictures_too():
    runs = [Experiment(activation=name, depth=2, width=4, steps=40, networks=4, learning_rate=rate)
            for rate in (0.1, 0.5) for name in ("tanh", "relu", "elu")]  # fmt: skip
    every = train_together(runs)
    source = source_of(runs)
    style, shown = family.members(source.style, every, FAMILY)
    source = replace(source, style=style)
    wanted = [
        *family.share_pictures(shown, source),
        *family.losses_pictures(shown, source),
        *family.gradients_pictures(shown, source),
    ]
    view = View(source.style, tuple(shown), 0)
    healths = [layer_health(history, 0) for history in shown]
    wanted += health._pictures(view, healths, "dead", source)
    drawn = draw(wanted, "svg")
    assert len(drawn) == 4
    for picture, svg in zip(wanted, drawn, strict=True):
        assert picture.title in texts(svg)
        assert len(re.findall(b"<path", svg)) > 10


@pytest.mark.parametrize("experiment", [
    Experiment(depth=0, steps=20, networks=2),
    Experiment(activation="relu", output="relu", depth=2, width=3, steps=20, networks=2),
    Experiment(activation="maxout", depth=2, width=3, steps=50, networks=2, learning_rate=1000.0,
               output="squared"),
    Experiment(depth=3, width=3, init="zeros", steps=20, networks=1),
])  # fmt: skip
def test_runs_out_of_the_ordinary_have_their_pictures(experiment):
    runs = tuple(train_together([experiment]))
    source = source_of([experiment])
    wanted = [
        *gradient_pictures(runs, [0], source),
        *loss_pictures(runs, [0], "linear", source),
        *activation_pictures(runs, source),
    ]
    assert all(source.line([experiment]) in texts(svg) for svg in draw(wanted, "svg"))


def test_values_that_are_no_numbers_are_left_empty():
    experiment = Experiment(activation="relu", output="squared", depth=1, learning_rate=1_000.0,
                            width=4, steps=200, networks=2)  # fmt: skip
    runs = tuple(train_together([experiment]))
    assert runs[0].diverged.all()
    (picture,) = loss_pictures(runs, [0], "linear", source_of([experiment]))
    json.dumps(plain_spec(picture), allow_nan=False)


def test_a_renderer_that_fails_or_hangs_is_told_of(histories, monkeypatch):
    (picture,) = loss_pictures(histories, [0, 0], "linear", source_of(RUNS))
    with pytest.raises(PictureError):
        draw([replace(picture, name="broken", spec={"mark": "nothing of the kind"})], "svg")
    monkeypatch.setattr(pictures, "SECONDS", 0.01)
    with pytest.raises(PictureError, match=r"0\.01 s"):
        draw([picture], "svg")


@pytest.mark.parametrize("more", ["a/b", "..\\x", "U(-1, 1)", "α = 1", "x" * 300, "CON", ".", ""])
def test_a_files_name_is_one_on_every_system(more):
    name = file_name([replace(RUNS[0], activation="leaky_relu")], more, ending="png")
    assert re.fullmatch(r"xor-leaky-relu-3x4-seed0[a-z0-9.-]*\.png", name)
    assert len(name) < 120
    assert ".." not in name


def test_a_long_setting_is_written_smaller_rather_than_cut_off():
    runs = [
        Experiment(activation="leaky_relu", depth=12, width=40, optimizer="momentum", steps=9,
                   networks=2, activation_parameter=0.25, output="squared"),
        Experiment(activation="elu", depth=3, width=5, init="xavier_uniform", optimizer="adam",
                   learning_rate=0.003, steps=9, networks=2, activation_parameter=2.0),
    ]  # fmt: skip
    histories = tuple(train_together(runs))
    for language in ("en", "ko"):
        source = source_of(runs, language)
        (picture,) = loss_pictures(histories, [0, 0], "linear", source)
        assert len(source.line(runs)) > 150
        (raw,) = draw([picture], "png")
        image = np.asarray(Image.open(io.BytesIO(raw)).convert("L")).astype(int)
        head = image[:160]
        assert (head[:, -50:] > 250).all(), "it ends before the picture does"
        assert (head[:, 1200:1500] < 120).any(), "and not much before"


def test_a_picture_is_hashed_by_what_it_shows(histories):
    (picture,) = loss_pictures(histories, [0, 0], "linear", source_of(RUNS))
    same = Picture(picture.source, picture.experiments, picture.name, "", {}, {})
    assert same == picture
    assert hash(same) == hash(picture)
