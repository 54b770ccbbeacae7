"""Histories made by hand: exactly the numbers a test wants to see drawn."""

from collections.abc import Sequence

import numpy as np

from models import Experiment, History
from models.recorder import PRE_ACTIVATION_EDGES


def made(experiment: Experiment, steps: Sequence[int], **arrays: np.ndarray) -> History:
    """A history of plausible random figures, with ``arrays`` in place of some of them."""
    times, networks, bins = len(steps), experiment.networks, len(PRE_ACTIVATION_EDGES) + 1
    random = np.random.default_rng(0)
    figures = {
        "loss": random.uniform(0.1, 1.5, (times, networks)),
        "accuracy": random.integers(0, 5, (times, networks)) / 4,
        "hypothesis": random.uniform(size=(times, 4, networks)),
        "weight_gradient_norm": 10 ** random.uniform(-9, 0, (times, experiment.layers, networks)),
        "diverged": np.zeros(networks, bool),
        "dead": np.zeros((times, networks), bool),
        "pre_activation_counts": random.integers(0, 9, (2, bins, networks)),
    }
    return History(
        experiment=experiment,
        steps=np.array(steps),
        pre_activation_edges=PRE_ACTIVATION_EDGES,
        frame_steps=np.array([steps[0], steps[-1]]),
        kept=np.array([0]),
        frames=tuple(np.zeros((2, 1, experiment.parameter_count))),
        seconds=1.0,
        **(figures | arrays),
    )


FIGURES = ("steps", "loss", "accuracy", "hypothesis", "weight_gradient_norm", "diverged", "dead",
           "frame_steps", "pre_activation_counts", "kept")  # fmt: skip


def assert_same(history: History, expected: History) -> None:
    """Two runs of one experiment, equal to the bit; how long they took may differ."""
    assert history.experiment == expected.experiment
    for name in FIGURES:
        np.testing.assert_array_equal(getattr(history, name), getattr(expected, name), name)
    for frame, other in zip(history.frames, expected.frames, strict=True):
        np.testing.assert_array_equal(frame, other)
