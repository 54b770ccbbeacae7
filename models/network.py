"""Many small networks at once: forward and backward by hand, in buffers made once.

Everything is indexed the same way, whatever lies in memory:

    weights  [L, E, 1 + fan_in, fan_out]   row 0 is the bias, layer 1 first
    hidden   [L, E, P, 1 + fan_in]         the input of each layer, column 0 is the constant one
    z        [H, E, P, fan_out]            pre-activations of the hidden layers
    deltas   [L, E, P, fan_out]            dLoss_p / dz, each point's own loss

with E networks, H hidden layers, L = H + 1 layers and P = 4 points. The first layer's unused rows
and the last layer's unused columns are zero and stay zero. Only the matrix products know how memory
is laid out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import torch
from torch import Tensor

from models.activations import Activation
from models.datasets import INPUTS, POINTS, XOR_INPUTS, XOR_LABELS
from models.initializers import Parameters
from models.outputs import OUTPUTS, Output

Call = Callable[[], object]


@dataclass(frozen=True)
class Arm:
    """A contiguous slice of an ensemble's networks that share an activation and an output."""

    activation: Activation
    parameter: float | None
    networks: int
    output: Output = OUTPUTS["sigmoid"]


class NetworksFirst:
    """Memory in the index order: one BLAS call a layer, batched over the networks.

    Best for wide networks, where a matrix product is worth a call, and for a single one.
    """

    def __init__(self, networks: int, rows: int, columns: int, dtype: torch.dtype):
        self.networks = networks
        self.nbytes = 0

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


class NetworksLast:
    """The networks are the last axis in memory: every operation runs along them.

    Best for many narrow networks: a product of 5 x 5 matrices is not worth a BLAS call, but the
    same entry of 256 matrices is one vector instruction after the other.
    """

    def __init__(self, networks: int, rows: int, columns: int, dtype: torch.dtype):
        self.terms = torch.zeros(rows * POINTS * columns * networks, dtype=dtype)
        self.nbytes = self.terms.nbytes

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
            for point in range(POINTS)
        )

    def blocks(self, target: Tensor) -> Tensor:
        """``target`` as ``add_outer`` wants it."""
        return target

    def add_outer(self, target: Tensor, blocks: Tensor, operands: tuple, scale: float) -> None:
        """``target += scale * sum over points of hidden^T deltas``, one operation a point."""
        for column, row in operands:
            blocks.addcmul_(column, row, value=scale)


def best_layout(networks: int, columns: int) -> type[NetworksFirst] | type[NetworksLast]:
    """The layout that is faster for this shape (measured: tests/benchmarks/engine.py)."""
    return NetworksLast if columns <= 12 and networks >= 16 else NetworksFirst


class Ensemble:
    """XOR networks of one shape, trained side by side, in contiguous slices of one kind each.

    Args:
        depth: hidden layers.
        width: units of each.
        arms: the slices; all have the same number of pieces a unit.
        dtype: of every buffer.
        layout: how memory is laid out; by default what is fastest for the shape.
    """

    def __init__(
        self,
        depth: int,
        width: int,
        arms: Sequence[Arm],
        dtype: torch.dtype,
        layout: type[NetworksFirst] | type[NetworksLast] | None = None,
    ):
        self.depth, self.width, self.arms = depth, width, tuple(arms)
        self.pieces = arms[0].activation.pieces
        self.networks = networks = sum(arm.networks for arm in arms)
        self.layers = layers = depth + 1
        rows, columns = 1 + max(width, INPUTS), self.pieces * width
        layout = layout or best_layout(networks, columns)
        self.layout = layout(networks, rows, columns, dtype)

        zeros = partial(self.layout.zeros, dtype=dtype)
        self.weights = zeros(layers, networks, rows, columns)
        self.weight_blocks = self.layout.blocks(self.weights)
        self.hidden = zeros(layers, networks, POINTS, rows)
        self.hidden[..., 0] = 1
        self.hidden[0, :, :, 1 : 1 + INPUTS] = XOR_INPUTS.to(dtype)
        self.z = zeros(depth, networks, POINTS, columns)
        self.deltas = zeros(layers, networks, POINTS, columns)
        self.logits = zeros(1, networks, POINTS, 1)[0]
        self._units = slice(1, 1 + width)  # the rows or columns behind the constant one
        self._last_delta = self.deltas[-1, :, :, :1]
        self._labels = XOR_LABELS.to(dtype).view(1, POINTS, 1)
        self._plan()

    def _plan(self) -> None:
        """Write a step down as lists of calls, each bound to the views that it reads and writes.

        The buffers never move, so the views can be made once. To make one takes as long as to
        multiply small matrices: a plan that is only to be called is what makes a step fast.
        """
        hidden_layers = range(self.depth)
        self._forward = [call for layer in hidden_layers for call in self._hidden_layer(layer)]
        self._forward.append(self._weighted_sum(self.depth, self.logits))
        self._slopes = [self._slope(arm, part) for arm, part in self._slices() if self.depth]
        error = self.layout.zeros(1, self.networks, POINTS, self.width, dtype=self.weights.dtype)[0]
        self._backward = [
            output.plan_delta(self.logits[part], self._labels, self._last_delta[part])
            for output, part in self._outputs()
        ]
        self._backward += [
            call for layer in reversed(hidden_layers) for call in self._delta(layer, error)
        ]
        self._outer = self.layout.outer(self.hidden, self.deltas)

    def _slices(self) -> Iterator[tuple[Arm, slice]]:
        """Each arm and which of the networks are its own."""
        start = 0
        for arm in self.arms:
            yield arm, slice(start, start + arm.networks)
            start += arm.networks

    def _outputs(self) -> Iterator[tuple[Output, slice]]:
        """Each output and its networks; neighbouring arms of one output are taken together."""
        for output, slices in groupby(self._slices(), key=lambda pair: pair[0].output):
            parts = [part for _, part in slices]
            yield output, slice(parts[0].start, parts[-1].stop)

    def _weighted_sum(self, layer: int, z: Tensor) -> Call:
        """``z = hidden W``, the bias included."""
        inputs, outputs = self.inputs(layer), self.outputs(layer)
        hidden = self.hidden[layer, :, :, :inputs]
        return self.layout.product(hidden, self.weights[layer, :, :inputs, :outputs], z)

    def _hidden_layer(self, layer: int) -> Iterator[Call]:
        """``z = hidden W``; then, arm by arm, ``phi(z)``, the next layer's ``hidden``."""
        yield self._weighted_sum(layer, self.z[layer])
        for arm, part in self._slices():
            z, out = self.z[layer, part], self.hidden[layer + 1, part, :, self._units]
            yield partial(arm.activation.activate, z, arm.parameter, out)

    def _slope(self, arm: Arm, part: slice) -> Call:
        """``deltas = phi'(z)`` in all hidden layers: they wait there for the errors to come."""
        z, hidden = self.z[:, part], self.hidden[1:, part, :, self._units]
        return partial(arm.activation.slope, z, hidden, arm.parameter, self.deltas[:-1, part])

    def _delta(self, layer: int, error: Tensor) -> Iterator[Call]:
        """``error = delta_next W_next^T``, dLoss_p / dh; then ``deltas *= error``, piece by piece.

        ``error [E, P, width]`` is one buffer for all layers, and ``deltas`` hold the slopes until
        then: so there is less memory to go through.
        """
        after = layer + 1
        delta = self.deltas[after, :, :, : self.outputs(after)]
        weights = self.weights[after, :, self._units, : self.outputs(after)]
        yield self.layout.product(delta, weights.mT, error)
        slopes = self.deltas[layer].unflatten(-1, (self.pieces, self.width))
        yield partial(slopes.mul_, error.unsqueeze(2))

    def inputs(self, layer: int) -> int:
        """Rows of layer ``layer``'s weights that are used, the bias included."""
        return 1 + (self.width if layer else INPUTS)

    def outputs(self, layer: int) -> int:
        """Columns of layer ``layer``'s weights that are used."""
        return self.pieces * self.width if layer < self.depth else 1

    def load(self, parameters: Parameters) -> None:
        """Take over ``(W [E, fan_in, fan_out], b [E, fan_out])`` of every layer."""
        self.weights.zero_()
        for layer, (weight, bias) in enumerate(parameters):
            rows, columns = self.inputs(layer), self.outputs(layer)
            self.weights[layer, :, 0, :columns] = bias
            self.weights[layer, :, 1:rows, :columns] = weight

    def flat_parameters(self, weights: Tensor) -> Tensor:
        """``weights`` without what is unused ``[E, count]``: by layer, biases before weights."""
        return torch.cat(
            [
                weights[layer, :, : self.inputs(layer), : self.outputs(layer)].flatten(1)
                for layer in range(self.layers)
            ],
            dim=1,
        )

    @property
    def buffer_bytes(self) -> int:
        """Memory of what a step is computed in, without the weights."""
        buffers = (self.hidden, self.z, self.deltas)
        return sum(buffer.nbytes for buffer in buffers) + self.layout.nbytes

    def forward(self) -> None:
        """Fill ``z``, ``hidden`` and ``logits``."""
        for call in self._forward:
            call()

    def backward(self) -> None:
        """Fill ``deltas``: with the slopes at once, then with the errors from last to first."""
        for call in self._slopes:
            call()
        for call in self._backward:
            call()

    def losses(self) -> Tensor:
        """[E, P] each point's own loss, of the ``logits`` as they stand."""
        parts = [output.loss(self.logits[part], self._labels) for output, part in self._outputs()]
        return torch.cat(parts).squeeze(-1)

    def blocks(self, target: Tensor) -> Tensor:
        """A tensor like ``weights``, as ``add_gradient`` wants it."""
        return self.layout.blocks(target)

    def add_gradient(self, target: Tensor, blocks: Tensor, scale: float) -> None:
        """``target += scale * dLoss/dweights``, the loss being the mean over the points."""
        self.layout.add_outer(target, blocks, self._outer, scale / POINTS)
