"""Made-up histories, factors and views, small enough to be worked by hand."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models import Experiment, History, Trainer
from models.diagnostics import ChainFactors, PointsView, points_views
from models.passes import network_pass
from tests.models.test_passes import SHORT, Parameters, history_of

LN3 = math.log(3)  # a logit whose probability is 3 / 4


def made(
    activation: str, width: int, frames: Sequence[Parameters], steps=(), norms=None, **fields
) -> History:
    """A made-up history of one network in float64, with as many layers as there are parameters."""
    depth = len(frames[0]) - 1
    experiment = Experiment(
        activation=activation, depth=depth, width=width, networks=1, dtype="float64", **fields
    )
    return history_of(experiment, frames, steps, norms)


def known_losses(losses: Sequence[float], kept: Sequence[int] = ()) -> History:
    """A history that ended with these losses."""
    start = Trainer([replace(SHORT, networks=len(losses))]).histories()[0]
    return replace(start, loss=np.array([losses]), kept=np.array(kept, dtype=int))


def chained(
    weights: Sequence[float],
    activation: Sequence[float],
    output=0.5,
    inputs: Sequence[float] | None = None,
) -> ChainFactors:
    """Factors with the signals and gradients that follow from them; ``inputs`` are 1 by default."""
    signal = [output]
    for pair in zip(weights[::-1], activation[::-1], strict=True):
        signal.append(signal[-1] * math.prod(pair))
    gradient = np.array(signal[::-1]) * (np.ones(len(signal)) if inputs is None else inputs)
    return ChainFactors(
        np.array(signal[::-1]),
        np.array(weights),
        np.array(activation),
        np.zeros(len(weights)),
        gradient,
    )


def views(activation: str, *hidden: tuple[Sequence, Sequence]) -> list[PointsView]:
    """How hidden layers with these parameters see the points."""
    width = np.shape(hidden[0][0])[1]
    output = (np.zeros((width, 1)), [0])
    return points_views(network_pass(made(activation, width, [[*hidden, output]]), 0), 0)
