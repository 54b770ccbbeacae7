"""What is trained: one frozen value that is the sidebar's answer, the cache's key and the link."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from models.activations import ACTIVATIONS, Activation
from models.initializers import INITIALIZERS, Initializer, Parameters, draw_parameters
from models.optimizers import OPTIMIZERS, Optimizer
from models.outputs import OUTPUTS, Output
from models.shape import Shape
from models.tasks import INPUTS, XOR, Task

DTYPES = {"float32": torch.float32, "float64": torch.float64}
CHOICES = {
    "activation": tuple(ACTIVATIONS),
    "init": tuple(INITIALIZERS),
    "optimizer": tuple(OPTIMIZERS),
    "dtype": tuple(DTYPES),
    "output": tuple(OUTPUTS),
}
RANGES = {
    "depth": (0, 50),
    "width": (1, 128),
    "steps": (1, 200_000),
    "networks": (1, 256),
    "seed": (0, 2**31 - 1),
}
LEARNING_RATES = (0.0, 1000.0)


class ExperimentError(ValueError):
    """A field of an experiment has a value that is not allowed.

    Attributes:
        field: the field's name.
        value: what was given.
        allowed: what may be given, in words.
    """

    def __init__(self, field: str, value: object, allowed: str):
        super().__init__(f"{field} = {value!r} is not possible; allowed: {allowed}")
        self.field, self.value, self.allowed = field, value, allowed


@dataclass(frozen=True)
class Experiment:
    """Networks of one kind, trained on XOR by full-batch descent.

    The last layer is one unit; what it answers and its loss are the ``output``. Every wrong value
    raises an ``ExperimentError`` (a ``ValueError``) that names the field, the value and what is
    allowed.
    """

    activation: str = "sigmoid"  # of the hidden layers, a key of ACTIVATIONS
    depth: int = 9  # hidden layers = hidden activations; 0 is the perceptron
    width: int = 10  # units of each hidden layer
    init: str = "lecture"  # a key of INITIALIZERS
    optimizer: str = "sgd"  # a key of OPTIMIZERS
    learning_rate: float = 0.1
    steps: int = 1_000  # descent steps, each on all four points
    networks: int = 64  # trained side by side, each from its own seed
    seed: int = 0  # network i starts from seed + i
    dtype: str = "float32"
    activation_parameter: float | None = None  # leaky ReLU's slope, ELU's alpha; None: the default
    output: str = "sigmoid"  # the last unit and its loss, a key of OUTPUTS

    def __post_init__(self) -> None:
        for name, choices in CHOICES.items():
            value = getattr(self, name)
            if not isinstance(value, str) or value not in choices:
                raise ExperimentError(name, value, ", ".join(choices))
        for name, (low, high) in RANGES.items():
            value = _whole(getattr(self, name))
            if value is None or not low <= value <= high:
                allowed = f"whole numbers from {low} to {high}"
                raise ExperimentError(name, getattr(self, name), allowed)
            object.__setattr__(self, name, value)
        rate = _real(self.learning_rate)
        if rate is None or not LEARNING_RATES[0] < rate <= LEARNING_RATES[1]:
            allowed = f"numbers above {LEARNING_RATES[0]:g}, up to {LEARNING_RATES[1]:g}"
            raise ExperimentError("learning_rate", self.learning_rate, allowed)
        object.__setattr__(self, "learning_rate", rate)
        object.__setattr__(self, "activation_parameter", self._checked_parameter())

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
        """The weights' distribution."""
        return INITIALIZERS[self.init]

    @property
    def output_layer(self) -> Output:
        """The output unit and its loss."""
        return OUTPUTS[self.output]

    @property
    def descent(self) -> type[Optimizer]:
        """How a step is made of the gradient."""
        return OPTIMIZERS[self.optimizer]

    @property
    def task(self) -> Task:
        """What is to be learned."""
        return XOR

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
    def sizes(self) -> list[int]:
        """Units per layer, from the two inputs to the one output."""
        return [INPUTS] + [self.width] * self.depth + [1]

    @property
    def shape(self) -> Shape:
        """How large one network is."""
        return Shape(tuple(self.sizes), self.phi.pieces, self.task.points)

    @property
    def parameter_count(self) -> int:
        """Weights and biases of one network; Maxout's hidden layers count twice."""
        return self.shape.parameters

    def with_activation(self, activation: str, parameter: float | None = None) -> "Experiment":
        """The same experiment, from the same initial weights, under another activation."""
        return replace(self, activation=activation, activation_parameter=parameter)


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
    seeds = [experiment.seed + i for i in which]
    return draw_parameters(
        experiment.initializer,
        experiment.sizes,
        experiment.phi.pieces,
        seeds,
        experiment.torch_dtype,
    )


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
