"""How long a step takes on this machine: several experiments measured in turn."""

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import torch

from models.batches import Feed, batches_of
from models.experiment import Experiment, initial_parameters
from models.network import Ensemble
from models.optimizers import optimizer_for
from models.plan import Arm
from models.tasks import Task

BURST = 3  # steps between two looks at the clock
BURSTS = 4  # of one experiment before the next one's turn
TURNS = 3  # of each experiment
TINY_RATE = 1e-6  # so that no step leads to numbers that take longer


def seconds_per_step(experiments: Sequence[Experiment]) -> list[float]:
    """Processor seconds of one step of all networks of each experiment: the fewest seen.

    They are this thread's own, for a torch that computes on one: whatever else the machine does
    meanwhile is not counted, and as the experiments take turns, what it does to the caches meets
    all of them. NaN where the clock is too coarse to tell. Measured once for these experiments;
    what a step's time does not depend on, such as the seed, is left aside.
    """
    alike = [replace(each, seed=0, steps=1, learning_rate=TINY_RATE) for each in experiments]
    distinct = tuple(dict.fromkeys(alike))
    fewest = dict(zip(distinct, _measured(distinct), strict=True))
    return [fewest[each] for each in alike]


@lru_cache(maxsize=64)
def _measured(experiments: tuple[Experiment, ...]) -> tuple[float, ...]:
    turns = [[_fewest(experiment) for experiment in experiments] for _ in range(TURNS)]
    return tuple(min(each) or math.nan for each in zip(*turns, strict=True))


@torch.inference_mode()
def _fewest(experiment: Experiment) -> float:
    """Of a few bursts the fewest seconds a step; 0 where the clock did not move."""
    networks = experiment.networks
    arms, dtype = [Arm.of(experiment, networks)], experiment.torch_dtype

    def make(task: Task, beside: Ensemble | None, apart: bool) -> Ensemble:
        return Ensemble(experiment.shape, arms, task, dtype, beside=beside, apart=apart)

    batches = batches_of(experiment.task, experiment.batch, experiment.order, range(networks))
    feed = Feed(batches, make)
    # Any usual weights do: all networks have the first one's, which is quickly drawn.
    first = initial_parameters(replace(experiment, networks=1))
    feed.ensemble.load([(w.expand(networks, -1, -1), b.expand(networks, -1)) for w, b in first])
    optimizer = optimizer_for(experiment, feed.ensemble)
    seconds = []
    for _ in range(BURSTS):
        before = time.thread_time()
        for ensemble in feed.show(BURST):
            ensemble.forward()
            ensemble.backward()
            optimizer.step(ensemble, experiment.learning_rate)
        seconds.append((time.thread_time() - before) / BURST)
    return min(seconds)
