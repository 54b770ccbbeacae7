"""Descent, momentum and Adam on all networks at once, as ``torch.optim`` computes them."""

import math
from typing import Protocol

import torch
from torch import Tensor

from models.network import Ensemble

MOMENTUM = 0.9
ADAM_BETAS = (0.9, 0.999)
ADAM_EPSILON = 1e-8


class Optimizer(Protocol):
    """Turns the gradient that ``ensemble.backward()`` left behind into a step."""

    nbytes: int
    """Of what it remembers."""

    def step(self, ensemble: Ensemble, rate: float) -> None:
        """Move every network's weights once, so far."""

    def forget(self, networks: Tensor) -> None:
        """Clear the memory of these networks (a mask [E]), so that a zero gradient moves them
        not.
        """


class GradientDescent:
    """``W -= rate * gradient``, in one operation, without a gradient buffer."""

    nbytes = 0

    def __init__(self, ensemble: Ensemble):
        pass

    def step(self, ensemble: Ensemble, rate: float) -> None:
        ensemble.add_gradient(ensemble.weights, ensemble.weight_blocks, -rate)

    def forget(self, networks: Tensor) -> None:
        pass


class Momentum:
    """Heavy ball (Polyak 1964): ``v = 0.9 v + gradient; W -= rate * v``."""

    def __init__(self, ensemble: Ensemble):
        self.velocity = torch.zeros_like(ensemble.weights)
        self.blocks = ensemble.blocks(self.velocity)
        self.nbytes = self.velocity.nbytes

    def step(self, ensemble: Ensemble, rate: float) -> None:
        self.velocity.mul_(MOMENTUM)
        ensemble.add_gradient(self.velocity, self.blocks, 1.0)
        ensemble.weights.add_(self.velocity, alpha=-rate)

    def forget(self, networks: Tensor) -> None:
        self.velocity[:, networks] = 0


class Adam:
    """Adam (Kingma & Ba 2015), with PyTorch's defaults."""

    def __init__(self, ensemble: Ensemble):
        self.gradient = torch.zeros_like(ensemble.weights)
        self.blocks = ensemble.blocks(self.gradient)
        self.mean = torch.zeros_like(ensemble.weights)
        self.square = torch.zeros_like(ensemble.weights)
        self.nbytes = 3 * self.mean.nbytes
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

    def forget(self, networks: Tensor) -> None:
        self.mean[:, networks] = 0
        self.square[:, networks] = 0


OPTIMIZERS: dict[str, type[GradientDescent] | type[Momentum] | type[Adam]] = {
    "sgd": GradientDescent,
    "momentum": Momentum,
    "adam": Adam,
}
