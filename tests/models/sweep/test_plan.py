"""The cells of a sweep."""

import json
import shlex
from dataclasses import replace

import pytest

from models import Experiment
from models.sweep import CELLS, Axis, Sweep, SweepError, parse_axis
from models.sweep.__main__ import sweep_of

BASE = Experiment(activation="leaky_relu", optimizer="momentum", networks=8, seed=3)


def sweep(*axes: str, base: Experiment = BASE) -> Sweep:
    return Sweep(base, tuple(map(parse_axis, axes)))


def test_cells_go_row_by_row_and_differ_from_the_base_in_their_axes_alone():
    made = sweep("depth=2:4", "gain=0.5,2")
    cells = made.cells()
    assert [cell.values for cell in cells] == [(d, g) for d in (2, 3, 4) for g in (0.5, 2.0)]
    assert [cell.index for cell in cells] == list(range(6))
    for cell in cells:
        depth, gain = cell.values
        assert cell.experiment == replace(BASE, depth=depth, gain=gain)


def test_what_belongs_to_another_choice_is_left_behind():
    cells = sweep(
        "activation=leaky_relu,tanh", base=replace(BASE, activation_parameter=0.2)
    ).cells()
    assert [cell.experiment.activation_parameter for cell in cells] == [0.1, None]
    cells = sweep("optimizer=momentum,sgd", base=replace(BASE, momentum=0.5)).cells()
    assert [cell.experiment.momentum for cell in cells] == [0.9, None]
    shuffled = replace(BASE, batch=3, order="shuffled")
    cells = sweep("batch=1:4", base=shuffled).cells()
    assert [cell.experiment.order for cell in cells] == ["shuffled"] * 3 + ["fixed"]


def test_what_the_base_has_where_an_axis_is_makes_no_other_map():
    base = replace(BASE, batch=3)
    for own in ({"activation": "relu", "activation_parameter": None}, {"depth": 3}, {"batch": 1}):
        name, value = next(iter(own.items()))
        assert sweep(f"{name}={value}", base=base) == sweep(
            f"{name}={value}", base=replace(base, **own)
        )


def test_an_impossible_combination_is_a_cell_that_says_why():
    cells = sweep("norm=none,batch", "batch=1,4").cells()
    assert [cell.experiment is None for cell in cells] == [False, False, True, False]
    assert "batch = 1 is not possible" in cells[2].refused
    assert not any(cell.refused for cell in cells if cell.experiment)


@pytest.mark.parametrize(
    ("axes", "base", "why"),
    [
        ((), BASE, "1 to 3 axes, not 0"),
        (("depth=1", "width=2", "gain=1", "skip=on"), BASE, "not 4"),
        (("depth=1", "depth=2"), BASE, "two axes have one field"),
        (("steps=1:1000", "gain=0.1:10/101"), BASE, f"{CELLS:,} at most"),
        (("depth=1:3",), replace(BASE, hidden=(3, 2)), "unequal hidden layers"),
        (
            ("learning_rate=0.1,1",),
            Experiment(depth=0, networks=1, start=((((1.0,), (1.0,)), (0.0,)),)),
            "weights of one's own",
        ),
    ],
)
def test_what_is_no_map_is_refused(axes, base, why):
    with pytest.raises(SweepError, match=why):
        sweep(*axes, base=base)


def test_it_is_a_key_and_comes_back_from_json_and_from_its_command():
    for made in (
        sweep("depth=0:4", "activation=sigmoid,relu", "skip=off,on"),
        sweep("learning_rate=0.01:1/3", base=replace(BASE, hidden=(4, 3, 4), batch=2, clip=1.0)),
        sweep("batch=1:4", base=replace(BASE, batch=3, order="shuffled")),
        sweep("gain=0.5:2/3", base=replace(BASE, skip=True, dtype="float64", norm="batch")),
    ):
        assert {made: 1}[Sweep.from_json(made.as_json())] == 1
        assert sweep_of(shlex.split(made.command)[3:]) == made


def test_json_of_something_else_is_refused():
    told = json.loads(sweep("depth=0:4").as_json())
    for wrong in (
        "",
        "[]",
        "{}",
        json.dumps({**told, "axes": [["depth", 5]]}),
        json.dumps({**told, "axes": [["depth", [99]]]}),
        json.dumps({**told, "base": {"deepness": 1}}),
        json.dumps({**told, "base": {"depth": 99}}),
        "[" * 100_000,
    ):
        with pytest.raises(SweepError):
            Sweep.from_json(wrong)


def test_values_of_a_list_are_taken_as_they_are():
    assert Axis("depth", [3, 1]).values == (3, 1)
