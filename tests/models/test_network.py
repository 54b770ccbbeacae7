"""Forward and backward in every memory layout, against autograd network by network."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from models import ACTIVATIONS, OUTPUTS, Experiment, initial_parameters
from models.layouts import NetworksFirst, NetworksLast, PointsLast, best_layout
from models.network import Ensemble
from models.outputs import with_signs
from models.plan import Arm
from models.tasks import XOR, Task
from tests.models.reference import linears, plain_network, point_losses

NORMS = (nn.BatchNorm1d, nn.LayerNorm)
LAYOUTS = [NetworksFirst, NetworksLast, PointsLast]
SHAPES = [(0, 3), (1, 1), (2, 1), (3, 5), (2, 13)]
SINGLE_SET = [name for name in ACTIVATIONS if name != "maxout"]


def lab(activation: str, depth: int, width: int, networks: int) -> Experiment:
    """Weights and biases of N(0, 1): no entry is zero by chance of the initializer."""
    return Experiment(
        activation=activation,
        depth=depth,
        width=width,
        init="lab",
        networks=networks,
        dtype="float64",
    )


def ensemble_of(experiments: list[Experiment], layout: type | None, task: Task = XOR) -> Ensemble:
    arms = [Arm.of(e, e.networks) for e in experiments]
    first = experiments[0]
    ensemble = Ensemble(first.shape, arms, task, torch.float64, layout)
    starts = [initial_parameters(e) for e in experiments]
    ensemble.load(
        [
            tuple(torch.cat([start[layer][part] for start in starts]) for part in (0, 1))
            for layer in range(first.layers)
        ]
    )
    return ensemble


def assert_as_autograd(ensemble: Ensemble, experiments: list[Experiment], task: Task = XOR) -> None:
    """Logits, losses, pre-activations, deltas and gradients of every network, run twice over."""
    gradient = torch.zeros_like(ensemble.parameters)
    with torch.inference_mode():
        for _ in range(2):  # the second pass finds the first one's leftovers in the buffers
            ensemble.forward()
            ensemble.backward()
        ensemble.add_gradient(gradient, ensemble.blocks(gradient), 1.0)
    plain = [(e.output, plain_network(e, i)) for e in experiments for i in range(e.networks)]
    for place, (output, net) in enumerate(plain):
        sums, given = kept_outputs(net, nn.Linear), kept_outputs(net, *NORMS)
        z = net(task.inputs)
        losses = point_losses(output, z, task.labels)
        losses.mean().backward()

        measured = ensemble.losses()[place]
        torch.testing.assert_close(
            measured, losses.detach(), rtol=1e-11, atol=1e-13, equal_nan=True
        )
        torch.testing.assert_close(ensemble.answers[place], z.detach(), rtol=1e-11, atol=1e-13)
        norms = [module for module in net.modules() if isinstance(module, NORMS)]
        for layer, (linear, z) in enumerate(zip(linears(net), sums, strict=True)):
            columns = linear.out_features
            expected = torch.cat([linear.bias.grad.unsqueeze(0), linear.weight.grad.T])
            if norms:
                none = torch.zeros(2, columns, dtype=torch.float64)
                norm = norms[layer] if layer < ensemble.depth else None
                own = torch.stack([norm.bias.grad, norm.weight.grad]) if norm else none
                expected = torch.cat([own, expected])
            block = gradient[layer, place]
            torch.testing.assert_close(
                block[: len(expected), :columns], expected, rtol=1e-9, atol=1e-13
            )
            assert not block[len(expected) :].any()
            assert not block[:, columns:].any()
            delta = ensemble.deltas[layer, place, :, :columns]
            torch.testing.assert_close(delta, task.points * z.grad, rtol=1e-9, atol=1e-13)
            if layer < ensemble.depth:
                measured = ensemble.z[layer, place, :, :columns]
                z = given[layer] if norms else z
                torch.testing.assert_close(measured, z.detach(), rtol=1e-11, atol=1e-13)


def kept_outputs(net: nn.Module, *kinds: type) -> list[torch.Tensor]:
    """A list that the outputs of such modules will be put into, to ask for their gradients."""
    kept: list[torch.Tensor] = []

    def keep(module: nn.Module, given: tuple, out: torch.Tensor) -> None:
        out.retain_grad()
        kept.append(out)

    for module in net.modules():
        if isinstance(module, kinds):
            module.register_forward_hook(keep)
    return kept


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("widths", [(4, 4, 4), (3, 5, 5, 2), (1,)])
@pytest.mark.parametrize("skip", [False, True])
@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
@pytest.mark.parametrize("activation", ["sigmoid", "relu", "maxout", "mish"])
def test_norms_and_skips_are_as_autograd(activation, norm, skip, widths, layout):
    experiment = replace(
        lab(activation, 3, 4, networks=3), hidden=widths, norm=norm, skip=skip, output="softmax"
    )
    assert_as_autograd(ensemble_of([experiment], layout), [experiment])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("depth", "width"), SHAPES)
@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_an_ensemble_is_as_autograd(activation, depth, width, layout):
    experiment = lab(activation, depth, width, networks=3)
    assert_as_autograd(ensemble_of([experiment], layout), [experiment])


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("activation", ["relu", "maxout", "gelu"])
def test_a_single_network_is_as_autograd(activation, layout):
    experiment = lab(activation, depth=3, width=4, networks=1)
    assert_as_autograd(ensemble_of([experiment], layout), [experiment])


@pytest.mark.parametrize("layout", [*LAYOUTS, None])
def test_arms_keep_their_own_activation(layout):
    experiments = [lab(name, 3, 4, 2 + place % 2) for place, name in enumerate(SINGLE_SET)]
    experiments.append(Experiment(
        activation="leaky_relu", activation_parameter=0.6, depth=3, width=4, init="lab",
        networks=2, dtype="float64",
    ))  # fmt: skip
    assert_as_autograd(ensemble_of(experiments, layout), experiments)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_arms_keep_their_own_output(layout):
    names = [name for name, output in OUTPUTS.items() if output.units == 1]
    names = [*names, "linear", "sigmoid"]
    experiments = [
        replace(lab("tanh", 2, 4, 2 + place % 2), output=name) for place, name in enumerate(names)
    ]
    assert_as_autograd(ensemble_of(experiments, layout), experiments)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("activation", ["tanh", "maxout"])
@pytest.mark.parametrize("widths", [(5, 2, 7), (1,)])
def test_layers_of_unequal_width_are_as_autograd(widths, activation, layout):
    """Slopes of 1 at z = 0 and a second weight set: what is unused must not be touched."""
    for output in ("squared", "softmax"):
        experiment = replace(lab(activation, 2, 4, 3), output=output).with_widths(widths)
        assert_as_autograd(ensemble_of([experiment], layout), [experiment])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pre_activations_are_those_that_are_used(layout):
    experiment = lab("tanh", 2, 4, 3).with_widths((5, 2, 7))
    ensemble = ensemble_of([experiment], layout)
    ensemble.forward()
    assert ensemble.pre_activations().shape == (3, 4 * (5 + 2 + 7))
    assert ensemble.pre_activations().all(), "a weight of N(0, 1) leaves none at zero"


def drawn(points: int, seed: int) -> Task:
    """Points and labels that are nothing like XOR's."""
    generator = torch.Generator().manual_seed(seed)
    inputs = torch.randn(points, 2, dtype=torch.float64, generator=generator)
    labels = torch.randint(2, (points,), generator=generator).double()
    return replace(XOR, inputs=inputs, labels=labels)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("points", [1, 7, 40])
def test_any_points_and_labels_are_passed(points, layout):
    names = ["squared", "sigmoid", "relu"]
    experiments = [replace(lab("tanh", 2, 4, 2), output=name) for name in names]
    task = drawn(points, seed=points)
    assert_as_autograd(ensemble_of(experiments, layout, task), experiments, task)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_other_points_shown_later_are_the_ones_that_are_passed(layout):
    names = ["sigmoid", "squared", "linear", "relu"]
    experiments = [replace(lab("relu", 2, 4, 2), output=name) for name in names]
    ensemble = ensemble_of(experiments, layout, drawn(5, seed=1))
    for seed in (2, 3):
        task = drawn(5, seed)
        ensemble.show(task.inputs, with_signs(task.labels))
        assert_as_autograd(ensemble, experiments, task)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_flat_parameters_are_biases_before_weights_layer_by_layer(layout):
    experiment = lab("maxout", depth=2, width=3, networks=4)
    ensemble = ensemble_of([experiment], layout)
    flat = ensemble.flat_parameters(ensemble.parameters)
    expected = torch.cat(
        [part.flatten(1) for w, b in initial_parameters(experiment) for part in (b, w)], dim=1
    )
    assert torch.equal(flat, expected)
    assert flat.shape[1] == experiment.parameter_count


def test_the_layout_follows_the_shape():
    assert best_layout(networks=256, columns=5, points=4) is NetworksLast
    assert best_layout(networks=1, columns=5, points=4) is NetworksFirst
    assert best_layout(networks=64, columns=32, points=4) is NetworksFirst
    assert best_layout(networks=64, columns=5, points=200) is PointsLast
