"""The chain rule in one network: against autograd and cases worked by hand."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from models import ACTIVATIONS, Experiment, History, train
from models.diagnostics import (
    DAMAGES,
    FADED,
    WEAKENED,
    ChainFactors,
    Flat,
    Ways,
    begin_alike,
    chain_factors,
    damage,
    flat_layers,
    open_paths,
    passed_layers,
    way_back,
    weight_chain,
)
from models.outputs import OUTPUTS
from models.passes import network_pass
from models.tasks import XOR
from tests.models.diagnostics.made import LN3, chained, made
from tests.models.reference import activation_module
from tests.models.test_passes import SHORT, traced

INITS = ("lab", "lecture")

# Chain factors


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_factors_multiply_to_the_signal_that_autograd_finds(activation, init):
    history = train(replace(SHORT, activation=activation, init=init, depth=4, width=5))
    for network, frame in itertools.product((0, 2), (0, -1)):
        oracle = traced(history, frame, network)
        chain = chain_factors(network_pass(history, network), frame)
        expected = oracle.signals()
        np.testing.assert_allclose(chain.signal, expected, rtol=1e-9)
        np.testing.assert_allclose(chain.product, expected, rtol=1e-9)
        logged = history.weight_gradient_norm[history.frame_places[frame], :, network]
        # Where the points' gradients cancel, what is left of them is rounding.
        np.testing.assert_allclose(chain.gradient, logged, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_each_factor_is_what_its_name_says(activation):
    history = train(replace(SHORT, activation=activation, depth=4, width=5))
    chain, oracle = chain_factors(network_pass(history, 1), -1), traced(history, -1, 1)
    signals = oracle.signals()
    for layer in range(4):
        error = np.abs(oracle.errors[layer])
        assert chain.weights[layer] == pytest.approx(error.mean() / signals[layer + 1], rel=1e-9)
        slope = np.abs(oracle.slopes[layer])
        if activation == "maxout":
            slope = slope[:, :5] + slope[:, 5:]
        mean = np.average(slope, weights=error)
        assert chain.activation[layer] == pytest.approx(mean, rel=1e-9)
        assert chain.plain_slope[layer] == pytest.approx(slope.mean(), rel=1e-9)


def test_factors_worked_by_hand():
    # z = s, -s with s = x1 + x2, so h = s, -s / 2 and the logit is ln 3 at every point: p is 3/4
    # and delta 3/4, -1/4, -1/4, 3/4. Slopes are 1/2, 1, 1, 1 and 1/2 throughout.
    layers = [([[1, -1], [1, -1]], [0, 0]), ([[2], [4]], [LN3])]
    history = made("leaky_relu", 2, [layers], activation_parameter=0.5)
    chain = chain_factors(network_pass(history, 0), 0)
    assert chain.signal == pytest.approx([7.25 / 8, 1 / 2])
    assert chain.weights == pytest.approx([3.0])
    assert chain.activation == pytest.approx([7.25 / 12])
    assert chain.plain_slope == pytest.approx([5.5 / 8])
    assert chain.product == pytest.approx([7.25 / 8, 1 / 2])
    # dLoss/dW: four times 1/4; 1/4 and -1/8.
    assert chain.gradient == pytest.approx([1 / 2, math.sqrt(5) / 8])
    found = damage(chain)
    assert found.kind == "kept"
    assert (found.activation, found.weights) == pytest.approx((7.25 / 12, 3.0))
    assert found.signal == pytest.approx(7.25 / 4)
    assert found.ratio == pytest.approx(4 / math.sqrt(5))
    assert found.signal * found.inputs == pytest.approx(found.ratio)
    # The first layer's inputs are 0 or 1, the last one's s and -s / 2 with s up to 2.
    assert chain.inputs == pytest.approx([4 / 7.25, math.sqrt(5) / 4])


@pytest.mark.parametrize("depth", [1, 4, 50])
def test_the_way_back_multiplies_all_factors_and_ends_at_the_ratio(depth):
    history = train(
        Experiment(activation="sigmoid", depth=depth, width=5, init="lecture", networks=1, steps=1)
    )
    chain = chain_factors(network_pass(history, 0), 0)
    *hidden, inputs = way_back(chain)
    layers = range(depth, 0, -1)
    assert [(each.by, each.layer) for each in hidden] == [
        (by, layer) for layer in layers for by in ("weights", "activation")
    ]
    assert [each.value for each in hidden[::2]] == chain.weights[::-1].tolist()
    assert [each.value for each in hidden[1::2]] == chain.activation[::-1].tolist()
    after = [each.left for each in hidden[1::2]]
    np.testing.assert_allclose(after, (chain.signal / chain.signal[-1])[-2::-1], rtol=1e-9)
    assert [each.left for each in hidden[::2]] == [
        left * each.value for left, each in zip([1.0, *after], hidden[::2], strict=False)
    ]
    assert (inputs.by, inputs.layer) == ("inputs", 1)
    logged = history.weight_gradient_norm[0, :, 0]
    assert inputs.left == pytest.approx(logged[0] / logged[-1], rel=1e-9)


def test_from_a_layer_that_is_dead_nothing_comes_back():
    way = way_back(chained([math.nan, 2.0], [0.5, 0.0]))
    assert [each.left for each in way] == [2.0, 0.0, 0.0, 0.0, 0.0]


def test_factors_of_a_network_that_dies_in_a_layer():
    one, alive, dead = np.ones((2, 2)), [1, 1], [-100, -100]
    layers = [([[1, 2], [3, 4]], alive), (one, dead), (one, alive), ([[1], [2]], [LN3])]
    chain = chain_factors(network_pass(made("relu", 2, [layers]), 0), 0)
    for figure in (chain.signal, chain.product, chain.gradient):
        assert figure[:2].tolist() == [0.0, 0.0]
    assert (chain.signal[2:] > 0).all()
    assert math.isnan(chain.weights[0]), "nothing comes back that weights could pass on"
    assert chain.weights[1] > 0
    assert chain.activation.tolist() == [1.0, 0.0, 1.0]
    assert chain.plain_slope.tolist() == [1.0, 0.0, 1.0]
    found = damage(chain)
    assert (found.kind, found.layer) == ("dead", 2)


def test_factors_of_a_network_of_zeros():
    history = train(Experiment(activation="sigmoid", depth=4, init="zeros", networks=1, steps=1))
    chain = chain_factors(network_pass(history, 0), 0)
    assert chain.signal.tolist() == chain.product.tolist() == [0, 0, 0, 0, 0.5]
    np.testing.assert_array_equal(chain.weights, [np.nan, np.nan, np.nan, 0])
    np.testing.assert_allclose(chain.activation, 0.25, rtol=1e-15)
    np.testing.assert_allclose(chain.plain_slope, 0.25, rtol=1e-15)
    assert (damage(chain).kind, damage(chain).layer) == ("dead", 4)


def test_factors_of_fifty_sigmoid_layers_lose_no_digits():
    history = train(
        Experiment(activation="sigmoid", depth=50, width=5, init="lecture", networks=1, steps=1)
    )
    chain = chain_factors(network_pass(history, 0), 0)
    expected = traced(history, 0, 0).signals()
    assert 0 < expected[0] < 1e-28
    np.testing.assert_allclose(chain.signal, expected, rtol=1e-9)
    np.testing.assert_allclose(chain.product, expected, rtol=1e-9)
    logged = history.weight_gradient_norm[0, :, 0]
    np.testing.assert_allclose(chain.gradient, logged, rtol=1e-9)


def test_factors_do_not_round_to_zero_where_their_squares_would():
    # Identity layers that hand on 1e-4 of what they get, 51 times; delta is 3/4, -1/4, -1/4, 3/4.
    layers = [(1e-4 * np.eye(2), [0, 0])] * 50 + [([[1e-4], [1e-4]], [LN3])]
    chain = chain_factors(network_pass(made("identity", 2, [layers]), 0), 0)
    np.testing.assert_allclose(chain.signal, 0.5 * 1e-4 ** np.arange(50, -1, -1), rtol=1e-9)
    assert chain.gradient[0] == pytest.approx(1e-200 / 4, rel=1e-9)
    assert damage(chain).kind == "offset", "values vanish forward as the error does backward"


def test_factors_are_known_where_their_product_is_below_the_smallest_float():
    layers = [(np.zeros((2, 2)), [460, 460]), ([[1e-200], [1e-200]], [LN3])]
    chain = chain_factors(network_pass(made("sigmoid", 2, [layers]), 0), 0)
    assert chain.weights[0] == pytest.approx(1e-200, rel=1e-9)
    assert chain.activation[0] == pytest.approx(math.exp(-460), rel=1e-9)
    assert chain.plain_slope[0] == pytest.approx(math.exp(-460), rel=1e-9)


UNEQUAL = replace(
    SHORT, activation="tanh", hidden=(5, 7, 2), data="nand_centred", init="pytorch", dtype="float64"
)


# Norms and skips


def pieces_added(values: np.ndarray, units: int) -> np.ndarray:
    """[P, units] a Maxout unit's two pieces as one."""
    return np.abs(values).reshape(len(values), -1, units).sum(axis=1)


@pytest.mark.parametrize("hidden", [(5, 5, 5, 5), (5, 5, 3, 3)], ids=str)
@pytest.mark.parametrize(
    ("norm", "skip"), [("batch", False), ("layer", False), ("none", True), ("batch", True)]
)
@pytest.mark.parametrize("activation", ["sigmoid", "relu", "maxout"])
def test_norms_and_skips_have_factors_that_multiply_to_autograds_signal(
    activation, norm, skip, hidden
):
    fields = {"hidden": hidden, "norm": norm, "skip": skip, "dtype": "float64"}
    # Centred, with biases: nowhere is the spread so small that rounding is multiplied.
    fields |= {"data": "xor_centred", "bias": "as_weights", "steps": 5}
    history = train(replace(SHORT, activation=activation, **fields))
    for frame in (0, -1):
        oracle = traced(history, frame, 1)
        chain, signals = chain_factors(network_pass(history, 1), frame), oracle.signals()
        np.testing.assert_allclose(chain.signal, signals, rtol=1e-7)
        np.testing.assert_allclose(chain.product, signals, rtol=1e-7)
        lefts = [each.left for each in way_back(chain)]
        assert lefts[-2] == pytest.approx(signals[0] / signals[-1], rel=1e-7)
        assert lefts[-1] == pytest.approx(chain.ratio, rel=1e-9)
        errors = [np.abs(each).mean() for each in oracle.errors]
        np.testing.assert_allclose(chain.error, errors, rtol=1e-7)
        found = damage(chain)
        factors = found.activation * found.weights * found.norm * found.skip
        assert factors == pytest.approx(signals[0] / signals[-1], rel=1e-7)
        products = chain.products()
        both = products.pop("both")
        np.testing.assert_allclose(math.prod(products.values()), both, rtol=1e-9)
        np.testing.assert_allclose(both, signals / signals[-1], rtol=1e-7)
        for layer in range(4):
            check_norm_and_ways(chain, oracle, layer, norm, skip)


def check_norm_and_ways(chain, oracle, layer: int, norm: str, skip: bool) -> None:
    """A layer's factor of the norm, and both ways to it, counted from 0, in autograd's values."""
    errors = oracle.errors
    if norm == "none":
        assert chain.norm is None
    else:
        units = errors[layer].shape[1]
        mean = pieces_added(oracle.z_deltas[layer], units).mean()
        assert chain.norm[layer] == pytest.approx(oracle.signals()[layer] / mean, rel=1e-7)
    if not skip:
        assert chain.ways is None
        return
    is_past = layer < 3 and errors[layer].shape == errors[layer + 1].shape
    assert chain.ways.there[layer] == is_past
    if is_past:
        sign, behind = np.sign(errors[layer]), errors[layer + 1]
        before = np.abs(behind).sum()
        past, through = (sign * behind).sum(), (sign * (errors[layer] - behind)).sum()
        assert chain.ways.past[layer] == pytest.approx(past / before, rel=1e-7)
        assert chain.ways.through[layer] == pytest.approx(through / before, rel=1e-6, abs=1e-9)
        assert chain.ways.past[layer] + chain.ways.through[layer] == pytest.approx(
            chain.ways.factor[layer], rel=1e-9
        )


def test_past_a_dead_layer_with_a_skip_the_gradient_goes_on():
    one, dead = np.ones((2, 2)), [-100, -100]
    layers = [([[1, 2], [3, 4]], [1, 1]), (one, dead), (one, [1, 1]), ([[1], [2]], [LN3])]
    for skip, passed in ((False, []), (True, [2])):
        history = made("relu", 2, [layers], skip=skip)
        chain = chain_factors(network_pass(history, 0), 0)
        assert chain.signal[1] == 0
        assert (chain.signal[0] > 0) == skip
        assert (damage(chain).kind == "dead") == (not skip)
        assert passed_layers(chain) == passed


def test_a_layer_norm_of_one_unit_lets_nothing_back():
    history = train(replace(SHORT, activation="tanh", width=1, norm="layer", dtype="float64"))
    found = damage(chain_factors(network_pass(history, 0), 0))
    assert (found.kind, found.by, found.layer) == ("dead", "norm", 3)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_where_a_norm_finds_no_spread_it_is_told(activation):
    # Without biases all is 0 at (0, 0); a sigmoid then hands on 1/2, times weights that differ.
    history = train(replace(SHORT, activation=activation, norm="layer", bias="zeros"))
    one = network_pass(history, 0)
    layers = (1, 2, 3) if activation == "tanh" else (1,)
    assert flat_layers(one, 0) == [Flat(layer, points=(0,)) for layer in layers]
    assert one.norms[0].inverse[0, 0, 0] == pytest.approx(math.sqrt(1e5))
    chain = chain_factors(one, 0)
    assert np.isfinite(chain.norm).all()
    # Weights of zero: no unit differs between the points.
    flat = [([[0, 1], [0, 1]], [3, 0]), ([[1], [1]], [0])]
    one = network_pass(made_normed("batch", flat), 0)
    assert flat_layers(one, 0) == [Flat(1, units=1)]


def made_normed(norm: str, layers) -> History:
    """A tanh network of these layers, its norms with scale 1 and shift 0."""
    history = made("tanh", 2, [layers], norm=norm)
    rows = []
    for place, (weight, bias) in enumerate(layers):
        units = np.shape(weight)[1]
        norms = [np.zeros(units), np.ones(units)] if place < len(layers) - 1 else []
        rows += [*norms, bias, np.ravel(weight)]
    return replace(history, frames=np.concatenate(rows)[None, None, :].astype(float))


@pytest.mark.parametrize(("norm", "skip"), [("batch", True), ("layer", True), ("none", True)])
@pytest.mark.parametrize("activation", ["gelu", "maxout"])
def test_a_weights_chain_through_norms_and_past_skips_is_autograds(activation, norm, skip):
    fields = {"norm": norm, "skip": skip, "dtype": "float64", "bias": "as_weights"}
    history = train(replace(SHORT, activation=activation, width=3, **fields))
    one, oracle = network_pass(history, 1), traced(history, -1, 1)
    for layer, point, unit in itertools.product((1, 2, 3), range(4), (1, 2, 3)):
        chain = weight_chain(one, -1, layer, point, unit, 1)
        pieces = oracle.z[layer - 1][point, unit - 1 :: 3]
        column = unit - 1 + 3 * int(pieces.argmax())
        delta = oracle.deltas[layer - 1][point, column]
        assert chain.delta == pytest.approx(delta, rel=1e-7, abs=1e-10)
        assert chain.z == pytest.approx(pieces.max(), rel=1e-7, abs=1e-10)
        given = chain.x * chain.w + chain.rest + chain.b
        if norm == "none":
            assert chain.norm is None
            assert given == pytest.approx(chain.z, abs=1e-10)
        else:
            link = chain.norm
            assert given == pytest.approx(link.s, abs=1e-10)
            assert (link.s - link.mean) * link.inverse == pytest.approx(link.x, abs=1e-9)
            assert link.scale * link.x + link.shift == pytest.approx(chain.z, abs=1e-10)
            back = oracle.z_deltas[layer - 1][point, column]
            assert link.error == pytest.approx(back, rel=1e-7, abs=1e-10)
            g = link.scale * link.error
            made = link.inverse * (g - link.mean_g - link.x * link.mean_gx)
            assert made == pytest.approx(delta, rel=1e-6, abs=1e-10)
        before, after = (
            oracle.inputs[at][point, unit - 1] if at else 0 for at in (layer - 1, layer)
        )
        if layer > 1:
            assert chain.skip.before == pytest.approx(before, abs=1e-10)
        else:
            assert chain.skip.before is None
        assert chain.h == pytest.approx(after, abs=1e-10)
        past = oracle.errors[layer][point, unit - 1] if layer < 3 else 0
        assert (chain.skip.past or 0) == pytest.approx(past, abs=1e-10)
        assert chain.skip.through + past == pytest.approx(chain.error, abs=1e-10)


@pytest.mark.parametrize("output", sorted(OUTPUTS.keys() - {"relu"}))  # torch: 0 / 0
@pytest.mark.parametrize("activation", ["tanh", "maxout"])
def test_factors_are_autograds_at_any_widths_data_and_output(activation, output):
    history = train(replace(UNEQUAL, activation=activation, output=output))
    chain, oracle = chain_factors(network_pass(history, 2), 0), traced(history, 0, 2)
    np.testing.assert_allclose(chain.signal, oracle.signals(), rtol=1e-9)
    np.testing.assert_allclose(chain.product, oracle.signals(), rtol=1e-9)
    norms = [np.linalg.norm(each) for each in oracle.gradients]
    np.testing.assert_allclose(chain.gradient, norms, rtol=1e-9)


@pytest.mark.parametrize(
    ("output", "unit"), [("sigmoid_squared", torch.sigmoid), ("tanh_squared", torch.tanh)]
)
def test_an_answer_that_keeps_its_slope_begins_with_it(output, unit):
    history = train(replace(UNEQUAL, output=output, init="lab", gain=3))
    one, task = network_pass(history, 0), history.experiment.task
    chain, z = chain_factors(one, 0), torch.tensor(one.z[-1][0, :, 0], requires_grad=True)
    h = unit(z)
    targets = task.labels * 2 - 1 if output == "tanh_squared" else task.labels
    loss = torch.nn.functional.mse_loss(h, targets, reduction="sum")
    (errors,) = torch.autograd.grad(loss, h, retain_graph=True)
    (slopes,) = torch.autograd.grad(h.sum(), z)
    errors = errors.abs()
    assert chain.answer.error == pytest.approx(errors.mean().item(), rel=1e-9)
    assert chain.answer.plain_slope == pytest.approx(slopes.mean().item(), rel=1e-6)
    weighted = (errors * slopes).sum() / errors.sum()
    assert chain.answer.slope == pytest.approx(weighted.item(), rel=1e-6)
    assert chain.answer.error * chain.answer.slope == pytest.approx(chain.signal[-1], rel=1e-9)
    first, *others = way_back(chain)
    assert (first.by, first.layer, first.left) == ("answer", 4, chain.answer.slope)
    plain = way_back(replace(chain, answer=None))
    assert [each.value for each in others] == [each.value for each in plain]
    assert others[-1].left == pytest.approx(chain.answer.slope * chain.ratio, rel=1e-9)


@pytest.mark.parametrize("output", ["sigmoid", "softmax", "squared", "relu_squared"])
def test_where_the_slope_cancels_or_is_one_the_gradient_begins_with_the_delta(output):
    history = train(replace(UNEQUAL, output=output))
    assert chain_factors(network_pass(history, 0), 0).answer is None


# Damage


@pytest.mark.parametrize(
    ("weights", "activation", "kind"),
    [
        ([1.0, 1.0], [0.01, 0.02], "activation"),
        ([3.0, 2.0], [0.01, 0.01], "activation"),  # the weights made up for some of it
        ([100.0, 30.0], [1e-3, 1e-3], "activation"),  # for most of it
        ([0.01, 0.02], [1.0, 1.0], "weights"),
        ([0.001, 0.5], [1.05, 1.05], "weights"),
        ([0.1, 0.1], [0.1, 0.1], "both"),
        ([10**-2.1, 1.0], [10**-3.9, 1.0], "both"),  # 65 % of the orders of magnitude
        ([10**-1.9, 1.0], [10**-4.1, 1.0], "activation"),  # 68 %
        ([10**-3.9, 1.0], [10**-2.1, 1.0], "both"),
        ([10**-4.1, 1.0], [10**-1.9, 1.0], "weights"),
        ([4.0, 2.5], [0.5, 0.25], "kept"),
        ([8.0, 30.0], [0.5, 0.5], "grown"),
        ([200.0, 30.0], [0.5, 0.5], "exploding"),
    ],
)
def test_damage_names_the_factor_that_took_the_gradient(weights, activation, kind):
    found = damage(chained(weights, activation))
    assert found.kind == kind
    assert found.activation == pytest.approx(math.prod(activation), rel=1e-12)
    assert found.weights == pytest.approx(math.prod(weights), rel=1e-12)
    assert found.signal == pytest.approx(math.prod([*weights, *activation]), rel=1e-12)
    assert found.ratio == pytest.approx(found.signal, rel=1e-12)
    assert found.inputs == pytest.approx(1, rel=1e-12)
    assert found.layer == 0


@pytest.mark.parametrize(
    ("total", "kind"),
    [
        (WEAKENED, "kept"),
        (np.nextafter(WEAKENED, 0), "weakened"),
        (FADED, "weakened"),
        (np.nextafter(FADED, 0), "weights"),
        (1 / WEAKENED, "kept"),
        (np.nextafter(1 / WEAKENED, np.inf), "grown"),
        (1 / FADED, "grown"),
        (np.nextafter(1 / FADED, np.inf), "exploding"),
        # An order of magnitude is worth a word, two are the story.
        (0.11, "kept"),
        (0.09, "weakened"),
        (9.0, "kept"),
        (11.0, "grown"),
    ],
)
def test_damage_begins_below_the_limit_and_growth_above_its_inverse(total, kind):
    assert damage(chained([total], [1.0], output=1.0)).kind == kind


@pytest.mark.parametrize(
    ("weights", "activation", "inputs", "kind"),
    [
        # What the first screen's ReLU network has: the signal weakens, the gradient does not.
        ([3.0], [0.03], [14.0, 1.0], "kept"),
        # A sigmoid that rests on a plateau: the points' shares cancel in the last layer.
        ([30.0], [1e-6], [1.0, 1e-5], "offset"),
        # Values that grow on their way forward as the error does on its way back.
        ([1e6], [1e-2], [1e-4, 1.0], "swollen"),
        ([1.0], [0.5], [1e-4, 1.0], "inputs"),
        ([1.0], [1e-2], [1e-5, 1.0], "inputs"),  # 71 % of the orders of magnitude
        ([1.0], [1e-2], [1e-3, 1.0], "activation"),  # 60 %: the rest is the activation's
        ([1e-2], [1e-2], [1e-2, 1.0], "both"),
        ([1.0], [1e-2], [5.0, 1.0], "weakened"),
        ([1.0], [0.5], [1e3, 1.0], "exploding"),
    ],
)
def test_damage_goes_by_the_weights_gradients_and_names_what_the_inputs_do(
    weights, activation, inputs, kind
):
    chain = chained(weights, activation, inputs=inputs)
    found = damage(chain)
    assert found.kind == kind
    assert found.ratio == pytest.approx(chain.gradient[0] / chain.gradient[-1], rel=1e-12)
    assert found.inputs == pytest.approx(inputs[0] / inputs[-1], rel=1e-12)
    assert found.signal * found.inputs == pytest.approx(found.ratio, rel=1e-12)


def test_damage_where_a_gradient_is_zero_though_the_signal_is_not():
    found = damage(chained([2.0], [0.5], inputs=[0.0, 1.0]))
    assert (found.kind, math.isnan(found.ratio)) == ("unfed", True)
    found = damage(chained([2.0], [0.5], inputs=[1.0, 0.0]))
    assert (found.kind, math.isnan(found.ratio)) == ("uncompared", True)


def test_every_damage_is_one_of_the_kinds():
    assert len(set(DAMAGES)) == len(DAMAGES)
    told = {
        mark.args[1][place][-1]
        for test in (
            test_damage_names_the_factor_that_took_the_gradient,
            test_damage_goes_by_the_weights_gradients_and_names_what_the_inputs_do,
        )
        for mark in test.pytestmark
        for place in range(len(mark.args[1]))
    }
    told |= {"none", "silent", "dead", "unfed", "uncompared", "norm", "skip", "shared"}
    assert told == set(DAMAGES)


@pytest.mark.parametrize(
    ("norm", "factor", "kind"),
    [
        ([1.0, 1e-4], [0.5, 0.9], "norm"),
        ([1.0, 1.0], [0.5, 1e-4], "skip"),
        ([0.1, 0.1], [1.0, 0.05], "shared"),
        ([30.0, 1.0], [1.0, 1e-5], "skip"),
    ],
)
def test_damage_by_a_norm_or_by_the_layers_with_a_skip(norm, factor, kind):
    # From layer 2 to layer 1 the way leads past and through layer 2, whose own norm is not on it.
    there, nothing = np.array([True, False]), np.full(2, math.nan)
    skip = np.array([factor[1], math.nan])
    weights, activation, norms = np.array([2.0, 1.0]), np.array([0.5, 0.5]), np.array(norm[::-1])
    top = 0.5 * weights[1]
    bottom = top * skip[0] * activation[0] * norms[0]
    signal = np.array([bottom, top * activation[1] * norms[1], 0.5])
    chain = ChainFactors(
        *(signal, weights, activation, activation, signal),
        norm=norms,
        ways=Ways(there, skip, skip, nothing),
    )
    np.testing.assert_allclose(chain.product, signal, rtol=1e-12)
    assert damage(chain).kind == kind


def test_damage_without_hidden_layers_or_without_a_signal():
    assert damage(chained([], [])).kind == "none"
    for output in (0.0, math.nan, math.inf):
        assert damage(chained([2.0], [0.5], output)).kind == "silent"
    assert damage(chained([math.inf], [0.5])).kind == "silent"


def test_damage_of_a_chain_that_is_cut():
    found = damage(chained([2.0, math.nan, 1.0, 3.0], [0.5, 1.0, 0.0, 0.5]))
    assert found.kind == "silent", "not a number is no zero"
    cut = chained([2.0, 2.0, 1.0, 3.0], [0.5, 1.0, 0.0, 0.5])
    found = damage(replace(cut, weights=np.array([math.nan, math.nan, 1.0, 3.0])))
    assert (found.kind, found.layer) == ("dead", 3)
    assert (found.activation, found.weights) == (0.0, 1.0), "that layer's own: its units are off"
    found = damage(chained([1.0, 0.0], [0.5, 0.25]))
    assert (found.kind, found.layer) == ("dead", 2)
    assert (found.activation, found.weights) == (0.25, 0.0), "the weights pass nothing back"


SOLVED_BY_HAND = [([[1, 1], [1, 1]], [0, -1]), ([[2000], [-4000]], [-1000])]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"activation": "sigmoid"}, "activation"),
        ({"activation": "sigmoid", "depth": 50, "width": 5}, "activation"),
        ({"activation": "relu", "init": "lecture"}, "kept"),
        ({"activation": "identity", "init": "pytorch"}, "weights"),
        ({"activation": "tanh", "init": "pytorch", "width": 5}, "weights"),
        ({"activation": "sigmoid", "init": "pytorch", "width": 5}, "both"),
        ({"activation": "identity", "init": "lab"}, "swollen"),
        ({"activation": "relu", "init": "lecture", "width": 100}, "swollen"),
        ({"activation": "relu", "init": "lecture", "width": 2}, "dead"),
        ({"activation": "sigmoid", "init": "zeros"}, "dead"),
        ({"depth": 0}, "none"),
    ],
)
def test_damage_of_networks_as_they_are_drawn(fields, kind):
    experiment = replace(Experiment(networks=1, steps=1), **fields)
    found = damage(chain_factors(network_pass(train(experiment), 0), 0))
    assert found.kind == kind
    if kind not in ("none", "dead"):
        assert found.activation * found.weights == pytest.approx(found.signal, rel=1e-9)
        norms = train(experiment).weight_gradient_norm[0, :, 0]
        assert found.ratio == pytest.approx(norms[0] / norms[-1], rel=1e-9)


def test_damage_of_a_network_whose_answers_are_exactly_right():
    history = made("relu", 2, [SOLVED_BY_HAND])
    assert damage(chain_factors(network_pass(history, 0), 0)).kind == "silent"


# One weight's chain


@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_weights_chain_holds_link_by_link_and_ends_in_autograds_gradient(activation, init):
    history = train(replace(SHORT, activation=activation, init=init, depth=2, width=2))
    one, frame, network = network_pass(history, 1), 11, 1
    oracle, phi = traced(history, frame, network), activation_module(history.experiment)
    parameters = history.parameters(frame, network)
    for layer, point in itertools.product((1, 2, 3), range(XOR.points)):
        weight, bias = (part.astype(np.float64) for part in parameters[layer - 1])
        units, x = (2 if layer < 3 else 1), oracle.inputs[layer - 1][point]
        for unit, source in itertools.product(range(1, units + 1), range(1, len(x) + 1)):
            pieces = oracle.z[layer - 1][point, unit - 1 :: units]
            column = unit - 1 + units * int(pieces.argmax())
            chain = weight_chain(one, frame, layer, point, unit, source)
            assert (chain.unit, chain.source) == (unit, source)
            assert chain.w == weight[source - 1, column]
            assert chain.b == bias[column]
            assert chain.x == pytest.approx(x[source - 1], rel=1e-9)
            rest = sum(x[i] * weight[i, column] for i in range(len(x)) if i != source - 1)
            assert chain.rest == pytest.approx(rest, rel=1e-9, abs=1e-12)
            assert chain.x * chain.w + chain.rest + chain.b == pytest.approx(chain.z, abs=1e-12)
            assert chain.z == pytest.approx(pieces.max(), rel=1e-9, abs=1e-12)
            if layer == 3:
                assert chain.h == pytest.approx(one.hypothesis[frame, point], rel=1e-12)
                h = torch.tensor(chain.h, dtype=torch.float64, requires_grad=True)
                torch.nn.functional.binary_cross_entropy(h, XOR.labels[point]).backward()
                assert chain.error == pytest.approx(h.grad.item(), rel=1e-9)
                assert chain.slope == pytest.approx(chain.h * (1 - chain.h), rel=1e-9)
            else:
                z = torch.full((history.experiment.phi.pieces,), chain.z, dtype=torch.float64)
                assert chain.h == pytest.approx(phi(z).item(), rel=1e-9)
                assert chain.h == pytest.approx(oracle.inputs[layer][point, unit - 1], rel=1e-9)
                assert chain.error == pytest.approx(
                    oracle.errors[layer - 1][point, unit - 1], rel=1e-9, abs=1e-15
                )
                assert chain.slope == pytest.approx(
                    oracle.slopes[layer - 1][point, column], rel=1e-9
                )
            assert chain.error * chain.slope == pytest.approx(chain.delta, rel=1e-9, abs=1e-15)
            expected = oracle.point_gradients[point][layer - 1][source - 1, column]
            assert chain.gradient == pytest.approx(expected, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("output", ["softmax", "tanh_squared"])
def test_a_weights_chain_of_any_widths_data_and_output_ends_in_autograds_gradient(output):
    history = train(replace(UNEQUAL, output=output))
    experiment, one, oracle = history.experiment, network_pass(history, 1), traced(history, -1, 1)
    for layer, point in itertools.product(range(1, 5), range(experiment.task.points)):
        sources, units = experiment.sizes[layer - 1 : layer + 1]
        for unit, source in itertools.product(range(1, units + 1), range(1, sources + 1)):
            chain = weight_chain(one, -1, layer, point, unit, source)
            expected = oracle.point_gradients[point][layer - 1][source - 1, unit - 1]
            assert chain.gradient == pytest.approx(expected, rel=1e-9, abs=1e-15)
            assert chain.error * chain.slope == pytest.approx(chain.delta, rel=1e-9, abs=1e-15)
            assert chain.x * chain.w + chain.rest + chain.b == pytest.approx(chain.z, abs=1e-12)


def test_each_unit_of_a_softmax_answers_for_its_own_label():
    history = train(replace(UNEQUAL, output="softmax"))
    one, labels = network_pass(history, 1), history.experiment.task.labels
    shares = torch.softmax(torch.from_numpy(one.z[-1][-1]), dim=-1)
    np.testing.assert_allclose(one.answers[-1], shares, rtol=1e-9)
    np.testing.assert_allclose(one.hypothesis[-1], shares[:, 1], rtol=1e-9)
    for point, label in itertools.product(range(4), (0, 1)):
        chain = weight_chain(one, -1, 4, point, unit=label + 1)
        own = shares[point, label].item()
        assert chain.h == pytest.approx(own, rel=1e-9)
        assert chain.delta == pytest.approx(own - (labels[point] == label).item(), rel=1e-9)
        assert chain.slope == pytest.approx(own * (1 - own), rel=1e-9)


@pytest.mark.parametrize("activation", ["tanh", "relu", "maxout"])
def test_a_weights_chain_starts_where_most_happens(activation):
    history = train(replace(SHORT, activation=activation, depth=2, width=6))
    one, differ = network_pass(history, 0), set()
    for layer, point in itertools.product((1, 2, 3), range(XOR.points)):
        units, sources = (6 if layer < 3 else 1), (2 if layer == 1 else 6)
        chains = [weight_chain(one, -1, layer, point, unit, 1) for unit in range(1, units + 1)]
        inputs = [
            weight_chain(one, -1, layer, point, 1, source) for source in range(1, sources + 1)
        ]
        largest = max(chains, key=lambda chain: abs(chain.delta)).unit
        source = max(inputs, key=lambda chain: abs(chain.x)).source
        assert weight_chain(one, -1, layer, point) == weight_chain(
            one, -1, layer, point, largest, source
        )
        assert weight_chain(one, -1, layer, point, unit=1).source == source
        assert weight_chain(one, -1, layer, point, source=2).unit == largest
        differ.add((largest, source))
    assert len(differ) > 3


def test_a_weights_chain_of_a_perceptron_by_hand():
    one = network_pass(made("sigmoid", 1, [[([[2], [3]], [LN3 - 5])]]), 0)
    chain = weight_chain(one, 0, 1, point=3, source=2)  # (1, 1), label 0, p = 3/4
    assert (chain.unit, chain.x, chain.w, chain.rest) == (1, 1, 3, 2)
    assert (chain.b, chain.z) == pytest.approx((LN3 - 5, LN3))
    assert (chain.h, chain.slope) == pytest.approx((3 / 4, 3 / 16))
    assert (chain.error, chain.delta, chain.gradient) == pytest.approx((4.0, 3 / 4, 3 / 4))
    one_of_two = weight_chain(one, 0, 1, point=1)  # (0, 1), label 1
    p = 1 / (1 + math.exp(2 - LN3))
    assert one_of_two.source == 2
    assert (one_of_two.error, one_of_two.gradient) == pytest.approx((-1 / p, p - 1))


def test_a_weights_chain_follows_the_maxout_piece_that_wins():
    # Unit 1: 3 + 2 x1 against 1; unit 2: 0 against 5 x1 - 1. Point 2 is (1, 0).
    layers = [([[2, 0, 0, 5], [0, 0, 0, 0]], [3, 0, 1, -1]), ([[7], [11]], [-90 + LN3])]
    one = network_pass(made("maxout", 2, [layers]), 0)
    first, second = (weight_chain(one, 0, 1, 2, unit, 1) for unit in (1, 2))
    assert (first.w, first.b, first.z, first.h, first.slope) == (2, 3, 5, 5, 1)
    assert (second.w, second.b, second.z, second.h, second.slope) == (5, -1, 4, 4, 1)
    assert weight_chain(one, 0, 1, 0, 2, 1).z == 0, "at (0, 0) the other piece wins"
    # The logit is 35 + 44 - 90 + ln 3.
    p = 3 / (3 + math.exp(11))
    assert first.delta == pytest.approx(7 * (p - 1), rel=1e-12)
    assert second.gradient == pytest.approx(11 * (p - 1), rel=1e-12)
    assert weight_chain(one, 0, 1, 2).unit == 2


def test_a_weights_chain_of_an_answer_that_is_surely_wrong():
    one = network_pass(made("relu", 1, [[([[1], [1]], [1]), ([[-800]], [0])]]), 0)
    chain = weight_chain(one, 0, 2, 1)  # the logit is -1600, the label 1
    assert (chain.h, chain.delta, chain.gradient) == (0.0, -1.0, -2.0)


# Open paths


@pytest.mark.parametrize("activation", ["relu", "sigmoid", "maxout"])
def test_open_paths_are_counted_one_by_one(activation):
    history = train(replace(SHORT, activation=activation, init="lecture"))
    found = open_paths(network_pass(history, 1), 0)
    slopes = traced(history, 0, 1).slopes  # three layers [P, units]
    width = slopes[0].shape[1]
    paths = list(itertools.product(range(XOR.points), *[range(width)] * 3))
    through = [
        all(slopes[layer][point, unit] != 0 for layer, unit in enumerate(units))
        for point, *units in paths
    ]
    assert found.paths == pytest.approx(np.mean(through), rel=1e-12)
    np.testing.assert_allclose(found.units, [(slope != 0).mean() for slope in slopes])
    # One of Maxout's two weight sets wins; at (0, 0), without biases, they tie.
    expected = {"sigmoid": 1.0, "maxout": (1 + 3 / 8) / 4}
    assert found.paths == pytest.approx(expected.get(activation, found.paths))
    assert (found.paths < 1) == (activation != "sigmoid")


def test_a_perceptron_has_one_path_and_it_is_open():
    found = open_paths(network_pass(train(replace(SHORT, depth=0)), 0), 0)
    assert found.units.tolist() == []
    assert found.paths == 1


def test_runs_begin_alike_if_all_weights_are_the_same():
    first = train(SHORT)
    same = replace(SHORT, activation="relu", learning_rate=1.0, optimizer="adam")
    assert begin_alike([first, train(same)], 1)
    assert not begin_alike([first], 1)
    for changes in ({"init": "lecture"}, {"seed": 1}, {"depth": 2}, {"activation": "maxout"}):
        assert not begin_alike([first, train(replace(SHORT, **changes))], 1), changes
