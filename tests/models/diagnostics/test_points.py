"""The four points as layers see them: against algebra and cases worked by hand."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from models import train
from models.diagnostics import points_views
from models.passes import network_pass
from models.tasks import XOR
from tests.models.diagnostics.made import views
from tests.models.test_passes import SHORT


def test_the_first_view_is_the_inputs():
    inputs, _ = views("identity", (np.eye(2), [0, 0]))
    np.testing.assert_allclose(inputs.coordinates, XOR.inputs.numpy() - 0.5)  # of rms length 1
    assert inputs.spread == pytest.approx(math.sqrt(0.5))
    assert inputs.explained == pytest.approx(1.0)
    assert not inputs.silent


def test_two_outputs_are_the_view_about_their_centre():
    # (3, 0), (3, 2), (5, 0), (5, 2): centre (4, 1), square lengths 9, 13, 25 and 29.
    _, view = views("identity", (2 * np.eye(2), [3, 0]))
    expected = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]]) / math.sqrt(19)
    np.testing.assert_allclose(view.coordinates, expected, rtol=1e-12)
    assert view.spread == pytest.approx(math.sqrt(2 / 19))
    assert view.explained == pytest.approx(1.0)
    _, centred = views("identity", (2 * np.eye(2), [-1, -1]))
    assert centred.spread == pytest.approx(1.0), "nothing in common"


def test_one_output_is_a_view_along_a_line():
    _, view = views("identity", ([[3], [4]], [-1]))  # -1, 3, 2, 6: centre 2.5, squares 50
    expected = np.array([-3.5, 0.5, -0.5, 3.5]) / math.sqrt(12.5)
    np.testing.assert_allclose(view.coordinates, np.stack([expected, np.zeros(4)], 1), rtol=1e-12)
    assert view.spread == pytest.approx(math.sqrt(1 / 2))
    assert view.explained == pytest.approx(1.0)


def distances(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, None] - points[None, :], axis=-1)


@pytest.mark.parametrize("scale", [1.0, 1e200, 1e-200])
def test_a_view_of_a_plane_keeps_all_distances(scale):
    generator = np.random.default_rng(4)
    weight, bias = generator.normal(size=(2, 7)), generator.normal(size=7)
    _, view = views("identity", (scale * weight, scale * bias))
    points = XOR.inputs.numpy() @ weight + bias
    size = np.sqrt(np.square(points).sum(axis=1).mean())
    np.testing.assert_allclose(distances(view.coordinates), distances(points) / size, rtol=1e-9)
    assert view.explained == pytest.approx(1.0)
    assert view.spread == pytest.approx(np.sqrt(points.var(axis=0).sum()) / size)
    np.testing.assert_allclose(view.coordinates.sum(axis=0), 0, atol=1e-12)


def test_a_view_of_more_dimensions_shows_the_principal_components():
    history = train(replace(SHORT, activation="tanh", width=6))
    for network, frame in itertools.product(range(3), (0, -1)):
        one = network_pass(history, network)
        for hidden, view in zip(one.inputs[1:], points_views(one, frame)[1:], strict=True):
            points = hidden[frame] - hidden[frame].mean(axis=0)
            size2 = np.square(hidden[frame]).sum() / XOR.points
            values, vectors = np.linalg.eigh(points @ points.T / size2)  # the largest last
            shown = np.square(view.coordinates).sum(axis=0)
            np.testing.assert_allclose(shown, values[:-3:-1], rtol=1e-9)
            products = (vectors[:, -2:] * values[-2:]) @ vectors[:, -2:].T
            np.testing.assert_allclose(
                view.coordinates @ view.coordinates.T, products, atol=1e-9 * values[-1]
            )
            assert view.explained == pytest.approx(shown.sum() / values.sum(), rel=1e-9)
            assert view.explained < 1
            furthest = np.abs(view.coordinates).argmax(axis=0)
            assert (view.coordinates[furthest, [0, 1]] > 0).all()
            assert view.spread == pytest.approx(math.sqrt(values.sum() / XOR.points), rel=1e-9)


def test_in_a_view_of_components_the_furthest_point_lies_to_the_right():
    # The first output alone differs: 0, 0, 0, 9, and a layer later 9, 9, 9, 0.
    corner = np.array([[9, 0, 0], [9, 0, 0]]), [-9, 0, 0]
    _, up, down = views("relu", corner, (-np.eye(3), [9, 0, 0]))
    np.testing.assert_allclose(up.coordinates[:, 0], [-0.5, -0.5, -0.5, 1.5], rtol=1e-12)
    size = math.sqrt(3 / 4)
    expected = np.array([-0.25, -0.25, -0.25, 0.75]) / size
    np.testing.assert_allclose(down.coordinates[:, 0], expected, rtol=1e-12)
    np.testing.assert_allclose([up.coordinates[:, 1], down.coordinates[:, 1]], 0, atol=1e-12)


@pytest.mark.parametrize("width", [1, 2, 5])
def test_merged_points_have_no_spread_but_are_not_silent(width):
    _, view = views("identity", (np.zeros((2, width)), np.arange(1, width + 1)))
    assert not view.coordinates.any()
    assert (view.spread, view.explained, view.silent) == (0.0, 1.0, False)


@pytest.mark.parametrize("width", [1, 2, 5])
def test_a_layer_that_hands_on_zeros_is_silent(width):
    _, view = views("relu", (-np.ones((2, width)), np.zeros(width)))
    assert view.coordinates.tolist() == np.zeros((4, 2)).tolist()
    assert (view.spread, view.explained, view.silent) == (0.0, 1.0, True)


def test_a_view_out_of_the_floats_range_is_unknown_not_silent():
    with np.errstate(invalid="ignore"):
        _, view = views("identity", (np.full((2, 3), 1e308), np.zeros(3)))  # 2e308 at (1, 1)
    assert view.coordinates.tolist() == np.zeros((4, 2)).tolist()
    assert not view.silent
