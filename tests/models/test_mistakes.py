"""Mistakes of students' programs, trained as they are: against such programs in PyTorch."""

import itertools
import math
import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models import OUTPUTS, Experiment, ExperimentError, train, train_together
from models.diagnostics import fates
from models.experiment import CHOICES
from models.outputs import MISTAKEN
from models.tasks import TASKS, XOR
from tests.models.reference import linears, plain_network, shown_points, torch_optimizer
from tests.models.test_trainer import assert_same_run
from tests.models.written import computed

SMALL = Experiment(
    activation="tanh", init="pytorch", depth=2, width=4, steps=200, networks=3, dtype="float64",
    learning_rate=0.05,
)  # fmt: skip


def program(
    experiment: Experiment,
    answer: nn.Module,
    loss_function: Callable[[Tensor, Tensor], Tensor],
    labels: Tensor,
    network: int = 1,
) -> np.ndarray:
    """Losses of all points at every step of a program as a student writes it.

    Where gradients accumulate, it has no ``zero_grad``.
    """
    net = nn.Sequential(plain_network(experiment, network), answer)
    optimizer = torch_optimizer(experiment, net.parameters())
    shown, losses = shown_points(experiment, network), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of sizes that differ
        for _ in range(experiment.steps + 1):
            with torch.no_grad():
                losses.append(loss_function(net(XOR.inputs), labels).item())
            batch = next(shown)
            if not experiment.accumulate:
                optimizer.zero_grad()
            loss_function(net(XOR.inputs[batch]), labels[batch]).backward()
            if experiment.clip is not None:
                nn.utils.clip_grad_norm_(net.parameters(), experiment.clip)
            optimizer.step()
    assert len(linears(net)) == experiment.layers
    return np.array(losses)


COLUMN = XOR.labels.unsqueeze(1)
SIGNED = 2 * COLUMN - 1
PROGRAMS: dict[str, tuple[nn.Module, Callable, Tensor]] = {
    "sigmoid": (nn.Identity(), nn.BCEWithLogitsLoss(), COLUMN),
    "sigmoid_twice": (nn.Sigmoid(), nn.BCEWithLogitsLoss(), COLUMN),
    "softmax_twice": (nn.Softmax(dim=1), nn.CrossEntropyLoss(), XOR.labels.long()),
    "sigmoid_squared_signed": (nn.Sigmoid(), nn.MSELoss(), SIGNED),
    "squared_signed": (nn.Identity(), nn.MSELoss(), SIGNED),
    "tanh_squared_unit": (nn.Tanh(), nn.MSELoss(), COLUMN),
}


def assert_as_program(experiment: Experiment, answer: nn.Module, loss: Callable, labels: Tensor):
    history, theirs = train(experiment), program(experiment, answer, loss, labels)
    np.testing.assert_allclose(history.loss[:, 1], theirs[history.steps], rtol=1e-9, atol=1e-12)
    assert abs(theirs[-1] / theirs[0] - 1) > 1e-3, "it moves"


@pytest.mark.parametrize("batch", [None, 3])
@pytest.mark.parametrize("output", sorted(set(PROGRAMS) - {"sigmoid"}))
def test_an_output_is_the_program_with_that_mistake(output, batch):
    assert_as_program(replace(SMALL, output=output, batch=batch), *PROGRAMS[output])


@pytest.mark.parametrize(
    "fields",
    [
        *({"optimizer": name, "learning_rate": 0.01} for name in CHOICES["optimizer"]),
        {"clip": 0.05, "weight_decay": 0.1},
        {"clip": 0.5, "optimizer": "adam", "learning_rate": 0.01, "batch": 3},
        {"batch": 1, "order": "shuffled", "learning_rate": 0.001},
        {"optimizer": "nesterov", "weight_decay": 0.3, "batch": 2, "learning_rate": 0.001},
        {"output": "sigmoid_twice", "optimizer": "rmsprop", "learning_rate": 0.001},
    ],
    ids=str,
)
def test_gradients_add_up_as_without_zero_grad(fields):
    experiment = replace(SMALL, accumulate=True, **fields)
    assert_as_program(experiment, *PROGRAMS[experiment.output])
    assert experiment.accumulate


def test_accumulated_gradients_are_momentum_that_forgets_nothing():
    once = replace(SMALL, accumulate=True, learning_rate=0.01)
    most = replace(once, accumulate=False, optimizer="momentum", momentum=0.999, steps=5)
    first, second = train(replace(once, steps=5)), train(most)
    np.testing.assert_allclose(first.loss, second.loss, rtol=1e-3)


UNITS = {"squared": nn.Identity(), "sigmoid_squared": nn.Sigmoid(), "tanh_squared": nn.Tanh(),
         "relu_squared": nn.ReLU(), "tanh_squared_unit": nn.Tanh(), "squared_signed": nn.Identity(),
         "sigmoid_squared_signed": nn.Sigmoid()}  # fmt: skip


@pytest.mark.parametrize("output", UNITS)
@pytest.mark.parametrize(
    "fields", [{}, {"batch": 3, "order": "shuffled"}, {"networks": 40, "accumulate": True}], ids=str
)
def test_labels_of_another_shape_are_broadcast_as_by_torch(output, fields):
    """Labels [N] against answers [N, 1]: ``nn.MSELoss`` compares every answer with every label."""
    experiment = replace(SMALL, output=output, broadcast=True, learning_rate=0.02, **fields)
    signed = OUTPUTS[output].targets == (-1.0, 1.0)
    labels = 2 * XOR.labels - 1 if signed else XOR.labels
    assert_as_program(experiment, UNITS[output], nn.MSELoss(), labels)


RATES_TO_THE_MEAN = {"squared": 0.1, "sigmoid_squared": 0.5, "tanh_squared": 0.5}


@pytest.mark.parametrize("data", ["xor", "and", "or"])
@pytest.mark.parametrize("output", RATES_TO_THE_MEAN)
def test_broadcast_labels_leave_the_variance_and_the_mean(output, data):
    """``mean_ij (h_i - t_j)^2 = mean_i (h_i - mean t)^2 + var t``: it rests there, no lower."""
    experiment = Experiment(
        activation="tanh", init="xavier_normal", depth=1, width=5, steps=2_000, networks=8,
        learning_rate=RATES_TO_THE_MEAN[output], output=output, data=data, broadcast=True,
    )  # fmt: skip
    history, targets = train(experiment), OUTPUTS[output].target(TASKS[data].labels)
    variance = targets.var(correction=0).item()
    assert experiment.plateaus == {"constant": pytest.approx(variance, rel=1e-12)}
    np.testing.assert_allclose(history.loss[-1], variance, atol=1e-4)
    np.testing.assert_allclose(history.hypothesis[-1], targets.mean().item(), atol=0.02)
    assert not history.solved.any()
    assert (fates(history) == "constant").all()


def test_a_quarter_is_what_is_left_of_xor():
    assert Experiment(output="squared", broadcast=True).lowest_plateau == 1 / 4


def test_right_answers_of_broadcast_labels_are_never_solved():
    """Rounding may leave a loss that is less than the variance by its last digit."""
    experiment = Experiment(depth=0, output="squared", data="or", broadcast=True, networks=1,
                            steps=20_000, learning_rate=0.3)  # fmt: skip
    assert train(experiment).steps_to_solve.tolist() == [pytest.approx(math.nan, nan_ok=True)]


@pytest.mark.parametrize("output", UNITS)
def test_what_is_written_of_broadcast_labels_is_what_autograd_finds(output):
    """With the mean of the targets in place of a point's own."""
    z = torch.linspace(-3, 3, 41, dtype=torch.float64, requires_grad=True)
    unit, target = UNITS[output], OUTPUTS[output].target(TASKS["or"].labels)
    p = unit(z)
    p.retain_grad()
    (p.unsqueeze(1) - target).square().mean(dim=1).sum().backward()
    symbols = Experiment(output=output, data="or", broadcast=True).output_layer.symbols
    for part, theirs in (("error", p.grad), ("delta", z.grad), ("plain_delta", z.grad)):
        said = getattr(symbols, part).replace(r"\bar{y}", "y").replace("ȳ", "y")
        assert said != getattr(symbols, part), "it says which labels"
        ours = computed(said, z.detach(), p.detach(), target.mean())
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12, msg=part)


def test_a_single_point_has_one_label():
    assert not Experiment(output="squared", batch=1, broadcast=True).broadcast
    assert Experiment(output="squared", batch=2, broadcast=True).broadcast


@pytest.mark.parametrize("output", ["sigmoid", "softmax", "linear", "sigmoid_twice"])
def test_only_squared_errors_are_broadcast(output):
    with pytest.raises(ExperimentError, match="broadcast") as refused:
        Experiment(output=output, broadcast=True)
    assert refused.value.field == "broadcast"


def test_mistakes_trained_together_or_apart_are_the_same():
    base = replace(SMALL, steps=50, output="squared")
    experiments = [base, *(replace(base, **{name: True}) for name in ("accumulate", "broadcast"))]
    for experiment, together in zip(experiments, train_together(experiments), strict=True):
        assert_same_run(together, train(experiment))


FLOORS = {
    "sigmoid_twice": (math.log(2) + math.log1p(math.exp(-1))) / 2,
    "softmax_twice": math.log1p(math.exp(-1)),
    "sigmoid_squared_signed": 1 / 2,
}


@pytest.mark.parametrize("output", MISTAKEN)
def test_no_answers_have_less_loss_than_the_floor(output):
    """``sigma(sigma(z))`` lies between 0.5 and 0.73, and a softmax's softmax up to 0.73."""
    unit, z = OUTPUTS[output], torch.tensor([-40.0, 40.0, 40.0, -40.0], dtype=torch.float64)
    assert unit.loss(z, XOR.labels).mean().item() == pytest.approx(FLOORS[output], abs=1e-12)
    assert unit.floor(XOR) == pytest.approx(FLOORS[output], abs=1e-12)
    others = torch.linspace(-40, 40, 1_000, dtype=torch.float64)
    each = [unit.loss(others, torch.tensor(label).double()).min() for label in (0.0, 1.0)]
    assert sum(each).item() / 2 == pytest.approx(FLOORS[output], abs=1e-12)
    assert unit.floor(XOR) < min(unit.plateaus(XOR).values())
    assert set(unit.meant) <= OUTPUTS.keys() - set(MISTAKEN)


def test_what_is_no_mistake_has_no_floor():
    for name, task in itertools.product(set(OUTPUTS) - set(MISTAKEN), TASKS.values()):
        assert OUTPUTS[name].floor(task) == 0


@pytest.mark.parametrize(("output", "some"), [("sigmoid_twice", True), ("softmax_twice", True),
                                              ("sigmoid_squared_signed", False)])  # fmt: skip
def test_what_is_told_apart_twice_is_solved_but_a_sigmoid_never_answers_minus_one(output, some):
    experiment = Experiment(activation="relu", init="pytorch", depth=1, width=10, networks=16,
                            steps=5_000, output=output)  # fmt: skip
    history = train(experiment)
    assert (history.solved.mean() > 1 / 2) == some
    assert (history.loss[-1] > experiment.output_layer.floor(XOR)).all()
    assert (history.solved <= (history.accuracy[-1] == 1)).all()


def test_weights_that_are_all_zero_move_alike_if_at_all():
    for bias, moves in (("zeros", False), ("own", False)):
        experiment = Experiment(
            init="zeros", bias=bias, activation="tanh", depth=1, output="squared", steps=50
        )
        history = train(experiment)
        answers = history.hypothesis[-1]
        assert (answers == answers[:1]).all(), "all points get one answer"
        assert (history.weight_gradient_norm[-1] > 0).any() == moves
