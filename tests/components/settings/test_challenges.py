"""The challenges: each can be met, is not where it begins, and is checked from the link alone."""

import pytest

from components.settings.challenges import CHALLENGES
from components.settings.choice import choice_of
from components.settings.state.items import DEFAULTS
from components.words.text import text
from models import Experiment, train
from tests.components.page import Page, plain

SOLUTIONS = {
    "deep": {"init": "lab", "optimizer": "adam", "learning_rate": 0.01, "steps": 5_000},
    "kill": {"width": 1, "depth": 20},
    "fewest": {"width": 4, "init": "lab", "optimizer": "adam", "learning_rate": 0.05,
               "steps": 5_000},
    "adam": {"optimizer": "adam", "learning_rate": 0.01},
}  # fmt: skip


def solved(name: str, **changes: object) -> bool:
    values = DEFAULTS | CHALLENGES[name].start | SOLUTIONS[name] | changes
    return CHALLENGES[name].reached(train(choice_of(values).experiment))


@pytest.mark.parametrize("name", CHALLENGES)
def test_a_challenge_can_be_met_and_is_not_where_it_begins(name):
    challenge = CHALLENGES[name]
    begin = train(choice_of(DEFAULTS | challenge.start).experiment)
    assert not challenge.reached(begin)
    assert solved(name)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("deep", {"depth": 11}),
        ("deep", {"activation": "tanh"}),
        ("deep", {"networks": 8}),
        ("deep", {"steps": 100}),
        ("kill", {"activation": "sigmoid", "init": "zeros"}),
        ("kill", {"depth": 2}),
        ("kill", {"networks": 1}),
        ("fewest", {"networks": 32}),
        ("fewest", {"width": 5}),
        ("fewest", {"width": 2}),
        ("fewest", {"data": "and"}),
        ("adam", {"optimizer": "sgd"}),
        ("adam", {"depth": 3}),
        ("adam", {"steps": 100}),
        ("adam", {"data": "xnor"}),
    ],
)
def test_each_part_of_a_goal_counts(name, change):
    assert not solved(name, **change)


def test_a_solution_of_another_activation_is_none_for_relu():
    history = train(Experiment(activation="tanh", depth=1, networks=16, init="zeros", steps=10))
    assert not CHALLENGES["kill"].reached(history)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("name", ["kill", "adam"])
def test_the_link_is_checked_where_it_is_opened(name, language):
    words = text(language)
    values = CHALLENGES[name].start | SOLUTIONS[name] | {"networks": 16, "steps": 1_000}
    page = Page(challenge=name, lang=language, **values)
    assert plain(words("challenge.reached")) in page.prose
    assert words("challenge.unmet") not in page.html
    assert page.kept("met") == (), "the link may be anybody's"
    page.set("width", 2 if name == "adam" else 30)
    assert plain(words("challenge.not_yet")) in page.prose
    assert words("challenge.unmet") in page.html
    page.set("width", values.get("width", DEFAULTS["width"]))
    assert page.kept("met") == (name,)
    page.set("width", 2 if name == "adam" else 30)
    page.click("leave challenge")
    assert "challenge" not in page.app.query_params
    assert page.kept("met") == (name,), "what was reached stays so"
    assert plain(words("challenge.not_yet")) not in page.prose


def test_of_two_runs_the_first_one_counts():
    page = Page(challenge="kill", activation="relu", compare="tanh", width=1, depth=20, networks=16)
    assert page.words("challenge.reached") in page.prose
    assert page.words("challenge.first_run") in page.prose


def test_a_challenge_that_there_is_not_is_named():
    page = Page(challenge="win")
    assert len(page.warnings) == 1
    assert "win" in page.warnings[0]
