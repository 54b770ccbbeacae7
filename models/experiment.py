"""What is trained: one frozen value that is the sidebar's answer, the cache's key and the link."""

import math
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.activations import ACTIVATIONS, Activation
from models.initializers import (
    BIASES,
    INITIALIZERS,
    Distribution,
    Initializer,
    Parameters,
    draw_parameters,
)
from models.norms import NO_NORM, NORMS
from models.optimizers import OPTIMIZERS, Optimizer
from models.outputs import OUTPUTS, Output, broadcast
from models.own_weights import Start, as_parameters, as_start
from models.shape import Shape
from models.tasks import INPUTS, TASKS, Task

DTYPES = {"float32": torch.float32, "float64": torch.float64}
ORDERS = ("fixed", "shuffled")
CHOICES = {
    "activation": tuple(ACTIVATIONS),
    "init": tuple(INITIALIZERS),
    "optimizer": tuple(OPTIMIZERS),
    "dtype": tuple(DTYPES),
    "output": tuple(OUTPUTS),
    "data": tuple(TASKS),
    "bias": BIASES,
    "order": ORDERS,
    "norm": (NO_NORM, *NORMS),
}
RANGES = {
    "depth": (0, 50),
    "width": (1, 128),
    "steps": (1, 200_000),
    "networks": (1, 256),
    "seed": (0, 2**31 - 1),
}
REALS = {"gain": (0.001, 100.0), "weight_decay": (0.0, 100.0)}
LEARNING_RATES = (0.0, 1000.0)
MOMENTA = (0.0, 0.999)
CLIPS = (1e-6, 1e6)
_BRIEF = reprlib.Repr()
_BRIEF.maxstring = _BRIEF.maxlong = _BRIEF.maxother = 500  # only what is nested is long


class ExperimentError(ValueError):
    """A field of an experiment has a value that is not allowed.

    Attributes:
        field: the field's name.
        value: what was given.
        allowed: what may be given, in words.
    """

    def __init__(self, field: str, value: object, allowed: str):
        super().__init__(f"{field} = {_BRIEF.repr(value)} is not possible; allowed: {allowed}")
        self.field, self.value, self.allowed = field, value, allowed


@dataclass(frozen=True, repr=False)
class Experiment:
    """Networks of one kind, trained on a gate of two inputs by descent.

    What the last layer answers and its loss are the ``output``. Every wrong value raises an
    ``ExperimentError`` (a ``ValueError``) that names the field, the value and what is allowed.
    """

    activation: str = "sigmoid"  # of the hidden layers, a key of ACTIVATIONS
    depth: int = 9  # hidden layers = hidden activations; 0 is the perceptron
    width: int = 10  # units of each hidden layer; of unequal ones the most
    init: str = "lecture"  # a key of INITIALIZERS
    optimizer: str = "sgd"  # a key of OPTIMIZERS
    learning_rate: float = 0.1
    steps: int = 1_000  # descent steps, each on one batch of points
    networks: int = 64  # trained side by side, each from its own seed
    seed: int = 0  # network i starts from seed + i
    dtype: str = "float32"
    activation_parameter: float | None = None  # leaky ReLU's slope, ELU's alpha; None: the default
    output: str = "sigmoid"  # the last layer and its loss, a key of OUTPUTS
    data: str = "xor"  # what is to be learned, a key of TASKS
    hidden: tuple[int, ...] | None = None  # units of unequal hidden layers; it rules depth, width
    gain: float = 1.0  # multiplies what the initializer draws
    bias: str = "own"  # how biases start, one of BIASES
    momentum: float | None = None  # None: the optimizer's default, if it has momentum
    weight_decay: float = 0.0  # L2, as torch.optim has it
    batch: int | None = None  # points of a step; None: all of them
    order: str = "fixed"  # in which the batches take the points, one of ORDERS
    start: Start | None = None  # weights of one's own, for one network
    norm: str = NO_NORM  # of the hidden layers' pre-activations, a key of NORMS
    skip: bool = False  # a way past each hidden layer that is as wide as the one before
    clip: float | None = None  # the largest norm of a network's whole gradient; None: any
    unit_gradient: bool = False  # each layer's gradient is divided by its own norm
    accumulate: bool = False  # gradients add up from step to step: a mistake, no zero_grad()
    broadcast: bool = False  # every answer is compared with all labels: a mistake in their shape

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            if not isinstance(value, str) or value not in choices:
                raise ExperimentError(name, value, ", ".join(choices))
        self._set_widths()
        for name, (low, high) in RANGES.items():
            self._set(name, _checked_whole(name, getattr(self, name), low, high))
        for name, (lowest, highest) in REALS.items():
            value = _real(getattr(self, name))
            if value is None or not lowest <= value <= highest:
                allowed = f"numbers from {lowest:g} to {highest:g}"
                raise ExperimentError(name, getattr(self, name), allowed)
            self._set(name, value)
        rate = _real(self.learning_rate)
        if rate is None or not LEARNING_RATES[0] < rate <= LEARNING_RATES[1]:
            allowed = f"numbers above {LEARNING_RATES[0]:g}, up to {LEARNING_RATES[1]:g}"
            raise ExperimentError("learning_rate", self.learning_rate, allowed)
        self._set("learning_rate", rate)
        self._set("activation_parameter", self._checked_parameter())
        self._set("momentum", self._checked_momentum())
        self._set_batch()
        self._set_ways()
        self._set("clip", self._checked_clip())
        self._set("unit_gradient", self._flag("unit_gradient"))
        self._set("accumulate", self._flag("accumulate"))
        self._set_broadcast()
        if self.start is not None:
            self._set("start", self._checked_start())

    def _set(self, name: str, value: Any) -> None:
        """Put a checked value in, so that equal runs are equal keys."""
        object.__setattr__(self, name, value)

    def _set_widths(self) -> None:
        """Unequal layers rule depth and width; equal ones are told by these alone."""
        if self.hidden is None:
            return
        (_, deepest), (low, high) = RANGES["depth"], RANGES["width"]
        allowed = f"None, or up to {deepest} whole numbers from {low} to {high}"
        if not isinstance(self.hidden, list | tuple) or len(self.hidden) > deepest:
            raise ExperimentError("hidden", self.hidden, allowed)
        given = [_whole(width) for width in self.hidden]
        widths = tuple(width for width in given if width is not None and low <= width <= high)
        if len(widths) < len(given):
            raise ExperimentError("hidden", self.hidden, allowed)
        self._set("depth", len(widths))
        self._set("width", max(widths, default=self.width))
        self._set("hidden", widths if len(set(widths)) > 1 else None)

    def _set_batch(self) -> None:
        """All points at once have no order."""
        if self.batch is not None:
            points = self.task.points
            batch = _whole(self.batch)
            if batch is None or not 1 <= batch <= points:
                allowed = f"None (all points) or whole numbers from 1 to {points}"
                raise ExperimentError("batch", self.batch, allowed)
            self._set("batch", batch if batch < points else None)
        if self.batch is None:
            self._set("order", "fixed")

    def _set_ways(self) -> None:
        """Norms and skips that have no place are none."""
        if not self.depth:
            self._set("norm", NO_NORM)
        self._set("skip", self._flag("skip"))
        if not any(map(self.shape.is_skipped, range(self.depth))):
            self._set("skip", False)
        if self.normalizes_points and self._least_batch < 2:
            points = self.task.points
            fitting = [size for size in range(2, points) if points % size != 1]
            allowed = ", ".join(["None (all points)", *map(str, fitting)])
            why = f"{self.norm} norm divides by the spread of a batch's points, and one has none"
            raise ExperimentError("batch", self.batch, f"{allowed}: {why}")

    def _set_broadcast(self) -> None:
        """A single point has one label to be compared with."""
        self._set("broadcast", self._flag("broadcast") and self.batch != 1)
        if self.broadcast and OUTPUTS[self.output].in_nats:
            why = "PyTorch refuses labels of another shape than the answers but for squared errors"
            raise ExperimentError("broadcast", True, f"False: {why}")

    @property
    def _least_batch(self) -> int:
        """Points of an epoch's smallest batch, its last one."""
        return self.task.points % self.batch_points or self.batch_points

    def _checked_clip(self) -> float | None:
        if self.clip is None:
            return None
        value, (low, high) = _real(self.clip), CLIPS
        if value is None or not low <= value <= high:
            raise ExperimentError("clip", self.clip, f"None, or numbers from {low:g} to {high:g}")
        return value

    def _flag(self, name: str) -> bool:
        value = getattr(self, name)
        if not isinstance(value, bool | np.bool_):
            raise ExperimentError(name, value, "True, False")
        return bool(value)

    def _checked_start(self) -> Start:
        if self.networks != 1:
            raise ExperimentError(
                "start", self.start, "None, or weights of one network: networks=1"
            )
        shape = self.shape
        fans = [(shape.fan_in(layer), shape.fan_out(layer)) for layer in range(shape.layers)]
        try:
            return as_start(self.start, fans)
        except ValueError as wrong:
            raise ExperimentError("start", self.start, f"None, or {wrong}") from wrong

    def _checked_momentum(self) -> float | None:
        """The momentum with its default put in."""
        given, default = self.momentum, self.descent.momentum
        if default is None:
            if given is not None:
                raise ExperimentError("momentum", given, f"None: {self.optimizer} has no momentum")
            return None
        value, (low, high) = _real(default if given is None else given), MOMENTA
        above = self.optimizer == "nesterov"  # PyTorch asks for some
        if value is None or not low <= value <= high or (above and not value):
            allowed = f"numbers {'above' if above else 'from'} {low:g} to {high:g}"
            raise ExperimentError("momentum", given, allowed)
        return value

    def _checked_parameter(self) -> float | None:
        """The activation's parameter with its default put in, so that equal runs are equal keys."""
        given, parameter = self.activation_parameter, ACTIVATIONS[self.activation].parameter
        if parameter is None:
            if given is not None:
                allowed = f"None: {self.activation} has no parameter"
                raise ExperimentError("activation_parameter", given, allowed)
            return None
        value = _real(parameter.default if given is None else given)
        if value is None or not parameter.low <= value <= parameter.high:
            allowed = f"{parameter.symbol} from {parameter.low:g} to {parameter.high:g}"
            raise ExperimentError("activation_parameter", given, allowed)
        return value

    def __repr__(self) -> str:
        """What is not as usual; it makes the experiment anew."""
        own = {name: value for name, value in vars(self).items() if value != _USUAL[name]}
        return f"Experiment({', '.join(f'{name}={value!r}' for name, value in own.items())})"

    @property
    def identity(self) -> tuple:
        """Every field's value but ``steps``: what makes two runs one that is only longer."""
        return tuple(value for name, value in vars(self).items() if name != "steps")

    @property
    def phi(self) -> Activation:
        """The hidden activation."""
        return ACTIVATIONS[self.activation]

    @property
    def parameter_label(self) -> str:
        """The activation's parameter with its value, ``a = 0.1``; empty where it has none."""
        parameter = self.phi.parameter
        return "" if parameter is None else f"{parameter.symbol} = {self.activation_parameter:g}"

    @property
    def initializer(self) -> Initializer:
        """The kind of the weights' distribution."""
        return INITIALIZERS[self.init]

    @property
    def distribution(self) -> Distribution:
        """What the initial weights and biases are drawn from, if they are not one's own."""
        return Distribution(self.initializer, self.gain, self.bias)

    @property
    def output_layer(self) -> Output:
        """The last layer and its loss."""
        output = OUTPUTS[self.output]
        return broadcast(output) if self.broadcast else output

    @property
    def compared(self) -> Tensor:
        """[P] what each point's answer is compared with: its label, or the share of all that are 1
        where labels are broadcast (float64).
        """
        labels = self.task.labels
        return torch.full_like(labels, self.task.share) if self.broadcast else labels

    @property
    def is_mistaken(self) -> bool:
        """Whether something in it is a mistake of a program, trained as it is."""
        return self.accumulate or self.broadcast or bool(self.output_layer.meant)

    @property
    def normalizes_points(self) -> bool:
        """Whether its pre-activations are normalised over the points: what one point is answered
        depends on the others.
        """
        return self.norm in NORMS and NORMS[self.norm].over_points

    @property
    def normalizes_units(self) -> bool:
        """Whether they are normalised over a layer's units."""
        return self.norm in NORMS and not NORMS[self.norm].over_points

    @property
    def changes_gradient(self) -> bool:
        """Whether a step follows something else than its own gradient."""
        return self.clip is not None or self.unit_gradient or self.accumulate

    @property
    def descent(self) -> type[Optimizer]:
        """How a step is made of the gradient."""
        return OPTIMIZERS[self.optimizer]

    @property
    def reach(self) -> float:
        """How much further a step goes than rate times gradient once it has gone on for long.

        0: steps do not grow with the gradient. Where gradients add up, the last step holds all.
        """
        follows = self.descent.follows and not self.unit_gradient
        reach = 1 / (1 - (self.momentum or 0.0)) if follows else 0.0
        return reach * self.steps if self.accumulate else reach

    @property
    def task(self) -> Task:
        """What is to be learned."""
        return TASKS[self.data]

    @property
    def batch_points(self) -> int:
        """How many points a step is shown, but for an epoch's last one, which has what is left."""
        return self.batch or self.task.points

    @property
    def epoch(self) -> int:
        """Steps until every point was shown once more."""
        return math.ceil(self.task.points / self.batch_points)

    @property
    def plateaus(self) -> dict[str, float]:
        """Heights by name at which the loss rests while points are merged, the highest first."""
        return self.output_layer.plateaus(self.task)

    @property
    def lowest_plateau(self) -> float:
        """The least loss of a network that gives two points of unlike label one answer."""
        return min(self.plateaus.values())

    @property
    def torch_dtype(self) -> torch.dtype:
        """The precision the networks are trained in."""
        return DTYPES[self.dtype]

    @property
    def layers(self) -> int:
        """Weight layers: the hidden ones and the output."""
        return self.depth + 1

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of each hidden layer."""
        return (self.width,) * self.depth if self.hidden is None else self.hidden

    @property
    def sizes(self) -> list[int]:
        """Units per layer, from the two inputs to the answer."""
        return [INPUTS, *self.widths, self.output_layer.units]

    @property
    def shape(self) -> Shape:
        """How large one network is."""
        return Shape(tuple(self.sizes), self.phi.pieces, self.task.points, self.norm, self.skip)

    @property
    def parameter_count(self) -> int:
        """Weights, biases, norms' scales and shifts of one network; Maxout's layers count twice."""
        return self.shape.parameters

    def with_activation(self, activation: str, parameter: float | None = None) -> "Experiment":
        """The same experiment, from the same initial weights, under another activation."""
        return replace(self, activation=activation, activation_parameter=parameter)

    def with_widths(self, widths: Sequence[int]) -> "Experiment":
        """The same experiment with other hidden layers."""
        return replace(self, hidden=tuple(widths))

    def at_rate(self, rate: float) -> "Experiment":
        """The same experiment at another learning rate."""
        return replace(self, learning_rate=rate)

    def with_optimizer(
        self, optimizer: str, rate: float, momentum: float | None = None
    ) -> "Experiment":
        """The same experiment under another optimizer, by default with that one's momentum."""
        return replace(self, optimizer=optimizer, learning_rate=rate, momentum=momentum)


_USUAL = {field.name: field.default for field in fields(Experiment)}


def checked(experiment: Experiment) -> Experiment:
    """The experiment itself.

    Raises:
        TypeError: it is something else.
    """
    if not isinstance(experiment, Experiment):
        example = 'Experiment(activation="relu", depth=9, ...)'
        raise TypeError(f"{experiment!r} is not an Experiment; allowed: {example}")
    return experiment


def initial_parameters(experiment: Experiment, networks: Sequence[int] | None = None) -> Parameters:
    """Where a run starts, for any other framework to start from too.

    Args:
        experiment: the run.
        networks: which of its networks; by default all, E of them.

    Returns:
        For each layer ``(W [E, fan_in, fan_out], b [E, fan_out])`` in the experiment's dtype.
        Network ``i`` depends on ``seed + i`` alone. A hidden layer of Maxout has ``fan_out = 2 *
        width``: the first weight set, then the second.

    Raises:
        TypeError: ``experiment`` is something else.
    """
    checked(experiment)
    which = range(experiment.networks) if networks is None else networks
    if experiment.start is not None:
        layers = as_parameters(experiment.start, experiment.torch_dtype)
        return [(w.expand(len(which), -1, -1), b.expand(len(which), -1)) for w, b in layers]
    seeds = [experiment.seed + i for i in which]
    return draw_parameters(
        experiment.distribution,
        experiment.sizes,
        experiment.phi.pieces,
        seeds,
        experiment.torch_dtype,
    )


def _checked_whole(name: str, value: Any, low: int, high: int) -> int:
    whole = _whole(value)
    if whole is None or not low <= whole <= high:
        raise ExperimentError(name, value, f"whole numbers from {low} to {high}")
    return whole


def _whole(value: Any) -> int | None:
    """``value`` as an int if it is a whole number (NumPy's count, ``True`` does not)."""
    real = _real(value)
    return int(real) if real is not None and real == int(real) else None


def _real(value: Any) -> float | None:
    """``value`` as a finite float if it is a number (NumPy's count, ``True`` does not)."""
    if isinstance(value, bool | np.bool_ | str | bytes) or value is None:
        return None
    try:
        real = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return real if math.isfinite(real) else None
