"""What may cure a network in trouble: each remedy changes what it says, and has a place."""

from dataclasses import replace

import pytest
import torch

from models import Experiment
from models.comparison import shared_start
from models.cures import CURES, cures
from models.experiment import initial_parameters

SMALL = Experiment(depth=4, width=3, networks=2)
CHANGED = {
    "relu": {"activation": "relu"},
    "he": {"init": "he_normal"},
    "adam": {"optimizer": "adam", "learning_rate": 0.01},
    "batch_norm": {"norm": "batch"},
    "layer_norm": {"norm": "layer"},
    "skip": {"skip": True},
    "batch_norm_skip": {"norm": "batch", "skip": True},
    "clip": {"clip": 1.0},
    "fewer_layers": {"depth": 2},
}


def test_each_remedy_changes_what_it_says_and_nothing_else():
    expected = {name: replace(SMALL, **fields) for name, fields in CHANGED.items()}
    assert cures(SMALL) == expected
    assert list(cures(SMALL)) == list(CURES)


OWN = tuple(([[0.5] * outs] * ins, [0.0] * outs) for ins, outs in ((2, 3), (3, 3), (3, 3), (3, 1)))


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"activation": "relu"}, {"relu"}),
        ({"init": "he_uniform"}, {"he"}),
        ({"optimizer": "adam"}, {"adam"}),
        ({"norm": "batch"}, {"batch_norm", "batch_norm_skip"}),  # to which a skip is added
        ({"norm": "layer"}, {"layer_norm"}),
        ({"skip": True}, {"skip", "batch_norm_skip"}),
        ({"norm": "batch", "skip": True}, {"batch_norm", "skip", "batch_norm_skip"}),
        ({"clip": 5.0}, {"clip"}),
        ({"depth": 2}, {"fewer_layers"}),
        ({"depth": 1}, {"skip", "batch_norm_skip", "fewer_layers"}),
        ({"depth": 0}, set(CURES) - {"he", "adam", "clip"}),
        ({"hidden": (3, 4, 5)}, {"skip", "batch_norm_skip"}),
        ({"batch": 1}, {"batch_norm", "batch_norm_skip"}),
        ({"batch": 3}, {"batch_norm", "batch_norm_skip"}),  # one is left for the last batch
        ({"hidden": (3, 3, 3), "networks": 1, "start": OWN}, {"he", "fewer_layers"}),
    ],
)
def test_what_a_run_has_and_what_has_no_place_is_left_out(fields, missing):
    first = replace(SMALL, **fields)
    found = cures(first)
    assert set(CURES) - set(found) == missing
    assert len({first, *found.values()}) == len(found) + 1
    assert {one.start for one in found.values()} == {first.start}


@pytest.mark.parametrize("activation", ["sigmoid", "maxout"])
def test_they_begin_with_the_same_weights_where_they_can(activation):
    first = replace(SMALL, activation=activation)
    weights = initial_parameters(first)
    for name, one in cures(first).items():
        same = all(
            torch.equal(own, other)
            for layers in zip(weights, initial_parameters(one), strict=False)
            for own, other in zip(*layers, strict=True)
        ) and len(weights) == len(initial_parameters(one))
        assert same == (shared_start(first, one) == "same"), name
        others = {"he", "fewer_layers"} | ({"relu"} if activation == "maxout" else set())
        assert same == (name not in others), name
