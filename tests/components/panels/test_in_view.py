"""The network in view: one for both runs and for all that shows a single network."""

import re
from dataclasses import replace

import numpy as np
import pytest

from components.drawing.charts.style import Style
from components.panels import in_view
from components.panels.fates import in_words
from components.words.numbers import number, probability
from components.words.text import text
from models import Experiment, train, train_together
from models.diagnostics import fates, network_like, points_views, representative_networks
from models.tasks import XOR
from tests.components.page import Page, plain
from tests.components.pages.test_page import clean, printed
from tests.components.panels.inside.looking import SMALL, chosen, histories, networks, passes, prose
from tests.components.panels.test_surfaces import replayed


def about(page: Page) -> str:
    """What stands beside the control."""
    (line,) = [each.value for each in page.app.markdown if "vgl-in-view" in each.value]
    return plain(line)


def dashed(page: Page) -> list[int]:
    """The networks whose lines are dashed in the gradient chart."""
    return page.tables()["single"].query("view").network.unique().tolist()


@pytest.mark.parametrize("view", ["typical", "best", "worst"])
def test_a_kind_is_the_first_runs_among_the_kept_and_all_show_it(view):
    page = Page(**SMALL, networks=24, steps=500, view=view, inside="points")
    relu, sigmoid = histories(page)
    losses = relu.loss[-1, relu.kept]
    ranks = {"typical": (len(losses) - 1) // 2, "best": 0, "worst": len(losses) - 1}
    network = int(relu.kept[np.argsort(losses, kind="stable")[ranks[view]]])
    overall = np.argsort(relu.loss[-1])[{"typical": 11, "best": 0, "worst": 23}[view]]
    assert network != overall, "another one than of all networks"
    met = [
        in_words(page.words, history.experiment, fates(history)[network])
        for history in (relu, sigmoid)
    ]
    which = page.words(f"in_view.{view}_of", name="ReLU", network=network, seed=network)
    assert about(page) == f"{which} · ReLU {met[0]} · Sigmoid {met[1]}"
    assert dashed(page) == [network]
    for place, history in enumerate((relu, sigmoid)):
        loss = number(history.loss[-1, network], decimals=4)
        assert f"(seed {network})" in printed(page, place)
        assert loss in printed(page, place)
    assert page.words("inside.same", network=network, seed=network) in prose(page)
    for one in passes(page, -1, network):
        share = number(100 * points_views(one, 0)[-1].spread)
        assert page.words("points.heading", share=f"{share}%") in prose(page)


def test_every_panel_writes_the_same_digits():
    """Printout and replay of the same network at the same step."""
    page = Page(**SMALL, networks=4, steps=200, view="number", network=2)
    for place, history in enumerate(histories(page)):
        for point in range(XOR.points):
            p = re.findall(r"<td>([^<]*)</td>", rows(page, place)[point])[1]
            assert p == probability(history.hypothesis[-1, point, 2])
    for place, arm in enumerate(replayed(page).header["arms"]):
        assert f"loss {arm['losses'][-1]}" in printed(page, place)


def rows(page: Page, place: int) -> list[str]:
    """The printout's rows of one run, point by point."""
    table = re.findall(r'<table class="vgl-points">.*?</table>', page.html)[place]
    return re.findall(r"<tr>.*?</tr>", table.split("<tbody>")[1])


def test_a_network_that_was_not_kept_is_shown_but_not_looked_into():
    page = Page(**SMALL, networks=24, steps=500, view="number", network=20, inside="network")
    relu = histories(page)[0]
    clean(page)
    assert dashed(page) == [20]
    assert "(seed 20)" in printed(page)
    assert page.words("inside.not_kept", network=20, count=8) in prose(page)
    assert networks(page) == []
    like = network_like(relu, 20, range(8))
    fate = in_words(page.words, relu.experiment, fates(relu)[20])
    assert fates(relu)[like] == fates(relu)[20]
    offer = page.button("show kept")
    assert offer.label == page.words("inside.show_like", network=like, name="ReLU", fate=fate)
    page.click("show kept")
    assert chosen(page) == like
    assert dashed(page) == [like]
    assert len(networks(page)) == 2
    assert page.app.query_params["network"] == f"{like}"


def test_where_no_kept_network_met_the_fate_the_typical_one_is_offered():
    link = SMALL | {"networks": 64, "steps": 200, "view": "number", "inside": "points"}
    relu = train(Experiment(activation="relu", networks=64, steps=200, **SMALL))
    met = fates(relu)
    alone = next(place for place in range(64) if met[place] not in met[:8])
    page = Page(**link, network=alone)
    offer = page.button("show kept")
    assert offer.label == page.words("inside.show_typical")
    page.click("show kept")
    assert "view" not in page.app.query_params
    assert chosen(page) == representative_networks(relu, range(8))["typical"]


def test_who_turns_to_numbers_begins_with_the_network_that_was_in_view():
    page = Page(**SMALL, networks=8, steps=500, view="worst")
    worst = chosen(page)
    assert worst != 0
    page.set("view", "number")
    assert chosen(page) == worst == page.control("view_number").value
    page.set("view_number", 5)
    assert dashed(page) == [5]


def test_a_network_alone_has_no_control():
    for compare, sentence in (("sigmoid", "inside.same"), ("none", "inside.one")):
        page = Page(**SMALL, networks=1, compare=compare, seed=5, inside="points")
        clean(page)
        assert not any(group.key == "view" for group in page.app.get("button_group"))
        assert about(page).startswith(page.words("in_view.number_of", network=0, seed=5))
        assert page.words(sentence, network=0, seed=5) in prose(page)


def test_only_what_both_runs_kept_is_typical():
    shape = {"depth": 5, "width": 40, "networks": 4, "inside": "points"}
    page = Page(**shape, activation="sigmoid", compare="maxout", view="number", network=3)
    kept = [history.kept.tolist() for history in histories(page)]
    assert 3 in kept[0]
    assert 3 not in kept[1], "Maxout's weights take twice the room"
    assert page.words("inside.not_kept", network=3, count=len(kept[1])) in prose(page)
    for view in ("typical", "best", "worst"):
        page.set("view", view)
        assert chosen(page) in kept[1]


def test_the_network_stays_while_a_run_goes_on_and_is_chosen_anew_at_its_end(monkeypatch):
    said = {"view": "typical", "held": None}
    monkeypatch.setattr(in_view.state, "get", said.get)
    monkeypatch.setattr(in_view.state, "put", said.__setitem__)
    whole = tuple(
        train_together(
            [
                Experiment(activation=activation, networks=8, steps=1_000, seed=70, **SMALL)
                for activation in ("relu", "sigmoid")
            ]
        )
    )
    seen, typical = [], []
    for step in (10, 100, 200, 500, 1_000):
        running = tuple(
            replace(history.until(step), experiment=history.experiment) for history in whole
        )
        seen.append(in_view.network_in_view(running))
        typical.append(representative_networks(whole[0].until(step), range(8))["typical"])
    assert len(set(typical[:-1])) > 1, "another one has become typical"
    assert set(seen[:-1]) == {typical[0]}
    assert seen[-1] == typical[-1] != typical[0]
    said["view"] = "best"
    best = representative_networks(whole[0], range(8))["best"]
    assert in_view.network_in_view(whole) == best, "another kind is another choice"


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_page_says_whose_kinds_they_are(language):
    page = Page(lang=language, networks=16)
    words = text(language)
    assert Style(language, False, ("relu", "sigmoid")).names[0] == "ReLU"
    (shown,) = [each for each in page.app.markdown if "vgl-in-view" in each.value]
    assert shown.proto.help == words("in_view.help", name="ReLU", last=7)
