"""Ways of descent, on all networks at once, as ``torch.optim`` computes them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import Tensor

from models.gradients import TreatedGradient
from models.network import Ensemble

if TYPE_CHECKING:
    from models.experiment import Experiment

RMSPROP_ALPHA = 0.99
RMSPROP_EPSILON = 1e-8
ADAM_BETAS = (0.9, 0.999)
ADAM_EPSILON = 1e-8


class Optimizer(ABC):
    """Turns the gradient that ``ensemble.backward()`` left behind into a step.

    Attributes:
        label: as the field writes it.
        short: the same where there is little room.
        program: how PyTorch makes it, with ``{parameters}``, ``{rate}`` and, where it has one,
            ``{momentum}``; weight decay is one more argument, behind these.
        momentum: that it has where none is asked for; None: it has none.
        copies: of the weights, as its memory.
        follows: whether its steps grow with the gradient.
        even: whether a step moves a weight by about the rate at most, whatever the gradient.
        operations: that a step takes beyond plain descent's one.
        passes: how often these go through each weight.
    """

    label: ClassVar[str]
    short: ClassVar[str]
    program: ClassVar[str]
    momentum: ClassVar[float | None] = None
    copies: ClassVar[int]
    follows: ClassVar[bool] = True
    even: ClassVar[bool] = False
    operations: ClassVar[int]
    passes: ClassVar[int]

    def __init__(
        self,
        ensemble: Ensemble,
        momentum: float | None,
        weight_decay: float,
        treated: TreatedGradient | None = None,
    ):
        """Nothing moves yet.

        Args:
            ensemble: whose parameters it will move.
            momentum: the share of the velocity that is kept from step to step.
            weight_decay: times its parameter is added to each gradient: the slope of an L2 penalty
                of half of this times the squares of all parameters.
            treated: what it is given for the gradient; None: the gradient itself.
        """
        self._momentum, self._decay, self._treated = momentum or 0.0, weight_decay, treated
        # Of its memory.
        self.nbytes = self.copies * ensemble.parameters.nbytes + (treated.nbytes if treated else 0)

    @abstractmethod
    def step(self, ensemble: Ensemble, rate: float) -> None:
        """Move every network's parameters once, so far."""

    def _add_gradient(
        self, ensemble: Ensemble, target: Tensor, blocks: Tensor, scale: float
    ) -> None:
        """``target += scale * gradient``; the blocks are the target's."""
        if self._treated:
            self._treated.add_to(target, ensemble, scale)
        else:
            ensemble.add_gradient(target, blocks, scale)

    def _copy(self, ensemble: Ensemble) -> Tensor:
        """Zeros, one a parameter."""
        return torch.zeros_like(ensemble.parameters)


class GradientDescent(Optimizer):
    """``W -= rate * gradient``, in one operation, without a gradient buffer."""

    label, short = "Gradient descent", "GD"
    program = "torch.optim.SGD({parameters}, lr={rate!r})"
    copies, operations, passes = 0, 0, 0

    def step(self, ensemble: Ensemble, rate: float) -> None:
        if self._decay:
            ensemble.parameters.mul_(1 - rate * self._decay)
        self._add_gradient(ensemble, ensemble.parameters, ensemble.parameter_blocks, -rate)


class Momentum(Optimizer):
    """Heavy ball (Polyak 1964): ``v = m v + gradient; W -= rate * v``."""

    label, short = "Momentum", "Momentum"
    program = "torch.optim.SGD({parameters}, lr={rate!r}, momentum={momentum!r})"
    momentum, copies, operations, passes = 0.9, 1, 2, 1

    def __init__(self, ensemble: Ensemble, *settings: Any):
        super().__init__(ensemble, *settings)
        self.velocity = self._copy(ensemble)
        self.blocks = ensemble.blocks(self.velocity)

    def step(self, ensemble: Ensemble, rate: float) -> None:
        self.velocity.mul_(self._momentum)
        if self._decay:
            self.velocity.add_(ensemble.parameters, alpha=self._decay)
        self._add_gradient(ensemble, self.velocity, self.blocks, 1.0)
        ensemble.parameters.add_(self.velocity, alpha=-rate)


class _WithGradient(Optimizer):
    """One that goes through the gradient more than once, and so keeps it."""

    def __init__(self, ensemble: Ensemble, *settings: Any):
        super().__init__(ensemble, *settings)
        self._gradient = self._copy(ensemble)
        self._blocks = ensemble.blocks(self._gradient)

    def gradient(self, ensemble: Ensemble) -> Tensor:
        """The gradient, the decay's share included; in a buffer that may be written to."""
        self._add_gradient(ensemble, self._gradient.zero_(), self._blocks, 1.0)
        if self._decay:
            self._gradient.add_(ensemble.parameters, alpha=self._decay)
        return self._gradient


class Nesterov(_WithGradient):
    """Nesterov's momentum, as PyTorch has it (Sutskever et al. 2013).

    ``v = m v + gradient; W -= rate * (gradient + m v)``.
    """

    label, short = "Nesterov momentum", "Nesterov"
    program = "torch.optim.SGD({parameters}, lr={rate!r}, momentum={momentum!r}, nesterov=True)"
    momentum, copies, operations, passes = 0.9, 2, 4, 4

    def __init__(self, ensemble: Ensemble, *settings: Any):
        super().__init__(ensemble, *settings)
        self.velocity = self._copy(ensemble)

    def step(self, ensemble: Ensemble, rate: float) -> None:
        gradient = self.gradient(ensemble)
        self.velocity.mul_(self._momentum).add_(gradient)
        gradient.add_(self.velocity, alpha=self._momentum)
        ensemble.parameters.add_(gradient, alpha=-rate)


class RMSprop(_WithGradient):
    """RMSprop (Tieleman & Hinton 2012), with PyTorch's defaults."""

    label, short = "RMSprop", "RMSprop"
    program = (
        f"torch.optim.RMSprop({{parameters}}, lr={{rate!r}}, alpha={RMSPROP_ALPHA}, "
        f"eps={RMSPROP_EPSILON!r}, momentum={{momentum!r}})"
    )
    momentum, copies, follows, operations, passes = 0.0, 4, False, 7, 8

    def __init__(self, ensemble: Ensemble, *settings: Any):
        super().__init__(ensemble, *settings)
        self.square, self.denominator = self._copy(ensemble), self._copy(ensemble)
        self.velocity = self._copy(ensemble)

    def step(self, ensemble: Ensemble, rate: float) -> None:
        gradient = self.gradient(ensemble)
        self.square.mul_(RMSPROP_ALPHA).addcmul_(gradient, gradient, value=1 - RMSPROP_ALPHA)
        torch.sqrt(self.square, out=self.denominator).add_(RMSPROP_EPSILON)
        self.velocity.mul_(self._momentum).addcdiv_(gradient, self.denominator)
        ensemble.parameters.add_(self.velocity, alpha=-rate)


class Adam(_WithGradient):
    """Adam (Kingma & Ba 2015), with PyTorch's defaults."""

    label, short = "Adam", "Adam"
    program = (
        f"torch.optim.Adam({{parameters}}, lr={{rate!r}}, betas={ADAM_BETAS}, eps={ADAM_EPSILON!r})"
    )
    copies, follows, operations, passes = 3, False, 9, 8
    even = True  # Kingma & Ba 2015, section 2.1

    def __init__(self, ensemble: Ensemble, *settings: Any):
        super().__init__(ensemble, *settings)
        self.mean, self.square = self._copy(ensemble), self._copy(ensemble)
        self.steps = 0

    def step(self, ensemble: Ensemble, rate: float) -> None:
        self.steps += 1
        first, second = ADAM_BETAS
        gradient = denominator = self.gradient(ensemble)
        self.mean.lerp_(gradient, 1 - first)
        self.square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        torch.sqrt(self.square, out=denominator)
        denominator.div_(math.sqrt(1 - second**self.steps)).add_(ADAM_EPSILON)
        ensemble.parameters.addcdiv_(self.mean, denominator, value=-rate / (1 - first**self.steps))


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": GradientDescent,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "rmsprop": RMSprop,
    "adam": Adam,
}


def optimizer_for(experiment: Experiment, ensemble: Ensemble) -> Optimizer:
    """What moves an ensemble of an experiment's networks."""
    asked = experiment.clip, experiment.unit_gradient, experiment.accumulate
    treated = TreatedGradient(ensemble, *asked) if experiment.changes_gradient else None
    return experiment.descent(ensemble, experiment.momentum, experiment.weight_decay, treated)
