"""Whole runs against ``loss.backward()`` and ``torch.optim``, and what may not depend on what."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from models import (
    ACTIVATIONS,
    OPTIMIZERS,
    Experiment,
    History,
    Trainer,
    initial_parameters,
    train,
    train_together,
)
from models.cost import estimate
from models.experiment import DTYPES
from models.history import recorded_count
from models.layouts import NetworksFirst, NetworksLast, best_layout
from models.recorder import (
    FRAME_BYTES,
    KEPT_NETWORKS,
    frame_bytes,
    frame_density,
    kept_networks,
)
from models.trainer import GROUP_NETWORKS, GROUP_PARTS, SHARED, alike, group_size
from tests.models.reference import linears, plain_network, plain_run

# Rates at which nearby runs stay near each other, so that two orders of summation, which differ in
# the last bit, still agree after 200 steps. A chaotic run (20 layers of tanh at 0.1, say) amplifies
# that bit by e every few steps, and would compare nothing but rounding.
CALM_RATES = {"sgd": 0.05, "momentum": 0.01, "nesterov": 0.01, "rmsprop": 0.0005, "adam": 0.005}
SHAPES = {
    "perceptron": (0, 3, 3),
    "width one": (2, 1, 3),
    "single": (3, 6, 1),
    "narrow ensemble": (3, 5, 20),
    "wide ensemble": (2, 16, 5),
}
FIGURES = (
    "loss",
    "accuracy",
    "hypothesis",
    "weight_gradient_norm",
    "pre_activation_counts",
    "frames",
)


def assert_same_run(first: History, second: History, rtol: float = 1e-12) -> None:
    np.testing.assert_array_equal(first.steps, second.steps)
    np.testing.assert_array_equal(first.frame_steps, second.frame_steps)
    np.testing.assert_array_equal(first.diverged, second.diverged)
    for name in FIGURES:
        np.testing.assert_allclose(
            getattr(first, name), getattr(second, name), rtol=rtol, atol=1e-14, err_msg=name
        )


def assert_as_plain(experiment: Experiment, history: History, network: int) -> None:
    loss, norms = plain_run(experiment, network)
    logged = history.steps
    np.testing.assert_allclose(history.loss[:, network], loss[logged], rtol=1e-6)
    # Where autograd gives an exact zero, so must we: no absolute tolerance but rounding's.
    measured = history.weight_gradient_norm[:, :, network]
    np.testing.assert_allclose(measured, norms[logged], rtol=1e-6, atol=1e-15)


@pytest.mark.parametrize(
    ("activation", "shape", "optimizer"),
    # A shape is seen by the layout of its weights and by the pieces of a unit, an optimizer by that
    # layout: not all of everything is needed. test_combinations has what else may come together.
    [(name, shape, "sgd") for name in ACTIVATIONS for shape in ("single", "narrow ensemble")]
    + [(name, shape, "sgd") for name in ("tanh", "maxout") for shape in list(SHAPES)[:2]]
    + [(name, "wide ensemble", "sgd") for name in ("tanh", "maxout")]
    + [
        ("tanh", shape, optimizer)
        for shape in ("single", "narrow ensemble")
        for optimizer in list(CALM_RATES)[1:]
    ],
)
def test_a_run_is_that_of_a_plain_module(activation, optimizer, shape):
    depth, width, networks = SHAPES[shape]
    experiment = Experiment(
        activation=activation,
        depth=depth,
        width=width,
        init="pytorch",
        optimizer=optimizer,
        learning_rate=CALM_RATES[optimizer],
        steps=200,
        networks=networks,
        dtype="float64",
    )
    history = train(experiment)
    assert history.steps[-1] == 200
    assert_as_plain(experiment, history, networks - 1)


def test_the_shapes_above_cover_both_layouts():
    layouts = {best_layout(networks, width, 4) for _, width, networks in SHAPES.values()}
    assert layouts == {NetworksFirst, NetworksLast}


def test_an_activation_parameter_reaches_the_training():
    for activation, parameter in (("leaky_relu", 0.4), ("elu", 2.0)):
        experiment = Experiment(
            activation=activation,
            activation_parameter=parameter,
            depth=3,
            width=5,
            steps=200,
            networks=1,
            dtype="float64",
        )
        assert_as_plain(experiment, train(experiment), 0)


def together_of(networks: int, optimizer: str = "sgd") -> list[Experiment]:
    base = Experiment(
        depth=3,
        width=5,
        optimizer=optimizer,
        learning_rate=CALM_RATES[optimizer],
        steps=150,
        networks=networks,
        dtype="float64",
    )
    leaky = [base.with_activation("leaky_relu", slope) for slope in (0.1, 0.01)]
    return [base.with_activation(name) for name in ("relu", "maxout", "sigmoid", "tanh")] + leaky


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
@pytest.mark.parametrize("networks", [1, 7, 60])
def test_trained_together_or_apart_is_the_same(networks, optimizer):
    experiments = together_of(networks, optimizer)
    for experiment, together in zip(experiments, train_together(experiments), strict=True):
        assert together.experiment == experiment
        assert_same_run(together, train(experiment))


def test_sixty_networks_of_six_activations_are_more_than_one_ensemble():
    assert group_size(together_of(60)[0], 5) < 60


@pytest.mark.parametrize("activation", ["tanh", "maxout"])
def test_a_network_is_the_same_alone_and_among_64(activation):
    many = Experiment(
        activation=activation, depth=3, width=5, steps=200, networks=64, seed=10, dtype="float64"
    )
    crowd, alone = train(many), train(replace(many, networks=1, seed=10 + 37))
    for name in ("loss", "accuracy", "hypothesis", "weight_gradient_norm", "pre_activation_counts"):
        np.testing.assert_allclose(
            getattr(crowd, name)[..., 37], getattr(alone, name)[..., 0], rtol=1e-9, err_msg=name
        )


@pytest.mark.parametrize("dtype", list(DTYPES))
@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_extending_continues_the_same_run(optimizer, dtype):
    long = Experiment(
        activation="tanh",
        depth=2,
        width=4,
        optimizer=optimizer,
        steps=1000,
        networks=5,
        dtype=dtype,
    )
    trainer = Trainer([replace(long, steps=200)])
    trainer.advance()
    assert trainer.finished
    assert_same_run(trainer.histories()[0], train(replace(long, steps=200)), rtol=0)
    trainer.extend(1000)
    assert not trainer.finished
    trainer.advance()
    history = trainer.histories()[0]
    assert history.experiment == long
    assert_same_run(history, train(long), rtol=0)


LARGE = {
    "a wide one": [Experiment(activation="relu", width=32, networks=9)],
    "a deep one": [Experiment(activation="tanh", depth=50, width=32, networks=4)],
    "the widest and deepest": [Experiment(activation="tanh", depth=50, width=128, networks=2)],
    "Maxout, beside another": [
        Experiment(activation=name, depth=20, width=24, networks=6, optimizer="adam")
        for name in ("maxout", "sigmoid")
    ],
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_kept_does_not_depend_on_how_far_a_run_was_taken_at_once(name):
    """Networks so large that fewer are kept of a long run than would fit of a short one."""
    experiments = LARGE[name]
    trainer = Trainer([replace(experiment, steps=1) for experiment in experiments])
    for steps in (1, 5, 20):
        trainer.extend(steps)
        trainer.advance()
    at_once = train_together([replace(experiment, steps=20) for experiment in experiments])
    longer = train_together([replace(experiment, steps=50) for experiment in experiments])
    for bit_by_bit, run, long in zip(trainer.histories(), at_once, longer, strict=True):
        assert 1 <= len(run.kept) < min(KEPT_NETWORKS, run.experiment.networks)
        for other in (bit_by_bit, long.until(20)):
            np.testing.assert_array_equal(other.kept, run.kept)
            np.testing.assert_array_equal(other.frame_steps, run.frame_steps)
            np.testing.assert_array_equal(other.frames, run.frames)


@pytest.mark.parametrize("activation", ["tanh", "maxout"])
@pytest.mark.parametrize("depth", [0, 2, 9, 50])
@pytest.mark.parametrize("width", [1, 10, 32, 128])
def test_what_is_kept_follows_from_the_experiment_whatever_its_steps(activation, depth, width):
    runs = [
        Experiment(activation=activation, depth=depth, width=width, steps=steps)
        for steps in (1, 100, 1_000, 20_000, 200_000)
    ]
    assert len({(kept_networks(run), frame_density(run)) for run in runs}) == 1
    bytes_kept = kept_networks(runs[0]) * frame_bytes(runs[0])
    assert (
        recorded_count(200_000, frame_density(runs[0])) * bytes_kept <= FRAME_BYTES
        or kept_networks(runs[0]) == 1
    )


def test_extending_after_resting_is_the_same_run():
    long = Experiment(depth=2, width=4, steps=400, networks=20, dtype="float64")
    trainer = Trainer([replace(long, steps=100)])
    trainer.advance()
    trainer.rest()
    trainer.extend(400)
    trainer.advance()
    assert_same_run(trainer.histories()[0], train(long), rtol=0)


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_resting_between_two_log_points_changes_nothing(optimizer):
    experiment = Experiment(
        activation="tanh", depth=2, width=4, optimizer=optimizer, steps=150, networks=5
    )
    trainer, between = Trainer([experiment]), 0
    while not trainer.finished:
        trainer._burst = 1  # as on a machine where one step takes long
        trainer.advance(seconds=1e-9)
        between += trainer.step != trainer.histories()[0].steps[-1]
        trainer.rest()
    assert between, "it never rested between two log points"
    np.testing.assert_array_equal(trainer.histories()[0].loss, train(experiment).loss)


def test_an_odd_end_is_logged_and_does_not_disturb_what_follows():
    long = Experiment(depth=2, width=4, steps=600, networks=3, dtype="float64")
    trainer = Trainer([replace(long, steps=333)])
    trainer.advance()
    assert trainer.histories()[0].steps[-1] == 333
    trainer.extend(600)
    trainer.advance()
    history, whole = trainer.histories()[0], train(long)
    others = history.steps != 333
    np.testing.assert_array_equal(history.steps[others], whole.steps)
    np.testing.assert_array_equal(history.loss[others], whole.loss)


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS))
def test_small_pieces_add_up_to_one_go(optimizer):
    experiment = Experiment(
        activation="relu", depth=3, width=4, optimizer=optimizer, steps=300, networks=4
    )
    trainer, pieces, last = Trainer([experiment]), 0, -1
    while not trainer.finished:
        trainer.advance(seconds=1e-9)
        assert trainer.step > last
        assert trainer.histories()[0].steps[-1] <= trainer.step
        pieces, last = pieces + 1, trainer.step
    assert pieces > 5
    assert trainer.seconds_left == 0
    assert_same_run(trainer.histories()[0], train(experiment), rtol=0)


# Of these 24 networks some diverge and some do not, whatever the last bit: identity multiplies its
# weights' growth, and after a lucky start the gradient vanishes before that happens.
WILD = Experiment(
    activation="identity",
    depth=3,
    width=6,
    init="he_normal",
    optimizer="sgd",
    learning_rate=1.0,
    steps=300,
    networks=24,
    dtype="float64",
)


def wild(optimizer: str, dtype: str) -> Experiment:
    rates = {"sgd": 1.0, "momentum": 0.35, "adam": 300.0}
    return replace(WILD, optimizer=optimizer, learning_rate=rates[optimizer], dtype=dtype)


@pytest.mark.parametrize("dtype", list(DTYPES))
@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
def test_divergence_is_flagged_and_the_figures_stay_nan(optimizer, dtype):
    history = train(wild(optimizer, dtype))
    assert 0 < history.diverged.sum() < 24
    unknown = np.isnan(history.loss)
    assert unknown[-1].tolist() == history.diverged.tolist()
    assert not unknown[0].any()
    assert (unknown[1:] >= unknown[:-1]).all(), "no network comes back"
    np.testing.assert_array_equal(np.isnan(history.accuracy), unknown)
    for point in range(4):
        np.testing.assert_array_equal(np.isnan(history.hypothesis[:, point]), unknown)
    for layer in range(4):
        np.testing.assert_array_equal(np.isnan(history.weight_gradient_norm[:, layer]), unknown)
    assert not history.solved[history.diverged].any()
    assert np.isnan(history.steps_to_solve[history.diverged]).all()


@pytest.mark.parametrize("dtype", list(DTYPES))
@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
def test_a_diverged_network_keeps_its_last_finite_parameters(optimizer, dtype):
    history = train(wild(optimizer, dtype))
    assert np.isfinite(history.frames).all()
    kept = history.kept[history.diverged[history.kept]]
    assert len(kept)
    for network in kept:
        first = history.steps[np.isnan(history.loss[:, network]).argmax()]
        after = np.stack(history.frames)[history.frame_steps >= first, network]
        assert len(after) > 1
        np.testing.assert_array_equal(after[1:], after[:-1])


@pytest.mark.parametrize("dtype", list(DTYPES))
@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
def test_the_neighbours_of_a_diverging_network_do_not_notice(optimizer, dtype):
    experiment = wild(optimizer, dtype)
    history = train(experiment)
    for network in np.flatnonzero(~history.diverged):
        alone = train(replace(experiment, seed=int(network), networks=1))
        rtol = 1e-9 if dtype == "float64" else 1e-3
        np.testing.assert_allclose(history.loss[:, network], alone.loss[:, 0], rtol=rtol)


@pytest.mark.parametrize("init", ["lecture", "pytorch"])
def test_a_vanished_gradient_is_measured_not_rounded_to_zero(init):
    experiment = Experiment(
        activation="sigmoid", depth=50, width=5, init=init, steps=20, networks=3, dtype="float32"
    )
    history = train(experiment)
    double = replace(experiment, dtype="float64")
    for network in range(3):
        net = plain_network(double, network)
        for frame in (0, len(history.frame_steps) - 1):
            parameters = history.parameters(frame, network)
            for linear, (weight, bias) in zip(linears(net), parameters, strict=True):
                with torch.no_grad():
                    linear.weight.copy_(torch.from_numpy(weight).T)
                    linear.bias.copy_(torch.from_numpy(bias))
            norms = gradient_norms(net)
            row = np.searchsorted(history.steps, history.frame_steps[frame])
            measured = history.weight_gradient_norm[row, :, network]
            np.testing.assert_allclose(measured, norms, rtol=1e-5)
            assert 0 < measured[0] < (1e-38 if init == "pytorch" else 1e-20)


def test_a_gradient_whose_square_is_zero_in_float64_has_its_norm():
    # A slope of 1e-8 wherever a unit is off: some 25 of 50 factors.
    experiment = Experiment(
        activation="leaky_relu",
        activation_parameter=1e-8,
        depth=50,
        width=1,
        steps=1,
        networks=6,
        dtype="float64",
    )
    measured = train(experiment).weight_gradient_norm[0]
    assert (measured[0] < 1e-162).any()
    for network in range(6):
        net = plain_network(experiment, network)
        # Where the points' terms cancel, what is left is rounding: another one on each processor.
        terms = np.sum([gradient_norms(net, [point]) for point in range(4)], axis=0) / 4
        wrong = np.abs(measured[:, network] - gradient_norms(net))
        assert (wrong <= 1e-13 * terms).all()


def gradient_norms(net: torch.nn.Sequential, points: Sequence[int] = range(4)) -> np.ndarray:
    """[L] Frobenius norms of the weights' gradients, scaled first, so that no square underflows.

    Of the mean loss of some of the four points.
    """
    net.zero_grad()
    inputs = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float64)[points]
    labels = torch.tensor([[0.0], [1], [1], [0]], dtype=torch.float64)[points]
    torch.nn.functional.binary_cross_entropy_with_logits(net(inputs), labels).backward()
    gradients = [linear.weight.grad for linear in linears(net)]
    largest = [g.abs().max().clamp(min=torch.finfo(g.dtype).tiny) for g in gradients]
    norms = [((g / top).norm() * top).item() for g, top in zip(gradients, largest, strict=True)]
    return np.array(norms)


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "tanh", "maxout", "softplus"])
def test_zeros_stay_where_autograd_leaves_them_and_never_solve(activation):
    experiment = Experiment(
        activation=activation,
        depth=2,
        width=4,
        init="zeros",
        learning_rate=0.5,
        steps=200,
        networks=2,
        dtype="float64",
    )
    history = train(experiment)
    assert_as_plain(experiment, history, 1)
    assert not history.solved.any()
    np.testing.assert_allclose(history.loss, np.log(2), rtol=1e-12)


def test_progress_is_counted_in_steps_and_seconds():
    trainer = Trainer([Experiment(steps=50, networks=2)])
    assert trainer.seconds_left is None
    assert not trainer.histories()[0].finished
    trainer.advance()
    history = trainer.histories()[0]
    assert history.finished
    assert history.seconds == trainer.seconds > 0
    assert history.network_steps_per_second == pytest.approx(2 * 50 / history.seconds)


def test_a_saturated_network_is_not_said_to_have_no_gradient():
    """1 - tanh(z)^2 is 0 in float64 from |z| = 19 on; the derivative is not."""
    experiment = Experiment(
        activation="tanh",
        depth=2,
        width=10,
        init="lab",
        optimizer="adam",
        learning_rate=10.0,
        steps=200,
        networks=1,
    )
    norms = train(experiment).weight_gradient_norm[-1, :, 0]
    assert 0 < norms[0] < 1e-30
    assert 0 < norms[1] < 1e-30


def test_any_network_can_be_kept_and_training_does_not_depend_on_it():
    experiment = Experiment(activation="relu", depth=3, width=5, steps=150, networks=30)
    few = Trainer([experiment])
    chosen = Trainer([experiment], keep=[29, 3])
    for trainer in (few, chosen):
        trainer.advance()
    few, chosen = few.histories()[0], chosen.histories()[0]
    assert chosen.kept.tolist() == [3, 29]
    np.testing.assert_array_equal(chosen.loss, few.loss)
    for first, second in zip(few.parameters(-1, 3), chosen.parameters(-1, 3), strict=True):
        np.testing.assert_array_equal(first[0], second[0])


MIXED = {
    "initialisations": [{"init": "lecture"}, {"init": "he_normal"}, {"init": "pytorch"}],
    "rates": [{"learning_rate": 0.1}, {"learning_rate": 0.01}, {"learning_rate": 1.0}],
    "rates of momentum": [
        {"optimizer": "momentum", "learning_rate": rate} for rate in (0.1, 0.003)
    ],
    "rates of Adam": [{"optimizer": "adam", "learning_rate": rate} for rate in (0.01, 0.003)],
    "optimizers": [{"optimizer": name, "learning_rate": 0.02} for name in OPTIMIZERS],
    "shapes": [{"depth": 3}, {"depth": 5, "width": 3}, {"depth": 0}, {"width": 16}],
    "slopes": [
        {"activation": "leaky_relu", "activation_parameter": slope} for slope in (0.01, 0.3)
    ],
    "a family, its activations in no order": [
        {"activation": activation, "learning_rate": rate}
        for rate in (0.1, 0.05, 0.02, 0.01, 0.005)
        for activation in ("relu", "sigmoid", "elu")
    ],
    "everything": [
        {"activation": "maxout", "learning_rate": 0.01},
        {"activation": "relu", "init": "he_normal", "optimizer": "adam", "learning_rate": 0.02},
        {"activation": "tanh", "depth": 1, "width": 20},
    ],
}


@pytest.mark.parametrize("networks", [3, 20])  # networks first in memory, and last
@pytest.mark.parametrize("name", MIXED)
def test_whatever_they_differ_in_runs_trained_together_are_the_separate_ones(name, networks):
    base = Experiment(
        activation="tanh", depth=3, width=6, steps=150, networks=networks, dtype="float64"
    )
    experiments = [replace(base, **changes) for changes in MIXED[name]]
    for together, experiment in zip(train_together(experiments), experiments, strict=True):
        assert together.experiment == experiment
        assert_same_run(together, train(experiment), rtol=1e-9)


def test_a_run_is_the_same_to_the_last_bit_in_whatever_company():
    """In float32, where another order of the same operations solves other networks."""
    base = Experiment(activation="relu", steps=200)
    alone = train(base)
    family = [base.with_activation(name) for name in ("sigmoid", "relu", "tanh", "elu", "maxout")]
    rates = [replace(base, learning_rate=rate) for rate in (0.001, 0.1, 1.0)]
    for place, company in enumerate((family, rates, [replace(base, optimizer="adam"), base])):
        together = train_together(company)[1]
        assert together.experiment == base, place
        np.testing.assert_array_equal(together.loss, alone.loss)


@pytest.mark.parametrize("networks", [8, 64, 256])
def test_many_experiments_leave_each_a_part_that_is_worth_an_operation(networks):
    """Thirty slices of eight networks each take longer than thirty runs in turn."""
    names, rates = ("relu", "tanh", "sigmoid", "elu", "gelu", "maxout"), (0.1, 0.03, 0.01, 0.003)
    base = Experiment(depth=1, width=4, networks=networks)
    experiments = [
        replace(base.with_activation(name), learning_rate=rate) for rate in rates for name in names
    ]
    parts = alike(experiments)
    assert sorted(place for members in parts for place in members) == list(range(len(experiments)))
    for members in parts:
        assert group_size(base, len(members)) >= min(networks, GROUP_NETWORKS // GROUP_PARTS)
    for group in Trainer(experiments)._groups:
        functions = [arm.activation for arm in group.awake.arms]
        assert len(functions) == len(set(functions)), "those of one function are one arm"


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_each_arm_steps_at_its_own_rate_as_torch_does(optimizer):
    base = Experiment(
        activation="tanh", depth=2, width=5, steps=60, networks=2, optimizer=optimizer,
        dtype="float64",
    )  # fmt: skip
    experiments = [replace(base, learning_rate=rate) for rate in (0.2, 0.01)]
    for history, experiment in zip(train_together(experiments), experiments, strict=True):
        for network in range(experiment.networks):
            loss, _ = plain_run(experiment, network)
            np.testing.assert_allclose(history.loss[:, network], loss[history.steps], rtol=1e-9)


def test_an_arm_that_diverges_leaves_the_others_alone():
    base = Experiment(
        activation="leaky_relu", depth=4, width=6, steps=100, networks=20, dtype="float64"
    )
    wild, calm = replace(base, learning_rate=1000.0), replace(base, learning_rate=0.05)
    first, second = train_together([wild, calm])
    assert first.diverged.any()
    assert not second.diverged.any()
    assert_same_run(second, train(calm), rtol=1e-9)


def test_mixed_arms_go_on_after_a_rest():
    experiments = [
        Experiment(width=4, steps=400, networks=5, dtype="float64", **changes)
        for changes in (
            {"depth": 2, "optimizer": "adam"},
            {"depth": 2, "learning_rate": 1.0},
            {"depth": 2, "learning_rate": 0.01},
            {"depth": 1},
        )
    ]
    trainer = Trainer([replace(experiment, steps=100) for experiment in experiments])
    trainer.advance()
    trainer.rest()
    trainer.extend(400)
    trainer.advance()
    for history, experiment in zip(trainer.histories(), experiments, strict=True):
        assert_same_run(history, train(experiment), rtol=1e-9)


@pytest.mark.parametrize("field", SHARED)
def test_what_must_be_shared_is_named(field):
    base = Experiment()
    other = {"steps": 7, "networks": 3, "seed": 5, "dtype": "float64"}[field]
    with pytest.raises(ValueError, match=field):
        Trainer([base, replace(base, **{field: other})])


BAD_CALLS = {
    "no experiment": (lambda: train_together([]), ValueError, "one or more"),
    "a name": (lambda: train("sigmoid"), TypeError, "'sigmoid' is not an Experiment"),
    "nothing": (lambda: train(None), TypeError, "None is not an Experiment"),
    "the class": (lambda: train(Experiment), TypeError, "not an Experiment"),
    "one, without a list": (lambda: train_together(Experiment()), TypeError, "not a list"),
    "names": (lambda: train_together("sigmoid"), TypeError, "not a list"),
    "a number": (lambda: train_together(3), TypeError, "not a list"),
    "a list with a name": (lambda: Trainer([Experiment(), "relu"]), TypeError, "'relu' is not"),
    "the weights of a name": (lambda: initial_parameters("relu"), TypeError, "'relu' is not"),
    "no such network": (
        lambda: Trainer([Experiment(networks=4)], keep=[0, 4]), ValueError, "network 4.*0 to 3"),
    "a negative one": (lambda: Trainer([Experiment()], keep=[-1]), ValueError, "0 to 63"),
    "not a network": (lambda: Trainer([Experiment()], keep=["x"]), ValueError, "'x'.*0 to 63"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_CALLS)
def test_a_call_that_is_not_possible_is_told_what_is(name):
    call, error, said = BAD_CALLS[name]
    with pytest.raises(error, match=said) as raised:
        call()
    assert "allowed: " in str(raised.value)


def test_nothing_need_be_kept():
    experiment = Experiment(depth=2, width=3, steps=20, networks=4)
    trainer = Trainer([experiment], keep=())
    trainer.advance()
    (history,) = trainer.histories()
    assert len(history.kept) == 0
    assert sum(frame.nbytes for frame in history.frames) == 0
    whole = train(experiment)
    np.testing.assert_array_equal(history.loss, whole.loss)
    kept = sum(frame.nbytes for frame in whole.frames)
    costs = [estimate([experiment], frames=frames).bytes_at_rest for frames in (True, False)]
    assert costs[0] - costs[1] == kept
