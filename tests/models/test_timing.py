"""The time of a step, by clocks that the test winds."""

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest

from models import Experiment, timing
from models.network import Ensemble
from models.optimizers import OPTIMIZERS
from models.outputs import OUTPUTS

SMALL = Experiment(depth=2, width=3, networks=2)
# Of one step, by activation: what the clock below is wound on by.
LOADS = {"sigmoid": 1.0, "relu": 0.25, "tanh": 2.0}


class Bench:
    """A clock that each step winds on by its activation's load, times what the machine adds."""

    def __init__(self, monkeypatch):
        self.now, self.disturbed, self.outputs, self.order = 0.0, iter(()), [], []
        clock = SimpleNamespace(thread_time=lambda: self.now)
        monkeypatch.setattr(timing, "time", clock)
        made = Ensemble.__init__

        def begin(ensemble, sizes, arms, *given, **named):
            made(ensemble, sizes, arms, *given, **named)
            self.outputs.append(arms[0].output)
            self.order.append(arms[0].activation.label)

        def step(ensemble):
            (arm,) = ensemble.arms
            self.now += LOADS[arm.activation.label.lower()] * next(self.disturbed, 1.0)

        monkeypatch.setattr(Ensemble, "__init__", begin)
        monkeypatch.setattr(Ensemble, "forward", step)
        monkeypatch.setattr(Ensemble, "backward", lambda ensemble: None)


@pytest.fixture
def bench(monkeypatch):
    timing._measured.cache_clear()
    yield Bench(monkeypatch)
    timing._measured.cache_clear()


def of(*activations: str) -> list[Experiment]:
    return [replace(SMALL, activation=name) for name in activations]


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_seconds_are_those_of_a_step(bench, optimizer):
    runs = [replace(one, optimizer=optimizer) for one in of("relu", "sigmoid", "tanh")]
    assert timing.seconds_per_step(runs) == pytest.approx([0.25, 1.0, 2.0])


def test_what_disturbs_some_of_the_bursts_is_not_in_the_figure(bench):
    # The first turn of the first two, and all of the third run's but one burst.
    first = 2 * timing.BURSTS * timing.BURST
    bench.disturbed = iter([18.0] * first + [5.0] * (timing.BURSTS - 1) * timing.BURST)
    assert timing.seconds_per_step(of("relu", "sigmoid", "tanh")) == pytest.approx([0.25, 1.0, 2.0])


def test_runs_take_turns(bench):
    timing.seconds_per_step(of("relu", "tanh"))
    assert bench.order == ["ReLU", "tanh"] * timing.TURNS


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_step_is_timed_with_the_runs_own_output(bench, output):
    timing.seconds_per_step([replace(SMALL, output=output)])
    assert set(bench.outputs) == {OUTPUTS[output]}


def test_what_does_not_matter_is_not_measured_again(bench):
    (relu,) = of("relu")
    again = replace(relu, seed=7, steps=9, learning_rate=0.5)
    assert timing.seconds_per_step([relu, again]) == pytest.approx([0.25, 0.25])
    assert bench.order == ["ReLU"] * timing.TURNS
    timing.seconds_per_step([again])
    assert bench.order == ["ReLU"] * timing.TURNS
    timing.seconds_per_step(of("tanh"))
    assert bench.order[timing.TURNS :] == ["tanh"] * timing.TURNS


def test_a_clock_that_does_not_move_tells_nothing(bench, monkeypatch):
    monkeypatch.setitem(LOADS, "relu", 0.0)
    relu, tanh = timing.seconds_per_step(of("relu", "tanh"))
    assert math.isnan(relu)
    assert tanh == pytest.approx(2.0)
