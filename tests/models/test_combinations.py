"""Anything with anything: a hundred experiments by chance, against a plain PyTorch loop."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from models import Experiment, ExperimentError, train
from models.experiment import CHOICES
from models.history import LOG_DENSITY, recorded_steps
from models.optimizers import OPTIMIZERS
from models.outputs import OUTPUTS as LAST_LAYERS
from tests.models.reference import plain_run
from tests.models.test_trainer import CALM_RATES
from tests.seldom import seldom

MOMENTUM = {name: optimizer.momentum is not None for name, optimizer in OPTIMIZERS.items()}
# A loss that is not a number where an answer leaves 0..1 leaves nothing to compare.
OUTPUTS = sorted(set(CHOICES["output"]) - {"linear", "relu"})
STEPS = 200
LARGE = 5.0  # a loss
DISTURBED = 1e-15  # as rounding does it
CALM = 1e-8
ROUNDED = 1e-13  # a gradient
TINY = 1e-14  # a loss that is rounding: torch's softmax has no less


@st.composite
def experiments(draw) -> Experiment:
    """Small networks of any kind, at rates at which two programs' rounding stays small."""
    optimizer = draw(st.sampled_from(CHOICES["optimizer"]))
    norm = draw(st.sampled_from(CHOICES["norm"]))
    output = draw(st.sampled_from(OUTPUTS))
    squares = not LAST_LAYERS[output].in_nats
    momenta = st.sampled_from((0.3, 0.8, 0.95)) if MOMENTUM[optimizer] else st.none()
    return Experiment(
        activation=draw(st.sampled_from(CHOICES["activation"])),
        hidden=tuple(draw(st.lists(st.sampled_from((1, 2, 5, 5, 5, 7)), max_size=4))),
        init=draw(st.sampled_from(CHOICES["init"])),
        gain=draw(st.sampled_from((0.3, 1.0, 1.4))),
        bias=draw(st.sampled_from(CHOICES["bias"])),
        optimizer=optimizer,
        momentum=draw(momenta),
        learning_rate=CALM_RATES[optimizer] * draw(st.sampled_from((0.1, 0.4))),
        weight_decay=draw(st.sampled_from((0.0, 0.01, 0.3))),
        steps=STEPS,
        networks=draw(st.sampled_from((1, 3, 17))),
        seed=draw(st.integers(0, 1000)),
        dtype="float64",
        output=output,
        data=draw(st.sampled_from(CHOICES["data"])),
        batch=draw(st.sampled_from((None, 2) if norm == "batch" else (None, 1, 2, 3))),
        order=draw(st.sampled_from(CHOICES["order"])),
        norm=norm,
        skip=draw(st.booleans()),
        clip=draw(st.sampled_from((None, None, 0.1, 1.0))),
        unit_gradient=draw(st.sampled_from((False, False, True))),
        accumulate=draw(st.sampled_from((False, False, True))),
        broadcast=draw(st.sampled_from((False, squares))),
    )


@pytest.mark.parametrize("part", [0, *map(seldom, range(1, 4))])
def test_any_network_is_that_of_a_plain_loop(part):
    compared_steps: list[int] = []

    @seed(part)
    @settings(
        max_examples=25, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), print_blob=False,
    )  # fmt: skip
    @given(experiments())
    def compared(experiment: Experiment) -> None:
        history, network = train(experiment), experiment.networks - 1
        loss, norms = plain_run(experiment, network)
        # Where a loss explodes, or a norm divides by next to nothing, rounding does, too.
        again, their_norms = plain_run(experiment, network, DISTURBED)
        least = norms.max(axis=1, keepdims=True) * 1e-12 + ROUNDED
        parted = np.abs(their_norms - norms) / (norms + least)
        parted = np.maximum(np.abs(again / loss - 1), parted.max(axis=1))
        calm = (np.maximum.accumulate(loss) < LARGE) & (np.maximum.accumulate(parted) < CALM)
        if experiment.unit_gradient:  # what is rounding would be made as long as any gradient
            calm &= np.minimum.accumulate(norms.min(axis=1)) > ROUNDED
        steps = history.steps[calm[history.steps]]
        measured = history.loss[: len(steps), network]
        np.testing.assert_allclose(measured, loss[steps], rtol=1e-6, atol=TINY)
        measured, norms = history.weight_gradient_norm[: len(steps), :, network], norms[steps]
        # Where points cancel, what is left is rounding.
        scale = norms.max(initial=0.0) * 1e-12 + ROUNDED
        np.testing.assert_allclose(measured, norms, rtol=1e-6, atol=scale)
        compared_steps.append(len(steps))

    compared()
    assert np.median(compared_steps) == len(recorded_steps(STEPS, LOG_DENSITY))


@given(experiments(), st.data())
@settings(max_examples=50, deadline=None, database=None)
def test_any_value_of_any_field_works_or_is_refused_by_name(experiment, data):
    """Fields put together blindly: an experiment, or an error that says why."""
    names = [field.name for field in fields(Experiment)]
    wild = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5),
        st.lists(st.integers(-1, 200), max_size=4),
        *(st.sampled_from(choices) for choices in CHOICES.values()),
    )  # fmt: skip
    name = data.draw(st.sampled_from(names))
    value = data.draw(wild)
    try:
        other = replace(experiment, **{name: value})
    except ExperimentError as refused:
        assert refused.field in names
        assert refused.field in str(refused)
        assert refused.allowed in str(refused)
        return
    assert other == replace(other)
    assert hash(other) == hash(replace(other))
    assert other.parameter_count > 0
