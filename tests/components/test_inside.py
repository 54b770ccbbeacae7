"""The page's look inside one network: what opens it, what it shows, and what it says instead."""

import functools
import re
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from components.charts import chain, health, network
from components.charts.style import Style
from components.panels import inside
from components.panels.inside import PANELS
from components.text import LANGUAGES, Text, number, text
from models import History, train_together
from models.datasets import XOR_INPUTS
from models.diagnostics import (
    chain_factors,
    damage,
    kept_network_like,
    layer_health,
    points_views,
    representative_networks,
    weight_chain,
)
from models.passes import Pass, network_pass
from tests.components.page import Page, plain
from tests.components.test_page import clean, foreign
from tests.components.test_replay import read

STYLE = Style("en", False, ("relu", "sigmoid"))
SMALL = {"depth": 3, "width": 5}
# What computes a panel's figures, as the page's module knows it.
WORKERS = {
    "replay": {"pack"},
    "network": {"network_pass"},
    "chain": {"network_pass", "chain_factors", "weight_chain"},
    "health": {"layer_health"},
    "points": {"network_pass", "points_views"},
}
# What a panel says whatever it shows.
SENTENCES = {
    "replay": ["inside.replay_caption"],
    "network": ["network.caption_gradient"],
    "chain": [
        *("chain.product_title", "chain.product_caption", "chain.graph_title"),
        *("chain.table_title", "chain.table_caption", "chain.graph_caption"),
    ],
    "health": [
        *(f"health.{measure}" for measure in health.MEASURES),
        *(f"health.{measure}_caption" for measure in health.MEASURES),
        *("health.how", "health.how_text"),
    ],
    "points": ["points.caption", "points.input"],
}


def prose(page: Page) -> str:
    """All that the section says: its HTML without tags, and every caption."""
    title, end = page.words("inside.title"), page.words("print.title")
    captions = " ".join(caption.value for caption in page.app.caption)
    return plain(page.html.split(title)[1].split(end)[0]) + " " + captions


def said(words: Text, sentence: str) -> str:
    """One of the sentences that depend on no run."""
    return words(sentence, share=number(10**-network.DECADES, 1))


def open_panel(page: Page) -> str | None:
    return page.app.button_group(key="inside").value


def keys(page: Page, start: str) -> list[str]:
    """Keys of the controls that begin so."""
    kinds = ("selectbox", "slider", "select_slider", "button_group")
    found = [widget.key or "" for kind in kinds for widget in page.app.get(kind)]
    return [key for key in found if key.startswith(start)]


def key(page: Page, start: str) -> str:
    (found,) = keys(page, start)
    return found


@functools.cache
def run(*experiments) -> list[History]:
    return train_together(experiments)


def histories(page: Page) -> list[History]:
    """What the page shows, trained once more."""
    return run(*page.experiments)


def chosen(page: Page) -> int:
    """The network that is looked into, by the picker."""
    (picker,) = [g for g in page.app.get("button_group") if (g.key or "").startswith("network ")]
    return picker.value


def passes(page: Page, frame: int = 0, place: int | None = None) -> list[Pass]:
    """The shown network's pass in each run."""
    shown = chosen(page) if place is None else place
    runs = histories(page)
    frame %= len(runs[0].frame_steps)
    return [network_pass(history, shown, slice(frame, frame + 1)) for history in runs]


def drawings_of(page: Page) -> list[dict[str, pd.DataFrame]]:
    """The tables of each chart of the section, in order."""
    each = [
        Page.tables(SimpleNamespace(charts=lambda chart=chart: [chart])) for chart in page.charts()
    ]
    return [tables for tables in each if tables.keys() & {"nodes", "products", "cells"}]


# Opening and closing


@pytest.fixture
def calls(monkeypatch) -> Iterator[list[str]]:
    """Which of the workers the page called."""
    called = []

    def recorded(name: str, work):
        def call(*args, **kwargs):
            called.append(name)
            return work(*args, **kwargs)

        return call

    for name in set.union(*WORKERS.values()):
        monkeypatch.setattr(inside, name, recorded(name, getattr(inside, name)))
    yield called
    monkeypatch.undo()


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_costs_nothing_until_it_is_opened_nor_after_it_is_closed(panel, calls):
    page = Page(**SMALL, seed=8_000 + PANELS.index(panel))
    assert open_panel(page) is None
    assert page.words("inside.closed") in prose(page)
    assert keys(page, "network ") == []
    assert calls == []
    page.set("inside", panel)
    assert set(calls) == WORKERS[panel]
    assert page.words("inside.closed") not in prose(page)
    calls.clear()
    page.set("inside", None)
    assert calls == []
    assert page.words("inside.closed") in prose(page)


@functools.cache
def page_in(language: str) -> Page:
    """A page for several tests to press on."""
    return Page(**SMALL, lang=language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_opens_by_link_and_by_press_and_speaks_the_language(panel, language):
    linked = Page(**SMALL, lang=language, inside=panel)
    pressed = page_in(language).set("inside", panel)
    clean(linked)
    clean(pressed)
    assert prose(linked) == prose(pressed)
    assert len(linked.charts()) == len(pressed.charts())
    assert open_panel(linked) == open_panel(pressed) == panel
    words, other = text(language), text("en" if language == "ko" else "ko")
    for sentence in SENTENCES[panel]:
        assert said(words, sentence) in prose(linked), sentence
    for another in set(PANELS) - {panel}:
        for sentence in set(SENTENCES[another]) - {"inside.replay_caption"}:
            long = said(words, sentence)
            assert len(long) < 20 or long not in prose(linked), f"{another} is open, too"
    shown = linked.everything()
    assert [piece for piece in foreign(words, other) if piece in shown] == []


def test_the_open_panel_stands_in_the_link_until_it_is_closed():
    page = Page(**SMALL)
    before = dict(page.app.query_params)
    assert "inside" not in before
    for panel in PANELS:
        page.set("inside", panel)
        assert page.app.query_params == before | {"inside": panel}
    page.set("inside", None)
    assert page.app.query_params == before


@pytest.mark.parametrize("asked", ["zzz", "", "Replay", "none", "replay,chain"])
def test_an_unknown_panel_in_the_link_opens_nothing(asked):
    page = Page(**SMALL, inside=asked)
    clean(page)
    assert page.warnings == []
    assert open_panel(page) is None
    assert page.words("inside.closed") in prose(page)


def test_a_panel_stays_open_when_a_setting_changes():
    page = Page(**SMALL, inside="network").set("depth", 2)
    assert open_panel(page) == "network"
    (first, _) = [shown["labels"] for shown in drawings_of(page)]
    assert {"W1", "W2", "W3"} == set(first[first.place == "top"].short)


# Which network


def test_the_network_in_view_is_looked_into():
    page = Page(**SMALL, networks=8, inside="points")
    first = histories(page)[0]
    typical, worst = (representative_networks(first)[name] for name in ("typical", "worst"))
    assert typical != worst
    assert chosen(page) == typical
    page.set("view", "worst")
    assert chosen(page) == worst
    page.set("view", "number").set("view_number", 6)
    assert chosen(page) == 6


def test_for_a_network_that_was_not_kept_the_one_most_like_it_is_looked_into():
    page = Page(**SMALL, networks=16, inside="points").set("view", "number")
    first = histories(page)[0]
    for place in (9, 12, 15):
        page.set("view_number", place)
        assert chosen(page) == kept_network_like(first, place) in first.kept
    assert page.words("inside.kept", count=8, networks=16) in prose(page)


def test_all_kept_networks_can_be_chosen_by_number():
    page = Page(**SMALL, networks=4, seed=70).set("inside", "points")
    (picker,) = [g for g in page.app.get("button_group") if g.key == key(page, "network ")]
    assert picker.options == [page.words("inside.which", network=place) for place in range(4)]
    for place in range(4):
        page.set(key(page, "network "), place)
        sentences = [page.words("inside.same", network=place, seed=70 + place)]
        for history in histories(page):
            state = "solved" if history.solved[place] else "unsolved"
            sentences.append(page.words(f"inside.{state}", name=history.experiment.phi.label))
        assert " ".join(sentences) in prose(page)
        for one in passes(page, -1, place):
            share = number(100 * points_views(one, 0)[-1].spread)
            assert page.words("points.heading", share=f"{share}%") in prose(page)
    assert page.words("inside.kept", count=4, networks=4) not in prose(page)


def test_a_choice_on_the_very_first_look_is_kept():
    """Where the run is done when a link opens a panel, the page is drawn once and waits."""
    page = Page(**SMALL, seed=70, inside="points")
    place = (chosen(page) + 1) % 4
    page.set(key(page, "network "), place)
    assert chosen(page) == place


def test_a_network_alone_has_no_picker():
    for compare, sentence in (("sigmoid", "inside.same"), ("none", "inside.one")):
        page = Page(**SMALL, networks=1, compare=compare, seed=5, inside="points")
        clean(page)
        assert keys(page, "network ") == []
        assert page.words(sentence, network=0, seed=5) in prose(page)


# The panels


def replayed(page: Page):
    (part,) = [node for node in page.app.get("bidi_component") if node.key == "replay"]
    return read(part.proto.bytes)


def test_the_replay_is_the_chosen_networks():
    page = Page(**SMALL).set("inside", "replay")
    for place in (3, 0):
        page.set(key(page, "network "), place)
        block = replayed(page)
        for arm, history in enumerate(histories(page)):
            np.testing.assert_allclose(block.loss[arm], history.loss[:, place], rtol=1e-6)
        assert block.header["steps"] == histories(page)[0].frame_steps.tolist()


def check_network(page: Page, frame: int, point: int, by: str = "gradient") -> None:
    """Both runs' drawings hold the values of this step at this point."""
    shown = drawings_of(page)
    assert len(shown) == 2
    for tables, one in zip(shown, passes(page, frame), strict=True):
        for name, expected in {
            "nodes": network.node_frame(one, 0, point),
            "edges": network.edge_frame(one, 0, point, by),
        }.items():
            assert tables[name].name.tolist() == expected.name.tolist()
            for column in ("value",) if name == "nodes" else ("weight", "gradient", "size"):
                np.testing.assert_allclose(tables[name][column], expected[column], rtol=1e-6)
        assert tables["nodes"].value.tolist()[:2] == XOR_INPUTS[point].tolist()
        answer = page.words("network.answer", p=number(one.hypothesis[0, point], 3))
        assert answer in prose(page)


def test_the_network_is_drawn_at_the_step_the_point_and_by_what_is_chosen():
    page = Page(**SMALL, inside="network")
    check_network(page, 0, 1)
    steps = histories(page)[0].frame_steps.tolist()
    slider = page.app.select_slider(key=key(page, "step "))
    assert slider.options == [f"{step:,}" for step in steps]
    page.set(key(page, "step "), steps[7])
    check_network(page, 7, 1)
    page.set("point", 3)
    check_network(page, 7, 3)
    page.set("edges", "weight")
    check_network(page, 7, 3, "weight")
    assert page.words("network.caption_weight") in prose(page)
    page.set(key(page, "network "), 0).set(key(page, "step "), steps[-1])
    check_network(page, -1, 3, "weight")


@pytest.mark.parametrize("link", [SMALL, {"depth": 9}, {"depth": 20, "init": "pytorch"}], ids=str)
def test_the_damage_is_told_with_the_runs_numbers(link):
    page = Page(**link, inside="chain", seed=3)
    last = histories(page)[0].frame_steps.tolist()[-1]
    for frame in (0, -1):
        if frame:
            page.set(key(page, "step "), last)
        for place, one in enumerate(passes(page, frame)):
            found = damage(chain_factors(one, 0))
            assert found.kind in ("activation", "weights", "both", "weakened", "kept", "grown")
            sentence = page.words(
                f"damage.{found.kind}",
                total=number(found.total),
                activation=number(found.activation),
                weights=number(found.weights),
                last=number(chain_factors(one, 0).signal[-1]),
                first=number(chain_factors(one, 0).signal[0]),
            )
            assert f"{STYLE.names[place]} · {sentence}" in prose(page)


def test_the_chains_products_and_tables_are_the_runs():
    page = Page(**SMALL, inside="chain")
    factors = [chain_factors(one, 0) for one in passes(page)]
    (shown,) = drawings_of(page)
    expected = chain.product_frame(factors, STYLE)
    for column in ("arm", "line", "layer"):
        assert shown["products"][column].tolist() == expected[column].tolist()
    np.testing.assert_allclose(shown["products"].value, expected.value, rtol=1e-6)
    tables = re.findall(r'<table class="vgl-points vgl-factors">.*?</table>', page.html)
    assert len(tables) == 2
    for table, one in zip(tables, factors, strict=True):
        for value in [*one.weights, *one.activation, *one.product, *one.gradient]:
            assert number(value) in plain(table)


def check_weight(page: Page, layer: int, point: int, unit: int = 0) -> None:
    """Both runs' blackboards show the same weight with each run's own values."""
    source = 0
    shown = re.findall(r'<div class="vgl-graph".*?(?=<p|<h2|$)', page.html, re.DOTALL)
    formulas = [latex.value for latex in page.app.latex]
    assert len(formulas) == (4 if layer <= 3 else 2)
    for place, one in enumerate(passes(page)):
        weight = weight_chain(one, 0, layer, point, unit, source)
        unit, source = weight.unit, weight.source
        heading = page.words("chain.weight", layer=layer, i=source, j=unit)
        assert f"{STYLE.names[place]} · {heading}" in prose(page)
        for value in (weight.w, weight.rest, weight.z, weight.h, weight.error, weight.delta):
            assert f">{number(value)}<" in shown[place].replace("∂ ", "")
        formula = formulas[place * len(formulas) // 2]
        assert f"W_{{{layer}}}[{source},{unit}]" in formula


def test_one_weight_is_shown_at_the_layer_the_point_and_the_unit_that_are_chosen():
    page = Page(**SMALL, inside="chain")
    check_weight(page, 1, 1)
    page.set(key(page, "layer "), 3)
    check_weight(page, 3, 1)
    page.set(key(page, "unit "), 4)
    check_weight(page, 3, 1, 4)
    page.set("point", 2)
    check_weight(page, 3, 2, 4)
    page.set(key(page, "layer "), 4)
    assert keys(page, "unit ") == [], "the output is one unit"
    check_weight(page, 4, 2)


def test_the_maps_hold_the_networks_health():
    page = Page(**SMALL, inside="health")
    healths = [layer_health(history, chosen(page)) for history in histories(page)]
    shown = drawings_of(page)
    assert len(shown) == len(health.MEASURES)
    for measure, tables in zip(health.MEASURES, shown, strict=True):
        expected = health.cell_frame(healths, measure, STYLE)
        assert tables["cells"].step.tolist() == expected.step.tolist()
        np.testing.assert_allclose(tables["cells"].value, expected.value, rtol=1e-6)
        assert ("guide" in tables) == (measure == "update")
    assert page.words("health.update_between") not in prose(page)
    page.set("optimizer", "adam")
    assert page.words("health.update_between") in prose(page)


def test_the_points_are_seen_at_the_end_or_at_the_step_that_is_chosen():
    page = Page(**SMALL, inside="points")
    for frame in (-1, 0, 5):
        if frame >= 0:
            page.set(key(page, "step "), histories(page)[0].frame_steps.tolist()[frame])
        shown = re.findall(r"spread ([^<]*)</figcaption>", page.html)
        views = [view for one in passes(page, frame) for view in points_views(one, 0)]
        assert shown == [f"{number(100 * view.spread)}%" for view in views]


# Where there is little or nothing to show


ODD = {
    "perceptron": {"depth": 0},
    "one unit": {"width": 1, "depth": 3},
    "zeros": {"init": "zeros", "depth": 3},
    "diverged": {"rate": 5, "networks": 8},
    "deep": {"depth": 50, "width": 2},
    "one network": {"networks": 1, "depth": 3},
    "one run": {"compare": "none", "depth": 3},
    "maxout": {"activation": "maxout", "compare": "none", "depth": 3},
    "wide": {"width": 17, "depth": 13, "compare": "maxout"},
}
ALWAYS = {  # what each panel still says
    "replay": "inside.replay_caption",
    "network": "network.caption_gradient",
    "chain": "chain.graph_caption",
    "health": "health.how_text",
    "points": "points.caption",
}


@pytest.mark.parametrize("link", ODD.values(), ids=list(ODD))
def test_every_panel_copes_with_an_odd_setting(link):
    page = Page(**link)
    for panel in PANELS:
        page.set("inside", panel)
        clean(page)
        assert said(page.words, ALWAYS[panel]) in prose(page)
        arms = 1 + (link.get("compare") != "none")
        if panel == "replay":
            assert len(replayed(page).header["arms"]) == arms
        if panel == "network":
            assert len(drawings_of(page)) == arms


def test_a_perceptron_has_no_factors_and_no_hidden_health():
    page = Page(depth=0, inside="chain")
    for name in STYLE.names:
        assert f"{name} · {page.words('damage.none')}" in prose(page)
    assert drawings_of(page) == []
    assert page.words("chain.table_caption") not in prose(page)
    assert keys(page, "layer ") == keys(page, "unit ") == []
    assert len(page.app.latex) == 2
    page.set("inside", "health")
    assert prose(page).count(page.words("health.nothing")) == 2, "saturated and dead"
    assert len(drawings_of(page)) == 3


def test_a_network_of_zeros_is_said_to_be_dead_silent_and_without_gradient():
    page = Page(init="zeros", depth=3, inside="chain")
    for name in STYLE.names:
        assert f"{name} · {page.words('damage.dead_weights', layer=3, next=4)}" in prose(page)
    page.set("inside", "points")
    silent = page.words("points.silent_all")
    assert f"ReLU · {silent}" in prose(page)
    assert f"Sigmoid · {silent}" not in prose(page), "sigmoid of 0 is not 0"
    assert page.html.count(page.words("points.silent") + "</figcaption>") == 3
    page.set("inside", "health")
    assert prose(page).count(page.words("health.nothing")) == 3


def test_a_network_that_diverged_is_shown_until_then():
    page = Page(rate=5, networks=8)
    relu = histories(page)[0]
    lost = [place for place in relu.kept.tolist() if relu.diverged[place]]
    assert 0 < len(lost) < 8
    page.set("view", "number").set("view_number", lost[0]).set("inside", "points")
    gone = page.words("inside.gone", step="100")
    assert f"ReLU · {gone}" in prose(page)
    assert f"Sigmoid · {gone}" not in prose(page)
    assert page.words("inside.diverged", name="ReLU") in prose(page)
    views = re.findall(r'aria-label="(\w+), input', page.html)
    assert views == ["Sigmoid"]
    page.set("inside", "network")
    assert len(drawings_of(page)) == 2, "at the start there is something to show"
    page.set(key(page, "step "), 100)
    assert f"ReLU · {gone}" in prose(page)
    (shown,) = drawings_of(page)
    one = passes(page, -1, lost[0])[1]
    expected = network.node_frame(one, 0, 1).value
    np.testing.assert_allclose(shown["nodes"].value, expected, rtol=1e-6)
    page.set("inside", "chain").set(key(page, "step "), 100)
    assert f"ReLU · {gone}" in prose(page)
    (shown,) = drawings_of(page)
    assert set(shown["products"].arm) == {"Sigmoid"}
    assert len(page.app.latex) == 2
    page.set("inside", "health")
    assert page.words("health.clipped") in prose(page)
    page.set("view_number", next(p for p in range(8) if p not in lost)).set("inside", "points")
    assert gone not in prose(page)


@pytest.mark.parametrize(
    ("link", "sentences"),
    [
        ({"depth": 12, "width": 16}, {}),
        ({"depth": 13, "width": 16}, {"left_out": {"count": 2, "depth": 13}}),
        ({"depth": 50, "width": 2}, {"left_out": {"count": 39, "depth": 50}}),
        ({"depth": 2, "width": 17}, {"units_left_out": {"count": 16, "width": 17}}),
        ({"depth": 0, "width": 17}, {}),
        ({"depth": 1, "compare": "maxout"}, {"maxout": {}}),
    ],
    ids=str,
)
def test_what_a_network_is_drawn_without_is_said(link, sentences):
    page = Page(**link, inside="network")
    for name in ("left_out", "units_left_out", "maxout"):
        sentence = page.words(f"network.{name}", **{"count": 0, "depth": 0, "width": 0})
        if name in sentences:
            assert page.words(f"network.{name}", **sentences[name]) in prose(page)
        else:
            assert re.sub(r"^[\d ]+of the \d+", "", sentence) not in prose(page)


@pytest.mark.parametrize(("depth", "counted"), [(11, False), (12, True), (50, True)])
def test_layers_whose_points_are_left_out_are_counted(depth, counted):
    page = Page(depth=depth, width=2, inside="points")
    sentence = page.words("points.left_out", count=12, all=depth + 1)
    assert (sentence in prose(page)) is counted
    assert page.html.count("<figure>") == 2 * min(12, depth + 1)


def test_maxout_has_no_saturated_units_but_the_other_run_has():
    page = Page(**SMALL, activation="maxout", compare="none", inside="health")
    maxout, caption = page.words("health.maxout"), page.words("health.saturated_caption")
    assert prose(page).count(maxout) == 1
    assert caption not in prose(page)
    assert page.words("health.nothing") not in prose(page)
    assert len(drawings_of(page)) == 4
    page.set("compare", "relu")
    assert f"{caption} {maxout}" in prose(page)
    assert len(drawings_of(page)) == 5
    assert set(drawings_of(page)[1]["cells"].arm) == {"ReLU"}


def test_in_a_crowd_an_open_panel_waits_for_the_run(monkeypatch):
    monkeypatch.setattr("components.pages.lab.LIVE_CROWD", -1)
    monkeypatch.setattr("components.pages.lab.FIRST_LOOK_SECONDS", 0.1)
    page = Page(settle=False, **SMALL | {"steps": 20_000}, seed=71, inside="points")
    assert page.words("inside.later") in prose(page)
    assert "vgl-views" not in page.html
    page.look()
    assert page.words("inside.later") not in prose(page)
    assert "vgl-views" in page.html


def test_the_chosen_step_survives_a_longer_and_another_run():
    page = Page(**SMALL, seed=72, inside="points")
    steps = page.app.select_slider(key="step points")
    assert steps.value == 100, "the points are first shown at the end"
    page.set("steps", 200)
    assert page.app.select_slider(key="step points").value == 200, "who is at the end stays there"
    page.set("step points", 50)
    page.set("steps", 500)
    assert page.app.select_slider(key="step points").value == 50
    page.set("seed", 73)
    assert page.app.select_slider(key="step points").value == 50
    page.set("step points", 500)
    page.set("steps", 100)
    assert page.app.select_slider(key="step points").value == 100


def test_a_network_that_the_other_run_did_not_keep_gives_way_to_one_it_did():
    shape = {"depth": 9, "width": 48, "networks": 4, "inside": "points"}
    page = Page(**shape, activation="sigmoid", compare="none")
    page.set("view", "number").set("view_number", 3)
    assert chosen(page) == 3
    page.set("compare", "maxout")
    kept = [history.kept.tolist() for history in histories(page)]
    assert 3 in kept[0]
    assert 3 not in kept[1], "Maxout's weights take twice the room"
    assert not page.app.exception
    assert chosen(page) in kept[1]
