"""How a page asks: how long it waits, how often, and when it draws."""

import time
from types import SimpleNamespace

import pytest

from components.runs import Handed, Progress, polling

EXPERIMENTS = ["an experiment"]


class Asked:
    """A visit that notes how it was asked, and answers what it is told."""

    def __init__(self, *answers: Progress):
        self.answers, self.waits = list(answers), []

    def watch(self, experiments, wait=0.0, again=0.0) -> Progress:
        assert experiments is EXPERIMENTS
        assert again == 7.0
        self.waits.append(wait)
        return self.answers.pop(0)


def at(step: int, left: float | None, error: str | None = None) -> Progress:
    return Progress(("a history",), step, 100, left, error)


DONE = at(100, 0.0)


@pytest.mark.parametrize(
    ("look", "wait", "soon"),
    [
        (polling.first_look, polling.FIRST_LOOK_SECONDS, polling.FIRST_LOOK_SECONDS / 2),
        (polling.next_look, 0.0, polling.LAST_SECONDS),
    ],
)
def test_an_end_that_comes_soon_is_waited_for(look, wait, soon):
    far, near = at(10, soon * 1.01), at(90, soon * 0.99)
    for first, waits, answer in ((far, [wait], far), (near, [wait, 2 * soon], DONE)):
        asked = Asked(first, DONE)
        assert look(asked, EXPERIMENTS, 7.0) is answer
        assert asked.waits == waits
    for first in (DONE, at(10, None), at(10, 0.01, "failed")):
        asked = Asked(first)
        assert look(asked, EXPERIMENTS, 7.0) is first, "nothing to wait for"


def test_in_a_crowd_a_page_looks_more_seldom():
    pauses = [polling.pause(SimpleNamespace(crowd=crowd)) for crowd in (0, 1, 3, 6, 30, 1_000)]
    assert pauses == pytest.approx([0.35, 0.35, 0.35, 0.7, 3.5, 3.5])


@pytest.mark.parametrize(
    ("progress", "crowd", "waits"),
    [(DONE, 100, False), (at(1, 5.0), 3, False), (at(1, 5.0), 4, True)],
)
def test_a_run_is_drawn_when_it_is_done_or_few_wait(progress, crowd, waits):
    assert polling.has_to_wait(SimpleNamespace(crowd=crowd), progress) == waits


@pytest.mark.parametrize("end", [DONE, at(60, 1.0)], ids=["its end", "the others' leaving"])
def test_who_stands_in_line_is_told_how_far_it_is_and_comes_out_at(end):
    first, second = at(10, 9.0), at(50, 5.0)
    asked, told = Asked(second, end), []
    asked.runs = SimpleNamespace(crowd=100)

    def tell(progress: Progress) -> None:
        told.append(progress)
        if progress is second:
            asked.runs.crowd = polling.LIVE_CROWD if end is not DONE else 100

    now = time.monotonic()
    assert polling.stand_in_line(asked, EXPERIMENTS, 7.0, first, now, tell) is end
    assert told == [first, second]
    assert asked.waits == 2 * [polling.TELL_SECONDS]


@pytest.mark.parametrize(("step", "comes_out"), [(10, True), (0, False)])
def test_a_long_run_is_drawn_now_and_then_if_it_has_anything_to_show(step, comes_out):
    asked, told = Asked(DONE), []
    asked.runs = SimpleNamespace(crowd=100)
    first, long_ago = at(step, 60.0), time.monotonic() - polling.LINE_SECONDS - 1
    end = polling.stand_in_line(asked, EXPERIMENTS, 7.0, first, long_ago, told.append)
    assert (end is first) == comes_out
    assert told == [] if comes_out else [first]


def test_what_is_handed_over_once_is_held_no_longer():
    class Large:
        pass

    import weakref

    value = Large()
    once, gone = Handed(value), weakref.ref(value)
    assert once.take() is value
    del value
    assert gone() is None
    assert once.take() is None
