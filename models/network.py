"""Many small networks at once: forward and backward by hand, in buffers made once.

Everything is indexed the same way, whatever lies in memory:

    weights  [L, E, 1 + fan_in, fan_out]   row 0 is the bias, layer 1 first
    hidden   [L, E, P, 1 + fan_in]         the input of each layer, column 0 is the constant one
    z        [H, E, P, fan_out]            pre-activations of the hidden layers
    deltas   [L, E, P, fan_out]            dLoss_p / dz, each point's own loss
    answers  [E, P, K]                     pre-activations of the last layer
    logits   [E, P, 1]                     what the output makes of them: of one unit the same

with E networks, H hidden layers, L = H + 1 layers, P points and K units in the last layer. A
smaller layer's unused rows and columns are zero and stay zero. How memory is laid out, and what is
fast in it, the layouts know; all else is written once for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from models.activations import Activation
from models.initializers import Parameters
from models.outputs import Labels, Output, with_signs
from models.shape import Shape
from models.tasks import Task

if TYPE_CHECKING:
    from models.experiment import Experiment

Call = Callable[[], object]


@dataclass(frozen=True)
class Arm:
    """A contiguous slice of an ensemble's networks that share an activation and an output."""

    activation: Activation
    parameter: float | None
    networks: int
    output: Output

    @classmethod
    def of(cls, experiment: Experiment, networks: int, exact: bool = False) -> Arm:
        """So many networks of an experiment.

        Args:
            experiment: what they are.
            networks: how many.
            exact: with derivatives from their formulas, not from the shortcuts that training takes.
        """
        phi = experiment.phi.exact if exact else experiment.phi
        return cls(phi, experiment.activation_parameter, networks, experiment.output_layer)


class NetworksFirst:
    """Memory in the index order: one BLAS call a layer, batched over the networks.

    Best for wide networks, where a matrix product is worth a call, and for a single one.
    """

    def __init__(self, shape: Shape, networks: int, dtype: torch.dtype):
        self.networks = networks

    @staticmethod
    def scratch(shape: Shape, networks: int) -> int:
        """Entries of memory of its own: none."""
        return 0

    def zeros(self, *shape: int, dtype: torch.dtype) -> Tensor:
        """A zero tensor, indexed ``[L, E, rows, columns]``."""
        return torch.zeros(shape, dtype=dtype)

    def product(self, left: Tensor, right: Tensor, out: Tensor) -> Call:
        """``out [E, P, m] = left [E, P, k] @ right [E, k, m]``, to be called at every step."""
        if self.networks == 1:
            return partial(torch.mm, left[0], right[0], out=out[0])
        return partial(torch.bmm, left, right, out=out)

    def outer(self, hidden: Tensor, deltas: Tensor) -> Tensor | tuple:
        """Operands of ``add_outer``."""
        return hidden.flatten(0, 1).mT, deltas.flatten(0, 1)

    def blocks(self, target: Tensor) -> Tensor:
        """``target [L, E, rows, columns]`` as ``add_outer`` wants it."""
        return target.flatten(0, 1)

    def add_outer(self, target: Tensor, blocks: Tensor, operands: tuple, scale: float) -> None:
        """``target += scale * sum over points of hidden^T deltas``, all layers in one operation."""
        blocks.baddbmm_(*operands, alpha=scale)


class PointsLast(NetworksFirst):
    """The points are the last axis in memory: every operation on a unit runs along them.

    Best for many points, such as a picture's. Of the weights the networks are the first axis.
    """

    def zeros(self, *shape: int, dtype: torch.dtype) -> Tensor:
        """A zero tensor, indexed ``[L, E, rows, columns]``."""
        layers, networks, rows, columns = shape
        return torch.zeros(layers, networks, columns, rows, dtype=dtype).mT


class NetworksLast:
    """The networks are the last axis in memory: every operation runs along them.

    Best for many narrow networks: a product of 5 x 5 matrices is not worth a BLAS call, but the
    same entry of 256 matrices is one vector instruction after the other.
    """

    def __init__(self, shape: Shape, networks: int, dtype: torch.dtype):
        self.terms = torch.zeros(self.scratch(shape, networks), dtype=dtype)

    @staticmethod
    def scratch(shape: Shape, networks: int) -> int:
        """Entries of memory of its own: a product's terms, before they are summed."""
        return shape.rows * shape.points * shape.columns * networks

    def zeros(self, *shape: int, dtype: torch.dtype) -> Tensor:
        """A zero tensor, indexed ``[L, E, rows, columns]``."""
        layers, networks, rows, columns = shape
        return torch.zeros(layers, rows, columns, networks, dtype=dtype).permute(0, 3, 1, 2)

    def product(self, left: Tensor, right: Tensor, out: Tensor) -> Call:
        """``out [E, P, m] = left [E, P, k] @ right [E, k, m]``, to be called at every step."""
        networks, points, inner = left.shape
        columns = right.shape[2]
        left = left.permute(2, 1, 0).unsqueeze(2)  # [k, P, 1, E]
        right = right.permute(1, 2, 0).unsqueeze(1)  # [k, 1, m, E]
        shape = (inner, points, columns, networks)
        terms = self.terms[: inner * points * columns * networks].view(shape)
        out = out.permute(1, 2, 0)

        def multiply_and_sum() -> None:
            torch.mul(left, right, out=terms)
            torch.sum(terms, 0, out=out)

        return multiply_and_sum

    def outer(self, hidden: Tensor, deltas: Tensor) -> tuple:
        """Operands of ``add_outer``: one pair a point."""
        return tuple(
            (hidden[:, :, point].unsqueeze(3), deltas[:, :, point].unsqueeze(2))
            for point in range(hidden.shape[2])
        )

    def blocks(self, target: Tensor) -> Tensor:
        """``target`` as ``add_outer`` wants it."""
        return target

    def add_outer(self, target: Tensor, blocks: Tensor, operands: tuple, scale: float) -> None:
        """``target += scale * sum over points of hidden^T deltas``, one operation a point."""
        for column, row in operands:
            blocks.addcmul_(column, row, value=scale)


Layout = NetworksFirst | NetworksLast
LayoutKind = type[NetworksFirst] | type[NetworksLast]
MANY_POINTS = 128


def best_layout(networks: int, columns: int, points: int) -> LayoutKind:
    """The layout that is faster for this shape (measured: tests/benchmarks/engine.py)."""
    if points >= MANY_POINTS:
        return PointsLast
    return NetworksLast if columns <= 12 and networks >= 16 else NetworksFirst


def buffer_entries(shape: Shape, networks: int) -> int:
    """Entries of all that an ensemble computes in, its layout's included, without the weights."""
    scratch = best_layout(networks, shape.columns, shape.points).scratch(shape, networks)
    return networks * shape.buffers + scratch


class Step(Protocol):
    """A part of the pass: what it adds to the plan, bound to the views that it reads and writes."""

    def forward(self) -> Iterator[Call]:
        """What is called on the way from the inputs to the answer."""

    def backward(self) -> Iterator[Call]:
        """What is called on the way back."""


@dataclass(frozen=True)
class Dense:
    """``z = hidden W``, the bias included, and back ``error = delta W^T``, dLoss_p / dh.

    Attributes:
        layout: computes the products.
        weights: [E, 1 + fan_in, fan_out].
        hidden: [E, P, 1 + fan_in], with the constant one.
        z: [E, P, fan_out].
        delta: [E, P, fan_out].
        error: [E, P, fan_in] of what is before it; None: the inputs are, which need none.
    """

    layout: Layout
    weights: Tensor
    hidden: Tensor
    z: Tensor
    delta: Tensor
    error: Tensor | None

    def forward(self) -> Iterator[Call]:
        """``z``."""
        yield self.layout.product(self.hidden, self.weights, self.z)

    def backward(self) -> Iterator[Call]:
        """``error``."""
        if self.error is not None:
            yield self.layout.product(self.delta, self.weights[:, 1:].mT, self.error)


@dataclass(frozen=True)
class Activate:
    """``out = phi(z)``, arm by arm, and back ``delta *= error``, piece by piece.

    The slopes ``phi'(z)`` wait in ``delta`` for the errors to come (``Ensemble.fill_slopes``): so
    there is less memory to go through.

    Attributes:
        arms: each with which of the networks are its own.
        pieces: of a unit.
        z: [E, P, pieces * units].
        out: [E, P, units].
        delta: [E, P, pieces * units].
        error: [E, P, units].
    """

    arms: Sequence[tuple[Arm, slice]]
    pieces: int
    z: Tensor
    out: Tensor
    delta: Tensor
    error: Tensor

    def forward(self) -> Iterator[Call]:
        """``out``."""
        for arm, part in self.arms:
            yield partial(arm.activation.activate, self.z[part], arm.parameter, self.out[part])

    def backward(self) -> Iterator[Call]:
        """``delta``."""
        slopes = self.delta.unflatten(-1, (self.pieces, -1))
        yield partial(slopes.mul_, self.error.unsqueeze(2))


@dataclass(frozen=True)
class Answer:
    """The loss of the answers, and back its slope.

    Attributes:
        outputs: each with which of the networks have it.
        z: [E, P, K] the last layer's pre-activations.
        logit: [E, P, 1] where what they make is computed: of a single unit ``z`` itself.
        labels: of the points.
        delta: [E, P, K].
    """

    outputs: Sequence[tuple[Output, slice]]
    z: Tensor
    logit: Tensor
    labels: Labels
    delta: Tensor

    def forward(self) -> Iterator[Call]:
        """``logit``; training does not ask for the loss."""
        if self.z is not self.logit:
            yield partial(torch.sub, self.z[..., 1:], self.z[..., :1], out=self.logit)

    def backward(self) -> Iterator[Call]:
        """``delta``: of two units, whose difference counts, the one's is the other's opposite."""
        last = self.delta[..., -1:]
        for output, part in self.outputs:
            yield output.plan_delta(self.logit[part], self.labels.of(part), last[part])
        if self.z is not self.logit:
            yield partial(torch.neg, last, out=self.delta[..., :1])

    def losses(self) -> Tensor:
        """[E, P] each point's own loss."""
        parts = [
            output.loss(self.logit[part], self.labels.of(part).values)
            for output, part in self.outputs
        ]
        return torch.cat(parts).squeeze(-1)


class Ensemble:
    """Networks of one shape, side by side, in contiguous slices of one kind each.

    Args:
        sizes: units of each layer, from the inputs to the answer.
        arms: the slices; all have the same number of pieces a unit.
        task: the points that are shown at first, and their labels.
        dtype: of every buffer.
        layout: how memory is laid out; by default what is fastest for the shape.
        beside: another ensemble of such networks, which is shown another number of points: its
            weights are theirs in common.
        apart: whether each network is shown points of its own.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        arms: Sequence[Arm],
        task: Task,
        dtype: torch.dtype,
        layout: LayoutKind | None = None,
        beside: Ensemble | None = None,
        apart: bool = False,
    ):
        self.shape = shape = Shape(tuple(sizes), arms[0].activation.pieces, task.points)
        self.networks = networks = sum(arm.networks for arm in arms)
        self.depth, self.layers, self.arms = shape.depth, shape.layers, tuple(arms)
        kind = layout or best_layout(networks, shape.columns, shape.points)
        if beside is not None:  # so that the weights lie as this one expects them
            kind = type(beside.layout)
        self.layout: Layout = kind(shape, networks, dtype)

        zeros = partial(self.layout.zeros, dtype=dtype)
        rows, columns, points = shape.rows, shape.columns, shape.points
        if beside is None:
            self.weights = zeros(shape.layers, networks, rows, columns)
        else:
            self.weights = beside.weights
        self.weight_blocks = self.layout.blocks(self.weights)
        self.hidden = zeros(shape.layers, networks, points, rows)
        self.hidden[..., 0] = 1
        self.z = zeros(shape.depth, networks, points, columns)
        self.deltas = zeros(shape.layers, networks, points, columns)
        self.answers = zeros(1, networks, points, shape.sizes[-1])[0]
        single = shape.sizes[-1] == 1
        self.logits = self.answers if single else zeros(1, networks, points, 1)[0]
        self._error = zeros(1, networks, points, rows - 1)[0]  # one buffer for all layers
        self._inputs = self.hidden[0, :, :, 1 : 1 + shape.fan_in(0)]
        self._labels = Labels(zeros(1, networks if apart else 1, points, 2)[0])
        self.show(task.inputs.to(dtype), with_signs(task.labels.to(dtype)))
        self._plan()

    def show(self, inputs: Tensor, labels: Tensor) -> None:
        """From now on pass these points, as many as before.

        Args:
            inputs: ``[P, 2]``, or ``[E, P, 2]`` for each network its own.
            labels: the same points' ``with_signs``.
        """
        self._inputs.copy_(inputs)
        self._labels.write(labels)

    def _plan(self) -> None:
        """Write a pass down as lists of calls, each bound to the views that it reads and writes.

        The buffers never move, so the views can be made once. To make one takes as long as to
        multiply small matrices: a plan that is only to be called is what makes a step fast.
        """
        arms, steps = list(_with_slices(self.arms)), list[Step]()
        for layer in range(self.depth):
            steps += [self._dense(layer, self.z[layer]), self._activate(layer, arms)]
        delta = self.deltas[-1, :, :, : self.shape.sizes[-1]]
        outputs = list(_outputs(arms))
        self._answer = Answer(outputs, self.answers, self.logits, self._labels, delta)
        steps += [self._dense(self.depth, self.answers), self._answer]
        self._forward = [call for step in steps for call in step.forward()]
        self._slopes = list(self._plan_slopes(arms))
        self._backward = [call for step in reversed(steps) for call in step.backward()]
        self._outer = self.layout.outer(self.hidden, self.deltas)

    def _dense(self, layer: int, z: Tensor) -> Dense:
        fan_in, fan_out = self.shape.fan_in(layer), self.shape.fan_out(layer)
        return Dense(
            self.layout,
            self.weights[layer, :, : 1 + fan_in, :fan_out],
            self.hidden[layer, :, :, : 1 + fan_in],
            z[..., :fan_out],
            self.deltas[layer, :, :, :fan_out],
            self._error[..., :fan_in] if layer else None,
        )

    def _activate(self, layer: int, arms: list[tuple[Arm, slice]]) -> Activate:
        units, fan_out = self.shape.fan_in(layer + 1), self.shape.fan_out(layer)
        return Activate(
            arms,
            self.shape.pieces,
            self.z[layer, :, :, :fan_out],
            self.hidden[layer + 1, :, :, 1 : 1 + units],
            self.deltas[layer, :, :, :fan_out],
            self._error[..., :units],
        )

    def _plan_slopes(self, arms: list[tuple[Arm, slice]]) -> Iterator[Call]:
        """``deltas = phi'(z)`` in all hidden layers, at once where none leaves columns unused."""
        columns = self.shape.columns
        fans = [self.shape.fan_out(layer) for layer in range(self.depth)]
        alike = all(fan_out == columns for fan_out in fans)
        spans = (
            [(slice(0, self.depth), columns)]
            if alike
            else [(slice(layer, layer + 1), fan_out) for layer, fan_out in enumerate(fans)]
        )
        for layers, fan_out in spans if self.depth else ():
            units = fan_out // self.shape.pieces
            after = slice(layers.start + 1, layers.stop + 1)
            for arm, part in arms:
                z, out = (each[layers, part, :, :fan_out] for each in (self.z, self.deltas))
                hidden = self.hidden[after, part, :, 1 : 1 + units]
                yield partial(arm.activation.slope, z, hidden, arm.parameter, out)

    def pre_activations(self) -> Tensor:
        """[E, count] all hidden units' ``z`` at all points."""
        fans = {self.shape.fan_out(layer) for layer in range(self.depth)}
        if fans <= {self.shape.columns}:
            return self.z.transpose(0, 1).flatten(1)
        used = [self.z[layer, :, :, : self.shape.fan_out(layer)] for layer in range(self.depth)]
        return torch.cat([z.flatten(1) for z in used], dim=1)

    def load(self, parameters: Parameters) -> None:
        """Take over ``(W [E, fan_in, fan_out], b [E, fan_out])`` of every layer."""
        for own, (weight, bias) in zip(self._used(self.weights), parameters, strict=True):
            own[:, 0], own[:, 1:] = bias, weight

    def load_flat(self, parameters: Tensor) -> None:
        """Take over what ``flat_parameters`` gave ``[E, count]``."""
        parts = parameters.split([rows * columns for rows, columns in self.shape.blocks()], dim=1)
        for own, part in zip(self._used(self.weights), parts, strict=True):
            own.copy_(part.view_as(own))

    def flat_parameters(self, weights: Tensor) -> Tensor:
        """``weights`` without what is unused ``[E, count]``: by layer, biases before weights."""
        return torch.cat([block.flatten(1) for block in self._used(weights)], dim=1)

    def _used(self, weights: Tensor) -> Iterator[Tensor]:
        """``[E, 1 + fan_in, fan_out]`` of each layer."""
        for layer, (rows, columns) in enumerate(self.shape.blocks()):
            yield weights[layer, :, :rows, :columns]

    @property
    def buffer_bytes(self) -> int:
        """Memory of what a step is computed in, without the weights."""
        return buffer_entries(self.shape, self.networks) * self.weights.itemsize

    def forward(self) -> None:
        """Fill ``z``, ``hidden``, ``answers`` and ``logits``."""
        for call in self._forward:
            call()

    def backward(self) -> None:
        """Fill ``deltas``: with the slopes at once, then with the errors from last to first."""
        self.fill_slopes()
        self.send_errors()

    def fill_slopes(self) -> None:
        """The first half of ``backward``: the hidden layers' ``deltas`` hold ``phi'(z)``."""
        for call in self._slopes:
            call()

    def send_errors(self) -> None:
        """The second half."""
        for call in self._backward:
            call()

    def losses(self) -> Tensor:
        """[E, P] each point's own loss, of the ``logits`` as they stand."""
        return self._answer.losses()

    def blocks(self, target: Tensor) -> Tensor:
        """A tensor like ``weights``, as ``add_gradient`` wants it."""
        return self.layout.blocks(target)

    def add_gradient(self, target: Tensor, blocks: Tensor, scale: float) -> None:
        """``target += scale * dLoss/dweights``, the loss being the mean over the points."""
        self.layout.add_outer(target, blocks, self._outer, scale / self.shape.points)


def _with_slices(arms: Sequence[Arm]) -> Iterator[tuple[Arm, slice]]:
    """Each arm and which of the networks are its own."""
    start = 0
    for arm in arms:
        yield arm, slice(start, start + arm.networks)
        start += arm.networks


def _outputs(arms: Sequence[tuple[Arm, slice]]) -> Iterator[tuple[Output, slice]]:
    """Each output and its networks; neighbouring arms of one output are taken together."""
    for output, slices in groupby(arms, key=lambda pair: pair[0].output):
        parts = [part for _, part in slices]
        yield output, slice(parts[0].start, parts[-1].stop)
