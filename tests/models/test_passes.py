"""One network's pass and its decision surface, against the same network in torch with autograd."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from models import ACTIVATIONS, Experiment, History, Trainer, train
from models.passes import Pass, decision_surface, network_pass
from models.tasks import XOR
from tests.models.reference import activation_module, plain_network, point_losses

PARTS = ("inputs", "z", "slopes", "errors", "deltas")
SHORT = Experiment(depth=3, width=4, init="lab", steps=40, networks=3)
# Some of its kept networks leave the floats' range, some do not.
DIVERGING = Experiment(activation="relu", depth=9, learning_rate=5.0, steps=60, networks=8)

Parameters = Sequence[tuple[Sequence, Sequence]]
"""``(W, b)`` of every layer."""


@dataclass(frozen=True, eq=False)
class Traced:
    """A network at one frame as torch computes it: arrays as in ``Pass``, without the frames."""

    loss: np.ndarray  # [P]
    inputs: list[np.ndarray]
    z: list[np.ndarray]
    slopes: list[np.ndarray]
    errors: list[np.ndarray]
    deltas: list[np.ndarray]  # of what the weights make, before it is normalised
    z_deltas: list[np.ndarray]  # of what the activations are given
    gradients: list[np.ndarray]  # of the mean loss
    point_gradients: list[list[np.ndarray]]  # of each point's own loss

    def signals(self) -> np.ndarray:
        """[L] mean over points and units of |dLoss_p / dz|, Maxout's two pieces added up."""
        units = [error.shape[1] for error in self.errors] + [self.deltas[-1].shape[1]]
        sums = [np.abs(delta).sum() for delta in self.deltas]
        return np.array(sums) / (len(self.loss) * np.array(units))


def traced(history: History, frame: int, network: int) -> Traced:
    """The oracle: torch's layers, activations, loss and autograd, in float64."""
    experiment = history.experiment
    layers = [
        tuple(torch.tensor(part, dtype=torch.float64, requires_grad=True) for part in layer)
        for layer in history.parameters(frame, network)
    ]
    weights, activation = [weight for weight, _ in layers], activation_module(experiment)
    norms = [] if experiment.norm == "none" else history.norm_parameters(frame, network)
    inputs, given, z, inner = [experiment.task.inputs], [], [], []
    for layer, (weight, bias) in enumerate(layers):
        given.append(functional.linear(inputs[-1], weight.T, bias))
        z.append(given[-1])
        if layer < experiment.depth:
            if norms:
                own = [torch.tensor(part, dtype=torch.float64) for part in norms[layer]]
                z[-1] = normalised(experiment.norm, given[-1], *own)
            inner.append(activation(z[-1]))
            past = experiment.skip and layer > 0 and inner[-1].shape == inputs[-1].shape
            inputs.append(inner[-1] + inputs[-1] if past else inner[-1])
    hidden = inputs[1:]
    loss = point_losses(experiment.output, z[-1], experiment.task.labels)
    # Without a norm over them, no point's loss depends on another's values.
    deltas, errors, z_deltas = (_gradients(loss.sum(), part) for part in (given, hidden, z))
    return Traced(
        loss=loss.detach().numpy(),
        inputs=[part.detach().numpy() for part in inputs],
        z=[part.detach().numpy() for part in z],
        slopes=[_gradients(h.sum(), [at])[0] for h, at in zip(inner, z, strict=False)],
        errors=errors,
        deltas=deltas,
        z_deltas=z_deltas,
        gradients=_gradients(loss.mean(), weights),
        point_gradients=[_gradients(one, weights) for one in loss],
    )


def normalised(norm: str, given: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """As torch normalises what it is given while it trains."""
    if norm == "batch":
        return functional.batch_norm(given, None, None, scale, shift, training=True)
    return functional.layer_norm(given, given.shape[1:], scale, shift)


def _gradients(value: Tensor, places: list[Tensor]) -> list[np.ndarray]:
    if not places:
        return []
    return [part.numpy() for part in torch.autograd.grad(value, places, retain_graph=True)]


def history_of(
    experiment: Experiment,
    frames: Sequence[Parameters],
    steps: Sequence[int] = (),
    norms: np.ndarray | None = None,
) -> History:
    """A made-up history: network 0 of the experiment has these parameters at these steps.

    ``norms [F, L]`` are its gradient norms; every frame is a log point.
    """
    rows = [
        np.concatenate(
            [np.vstack([bias, weight]).astype(np.float64).ravel() for weight, bias in layers]
        )
        for layers in frames
    ]
    places = np.array(steps if len(steps) else range(len(frames)))
    start = Trainer([experiment]).histories()[0]
    shape = (len(frames), experiment.layers)
    return replace(
        start,
        steps=places,
        frame_steps=places,
        loss=np.full((len(frames), 1), 0.5),
        weight_gradient_norm=(np.zeros(shape) if norms is None else np.array(norms))[..., None],
        frames=np.array(rows)[:, None, :],
    )


def assert_close(measured: np.ndarray, expected: np.ndarray) -> None:
    """To nine digits, but for rounding on the scale of the array's largest entry."""
    tolerance = 1e-12 * np.abs(expected).max(initial=0.0)
    np.testing.assert_allclose(measured, expected, rtol=1e-9, atol=tolerance)


def assert_is_traced(one: Pass, place: int, oracle: Traced) -> None:
    for part in PARTS:
        ours, theirs = getattr(one, part), getattr(oracle, part)
        assert len(ours) == len(theirs)
        for measured, expected in zip(ours, theirs, strict=True):
            assert_close(measured[place], expected)
    for layer, expected in enumerate(oracle.gradients, 1):
        assert_close(one.gradient(layer)[place], expected)
    predicted = np.exp(-oracle.loss)  # of the right label
    right = np.where(XOR.labels == 1, one.hypothesis[place], 1 - one.hypothesis[place])
    np.testing.assert_allclose(right, predicted, rtol=1e-9)


@pytest.mark.parametrize("init", ["lab", "lecture", "zeros"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_value_of_a_pass_is_torchs(activation, init):
    history = train(replace(SHORT, activation=activation, init=init))
    one = network_pass(history, 2, slice(None, None, 6))
    assert one.steps.tolist() == history.frame_steps[::6].tolist()
    assert one.known.tolist() == [True] * len(one.steps)
    assert len(one.steps) > 3
    for place in range(len(one.steps)):
        assert_is_traced(one, place, traced(history, 6 * place, 2))


def test_a_pass_ends_in_the_outputs_own_delta_and_answer():
    history = train(replace(SHORT, activation="tanh", output="squared", dtype="float64"))
    one = network_pass(history, 1)
    for frame in range(0, len(one.steps), 7):
        oracle = traced(history, frame, 1)
        for layer, expected in enumerate(oracle.gradients, 1):
            assert_close(one.gradient(layer)[frame], expected)
        assert_close(one.deltas[-1][frame], oracle.deltas[-1])
    answers = history.hypothesis[history.frame_places, :, 1]
    np.testing.assert_allclose(one.hypothesis, answers, rtol=1e-9)
    np.testing.assert_array_equal(one.hypothesis, one.z[-1][..., 0])


@pytest.mark.parametrize(("depth", "width"), [(0, 5), (1, 1), (4, 1), (1, 7)])
@pytest.mark.parametrize("activation", ["sigmoid", "maxout", "gelu"])
def test_a_pass_of_any_shape_is_torchs(activation, depth, width):
    experiment = replace(SHORT, activation=activation, depth=depth, width=width, dtype="float64")
    history = train(experiment)
    one = network_pass(history, 1)
    assert one.steps.tolist() == history.frame_steps.tolist()
    for frame in range(0, len(one.steps), 7):
        assert_is_traced(one, frame, traced(history, frame, 1))
    for layer, (weights, biases) in enumerate(zip(one.weights, one.biases, strict=True), 1):
        assert weights.shape[:-1] == (len(one.steps), 2 if layer == 1 else width)
        assert biases.shape == weights.shape[::2]


@pytest.mark.parametrize("activation", ["tanh", "maxout"])
def test_the_first_frame_is_the_network_as_it_was_drawn(activation):
    experiment = replace(SHORT, activation=activation, dtype="float64", steps=1)
    one = network_pass(train(experiment), 1, slice(0, 1))
    net = plain_network(experiment, 1)
    logits = net(XOR.inputs)
    functional.binary_cross_entropy_with_logits(logits, XOR.labels.unsqueeze(1)).backward()
    linears = [module for module in net if isinstance(module, torch.nn.Linear)]
    assert_close(one.z[-1][0], logits.detach().numpy())
    for layer, linear in enumerate(linears, 1):
        assert_close(one.gradient(layer)[0], linear.weight.grad.T.numpy())


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_gradients_norm_is_the_one_that_was_logged(activation):
    history = train(replace(SHORT, activation=activation, depth=5, init="xavier_normal"))
    one = network_pass(history, 1)
    assert len(history.steps) > len(one.steps)
    rows = [history.steps.tolist().index(step) for step in one.steps]
    for layer in range(1, 7):
        norms = np.linalg.norm(one.gradient(layer), axis=(1, 2))
        logged = history.weight_gradient_norm[rows, layer - 1, 1]
        np.testing.assert_allclose(norms, logged, rtol=1e-9)


@pytest.mark.parametrize("frames", [slice(2, 9, 3), slice(-1, None), slice(4), slice(3, 3)])
def test_some_frames_of_a_pass_are_those_of_the_whole(frames):
    history = train(replace(SHORT, activation="maxout"))
    whole, part = network_pass(history, 0), network_pass(history, 0, frames)
    for name in ("steps", "known", "hypothesis"):
        np.testing.assert_allclose(getattr(part, name), getattr(whole, name)[frames], rtol=1e-14)
    for name in ("weights", "biases", *PARTS):
        for some, every in zip(getattr(part, name), getattr(whole, name), strict=True):
            np.testing.assert_allclose(some, every[frames], rtol=1e-9, atol=1e-14)


def test_a_network_is_known_until_it_diverges():
    history = train(DIVERGING)
    ends = []
    for network in history.kept:
        one = network_pass(history, network)
        unknown = history.steps[np.isnan(history.loss[:, network])]
        end = unknown[0] if len(unknown) else np.inf
        assert one.known.tolist() == (one.steps < end).tolist()
        if len(unknown):
            for weights in one.weights:
                assert np.isfinite(weights).all()
                after = weights[~one.known]
                np.testing.assert_array_equal(after, np.broadcast_to(after[0], after.shape))
        ends.append(end)
    assert len(set(ends)) > 2, "one at a time, and some never"
    assert np.inf in ends


def test_what_is_known_is_read_at_the_frames_steps():
    history = train(replace(SHORT, steps=300))
    loss = history.loss.copy()
    loss[-15:, 1] = np.nan
    history, end = replace(history, loss=loss), history.steps[-15]
    for frames in (slice(None), slice(3, None, 4)):
        known = network_pass(history, 1, frames).known
        assert known.tolist() == (history.frame_steps[frames] < end).tolist()
        assert 0 < known.sum() < len(known)
        assert network_pass(history, 0, frames).known.all()


def test_a_pass_is_of_the_network_that_was_asked_for():
    experiment = replace(SHORT, activation="tanh", networks=10)
    trainer = Trainer([experiment], keep=[3, 7])
    trainer.advance()
    history = trainer.histories()[0]
    for network in (3, 7):
        hypothesis = history.hypothesis[-1, :, network]
        last = slice(-1, None)
        assert_close(network_pass(history, network, last).hypothesis[0], hypothesis)
    for missing in (0, 2, 9):
        with pytest.raises(ValueError, match=str(missing)):
            network_pass(history, missing)
        with pytest.raises(ValueError, match=str(missing)):
            decision_surface(history, missing, 0.0, 1.0, 2)


def test_parameters_lie_layer_by_layer_biases_first():
    experiment = Experiment(activation="tanh", depth=1, width=2, networks=1, dtype="float64")
    history = replace(
        history_of(experiment, [[(np.zeros((2, 2)), [0, 0]), (np.zeros((2, 1)), [0])]] * 3),
        frames=tuple(np.arange(27.0).reshape(3, 1, 9)),
    )
    (w1, b1), (w2, b2) = history.parameters(1, 0)
    assert (b1.tolist(), w1.tolist()) == ([9, 10], [[11, 12], [13, 14]])
    assert (b2.tolist(), w2.tolist()) == ([15], [[16], [17]])
    assert np.shares_memory(w1, history.frames[1]), "views, not copies"
    (w1, b1), (w2, b2) = history.parameters(slice(0, 3, 2), 0)
    assert b1.tolist() == [[0, 1], [18, 19]]
    assert w1.tolist() == [[[2, 3], [4, 5]], [[20, 21], [22, 23]]]
    assert (b2.tolist(), w2.tolist()) == ([[6], [24]], [[[7], [8]], [[25], [26]]])


@pytest.mark.parametrize("activation", ["tanh", "maxout"])
def test_parameters_of_some_frames_are_those_of_each(activation):
    history = train(replace(SHORT, activation=activation))
    frames = slice(1, 12, 4)
    many, pieces = history.parameters(frames, 1), history.experiment.phi.pieces
    assert [weight.shape[1:] for weight, _ in many] == [
        (2, 4 * pieces),
        (4, 4 * pieces),
        (4, 4 * pieces),
        (4, 1),
    ]
    for place, frame in enumerate(range(1, 12, 4)):
        for (weights, biases), (weight, bias) in zip(
            many, history.parameters(frame, 1), strict=True
        ):
            np.testing.assert_array_equal(weights[place], weight)
            np.testing.assert_array_equal(biases[place], bias)


def test_frame_places_are_where_the_frames_stand_in_the_log():
    history = train(replace(SHORT, steps=300))
    assert len(history.frame_steps) < len(history.steps)
    for shown in (history, history.until(50), history.until(0)):
        assert shown.frame_places.shape == shown.frame_steps.shape
        assert shown.steps[shown.frame_places].tolist() == shown.frame_steps.tolist()


def surface_of(history: History, frame: int, network: int, axis: np.ndarray) -> np.ndarray:
    """The probability at every pair of the axis's values, one point at a time, in torch."""
    layers = [
        tuple(torch.tensor(part, dtype=torch.float64) for part in layer)
        for layer in history.parameters(frame, network)
    ]
    activation = activation_module(history.experiment)
    surface = np.empty((len(axis), len(axis)))
    for (row, second), (column, first) in itertools.product(enumerate(axis), enumerate(axis)):
        hidden = torch.tensor([first, second], dtype=torch.float64)
        for weight, bias in layers[:-1]:
            hidden = activation(functional.linear(hidden, weight.T, bias))
        weight, bias = layers[-1]
        surface[row, column] = torch.sigmoid(functional.linear(hidden, weight.T, bias)).item()
    return surface


@pytest.mark.parametrize(
    ("activation", "init", "depth", "dtype"),
    [
        ("tanh", "lab", 2, "float64"),
        ("maxout", "lab", 2, "float32"),
        ("elu", "lecture", 1, "float32"),
        ("sigmoid", "lab", 0, "float32"),
        ("selu", "lecun_normal", 50, "float32"),
    ],
)
def test_a_decision_surface_is_torchs_at_the_cells_middles(activation, init, depth, dtype):
    experiment = Experiment(
        activation=activation, init=init, depth=depth, width=6, dtype=dtype, steps=2, networks=2
    )
    history = train(experiment)
    surfaces = decision_surface(history, 1, -1.0, 2.0, 6)
    assert surfaces.shape == (len(history.frame_steps), 6, 6)
    axis = np.array([-0.75, -0.25, 0.25, 0.75, 1.25, 1.75])
    for frame, surface in enumerate(surfaces):
        np.testing.assert_allclose(surface, surface_of(history, frame, 1, axis), atol=1e-4)
    assert np.abs(surfaces - surfaces.swapaxes(1, 2)).max() > 0.02, "the axes are not alike"
    assert surfaces.std() > 0.01


@pytest.mark.parametrize("output", ["sigmoid", "squared"])
def test_a_decision_surface_goes_through_the_points_that_were_logged(output):
    history = train(replace(SHORT, activation="tanh", steps=100, output=output))
    surfaces = decision_surface(history, 2, -0.5, 1.5, 2)  # two cells: their middles are 0 and 1
    for point, (first, second) in enumerate(XOR.inputs.int().tolist()):
        logged = history.hypothesis[history.frame_places, point, 2]
        np.testing.assert_allclose(surfaces[:, second, first], logged, atol=1e-5)
    assert np.abs(surfaces[:, 0, 1] - surfaces[:, 1, 0]).max() > 0.05


def test_a_decision_surface_is_unknown_from_divergence_on():
    history = train(DIVERGING)
    assert history.diverged.any()
    for network in history.kept:
        one = network_pass(history, network)
        unknown = np.isnan(decision_surface(history, network, 0.0, 1.0, 3))
        assert unknown[~one.known].all()
        moderate = [np.abs(z).max(axis=(1, 2)) < 1e30 for z in one.z]  # well within float32
        assert not unknown[one.known & np.all(moderate, axis=0)].any()
