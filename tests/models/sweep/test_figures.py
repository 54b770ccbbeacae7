"""What is told of a cell."""

import math
from dataclasses import replace

import numpy as np
import pytest

from models import Experiment, train
from models.diagnostics import median_interval, standing, wilson_interval
from models.sweep import FIGURES, cell_figures

RELU = Experiment(activation="relu", depth=3, width=3, init="he_normal", steps=300, networks=24)


@pytest.mark.parametrize(
    ("count", "rank"), [(6, 1), (8, 1), (9, 2), (10, 2), (20, 6), (25, 8), (64, 24), (256, 112)]
)
def test_a_medians_interval_goes_from_rank_to_rank(count, rank):
    """The ranks of the sign test's tables."""
    values = np.random.default_rng(0).permutation(count) + 1.0
    assert median_interval(values) == (rank, count + 1 - rank)


def test_a_medians_interval_holds_it_in_95_of_100_draws():
    drawn = np.random.default_rng(1).exponential(size=(4_000, 25))
    low, high = np.array([median_interval(values) for values in drawn]).T
    share = float(np.mean((low <= math.log(2)) & (math.log(2) <= high)))
    assert 0.95 - 0.01 < share < 0.97


def test_of_a_few_values_or_unknown_ones_a_median_has_no_interval():
    for values in (np.arange(5.0), np.empty(0), np.array([1.0] * 9 + [math.nan])):
        assert np.isnan(median_interval(values)).all()
    assert median_interval(np.array([1.0] * 4 + [math.inf] * 4)) == (1.0, math.inf)


def test_a_cells_figures_are_those_of_its_history():
    history = train(RELU)
    row, told = cell_figures(history), standing(history)
    assert set(row) == {"networks", *(c for figure in FIGURES.values() for c in figure.columns)}
    assert (row["networks"], row["solved"]) == (24, told.solved)
    assert (row["solved_low"], row["solved_high"]) == (told.low, told.high)
    assert (row["steps"], row["ratio"], row["factor"]) == (told.steps, told.ratio, told.shrink)
    dead = int((history.weight_gradient_norm[0] == 0).any(axis=0).sum())
    assert row["born_dead"] == dead > 0
    assert (row["born_dead_low"], row["born_dead_high"]) == wilson_interval(dead, 24)
    assert row["diverged"] == 0
    for name in ("ratio", "factor", "steps"):
        assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]
    assert row["cause"] == "born_dead"


def test_cells_that_diverge_are_never_solved_or_nearly_all_solve():
    lost = cell_figures(train(replace(RELU, width=10, learning_rate=1000.0, activation="identity")))
    assert lost["diverged"] + lost["solved"] <= 24
    assert (lost["steps"], lost["steps_high"]) == (math.inf, math.inf)
    assert lost["cause"]
    easy = cell_figures(train(replace(RELU, depth=2, width=30, steps=1_000)))
    assert easy["solved"] >= 22 and easy["cause"] == ""


def test_without_hidden_layers_there_is_no_ratio():
    row = cell_figures(train(replace(RELU, depth=0)))
    names = [f"{name}{end}" for name in ("ratio", "factor") for end in ("", "_low", "_high")]
    assert all(math.isnan(row[name]) for name in names)
    assert row["cause"] == "linear"
