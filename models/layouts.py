"""How an ensemble's numbers lie in memory, and what is fast there.

All is indexed ``[L, E, rows, columns]``, of layers, networks, and what they hold, whichever of them
is the last axis in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from models.shape import Shape

Call = Callable[[], object]


class NetworksFirst:
    """Memory in the index order: one BLAS call a layer, batched over the networks.

    Best for wide networks, where a matrix product is worth a call, and for a single one.
    """

    def __init__(self, shape: Shape, networks: int, dtype: torch.dtype):
        self.networks = networks

    @staticmethod
    def scratch(shape: Shape, networks: int) -> int:
        """Entries of memory of its own: none."""
        return 0

    def zeros(self, *shape: int, dtype: torch.dtype) -> Tensor:
        """A zero tensor, indexed ``[L, E, rows, columns]``."""
        return torch.zeros(shape, dtype=dtype)

    def product(self, left: Tensor, right: Tensor, out: Tensor, add: bool = False) -> Call:
        """``out [E, P, m] = left [E, P, k] @ right [E, k, m]``, to be called at every step.

        ``add``: it is added to what stands there.
        """
        if self.networks == 1:
            if add:
                return partial(out[0].addmm_, left[0], right[0])
            return partial(torch.mm, left[0], right[0], out=out[0])
        return (
            partial(out.baddbmm_, left, right) if add else partial(torch.bmm, left, right, out=out)
        )

    def outer(self, hidden: Tensor, deltas: Tensor) -> Tensor | tuple:
        """Operands of ``add_outer``."""
        return hidden.flatten(0, 1).mT, deltas.flatten(0, 1)

    def blocks(self, target: Tensor) -> Tensor:
        """``target [L, E, rows, columns]`` as ``add_outer`` wants it."""
        return target.flatten(0, 1)

    def add_outer(self, target: Tensor, blocks: Tensor, operands: tuple, scale: float) -> None:
        """``target += scale * sum over points of hidden^T deltas``, all layers in one operation."""
        blocks.baddbmm_(*operands, alpha=scale)


class PointsLast(NetworksFirst):
    """The points are the last axis in memory: every operation on a unit runs along them.

    Best for many points, such as a picture's. Of the weights the networks are the first axis.
    """

    def zeros(self, *shape: int, dtype: torch.dtype) -> Tensor:
        """A zero tensor, indexed ``[L, E, rows, columns]``."""
        layers, networks, rows, columns = shape
        return torch.zeros(layers, networks, columns, rows, dtype=dtype).mT


class NetworksLast:
    """The networks are the last axis in memory: every operation runs along them.

    Best for many narrow networks: a product of 5 x 5 matrices is not worth a BLAS call, but the
    same entry of 256 matrices is one vector instruction after the other.
    """

    def __init__(self, shape: Shape, networks: int, dtype: torch.dtype):
        self.terms = torch.zeros(self.scratch(shape, networks), dtype=dtype)

    @staticmethod
    def scratch(shape: Shape, networks: int) -> int:
        """Entries of memory of its own: a product's terms, before they are summed."""
        return shape.rows * shape.points * shape.columns * networks

    def zeros(self, *shape: int, dtype: torch.dtype) -> Tensor:
        """A zero tensor, indexed ``[L, E, rows, columns]``."""
        layers, networks, rows, columns = shape
        return torch.zeros(layers, rows, columns, networks, dtype=dtype).permute(0, 3, 1, 2)

    def product(self, left: Tensor, right: Tensor, out: Tensor, add: bool = False) -> Call:
        """``out [E, P, m] = left [E, P, k] @ right [E, k, m]``, to be called at every step.

        ``add``: it is added to what stands there.
        """
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

        def multiply_and_add() -> None:
            torch.mul(left, right, out=terms)
            out.add_(terms.sum(0))

        return multiply_and_add if add else multiply_and_sum

    def outer(self, hidden: Tensor, deltas: Tensor) -> tuple:
        """Operands of ``add_outer``: one pair a point."""
        return tuple(
            (hidden[:, :, point].unsqueeze(3), deltas[:, :, point].unsqueeze(2))
            for point in range(hidden.shape[2])
        )

    def blocks(self, target: Tensor) -> Tensor:
        """``target`` as ``add_outer`` wants it."""
        return target

    def add_outer(self, target: Tensor, blocks: Tensor, operands: tuple, scale: float) -> None:
        """``target += scale * sum over points of hidden^T deltas``, one operation a point."""
        for column, row in operands:
            blocks.addcmul_(column, row, value=scale)


Layout = NetworksFirst | NetworksLast
LayoutKind = type[NetworksFirst] | type[NetworksLast]
MANY_POINTS = 128


def best_layout(networks: int, columns: int, points: int) -> LayoutKind:
    """The layout that is faster for this shape (measured: tests/benchmarks/engine.py)."""
    if points >= MANY_POINTS:
        return PointsLast
    return NetworksLast if columns <= 12 and networks >= 16 else NetworksFirst


def buffer_entries(shape: Shape, networks: int) -> int:
    """Entries of all that an ensemble computes in, its layout's included, without the weights."""
    scratch = best_layout(networks, shape.columns, shape.points).scratch(shape, networks)
    return networks * shape.buffers + scratch
