"""What became of each network: exactly one fate.

``solved``
    all four points right and told apart (``History.solved``).
``dead``
    some hidden layer passes no error back, exactly, at any unit for any point (``History.dead``):
    neither it nor any layer before it will ever be trained by descent.
``diverged``
    a loss or a weight is no longer finite.
``constant``, ``one_apart``, ``two_apart``
    it rests on that one of its output's plateaus: for the last tenth of its steps the
    loss was that near, and descent at this gradient would not leave in as many steps again.
``learning``
    none of these: the loss is still on its way, or jumps about.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from models.history import History
from models.optimizers import MOMENTUM
from models.outputs import PLATEAUS

FATES = ("solved", "learning", *PLATEAUS, "dead", "diverged")
REST_TOLERANCE = 0.005  # of the loss, around a plateau
REST_SHARE = 0.1  # of the steps, the last ones
# How much further one step of descent goes than rate times gradient, once it has gone on for long;
# Adam's steps do not grow with the gradient, so there only the loss itself tells.
REACH = {"sgd": 1.0, "momentum": 1 / (1 - MOMENTUM), "adam": 0.0}


def fates(history: History) -> np.ndarray:
    """[E] each network's fate, one of ``FATES``."""
    result = np.full(history.experiment.networks, "learning", dtype=object)
    for name, height in history.experiment.output_layer.plateaus.items():
        result[_rests(history, height)] = name
    result[history.dead[-1]] = "dead"
    result[history.solved] = "solved"
    result[history.diverged] = "diverged"
    return result


def fate_counts(history: History) -> dict[str, int]:
    """How many networks met each fate, in the order of ``FATES``, without those nobody met."""
    counts = Counter(fates(history).tolist())
    return {fate: counts[fate] for fate in FATES if counts[fate]}


def network_like(history: History, network: int, among: Sequence[int]) -> int | None:
    """Of some networks the one nearest in final loss that met the same fate; None: none did."""
    met, losses = fates(history), history.loss[-1]
    alike = [other for other in among if met[other] == met[network]]
    # All that diverged are alike: their losses are not known.
    return min(
        alike, key=lambda other: np.nan_to_num(abs(losses[other] - losses[network])), default=None
    )


def _rests(history: History, height: float) -> np.ndarray:
    """[E] whether it has come to rest with a loss of about ``height``."""
    last = int(history.steps[-1])
    lately = history.steps >= (1 - REST_SHARE) * last
    near = (np.abs(history.loss[lately] - height) < REST_TOLERANCE).all(axis=0)
    # To first order a step lowers the loss by rate times the gradient's square.
    experiment = history.experiment
    squares = np.square(history.weight_gradient_norm[-1]).sum(axis=0)
    drop = REACH[experiment.optimizer] * experiment.learning_rate * squares * last
    return near & (drop < REST_TOLERANCE)
