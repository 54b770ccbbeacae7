"""What the parts of an experiment are called in PyTorch: the expressions of exported programs."""

import math

from components.words.text import Text
from models import Experiment

ACTIVATIONS = {
    "sigmoid": "nn.Sigmoid()",
    "tanh": "nn.Tanh()",
    "relu": "nn.ReLU()",
    "leaky_relu": "nn.LeakyReLU({a!r})",
    "maxout": "Maxout()",
    "elu": "nn.ELU({a!r})",
    "identity": "nn.Identity()",
    "softplus": "nn.Softplus()",
    "selu": "nn.SELU()",
    "gelu": "nn.GELU()",
    "silu": "nn.SiLU()",
    "mish": "nn.Mish()",
}
"""A hidden layer's activation as a module."""

WEIGHT_SCALES = {
    "lecture": "1.0",
    "lab": "1.0",
    "xavier_uniform": "math.sqrt(6 / (fan_in + fan_out))",
    "xavier_normal": "math.sqrt(2 / (fan_in + fan_out))",
    "he_uniform": "math.sqrt(6 / fan_in)",
    "he_normal": "math.sqrt(2 / fan_in)",
    "lecun_normal": "math.sqrt(1 / fan_in)",
    "pytorch": "(1 / math.sqrt(fan_in))",
    "orthogonal": "1.0",
    "zeros": "0.0",
    "uniform01": "1.0",
}
"""What a weight's draw is multiplied by."""
BIAS_SCALES = {"lab": "1.0", "pytorch": "(1 / math.sqrt(fan_in))"}
"""The same of a bias; others begin at 0."""

LOSSES = {
    "sigmoid": "nn.BCEWithLogitsLoss",
    "squared": "nn.MSELoss",
    "linear": "cross_entropy",
    "relu": "relu_cross_entropy",
    "sigmoid_squared": "sigmoid_squared_error",
    "tanh_squared": "tanh_squared_error",
    "relu_squared": "relu_squared_error",
    "softmax": "nn.CrossEntropyLoss",
    "squared_signed": "nn.MSELoss",
    "tanh_squared_unit": "tanh_squared_error",
    "sigmoid_twice": "sigmoid_twice",
    "softmax_twice": "softmax_twice",
    "sigmoid_squared_signed": "sigmoid_squared_error",
}
"""An output's loss of the last weighted sum: PyTorch's own, or a function of ``LITERAL``."""
_SIGMOID_SQUARED = """def sigmoid_squared_error(z, y):
    return (torch.sigmoid(z) - y).square(){mean}"""
_TANH_SQUARED = """def tanh_squared_error(z, y):
    return (torch.tanh(z) - y).square(){mean}"""
LITERAL = {
    "linear": """def cross_entropy(h, y):
    return -(y * torch.log(h) + (1 - y) * torch.log(1 - h)){mean}""",
    "relu": """def relu_cross_entropy(z, y):
    h = torch.relu(z)
    return -(y * torch.log(h) + (1 - y) * torch.log(1 - h)){mean}""",
    "sigmoid_squared": _SIGMOID_SQUARED,
    "sigmoid_squared_signed": _SIGMOID_SQUARED,
    "tanh_squared": _TANH_SQUARED,
    "tanh_squared_unit": _TANH_SQUARED,
    "relu_squared": """def relu_squared_error(z, y):
    return (torch.relu(z) - y).square(){mean}""",
    "sigmoid_twice": """def sigmoid_twice(z, y):
    h = torch.sigmoid(z)
    return nn.BCEWithLogitsLoss({reduction})(h, y)  # {mistake}""",
    "softmax_twice": """def softmax_twice(z, y):
    h = z.softmax(dim=1)
    return nn.CrossEntropyLoss({reduction})(h, y)  # {mistake}""",
}
HYPOTHESES = {
    "sigmoid": "torch.sigmoid({z})",
    "relu": "torch.relu({z})",
    "sigmoid_squared": "torch.sigmoid({z})",
    "tanh_squared": "torch.tanh({z})",
    "relu_squared": "torch.relu({z})",
    "softmax": "{z}.softmax(dim=1)[:, 1]",
    "tanh_squared_unit": "torch.tanh({z})",
    "sigmoid_twice": "torch.sigmoid({z})",
    "softmax_twice": "{z}.softmax(dim=1)[:, 1]",
    "sigmoid_squared_signed": "torch.sigmoid({z})",
}
"""The answer; of the other outputs it is the last weighted sum itself."""


def activation(e: Experiment) -> str:
    """The hidden layers' activation."""
    return ACTIVATIONS[e.activation].format(a=e.activation_parameter)


def pieces(e: Experiment) -> int:
    """Weighted sums of a hidden unit."""
    return e.phi.pieces if e.depth else 1


def sizes(e: Experiment) -> str:
    """Units of all layers."""
    if e.depth <= 2 or e.hidden is not None:
        return repr(e.sizes)
    return f"[2] + [{e.width}] * {e.depth} + {e.sizes[-1:]}"


def points(e: Experiment) -> str:
    """The inputs, a row a point."""
    return f"torch.tensor({e.task.inputs.tolist()})"


def targets(e: Experiment, networks: bool = False) -> str:
    """What the answers are to be: a row a point, or of a softmax the number of the right unit.

    Where labels are broadcast, all stand in one row, which is the mistake.
    """
    output, labels = e.output_layer, e.task.labels
    if output.units > 1:
        return f"torch.tensor({labels.int().tolist()})"
    if e.broadcast:
        row = output.target(labels).tolist()
        return f"torch.tensor({[row] if networks else row})"
    return f"torch.tensor({output.target(labels).unsqueeze(1).tolist()})"


def mistake(words: Text, e: Experiment) -> str:
    """What is wrong with the targets, as a comment of its own line; empty: nothing."""
    said = [words("program.out_of_range")] if not math.isfinite(e.output_layer.threshold) else []
    said += [words("program.broadcast")] if e.broadcast else []
    return "".join(f"# {each}\n" for each in said)


def loss(e: Experiment, given: str = "") -> str:
    """What an output's loss is called."""
    name = LOSSES[e.output]
    return f"{name}({given})" if name.startswith("nn.") else name


def threshold(e: Experiment) -> str:
    """Of the last weighted sum: where the answer passes the middle between its targets."""
    value = e.output_layer.threshold
    if not math.isfinite(value):
        return "-math.inf"
    short = f"{value:g}"
    return short if float(short) == value else f"{value!r}"


def right(e: Experiment) -> str:
    """Which of the answers are right, of ``z`` and ``Y``."""
    if e.output_layer.units > 1:
        return "z.argmax(dim=-1) == Y"
    labels = "Y.view_as(z)" if e.broadcast else "Y"
    return f"(z > {threshold(e)}) == ({labels} > {e.output_layer.middle:g})"


def answer(e: Experiment, z: str) -> str:
    """The answers of the last weighted sums."""
    return HYPOTHESES.get(e.output, "{z}").format(z=z)


def drawn(e: Experiment, count: str) -> str:
    """So many numbers, drawn at once: in pieces they would be others."""
    low = 0 if e.initializer.one_sided else -1
    kind = f"uniform_({low}, 1, " if e.initializer.uniform else "normal_("
    return f"torch.empty({count}).{kind}generator=generator)"


def weight(e: Experiment, drawn: str) -> str:
    """An initial weight of what is drawn for it."""
    return _times(drawn, WEIGHT_SCALES[e.init], e.gain)


def bias(e: Experiment, drawn: str) -> str:
    """An initial bias likewise; empty where biases begin at 0."""
    if e.bias == "zeros":
        return ""
    if e.bias == "own":
        scale = BIAS_SCALES.get(e.init, "")
        return scale and _times(drawn, scale, e.gain)
    one_by_one = not e.initializer.orthogonal
    each = WEIGHT_SCALES[e.init] if one_by_one else "math.sqrt(1 / max(fan_in, fan_out))"
    return _times(drawn, each, e.gain)


def _times(value: str, scale: str, gain: float) -> str:
    factors = [f"{gain!r}"] if gain != 1 else []
    factors += [scale] if scale != "1.0" else []
    product = " * ".join(factors)
    return f"{value} * ({product})" if len(factors) > 1 else " * ".join([value, *factors])


def cut(words: Text, e: Experiment) -> str:
    """Lines that take a layer's ``W [fan_in, fan_out]`` and ``b`` off the front of ``draws``."""
    lines = [
        "rest = len(draws) - (fan_in + 1) * fan_out",
        "W, b, draws = draws.split([fan_in * fan_out, fan_out, rest])",
        "W = W.reshape(fan_in, fan_out)",
    ]
    if e.initializer.orthogonal:
        lines += [
            "Q, R = torch.linalg.qr(W if fan_in >= fan_out else W.T)",
            f"Q = Q * torch.diagonal(R).sign()  # {words('program.orthogonal')}",
            "W = Q if fan_in >= fan_out else Q.T",
        ]
    return "\n".join(lines)


def optimizer(e: Experiment, parameters: str) -> str:
    """How PyTorch makes it; weight decay is an argument only where there is some."""
    said = e.descent.program.format(
        parameters=parameters, rate=e.learning_rate, momentum=e.momentum
    )
    return said[:-1] + f", weight_decay={e.weight_decay!r})" if e.weight_decay else said
