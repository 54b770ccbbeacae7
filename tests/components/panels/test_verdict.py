"""The verdict: whether each run learns, and the cause of most failures; with the run's numbers."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from components.drawing.charts.style import Style
from components.panels import verdict as panel
from components.panels.story import story
from components.words.numbers import number, percent
from components.words.text import LANGUAGES, text
from models import Experiment, History, train, train_together
from models.diagnostics import FAILURES, failure_cause, fate_counts, fates, remedies
from models.outputs import OUTPUTS
from models.tasks import XOR
from tests.components.histories import made
from tests.components.page import Page, plain
from tests.components.panels.test_fates import met
from tests.models.diagnostics.random_experiments import experiments

LN2 = math.log(2)
RATIO = {"relu": 1.0, "sigmoid": 1e-5}  # of the first layer's gradient to the last one's


def said(history: History, language: str = "en", tested: bool = False) -> str:
    """The line of one run; ``tested``: what may help it is known to."""
    style = Style(language, False, (history.experiment.activation,))
    return plain(panel.verdict(style, (history,), (tested,)))


def run(
    activation: str,
    solved: int,
    networks: int = 8,
    ratio: float | None = None,
    height: float = LN2,
    optimizer: str = "sgd",
    **fields,
):
    """A run of which some networks solved it and the others rest at a height."""
    experiment = Experiment(
        activation=activation, networks=networks, steps=100, optimizer=optimizer
    )
    norms = np.full((3, experiment.layers, networks), 1e-9)
    norms[0, 0] = 1e-9 * (RATIO[activation] if ratio is None else ratio)
    loss = np.full((3, networks), height)
    loss[-1, :solved] = 0.1
    accuracy = np.where(loss < 0.3, 1.0, 0.5)
    values = {"loss": loss, "accuracy": accuracy, "weight_gradient_norm": norms} | fields
    return made(experiment, (0, 50, 100), **values)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("solved", "outcome"),
    [(8, "learns"), (4, "learns"), (3, "sometimes"), (1, "sometimes"), (0, "fails")],
)
def test_it_says_in_words_whether_a_run_learns(language, solved, outcome):
    words = text(language)
    told = {"name": "ReLU", "task": "XOR", "solved": solved, "count": 8, "steps": 100,
            "epochs": "", "fates": "@"}  # fmt: skip
    sentence = words(f"verdict.{outcome}", **told)
    assert said(run("relu", solved), language).startswith(sentence.split("@")[0])


@pytest.mark.parametrize("solved", range(9))
def test_who_learns_needs_no_remedy(solved):
    history = run("relu", solved)
    assert ("ReLU learns" in said(history)) == (not remedies(history))


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_one_network_it_says_so(language):
    words, fails = text(language), run("sigmoid", 0, networks=1)
    assert said(fails, language).startswith(words("verdict.one_fails", name="Sigmoid", task="XOR"))
    solves = run("relu", 1, networks=1)
    assert said(solves, language).startswith(words("verdict.one_learns", name="ReLU", task="XOR"))
    born = met(dead_from=0, networks=1)
    assert said(born, language).endswith(words("verdict.born_dead_one"))


def of_last(language: str, ratio: float) -> str:
    """A share of the last layer's gradient."""
    if ratio < 1:
        return text(language)("verdict.percent", share=percent(ratio, 2))
    return text(language)("verdict.times", ratio=number(ratio))


STOPS = "ln 2 = 0.693"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_vanished_gradient_is_a_cause_only_where_it_does_not_learn(language):
    """And only where a larger one alone is known to help: else both stand side by side."""
    words, small, all_of_it = text(language), of_last(language, 1e-5), of_last(language, 1.0)
    stops = words("verdict.loss_stops", height=STOPS)
    stuck = words("verdict.vanished", share=small, stops=stops)
    assert said(run("sigmoid", 0), language, tested=True).endswith(stuck)
    beside = words("verdict.beside", share=small, stops=stops)
    assert said(run("sigmoid", 0), language).endswith(beside)
    assert said(run("sigmoid", 8), language).endswith(words("verdict.though", share=small))
    assert said(run("relu", 8), language).endswith(words("verdict.arrives", share=all_of_it))
    huge = words("verdict.though_exploding", share=of_last(language, 1e3))
    assert said(run("relu", 8, ratio=1e3), language).endswith(huge)
    flat = words("verdict.plateau", share=all_of_it, stops=stops)
    assert said(run("relu", 0), language).endswith(flat)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_more_is_laid_to_the_gradients_charge_than_it_did(language):
    """Not where others solve it with it, nor under Adam, nor once two points are told apart."""
    words, small = text(language), of_last(language, 1e-5)

    def beside(history: History, stops: str) -> bool:
        sentence = words("verdict.beside", share=small, stops=stops)
        return all(said(history, language, tested).endswith(sentence) for tested in (False, True))

    some = words("verdict.some_stop", resting=5, height=STOPS)
    assert beside(run("sigmoid", 3), some)
    all_stop = words("verdict.loss_stops", height=STOPS)
    assert beside(run("sigmoid", 0, optimizer="adam"), all_stop)
    assert failure_cause(run("sigmoid", 0, optimizer="momentum")) == "vanished"
    apart = OUTPUTS["sigmoid"].plateaus(XOR)["two_apart"]
    parted = words("verdict.loss_stops", height=number(apart, decimals=3))
    assert beside(run("sigmoid", 0, height=apart), parted)


def test_how_many_stop_is_told_where_it_is_not_most():
    history = run("relu", 0)
    history.loss[:, :5] = [[0.9], [0.8], [0.55]]
    history.dead[:, :2] = True
    history.diverged[2:4] = True
    assert fate_counts(history) == {"learning": 1, "constant": 3, "dead": 2, "diverged": 2}
    assert said(history).endswith(
        f"yet {text('en')('verdict.some_stop', resting=3, height=STOPS)}."
    )


def test_a_share_too_small_to_be_read_is_a_power_of_ten():
    assert "4.0×10⁻⁹ times the last layer’s gradient" in said(run("sigmoid", 0, ratio=4e-9))
    assert "0.0040% of the last layer’s gradient" in said(run("sigmoid", 0, ratio=4e-5))
    assert "99% of the last layer’s gradient" in said(run("relu", 8, ratio=0.99))


def test_without_any_gradient_nothing_is_said_of_it():
    norms = np.zeros((3, 10, 8))
    words = text("en")
    sentence = said(run("sigmoid", 0, weight_gradient_norm=norms))
    stops = words("verdict.loss_stops", height=STOPS)
    assert sentence.endswith(words("verdict.rests", stops=stops))
    assert "–" not in sentence


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_else_made_most_of_them_fail_is_told(language):
    words = text(language)
    assert said(met(dead_from=0), language).endswith(words("verdict.born_dead", dead=8))
    died, diverged = words("verdict.died"), words("verdict.diverged")
    for kind, tested in (("at_rate", False), ("too_large", True)):
        each = words(f"verdict.{kind}", rate="5", met=died)
        assert said(met(dead_from=1), language, tested).endswith(each)
        each = words(f"verdict.{kind}", rate="5", met=diverged)
        assert said(met(diverged=8), language, tested).endswith(each)
        both = words("verdict.diverged_and_died", diverged=5, died=3)
        each = words(f"verdict.{kind}", rate="5", met=both)
        assert said(met(diverged=5, dead_from=1), language, tested).endswith(each)
    born = met(dead_from=1, diverged=3)
    born.dead[:, :2] = True
    assert fate_counts(born) == {"dead": 5, "diverged": 3}
    assert (born.dead[0].sum(), failure_cause(born)) == (2, "too_large")
    both = words("verdict.diverged_and_died", diverged=3, died=3)
    at_rate, two = words("verdict.at_rate", rate="5", met=both), words("verdict.born_dead", dead=2)
    assert said(born, language).endswith(f"{at_rate} {two}")
    assert said(met(diverged=3), language).endswith(words("verdict.learning"))
    some = said(met(diverged=1, solved=3), language)
    assert some.endswith(words("verdict.some_learning", learning=4)), "half are not most"
    assert said(met(networks=1), language).endswith(words("verdict.learning_one"))
    flat = train(Experiment(depth=0, networks=2, steps=50))
    assert said(flat, language).endswith(words("verdict.no_hidden"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("depth", [0, 9])
def test_one_straight_line_does_not_explain_that_most_diverged(language, depth):
    words, line = text(language), text(language)("verdict.linear" if depth else "verdict.no_hidden")
    diverged = words("verdict.linear_diverged", rate="5")
    experiment = Experiment("identity", depth, networks=8, steps=100, learning_rate=5.0)
    for count, ending in ((4, line), (5, f"{line} {diverged}")):
        loss = np.full((3, 8), LN2)
        loss[-1, :count] = np.nan
        history = made(experiment, (0, 50, 100), loss=loss, diverged=np.isnan(loss[-1]))
        assert said(history, language).endswith(ending)


@pytest.mark.parametrize("language", LANGUAGES)
def test_units_that_start_alike_get_the_same_gradient_or_none_at_all(language):
    """Zeros: a hidden unit outputs 0 or 1/2; under squared error the last bias alone moves."""
    words = text(language)

    def ends(kind: str, activation: str, output: str = "sigmoid") -> bool:
        zeros = Experiment(activation, 3, 4, init="zeros", output=output, networks=2, steps=50)
        return said(train(zeros), language).endswith(words(f"verdict.{kind}"))

    assert ends("motionless", "relu")
    assert ends("motionless", "sigmoid")
    assert ends("symmetric", "relu", "squared")
    assert ends("symmetric", "sigmoid", "squared")


def test_an_exploded_gradient_may_be_as_large_in_every_layer():
    words, seen = text("en"), {}
    for kind, first, last in (
        ("look", 1.0, 1.0),
        ("look_huge", 1e6, 1e5),
        ("look_explodes", 1e6, 1.0),
    ):
        norms = np.full((3, 10, 8), first)
        norms[:, -1] = last
        seen[kind] = story(words, [Experiment()], (run("relu", 0, weight_gradient_norm=norms),))
    assert all(words(f"story.{kind}") in shown for kind, shown in seen.items())
    assert words("story.look_flat") in story(words, [Experiment(depth=0)])


MISTAKES = {
    "broadcast": ({"output": "squared", "broadcast": True, "data": "or"},
                  {"mean": "0.75", "floor": "0.188"}),
    "out_of_range": ({"output": "sigmoid_squared_signed"}, {"floor": "0.500"}),
    "sigmoid_twice": ({"output": "sigmoid_twice"}, {"floor": "0.503"}),
    "softmax_twice": ({"output": "softmax_twice", "steps": 100}, {"floor": "0.313"}),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_with_the_loss_that_it_leaves(language, mistake):
    fields, values = MISTAKES[mistake]
    history = train(
        Experiment(**{"activation": "tanh", "depth": 1, "networks": 8, "steps": 500, **fields})
    )
    assert said(history, language).endswith(text(language)(f"verdict.{mistake}", **values))
    assert (history.loss[-1] > float(values["floor"]) - 0.001).all()


def test_every_cause_has_a_sentence():
    """It is told by what is known of each; no other is."""
    assert panel._WHY.keys() == set(FAILURES)


# Small runs that fail for one thing, and what is said of it once mending it is known to help.
TOLD = {
    "small_weights": ({"activation": "tanh", "gain": 0.01}, {"share": "1.4%"}),
    "decayed": ({"activation": "tanh", "weight_decay": 0.1}, {"decay": "0.1"}),
    "small_steps": ({"activation": "tanh", "learning_rate": 1e-3}, {"rate": "0.001"}),
    "few_steps": ({"depth": 3, "steps": 1_000}, {"steps": "1,000"}),
    "learning": ({"activation": "relu", "steps": 20}, {"steps": "20"}),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cause", TOLD)
def test_a_cause_is_told_as_one_only_where_mending_it_is_known_to_help(language, cause):
    fields, values = TOLD[cause]
    history, words = (
        train(Experiment(**{"depth": 1, "networks": 8, "steps": 500, **fields})),
        text(language),
    )
    assert failure_cause(history) == cause
    rests = words("verdict.loss_stops", height=STOPS)
    stops = words("verdict.losses_change") if cause in ("small_steps", "learning") else rests
    key = "few_steps" if cause == "learning" else cause
    told = words(f"verdict.{key}", **values, stops=stops)
    assert said(history, language, tested=True).endswith(told)
    untested = said(history, language)
    assert not untested.endswith(told)
    assert untested.endswith(f"{rests}." if stops == rests else words("verdict.learning"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_few_small_steps_of_adam_it_is_told_how_far_they_led(language):
    words, values = text(language), {"steps": "200", "rate": "0.001", "way": "0.2"}
    adam = {"optimizer": "adam", "learning_rate": 0.001}
    history = train(Experiment(depth=1, width=2, networks=8, steps=200, **adam))
    assert said(history, language).endswith(words("verdict.short_way", **values))
    tested = said(history, language, tested=True)
    assert tested.endswith(words("verdict.few_steps_short", **values))


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_few_units_all_that_rest_are_told_wherever_they_do(language):
    words = text(language)
    two = Experiment("relu", 1, 2, output="squared", networks=16, steps=2_000, init="pytorch")
    history = train(two)
    resting = sum(np.isin(fates(history), list(two.plateaus)))
    assert len(fate_counts(history).keys() & two.plateaus.keys()) > 1
    stops = words("verdict.some_rest", count=resting)
    told = words("verdict.narrow", units=2, stops=stops)
    assert said(history, language, tested=True).endswith(told)
    uneven = train(replace(two, hidden=(2, 3), networks=4))
    assert failure_cause(uneven) == "narrow"
    assert words("verdict.narrowest", units=2, stops="@").split("@")[0] in said(
        uneven, language, tested=True
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_answer_itself_does_is_told(language):
    words = text(language)
    off = train(Experiment("relu", 1, output="relu_squared", networks=16, steps=300))
    dead = int((off.hypothesis[-1] == 0).all(axis=0).sum())
    assert said(off, language).endswith(words("verdict.answer_off", dead=dead))
    flat = Experiment("tanh", 1, output="sigmoid_squared", init="lab", gain=5.0, networks=8)
    history = train(flat)
    wrong = fate_counts(history)["elsewhere"]
    assert said(history, language).endswith(words("verdict.saturated", wrong=wrong))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_names_what_is_to_be_learned_and_how_often_all_of_it_was_seen(language):
    words = text(language)
    line = Experiment(depth=0, data="and_centred", networks=4, learning_rate=1.0, batch=1)
    sentence = said(train(line), language)
    assert "AND ±1" in sentence
    assert sentence.endswith(words("verdict.one_line"))
    early = Experiment(networks=4, depth=1, batch=3, steps=25)
    epochs = words("verdict.epochs", epochs=12)
    assert epochs in said(train(early), language), "an epoch is two steps"
    assert words("verdict.epochs", epochs=25) not in said(
        train(replace(early, batch=None)), language
    )


@hypothesis_settings(max_examples=40, deadline=None)
@given(experiments(), st.booleans())
def test_any_run_has_a_verdict_and_figures(experiment, tested):
    history = train(experiment)
    for language in LANGUAGES:
        style = Style(language, False, (experiment.activation,))
        sentence = said(history, language, tested)
        assert sentence.endswith(".")
        assert not re.search("[{}|]|nan", sentence)
        assert experiment.task.label in panel.figures(style, (history,))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_loss_that_is_not_a_number_is_not_laid_to_the_rates_charge(language):
    words = text(language)
    history = train(Experiment(output="linear", activation="tanh", seed=3, networks=4, steps=20))
    assert np.isnan(history.loss[0]).any()
    history.loss[:] = 0.7

    def since(*places: int) -> str:
        """What is said of networks whose loss is none from these log points on; others learn."""
        for network, place in enumerate(places):
            history.loss[place:, network] = np.nan
        history.diverged[:] = np.isnan(history.loss[-1])
        return said(history, language)

    def told(kind: str, **values: int) -> str:
        when = words(f"verdict.{kind}", **values)
        return words("verdict.undefined_loss", when=when)

    step = int(history.steps[3])
    assert since(3, 3, 3).endswith(told("at_step", step=step))
    assert since(3, 3, 2).endswith(told("by_step", later=3, step=step))
    assert since(0, 3, 2).endswith(told("some_at_once", first=1, later=2, step=step))
    assert since(0, 0, 0, 0).endswith(told("at_once"))


def test_what_all_of_them_met_is_not_told_twice():
    assert "(" not in said(run("sigmoid", 0))
    assert "(4 resting at 0.693)" in said(run("sigmoid", 4))


def test_a_run_that_goes_on_is_not_judged_yet():
    running = made(Experiment(activation="relu", networks=2, steps=100), (0, 20))
    solved = int(running.solved.sum())
    told = {"name": "ReLU", "task": "XOR", "solved": solved, "count": 2}
    assert said(running) == text("en")("verdict.so_far", **told)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("norm", "beside"), [("none", "last"), ("batch", "hidden")])
def test_beside_a_norm_the_first_layer_is_compared_with_the_last_hidden_one(language, norm, beside):
    """The last layer's gradient is a thousand times as large: no factor of a layer is."""
    experiment = Experiment(activation="sigmoid", depth=3, networks=4, steps=100, norm=norm)
    norms = np.broadcast_to(np.array([4.0, 3.0, 2.0, 1e4])[:, None], (2, 4, 4))
    loss = np.full((2, 4), 0.1)
    told = said(made(experiment, (0, 100), loss=loss, accuracy=loss * 10,
                     weight_gradient_norm=norms), language)  # fmt: skip
    words = text(language)
    if beside == "hidden":
        share = words("verdict.times_hidden", ratio=number(2.0))
        assert told.endswith(words("verdict.arrives", share=share))
    else:
        share = words("verdict.percent", share=percent(4e-4, 2))
        assert told.endswith(words("verdict.though", share=share))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_verdict_is_of_its_runs(language):
    page = Page(lang=language, depth=3, steps=500, networks=16, seed=3, activation="tanh")
    experiment = Experiment(activation="tanh", depth=3, steps=500, networks=16, seed=3)
    histories = train_together([experiment, experiment.with_activation("sigmoid")])
    solved = [int(history.solved.sum()) for history in histories]
    assert solved[0] > 8 > solved[1]
    for line, one in zip(lines(page), solved, strict=True):
        pattern = rf"\b{one} of 16\b" if language == "en" else rf"16개 중 {one}개"
        assert re.search(pattern, line)
    for line, history in zip(lines(page), histories, strict=True):
        norms = history.weight_gradient_norm[0]
        ratio = float(np.median(norms[0] / norms[-1]))
        assert (percent(ratio, 2) if ratio < 1 else number(ratio)) in line


def lines(page: Page) -> list[str]:
    """One line a run."""
    (verdict,) = re.findall(r'<div class="vgl-verdict">(.*?)</div>', page.html)
    return [plain(line) for line in re.findall("<p>(.*?)</p>", verdict)]
