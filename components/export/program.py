"""Runs as a plain PyTorch program, in the style of the lecture's exercise.

It imports nothing of this lab, starts from the same seeded draw, and trains in float64, where two
programs agree; in float32 rounding decides a few networks' fates, and what one program shows
another need not. Two programs of the same parts: one network of one run or of two side by side, an
``nn.Module``; and all networks of a run at once, each weight with one more axis.
"""

import json
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from components.drawing.charts.gradient import DIVERGING
from components.export.figures import ensemble_figures, made_with, network_figures
from components.export.source import Source
from components.settings.naming import option_names
from components.words.text import Text
from models import Experiment, History
from models.comparison import shared_start
from models.history import LOG_DENSITY

LINE = 96  # letters of a comment
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
}
"""What a weight's draw is multiplied by."""
BIAS_SCALES = {"lab": "1.0", "pytorch": "(1 / math.sqrt(fan_in))"}
"""The same of a bias; others begin at 0."""

LOSSES = {
    "sigmoid": "nn.BCEWithLogitsLoss",
    "squared": "nn.MSELoss",
    "linear": "cross_entropy",
    "relu": "relu_cross_entropy",
}
"""An output's loss of the last weighted sum: PyTorch's own, or a function of ``_LITERAL``."""
_LITERAL = {
    "linear": """def cross_entropy(h, y):
    return -(y * torch.log(h) + (1 - y) * torch.log(1 - h)){mean}""",
    "relu": """def relu_cross_entropy(z, y):
    h = torch.relu(z)
    return -(y * torch.log(h) + (1 - y) * torch.log(1 - h)){mean}""",
}
HYPOTHESES = {"sigmoid": "torch.sigmoid({z})", "relu": "torch.relu({z})"}
"""The answer; of the other outputs it is the last weighted sum itself."""


@dataclass(frozen=True)
class Part:
    """A piece of a program: what it does, in the reader's language, and its code."""

    title: str
    about: str
    code: str


def network_program(source: Source, histories: Sequence[History], network: int) -> str:
    """One network of a run, or of each of two, with the figures that the program prints."""
    experiments = [history.experiment for history in histories]
    said = network_settings(source, experiments, network)
    figures = network_figures(source, histories, network)
    return _program(source, said, figures, network_parts(source, experiments, network))


def ensemble_program(source: Source, history: History) -> str:
    """All networks of a run as a program that counts those that solve XOR."""
    words, e = source.words, history.experiment
    last = e.seed + e.networks - 1
    every = words("program.every", networks=e.networks, first=e.seed, last=last)
    said = [*source.setting(e, alone=True), every]
    figures = ensemble_figures(source, history)
    return _program(source, said, figures, ensemble_parts(words, e))


def network_settings(source: Source, experiments: Sequence[Experiment], network: int) -> list[str]:
    """The settings of one network of these runs."""
    words, lines = source.words, []
    names = source.style.names if len(experiments) > 1 else [""]
    for name, experiment in zip(names, experiments, strict=True):
        lines += [f"{name}: {' '.join(source.setting(experiment, alone=True))}".removeprefix(": ")]
    of = "program.one" if len(experiments) == 1 else "program.one_of_each"
    return [*lines, words(of, network=network, seed=experiments[0].seed + network)]


def network_parts(
    source: Source, experiments: Sequence[Experiment], network: int, curve: bool = False
) -> list[Part]:
    """One network of a run, or of each of several, step by step.

    Args:
        source: the runs' names and the comments' language.
        experiments: the runs.
        network: its number.
        curve: whether the program measures as often as the lab, so that it can draw what the lab
            draws. Where a loss is not always a number it has to, as the lab stops a network at the
            first such step that it measures.
    """
    words = source.words
    often = curve or not all(e.output_layer.always_defined for e in experiments)
    return [
        _data(words, experiments[0]),
        Part(words("program.network_title"), words("program.network"), _module(words, experiments)),
        _starts(words, experiments),
        _training(words, experiments, often),
        _runs(source, experiments, network),
        _results(words, experiments),
    ]


def ensemble_parts(words: Text, experiment: Experiment) -> list[Part]:
    """All networks of a run side by side: each weight has one more axis, the network."""
    e = experiment
    often = not e.output_layer.always_defined
    return [
        _data(words, e, networks=True),
        Part(words("program.network_title"), words("program.forward_all"), _logits(words, e)),
        Part(
            words("program.start_title"),
            words("program.start_all", init=_init(words, e)),
            _start_all(words, e),
        ),
        Part(
            words("program.train_title"),
            words("program.train_all"),
            f"""{_literal_loss([e], mean="")}{_often_function(words, often)}\
loss_function = {_loss(e, "reduction='none'").replace("'", '"')}
optimizer = {_optimizer(e, "[p for layer in parameters for p in layer]")}
diverged = torch.zeros(NETWORKS, dtype=torch.bool)
for step in range(STEPS + 1):
    z = logits(X, parameters)
    losses = loss_function(z, Y).mean(dim=(1, 2))  # [networks]
    optimizer.zero_grad()
    losses.sum().backward()
    if {_condition(e, often)}:
        diverged |= ~losses.isfinite()
        right = ((z > {_threshold(e)}) == (Y > 0.5)).all(dim=1).flatten()
        solved = right & (losses < {e.lowest_plateau!r}) & ~diverged
    if step % {_often(e)} == 0:
        print(f"{{step:>7,}}  solved {{int(solved.sum())}}  diverged {{int(diverged.sum())}}")
    if diverged.all():
        break
    if step < STEPS:
        optimizer.step()""",
        ),
        Part(
            words("program.result_title"),
            words("program.result_all"),
            """print("solved", int(solved.sum()), "of", NETWORKS)
for number, (W, b) in enumerate(parameters, start=1):
    gradient = W.grad.norm(dim=(1, 2))  # [networks]
    logs = gradient[~diverged & (gradient > 0) & (gradient < LARGEST)].log10()
    middle = 10 ** logs.quantile(0.5).item() if len(logs) else math.nan
    print("layer", number, "median gradient", middle)""".replace("LARGEST", f"1e{DIVERGING:.0f}"),
        ),
    ]


def imports(parts: Sequence[Part]) -> str:
    """What a program begins with."""
    math = "import math\n\n" if any("math." in part.code for part in parts) else ""
    return f"{math}import torch\nfrom torch import nn\n"


def _program(
    source: Source, settings: Sequence[str], figures: Sequence[str], parts: Sequence[Part]
) -> str:
    words = source.words
    said = [source.title, "", *settings, source.link, made_with(words), "", *figures]
    lines = "\n".join(line for each in said for line in (_wrapped(each) or [""]))
    lines = lines.replace("\\", "\\\\").replace('"""', "'''")
    text = f'"""{lines}\n"""\n\n{imports(parts)}'
    for place, part in enumerate(parts):
        text += _gap(parts[place - 1].code, part.code) if place else "\n"
        about = "\n".join(f"# {line}" for line in _wrapped(part.about))
        text += f"{about}\n{part.code}\n"
    return text


def _wrapped(sentence: str) -> list[str]:
    """In lines as long as code's; a letter of Korean is as wide as two."""
    if not sentence or sentence.startswith((" ", "http")):
        return [sentence]
    wide = max(sum(2 if ord(c) > 0x1100 else 1 for c in sentence) / len(sentence), 1)
    return textwrap.wrap(sentence, int(LINE / wide), break_long_words=False)


def _gap(before: str, after: str) -> str:
    """Two blank lines beside a function or class, as Python is written."""
    beside = after.startswith(("def ", "class ", "@")) or before.splitlines()[-1].startswith("    ")
    return "\n" if not beside else "\n\n"


def _data(words: Text, e: Experiment, networks: bool = False) -> Part:
    points, labels = e.task.inputs.tolist(), e.task.labels.unsqueeze(1).tolist()
    counted = f"NETWORKS = {e.networks}\n" if networks else ""
    each = f".repeat(NETWORKS, 1, 1)  # {words('program.each')}" if networks else ""
    return Part(
        words("program.data_title"),
        words("program.data"),
        f"""torch.set_default_dtype(torch.float64)
{counted}STEPS = {e.steps}
X = torch.tensor({points})
Y = torch.tensor({labels}){each}""",
    )


def _pieces(e: Experiment) -> int:
    """Weighted sums of a hidden unit."""
    return e.phi.pieces if e.depth else 1


def _module(words: Text, experiments: Sequence[Experiment]) -> str:
    several = any(_pieces(e) > 1 for e in experiments)
    alike = all(_pieces(e) > 1 for e in experiments)
    pieces = "2" if alike else "pieces"
    maxout = f"""class Maxout(nn.Module):
    def forward(self, z):
        first, second = z.chunk(2, dim=-1)  # {words("program.two_sets")}
        return torch.maximum(first, second)


"""
    pairs = "zip(sizes, sizes[1:])"
    layers = f"        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in {pairs})"
    if several:
        layers = f"""        *hidden, last = {pairs}
        hidden = [nn.Linear(i, {pieces} * o) for i, o in hidden]
        self.layers = nn.ModuleList([*hidden, nn.Linear(*last)])"""
    given = ", pieces" if several and not alike else ""
    if not any(e.depth for e in experiments):
        return f"""class Net(nn.Module):
    def __init__(self, sizes):
        super().__init__()
{layers}

    def forward(self, x):
        return self.layers[-1](x)  # {words("program.logit")}"""
    return f"""{maxout if several else ""}class Net(nn.Module):
    def __init__(self, sizes, activation{given}):
        super().__init__()
        self.activation = activation
{layers}

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)  # {words("program.logit")}"""


def _activation(e: Experiment) -> str:
    return ACTIVATIONS[e.activation].format(a=e.activation_parameter)


def _loss(e: Experiment, given: str = "") -> str:
    """What an output's loss is called."""
    name = LOSSES[e.output]
    return f"{name}({given})" if name.startswith("nn.") else name


def _literal_loss(experiments: Sequence[Experiment], mean: str = ".mean()") -> str:
    """The losses that PyTorch does not have, as functions."""
    outputs = dict.fromkeys(e.output for e in experiments if e.output in _LITERAL)
    return "".join(_LITERAL[output].format(mean=mean) + "\n\n\n" for output in outputs)


def _drawn(e: Experiment, count: str) -> str:
    """So many numbers, drawn at once: in pieces they would be others."""
    kind = "uniform_(-1, 1, " if e.initializer.uniform else "normal_("
    return f"torch.empty({count}).{kind}generator=generator)"


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


def _start_names(experiments: Sequence[Experiment]) -> list[str]:
    """What the function is called that gives each run its initial weights."""
    kinds = [(e.init, _pieces(e)) for e in experiments]
    if len(set(kinds)) == 1:
        return ["start"] * len(kinds)
    return [f"start_{init}{'_maxout' if pieces > 1 else ''}" for init, pieces in kinds]


def _starts(words: Text, experiments: Sequence[Experiment]) -> Part:
    """Functions that give networks their initial parameters."""
    named = dict(zip(_start_names(experiments), experiments, strict=True))
    inits = dict.fromkeys(_init(words, e) for e in named.values())
    return Part(
        words("program.start_title"),
        words("program.start", init=", ".join(inits)),
        "\n\n\n".join(_start(words, e, name) for name, e in named.items()),
    )


def _start(words: Text, e: Experiment, name: str) -> str:
    cut, weight, bias = _cut(words, e), _times("W.T", _weight_scale(e)), _times("b", _bias_scale(e))
    if _pieces(e) > 1:
        return f"""def draw(layers, units, generator):
    fans = [(layer.in_features, len(layer.bias[units])) for layer in layers]
    draws = {_drawn(e, "sum((i + 1) * o for i, o in fans)")}
    for layer, (fan_in, fan_out) in zip(layers, fans):
{cut}        layer.weight[units] = {weight}  # {words("program.transposed")}
        layer.bias[units] = {bias or 0}


@torch.no_grad()
def {name}(net, seed):
    generator = torch.Generator().manual_seed(seed)
    draw(net.layers, slice({e.width}), generator)
    draw(net.layers[:-1], slice({e.width}, None), generator)  # {words("program.second_set")}"""
    return f"""@torch.no_grad()
def {name}(net, seed):
    generator = torch.Generator().manual_seed(seed)
    count = sum(p.numel() for p in net.parameters())
    draws = {_drawn(e, "count")}
    for layer in net.layers:
        fan_in, fan_out = layer.in_features, layer.out_features
{cut}        layer.weight.copy_({weight})  # {words("program.transposed")}
        layer.bias.{f"copy_({bias})" if bias else "zero_()"}"""


def _start_all(words: Text, e: Experiment) -> str:
    """The parameters of all networks, one axis more each."""
    cut, weight, bias = _cut(words, e), _times("W", _weight_scale(e)), _times("b", _bias_scale(e))
    drawn = "return draw(generator, SIZES)"
    if _pieces(e) > 1:
        drawn = f"""layers = draw(generator, SIZES)
    second = draw(generator, SIZES[:-1])  # {words("program.second_set")}
    for layer, (W, b) in enumerate(second):
        layers[layer] = (torch.cat([layers[layer][0], W], 1), torch.cat([layers[layer][1], b]))
    return layers"""
    seeds = f"{e.seed}, {e.seed} + NETWORKS" if e.seed else "NETWORKS"
    return f"""SIZES = {sizes_of(e)}  # {words("program.sizes")}


def draw(generator, sizes):
    count = sum((i + 1) * o for i, o in zip(sizes, sizes[1:]))
    draws = {_drawn(e, "count")}
    layers = []
    for fan_in, fan_out in zip(sizes, sizes[1:]):
{cut}        layers.append(({weight}, {bias or "torch.zeros_like(b)"}))
    return layers


def initial_parameters(seed):
    generator = torch.Generator().manual_seed(seed)
    {drawn}


drawn = [initial_parameters(seed) for seed in range({seeds})]
parameters = []
for layer in zip(*drawn):
    W = torch.stack([W for W, b in layer])  # [networks, fan_in, fan_out]
    b = torch.stack([b for W, b in layer]).unsqueeze(1)  # [networks, 1, fan_out]
    parameters.append((W.requires_grad_(), b.requires_grad_()))"""


def sizes_of(e: Experiment) -> str:
    """Units of all layers, as code."""
    if e.depth <= 2:
        return repr(e.sizes)
    return f"[2] + [{e.width}] * {e.depth} + [1]"


def _logits(words: Text, e: Experiment) -> str:
    activation = ACTIVATIONS[e.activation].format(a=e.activation_parameter)
    maxout = f"""def activation(z):
    first, second = z.chunk(2, dim=-1)  # {words("program.two_sets")}
    return torch.maximum(first, second)


"""
    head = maxout if _pieces(e) > 1 else f"activation = {activation}\n\n\n"
    loop = """    for W, b in parameters[:-1]:
        x = activation(x @ W + b)
"""
    return f"""{head if e.depth else ""}def logits(x, parameters):
{loop if e.depth else ""}    W, b = parameters[-1]
    return x @ W + b  # [networks, 4, 1]"""


def _training(words: Text, experiments: Sequence[Experiment], often: bool) -> Part:
    first = experiments[0]
    stop = json.dumps(words("program.diverged"), ensure_ascii=False)
    return Part(
        words("program.train_title"),
        words("program.train"),
        f"""{_literal_loss(experiments)}{_often_function(words, often)}\
def train(net, loss_function, threshold, optimizer):
    history = []  # {words("program.history")}
    for step in range(STEPS + 1):
        z = net(X)
        loss = loss_function(z, Y)
        optimizer.zero_grad()
        loss.backward()
        if {_condition(first, often)}:
            accuracy = ((z > threshold) == (Y > 0.5)).double().mean()
            gradients = [layer.weight.grad.norm().item() for layer in net.layers]
            history.append((step, loss.item(), accuracy.item(), gradients))
            if not loss.isfinite():
                print({stop}, step)
                break
        if step % {_often(first)} == 0:
            print(f"{{step:>7,}}  loss {{loss.item():.6f}}")
        if step < STEPS:
            optimizer.step()
    return history""",
    )


def _runs(source: Source, experiments: Sequence[Experiment], network: int) -> Part:
    """Each run's network, made and trained."""
    words, blocks = source.words, []
    seed = experiments[0].seed + network
    starts = _start_names(experiments)
    for name, start, e in zip(source.style.names, starts, experiments, strict=False):
        given = [sizes_of(e)]
        if any(other.depth for other in experiments):
            given.append(_activation(e))
        if len({_pieces(other) for other in experiments}) > 1:
            given.append(f"{_pieces(e)}")
        said, target = "", "history"
        if len(experiments) > 1:
            quoted = json.dumps(name, ensure_ascii=False)
            said, target = f"print({quoted})\n", f"histories[{quoted}]"
        blocks.append(f"""{said}net = Net({", ".join(given)})
{start}(net, seed={seed})
optimizer = {_optimizer(e, "net.parameters()")}
{target} = train(net, {_loss(e, "")}, {_threshold(e)}, optimizer)""")
    if len(blocks) > 1:
        blocks.insert(0, "histories = {}")
    about = [words("program.run" if len(experiments) == 1 else "program.both", seed=seed)]
    if len(experiments) > 1:
        kin = shared_start(*experiments)
        about.append(words(f"start.{kin}"))
    if any(e.output == "sigmoid" for e in experiments):
        about.append(words("program.stable"))
    return Part(words("program.run_title"), " ".join(about), "\n\n".join(blocks))


def _results(words: Text, experiments: Sequence[Experiment]) -> Part:
    """What the program prints at its end."""
    title, e = words("program.result_title"), experiments[0]
    if len(experiments) > 1:
        return Part(
            title,
            words("program.result_both"),
            """for name, history in histories.items():
    for when, (step, loss, accuracy, gradients) in (("start", history[0]), ("end", history[-1])):
        print()
        print(name, when, "loss", loss)
        print(name, when, "accuracy", accuracy)
        for number, gradient in enumerate(gradients, start=1):
            print(name, when, "layer", number, "gradient", gradient)""",
        )
    answer = HYPOTHESES.get(e.output, "{z}").format(z="net(X)")
    return Part(
        title,
        words("program.result"),
        f"""step, loss, accuracy, gradients = history[-1]
print("answers", {answer}.flatten().tolist())
print("loss", loss)
print("accuracy", accuracy)
for number, gradient in enumerate(gradients, start=1):
    print("layer", number, "gradient", gradient)""",
    )


def _condition(e: Experiment, often: bool) -> str:
    """When the program measures."""
    return "is_measured(step)" if often else f"step % {_often(e)} == 0 or step == STEPS"


def _often_function(words: Text, often: bool) -> str:
    """The steps at which the lab measures, where the program measures ``often``."""
    if not often:
        return ""
    units = ", ".join(f"{unit * 10**power}" for power in range(5) for unit in (1, 2, 5))
    return f"""SPACINGS = ({units})


def is_measured(step):
    # {words("program.logged")}
    spacing = next(spacing for spacing in SPACINGS if {LOG_DENSITY} * spacing > step)
    return step % spacing == 0 or step == STEPS


"""


def _optimizer(e: Experiment, parameters: str) -> str:
    return e.descent.program.format(parameters=parameters, rate=e.learning_rate)


def _often(e: Experiment) -> int:
    """Steps between two lines of what is printed while it trains."""
    return max(1, e.steps // 10)


def _threshold(e: Experiment) -> str:
    """Of the last weighted sum: where the answer passes 1/2."""
    return f"{e.output_layer.threshold:g}"
