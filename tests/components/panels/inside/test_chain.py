"""The chain rule's panel: the verdict, the factors and one weight are the run's."""

import re

import numpy as np
import pytest
import torch

from components.drawing.charts.chain import product_frame
from components.panels.inside.choices import END
from components.words.numbers import SUPERSCRIPT, latex, number, percent
from models import OUTPUTS
from models.diagnostics import chain_factors, damage, open_paths, weight_chain
from models.tasks import XOR
from tests.components.page import Page, plain
from tests.components.panels.inside.looking import (
    SMALL,
    STYLE,
    drawings_of,
    histories,
    key,
    keys,
    passes,
    prose,
)
from tests.models.written import computed


@pytest.mark.parametrize("link", [SMALL, {"depth": 9}, {"depth": 20, "init": "pytorch"}], ids=str)
def test_the_damage_is_told_with_the_runs_numbers(link):
    page = Page(**link, inside="chain", seed=3)
    for frame in (0, -1):
        if frame:
            page.set(key(page, "step "), END)
        for place, one in enumerate(passes(page, frame)):
            found = damage(chain_factors(one, 0))
            first, last = (np.linalg.norm(one.gradient(at)[0]) for at in (1, one.experiment.layers))
            how = page.words(
                "chain.how",
                activation=number(found.activation),
                weights=number(found.weights),
                signal=number(found.signal, 3),
                inputs=number(found.inputs, 3),
                ratio=number(first / last, 3),
            )
            sentence = page.words(f"damage.{found.kind}")
            assert f"{STYLE.names[place]} · {sentence} {how}" in prose(page)


def test_norms_and_skips_are_told_with_their_factors_and_where_there_is_no_spread():
    fields = {"activation": "tanh", "compare": "none", "norm": "layer", "skip": True}
    page = Page(**SMALL, **fields, init="he_normal", clip=0.5, inside="chain")
    (one,) = passes(page)
    found = damage(chain_factors(one, 0))
    parts = [
        page.words(f"chain.by_{by}", factor=number(getattr(found, by)))
        for by in ("activation", "weights", "norm", "skip")
    ]
    assert page.words(
        "chain.how_more",
        factors=", ".join(parts),
        z="s",
        signal=number(found.signal, 3),
        inputs=number(found.inputs, 3),
        ratio=number(found.ratio, 3),
    ) in prose(page)
    assert page.words("chain.flat_layer", points="(0, 0)", layers="1–3") in prose(page)
    assert page.words("chain.table_skip") in prose(page)
    assert page.words("chain.of_sum") not in prose(page), "one point at a time"
    assert page.words("inside.clip", clip="0.50") in prose(page)
    page.set("norm", "batch")
    assert page.words("chain.of_sum") in prose(page)


def test_the_medians_of_all_networks_stand_beside_the_network_at_the_start_only():
    page = Page(**SMALL, inside="chain")
    ratios = []
    for name, history in zip(STYLE.names, histories(page), strict=True):
        norms = history.weight_gradient_norm[0]
        ratios.append(f"{name} {number(float(np.nanmedian(norms[0] / norms[-1])))}")
    said = page.words("chain.medians", networks=4, ratios=" · ".join(ratios))
    assert said in prose(page)
    page.set(key(page, "step "), END)
    assert page.words("chain.medians", networks=4, ratios="").rstrip(". ") not in prose(page)


def numbers_of(row: str) -> list[float]:
    """The numbers of a row's cells, its head left out."""
    written = plain(row.split("</th>")[1].replace("<", " <")).replace("−", "-")
    for each in re.findall(r"×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", written):
        power = each[3:].translate({raised: chr(p) for p, raised in SUPERSCRIPT.items()})
        written = written.replace(each, f"e{power}")
    return [float(each.replace(",", "")) for each in re.findall(r"-?[\d.,]+(?:e-?\d+)?", written)]


def test_the_table_multiplies_out_to_the_gradients_and_to_their_ratio():
    page = Page(**SMALL, inside="chain")
    tables = re.findall(r'<table class="vgl-points vgl-factors">.*?</table>', page.html)
    for table, one in zip(tables, passes(page), strict=True):
        foot = re.search("<tfoot>(.*?)</tfoot>", table)[1]
        weights, activation, signal, inputs, ratio = numbers_of(foot)
        assert weights * activation == pytest.approx(signal, rel=0.1)
        assert signal * inputs == pytest.approx(ratio, rel=0.02)
        first, last = (np.linalg.norm(one.gradient(at)[0]) for at in (1, one.experiment.layers))
        assert ratio == pytest.approx(first / last, rel=0.01)
        body = re.search("<tbody>(.*?)</tbody>", table)[1]
        for row in re.findall("<tr>(.*?)</tr>", body)[1:]:
            *_, signal, inputs, gradient = numbers_of(row)
            assert signal * inputs == pytest.approx(gradient, rel=0.1)


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
    formulas = [formula.value for formula in page.app.latex]
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


@pytest.mark.parametrize("output", OUTPUTS)
def test_the_outputs_part_is_written_as_that_output_has_it(output):
    page = Page(**SMALL, output=output, init="he_normal", inside="chain", seed=3)
    symbols, targets = OUTPUTS[output].symbols, OUTPUTS[output].target(XOR.labels)
    written = symbols.plain_factors[1] if OUTPUTS[output].keeps_slope else symbols.plain_delta
    start = page.words("chain.start", delta=written)
    tables = re.findall(r'<table class="vgl-points vgl-factors">.*?</table>', page.html)
    ones = [one for one in passes(page) if one.known[0]]  # a loss may be undefined from the start
    assert len(tables) == len(ones) >= 1
    for table, one in zip(tables, ones, strict=True):
        # Of a softmax's units, whose deltas are opposite, the second one's label is 1.
        z, p = (torch.from_numpy(each[0, :, -1]) for each in (one.z[-1], one.answers))
        said = computed(written, z, p, targets).abs().mean().item()
        found = plain(table.replace("<", " <")).replace(f"{start} = ", f"{start} ")
        assert f"{start} {number(said)} " in found
        own = page.words("chain.answer", slope="|", error="|", left="|").split("|")[0]
        assert (own in prose(page)) == OUTPUTS[output].keeps_slope
    page.set(key(page, "layer "), 4)
    formulas, at = [formula.value for formula in page.app.latex], (0, 0)
    for formula, one in zip(formulas, ones, strict=True):
        lines = formula.split(r"\end{aligned}")[0].split(r"\\ &=")
        weight = weight_chain(one, 0, 4, 1, *at)
        at, place = (weight.unit, weight.source), weight.unit - 1
        z, p = (torch.from_numpy(each[0, 1:2, place]) for each in (one.z[-1], one.answers))
        y = (XOR.labels[1:2] == place).double() if OUTPUTS[output].units > 1 else targets[1:2]
        symbols = lines[-3].split(r"\cdot", 1)[1].strip()
        said = weight.x * computed(symbols, z, p, y).item()
        assert lines[-1].strip() == latex(said)
        if OUTPUTS[output].units > 1:
            assert page.words("chain.two_units", label=place) in prose(page)


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
    page.set(key(page, "step "), END)
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
