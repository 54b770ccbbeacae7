"""What a pass is made of: steps, each of which adds calls to the way there and to the way back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from models.activations import Activation
from models.layouts import Call, Layout
from models.norms import EPSILON, Norm
from models.outputs import Labels, Output

if TYPE_CHECKING:
    from models.experiment import Experiment


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


class Step(Protocol):
    """A part of the pass: what it adds to the plan, bound to the views that it reads and writes."""

    def forward(self) -> Iterator[Call]:
        """What is called on the way from the inputs to the answer."""

    def backward(self) -> Iterator[Call]:
        """What is called on the way back."""


@dataclass(frozen=True)
class Dense:
    """``z = hidden W``, the bias included, and back ``error = delta W^T``, dLoss_p / dh.

    Where a skip connection leads past the layer, the error behind it is added to that.

    Attributes:
        layout: computes the products.
        weights: [E, 1 + fan_in, fan_out].
        hidden: [E, P, 1 + fan_in], with the constant one.
        z: [E, P, fan_out].
        delta: [E, P, fan_out].
        error: [E, P, fan_in] of what is before it; None: the inputs are, which need none.
        past: whether what stands in ``error``, of what is behind it, goes past it as well.
    """

    layout: Layout
    weights: Tensor
    hidden: Tensor
    z: Tensor
    delta: Tensor
    error: Tensor | None
    past: bool = False

    def forward(self) -> Iterator[Call]:
        """``z``."""
        yield self.layout.product(self.hidden, self.weights, self.z)

    def backward(self) -> Iterator[Call]:
        """``error``."""
        if self.error is not None:
            yield self.layout.product(self.delta, self.weights[:, 1:].mT, self.error, self.past)


@dataclass(frozen=True)
class Normalize:
    """``z = scale * x + shift`` of the standardised ``x = (s - mean) / sqrt(variance + epsilon)``.

    Back: with ``g = scale * delta`` and means over what is normalised, which every ``x`` shares,

        dLoss / ds = (g - mean(g) - x * mean(g x)) / sqrt(variance + epsilon)

    (Ioffe & Szegedy 2015). Over points, that is of the sum of all points' losses.

    Attributes:
        norm: over what.
        x: [E, P, fan_out] what the layer computed, ``s``; it is standardised in place.
        total: the sum of ``s``: [E, 1, fan_out] over points, [E, P, 1] over units.
        inverse: ``1 / sqrt(variance + epsilon)`` likewise.
        shared: two of that size, to compute in.
        work: [E, P, fan_out], to compute in.
        shift: [E, 1, fan_out].
        scale: [E, 1, fan_out].
        z: [E, P, fan_out].
        delta: [E, P, fan_out]: of ``z``, then of ``s``.
        gradient: [E, 2, fan_out] of shift and scale, the sum over the points.
    """

    norm: Norm
    x: Tensor
    total: Tensor
    inverse: Tensor
    shared: tuple[Tensor, Tensor]
    work: Tensor
    shift: Tensor
    scale: Tensor
    z: Tensor
    delta: Tensor
    gradient: Tensor

    def forward(self) -> Iterator[Call]:
        """``x``, then ``z``."""
        # Sums, as means take twice as long to call.
        share = 1 / self.x.shape[self.norm.axis]
        yield self._sum(self.x, self.total)
        yield partial(self.x.sub_, self.total, alpha=share)
        yield partial(torch.mul, self.x, self.x, out=self.work)
        yield self._sum(self.work, self.inverse)
        epsilon = torch.tensor(EPSILON, dtype=self.x.dtype)
        yield partial(torch.add, epsilon, self.inverse, alpha=share, out=self.inverse)
        yield self.inverse.rsqrt_
        yield partial(self.x.mul_, self.inverse)
        yield partial(torch.addcmul, self.shift, self.x, self.scale, out=self.z)

    def backward(self) -> Iterator[Call]:
        """``gradient``, then ``delta``."""
        share = 1 / self.x.shape[self.norm.axis]
        shift, scale = self.gradient[:, :1], self.gradient[:, 1:]
        yield partial(torch.sum, self.delta, 1, keepdim=True, out=shift)
        yield partial(torch.mul, self.delta, self.x, out=self.work)
        yield partial(torch.sum, self.work, 1, keepdim=True, out=scale)
        if self.norm.over_points:  # which share their scale: it is in none of these sums
            total, along, factor = shift, scale, self.shared[0]
            yield partial(torch.mul, self.scale, self.inverse, out=factor)
        else:
            (total, along), factor = self.shared, self.inverse
            yield partial(self.delta.mul_, self.scale)
            yield partial(self.work.mul_, self.scale)
            yield self._sum(self.delta, total)
            yield self._sum(self.work, along)
        yield partial(self.delta.addcmul_, self.x, along, value=-share)
        yield partial(self.delta.sub_, total, alpha=share)
        yield partial(self.delta.mul_, factor)

    def _sum(self, of: Tensor, out: Tensor) -> Call:
        return partial(torch.sum, of, self.norm.axis, keepdim=True, out=out)


@dataclass(frozen=True)
class Skip:
    """``out = inner + before``: what goes into a layer is added to what comes out of it.

    On the way back the error goes both ways: ``Dense`` adds the ways up.

    Attributes:
        inner: [E, P, units] the activation's output.
        before: [E, P, units] the layer's input; None: nothing leads past it.
        out: [E, P, units].
    """

    inner: Tensor
    before: Tensor | None
    out: Tensor

    def forward(self) -> Iterator[Call]:
        """``out``."""
        if self.before is None:
            yield partial(self.out.copy_, self.inner)
        else:
            yield partial(torch.add, self.inner, self.before, out=self.out)

    def backward(self) -> Iterator[Call]:
        """The error of ``out`` is that of ``inner``."""
        yield from ()


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
