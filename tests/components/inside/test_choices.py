"""Which network and which step are looked at, and what is remembered of it."""

import pytest

from components.numbers import number
from components.panels.fates import in_words
from components.panels.inside.choices import step_now
from models.diagnostics import fates, kept_network_like, points_views, representative_networks
from tests.components.inside.looking import SMALL, chosen, histories, key, keys, passes, prose
from tests.components.page import Page
from tests.components.test_page import clean


def test_the_network_in_view_is_looked_into():
    page = Page(**SMALL, networks=8, inside="points")
    first = histories(page)[0]
    typical, worst = (representative_networks(first)[name] for name in ("typical", "worst"))
    assert typical != worst
    assert chosen(page) == typical
    page.set("view", "worst")
    assert chosen(page) == worst
    page.set("view", "number").set("view_number", 6)
    assert chosen(page) == 6


def test_for_a_network_that_was_not_kept_the_one_most_like_it_is_looked_into():
    page = Page(**SMALL, networks=16, inside="points").set("view", "number")
    first = histories(page)[0]
    for place in (9, 12, 15):
        page.set("view_number", place)
        assert chosen(page) == kept_network_like(first, place) in first.kept
    assert page.words("inside.kept", count=8, networks=16) in prose(page)


def test_all_kept_networks_can_be_chosen_by_number():
    page = Page(**SMALL, networks=4, seed=70).set("inside", "points")
    (picker,) = [g for g in page.app.get("button_group") if g.key == key(page, "network ")]
    assert picker.options == [page.words("inside.which", network=place) for place in range(4)]
    for place in range(4):
        page.set(key(page, "network "), place)
        sentences = [page.words("inside.same", network=place, seed=70 + place)]
        for history in histories(page):
            fate = in_words(page.words, history.experiment, fates(history)[place])
            name = history.experiment.phi.label
            sentences.append(page.words("inside.fate", name=name, fate=fate))
        assert " ".join(sentences) in prose(page)
        for one in passes(page, -1, place):
            share = number(100 * points_views(one, 0)[-1].spread)
            assert page.words("points.heading", share=f"{share}%") in prose(page)
    assert page.words("inside.kept", count=4, networks=4) not in prose(page)


def test_a_choice_on_the_very_first_look_is_kept():
    """Where the run is done when a link opens a panel, the page is drawn once and waits."""
    page = Page(**SMALL, seed=70, inside="points")
    place = (chosen(page) + 1) % 4
    page.set(key(page, "network "), place)
    assert chosen(page) == place


def test_a_network_alone_has_no_picker():
    for compare, sentence in (("sigmoid", "inside.same"), ("none", "inside.one")):
        page = Page(**SMALL, networks=1, compare=compare, seed=5, inside="points")
        clean(page)
        assert keys(page, "network ") == []
        assert page.words(sentence, network=0, seed=5) in prose(page)


def test_a_network_that_the_other_run_did_not_keep_gives_way_to_one_it_did():
    shape = {"depth": 5, "width": 40, "networks": 4, "inside": "points"}
    page = Page(**shape, activation="sigmoid", compare="none")
    page.set("view", "number").set("view_number", 3)
    assert chosen(page) == 3
    page.set("compare", "maxout")
    kept = [history.kept.tolist() for history in histories(page)]
    assert 3 in kept[0]
    assert 3 not in kept[1], "Maxout's weights take twice the room"
    assert not page.app.exception
    assert chosen(page) in kept[1]


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
    page.set(key(page, "network "), 3)
    before = set(page.app.session_state.keys())
    for value in values:
        page.set(control, value)
    after = set(page.app.session_state.keys())
    assert len(after) <= len(before) + 1, after - before


def test_the_network_at_first_is_the_same_while_a_run_goes_on():
    page = Page(**SMALL, networks=8, seed=70, inside="points")
    first = chosen(page)
    typical = set()
    for steps in (200, 500, 1_000, 2_000):
        page.set("steps", steps)
        typical.add(representative_networks(histories(page)[0])["typical"])
        assert chosen(page) == first
    assert len(typical) > 1, "another one has become typical"


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
