"""What may help a run in which most networks failed, as it follows from what became of them."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from models.diagnostics.chain import FADED
from models.diagnostics.fates import fates
from models.diagnostics.statistics import gradient_ratio
from models.experiment import RANGES, Experiment
from models.history import History
from models.outputs import PLATEAUS
from models.theory import dead_probability, mean_field

ENOUGH = 0.5  # of the networks solved it: nothing to remedy
SMALLER_RATES = (10, 100)
LONGER = 10  # times as many steps
ADAM_RATE = 0.01
RARELY_DEAD = 0.01  # an input's probability to die on its way, at a width that is wide enough
STANDARD_INITS = ("he_normal", "xavier_normal")


def remedies(history: History) -> list[Experiment]:
    """What to try where fewer than half of the networks solved it, the most direct remedy first.

    Each remedy changes what made most of them fail (``failure_cause``), and nothing else:

    ``too_large``: smaller steps, a tenth of the rate, a hundredth.

    ``born_dead``: no rate helps, only another start. With zero biases a unit is off or not whatever
    the weights' scale, and an input dies with probability ``1 - (1 - 2^-n)^H`` (Lu et al. 2019): so
    as wide as makes that rare, and He normal weights, whose size stays right at that width (He et
    al. 2015).

    ``undefined``: a sigmoid at the end.

    ``vanished``: He's or Xavier's weights if mean field theory (Schoenholz et al. 2017) says that
    under them the gradient arrives; ReLU, with such weights if its gradient would vanish too; and
    Adam, which divides each step by the gradient's own size (Kingma & Ba 2015).

    ``plateau``: Adam leaves a flat place faster, or time; and what helps a vanished gradient where
    theory says that it is one.

    ``learning``: more time.

    Without a hidden layer no line separates XOR (Minsky & Papert 1969): one hidden layer of ReLU.

    Returns:
        Experiments, none of them the run itself; empty where half or more solved it. That they help
        is likely, not certain: train them.
    """
    experiment = history.experiment
    if history.solved.sum() >= ENOUGH * experiment.networks:
        return []
    if not experiment.depth:
        return [replace(experiment.with_activation("relu"), depth=1)]
    found = dict.fromkeys(_REMEDIES[failure_cause(history)](experiment))
    return [remedy for remedy in found if remedy != experiment]


def failure_cause(history: History) -> str:
    """Why most of the networks that failed did; of some that failed, one of ``FAILURES``.

    ``too_large``: diverged, or died while trained: one step went too far. ``born_dead``: a layer
    off before the first step. ``undefined``: the loss has no value where the answer leaves 0..1.
    ``vanished``: it never told two points apart, and the first layer started with under a hundredth
    of the last one's gradient, which its steps are in proportion to (Adam's are not). ``plateau``:
    it came to rest for another reason. ``learning``: still on its way.
    """
    experiment = history.experiment
    causes = dict.fromkeys(PLATEAUS, "plateau") | {"learning": "learning"}
    causes["diverged"] = "too_large" if experiment.output_layer.always_defined else "undefined"
    if gradient_ratio(history.weight_gradient_norm[0]) < FADED and experiment.optimizer != "adam":
        causes["constant"] = "vanished"
    counts = Counter(
        ("born_dead" if born else "too_large") if fate == "dead" else causes[fate]
        for fate, born in zip(fates(history), history.dead[0], strict=True)
        if fate != "solved"
    )
    return counts.most_common(1)[0][0]


def _smaller_steps(experiment: Experiment) -> Iterator[Experiment]:
    for factor in SMALLER_RATES:
        yield replace(experiment, learning_rate=experiment.learning_rate / factor)


def _sigmoid_output(experiment: Experiment) -> Iterator[Experiment]:
    yield replace(experiment, output="sigmoid")


def _another_start(experiment: Experiment) -> Iterator[Experiment]:
    widths = range(experiment.width, RANGES["width"][1] + 1)
    rare = (n for n in widths if dead_probability([n] * experiment.depth) < RARELY_DEAD)
    wide = replace(experiment, width=next(rare, widths[-1]))
    yield replace(wide, init="he_normal")
    yield wide


def _larger_gradient(experiment: Experiment) -> Iterator[Experiment]:
    fitting, relu = _fitting(experiment), experiment.with_activation("relu")
    if _arriving(fitting) >= FADED:
        yield fitting
    yield relu if _arriving(relu) >= FADED else _fitting(relu)
    yield _adam(experiment)


def _faster(experiment: Experiment) -> Iterator[Experiment]:
    yield _adam(experiment)
    if _arriving(experiment) < FADED:
        yield from _larger_gradient(experiment)
    yield from _longer(experiment)


def _longer(experiment: Experiment) -> Iterator[Experiment]:
    if LONGER * experiment.steps <= RANGES["steps"][1]:
        yield replace(experiment, steps=LONGER * experiment.steps)


_REMEDIES = {
    "too_large": _smaller_steps,
    "undefined": _sigmoid_output,
    "born_dead": _another_start,
    "vanished": _larger_gradient,
    "plateau": _faster,
    "learning": _longer,
}
FAILURES = tuple(_REMEDIES)


def _adam(experiment: Experiment) -> Experiment:
    """Under Adam; a run that is has its rate already."""
    if experiment.optimizer == "adam":
        return experiment
    return replace(experiment, optimizer="adam", learning_rate=ADAM_RATE)


def _fitting(experiment: Experiment) -> Experiment:
    """From those standard weights under which the gradient should change least."""
    standard = [replace(experiment, init=init) for init in STANDARD_INITS]
    return min(standard, key=lambda one: abs(math.log(_arriving(one))))


def _arriving(experiment: Experiment) -> float:
    """The share of the output's delta that theory expects in the first layer."""
    # Before the first step nothing else matters.
    names = ("activation", "activation_parameter", "depth", "width", "init")
    return _relative_delta(Experiment(**{name: getattr(experiment, name) for name in names}))


@lru_cache(maxsize=512)
def _relative_delta(initial: Experiment) -> float:
    return float(mean_field(initial).relative_delta[0])
