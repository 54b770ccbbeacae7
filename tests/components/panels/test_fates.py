"""What the page says of the networks' fates: causes, the median over all, the bar's parts."""

import json

import numpy as np
import pytest
from markupsafe import escape

from components.drawing.charts.style import Style
from components.panels import fates as panel
from components.words.text import LANGUAGES, text
from models import Experiment, train
from models.diagnostics import fate_counts, fates, kept_by_all, representative_networks
from tests.components.histories import made
from tests.components.page import Page

STEPS = (0, 50, 100)


def met(dead_from: int | None = None, diverged: int = 0, solved: int = 0, networks: int = 8):
    """A history in which some networks are solved or diverged and all others die at a log point."""
    loss = np.full((3, networks), 0.6)
    loss[-1, :solved] = 0.1
    loss[-1, networks - diverged :] = np.nan
    dead = np.zeros((3, networks), bool)
    if dead_from is not None:
        dead[dead_from:] = True
    return made(
        Experiment(activation="relu", networks=networks, steps=100, learning_rate=5.0),
        STEPS,
        loss=loss,
        accuracy=np.where(loss < 0.3, 1.0, 0.5),
        diverged=np.isnan(loss[-1]),
        dead=dead,
    )


def test_heights_are_those_of_the_runs_own_loss():
    words, squared = text("en"), Experiment(output="squared")
    assert panel.in_words(words, squared, "constant") == words("fate.constant", height="0.250")
    assert panel.in_words(words, Experiment(), "constant") == words("fate.constant", height="0.693")
    assert panel.lowest_plateau(squared) == "0.1250"


def test_every_unsolved_network_is_told_of():
    words = text("en")
    history = met(dead_from=1, diverged=2, solved=3)
    assert panel.unsolved_in_words(words, history) == " (3 dead, 2 diverged)"
    assert panel.unsolved_in_words(words, met(solved=8)) == ""


def test_in_korean_the_verdict_ends_in_what_became_of_the_others():
    words, told = text("ko"), {"name": "ReLU", "task": "XOR", "solved": 3, "count": 8}
    others = panel.unsolved_in_words(words, met(dead_from=1, diverged=2, solved=3))
    sentence = words("verdict.sometimes", **told, steps=100, epochs="", fates=others)
    assert sentence.endswith("8개 중 3개가 풀었고 3개는 죽었고 2개는 발산했습니다.")
    assert words("verdict.learns", **told, fates="").endswith("8개 중 3개가 풀었습니다.")


def test_a_part_of_the_bar_shows_one_of_its_networks_kept_if_there_is_one():
    history = met(dead_from=1, diverged=2, solved=3)
    assert panel._example(history, "solved", [0, 1]) == 0
    assert panel._example(history, "solved", [2, 5]) == 2
    assert panel._example(history, "dead", [0, 5]) == 5
    assert panel._example(history, "dead", [0, 1]) == 3, "none of them was kept"
    assert panel._example(history, "diverged", []) == 6
    assert panel._example(history, "constant", [0]) is None


def bar(page: Page) -> list[dict]:
    """What the bar was sent."""
    sent = [e.proto for e in page.app.get("bidi_component") if "fates" in e.proto.component_name]
    return json.loads(sent[0].json)["runs"]


def test_the_bar_counts_every_network():
    page = Page(depth=9, networks=16, steps=200, width=5)
    for run, experiment in zip(bar(page), page.experiments, strict=True):
        history = train(experiment)
        assert {part["fate"]: part["count"] for part in run["parts"]} == fate_counts(history)
        assert run["name"] == experiment.phi.label
    style = Style("en", False, ("relu", "sigmoid"))
    assert [run["color"] for run in bar(page)] == style.colors


@pytest.mark.parametrize(
    ("activation", "steps", "shown"), [("relu", 100, "> 100"), ("tanh", 200, None)]
)
def test_steps_to_solve_are_the_median_of_all(activation, steps, shown):
    """In 100 steps fewer than half of the ReLU ones solve it, in 200 more than half with tanh."""
    page = Page(
        activation=activation, compare="none", depth=6, networks=16, steps=steps, seed=5,
        learning_rate=0.005,
    )  # fmt: skip
    history = train(page.experiments[0])
    taken = np.where(np.isnan(history.steps_to_solve), np.inf, history.steps_to_solve)
    expected = shown or f"{np.median(taken):,.0f}"
    assert (history.solved.mean() < 0.5) == (shown is not None)
    assert 0 < history.solved.sum() < 16
    assert f"<td>{escape(expected)}</td>" in page.html


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_solved_means_is_on_the_page(language):
    page = Page(lang=language)
    (caption,) = [c.value for c in page.app.caption if "0.3466" in c.value]
    assert caption == page.words("print.caption", height="0.3466", middle="0.5")
    history = train(page.experiments[0])
    typical = representative_networks(history, kept_by_all([history]))["typical"]
    fate = panel.in_words(page.words, history.experiment, fates(history)[typical])
    assert f": {fate}, " in page.html
