"""What is to be learned: points of the plane, each with a label, used whole in every step."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

INPUTS = 2  # coordinates of a point
PLATEAUS = ("constant", "one_apart", "two_apart")
"""Where a loss rests while points are merged, the highest first: all get one answer; one is told
apart, the others merged; all but two told apart, those two of unlike label merged.
"""


@dataclass(frozen=True, eq=False)
class Task:
    """Points and their labels.

    Attributes:
        name: as an identifier.
        inputs: [P, 2] the points (float64).
        labels: [P] 0 or 1 (float64).
        window: from where to where a picture of the plane shows both inputs.
        merged: for each of ``PLATEAUS`` how many points are merged there, and which share of these
            has the label 1; the points that are told apart have no loss.
    """

    name: str
    inputs: Tensor
    labels: Tensor
    window: tuple[float, float]
    merged: Mapping[str, tuple[int, float]]

    @property
    def points(self) -> int:
        """How many points there are, P."""
        return len(self.labels)

    def labelled_points(self) -> list[tuple[float, float, int]]:
        """Both inputs and the label of each point."""
        pairs = zip(self.inputs.tolist(), self.labels.tolist(), strict=True)
        return [(first, second, int(label)) for (first, second), label in pairs]


XOR = Task(
    name="xor",
    inputs=torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], dtype=torch.float64),
    labels=torch.tensor([0.0, 1.0, 1.0, 0.0], dtype=torch.float64),
    window=(-0.5, 1.5),
    merged={"constant": (4, 1 / 2), "one_apart": (3, 1 / 3), "two_apart": (2, 1 / 2)},
)
"""Exclusive or, the lecture's: no line parts the labels."""
