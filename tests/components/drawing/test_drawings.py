"""What is drawn as HTML or LaTeX: all its numbers, in the right places."""

import math
import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from components.drawing import drawings
from components.drawing.charts.style import RAMP, Style
from components.drawing.elements import named
from components.words.numbers import number
from components.words.text import LANGUAGES, Text, text
from models.diagnostics import (
    AnswerSlope,
    ChainFactors,
    NormLink,
    PointsView,
    SkipLink,
    Ways,
    WeightChain,
)
from models.outputs import OUTPUTS
from models.tasks import TASKS, XOR, Task
from tests.components.page import plain
from tests.models.diagnostics.made import chained, views

CHAIN = WeightChain(
    source=2,
    unit=3,
    x=0.5,
    w=-0.8,
    rest=0.25,
    b=0.11,
    z=-0.04,
    slope=0.2,
    h=-0.03,
    error=-0.3,
    delta=-0.06,
)
POSITIVE = WeightChain(1, 1, 2.0, 3.0, -4.0, -1.5, 0.5, 0.25, 0.625, 0.125, 0.03125)


SIGMOID, NAN = OUTPUTS["sigmoid"].symbols, math.nan


@pytest.fixture(params=LANGUAGES)
def words(request) -> Text:
    return text(request.param)


# The blackboard


def boxes(graph: str) -> dict[str, tuple[str, str]]:
    """Name to what stands forward on top, and backward below."""
    found = re.findall(r"<i>(.*?)</i><b>(.*?)</b><span>∂ (.*?)</span>", graph)
    assert len(found) == graph.count("<i>") == len({name for name, *_ in found})
    return {plain(name): tuple(values) for name, *values in found}


def test_the_graph_of_a_weight_shows_every_value_forward_and_backward(words):
    graph = drawings.chain_graph(words, CHAIN, "#123456", layer=3, output=None)
    assert boxes(graph) == {
        "h2[2]": ("0.50", "0.048"),  # w * delta
        "W3[2, 3]": ("−0.80", "−0.030"),  # x * delta
        words("chain.product_term"): ("−0.40", "−0.060"),
        words("chain.rest"): ("0.25", "−0.060"),
        "b3[3]": ("0.11", "−0.060"),
        "z": ("−0.040", "−0.060"),
        "h3[3]": ("−0.030", "−0.30"),
    }
    operations = re.findall(r'"vgl-operation"><span>(.*?)</span>(.*?)</div>', graph)
    assert operations == [("×", ""), ("+", ""), ("φ", "<small>φ′ = 0.20</small>")]
    (chosen,) = re.findall(r"vgl-chosen.*?</i>", graph)
    assert plain(chosen.split(">", 1)[1]) == "W3[2, 3]"
    assert "--arm:#123456" in graph


def test_the_graph_of_a_first_layer_begins_with_an_input_and_the_last_ends_with_the_answer(words):
    first = boxes(drawings.chain_graph(words, POSITIVE, "#123456", layer=1, output=None))
    assert first["x[1]"] == ("2.0", "0.094")
    assert first["h1[1]"] == ("0.62", "0.12")
    graph = drawings.chain_graph(words, POSITIVE, "#123456", layer=2, output=SIGMOID)
    assert boxes(graph)["h1[1]"] == ("2.0", "0.094")
    assert boxes(graph)["p"] == ("0.62", "0.12")
    assert "<span>σ</span><small>σ′ = 0.25</small>" in graph
    assert len(boxes(graph)) == 7
    assert {"x[1]", "p"} <= boxes(drawings.chain_graph(words, POSITIVE, "red", 1, SIGMOID)).keys()


def test_the_graph_draws_each_tag_closed(words):
    graph = drawings.chain_graph(words, CHAIN, "#123456", 2, None)
    for tag in ("div", "i", "b", "span", "small", "sub"):
        assert len(re.findall(rf"<{tag}[ >]", graph)) == graph.count(f"</{tag}>")


# The table of factors


FACTORS = ChainFactors(
    signal=np.array([0.009, 0.03, 0.5]),
    weights=np.array([1.2, 0.6]),
    activation=np.array([0.25, 0.1]),
    plain_slope=np.array([0.24, 0.13]),
    gradient=np.array([0.7, 0.08, 0.9]),
)


def table(words: Text, chain: ChainFactors) -> list[list[str]]:
    """The table's rows, the heads first, as cells of text."""
    html = drawings.factor_table(words, chain, "ReLU", SIGMOID)
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [[plain(c) for c in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def test_the_table_goes_from_the_output_back_with_both_factors_and_their_product(words):
    def factor(value: str, mean: str) -> str:
        return f"× {value}" + words("chain.plain", value=mean)

    heads, *rows = table(words, FACTORS)
    names = ("layer", "weights", "activation", "signal", "inputs", "gradient")
    assert heads == [words(f"chain.{name}") for name in names]
    assert rows == [
        [
            words("network.output"),
            words("chain.start", delta=SIGMOID.plain_delta),
            "0.50",
            "× 1.8",
            "0.90",
        ],
        ["2", "× 0.60", factor("0.10", "0.13"), "0.030", "× 2.7", "0.080"],
        ["1", "× 1.2", factor("0.25", "0.24"), "0.0090", "× 78", "0.70"],
        [words("chain.first_last"), "× 0.72", "× 0.025", "× 0.0180", "× 43.2", "× 0.778"],
    ]


def test_the_table_begins_with_the_answers_own_slope_where_it_does_not_cancel(words):
    output, kept = OUTPUTS["tanh_squared"].symbols, AnswerSlope(1.6, 0.3125, 0.42)
    html = drawings.factor_table(words, replace(FACTORS, answer=kept), "tanh", output)
    row = re.findall(r"<tr>(.*?)</tr>", html)[1]
    cells = [plain(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
    plain_mean = words("chain.plain", value="0.42")
    assert cells == [
        words("network.output"),
        f"{words('chain.start', delta='2 (p − y)')} = 1.6",
        f"× 0.31(1 − p²) {plain_mean}",
        *("0.50", "× 1.8", "0.90"),
    ]


NORMED = replace(
    FACTORS,
    signal=np.array([0.0108, 0.09, 0.5]),  # 0.5 * 0.6 is layer 2's error, and 0.9 of it layer 1's
    norm=np.array([0.16, 3.0]),
    ways=Ways(*(np.array(part) for part in ([True, False], [0.9, NAN], [1.2, NAN], [-0.3, NAN]))),
)


def test_the_table_of_norms_and_skips_has_their_factors_and_both_ways(words):
    heads, _, second, first, foot = table(words, NORMED)
    names = ("layer", "weights_skip", "error", "activation", "norm", "signal_norm")
    assert heads == [words(f"chain.{name}") for name in (*names, "inputs", "gradient")]
    assert second[1:3] == ["× 0.60", "0.30"]
    assert second[4:6] == ["× 3.0", "0.090"]
    assert first[1:3] == ["× (1.2 − 0.30)", "0.27"]
    assert first[4:6] == ["× 0.16", "0.011"]
    assert foot[1:5] == ["× 0.54", "", "× 0.25", "× 0.16"]
    html = drawings.factor_table(words, NORMED, "ReLU", SIGMOID)
    assert re.findall("--past:(.*?)%", html) == ["80"], "1.2 beside 0.3"


def test_the_formula_of_norms_and_skips_multiplies_to_the_signal():
    formula = drawings.product_formula(NORMED, 1, SIGMOID).replace(r" \\ & \times", r" \times")
    symbols, worked, result = lines(formula)
    assert r"r_{2} \, (\pi_{1} + \tau_{1}) \, \langle|\varphi'(z_{1})|\rangle" in symbols
    assert worked == r"0.500 \times 0.600 \times ((1.20 - 0.300) \cdot 0.250 \cdot 0.160)"
    assert figures(result) == [pytest.approx(0.0108, rel=5e-3)]


def test_a_factor_is_not_parted_from_its_sign_where_the_table_is_narrow(words):
    html = drawings.factor_table(words, FACTORS, "ReLU", SIGMOID)
    assert re.findall("×(.)", html) == ["\N{NO-BREAK SPACE}"] * 12


def test_the_table_of_a_network_that_dies_says_what_is_unknown(words):
    _, *rows = table(words, chained([math.nan, 2.0], [0.5, 0.0]))
    assert [row[1] for row in rows[1:]] == ["× 2.0", "× –"]
    assert [row[-3:-1] for row in rows] == [["0.50", "× 1.0"], ["0", "× –"], ["0", "× –"]]


def test_the_table_of_a_perceptron_has_one_row(words):
    _, *rows = table(words, chained([], []))
    assert [row[:3] for row in rows] == [
        [words("network.output"), words("chain.start", delta=SIGMOID.plain_delta), "0.50"]
    ]


# Formulas


def figures(formula: str) -> list[float]:
    """Every number of a piece of LaTeX, factors of ten taken in."""
    found = re.findall(r"(-?\d+(?:\.\d+)?)(?:\\cdot 10\^\{(-?\d+)\})?", formula)
    return [float(mantissa) * 10.0 ** int(power or 0) for mantissa, power in found]


def balanced(formula: str) -> bool:
    """Every brace and bracket is closed, and no other one in between."""
    found = re.sub(r"\\[{}]|[^{}()]", "", formula)
    while "{}" in found or "()" in found:
        found = found.replace("{}", "").replace("()", "")
    return not found


def lines(formula: str) -> list[str]:
    """The right sides of an aligned formula, symbols first."""
    assert formula.startswith(r"\begin{aligned}")
    assert formula.endswith(r"\end{aligned}")
    assert balanced(formula)
    inner = formula.removeprefix(r"\begin{aligned}").removesuffix(r"\end{aligned}")
    return [line.split("&=")[1].strip() for line in inner.split(r"\\")]


@pytest.mark.parametrize("chain", [CHAIN, POSITIVE], ids=["negative", "positive"])
@pytest.mark.parametrize("scale", [1.0, 3e-9, 7e6])
def test_a_weights_numbers_multiply_to_its_gradient(chain, scale):
    chain = WeightChain(
        **vars(chain) | {"error": chain.error * scale, "delta": chain.delta * scale}
    )
    _, worked, result = lines(drawings.chain_formula(chain, 2, None))
    parts = worked.split(r"\times")
    assert [figures(part) for part in parts] == [
        [pytest.approx(value, rel=5e-3)] for value in (chain.x, chain.slope, chain.error)
    ]
    product = math.prod(value for part in parts for value in figures(part))
    assert figures(result) == [pytest.approx(product, rel=0.02)]
    assert figures(result) == [pytest.approx(chain.gradient, rel=5e-3)]


def test_negative_numbers_are_bracketed_as_factors_only():
    _, *worked = lines(drawings.chain_formula(CHAIN, 2, None))
    assert worked == [r"0.500 \times 0.200 \times (-0.300)", "-0.0300"]
    _, *worked = lines(drawings.chain_formula(POSITIVE, 2, None))
    assert "(" not in "".join(worked)


@pytest.mark.parametrize(
    ("layer", "symbols"),
    [
        (1, r"x[2] \cdot \varphi'(z_{1}[3]) \cdot \frac{\partial L}{\partial h_{1}[3]}"),
        (3, r"h_{2}[2] \cdot \varphi'(z_{3}[3]) \cdot \frac{\partial L}{\partial h_{3}[3]}"),
        (12, r"h_{11}[2] \cdot \sigma'(z) \cdot \frac{\partial L}{\partial p}"),
    ],
)
def test_a_weights_formula_in_symbols(layer, symbols):
    formula = drawings.chain_formula(CHAIN, layer, SIGMOID if layer == 12 else None)
    assert lines(formula)[0] == symbols
    assert rf"\frac{{\partial L}}{{\partial W_{{{layer}}}[2,3]}} &=" in formula


def test_the_last_layers_formula_says_whether_the_slope_cancels():
    cancels = lines(drawings.chain_formula(CHAIN, 4, SIGMOID))
    assert cancels[1] == r"h_{3}[2] \cdot p(1-p) \cdot \frac{p-y}{p(1-p)}"
    assert cancels[2] == r"h_{3}[2] \cdot (p-y)"
    kept = lines(drawings.chain_formula(CHAIN, 4, OUTPUTS["tanh_squared"].symbols))
    assert kept[1] == r"h_{3}[2] \cdot (1-p^2) \cdot 2(p-y)"
    assert kept[2:] == cancels[3:], "nothing cancels"
    stays = lines(drawings.chain_formula(CHAIN, 4, OUTPUTS["relu"].symbols))
    assert stays[1] == r"h_{3}[2] \cdot \mathrm{ReLU}'(z) \cdot \frac{p-y}{p(1-p)}"
    assert stays[2:] == cancels[3:], "there is nothing that cancels"


LINK = NormLink(
    s=-0.64, mean=0.36, inverse=4.0, x=-4.0, scale=0.5, shift=1.96, error=-0.06, mean_g=0.01,
    mean_gx=0.02,
)  # fmt: skip


def test_a_weight_before_a_norm_has_a_box_and_lines_more(words):
    chain = replace(CHAIN, norm=LINK, delta=4 * (-0.03 - 0.01 + 4 * 0.02), rest=-0.35, b=0.11)
    graph = drawings.chain_graph(words, chain, "#123456", 3, None, "batch norm")
    shown = boxes(graph)
    assert (shown["s"], shown["z"]) == (("−0.64", "0.16"), ("−0.040", "−0.060"))
    assert "<span>batch norm</span><small>γ/√(v+ε) = 2.0</small>" in graph
    formula = drawings.chain_formula(chain, 3, None)
    assert balanced(formula)
    for part in (
        r"0.500 \times 0.200 \times (-0.300) = -0.0300",
        r"4.00 \times (-0.0300 - 0.0100",
        r"- (-4.00) \times 0.0200)",
        r"0.500 \times 0.160",
    ):
        assert part in formula
    assert formula.endswith(r"&= 0.0800\end{aligned}")


def test_a_weight_in_a_layer_with_a_skip_shows_what_goes_past(words):
    chain = replace(CHAIN, skip=SkipLink(before=0.2, through=0.15, past=-0.45))
    shown = boxes(drawings.chain_graph(words, chain, "#123456", 3, None))
    assert (shown["φ(z)"], shown["h2[3]"]) == (("−0.23", "−0.30"), ("0.20", "−0.30"))
    assert lines(drawings.skip_formula(chain, chain.skip, 3))[1] == "-0.450 + 0.150 = -0.300"


@pytest.mark.parametrize("layer", [1, 2])
def test_factors_in_the_formula_multiply_to_the_signal(layer):
    symbols, worked, result = lines(drawings.product_formula(FACTORS, layer, SIGMOID))
    assert rf"\prod_{{k={layer}}}^{{2}}" in symbols
    start, factors = worked.split(r"\times")
    assert figures(start) == [0.5]
    expected = [0.6, 0.1, 1.2, 0.25] if layer == 1 else [0.6, 0.1]  # from the output back
    assert figures(factors.replace(r"\cdot 0", "; 0")) == expected
    assert math.prod([0.5, *expected]) == pytest.approx(FACTORS.signal[layer - 1])
    assert figures(result) == [pytest.approx(FACTORS.signal[layer - 1], rel=5e-3)]


def test_the_formula_begins_with_the_answers_own_slope_where_it_does_not_cancel():
    output, chain = (
        OUTPUTS["sigmoid_squared"].symbols,
        replace(FACTORS, answer=AnswerSlope(1.6, 0.3125, 0.42)),
    )
    formula = drawings.product_formula(chain, 2, output).replace(r" \\ & \times", r" \times")
    symbols, worked, result = lines(formula)
    assert symbols.startswith(r"\overline{\left|2(p-y)\right|} \, \langle|\sigma'(z)|\rangle")
    assert worked == r"1.60 \times 0.312 \times (0.600 \cdot 0.100)"
    assert figures(result) == [pytest.approx(1.6 * 0.3125 * 0.06, rel=5e-3)]


def test_the_formula_of_many_factors_shows_the_first_and_the_last():
    chain = chained([2.0, 3.0, 4.0, 5.0], [0.125, 0.25, 0.5, 0.75])
    _, worked, result = lines(drawings.product_formula(chain, 2, SIGMOID))
    assert worked == r"0.500 \times (5.00 \cdot 0.750) \cdots (3.00 \cdot 0.250)"
    assert figures(result) == [pytest.approx(0.5 * 5 * 0.75 * 4 * 0.5 * 3 * 0.25, rel=5e-3)]


def test_formulas_of_unknown_and_of_no_factors_are_whole():
    surely_wrong = WeightChain(**vars(CHAIN) | {"slope": 0.0, "error": -math.inf, "delta": -1.0})
    assert lines(drawings.chain_formula(surely_wrong, 4, SIGMOID))[-1] == "-0.500"
    dead = chained([math.nan, 2.0], [0.5, 0.0])
    assert lines(drawings.product_formula(dead, 1, SIGMOID))[2] == "0"


# The points


def pictures(
    words: Text, shown: list[PointsView], name: str = "ReLU", task: Task = XOR
) -> list[dict]:
    """Each picture's caption, accessible name, and dots as ``title: (left, top, fill)``."""
    found = []
    html = drawings.points_pictures(words, task, shown, "#123456", name)
    for figure in re.findall(r"<figure>(.*?)</figure>", html):
        title, note = re.search(r"<figcaption><b>(.*?)</b>(.*?)</figcaption>", figure).groups()
        dot = r'<i title="(.*?)" style="left:(.*?)%;top:(.*?)%;background:(.*?);'
        dots = {at: (float(x), float(y), fill) for at, x, y, fill in re.findall(dot, figure)}
        label = re.search(r'role="img" aria-label="(.*?)"', figure)[1]
        found.append({"title": title, "note": note, "label": label, "dots": dots})
    return found


def view_of(*coordinates: tuple[float, float], **fields) -> PointsView:
    values = {"spread": 0.5, "explained": 1.0, "silent": False} | fields
    return PointsView(np.array(coordinates), **values)


def test_points_stand_where_the_layer_puts_them_upwards_on_top(words):
    view = view_of((0, 0), (1.4, 0), (0, 1.4), (-0.7, -0.35))
    (picture,) = pictures(words, [view])
    dots = {title: (round(x), round(y)) for title, (x, y, _) in picture["dots"].items()}
    assert dots == {
        "(0, 0) → 0": (50, 50),
        "(0, 1) → 1": (90, 50),
        "(1, 0) → 1": (50, 10),
        "(1, 1) → 0": (30, 60),
    }


def test_points_have_their_labels_colour(words):
    (picture,) = pictures(words, [view_of(*[(0, 0)] * 4)])
    fills = [fill for _, _, fill in picture["dots"].values()]
    assert fills == [RAMP[-1] if label else RAMP[0] for label in XOR.labels.tolist()]


@pytest.mark.parametrize("width", [1, 2, 3])
def test_even_a_single_point_among_zeros_stays_inside_the_picture(words, width):
    """No four points lie further out in units of their length."""
    shown = views("relu", (np.ones((2, width)), [-1.5] * width))[-1]
    assert np.hypot(*shown.coordinates.T).max() == pytest.approx(1.5)
    for view in (shown, view_of(*-shown.coordinates)):
        (picture,) = pictures(words, [view])
        places = [place for x, y, _ in picture["dots"].values() for place in (x, y)]
        assert 5 < min(places) < max(places) < 95, "with room for the dot itself"
        assert max(abs(place - 50) for place in places) > 30, "and uses the picture"


def test_points_have_their_tasks_names_and_labels(words):
    (picture,) = pictures(words, [view_of(*[(0, 0)] * 4)], task=TASKS["nand_centred"])
    assert [*picture["dots"]] == ["(−1, −1) → 1", "(−1, 1) → 1", "(1, −1) → 1", "(1, 1) → 0"]
    fills = [fill for _, _, fill in picture["dots"].values()]
    assert fills == [RAMP[-1]] * 3 + [RAMP[0]]


def test_pictures_are_named_for_those_who_cannot_see_them(words):
    shown = [view_of(*[(0, 0)] * 4, spread=0.123), view_of(*[(0, 0)] * 4, silent=True)]
    first, second = pictures(words, shown)
    assert first["title"] == words("points.input")
    assert first["note"] == words("points.spread", share="12%")
    assert second["title"] == words("points.layer", layer=1)
    assert second["note"] == words("points.silent")
    for picture in (first, second):
        assert picture["label"] == f"ReLU, {picture['title']}: {picture['note']}"


@pytest.mark.parametrize("count", [1, 2, 12, 13, 24, 51])
def test_at_most_twelve_layers_are_pictured_the_first_and_the_last_among_them(words, count):
    shown = [view_of(*[(0, 0)] * 4, spread=layer / 100) for layer in range(count)]
    found = pictures(words, shown)
    assert len(found) == min(count, drawings.MOST_VIEWS)
    layers = [int("0" + re.sub(r"\D", "", picture["title"])) for picture in found]
    assert (layers[0], layers[-1]) == (0, count - 1)
    for layer, picture in zip(layers, found, strict=True):
        assert picture["note"] == words("points.spread", share=f"{number(layer)}%")
    gaps = np.diff(layers)
    assert count == 1 or 1 <= gaps.min() <= gaps.max() <= gaps.min() + 1, "evenly"


@pytest.mark.parametrize(
    ("spread", "written"), [(0, "0%"), (1, "100%"), (0.0123, "1.2%"), (4.2e-9, "4.2×10⁻⁷%")]
)
def test_a_spread_is_a_share_however_small(spread, written):
    assert drawings.share(view_of((0, 0), spread=spread)) == written


# Names


def test_a_name_is_written_in_its_colour():
    style = Style("en", True, ("relu", "sigmoid"))
    for place, name in enumerate(("ReLU", "Sigmoid")):
        expected = f'<b style="color:{style.colors[place]}">{name}</b>'
        assert named(style, place) == expected


def test_names_are_escaped(words):
    name = 'a<b>&"c'
    style = SimpleNamespace(inks=["#123456"], names=[name])
    assert named(style, 0).endswith(">a&lt;b&gt;&amp;&#34;c</b>")
    (picture,) = pictures(words, [view_of(*[(0, 0)] * 4)], name)
    assert picture["label"].startswith("a&lt;b&gt;&amp;&#34;c, ")
