"""Remedies on the page: their effects are computed, and a click moves one run's controls alone."""

import re
from dataclasses import replace

import pytest

from components.drawing.charts.style import Style
from components.pages import warm_up as server
from components.panels import remedies as panel
from components.panels.sidebar import first_choice
from components.runs import policy, polling, shared_runs
from components.runs.job import Job
from components.settings.choice import choice_of
from components.settings.state import DEFAULTS
from components.words.text import LANGUAGES
from models import Experiment, train
from models.cost import Cost
from models.diagnostics import remedies
from tests.components.page import Page

STYLE = Style("en", False, ("relu",))

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
    adam = "Adam, " + page.words("names.learning_rate", rate="0.01")
    remedies = {page.words("names.norm_batch"): {"norm": "batch"}, adam: ADAM}
    solved = [int(train(Experiment(networks=16, **one)).solved.sum()) for one in remedies.values()]
    assert 8 < solved[1] < solved[0]
    assert list(offered(page).values()) == [
        page.words(
            "remedy.offer",
            names="Sigmoid",
            change=change,
            solved=page.words("remedy.solved", solved=count),
            count=16,
        )
        for change, count in zip(remedies, solved, strict=True)
    ]


def test_a_click_makes_the_run_its_remedy():
    page = Page(activation="relu", compare="none", networks=8, learning_rate="5", steps=200)
    (first, *_) = offered(page)
    experiment = page.experiments[0]
    page.click(first)
    (after,) = page.experiments
    assert after == replace(experiment, learning_rate=after.learning_rate)
    assert after.learning_rate in (0.5, 0.05)
    assert page.app.query_params["learning_rate"] == f"{after.learning_rate:g}"


def test_a_challenge_is_not_solved_by_a_click_on_what_helps():
    fails = {"activation": "relu", "compare": "none", "learning_rate": "5", "steps": 200}
    page = Page(challenge="adam", networks=8, **fails)
    assert offered(page) == {}
    page.click("leave challenge")
    assert offered(page) != {}


def test_what_does_not_help_is_not_offered():
    page = Page(activation="sigmoid", compare="none", init="zeros")
    (remedy,) = remedies(train(page.experiments[0]))
    assert panel.shared_effects().look(remedy) == train(remedy).solved.sum() == 0
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
    expected = [
        page.words("remedy.untried", names="ReLU", change=change)
        for change in (
            page.words("names.learning_rate", rate="0.1"),
            page.words("cost.use_steps", value="1,000"),
            page.words("cost.use_steps", value="10,000"),
        )
    ]
    assert list(offered(page).values()) == expected
    train_elsewhere(replace(page.experiments[0], steps=1_000))
    assert expected[1] not in offered(page.look()).values(), "what is known costs nothing"


def test_a_remedy_that_the_trainer_fails_at_is_not_offered(monkeypatch):
    sound = Job.train_slice

    def train_slice(job: Job, target: int, *where: object) -> None:
        if job.experiments[0].optimizer == "adam":
            raise RuntimeError("on purpose")
        sound(job, target, *where)

    monkeypatch.setattr(Job, "train_slice", train_slice)
    page = Page(activation="sigmoid", compare="relu", networks=4, steps=300, seed=322)
    assert not any("Adam" in label for label in offered(page).values())


def test_it_is_offered_for_those_runs_that_gain_by_it():
    """For both where both gain, one of them most networks; else for the one that gains most."""
    runs = (Experiment(seed=1, networks=8), Experiment(seed=2, networks=8))
    alone = tuple(
        panel.Offer((place,), (run,), (run,), (now,), ())
        for place, (run, now) in enumerate(zip(runs, (3, 4), strict=True))
    )
    both = panel.Offer((0, 1), runs, runs, (3, 4), (), alone=alone).tried_with(runs)
    cases = {
        (4, 5): [(0, 1)],
        (3, 5): [(1,)],
        (2, 8): [(1,)],
        (5, 4): [(0,)],
        (4, 4): [],
        (3, 4): [],
    }
    for after, places in cases.items():
        for run, solved in zip(runs, after, strict=True):
            panel.shared_effects().put(run, solved)
        assert [offer.places for offer in both.helping()] == places, after


def test_the_remedy_that_helps_most_comes_first_and_names_each_run():
    page = Page(init="pytorch", networks=16, steps=1000)
    offers = list(offered(page).values())
    solved = [int(re.search(r"\((?:\D* )?(\d+)", offer)[1]) for offer in offers]
    assert len(solved) > 1
    assert solved == sorted(solved, reverse=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_run_that_gains_nothing_is_not_named(language):
    """Neither one that nothing helps, nor one that already solved as many as now."""
    page = Page(lang=language, init="zeros", networks=16, steps=1000)
    ((key, label),) = [each for each in offered(page).items() if "He normal" in each[1]]
    solved = int(train(replace(page.experiments[0], init="he_normal")).solved.sum())
    count = page.words("remedy.solved", solved=solved)
    assert label == page.words(
        "remedy.offer", names="ReLU", change="He normal", solved=count, count=16
    )
    _, sigmoid = page.experiments
    page.click(key)
    assert [each.init for each in page.experiments] == ["he_normal", "zeros"]
    assert page.experiments[1] == sigmoid


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
    ({}, {0: {"learning_rate": 0.03}}, {"learning_rate": 0.03, "compare_learning_rate": 0.1}),
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
        assert effects.look(remedy) == train(remedy).solved.sum()
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
    known = panel.Handed(True)
    drawn(STYLE, (), None, 0.35, known, None)
    with pytest.raises(RerunError):
        drawn(STYLE, (), None, 0.35, known, None)


def test_the_run_on_screen_is_looked_at_while_remedies_are_tried(monkeypatch):
    """What nobody looks at may be dropped for them, and would be trained again."""
    looked = []
    monkeypatch.setattr(panel, "_learn", lambda *given: looked.append("remedies"))
    monkeypatch.setattr(panel, "_draw", lambda *given: None)
    monkeypatch.setattr(panel.state, "update_link_of_part", lambda: None)
    run = Experiment(networks=8, seed=91)
    offer = panel.Offer((0,), (run,), (run,), (0,), (), (run,))
    given = STYLE, (offer,), None, 0.35, panel.Handed(True)
    panel._row.__wrapped__(*given, lambda: looked.append("run"))
    assert looked == ["run", "remedies"]


def test_a_cause_is_named_once_what_helps_is_known(monkeypatch):
    """Side by side before; then the verdict says "so", though nothing else has changed."""
    monkeypatch.setattr(panel, "TRYING_SECONDS", 0.0)
    page = Page(activation="sigmoid", compare="none", networks=16, steps=300, seed=77)
    (experiment,) = page.experiments
    assert ", so the loss rests at" not in page.verdict
    assert "; the loss rests at" in page.verdict
    relu, *_ = remedies(train(experiment))
    panel.shared_effects().put(relu, 8)
    assert ", so the loss rests at" not in page.look().verdict, "half of them is not most"
    panel.shared_effects().put(relu, 9)
    assert ", so the loss rests at" in page.look().verdict


def test_a_run_beside_it_tells_what_helps(monkeypatch):
    monkeypatch.setattr(panel, "TRYING_SECONDS", 0.0)
    page = Page(activation="relu", compare="sigmoid", networks=16, steps=300, seed=78)
    assert ", so the loss rests at" in page.verdict


class FakeRuns:
    """Where a network takes a second and a MiB, and nothing is known."""

    visitors = 1

    def known(self, experiments):
        return False

    def estimate(self, experiments):
        networks = experiments[0].networks
        return Cost(seconds=float(networks), bytes=networks << 20, bytes_at_rest=networks << 20)


def test_what_takes_long_is_tried_with_fewer_of_the_first_networks():
    run = Experiment(networks=64)
    offer = panel.Offer((0,), (run,), (run,), (0,), ())
    small = (replace(run, networks=1),)
    assert panel._tried(FakeRuns(), offer, small).trials == (replace(run, networks=16),)
    few = replace(run, networks=4)
    assert panel._tried(FakeRuns(), replace(offer, remedies=(few,)), small).trials == (few,)
    large = (replace(run, networks=(policy.TOTAL_BYTES >> 20) - 12),)
    beside = panel._tried(FakeRuns(), offer, large).trials
    assert beside == (replace(run, networks=8),), "no more than fits beside the run that is shown"
    panel.shared_effects().put(replace(run, networks=32), 20)
    known = panel._tried(FakeRuns(), offer, large)
    assert known.trials == (replace(run, networks=32),), "what is known costs nothing"
    assert known.helping() == (known,)
    assert not replace(known, solved=(40,)).helping(), "20 of 32 are no more than 40 of 64"
