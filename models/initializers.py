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

    ``uniform``: the draws are U(-1, 1), otherwise N(0, 1); both are multiplied by ``weight_scale``
    (a bound or a standard deviation) and, for the biases, by ``bias_scale``.
    """

    name: str
    label: str
    uniform: bool
    weight_scale: Callable[[int, int], float]
    paper: str
    bias_scale: Callable[[int], float] = lambda fan_in: 0.0
    orthogonal: bool = False

    def variance(self, fan_in: int, fan_out: int) -> float:
        """Variance of one weight."""
        if self.orthogonal:
            return 1 / max(fan_in, fan_out)
        return self.weight_scale(fan_in, fan_out) ** 2 / (3 if self.uniform else 1)

    def bias_variance(self, fan_in: int) -> float:
        """Variance of one bias."""
        return self.bias_scale(fan_in) ** 2 / (3 if self.uniform else 1)


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
)  # fmt: skip

INITIALIZERS: dict[str, Initializer] = {initializer.name: initializer for initializer in _ALL}


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
    initializer: Initializer,
    sizes: list[int],
    pieces: int,
    seeds: Sequence[int],
    dtype: torch.dtype,
) -> Parameters:
    """Draw the networks of ``seeds``: layer ``l`` goes from ``sizes[l]`` to ``sizes[l + 1]`` units.

    Args:
        initializer: which distribution.
        sizes: units per layer, input and output included.
        pieces: weight sets of each hidden layer, 2 for Maxout: ``W [E, fan_in, pieces * fan_out]``.
        seeds: one seed a network.
        dtype: the numbers are drawn in float64 and rounded to this.
    """
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
                part.uniform_(-1, 1, generator=generator)
            else:
                part.normal_(generator=generator)

    starts = [sum(counts[:layer]) for layer in range(len(fans))]
    parameters = []
    for layer, (fan_in, fan_out) in enumerate(fans):
        sets = pieces if layer < len(fans) - 1 else 1
        weights, biases = [], []
        for piece in range(sets):
            start = starts[layer] + (sum(counts) + (piece - 1) * hidden if piece else 0)
            block = draws[:, start : start + counts[layer]]
            weight = block[:, : fan_in * fan_out].reshape(-1, fan_in, fan_out)
            if initializer.orthogonal:
                weight = _orthogonal(weight)
            weights.append(weight * initializer.weight_scale(fan_in, fan_out))
            biases.append(block[:, fan_in * fan_out :] * initializer.bias_scale(fan_in))
        parameters.append((torch.cat(weights, -1).to(dtype), torch.cat(biases, -1).to(dtype)))
    return parameters
