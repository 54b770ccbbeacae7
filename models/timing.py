"""How long a step takes on this machine: measured, one experiment alone."""

import time
from dataclasses import replace
from functools import lru_cache

import torch

from models.experiment import Experiment, initial_parameters
from models.network import Arm, Ensemble
from models.optimizers import OPTIMIZERS

BURST = 5  # steps between two looks at the clock
MEASURING_SECONDS = 0.02
TINY_RATE = 1e-6  # so that no step leads to numbers that take longer


def seconds_per_step(experiment: Experiment) -> float:
    """Seconds of one step of all its networks, alone on this machine: the fastest seen.

    Measured once; what a step's time does not depend on, such as the seed, is left aside.
    """
    return _measured(replace(experiment, seed=0, steps=1, learning_rate=TINY_RATE))


@lru_cache(maxsize=256)
@torch.inference_mode()
def _measured(experiment: Experiment) -> float:
    arm = Arm(experiment.phi, experiment.activation_parameter, experiment.networks)
    ensemble = Ensemble(experiment.depth, experiment.width, [arm], experiment.torch_dtype)
    ensemble.load(initial_parameters(experiment))
    optimizer = OPTIMIZERS[experiment.optimizer](ensemble)
    fastest, begin = float("inf"), time.perf_counter()
    while fastest == float("inf") or time.perf_counter() - begin < MEASURING_SECONDS:
        before = time.perf_counter()
        for _ in range(BURST):
            ensemble.forward()
            ensemble.backward()
            optimizer.step(ensemble, experiment.learning_rate)
        fastest = min(fastest, (time.perf_counter() - before) / BURST)
    return fastest
