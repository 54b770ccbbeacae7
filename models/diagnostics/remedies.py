"""What may help a run, by what made it fail: each changes that, and as little else as can be."""

import itertools
import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any

from models.diagnostics.size import relative_sizes
from models.diagnostics.trend import FADED, trend
from models.experiment import CLIPS, RANGES, Experiment, ExperimentError
from models.norms import NO_NORM
from models.outputs import OUTPUTS
from models.theory import before_training, dead_probability, mean_field

SMALLER = (10, 100)
LONGER = 10  # times as many steps
LONG = 10_000  # steps; the lecture's
USUAL_RATE = 0.1  # of descent, in what a gradient moves in all
ADAM_RATE = 0.01
RARELY_DEAD = 0.01  # an input's probability to die on its way, at a width that is wide enough
ROOMY = 10  # units of a layer that leave more than one way
STANDARD_INITS = HE, XAVIER = "he_normal", "xavier_normal"
USUAL_SIZES = (0.5, 2.0)  # times Xavier's
LONG_WAY = 20  # hidden layers over which batch norm alone makes a gradient explode
LONGEST_STEP = 0.1  # of a network whose gradient is clipped, over all its parameters


def smaller_steps(experiment: Experiment) -> Iterator[Experiment]:
    """A tenth of the rate, a hundredth."""
    for factor in SMALLER:
        if experiment.learning_rate / factor > 0:  # the least float has no tenth
            yield replace(experiment, learning_rate=experiment.learning_rate / factor)


def larger_steps(experiment: Experiment) -> Iterator[Experiment]:
    """The usual rate."""
    yield replace(experiment, learning_rate=usual_rate(experiment))


def usual_rate(experiment: Experiment) -> float:
    """The rate of an optimizer that one begins with: the lecture's, less where steps add up."""
    return round(USUAL_RATE / experiment.reach, 12) if experiment.reach else ADAM_RATE


def lighter(experiment: Experiment) -> Iterator[Experiment]:
    """No weight decay, a tenth of it, a hundredth."""
    for factor in (math.inf, *SMALLER):
        yield replace(experiment, weight_decay=experiment.weight_decay / factor)


def mended(experiment: Experiment) -> Iterator[Experiment]:
    """Without one of the mistakes that its program makes; where it makes several, without any."""
    changes: list[list[dict[str, Any]]] = [
        [{name: False}] for name in ("accumulate", "broadcast") if getattr(experiment, name)
    ]
    if experiment.output_layer.meant:
        changes.append([{"output": name} for name in experiment.output_layer.meant])
    for fields in itertools.chain(*changes):
        yield _changed(experiment, **fields)
    if len(changes) > 1:
        yield _changed(experiment, **dict(itertools.chain(*(ways[0].items() for ways in changes))))


def mended_and_more(experiment: Experiment) -> Iterator[Experiment]:
    """Without any mistake, under Adam; and what helps a vanished gradient where theory says that it
    is one.
    """
    for right in list(mended(experiment))[-1:]:
        yield from larger_gradient(right) if arriving(right) < FADED else adam(right)


def sigmoid_output(experiment: Experiment) -> Iterator[Experiment]:
    """A sigmoid at the end: its answers have a loss."""
    yield _changed(experiment, output="sigmoid")


def cross_entropy(experiment: Experiment) -> Iterator[Experiment]:
    """The loss whose slope cancels the answer's own, where that is a factor of the gradient."""
    if experiment.output_layer.keeps_slope:
        yield _changed(experiment, output="sigmoid")


def unsaturated(experiment: Experiment) -> Iterator[Experiment]:
    """A cross-entropy; and steps that do not lead as far."""
    yield from cross_entropy(experiment)
    yield from smaller_steps(experiment)


def answer_on(experiment: Experiment) -> Iterator[Experiment]:
    """Another unit under the same loss, which nothing can switch off."""
    own = experiment.output_layer
    for name, other in OUTPUTS.items():
        alike = (other.least, other.targets, other.units) == (own.least, own.targets, own.units)
        if alike and other.always_defined and not (other.can_be_off or other.meant):
            yield _changed(experiment, output=name)


def another_start(experiment: Experiment) -> Iterator[Experiment]:
    """Wider, from He's weights or its own: no rate helps who is born dead.

    With zero biases a unit is off or not whatever the weights' scale, and an input dies with
    probability ``1 - (1 - 2^-n)^H`` (Lu et al. 2019): so as wide as makes that rare, and He normal
    weights, whose size stays right at that width (He et al. 2015).
    """
    widest = RANGES["width"][1]
    least = range(min(experiment.widths, default=widest), widest + 1)
    rare = (
        n for n in least if dead_probability([max(n, m) for m in experiment.widths]) < RARELY_DEAD
    )
    wide = _at_least(experiment, next(rare, widest))
    yield drawn(wide, HE)
    yield wide


def wider(experiment: Experiment) -> Iterator[Experiment]:
    """More units in each layer that has few: more of them begin the right way."""
    yield _at_least(experiment, ROOMY)


def larger_gradient(experiment: Experiment) -> Iterator[Experiment]:
    """He's or Xavier's weights where mean field theory (Schoenholz et al. 2017) says that under
    them the gradient arrives; ReLU, with such weights if its gradient would vanish, too; and Adam,
    which divides each step by the gradient's own size (Kingma & Ba 2015).
    """
    fitting, relu = _fitting(experiment), _activated(experiment, "relu")
    if arriving(fitting) >= FADED:
        yield fitting
    normed = relu.norm != NO_NORM  # which leaves nothing to the weights' size
    yield relu if normed or arriving(relu) >= FADED else _fitting(relu)
    yield from adam(experiment)


def faster(experiment: Experiment) -> Iterator[Experiment]:
    """Adam leaves a flat place faster, or time does; and what helps a vanished gradient."""
    yield from adam(experiment)
    yield from restored(experiment)
    yield from longer(experiment)


def restored(experiment: Experiment) -> Iterator[Experiment]:
    """What helps a vanished gradient, where theory says that it is one."""
    if arriving(experiment) < FADED:
        yield from larger_gradient(experiment)


def longer(experiment: Experiment) -> Iterator[Experiment]:
    """More time, as far as there may be: ten times as much; what the lecture takes, if longer."""
    tenfold = LONGER * experiment.steps
    for steps in sorted({tenfold, max(tenfold, LONG)}):
        if steps <= RANGES["steps"][1]:
            yield replace(experiment, steps=steps)


def fitting_size(experiment: Experiment) -> Iterator[Experiment]:
    """He's or Xavier's weights, which shrink with the width, where under them the gradient neither
    explodes nor vanishes: those that change it least.
    """
    fitting = _fitting(experiment)
    if trend(arriving(fitting)) == "level":
        yield fitting


def usual_size(experiment: Experiment) -> Iterator[Experiment]:
    """The same distribution without its gain where that has about Xavier's size; and Xavier's."""
    plain, (low, high) = drawn(experiment, experiment.init), USUAL_SIZES
    if all(low <= size <= high for size in relative_sizes(plain)):
        yield plain
    yield drawn(experiment, XAVIER)


def different_units(experiment: Experiment) -> Iterator[Experiment]:
    """Weights that tell the units apart."""
    yield drawn(experiment, HE)


def bend(experiment: Experiment) -> Iterator[Experiment]:
    """ReLU, in one hidden layer if there was none; tanh, of whose units none is ever off, where
    there are few of them.
    """
    deep = experiment if experiment.depth else _changed(experiment, hidden=(experiment.width,))
    yield _activated(deep, "relu")
    if min(deep.widths) < ROOMY:
        yield _activated(deep, "tanh")


def adam(experiment: Experiment) -> Iterator[Experiment]:
    """Under Adam; a run that is has its rate already."""
    if experiment.optimizer != "adam":
        yield experiment.with_optimizer("adam", ADAM_RATE)


def clipped(experiment: Experiment) -> Iterator[Experiment]:
    """No step is longer than ``LONGEST_STEP``, or than a tenth of what it may be now; where steps
    do not grow with the gradient, it would not change them.
    """
    if not experiment.reach:
        return
    most = LONGEST_STEP / (experiment.reach * experiment.learning_rate)
    if experiment.clip is not None:
        most = min(most, experiment.clip / SMALLER[0])
    clip = float(f"{most:.1g}")
    if CLIPS[0] <= clip <= CLIPS[1]:
        yield replace(experiment, clip=clip)


def normed(experiment: Experiment) -> Iterator[Experiment]:
    """Batch norm, which keeps the gradient over a few layers (Ioffe & Szegedy 2015); over many it
    makes it explode (Yang et al. 2019), and skips are added (He et al. 2016). Not where a batch has
    but one point.
    """
    far = experiment.depth >= LONG_WAY or experiment.normalizes_points
    with suppress(ExperimentError):
        yield _changed(experiment, norm="batch", skip=experiment.skip or far)


def biased(experiment: Experiment) -> Iterator[Experiment]:
    """Biases that differ: the units at the origin do, too, and layer norm has a spread there."""
    if experiment.start is None:
        yield replace(experiment, bias="as_weights")


def whole_batch(experiment: Experiment) -> Iterator[Experiment]:
    """All points in a step."""
    yield replace(experiment, batch=None)


def completed(experiment: Experiment) -> Iterator[Experiment]:
    """Batch norm where there is another norm, or skips but no norm."""
    if not experiment.normalizes_points and (experiment.skip or experiment.norm != NO_NORM):
        yield from normed(experiment)


def skipped(experiment: Experiment) -> Iterator[Experiment]:
    """Ways past the layers, which pass the error on as it is."""
    yield _changed(experiment, skip=True)


def drawn(experiment: Experiment, init: str) -> Experiment:
    """From weights as such an initializer has them, whatever they were before."""
    return replace(experiment, init=init, gain=1.0, start=None)


def _activated(experiment: Experiment, activation: str) -> Experiment:
    """Under another activation, with its default parameter."""
    return _changed(experiment, activation=activation, activation_parameter=None)


def _at_least(experiment: Experiment, units: int) -> Experiment:
    """With so many units in each hidden layer that has fewer."""
    return _changed(experiment, hidden=tuple(max(units, width) for width in experiment.widths))


def _changed(experiment: Experiment, **fields: Any) -> Experiment:
    """With other values of some fields, and without what then does not fit: weights of one's own,
    labels that are broadcast.
    """
    if "output" in fields and OUTPUTS[fields["output"]].in_nats:
        fields["broadcast"] = False
    drawn = replace(experiment, start=None, **fields)
    fits = (drawn.sizes, drawn.phi.pieces) == (experiment.sizes, experiment.phi.pieces)
    return replace(drawn, start=experiment.start) if fits else drawn


def _fitting(experiment: Experiment) -> Experiment:
    """From those standard weights under which the gradient should change least."""
    return min((drawn(experiment, init) for init in STANDARD_INITS), key=_change)


def _change(experiment: Experiment) -> float:
    """By how much theory expects the gradient to grow or to shrink, as a logarithm."""
    total = arriving(experiment)
    return abs(math.log(total)) if 0 < total < math.inf else math.inf


def arriving(experiment: Experiment) -> float:
    """The share of the output's delta that theory expects in the first layer.

    NaN where it says nothing: under norms, of weights of one's own, and of those whose mean is not
    0.
    """
    if experiment.start is not None or experiment.initializer.one_sided:
        return math.nan
    if experiment.norm != NO_NORM and experiment.depth:
        return math.nan
    return _relative_delta(before_training(experiment)) if experiment.depth else 1.0


@lru_cache(maxsize=512)
def _relative_delta(initial: Experiment) -> float:
    return float(mean_field(initial).relative_delta[0])
