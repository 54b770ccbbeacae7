"""Pictures without a chart: what is drawn has the size, place and colour of what it stands for."""

import re
from collections.abc import Sequence
from xml.etree import ElementTree

import numpy as np
import pytest

from components.drawing.network import line_colors
from components.drawing.network.drawing import BARS
from components.drawing.svg import Drawing, width_of, wrapped
from components.export.source import Source
from components.export.tables import BAR, WIDTH
from components.panels.family import table_pictures
from components.panels.fates import fate_pictures
from components.panels.inside.network import POINT, network_pictures
from components.panels.inside.view import View
from components.settings.naming import style_of
from components.settings.state import FAMILY
from components.words.numbers import number, short
from components.words.text import text
from models import Experiment, History
from models.diagnostics import fate_counts, wilson_interval
from models.passes import network_pass
from models.trainer import train_together


def source_of(histories: Sequence[History], language: str = "en") -> Source:
    runs = [history.experiment for history in histories]
    return Source(style_of(text(language), False, runs, large=True), "https://lab.example/?a=1")


def nodes(drawing: Drawing, name: str) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(f"<svg>{drawing.inside}</svg>").iter(name))


def said(drawing: Drawing) -> list[str]:
    return ["".join(node.itertext()) for node in nodes(drawing, "text")]


@pytest.fixture(scope="module")
def histories() -> tuple[History, ...]:
    runs = [
        Experiment(activation="relu", depth=4, width=5, steps=300, networks=20),
        Experiment(activation="maxout", depth=2, width=3, steps=300, networks=20),
    ]
    return tuple(train_together(runs))


def test_a_networks_units_lines_and_bars_are_its_values(histories):
    source = source_of(histories)
    pictures = network_pictures(View(source.style, histories, 1), source)
    assert [(p.shown, p.moment) for p in pictures] == [
        (0, "start"), (1, "start"), (0, "end"), (1, "end")]  # fmt: skip
    for picture in pictures:
        history, frame = histories[picture.shown], {"start": 0, "end": -1}[picture.moment]
        place = range(len(history.frame_steps))[frame]
        one, drawing = network_pass(history, 1, slice(place, place + 1)), picture.drawing
        shown = [*one.inputs, one.hypothesis[..., None]]
        values = [short(value) for layer in shown for value in layer[0, POINT]]
        assert len(nodes(drawing, "circle")) == len(values)
        assert said(drawing)[: len(values)] == values
        layers = range(1, history.experiment.layers + 1)
        gradients = np.concatenate([one.gradient(layer)[0].ravel() for layer in layers])
        strokes = [node.get("stroke") for node in nodes(drawing, "line")]
        negative, positive = line_colors(source.style)
        assert strokes.count(negative) == (gradients < 0).sum()
        assert strokes.count(positive) == (gradients > 0).sum()
        thick = [(float(node.get("stroke-width")), node.get("stroke")) for node in
                 nodes(drawing, "line") if node.get("stroke") in (negative, positive)]  # fmt: skip
        strongest = gradients[np.abs(gradients).argmax()]
        assert max(thick) == thick[-1] == (5.0, negative if strongest < 0 else positive)
        norms = history.weight_gradient_norm[-1 if frame else 0, :, 1]
        assert all(number(norm) in said(drawing) for norm in norms)
        tall = np.array([float(node.get("height")) for node in nodes(drawing, "rect")])
        logs = np.log10(norms[norms > 0])
        decades = np.ceil(logs.max()) - np.floor(logs.min() - 0.3)
        np.testing.assert_allclose(np.diff(tall), np.diff(logs) / decades * BARS, atol=0.02)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_bar_is_all_networks_and_its_interval_is_wilsons(histories, language):
    source = source_of(histories, language)
    (picture,) = fate_pictures(histories, source)
    parts = [float(node.get("width")) + 2 for node in nodes(picture.drawing, "rect")
             if float(node.get("height")) == BAR]  # fmt: skip
    counts = [count for history in histories for count in fate_counts(history).values()]
    np.testing.assert_allclose(parts, np.array(counts) / 20 * WIDTH, atol=0.02)
    levels = [node for node in nodes(picture.drawing, "line")
              if node.get("y1") == node.get("y2") and node.get("stroke-width") == "3"
              and float(node.get("y1")) > 60]  # fmt: skip
    for node, history in zip(levels, histories, strict=True):
        low, high = wilson_interval(int(history.solved.sum()), 20)
        ends = [float(node.get("x1")), float(node.get("x2"))]
        np.testing.assert_allclose(ends, [low * WIDTH, high * WIDTH], atol=0.02)
    shown = " ".join(said(picture.drawing))
    for history in histories:
        assert re.search(rf"\b{history.solved.sum()}(\b|개)", shown)


def test_the_familys_table_is_the_members_figures(histories):
    source = source_of(histories)
    (picture,) = table_pictures(histories, source, FAMILY)
    shown = said(picture.drawing)
    for name, history in zip(source.style.names, histories, strict=True):
        solved = int(history.solved.sum())
        row = shown[shown.index(name) :]
        assert row[2].startswith(f"{solved} / 20 (")
        assert row[8] == f"{history.experiment.parameter_count}"


@pytest.mark.parametrize("words", ["", "one", "several words of some length " * 9, "x" * 300])
def test_wrapped_lines_join_to_what_they_were(words):
    lines = wrapped(words, lambda line: width_of(line, 10), 200)
    assert "".join(lines) == words
    assert all(width_of(line.rstrip(), 10) <= 200 or " " not in line.strip() for line in lines)
