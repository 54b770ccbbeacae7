"""What became of each network: exactly one fate.

``solved``
    all four points right and told apart (``History.solved``).
``dead``
    some hidden layer passes no error back, exactly, at any unit for any point (``History.dead``):
    neither it nor any layer before it will ever be trained by descent.
``diverged``
    a loss or a weight has grown until it was no longer finite.
``undefined``
    the loss is no number because the answer has left the numbers that its output's loss is defined
    for; the numbers themselves need not be large.
``constant``, ``one_apart``, ``two_apart``
    it rests on that one of its output's plateaus: for the last tenth of its steps the
    loss was that near, and descent at this gradient would not leave in as many steps again.
``learning``
    none of these: the loss is still on its way, or jumps about.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from models.experiment import Experiment
from models.history import History
from models.tasks import PLATEAUS

FATES = ("solved", "learning", *PLATEAUS, "dead", "diverged", "undefined")
REST_TOLERANCE = 0.005  # of the loss, around a plateau
REST_SHARE = 0.1  # of the steps, the last ones


def fates(history: History) -> np.ndarray:
    """[E] each network's fate, one of ``FATES``."""
    result = np.full(history.experiment.networks, "learning", dtype=object)
    for name, height in history.experiment.plateaus.items():
        result[_rests(history, height)] = name
    result[history.dead[-1]] = "dead"
    result[history.solved] = "solved"
    result[history.diverged] = "diverged"
    result[history.undefined] = "undefined"
    return result


def lost_fate(experiment: Experiment) -> str:
    """The fate of its networks whose loss is no longer finite: ``diverged`` or ``undefined``."""
    return "diverged" if experiment.output_layer.always_defined else "undefined"


def fate_counts(history: History) -> dict[str, int]:
    """How many networks met each fate, in the order of ``FATES``, without those nobody met."""
    counts = Counter(fates(history).tolist())
    return {fate: counts[fate] for fate in FATES if counts[fate]}


def network_like(history: History, network: int, among: Sequence[int]) -> int | None:
    """Of some networks the one nearest in final loss that met the same fate; None: none did."""
    met, losses = fates(history), history.loss[-1]
    alike = [other for other in among if met[other] == met[network]]
    # All that are lost are alike: their losses are not known.
    return min(
        alike, key=lambda other: np.nan_to_num(abs(losses[other] - losses[network])), default=None
    )


def _rests(history: History, height: float) -> np.ndarray:
    """[E] whether it has come to rest with a loss of about ``height``."""
    last = int(history.steps[-1])
    lately = history.steps >= (1 - REST_SHARE) * last
    near = (np.abs(history.loss[lately] - height) < REST_TOLERANCE).all(axis=0)
    # To first order a step lowers the loss by its reach times the gradient's square. Where steps do
    # not grow with the gradient, only the loss itself tells.
    experiment = history.experiment
    squares = np.square(history.weight_gradient_norm[-1]).sum(axis=0)
    drop = experiment.reach * experiment.learning_rate * squares * last
    return near & (drop < REST_TOLERANCE)
