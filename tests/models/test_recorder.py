"""What one recorder wrote down, another one takes over: bit by bit, and nothing that is not so."""

from dataclasses import fields, replace

import numpy as np
import pytest

from models import Experiment, Trainer, train_together
from models.recorder import Record, Recorders
from models.tasks import XOR

RUN = Experiment(activation="maxout", depth=2, width=3, steps=300, networks=5)
PAIR = [RUN, replace(RUN, activation="relu", dtype="float32")]
FIGURES = ("steps", "loss", "accuracy", "hypothesis", "weight_gradient_norm", "diverged", "dead",
           "frame_steps", "pre_activation_counts", "kept")  # fmt: skip


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    trainer = Trainer(PAIR)
    trainer.advance()
    return trainer


def test_a_training_can_be_followed_bit_by_bit():
    trainer, own = Trainer(PAIR), Recorders(PAIR)
    looks = 0
    while not trainer.finished:
        trainer.advance(1e-6)
        own.add(trainer.records(own.known))
        looks += 1
    assert looks > 2
    expected = train_together(PAIR)
    for history, other in zip(own.histories(RUN.steps, 1.5), expected, strict=True):
        assert history.experiment == other.experiment
        assert history.seconds == 1.5
        for name in FIGURES:
            np.testing.assert_array_equal(getattr(history, name), getattr(other, name), name)
        for frame, same in zip(history.frames, other.frames, strict=True):
            np.testing.assert_array_equal(frame, same)
    own.add(trainer.records(own.known))
    assert own.known == [(len(expected[0].steps), len(expected[0].frame_steps))] * 2, "nothing new"


def test_what_is_of_another_shape_is_refused_and_changes_nothing(trainer):
    (record, _) = trainer.records([(0, 0), (0, 0)])
    for field in fields(Record):
        array = getattr(record, field.name)
        for wrong in (array[:-1], array.astype(np.complex128), array[..., None]):
            own = Recorders([RUN])
            with pytest.raises(ValueError, match=r"\w"):
                own.add([replace(record, **{field.name: wrong})])
            assert own.known == [(0, 0)]


def test_all_pre_activations_of_a_large_network_at_many_points_are_counted(monkeypatch):
    eight = replace(XOR, inputs=XOR.inputs.repeat(2, 1), labels=XOR.labels.repeat(2))
    monkeypatch.setattr(Experiment, "task", eight)
    of_zeros = Experiment(
        activation="maxout", init="zeros", depth=50, width=128, steps=1, networks=1
    )
    counts = Trainer([of_zeros]).histories()[0].pre_activation_counts
    assert counts.max() == counts.sum() == 8 * 50 * 2 * 128, "all are 0, in one bin"


def test_steps_must_begin_at_0_rise_and_follow_what_is_there(trainer):
    (record, _) = trainer.records([(0, 0), (0, 0)])
    later, _ = trainer.records([(1, 1), (0, 0)])
    backwards = replace(record, steps=record.steps[::-1].copy())
    for wrong in (later, backwards):
        with pytest.raises(ValueError, match="do not follow"):
            Recorders([RUN]).add([wrong])
    own = Recorders([RUN])
    own.add([record])
    with pytest.raises(ValueError, match="do not follow"):
        own.add([record])
    assert own.known == [(len(record.steps), len(record.frame_steps))]
