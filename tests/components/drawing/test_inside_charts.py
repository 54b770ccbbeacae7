"""What is drawn of one network: the chain's products, its layers' health."""

import functools
import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from components.drawing.charts import chain, health
from components.drawing.charts.style import RAMP, Style
from components.words.text import LANGUAGES, text
from models import ACTIVATIONS, Experiment, History, train
from models.diagnostics import Health, chain_factors, layer_health
from models.passes import Pass, network_pass
from tests.components.drawing.test_charts import STYLE, STYLES, fields, layers, other, said
from tests.models.diagnostics.made import chained
from tests.models.test_passes import DIVERGING

SMALL = Experiment(activation="tanh", depth=3, width=5, init="lab", steps=20, networks=2)


def at(history: History, frame: int = 0, number: int = 0) -> Pass:
    """One frame of one network."""
    return network_pass(history, number, slice(frame, frame + 1))


# Every chart


@functools.cache
def every_chart(style: Style) -> dict[str, tuple[dict, dict[str, pd.DataFrame]]]:
    """Spec and tables of each chart, as many runs as the style has activations."""
    experiments = [replace(SMALL, activation=name) for name in style.activations]
    histories = [train(experiment) for experiment in experiments]
    passes = [at(history) for history in histories]
    healths = [layer_health(history, 0) for history in histories]
    charts = {}
    products = chain.product_frame([chain_factors(one, 0) for one in passes], style)
    charts["product"] = chain.product_chart(style).to_dict(), {"products": products}
    for measure in health.MEASURES:
        cells = health.cell_frame(healths, measure, style)
        tables = {"cells": cells, "names": health.name_frame(healths, measure, style)}
        domain = health.update_domain(cells) if measure == "update" else None
        if measure == "update":
            tables["guide"] = health.guide_frame(cells)
        rows = health.rows_of(healths, measure)
        # Altair validates what it writes against Vega-Lite's schema.
        spec = health.health_chart(style, measure, rows, domain, "guide" in tables).to_dict()
        charts[f"health {measure}"] = spec, tables
    return charts


@pytest.mark.parametrize("style", STYLES, ids=str)
def test_specs_are_valid_and_draw_just_the_columns_of_their_tables(style):
    for name, (spec, tables) in every_chart(style).items():
        found = list(layers(spec))
        assert {data for data, _, _ in found} == tables.keys(), name
        for data, encoding, computed in found:
            missing = fields(encoding) - set(tables[data].columns) - computed
            assert not missing, f"{name}: {data} has no {missing}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_charts_speak_the_language(language):
    style = Style(language, False, ("relu", "sigmoid"))
    charts = every_chart(style)
    for name, keys in {
        "product": ["charts.layer", "chain.product", *(f"chain.line_{n}" for n in chain.LINES)],
        "health spread": ["charts.step", "charts.layer_short", "health.spread"],
    }.items():
        spoken = said(charts[name][0])
        for key in keys:
            own, foreign = (text(each)(key) for each in (language, other(language)))
            assert own in spoken, (name, key)
            assert foreign not in spoken, (name, key)


@pytest.mark.parametrize("dark", [False, True])
def test_no_activations_colour_is_the_texts(dark):
    for pair in itertools.permutations(ACTIVATIONS, 2):
        style = Style("en", dark, pair)
        assert style.ink not in style.colors


def test_runs_have_their_own_colours():
    charts = every_chart(STYLE)
    for name in ("product", "health gradient"):
        (scale,) = {
            str(encoding["color"]["scale"])
            for _, encoding, _ in layers(charts[name][0])
            if encoding["color"]["field"] == "arm"
        }
        assert scale == str({"domain": STYLE.names, "range": STYLE.colors})


# The chain's products


def products(frame: pd.DataFrame, arm: str, line: str) -> dict[int, float]:
    """Layer to value of one line."""
    part = frame[(frame.arm == arm) & (frame.line == line)]
    assert part.layer.is_unique
    return dict(zip(part.layer, part.value, strict=True))


def test_products_are_what_is_left_of_the_outputs_signal():
    chains = []
    for activation in STYLE.activations:
        experiment = replace(SMALL, activation=activation, depth=6, init="lecture")
        chains.append(chain_factors(at(train(experiment)), 0))
    frame = chain.product_frame(chains, STYLE)
    for name, factors in zip(STYLE.names, chains, strict=True):
        both = products(frame, name, "both")
        expected = factors.signal / factors.signal[-1]
        assert both == pytest.approx(dict(enumerate(expected, 1)), rel=1e-12)
        for line in ("activation", "weights"):
            values = getattr(factors, line)
            expected = {layer: math.prod(values[layer - 1 :]) for layer in range(1, 8)}
            assert products(frame, name, line) == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(frame.log, np.log10(frame.value))
    assert len(frame) == 2 * 3 * 7


def test_a_network_that_diverged_has_no_products():
    factors = chained([2.0], [0.25])
    for chains in ([None, factors], [factors, None]):
        frame = chain.product_frame(chains, STYLE)
        (name,) = frame.arm.unique()
        assert chains[STYLE.names.index(name)] is factors
        assert products(frame, name, "both") == {1: 0.5, 2: 1.0}
    nothing = chain.product_frame([None, None], STYLE)
    assert len(nothing) == 0
    assert set(nothing.columns) == set(frame.columns)


def test_products_that_are_zero_or_unknown_are_left_out():
    factors = chained([math.nan, 3.0, 2.0], [0.5, 0.0, 0.25])
    frame = chain.product_frame([factors], Style("en", False, ("relu",)))
    assert products(frame, "ReLU", "both") == {3: 0.5, 4: 1.0}
    assert products(frame, "ReLU", "activation") == {3: 0.25, 4: 1.0}
    assert products(frame, "ReLU", "weights") == {2: 6.0, 3: 2.0, 4: 1.0}
    assert np.isfinite(frame.log).all()


# Health


def healths_of(**changes) -> list[Health]:
    experiment = replace(SMALL, activation="relu", **changes)
    pair = [train(replace(experiment, activation=name)) for name in STYLE.activations]
    return [layer_health(history, 0) for history in pair]


def given(steps: Sequence[int], gradient: Sequence, **arrays: Sequence) -> Health:
    """A health made by hand: every table is ``gradient [F, L]`` but for those given."""
    table = np.array(gradient, float)
    names = (*health.MEASURES, *health.NORM_MEASURES)
    tables = {name: np.array(arrays.get(name, table), float) for name in names}
    return Health(steps=np.array(steps), **tables)


def check_tiling(cells: pd.DataFrame, steps: Sequence[int]) -> None:
    """Cells of these steps follow one another without a gap, from 0 to beyond the last."""
    spans = cells[["step", "left", "right"]].drop_duplicates().sort_values("step")
    assert spans.step.tolist() == list(steps)
    assert spans.left.iloc[0] == 0
    assert spans.left.tolist()[1:] == spans.right.tolist()[:-1]
    assert (spans.left <= spans.step).all()
    assert (spans.step < spans.right).all()
    middles = (spans.step.to_numpy()[1:] + spans.step.to_numpy()[:-1]) / 2
    assert spans.left.tolist()[1:] == middles.tolist()


@pytest.mark.parametrize("measure", health.MEASURES)
def test_every_known_figure_has_its_cell(measure):
    healths = healths_of(depth=4)
    cells = health.cell_frame(healths, measure, STYLE)
    shares = measure in ("saturated", "dead")
    for name, one in zip(STYLE.names, healths, strict=True):
        values, expected = getattr(one, measure), {}
        for frame, step in enumerate(one.steps):
            for layer in range(1, 5 if shares else 6):
                value = values[frame, layer - 1]
                if value > 0 or (shares and value == 0):
                    expected[step, layer] = value
        block = cells[cells.arm == name]
        keys = zip(block.step, block.layer, strict=True)
        found = dict(zip(keys, block.value, strict=True))
        assert found == expected
        assert len(found) == len(block)
        check_tiling(block, one.steps)
    assert len(cells) > 100
    coloured = cells.value if shares else np.log10(cells.value)
    np.testing.assert_allclose(cells["log"], coloured)


def test_shares_of_nothing_are_drawn_and_exact_zeros_of_the_others_are_blank():
    one = given([0, 1], [[0.0, 0.1], [1.0, math.nan]])
    style = Style("en", False, ("relu",))
    cells = health.cell_frame([one], "spread", style)
    assert cells.value.tolist() == [0.1, 1.0]
    assert cells["log"].tolist() == [-1, 0]
    cells = health.cell_frame([one], "dead", style)
    assert cells["log"].tolist() == cells.value.tolist() == [0.0, 1.0], "of hidden layers alone"


def test_layer_1_is_at_the_bottom_and_the_first_run_on_top():
    cells = health.cell_frame(healths_of(), "gradient", STYLE)
    assert (cells.high - cells.low).unique().tolist() == [1]
    upper, lower = (cells[cells.arm == name] for name in STYLE.names)
    for block in (upper, lower):
        floor = block.low.min()
        assert (block.low == floor + block.layer - 1).all()
    assert lower.low.min() == 0
    assert upper.low.min() > lower.high.max(), "with room for a name between them"


def test_each_block_is_named_above_its_upper_edge():
    healths = healths_of()
    cells = health.cell_frame(healths, "spread", STYLE)
    names = health.name_frame(healths, "spread", STYLE)
    assert names.arm.tolist() == STYLE.names
    assert names.y.tolist() == [cells[cells.arm == name].high.max() for name in STYLE.names]
    spec = health.health_chart(STYLE, "spread", (4, 4)).to_dict()
    (domain,) = {str(encoding["y"]["scale"]["domain"]) for _, encoding, _ in layers(spec)}
    low, high = map(float, re.findall(r"[\d.]+", domain))
    assert low == 0
    assert names.y.max() < high < names.y.max() + 2


@pytest.mark.parametrize("depth", [0, 1, 4, 9, 50])
@pytest.mark.parametrize("arms", [("relu", "sigmoid"), ("tanh",)])
def test_rows_are_numbered_at_their_middle(arms, depth):
    """The Vega expression of the labels, carried out in Python."""
    style, rows = Style("en", False, arms), depth + 1
    cells = health.cell_frame([given([0], [[1.0] * rows])] * len(arms), "gradient", style)
    spec = health.health_chart(style, "gradient", (rows,) * len(arms)).to_dict()
    axes = [encoding["y"]["axis"] for data, encoding, _ in layers(spec) if data == "cells"]
    middles = cells.set_index((cells.low + cells.high) / 2).layer
    label = r"format\(datum\.value \+ ([\d.]+) - \(datum\.value < ([\d.]+) \? 0 : \2\), 'd'\)"
    more, base = map(float, re.fullmatch(label, axes[0]["labelExpr"]).groups())
    shown = []
    for value in axes[0]["values"]:
        label = value + more - (0 if value < base else base)
        assert label == pytest.approx(middles[np.isclose(middles.index, value)].item())
        shown.append(round(label))
    each = shown[: len(shown) // len(arms)]
    assert shown == each * len(arms)
    assert each[0] == 1
    assert each[-1] == rows
    assert len(each) <= 6


def test_what_grows_without_bound_shares_the_last_colour():
    one = given([0, 1], [[1e-2, 999.0], [1001.0, 1e200]])
    cells = health.cell_frame([one], "gradient", Style("en", False, ("relu",)))
    np.testing.assert_allclose(cells["log"], [-2, np.log10(999), 3, 3])
    assert cells.value.tolist() == [1e-2, 999, 1001, 1e200], "what it is can still be read"


@pytest.mark.parametrize(("arms", "rows"), [(1, 51), (2, 51), (2, 4), (1, 1)])
def test_long_runs_are_thinned_and_keep_their_ends(arms, rows):
    steps = [place**2 for place in range(1500)]
    table = 10 ** np.random.default_rng(0).uniform(-5, 0, (len(steps), rows))
    style = Style("en", False, ("relu", "sigmoid")[:arms])
    cells = health.cell_frame([given(steps, table)] * arms, "spread", style)
    assert len(cells) <= health.MOST_CELLS < len(cells) + arms * rows
    kept = cells.step.unique().tolist()
    assert (kept[0], kept[-1]) == (0, steps[-1])
    check_tiling(cells, kept)
    places = np.searchsorted(steps, cells.step)
    np.testing.assert_array_equal(cells.value, table[places, cells.layer - 1])
    gaps = np.diff(np.searchsorted(steps, kept))
    assert gaps.max() - gaps.min() <= 1, "evenly"


def test_a_perceptron_has_no_hidden_health():
    healths = healths_of(depth=0)
    for measure in ("saturated", "dead"):
        assert len(health.cell_frame(healths, measure, STYLE)) == 0
        assert health.rows_of(healths, measure) == (0, 0)
    for measure in ("gradient", "update", "spread"):
        cells = health.cell_frame(healths, measure, STYLE)
        assert set(cells.layer) == {1}
        assert set(cells.arm) == set(STYLE.names)


def test_cells_end_where_a_network_diverges():
    history = train(DIVERGING)
    number = next(place for place in history.kept if history.diverged[place])
    one = layer_health(history, number)
    known = network_pass(history, number).known
    style = Style("en", False, ("relu",))
    for measure in ("gradient", "saturated", "spread"):
        cells = health.cell_frame([one], measure, style)
        assert cells.step.unique().tolist() == one.steps[known].tolist()
        assert np.isfinite(cells["log"]).all()
    assert 0 < known.sum() < len(known)


# The guide


def grid_of(rows: Sequence[Sequence[float]], base: float = 0.0, arm: str = "ReLU") -> pd.DataFrame:
    """Cells at the steps 0, 1, 2, ...; the first row is layer 1; NaN: no cell."""
    parts = [
        (arm, layer, step, max(0.0, step - 0.5), step + 0.5, base + layer - 1, base + layer, log)
        for layer, row in enumerate(rows, 1)
        for step, log in enumerate(row)
        if not math.isnan(log)
    ]
    columns = ["arm", "layer", "step", "left", "right", "low", "high", "log"]
    return pd.DataFrame(parts, columns=columns)


def lines(cells: pd.DataFrame) -> set[tuple[float, ...]]:
    """``(x, y, x2, y2)`` of every border, from its lower left end."""
    frame = health.guide_frame(cells)
    found = [
        (*min(ends), *max(ends))
        for ends in (((row.x, row.y), (row.x2, row.y2)) for row in frame.itertuples())
    ]
    assert len(found) == len(set(found))
    return set(found)


def test_the_guide_runs_between_cells_above_and_below_it():
    assert health.GUIDE == -3
    cells = grid_of([[-2, -4, -4], [-2, -2, -4]])
    assert lines(cells) == {
        (0.5, 0, 0.5, 1),  # layer 1 falls below after step 0
        (0.5, 1, 1.5, 1),  # at step 1 it is below layer 2
        (1.5, 1, 1.5, 2),  # layer 2 falls below after step 1
    }


def test_the_guide_is_at_home_in_each_runs_block():
    cells = [grid_of([[-2, -4]], base=5), grid_of([[-4], [-2]], arm="Sigmoid")]
    assert lines(pd.concat(cells)) == {(0.5, 5, 0.5, 6), (0, 1, 0.5, 1)}


def test_there_is_no_guide_beside_blank_cells_or_where_all_is_alike():
    unknown = math.nan
    assert lines(grid_of([[-2, unknown, -4], [-4, -4, -4]])) == {(0, 1, 0.5, 1)}
    assert lines(grid_of([[unknown, -2], [-2, -4]])) == {(0.5, 1, 0.5, 2), (0.5, 1, 1.5, 1)}
    assert lines(grid_of([[-2, -2.9, 3], [-1, -2, -2]])) == set()
    assert lines(grid_of([[-3, -4], [-3.1, -9]])) == set(), "as much as the guide is not above it"
    assert health.guide_frame(grid_of([[-4, -4]])).columns.tolist() == ["x", "x2", "y", "y2"]


def test_the_guide_of_a_run_parts_its_cells():
    cells = health.cell_frame(healths_of(depth=6, init="lecture"), "update", STYLE)
    above = cells["log"] > health.GUIDE
    assert 0 < above.sum() < len(cells)
    corners = zip(cells.left, cells.low, strict=True)
    at_corner = dict(zip(corners, above, strict=True))
    expected = set()
    for row, is_above in zip(cells.itertuples(), above, strict=True):
        for x, y in ((row.right, row.low), (row.left, row.high)):
            if at_corner.get((x, y), is_above) != is_above:
                expected.add((x, y, row.right, row.high))
    assert lines(cells) == expected


@pytest.mark.parametrize(
    ("logs", "domain"),
    [
        ([-5.2, -1.1], (-6, -1)),
        ([-2.5, -0.5], (-4, 0)),
        ([-9.0, -3.5], (-9, -2)),
        ([-3.0], (-4, -2)),
        ([-40.1, 3.0], (-41, 3)),
    ],
)
def test_the_updates_colours_span_its_cells_and_the_guide(logs, domain):
    assert health.update_domain(pd.DataFrame({"log": logs})) == domain


@pytest.mark.parametrize("measure", health.MEASURES)
def test_colours_go_from_dark_to_yellow_and_the_guide_is_in_their_middle(measure):
    domain = (-9, 1) if measure == "update" else None
    spec = health.health_chart(STYLE, measure, (4, 4), domain).to_dict()
    (encoding,) = [encoding for data, encoding, _ in layers(spec) if data == "cells"]
    scale = encoding["color"]["scale"]
    assert scale["range"] == list(RAMP)
    if measure == "update":
        assert scale["domain"] == [-9, health.GUIDE, 1]
    elif measure in health.SHARES:
        assert scale["domain"] == [0, 1]
    else:
        assert "domain" not in scale, "as wide as both runs' cells"
