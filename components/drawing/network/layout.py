"""Which layers of a network are drawn, and how many of their units."""

from collections.abc import Sequence
from dataclasses import dataclass

MOST_LAYERS = 12  # hidden ones that are drawn whole; of more, the first and the last
FIRST_LAYERS, LAST_LAYERS = 5, 6
MOST_UNITS = 16


@dataclass(frozen=True)
class Layout:
    """Which layers are drawn, and how many of their units.

    Attributes:
        sizes: units of each layer of the network, from the inputs to the answer.
    """

    sizes: Sequence[int]

    @property
    def depth(self) -> int:
        """Hidden layers of the network."""
        return len(self.sizes) - 2

    @property
    def columns(self) -> list[int]:
        """Layer by its place from the left: 0 the inputs, ``depth + 1`` the output, -1 the gap that
        stands for the layers left out.
        """
        if self.depth <= MOST_LAYERS:
            return list(range(self.depth + 2))
        last = range(self.depth - LAST_LAYERS + 1, self.depth + 2)
        return [*range(FIRST_LAYERS + 1), -1, *last]

    @property
    def left_out(self) -> int:
        """Hidden layers that are not drawn."""
        return self.depth - sum(0 < layer <= self.depth for layer in self.columns)

    @property
    def shown(self) -> list[int]:
        """Units that are drawn of each layer."""
        return [min(units, MOST_UNITS) for units in self.sizes]

    @property
    def rows(self) -> int:
        """Rows of units: those of the layer that has most."""
        return max(self.shown[layer] for layer in self.columns if layer >= 0)
