"""The chain rule's panel: the verdict, the factors and one weight are the run's."""

import re

import numpy as np
import pytest

from components.charts.chain import product_frame
from components.numbers import number, percent
from components.panels.inside.choices import END
from models.diagnostics import chain_factors, damage, open_paths, weight_chain
from tests.components.inside.looking import (
    SMALL,
    STYLE,
    drawings_of,
    key,
    keys,
    passes,
    prose,
)
from tests.components.page import Page, plain


@pytest.mark.parametrize("link", [SMALL, {"depth": 9}, {"depth": 20, "init": "pytorch"}], ids=str)
def test_the_damage_is_told_with_the_runs_numbers(link):
    page = Page(**link, inside="chain", seed=3)
    for frame in (0, -1):
        if frame:
            page.set(key(page, "steps "), END)
        for place, one in enumerate(passes(page, frame)):
            found = damage(chain_factors(one, 0))
            assert found.kind in ("activation", "weights", "both", "weakened", "kept", "grown")
            sentence = page.words(
                f"damage.{found.kind}",
                total=number(found.total),
                activation=number(found.activation),
                weights=number(found.weights),
                last=number(chain_factors(one, 0).signal[-1]),
                first=number(chain_factors(one, 0).signal[0]),
            )
            assert f"{STYLE.names[place]} · {sentence}" in prose(page)


def test_the_chains_products_and_tables_are_the_runs():
    page = Page(**SMALL, inside="chain")
    factors = [chain_factors(one, 0) for one in passes(page)]
    (shown,) = drawings_of(page)
    expected = product_frame(factors, STYLE)
    for column in ("arm", "line", "layer"):
        assert shown["products"][column].tolist() == expected[column].tolist()
    np.testing.assert_allclose(shown["products"].value, expected.value, rtol=1e-6)
    tables = re.findall(r'<table class="vgl-points vgl-factors">.*?</table>', page.html)
    assert len(tables) == 2
    for table, one in zip(tables, factors, strict=True):
        for value in [*one.weights, *one.activation, *one.product, *one.gradient]:
            assert number(value) in plain(table)


def check_weight(page: Page, layer: int, point: int, unit: int = 0) -> None:
    """Both runs' blackboards show the same weight with each run's own values."""
    source = 0
    shown = re.findall(r'<div class="vgl-graph".*?(?=<p|<h2|$)', page.html, re.DOTALL)
    formulas = [latex.value for latex in page.app.latex]
    assert len(formulas) == (4 if layer <= 3 else 2)
    for place, one in enumerate(passes(page)):
        weight = weight_chain(one, 0, layer, point, unit, source)
        unit, source = weight.unit, weight.source
        heading = page.words("chain.weight", layer=layer, i=source, j=unit)
        assert f"{STYLE.names[place]} · {heading}" in prose(page)
        for value in (weight.w, weight.rest, weight.z, weight.h, weight.error, weight.delta):
            assert f">{number(value)}<" in shown[place].replace("∂ ", "")
        formula = formulas[place * len(formulas) // 2]
        assert f"W_{{{layer}}}[{source},{unit}]" in formula


def test_one_weight_is_shown_at_the_layer_the_point_and_the_unit_that_are_chosen():
    page = Page(**SMALL, inside="chain")
    check_weight(page, 1, 1)
    page.set(key(page, "layer "), 3)
    check_weight(page, 3, 1)
    page.set(key(page, "unit "), 4)
    check_weight(page, 3, 1, 4)
    page.set("point", 2)
    check_weight(page, 3, 2, 4)
    page.set(key(page, "layer "), 4)
    assert keys(page, "unit ") == [], "the output is one unit"
    check_weight(page, 4, 2)


def why(page: Page) -> str:
    """The sentence on the weights' factors, up to the first run's figures."""
    return page.words("chain.why", each="|").split("|")[0].strip()


def test_why_the_same_weights_have_other_factors_is_told_with_the_open_paths():
    page = Page(**SMALL, inside="chain")
    assert why(page) in prose(page)
    assert page.words("chain.why_later") not in prose(page)
    for name, one in zip(STYLE.names, passes(page), strict=True):
        ways = open_paths(one, 0)
        units = [percent(share) for share in (ways.units.min(), ways.units.max())]
        shown = page.words(
            "chain.open_paths",
            name=name,
            paths=percent(ways.paths, 2),
            units="–".join(dict.fromkeys(units)),
        )
        assert shown in prose(page)
    page.set(key(page, "steps "), END)
    assert page.words("chain.why_later") in prose(page)


@pytest.mark.parametrize(
    "link",
    [
        {"compare": "none"},
        {"compare": "maxout"},
        {"compare": "relu", "compare_init": "he_normal"},
        {"compare": "relu", "compare_optimizer": "adam"},
    ],
    ids=str,
)
def test_nothing_is_to_be_explained_where_weights_or_factors_are_not_comparable(link):
    page = Page(**SMALL, **link, activation="relu", inside="chain")
    assert why(page) not in prose(page)
