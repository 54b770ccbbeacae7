"""The surfaces of the network in view: what the replay is given, and what stands around it."""

import re
from itertools import pairwise

import pytest
from streamlit.testing.v1 import AppTest

from components.drawing.charts import gradient
from components.drawing.replay import surfaces as grids
from components.panels.surfaces import how
from components.settings.state.items import STEPS
from components.words.numbers import number, whole
from components.words.text import text
from models import Experiment
from models.diagnostics import kept_by_all, representative_networks
from tests.components.drawing.test_replay import Block, read
from tests.components.histories import made
from tests.components.page import Page
from tests.components.panels.inside.looking import SMALL, histories

LONG = {**SMALL, "networks": 1, "steps": STEPS[-2]}


def replays(page: Page) -> list:
    return [node for node in page.app.get("bidi_component") if node.key == "replay"]


def replayed(page: Page) -> Block:
    (part,) = replays(page)
    return read(part.proto.bytes)


def offered(app: AppTest) -> list[tuple[str, bool]]:
    """What the button that trains on says and whether it can be pressed, if it is there."""
    found = [button for button in app.button if button.key == "train on"]
    return [(button.label, not button.disabled) for button in found]


def test_the_surfaces_are_of_the_network_in_view():
    page = Page(**SMALL, view="number")
    seen = []
    for place in (3, 0):
        block = replayed(page.set("view_number", place))
        assert block.header["steps"] == histories(page)[0].frame_steps.tolist()
        for arm, history in zip(block.header["arms"], histories(page), strict=True):
            losses = history.loss[history.frame_places, place]
            assert arm["losses"] == [number(loss, decimals=4) for loss in losses]
        seen.append((block.header["run"], block.surfaces.tobytes()))
    assert len(set(seen)) == 2


def test_a_frame_is_computed_once_whoever_looks_and_however_far_the_run_is(monkeypatch):
    frames, compute = [], grids.decision_surface

    def counted(history, *args):
        frames.extend(history.frame_steps.tolist())
        return compute(history, *args)

    monkeypatch.setattr(grids, "decision_surface", counted)
    page = Page(**SMALL, networks=1, seed=75)
    assert sorted(frames) == sorted(2 * replayed(page).header["steps"])
    page.set("steps", 200)
    grown = replayed(page).header["steps"]
    assert grown[-1] == 200
    assert sorted(frames) == sorted(2 * grown), "the frames of both runs, each once"
    Page(**SMALL, networks=1, seed=75, steps=200, lang="한국어")
    assert len(frames) == 2 * len(grown)


def test_a_network_that_was_not_kept_is_said_to_be_none_of_those_that_were():
    page = Page(**SMALL, networks=24, view="number", network=20)
    last = len(kept_by_all(histories(page))) - 1
    sentence = page.words("surfaces.not_kept", network=20, last=last)
    assert 0 < last < 20
    header = replayed(page).header
    assert (header["notice"], header["arms"]) == (sentence, [])
    assert header["steps"][-1] == 100, "the charts can be played all the same"
    page.set("view_number", last)
    header = replayed(page).header
    assert (header["notice"], len(header["arms"]), header["steps"][-1]) == ("", 2, 100)


@pytest.mark.parametrize(("norms", "said"), [("none layer", False), ("layer batch", True)])
def test_where_batch_norm_has_its_statistics_from_is_said(norms, said):
    runs = [made(Experiment(norm=norm, networks=1), [0, 1]) for norm in norms.split()]
    assert (text("en")("surfaces.how_batch_norm") in how(text("en"), runs)) == said


# While a run goes on


def test_while_a_run_goes_on_its_last_frame_is_shown_and_none_can_be_trained_on():
    page = Page(**LONG, seed=91, settle=False)
    steps, next_one = [], page.words("surfaces.more", steps=whole(STEPS[-1]))
    while len(steps) < 2:
        assert not page.settled, "too short a run for this test"
        if replays(page):
            steps += [step for step in replayed(page).header["steps"] if step not in steps]
            assert len(replayed(page).header["steps"]) == 1
            assert offered(page.app) == [(next_one, False)]
        page.look(settle=False)
    assert 0 <= steps[0] < steps[1] < LONG["steps"]


# Training on


def with_a_run(steps: int, done: int) -> None:
    """The surfaces of a run that was made by hand, and nothing else."""
    from components.drawing.charts.style import Style
    from components.panels.surfaces import surfaces
    from components.settings import state
    from models import Experiment
    from tests.components.histories import made

    state.start("en")
    experiment = Experiment(activation="relu", depth=1, width=1, steps=steps, networks=1)
    style = Style("en", False, ("relu",))
    surfaces(style, (made(experiment, [0, done]),), 0)


@pytest.mark.parametrize(
    ("steps", "more"),
    [*pairwise(STEPS), (STEPS[-1], None)],
)
def test_the_next_larger_number_of_steps_is_offered(steps, more):
    def look(done: int) -> list[tuple[str, bool]]:
        app = AppTest.from_function(with_a_run, args=(steps, done)).run()
        assert not app.exception
        assert app.get("bidi_component"), "the surfaces' place is drawn"
        return offered(app)

    for done in (steps, steps - 1):  # it stands there before the run's end, but cannot be pressed
        label = more and text("en")("surfaces.more", steps=whole(more))
        assert look(done) == ([(label, done == steps)] if more else [])


def test_training_on_takes_one_click():
    page = Page(**SMALL, seed=93, compare="none")
    short = histories(page)[0]
    network = representative_networks(short, kept_by_all([short]))["typical"]
    assert offered(page.app) == [("Train on to 200", True)]
    for steps, next_one in ((200, "Train on to 500"), (500, "Train on to 1,000")):
        page.click("train on")
        assert page.app.query_params["steps"] == f"{steps}", "the link says so"
        assert page.control("steps").value == steps, "and the control"
        assert [experiment.steps for experiment in page.experiments] == [steps]
        assert re.search(r"[\d,]+", page.status)[0] == f"{steps}"
        assert replayed(page).header["steps"][-1] == steps
        assert offered(page.app) == [(next_one, True)]
        assert page.app.query_params["view"] == "number", "and which network is in view"
    losses = replayed(page).header["arms"][0]["losses"]
    first = [number(loss, decimals=4) for loss in short.loss[short.frame_places, network]]
    assert losses[: len(first)] == first, "the same run, continued"


def test_the_charts_tables_of_a_run_that_ended_are_made_once_for_all(monkeypatch):
    made = []
    compute = gradient.summary_frame

    def counted(histories, style):
        made.append((style.language, histories[0].steps[-1]))
        return compute(histories, style)

    monkeypatch.setattr(gradient, "summary_frame", counted)
    link = {**SMALL, "networks": 1, "seed": 76}
    first = Page(**link)
    assert made.count(("en", 100)) == 1
    other = Page(**link)
    assert made.count(("en", 100)) == 1
    assert other.tables()["summary"].equals(first.tables()["summary"])
    Page(**link, lang="ko")
    assert made.count(("ko", 100)) == 1, "names and colours are in them"
    first.set("networks", 4).set("view", "number").set("view_number", 3)
    assert first.tables()["single"].query("view").network.unique().tolist() == [3]
