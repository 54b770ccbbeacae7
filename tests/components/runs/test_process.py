"""Training in a process of its own: the same figures, and no harm where that process is lost."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from components.runs import Runs
from components.runs import process as module
from components.runs.job import key_of
from components.runs.process import LostTrainerError, RemoteTrainer, TrainerProcess
from models import Experiment, train, train_together
from tests.components.histories import assert_same
from tests.components.waiting import PATIENCE, until

SHORT = Experiment(activation="relu", depth=2, width=4, init="lab", steps=200, networks=5)
LONG = replace(SHORT, depth=4, steps=200_000, networks=32)


@pytest.fixture(scope="module")
def spared() -> Iterator[TrainerProcess]:
    """One for all tests that leave it alive: it reads all of PyTorch when it starts."""
    process = TrainerProcess()
    yield process
    process.stop()


@pytest.fixture
def process() -> Iterator[TrainerProcess]:
    """One of a test's own, to be lost."""
    process = TrainerProcess()
    yield process
    process.stop()


@pytest.fixture
def runs(process) -> Iterator[Runs]:
    runs = Runs()
    runs.train_in(process)
    yield runs
    runs.stop()


def to_the_end(trainer: RemoteTrainer, slice_seconds: float = 0.01) -> None:
    while not trainer.finished:
        before = trainer.step
        trainer.advance(slice_seconds)
        assert trainer.step > before


def test_its_figures_are_those_of_training_here_to_the_bit(spared):
    pair = [replace(SHORT, steps=3_000), replace(SHORT, activation="sigmoid", steps=3_000)]
    trainer = spared.trainer(pair)
    to_the_end(trainer)
    for history, expected in zip(trainer.histories(), train_together(pair), strict=True):
        assert_same(history, expected)
        assert history.seconds > 0


def test_a_run_is_taken_further_and_rests_between(spared):
    trainer = spared.trainer([SHORT])
    to_the_end(trainer)
    awake = trainer.nbytes
    trainer.rest()
    assert 0 < trainer.nbytes < awake
    (first,) = trainer.histories()
    trainer.extend(1_000)
    assert trainer.target == 1_000
    assert trainer.seconds_until(1_000) > 0
    to_the_end(trainer)
    assert_same(trainer.histories()[0], train(replace(SHORT, steps=1_000)))
    assert_same(first, train(SHORT))


def test_of_more_than_two_runs_no_parameters_are_kept(spared):
    trainer = spared.trainer([SHORT.with_activation(name) for name in ("relu", "tanh", "elu")])
    to_the_end(trainer)
    assert len(trainer.histories()[0].kept) == 0


def test_several_live_side_by_side_and_one_that_nobody_holds_is_let_go(spared):
    one, other = spared.trainer([SHORT]), spared.trainer([replace(SHORT, seed=9)])
    to_the_end(one)
    to_the_end(other)
    assert_same(other.histories()[0], train(replace(SHORT, seed=9)))
    number = one._number
    del one
    other.rest()  # the next request says so
    with pytest.raises(KeyError, match=f"{number}"):
        spared.ask(spared.number, 0.0, "rest", number, [(0, 0)], ())


def test_what_goes_wrong_there_is_told_here(spared):
    with pytest.raises(ValueError, match="share their seed") as raised:
        spared.trainer([SHORT, replace(SHORT, seed=2)])
    assert "Trainer" in raised.value.__notes__[0], "with where it happened"
    to_the_end(spared.trainer([SHORT]))


def test_when_it_is_killed_its_trainers_are_lost_and_the_next_one_gets_a_new_process(process):
    trainer, idle = process.trainer([LONG]), process.trainer([SHORT])
    killed = process.number
    threading.Timer(0.2, os.kill, (killed, signal.SIGKILL)).start()
    with pytest.raises(LostTrainerError) as lost:
        trainer.advance(PATIENCE)
    assert lost.value.asked
    to_the_end(process.trainer([SHORT]))
    assert process.number != killed
    with pytest.raises(LostTrainerError) as lost:
        idle.advance(0.01)
    assert not lost.value.asked
    idle._resting = False
    idle.rest()  # nothing is left to be freed
    assert_same(idle.histories()[0].until(0), train(SHORT).until(0))


def test_when_it_hangs_it_is_ended():
    process = TrainerProcess(patience=0.3)
    try:
        trainer = process.trainer([LONG])
    except LostTrainerError:
        process._patience = PATIENCE  # a slow machine: to start took longer
        trainer = process.trainer([LONG])
        process._patience = 0.3
    os.kill(process.number, signal.SIGSTOP)
    with pytest.raises(LostTrainerError, match="did not answer"):
        trainer.advance(0.0)
    assert process.number is None
    process.stop()


@pytest.mark.parametrize("program", ["import sys; sys.exit(3)", None], ids=["ends", "no program"])
def test_where_there_can_be_no_such_process_everything_is_trained_here(monkeypatch, program):
    if program:
        monkeypatch.setattr(module, "START", program)
    else:
        monkeypatch.setattr(module.sys, "executable", "/no/such/python")
    process, runs = TrainerProcess(), Runs()
    runs.train_in(process)
    try:
        done = runs.visit("a").watch([SHORT], PATIENCE)
        assert done.error is None
        assert_same(done.histories[0], train(SHORT))
        assert not process.usable
    finally:
        runs.stop()


def test_it_ends_with_whoever_started_it():
    script = (
        "import os, time\n"
        "from components.runs.process import TrainerProcess\n"
        "from models import Experiment\n"
        "process = TrainerProcess()\n"
        "trainer = process.trainer([Experiment(steps=200_000)])\n"
        "print(process.number, flush=True)\n"
        "while True: trainer.advance(0.1)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()

    def gone() -> bool:
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return True
        with open(f"/proc/{child}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"

    until(gone)


def test_runs_are_trained_there_and_a_lost_one_is_begun_anew(runs, process):
    def look(wait: float = 0.0):
        return runs.visit("a").watch([LONG], wait)

    look()
    until(lambda: look().step > 0)
    job = runs._jobs[key_of([LONG])]
    assert isinstance(job.trainer, RemoteTrainer)
    first = process.number
    os.kill(first, signal.SIGKILL)
    until(lambda: process.number not in (None, first) and look() and job.trainer is not None)
    before = look().step
    until(lambda: look().step > before)
    assert look().error is None
    done = runs.visit("b").watch([SHORT], PATIENCE)
    assert_same(done.histories[0], train(SHORT))


def test_a_run_over_which_the_process_is_lost_twice_fails_and_the_others_do_not(runs, process):
    deadly, sound = LONG, replace(SHORT, seed=7)

    def attack() -> None:
        job = runs._jobs.get(key_of([deadly]))
        if job and job.trainer and process.number:
            os.kill(process.number, signal.SIGKILL)

    def look():
        progress = runs.visit("a").watch([deadly])
        attack()
        time.sleep(0.02)
        return progress

    until(lambda: look().error is not None)
    assert "ended (-9)" in look().error
    done = runs.visit("b").watch([sound], PATIENCE)
    assert done.error is None
    assert_same(done.histories[0], train(sound))


def test_the_trainer_stops_within_five_seconds_even_if_its_process_hangs():
    process = TrainerProcess()
    runs = Runs()
    runs.train_in(process)
    runs.visit("a").watch([LONG])
    until(lambda: runs.visit("a").watch([LONG]).step > 0)
    number = process.number
    os.kill(number, signal.SIGSTOP)
    stopper = threading.Thread(target=runs.stop)
    stopper.start()
    stopper.join(5.0)
    assert not stopper.is_alive()
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
