"""The charts' numbers as tables: those that the run really has."""

import math
import re
from html import unescape

import numpy as np
import pytest

from components.drawing.charts.activation import curve_frame
from components.drawing.charts.style import Style
from components.panels import tables
from components.words.numbers import number, percent
from components.words.text import text
from models import ACTIVATIONS, Experiment, train_together
from models.diagnostics import layer_health, standing

WORDS = text("en")
PAIR = (
    Experiment(activation="sigmoid", depth=2, width=3, steps=60, networks=5),
    Experiment(activation="relu", depth=4, width=3, steps=60, networks=5),
)
STYLE = Style("en", False, ("sigmoid", "relu"), ("<b>one</b>", "two"))


@pytest.fixture(scope="module")
def histories():
    return train_together(PAIR)


def read(html: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [[unescape(c) for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def test_names_are_escaped_and_the_first_column_heads_the_rows():
    html = tables.table(["<i>", "b"], [["<u>", "2"]])
    assert "<i>" not in html
    assert "<u>" not in html
    assert 'scope="row"' in html
    assert read(html) == [["<i>", "b"], ["<u>", "2"]]


def test_gradients_are_the_medians_of_each_layer_at_both_ends(histories):
    head, *rows = read(tables.gradient_table(STYLE, histories))
    assert head == ["layer", "<b>one</b> · start", "<b>one</b> · end", "two · start", "two · end"]
    assert [row[0] for row in rows] == [f"{layer}" for layer in range(1, 6)]
    for column, (history, place) in enumerate(
        [(histories[0], 0), (histories[0], -1), (histories[1], 0), (histories[1], -1)], start=1
    ):
        norms = history.weight_gradient_norm[place]
        logs = np.log10(np.where(norms > 0, norms, np.nan))
        expected = [number(10**each) for each in np.nanmedian(logs, axis=1)]
        assert [row[column] for row in rows] == [*expected, *["–"] * (5 - len(expected))]


def test_gradients_of_one_network_are_its_own(histories):
    first = histories[:1]
    style = Style("en", False, ("sigmoid",))
    _, *rows = read(tables.gradient_table(style, first, [3]))
    norms = first[0].weight_gradient_norm[[0, -1], :, 3]
    assert [row[1:] for row in rows] == [[number(each) for each in layer] for layer in norms.T]


def test_losses_are_medians_with_the_middle_half_at_a_few_steps(histories):
    head, *rows = read(tables.loss_table(STYLE, histories, "log"))
    assert head == ["step", "<b>one</b>", "two"]
    steps = [int(row[0]) for row in rows]
    assert steps[0] == 0
    assert steps[-1] == 60
    assert len(steps) < 20
    place = np.searchsorted(histories[1].steps, steps[3])
    low, middle, high = np.quantile(histories[1].loss[place], [0.25, 0.5, 0.75])
    shown = f"{number(middle, decimals=4)} ({number(low, decimals=4)} – {number(high, decimals=4)})"
    assert rows[3][2] == shown
    _, *rows = read(tables.loss_table(STYLE, histories, "accuracy"))
    assert rows[-1][1] == percent(histories[0].accuracy[-1].mean())


def test_functions_are_their_values_and_slopes():
    head, *rows = read(tables.functions_table(STYLE, PAIR))
    assert head == ["z", "Sigmoid φ", "Sigmoid φ′", "ReLU φ", "ReLU φ′"]
    for told, value, slope, relu, step in rows:
        z = told.replace("−", "-")
        s = 1 / (1 + math.exp(-int(z)))
        assert [value, slope] == [number(s, 3), number(s * (1 - s), 3)]
        assert [relu, step] == [number(max(int(z), 0), 3), number(float(int(z) > 0), 3)]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_table_behind_the_functions_tells_the_lines_that_are_drawn(activation):
    style, runs = Style("en", False, (activation,)), [Experiment(activation=activation)]
    head, *rows = read(tables.functions_table(style, runs))
    drawn = curve_frame(runs, style)
    lines = [line for _, line in drawn.groupby(["second", "line"], sort=False)]
    assert len(head) - 1 == len(lines)
    for column, line in enumerate(lines, start=1):
        told = {float(row[0].replace("−", "-")): row[column] for row in rows}
        whole = line[line["z"].isin(told)]  # what lies beyond the drawn range is not in it
        assert len(whole) >= 4
        assert [told[z] for z in whole["z"]] == [number(value, 3) for value in whole["value"]]
        if activation == "maxout":
            assert head[column].endswith(f"z₂ = {number(line['second'].iloc[0], 1)}")


def test_shares_of_pre_activations_are_those_of_the_histogram(histories):
    head, *rows = read(tables.fallen_table(STYLE, histories))
    assert len(head) == 5
    assert [row[0] for row in rows][:3] == ["≤ −8.0", "−8.0 … −6.0", "−6.0 … −4.0"]
    assert rows[-1][0] == "> 8.0"
    counts = histories[1].pre_activation_counts[-1].sum(axis=1)
    edges = histories[1].pre_activation_edges
    inside = (edges[:-1] >= 0) & (edges[:-1] < 2)
    share = counts[1:-1][inside].sum() / counts.sum()
    assert next(row for row in rows if row[0] == "0 … 2.0" or row[0] == "0.0 … 2.0")[4] == percent(
        share
    )


def test_health_is_told_at_a_few_steps(histories):
    healths = [layer_health(history, 0) for history in histories]
    for measure in ("gradient", "dead", "spread"):
        head, *rows = read(tables.health_table(STYLE, healths, measure))
        assert head[:2] == ["run · layer", "0"]
        assert head[-1] == "60"
        assert len(rows) == 3 + 5
        assert rows[0][0] == "<b>one</b> · 3"
        form = percent if measure == "dead" else number
        value = getattr(healths[1], measure)[-1, 0]
        assert rows[-1][-1] == form(value)


def test_solved_shares_come_with_their_interval(histories):
    standings = [standing(history) for history in histories]
    _, *rows = read(tables.shares_table(STYLE, standings))
    one = standings[1]
    assert rows[1] == ["two", percent(one.share), f"{percent(one.low)} – {percent(one.high)}"]
