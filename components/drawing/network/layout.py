"""Which layers of a network are drawn, and how many of their units."""

from dataclasses import dataclass

from models.tasks import INPUTS

MOST_LAYERS = 12  # hidden ones that are drawn whole; of more, the first and the last
FIRST_LAYERS, LAST_LAYERS = 5, 6
MOST_UNITS = 16


@dataclass(frozen=True)
class Layout:
    """Which layers are drawn, and how many of their units.

    Attributes:
        depth: hidden layers of the network.
        width: units of each.
        columns: layer by its place from the left: 0 the inputs, ``depth + 1`` the output, -1 the
            gap that stands for the layers left out.
    """

    depth: int
    width: int

    @property
    def columns(self) -> list[int]:
        if self.depth <= MOST_LAYERS:
            return list(range(self.depth + 2))
        last = range(self.depth - LAST_LAYERS + 1, self.depth + 2)
        return [*range(FIRST_LAYERS + 1), -1, *last]

    @property
    def left_out(self) -> int:
        """Hidden layers that are not drawn."""
        return self.depth - sum(0 < layer <= self.depth for layer in self.columns)

    @property
    def shown(self) -> int:
        """Units that are drawn of each hidden layer."""
        return min(self.width, MOST_UNITS)

    @property
    def rows(self) -> int:
        """Rows of units: those of the layer that has most."""
        return max(INPUTS, self.shown) if self.depth else INPUTS
