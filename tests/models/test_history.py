"""The record of a run: when it is taken, what it answers, what it keeps."""

from dataclasses import replace
from functools import partial
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import torch

from models import Experiment, History, Trainer, initial_parameters, train
from models.history import LOG_DENSITY, recorded_steps
from models.passes import network_pass
from models.recorder import FRAME_DENSITIES, KEPT_NETWORKS, frame_density
from models.tasks import XOR
from models.trainer import group_size
from tests.models.reference import activation_module

UNTIL_FIGURES = (
    "steps",
    "loss",
    "accuracy",
    "hypothesis",
    "weight_gradient_norm",
    "diverged",
    "frame_steps",
    "pre_activation_counts",
    "frames",
    "solved",
    "steps_to_solve",
)
ROUND = [n * 10**k for k in range(6) for n in (1, 2, 5)]


@pytest.fixture(scope="module")
def history() -> History:
    return train(
        Experiment(
            activation="tanh", depth=2, width=5, init="lab", steps=600, networks=20, dtype="float64"
        )
    )


@pytest.mark.parametrize("density", sorted({*FRAME_DENSITIES, LOG_DENSITY, 50}))
@pytest.mark.parametrize("stop", [1, 2, 7, 50, 51, 333, 1000, 12_345, 200_000])
def test_recorded_steps_grow_from_0_to_the_end(stop, density):
    steps = np.array(recorded_steps(stop, density))
    assert steps[0] == 0
    assert steps[-1] == stop
    gaps = np.diff(steps)
    assert (gaps > 0).all()
    assert (gaps <= np.maximum(1, 2.5 * steps[:-1] / density)).all(), "as dense as was asked for"
    assert {step for step in ROUND if step <= stop} <= set(steps.tolist())
    assert len(steps) <= 2 + density * (1 + 1.5 * np.log(stop + 1)), "and not much denser"


@pytest.mark.parametrize("density", [1, 10, 50])
def test_a_longer_run_passes_the_steps_of_a_shorter_one(density):
    long = recorded_steps(20_000, density)
    for stop in (1, 10, 500, 333, 2_000):
        assert recorded_steps(stop, density)[:-1] == [step for step in long if step < stop]


def forward(history: History, frame: int, network: int) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Logits and all hidden pre-activations from the kept parameters."""
    hidden, pre_activations = XOR.inputs, []
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
        for network in (0, KEPT_NETWORKS - 1):
            logits, _ = forward(history, frame, network)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                logits, XOR.labels.unsqueeze(1)
            )
            assert history.loss[row, network] == pytest.approx(loss.item(), rel=1e-10)
            p = torch.sigmoid(logits).squeeze(1).numpy()
            np.testing.assert_allclose(history.hypothesis[row, :, network], p, rtol=1e-10)
            right = ((p > 0.5) == XOR.labels.numpy()).mean()
            assert history.accuracy[row, network] == right


@pytest.mark.parametrize("activation", ["tanh", "maxout"])
def test_pre_activation_counts_are_numpys_histogram(activation):
    # N(0, 1) weights and 30 units, so that the open outer bins are filled as well.
    history = train(
        Experiment(
            activation=activation,
            depth=2,
            width=30,
            init="lab",
            learning_rate=0.01,
            steps=50,
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
            assert measured.sum() == 4 * 2 * 30 * history.experiment.phi.pieces
            outer += measured[0] + measured[-1]
    assert outer


def answered(
    history: History, steps: list[int], accuracy: list[list[float]], loss: float = 0.3
) -> History:
    """The history with these accuracies ``[E][T]`` at these steps, and everywhere this loss."""
    table = np.array(accuracy).T
    losses = np.where(np.isnan(table), np.nan, loss)
    return replace(
        history,
        steps=np.array(steps),
        accuracy=table,
        loss=losses,
        diverged=np.isnan(table[-1]),
        dead=np.zeros(table.shape, bool),
    )


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


@pytest.mark.parametrize(("loss", "solved"), [(0.3465, True), (0.3466, False), (0.693, False)])
def test_right_by_a_hair_is_not_solved(history, loss, solved):
    """A network that gives two of the points one answer has a loss of 1/2 ln 2 or more."""
    cases = answered(history, [0, 1, 2], [[0.5, 1, 1]], loss)
    assert cases.solved.tolist() == [solved]
    np.testing.assert_array_equal(cases.steps_to_solve, [1 if solved else np.nan])


def test_answers_a_hair_from_one_half_are_right_and_not_solved():
    history = train(Experiment(init="lab", steps=10_000, learning_rate=0.01, seed=30, networks=1))
    assert history.accuracy[-1] == 1
    assert np.abs(history.hypothesis[-1] - 0.5).max() < 1e-4
    assert not history.solved


def test_until_is_the_run_as_it_stood(history):
    shorter = train(replace(history.experiment, steps=100))
    earlier = history.until(100)
    assert earlier.experiment == shorter.experiment
    assert earlier.finished
    for name in UNTIL_FIGURES:
        np.testing.assert_array_equal(getattr(earlier, name), getattr(shorter, name), name)
    assert earlier.seconds == pytest.approx(history.seconds / 6)


def test_until_goes_back_to_every_logged_step_the_first_included(history):
    for length, step in enumerate(history.steps, 1):
        earlier = history.until(int(step))
        assert earlier.steps[-1] == step
        assert earlier.loss.shape[0] == length
        assert earlier.frame_steps[-1] <= step
        assert earlier.experiment.steps == max(step, 1)
        assert earlier.until(int(step)).seconds == pytest.approx(earlier.seconds)


def test_until_refuses_a_step_that_was_not_logged(history):
    assert 599 not in history.steps
    with pytest.raises(ValueError, match="599"):
        history.until(599)


def test_parameters_are_kept_of_the_first_few_networks():
    experiment = Experiment(activation="tanh", depth=2, width=5, steps=100, networks=41)
    history = train(experiment)
    assert history.kept.tolist() == list(range(KEPT_NETWORKS))
    for network in (0, KEPT_NETWORKS - 1):
        start = initial_parameters(experiment)
        for (weight, bias), (w, b) in zip(history.parameters(0, network), start, strict=True):
            np.testing.assert_array_equal(weight, w[network])
            np.testing.assert_array_equal(bias, b[network])
    for missing in (KEPT_NETWORKS, 40):
        with pytest.raises(ValueError, match=str(missing)):
            history.parameters(0, missing)
    few = train(replace(experiment, networks=3))
    assert few.kept.tolist() == [0, 1, 2]


def test_resting_gives_up_memory_and_no_figure():
    trainer = Trainer([Experiment(activation="tanh", depth=2, width=5, steps=600, networks=41)])
    trainer.advance()
    before, awake = trainer.histories()[0], trainer.nbytes
    trainer.rest()
    after = trainer.histories()[0]
    assert 0 < trainer.nbytes < awake
    for name in (*UNTIL_FIGURES, "kept"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name), name)


def test_an_earlier_history_is_not_changed_by_what_follows():
    trainer = Trainer([Experiment(depth=2, width=4, steps=500, networks=3)])
    trainer.extend(30)
    trainer.advance()
    early = trainer.histories()[0]
    names = ("steps", "loss", "frames", "diverged")
    copies = {name: np.array(getattr(early, name)) for name in names}
    trainer.extend(500)
    trainer.advance()
    for name, copy in copies.items():
        np.testing.assert_array_equal(getattr(early, name), copy)


def test_large_networks_keep_fewer_frames_and_networks():
    large = Experiment(activation="relu", depth=50, width=128, steps=200_000, networks=2)
    small = Experiment(depth=2, width=4, steps=200_000)
    assert frame_density(large) < frame_density(small) == FRAME_DENSITIES[0]
    kept = Trainer([replace(large, steps=1, networks=10)]).histories()[0].kept
    assert 1 <= len(kept) < KEPT_NETWORKS


def test_speed_is_networks_times_steps_over_time(history):
    timed = replace(history, seconds=3.0)
    assert timed.network_steps_per_second == 20 * 600 / 3
    assert replace(history, seconds=0.0).network_steps_per_second == 0.0


def test_an_exact_zero_is_an_edge_of_the_histogram(history):
    edges = history.pre_activation_edges
    assert (edges[0], edges[-1]) == (-8, 8)
    np.testing.assert_array_equal(np.diff(edges), 0.25)


def test_networks_beside_the_edge_of_an_ensemble_keep_their_own_parameters():
    names = ("sigmoid", "tanh", "relu", "elu", "gelu", "silu")
    shape = Experiment(depth=1, width=3, steps=2, networks=60)
    experiments = [shape.with_activation(name) for name in names]
    half = group_size(shape, len(experiments))
    assert half == 30
    trainer = Trainer(experiments, keep=[half - 1, half, 59])
    for history in trainer.histories():
        start = initial_parameters(history.experiment)
        for network in history.kept:
            for (weight, bias), (w, b) in zip(history.parameters(0, network), start, strict=True):
                np.testing.assert_array_equal(weight, w[network])
                np.testing.assert_array_equal(bias, b[network])


def test_a_network_that_was_not_kept_is_told_with_those_that_were(history):
    for call in (partial(history.parameters, 0), partial(network_pass, history)):
        with pytest.raises(ValueError, match=r"network 10 .* kept: 0, 1, 2, 3, 4, 5, 6, 7 \(Tr"):
            call(network=10)
    (none,) = Trainer([replace(history.experiment, steps=1)], keep=()).histories()
    with pytest.raises(ValueError, match="kept: none"):
        network_pass(none, network=0)


def test_a_run_says_what_it_is_in_a_line(history):
    said = repr(history)
    assert len(said) < 500
    assert "\n" not in said
    assert repr(history.experiment) in said
    assert f"solved {history.solved.sum()} of 20" in said
    assert f"median loss {np.median(history.loss[-1]):.4g} (of 20)" in said
    assert "steps 600 of 600" in said


def test_a_run_that_diverged_says_what_is_known():
    wild = Experiment(activation="relu", depth=9, width=30, steps=60, networks=9, learning_rate=5.0)
    history = train(wild)
    lost = int(history.diverged.sum())
    assert lost
    median = "unknown" if lost == 9 else f"(of {9 - lost})"
    assert f"diverged {lost} of 9, median loss " in repr(history)
    assert median in repr(history)


def test_a_notebook_shows_a_run_as_a_table_of_what_it_says(history, monkeypatch):
    told = ElementTree.fromstring(history._repr_html_())
    cells = [[cell.text for cell in row] for row in told.iter("tr")]
    assert all(f"{name} {value}" in repr(history) for name, value in cells[1:])
    assert cells[0][1] == repr(history.experiment)
    monkeypatch.setattr(Experiment, "__repr__", lambda self: "<script>&")
    assert '<td style="text-align: left">&lt;script&gt;&amp;</td>' in history._repr_html_()


def test_every_logged_value_stands_in_the_tidy_table(history):
    frame = history.to_pandas()
    assert list(frame.columns) == ["network", "layer", "step", "measure", "value"]
    assert frame["layer"].dtype == "Int64"
    assert sorted(frame["layer"].dropna().unique()) == [1, 2, 3]
    times = len(history.steps)
    assert len(frame) == 20 * (times * (2 + 3) + 3)
    for row in frame.sample(300, random_state=0).itertuples():
        place = np.searchsorted(history.steps, row.step)
        values = getattr(history, row.measure)
        at = {1: (), 2: (place,), 3: (place, 0 if values.ndim < 3 else row.layer - 1)}[values.ndim]
        assert row.value == values[at][row.network]
        assert (row.layer is pd.NA) == (values.ndim < 3)
        assert values.ndim > 1 or row.step == 600
    thin = history.to_pandas([0, 4, times - 1])
    assert set(thin["step"]) == {0, history.steps[4], 600}
    assert len(thin.merge(frame)) == len(thin) == 20 * (3 * (2 + 3) + 3)
