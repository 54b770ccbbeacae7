"""Many small networks at once: forward and backward by hand, in buffers made once.

Everything is indexed the same way, whatever lies in memory:

    weights  [L, E, 1 + fan_in, fan_out]   row 0 is the bias, layer 1 first
    hidden   [L, E, P, 1 + fan_in]         the input of each layer, column 0 is the constant one
    z        [H, E, P, fan_out]            what the hidden layers' activations are given
    deltas   [L, E, P, fan_out]            dLoss_p / d(hidden W), each point's own loss
    answers  [E, P, K]                     pre-activations of the last layer
    logits   [E, P, 1]                     what the output makes of them: of one unit the same

with E networks, H hidden layers, L = H + 1 layers, P points and K units in the last layer. A
smaller layer's unused rows and columns are zero and stay zero. Where pre-activations are
normalised, the weights are a part of the ``parameters``, in which the norm's shift and scale stand
before them; if over the points, a point's loss depends on all, and its delta is that of their sum.

How memory is laid out, and what is fast in it, the layouts know; all else is written once for all
of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby

import torch
from torch import Tensor

from models.initializers import Parameters
from models.layouts import Call, Layout, LayoutKind, best_layout, buffer_entries
from models.norms import NORMS, Norm
from models.outputs import Labels, Output, with_signs
from models.plan import Activate, Answer, Arm, Dense, Normalize, Skip, Step
from models.shape import NORM_ROWS, SCALE, SHIFT, Shape
from models.tasks import Task


class Ensemble:
    """Networks of one shape, side by side, in contiguous slices of one kind each.

    Args:
        shape: of each of them, however many points they are shown.
        arms: the slices; labels are broadcast in all of them or in none.
        task: the points that are shown at first, and their labels.
        dtype: of every buffer.
        layout: how memory is laid out; by default what is fastest for the shape.
        beside: another ensemble of such networks, which is shown another number of points: its
            weights are theirs in common.
        apart: whether each network is shown points of its own.
    """

    def __init__(
        self,
        shape: Shape,
        arms: Sequence[Arm],
        task: Task,
        dtype: torch.dtype,
        layout: LayoutKind | None = None,
        beside: Ensemble | None = None,
        apart: bool = False,
    ):
        self.shape = shape = replace(shape, points=task.points)
        self.networks = networks = sum(arm.networks for arm in arms)
        self.depth, self.layers, self.arms = shape.depth, shape.layers, tuple(arms)
        kind = layout or best_layout(networks, shape.columns, shape.points)
        if beside is not None:  # so that the weights lie as this one expects them
            kind = type(beside.layout)
        self.layout: Layout = kind(shape, networks, dtype)

        zeros = partial(self.layout.zeros, dtype=dtype)
        rows, columns, points = shape.rows, shape.columns, shape.points
        if beside is None:
            self.parameters = zeros(shape.layers, networks, shape.norm_rows + rows, columns)
        else:
            self.parameters = beside.parameters
        self.weights = self.parameters[:, :, shape.norm_rows :]
        self.parameter_blocks = self.blocks(self.parameters)
        self.hidden = zeros(shape.layers, networks, points, rows)
        self.hidden[..., 0] = 1
        self.z = zeros(shape.depth, networks, points, columns)
        self.deltas = zeros(shape.layers, networks, points, columns)
        self.answers = zeros(1, networks, points, shape.sizes[-1])[0]
        single = shape.sizes[-1] == 1
        self.logits = self.answers if single else zeros(1, networks, points, 1)[0]
        self._error = zeros(1, networks, points, rows - 1)[0]  # one buffer for all layers
        self.norm = NORMS.get(shape.norm)
        if self.norm:
            self._make_normalised(self.norm, zeros)
        if shape.skip:  # what the activations make of z, without what is added to it
            self.inner = zeros(shape.depth, networks, points, rows - 1)
        self._inputs = self.hidden[0, :, :, 1 : 1 + shape.fan_in(0)]
        self._labels = Labels(zeros(1, networks if apart else 1, points, 2)[0])
        self._broadcasts = any(arm.output.broadcasts for arm in arms)
        self.show(task.inputs.to(dtype), with_signs(task.labels.to(dtype)))
        self._plan()

    def _make_normalised(self, norm: Norm, zeros: Callable[..., Tensor]) -> None:
        """Buffers of what is normalised; x is z before scale and shift."""
        depth, networks, points = self.depth, self.networks, self.shape.points
        columns = self.shape.columns
        self.x = zeros(depth, networks, points, columns)
        own = (1, columns) if norm.over_points else (points, 1)
        self.totals, self.inverses = (zeros(depth, networks, *own) for _ in range(2))
        self._shared = zeros(2, networks, *own)
        self._work = zeros(1, networks, points, columns)[0]
        self._norm_gradient = zeros(self.layers, networks, NORM_ROWS, columns)

    def show(self, inputs: Tensor, labels: Tensor) -> None:
        """From now on pass these points, as many as before.

        Args:
            inputs: ``[P, 2]``, or ``[E, P, 2]`` for each network its own.
            labels: the same points' ``with_signs``.
        """
        self._inputs.copy_(inputs)
        self._labels.write(labels.mean(-2, keepdim=True) if self._broadcasts else labels)

    def _plan(self) -> None:
        """Write a pass down as lists of calls, each bound to the views that it reads and writes.

        The buffers never move, so the views can be made once. To make one takes as long as to
        multiply small matrices: a plan that is only to be called is what makes a step fast.
        """
        arms, steps = list(_with_slices(self.arms)), list[Step]()
        for layer in range(self.depth):
            if self.norm:
                steps += [self._dense(layer, self.x[layer]), self._normalize(layer, self.norm)]
            else:
                steps += [self._dense(layer, self.z[layer])]
            steps += [self._activate(layer, arms)]
            steps += [self._skip(layer)] if self.shape.skip else []
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
            self.shape.is_skipped(layer),
        )

    def _normalize(self, layer: int, norm: Norm) -> Normalize:
        fan_out = self.shape.fan_out(layer)
        own = fan_out if norm.over_points else 1
        parameters = self.parameters[layer, ..., :fan_out]
        return Normalize(
            norm,
            x=self.x[layer, ..., :fan_out],
            total=self.totals[layer, ..., :own],
            inverse=self.inverses[layer, ..., :own],
            shared=(self._shared[0, ..., :own], self._shared[1, ..., :own]),
            work=self._work[..., :fan_out],
            shift=parameters[:, SHIFT : SHIFT + 1],
            scale=parameters[:, SCALE : SCALE + 1],
            z=self.z[layer, ..., :fan_out],
            delta=self.deltas[layer, ..., :fan_out],
            gradient=self._norm_gradient[layer, ..., :fan_out],
        )

    def _skip(self, layer: int) -> Skip:
        units = self.shape.fan_in(layer + 1)
        before = self.hidden[layer, ..., 1 : 1 + units] if self.shape.is_skipped(layer) else None
        return Skip(self._activated(layer), before, self.hidden[layer + 1, ..., 1 : 1 + units])

    def _activated(self, layers: int | slice) -> Tensor:
        """[..., E, P, units] where hidden layers' activations write to; the layers are alike."""
        one = layers if isinstance(layers, int) else layers.start
        units = self.shape.fan_in(one + 1)
        if self.shape.skip:
            return self.inner[layers, ..., :units]
        return self.hidden[1:][layers, ..., 1 : 1 + units]

    def _activate(self, layer: int, arms: list[tuple[Arm, slice]]) -> Activate:
        units, fan_out = self.shape.fan_in(layer + 1), self.shape.fan_out(layer)
        return Activate(
            arms,
            self.shape.pieces,
            self.z[layer, :, :, :fan_out],
            self._activated(layer),
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
            activated = self._activated(layers)
            for arm, part in arms:
                z, out = (each[layers, part, :, :fan_out] for each in (self.z, self.deltas))
                yield partial(arm.activation.slope, z, activated[:, part], arm.parameter, out)

    def pre_activations(self) -> Tensor:
        """[E, count] all hidden units' ``z`` at all points."""
        fans = {self.shape.fan_out(layer) for layer in range(self.depth)}
        if fans <= {self.shape.columns}:
            return self.z.transpose(0, 1).flatten(1)
        used = [self.z[layer, :, :, : self.shape.fan_out(layer)] for layer in range(self.depth)]
        return torch.cat([z.flatten(1) for z in used], dim=1)

    def load(self, parameters: Parameters) -> None:
        """Take over ``(W [E, fan_in, fan_out], b [E, fan_out])`` of every layer.

        The norms are as they begin.
        """
        for layer, (weight, bias) in enumerate(parameters):
            _, fan_in, fan_out = weight.shape
            own = self.weights[layer, ..., :fan_out]
            own[:, 0], own[:, 1 : 1 + fan_in] = bias, weight
            if self.norm and layer < self.depth:
                norms = self.parameters[layer, ..., :fan_out]
                norms[:, SHIFT], norms[:, SCALE] = 0, 1

    def load_flat(self, parameters: Tensor) -> None:
        """Take over what ``flat_parameters`` gave ``[E, count]``."""
        parts = parameters.split([rows * columns for rows, columns in self.shape.blocks()], dim=1)
        for own, part in zip(self._used(self.parameters), parts, strict=True):
            own.copy_(part.view_as(own))

    def flat_parameters(self, parameters: Tensor) -> Tensor:
        """``parameters`` without what is unused ``[E, count]``, layer by layer, row by row."""
        return torch.cat([block.flatten(1) for block in self._used(parameters)], dim=1)

    def _used(self, parameters: Tensor) -> Iterator[Tensor]:
        """``[E, rows, fan_out]`` of each layer."""
        for layer, (rows, columns) in enumerate(self.shape.blocks()):
            low = self.shape.norm_rows if layer == self.depth else 0
            yield parameters[layer, :, low : low + rows, :columns]

    @property
    def buffer_bytes(self) -> int:
        """Memory of what a step is computed in, without the weights."""
        return buffer_entries(self.shape, self.networks) * self.parameters.itemsize

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
        """Of a tensor like ``parameters`` the weights, as ``add_gradient`` wants them."""
        return self.layout.blocks(target[:, :, self.shape.norm_rows :])

    def add_gradient(self, target: Tensor, blocks: Tensor, scale: float) -> None:
        """``target += scale * dLoss/dparameters``, the loss being the mean over the points."""
        self.layout.add_outer(target, blocks, self._outer, scale / self.shape.points)
        if self.norm:
            norms = target[:, :, : self.shape.norm_rows]
            norms.add_(self._norm_gradient, alpha=scale / self.shape.points)


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
