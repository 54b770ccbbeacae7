"""Normalisations of a hidden layer's pre-activations, before the activation takes them.

Each makes them ``(z - mean) / sqrt(variance + epsilon)``, with the biased variance, and then a
learned scale (1 at the start) times that plus a learned shift (0 at the start).
"""

from dataclasses import dataclass

EPSILON = 1e-5  # PyTorch's default


@dataclass(frozen=True)
class Norm:
    """One normalisation.

    Attributes:
        label: as the field writes it.
        paper: where it comes from.
        year: of the paper.
        module: PyTorch's, of a layer's pre-activations ``[P, n]``.
        axis: of ``[E, P, n]``, over which mean and variance are taken.
    """

    label: str
    paper: str
    year: int
    module: str
    axis: int

    @property
    def over_points(self) -> bool:
        """Whether it compares a unit's points with each other; else a point's units."""
        return self.axis == 1


NORMS = {
    "batch": Norm("Batch norm", "Ioffe & Szegedy", 2015, "nn.BatchNorm1d", axis=1),
    "layer": Norm("Layer norm", "Ba, Kiros & Hinton", 2016, "nn.LayerNorm", axis=2),
}
NO_NORM = "none"
