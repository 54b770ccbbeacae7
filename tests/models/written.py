"""Formulas as they are printed, in LaTeX or in HTML, computed: what they say must be true."""

import re
from typing import Any

import torch
from torch import Tensor

RELU_SLOPE = {"ReLU_": lambda z: (z > 0).to(z), "id_": torch.ones_like}
SIGMOID_SLOPE = {"sigma_": lambda z: torch.sigmoid(z) * (1 - torch.sigmoid(z))}


def computed(formula: str, z: Tensor, p: Tensor, y: Tensor) -> Any:
    """What a printed formula in ``z``, ``p`` and ``y`` comes to."""
    code = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", formula)
    code = re.sub(r"\\mathrm\{(\w+)\}", r"\1", code).replace(r"\sigma", "sigma")
    code = code.replace(r"\cdot", "*").replace("·", "*").replace("−", "-")
    code = code.replace("′", "_").replace("'", "_").replace("^", "**").replace("²", "**2")
    code = re.sub(r"(?<=[\dpyz)]) ?(?=\()", "*", code)  # what stands side by side is multiplied
    assert "\\" not in code, formula
    return eval(code, {"z": z, "p": p, "y": y} | RELU_SLOPE | SIGMOID_SLOPE)
