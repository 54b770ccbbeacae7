"""What experiments have in common: checked against the weights that they start from."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from models import INITIALIZERS, Experiment, initial_parameters
from models.comparison import STARTS, differing, shared_start


def test_fields_that_differ_are_named_in_order():
    base = Experiment()
    assert differing([base]) == []
    assert differing([base, base]) == []
    other = Experiment(init="he_normal", learning_rate=0.01, depth=3)
    assert differing([base, other]) == ["depth", "init", "learning_rate"]
    assert differing([base, base, other]) == ["depth", "init", "learning_rate"]


def test_a_parameter_counts_only_where_the_function_is_the_same():
    leaky = [Experiment(activation="leaky_relu", activation_parameter=a) for a in (0.1, 0.3)]
    assert differing(leaky) == ["activation_parameter"]
    assert differing([leaky[0], Experiment(activation="relu")]) == ["activation"]


def related(first: Experiment, second: Experiment) -> str:
    """The same, seen in the weights themselves."""
    starts = [
        [tensor for layer in initial_parameters(e) for tensor in layer] for e in (first, second)
    ]
    if [t.shape for t in starts[0]] != [t.shape for t in starts[1]]:
        return "seeds"
    if all(torch.equal(a, b) for a, b in zip(*starts, strict=True)):
        return "same"
    weights = [start[::2] for start in starts]
    if not all(weight.all() for start in weights for weight in start):
        return "seeds"
    ratios = [(a / b).numpy() for a, b in zip(*weights, strict=True)]
    constant = all(np.ptp(ratio) < 1e-9 * abs(ratio.mean()) for ratio in ratios)
    return "scaled" if constant else "seeds"


@pytest.mark.parametrize("init", INITIALIZERS)
def test_the_start_of_two_runs_is_related_as_their_weights_are(init):
    base = Experiment(depth=2, width=3, networks=2, init=init, dtype="float64")
    for other_init, depth, width in itertools.product(INITIALIZERS, (0, 2, 3), (3, 4)):
        other = Experiment(
            depth=depth, width=width, networks=2, init=other_init, dtype="float64", seed=0
        )
        assert shared_start(base, other) == related(base, other), other
        assert shared_start(other, base) == shared_start(base, other)
    flat = [Experiment(depth=0, width=width, networks=2, init=init) for width in (3, 4)]
    assert shared_start(*flat) == "same"


def test_two_weight_sets_are_another_start_than_one():
    for init in ("lecture", "he_normal"):
        base = Experiment(init=init)
        assert shared_start(base, base.with_activation("maxout")) == "seeds"
        flat = replace(base, depth=0)
        assert shared_start(flat, flat.with_activation("maxout")) == "same"


def test_every_relation_occurs():
    base = Experiment()
    others = [Experiment(init=name) for name in INITIALIZERS]
    assert {shared_start(base, other) for other in others} == set(STARTS)
