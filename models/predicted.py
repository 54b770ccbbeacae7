"""What theory says of an experiment's networks before their first step, to be held beside a run.

The measured counterparts are in ``models.diagnostics``: ``History.weight_gradient_norm[0]`` and
``shrink_per_layer`` of it, and ``born_dead``. ``theory_caveats`` names the reasons why the two may
part.
"""

import itertools
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from models.diagnostics.statistics import shrink_per_layer
from models.experiment import Experiment
from models.initializers import INITIALIZERS
from models.tasks import Task
from models.theory import dead_probability, gaussian_expectation, mean_field, pair_expectation

WIDE = 50  # units from which a layer counts as wide
DEEP = 0.25  # hidden layers per unit of width from which the depth itself spreads networks apart
SPARSE = 0.25  # share of units that carry the gradient, under which a layer counts as saturated
CANCELLED = 1e-9  # of the points' gradients: less than this left over may be rounding
MOST_DRAWN, LEAST_DRAWN = 10_000, 2_000  # networks, for what has no closed form
DRAWN_WEIGHTS = 10_000_000
RARE = 1e-3  # not worth drawing for

CAVEATS = (
    "no_hidden_layer",  # nothing to predict
    "zero_weights",  # nothing to predict
    "undefined_loss",  # nothing to predict: some answers have no loss, and its slope no variance
    "cancelled",  # nothing to predict: the points' gradients cancel but for rounding
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
    """
    norms = predicted_norms(experiment)
    return None if norms is None else shrink_per_layer(norms[:, np.newaxis])


def predicted_norms(experiment: Experiment) -> np.ndarray | None:
    """[L] root mean square over initial weights of |dLoss/dW_l| (Frobenius), for infinite width.

    The gradient ``1/4 sum_p h_(l-1) delta_l^T`` sums over points that largely cancel: two labels
    are 1, two are 0. So every pair p, p' of points counts, with the signs of its deltas:

        E|dLoss/dW_l|^2 = 1/16 sum_(p,p') n_(l-1) Q_(l-1) n_l D_l

    where Q and D are 4 x 4 matrices of one unit's second moments between points. Forward (Poole et
    al. 2016), with z ~ N(0, C_l):

        C_l = Var(W) n_(l-1) Q_(l-1) + Var(b),  Q_l = E[phi(z) phi(z')],  n_0 Q_0 = x . x'

    and backward, taking the weights on the way back as drawn anew (Schoenholz et al. 2017):

        D_L = E[(sigma(z) - y)(sigma(z') - y')] = E[tanh(z/2) tanh(z'/2)] / 4 + (1/2 - y)(1/2 - y')
            (squared error: E[2 (z - y) 2 (z' - y')] = 4 (C_L + y y'))
        D_l = Var(W) n_(l+1) D_(l+1) E[phi'(z) phi'(z')]

    Alone, the pairs p = p' are rms input times rms delta times the root of fan_in times fan_out:
    the points taken as independent, which at ten layers is up to 2.5 times off (ReLU, Xavier).

    Measured, relative to the last layer: over 10 hidden layers of 100, with every activation and
    initializer, within 11 % (He with Mish 14 %, with softplus 25 %). Of those tried over 9 of 32
    within 12 %, over 9 of 10 within 17 % (ReLU, its kin and Maxout 45 %): narrower layers were not
    all tried, and are further off. The median network's gradients are smaller, down to a half at
    width 100 and a tenth at width 10, where few units carry them (tanh with N(0, 1)).

    None: without hidden layers, with weights of 0, for an output whose loss is not always defined,
    or where the points cancel but for rounding.
    """
    squares = _squared_norms(experiment)
    return None if squares is None else np.sqrt(squares)


@lru_cache(maxsize=256)
def _squared_norms(experiment: Experiment) -> tuple[float, ...] | None:
    """The L mean squares, from the first layer on."""
    variances = _weight_variances(experiment)
    if not experiment.depth or not all(variances) or experiment.output not in _OUTPUT_DELTAS:
        return None
    products, slopes, logit = _forward(experiment, variances)
    delta = _OUTPUT_DELTAS[experiment.output](logit, experiment.task.labels)
    pairs = [products[-1] * delta]
    for layer in range(experiment.depth - 1, -1, -1):
        delta = experiment.width * variances[layer + 1] * slopes[layer] * delta  # of all n_l units
        pairs.append(products[layer] * delta)
    if any(pair.sum() < CANCELLED * pair.abs().sum() for pair in pairs):
        return None
    return tuple(pair.sum().item() / experiment.task.points**2 for pair in reversed(pairs))


def _sigmoid_deltas(covariance: Tensor, labels: Tensor) -> Tensor:
    half = 0.5 - labels
    return pair_expectation(lambda z: torch.tanh(z / 2) / 2, covariance) + torch.outer(half, half)


def _squared_deltas(covariance: Tensor, labels: Tensor) -> Tensor:
    return 4 * (covariance + torch.outer(labels, labels))


# E[delta delta'] of the output's deltas, [P, P], of the logit's covariance and the labels. The
# cross-entropy of an answer that is normally distributed has none: its slope's square is not
# integrable.
_OUTPUT_DELTAS = {"sigmoid": _sigmoid_deltas, "squared": _squared_deltas}


def _weight_variances(experiment: Experiment) -> list[float]:
    fans = itertools.pairwise(experiment.sizes)
    return [experiment.initializer.variance(fan_in, fan_out) for fan_in, fan_out in fans]


def _forward(
    experiment: Experiment, variances: list[float]
) -> tuple[list[Tensor], list[Tensor], Tensor]:
    """``n_(l-1) Q_(l-1)`` of L layers, ``E[phi' phi']`` of H, the logit's covariance: [P, P]."""
    products = [experiment.task.inputs @ experiment.task.inputs.T]
    slopes: list[Tensor] = []
    for variance, fan_in in zip(variances, experiment.sizes[:-1], strict=True):
        covariance = variance * products[-1] + experiment.initializer.bias_variance(fan_in)
        if len(slopes) < experiment.depth:
            value, slope = _moments(experiment, covariance)
            products.append(experiment.width * value)
            slopes.append(slope)
    return products, slopes, covariance


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

    Each of the three non-zero points meets a layer whose units are all off, so that the first layer
    gets no gradient (and, without biases, no layer does). The points share the weights and so tend
    to die together; that has no closed form. It is at most ``dead_probability``, and if that is
    under .001, it is taken as 0; else it is the share among up to 10,000 networks that are drawn
    for it, by a seed of their own: a standard error of .005 at most.

    None: not ReLU, no hidden layer, weights that are all 0, orthogonal ones, which are not drawn
    one by one, or an output whose loss is not a number at the logit of a dead point, which is 0.
    """
    if not _dies(experiment) or experiment.initializer.orthogonal:
        return None
    return _dead_share(experiment.task, experiment.init, experiment.width, experiment.depth)


def _dies(experiment: Experiment) -> bool:
    """Whether its networks may be born dead, and live to tell: have a loss then."""
    zero = not all(_weight_variances(experiment))
    told = experiment.output_layer.always_defined
    return experiment.activation == "relu" and experiment.depth > 0 and not zero and told


@lru_cache(maxsize=256)
def _dead_share(task: Task, init: str, width: int, depth: int) -> float:
    """Share of ReLU networks, drawn layer by layer, whose non-zero points are all dead."""
    if dead_probability([width] * depth) < RARE:
        return 0.0
    drawn = min(MOST_DRAWN, max(LEAST_DRAWN, DRAWN_WEIGHTS // (depth * width**2)))
    generator = torch.Generator().manual_seed(0)
    seen = task.inputs[task.inputs.any(dim=1)]
    hidden = seen.unsqueeze(2).expand(-1, -1, drawn)  # [points, fan_in, networks]
    dead = torch.zeros(len(hidden), drawn, dtype=torch.bool)
    for fan_in in [seen.shape[1]] + [width] * (depth - 1):
        weights, bias = _drawn(init, (fan_in, width, dead.shape[1]), generator)
        hidden = ((hidden.unsqueeze(2) * weights).sum(dim=1) + bias).clamp_(min=0)
        dead = dead | ~hidden.any(dim=1)
        lives = ~dead.all(dim=0)
        hidden, dead = hidden[..., lives], dead[:, lives]
    return (drawn - dead.shape[1]) / drawn


def _drawn(
    init: str, shape: tuple[int, int, int], generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """A layer's ``W [fan_in, fan_out, networks]`` and ``b [fan_out, networks]``."""
    initializer, (fan_in, fan_out, networks) = INITIALIZERS[init], shape
    draws = torch.empty(fan_in + 1, fan_out, networks, dtype=torch.float64)
    if initializer.uniform:
        draws.uniform_(-1, 1, generator=generator)
    else:
        draws.normal_(generator=generator)
    weight_scale = initializer.weight_scale(fan_in, fan_out)
    return draws[1:] * weight_scale, draws[0] * initializer.bias_scale(fan_in)


def theory_caveats(experiment: Experiment) -> list[str]:
    """Why a run may start otherwise than ``predicted_norms``: those of ``CAVEATS`` that apply."""
    depth, width, relu = experiment.depth, experiment.width, experiment.activation == "relu"
    defined = experiment.output_layer.always_defined
    zero = not all(_weight_variances(experiment))
    applies = {
        "no_hidden_layer": not depth,
        "zero_weights": zero,
        "undefined_loss": not defined,
        "cancelled": depth and not zero and defined and _squared_norms(experiment) is None,
        "narrow": depth and width < WIDE,
        "deep": depth > DEEP * width,
        "uniform_first_layer": depth and experiment.initializer.uniform,
        "saturated": depth and not zero and _carrying_share(experiment) < SPARSE,
        "born_dead": relu and not zero and dead_probability([width] * depth) > 0.01,
    }
    return [name for name in CAVEATS if applies[name]]


def _carrying_share(experiment: Experiment) -> float:
    """Share of the last hidden layer's units that carry the gradient: ``E[s^2]^2 / E[s^4]``.

    ``s`` are the slopes: of units that are off or alike a share p, it is p; 1 if all are alike.
    """
    phi, a = experiment.phi, experiment.activation_parameter
    if phi.pieces > 1:
        return 1.0
    q = torch.tensor(mean_field(experiment).q[-1, 1:])

    def moment(power: int) -> Tensor:
        return gaussian_expectation(lambda z: phi.derivative(z, a).abs() ** power, q)

    return (moment(2) ** 2 / moment(4)).min().item()
