"""What is predicted of a network's start, against networks that were started."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from models import ACTIVATIONS, INITIALIZERS, Experiment, train
from models.diagnostics import born_dead, shrink_per_layer
from models.predicted import (
    CAVEATS,
    predicted_dead,
    predicted_gradient,
    predicted_norms,
    predicted_shrink,
    theory_caveats,
)
from models.theory import dead_probability
from tests.models.test_predictions import SHRINK
from tests.models.test_theory import started


def norms_of(experiment: Experiment, networks: int) -> np.ndarray:
    """[L, E] norms of the weights' gradients at the start."""
    ensemble = started(experiment, networks)
    gradient = torch.zeros_like(ensemble.parameters)
    ensemble.add_gradient(gradient, ensemble.blocks(gradient), 1.0)
    return gradient[:, :, 1 + ensemble.shape.norm_rows :].square().sum(dim=(2, 3)).sqrt().numpy()


def rms(norms: np.ndarray) -> np.ndarray:
    return np.sqrt(np.square(norms).mean(axis=1))


# Gradients


WIDE = [
    ("sigmoid", "he_normal"),
    ("sigmoid", "lab"),
    ("tanh", "xavier_normal"),
    ("relu", "he_normal"),
    ("relu", "xavier_normal"),
    ("maxout", "he_normal"),
    ("leaky_relu", "xavier_uniform"),
    ("gelu", "lecun_normal"),
]


@pytest.mark.parametrize(
    ("activation", "init", "output"),
    [(*one, "sigmoid") for one in WIDE] + [(*one, "squared") for one in WIDE[::3]],
)
def test_wide_networks_start_with_the_predicted_gradients(activation, init, output):
    experiment = Experiment(activation=activation, init=init, depth=10, width=64, output=output)
    measured, predicted = rms(norms_of(experiment, 200)), predicted_gradient(experiment)
    assert predicted.shape == (11,)
    assert predicted[-1] == 1
    # The standard error over 200 networks is 2 to 6 %.
    np.testing.assert_allclose(measured / measured[-1], predicted, rtol=0.15)
    np.testing.assert_allclose(measured, predicted_norms(experiment), rtol=0.2)
    assert predicted_shrink(experiment) == pytest.approx(
        shrink_per_layer(measured[:, None]), rel=0.02
    )


@pytest.mark.parametrize(
    ("activation", "init", "hidden"),
    [
        ("sigmoid", "lab", (64,) * 6),
        ("tanh", "xavier_normal", (64,) * 8),
        ("relu", "he_normal", (64, 64, 32, 32, 32)),  # a way past two of them
        ("maxout", "xavier_normal", (64, 64, 64, 64)),
        ("gelu", "lecun_normal", (64, 64, 64)),
    ],
)
def test_wide_networks_with_skips_start_with_the_predicted_gradients(activation, init, hidden):
    experiment = Experiment(activation=activation, init=init, hidden=hidden, skip=True)
    measured = rms(norms_of(experiment, 200))
    np.testing.assert_allclose(measured, predicted_norms(experiment), rtol=0.14)
    plain = predicted_norms(replace(experiment, skip=False))
    assert abs(np.log(plain / measured)).max() > np.log(1.4), "which is not the plain network's"
    assert theory_caveats(experiment)[:1] != ["cancelled"]


def batch_norm_factor(experiment: Experiment, draws: int) -> float:
    """The same by PyTorch's own derivatives of units that are drawn, at the fixed point."""
    generator = torch.Generator().manual_seed(0)
    s, error = torch.randn(2, 4, draws, dtype=torch.float64, generator=generator)
    s, error = (each - each.mean(dim=0) for each in (s, error))
    s = (2 * s / s.norm(dim=0)).requires_grad_()  # variance 1: that has a heavy tail
    z = functional.batch_norm(s, None, None, training=True, eps=1e-12)
    h = experiment.phi.function(z, experiment.activation_parameter)
    (sent,) = torch.autograd.grad(h, s, error)
    kept = (h - h.mean(dim=0)).square().sum()
    # With 3 degrees of freedom the mean of 4 / chi-squared is 4.
    return math.sqrt(4 * sent.square().sum() / kept)


@pytest.mark.parametrize("activation", ["relu", "elu", "gelu", "softplus"])
def test_batch_norm_multiplies_the_gradient_by_the_predicted_factor(activation):
    experiment = Experiment(activation=activation, depth=14, width=100, norm="batch")
    factor = predicted_shrink(experiment)
    assert factor == pytest.approx(batch_norm_factor(experiment, 200_000), rel=0.005)
    deep = rms(norms_of(experiment, 60))[5:13, None]
    assert 0.92 < shrink_per_layer(deep) / factor < 1.02
    assert predicted_norms(experiment) is None
    assert predicted_shrink(replace(experiment, init="pytorch", width=5)) == factor
    assert theory_caveats(experiment) == ["fixed_point"]
    straight = Experiment(activation="leaky_relu", activation_parameter=0.9999999, norm="batch")
    assert predicted_shrink(straight) == pytest.approx(math.sqrt(2), rel=1e-6), "(B - 2) / (B - 3)"


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "identity"])
def test_opposite_points_stay_opposite_under_batch_norm(activation):
    """They have one degree of freedom less, and the mean of one over chi-squared is infinite."""
    experiment = Experiment(activation=activation, depth=6, width=20, norm="batch")
    z = started(experiment, 5).z[..., :20]
    torch.testing.assert_close(z[:, :, 0], -z[:, :, 3], rtol=0, atol=1e-9)
    torch.testing.assert_close(z[:, :, 1], -z[:, :, 2], rtol=0, atol=1e-9)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "elu", "maxout"])
@pytest.mark.parametrize(
    ("init", "width"), [("lecture", 10), ("xavier_normal", 10), ("pytorch", 5)]
)
def test_the_predicted_factor_per_layer_holds_for_narrow_networks_too(activation, init, width):
    experiment = Experiment(activation=activation, init=init, depth=9, width=width)
    norms, predicted = norms_of(experiment, 2_000), predicted_shrink(experiment)
    assert predicted == pytest.approx(shrink_per_layer(rms(norms)[:, None]), rel=0.05)
    living = norms[:, (norms > 0).all(axis=0)]
    assert 0.85 < shrink_per_layer(living) / predicted < 1.1, "of the median network"


@pytest.mark.parametrize("init", SHRINK)
def test_where_sigmoids_have_settled_the_factor_is_mean_fields(init):
    experiment = Experiment(activation="sigmoid", init=init, depth=10, width=5)
    profile = predicted_gradient(experiment)
    assert profile[6] / profile[7] == pytest.approx(SHRINK[init], rel=0.005)


def test_gradients_worked_by_hand():
    # One linear unit: z = h = w1 x1 + w2 x2 + b, logit = v h + c, all N(0, 1); so h has variance 1,
    # 2, 2, 3 and covariances 1, 1, 1; 1, 2, 2, and the logit's covariance is one more.
    hidden = np.array([[1, 1, 1, 1], [1, 2, 1, 2], [1, 1, 2, 2], [1, 2, 2, 3]])
    draws = np.random.default_rng(0).normal(size=(4, 400_000))
    logits = np.linalg.cholesky(hidden + 1.0) @ draws
    errors = 1 / (1 + np.exp(-logits)) - np.array([[0], [1], [1], [0]])
    expected = errors @ errors.T / draws.shape[1]
    inputs = np.array([[0, 0, 0, 0], [0, 1, 0, 1], [0, 0, 1, 1], [0, 1, 1, 2]])
    squares = (inputs * expected).sum() / 16, (hidden * expected).sum() / 16
    one = Experiment(activation="identity", init="lab", depth=1, width=1)
    np.testing.assert_allclose(predicted_norms(one), np.sqrt(squares), rtol=0.01)


def test_every_activation_and_initializer_has_its_gradients_predicted():
    for activation in ACTIVATIONS:
        for init in set(INITIALIZERS) - {"zeros", "uniform01"}:
            for depth, width in ((1, 1), (9, 5)):
                experiment = Experiment(activation=activation, init=init, depth=depth, width=width)
                norms = predicted_norms(experiment)
                assert norms.shape == (depth + 1,)
                assert np.isfinite(norms).all()
                assert (norms > 0).all()
                assert math.isfinite(predicted_shrink(experiment))


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "maxout", "gelu", "selu"])
def test_the_largest_networks_gradients_are_finite_and_positive(activation):
    for init in ("lab", "pytorch", "xavier_normal"):
        norms = predicted_norms(Experiment(activation=activation, init=init, depth=50, width=128))
        assert np.isfinite(norms).all()
        assert (norms > 0).all()


NOT_PREDICTED = {
    "no_hidden_layer": Experiment(depth=0),
    "zero_weights": Experiment(init="zeros"),
    "one_sided": Experiment(init="uniform01"),
    "own_weights": Experiment(
        depth=1, width=1, networks=1, start=((((1.0,), (1.0,)), (0.0,)), (((1.0,),), (0.0,)))
    ),
    "undefined_loss": Experiment(output="linear"),
    "layer_norm": Experiment(norm="layer"),
    "batch_norm_and_skip": Experiment(activation="relu", norm="batch", skip=True),
    "batch_norm_of_pieces": Experiment(activation="maxout", norm="batch"),
    "opposite_points": Experiment(norm="batch"),
    "cancelled": Experiment(activation="identity", init="lecture", depth=50, width=1),
}


@pytest.mark.parametrize("reason", NOT_PREDICTED)
def test_what_is_not_predicted_has_its_reason(reason):
    experiment = NOT_PREDICTED[reason]
    assert predicted_norms(experiment) is None
    assert predicted_gradient(experiment) is None
    assert predicted_shrink(experiment) is None
    assert theory_caveats(experiment)[0] == reason
    assert reason in CAVEATS[: CAVEATS.index("narrow")]


# Dead networks


def agree(measured: float, networks: int, predicted: float, drawn: float = math.inf) -> bool:
    """Whether two shares are within four binomial standard errors."""
    return abs(measured - predicted) <= 4 * math.sqrt(
        max(predicted * (1 - predicted), 1 / networks) * (1 / networks + 1 / drawn)
    )


@pytest.mark.parametrize("width", [3, 5, 10])
@pytest.mark.parametrize("depth", [3, 10])
@pytest.mark.parametrize("init", ["lecture", "he_normal"])
def test_networks_are_born_dead_as_often_as_predicted(init, depth, width):
    experiment = Experiment(activation="relu", init=init, depth=depth, width=width)
    dead = (norms_of(experiment, 5_000) == 0).all(axis=0)
    predicted = predicted_dead(experiment)
    assert agree(dead.mean(), 5_000, predicted, 10_000)
    assert predicted <= dead_probability([width] * depth) + 0.01


@pytest.mark.parametrize("init", ["lab", "pytorch"])
def test_networks_with_biases_are_born_dead_as_often_as_predicted(init):
    # A layer that is all off hands on its biases, but nothing comes back through it.
    experiment = Experiment(activation="relu", init=init, depth=8, width=3)
    norms = norms_of(experiment, 5_000)
    assert agree((norms[0] == 0).mean(), 5_000, predicted_dead(experiment), 10_000)
    assert not (norms[0] == 0)[norms.all(axis=0)].any()
    assert (norms[:, norms[0] == 0] != 0).any()


@pytest.mark.parametrize(
    ("width", "depth", "stated"),
    [(5, 9, 0.137), (5, 10, 0.160), (2, 10, 0.921), (10, 10, 0.002)],
)
def test_prediction_04_is_what_is_predicted(width, depth, stated):
    dead = predicted_dead(Experiment(activation="relu", init="lecture", depth=depth, width=width))
    assert abs(dead - stated) < 0.01


def test_a_run_says_who_was_born_dead():
    experiment = Experiment(activation="relu", depth=9, width=5, steps=1, networks=256)
    histories = [train(replace(experiment, seed=seed)) for seed in range(0, 2_048, 256)]
    dead = np.concatenate([born_dead(history) for history in histories])
    assert agree(dead.mean(), 2_048, predicted_dead(experiment), 10_000)
    for history in histories:
        start = history.weight_gradient_norm[0]
        assert (start[:, born_dead(history)] == 0).all()
        assert (start[:, ~born_dead(history)] > 0).all()


def test_only_the_start_counts():
    history = train(Experiment(activation="relu", depth=2, width=2, steps=3, networks=30))
    norms = history.weight_gradient_norm.copy()
    norms[0], norms[1] = 1.0, 0.0
    norms[0, 1, 7] = 0.0
    changed = replace(history, weight_gradient_norm=norms)
    assert np.flatnonzero(born_dead(changed)).tolist() == [7], "one layer is enough"


def test_a_point_dies_as_often_where_weights_are_orthogonal():
    experiment = Experiment(activation="relu", init="orthogonal", depth=4, width=3)
    alive = started(experiment, 4_000).hidden[-1, :, 3, 1:].any(dim=1)
    assert agree(1 - alive.double().mean().item(), 4_000, dead_probability([3] * 4))


def test_wide_networks_are_never_born_dead():
    wide = Experiment(activation="relu", depth=50, width=16)
    assert 0 < dead_probability([16] * 50) < 1e-3
    assert predicted_dead(wide) == 0.0


@pytest.mark.parametrize(
    "fields",
    [
        {"activation": "tanh"},
        {"activation": "leaky_relu"},
        {"depth": 0},
        {"init": "zeros"},
        {"norm": "batch"},
        {"skip": True},
    ],
)
def test_nothing_dies_but_relus_with_weights(fields):
    experiment = replace(Experiment(activation="relu"), **fields)
    assert predicted_dead(experiment) is None


def test_what_is_not_drawn_weight_by_weight_or_has_no_loss():
    relu = Experiment(activation="relu")
    assert predicted_dead(replace(relu, init="orthogonal")) is None
    for output in ("linear", "relu"):  # a dead point's answer of 0 has no loss: the run diverged
        assert predicted_dead(replace(relu, output=output)) is None


# Caveats


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"width": 50, "depth": 12}, []),
        ({"width": 49, "depth": 12}, ["narrow"]),
        ({"width": 50, "depth": 13}, ["deep"]),
        ({"width": 52, "depth": 13}, []),
        ({"init": "lecture", "width": 50}, ["uniform_first_layer"]),
        ({"activation": "tanh", "init": "lab", "width": 100}, ["saturated"]),
        ({"activation": "maxout", "init": "lab", "width": 100}, []),
        ({"activation": "relu", "width": 9, "depth": 2}, ["narrow"]),
        ({"activation": "relu", "width": 7, "depth": 1}, ["narrow"]),
        ({"activation": "relu", "width": 6, "depth": 1}, ["narrow", "born_dead"]),
        ({"activation": "tanh", "width": 6, "depth": 1}, ["narrow"]),
        ({"depth": 0, "width": 5, "init": "lecture"}, ["no_hidden_layer"]),
        ({"init": "zeros", "width": 128}, ["zero_weights"]),
        ({"output": "squared", "width": 50, "depth": 12}, []),
        ({"output": "relu", "width": 50, "depth": 12}, ["undefined_loss"]),
        ({"activation": "relu", "width": 6, "depth": 2, "skip": True}, ["narrow", "deep"]),
        ({"activation": "relu", "width": 6, "depth": 1, "norm": "batch"},
         ["fixed_point", "narrow"]),
        ({"activation": "relu", "init": "zeros", "width": 5, "depth": 1},
         ["zero_weights", "narrow"]),
    ],
)  # fmt: skip
def test_caveats_are_those_that_apply(fields, names):
    assert theory_caveats(replace(Experiment(init="he_normal", depth=9), **fields)) == names
    assert set(names) <= set(CAVEATS)


def test_the_lectures_networks_have_the_lectures_caveats():
    assert theory_caveats(Experiment(activation="relu", depth=9, width=5)) == [
        "narrow", "deep", "uniform_first_layer", "born_dead",
    ]  # fmt: skip
