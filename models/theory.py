"""What theory says before anything is trained: dead units, and the mean field of a layer.

Everything is in float64 and about networks drawn at random: an expectation over initial weights,
not a statement about one network. Mean field takes each pre-activation as a Gaussian, which is
exact for infinitely wide layers.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.experiment import Experiment

# Midpoints of cells of this width, in standard deviations. A kink at 0 falls between two nodes, so
# the rule's error is of second order there (below 1e-7); for smooth functions it is rounding.
_CELL = 1e-3
_NODES = (torch.arange(-12_000, 12_000, dtype=torch.float64) + 0.5) * _CELL
_MASSES = torch.exp(-0.5 * _NODES**2) * (_CELL / math.sqrt(2 * math.pi))


def gaussian_expectation(function: Callable[[Tensor], Tensor], variance: Tensor) -> Tensor:
    """``E[function(z)]`` for ``z ~ N(0, variance)``, elementwise over ``variance`` of any shape."""
    return function(variance.sqrt().unsqueeze(-1) * _NODES) @ _MASSES


_POINTS, _SHARES = (torch.from_numpy(a / 2) for a in np.polynomial.legendre.leggauss(32))
_POINTS = _POINTS + 0.5  # Gauss-Legendre on (0, 1)
_RADIUS = 9.0  # in standard deviations: 3e-18 of the mass lies beyond it
_RADII = _RADIUS * _POINTS**2  # denser at 0, where steep functions turn
_RING_MASSES = _SHARES * 2 * _RADIUS * _POINTS * _RADII * torch.exp(-0.5 * _RADII**2)
_TURNS = _POINTS**2 * (3 - 2 * _POINTS)  # of a sector: denser at its edges, for the same reason
_TURN_MASSES = _SHARES * 6 * _POINTS * (1 - _POINTS) / (2 * math.pi)


def pair_expectation(
    function: Callable[..., Tensor], covariance: Tensor, *of_points: Tensor
) -> Tensor:
    """[P, P] ``E[function(z_i) function(z_j)]`` for ``z ~ N(0, covariance [P, P])``, of every pair.

    What is known ``of_points``, each [P], is handed to the function, too.

    In polar coordinates ``z_i = sqrt(q_i) r cos(t)``, ``z_j = sqrt(q_j) r cos(t - angle)``, where
    ``cos(angle)`` is the correlation: a kink or a jump at 0 lies on a ray, and the rule runs from
    ray to ray. So ReLU's expectations, which have a closed form (Cho & Saul 2009), are exact to
    1e-7, and so are those of smooth functions; steep ones' (variances over 100) to 1e-4.
    """
    deviation = covariance.diagonal().sqrt()
    size = deviation.unsqueeze(1) * deviation
    angle = torch.where(size > 0, covariance / size, 1.0).clamp(-1, 1).acos()
    quarter = torch.full_like(angle, math.pi / 2)
    rays = torch.stack([-quarter, angle - quarter, quarter, angle + quarter, 3 * quarter], dim=-1)
    sectors = rays.diff(dim=-1).unsqueeze(-1)  # [P, P, 4, 1]
    t = rays[..., :-1].unsqueeze(-1) + sectors * _TURNS
    first = deviation.view(-1, 1, 1, 1) * t.cos()
    second = deviation.view(-1, 1, 1) * (t - angle[..., None, None]).cos()
    rows, columns = (
        [each.view(shape) for each in of_points] for shape in ((-1, 1, 1, 1, 1), (-1, 1, 1, 1))
    )
    values = function(first.unsqueeze(-1) * _RADII, *rows)
    products = values * function(second.unsqueeze(-1) * _RADII, *columns)
    return (products @ _RING_MASSES * sectors * _TURN_MASSES).sum(dim=(-1, -2))


@dataclass(frozen=True, eq=False)
class MeanField:
    """Mean-field figures of H hidden layers at the task's P points (Schoenholz et al. 2017).

    Attributes:
        q: [H, P] variance of a pre-activation of each layer, layer 1 first.
        chi: [H, P] ``E|delta_l|^2 / E|delta_(l+1)|^2`` by the way through layer l + 1, not by one
            past it; the last row leads through the output weights. Without skips the rms of delta
            shrinks by ``sqrt(chi)`` a layer.
        delta: [H, P] ``E|delta_l|^2 / E|delta_L|^2`` by all ways.
    """

    q: np.ndarray
    chi: np.ndarray
    delta: np.ndarray

    @property
    def relative_delta(self) -> np.ndarray:
        """[H] rms over weights and points of ``|delta_l|``, as a multiple of the output's.

        The output's deltas are taken as equal: before training each is about 1/2.
        """
        return np.sqrt(self.delta.mean(axis=1))


def before_training(experiment: Experiment) -> Experiment:
    """One network of this kind, with the default of all that only matters from the first step on.

    So that what theory says is computed once for all runs that begin alike.
    """
    names = ("activation", "activation_parameter", "depth", "width", "hidden", "init", "gain",
             "bias", "output", "data", "start", "norm", "skip")  # fmt: skip
    return Experiment(**{name: getattr(experiment, name) for name in names}, networks=1)


def mean_field(experiment: Experiment) -> MeanField:
    """Predict how a network of this kind starts (Poole et al. 2016, Schoenholz et al. 2017).

    ``q_(l+1) = n Var(W) E[phi(sqrt(q_l) z)^2] + Var(b)`` and ``chi_l = n Var(W) E[phi'(sqrt(q_l)
    z)^2]``. The first layer sees the points themselves: ``q_1 = Var(W) |x|^2 + Var(b)``, taken as
    Gaussian, which it is for normal initializers; for uniform ones q_2 can be a tenth off. Of
    weights whose mean is not 0 and of norms it says nothing: ``models.predicted`` does not ask.

    Where a skip leads past layer l (Taki 2017, Yang & Schoenholz 2017), ``h_l = phi(z_l) +
    h_(l-1)``: the second moment of ``phi`` is added to that of ``h_(l-1)``, and twice the product
    of their means; and the error of ``h_(l-1)`` is that of ``h_l`` besides what ``W_l`` sends back.
    """
    distribution, sizes = experiment.distribution, experiment.sizes
    square_length = experiment.task.inputs.square().sum(dim=1)
    variance = distribution.variance(*sizes[:2]) * square_length
    variance = variance + distribution.bias_variance(*sizes[:2])
    q, slopes = torch.empty(2, experiment.depth, len(square_length), dtype=torch.float64)
    mean = square = torch.zeros_like(variance)  # of a unit of the layer before
    for layer, (fan_in, fan_out) in enumerate(itertools.pairwise(sizes[1:])):
        q[layer] = variance
        value, slopes[layer] = _second_moments(experiment, variance)
        own = mean_activation(experiment, variance)
        skipped = experiment.shape.is_skipped(layer)
        square = value + square + 2 * own * mean if skipped else value
        mean = own + mean if skipped else own
        variance = fan_in * distribution.variance(fan_in, fan_out) * square
        variance = variance + distribution.bias_variance(fan_in, fan_out)
    return MeanField(q.numpy(), *(each.numpy() for each in _way_back(experiment, slopes)))


def _way_back(experiment: Experiment, slopes: Tensor) -> tuple[Tensor, Tensor]:
    """``chi`` and ``delta``, of each layer's ``E[phi'^2]`` [H, P]."""
    chi, deltas = torch.empty(2, *slopes.shape, dtype=torch.float64)
    delta, error = torch.ones_like(slopes[:1]).squeeze(0), torch.zeros(())
    fans = list(itertools.pairwise(experiment.sizes[1:]))
    for layer in reversed(range(experiment.depth)):
        (units, _), variance = fans[layer], experiment.distribution.variance(*fans[layer])
        past = error if experiment.shape.is_skipped(layer + 1) else 0.0
        error = variance * delta + past  # of one unit
        chi[layer] = units * variance * slopes[layer]
        delta = deltas[layer] = units * slopes[layer] * error
    return chi, deltas


def mean_activation(experiment: Experiment, variance: Tensor) -> Tensor:
    """``E[phi(z)]`` at ``z ~ N(0, variance)``; of Maxout that of the larger of two such."""
    phi, a = experiment.phi, experiment.activation_parameter
    if phi.pieces > 1:
        return (variance / math.pi).sqrt()
    return gaussian_expectation(lambda z: phi.function(z, a), variance)


def _second_moments(experiment: Experiment, variance: Tensor) -> tuple[Tensor, Tensor]:
    """``E[phi^2]`` and ``E[phi'^2]`` (Maxout: summed over its pieces) at ``z ~ N(0, variance)``."""
    phi, a = experiment.phi, experiment.activation_parameter
    if phi.pieces > 1:
        # The larger of two such Gaussians has second moment q, and one piece has slope 1. Where
        # both are surely 0 they tie, and each has slope 1/2.
        return variance, torch.where(variance > 0, 1.0, 0.5).to(variance)
    return (
        gaussian_expectation(lambda z: phi.function(z, a).square(), variance),
        gaussian_expectation(lambda z: phi.derivative(z, a).square(), variance),
    )


def depth_scale(chi: float) -> float:
    """``xi = -1 / ln chi``: layers over which a squared gradient falls by e; negative if it grows.

    Infinite at the edge, ``chi = 1`` (Schoenholz et al. 2017).
    """
    return math.inf if chi == 1 else -1 / math.log(chi)


STRAIGHT: dict[str, Callable[[float], float]] = {
    "identity": lambda a: 1.0,
    "relu": lambda a: 0.5,
    "leaky_relu": lambda a: (1 + a**2) / 2,
    "maxout": lambda a: 1.0,
}
"""``E[phi'^2]`` of the activations that are straight on both sides of 0, of their parameter; of
Maxout, summed over its two pieces.
"""


def squared_gain(experiment: Experiment) -> float:
    """Mean factor by which a hidden layer multiplies ``|z|^2`` and, on the way back, ``|delta|^2``.

    For activations that are straight on both sides of 0, where it depends on the weights alone
    (He et al. 2015): ``n Var(W)`` times 1/2 for ReLU, ``(1 + a^2) / 2`` for leaky ReLU and 1 for
    Maxout of two pieces. On the way forward, biases add to it.

    Raises:
        ValueError: the activation bends elsewhere, so its gain depends on its input.
    """
    straight = STRAIGHT.get(experiment.activation)
    if straight is None:
        raise ValueError(f"the gain of {experiment.activation} depends on its input")
    width = experiment.width
    slopes = straight(experiment.activation_parameter or 0.0)
    return width * experiment.distribution.variance(width, width) * slopes


def dead_probability(widths: Sequence[int]) -> float:
    """Probability that a ReLU network passes nothing of a given non-zero input (Lu et al. 2019).

    ``1 - prod_l (1 - 2^-n_l)`` over the hidden layers' ``widths``, for zero biases and weights
    drawn from a continuous symmetric distribution: each unit is off with probability 1/2, and one
    layer all off is enough.
    """
    return 1 - math.prod(1 - 2.0**-width for width in widths)
