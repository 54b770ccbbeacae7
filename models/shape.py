"""How large a network is, and what an ensemble of such networks takes in memory."""

import itertools
from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """One network's layers and the points that pass through it.

    All layers lie in arrays of one size, that of the largest: what a smaller one leaves over is
    unused. Layers count from 0 here.

    Attributes:
        sizes: units from the inputs to the answer.
        pieces: pre-activations of a hidden unit: 2 of a Maxout unit, 1 of any other.
        points: that are shown in a step.
    """

    sizes: tuple[int, ...]
    pieces: int
    points: int

    @property
    def depth(self) -> int:
        """Hidden layers, H."""
        return len(self.sizes) - 2

    @property
    def layers(self) -> int:
        """Weight layers, L = H + 1."""
        return len(self.sizes) - 1

    def fan_in(self, layer: int) -> int:
        """Inputs of a layer, without the bias."""
        return self.sizes[layer]

    def fan_out(self, layer: int) -> int:
        """Pre-activations of a layer."""
        return (self.pieces if layer < self.depth else 1) * self.sizes[layer + 1]

    @property
    def rows(self) -> int:
        """Of every layer's weights in memory: the largest fan-in and the bias."""
        return 1 + max(self.sizes[:-1])

    @property
    def columns(self) -> int:
        """Of every layer's weights in memory: the largest fan-out."""
        return max(map(self.fan_out, range(self.layers)))

    @property
    def parameters(self) -> int:
        """Weights and biases of one network."""
        return sum((1 + self.fan_in(layer)) * self.fan_out(layer) for layer in range(self.layers))

    @property
    def weights(self) -> int:
        """Entries of one network's weights in memory, the unused ones included."""
        return self.layers * self.rows * self.columns

    @property
    def buffers(self) -> int:
        """Entries of one network's inputs, pre-activations, deltas and logits in memory."""
        inputs, deltas = self.layers * self.rows, self.layers * self.columns
        return self.points * (inputs + self.depth * self.columns + deltas + 1)

    def blocks(self) -> list[tuple[int, int]]:
        """``(1 + fan_in, fan_out)`` of every layer, the bias being the first row."""
        sizes = enumerate(itertools.pairwise(self.sizes))
        return [(1 + fan_in, self.fan_out(layer)) for layer, (fan_in, _) in sizes]
