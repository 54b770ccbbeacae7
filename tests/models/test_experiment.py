"""The frozen description of a run: what it refuses, and what counts as the same run."""

import dataclasses
import math

import numpy as np
import pytest

from models import ACTIVATIONS, Experiment, ExperimentError, initial_parameters

CHOICES = ("activation", "init", "optimizer", "dtype", "output", "data", "bias", "order")
RANGES = {
    "depth": (0, 50),
    "width": (1, 128),
    "steps": (1, 200_000),
    "networks": (1, 256),
    "seed": (0, 2**31 - 1),
}
NOT_A_NUMBER = (True, False, "3", b"3", "", None, math.nan, math.inf, -math.inf, [3], (3,), {}, 3j)


def assert_refused(field: str, value: object, allowed: str, **others: object) -> None:
    with pytest.raises(ValueError) as caught:
        Experiment(**{field: value, **others})
    assert isinstance(caught.value, ExperimentError)
    assert caught.value.field == field
    assert caught.value.value is value
    assert allowed in caught.value.allowed
    for part in (field, repr(value), caught.value.allowed):
        assert part in str(caught.value)


@pytest.mark.parametrize("value", ["", "Sigmoid", "sigmoid ", 1, None, True, math.nan, ["sigmoid"]])
@pytest.mark.parametrize("field", CHOICES)
def test_choices_refuse_everything_else_and_say_what_there_is(field, value):
    default = getattr(Experiment(), field)
    assert_refused(field, value, default)


@pytest.mark.parametrize("value", [*NOT_A_NUMBER, 2.5, np.bool_(True), np.float64("nan")])
@pytest.mark.parametrize("field", RANGES)
def test_whole_numbers_refuse_other_types_and_fractions(field, value):
    low, high = RANGES[field]
    assert_refused(field, value, f"whole numbers from {low} to {high}")


@pytest.mark.parametrize("field", RANGES)
def test_ranges_hold_their_ends_and_nothing_beyond(field):
    for value in RANGES[field]:
        assert getattr(Experiment(**{field: value}), field) == value
    low, high = RANGES[field]
    for value in (low - 1, high + 1, -1, 10**400):
        assert_refused(field, value, f"whole numbers from {low} to {high}")


@pytest.mark.parametrize("value", [*NOT_A_NUMBER, 0, -0.1, 1000.1, np.bool_(True)])
def test_learning_rates_are_positive_finite_numbers(value):
    assert_refused("learning_rate", value, "numbers above 0, up to 1000")


def test_learning_rates_reach_their_end():
    assert Experiment(learning_rate=1000).learning_rate == 1000
    assert Experiment(learning_rate=1e-300).learning_rate == 1e-300


@pytest.mark.parametrize(
    ("activation", "low", "high"), [("leaky_relu", 0.0, 1.0), ("elu", 0.0, 10.0)]
)
def test_the_activations_parameter_has_its_own_range(activation, low, high):
    for value in (low, high):
        experiment = Experiment(activation=activation, activation_parameter=value)
        assert experiment.activation_parameter == value
    wrong = [low - 0.01, high + 0.01, *(value for value in NOT_A_NUMBER if value is not None)]
    for value in wrong:
        assert_refused(
            "activation_parameter", value, f"from {low:g} to {high:g}", activation=activation
        )


@pytest.mark.parametrize("activation", sorted(set(ACTIVATIONS) - {"leaky_relu", "elu"}))
def test_activations_without_a_parameter_refuse_one(activation):
    assert_refused("activation_parameter", 0.1, activation, activation=activation)
    assert Experiment(activation=activation).activation_parameter is None


@pytest.mark.parametrize(("activation", "default"), [("leaky_relu", 0.1), ("elu", 1.0)])
def test_the_default_parameter_and_its_value_are_one_experiment(activation, default):
    silent = Experiment(activation=activation)
    spoken = Experiment(activation=activation, activation_parameter=default)
    assert silent == spoken
    assert hash(silent) == hash(spoken)
    assert silent != Experiment(activation=activation, activation_parameter=default / 2)


def test_numpys_and_pythons_numbers_make_the_same_key():
    numpy = Experiment(
        depth=np.int64(3),
        width=np.int32(4),
        steps=np.float64(100.0),
        networks=np.uint8(7),
        seed=np.int16(5),
        learning_rate=np.float64(0.5),
    )
    python = Experiment(depth=3, width=4, steps=100, networks=7, seed=5, learning_rate=0.5)
    assert numpy == python
    assert hash(numpy) == hash(python)
    assert {numpy: "found"}[python] == "found"
    for field in (*RANGES, "learning_rate"):
        assert type(getattr(numpy, field)) is type(getattr(python, field))


OTHER_VALUES = {
    "activation": "relu",
    "depth": 3,
    "width": 4,
    "init": "lab",
    "optimizer": "adam",
    "learning_rate": 0.2,
    "steps": 7,
    "networks": 5,
    "seed": 1,
    "dtype": "float64",
    "output": "squared",
}


@pytest.mark.parametrize("field", OTHER_VALUES)
def test_each_field_tells_experiments_apart(field):
    assert Experiment(**{field: OTHER_VALUES[field]}) != Experiment()
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(Experiment(), field, OTHER_VALUES[field])


@pytest.mark.parametrize("depth", [0, 1, 4])
@pytest.mark.parametrize("activation", list(ACTIVATIONS))
def test_the_parameter_count_is_that_of_the_parameters(activation, depth):
    experiment = Experiment(activation=activation, depth=depth, width=3, networks=2)
    parameters = initial_parameters(experiment)
    assert len(parameters) == experiment.layers == depth + 1
    drawn = sum(w[0].numel() + b[0].numel() for w, b in parameters)
    assert experiment.parameter_count == drawn


def test_another_activation_keeps_everything_else():
    elu = Experiment(activation="elu", activation_parameter=2.0, seed=9, width=3)
    assert elu.with_activation("sigmoid") == Experiment(activation="sigmoid", seed=9, width=3)
    leaky = Experiment(activation="leaky_relu", activation_parameter=0.3, seed=9, width=3)
    assert elu.with_activation("leaky_relu", 0.3) == leaky
