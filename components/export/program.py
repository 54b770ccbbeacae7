"""A setting as a plain PyTorch program, in the style of the lecture's exercise.

It imports nothing of this lab and computes the figures that the lab shows: the initial weights come
from the same seeded draw, a step is ``torch.optim``'s, and what is printed is measured in float64,
as a gradient of 1e-40 would be 0 otherwise. Two programs of the same parts: one network, an
``nn.Module``; and all networks at once, each weight with one more axis, for the share that solve
XOR.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from components.charts.gradient import DIVERGING
from components.export.source import Source
from components.naming import option_names
from components.text import Text
from models import Experiment, History
from models.datasets import XOR_INPUTS, XOR_LABELS
from models.history import LOG_DENSITY
from models.optimizers import ADAM_BETAS, ADAM_EPSILON, MOMENTUM

LINE = 96  # letters of a comment
ACTIVATIONS = {
    "sigmoid": "torch.sigmoid({z})",
    "tanh": "torch.tanh({z})",
    "relu": "torch.relu({z})",
    "leaky_relu": "nn.functional.leaky_relu({z}, {a!r})",
    "maxout": "torch.maximum(*{bracketed}.chunk(2, dim=-1))",
    "elu": "nn.functional.elu({z}, {a!r})",
    "identity": "{z}",
    "softplus": "nn.functional.softplus({z})",
    "selu": "torch.selu({z})",
    "gelu": "nn.functional.gelu({z})",
    "silu": "nn.functional.silu({z})",
    "mish": "nn.functional.mish({z})",
}
"""A hidden layer's output of its weighted sum ``z``."""

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
}
"""What a weight's draw is multiplied by."""
BIAS_SCALES = {"lab": "1.0", "pytorch": "(1 / math.sqrt(fan_in))"}
"""The same of a bias; others begin at 0."""

_CROSS_ENTROPY = "-(y * torch.log(h) + (1 - y) * torch.log(1 - h))"
HYPOTHESES = {"sigmoid": "torch.sigmoid(z)", "relu": "torch.relu(z)"}
"""The answer ``h``; of the other outputs it is ``z``."""
LOSSES = {"linear": _CROSS_ENTROPY, "relu": _CROSS_ENTROPY, "squared": "(h - y) ** 2"}
"""Each point's loss of ``h``; a sigmoid's is taken of ``z``."""

OPTIMIZERS = {
    "sgd": "torch.optim.SGD({parameters}, lr={rate!r})",
    "momentum": f"torch.optim.SGD({{parameters}}, lr={{rate!r}}, momentum={MOMENTUM})",
    "adam": f"torch.optim.Adam({{parameters}}, lr={{rate!r}}, betas={ADAM_BETAS}, "
    f"eps={ADAM_EPSILON})",
}


@dataclass(frozen=True)
class Part:
    """A piece of a program: what it does, in the reader's language, and its code."""

    about: str
    code: str


def figures_shown(words: Text, history: History, network: int) -> list[str]:
    """What the lab shows at the end of a network's run, and how far a program agrees with it."""
    precision = words(f"program.precision_{history.experiment.dtype}")
    return [words("program.figures"), *_figures(words, history, network), precision]


def network_program(source: Source, history: History, network: int) -> str:
    """One network as a program, with the figures that the lab shows of it."""
    parts = network_parts(source.words, history.experiment, network)
    return _program(source, history, parts, _figures(source.words, history, network))


def ensemble_program(source: Source, history: History) -> str:
    """All networks of a run as a program that counts those that solve XOR."""
    solved, networks = int(history.solved.sum()), history.experiment.networks
    figures = [f"solved {solved} of {networks}"]
    return _program(source, history, ensemble_parts(source.words, history.experiment), figures)


def network_parts(
    words: Text, experiment: Experiment, network: int, logged: bool = False
) -> list[Part]:
    """One network, an ``nn.Module``, step by step.

    Args:
        words: the comments' language.
        experiment: the run.
        network: its number.
        logged: whether the program measures at all steps at which the lab does, so that it can draw
            what the lab draws. Where a loss is not always a number it has to, as the lab stops a
            network at the first such step.
    """
    e, seed = experiment, experiment.seed + network
    logged = logged or not e.output_layer.always_defined
    end = [_measured(words, e), _train_logged(words, e)] if logged else [_train(words, e)]
    return [
        _data(words, e, ["copy", "math"] if logged else _modules(e)),
        Part(words("program.network"), _module(words, e)),
        _judgement(words, e),
        Part(words("program.start", seed=seed, init=_init(words, e)), _start(words, e, seed)),
        *end,
        _result(words, e, logged),
    ]


def ensemble_parts(words: Text, experiment: Experiment) -> list[Part]:
    """All networks of a run side by side: each weight has one more axis, the network."""
    e = experiment
    return [
        _data(words, e, ["math"], nn="nn." in _activation(e, "z") + _loss(words, e)),
        _judgement(words, e),
        Part(
            words("program.start_all", networks=e.networks, init=_init(words, e)),
            _start_all(words, e),
        ),
        Part(words("program.forward_all"), _logits(e)),
        Part(
            words("program.measure"),
            f"""def measure(parameters):
    exact = [(W.detach().double().requires_grad_(), b.detach().double()) for W, b in parameters]
    z = logits(X.double(), exact)
    costs = losses(z, Y.double()).mean(dim=(1, 2))  # [networks]
    costs.sum().backward()
    right = ((z > {_threshold(e)}) == (Y > 0.5)).all(dim=1).flatten()
    gradients = [W.grad.norm(dim=(1, 2)) for W, b in exact]  # [networks] a layer
    return costs.detach(), right, gradients""",
        ),
        Part(
            words("program.train_all"),
            f"""{_log_steps(words)}
optimizer = {_optimizer(e, "[p for layer in parameters for p in layer]")}
diverged = torch.zeros({e.networks}, dtype=torch.bool)
for step in range(STEPS + 1):
    if step in LOGGED:
        costs, right, gradients = measure(parameters)
        finite = [torch.isfinite(p).flatten(1).all(dim=1) for layer in parameters for p in layer]
        diverged |= ~(torch.isfinite(costs) & torch.stack(finite).all(dim=0))
        solved = right & (costs < {e.output_layer.lowest_plateau!r}) & ~diverged
        if step % {_often(e)} == 0:
            print(f"{{step:>7,}}  solved {{int(solved.sum())}}  diverged {{int(diverged.sum())}}")
    optimizer.zero_grad()
    losses(logits(X, parameters), Y).mean(dim=(1, 2)).sum().backward()
    optimizer.step()""",
        ),
        Part(
            words("program.result_all"),
            """print("solved", int(solved.sum()), "of", len(solved))
for number, gradient in enumerate(gradients, start=1):
    logs = gradient[~diverged & (gradient > 0) & (gradient < LARGEST)].log10()
    middle = 10 ** logs.quantile(0.5).item() if len(logs) else math.nan
    print("layer", number, "median gradient", middle)""".replace("LARGEST", f"1e{DIVERGING:.0f}"),
        ),
    ]


def _program(
    source: Source, history: History, parts: Sequence[Part], figures: Sequence[str]
) -> str:
    words = source.words
    said = [source.title, "", *source.setting(history.experiment), source.link]
    said += ["", words("program.figures"), *(f"    {figure}" for figure in figures)]
    said += ["", *_wrapped(words(f"program.precision_{history.experiment.dtype}"))]
    lines = "\n".join(said).replace("\\", "\\\\").replace('"""', "'''")
    text = f'"""{lines}\n"""\n'
    for place, part in enumerate(parts):
        text += _gap(parts[place - 1].code, part.code) if place else "\n"
        about = "\n".join(f"# {line}" for line in _wrapped(part.about))
        text += f"{about}\n{part.code}\n"
    return text


def _wrapped(sentence: str) -> list[str]:
    """In lines as long as code's; a letter of Korean is as wide as two."""
    wide = max(sum(2 if ord(c) > 0x1100 else 1 for c in sentence) / len(sentence), 1)
    return textwrap.wrap(sentence, int(LINE / wide), break_long_words=False)


def _gap(before: str, after: str) -> str:
    """Two blank lines beside a function or class, as Python is written."""
    beside = after.startswith(("def ", "class ")) or before.splitlines()[-1].startswith("    ")
    return "\n" if not beside else "\n\n"


def _figures(words: Text, history: History, network: int) -> list[str]:
    """What the lab shows at the end of the run, to be compared with what the program prints."""
    if history.diverged[network]:
        return [words("program.shown_diverged")]
    loss, accuracy = history.loss[-1, network], history.accuracy[-1, network]
    gradients = history.weight_gradient_norm[-1, :, network]
    digits = 8 if history.experiment.dtype == "float64" else 4
    figures = [f"loss {loss:.{digits}g}, accuracy {accuracy:g}"]
    named = enumerate(gradients, start=1)
    return figures + [f"layer {layer} gradient {norm:.{digits}g}" for layer, norm in named]


def _modules(e: Experiment) -> list[str]:
    return ["math"] if "math" in _weight_scale(e) + _bias_scale(e) else []


def _data(words: Text, e: Experiment, modules: Sequence[str], nn: bool = True) -> Part:
    imports = "".join(f"import {name}\n" for name in modules)
    imports += "\n" if imports else ""
    points, labels = XOR_INPUTS.int().tolist(), XOR_LABELS.int().unsqueeze(1).tolist()
    sizes = f"[2] + [{e.width}] * {e.depth} + [1]" if e.depth else "[2, 1]"
    return Part(
        words("program.data"),
        f"""{imports}import torch
{"from torch import nn" + chr(10) if nn else ""}
torch.set_default_dtype(torch.{e.dtype})
STEPS = {e.steps}
SIZES = {sizes}  # {words("program.sizes")}
X = torch.tensor({points}, dtype=torch.{e.dtype})
Y = torch.tensor({labels}, dtype=torch.{e.dtype})""",
    )


def _module(words: Text, e: Experiment) -> str:
    pairs = "zip(SIZES, SIZES[1:])"
    layers = f"        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in {pairs})"
    if e.phi.pieces > 1:
        layers = f"""        pairs = list({pairs})
        hidden = [nn.Linear(i, 2 * o) for i, o in pairs[:-1]]  # {words("program.two_sets")}
        self.layers = nn.ModuleList([*hidden, nn.Linear(*pairs[-1])])"""
    hidden = ""
    if e.depth:
        hidden = f"""        for layer in self.layers[:-1]:
            x = {_activation(e, "layer(x)")}
"""
    return f"""class Net(nn.Module):
    def __init__(self):
        super().__init__()
{layers}

    def forward(self, x):
{hidden}        return self.layers[-1](x)  # {words("program.logit")}"""


def _activation(e: Experiment, z: str) -> str:
    bracketed = f"({z})" if " " in z else z
    return ACTIVATIONS[e.activation].format(z=z, bracketed=bracketed, a=e.activation_parameter)


def _loss(words: Text, e: Experiment) -> str:
    """Each point's loss of ``z`` and ``y``: the body of a function."""
    if e.output == "sigmoid":
        return f"""    # {words("program.stable")}
    return nn.functional.binary_cross_entropy_with_logits(z, y.expand_as(z), reduction="none")"""
    return f"""    h = hypothesis(z)
    return {LOSSES[e.output]}"""


def _judgement(words: Text, e: Experiment) -> Part:
    return Part(
        words("program.loss"),
        f"""def hypothesis(z):
    return {HYPOTHESES.get(e.output, "z")}


def losses(z, y):
{_loss(words, e)}""",
    )


def _drawn(e: Experiment, count: str) -> str:
    """So many numbers, drawn at once: in pieces they would be others."""
    kind = "uniform_(-1, 1, " if e.initializer.uniform else "normal_("
    return f"torch.empty({count}, dtype=torch.float64).{kind}generator=generator)"


def _init(words: Text, e: Experiment) -> str:
    return option_names(words, "init")[e.init]


def _weight_scale(e: Experiment) -> str:
    return WEIGHT_SCALES[e.init]


def _bias_scale(e: Experiment) -> str:
    return BIAS_SCALES.get(e.init, "")


def _cut(words: Text, e: Experiment) -> str:
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
    return "".join(f"        {line}\n" for line in lines)


def _times(value: str, scale: str) -> str:
    """A product as code; nothing where there is no scale."""
    if not scale:
        return ""
    return value if scale == "1.0" else f"{value} * {scale}"


def _start(words: Text, e: Experiment, seed: int) -> str:
    """The network, with its initial parameters."""
    cut, weight, bias = _cut(words, e), _times("W.T", _weight_scale(e)), _times("b", _bias_scale(e))
    if e.phi.pieces > 1:
        return f"""def draw(layers, units):
    fans = [(layer.in_features, len(layer.bias[units])) for layer in layers]
    draws = {_drawn(e, "sum((i + 1) * o for i, o in fans)")}
    for layer, (fan_in, fan_out) in zip(layers, fans):
{cut}        layer.weight[units] = {weight}  # {words("program.transposed")}
        layer.bias[units] = {bias or 0}


net = Net()
generator = torch.Generator().manual_seed({seed})
with torch.no_grad():
    draw(net.layers, slice({e.width}))
    draw(net.layers[:-1], slice({e.width}, None))  # {words("program.second_set")}"""
    return f"""net = Net()
count = sum(p.numel() for p in net.parameters())
generator = torch.Generator().manual_seed({seed})
draws = {_drawn(e, "count")}
with torch.no_grad():
    for layer, fan_in, fan_out in zip(net.layers, SIZES, SIZES[1:]):
{cut}        layer.weight.copy_({weight})  # {words("program.transposed")}
        layer.bias.{f"copy_({bias})" if bias else "zero_()"}"""


def _start_all(words: Text, e: Experiment) -> str:
    """The parameters of all networks, one axis more each."""
    cut, weight, bias = _cut(words, e), _times("W", _weight_scale(e)), _times("b", _bias_scale(e))
    layers = "draw(generator, SIZES)"
    if e.phi.pieces > 1:
        layers = f"""draw(generator, SIZES)
    second = draw(generator, SIZES[:-1])  # {words("program.second_set")}
    for layer, (W, b) in enumerate(second):
        layers[layer] = (torch.cat([layers[layer][0], W], 1), torch.cat([layers[layer][1], b]))"""
    return f"""def draw(generator, sizes):
    count = sum((i + 1) * o for i, o in zip(sizes, sizes[1:]))
    draws = {_drawn(e, "count")}
    layers = []
    for fan_in, fan_out in zip(sizes, sizes[1:]):
{cut}        layers.append(({weight}, {bias or "torch.zeros_like(b)"}))
    return layers


def initial_parameters(seed):
    generator = torch.Generator().manual_seed(seed)
    layers = {layers}
    return layers


drawn = [initial_parameters(seed) for seed in range({e.seed}, {e.seed + e.networks})]
parameters = []
for layer in zip(*drawn):
    W = torch.stack([W for W, b in layer]).to(X.dtype)  # [networks, fan_in, fan_out]
    b = torch.stack([b for W, b in layer]).to(X.dtype).unsqueeze(1)  # [networks, 1, fan_out]
    parameters.append((W.requires_grad_(), b.requires_grad_()))"""


def _logits(e: Experiment) -> str:
    hidden = ""
    if e.depth:
        hidden = f"""    for W, b in parameters[:-1]:
        x = {_activation(e, "x @ W + b")}
"""
    return f"""def logits(x, parameters):
{hidden}    W, b = parameters[-1]
    return x @ W + b  # [networks, 4, 1]"""


def _train(words: Text, e: Experiment) -> Part:
    return Part(
        words("program.train"),
        f"""optimizer = {_optimizer(e, "net.parameters()")}
for step in range(STEPS):
    cost = losses(net(X), Y).mean()
    if step % {_often(e)} == 0:
        print(f"{{step:>7,}}  cost {{cost.item():.6f}}")
    optimizer.zero_grad()
    cost.backward()
    optimizer.step()""",
    )


def _measured(words: Text, e: Experiment) -> Part:
    return Part(
        words("program.measure"),
        f"""def measure(net):
    twin = copy.deepcopy(net).double()
    twin.zero_grad()
    z = twin(X.double())
    cost = losses(z, Y.double()).mean()
    cost.backward()
    accuracy = ((z > {_threshold(e)}) == (Y > 0.5)).double().mean()
    gradients = [layer.weight.grad.norm().item() for layer in twin.layers]
    return cost.item(), accuracy.item(), gradients""",
    )


def _train_logged(words: Text, e: Experiment) -> Part:
    return Part(
        words("program.train"),
        f"""{_log_steps(words)}
optimizer = {_optimizer(e, "net.parameters()")}
history = []  # {words("program.history")}
for step in range(STEPS + 1):
    cost = losses(net(X), Y).mean()
    if step in LOGGED:
        history.append((step, *measure(net)))
        if not math.isfinite(history[-1][1]):
            print("{words("program.diverged")}", step)
            break
    if step % {_often(e)} == 0:
        print(f"{{step:>7,}}  cost {{cost.item():.6f}}")
    optimizer.zero_grad()
    cost.backward()
    optimizer.step()""",
    )


def _result(words: Text, e: Experiment, logged: bool) -> Part:
    """What the lab shows; of a program that does not measure on its way it is measured here."""
    if logged:
        return Part(
            words("program.result"),
            """step, loss, accuracy, gradients = history[-1]
print("loss", loss)
print("accuracy", accuracy)
for number, gradient in enumerate(gradients, start=1):
    print("layer", number, "gradient", gradient)""",
        )
    return Part(
        words("program.result_measured"),
        f"""net.double().zero_grad()
z = net(X.double())
cost = losses(z, Y.double()).mean()
cost.backward()
predicted = z > {_threshold(e)}
print("hypothesis", hypothesis(z).flatten().tolist())
print("loss", cost.item())
print("accuracy", (predicted == (Y > 0.5)).double().mean().item())
for number, layer in enumerate(net.layers, start=1):
    print("layer", number, "gradient", layer.weight.grad.norm().item())""",
    )


def _log_steps(words: Text) -> str:
    """The steps at which the lab measures."""
    return f"""LOGGED = [0]  # {words("program.logged")}
while LOGGED[-1] < STEPS:
    units = (unit * 10**power for power in range(6) for unit in (1, 2, 5))
    unit = next(unit for unit in units if unit * {LOG_DENSITY} > LOGGED[-1])
    LOGGED.append(min((LOGGED[-1] // unit + 1) * unit, STEPS))
"""


def _optimizer(e: Experiment, parameters: str) -> str:
    return OPTIMIZERS[e.optimizer].format(parameters=parameters, rate=e.learning_rate)


def _often(e: Experiment) -> int:
    """Steps between two lines of what is printed while it trains."""
    return max(1, e.steps // 10)


def _threshold(e: Experiment) -> str:
    """Of ``z``: where the answer passes 1/2."""
    return f"{e.output_layer.threshold:g}"
