"""Descent, momentum and Adam on all networks at once, as ``torch.optim`` computes them."""

import math
from abc import ABC, abstractmethod
from typing import ClassVar

import torch

from models.network import Ensemble

MOMENTUM = 0.9
ADAM_BETAS = (0.9, 0.999)
ADAM_EPSILON = 1e-8


class Optimizer(ABC):
    """Turns the gradient that ``ensemble.backward()`` left behind into a step.

    Attributes:
        label: as the field writes it.
        short: the same where there is little room.
        program: how PyTorch makes it, with ``{parameters}`` and ``{rate}``.
        copies: of the weights, as its memory: 0, it has none.
        reach: how much further a step goes than rate times gradient once it has gone on for long;
            0: steps do not grow with the gradient.
        operations: that a step takes beyond plain descent's one.
        passes: how often these go through each weight.
    """

    label: ClassVar[str]
    short: ClassVar[str]
    program: ClassVar[str]
    copies: ClassVar[int]
    reach: ClassVar[float]
    operations: ClassVar[int]
    passes: ClassVar[int]

    def __init__(self, ensemble: Ensemble):
        self.nbytes = self.copies * ensemble.weights.nbytes  # of its memory

    @abstractmethod
    def step(self, ensemble: Ensemble, rate: float) -> None:
        """Move every network's weights once, so far."""


class GradientDescent(Optimizer):
    """``W -= rate * gradient``, in one operation, without a gradient buffer."""

    label, short = "Gradient descent", "GD"
    program = "torch.optim.SGD({parameters}, lr={rate!r})"
    copies, reach, operations, passes = 0, 1.0, 0, 0

    def step(self, ensemble: Ensemble, rate: float) -> None:
        ensemble.add_gradient(ensemble.weights, ensemble.weight_blocks, -rate)


class Momentum(Optimizer):
    """Heavy ball (Polyak 1964): ``v = 0.9 v + gradient; W -= rate * v``."""

    label, short = f"Momentum {MOMENTUM}", "Momentum"
    program = f"torch.optim.SGD({{parameters}}, lr={{rate!r}}, momentum={MOMENTUM})"
    copies, reach, operations, passes = 1, 1 / (1 - MOMENTUM), 2, 1

    def __init__(self, ensemble: Ensemble):
        super().__init__(ensemble)
        self.velocity = torch.zeros_like(ensemble.weights)
        self.blocks = ensemble.blocks(self.velocity)

    def step(self, ensemble: Ensemble, rate: float) -> None:
        self.velocity.mul_(MOMENTUM)
        ensemble.add_gradient(self.velocity, self.blocks, 1.0)
        ensemble.weights.add_(self.velocity, alpha=-rate)


class Adam(Optimizer):
    """Adam (Kingma & Ba 2015), with PyTorch's defaults."""

    label, short = "Adam", "Adam"
    program = (
        f"torch.optim.Adam({{parameters}}, lr={{rate!r}}, betas={ADAM_BETAS}, eps={ADAM_EPSILON!r})"
    )
    copies, reach, operations, passes = 3, 0.0, 9, 8

    def __init__(self, ensemble: Ensemble):
        super().__init__(ensemble)
        self.gradient = torch.zeros_like(ensemble.weights)
        self.blocks = ensemble.blocks(self.gradient)
        self.mean = torch.zeros_like(ensemble.weights)
        self.square = torch.zeros_like(ensemble.weights)
        self.steps = 0

    def step(self, ensemble: Ensemble, rate: float) -> None:
        self.steps += 1
        first, second = ADAM_BETAS
        gradient, denominator = self.gradient.zero_(), self.gradient
        ensemble.add_gradient(gradient, self.blocks, 1.0)
        self.mean.lerp_(gradient, 1 - first)
        self.square.mul_(second).addcmul_(gradient, gradient, value=1 - second)
        torch.sqrt(self.square, out=denominator)
        denominator.div_(math.sqrt(1 - second**self.steps)).add_(ADAM_EPSILON)
        ensemble.weights.addcdiv_(self.mean, denominator, value=-rate / (1 - first**self.steps))


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": GradientDescent,
    "momentum": Momentum,
    "adam": Adam,
}
