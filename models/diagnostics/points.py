"""How the layers of one network see the points."""

import math
from dataclasses import dataclass

import numpy as np

from models.diagnostics.statistics import euclidean_norm
from models.passes import Pass


@dataclass(frozen=True, eq=False)
class PointsView:
    """The points as a layer has them, in units of their root mean square length.

    Attributes:
        coordinates: [P, 2] about their centre: the two values of a layer of width 2, else the two
            directions in which the points differ most (principal components).
        spread: root mean square distance from the centre: 0, all points are one; 1, nothing in
            common; NaN, the values have outgrown their numbers.
        explained: share of the squared distances that the two coordinates show.
        silent: whether all values are zero for all points (not so if they are unknown).
    """

    coordinates: np.ndarray
    spread: float
    explained: float
    silent: bool


def points_views(one: Pass, frame: int) -> list[PointsView]:
    """How the inputs (first) and every hidden layer see the points at a frame."""
    return [_points_view(hidden[frame]) for hidden in one.inputs]


@dataclass(frozen=True, eq=False)
class NormViews:
    """The points as a hidden layer's pre-activations have them.

    Attributes:
        given: before they are normalised.
        made: after, scaled and shifted: as the activation takes them.
    """

    given: PointsView
    made: PointsView


def norm_views(one: Pass, frame: int) -> list[NormViews]:
    """How every hidden layer's pre-activations see the points; empty without a norm."""
    return [
        NormViews(_points_view(norm.given[frame]), _points_view(z[frame]))
        for norm, z in zip(one.norms, one.z, strict=False)
    ]


def _points_view(hidden: np.ndarray) -> PointsView:
    size = euclidean_norm(hidden) / math.sqrt(len(hidden))
    if not size or not math.isfinite(size):
        spread = 0.0 if size == 0 else math.nan
        return PointsView(np.zeros((len(hidden), 2)), spread, 1.0, size == 0)
    centered = (hidden - hidden.mean(axis=0)) / size
    if hidden.shape[1] <= 2:
        coordinates = np.pad(centered, ((0, 0), (0, 2 - hidden.shape[1])))
    else:
        left, lengths, _ = np.linalg.svd(centered, full_matrices=False)
        coordinates = left[:, :2] * lengths[:2]
        # A component has no sign of its own: the point that lies furthest out is put to the right.
        furthest = np.argmax(np.abs(coordinates), axis=0)
        coordinates = coordinates * np.where(coordinates[furthest, [0, 1]] < 0, -1, 1)
    squares = float(np.square(centered).sum())
    return PointsView(
        coordinates=coordinates,
        spread=math.sqrt(squares / len(hidden)),
        explained=float(np.square(coordinates).sum()) / squares if squares else 1.0,
        silent=False,
    )
