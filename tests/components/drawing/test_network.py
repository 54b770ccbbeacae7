"""The network's bytes, taken apart by a reader of their own: the layout is that of ``view.js``."""

import itertools
import json
import re
import struct
from dataclasses import dataclass, replace

import numpy as np
import pytest

from components.drawing.charts.style import RAMP, Style
from components.drawing.network import DECADES, MOST_UNITS, Layout, line_colors, pack, unit_colors
from components.drawing.network.drawing import network_drawing
from components.drawing.network.layout import MOST_LAYERS
from components.words.text import LANGUAGES, text
from models import ACTIVATIONS, Experiment, train
from models.outputs import OUTPUTS
from models.passes import network_pass
from models.tasks import XOR
from tests.components.drawing.test_charts import contrast

STYLE = Style("en", False, ("relu", "sigmoid"))
SMALL = Experiment(activation="tanh", depth=3, width=5, init="lab", steps=20, networks=2)


@dataclass(frozen=True)
class Block:
    """What a browser makes of the bytes."""

    header: dict
    parameters: np.ndarray  # layer by layer, shifts and scales, biases, weights

    @property
    def layers(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """``(W [fan_in, fan_out], b [fan_out])`` of each layer."""
        sizes = self.header["sizes"]
        return [
            (block[-fan_in:], block[-fan_in - 1])
            for block, fan_in in zip(self._blocks, sizes, strict=False)
        ]

    @property
    def norms(self) -> list[np.ndarray]:
        """``[2, fan_out]`` of each hidden layer: shift, scale."""
        return [block[:2] for block in self._blocks[:-1] if self.header["norm"] != "none"]

    @property
    def _blocks(self) -> list[np.ndarray]:
        """``[rows, fan_out]`` of each layer."""
        header, blocks, start = self.header, [], 0
        for layer, (fan_in, units) in enumerate(itertools.pairwise(header["sizes"])):
            hidden = layer < header["depth"]
            fan_out = units * (header["pieces"] if hidden else 1)
            before = 2 if hidden and header["norm"] != "none" else 0
            stop = start + (before + 1 + fan_in) * fan_out
            blocks.append(self.parameters[start:stop].reshape(-1, fan_out))
            start = stop
        assert start == len(self.parameters)
        return blocks


def read(block: bytes) -> Block:
    """The bytes by their description."""
    (length,) = struct.unpack_from("<I", block)
    header = json.loads(block[4 : 4 + length].decode("utf-8"))
    kept = {"float32": "<f4", "float64": "<f8"}[header["dtype"]]
    return Block(header, np.frombuffer(block[4 + length :], kept))


def packed(
    experiment: Experiment = SMALL, frame: int = 0, style: Style = STYLE, **changes
) -> Block:
    given = {"place": 0, "network": 0, "point": 1, "by": "weight"} | changes
    one = network_pass(train(experiment), given["network"], slice(frame, frame + 1))
    return read(pack(style, one=one, **given))


@pytest.mark.parametrize(
    "changes",
    [
        *({"activation": name} for name in ("sigmoid", "maxout", "elu")),
        *({"depth": depth, "width": width} for depth, width in ((0, 4), (1, 1), (14, 17))),
        {"dtype": "float64", "optimizer": "adam", "learning_rate": 0.03},
        {"activation": "maxout", "depth": 0},
        {"hidden": (5, 10, 5), "activation": "maxout", "output": "softmax", "data": "nor_centred"},
        {"optimizer": "nesterov", "momentum": 0.8, "weight_decay": 0.01},
        {"norm": "batch", "clip": 0.5, "unit_gradient": True},
        {"norm": "layer", "skip": True, "activation": "maxout", "hidden": (5, 5, 3)},
    ],
    ids=str,
)
def test_what_is_packed_is_the_runs(changes):
    experiment = replace(SMALL, **changes)
    history = train(experiment)
    for frame, number in ((0, 0), (7, 1)):
        block = packed(experiment, frame, network=number)
        kept = history.parameters(frame, number)
        assert block.parameters.dtype == history.frames[0].dtype
        for packed_layer, layer in zip(block.layers, kept, strict=True):
            for mine, theirs in zip(packed_layer, layer, strict=True):
                np.testing.assert_array_equal(mine, theirs)
        norms = history.norm_parameters(frame, number) if experiment.norm != "none" else []
        for packed_norm, (scale, shift) in zip(block.norms, norms, strict=True):
            np.testing.assert_array_equal(packed_norm, [shift, scale])
    header, layout = block.header, Layout(experiment.sizes)
    for name in ("depth", "sizes", "activation", "output", "optimizer", "momentum", "dtype",
                 "norm", "skip", "clip"):  # fmt: skip
        assert header[name] == getattr(experiment, name)
    assert header["unitGradient"] == experiment.unit_gradient
    assert header["rate"] == experiment.learning_rate
    assert header["decay"] == experiment.weight_decay
    assert header["a"] == experiment.activation_parameter
    assert header["pieces"] == experiment.phi.pieces
    assert (header["columns"], header["rows"]) == (layout.columns, layout.rows)
    assert header["shown"] == layout.shown


def test_the_points_are_xors_and_the_chosen_one_and_what_lines_show_are_told():
    header = packed(point=2, by="gradient").header
    points = header["plane"]["points"]
    assert [point[:2] for point in points] == XOR.inputs.tolist()
    assert [point[2] for point in points] == XOR.labels.tolist()
    assert header["pointNames"] == ["(0, 0)", "(0, 1)", "(1, 0)", "(1, 1)"]
    assert (header["point"], header["by"], header["decades"]) == (2, "gradient", DECADES)
    assert header["ramp"] == list(RAMP)


def test_points_answers_and_targets_are_the_runs_own():
    experiment = replace(SMALL, data="and_centred", output="tanh_squared")
    header = packed(experiment).header
    points = [[-1, -1, 0, "−1"], [-1, 1, 0, "−1"], [1, -1, 0, "−1"], [1, 1, 1, "1"]]
    assert header["plane"]["points"] == points
    assert header["plane"]["low"] < -1 < 1 < header["plane"]["high"]
    assert header["plane"]["marks"] == [[-1, "−1"], [1, "1"]]
    assert header["pointNames"] == ["(−1, −1)", "(−1, 1)", "(1, −1)", "(1, 1)"]
    assert (header["targets"], header["scale"]) == ([-1, 1], ["−1", "1"])
    assert (packed().header["targets"], packed().header["scale"]) == ([0, 1], ["0", "1"])
    assert packed().header["plane"]["marks"] == [[0, "0"], [1, "1"]]


def test_another_run_network_or_step_is_another_network_and_nothing_else_is():
    def told(experiment: Experiment = SMALL, frame: int = 0, **changes) -> str:
        return packed(experiment, frame, **changes).header["run"]

    assert told() == told(point=3) == told(by="gradient") == told(replace(SMALL, steps=30))
    assert told() == told(style=Style("ko", True, ("tanh",)))
    others = [told(frame=3), told(network=1), told(replace(SMALL, learning_rate=0.2))]
    assert len({told(), *others}) == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_the_language_and_names_the_run_in_its_colour(language):
    style = Style(language, False, ("relu", "sigmoid"))
    header = packed(style=style, place=1).header
    assert header["text"] == text(language).section("network")
    assert header["huge"] == text(language)("replay.huge")
    assert (header["name"], header["color"]) == (style.names[1], style.colors[1])


@pytest.mark.parametrize("output", OUTPUTS)
def test_every_output_can_be_packed(output):
    experiment = replace(SMALL, output=output, init="pytorch", learning_rate=0.01)
    assert packed(experiment).header["output"] == output


def test_the_colours_of_units_reach_as_far_as_their_values():
    assert packed().header["reach"] == 1
    added = replace(SMALL, activation="sigmoid", depth=9, skip=True)
    largest = max(np.abs(each).max() for each in network_pass(train(added), 0).inputs[1:])
    assert largest > 2
    reach = packed(added).header["reach"]
    first = network_pass(train(added), 0, slice(0, 1))
    assert 1 < max(np.abs(each).max() for each in first.inputs[1:]) <= reach == round(reach)


@pytest.mark.parametrize("dark", [False, True])
def test_a_network_is_drawn_in_the_colours_of_the_sign_which_no_run_has(dark):
    for pair in itertools.permutations(ACTIVATIONS, 2):
        style = Style("en", dark, pair)
        signs = {*line_colors(style), *unit_colors(style)}
        assert not signs & {*style.colors, style.ink, style.quiet}
    colours = packed(style=style).header["colours"]
    assert (colours["negative"], colours["positive"]) == line_colors(style)
    assert colours["units"] == [*unit_colors(style)]
    assert colours["units"][1] == style.paper, "at 0 a unit has no colour"
    assert min(contrast(style.ink, fill) for fill in colours["units"]) >= 4.5
    assert min(contrast(style.paper, line) for line in line_colors(style)) >= 4.5
    assert contrast("#ffffff", colours["surface"][1]) >= 3, "the white line at 0 is seen"


# Which layers and units are drawn


def layout_of(depth: int, width: int) -> Layout:
    return Layout([2, *[width] * depth, 1])


@pytest.mark.parametrize("depth", [0, 1, MOST_LAYERS])
def test_a_network_of_up_to_twelve_hidden_layers_is_drawn_whole(depth):
    layout = layout_of(depth, 4)
    assert layout.columns == list(range(depth + 2))
    assert layout.left_out == 0


@pytest.mark.parametrize(("depth", "left_out"), [(13, [6, 7]), (14, [6, 7, 8]), (50, range(6, 45))])
def test_of_a_deeper_one_the_layers_in_the_middle_are_left_out(depth, left_out):
    layout = layout_of(depth, 4)
    gap = layout.columns.index(-1)
    assert layout.columns.count(-1) == 1
    assert layout.columns[:gap] == list(range(left_out[0]))
    assert layout.columns[gap + 1 :] == list(range(left_out[-1] + 1, depth + 2))
    assert layout.left_out == len(left_out)


@pytest.mark.parametrize("width", [1, 2, 5, MOST_UNITS, 17, 128])
@pytest.mark.parametrize("depth", [0, 3])
def test_at_most_so_many_units_of_a_layer_are_drawn(depth, width):
    layout = layout_of(depth, width)
    assert layout.shown == [2, *[min(width, MOST_UNITS)] * depth, 1]
    assert layout.rows == max(layout.shown)


def test_each_layer_of_unequal_ones_is_drawn_with_its_own_units():
    layout = Layout([2, 5, 17, 1, 2])
    assert layout.shown == [2, 5, MOST_UNITS, 1, 2]
    assert layout.rows == MOST_UNITS
    deep = Layout([2, *[3] * 5, 17, 17, *[3] * 6, 1])
    assert (deep.left_out, deep.rows) == (2, 3), "what is left out needs no room"


# For a slide


def slide(experiment: Experiment) -> str:
    """The picture of a network before its training, without its frame."""
    history = train(experiment)
    one, norms = network_pass(history, 0, slice(1)), history.weight_gradient_norm[0, :, 0]
    return network_drawing(STYLE, 0, one, norms, point=1).inside


def test_a_slide_shows_the_skips_and_where_norms_stand():
    experiment = replace(SMALL, hidden=(4, 4, 4, 3, 3))
    bridges = [slide(replace(experiment, skip=skip)).count("<path") for skip in (False, True)]
    assert bridges == [0, 2 * (4 + 4 + 3)], "each with its rim"
    for norm, strokes in (("none", 0), ("batch", 4 + 4 + 4 + 3 + 3), ("layer", 5)):
        assert slide(replace(experiment, norm=norm)).count('linecap="round"') == strokes


def test_a_bridge_on_a_slide_is_as_thick_as_the_error_that_goes_past_the_layer():
    # A unit's error is passed back once by the skip, and nine times by the last hidden layer.
    weights = (((1.0, 2.0), (-1.0, 0.5)), ((0.0, 0.0), (0.0, 0.0)), ((9.0, 0.0), (0.0, 9.0)))
    start = (*((weight, (0.1, 0.3)) for weight in weights), (((1.0,), (1e-3,)), (0.0,)))
    experiment = Experiment(
        activation="identity", depth=3, width=2, skip=True, networks=1, steps=1, start=start
    )
    widths = re.findall(r'<path [^>]*stroke-width="([\d.]+)"', slide(experiment))
    powers = (4, 3, 1, 0)  # of ten below the largest
    expected = [0.8 + 2.2 * (1 - power / DECADES) for power in powers]
    assert sorted(map(float, widths)) == pytest.approx(
        sorted([*expected, *(3 + w for w in expected)]), abs=0.01
    )
