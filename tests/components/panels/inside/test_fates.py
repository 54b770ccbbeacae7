"""Networks of which there is little to show: every panel says so, each in its own way."""

import re

import numpy as np

from components.panels.inside.choices import END
from tests.components.page import Page
from tests.components.panels.inside.looking import (
    STYLE,
    drawings_of,
    histories,
    key,
    keys,
    networks,
    passes,
    prose,
)


def test_a_perceptron_has_no_factors_and_no_hidden_health():
    page = Page(depth=0, inside="chain")
    for name in STYLE.names:
        assert f"{name} · {page.words('damage.none')}" in prose(page)
    assert drawings_of(page) == []
    assert page.words("chain.table_caption") not in prose(page)
    assert keys(page, "layer ") == keys(page, "unit ") == []
    assert len(page.app.latex) == 2
    page.set("inside", "health")
    assert prose(page).count(page.words("health.nothing")) == 2, "saturated and dead"
    assert len(drawings_of(page)) == 3


def test_a_network_of_zeros_is_said_to_be_dead_silent_and_without_gradient():
    page = Page(init="zeros", depth=3, inside="chain")
    for name in STYLE.names:
        assert f"{name} · {page.words('damage.dead_weights', layer=3, next=4)}" in prose(page)
    page.set("inside", "points")
    silent = page.words("points.silent_all")
    assert f"ReLU · {silent}" in prose(page)
    assert f"Sigmoid · {silent}" not in prose(page), "sigmoid of 0 is not 0"
    assert page.html.count(page.words("points.silent") + "</figcaption>") == 3
    page.set("inside", "health")
    assert prose(page).count(page.words("health.nothing")) == 3


def test_a_network_that_diverged_is_shown_until_then():
    page = Page(learning_rate=5, networks=8)
    relu = histories(page)[0]
    lost = [place for place in relu.kept.tolist() if relu.diverged[place]]
    assert 0 < len(lost) < 8
    page.set("view", "number").set("view_number", lost[0]).set("inside", "points")
    gone = page.words("inside.diverged", step="100")
    assert f"ReLU · {gone}" in prose(page)
    assert f"Sigmoid · {gone}" not in prose(page)
    views = re.findall(r'aria-label="(\w+), input', page.html)
    assert views == ["Sigmoid"]
    page.set("inside", "network")
    assert len(networks(page)) == 2, "at the start there is something to show"
    page.set(key(page, "step "), END)
    assert f"ReLU · {gone}" in prose(page)
    (shown,) = networks(page)
    one = passes(page, -1, lost[0])[1]
    np.testing.assert_array_equal(shown.layers[0][0], one.weights[0][0])
    page.set("inside", "chain").set(key(page, "step "), END)
    assert f"ReLU · {gone}" in prose(page)
    (shown,) = drawings_of(page)
    assert set(shown["products"].arm) == {"Sigmoid"}
    assert len(page.app.latex) == 2
    page.set("inside", "health")
    assert page.words("health.clipped") in prose(page)
    page.set("view_number", next(p for p in range(8) if p not in lost)).set("inside", "points")
    assert gone not in prose(page)
