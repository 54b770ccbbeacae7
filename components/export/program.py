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
from components.export import expressions, treated
from components.export.figures import ensemble_figures, made_with, network_figures
from components.export.source import Source, start_in_words
from components.words.text import Text
from models import Experiment, History
from models.batches import order_seed
from models.comparison import shared_start
from models.history import LOG_DENSITY

LINE = 96  # letters of a comment
ROUNDED = 1e-9  # of a loss: it may be less than the least that there is by its last digits


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
    if e.start is not None:
        every = words("program.own")
    said = [*source.setting(e, alone=True), every]
    figures = ensemble_figures(source, history)
    return _program(source, said, figures, ensemble_parts(words, e))


def network_settings(source: Source, experiments: Sequence[Experiment], network: int) -> list[str]:
    """The settings of one network of these runs."""
    words, lines = source.words, []
    names = source.style.names if len(experiments) > 1 else [""]
    for name, experiment in zip(names, experiments, strict=True):
        lines += [f"{name}: {' '.join(source.setting(experiment, alone=True))}".removeprefix(": ")]
    if all(e.start is not None for e in experiments):
        return [*lines, words("program.own")]
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
        _data(words, experiments),
        Part(
            words("program.network_title"),
            words("program.network") + treated.about_blocks(words, experiments),
            _module(words, experiments),
        ),
        _starts(words, experiments),
        _training(words, experiments, often),
        _runs(source, experiments, network),
        _results(words, experiments),
    ]


def ensemble_parts(words: Text, experiment: Experiment) -> list[Part]:
    """All networks of a run side by side: each weight has one more axis, the network."""
    e = experiment
    return [
        _data(words, [e], networks=True),
        Part(
            words("program.network_title"),
            words("program.forward_all") + treated.about_blocks(words, [e], networks=True),
            _logits(words, e),
        ),
        Part(
            words("program.start_title"),
            " ".join(
                [_start_about(words, [e], all_at_once=True), *treated.about_start(words, [e])]
            ),
            _start_all(words, e) + treated.start_all(e),
        ),
        Part(
            words("program.train_title"),
            words(f"program.train_all{'_batched' if e.batch else ''}")
            + treated.about_gradients(words, [e]),
            _training_all(words, e),
        ),
        Part(
            words("program.result_title"),
            words("program.result_all"),
            f"""{_own_gradients(e)}print("solved", int(solved.sum()), "of", NETWORKS)
for number, (W, {"*_" if treated.norms([e]) else "b"}) in enumerate(parameters, start=1):
    gradient = W.grad.norm(dim=(1, 2))  # [networks]
    logs = gradient[~diverged & (gradient > 0) & (gradient < 1e{DIVERGING:.0f})].log10()
    middle = 10 ** logs.quantile(0.5).item() if len(logs) else math.nan
    print("layer", number, "median gradient", middle)""",
        ),
    ]


def _own_gradients(e: Experiment) -> str:
    """Lines that measure the gradients of all points alone where they have added up."""
    if not e.accumulate:
        return ""
    losses = _losses(e).format(z="logits(X, parameters)", y="Y")
    return f"optimizer.zero_grad()\n{losses}.sum().backward()\n"


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


def _data(words: Text, experiments: Sequence[Experiment], networks: bool = False) -> Part:
    """What is to be learned; what differs between two runs is told where they are run."""
    first = experiments[0]
    counted = f"NETWORKS = {first.networks}\n" if networks else ""
    shown = "" if _differ(experiments) else "\n" + _points(words, first, networks)
    about = words("program.data_batched" if _is_batched(experiments) else "program.data",
                  data=first.task.label)  # fmt: skip
    if _differ(experiments):
        about = words("program.data_own")
    return Part(
        words("program.data_title"),
        about,
        f"""torch.set_default_dtype(torch.float64)
{counted}STEPS = {first.steps}{shown}""",
    )


def _points(words: Text, e: Experiment, networks: bool = False) -> str:
    """The points and what the answers to them are to be, of all networks once each."""
    axes = "1" if e.output_layer.units > 1 else "1, 1"
    each = f".repeat(NETWORKS, {axes})  # {words('program.each')}" if networks else ""
    targets, mistake = expressions.targets(e, networks), expressions.mistake(words, e)
    return f"X = {expressions.points(e)}\n{mistake}Y = {targets}{each}"


def _differ(experiments: Sequence[Experiment]) -> bool:
    """Whether runs have points or targets of their own."""
    return len({(expressions.points(e), expressions.targets(e)) for e in experiments}) > 1


def _is_batched(experiments: Sequence[Experiment]) -> bool:
    """Whether a step is shown some of the points."""
    return any(e.batch for e in experiments)


def _module(words: Text, experiments: Sequence[Experiment]) -> str:
    several = any(expressions.pieces(e) > 1 for e in experiments)
    alike = all(expressions.pieces(e) > 1 for e in experiments)
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
    own = "pieces" if several and not alike else ""
    if treated.has_blocks(experiments):
        sums = f"{pieces} * units" if several else "units"
        block = treated.block_module(experiments, sums, own)
        net = treated.net_module(words, experiments, own)
        return f"{maxout if several else ''}{block}\n\n\n{net}"
    given = f", {own}" if own else ""
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


def _literal_loss(words: Text, experiments: Sequence[Experiment], each: bool = False) -> str:
    """The losses that PyTorch does not have, as functions; ``each``: of each point."""
    literal = expressions.LITERAL
    functions = dict.fromkeys(literal[e.output] for e in experiments if e.output in literal)
    given = {
        "mean": "" if each else ".mean()",
        "reduction": 'reduction="none"' if each else "",
        "mistake": words("program.twice"),
    }
    return "".join(function.format(**given) + "\n\n\n" for function in functions)


def _start_names(experiments: Sequence[Experiment]) -> list[str]:
    """What the function is called that gives each run its initial weights."""
    kinds = [(e.start or e.distribution, expressions.pieces(e)) for e in experiments]
    if len(set(kinds)) == 1:
        return ["start"] * len(kinds)
    names = ["start_own" if e.start else f"start_{e.init}" for e in experiments]
    names = [
        f"{name}_maxout" if pieces > 1 else name
        for name, (_, pieces) in zip(names, kinds, strict=True)
    ]
    if len(set(names)) == len(names):
        return names
    return [f"{name}_{place}" for place, name in enumerate(names, start=1)]


def _starts(words: Text, experiments: Sequence[Experiment]) -> Part:
    """Functions that give networks their initial parameters."""
    named = dict(zip(_start_names(experiments), experiments, strict=True))
    return Part(
        words("program.start_title"),
        " ".join(
            [_start_about(words, list(named.values())), *treated.about_start(words, experiments)]
        ),
        "\n\n\n".join(
            _start(words, e, name, bool(treated.norms(experiments))) for name, e in named.items()
        ),
    )


def _start_about(words: Text, experiments: Sequence[Experiment], all_at_once: bool = False) -> str:
    inits = dict.fromkeys(start_in_words(words, e) for e in experiments if not e.start)
    drawn = "program.start_all" if all_at_once else "program.start"
    said = [words(drawn, init=", ".join(inits))] if inits else []
    own = [words("program.start_own")] if any(e.start for e in experiments) else []
    return " ".join(said + own)


def _start(words: Text, e: Experiment, name: str, normed: bool) -> str:
    """A function that gives a network its weights; ``normed``: it has other parameters, too."""
    counted = (
        "layer in net.layers for p in layer.parameters()" if normed else "p in net.parameters()"
    )
    weight, bias = expressions.weight(e, "W.T"), expressions.bias(e, "b")
    transposed = f"  # {words('program.transposed')}"
    if e.start:
        return f"""@torch.no_grad()
def {name}(net):
    weights = {_written(e, 4)}
    for layer, (W, b) in zip(net.layers, weights):
        layer.weight.copy_(torch.tensor(W).T){transposed}
        layer.bias.copy_(torch.tensor(b))"""
    if expressions.pieces(e) > 1:
        return f"""@torch.no_grad()
def {name}(net, seed):
    generator = torch.Generator().manual_seed(seed)
    *hidden, last = [(layer.weight, layer.bias) for layer in net.layers]
    first = [(W.chunk(2)[0], b.chunk(2)[0]) for W, b in hidden]
    second = [(W.chunk(2)[1], b.chunk(2)[1]) for W, b in hidden]  # {words("program.second_set")}
    for layers in ([*first, last], second):
        count = sum(W.numel() + b.numel() for W, b in layers)
        draws = {expressions.drawn(e, "count")}
        for weight, bias in layers:
            fan_out, fan_in = weight.shape
{_cut(words, e, 12)}
            weight.copy_({weight}){transposed}
            bias.{f"copy_({bias})" if bias else "zero_()"}"""
    return f"""@torch.no_grad()
def {name}(net, seed):
    generator = torch.Generator().manual_seed(seed)
    count = sum(p.numel() for {counted})
    draws = {expressions.drawn(e, "count")}
    for layer in net.layers:
        fan_in, fan_out = layer.in_features, layer.out_features
{_cut(words, e, 8)}
        layer.weight.copy_({weight}){transposed}
        layer.bias.{f"copy_({bias})" if bias else "zero_()"}"""


def _cut(words: Text, e: Experiment, indent: int) -> str:
    return textwrap.indent(expressions.cut(words, e), " " * indent)


def _written(e: Experiment, indent: int) -> str:
    """Weights of one's own as a list ``[(W, b), ...]``, a layer after the other."""
    rows = [f"({[list(row) for row in weight]}, {list(bias)})," for weight, bias in e.start or ()]
    inside = " " * (indent + 4)
    lines = [
        textwrap.fill(
            row, LINE, initial_indent=inside, subsequent_indent=inside + " ",
            break_long_words=False, break_on_hyphens=False,
        )
        for row in rows
    ]  # fmt: skip
    return "\n".join(["[", *lines, " " * indent + "]"])


def _start_all(words: Text, e: Experiment) -> str:
    """The parameters of all networks, one axis more each."""
    if e.start:
        return f"""weights = {_written(e, 0)}
parameters = []
for W, b in weights:
    W = torch.tensor(W).repeat(NETWORKS, 1, 1)  # [networks, fan_in, fan_out]
    b = torch.tensor(b).repeat(NETWORKS, 1, 1)  # [networks, 1, fan_out]
    parameters.append((W.requires_grad_(), b.requires_grad_()))"""
    weight, bias = expressions.weight(e, "W"), expressions.bias(e, "b")
    drawn = "return draw(generator, SIZES)"
    if expressions.pieces(e) > 1:
        drawn = f"""layers = draw(generator, SIZES)
    second = draw(generator, SIZES[:-1])  # {words("program.second_set")}
    for layer, (W, b) in enumerate(second):
        layers[layer] = (torch.cat([layers[layer][0], W], 1), torch.cat([layers[layer][1], b]))
    return layers"""
    seeds = f"{e.seed}, {e.seed} + NETWORKS" if e.seed else "NETWORKS"
    return f"""SIZES = {expressions.sizes(e)}  # {words("program.sizes")}


def draw(generator, sizes):
    count = sum((i + 1) * o for i, o in zip(sizes, sizes[1:]))
    draws = {expressions.drawn(e, "count")}
    layers = []
    for fan_in, fan_out in zip(sizes, sizes[1:]):
{_cut(words, e, 8)}
        layers.append(({weight}, {bias or "torch.zeros_like(b)"}))
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


def _logits(words: Text, e: Experiment) -> str:
    maxout = f"""def activation(z):
    first, second = z.chunk(2, dim=-1)  # {words("program.two_sets")}
    return torch.maximum(first, second)


"""
    head = (
        maxout if expressions.pieces(e) > 1 else f"activation = {expressions.activation(e)}\n\n\n"
    )
    loop = treated.hidden_all(words, e) if e.depth else ""
    return f"""{head if e.depth else ""}{treated.normalize_all(words, e)}def logits(x, parameters):
{loop}    W, b = parameters[-1]
    return x @ W + b  # [networks, {"points" if e.batch else 4}, {e.output_layer.units}]"""


def _training(words: Text, experiments: Sequence[Experiment], often: bool) -> Part:
    first, batched = experiments[0], _is_batched(experiments)
    stop = json.dumps(words("program.diverged"), ensure_ascii=False)
    judged, right = _judged(experiments)
    zero, adds_up = treated.zero(words, experiments), any(e.accumulate for e in experiments)
    measured = "[layer.weight.grad.norm().item() for layer in net.layers]"
    if adds_up:
        measured = """[
    gradient.norm().item()
    for gradient in torch.autograd.grad(
        loss_function(net(X), Y), [layer.weight for layer in net.layers]
    )
]"""
    given = ["net", "loss_function", *judged, "optimizer", *(["batches"] if batched else [])]
    given += treated.train_parameters(experiments)
    steps = _steps(
        f"""z = net(X)
loss = loss_function(z, Y){_back(zero, "loss", batched and adds_up)}""",
        _condition(first, often),
        f"""accuracy = {right}.double().mean()
gradients = {measured}
history.append((step, loss.item(), accuracy.item(), gradients))
if not loss.isfinite():
    print({stop}, step)
    break""",
        f"""if step % {_often(first)} == 0:
    print(f"{{step:>7,}}  loss {{loss.item():.6f}}")""",
        f"{zero}loss_function(net(x), y).backward()" if batched else "",
        treated.treatment(experiments),
    )
    return Part(
        words("program.train_title"),
        words("program.train_batched" if batched else "program.train")
        + treated.about_gradients(words, experiments),
        f"""{_literal_loss(words, experiments)}{_often_function(words, often)}\
{_batches(words, experiments)}{treated.gradient_functions(words, experiments)}\
def train({", ".join(given)}):
    history = []  # {words("program.history")}
{textwrap.indent(steps, "    ")}
    return history""",
    )


def _training_all(words: Text, e: Experiment) -> str:
    """The training of all networks at once."""
    often, losses = not e.output_layer.always_defined, _losses(e)
    lowest = e.lowest_plateau
    if e.broadcast:
        lowest -= ROUNDED
    zero = treated.zero(words, [e])
    feed = _feed(e, f"range({order_seed(e.seed)}, {order_seed(e.seed)} + NETWORKS)")
    steps = _steps(
        f"""z = logits(X, parameters)
losses = {losses.format(z="z", y="Y")}  # [networks]\
{_back(zero, "losses.sum()", bool(e.batch) and e.accumulate)}""",
        _condition(e, often),
        f"""diverged |= ~losses.isfinite()
right = ({expressions.right(e)}).all(dim=1).flatten()
solved = right & (losses < {lowest!r}) & ~diverged""",
        f"""if step % {_often(e)} == 0:
    print(f"{{step:>7,}}  solved {{int(solved.sum())}}  diverged {{int(diverged.sum())}}")
if diverged.all():
    break""",
        f"{zero}{losses.format(z='logits(x, parameters)', y='y')}.sum().backward()"
        if e.batch
        else "",
        treated.treatment_all(e),
    )
    loss = expressions.loss(e, "reduction='none'").replace("'", '"')
    return f"""{_literal_loss(words, [e], each=True)}{_often_function(words, often)}\
{_batches(words, [e], networks=True)}{treated.gradient_functions_all(words, e)}\
loss_function = {loss}
optimizer = {expressions.optimizer(e, "[p for layer in parameters for p in layer]")}
{f"batches = {feed}" + chr(10) if e.batch else ""}\
diverged = torch.zeros(NETWORKS, dtype=torch.bool)
{steps}"""


def _losses(e: Experiment) -> str:
    """Each network's loss, of what replaces ``{z}`` and ``{y}``."""
    if e.output_layer.units > 1:  # PyTorch wants them on the second axis
        return "loss_function({z}.mT, {y}).mean(dim=1)"
    return "loss_function({z}, {y}).mean(dim=(1, 2))"


def _back(zero: str, loss: str, is_apart: bool) -> str:
    """Lines that send a loss back; none where what is measured must leave the gradient alone."""
    return "" if is_apart else f"\n{zero}{loss}.backward()"


def _steps(look: str, condition: str, measured: str, said: str, update: str, treatment: str) -> str:
    """The loop over steps.

    Args:
        look: the loss of all points, and its gradient.
        condition: when it is measured.
        measured: what is made of it then.
        said: what is printed.
        update: the gradient of the points of a batch; empty: a step is one of all points.
        treatment: what becomes of the gradient before a step.
    """
    step = textwrap.indent(f"{treatment}optimizer.step()", "        ")
    if not update:
        return f"""for step in range(STEPS + 1):
{textwrap.indent(look, "    ")}
    if {condition}:
{textwrap.indent(measured, "        ")}
{textwrap.indent(said, "    ")}
    if step < STEPS:
{step}"""
    inside = "\n".join([look, measured, said])
    return f"""for step in range(STEPS + 1):
    if {condition}:
{textwrap.indent(inside, "        ")}
    if step < STEPS:
        x, y = next(batches)
{textwrap.indent(update, "        ")}
{step}"""


def _batches(words: Text, experiments: Sequence[Experiment], networks: bool = False) -> str:
    """Functions that give a step after the other its points."""
    if not _is_batched(experiments):
        return ""
    spread = any(e.broadcast for e in experiments)  # then labels lie along the last axis
    along = f", dim={2 if spread else 1}" if networks else ""
    functions = {
        "fixed": f"""def in_order(size):
    while True:  # {words("program.epoch_fixed")}
        yield from zip(X.split(size), Y.split(size{along}))""",
        "shuffled": f"""def shuffled(size, seed):
    generator = torch.Generator().manual_seed(seed)
    while True:  # {words("program.epoch_shuffled")}
        order = torch.rand(len(X), generator=generator).argsort()
        yield from zip(X[order].split(size), Y[order].split(size))""",
    }
    labels = "Y[0, 0][orders].unsqueeze(1)" if spread else "Y[0][orders]"
    if networks:
        functions["shuffled"] = f"""def shuffled(size, seeds):
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    while True:  # {words("program.epoch_all")}
        orders = [torch.rand(len(X), generator=generator).argsort() for generator in generators]
        orders = torch.stack(orders)  # [networks, points]
        yield from zip(X[orders].split(size, dim=1), {labels}.split(size{along}))"""
    used = dict.fromkeys(e.order for e in experiments)
    return "".join(f"{functions[order]}\n\n\n" for order in used)


def _feed(e: Experiment, seeds: object) -> str:
    """What gives a run its batches."""
    if e.order == "shuffled":
        return f"shuffled({e.batch_points}, {seeds})"
    return f"in_order({e.batch_points})"


def _judged(experiments: Sequence[Experiment]) -> tuple[list[str], str]:
    """By what ``train`` is told which answers are right, and which are."""
    kinds = {e.output_layer.units for e in experiments}
    if len(kinds) > 1:
        return ["right"], "right(z)"
    if kinds == {1}:
        middle = max(e.output_layer.middle for e in experiments)  # between all their targets
        labels = "Y.view_as(z)" if any(e.broadcast for e in experiments) else "Y"
        return ["threshold"], f"((z > threshold) == ({labels} > {middle:g}))"
    return [], f"({expressions.right(experiments[0])})"


def _runs(source: Source, experiments: Sequence[Experiment], network: int) -> Part:
    """Each run's network, made and trained."""
    words, blocks = source.words, []
    seed = experiments[0].seed + network
    starts, (judged, _) = _start_names(experiments), _judged(experiments)
    for name, start, e in zip(source.style.names, starts, experiments, strict=False):
        given = [expressions.sizes(e)]
        if any(other.depth for other in experiments):
            given.append(expressions.activation(e))
        if len({expressions.pieces(other) for other in experiments}) > 1:
            given.append(f"{expressions.pieces(e)}")
        given += treated.net_arguments(experiments, e)
        said, target = "", "history"
        if len(experiments) > 1:
            quoted = json.dumps(name, ensure_ascii=False)
            said, target = f"print({quoted})\n", f"histories[{quoted}]"
        if _differ(experiments):
            said += _points(words, e) + "\n"
        trained = ["net", expressions.loss(e), *_told(e, judged), "optimizer"]
        if _is_batched(experiments):
            trained.append(_feed(e, f"seed={order_seed(seed)}"))
        trained += treated.train_arguments(experiments, e)
        blocks.append(f"""{said}net = Net({", ".join(given)})
{start}(net{"" if e.start else f", seed={seed}"})
optimizer = {expressions.optimizer(e, "net.parameters()")}
{target} = train({", ".join(trained)})""")
    if len(blocks) > 1:
        blocks.insert(0, "histories = {}")
    own, kin = any(e.start for e in experiments), shared_start(experiments[0], experiments[-1])
    if len(experiments) == 1:
        about = [words("program.run_own" if own else "program.run", seed=seed)]
    elif own:
        about = [words("program.both_own")]
    else:
        about = [words("program.both", seed=seed), words(f"start.{kin}")]
    if any(e.order == "shuffled" for e in experiments):
        about.append(words("program.order_seed"))
    for output in ("sigmoid", "softmax"):
        if any(e.output == output for e in experiments):
            about.append(words(f"program.stable_{output}"))
    return Part(words("program.run_title"), " ".join(about), "\n\n".join(blocks))


def _told(e: Experiment, judged: Sequence[str]) -> list[str]:
    """What a run gives ``train`` for it to tell which answers are right."""
    given = {"threshold": expressions.threshold(e), "right": f"lambda z: {expressions.right(e)}"}
    return [given[each] for each in judged]


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
    answer = expressions.answer(e, "net(X)")
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


def _often(e: Experiment) -> int:
    """Steps between two lines of what is printed while it trains."""
    return max(1, e.steps // 10)
