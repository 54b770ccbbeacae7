"""One job as a page's thread reads it while the worker publishes."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from components.runs import job as job_module
from components.runs.job import Job
from models import Experiment, History, train

SHORT = Experiment(activation="tanh", depth=1, width=2, steps=100, networks=2)


class Publishing(Job):
    """A job whose worker publishes the next of its states between any two reads."""

    states: list[tuple[History, ...] | None]

    @property
    def histories(self) -> tuple[History, ...] | None:
        return self.states.pop(0) if len(self.states) > 1 else self.states[0]

    @histories.setter
    def histories(self, value: tuple[History, ...] | None) -> None:
        self.states = [value]


def test_a_look_is_of_one_moment():
    """The step that is told is that of the figures, whatever is published meanwhile."""
    end = train(SHORT)
    for first, then in ((None, end), (end.until(50), end), (end, train(replace(SHORT, steps=200)))):
        job = Publishing([SHORT])
        job.states = [(first,) if first else None, (then,)]
        progress = job.progress(100)
        step = first.steps[-1] if first else 0
        assert progress.step == step
        assert progress.finished == (step == 100)
        if first:
            np.testing.assert_array_equal(progress.histories[0].loss, first.loss)


def test_even_a_job_that_was_never_trained_holds_something():
    """Else those who move a control before their run has begun pile up jobs without end."""
    tracemalloc.start()
    jobs = [Job([replace(SHORT, seed=seed)]) for seed in range(20)]
    for job in jobs[10:]:
        while job.owes(100):
            job.train_slice(100)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert sum(job.nbytes for job in jobs[:10]) > 10_000
    assert 0.5 * held < sum(job.nbytes for job in jobs) < 3 * held


@pytest.fixture
def trained() -> Job:
    """A job at its end."""
    job = Job([replace(SHORT, networks=64)])
    while job.owes(100):
        job.train_slice(100)
    return job


def test_a_failure_takes_nothing_from_what_was_reached(trained):
    trained.fail(MemoryError("too large"), 200)
    assert trained.error(100) is trained.progress(100).error is None
    assert trained.error(200)


def test_what_was_reached_is_shown_to_who_asks_for_more(trained):
    (shown,) = trained.progress(200).histories
    assert shown.experiment.steps == 200
    assert shown.steps[-1] == 100


def test_a_failed_job_costs_what_it_cost_before_it_began(trained):
    trained.fail(MemoryError("too large"), 200)
    assert trained.cost(200) == Job(trained.experiments).cost(200)


def test_what_is_done_costs_no_less_than_nothing(trained):
    assert trained.cost(50).seconds == trained.cost(100).seconds >= 0


def test_a_job_at_its_end_rests(trained):
    held = trained.nbytes
    trained.rest()
    assert trained.nbytes == held


def test_the_buffers_of_a_job_that_is_awake_are_counted(monkeypatch):
    monkeypatch.setattr(job_module, "SLICE_SECONDS", 1e-9)
    job = Job([replace(SHORT, networks=256, width=20, depth=5)])
    job.train_slice(100)
    awake = job.nbytes
    job.rest()
    assert job.nbytes < 0.8 * awake


def test_all_who_look_at_the_same_steps_are_shown_the_same_objects():
    """So what is found out about them is found out once."""
    job = Job([SHORT])
    job.publish([train(replace(SHORT, steps=200))])
    shown = job.progress(100).histories
    assert job.progress(100).histories is shown
    longer = job.progress(200).histories
    assert [each[0].steps[-1] for each in (shown, longer)] == [100, 200]
    assert job.progress(100).histories is shown
    job.publish([train(replace(SHORT, steps=500))])
    assert job.progress(200).histories is not longer, "others were published"
    assert job.progress(500).histories[0].experiment.steps == 500
