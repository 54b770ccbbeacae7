"""What may help a run, by what made it fail: each changes that, and as little else as can be."""

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from models.diagnostics.trend import FADED, trend
from models.experiment import RANGES, Experiment
from models.theory import dead_probability, mean_field

SMALLER_RATES = (10, 100)
LONGER = 10  # times as many steps
ADAM_RATE = 0.01
RARELY_DEAD = 0.01  # an input's probability to die on its way, at a width that is wide enough
STANDARD_INITS = ("he_normal", "xavier_normal")


def smaller_steps(experiment: Experiment) -> Iterator[Experiment]:
    """A tenth of the rate, a hundredth."""
    for factor in SMALLER_RATES:
        yield replace(experiment, learning_rate=experiment.learning_rate / factor)


def sigmoid_output(experiment: Experiment) -> Iterator[Experiment]:
    """A sigmoid at the end: its answers have a loss."""
    yield replace(experiment, output="sigmoid")


def another_start(experiment: Experiment) -> Iterator[Experiment]:
    """Wider, from He's weights or its own: no rate helps who is born dead.

    With zero biases a unit is off or not whatever the weights' scale, and an input dies with
    probability ``1 - (1 - 2^-n)^H`` (Lu et al. 2019): so as wide as makes that rare, and He normal
    weights, whose size stays right at that width (He et al. 2015).
    """
    widths = range(experiment.width, RANGES["width"][1] + 1)
    rare = (n for n in widths if dead_probability([n] * experiment.depth) < RARELY_DEAD)
    wide = replace(experiment, width=next(rare, widths[-1]))
    yield replace(wide, init="he_normal")
    yield wide


def larger_gradient(experiment: Experiment) -> Iterator[Experiment]:
    """He's or Xavier's weights where mean field theory (Schoenholz et al. 2017) says that under
    them the gradient arrives; ReLU, with such weights if its gradient would vanish, too; and Adam,
    which divides each step by the gradient's own size (Kingma & Ba 2015).
    """
    fitting, relu = _fitting(experiment), experiment.with_activation("relu")
    if arriving(fitting) >= FADED:
        yield fitting
    yield relu if arriving(relu) >= FADED else _fitting(relu)
    yield _adam(experiment)


def faster(experiment: Experiment) -> Iterator[Experiment]:
    """Adam leaves a flat place faster, or time does; and what helps a vanished gradient where
    theory says that it is one.
    """
    yield _adam(experiment)
    if arriving(experiment) < FADED:
        yield from larger_gradient(experiment)
    yield from longer(experiment)


def longer(experiment: Experiment) -> Iterator[Experiment]:
    """More time, as far as there may be."""
    if LONGER * experiment.steps <= RANGES["steps"][1]:
        yield replace(experiment, steps=LONGER * experiment.steps)


def fitting_size(experiment: Experiment) -> Iterator[Experiment]:
    """He's and Xavier's weights, which shrink with the width, where under them the gradient neither
    explodes nor vanishes; the one that changes it least first.
    """
    standard = [replace(experiment, init=init) for init in STANDARD_INITS]
    level = [one for one in standard if trend(arriving(one)) == "level"]
    yield from sorted(level, key=_change)


def different_units(experiment: Experiment) -> Iterator[Experiment]:
    """Weights that tell the units apart."""
    yield replace(experiment, init=STANDARD_INITS[0])


def bend(experiment: Experiment) -> Iterator[Experiment]:
    """ReLU, in one hidden layer if there was none."""
    yield replace(experiment.with_activation("relu"), depth=max(experiment.depth, 1))


def _adam(experiment: Experiment) -> Experiment:
    """Under Adam; a run that is has its rate already."""
    if experiment.optimizer == "adam":
        return experiment
    return replace(experiment, optimizer="adam", learning_rate=ADAM_RATE)


def _fitting(experiment: Experiment) -> Experiment:
    """From those standard weights under which the gradient should change least."""
    standard = [replace(experiment, init=init) for init in STANDARD_INITS]
    return min(standard, key=_change)


def _change(experiment: Experiment) -> float:
    """By how much theory expects the gradient to grow or to shrink, as a logarithm."""
    return abs(math.log(arriving(experiment)))


def arriving(experiment: Experiment) -> float:
    """The share of the output's delta that theory expects in the first layer."""
    # Before the first step nothing else matters.
    names = ("activation", "activation_parameter", "depth", "width", "init")
    return _relative_delta(Experiment(**{name: getattr(experiment, name) for name in names}))


@lru_cache(maxsize=512)
def _relative_delta(initial: Experiment) -> float:
    return float(mean_field(initial).relative_delta[0])
