"""Remedies on the page: their effects are computed, and a click moves one run's controls alone."""

import re
from dataclasses import replace

import pytest

from components import server
from components.choice import choice_of
from components.panels import remedies as panel
from components.runs import polling, shared_runs
from components.runs.job import Job
from components.sidebar import first_choice
from components.state import DEFAULTS
from components.text import LANGUAGES, text
from models import Experiment, train
from models.diagnostics import remedies
from tests.components.page import Page

ADAM = {"optimizer": "adam", "learning_rate": 0.01}


def offered(page: Page) -> dict[str, str]:
    """The offers' labels by key."""
    return {b.key: b.label for b in page.app.button if (b.key or "").startswith("remedy")}


def train_elsewhere(experiment: Experiment) -> None:
    """Let another visitor ask for a run, and leave when it is done."""
    visit = shared_runs().visit("elsewhere")
    assert visit.watch((experiment,), wait=20.0).finished
    visit.leave()


@pytest.fixture(autouse=True)
def nothing_known_and_time_enough(monkeypatch):
    panel.shared_effects.cache_clear()
    monkeypatch.setattr(panel, "TRYING_SECONDS", 30.0)  # however busy this machine is


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_effect_is_that_of_the_remedy_really_trained(language):
    page = Page(lang=language, activation="relu", compare="sigmoid", networks=16, steps=1_000)
    remedy = Experiment(networks=16, **ADAM)
    (label,) = offered(page).values()
    change = "Adam, " + page.words("names.learning_rate", rate="0.01")
    solved = int(train(remedy).solved.sum())
    assert 0 < solved < 16
    assert label == page.words(
        "remedy.offer", names="Sigmoid", change=change, solved=solved, count=16
    )


def test_a_click_makes_the_run_its_remedy():
    page = Page(activation="relu", compare="none", networks=8, learning_rate="5", steps=200)
    (first, *_) = offered(page)
    experiment = page.experiments[0]
    page.click(first)
    (after,) = page.experiments
    assert after == replace(experiment, learning_rate=after.learning_rate)
    assert after.learning_rate in (0.5, 0.05)
    assert page.app.query_params["learning_rate"] == f"{after.learning_rate:g}"


def test_what_does_not_help_is_not_offered():
    page = Page(activation="sigmoid", compare="none", init="zeros")
    (remedy,) = remedies(train(page.experiments[0]))
    assert panel.shared_effects().get(remedy) == train(remedy).solved.sum() == 0
    assert offered(page) == {}


def test_a_run_that_solves_it_needs_none():
    assert offered(Page(activation="tanh", compare="none", depth=2, networks=4, steps=1_000)) == {}


@pytest.mark.parametrize(
    ("seed", "reason"),
    [(5, (panel, "TRYING_SECONDS", 0.0)), (6, (polling, "LIVE_CROWD", -1))],
    ids=["dear", "crowded"],
)
def test_what_costs_too_much_is_not_tried_and_says_so(monkeypatch, seed, reason):
    monkeypatch.setattr(*reason)
    page = Page(activation="relu", compare="none", depth=6, learning_rate=0.005, seed=seed)
    expected = page.words(
        "remedy.untried", names="ReLU", change=page.words("cost.use_steps", value="1,000")
    )
    assert list(offered(page).values()) == [expected]
    train_elsewhere(replace(page.experiments[0], steps=1_000))
    assert list(offered(page.look()).values()) != [expected], "what is known costs nothing"


def test_a_remedy_that_the_trainer_fails_at_is_not_offered(monkeypatch):
    sound = Job.train_slice

    def train_slice(job: Job, target: int, *where: object) -> None:
        if job.experiments[0].optimizer == "adam":
            raise RuntimeError("on purpose")
        sound(job, target, *where)

    monkeypatch.setattr(Job, "train_slice", train_slice)
    page = Page(activation="sigmoid", compare="relu", networks=4, steps=300, seed=322)
    assert offered(page) == {}


def test_only_the_latest_effects_are_remembered(monkeypatch):
    monkeypatch.setattr(panel, "KNOWN", 2)
    effects = panel.Effects()
    for seed in range(3):
        effects.put(Experiment(seed=seed), seed)
    assert [effects.get(Experiment(seed=seed)) for seed in range(3)] == [None, 1, 2]


def test_what_helps_solves_most_networks_of_a_run_and_in_none_fewer_than_now():
    runs = (Experiment(seed=1, networks=8), Experiment(seed=2, networks=8))
    cases = {(3, 5): True, (3, 4): False, (2, 8): False, (5, 4): True, (4, 4): False}
    for after, helps in cases.items():
        for run, solved in zip(runs, after, strict=True):
            panel.shared_effects().put(run, solved)
        assert panel.Offer((0, 1), runs, runs, (3, 4), (), True).helps() == helps


def test_the_remedy_that_helps_most_comes_first_and_names_each_run():
    page = Page(init="pytorch", networks=16, steps=1000)
    offers = list(offered(page).values())
    solved = [int(re.search(r"\((?:\D* )?(\d+)", offer)[1]) for offer in offers]
    assert len(solved) > 1
    assert solved == sorted(solved, reverse=True)
    page = Page(init="zeros", networks=16, steps=1000)
    (offer,) = [each for each in offered(page).values() if "He normal" in each]
    assert re.search(r"\(ReLU \d+, Sigmoid 0 of 16 solve it\)$", offer)


# What the controls say, which run becomes what, and what the controls are to say then.
OWN = {"compare_init": "he_normal", "compare_learning_rate": 0.5}
CASES = [
    ({}, {0: ADAM}, {**ADAM, "compare_optimizer": "sgd", "compare_learning_rate": 0.1}),
    ({}, {1: ADAM}, {"compare_optimizer": "adam", "compare_learning_rate": 0.01}),
    ({}, {0: ADAM, 1: ADAM}, ADAM),
    ({"compare": "none"}, {0: ADAM}, ADAM),
    ({}, {0: {"activation": "tanh"}}, {"activation": "tanh"}),
    ({}, {1: {"activation": "tanh"}}, {"compare": "tanh"}),
    ({}, {1: {"steps": 10_000}}, {"steps": 10_000}),
    (OWN, {0: {"learning_rate": 0.01}}, {"learning_rate": 0.01}),
    (OWN, {1: {"learning_rate": 0.05}}, {"compare_learning_rate": 0.05}),
    (OWN, {0: {"init": "he_normal"}}, {"init": "he_normal", "compare_init": None}),
    ({}, {0: {"learning_rate": 0.03}}, {}),  # no such option
    ({}, {1: {"activation": "relu"}}, {}),  # then there would be one run only
]


@pytest.mark.parametrize(("said", "becomes", "expected"), CASES)
def test_the_run_in_need_is_the_only_one_that_changes(said, becomes, expected):
    values = DEFAULTS | said
    choice = choice_of(values)
    remedied = {
        place: replace(choice.experiments[place], **fields) for place, fields in becomes.items()
    }
    controls = dict(panel._controls(choice, values, remedied))
    assert controls == expected
    steps = controls.get("steps", choice.experiment.steps)
    if expected:
        after = choice_of(values | controls).experiments
        assert after == [
            replace(remedied.get(place, run), steps=steps)
            for place, run in enumerate(choice.experiments)
        ]


def test_what_helps_the_first_screen_is_known_before_anybody_comes():
    effects = panel.shared_effects()
    first = first_choice().experiments
    server._prepare(first)
    (sigmoid,) = (e for e in first if e.activation == "sigmoid")
    for remedy in remedies(train(sigmoid))[: panel.MOST]:
        assert effects.get(remedy) == train(remedy).solved.sum()
    shared_runs()._ahead.clear()  # no other test is to wait for the lesson


class RerunError(Exception):
    """The whole page is run again."""


def test_a_browser_that_goes_on_asking_though_nothing_is_pending_is_stopped(monkeypatch):
    """It polls on where the part around the offers was drawn again without a word about it."""

    def rerun():
        raise RerunError

    monkeypatch.setattr(panel.st, "rerun", rerun)
    monkeypatch.setattr(panel.state, "update_link_of_part", lambda: None)
    drawn = panel._row.__wrapped__
    known = panel.Once(True)
    drawn(text("en"), None, (), None, 0.35, known)
    with pytest.raises(RerunError):
        drawn(text("en"), None, (), None, 0.35, known)
