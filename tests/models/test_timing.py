"""The time of a step, by a clock that ticks once a look."""

import itertools
from dataclasses import replace
from types import SimpleNamespace

import pytest

from models import Experiment, timing


@pytest.fixture
def ticking(monkeypatch):
    """A clock that is a second on at every look."""
    ticks = itertools.count()
    clock = SimpleNamespace(perf_counter=lambda: float(next(ticks)))
    monkeypatch.setattr(timing, "time", clock)
    timing._measured.cache_clear()
    yield ticks
    timing._measured.cache_clear()


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_seconds_are_counted_by_the_step(ticking, optimizer):
    experiment = Experiment(depth=2, width=3, networks=2, optimizer=optimizer)
    assert timing.seconds_per_step(experiment) == 1 / timing.BURST


def test_what_does_not_matter_is_not_measured_again(ticking):
    experiment = Experiment(depth=2, width=3, networks=2)
    timing.seconds_per_step(experiment)
    looks = next(ticking)
    timing.seconds_per_step(replace(experiment, seed=7, steps=9, learning_rate=0.5))
    assert next(ticking) == looks + 1
    timing.seconds_per_step(replace(experiment, activation="tanh"))
    assert next(ticking) > looks + 2
