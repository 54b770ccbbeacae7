"""The health of one network's layers over time: gradient, saturation, dead units, updates."""

from dataclasses import dataclass

import numpy as np
import torch

from models.diagnostics.statistics import saturation_slope
from models.experiment import Experiment
from models.history import History
from models.passes import Pass, network_pass


@dataclass(frozen=True, eq=False)
class Health:
    """A network's layers over time; arrays are [F, L], NaN where there is nothing to say.

    Attributes:
        steps: [F].
        gradient: Frobenius norm of dLoss/dW.
        saturated: share of a hidden layer's units, over the points, with |phi'(z)| under 1 %
            of its maximum; not for Maxout, where a piece always wins with slope 1.
        dead: share of a hidden layer's units whose activation is zero for all points.
        update: how far a step moves the weights, as a share of their norm. That of this very step
            if it ``follows_gradient``; else the way from this frame to the next over the steps
            between them.
        spread: standard deviation of the pre-activations over units and points, as the activation
            is given them.
        deviation: what a hidden layer's normalisation divides by, ``sqrt(variance + epsilon)``:
            mean over its units, or over the points; NaN without.
        scale: mean |scale| of the same normalisation; NaN without.
    """

    steps: np.ndarray
    gradient: np.ndarray
    saturated: np.ndarray
    dead: np.ndarray
    update: np.ndarray
    spread: np.ndarray
    deviation: np.ndarray
    scale: np.ndarray


def layer_health(history: History, network: int) -> Health:
    """Every figure of every layer of a kept network, at every frame.

    Raises:
        ValueError: the network's parameters were not kept.
    """
    one, experiment = network_pass(history, network), history.experiment
    unknown = ~one.known[:, None]

    def table(columns: list[np.ndarray]) -> np.ndarray:
        rows = np.full((len(one.steps), experiment.layers), np.nan)
        if columns:
            rows[:, : len(columns)] = np.stack(columns, axis=1)
        rows[np.broadcast_to(unknown, rows.shape)] = np.nan
        return rows

    limit = saturation_slope(experiment)
    gradient = history.weight_gradient_norm[history.frame_places, :, network]
    saturated = [(np.abs(slope) < limit).mean(axis=(1, 2)) for slope in one.slopes]
    dead = [(hidden == 0).all(axis=1).mean(axis=1) for hidden in _activated(one)]
    with np.errstate(invalid="ignore", over="ignore"):
        spread = [z.std(axis=(1, 2)) for z in one.z]
        deviation = [(1 / norm.inverse).mean(axis=(1, 2)) for norm in one.norms]
        scale = [np.abs(norm.scale, dtype=np.float64).mean(axis=1) for norm in one.norms]
    return Health(
        steps=one.steps,
        gradient=gradient,
        saturated=table([] if experiment.phi.pieces > 1 else saturated),
        dead=table(dead),
        update=table(_update_shares(one, gradient)),
        spread=table(spread),
        deviation=table(deviation),
        scale=table(scale),
    )


def _activated(one: Pass) -> list[np.ndarray]:
    """H arrays [F, P, units]: ``phi(z)``, without what a skip adds to it."""
    experiment = one.experiment
    if not experiment.skip:
        return one.inputs[1:]
    phi, parameter = experiment.phi, experiment.activation_parameter
    return [phi.function(torch.from_numpy(z), parameter).numpy() for z in one.z[:-1]]


def follows_gradient(experiment: Experiment) -> bool:
    """Whether a step is the rate times the gradient that is on record, and nothing else.

    It is not where an optimizer remembers, a step sees some of the points alone, weights decay, or
    the gradient is clipped or its layers' norms are made one.
    """
    plain = not experiment.descent.copies and not experiment.weight_decay
    return plain and not experiment.changes_gradient and experiment.batch is None


def _update_shares(one: Pass, gradient: np.ndarray) -> list[np.ndarray]:
    """L arrays [F]: the norm of a step's move of the weights over the norm of the weights."""
    spans, columns = np.diff(one.steps), []
    for layer, weights in enumerate(one.weights):
        norms = np.sqrt(np.square(weights, dtype=np.float64).sum(axis=(1, 2)))
        if follows_gradient(one.experiment):
            moves = one.experiment.learning_rate * gradient[:, layer]
        else:
            moves = np.full(len(norms), np.nan)
            way = np.diff(weights.astype(np.float64), axis=0)
            moves[:-1] = np.sqrt(np.square(way).sum(axis=(1, 2))) / spans
            moves[:-1][~one.known[1:]] = np.nan  # where it went is not on record
        with np.errstate(divide="ignore", invalid="ignore"):
            columns.append(np.where(norms > 0, moves / norms, np.nan))
    return columns
