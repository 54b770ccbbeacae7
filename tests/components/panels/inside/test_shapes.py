"""The look inside two runs that differ in shape, optimizer and rate: each is shown as it is."""

import functools

import pytest

from components.drawing.charts import health
from components.drawing.charts.chain import product_frame
from components.drawing.charts.style import Style
from components.drawing.network import Layout
from components.settings.naming import run_names, style_of
from components.settings.state.items import PANELS
from components.words.text import text
from models import Experiment, train
from models.diagnostics import chain_factors, layer_health, weight_chain
from models.passes import network_pass
from tests.components.page import Page
from tests.components.pages.test_page import clean
from tests.components.panels.inside.looking import chosen, drawings_of, key, networks, passes, prose
from tests.components.panels.test_surfaces import replayed

APART = {
    **{"activation": "relu", "depth": 2, "width": 4, "compare": "relu"},
    **{"compare_depth": 14, "compare_width": 17, "compare_optimizer": "adam"},
}


@functools.cache
def page() -> Page:
    """A page for the tests to open one panel after the other on."""
    return Page(**APART)


def names(shown: Page) -> tuple[str, ...]:
    return run_names(shown.words, shown.experiments)


@pytest.mark.parametrize("panel", PANELS)
def test_every_panel_shows_each_run_by_its_name(panel):
    shown = page().set("inside", panel)
    clean(shown)
    of_view = {"network": chosen(shown), "seed": chosen(shown)}
    assert shown.words("inside.other", **of_view) in prose(shown), "not the same weights"
    if panel == "replay":
        arms = replayed(shown).header["arms"]
        assert [(arm["name"], arm["layers"]) for arm in arms] == [
            (names(shown)[0], 3),
            (names(shown)[1], 15),
        ]
    elif panel == "health":
        assert {*drawings_of(shown)[0]["cells"].arm} == {*names(shown)}
    elif panel == "network":
        assert tuple(block.header["name"] for block in networks(shown)) == names(shown)
    else:
        assert all(f"{name} · " in prose(shown) for name in names(shown))


def test_each_network_has_its_own_layout_and_says_what_it_leaves_out():
    shown = page().set("inside", "network")
    for block, experiment in zip(networks(shown), shown.experiments, strict=True):
        layout = Layout(experiment.sizes)
        assert (block.header["columns"], block.header["shown"]) == (layout.columns, layout.shown)
        assert block.header["optimizer"] == experiment.optimizer
    left_out = shown.words("network.left_out", count=3, depth=14)
    units = shown.words("network.units_left_out", count=16, width=17)
    assert prose(shown).count(f"{left_out} {units}") == 1
    assert prose(shown).count(shown.words("network.caption_gradient", share="1×10⁻⁵")) == 1


def test_the_blackboard_shows_the_same_weight_or_that_there_is_no_such_layer():
    shown = page().set("inside", "chain")
    heading = functools.partial(shown.words, "chain.weight")

    def expected(layer: int, unit: int = 0, source: int = 0) -> list:
        found = []
        for one in passes(shown):
            inputs, units = one.experiment.sizes[layer - 1 : layer + 1]
            unit, source = unit * (unit <= units), source * (source <= inputs)
            weight = weight_chain(one, 0, layer, 1, unit, source)
            unit, source = weight.unit, weight.source
            found.append(heading(layer=layer, i=source, j=unit))
        return found

    for name, line in zip(names(shown), expected(1), strict=True):
        assert f"{name} · {line}" in prose(shown)
    shown.set(key(shown, "unit "), 12)
    lines = prose(shown)
    assert expected(1, 0)[0] in lines, "a unit that it has not: its strongest"
    assert heading(layer=1, i=2, j=12) not in lines.split(names(shown)[1] + " · ")[0]
    shown.set(key(shown, "layer "), 9)
    missing = shown.words("chain.no_layer", layer=9, layers=3)
    assert f"{names(shown)[0]} · {missing}" in prose(shown)
    assert prose(shown).count(missing) == 1


# Runs that were trained apart, in the functions that draw them


@functools.cache
def pair() -> list:
    shapes = ((2, 4, "sgd"), (6, 9, "momentum"))
    return [
        train(Experiment(depth=depth, width=width, optimizer=optimizer, steps=20, networks=2))
        for depth, width, optimizer in shapes
    ]


def style() -> Style:
    return style_of(text("en"), False, [history.experiment for history in pair()])


@pytest.mark.parametrize("measure", health.MEASURES)
def test_health_has_a_row_for_each_of_a_runs_own_layers_on_one_scale(measure):
    healths = [layer_health(history, 0) for history in pair()]
    rows = health.rows_of(healths, measure)
    assert rows == ((2, 6) if measure in health.SHARES else (3, 7))
    cells = health.cell_frame(healths, measure, style())
    upper, lower = (cells[cells.arm == name] for name in style().names)
    assert (set(upper.layer), set(lower.layer)) == tuple({*range(1, n + 1)} for n in rows)
    assert lower.low.min() == 0
    assert lower.high.max() < upper.low.min()
    tops = health.name_frame(healths, measure, style())
    assert tops.y.tolist() == [upper.high.max(), lower.high.max()]
    spec = health.health_chart(style(), measure, rows).to_dict()
    axis = spec["layer"][0]["encoding"]["y"]["axis"]
    middles = {*((cells.low + cells.high) / 2).round(6)}
    assert {round(value, 6) for value in axis["values"]} <= middles


def test_products_have_each_runs_own_layers():
    chains = [chain_factors(network_pass(history, 0, slice(0, 1)), 0) for history in pair()]
    frame = product_frame(chains, style())
    assert frame.groupby("arm", sort=False).layer.max().tolist() == [3, 7]
