"""Which step is looked at, and what is remembered of it."""

import pytest

from components.panels.inside.choices import step_now
from tests.components.inside.looking import SMALL
from tests.components.page import Page


def test_the_chosen_step_survives_a_longer_and_another_run():
    page = Page(**SMALL, seed=72, inside="points")
    steps = page.app.select_slider(key="step points")
    assert steps.value == 100, "the points are first shown at the end"
    page.set("steps", 200)
    assert page.app.select_slider(key="step points").value == 200, "who is at the end stays there"
    page.set("step points", 50)
    page.set("steps", 500)
    assert page.app.select_slider(key="step points").value == 50
    page.set("seed", 73)
    assert page.app.select_slider(key="step points").value == 50
    page.set("step points", 500)
    page.set("steps", 100)
    assert page.app.select_slider(key="step points").value == 100


@pytest.mark.parametrize(
    ("panel", "control", "values"),
    [("points", "seed", range(75, 85)), ("chain", "depth", range(4, 14))],
)
def test_settings_of_the_past_leave_nothing_in_the_session(panel, control, values):
    page = Page(**SMALL, seed=74, inside=panel)
    before = set(page.app.session_state.keys())
    for value in values:
        page.set(control, value)
    after = set(page.app.session_state.keys())
    assert len(after) <= len(before) + 1, after - before


@pytest.mark.parametrize(
    ("chosen", "end", "now"),
    [
        (None, None, 100),
        (None, 50, 100),
        (0, 50, 0),
        (20, 50, 20),
        (30, 50, 20),
        (50, 50, 100),
        (100, 100, 100),
        (500, 1_000, 100),
        (1_000, 1_000, 100),
    ],
)
def test_the_step_that_was_chosen_is_found_again_in_a_longer_or_shorter_run(chosen, end, now):
    assert step_now([0, 10, 20, 50, 100], chosen, end, first=100) == now
