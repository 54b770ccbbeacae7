"""How large a network is, and what an ensemble of such networks takes in memory."""

from dataclasses import dataclass

from models.norms import NO_NORM

NORM_ROWS = 2
SHIFT, SCALE = range(NORM_ROWS)  # which of them is which


@dataclass(frozen=True)
class Shape:
    """One network's layers and the points that pass through it.

    All layers lie in arrays of one size, that of the largest: what a smaller one leaves over is
    unused. Layers count from 0 here.

    Attributes:
        sizes: units from the inputs to the answer.
        pieces: pre-activations of a hidden unit: 2 of a Maxout unit, 1 of any other.
        points: that are shown in a step.
        norm: of the hidden layers' pre-activations, a key of ``NORMS`` or ``NO_NORM``.
        skip: whether what goes into a hidden layer is added to what comes out of it, between two of
            one width.
    """

    sizes: tuple[int, ...]
    pieces: int
    points: int
    norm: str = NO_NORM
    skip: bool = False

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

    def is_skipped(self, layer: int) -> bool:
        """Whether there is a way past a layer."""
        inner = 0 < layer < self.depth
        return self.skip and inner and self.sizes[layer] == self.sizes[layer + 1]

    @property
    def rows(self) -> int:
        """Of every layer's weights in memory: the largest fan-in and the bias."""
        return 1 + max(self.sizes[:-1])

    @property
    def norm_rows(self) -> int:
        """Rows before them: a norm's shift and scale."""
        return NORM_ROWS if self.norm != NO_NORM else 0

    @property
    def columns(self) -> int:
        """Of every layer's weights in memory: the largest fan-out."""
        return max(map(self.fan_out, range(self.layers)))

    @property
    def parameters(self) -> int:
        """Weights, biases and the norms' shifts and scales of one network."""
        return sum(rows * columns for rows, columns in self.blocks())

    @property
    def weights(self) -> int:
        """Entries of one network's parameters in memory, the unused ones included."""
        return self.layers * (self.norm_rows + self.rows) * self.columns

    @property
    def buffers(self) -> int:
        """Entries of one network's inputs, pre-activations, deltas and logits in memory."""
        inputs, deltas = self.layers * self.rows, self.layers * self.columns
        hidden = self.depth * self.columns
        normed = hidden + self.columns if self.norm != NO_NORM else 0
        kept = self.depth * (self.rows - 1) if self.skip else 0
        return self.points * (inputs + hidden + deltas + 1 + normed + kept)

    def blocks(self) -> list[tuple[int, int]]:
        """Rows and columns of every layer's parameters.

        A norm's shift and scale are the first rows, then comes the bias, then a row an input.
        """
        return [
            ((self.norm_rows if layer < self.depth else 0) + 1 + fan_in, self.fan_out(layer))
            for layer, fan_in in enumerate(self.sizes[:-1])
        ]
