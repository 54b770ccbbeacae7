"""What goes wrong in the middle of a run: nothing is left behind, and nobody else is hurt."""

import asyncio
import itertools
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from components.pages import lab
from components.runs import Runs, polling
from components.serving.store import DirectoryStore
from models import Experiment
from tests.benchmarks.clients import visit
from tests.benchmarks.server import serve
from tests.components.page import Page
from tests.seldom import seldom

PATIENCE = 120.0
STOP_SECONDS = 5.0
ENDLESS = "steps=200000&networks=16&depth=4&width=10&compare=none"
SHORT = Experiment(activation="tanh", depth=2, width=4, init="lab", steps=2_000, networks=3)


async def begun(port: int) -> None:
    """Open a page and wait until its run is on its way."""
    async with visit(port, ENDLESS) as client:
        end = time.monotonic() + PATIENCE
        while client.drawn["vega_lite_chart"] < 4:
            assert time.monotonic() < end, "it was never drawn"
            await asyncio.sleep(0.05)
        assert not client.settled.is_set()


@pytest.mark.skipif(sys.platform != "linux", reason="processes are read from /proc")
@pytest.mark.parametrize(
    "how", [signal.SIGTERM, seldom(signal.SIGINT)], ids=["told to stop", "Ctrl+C"]
)
@pytest.mark.usefixtures("served_as_trained")
def test_a_server_that_is_stopped_in_the_middle_of_a_run_ends_and_leaves_nothing(how):
    with serve() as server:
        asyncio.run(begun(server.port))
        others = [process for process in server.processes() if process != server.process.pid]
        assert others, "the trainer's"
        server.process.send_signal(how)
        server.process.wait(STOP_SECONDS)
        end = time.monotonic() + STOP_SECONDS
        while any(Path(f"/proc/{other}/exe").exists() for other in others):
            assert time.monotonic() < end, "a process was left behind"
            time.sleep(0.05)
        assert server.failures() == 0


@pytest.mark.usefixtures("served_as_trained")
def test_the_server_survives_the_loss_of_its_trainer(fresh):
    """Whoever waits is shown the end all the same: it is begun anew."""

    async def lose(server) -> tuple[int, list[str]]:
        link = "steps=20000&networks=64&depth=3&compare=none&activation=tanh"
        async with visit(server.port, f"{link}&seed={fresh(5)}") as client:
            end = time.monotonic() + PATIENCE
            while client.drawn["vega_lite_chart"] < 4:
                assert time.monotonic() < end
                await asyncio.sleep(0.05)
            (trainer,) = (p for p in server.processes() if p != server.process.pid)
            os.kill(trainer, signal.SIGKILL)
            await client.settle(PATIENCE)
            return client.drawn["vega_lite_chart"], client.problems

    with serve() as server:
        drawn, problems = asyncio.run(lose(server))
        assert problems == []
        assert drawn > 4


def test_who_has_left_the_line_is_trained_for_no_longer(monkeypatch):
    monkeypatch.setattr(polling, "LIVE_CROWD", -1)
    monkeypatch.setattr(lab, "is_connected", lambda: False)
    asked, watch = [], Runs.watch

    def counted(runs, *arguments):
        asked.append(arguments)
        return watch(runs, *arguments)

    monkeypatch.setattr(Runs, "watch", counted)
    link = {"steps": 200_000, "networks": 8, "depth": 2, "width": 4, "compare": "none"}
    page = Page(seed=987_801, **link, settle=False)
    assert len(asked) == 1, "it looked once, and stopped"
    assert page.charts() == []
    assert not page.app.exception


@pytest.mark.parametrize("jump", [-1e6, 1e6], ids=["back", "ahead"])
def test_a_clock_that_jumps_changes_no_run(monkeypatch, tmp_path, jump):
    """What is measured is measured by a clock that cannot be set."""
    runs, real, jumps = Runs(), time.time, itertools.count()
    monkeypatch.setattr(time, "time", lambda: real() + jump * (next(jumps) % 3))
    store = DirectoryStore(tmp_path)
    try:
        runs.share(store)
        done = runs.visit("a").watch([SHORT], PATIENCE)
        assert done.finished
        assert done.error is None
        again = Runs()
        again.share(DirectoryStore(tmp_path))
        assert again.visit("b").watch([SHORT], PATIENCE).finished
        again.stop()
        longer = replace(SHORT, steps=5_000)
        assert runs.visit("a").watch([longer], PATIENCE).finished
    finally:
        runs.stop()


def test_a_tab_that_slept_for_an_hour_is_somebody_new_and_gets_its_run(monkeypatch):
    """All that was remembered of it is gone; its own visit still says what it wants."""
    runs = Runs()
    try:
        visit_before = runs.visit("sleeper")
        assert visit_before.watch([SHORT], PATIENCE).finished
        with runs._lock:
            runs._jobs.clear()
        now = time.monotonic
        monkeypatch.setattr(runs.watches, "_clock", lambda: now() + 3_700)
        runs.watches.forget_old()
        assert not runs.watches._sessions
        assert visit_before.watch([SHORT], PATIENCE).finished
        assert runs.visit("sleeper").watch([SHORT], PATIENCE).finished
    finally:
        runs.stop()
