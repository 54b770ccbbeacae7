"""How much faster than plain PyTorch the engine is: ``python tests/benchmarks/engine.py``.

With the path of another checkout behind it, the base rows' steps are those of its engine, too, and
told as a ratio. One thread, float32. All sides of a comparison take turns within one run and
medians are compared, so that a machine that is slower for a while is slower for all of them. Prints
ratios, not grades: one under what was asked for is marked, and the exit code is 0 either way.
"""

import importlib
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models import Experiment, Trainer, initial_parameters
from models.tasks import XOR, Task

RATE = 0.1
ROUNDS = 9
ROUND_SECONDS = 0.15  # of each side in each round
MODULES = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU, "tanh": nn.Tanh}
# activation, depth, width, networks at once; required: at once over plain, over batched autograd
SHAPES = [
    ("sigmoid", 3, 10, 256, 200, 1.8),
    ("sigmoid", 9, 5, 256, 300, 1.8),
    ("relu", 9, 10, 256, 120, 1.8),
    ("tanh", 20, 20, 256, None, None),
    ("relu", 50, 32, 64, 40, None),
]
BASE = Experiment(init="xavier_normal")
SIX = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "maxout")
TOGETHER = {
    "two activations": [BASE, BASE.with_activation("relu")],
    "two rates": [BASE, replace(BASE, learning_rate=0.01)],
    "two optimizers": [BASE, replace(BASE, optimizer="adam")],
    "six activations, five rates": [
        replace(BASE.with_activation(name), learning_rate=rate)
        for rate in (0.3, 0.1, 0.03, 0.01, 0.003)
        for name in SIX
    ],
}
REQUIRED_ALONE = 8
REQUIRED_MANY_POINTS = 10
MANY_POINTS = 200
BATCHES = [(None, "fixed"), (1, "fixed"), (1, "shuffled"), (3, "shuffled")]
CHANGES = {
    "batch norm": ({"norm": "batch"}, 3),
    "layer norm": ({"norm": "layer"}, 3),
    "skip": ({"skip": True}, 1.15),
    "both": ({"norm": "batch", "skip": True}, None),
    "clip": ({"clip": 1.0}, None),
    "unit": ({"unit_gradient": True}, None),
}
"""What is changed in a pass or a step, and a step's time over one without it, at most."""
REQUIRED_LOG_PERCENT = 10

Steps = Callable[[int], object]


def plain_steps(experiment: Experiment) -> Steps:
    """One ``nn.Sequential``, ``loss.backward()``, ``optim.SGD``."""
    modules: list[nn.Module] = []
    for weight, bias in initial_parameters(experiment):
        linear = nn.Linear(*weight.shape[1:])
        linear.weight.data.copy_(weight[0].T)
        linear.bias.data.copy_(bias[0])
        modules += [linear, MODULES[experiment.activation]()]
    net = nn.Sequential(*modules[:-1])
    optimizer = torch.optim.SGD(net.parameters(), lr=RATE)
    inputs, labels = experiment.task.inputs.float(), experiment.task.labels.float().unsqueeze(1)
    loss_of = nn.BCEWithLogitsLoss()

    def run(steps: int) -> None:
        for _ in range(steps):
            optimizer.zero_grad()
            loss_of(net(inputs), labels).backward()
            optimizer.step()

    return run


def batched_autograd_steps(experiment: Experiment) -> Steps:
    """All networks in one graph: ``baddbmm``, ``autograd.grad``, descent in place."""
    layers = [(w.clone(), b.clone().unsqueeze(1)) for w, b in initial_parameters(experiment)]
    leaves = [leaf.requires_grad_() for layer in layers for leaf in layer]
    inputs = XOR.inputs.float().expand(experiment.networks, -1, -1)
    labels = XOR.labels.float().view(1, -1, 1).expand(experiment.networks, -1, -1)
    activate = {"sigmoid": torch.sigmoid, "relu": torch.relu, "tanh": torch.tanh}
    activate = activate[experiment.activation]
    loss_of = nn.functional.binary_cross_entropy_with_logits

    def run(steps: int) -> None:
        for _ in range(steps):
            hidden = inputs
            for weight, bias in layers[:-1]:
                hidden = activate(torch.baddbmm(bias, hidden, weight))
            logits = torch.baddbmm(layers[-1][1], hidden, layers[-1][0])
            loss = loss_of(logits, labels, reduction="sum") / len(XOR.labels)
            gradients = torch.autograd.grad(loss, leaves)
            with torch.no_grad():
                torch._foreach_add_(leaves, gradients, alpha=-RATE)

    return run


def engine_steps(*experiments: Experiment) -> Steps:
    """Our engine, in the groups of networks that the trainer makes, without what it records."""
    return steps_of(Trainer(experiments, keep=()))


def steps_of(trainer: Trainer) -> Steps:
    """A trainer's steps, of this engine or of another checkout's."""
    groups = trainer._groups

    @torch.inference_mode()
    def run(steps: int) -> None:
        torch.set_flush_denormal(True)
        for group in groups:
            group.train(steps)
        torch.set_flush_denormal(False)

    return run


def seconds_of(run: Steps, steps: int) -> float:
    begin = time.perf_counter()
    run(steps)
    return time.perf_counter() - begin


def medians(sides: dict[str, Steps]) -> dict[str, float]:
    """Median seconds a step of each side, the sides taking turns."""
    counts = {}
    for name, run in sides.items():
        run(3)
        counts[name] = max(3, int(ROUND_SECONDS / (seconds_of(run, 5) / 5)))
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, run in sides.items():
            times[name].append(seconds_of(run, counts[name]) / counts[name])
    return {name: statistics.median(values) for name, values in times.items()}


def against(ratio: float, required: float | None) -> str:
    """A measured ratio beside the required one, which may be missing."""
    if required is None:
        return f"{ratio:7.1f}         "
    return f"{ratio:7.1f} {'>=' if ratio >= required else '< '} {required:<5g}"


def compare(
    activation: str, depth: int, width: int, networks: int, at_once: float, autograd: float
) -> str:
    """One row of the table."""
    shape = {"activation": activation, "depth": depth, "width": width, "init": "xavier_normal"}
    alone, many = (Experiment(networks=count, **shape) for count in (1, networks))
    median = medians(
        {
            "plain": plain_steps(alone),
            "alone": engine_steps(alone),
            "many": engine_steps(many),
            "autograd": batched_autograd_steps(many),
        }
    )
    plain, alone_step = median["plain"], median["alone"]
    many_step, autograd_step = median["many"] / networks, median["autograd"] / networks
    times = "".join(f"{1e6 * t:10.2f}" for t in (plain, alone_step, many_step, autograd_step))
    ratios = (
        against(plain / alone_step, REQUIRED_ALONE),
        against(plain / many_step, at_once),
        against(autograd_step / many_step, autograd),
    )
    return f"{depth:2}x{width:<2} {activation:8}{networks:4}{times}  {'  '.join(ratios)}"


def compare_together(name: str, experiments: Sequence[Experiment]) -> str:
    """One row: a step of all in one pass, and of one after the other."""
    turns = [engine_steps(experiment) for experiment in experiments]

    def in_turn(steps: int) -> None:
        for run in turns:
            run(steps)

    median = medians({"together": engine_steps(*experiments), "in turn": in_turn})
    times = "".join(f"{1e3 * seconds:10.2f}" for seconds in median.values())
    return f"{name:28}{times}  {against(median['in turn'] / median['together'], None)}"


class ManyPoints(Experiment):
    """The same on points that are drawn by chance."""

    @property
    def task(self) -> Task:
        generator = torch.Generator().manual_seed(0)
        inputs = torch.randn(MANY_POINTS, 2, dtype=torch.float64, generator=generator)
        return Task("drawn", "drawn", inputs, (inputs.prod(dim=1) > 0).double(), (-3.0, 3.0))


def compare_many_points(networks: int) -> str:
    """One row: a step of many points, of networks at once over one plain network's."""
    many = ManyPoints("relu", 3, 10, "xavier_normal", networks=networks)
    median = medians({"plain": plain_steps(many), "engine": engine_steps(many)})
    ratio = networks * median["plain"] / median["engine"]
    times = f"{1e6 * median['plain']:10.2f}{1e6 * median['engine'] / networks:10.2f}"
    return f"{MANY_POINTS} points, 3x10{networks:5}{times}  {against(ratio, REQUIRED_MANY_POINTS)}"


def compare_batches(depth: int, width: int, networks: int) -> str:
    """One row: steps of all points over steps of a batch."""
    whole = Experiment("relu", depth, width, "xavier_normal", networks=networks)
    runs = [replace(whole, batch=batch, order=order) for batch, order in BATCHES]
    median = medians({f"{place}": engine_steps(run) for place, run in enumerate(runs)})
    ratios = "".join(f"{seconds / median['0']:16.2f}" for seconds in median.values())
    return f"{depth:2}x{width:<2}{networks:5}{ratios}"


def at_most(ratio: float, required: float | None) -> str:
    """A measured ratio beside the one that it is not to exceed, which may be missing."""
    if required is None:
        return f"{ratio:8.2f}        "
    return f"{ratio:8.2f} {'<=' if ratio <= required else '> '} {required:<4g}"


def compare_changes(activation: str, depth: int, width: int, networks: int) -> str:
    """One row: steps with norms, skips or a changed gradient over steps without."""
    plain = Experiment(activation, depth, width, "xavier_normal", networks=networks)
    runs = {name: replace(plain, **fields) for name, (fields, _) in CHANGES.items()}
    median = medians({name: engine_steps(run) for name, run in {"": plain, **runs}.items()})
    ratios = "".join(
        at_most(median[name] / median[""], most) for name, (_, most) in CHANGES.items()
    )
    return f"{depth:2}x{width:<2} {activation:8}{networks:4}{ratios}"


def compare_with(checkout: Path) -> None:
    """The base rows' steps beside those of another checkout's engine."""
    mine = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "models"}
    for name in mine:
        del sys.modules[name]
    sys.path.insert(0, str(checkout))
    other = importlib.import_module("models")
    sys.path.pop(0)
    print(f"\n{'shape':14}{'E':>4}{'this':>10}{'other':>10}  this/other, us per step and network")
    for activation, depth, width, networks, *_ in SHAPES:
        given = (activation, depth, width, "xavier_normal")
        sides = {
            "this": engine_steps(Experiment(*given, networks=networks)),
            "other": steps_of(
                other.Trainer([other.Experiment(*given, networks=networks)], keep=())
            ),
        }
        median = medians(sides)
        times = "".join(f"{1e6 * seconds / networks:10.3f}" for seconds in median.values())
        ratio = median["this"] / median["other"]
        print(f"{depth:2}x{width:<2} {activation:8}{networks:4}{times}  {ratio:.3f}", flush=True)
    sys.modules.update(mine)


class TimedTrainer(Trainer):
    """A trainer that knows how long it spent recording."""

    log_seconds = 0.0

    def _log(self) -> None:
        begin = time.perf_counter()
        super()._log()
        self.log_seconds += time.perf_counter() - begin


def log_percent(experiment: Experiment) -> float:
    """Time spent recording, in percent of the time spent training, median of three runs."""
    shares = []
    for _ in range(3):
        trainer = TimedTrainer([experiment])
        trainer.log_seconds = 0.0
        trainer.advance()
        shares.append(100 * trainer.log_seconds / (trainer.seconds - trainer.log_seconds))
    return statistics.median(shares)


def main() -> None:
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, one thread, float32, medians of {ROUNDS} rounds")
    print("microseconds per step and network; ratios beside those required\n")
    heads = "".join(f"{head:>10}" for head in ("plain", "one", "at once", "autograd"))
    print(f"{'shape':14}{'E':>4}{heads}  {'plain/one':16}  {'plain/at once':16}  autograd/at once")
    for shape in SHAPES:
        print(compare(*shape), flush=True)
    print(f"\n{'points':14}{'E':>4}{'plain':>10}{'at once':>10}  plain/at once")
    print(compare_many_points(64), flush=True)
    heads = "".join(f"{f'{batch or 4} {order}':>16}" for batch, order in BATCHES)
    print(f"\na step's time over one of all points\n{'shape':5}{'E':>5}{heads}")
    for shape in ((3, 10, 64), (9, 5, 64), (9, 10, 256), (3, 10, 1)):
        print(compare_batches(*shape), flush=True)
    heads = "".join(f"{name:>16}" for name in CHANGES)
    print(f"\na step's time over one without\n{'shape':14}{'E':>4}{heads}")
    for shape in (("sigmoid", 9, 10, 64), ("sigmoid", 9, 10, 256), ("tanh", 20, 20, 256),
                  ("sigmoid", 9, 10, 1)):  # fmt: skip
        print(compare_changes(*shape), flush=True)
    print(f"\nmilliseconds per step, {BASE.networks} networks each, {BASE.depth}x{BASE.width}\n")
    print(f"{'trained together':28}{'together':>10}{'in turn':>10}  in turn/together")
    for name, experiments in TOGETHER.items():
        print(compare_together(name, experiments), flush=True)
    experiment = Experiment(steps=10_000)
    percent = log_percent(experiment)
    mark = "<=" if percent <= REQUIRED_LOG_PERCENT else "> "
    print(
        f"\nrecording {experiment.steps} steps of the default run ({experiment.networks} networks, "
        f"{experiment.depth}x{experiment.width} {experiment.activation}): "
        f"{percent:.1f} % of the training {mark} {REQUIRED_LOG_PERCENT} %"
    )
    for checkout in sys.argv[1:]:
        compare_with(Path(checkout))


if __name__ == "__main__":
    main()
