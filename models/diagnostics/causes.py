"""Why networks failed, by name, and what may help them: one table, to which a cause is a row."""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch

from models.diagnostics import remedies as cures
from models.diagnostics.fates import answer_off, decay_time, fates, saturated
from models.diagnostics.rest import may_leave, stands_still
from models.diagnostics.size import relative_sizes
from models.diagnostics.statistics import gradient_ratio
from models.diagnostics.trend import gradient_trend, trend
from models.experiment import Experiment, initial_parameters
from models.history import History
from models.norms import NORMS

ENOUGH = 0.5  # of the networks solved it: nothing to remedy
LOST = ("dead", "diverged", "undefined")
SMALL_WEIGHTS = 0.25  # times Xavier's: all that is below it, in every layer, is far too small
SMALL_RATE = 0.1  # times the usual one, likewise

Remedies = Callable[[Experiment], Iterator[Experiment]]


def _nothing(experiment: Experiment) -> Iterator[Experiment]:
    yield from ()


@dataclass(frozen=True)
class Cause:
    """One reason for which networks fail.

    Attributes:
        met: [E] which networks of a run meet it, whatever else they meet.
        remedies: what changes this and as little else as can be, the most direct first.
        besides: what leaves it as it is and may help all the same.
        lasting: whether it holds whatever the number of steps.
    """

    met: Callable[[History], np.ndarray]
    remedies: Remedies
    besides: Remedies = _nothing
    lasting: bool = False


def _undefined(history: History) -> np.ndarray:
    return fates(history) == "undefined"


def _broadcast(history: History) -> np.ndarray:
    """Every answer is compared with all labels: the best is their mean, whatever the point."""
    return _all(history, history.experiment.broadcast)


def _out_of_range(history: History) -> np.ndarray:
    """No answer is nearer to the target of label 0: it lies beyond the unit's range."""
    return _all(history, not math.isfinite(history.experiment.output_layer.threshold))


def _squashed_twice(history: History) -> np.ndarray:
    """The loss makes a probability of what is one: it never comes to 0, and asks for more where
    the answer is right, by a slope that holds the answer's own.
    """
    output = history.experiment.output_layer
    return _all(history, bool(output.meant) and output.in_nats)


def _accumulated(history: History) -> np.ndarray:
    """A step follows the sum of all gradients so far: as momentum that forgets nothing does."""
    return _all(history, history.experiment.accumulate)


def _linear(history: History) -> np.ndarray:
    """Layers that do not bend are one linear layer: one line, where none parts the labels, as of
    XOR (Minsky & Papert 1969). A norm over the points does not bend them, one over the units does.
    """
    experiment = history.experiment
    bends = experiment.normalizes_units
    straight = not experiment.depth or (experiment.activation == "identity" and not bends)
    return _all(history, straight and not experiment.task.is_separable)


def _symmetric(history: History) -> np.ndarray:
    """Units that begin alike get the same gradient, and are one unit for ever."""
    return _all(history, _units_alike(history.experiment))


@lru_cache(maxsize=256)
def _units_alike(experiment: Experiment) -> bool:
    """Whether in some layer of several units all have the same weights, from and to others; of
    layers that skips lead past, whose units stay apart if those before them are, in all of these.
    """
    if experiment.start is None and any(
        experiment.distribution.variance(*fan) for fan in itertools.pairwise(experiment.sizes)
    ):
        return False  # drawn numbers differ
    layers = initial_parameters(experiment, [0])
    alike: list[bool] = []  # of layers, or of several that skips connect
    for layer, units in enumerate(experiment.widths):
        (weight, bias), (after, _) = layers[layer : layer + 2]
        into = torch.cat([bias[0, None], weight[0]]).unflatten(1, (-1, units)).flatten(0, 1)
        beside = torch.cat([into.T, after[0]], dim=1)  # [units, ...] all that is a unit's own
        own = units > 1 and bool((beside == beside[:1]).all())
        if experiment.shape.is_skipped(layer):
            alike[-1] &= own
        else:
            alike.append(own)
    return any(alike)


def _answer_off(history: History) -> np.ndarray:
    """The answer itself passes no error back, so no layer is trained."""
    return (fates(history) == "dead") & answer_off(history)


def _born_dead(history: History) -> np.ndarray:
    """Some layer passed no error back before the first step."""
    return (fates(history) == "dead") & history.dead[0]


def _unspread(history: History) -> np.ndarray:
    """Layer norm divided by a spread that is 0 at the start: of the origin's units without biases,
    if the activation leaves them there, and has a slope.
    """
    experiment = history.experiment
    phi, a = experiment.phi, experiment.activation_parameter
    rest = torch.zeros(1, phi.pieces, dtype=torch.float64)
    passed = not phi.function(rest, a).any() and bool(phi.derivative(rest, a).any())
    origin = not bool(experiment.task.inputs.any(dim=1).all())
    biased = experiment.start is not None or any(
        experiment.distribution.bias_variance(*fan) for fan in itertools.pairwise(experiment.sizes)
    )
    meets = _too_large(history) | (fates(history) == "constant")
    return meets & (experiment.normalizes_units and origin and passed and not biased)


def _pairs(history: History) -> np.ndarray:
    """Batch norm over two points: their standardised values are 1 and -1, however far apart they
    are, so that a step is not told which points it is shown.
    """
    experiment = history.experiment
    pairs = experiment.normalizes_points and experiment.batch_points == 2
    return (_rests(history) | _learning(history)) & pairs


def _norm_explodes(history: History) -> np.ndarray:
    """The gradient grows on its way back through layers that are normalised, but not the signal."""
    grows = trend(gradient_ratio(history.weight_gradient_norm[0])) == "exploding"
    return _too_large(history) & (history.experiment.norm in NORMS and grows)


def _skip_explodes(history: History) -> np.ndarray:
    """Signal and gradient grow as in ``_exploding``, where skips add to them, too."""
    return _exploding(history) & history.experiment.skip


def _exploding(history: History) -> np.ndarray:
    """Signal and gradient grow on their way through the layers, beyond what a rate makes good."""
    return _too_large(history) & (gradient_trend(history) == "exploding")


def _too_large(history: History) -> np.ndarray:
    """Diverged, or died while trained: one step went too far."""
    return np.isin(fates(history), ("diverged", "dead"))


def _saturated(history: History) -> np.ndarray:
    """Came to rest with answers that are wrong where their own slope, which is a factor of the
    gradient, is almost 0.
    """
    return (fates(history) == "elsewhere") & saturated(history)


def _small_weights(history: History) -> np.ndarray:
    """Never got away from first weights that are far smaller than Xavier's, though theory lets the
    gradient arrive from his (Glorot & Bengio 2010): it is not their number of layers.
    """
    experiment = history.experiment
    near = np.isin(fates(history), ("constant", "learning"))
    normed = experiment.norm in NORMS  # then their size is no matter
    if normed or max(relative_sizes(experiment)) >= SMALL_WEIGHTS:
        return _all(history, False)
    usual = cures.drawn(experiment, cures.XAVIER)
    return near & (trend(cures.arriving(usual)) == "level")


def _vanished(history: History) -> np.ndarray:
    """No two points told apart, and the first layer began with too little gradient to learn by.

    Its steps are in proportion to that, but Adam's, and those of unit gradients, are not.
    """
    fading = gradient_trend(history) == "vanishing" and history.experiment.reach > 0
    return (fates(history) == "constant") & fading


def _decayed(history: History) -> np.ndarray:
    """Came to rest where decay, which had the time for that, balances what the gradient asks."""
    return _rests(history) & (decay_time(history) >= 1)


def _small_steps(history: History) -> np.ndarray:
    """Has not come far by steps of a rate that is far below the usual one."""
    experiment = history.experiment
    small = experiment.learning_rate < SMALL_RATE * cures.usual_rate(experiment)
    return small & np.isin(fates(history), ("constant", "learning"))


def _narrow(history: History) -> np.ndarray:
    """Came to rest with few units in some layer: what one gets wrong no other makes good."""
    return _rests(history) & (min(history.experiment.widths, default=cures.ROOMY) < cures.ROOMY)


def _rests(history: History) -> np.ndarray:
    """Came to rest for another reason."""
    return np.isin(fates(history), (*history.experiment.plateaus, "elsewhere"))


def _learning(history: History) -> np.ndarray:
    """Still on its way."""
    return fates(history) == "learning"


def _all(history: History, is_met: bool) -> np.ndarray:
    return np.full(history.experiment.networks, is_met)


def _more(*kinds: Remedies) -> Remedies:
    """All of these, one kind after the other."""
    return lambda experiment: itertools.chain(*(kind(experiment) for kind in kinds))


CAUSES = {
    "undefined": Cause(_undefined, cures.sigmoid_output),
    "broadcast": Cause(_broadcast, cures.mended, cures.mended_and_more, lasting=True),
    "out_of_range": Cause(_out_of_range, cures.mended, cures.mended_and_more, lasting=True),
    "linear": Cause(_linear, cures.bend, lasting=True),
    "symmetric": Cause(_symmetric, cures.different_units, lasting=True),
    "squashed_twice": Cause(_squashed_twice, cures.mended, cures.mended_and_more),
    "accumulated": Cause(_accumulated, cures.mended, cures.mended_and_more),
    "answer_off": Cause(_answer_off, cures.answer_on, cures.another_start),
    "born_dead": Cause(_born_dead, cures.another_start),
    "unspread": Cause(_unspread, _more(cures.biased, cures.normed), cures.clipped),
    "norm_explodes": Cause(_norm_explodes, cures.skipped, cures.clipped),
    "skip_explodes": Cause(_skip_explodes, cures.normed, cures.clipped),
    "exploding": Cause(_exploding, cures.fitting_size, _more(cures.clipped, cures.normed)),
    "too_large": Cause(
        _too_large, cures.smaller_steps, _more(cures.clipped, cures.completed, cures.normed)
    ),
    "pairs": Cause(_pairs, cures.whole_batch),
    "saturated": Cause(_saturated, cures.unsaturated),
    "small_weights": Cause(_small_weights, cures.usual_size, _more(cures.adam, cures.longer)),
    "vanished": Cause(_vanished, _more(cures.larger_gradient, cures.normed)),
    "decayed": Cause(_decayed, cures.lighter),
    "small_steps": Cause(_small_steps, cures.larger_steps, cures.longer),
    "few_steps": Cause(
        may_leave, cures.longer, _more(cures.cross_entropy, cures.adam, cures.wider)
    ),
    "narrow": Cause(_narrow, cures.wider, cures.faster),
    "plateau": Cause(_rests, cures.faster, cures.completed),
    "learning": Cause(
        _learning,
        cures.longer,
        _more(cures.cross_entropy, cures.completed, cures.wider, cures.restored),
    ),
}
"""Of the causes that a network meets, the first is the one that it failed for."""
FAILURES = tuple(CAUSES)


def failure_cause(history: History) -> str:
    """Why most of the networks that failed did; of some that failed, one of ``FAILURES``."""
    failed, causes = ~history.solved, np.full(history.experiment.networks, "", dtype=object)
    for name, cause in CAUSES.items():
        causes[(causes == "") & failed & cause.met(history)] = name
    return Counter(causes[failed].tolist()).most_common(1)[0][0]


def remedies(history: History) -> list[Experiment]:
    """What to try where fewer than half of the networks solved it, the most direct remedy first.

    Returns:
        Experiments, none of them the run itself; empty where half or more solved it. That they help
        is likely, not certain: train them.
    """
    return _changes(history, lambda cause: _more(cause.remedies, cause.besides))


def mending(history: History) -> list[Experiment]:
    """Those of the ``remedies`` that change what most networks failed for.

    That it is why they failed is known once one of these has helped; another might help anyway.
    """
    return _changes(history, lambda cause: cause.remedies)


def _changes(history: History, kind: Callable[[Cause], Remedies]) -> list[Experiment]:
    experiment = history.experiment
    if history.solved.sum() >= ENOUGH * experiment.networks:
        return []
    found = dict.fromkeys(kind(CAUSES[failure_cause(history)])(experiment))
    return [remedy for remedy in found if remedy != experiment]


def is_final(history: History) -> bool:
    """Whether most of the networks that failed would have, in however many steps.

    They are lost, no further step moves them, or what they failed for lasts.
    """
    if CAUSES[failure_cause(history)].lasting:
        return True
    stuck = np.isin(fates(history), LOST) | stands_still(history)
    return bool(2 * stuck.sum() > (~history.solved).sum())
