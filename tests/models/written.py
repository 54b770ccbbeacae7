"""Formulas as they are printed, in LaTeX or in HTML, computed: what they say must be true."""

import re
from typing import Any

import torch
from torch import Tensor

RELU_SLOPE = {"ReLU_": lambda z: (z > 0).to(z), "id_": torch.ones_like}
TANH_SLOPE = {"tanh_": lambda z: 1 - torch.tanh(z) ** 2}
SIGMOID = {"sigma": torch.sigmoid, "σ": torch.sigmoid}
SIGMOID_SLOPE = {"sigma_": lambda z: torch.sigmoid(z) * (1 - torch.sigmoid(z))}
SIGNS = {
    r"\sigma": "sigma",
    r"\tanh": "tanh",
    r"\cdot": "*",
    "·": "*",
    "−": "-",
    "^": "**",
    "²": "**2",
    "′": "_",
    "'": "_",
}


def computed(formula: str, z: Tensor, p: Tensor, y: Tensor) -> Any:
    """What a printed formula in ``z``, ``p`` and ``y`` comes to."""
    code = formula.replace(r"\frac{\partial p}{\partial z}", "sigma_(z)")
    code = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", code)
    code = re.sub(r"\\mathrm\{(\w+)\}", r"\1", code)
    for written, meant in SIGNS.items():
        code = code.replace(written, meant)
    code = re.sub(
        r"(?<=[\dpyz)]) ?(?=\()|(?<=\d)(?=[ps])", "*", code
    )  # what stands side by side is multiplied
    assert "\\" not in code, formula
    return eval(code, {"z": z, "p": p, "y": y} | RELU_SLOPE | SIGMOID | SIGMOID_SLOPE | TANH_SLOPE)
