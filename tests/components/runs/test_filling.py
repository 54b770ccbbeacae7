"""Maps of one's own: coarse first, through everybody's trainer, each cell once."""

import pytest
from cachetools import LRUCache

from components.runs import Runs, filling
from components.runs.filling import coarse_first, cost, fill, known, parts
from components.runs.job import key_of
from models import Experiment, train
from models.sweep import Sweep, cell_figures, parse_axis


@pytest.fixture(autouse=True)
def nothing_is_remembered(monkeypatch):
    monkeypatch.setattr(filling, "_rows", LRUCache(100))


def sweep(*axes: str, **base) -> Sweep:
    return Sweep(Experiment(**{"steps": 5, "networks": 4} | base), tuple(map(parse_axis, axes)))


def test_a_coarse_map_comes_first_and_every_cell_once():
    whole = sweep("depth=0:16", "gain=0.25:4/9")
    order = coarse_first(whole)
    assert sorted(cell.index for cell in order) == list(range(whole.count))
    first = {cell.values for cell in order[:9]}
    assert first == {(depth, gain) for depth in (0, 8, 16) for gain in (0.25, 1.0, 4.0)}
    assert [cell.index for part in parts(whole) for cell in part] == [c.index for c in order]


def test_cells_are_those_of_any_run_and_none_is_trained_twice():
    runs, small = Runs(), sweep("depth=1:3", "activation=relu,tanh", seed=51)
    assert cost(runs, small).left == 6
    visit = runs.visit("map", patient=True)
    rows, wrong = fill(visit, small, seconds=60, again=1)
    assert wrong == ""
    for cell in small.cells():
        same = repr(cell_figures(train(cell.experiment)))  # NaN is not NaN, but reads alike
        assert repr(rows[cell.index]) == same
    assert cost(runs, small).left == 0
    larger = sweep("depth=1:4", "activation=relu,tanh", seed=51)
    assert cost(runs, larger).left == 2
    assert {cell.values for cell in larger.cells() if cell.index in known(larger)} == {
        cell.values for cell in small.cells()
    }


def test_a_maps_runs_make_room_at_once_but_not_one_that_somebody_looks_at(monkeypatch):
    runs, small = Runs(), sweep("depth=1:2", seed=77)
    (part,) = parts(small)
    experiments = [cell.experiment for cell in part]
    fill(runs.visit("map", patient=True), small, seconds=60, again=1)
    assert not runs.known(experiments)
    monkeypatch.setattr(filling, "_rows", LRUCache(100))
    runs.visit("other").watch(experiments, wait=60, again=60)
    runs.visit("other").watch(experiments, again=60)
    fill(runs.visit("map", patient=True), small, seconds=60, again=1)
    assert runs.known(experiments), key_of(experiments)
    assert len(known(small)) == 2


def test_impossible_cells_are_no_work_and_too_many_are_told():
    runs = Runs()
    mixed = sweep("batch=1,4", "norm=none,batch")
    assert cost(runs, mixed).cells == 3
    vast = cost(runs, sweep("depth=0:50", "width=1:128"))
    assert not vast.is_affordable
    assert vast.cells == 51 * 128
