"""Vanishing, level, exploding: against He et al.'s gain, and autograd's gradients."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from models import Experiment, initial_parameters, train
from models.diagnostics import FADED, gradient_trend, initial_size, trend
from models.tasks import XOR
from models.theory import squared_gain


def start(**fields) -> Experiment:
    return Experiment(**{"activation": "relu", "networks": 8, "steps": 1, **fields})


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        (FADED, "level"),
        (np.nextafter(FADED, 0), "vanishing"),
        (1 / FADED, "level"),
        (np.nextafter(1 / FADED, np.inf), "exploding"),
        (math.inf, "exploding"),
        (0.0, "vanishing"),
        (math.nan, "level"),
    ],
)
def test_a_hundred_times_is_the_limit_on_both_sides(total, expected):
    assert trend(total) == expected


@pytest.mark.parametrize("width", [10, 50, 100])
@pytest.mark.parametrize("init", ["lecture", "he_normal"])
def test_relu_explodes_where_its_gain_says(width, init):
    """A layer multiplies a signal's length by the root of n Var(W) / 2: for U(-1, 1) of n / 6."""
    experiment = start(width=width, init=init)
    # Of all n weights from the last layer's units; half of the error is left at the output.
    a_weights = squared_gain(experiment) ** (experiment.depth / 2) / math.sqrt(width) / 2
    assert not 0.3 / FADED < a_weights < 3 / FADED, "far from the limit"
    exploding = a_weights > 1 / FADED
    assert gradient_trend(train(experiment)) == ("exploding" if exploding else "level")


def test_sigmoids_explode_at_no_width():
    for width, expected in ((10, "vanishing"), (100, "level")):
        experiment = start(activation="sigmoid", width=width)
        assert gradient_trend(train(experiment)) == expected
    assert gradient_trend(train(start(init="pytorch"))) == "vanishing"
    assert gradient_trend(train(start(depth=0))) == "level"


def test_the_size_is_autograds():
    experiment = start(activation="maxout", depth=3, width=6, dtype="float64", networks=3)
    sizes = []
    for network in range(3):
        x, weights = XOR.inputs.double(), []
        for layer, (w, b) in enumerate(initial_parameters(experiment)):
            weights.append(w[network].clone().requires_grad_())
            x = x @ weights[-1] + b[network]
            x = torch.maximum(*x.chunk(2, dim=1)) if layer < 3 else x
        functional.binary_cross_entropy_with_logits(x[:, 0], XOR.labels.double()).backward()
        sizes.append(max(w.grad.square().mean().sqrt().item() for w in weights))
    assert initial_size(train(experiment)) == pytest.approx(np.median(sizes), rel=1e-9)


def test_without_any_figure_nothing_is_said():
    history = train(start(output="linear", depth=1))
    history.weight_gradient_norm[0] = np.nan
    assert math.isnan(initial_size(history))
    assert gradient_trend(history) == "level"
