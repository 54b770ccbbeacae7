"""Norms, skips and treated gradients in exported programs.

Where all runs of a program have one in common, it stands in the program's text; where they differ
in it, it is an argument.
"""

from collections.abc import Sequence

from components.words.text import Text
from models import Experiment
from models.gradients import CLIP_EPSILON
from models.norms import EPSILON, NORMS

_NORM_ARGUMENTS = {name: norm.module for name, norm in NORMS.items()} | {"none": "nn.Identity"}


def norms(experiments: Sequence[Experiment]) -> list[str]:
    """The norms that these runs have, each once."""
    return [norm for norm in NORMS if any(e.norm == norm for e in experiments)]


def has_blocks(experiments: Sequence[Experiment]) -> bool:
    """Whether a hidden layer is more than its weighted sum and its activation."""
    return bool(norms(experiments)) or any(e.skip for e in experiments)


def about_blocks(words: Text, experiments: Sequence[Experiment], networks: bool = False) -> str:
    """What norms and skips do, in sentences that each begin with a space.

    Args:
        words: the comments' language.
        experiments: the program's runs.
        networks: whether it trains all networks at once.
    """
    said = [
        words(f"program.all_norm_{norm}") if networks else words(f"program.norm_{norm}")
        for norm in NORMS
        if norm in norms(experiments)
    ]
    said += [words("program.skip")] if any(e.skip for e in experiments) else []
    return "".join(f" {sentence}" for sentence in said)


def about_start(words: Text, experiments: Sequence[Experiment]) -> list[str]:
    """How norms begin."""
    return [words("program.norm_start")] if norms(experiments) else []


def about_gradients(words: Text, experiments: Sequence[Experiment]) -> str:
    """What becomes of a gradient before a step, as ``about_blocks`` tells it."""
    said = [words("program.accumulated")] if any(e.accumulate for e in experiments) else []
    said += [words("program.unit")] if any(e.unit_gradient for e in experiments) else []
    said += [words("program.clip")] if any(e.clip is not None for e in experiments) else []
    said += [words("program.untreated")] if said else []
    return "".join(f" {sentence}" for sentence in said)


def net_arguments(experiments: Sequence[Experiment], e: Experiment) -> list[str]:
    """What ``Net`` is given of a run's norm and skips."""
    given = [f"norm={_NORM_ARGUMENTS[e.norm]}"] if _differs(experiments, "norm") else []
    return given + ([f"skip={e.skip}"] if _differs(experiments, "skip") else [])


def train_parameters(experiments: Sequence[Experiment]) -> list[str]:
    """Parameters of ``train`` beyond the usual ones."""
    return [name for name in ("clip", "unit_gradient", "accumulate") if _differs(experiments, name)]


def train_arguments(experiments: Sequence[Experiment], e: Experiment) -> list[str]:
    """What ``train`` is given for them."""
    return [f"{name}={getattr(e, name)!r}" for name in train_parameters(experiments)]


def _differs(experiments: Sequence[Experiment], field: str) -> bool:
    return len({getattr(e, field) for e in experiments}) > 1


def block_module(experiments: Sequence[Experiment], sums: str, pieces: str) -> str:
    """A hidden layer as a module.

    Args:
        experiments: the program's runs.
        sums: how many weighted sums it has, as an expression.
        pieces: the parameter that this takes beyond ``inputs, units``; empty: none.
    """
    first, skipped = experiments[0], any(e.skip for e in experiments)
    own = _differs(experiments, "norm")
    norm = "norm" if own else NORMS[first.norm].module if first.norm in NORMS else ""
    given = ["inputs, units, activation", *([pieces] if pieces else [])]
    given += [*(["norm"] if own else []), *(["skip"] if skipped else [])]
    normed = f"        self.norm = {norm}({sums})\n" if norm else ""
    inside = "self.norm(self.linear(x))" if norm else "self.linear(x)"
    end = f"        return self.activation({inside})"
    if skipped:
        end = f"""        h = self.activation({inside})
        return h + x if self.skip else h"""
    return f"""class Block(nn.Module):
    def __init__(self, {", ".join(given)}):
        super().__init__()
        self.linear = nn.Linear(inputs, {sums})
{normed}        self.activation = activation
{"        self.skip = skip" + chr(10) if skipped else ""}
    def forward(self, x):
{end}"""


def net_module(words: Text, experiments: Sequence[Experiment], pieces: str) -> str:
    """A network of such layers; ``layers`` are the linear ones."""
    own = ["norm"] if _differs(experiments, "norm") else []
    either = ["skip"] if _differs(experiments, "skip") else []
    more = ["activation", *([pieces] if pieces else []), *own]
    block = ", ".join(["i, o", *more])
    blocks = f"        self.blocks = nn.ModuleList(Block({block}) for i, o in hidden)"
    if any(e.skip for e in experiments):
        is_past = f"{'skip and ' if either else ''}place > 0 and i == o"
        blocks = f"""        self.blocks = nn.ModuleList()
        for place, (i, o) in enumerate(hidden):
            past = {is_past}  # {words("program.past")}
            self.blocks.append(Block({block}, past))"""
    return f"""class Net(nn.Module):
    def __init__(self, {", ".join(["sizes", *more, *either])}):
        super().__init__()
        *hidden, last = zip(sizes, sizes[1:])
{blocks}
        self.last = nn.Linear(*last)
        self.layers = [*(block.linear for block in self.blocks), self.last]

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        return self.last(x)  # {words("program.logit")}"""


def gradient_functions(words: Text, experiments: Sequence[Experiment]) -> str:
    """The function that divides each layer's gradient by its norm, where a run asks for it."""
    if not any(e.unit_gradient for e in experiments):
        return ""
    layers = "[*net.blocks, net.last]" if norms(experiments) else "net.layers"
    return f"""def divide_by_norms(net):
    for layer in {layers}:
        gradients = [p.grad for p in layer.parameters()]
        largest = max(gradient.abs().max() for gradient in gradients)
        if largest > 0:
            for gradient in gradients:
                gradient /= largest  # {words("program.largest")}
            norm = torch.cat([gradient.flatten() for gradient in gradients]).norm()
            for gradient in gradients:
                gradient /= norm


"""


def zero(words: Text, experiments: Sequence[Experiment]) -> str:
    """Lines that forget the last step's gradient, or say that they are missing; each ends with a
    line break.
    """
    if _differs(experiments, "accumulate"):
        return "if not accumulate:\n    optimizer.zero_grad()\n"
    if experiments[0].accumulate:
        return f"# {words('program.no_zero_grad')}\n"
    return "optimizer.zero_grad()\n"


def treatment(experiments: Sequence[Experiment]) -> str:
    """Lines that treat a network's gradient before a step; each ends with a line break."""
    first, lines = experiments[0], ""
    if _differs(experiments, "unit_gradient"):
        lines += "if unit_gradient:\n    divide_by_norms(net)\n"
    elif first.unit_gradient:
        lines += "divide_by_norms(net)\n"
    if _differs(experiments, "clip"):
        lines += """if clip is not None:
    nn.utils.clip_grad_norm_(net.parameters(), clip)
"""
    elif first.clip is not None:
        lines += f"nn.utils.clip_grad_norm_(net.parameters(), {first.clip!r})\n"
    return lines


def start_all(e: Experiment) -> str:
    """The norms' parameters of all networks, as lines behind those that make ``W`` and ``b``."""
    if e.norm not in NORMS:
        return ""
    return """
*hidden, last = parameters
parameters = []
for W, b in hidden:
    scale = torch.ones_like(b).requires_grad_()  # [networks, 1, fan_out]
    shift = torch.zeros_like(b).requires_grad_()
    parameters.append((W, b, scale, shift))
parameters.append(last)"""


def normalize_all(words: Text, e: Experiment) -> str:
    """The norm of all networks' weighted sums ``[networks, points, units]``, as a function."""
    if e.norm not in NORMS:
        return ""
    axis = NORMS[e.norm].axis
    over = words(f"program.over_{'points' if NORMS[e.norm].over_points else 'units'}")
    return f"""def normalize(z, scale, shift):
    mean = z.mean(dim={axis}, keepdim=True)  # {over}
    variance = z.var(dim={axis}, correction=0, keepdim=True)
    return scale * (z - mean) / torch.sqrt(variance + {EPSILON!r}) + shift


"""


def hidden_all(words: Text, e: Experiment) -> str:
    """The loop over all networks' hidden layers, from ``x`` to ``x``."""
    named, sums = "W, b", "x @ W + b"
    if e.norm in NORMS:
        named, sums = "W, b, scale, shift", "normalize(x @ W + b, scale, shift)"
    if not e.skip:
        return f"""    for {named} in parameters[:-1]:
        x = activation({sums})
"""
    return f"""    for place, ({named}) in enumerate(parameters[:-1]):
        h = activation({sums})
        past = place > 0 and h.shape == x.shape  # {words("program.past")}
        x = h + x if past else h
"""


def gradient_functions_all(words: Text, e: Experiment) -> str:
    """The function that measures gradients of all networks, where some are treated."""
    if not e.unit_gradient and e.clip is None:
        return ""
    return f"""def norm(gradients):
    vector = torch.cat([gradient.flatten(1) for gradient in gradients], dim=1)
    # {words("program.largest")}
    largest = vector.abs().amax(dim=1, keepdim=True).clamp(min=1e-300)
    length = (vector / largest).norm(dim=1, keepdim=True).clamp(min=1) * largest
    return length.unsqueeze(2)  # [networks, 1, 1]


"""


def treatment_all(e: Experiment) -> str:
    """Lines that treat all networks' gradients before a step; each ends with a line break."""
    lines = ""
    if e.unit_gradient:
        lines += """for layer in parameters:
    own = norm([p.grad for p in layer])
    for p in layer:
        p.grad /= own
"""
    if e.clip is not None:
        lines += f"""gradients = [p.grad for layer in parameters for p in layer]
share = ({e.clip!r} / (norm(gradients) + {CLIP_EPSILON!r})).clamp(max=1)
for gradient in gradients:
    gradient *= share
"""
    return lines
