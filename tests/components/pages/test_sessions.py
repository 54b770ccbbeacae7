"""What a session holds while its page stays open: names of things, not the things themselves."""

import gc
import weakref

import numpy as np
import pytest

from components.runs import policy, shared_runs, watching
from components.settings.state.items import PANELS
from models import History
from tests.components.page import Page
from tests.components.waiting import until


@pytest.fixture
def no_room(monkeypatch):
    """A server nobody else asks, which keeps nothing beside what is asked for right now."""
    shared_runs.cache_clear()
    monkeypatch.setattr(policy, "CACHE_BYTES", 1)
    monkeypatch.setattr(watching, "WATCH_SECONDS", 0.05)


def memory_of(histories: tuple[History, ...]) -> list[weakref.ref]:
    """References to the blocks of memory in which histories lie, which keep none of them."""
    blocks = []
    for history in histories:
        # The bins' edges are the same for every run.
        fields = {k: v for k, v in vars(history).items() if k != "pre_activation_edges"}
        arrays = [value for value in fields.values() if isinstance(value, np.ndarray)]
        for array in (*arrays, *history.frames):
            blocks += [array] if array.base is None else [array, array.base]
    return [weakref.ref(block) for block in blocks]


def run_of(page: Page) -> list[weakref.ref]:
    """What the run that a page shows lies in."""
    progress = shared_runs().visit("test").watch(page.experiments)
    assert progress.finished
    return memory_of(progress.histories)


def all_gone(memory: list[weakref.ref]) -> bool:
    """Whether nothing holds any of it, garbage apart."""
    gc.collect()
    return all(reference() is None for reference in memory)


@pytest.mark.parametrize("panel", [None, *PANELS])
def test_an_open_page_holds_nothing_of_a_run_that_was_dropped(no_room, panel):
    page = Page(seed=71, **({"inside": panel} if panel else {}))
    memory = run_of(page)
    assert len(memory) > 20
    assert not all_gone(memory), "the cache has it"
    until(lambda: not shared_runs().watches.held())
    Page(seed=72)
    until(lambda: all_gone(memory))
    page.set("compare", "tanh")
    assert page.settled, "and the page goes on"
