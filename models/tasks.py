"""What is to be learned: points of the plane, each with a label."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

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
        label: as one writes it.
        inputs: [P, 2] the points (float64).
        labels: [P] 0 or 1 (float64), each of them at least once.
        window: from where to where a picture of the plane shows both inputs.
    """

    name: str
    label: str
    inputs: Tensor
    labels: Tensor
    window: tuple[float, float]

    @property
    def points(self) -> int:
        """How many points there are, P."""
        return len(self.labels)

    def labelled_points(self) -> list[tuple[float, float, int]]:
        """Both inputs and the label of each point."""
        pairs = zip(self.inputs.tolist(), self.labels.tolist(), strict=True)
        return [(first, second, int(label)) for (first, second), label in pairs]

    @property
    def share(self) -> float:
        """Of the points whose label is 1."""
        return int(self.labels.sum()) / self.points

    @cached_property
    def merged(self) -> Mapping[str, tuple[int, float]]:
        """For each of ``PLATEAUS`` how many points are merged there, and the share of label 1.

        The points that are told apart have the least loss of their label, most often none. Which
        one is told apart is whichever leaves the two labels most evenly mixed, of two such one of
        label 0: with it the loss is the highest that it can be.
        """
        ones, points = int(self.labels.sum()), self.points
        merged = {"constant": (points, ones / points)}
        if points > 3:
            left = ones - 1 if 2 * ones > points else ones
            merged["one_apart"] = (points - 1, left / (points - 1))
        if points > 2:
            merged["two_apart"] = (2, 1 / 2)
        return merged

    @cached_property
    def is_separable(self) -> bool:
        """Whether some line has all points of label 0 on one side and all of label 1 on the other.

        A direction parts the labels if along it every 1 lies beyond every 0. Such directions fill
        an open arc, whose ends are at right angles to the way from some 0 to some 1: one of the
        directions halfway between two neighbouring ends lies in it.
        """
        zeros, ones = self.inputs[self.labels == 0], self.inputs[self.labels == 1]
        ways = (ones[:, None] - zeros).reshape(-1, INPUTS)
        across = torch.atan2(ways[:, 1], ways[:, 0]) + math.pi / 2
        ends = torch.unique(torch.cat([across, across + math.pi]) % (2 * math.pi))
        halfway = (ends + torch.cat([ends[1:], ends[:1] + 2 * math.pi])) / 2
        directions = torch.stack([halfway.cos(), halfway.sin()])  # [2, D]
        least, most = (ones @ directions).amin(dim=0), (zeros @ directions).amax(dim=0)
        return bool((least - most > 1e-9 * self.inputs.abs().max()).any())


_GATES = {
    "xor": (0, 1, 1, 0),
    "xnor": (1, 0, 0, 1),
    "and": (0, 0, 0, 1),
    "or": (0, 1, 1, 1),
    "nand": (1, 1, 1, 0),
    "nor": (1, 0, 0, 0),
}
_CODINGS = {"": (0.0, 1.0), "_centred": (-1.0, 1.0)}


def _gate(name: str, coding: str) -> Task:
    low, high = _CODINGS[coding]
    margin = (high - low) / 2
    return Task(
        name=name + coding,
        label=name.upper() + (" ±1" if coding else ""),
        inputs=torch.tensor(list(itertools.product((low, high), repeat=2)), dtype=torch.float64),
        labels=torch.tensor(_GATES[name], dtype=torch.float64),
        window=(low - margin, high + margin),
    )


TASKS: dict[str, Task] = {
    task.name: task for coding in _CODINGS for task in (_gate(name, coding) for name in _GATES)
}
"""The gates of two inputs, which are 0 or 1, or (``_centred``) -1 or 1. XOR is the lecture's: no
line parts its labels.
"""

XOR = TASKS["xor"]
