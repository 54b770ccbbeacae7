"""The way back's data, read as ``backward.js`` does: every figure is the table's."""

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from components.drawing import backward
from components.drawing.backward import has_way, pack
from components.drawing.charts.style import Style
from components.drawing.drawings import factor_table
from components.words.numbers import SUPERSCRIPT, number
from components.words.text import LANGUAGES, text
from models import Experiment, train
from models.diagnostics import AnswerSlope, ChainFactors, chain_factors
from models.outputs import OUTPUTS, Output
from models.passes import network_pass
from tests.components.page import plain
from tests.models.diagnostics.made import chained

STYLE = Style("en", False, ("sigmoid", "relu"))
PLAIN = str.maketrans({raised: chr(sign) for sign, raised in SUPERSCRIPT.items()} | {"−": "-"})


def read(
    chain: ChainFactors, style: Style = STYLE, place: int = 0, output: Output = OUTPUTS["sigmoid"]
) -> dict:
    block = pack(style, place, chain, output.symbols, "this network")
    length = int.from_bytes(block[:4], "little")
    assert len(block) == 4 + length
    return json.loads(block[4:])


def real(figure: str) -> float:
    """The number that was written."""
    return float(figure.translate(PLAIN).replace("×10", "e"))


def trained(**changes) -> ChainFactors:
    experiment = Experiment(**{"activation": "sigmoid", "networks": 1, "steps": 1} | changes)
    return chain_factors(network_pass(train(experiment), 0), 0)


@pytest.mark.parametrize("depth", [1, 9, 50])
def test_each_factor_and_the_end_are_the_tables(depth):
    chain = trained(depth=depth)
    start, *stops = read(chain)["stops"]
    html = factor_table(STYLE.words, chain, "Sigmoid", OUTPUTS["sigmoid"].symbols)
    rows = [
        [plain(cell).split("×", 1)[-1].strip() for cell in re.findall(r"<td>(.*?)</td>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", re.sub("<small>.*?</small>", "", html))
    ]
    table, foot = rows[2:-1], rows[-1]  # without the heads and the output
    shown = [stop["factor"] for stop in stops[:-1]]
    assert [list(pair) for pair in zip(shown[::2], shown[1::2], strict=True)] == [
        row[:2] for row in table
    ]
    *_, signal, inputs, ratio = foot
    assert stops[-2]["left"] == signal
    assert stops[-1]["factor"] == inputs
    assert stops[-1]["left"] == ratio == number(chain.ratio, 3)
    assert ratio in stops[-1]["what"]
    assert real(start["left"]) == 1


@pytest.mark.parametrize(
    "changes",
    [{}, {"activation": "relu"}, {"norm": "batch", "skip": True}, {"norm": "layer"}],
    ids=str,
)
def test_what_is_read_multiplies_from_stop_to_stop(changes):
    start, *stops = read(trained(depth=9, init="lab", **changes))["stops"]
    for stop, earlier in zip(stops, [start, *stops], strict=False):
        assert stop["before"] == earlier["left"]
        product = real(stop["before"]) * real(stop["factor"])
        assert real(stop["left"]) == pytest.approx(product, rel=0.06), "of two digits"


def test_it_goes_from_the_output_to_the_first_layers_weights():
    header = read(trained(depth=2))
    assert header["columns"] == ["W₁", "1", "2", "output"]
    assert [stop["column"] for stop in header["stops"]] == [3, 2, 2, 1, 1, 0]
    signs = [stop.get("sign") for stop in header["stops"]]
    assert signs == [None, "W₃", "φ′(z₂)", "W₂", "φ′(z₁)", "Inputs"]


def test_it_goes_past_layers_with_a_skip_and_through_the_last_norm():
    header = read(trained(depth=3, norm="layer", skip=True))
    signs = [stop.get("sign") for stop in header["stops"]]
    ways = ["W₄", "1+φ′W₃", "1+φ′W₂"]
    assert signs == [None, *ways, "φ′(z₁)", "γ/√v₁", "Inputs"]
    assert [stop["column"] for stop in header["stops"]] == [4, 3, 2, 1, 1, 1, 0]


def test_it_begins_with_the_answers_own_slope_where_that_does_not_cancel():
    chain = replace(trained(depth=2), answer=AnswerSlope(1.5, 0.125, 0.2))
    output = OUTPUTS["sigmoid_squared"]
    start, first, *stops = read(chain, output=output)["stops"]
    assert start["what"] == STYLE.words("backward.start_error", error="2 (p − y)")
    assert (first["sign"], first["factor"], first["left"]) == ("σ′(z)", "0.12", "0.125")
    assert start["column"] == first["column"] == 3
    plain = read(trained(depth=2))["stops"][1:]
    assert [stop["factor"] for stop in stops] == [stop["factor"] for stop in plain]
    left = number(0.125 * chain.ratio, 3)
    assert stops[-1]["what"] == STYLE.words(
        "backward.inputs_error", left=left, ratio=number(chain.ratio, 3)
    )


def test_it_stands_as_high_as_its_power_of_ten():
    stops, lines = (read(trained(depth=9))[name] for name in ("stops", "lines"))
    powers = [int(line["name"].removeprefix("10").translate(PLAIN)) for line in lines]
    height, ground = np.polyfit(powers, [line["level"] for line in lines], 1)
    assert powers == list(range(0, powers[-1] - 1, -1))
    for stop in stops:
        expected = ground + height * math.log10(real(stop["left"]))
        assert stop["level"] == pytest.approx(expected, abs=1e-3)
        assert 0 < stop["level"] <= 1
    deep = read(trained(depth=50))["lines"]
    assert 3 <= len(deep) <= 7


def test_a_dead_layer_ends_it_at_zero():
    start, *stops = read(chained([math.nan, 2.0], [0.5, 0.0]))["stops"]
    assert start["level"] < stops[0]["level"] == pytest.approx(math.log10(2), abs=0.5)
    assert [stop["left"] for stop in stops] == ["2.00", "0", "0", "0", "0"]
    assert [stop["level"] for stop in stops[1:]] == [0, 0, 0, 0]
    assert [stop["factor"] for stop in stops] == ["2.0", "0", "–", "0.50", "–"]


def test_there_is_no_way_without_hidden_layers_or_without_a_gradient_to_go_back():
    assert has_way(chained([1.0], [0.2]))
    assert has_way(chained([0.0], [0.2])), "it goes, and is lost"
    assert not has_way(chained([], []))
    assert not has_way(chained([math.nan], [0.25], output=0.0))
    assert not has_way(chained([1.0], [0.2], output=math.inf))
    assert not has_way(chained([0.0], [0.0], inputs=[1.0, 0.0])), "0 of 0 is not known"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_browser_says_what_it_is_sent_in_the_language(language):
    header = read(trained(depth=3), Style(language, True, ("relu", "sigmoid")), 1)
    asked = set(re.findall(r"\btext\.(\w+)", backward._JS))
    words = text(language)
    assert header["text"] == {name: words(f"backward.{name}") for name in asked}
    assert header["name"] == "Sigmoid"
    assert header["stops"][1]["what"] == words("backward.weights", layer=3, next=4)
    assert not re.search(r"\bto(Fixed|Precision|Exponential|LocaleString)\b", backward._JS)
