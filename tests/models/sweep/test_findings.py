"""Findings on tables written by hand, whose answer is known, and soundness on any table."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import Experiment
from models.diagnostics.statistics import wilson_interval
from models.sweep import Atlas, Sweep, parse_axis
from models.sweep.findings import (
    FINDINGS,
    MOST,
    TRAINED,
    Crossing,
    alike,
    crossings,
    findings,
    furthest,
)

NETWORKS = 64


def atlas(axes, solved, done=None, base=None, **others) -> Atlas:
    """An atlas of so many solved networks by cell, and of other figures likewise."""
    base = base or {}
    sweep = Sweep(Experiment(networks=NETWORKS, **base), tuple(map(parse_axis, axes)))
    assert len(solved) == sweep.count
    rows = {}
    for cell in sweep.cells():
        if cell.experiment is None or (done is not None and cell.index not in done):
            continue
        counts = {"solved": solved[cell.index], "diverged": 0, "born_dead": 0}
        row = {"networks": NETWORKS, "cause": "", "factor": math.nan}
        row |= {name: values[cell.index] for name, values in others.items()}
        for name, count in counts.items():
            count = row.get(name, count)
            low, high = wilson_interval(count, NETWORKS)
            row |= {name: count, f"{name}_low": low, f"{name}_high": high}
        near = {"factor_low": row["factor"] * 0.95, "factor_high": row["factor"] * 1.05}
        rows[cell.index] = near | row
    return Atlas.of(sweep, rows)


def told(given: Atlas, key: str):
    """The numbers of one finding, chosen or not."""
    known = given.table[given.table["done"] & (given.table["refused"] == "")]
    found = [find(given, known) for find in FINDINGS.values()]
    return next((dict(each.numbers) for each in found if each and each.key == key), None)


TWO = ("activation=sigmoid,tanh", "depth=1:5")


def test_the_depth_at_which_the_rate_falls_lies_between_cells_that_are_sure():
    given = atlas(TWO, [64, 60, 30, 9, 0, 64, 64, 64, 64, 64])
    sigmoid, tanh = (("activation", "sigmoid"),), (("activation", "tanh"),)
    assert told(given, "half")["series"] == (Crossing(sigmoid, 2, 4), Crossing(tanh, 5, None))


def test_cells_that_are_not_done_or_refused_widen_the_interval():
    given = atlas(TWO, [64, 60, 0, 0, 0] + [64] * 5, done=[0, 3, 4, *range(5, 10)])
    assert told(given, "half")["series"][0] == Crossing((("activation", "sigmoid"),), 1, 4)
    refused = atlas(("norm=none,batch", "batch=1:4"), [64] * 8)
    assert set(refused.table["refused"] != "") == {True, False}
    assert told(refused, "everywhere") == {"cells": 6, "networks": NETWORKS}


def test_a_rate_that_falls_and_rises_again_falls_at_no_depth():
    given = atlas(("depth=1:5",), [64, 0, 64, 0, 0])
    assert crossings(given, "depth", "solved") == []


def test_the_rate_of_no_hidden_layer_is_no_fall():
    given = atlas(("depth=0:4",), [0, 64, 64, 0, 0])
    assert told(given, "half")["series"] == (Crossing((), 2, 3),)
    # But what rises with the width has to stay.
    assert told(atlas(("width=1:4",), [0, 64, 64, 0]), "half") is None


def test_a_rate_that_rises_with_width_is_told_from_the_widest():
    given = atlas(("width=1:5",), [0, 3, 33, 60, 64])
    assert told(given, "half")["series"] == (Crossing((), 4, 2),)


def test_divergence_is_told_by_the_rate_from_which_on_it_is_the_rule():
    given = atlas(("learning_rate=0.1,1,10",), [64, 60, 0], diverged=[0, 0, 64])
    assert told(given, "diverging")["series"] == (Crossing((), 10.0, 1.0),)
    assert told(given, "dying") is None
    two = atlas(("depth=1:3", "width=2,9"), [0] * 6, born_dead=[0, 0, 33, 0, 64, 0])
    numbers = told(two, "dying")
    assert numbers["series"] == (Crossing((("width", 2),), 3, 1),)
    assert numbers["others"] == 1


def test_the_remedy_that_carries_furthest_is_the_one_that_is_told():
    axes = ("depth=1:4", "norm=none,batch,layer")
    given = atlas(axes, [64, 64, 64, 0, 64, 64, 0, 64, 0, 0, 10, 0])
    numbers = told(given, "remedy")
    assert (numbers["axis"], numbers["value"], numbers["where"]) == ("norm", "batch", ())
    assert numbers["plain"] == Crossing((("norm", "none"),), 1, 2)
    assert numbers["treated"] == Crossing((("norm", "batch"),), 3, 4)


def test_a_remedy_that_does_no_better_is_none():
    assert told(atlas(("depth=1:2", "skip=off,on"), [64, 64, 0, 0]), "remedy") is None
    unsure = atlas(("depth=1:2", "skip=off,on"), [64, 64, 30, 33])
    assert told(unsure, "remedy") is None


GAINS = "gain=0.25,0.5,1,2,4"


@pytest.mark.parametrize(
    ("solved", "least", "most", "within"),
    # Of tanh with Xavier's weights the critical gain is 1.
    [([0, 50, 64, 0, 0], 1.0, 1.0, True), ([0, 64, 30, 0, 0], 0.5, 0.5, False),
     ([64, 0, 0, 0, 0], 0.25, 0.25, False), ([0, 0, 0, 64, 62], 2.0, 4.0, False)],
)  # fmt: skip
def test_the_best_gain_and_theorys(solved, least, most, within):
    base = {"activation": "tanh", "init": "xavier_normal"}
    numbers = told(atlas(("depth=1,5", GAINS), [0, 0, 0, 0, 64, *solved], base=base), "best_gain")
    assert numbers["where"] == (("depth", 5),)
    assert (numbers["least"], numbers["most"], numbers["within"]) == (least, most, within)
    assert numbers["critical"] == pytest.approx(1, rel=1e-4)


def test_theorys_gain_between_two_cells_is_not_told_from_either():
    base = {"activation": "tanh", "init": "xavier_normal", "depth": 5}
    given = atlas(("gain=0.25,0.8,1.25,4",), [0, 64, 0, 0], base=base)
    assert told(given, "best_gain")["within"] is None


def test_gains_that_differ_nowhere_have_no_best_one():
    assert told(atlas(("depth=1,5", GAINS), [64] * 5 + [30] * 5), "best_gain") is None


def test_the_deepest_measured_factors_are_held_to_theory():
    base = {"init": "xavier_normal"}  # a sigmoid's factor is .2361
    factors = [0.9, 0.9, 0.1181, 0.23]
    given = atlas(("depth=3,9", "gain=1,1.0001"), [0] * 4, base=base, factor=factors)
    numbers = told(given, "departure")
    assert (numbers["depth"], numbers["cells"], numbers["outside"]) == (9, 2, 1)
    assert numbers["where"] == (("depth", 9), ("gain", 1.0))
    assert numbers["quotient"] == pytest.approx(0.5, rel=1e-3)
    assert told(given, "agreement") is None
    # What an interval that is wide enough holds is no departure, however far its median.
    unsure = atlas(("depth=9", "gain=1,1.0001"), [0] * 2, base=base, factor=[0.1, 0.3],
                   factor_low=[0.05, 0.29], factor_high=[0.5, 0.31])  # fmt: skip
    assert told(unsure, "departure")["factor"] == 0.3
    slight = atlas(("depth=9",), [0], base=base, factor=[0.24], factor_low=[0.239])
    assert told(slight, "departure") is told(slight, "agreement") is None
    near = atlas(("depth=9",), [0], base=base, factor=[0.24])
    assert told(near, "agreement")["outside"] == 0


def test_the_commonest_cause_is_of_failing_cells_and_no_tie():
    causes = ["vanished", "vanished", "plateau", "plateau", "plateau"]
    solved = [0, 0, 0, 40, 64]
    assert told(atlas(("depth=1:5",), solved, cause=causes), "commonest_cause") == {
        "cause": "vanished", "cells": 2, "failing": 3
    }  # fmt: skip
    tied = atlas(("depth=1:5",), [0, 0, 0, 0, 64], cause=causes)
    assert told(tied, "commonest_cause") is None


def test_two_series_that_no_cell_tells_apart():
    axes = ("activation=sigmoid,tanh,relu", "depth=1:3")
    given = atlas(axes, [64, 64, 64, 64, 30, 0, 62, 33, 1])
    numbers = told(given, "indistinct")
    assert (numbers["first"], numbers["second"], numbers["cells"]) == ("tanh", "relu", 3)
    # Alike because nothing varies is no finding.
    assert told(atlas(axes, [0] * 9), "indistinct") is None


def test_all_solved_none_solved_and_nothing_known():
    axes = ("depth=1:3",)
    assert [each.key for each in findings(atlas(axes, [64] * 3))] == ["everywhere"]
    assert [each.key for each in findings(atlas(axes, [0, 3, 0]))] == ["nowhere"]
    assert told(atlas(axes, [0, 3, 0]), "nowhere")["most"] == 3
    assert findings(atlas(axes, [0] * 3, done=[])) == ()


def test_a_map_that_is_not_complete_tells_nothing():
    axes, solved = ("depth=1:5",), [64, 64, 0, 0, 0]
    assert findings(atlas(axes, solved))
    assert findings(atlas(axes, solved, done=[0, 1, 2, 3])) == ()


def test_networks_that_had_no_time_to_learn_tell_nothing_of_solving():
    given = {"axes": ("depth=1:3", "width=2,9"), "solved": [0] * 6, "cause": ["born_dead"] * 6}
    dead = {"born_dead": [0, 0, 33, 0, 64, 0]}
    keys = {steps: [each.key for each in findings(atlas(**given, **dead, base={"steps": steps}))]
            for steps in (1, TRAINED)}  # fmt: skip
    assert keys == {1: ["dying"], TRAINED: ["dying", "nowhere", "commonest_cause"]}


def test_series_that_end_alike_are_one_and_the_best_of_each_choice_is_told():
    def one(activation, init, above, below):
        return Crossing((("activation", activation), ("init", init)), above, below)

    series = [one("relu", "lecture", 3, 5), one("relu", "he_normal", 9, None),
              one("sigmoid", "lecture", None, 0), one("sigmoid", "he_normal", None, 1),
              one("elu", "lecture", 9, None)]  # fmt: skip
    told = [[(dict(each.where)["activation"], each.above) for each in group]
            for group in alike(series, rises=False)]  # fmt: skip
    assert told == [[("sigmoid", None)] * 2, [("relu", 3)], [("relu", 9), ("elu", 9)]]
    assert [(each.where, each.above) for each in furthest(series, "activation", rises=False)] == [
        ((("activation", "relu"),), 9),
        ((("activation", "sigmoid"),), None),
        ((("activation", "elu"),), 9),
    ]
    # What rises reaches furthest from its far end.
    assert furthest(series[:2], "activation", rises=True)[0].above == 3


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, NETWORKS), min_size=10, max_size=10), st.sets(st.integers(0, 9)))
def test_of_any_table_no_more_is_said_than_its_cells_carry(solved, done):
    given_atlas = atlas(TWO, solved, done=done)
    table = given_atlas.table
    found = findings(given_atlas)
    assert len({each.key for each in found}) == len(found) <= MOST
    for crossing in crossings(given_atlas, "depth", "solved"):
        rows = table[(table["activation"] == dict(crossing.where)["activation"]) & table["done"]]
        rows = rows.set_index("depth")
        if crossing.above is not None:
            assert rows.loc[crossing.above, "solved"] > NETWORKS / 2
        if crossing.below is not None:
            assert rows.loc[crossing.below, "solved"] < NETWORKS / 2
            assert (rows.loc[crossing.below :, "solved_low"] <= 0.5).all()


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=5, max_size=5), st.integers(0, 2**31))
def test_the_true_depth_lies_in_the_interval_as_often_as_it_says(rates, seed):
    # A rate that falls from layer to layer: both of its sides are told with 95 % or more each.
    rates = np.sort(rates)[::-1]
    rates[0], rates[-1] = 0.99, 0.01
    draw = np.random.default_rng(seed)
    missed = 0
    for _ in range(10):
        solved = list(draw.binomial(NETWORKS, rates))
        for one in crossings(atlas(("depth=1:5",), solved), "depth", "solved"):
            missed += rates[one.above - 1] < 0.5 or rates[one.below - 1] > 0.5
    assert missed <= 6, "of 10: each side 2.5 %, at up to three cells near one half"
