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
        """[K, E, N] the points' places in the shuffled epochs to come, K of them at a time."""
        points = self.task.points
        generators = [torch.Generator().manual_seed(order_seed(seed)) for seed in self.seeds]
        epochs = max(1, DRAWN_NUMBERS // (4 * points * len(generators)))
        draws = torch.empty(len(generators), epochs, points, dtype=torch.float64)
        while True:
            for row, generator in zip(draws, generators, strict=True):
                row.uniform_(0, 1, generator=generator)
            yield draws.argsort(dim=-1).transpose(0, 1)


class Feed:
    """Ensembles of the same networks that are shown what comes next, step by step.

    What is shown can be bound to an ensemble once if it comes again and again: batches in a fixed
    order, and the single points that a network sees by itself. Each such batch has an ensemble of
    its own, and to show it costs nothing. Where each network takes its own points, they are copied.

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
        by_itself = batches.size == 1 and len(batches.seeds) == 1
        copied = bool(batches.seeds) and not by_itself
        parts = batches.parts
        if copied:  # one of each size: an epoch's last batch may be smaller
            parts = list({part.stop - part.start: part for part in parts}.values())
        self._ensembles = list[Ensemble]()
        for part in parts:
            task = batches.task
            shown = replace(task, inputs=task.inputs[part], labels=task.labels[part])
            beside = self._ensembles[0] if self._ensembles else None
            self._ensembles.append(make(shown, beside, bool(batches.seeds)))
        self.ensemble = self._ensembles[0]
        self._coming: Iterator[Ensemble]
        if copied:
            self._coming = self._copied(itertools.islice(self._shown(batches), step, None))
            return
        places: Iterator[int] = itertools.cycle(range(len(parts)))
        if by_itself:
            orders = itertools.chain.from_iterable(batches.orders())
            places = itertools.chain.from_iterable(order.flatten().tolist() for order in orders)
        self._coming = map(self._ensembles.__getitem__, itertools.islice(places, step, None))

    @property
    def buffer_bytes(self) -> int:
        """Memory of what the steps are computed in, without the weights."""
        return sum(ensemble.buffer_bytes for ensemble in self._ensembles)

    def show(self, steps: int) -> Iterator[Ensemble]:
        """The ensemble of each of the coming steps, once it is shown that step's points."""
        return itertools.islice(self._coming, steps)

    def _copied(self, shown: Iterator[tuple[Tensor, Tensor]]) -> Iterator[Ensemble]:
        """Of each step's inputs and labels, the ensemble that they were copied to."""
        of_size = {ensemble.shape.points: ensemble for ensemble in self._ensembles}
        for inputs, labels in shown:
            ensemble = of_size[inputs.shape[1]]
            ensemble.show(inputs, labels)
            yield ensemble

    def _shown(self, batches: Batches) -> Iterator[tuple[Tensor, Tensor]]:
        """Inputs [E, B, 2] and labels with signs [E, B, 2] of one step after the other."""
        task, dtype = batches.task, self.ensemble.parameters.dtype
        points = torch.cat([task.inputs, with_signs(task.labels)], dim=1).to(dtype)
        zeros = self.ensemble.layout.zeros
        for orders in batches.orders():
            # As the networks lie in memory, so that to show them is to copy what is one piece.
            shown = zeros(*orders.shape, points.shape[1], dtype=dtype)
            shown.copy_(points[orders])
            for epoch in shown:
                for part in batches.parts:
                    yield epoch[:, part, :INPUTS], epoch[:, part, INPUTS:]


def batches_of(task: Task, batch: int | None, order: str, seeds: Sequence[int]) -> Batches:
    """The batches of an experiment's networks; ``seeds`` are those of their weights."""
    shuffled = order == "shuffled"
    return Batches(task, batch or task.points, tuple(seeds) if shuffled else ())
