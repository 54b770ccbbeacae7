"""The mathematics of the network to try things on: the browser's is PyTorch's and the lab's."""

import itertools
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from components.drawing import network
from components.drawing.block import scripts
from components.drawing.network import DECADES, MOST_UNITS, Layout
from components.words import numbers
from components.words.numbers import number, probability, short, whole
from models import ACTIVATIONS, Experiment, train
from models.experiment import CHOICES
from models.outputs import OUTPUTS
from models.passes import Pass, decision_surface, network_pass
from models.tasks import XOR
from tests.models.reference import (
    mean_loss,
    plain_network,
    point_losses,
    torch_optimizer,
    treat_gradient,
)

FOLDER = Path(network.__file__).parent
MATH, PICTURE, SUMS = (FOLDER / f"{name}.js" for name in ("math", "picture", "sums"))
NUMBERS = Path(numbers.__file__).with_suffix(".js")


@pytest.fixture(scope="module")
def compute(browser):
    """``compute(files, body, argument)``: what a function body makes of it with their functions.

    Numbers that JSON does not know travel as words.
    """
    page = browser.new_page()

    def call(files: Path | list[Path], body: str, argument: object = None) -> object:
        revive = (
            "JSON.parse(given, (_, v) => ({ nan: NaN, inf: Infinity, '-inf': -Infinity })[v] ?? v)"
        )
        write = (
            "JSON.stringify(result, (_, v) => ArrayBuffer.isView(v) ? [...v] "
            ": typeof v === 'number' && !Number.isFinite(v) ? `${v}` : v)"
        )
        files = files if isinstance(files, list) else [files]
        source = scripts(*files)
        script = (
            f"given => {{ {source}\n const data = {revive};"
            f" const result = (() => {{ {body} }})(); return {write}; }}"
        )
        found = page.evaluate(script, json.dumps(_words(argument)))
        return json.loads(found)

    yield call
    page.close()


def _words(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "inf", -math.inf: "-inf"}.get(value, "nan")
    if isinstance(value, dict):
        return {name: _words(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_words(each) for each in value]
    return value


def floats(values: list) -> np.ndarray:
    """An array that travelled, Infinity and NaN included."""
    return np.array([float(value) for value in values])


Z = [*np.linspace(-8, 8, 161).tolist(), -40.0, -25.0, -20.5, 20.5, 25.0, 40.0, 1e-9, -1e-9, 0.0]


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "maxout"])
def test_activations_and_their_slopes_are_the_labs(compute, name):
    activation = ACTIVATIONS[name]
    body = (
        f"const f = ACTIVATIONS.{name};"
        "return ['value', 'slope'].map(k => data.z.map(z => f[k](z, data.a)));"
    )
    for a in {activation.parameter.default, 0.3} if activation.parameter else {None}:
        found = compute(MATH, body, {"z": Z, "a": a})
        for values, curve in zip(found, ("value_curve", "slope_curve"), strict=True):
            expected = getattr(activation, curve)(np.array(Z), a)
            np.testing.assert_allclose(floats(values), expected, rtol=1e-11, atol=1e-15)


def test_gelus_tail_is_exact(compute):
    z = [-0.1, -1.0, -5.0, -12.0, -30.0, 0.0, 3.0, 30.0]
    found = floats(compute(MATH, "return data.map(normal)", z))
    expected = [0.5 * math.erfc(-each / math.sqrt(2)) for each in z]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("name", OUTPUTS)
def test_outputs_are_the_labs(compute, name):
    z = torch.tensor([*np.linspace(-3, 3, 61).tolist(), -40.0, 40.0, 0.0, 1.0, -1e-12])
    z, output = z.double(), OUTPUTS[name]
    for label in (0.0, 1.0):
        body = (
            f"const o = OUTPUTS.{name};"
            "return [o.answer, o.loss, o.delta].map(f => data.z.map(z => f(z, data.y)))"
            ".concat([data.z.map(z => Number(z > o.threshold))]);"
        )
        found = [floats(each) for each in compute(MATH, body, {"z": z.tolist(), "y": label})]
        y, (low, high) = torch.tensor(label, dtype=torch.float64), output.targets
        h = output.hypothesis(z)
        one = ((h - high).abs() < (h - low).abs()).double()
        if not math.isfinite(output.threshold):
            one = torch.ones_like(h)  # by next to nothing, which rounds to nothing
        expected = [h, output.loss(z, y), output.delta(z, y.expand_as(z)), one]
        for place, (one, other) in enumerate(zip(found, expected, strict=True)):
            small = 1e-17 * (place == 1)  # PyTorch rounds a loss that small to 0
            np.testing.assert_allclose(one, other.numpy(), rtol=1e-12, atol=small)


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_surface_is_as_bright_as_the_answer_is_near_its_target(compute, name):
    z, output = np.linspace(-3, 3, 61), OUTPUTS[name]
    found = floats(compute(MATH, f"return data.map(OUTPUTS.{name}.odds)", z.tolist()))
    (low, high), h = output.targets, output.hypothesis(torch.from_numpy(z)).numpy()
    share = np.clip((h - low) / (high - low), 0, 1)
    np.testing.assert_allclose(1 / (1 + np.exp(-found)), share, rtol=1e-12, atol=1e-15)


def described(experiment: Experiment) -> dict:
    """A network and its points as the browser's mathematics knows them."""
    task = experiment.task
    return {
        **{name: getattr(experiment, name) for name in ("sizes", "activation", "output")},
        **{name: getattr(experiment, name) for name in ("optimizer", "momentum", "norm", "skip")},
        **{"decay": experiment.weight_decay, "clip": experiment.clip},
        "unitGradient": experiment.unit_gradient,
        "accumulate": experiment.accumulate,
        "broadcast": experiment.broadcast,
        "pieces": experiment.phi.pieces,
        "a": experiment.activation_parameter,
        "points": task.inputs.flatten().tolist(),
        "labels": task.labels.tolist(),
    }


def flat(weights: list, biases: list, norms: Sequence[tuple] = ()) -> list[float]:
    """Parameters as they travel; norms are shift and scale of each hidden layer."""
    norms = [*norms, *[()] * (len(weights) - len(norms))]
    layers = zip(norms, biases, weights, strict=True)
    parts = [each for norm, *pair in layers for each in (*norm, *pair)]
    return np.concatenate([np.ravel(each) for each in parts]).tolist()


PLAIN = {"norm": "none", "skip": False}


PASS = """
  const parameters = Float64Array.from(data.parameters);
  const points = Float64Array.from(data.points);
  const pass = forward(data, parameters, points);
  const { values: answers, inputs } = pass;
  return { ...backward(data, parameters, pass, data.labels), answers, inputs };
"""
GIVEN = {"points": XOR.inputs.flatten().tolist(), "labels": XOR.labels.flatten().tolist()}
SHAPES = [
    *({"activation": name, "hidden": (5,) * 3} for name in CHOICES["activation"]),
    *(
        {"activation": name, "hidden": hidden}
        for name in ("tanh", "maxout")
        for hidden in ((), (1,), (10,) * 9)
    ),
    *({"hidden": (3, 3), "output": output} for output in OUTPUTS),
    *(
        {"activation": name, "hidden": (5, 10, 2), "output": output, "data": "nor_centred"}
        for name in ("tanh", "maxout")
        for output in ("softmax", "tanh_squared")
    ),
    *(
        {"activation": name, "hidden": hidden, "norm": norm, "skip": skip}
        for name, hidden in (("tanh", (10,) * 9), ("maxout", (5, 5, 3, 3)), ("sigmoid", (1, 1)))
        for norm, skip in (("batch", False), ("layer", True), ("batch", True), ("none", True))
    ),
]


@pytest.mark.parametrize("fields", SHAPES, ids=str)
def test_gradients_are_those_of_the_pass(compute, fields):
    given = {"activation": "tanh", "dtype": "float64", "init": "pytorch", "learning_rate": 0.01}
    experiment = Experiment(**given | fields, steps=20, networks=1)
    history, task, output = train(experiment), experiment.task, experiment.output_layer
    one = network_pass(history, 0, slice(-1, None))
    norms = [(norm.shift[0], norm.scale[0]) for norm in one.norms]
    parameters = flat([w[0] for w in one.weights], [b[0] for b in one.biases], norms)
    found = compute(MATH, PASS, described(experiment) | {"parameters": parameters})
    gradients = [one.gradient(layer)[0] for layer in range(1, experiment.layers + 1)]
    biases = [delta[0].mean(axis=0) for delta in one.deltas]
    expected = flat(gradients, biases, list(norm_gradients(one)))
    rounding = 1e-15 if one.norms else 1e-18  # a bias before batch norm has none
    np.testing.assert_allclose(floats(found["gradient"]), expected, rtol=1e-9, atol=rounding)
    for values, error in zip(found["errors"], one.errors, strict=True):
        np.testing.assert_allclose(floats(values), error[0].ravel(), rtol=1e-9, atol=rounding)
    norms = [np.linalg.norm(each) for each in gradients]
    np.testing.assert_allclose(floats(found["norms"]), norms, rtol=1e-9)
    logits = output.logit(torch.from_numpy(one.z[-1][0]))[:, 0]
    np.testing.assert_allclose(floats(found["answers"]), logits, rtol=1e-9, atol=1e-15)
    for values, expected in zip(found["inputs"], one.inputs, strict=True):
        np.testing.assert_allclose(floats(values), expected[0].ravel(), rtol=1e-9, atol=1e-15)
    loss = point_losses(experiment.output, torch.from_numpy(one.z[-1][0]), task.labels).mean()
    np.testing.assert_allclose(float(found["loss"]), loss, rtol=1e-12)


def norm_gradients(one: Pass) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """DLoss / d(shift, scale) of each hidden layer's norm."""
    for norm, error, slope in zip(one.norms, one.errors, one.slopes, strict=False):
        delta = np.tile(error[0], slope.shape[2] // error.shape[2]) * slope[0]
        yield delta.mean(axis=0), (delta * norm.standard[0]).mean(axis=0)


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
def test_the_plane_is_answered_with_the_statistics_of_the_points(compute, norm):
    experiment = Experiment(
        activation="tanh", hidden=(4, 4, 3), norm=norm, skip=True, steps=40, networks=1,
        dtype="float64",
    )  # fmt: skip
    history, side = train(experiment), 5
    parameters = history.flat_parameters(-1, 0).tolist()
    body = """
      const parameters = Float64Array.from(data.parameters);
      const before = forward(data, parameters, Float64Array.from(data.points));
      const grid = Float64Array.from(data.grid);
      return forward(data, parameters, grid, data.sizes.length - 1, before).values;
    """
    middles = -0.5 + (np.arange(side) + 0.5) * 2 / side
    grid = [each for second in middles for first in middles for each in (first, second)]
    given = described(experiment) | {"parameters": parameters, "grid": grid}
    answers = 1 / (1 + np.exp(-floats(compute(MATH, body, given))))
    expected = decision_surface(history, 0, -0.5, 1.5, side)[-1]
    np.testing.assert_allclose(answers, expected.ravel(), rtol=1e-4)


def test_a_tie_of_a_maxout_unit_gives_each_half(compute):
    network = {"sizes": [2, 1, 1], "activation": "maxout", "output": "squared", "pieces": 2}
    parameters = [0.5, 0.5, 1, 1, 1, 1, 0, 1]  # b1, W1 by rows, b2, W2
    found = compute(MATH, PASS, PLAIN | network | GIVEN | {"parameters": parameters})
    gradient = floats(found["gradient"])
    assert gradient[0] == gradient[1] != 0
    np.testing.assert_allclose(gradient[2:6].reshape(2, 2)[:, 0], gradient[2:6].reshape(2, 2)[:, 1])


def test_a_pass_may_end_at_a_layer(compute):
    network = {"sizes": [2, 3, 3, 1], "activation": "tanh", "output": "sigmoid", "pieces": 1}
    body = """
      const parameters = Float64Array.from({ length: 25 }, (_, place) => Math.sin(place));
      const points = Float64Array.from(data.points);
      const whole = forward(data, parameters, points);
      return [1, 2, 3].map(until => [forward(data, parameters, points, until).values,
        until < 3 ? whole.inputs[until] : whole.zs[2]]);
    """
    for part, whole_pass in compute(MATH, body, PLAIN | network | GIVEN):
        assert part == whole_pass


@pytest.mark.parametrize(
    "fields",
    [
        *({"optimizer": name} for name in CHOICES["optimizer"]),
        *({"optimizer": name, "weight_decay": 0.03} for name in ("sgd", "adam")),
        *({"optimizer": name, "momentum": 0.5} for name in ("momentum", "nesterov", "rmsprop")),
        *({"output": output, "data": "xnor_centred"} for output in ("softmax", "tanh_squared")),
        *({"norm": norm, "skip": True, "weight_decay": 0.03} for norm in ("batch", "layer")),
        {"norm": "layer", "optimizer": "adam", "unit_gradient": True},
        {"skip": True, "clip": 0.1, "unit_gradient": True, "optimizer": "momentum"},
        {"accumulate": True, "optimizer": "adam", "clip": 0.5, "weight_decay": 0.03},
        {"accumulate": True, "unit_gradient": True},
        {"broadcast": True, "output": "tanh_squared", "data": "or"},
    ],
    ids=str,
)
def test_fifty_steps_are_those_of_torch(compute, fields):
    experiment = Experiment(
        **{"activation": "tanh", "hidden": (4, 4, 3), "init": "lab", "dtype": "float64"} | fields,
        networks=1, learning_rate=0.05,
    )  # fmt: skip
    task, net = experiment.task, plain_network(experiment, 0)
    start = flat_module(net)
    descent = torch_optimizer(experiment, net.parameters())
    for _ in range(50):
        if not experiment.accumulate:
            descent.zero_grad()
        mean_loss(experiment, net(task.inputs), task.labels).backward()
        treat_gradient(experiment, net)
        descent.step()
    body = """
      const parameters = Float64Array.from(data.parameters);
      const points = Float64Array.from(data.points);
      const move = descent(data, parameters.length);
      for (let step = 0; step < 50; step++) {
        const pass = forward(data, parameters, points);
        move(parameters, backward(data, parameters, pass, data.labels).gradient, 0.05);
      }
      return parameters;
    """
    found = floats(compute(MATH, body, described(experiment) | {"parameters": start}))
    np.testing.assert_allclose(found, flat_module(net), rtol=1e-9, atol=1e-12)


def flat_module(net: nn.Sequential) -> list[float]:
    """A module's parameters as they travel."""
    parts = []
    for layer in net:
        modules = [module for module in layer.modules() if list(module.parameters(recurse=False))]
        for module in reversed(modules):  # a norm stands behind its linear layer
            parts += [module.bias, module.weight.T]
    return torch.cat([part.detach().flatten() for part in parts]).tolist()


def test_numbers_read_as_elsewhere(compute):
    generator = np.random.default_rng(0)
    values = (generator.normal(size=600) * 10.0 ** generator.integers(-9, 9, 600)).tolist()
    values += [0.0, -0.0, 0.125, 0.375, 2.5, -2.25, 9.5, 95, 9.995, 99.5, 0.5, 1.5, 1e20, -1e-300]
    values += [999.5, 9999.5, 12345, 94999, 99999.6, 123456, 0.00095, 0.00099951, 1e-4, 1e4]
    values += [math.inf, -math.inf, math.nan]
    body = """return data.map(v => [
      number(v), number(v, 3), number(v, 1), number(v, 2, 4), number(v, 2, 0), short(v), whole(v)]);
    """
    for value, found in zip(values, compute(NUMBERS, body, values), strict=True):
        assert found == [
            *(number(value), number(value, 3), number(value, 1), number(value, decimals=4)),
            *(number(value, decimals=0), short(value), whole(value)),
        ], value


def test_answers_read_as_elsewhere(compute):
    values = [0.0, 1.0, 0.5, 0.49999999, 0.500000001, 0.49995, 0.50005, 0.12345, 1e-9, -0.3, 12.0]
    values += [*(0.5 + 10.0 ** -np.arange(1, 17)).tolist(), math.nan, math.inf]
    for middle in (0.5, 0.0):
        given = {"values": values, "middle": middle}
        body = "return data.values.map(value => probability(value, data.middle))"
        found = compute(NUMBERS, body, given)
        assert found == [probability(value, middle) for value in values]


# What is drawn where

LINES = """
  const parameters = Float64Array.from(data.parameters);
  const points = Float64Array.from(data.points);
  const pass = forward(data, parameters, points);
  const { gradient, errors } = backward(data, parameters, pass, data.labels);
  const geometry = new Geometry(data, 800, 1, null);
  const won = winners(data, pass.zs, data.point);
  const lines = linesOf(data, geometry, parameters, gradient, won);
  const arcs = arcsOf(data, geometry, errors);
  return { lines, arcs, gradient, units: geometry.units, across: geometry.across };
"""


def drawn(compute, weights: list, biases: list | None = None, **given) -> dict:
    """The lines and units of a network of these weights; by default of identities."""
    weights = [np.array(weight, float) for weight in weights]
    if biases is None:
        biases = [np.zeros(weight.shape[1]) for weight in weights]
    network = PLAIN | {"activation": "identity", "output": "sigmoid", "pieces": 1, "a": None}
    network |= {"by": "weight", "point": 1, "decades": 5} | given
    sizes = [weight.shape[1] // network["pieces"] for weight in weights[:-1]]
    network["sizes"] = [2, *sizes, weights[-1].shape[1]]
    layout = Layout(network["sizes"])
    network |= {name: getattr(layout, name) for name in ("columns", "rows", "shown")}
    network |= GIVEN | {"parameters": flat(weights, biases)}
    return compute([MATH, PICTURE], LINES, network)


def by_place(lines: list[dict]) -> dict[tuple, dict]:
    """Layer, source and target, all from 1 on, to line."""
    found = {(line["layer"], line["source"] + 1, line["target"] + 1): line for line in lines}
    assert len(found) == len(lines)
    return found


def random_weights(hidden: Sequence[int], pieces: int = 1, units: int = 1) -> tuple[list, list]:
    generator = np.random.default_rng(sum(hidden))
    out = [*(pieces * width for width in hidden), units]
    shapes = list(zip([2, *hidden], out, strict=True))
    return [generator.normal(size=shape) for shape in shapes], [
        generator.normal(size=after) for after in out
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        (),
        (1,) * 2,
        (5,) * 3,
        (2,) * 12,
        (3,) * 13,
        (16,),
        (17,) * 2,
        (20,) * 50,
        (5, 17, 3),
        (1, 4),
    ],
)
@pytest.mark.parametrize("answers", [1, 2])
def test_each_line_joins_the_units_of_its_weight(compute, hidden, answers):
    weights, biases = random_weights(hidden, units=answers)
    found = drawn(compute, weights, biases, activation="tanh")
    layout = Layout([2, *hidden, answers])
    units = {(unit["layer"], unit["unit"] + 1): unit for unit in found["units"]}
    shown = [layout.shown[layer] for layer in layout.columns if layer >= 0]
    assert len(units) == len(found["units"]) == sum(shown)
    for (layer, source, target), line in by_place(found["lines"]).items():
        left, right = units[layer - 1, source], units[layer, target]
        assert (line["x1"], line["y1"]) == (left["x"], left["y"])
        assert (line["x2"], line["y2"]) == (right["x"], right["y"])
        assert line["value"] == weights[layer - 1][source - 1, target - 1]
        assert right["column"] == left["column"] + 1 == layout.columns.index(layer)
    pairs = [pair for pair in itertools.pairwise(layout.columns) if min(pair) >= 0]
    count = sum(layout.shown[left] * layout.shown[right] for left, right in pairs)
    assert len(found["lines"]) == count


def test_the_largest_drawn_weight_is_drawn_thickest(compute):
    lines = drawn(compute, *random_weights((5,) * 3))["lines"]
    sizes = np.array([line["size"] for line in lines])
    values = np.abs([line["value"] for line in lines])
    np.testing.assert_allclose(sizes, values / values.max())
    assert (np.diff(sizes) >= 0).all(), "and on top"


def test_each_power_of_ten_of_a_gradient_takes_a_fifth_of_its_thickness(compute):
    # Hidden units are multiples of x2: so are, over all points, their weights' gradients.
    inputs = [1, -0.1, 1e-3, 1e-5, 1e-6, 0]
    lines = drawn(compute, [[[0] * 6, inputs], [[1], *[[0]] * 5]], by="gradient")["lines"]
    found = by_place(lines)
    last = {source: line for (layer, source, _), line in found.items() if layer == 2}
    sizes = [last[source]["size"] for source in sorted(last)]
    np.testing.assert_allclose(sizes, [1, 0.8, 0.4, 0, 0], atol=1e-12)
    assert len({line["value"] < 0 for line in last.values()}) == 2
    first = [place for place in found if place[0] == 1]
    assert sorted(first) == [(1, 1, 1), (1, 2, 1)], "nothing comes back through zeros"


def test_gradients_are_measured_against_the_networks_largest_drawn_or_not(compute):
    inputs = [1.0] * MOST_UNITS + [100.0]
    lines = drawn(compute, [[[0] * 17, inputs], [[1], *[[0]] * 16]], by="gradient")["lines"]
    last = [line["size"] for line in lines if line["layer"] == 2]
    np.testing.assert_allclose(last, [1 - 2 / DECADES] * MOST_UNITS)


@pytest.mark.parametrize(
    ("hidden", "layers"),
    [((5,), []), ((4, 4, 4, 3, 3), [2, 3, 5]), ((3,) * 14, [*range(2, 6), *range(10, 15)])],
)
def test_an_arc_leads_past_each_drawn_layer_as_wide_as_the_one_before(compute, hidden, layers):
    weights, biases = random_weights(hidden)
    assert drawn(compute, weights, biases, activation="tanh")["arcs"] == []
    found = drawn(compute, weights, biases, activation="tanh", skip=True)
    units = {(unit["layer"], unit["unit"]): unit for unit in found["units"]}
    arcs = {(arc["layer"], arc["unit"]): arc for arc in found["arcs"]}
    assert list(arcs) == [(at, unit) for at in layers for unit in range(hidden[at - 1])]
    for (layer, unit), arc in arcs.items():
        left, right = units[layer - 1, unit], units[layer, unit]
        ends = (arc["x1"], arc["y"], arc["x2"], arc["y"])
        assert ends == (left["x"], left["y"], right["x"], right["y"])


def test_an_arc_is_as_thick_as_the_error_that_goes_past_the_layer(compute):
    # A unit's error is passed back once by the skip, and nine times by the last hidden layer.
    weights = [np.ones((2, 4)), np.zeros((4, 4)), 9 * np.eye(4), [[1], [1e-2], [-1e-6], [0]]]
    found = drawn(compute, weights, by="gradient", skip=True)
    sizes = [[arc["size"] for arc in found["arcs"] if arc["unit"] == unit] for unit in range(4)]
    powers = [(0, 1), (2, 3), (5, 5)]  # of ten below the largest, past layer 2 and 3
    assert sizes == [[pytest.approx(1 - each / DECADES) for each in pair] for pair in powers] + [[]]
    by_weight = drawn(compute, weights, skip=True)["arcs"]
    assert [arc["size"] for arc in by_weight] == [None] * 8, "a skip has no weight"


@pytest.mark.parametrize("by", ["weight", "gradient"])
def test_a_network_of_zeros_is_drawn_without_lines(compute, by):
    assert drawn(compute, [np.zeros((2, 3)), np.zeros((3, 1))], by=by)["lines"] == []


@pytest.mark.parametrize("activation", ["tanh", "maxout"])
@pytest.mark.parametrize(
    ("norm", "skip"), [("batch", True), ("layer", False), ("layer", True), ("none", True)]
)
def test_a_units_sums_are_those_of_the_pass(compute, activation, norm, skip):
    experiment = Experiment(
        activation=activation, hidden=(3, 3, 2), norm=norm, skip=skip, init="lab", networks=1,
        steps=30, dtype="float64",
    )  # fmt: skip
    history = train(experiment)
    one, point = network_pass(history, 0, slice(-1, None)), 2
    body = """
      const parameters = Float64Array.from(data.parameters);
      const pass = forward(data, parameters, Float64Array.from(data.points));
      return data.units.map(unit => sumsOf(data, parameters, pass, unit, "past"));
    """
    units = [
        {"layer": layer, "unit": unit}
        for layer, width in enumerate(experiment.widths, start=1)
        for unit in range(width)
    ]
    given = {"parameters": history.flat_parameters(-1, 0).tolist(), "point": point, "units": units}
    given |= {"text": {"mean": "mean"}}
    found = compute([NUMBERS, MATH, SUMS], body, described(experiment) | given)
    assert found == [sums(one, point, **unit) for unit in units]


def sums(one: Pass, point: int, layer: int, unit: int) -> list[str]:
    """What is to be written of a unit."""

    def said(value: float) -> str:
        return number(float(value), 3)

    def plus(value: float) -> str:
        return f"− {said(-value)}" if value < 0 else f"+ {said(value)}"

    at, width, maxout = layer - 1, one.experiment.sizes[layer], one.experiment.phi.pieces > 1
    column = unit + width * int(np.argmax(one.z[at][0, point, unit::width]))
    z, h = one.z[at][0, point, column], one.inputs[layer][0, point, unit]
    lines = [f"z = h W + b = {said(z)}"]
    if one.norms:
        norm = one.norms[at]
        x, scale, shift = (norm.standard[0, point, column], norm.scale[0, column],
                           norm.shift[0, column])  # fmt: skip
        mean, spread = (
            np.broadcast_to(each, norm.given.shape)[0, point, column]
            for each in (norm.mean, 1 / norm.inverse)
        )
        away = f"({said(norm.given[0, point, column])} {plus(-mean)}) / {said(spread)}"
        factor = f"({said(x)})" if x < 0 else said(x)
        lines = [f"x̂ = (s − mean) / √(v+ε) = {away} = {said(x)}"]
        lines += [f"z = γ x̂ + β = {said(scale)} × {factor} {plus(shift)} = {said(z)}"]
    phi = "max z" if maxout else "φ(z)"
    if not (one.experiment.skip and layer == 2):
        return [*lines, f"h = {phi} = {said(h)}"]
    past = one.inputs[at][0, point, unit]
    inner = z if maxout else np.tanh(z)
    return [*lines, f"h = {phi} + past = {said(inner)} {plus(past)} = {said(h)}"]


@pytest.mark.parametrize("hidden", [(4, 4), (17, 17), (6, 3)])
@pytest.mark.parametrize("by", ["weight", "gradient"])
def test_of_a_maxout_unit_both_weight_sets_are_drawn_and_the_one_that_wins_is_told(
    compute, by, hidden
):
    weights, biases = random_weights(hidden, pieces=2)
    one = passes_of(weights, biases)
    counted = set()
    for point in range(4):
        given = {"activation": "maxout", "pieces": 2, "by": by, "point": point}
        found = drawn(compute, weights, biases, **given)
        wins = [line["wins"] for line in found["lines"]]
        assert wins == sorted(wins), "what counts is drawn on top"
        for (layer, _, target), line in by_place(found["lines"]).items():
            if layer == 3:
                assert line["wins"]
                continue
            width = hidden[layer - 1]
            unit, second = (target - 1) % width, target > width
            first_z, second_z = one[layer - 1][point, [unit, unit + width]]
            assert line["wins"] == ((second_z > first_z) == second)
            (place,) = [u for u in found["units"] if (u["layer"], u["unit"]) == (layer, unit)]
            assert (line["y2"] > place["y"]) == second, "the first set arrives at the upper half"
            counted.add((layer, unit, line["wins"], second))
    assert {wins for *_, wins, _ in counted} == {True, False}


def passes_of(weights: list, biases: list) -> list[np.ndarray]:
    """The z of each layer of a network of Maxout units."""
    hidden, zs = XOR.inputs.numpy(), []
    for weight, bias in zip(weights, biases, strict=True):
        zs.append(hidden @ weight + bias)
        hidden = np.maximum(*np.split(zs[-1], 2, axis=1)) if bias.size > 1 else zs[-1]
    return zs


def test_a_line_that_can_hardly_be_seen_gives_way_to_one_beside_it(compute):
    body = """
      const shape = { columns: [0, 1], rows: 2, shown: [2, 1], sizes: [2, 1] };
      const geometry = new Geometry(shape, 400, 1);
      const line = (y, strength) => ({ x1: 0, x2: 100, y1: y, y2: y, strength });
      const lines = [line(50, 1), line(56, 0.05)];
      const found = (reach) => [[50, 52], [50, 53], [50, 57], [50, 70], [120, 50]].map(
        ([x, y]) => lines.indexOf(geometry.lineAt(lines, x, y, reach)));
      return [found(8), found(16)];
    """
    assert compute([MATH, PICTURE], body) == [[0, 0, 1, -1, -1], [0, 0, 1, 1, -1]]
