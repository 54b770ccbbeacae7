"""Which step is looked at, and what is remembered of it."""

import pytest

from components.panels.inside.choices import END, step_now
from tests.components.page import Page
from tests.components.panels.inside.looking import SMALL, histories, key


def test_the_chosen_step_survives_a_longer_and_another_run():
    page = Page(**SMALL, seed=72, inside="points")
    assert page.app.select_slider(key=key(page, "step ")).value == END, (
        "the points are first shown at the end"
    )
    page.set("steps", 200)
    assert page.app.select_slider(key=key(page, "step ")).value == END, (
        "who is at the end stays there"
    )
    page.set(key(page, "step "), 50)
    page.set("steps", 500)
    assert page.app.select_slider(key=key(page, "step ")).value == 50
    page.set("seed", 73)
    assert page.app.select_slider(key=key(page, "step ")).value == 50
    page.set(key(page, "step "), END)
    page.set("steps", 100)
    assert page.app.select_slider(key=key(page, "step ")).value == END


@pytest.mark.parametrize(
    ("panel", "control", "values"),
    [("points", "seed", range(75, 85)), ("chain", "depth", range(4, 14))],
)
def test_settings_of_the_past_leave_nothing_in_the_session(panel, control, values):
    page = Page(**SMALL, seed=74, inside=panel)

    def keys() -> set[str]:
        return {key for key in page.app.session_state if not key.startswith("remedy ")}

    before = keys()
    for value in values:
        page.set(control, value)
    after = keys()
    assert len(after) <= len(before) + 1, after - before


@pytest.mark.parametrize(
    ("chosen", "start", "now"),
    [
        (None, END, END),
        (None, 0, 0),
        (0, END, 0),
        (20, 0, 20),
        (30, 0, 20),
        (99, 0, 50),
        (100, 0, END),
        (500, 0, END),
        (END, 0, END),
    ],
)
def test_the_step_that_was_chosen_is_found_again_in_a_longer_or_shorter_run(chosen, start, now):
    assert step_now([0, 10, 20, 50, 100], chosen, start) == now


@pytest.mark.parametrize(("panel", "start"), [("points", END), ("network", 0)])
def test_a_step_that_nobody_moved_stays_at_its_start_or_at_the_end(panel, start):
    page = Page(**SMALL, seed=76, inside=panel)
    for steps in (100, 200, 500):
        page.set("steps", steps)
        slider = page.app.select_slider(key=key(page, "step "))
        assert slider.value == start
        assert slider.label == page.words("inside.step", last=f"{steps}")
        assert len(slider.options) == len(histories(page)[0].frame_steps)


def test_a_step_at_another_place_has_another_slider():
    """A browser remembers places: its answer for an earlier slider must not count for this one."""
    page = Page(**SMALL, seed=78, inside="points")
    first = key(page, "step ")
    page.set("steps", 200)
    second = key(page, "step ")
    assert second != first, "the end has moved"
    page.set(second, 20)
    assert key(page, "step ") == second, "a slider that is moved stays in place"
    page.set("steps", 500)
    assert key(page, "step ") == second, "so does a step that is where it was"
    assert page.app.select_slider(key=second).value == 20


def test_an_answer_of_a_browser_that_knows_only_earlier_steps_is_still_the_end():
    """While a run goes on a browser is asked again before it was told how far the run is."""
    page = Page(**SMALL, seed=77, inside="points")
    before = page.app.select_slider(key=key(page, "step ")).options
    page.set("steps", 500)
    slider = page.app.select_slider(key=key(page, "step "))
    assert slider.options[-1] == before[-1] == page.words("inside.end")
    assert slider.options[: len(before) - 1] == before[:-1], "what it says is understood later"
