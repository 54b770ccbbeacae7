"""How near the estimates of a run's time come: ``python tests/benchmarks/cost.py``.

Trains runs of all kinds of shapes, each as long as is estimated to take a moment, and prints the
estimate over what it really took, in this thread's processor time: the least of a few rounds, so
that a machine that does much else is judged all the same. How much faster or slower this machine
is than the one that the constants were fitted to, the lab learns: so the ratios are over their
median, which is printed, too.
"""

import argparse
import math
import random
import statistics
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from models import ACTIVATIONS, Experiment, Trainer
from models.cost import estimate
from models.norms import NORMS
from models.optimizers import OPTIMIZERS

WANTED = 1.5  # no more above or below
MOMENT = 0.15  # seconds that a run is to take
STEPS = (20, 50_000)
MOST_BYTES = 200 << 20
DEPTHS = (0, 1, 2, 3, 5, 9, 15, 20, 30, 50)
WIDTHS = (2, 3, 5, 8, 10, 12, 13, 16, 20, 32, 48, 64, 100, 128)
NETWORKS = (1, 2, 4, 8, 16, 32, 64, 128, 256)

Run = tuple[Experiment, ...]
KNOWN = (
    Experiment(),
    Experiment(width=100),
    Experiment(depth=50, width=128, networks=2),
    Experiment(depth=20, optimizer="adam"),
    Experiment(networks=256),
    Experiment(depth=50, networks=16),
    Experiment(depth=1),
)


def drawn(seed: int) -> Iterator[Run]:
    """Runs of any shape: one experiment, or two that differ in their activation."""
    draw = random.Random(seed)
    while True:
        first, second = draw.sample(list(ACTIVATIONS), 2)
        one = Experiment(
            activation=first,
            depth=draw.choice(DEPTHS),
            width=draw.choice(WIDTHS),
            networks=draw.choice(NETWORKS),
            optimizer=draw.choice(list(OPTIMIZERS)),
            dtype=draw.choice(("float32", "float32", "float64")),
            init="xavier_normal",
            learning_rate=1e-4,
            norm=draw.choice(("none", "none", *NORMS)),
            skip=draw.random() < 0.3,
            clip=draw.choice((None, None, 1.0)),
            unit_gradient=draw.random() < 0.2,
        )
        yield (one, one.with_activation(second)) if draw.random() < 0.6 else (one,)


def fitted(run: Run) -> Run | None:
    """The same run for so many steps as take a moment; None: it takes too much."""
    low, high = (estimate([replace(e, steps=n) for e in run]) for n in (STEPS[0], 2 * STEPS[0]))
    if high.bytes > MOST_BYTES or low.seconds > 10 * MOMENT:
        return None
    per_step = (high.seconds - low.seconds) / STEPS[0]
    steps = min(max(STEPS[0], int(MOMENT / per_step)), STEPS[1])
    return tuple(replace(experiment, steps=steps) for experiment in run)


def took(run: Run) -> float:
    """Seconds of processor time of its training."""
    trainer = Trainer(run)
    trainer.advance()
    return trainer.pace.worked


def in_words(run: Run) -> str:
    """A run's shape."""
    first = run[0]
    names = " + ".join(experiment.activation for experiment in run)
    shape = f"{first.depth} x {first.width}, {first.networks} networks"
    return f"{names}, {shape}, {first.optimizer}, {first.dtype}, {first.steps} steps"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=80, help="shapes that are drawn")
    parser.add_argument("--rounds", type=int, default=3, help="of all of them, in turn")
    parser.add_argument("--seed", type=int, default=0, help="of the drawing")
    args = parser.parse_args()
    torch.set_num_threads(1)
    runs = [fitted((one, one.with_activation("relu"))) for one in KNOWN]
    for run in map(fitted, drawn(args.seed)):
        if len(runs) == args.runs + len(KNOWN):
            break
        runs += [run] if run else []
    rounds = [[took(run) for run in runs] for _ in range(args.rounds)]
    ratios = [
        estimate(run).seconds / min(each)
        for run, each in zip(runs, zip(*rounds, strict=True), strict=True)
    ]
    speed = statistics.median(ratios)
    for ratio, run in sorted(zip(ratios, map(in_words, runs), strict=True)):
        beyond = abs(math.log(ratio / speed)) > math.log(WANTED)
        print(f"{ratio / speed:6.2f} {'!' if beyond else ' '} {run}")
    within = [abs(math.log(ratio / speed)) <= math.log(WANTED) for ratio in ratios]
    print(f"\n{sum(within)} of {len(within)} within {WANTED} times; ", end="")
    print(f"this machine is {speed:.2f} times as fast as the constants")


if __name__ == "__main__":
    main()
