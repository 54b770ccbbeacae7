"""Weights of one's own: as a value, in JSON, and as where a run starts."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from models import Experiment, ExperimentError, initial_parameters, train
from models.own_weights import MOST_NUMBERS, as_start, from_json, to_json

SHAPE = Experiment(activation="tanh", hidden=(3, 2), networks=1, steps=50, dtype="float64")


def start_of(experiment: Experiment) -> tuple:
    """A network's own initial weights as a start."""
    return tuple(
        (tuple(map(tuple, w[0].tolist())), tuple(b[0].tolist()))
        for w, b in initial_parameters(experiment)
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ["tanh", "maxout"])
@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_a_run_from_its_own_weights_is_the_same_run(output, activation, dtype):
    drawn = replace(SHAPE, activation=activation, output=output, init="lab", dtype=dtype)
    own = replace(drawn, start=start_of(drawn), init="zeros", gain=5.0, bias="as_weights")
    np.testing.assert_array_equal(train(own).loss, train(drawn).loss)


def test_lists_arrays_and_json_make_the_same_start():
    start = start_of(SHAPE)
    lists = json.loads(json.dumps(start))
    arrays = [(np.array(w), torch.tensor(b, dtype=torch.float64)) for w, b in start]
    text = from_json(to_json(start))
    made = [replace(SHAPE, start=each) for each in (start, lists, arrays, text)]
    assert len(set(made)) == 1
    assert made[0].start == start


def test_a_start_tells_experiments_apart_to_the_last_bit():
    (weight, bias), *others = start_of(SHAPE)
    nudged = (weight, (math.nextafter(bias[0], 1), *bias[1:]))
    assert replace(SHAPE, start=start_of(SHAPE)) != replace(SHAPE, start=(nudged, *others))


def wrong(change) -> list:
    layers = json.loads(json.dumps(start_of(SHAPE)))
    change(layers)
    return layers


WRONG = {
    "text": "1, 2, 3",
    "a number": 3.0,
    "nothing": [],
    "a layer less": wrong(lambda layers: layers.pop()),
    "a layer more": wrong(lambda layers: layers.append(layers[0])),
    "a row less": wrong(lambda layers: layers[0][0].pop()),
    "a number less in a row": wrong(lambda layers: layers[1][0][0].pop()),
    "a bias more": wrong(lambda layers: layers[2][1].append(0.0)),
    "no biases": wrong(lambda layers: layers[0].pop()),
    "not a number": wrong(lambda layers: layers[0][0][0].__setitem__(0, math.nan)),
    "infinite": wrong(lambda layers: layers[0][1].__setitem__(0, -math.inf)),
    "larger than can be": wrong(lambda layers: layers[0][1].__setitem__(0, 1e7)),
    "a whole number too long for a float": wrong(
        lambda layers: layers[0][1].__setitem__(0, 10**400)
    ),
    "text inside": wrong(lambda layers: layers[0][0][0].__setitem__(0, "1")),
    "truth inside": wrong(lambda layers: layers[0][0][0].__setitem__(0, True)),
    "deeper": [[[[[1.0]]]]],
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_start_is_refused_in_a_sentence(name):
    with pytest.raises(ExperimentError) as caught:
        replace(SHAPE, start=WRONG[name])
    assert caught.value.field == "start"
    assert len(str(caught.value)) < 1_000


def test_it_is_of_one_network_of_the_same_layers():
    start = start_of(SHAPE)
    for others in (
        {"networks": 2},
        {"hidden": (3, 3)},
        {"activation": "maxout"},
        {"output": "softmax"},
    ):
        with pytest.raises(ExperimentError, match="start"):
            replace(SHAPE, start=start, **others)


def test_very_many_numbers_are_refused_before_they_are_read():
    with pytest.raises(ValueError, match="at most"):
        as_start([], [(200, 200)])
    with pytest.raises(ValueError, match="at most"):
        from_json("[" * (64 * MOST_NUMBERS))


@pytest.mark.parametrize("text", ["", "{", "[1, 2", "[" * 100_000, "nan nan"])
def test_what_is_not_json_is_refused(text):
    with pytest.raises(ValueError):
        from_json(text)
