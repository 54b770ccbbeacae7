"""How the weights start: the lecture's and the lab's choices, and the ones papers recommend.

Network ``i`` of an experiment draws from its own generator, seeded with ``seed + i``, in float64
and in one fixed order, whatever the activation, the dtype or the number of networks beside it. Two
activations therefore start from the same weights, network by network. Maxout's second weight
set is drawn after everything else, so that its first set is the weights the others start from.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

Parameters = list[tuple[Tensor, Tensor]]
"""A list over layers of ``(W [E, fan_in, fan_out], b [E, fan_out])``."""


@dataclass(frozen=True)
class Initializer:
    """A weight distribution: its scale for a layer of given fans, and its source.

    ``uniform``: the draws are U(-1, 1), or U(0, 1) where they are ``one_sided``, otherwise N(0, 1);
    all are multiplied by ``weight_scale`` (a bound or a standard deviation) and, for the biases, by
    ``bias_scale``.
    """

    name: str
    label: str
    uniform: bool
    weight_scale: Callable[[int, int], float]
    paper: str
    bias_scale: Callable[[int], float] = lambda fan_in: 0.0
    orthogonal: bool = False
    one_sided: bool = False

    @property
    def draw_variance(self) -> float:
        """Variance of what is drawn, before it is scaled."""
        return (1 / 12 if self.one_sided else 1 / 3) if self.uniform else 1.0


_ALL = (
    Initializer("lecture", "Lecture: U(-1, 1), b = 0", True, lambda i, o: 1.0, "Kim, lecture 10-1"),
    Initializer(
        "lab", "Lab: N(0, 1)", False, lambda i, o: 1.0, "Kim, lab 9", lambda fan_in: 1.0
    ),
    Initializer(
        "xavier_uniform", "Xavier uniform", True,
        lambda i, o: math.sqrt(6 / (i + o)), "Glorot & Bengio 2010",
    ),
    Initializer(
        "xavier_normal", "Xavier normal", False,
        lambda i, o: math.sqrt(2 / (i + o)), "Glorot & Bengio 2010",
    ),
    Initializer(
        "he_uniform", "He uniform", True, lambda i, o: math.sqrt(6 / i), "He et al. 2015"
    ),
    Initializer(
        "he_normal", "He normal", False, lambda i, o: math.sqrt(2 / i), "He et al. 2015"
    ),
    Initializer(
        "lecun_normal", "LeCun normal", False, lambda i, o: math.sqrt(1 / i), "LeCun et al. 1998"
    ),
    Initializer(
        "pytorch", "PyTorch nn.Linear", True, lambda i, o: 1 / math.sqrt(i),
        "torch.nn.Linear", lambda fan_in: 1 / math.sqrt(fan_in),
    ),
    Initializer(
        "orthogonal", "Orthogonal", False, lambda i, o: 1.0, "Saxe et al. 2013", orthogonal=True
    ),
    Initializer("zeros", "Zeros", False, lambda i, o: 0.0, "-"),
    Initializer("uniform01", "U(0, 1), b = 0", True, lambda i, o: 1.0, "-", one_sided=True),
)  # fmt: skip

INITIALIZERS: dict[str, Initializer] = {initializer.name: initializer for initializer in _ALL}
BIASES = ("own", "zeros", "as_weights")
"""How biases start: as the initializer says, at zero, or drawn from their layer's weights'
distribution.
"""


@dataclass(frozen=True)
class Distribution:
    """What initial weights and biases are drawn from.

    Attributes:
        initializer: which it is.
        gain: multiplies all that it draws.
        bias: one of ``BIASES``.
    """

    initializer: Initializer
    gain: float = 1.0
    bias: str = "own"

    def weight_scale(self, fan_in: int, fan_out: int) -> float:
        """What a draw is multiplied by to be a weight; an orthogonal matrix likewise."""
        return self.gain * self.initializer.weight_scale(fan_in, fan_out)

    def bias_scale(self, fan_in: int, fan_out: int) -> float:
        """What a draw is multiplied by to be a bias."""
        if self.bias == "zeros":
            return 0.0
        if self.bias == "own":
            return self.gain * self.initializer.bias_scale(fan_in)
        if self.initializer.orthogonal:  # its weights are not drawn one by one, a bias is
            return math.sqrt(self.variance(fan_in, fan_out))
        return self.weight_scale(fan_in, fan_out)

    def variance(self, fan_in: int, fan_out: int) -> float:
        """Variance of one weight."""
        if self.initializer.orthogonal:
            return self.gain**2 / max(fan_in, fan_out)
        return self.weight_scale(fan_in, fan_out) ** 2 * self.initializer.draw_variance

    def square(self, fan_in: int, fan_out: int) -> float:
        """Mean square of one weight: its variance, where its mean is 0."""
        scale = self.weight_scale(fan_in, fan_out)
        mean = scale / 2 if self.initializer.one_sided else 0.0
        return self.variance(fan_in, fan_out) + mean**2

    def bias_variance(self, fan_in: int, fan_out: int) -> float:
        """Variance of one bias."""
        return self.bias_scale(fan_in, fan_out) ** 2 * self.initializer.draw_variance


def _orthogonal(draws: Tensor) -> Tensor:
    """Nearest thing to an orthogonal matrix: orthonormal columns, or rows if there are fewer.

    ``draws [E, fan_in, fan_out]`` of N(0, 1). The signs of R's diagonal are moved into Q, which
    makes Q uniform over the orthogonal matrices (Mezzadri 2007) and is what ``torch.nn.init`` does.
    """
    wide = draws.shape[1] < draws.shape[2]
    q, r = torch.linalg.qr(draws.mT if wide else draws)
    q = q * torch.sign(torch.diagonal(r, dim1=-2, dim2=-1)).unsqueeze(-2)
    return q.mT if wide else q


def draw_parameters(
    distribution: Distribution,
    sizes: Sequence[int],
    pieces: int,
    seeds: Sequence[int],
    dtype: torch.dtype,
) -> Parameters:
    """Draw the networks of ``seeds``: layer ``l`` goes from ``sizes[l]`` to ``sizes[l + 1]`` units.

    Args:
        distribution: where they are drawn from.
        sizes: units per layer, input and output included.
        pieces: weight sets of each hidden layer, 2 for Maxout: ``W [E, fan_in, pieces * fan_out]``.
        seeds: one seed a network.
        dtype: the numbers are drawn in float64 and rounded to this.
    """
    initializer = distribution.initializer
    fans = list(itertools.pairwise(sizes))
    counts = [(fan_in + 1) * fan_out for fan_in, fan_out in fans]
    hidden = sum(counts[:-1])
    total = sum(counts) + (pieces - 1) * hidden
    draws = torch.empty(len(seeds), total, dtype=torch.float64)
    generator = torch.Generator()
    for row, seed in zip(draws, seeds, strict=True):
        generator.manual_seed(seed)
        for part in row.split([sum(counts), total - sum(counts)]):
            if initializer.uniform:
                part.uniform_(0 if initializer.one_sided else -1, 1, generator=generator)
            else:
                part.normal_(generator=generator)

    starts = [sum(counts[:layer]) for layer in range(len(fans))]
    parameters = []
    for layer, (fan_in, fan_out) in enumerate(fans):
        scale = distribution.weight_scale(fan_in, fan_out)
        bias_scale = distribution.bias_scale(fan_in, fan_out)
        sets = pieces if layer < len(fans) - 1 else 1
        weights, biases = [], []
        for piece in range(sets):
            start = starts[layer] + (sum(counts) + (piece - 1) * hidden if piece else 0)
            block = draws[:, start : start + counts[layer]]
            weight = block[:, : fan_in * fan_out].reshape(-1, fan_in, fan_out)
            if initializer.orthogonal:
                weight = _orthogonal(weight)
            weights.append(weight * scale)
            biases.append(block[:, fan_in * fan_out :] * bias_scale)
        parameters.append((torch.cat(weights, -1).to(dtype), torch.cat(biases, -1).to(dtype)))
    return parameters
