"""Output units and their losses: against autograd, torch's losses and the lecture's own cost."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models import OUTPUTS, Experiment, train, train_together
from models.diagnostics import fates, weight_chain
from models.passes import network_pass
from models.tasks import PLATEAUS, XOR
from tests.components.histories import made
from tests.models.reference import SQUARED, plain_run
from tests.models.test_trainer import SHAPES, assert_as_plain, assert_same_run
from tests.models.written import computed

UNITS = {
    "sigmoid": nn.Sigmoid(),
    "linear": nn.Identity(),
    "relu": nn.ReLU(),
    "squared": nn.Identity(),
    "sigmoid_squared": nn.Sigmoid(),
    "tanh_squared": nn.Tanh(),
    "relu_squared": nn.ReLU(),
    "softmax": nn.Sigmoid(),  # of two units' difference
    "squared_signed": nn.Identity(),
    "tanh_squared_unit": nn.Tanh(),
    "sigmoid_twice": nn.Sigmoid(),
    "softmax_twice": nn.Sigmoid(),  # of two units' difference
    "sigmoid_squared_signed": nn.Sigmoid(),
}
ONES_OWN = ("linear", "relu")  # their loss is not always a number
WIDE = torch.linspace(-12, 12, 97, dtype=torch.float64)
PROBABILITIES = torch.linspace(0.01, 0.99, 97, dtype=torch.float64)
LOGITS = dict.fromkeys(UNITS, WIDE) | dict.fromkeys(ONES_OWN, PROBABILITIES)
LABELS = torch.tensor([[0.0], [1.0]], dtype=torch.float64)


def lectures_cost(h: Tensor, y: Tensor) -> Tensor:
    """Each point's part of the lecture's ``-mean(y log h + (1 - y) log(1 - h))``."""
    return -(y * torch.log(h) + (1 - y) * torch.log(1 - h))


def torchs_loss(name: str, h: Tensor, y: Tensor) -> Tensor:
    y = target(name, y)
    if name in SQUARED:
        return nn.MSELoss(reduction="none")(h, y)
    if name == "sigmoid_twice":
        return nn.BCEWithLogitsLoss(reduction="none")(h, y)
    if name == "softmax_twice":
        both = torch.stack([1 - h, h], dim=1)
        return nn.CrossEntropyLoss(reduction="none")(both, y.expand_as(h).long())
    return nn.BCELoss(reduction="none")(h, y)


def target(name: str, y: Tensor) -> Tensor:
    """What the answer is to be: -1 or 1 of some."""
    return SQUARED[name][1](y) if name in SQUARED else y


@pytest.mark.parametrize("name", OUTPUTS)
def test_every_function_of_an_output_is_autograds(name):
    output, y = OUTPUTS[name], LABELS.expand(2, 97)
    z = LOGITS[name].expand(2, 97).clone().requires_grad_()
    (slope,) = torch.autograd.grad(UNITS[name](z).sum(), z)
    h = UNITS[name](z)
    h.retain_grad()
    loss = torchs_loss(name, h, y)
    loss.sum().backward()

    expected = {
        "hypothesis": (output.hypothesis(z), h),
        "slope": (output.slope(z), slope),
        "loss": (output.loss(z, y), loss),
        "error": (output.error(z, y), h.grad),
        "delta": (output.delta(z.detach(), LABELS), z.grad),
    }
    for figure, (ours, theirs) in expected.items():
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12, msg=figure)


@pytest.mark.parametrize("name", OUTPUTS)
def test_what_is_written_of_an_output_is_what_autograd_finds(name):
    symbols, y = OUTPUTS[name].symbols, LABELS.expand(2, 97)
    z = LOGITS[name].expand(2, 97).clone().requires_grad_()
    (slope,) = torch.autograd.grad(UNITS[name](z).sum(), z)
    p = UNITS[name](z)
    p.retain_grad()
    torchs_loss(name, p, y).sum().backward()
    expected = {
        "unit_slope": slope,
        "slope": slope,
        "error": p.grad,
        "delta": z.grad,
        "plain_delta": z.grad,
    }
    for part, theirs in expected.items():
        ours = computed(getattr(symbols, part), z.detach(), p.detach(), target(name, y))
        ours = torch.as_tensor(ours, dtype=torch.float64).expand(2, 97)
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12, msg=f"{name}: {part}")


def test_a_relu_that_is_off_is_written_with_a_slope_of_zero():
    z = torch.tensor([-2.0, 3.0], dtype=torch.float64)
    for written in (OUTPUTS["relu"].symbols.unit_slope, OUTPUTS["relu"].symbols.slope):
        assert computed(written, z, torch.relu(z), z).tolist() == [0.0, 1.0]


def test_the_sigmoids_slope_and_the_cross_entropys_cancel():
    z = torch.linspace(-12, 12, 97, dtype=torch.float64).expand(2, 97).clone().requires_grad_()
    p = torch.sigmoid(z)
    p.retain_grad()
    lectures_cost(p, LABELS).sum().backward()
    slope = p.detach() * (1 - p.detach())
    torch.testing.assert_close(p.grad * slope, (p - LABELS).detach(), rtol=1e-9, atol=1e-12)
    torch.testing.assert_close(z.grad, (p - LABELS).detach(), rtol=1e-9, atol=1e-12)
    delta = OUTPUTS["sigmoid"].delta(z.detach(), LABELS)
    torch.testing.assert_close(delta, (p - LABELS).detach(), rtol=1e-12, atol=1e-15)


def test_a_confident_sigmoid_still_has_a_delta():
    delta = OUTPUTS["sigmoid"].delta(torch.tensor([[60.0]], dtype=torch.float64), LABELS[1:])
    assert delta.item() == pytest.approx(-math.exp(-60), rel=1e-12, abs=0)


@pytest.mark.parametrize("name", ONES_OWN)
def test_outside_of_0_to_1_the_loss_is_what_the_lectures_cost_is(name):
    z = torch.tensor([-2.0, -1e-9, 0.0, 0.25, 0.5, 0.75, 1.0, 1 + 1e-9, 3.0], dtype=torch.float64)
    z = z.expand(2, 9).clone().requires_grad_()
    cost = lectures_cost(UNITS[name](z), LABELS)
    cost.sum().backward()
    same = {"rtol": 1e-12, "atol": 0, "equal_nan": True}
    torch.testing.assert_close(OUTPUTS[name].loss(z, LABELS), cost, **same)
    torch.testing.assert_close(OUTPUTS[name].delta(z.detach(), LABELS), z.grad, **same)
    inside = (z > 0) & (z < 1)
    assert torch.isfinite(cost)[inside].all()
    assert not torch.isfinite(cost)[~inside].any()
    assert cost[:, [0, 8]].isnan().sum() >= 3, "0 times the logarithm of a negative number"


@pytest.mark.parametrize("name", OUTPUTS)
def test_plateaus_are_the_least_losses_of_points_that_are_merged(name):
    groups = {
        "constant": [[0, 1, 2, 3]],
        "one_apart": [[0], [1, 2, 3]],
        "two_apart": [[0], [1], [2, 3]],
    }
    low, high = OUTPUTS[name].ends if OUTPUTS[name].meant else OUTPUTS[name].targets
    answers = torch.linspace(low + 1e-9, high - 1e-9, 120_001, dtype=torch.float64).unsqueeze(1)
    losses = torchs_loss(name, answers.expand(-1, 4), XOR.labels.expand(len(answers), 4))
    output = OUTPUTS[name]
    plateaus = output.plateaus(XOR)
    assert tuple(plateaus) == PLATEAUS == tuple(groups)
    for plateau, parts in groups.items():
        least = sum(losses[:, part].sum(dim=1).min().item() for part in parts) / 4
        assert plateaus[plateau] == pytest.approx(least, abs=1e-7)
    heights = list(plateaus.values())
    assert heights == sorted(heights, reverse=True)
    assert Experiment(output=name).lowest_plateau == heights[-1]


def test_the_squared_errors_plateaus_are_a_quarter_a_sixth_and_an_eighth():
    heights = list(OUTPUTS["squared"].plateaus(XOR).values())
    assert heights == pytest.approx([1 / 4, 1 / 6, 1 / 8], rel=1e-15)


def test_networks_that_fail_on_squared_errors_rest_on_its_plateaus():
    experiment = Experiment(
        activation="relu", init="he_normal", depth=1, width=3, steps=5_000, networks=100,
        output="squared",
    )  # fmt: skip
    history = train(experiment)
    plateaus, found = experiment.plateaus, fates(history)
    assert set(found) >= {"solved", *PLATEAUS}
    for name, height in plateaus.items():
        assert np.abs(history.loss[-1, found == name] - height).max() < 0.005
    distance = np.abs(history.loss[-1][~history.solved, None] - list(plateaus.values()))
    assert (distance.min(axis=1) < 1e-3).mean() > 0.8


@pytest.mark.parametrize(("loss", "solved"), [(0.1249, True), (0.1251, False), (0.3, False)])
def test_solved_is_below_the_outputs_own_lowest_plateau(loss, solved):
    experiment = Experiment(networks=1, output="squared")
    right = made(experiment, [0, 1], loss=np.full((2, 1), loss), accuracy=np.ones((2, 1)))
    assert right.solved.tolist() == [solved]


@pytest.mark.parametrize("output", OUTPUTS)
def test_an_answer_is_1_where_the_hypothesis_is_nearer_to_its_target(output):
    history = train(Experiment(init="pytorch", depth=2, steps=100, output=output))
    labels = XOR.labels.numpy()[:, None]
    zero, one = (target(output, torch.tensor(label)).item() for label in (0.0, 1.0))
    nearer = np.abs(history.hypothesis - one) < np.abs(history.hypothesis - zero)
    right = (nearer == labels).mean(axis=1)
    living = ~history.diverged
    np.testing.assert_array_equal(history.accuracy[:, living], right[:, living])
    if math.isfinite(OUTPUTS[output].threshold):
        assert len(np.unique(history.accuracy[:, living])) > 1
    else:
        assert (history.accuracy == 1 / 2).all(), "no sigmoid is nearer to -1 than to 1"


# Whole runs


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("output", sorted(set(OUTPUTS) - {"sigmoid", *ONES_OWN}))
def test_a_run_of_another_loss_is_that_of_a_plain_loop(output, shape):
    depth, width, networks = SHAPES[shape]
    experiment = Experiment(
        activation="tanh", depth=depth, width=width, init="pytorch", learning_rate=0.05, steps=200,
        networks=networks, dtype="float64", output=output,
    )  # fmt: skip
    assert_as_plain(experiment, train(experiment), networks - 1)


@pytest.mark.parametrize("output", ONES_OWN)
def test_the_lectures_cost_is_told_to_break_at_the_step_at_which_it_does(output):
    experiment = Experiment(output=output, steps=12, networks=32, dtype="float64")
    history, ends = train(experiment), []
    for network in range(experiment.networks):
        loss, norms = plain_run(experiment, network)
        broken = ~np.isfinite(loss)
        end = int(broken.argmax()) if broken.any() else len(loss)
        measured = history.loss[:, network]
        np.testing.assert_allclose(measured[:end], loss[:end], rtol=1e-6)
        gradients = history.weight_gradient_norm[:end, :, network]
        np.testing.assert_allclose(gradients, norms[:end], rtol=1e-6, atol=1e-15)
        assert np.isnan(measured[end:]).all()
        assert history.diverged[network] == broken.any()
        ends.append(end)
    assert min(ends) == 0
    assert sum(0 < end <= 12 for end in ends) > 0, "some break later than at the start"
    assert max(ends) == 13, "some never do"


def test_relu_without_biases_breaks_a_linear_outputs_cost_at_once():
    """The answer to (0, 0) is exactly 0, its label too: 0 times the logarithm of 0."""
    history = train(Experiment(activation="relu", output="linear", steps=1))
    assert np.isnan(history.loss[0]).all()
    assert history.diverged.all()


def test_outputs_trained_together_or_apart_are_the_same():
    base = Experiment(activation="tanh", init="pytorch", depth=3, width=5, steps=100, networks=7,
                      dtype="float64")  # fmt: skip
    experiments = [replace(base, output=name) for name in ("squared", "sigmoid", "linear", "relu")]
    for experiment, together in zip(experiments, train_together(experiments), strict=True):
        assert together.experiment == experiment
        assert_same_run(together, train(experiment))


# What is read off a run


# A softmax has two units, each of which answers for its own label: see diagnostics/test_chain.
@pytest.mark.parametrize("output", sorted(set(OUTPUTS) - {"softmax", "softmax_twice"}))
def test_the_last_link_of_a_weights_chain_is_the_outputs(output):
    experiment = Experiment(init="pytorch", depth=1, width=4, steps=3, networks=8, output=output)
    history = train(experiment)
    network = int(np.flatnonzero(~history.diverged)[0])
    one = network_pass(history, network)
    for point, label in enumerate(XOR.labels):
        chain = weight_chain(one, -1, 2, point)
        z = torch.tensor(chain.z, dtype=torch.float64, requires_grad=True)
        h = UNITS[output](z)
        h.retain_grad()
        torchs_loss(output, h, label).backward()
        assert chain.h == pytest.approx(h.item(), rel=1e-12)
        assert chain.error == pytest.approx(h.grad.item(), rel=1e-9)
        assert chain.delta == pytest.approx(z.grad.item(), rel=1e-9)
        assert chain.error * chain.slope == pytest.approx(chain.delta, rel=1e-9)
