"""What a program builds and how it trains that: what every dialect describes, with lines.

A description says what the program does, be it a mistake or not, and knows no experiment:
``conversion`` makes one of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from models.reading.reading import Assumed, Unread


@dataclass(frozen=True)
class Draw:
    """What a parameter's entries start as: independent draws, an orthogonal matrix, or numbers.

    Attributes:
        kind: ``uniform`` (low, high), ``normal`` (mean, deviation), ``orthogonal`` (gain,),
            ``constant`` (value,), ``given`` (rows of numbers, W as [fan_in][fan_out]), or
            ``other`` (name,), which the lab cannot draw.
        arguments: of the kind, as above.
        line: where the program says so; 0: the framework's default.
    """

    kind: str
    arguments: tuple
    line: int = 0

    @property
    def deviation(self) -> float:
        """Root mean square of an entry's deviation from its mean; of an orthogonal matrix, 1."""
        if self.kind == "uniform":
            low, high = self.arguments
            return (high - low) / math.sqrt(12)
        return {"normal": lambda: self.arguments[1], "orthogonal": lambda: self.arguments[0]}.get(
            self.kind, lambda: 0.0
        )()


@dataclass(frozen=True)
class Dense:
    """A layer of weighted sums: ``inputs`` x ``outputs`` weights, and biases unless None."""

    inputs: int
    outputs: int
    weight: Draw
    bias: Draw | None
    line: int


@dataclass(frozen=True)
class Nonlinearity:
    """What is made of each sum: a key of ``models.ACTIVATIONS``, or ``softmax``, ``log_softmax``,
    ``log_sigmoid``; any other name is one that the lab has not.
    """

    name: str
    parameter: float | None
    line: int


@dataclass(frozen=True)
class Norm:
    """A normalisation of what comes before it; ``name``: a key of ``models.norms.NORMS``."""

    name: str
    line: int


@dataclass(frozen=True)
class Skip:
    """Here what went into the last dense layer is added to what came out of it."""

    line: int


Layer = Dense | Nonlinearity | Norm | Skip


@dataclass(frozen=True)
class Loss:
    """What judges the answer.

    Attributes:
        name: ``bce``, ``bce_logits``, ``mse``, ``cross_entropy`` (of logits), ``nll`` (of logs),
            ``categorical`` (of probabilities), or another name, which the lab has not.
        factor: of the points' mean; 4.0 where four points are summed.
        line: where it is made.
        reduction: ``mean``, or ``sum``.
        stops: whether the framework itself stops where the answer is no probability.
    """

    name: str
    factor: float
    line: int
    reduction: str = "mean"
    stops: bool = False


@dataclass(frozen=True)
class Descent:
    """An optimizer.

    Attributes:
        name: a key of ``models.optimizers.OPTIMIZERS``, or another name, which the lab has not.
        arguments: ``learning_rate``, ``momentum``, ``weight_decay``: what the program gives.
        line: where it is made.
        lines: of the arguments.
        moves: the parameters it has: ``all`` of the network's, ``some`` or ``none`` of them.
    """

    name: str
    arguments: Mapping[str, float] = field(hash=False)
    line: int
    lines: Mapping[str, int] = field(default_factory=dict, hash=False)
    moves: str = "all"


@dataclass(frozen=True)
class Data:
    """What is to be learned.

    Attributes:
        inputs: rows of numbers, in the program's order; None: not in the program.
        labels: numbers, one a point; of one-hot rows which entry is 1 (then ``one_hot``).
        label_shape: as they meet the answer in the loss, such as (4,) or (4, 1).
        answer_shape: of what meets them there.
        label_type: ``float``, ``int`` or ``bool``, where the framework minds; else ``float``.
        inputs_line: where the inputs are given.
        labels_line: where the labels are given.
        one_hot: whether labels were rows of one 1.
    """

    inputs: tuple[tuple[float, ...], ...] | None
    labels: tuple[float, ...] | None
    label_shape: tuple[int, ...]
    answer_shape: tuple[int, ...]
    label_type: str
    inputs_line: int
    labels_line: int
    one_hot: bool = False


@dataclass(frozen=True)
class Loop:
    """How often what happens.

    Attributes:
        steps: descent steps in all; of a program that takes none, how often it could.
        batch: points of a step; None: all.
        order: ``fixed`` or ``shuffled``.
        zeroes: whether gradients are set to zero between two steps.
        takes_steps: whether any step is taken.
        line: of the loop.
        batch_line: where the batch's size is given.
        backward_line: where gradients are computed.
        zero_line: where gradients are set to zero, if not where that helps; 0: nowhere.
        stops_early: whether it stops once its loss is small.
    """

    steps: int
    batch: int | None
    order: str
    zeroes: bool
    takes_steps: bool
    line: int
    batch_line: int = 0
    backward_line: int = 0
    zero_line: int = 0
    stops_early: bool = False


@dataclass(frozen=True)
class Network:
    """A program's network and its training.

    Attributes:
        dialect: one of ``reading.DIALECTS``.
        layers: from the inputs to the answer, what the last layer's sums go through included.
        loss: what judges it.
        descent: what moves it.
        data: what is to be learned.
        loop: how often what happens.
        dtype: ``float32`` or ``float64``.
        dtype_line: where that is said; 0: nowhere.
        seed: as the program has it; None: it has none.
        seed_line: where it stands.
        clip: the largest norm of the whole gradient; None: any.
        clip_line: where it stands.
        unit_gradient: whether each layer's gradient is divided by its norm.
        networks: trained side by side; None: one, as programs do.
        assumed: what the dialect has assumed beyond what ``conversion`` sees.
        unread: statements that were not understood.
    """

    dialect: str
    layers: tuple[Layer, ...]
    loss: Loss
    descent: Descent
    data: Data
    loop: Loop
    dtype: str = "float32"
    dtype_line: int = 0
    seed: int | None = None
    seed_line: int = 0
    clip: float | None = None
    clip_line: int = 0
    unit_gradient: bool = False
    unit_line: int = 0
    networks: int | None = None
    networks_line: int = 0
    assumed: tuple[Assumed, ...] = ()
    unread: tuple[Unread, ...] = ()

    @property
    def dense(self) -> tuple[Dense, ...]:
        """The layers of weighted sums."""
        return tuple(layer for layer in self.layers if isinstance(layer, Dense))
