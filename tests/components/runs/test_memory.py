"""What a run takes, counted from outside: by the resident memory of a process that trains it."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from components.runs.policy import MAX_BYTES
from models import Experiment
from models.cost import estimate

ROOT = Path(__file__).parents[3]
OWN = 6 << 20  # of the process itself, whatever the run: views, lists, code that is first used


def pair(first: str, second: str, **fields) -> list[Experiment]:
    experiment = Experiment(activation=first, **fields)
    return [experiment, experiment.with_activation(second)]


RUNS = {
    "widest and deepest": pair("relu", "sigmoid", depth=50, width=128, networks=1, steps=200),
    "frames beyond their budget": pair(
        "maxout", "tanh", depth=50, width=96, networks=1, steps=50, dtype="float64"
    ),
    "many narrow": pair("relu", "sigmoid", depth=50, width=10, networks=256, steps=50),
    "Adam": pair("relu", "tanh", depth=20, width=40, networks=64, steps=20, optimizer="adam"),
    "momentum in float64": pair(
        "elu", "tanh", depth=9, width=64, networks=40, steps=20, dtype="float64",
        optimizer="momentum",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, int]]:
    if sys.platform != "linux":
        pytest.skip("resident memory is read from /proc")
    asked = json.dumps([[asdict(e) for e in experiments] for experiments in RUNS.values()])
    script = [sys.executable, "-m", "tests.components.runs.measure_memory"]
    done = subprocess.run(script, input=asked, capture_output=True, text=True, cwd=ROOT)
    assert not done.returncode, done.stderr
    return dict(zip(RUNS, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.mark.parametrize("name", RUNS)
def test_no_run_takes_more_than_was_estimated(measured, name):
    estimated, peak = estimate(RUNS[name]).bytes, measured[name]["peak"]
    assert peak < 1.1 * estimated + OWN
    assert peak > 0.6 * estimated, "nor is it refused for what it would not take"


@pytest.mark.parametrize("name", RUNS)
def test_what_a_job_says_it_holds_is_what_it_holds(measured, name):
    rest, said = measured[name]["rest"], measured[name]["said"]
    assert said < rest + OWN
    assert rest < 1.15 * said + OWN


def test_what_cannot_fit_is_refused():
    assert (
        estimate(pair("maxout", "tanh", depth=50, width=128, networks=1, dtype="float64")).bytes
        > MAX_BYTES
    )
    assert estimate(RUNS["widest and deepest"]).bytes < MAX_BYTES
