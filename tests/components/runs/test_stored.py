"""Finished runs in common: each is trained once, whoever asks, and nothing depends on the store."""

import functools
import hashlib
import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from components.runs import Progress, Runs, job, shared, stored
from components.runs.job import key_of
from components.runs.stored import name_of, packed, unpacked
from components.serving.store import DirectoryStore, MemoryStore, StoreError
from models import Experiment, Trainer, train, train_together, version
from models.version import engine_version
from tests.components.histories import assert_same
from tests.components.waiting import PATIENCE, trainers, until

ROOT = Path(__file__).parents[3]
SHORT = Experiment(activation="tanh", depth=2, width=4, init="lab", steps=200, networks=3)
PAIR = (SHORT, SHORT.with_activation("relu"))
LONG = replace(SHORT, depth=3, steps=200_000, networks=8)


class Spy(Trainer):
    """A trainer that is counted."""

    built: list[tuple[Experiment, ...]]
    strangers: list[threading.Thread]  # that train for pages of earlier tests

    def __init__(self, experiments, keep=None):
        if threading.current_thread() not in Spy.strangers:
            Spy.built.append(tuple(experiments))
        super().__init__(experiments, keep)


@pytest.fixture(autouse=True)
def spy(monkeypatch) -> type[Spy]:
    Spy.built = []
    Spy.strangers = trainers()
    monkeypatch.setattr(job, "Trainer", Spy)
    return Spy


@pytest.fixture
def servers() -> Iterator[Callable[[object], Runs]]:
    """Makes trainers as of several processes, with a store in common."""
    made = []

    def make(store) -> Runs:
        made.append(Runs())
        made[-1].share(store)
        return made[-1]

    yield make
    for runs in made:
        runs.stop()


def finish(runs: Runs, *experiments: Experiment) -> Progress:
    deadline = time.monotonic() + PATIENCE
    while not (progress := runs.visit("a").watch(experiments, wait=0.1)).finished:
        assert time.monotonic() < deadline, "the run never finished"
    return progress


def bytes_of(*experiments: Experiment) -> bytes:
    trainer = Trainer(experiments)
    trainer.advance()
    return packed(trainer.records([(0, 0)] * len(experiments)), trainer.seconds)


def test_a_run_is_the_same_after_the_way_through_bytes():
    histories = unpacked(bytes_of(*PAIR), PAIR, SHORT.steps)
    for history, expected in zip(histories, train_together(PAIR), strict=True):
        assert_same(history, expected)
    assert histories[0].seconds == histories[1].seconds > 0


def test_what_are_not_the_bytes_of_this_run_is_refused():
    right = bytes_of(*PAIR)
    flipped = bytearray(right)
    flipped[len(right) // 2] ^= 0xFF
    wrong = {
        "nothing": b"",
        "noise": os.urandom(1_000),
        "cut": right[:-100],
        "a bit": bytes(flipped),
        "one run": bytes_of(SHORT),
        "longer": bytes_of(*(replace(each, steps=300) for each in PAIR)),
        "wider": bytes_of(*(replace(each, width=5) for each in PAIR)),
    }
    for name, data in wrong.items():
        with pytest.raises(ValueError, match="not a run"):
            unpacked(data, PAIR, SHORT.steps)
            raise AssertionError(name)


def forged(change: Callable[[dict], object]) -> bytes:
    """A run whose description somebody changed, under a digest that is right."""
    body = bytes_of(*PAIR)[32:]
    (length,) = struct.unpack_from("<I", body)
    about = json.loads(body[4 : 4 + length])
    about = json.dumps(change(about) or about).encode()
    body = struct.pack("<I", len(about)) + about + body[4 + length :]
    return hashlib.sha256(body).digest() + body


FORGERIES = {
    "a time beyond all floats": lambda about: about.update(seconds=10**400),
    "objects": lambda about: about["arrays"][1].__setitem__(0, "O"),
    "a field of objects": lambda about: about["arrays"][1].__setitem__(0, "O,f8"),
    "texts": lambda about: about["arrays"][1].__setitem__(0, "<U8"),
    "no type": lambda about: about["arrays"][1].__setitem__(0, "from os import system"),
    "terabytes": lambda about: about["arrays"][1].__setitem__(1, [1 << 40]),
    "more than there is": lambda about: about["arrays"][1].__setitem__(1, [1 << 40, 1 << 40]),
    "turned": lambda about: about["arrays"][1][1].reverse(),
    "below nothing": lambda about: about["arrays"][1].__setitem__(1, [-1, 3]),
    "a half": lambda about: about["arrays"][1].__setitem__(1, [1.5, 3]),
    "one fewer": lambda about: about["arrays"].pop(),
    "a time that is none": lambda about: about.update(seconds=float("nan")),
    "a list": lambda about: [about],
    "deep": lambda about: functools.reduce(lambda inner, _: [inner], range(900), 0),
    "long": lambda about: about.update(more="x" * 100_000),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_run_is_refused_and_takes_no_memory(forgery):
    assert unpacked(forged(lambda about: None), PAIR, SHORT.steps), "the forger can forge"
    data = forged(FORGERIES[forgery])
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="not a run"):
            unpacked(data, PAIR, SHORT.steps)
        assert tracemalloc.get_traced_memory()[1] < 3 * len(data) + (1 << 20)
    finally:
        tracemalloc.stop()


def test_a_name_tells_apart_what_is_not_the_same(monkeypatch):
    names = {
        name_of(PAIR, 200),
        name_of(PAIR, 300),
        name_of([*PAIR, SHORT], 200),
        name_of(PAIR[::-1], 200),
        name_of([replace(SHORT, seed=1), PAIR[1]], 200),
    }
    assert len(names) == 5
    assert name_of([replace(each, steps=7) for each in PAIR], 200) in names
    monkeypatch.setattr(stored, "engine_version", lambda: "another engine")
    assert name_of(PAIR, 200) not in names


def test_the_engine_is_another_one_once_a_source_changes(tmp_path, monkeypatch):
    before = engine_version.__wrapped__()
    assert before == engine_version()
    for path in (ROOT / "models").rglob("*.py"):
        copy = tmp_path / path.relative_to(ROOT / "models")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(version, "__file__", str(tmp_path / "version.py"))
    assert engine_version.__wrapped__() == before
    (tmp_path / "optimizers.py").write_text("# another rule\n")
    assert engine_version.__wrapped__() != before


def test_too_large_a_run_is_not_packed(monkeypatch):
    monkeypatch.setattr(stored, "MOST_BYTES", 1_000)
    assert packed(Trainer([SHORT]).records([(0, 0)]), 1.0) is None


def test_what_one_process_has_trained_another_one_shows(servers, tmp_path):
    first = finish(servers(DirectoryStore(tmp_path)), *PAIR)
    second = finish(servers(DirectoryStore(tmp_path)), *PAIR)
    assert len(Spy.built) == 1
    for history, other in zip(second.histories, first.histories, strict=True):
        assert_same(history, other)


def test_what_is_shown_can_be_taken_further(servers, tmp_path):
    finish(servers(DirectoryStore(tmp_path)), SHORT)
    other = servers(DirectoryStore(tmp_path))
    finish(other, SHORT)
    longer = replace(SHORT, steps=500)
    (history,) = finish(other, longer).histories
    assert_same(history, train(longer))
    assert [run[0].steps for run in Spy.built] == [200, 500]
    assert finish(servers(DirectoryStore(tmp_path)), longer).finished
    assert len(Spy.built) == 2


def test_two_that_are_asked_at_the_same_moment_train_it_once(servers):
    store = MemoryStore()
    slow = replace(SHORT, steps=20_000)
    asked = [threading.Thread(target=finish, args=(servers(store), slow)) for _ in range(4)]
    for thread in asked:
        thread.start()
    for thread in asked:
        thread.join(PATIENCE)
    assert Spy.built == [(slow,)]


def test_who_is_no_longer_watched_leaves_the_work_to_others(servers, monkeypatch):
    monkeypatch.setattr("components.runs.watching.WATCH_SECONDS", 0.2)
    store = MemoryStore()
    first, second = servers(store), servers(store)
    first.visit("a").watch([LONG])
    until(lambda: first.visit("a").watch([LONG]).step > 0)
    second.visit("b").watch([LONG])
    until(lambda: second.visit("b").watch([LONG]).step > 0)
    assert Spy.built == [(LONG,), (LONG,)]


KILLED = """
import sys, time
from pathlib import Path
from components.runs import Runs
from components.serving.store import DirectoryStore
from models import Experiment
runs = Runs()
runs.share(DirectoryStore(Path(sys.argv[1])))
experiment = eval(sys.argv[2])
while True:
    if runs.visit("a").watch([experiment]).step > 0:
        print("training", flush=True)
    time.sleep(0.02)
"""


def test_what_a_killed_process_was_training_another_one_trains(servers, tmp_path):
    run = replace(LONG, steps=20_000)
    other = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path), repr(LONG)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout.readline() == "training\n"
    here = servers(DirectoryStore(tmp_path))
    here.visit("a").watch([LONG])
    until(lambda: here._jobs[key_of([LONG])].asked_elsewhere > 0)
    assert here.visit("a").watch([LONG]).step == 0, "the other one does it"
    other.send_signal(signal.SIGKILL)
    other.wait()
    until(lambda: here.visit("a").watch([LONG]).step > 0)
    assert finish(here, run).finished


class Failing(MemoryStore):
    """A store that cannot be used."""

    asked = 0

    def get(self, name):
        Failing.asked += 1
        raise StoreError("read-only, full, or gone")

    put = claim = update = get


def test_without_its_store_everything_is_trained_and_it_is_left_alone_for_a_while(servers):
    Failing.asked = 0
    runs = servers(Failing())
    for seed in range(3):
        run = replace(SHORT, seed=seed)
        assert_same(finish(runs, run).histories[0], train(run))
    assert Failing.asked == 1


def test_a_store_that_fails_at_the_end_harms_nobody(servers):
    class Full(MemoryStore):
        def put(self, name, data, seconds=None):
            raise StoreError("no space left")

    store = Full()
    assert_same(finish(servers(store), SHORT).histories[0], train(SHORT))
    until(lambda: not store._claimed)


def test_garbage_in_the_store_is_trained_anew_and_replaced(servers, tmp_path):
    store = DirectoryStore(tmp_path)
    store.put(name_of([SHORT], SHORT.steps), b"garbage")
    assert_same(finish(servers(store), SHORT).histories[0], train(SHORT))
    until(lambda: store.get(name_of([SHORT], SHORT.steps)) != b"garbage")
    assert len(Spy.built) == 1
    finish(servers(DirectoryStore(tmp_path)), SHORT)
    assert len(Spy.built) == 1


def test_a_pipe_in_the_store_keeps_nobodys_training_waiting(servers, tmp_path):
    store = DirectoryStore(tmp_path)
    store.put("any", b"")  # makes the directory
    os.mkfifo(store._file(name_of([SHORT], SHORT.steps)))
    runs = servers(store)
    for run in (SHORT, replace(SHORT, seed=1)):
        assert_same(finish(runs, run).histories[0], train(run))
    until(lambda: store.get(name_of([SHORT], SHORT.steps)))
    assert finish(servers(store), SHORT).error is None
    assert len(Spy.built) == 2, "and what lay there has given way to the run"


def test_a_run_that_fails_is_not_shared_and_not_claimed_for_ever(servers, monkeypatch):
    class Broken(Trainer):
        def __init__(self, *args):
            raise RuntimeError("on purpose")

    monkeypatch.setattr(job, "Trainer", Broken)
    store = MemoryStore()
    assert finish(servers(store), SHORT).error is not None
    assert not store._kept
    monkeypatch.setattr(job, "Trainer", Spy)
    assert finish(servers(store), SHORT).error is None


def test_what_is_trained_ahead_is_trained_by_one(servers, monkeypatch):
    monkeypatch.setattr(shared, "QUIET_SECONDS", 0.0)
    store = MemoryStore()
    two = [servers(store), servers(store)]
    for runs in two:
        runs.train_ahead([[replace(SHORT, steps=3_000)]])
    for runs in two:
        until(lambda runs=runs: runs.known([replace(SHORT, steps=3_000)]))
    assert len(Spy.built) == 1
    assert key_of([SHORT]) in two[0]._jobs
