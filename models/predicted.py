"""What theory says of an experiment's networks before their first step, to be held beside a run.

The measured counterparts are in ``models.diagnostics``: ``History.weight_gradient_norm[0]`` and
``shrink_per_layer`` of it, and ``born_dead``. ``theory_caveats`` names the reasons why the two may
part.
"""

import itertools
import math
import operator
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from models.activations import ACTIVATIONS
from models.diagnostics.statistics import compared_layers, shrink_per_layer
from models.experiment import Experiment
from models.initializers import Distribution
from models.norms import NO_NORM
from models.tasks import INPUTS, Task
from models.theory import (
    dead_probability,
    gaussian_expectation,
    mean_activation,
    mean_field,
    pair_expectation,
)

WIDE = 50  # units from which a layer counts as wide
DEEP = 0.25  # hidden layers per unit of width from which the depth itself spreads networks apart
SPARSE = 0.25  # share of units that carry the gradient, under which a layer counts as saturated
CANCELLED = 1e-9  # of the points' gradients: less than this left over may be rounding
MOST_DRAWN, LEAST_DRAWN = 10_000, 2_000  # networks, for what has no closed form
DRAWN_WEIGHTS = 10_000_000
RARE = 1e-3  # not worth drawing for
SPHERE_NODES = 128  # from pole to pole

CAVEATS = (
    "no_hidden_layer",  # nothing to predict
    "zero_weights",  # nothing to predict
    "own_weights",  # nothing to predict: they are not drawn
    "one_sided",  # nothing to predict: theory is of weights whose mean is 0
    "undefined_loss",  # nothing to predict: some answers have no loss, and its slope no variance
    "layer_norm",  # nothing to predict: there is no such theory here
    "batch_norm_and_skip",  # likewise
    "batch_norm_of_pieces",  # likewise: of Maxout
    "opposite_points",  # nothing to predict: with batch norm the mean square is infinite
    "cancelled",  # nothing to predict: the points' gradients cancel but for rounding
    "fixed_point",  # with batch norm theory knows the factor a layer, and only deep in a network
    "narrow",  # theory is of infinitely wide layers
    "deep",  # so many layers for their width that single networks lie far from the rms
    "uniform_first_layer",  # two uniform weights do not add up to the Gaussian that is assumed
    "saturated",  # few units carry the gradient: the rms is that of a few lucky networks
    "born_dead",  # in the rms they count as 0, theory does not know them
)
"""All that ``theory_caveats`` may name, the reasons for which nothing is predicted first."""


def predicted_gradient(experiment: Experiment) -> np.ndarray | None:
    """[L] ``predicted_norms`` relative to the last layer's: the last is 1.

    None: as there.
    """
    norms = predicted_norms(experiment)
    return None if norms is None else norms / norms[-1]


def predicted_shrink(experiment: Experiment) -> float | None:
    """``shrink_per_layer`` of the predicted norms; None where these are.

    Against the same slope of the measured rms: within 3 % at width 100, 5 % at width 10. Against
    the median network's: within 6 % at width 100, 10 % at width 10 (tanh with N(0, 1): 17 %).
    Under batch norm, where there are no norms, it is ``batch_norm_factor``.
    """
    if experiment.norm != NO_NORM:
        return batch_norm_factor(experiment)
    norms = predicted_norms(experiment)
    if norms is None:
        return None
    return shrink_per_layer(compared_layers(experiment, norms[:, np.newaxis]))


def predicted_norms(experiment: Experiment) -> np.ndarray | None:
    """[L] root mean square over initial weights of |dLoss/dW_l| (Frobenius), for infinite width.

    The gradient ``1/P sum_p h_(l-1) delta_l^T`` sums over points that largely cancel, as the labels
    differ. So every pair p, p' of points counts, with the signs of its deltas:

        E|dLoss/dW_l|^2 = 1/P^2 sum_(p,p') n_(l-1) Q_(l-1) n_l D_l

    where Q and D are P x P matrices of one unit's second moments between points. Forward (Poole et
    al. 2016), with z ~ N(0, C_l):

        C_l = Var(W) n_(l-1) Q_(l-1) + Var(b),  Q_l = E[phi(z) phi(z')],  n_0 Q_0 = x . x'

    and backward, taking the weights on the way back as drawn anew (Schoenholz et al. 2017):

        D_L = E[dLoss/dz dLoss'/dz'] of the logit z ~ N(0, C_L), such as
            E[(sigma(z) - y)(sigma(z') - y')]; of a softmax, whose logit is the difference of two
            units, N(0, 2 C_L), and both have that delta
        D_l = Var(W) n_(l+1) D_(l+1) E[phi'(z) phi'(z')]

    Where a skip leads past layer l (Taki 2017, Yang & Schoenholz 2017), h_l = phi(z_l) + h_(l-1),
    whose two parts do not know of each other, with means m_l = m_(l-1) + E[phi(z)]:

        Q_l = E[phi phi'] + Q_(l-1) + m_(l-1) E[phi'] + E[phi] m'_(l-1)

    and the error behind a layer, E_l = Var(W) n_(l+1) D_(l+1), of which D_l is made, has E_(l+1)
    added where a skip leads past layer l + 1.

    Alone, the pairs p = p' are rms input times rms delta times the root of fan_in times fan_out:
    the points taken as independent, which at ten layers is up to 2.5 times off (ReLU, Xavier).

    Measured, relative to the last layer: over 10 hidden layers of 100, with every activation and
    initializer, within 11 % (He with Mish 14 %, with softplus 25 %). Of those tried over 9 of 32
    within 12 %, over 9 of 10 within 17 % (ReLU, its kin and Maxout 45 %): narrower layers were not
    all tried, and are further off. The median network's gradients are smaller, down to a half at
    width 100 and a tenth at width 10, where few units carry them (tanh with N(0, 1)). With skips
    within 10 %, but for functions whose mean is not 0, as ReLU's: there what is past so many layers
    still tells, the first of 10 layers is 80 % larger at width 32, 35 % at 128, 10 to 20 % at 400.

    None: without hidden layers, with norms, with weights that are 0, one's own or of one sign, for
    an output whose loss is not always defined, or where the points cancel but for rounding.
    """
    squares = _squared_norms(experiment)
    return None if squares is None else np.sqrt(squares)


@lru_cache(maxsize=256)
def _squared_norms(experiment: Experiment) -> tuple[float, ...] | None:
    """The L mean squares, from the first layer on."""
    output = experiment.output_layer
    # The cross-entropy of an answer that is normally distributed has no such figure: its slope's
    # square is not integrable.
    if not experiment.depth or not _is_drawn(experiment) or not output.always_defined:
        return None
    if experiment.norm != NO_NORM:
        return None
    products, slopes, covariance = _forward(experiment)
    labels, variances = experiment.compared, _weight_variances(experiment)
    shape = experiment.shape
    # Of all n_l units of a layer.
    delta = output.units * pair_expectation(output.delta, output.units * covariance, labels)
    pairs, error = [products[-1] * delta], torch.zeros_like(delta)
    for layer in range(experiment.depth - 1, -1, -1):
        past = error if shape.is_skipped(layer + 1) else 0.0
        error = variances[layer + 1] * delta + past  # of one unit
        delta = experiment.widths[layer] * slopes[layer] * error
        pairs.append(products[layer] * delta)
    if any(pair.sum() < CANCELLED * pair.abs().sum() for pair in pairs):
        return None
    return tuple(pair.sum().item() / experiment.task.points**2 for pair in reversed(pairs))


def _is_drawn(experiment: Experiment) -> bool:
    """Whether its weights are drawn, not all 0, from a distribution whose mean is 0."""
    own, one_sided = experiment.start is not None, experiment.initializer.one_sided
    return not own and not one_sided and all(_weight_variances(experiment))


def _weight_variances(experiment: Experiment) -> list[float]:
    fans = itertools.pairwise(experiment.sizes)
    return [experiment.distribution.variance(fan_in, fan_out) for fan_in, fan_out in fans]


def _forward(experiment: Experiment) -> tuple[list[Tensor], list[Tensor], Tensor]:
    """``n_(l-1) Q_(l-1)`` of L layers, ``E[phi' phi']`` of H, the last covariance: all [P, P]."""
    products = [experiment.task.inputs @ experiment.task.inputs.T]
    slopes: list[Tensor] = []
    distribution = experiment.distribution
    mean = torch.zeros_like(products[0][0])  # of a unit of the layer before
    for layer, (fan_in, fan_out) in enumerate(itertools.pairwise(experiment.sizes)):
        covariance = distribution.variance(fan_in, fan_out) * products[-1]
        covariance = covariance + distribution.bias_variance(fan_in, fan_out)
        if layer < experiment.depth:
            value, slope = _moments(experiment, covariance)
            own = mean_activation(experiment, covariance.diagonal())
            if experiment.shape.is_skipped(layer):
                mixed = own.outer(mean)
                value = value + products[-1] / fan_in + mixed + mixed.T
                own = own + mean
            mean = own
            products.append(fan_out * value)
            slopes.append(slope)
    return products, slopes, covariance


def batch_norm_factor(experiment: Experiment) -> float | None:
    """What batch norm multiplies the rms gradient by, a layer towards the input, deep in a network.

    After Yang, Pennington, Rao, Sohl-Dickstein & Schoenholz (2019), for infinite width and at their
    fixed point, where all points of a batch of B are alike: a unit's normalised pre-activations are
    ``sqrt(B) u``, with u uniform on the unit sphere of what has no mean. With G = I - 1 1^T / B,
    which takes the mean away, P = G - u u^T and D = diag(phi'(sqrt(B) u)), the squared factor is

        B / (B - 3) * E[tr(P D G D P)] / E|G phi(sqrt(B) u)|^2

    whatever the weights' and biases' variances are, and the output and its loss. B / (B - 3) is the
    mean of B over |G z|^2, a chi-squared of B - 1 degrees of freedom; without a bend the rest is
    (B - 2) / B. It is of the four points of a task, which all figures are of.

    Measured over layers 7 to 18 of 20: the rms at width 100 is 1 to 5 % below, the median network
    at width 100 5 to 9 %, at width 10 20 to 25 %: few networks carry the mean, and the first layer
    never settles.

    None: without it, with skips or Maxout, which were not worked out; for a function that is odd
    but for a constant, as sigmoid, tanh and identity are: opposite corners of the square then stay
    opposite in every layer, have one degree of freedom less, and the mean square is infinite. And
    where nothing is predicted without it, either.
    """
    names = ("layer_norm", "batch_norm_and_skip", "batch_norm_of_pieces", "opposite_points")
    known, drawn = experiment.output_layer.always_defined, _is_drawn(experiment)
    if experiment.norm == NO_NORM or not known or not drawn:
        return None
    if any(map(_norm_caveats(experiment).get, names)):
        return None
    return _settled_factor(experiment.activation, experiment.activation_parameter)


def _norm_caveats(experiment: Experiment) -> dict[str, bool]:
    """Which of the caveats of norms apply."""
    batch = experiment.normalizes_points
    pieces, skip = experiment.phi.pieces > 1, experiment.skip
    opposite = batch and not pieces and not skip and _is_odd(experiment)
    return {
        "layer_norm": experiment.normalizes_units,
        "batch_norm_and_skip": batch and skip,
        "batch_norm_of_pieces": batch and pieces,
        "opposite_points": opposite,
        "fixed_point": batch and not (skip or pieces or opposite),
    }


def _is_odd(experiment: Experiment) -> bool:
    """Whether the activation is odd but for a constant."""
    z = torch.linspace(0, 2, 101, dtype=torch.float64)
    phi, a = experiment.phi, experiment.activation_parameter
    sums = phi.function(z, a) + phi.function(-z, a)
    return bool((sums - sums[0]).abs().max() < 1e-9)


@lru_cache(maxsize=64)
def _settled_factor(activation: str, parameter: float | None) -> float:
    """The factor for four points: their sphere is the usual one, of three axes."""
    phi, points = ACTIVATIONS[activation], 4
    turns = 2 * SPHERE_NODES
    nodes, masses = map(torch.from_numpy, np.polynomial.legendre.leggauss(SPHERE_NODES))
    turn = (torch.arange(turns, dtype=torch.float64) + 0.5) * (2 * math.pi / turns)
    height, ring = nodes.unsqueeze(1), (1 - nodes.square()).sqrt().unsqueeze(1)
    axes = torch.stack([height.expand(-1, turns), ring * turn.cos(), ring * turn.sin()], dim=-1)
    signs = [[1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]]  # orthogonal, and without a mean
    u = axes @ (torch.tensor(signs, dtype=torch.float64) / 2)  # [nodes, turns, 4]
    z = math.sqrt(points) * u
    center = torch.eye(points, dtype=torch.float64) - 1 / points
    passing = center - u.unsqueeze(-1) * u.unsqueeze(-2)
    slopes = phi.derivative(z, parameter)
    back = passing @ (slopes.unsqueeze(-1) * center * slopes.unsqueeze(-2)) @ passing
    sent = back.diagonal(dim1=-2, dim2=-1).sum(dim=-1)
    kept = (phi.function(z, parameter) @ center).square().sum(dim=-1)
    ratio = (masses @ sent.mean(dim=1)) / (masses @ kept.mean(dim=1))
    return math.sqrt(points / (points - 3) * ratio.item())


def _moments(experiment: Experiment, covariance: Tensor) -> tuple[Tensor, Tensor]:
    """``E[phi(z) phi(z')]``, ``E[phi'(z) phi'(z')]`` (Maxout: summed over pieces): [P, P]."""
    phi, a = experiment.phi, experiment.activation_parameter
    if phi.pieces > 1:
        # max(z1, z2) = (s + |d|) / sqrt(2) with s, d the pieces' sum and difference over sqrt(2):
        # each of them is distributed like a piece, and the one does not know of the other.
        value = (covariance + pair_expectation(torch.abs, covariance)) / 2
        return value, 2 * pair_expectation(lambda d: (torch.sign(d) + 1) / 2, covariance)
    return (
        pair_expectation(lambda z: phi.function(z, a), covariance),
        pair_expectation(lambda z: phi.derivative(z, a), covariance),
    )


def predicted_dead(experiment: Experiment) -> float | None:
    """Share of networks that are born dead: beside it stands the mean of ``born_dead``.

    Each of the points that are not zero meets a layer whose units are all off, so that the first
    layer gets no gradient (and, without biases, no layer does). The points share the weights and so
    tend to die together; that has no closed form. It is at most ``dead_probability``, and if that
    is under .001, it is taken as 0; else it is the share among up to 10,000 networks that are drawn
    for it, by a seed of their own: a standard error of .005 at most.

    None: not ReLU, no hidden layer, norms or skips, weights that are all 0, one's own or of one
    sign, orthogonal ones, which are not drawn one by one, or an output whose loss is not a number
    at the logit of a dead point, which is 0.
    """
    if not _dies(experiment) or experiment.initializer.orthogonal:
        return None
    return _dead_share(experiment.task, experiment.distribution, experiment.widths)


def _dies(experiment: Experiment) -> bool:
    """Whether its networks may be born dead, and live to tell: have a loss then."""
    plain = experiment.norm == NO_NORM and not experiment.skip
    hidden_relu = experiment.activation == "relu" and experiment.depth > 0 and plain
    return hidden_relu and _is_drawn(experiment) and experiment.output_layer.always_defined


@lru_cache(maxsize=256)
def _dead_share(task: Task, distribution: Distribution, widths: tuple[int, ...]) -> float:
    """Share of ReLU networks, drawn layer by layer, whose non-zero points are all dead."""
    if dead_probability(widths) < RARE:
        return 0.0
    weights = sum(itertools.starmap(operator.mul, itertools.pairwise((widths[0], *widths))))
    drawn = min(MOST_DRAWN, max(LEAST_DRAWN, DRAWN_WEIGHTS // weights))
    generator = torch.Generator().manual_seed(0)
    seen = task.inputs[task.inputs.any(dim=1)]
    hidden = seen.unsqueeze(2).expand(-1, -1, drawn)  # [points, fan_in, networks]
    dead = torch.zeros(len(hidden), drawn, dtype=torch.bool)
    for fan_in, fan_out in itertools.pairwise((INPUTS, *widths)):
        weights, bias = _drawn(distribution, (fan_in, fan_out, dead.shape[1]), generator)
        hidden = ((hidden.unsqueeze(2) * weights).sum(dim=1) + bias).clamp_(min=0)
        dead = dead | ~hidden.any(dim=1)
        lives = ~dead.all(dim=0)
        hidden, dead = hidden[..., lives], dead[:, lives]
    return (drawn - dead.shape[1]) / drawn


def _drawn(
    distribution: Distribution, shape: tuple[int, int, int], generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """A layer's ``W [fan_in, fan_out, networks]`` and ``b [fan_out, networks]``."""
    fan_in, fan_out, networks = shape
    draws = torch.empty(fan_in + 1, fan_out, networks, dtype=torch.float64)
    if distribution.initializer.uniform:
        draws.uniform_(-1, 1, generator=generator)
    else:
        draws.normal_(generator=generator)
    weight_scale = distribution.weight_scale(fan_in, fan_out)
    return draws[1:] * weight_scale, draws[0] * distribution.bias_scale(fan_in, fan_out)


def theory_caveats(experiment: Experiment) -> list[str]:
    """Why a run may start otherwise than ``predicted_norms``: those of ``CAVEATS`` that apply."""
    depth, plain = experiment.depth, experiment.norm == NO_NORM
    least = min(experiment.widths, default=0)
    own, defined = experiment.start is not None, experiment.output_layer.always_defined
    zero = not own and not all(_weight_variances(experiment))
    drawn, dying = _is_drawn(experiment), experiment.activation == "relu" and not experiment.skip
    applies = _norm_caveats(experiment) | {
        "no_hidden_layer": not depth,
        "zero_weights": zero,
        "own_weights": own,
        "one_sided": not own and experiment.initializer.one_sided,
        "undefined_loss": not defined,
        "cancelled": depth and plain and drawn and defined and _squared_norms(experiment) is None,
        "narrow": depth and least < WIDE,
        "deep": depth > DEEP * least,
        "uniform_first_layer": depth and plain and not own and experiment.initializer.uniform,
        "saturated": depth and plain and drawn and _carrying_share(experiment) < SPARSE,
        "born_dead": dying and plain and drawn and dead_probability(experiment.widths) > 0.01,
    }
    return [name for name in CAVEATS if applies[name]]


def _carrying_share(experiment: Experiment) -> float:
    """Share of the last hidden layer's units that carry the gradient: ``E[s^2]^2 / E[s^4]``.

    ``s`` are the slopes: of units that are off or alike a share p, it is p; 1 if all are alike.
    """
    phi, a = experiment.phi, experiment.activation_parameter
    if phi.pieces > 1:
        return 1.0
    seen = experiment.task.inputs.any(dim=1)
    q = torch.tensor(mean_field(experiment).q[-1])[seen]

    def moment(power: int) -> Tensor:
        return gaussian_expectation(lambda z: phi.derivative(z, a).abs() ** power, q)

    return (moment(2) ** 2 / moment(4)).min().item()
