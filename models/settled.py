"""Where the mean field of many equal layers settles, and what follows for their depth and gain.

Poole et al. (2016) and Schoenholz et al. (2017): of infinitely wide layers with random weights,
before training. Through one layer after the other the variance of a pre-activation comes to rest at
``q = sigma_w^2 E[phi(sqrt(q) z)^2] + sigma_b^2`` and the correlation of two points' at ``c``; how
fast is ``chi = sigma_w^2 E[phi'(z) phi'(z')]``, taken there.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from models.activations import ACTIVATIONS
from models.experiment import Experiment
from models.norms import NO_NORM
from models.theory import (
    STRAIGHT,
    depth_scale,
    gaussian_expectation,
    pair_expectation,
    squared_gain,
)

SILENT, LOUD = 1e-9, 1e6  # variances beyond these are taken as 0 and as growing for ever
TRAINABLE_SCALES = 6  # depth scales up to which networks were trained (Schoenholz et al. 2017)
_ALIKE = 1 - 1e-6  # a correlation nearer to 1 is taken as 1
_EXACT = 1e-9  # of a root
_QUIET = 1e-6  # a variance that falls ever more slowly, as at chi = 1, is on its way to 0


@dataclass(frozen=True)
class Layer:
    """One of many equal, infinitely wide layers.

    Attributes:
        activation: a key of ``ACTIVATIONS``, not of several pieces.
        parameter: the activation's own; None where it has none.
        weights: sigma_w^2, the fan-in times the variance of a weight.
        biases: sigma_b^2, the variance of a bias.
    """

    activation: str
    parameter: float | None
    weights: float
    biases: float

    @classmethod
    def of(cls, experiment: Experiment) -> "Layer | None":
        """The layer in the midst of an experiment's, if they are equal; None: theory has none such.

        It has none of Maxout, of norms and skips, of weights that are 0, one's own or of one sign.
        """
        plain = experiment.norm == NO_NORM and not experiment.skip
        drawn = experiment.start is None and not experiment.initializer.one_sided
        equal = experiment.depth > 0 and experiment.hidden is None
        if not (plain and drawn and equal) or experiment.phi.pieces > 1:
            return None
        fans, distribution = (experiment.width, experiment.width), experiment.distribution
        weights = experiment.width * distribution.variance(*fans)
        biases = distribution.bias_variance(*fans)
        parameter = experiment.activation_parameter
        return cls(experiment.activation, parameter, weights, biases) if weights else None

    def square(self, variance: float) -> float:
        """``E[phi(sqrt(variance) z)^2]``."""
        return self._expected(ACTIVATIONS[self.activation].function, variance)

    def squared_slope(self, variance: float) -> float:
        """``E[phi'(sqrt(variance) z)^2]``."""
        return self._expected(ACTIVATIONS[self.activation].derivative, variance)

    def _expected(self, function: Callable[..., Tensor], variance: float) -> float:
        of = torch.tensor(variance, dtype=torch.float64)
        return gaussian_expectation(lambda z: function(z, self.parameter).square(), of).item()

    def shared(self, derivative: bool, variance: float, correlation: float) -> float:
        """``E[phi(z) phi(z')]``, or of the slopes, of two points of this correlation."""
        phi = ACTIVATIONS[self.activation]
        function = phi.derivative if derivative else phi.function
        covariance = torch.full((2, 2), variance * correlation, dtype=torch.float64)
        covariance.fill_diagonal_(variance)

        def value(z: Tensor) -> Tensor:
            return function(z, self.parameter)

        return pair_expectation(value, covariance)[0, 1].item()


@lru_cache(maxsize=4096)
def settled_variance(layer: Layer) -> float:
    """The variance that pre-activations come to, from about 1 on: 0, a number, or infinite.

    What one layer makes of a variance grows with it, so that the way from layer to layer leads in
    one direction, to the next variance that is left as it is.
    """

    def growth(logarithm: float) -> float:
        variance = math.exp(logarithm)
        return (layer.weights * layer.square(variance) + layer.biases) / variance - 1

    here, step = 0.0, math.log(4)
    before = growth(here)
    if before < 0:
        step = -step
    while math.log(SILENT) < here < math.log(LOUD):
        after = growth(here + step)
        if (after > 0) != (before > 0):
            return math.exp(_root(growth, here, here + step))
        here += step
    return math.inf if step > 0 else 0.0


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a function whose signs differ at two places is 0: regula falsi, as Illinois has it."""
    at_low, at_high = function(low), function(high)
    while abs(high - low) > _EXACT:
        middle = (low * at_high - high * at_low) / (at_high - at_low)
        at_middle = function(middle)
        if (at_middle > 0) == (at_high > 0):
            at_low /= 2
        else:
            low, at_low = high, at_high
        if not at_middle or middle == high:
            return middle
        high, at_high = middle, at_middle
    return high


@lru_cache(maxsize=4096)
def settled_chi(layer: Layer) -> float:
    """Chi of a point with itself: what a layer multiplies ``E|delta|^2`` by on the way back.

    Below 1 points grow alike and gradients vanish; above it points part and gradients explode.
    """
    variance = min(max(settled_variance(layer), SILENT), LOUD)
    return layer.weights * layer.squared_slope(variance)


@lru_cache(maxsize=4096)
def settled_correlation(layer: Layer) -> float:
    """The correlation that two points come to (Poole et al. 2016): 1 while ``settled_chi <= 1``.

    Raises:
        ValueError: the variance does not settle at a number above 0.
    """
    variance = settled_variance(layer)
    if not 0 < variance < math.inf:
        raise ValueError(f"the variance of {layer} settles at {variance}: it has no correlation")

    def nearer(correlation: float) -> float:
        shared = layer.shared(False, variance, correlation)
        return (layer.weights * shared + layer.biases) / variance - correlation

    if settled_chi(layer) <= 1 or nearer(_ALIKE) >= 0:
        return 1.0
    return _root(nearer, 0.0, _ALIKE) if nearer(0.0) > _EXACT else 0.0


@lru_cache(maxsize=4096)
def settled_depth_scale(layer: Layer) -> float | None:
    """xi: the layers over which two points' correlation comes nearer to where it settles by e.

    ``-1 / ln chi`` at the settled correlation: infinite where chi is 1. None: the activation is
    straight on both sides of 0, or the signal grows for ever, so that nothing settles.
    """
    variance = settled_variance(layer)
    if layer.activation in STRAIGHT or variance == math.inf:
        return None
    chi = settled_chi(layer)
    if variance and chi > 1:
        shared = layer.shared(True, variance, settled_correlation(layer))
        chi = min(1.0, layer.weights * shared)
    return depth_scale(chi) if chi > 0 else 0.0


def settled_factor(layer: Layer) -> float:
    """By which a weight's gradient changes, a layer towards the input, far from both ends.

    ``sqrt(chi)``, by which the errors change, over the factor by which the signal grows: 1 where it
    settles at a number. Where it fades or grows for ever it does so by the errors' own factor, in
    the other direction, and the two make each other good.
    """
    return math.sqrt(settled_chi(layer)) if 0 < settled_variance(layer) < math.inf else 1.0


def critical_weights(experiment: Experiment) -> float | None:
    """The sigma_w^2 at which chi is 1, with the initializer's own share of biases.

    For activations that are straight on both sides of 0 it is where ``squared_gain`` is 1. For
    others it is found along q: where ``chi`` is 1, ``q E[phi'^2] = E[phi^2] + sigma_b^2 /
    sigma_w^2``. None: there is none, or a network of such weights does not come to that q.
    """
    layer = Layer.of(experiment)
    if layer is None:
        return None
    if layer.activation in STRAIGHT:
        return layer.weights / squared_gain(experiment)
    return _critical_weights(layer.activation, layer.parameter, layer.biases / layer.weights)


@lru_cache(maxsize=1024)
def _critical_weights(activation: str, parameter: float | None, biases: float) -> float | None:
    """``biases``: of sigma_w^2."""
    unit = Layer(activation, parameter, 1.0, biases)

    def excess(logarithm: float) -> float:
        variance = math.exp(logarithm)
        return variance * unit.squared_slope(variance) / (unit.square(variance) + biases) - 1

    silent, ends = unit.square(0.0) + biases < SILENT, (math.log(SILENT), math.log(LOUD))
    if not silent and not excess(ends[0]) < 0 < excess(ends[1]):
        return None
    variance = SILENT if silent else math.exp(_root(excess, *ends))
    weights = 1 / unit.squared_slope(variance)
    settled = settled_variance(Layer(activation, parameter, weights, weights * biases))
    reached = settled < _QUIET if silent else math.isclose(settled, variance, rel_tol=0.01)
    return weights if reached else None
