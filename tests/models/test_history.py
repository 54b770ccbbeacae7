"""The record of a run: when it is taken, what it answers, what it keeps."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from models import Experiment, History, Trainer, train
from models.datasets import XOR_INPUTS, XOR_LABELS
from models.history import recorded_steps
from models.recorder import KEPT_NETWORKS, frame_density
from tests.models.reference import activation_module

ROUND = [n * 10**k for k in range(6) for n in (1, 2, 5)]


@pytest.fixture(scope="module")
def history() -> History:
    return train(
        Experiment(
            activation="tanh", depth=2, width=5, init="lab", steps=600, networks=20, dtype="float64"
        )
    )


@pytest.mark.parametrize("density", [1, 2, 5, 10, 50])
@pytest.mark.parametrize("stop", [1, 2, 7, 50, 51, 333, 1000, 12_345, 200_000])
def test_recorded_steps_grow_from_0_to_the_end(stop, density):
    steps = np.array(recorded_steps(stop, density))
    assert steps[0] == 0
    assert steps[-1] == stop
    gaps = np.diff(steps)
    assert (gaps > 0).all()
    assert (gaps <= np.maximum(1, 2.5 * steps[:-1] / density)).all(), "as dense as was asked for"
    assert {step for step in ROUND if step <= stop} <= set(steps.tolist())
    assert len(steps) <= 2 + density * (1 + np.log(stop + 1)), "and not much denser"


@pytest.mark.parametrize("density", [1, 10, 50])
def test_a_longer_run_passes_the_steps_of_a_shorter_one(density):
    long = recorded_steps(20_000, density)
    for stop in (1, 10, 500, 333, 2_000):
        assert recorded_steps(stop, density)[:-1] == [step for step in long if step < stop]


def forward(history: History, frame: int, network: int) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Logits and all hidden pre-activations from the kept parameters."""
    hidden, pre_activations = XOR_INPUTS, []
    *layers, last = history.parameters(frame, network)
    for weight, bias in layers:
        z = hidden @ torch.tensor(weight) + torch.tensor(bias)
        pre_activations.append(z)
        hidden = activation_module(history.experiment)(z)
    return hidden @ torch.tensor(last[0]) + torch.tensor(last[1]), pre_activations


@pytest.mark.parametrize("activation", ["tanh", "maxout", "leaky_relu"])
def test_kept_parameters_reproduce_what_was_logged(activation):
    history = train(
        Experiment(activation=activation, depth=3, width=4, steps=300, networks=18, dtype="float64")
    )
    assert history.frame_steps[0] == 0
    assert history.frame_steps[-1] == 300
    assert set(history.frame_steps) <= set(history.steps)
    for frame, step in enumerate(history.frame_steps):
        row = np.searchsorted(history.steps, step)
        for network in (0, 17):
            logits, _ = forward(history, frame, network)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                logits, XOR_LABELS.unsqueeze(1)
            )
            assert history.loss[row, network] == pytest.approx(loss.item(), rel=1e-10)
            p = torch.sigmoid(logits).squeeze(1).numpy()
            np.testing.assert_allclose(history.hypothesis[row, :, network], p, rtol=1e-10)
            right = ((p > 0.5) == XOR_LABELS.numpy()).mean()
            assert history.accuracy[row, network] == right


@pytest.mark.parametrize("activation", ["tanh", "maxout"])
def test_pre_activation_counts_are_numpys_histogram(activation):
    # N(0, 1) weights and a high rate, so that the open outer bins are filled as well.
    history = train(
        Experiment(
            activation=activation,
            depth=2,
            width=8,
            init="lab",
            learning_rate=1.0,
            steps=100,
            networks=5,
            dtype="float64",
        )
    )
    bins = np.concatenate([[-np.inf], history.pre_activation_edges, [np.inf]])
    outer = 0
    for frame in range(len(history.frame_steps)):
        for network in range(5):
            _, pre_activations = forward(history, frame, network)
            z = torch.cat([z.flatten() for z in pre_activations]).numpy()
            expected, _ = np.histogram(z, bins)
            measured = history.pre_activation_counts[frame, :, network]
            np.testing.assert_array_equal(measured, expected)
            assert measured.sum() == 4 * 2 * 8 * history.experiment.phi.pieces
            outer += measured[0] + measured[-1]
    assert outer


def answered(history: History, steps: list[int], accuracy: list[list[float]]) -> History:
    """The history with these accuracies ``[E][T]`` at these steps."""
    table = np.array(accuracy).T
    return replace(history, steps=np.array(steps), accuracy=table, diverged=np.isnan(table[-1]))


def test_steps_to_solve_is_when_it_stays_right(history):
    cases = answered(
        history,
        [0, 1, 2, 5, 10],
        [
            [0.5, 0.5, 0.75, 1, 1],  # solved at 5
            [1, 1, 1, 1, 1],  # from the start
            [0.5, 1, 0.5, 0.5, 1],  # once right is not yet solved
            [0.5, 1, 1, 1, 0.75],  # lost it again
            [0.5, 0.5, 0.5, 0.5, 0.5],  # never
            [0.5, 1, 1, np.nan, np.nan],  # diverged
        ],
    )
    assert cases.solved.tolist() == [True, True, True, False, False, False]
    np.testing.assert_array_equal(cases.steps_to_solve, [5, 0, 10, np.nan, np.nan, np.nan])


def test_until_is_the_run_as_it_stood(history):
    shorter = train(replace(history.experiment, steps=100))
    earlier = history.until(100)
    assert earlier.experiment == shorter.experiment
    assert earlier.finished
    for name in ("steps", "loss", "accuracy", "hypothesis", "weight_gradient_norm", "diverged",
                 "frame_steps", "pre_activation_counts", "frames", "solved", "steps_to_solve"):  # fmt: skip
        np.testing.assert_array_equal(getattr(earlier, name), getattr(shorter, name), name)
    assert 0 < earlier.seconds < history.seconds


def test_until_every_logged_step_is_possible(history):
    for length, step in enumerate(history.steps, 1):
        earlier = history.until(int(step))
        assert earlier.steps[-1] == step
        assert earlier.loss.shape[0] == length
        assert earlier.frame_steps[-1] <= step


def test_until_refuses_a_step_that_was_not_logged(history):
    assert 599 not in history.steps
    with pytest.raises(ValueError, match="599"):
        history.until(599)


def test_resting_keeps_best_typical_and_worst():
    trainer = Trainer([Experiment(activation="tanh", depth=2, width=5, steps=600, networks=41)])
    trainer.advance()
    before = trainer.histories()[0]
    trainer.rest()
    after = trainer.histories()[0]
    order = np.argsort(before.loss[-1])
    assert before.kept.tolist() == list(range(41))
    assert len(after.kept) == KEPT_NETWORKS
    assert {order[0], order[20], order[-1]} <= set(after.kept.tolist())
    assert (np.diff(after.kept) > 0).all()
    for network in after.kept:
        for old, new in zip(
            before.parameters(-1, network), after.parameters(-1, network), strict=True
        ):
            np.testing.assert_array_equal(old[0], new[0])
            np.testing.assert_array_equal(old[1], new[1])
    np.testing.assert_array_equal(after.loss, before.loss)
    dropped = next(network for network in range(41) if network not in after.kept)
    with pytest.raises(KeyError, match=str(dropped)):
        after.parameters(0, dropped)
    assert after.nbytes < before.nbytes


def test_an_earlier_history_is_not_changed_by_what_follows():
    trainer = Trainer([Experiment(depth=2, width=4, steps=500, networks=3)])
    trainer.extend(30)
    trainer.advance()
    early = trainer.histories()[0]
    copies = {name: getattr(early, name).copy() for name in ("steps", "loss", "frames", "diverged")}
    trainer.extend(500)
    trainer.advance()
    for name, copy in copies.items():
        np.testing.assert_array_equal(getattr(early, name), copy)


def test_large_networks_keep_fewer_frames_and_networks():
    large = Experiment(depth=50, width=128, steps=200_000, networks=2)
    small = Experiment(depth=2, width=4, steps=200_000)
    assert frame_density(large) < frame_density(small) == 10
    kept = Trainer([replace(large, activation="relu", steps=1, networks=30)]).histories()[0].kept
    assert 1 <= len(kept) < 30
