"""The health of a network's layers: against cases worked by hand and the run itself."""

import math
from dataclasses import replace

import numpy as np
import pytest

from models import train
from models.diagnostics import layer_health, saturated_share
from models.passes import network_pass
from tests.models.diagnostics.made import made
from tests.models.test_passes import DIVERGING, SHORT


def test_saturated_units_are_counted_over_the_points():
    # Unit 1 is at 10, 10, 0, 0; unit 2 at 5.9; unit 3 at -6.1: 1/400 of slope lies at 5.98.
    one = ([[-10, 0, 0], [0, 0, 0]], [10, 5.9, -6.1])
    none = (np.zeros((3, 3)), [0, 1, -5.9])
    output = (np.zeros((3, 1)), [100])
    health = layer_health(made("sigmoid", 3, [[one, none, output]]), 0)
    np.testing.assert_allclose(health.saturated, [[6 / 12, 0, np.nan]], rtol=1e-15)
    np.testing.assert_array_equal(health.dead, [[0, 0, np.nan]])


def test_a_slope_of_just_a_hundredth_saturates_no_unit():
    layers = [(np.zeros((2, 2)), [-2, -8]), ([[1], [1]], [0])]
    health = layer_health(made("leaky_relu", 2, [layers], activation_parameter=0.01), 0)
    np.testing.assert_array_equal(health.saturated, [[0.0, np.nan]])


def test_a_falling_slope_saturates_no_unit():
    # At -2 GELU falls by 0.085, a thirteenth of its steepest slope.
    hidden = (np.zeros((2, 2)), [-2, -8])
    health = layer_health(made("gelu", 2, [[hidden, ([[1], [1]], [0])]]), 0)
    np.testing.assert_array_equal(health.saturated, [[1 / 2, np.nan]])


def test_dead_units_are_zero_for_all_points():
    # Pre-activations: -1 always; x1 + x2; -x1 - x2; above 0 at (1, 1) alone.
    one = ([[0, 1, -1, 1], [0, 1, -1, 1]], [-1, 0, 0, -1.5])
    every = (np.zeros((4, 4)), [-1, -2, -3, -4])
    none = (np.zeros((4, 4)), [1, 2, 3, 4])
    output = (np.ones((4, 1)), [0])
    health = layer_health(made("relu", 4, [[one, every, output], [one, none, output]]), 0)
    np.testing.assert_array_equal(health.dead, [[2 / 4, 1, np.nan], [2 / 4, 0, np.nan]])
    np.testing.assert_array_equal(health.saturated, [[12 / 16, 1, np.nan], [12 / 16, 0, np.nan]])


def test_maxout_has_dead_units_but_no_saturated_ones():
    # Unit 1: 0 against -1; unit 2: x1 against -1; unit 3: 1 against 0.
    hidden = ([[0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]], [0, 0, 1, -1, -1, 0])
    health = layer_health(made("maxout", 3, [[hidden, (np.ones((3, 1)), [0])]]), 0)
    assert np.isnan(health.saturated).all()
    np.testing.assert_array_equal(health.dead, [[1 / 3, np.nan]])


def test_spread_is_the_standard_deviation_over_units_and_points():
    # The output: -1, -1, 3, 3.
    perceptron = layer_health(made("sigmoid", 1, [[([[4], [0]], [-1])]]), 0)
    np.testing.assert_allclose(perceptron.spread, [[2.0]])
    hidden = layer_health(made("identity", 2, [[([[0, 0], [6, 0]], [0, 3]), ([[1], [0]], [5])]]), 0)
    # Layer 1: 0, 6, 0, 6 and four times 3; the output: 5, 11, 5, 11.
    np.testing.assert_allclose(hidden.spread, [[math.sqrt(4.5), 3.0]])


def test_a_perceptron_has_no_hidden_health():
    health = layer_health(made("sigmoid", 1, [[([[3], [4]], [0])]], norms=[[2.0]]), 0)
    np.testing.assert_array_equal(health.saturated, [[np.nan]])
    np.testing.assert_array_equal(health.dead, [[np.nan]])
    np.testing.assert_array_equal(health.gradient, [[2.0]])
    np.testing.assert_allclose(health.update, [[0.1 * 2 / 5]])


def test_the_update_of_descent_is_rate_times_gradient_over_the_weights():
    hidden, output = ([[3, 0], [4, 0]], [7, 7]), ([[0], [0]], [1])
    frames = [[hidden, output], [hidden, ([[0], [2]], [1])]]
    norms = [[10.0, 3.0], [0.5, 3.0]]
    health = layer_health(made("tanh", 2, frames, [0, 5], norms, learning_rate=0.2), 0)
    np.testing.assert_allclose(health.update, [[0.4, np.nan], [0.02, 0.3]], rtol=1e-15)
    np.testing.assert_array_equal(health.gradient, norms)
    assert health.steps.tolist() == [0, 5]


@pytest.mark.parametrize("activation", ["tanh", "maxout"])
def test_the_update_of_descent_is_the_step_that_is_then_taken(activation):
    history = train(replace(SHORT, activation=activation, dtype="float64", steps=10))
    assert np.diff(history.frame_steps).tolist() == [1] * 10
    health, way = layer_health(history, 1), history.parameters(slice(None), 1)
    for layer, (weights, _) in enumerate(way):
        moved = np.linalg.norm(np.diff(weights, axis=0), axis=(1, 2))
        share = moved / np.linalg.norm(weights[:-1], axis=(1, 2))
        np.testing.assert_allclose(health.update[:-1, layer], share, rtol=1e-9)


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_the_update_with_a_memory_is_the_way_to_the_next_frame(optimizer):
    frames = [[([[3], [w]], [b])] for w, b in ((4, 0), (10, 9), (6, 9))]
    frames.append([([[0], [0]], [9])])
    norms = [[100.0]] * 4
    history = made("tanh", 1, frames, [0, 2, 10, 11], norms, optimizer=optimizer)
    expected = [6 / 2 / 5, 4 / 8 / math.sqrt(109), 1.0, np.nan]
    np.testing.assert_allclose(layer_health(history, 0).update[:, 0], expected, rtol=1e-12)


@pytest.mark.parametrize("change", [{"batch": 1}, {"weight_decay": 0.5}], ids=str)
def test_the_update_of_a_step_that_is_not_the_gradient_alone_is_the_way_too(change):
    history = train(replace(SHORT, activation="tanh", dtype="float64", steps=10, **change))
    assert np.diff(history.frame_steps).tolist() == [1] * 10
    health, way = layer_health(history, 1), history.parameters(slice(None), 1)
    for layer, (weights, _) in enumerate(way):
        moved = np.linalg.norm(np.diff(weights, axis=0), axis=(1, 2))
        share = moved / np.linalg.norm(weights[:-1], axis=(1, 2))
        np.testing.assert_allclose(health.update[:-1, layer], share, rtol=1e-9)
    plain = history.experiment.learning_rate * health.gradient[0, 0]
    assert health.update[0, 0] * np.linalg.norm(way[0][0][0]) != pytest.approx(plain, rel=1e-3)


def test_health_ends_where_a_network_diverged():
    history = train(DIVERGING)
    network = int(np.flatnonzero(history.diverged)[0])
    health, known = layer_health(history, network), network_pass(history, network).known
    assert 0 < known.sum() < len(known)
    hidden = slice(0, -1)
    for table, layers in (
        (health.gradient, slice(None)),
        (health.update, slice(None)),
        (health.spread, slice(None)),
        (health.saturated, hidden),
        (health.dead, hidden),
    ):
        assert table.shape == (len(known), history.experiment.layers)
        assert np.isnan(table[~known]).all()
        assert not np.isnan(table[known, layers]).any()


def test_the_last_update_before_divergence_is_unknown():
    history = train(replace(DIVERGING, optimizer="momentum"))
    network = int(np.flatnonzero(history.diverged)[0])
    last = int(network_pass(history, network).known.sum()) - 1
    assert np.isnan(layer_health(history, network).update[last]).all()


def test_the_gradient_of_health_is_the_one_that_was_logged_at_its_steps():
    history = train(replace(SHORT, steps=300))
    assert len(history.frame_steps) < len(history.steps)
    health = layer_health(history, 2)
    for step, row in zip(health.steps, health.gradient, strict=True):
        logged = history.weight_gradient_norm[history.steps.tolist().index(step), :, 2]
        np.testing.assert_array_equal(row, logged)


def test_health_and_histogram_agree_on_what_is_saturated():
    history = train(replace(SHORT, activation="tanh", networks=1, width=40))
    for frame in (0, -1):
        share = layer_health(history, 0).saturated[frame, :-1].mean()
        assert saturated_share(history, frame) == pytest.approx(share, abs=0.03)
        assert share > 0.1


def test_health_of_a_network_that_was_not_kept():
    history = train(replace(SHORT, networks=9, steps=1))
    with pytest.raises(ValueError, match="8"):
        layer_health(history, 8)


@pytest.mark.parametrize(("norm", "axis"), [("batch", 0), ("layer", 1)])
def test_a_norms_deviation_and_scale_are_those_of_its_values(norm, axis):
    history = train(replace(SHORT, activation="maxout", norm=norm))
    health, frame = layer_health(history, 1), -1
    for layer, given in enumerate(network_pass(history, 1).norms):
        deviation = np.sqrt(given.given[frame].var(axis=axis) + 1e-5).mean()
        assert health.deviation[frame, layer] == pytest.approx(deviation, rel=1e-9)
        scale, _ = history.norm_parameters(frame, 1)[layer]
        assert health.scale[frame, layer] == pytest.approx(np.abs(scale).mean(), rel=1e-6)
    assert np.isnan([health.deviation[:, -1], health.scale[:, -1]]).all()
    assert np.isnan(layer_health(train(SHORT), 1).scale).all()


def test_a_dead_unit_with_a_skip_past_it_is_dead_though_something_is_handed_on():
    one, dead = np.ones((2, 2)), [-100, 1]
    layers = [(one, [1, 1]), (one, dead), ([[1], [2]], [0])]
    history = made("relu", 2, [layers], skip=True)
    assert (network_pass(history, 0).inputs[2] > 0).all()
    np.testing.assert_array_equal(layer_health(history, 0).dead, [[0, 1 / 2, np.nan]])


@pytest.mark.parametrize("fields", [{"clip": 1e-3}, {"unit_gradient": True}])
def test_a_step_of_a_gradient_that_is_clipped_or_of_norm_one_is_what_it_moves(fields):
    history = train(replace(SHORT, steps=3, **fields))
    health, way = layer_health(history, 1), history.parameters(slice(None), 1)
    for layer, (weights, _) in enumerate(way):
        moves = np.linalg.norm(np.diff(weights[:3].astype(float), axis=0), axis=(1, 2))
        norms = np.linalg.norm(weights[:2].astype(float), axis=(1, 2))
        np.testing.assert_allclose(health.update[:2, layer], moves / norms, rtol=1e-6)
