"""Which points a step is shown: all of them, or a batch, in the task's order or shuffled.

An epoch shows every point once: in batches of ``batch`` points, the last of which has what is left.
A shuffled epoch takes them in an order of its own, and each network in its own: network ``i`` draws
from a generator that is seeded with ``order_seed(seed + i)``, N numbers of U(0, 1) an epoch, and
takes the points in the order of these numbers. What it is shown thus depends on its seed alone.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from models.network import Ensemble
from models.outputs import with_signs
from models.tasks import INPUTS, Task

DRAWN_NUMBERS = 1 << 18  # of points and labels that are laid out in advance


def order_seed(seed: int) -> int:
    """Of a network's orders, from the seed of its weights: another one, as they are not to agree
    with the first weights.
    """
    return seed + (1 << 31)  # a seed of PyTorch's has 32 bits


@dataclass(frozen=True)
class Batches:
    """How the points of a task are shown.

    Attributes:
        task: the points.
        size: of a batch.
        seeds: one a network if each takes the points in its own orders, else none.
    """

    task: Task
    size: int
    seeds: tuple[int, ...]

    @property
    def parts(self) -> list[slice]:
        """An epoch's batches, as places in its order."""
        points = self.task.points
        return [slice(low, min(low + self.size, points)) for low in range(0, points, self.size)]

    def orders(self) -> Iterator[Tensor]:
        """[K, E, N] the points' places in the epochs to come, K of them at a time.

        A fixed order is told once, [1, 1, N].
        """
        points = self.task.points
        if not self.seeds:
            yield torch.arange(points).view(1, 1, points)
            return
        generators = [torch.Generator().manual_seed(order_seed(seed)) for seed in self.seeds]
        epochs = max(1, DRAWN_NUMBERS // (4 * points * len(generators)))
        draws = torch.empty(len(generators), epochs, points, dtype=torch.float64)
        while True:
            for row, generator in zip(draws, generators, strict=True):
                row.uniform_(0, 1, generator=generator)
            yield draws.argsort(dim=-1).transpose(0, 1)


class Feed:
    """Ensembles of the same networks that are shown what comes next, step by step.

    Two, where an epoch's last batch is smaller than the others: what they compute in has the size
    of the batch.

    Args:
        batches: what is shown.
        make: of a task, another ensemble whose weights it shares (or None), and whether each
            network is shown points of its own: an ensemble that has as many points.
        step: how many steps were done.
    """

    def __init__(
        self,
        batches: Batches,
        make: Callable[[Task, Ensemble | None, bool], Ensemble],
        step: int = 0,
    ):
        task, self._ensembles = batches.task, dict[int, Ensemble]()
        for part in batches.parts:
            count = part.stop - part.start
            if count not in self._ensembles:
                first = replace(task, inputs=task.inputs[:count], labels=task.labels[:count])
                beside = self._ensembles.get(batches.size)
                self._ensembles[count] = make(first, beside, bool(batches.seeds))
        self.ensemble = self._ensembles[batches.size]
        self._whole = len(batches.parts) == 1
        self._coming = itertools.islice(self._shown(batches), step, None)

    @property
    def buffer_bytes(self) -> int:
        """Memory of what the steps are computed in, without the weights."""
        return sum(ensemble.buffer_bytes for ensemble in self._ensembles.values())

    def show(self, steps: int) -> Iterator[Ensemble]:
        """The ensemble of each of the coming steps, once it is shown that step's points."""
        if self._whole:
            return itertools.repeat(self.ensemble, steps)
        return self._next(steps)

    def _next(self, steps: int) -> Iterator[Ensemble]:
        for inputs, labels in itertools.islice(self._coming, steps):
            ensemble = self._ensembles[inputs.shape[1]]
            ensemble.show(inputs, labels)
            yield ensemble

    def _shown(self, batches: Batches) -> Iterator[tuple[Tensor, Tensor]]:
        """Inputs [E, B, 2] and labels with signs [E, B, 2] of one step after the other."""
        task, weights = batches.task, self.ensemble.weights
        points = torch.cat([task.inputs, with_signs(task.labels)], dim=1).to(weights.dtype)
        zeros = self.ensemble.layout.zeros
        for orders in batches.orders():
            # As the networks lie in memory, so that to show them is to copy what is one piece.
            shown = zeros(*orders.shape, points.shape[1], dtype=weights.dtype)
            shown.copy_(points[orders])
            steps = [
                (epoch[:, part, :INPUTS], epoch[:, part, INPUTS:])
                for epoch in shown
                for part in batches.parts
            ]
            yield from steps if batches.seeds else itertools.cycle(steps)


def batches_of(task: Task, batch: int | None, order: str, seeds: Sequence[int]) -> Batches:
    """The batches of an experiment's networks; ``seeds`` are those of their weights."""
    shuffled = order == "shuffled"
    return Batches(task, batch or task.points, tuple(seeds) if shuffled else ())
