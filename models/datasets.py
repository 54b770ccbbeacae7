"""The data set of the lecture: exclusive or, four points, used whole in every step."""

import torch

XOR_INPUTS = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], dtype=torch.float64)
XOR_LABELS = torch.tensor([0.0, 1.0, 1.0, 0.0], dtype=torch.float64)
POINTS, INPUTS = XOR_INPUTS.shape


def labelled_points() -> list[tuple[float, float, int]]:
    """Both inputs and the label of each of the four points."""
    pairs = zip(XOR_INPUTS.tolist(), XOR_LABELS.tolist(), strict=True)
    return [(first, second, int(label)) for (first, second), label in pairs]
