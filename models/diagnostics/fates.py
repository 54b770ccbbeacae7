"""What became of each network: exactly one fate.

``solved``
    all points right and told apart (``History.solved``).
``dead``
    some layer that no skip leads past passes no error back, exactly, at any unit for any point
    (``History.dead``): neither it nor any layer before it will ever be trained by descent. It may
    be the answer itself
    (``answer_off``).
``diverged``
    a loss or a weight has grown until it was no longer finite.
``undefined``
    the loss is no number because the answer has left the numbers that its output's loss is defined
    for; the numbers themselves need not be large.
``constant``, ``one_apart``, ``two_apart``
    it rests on that one of its output's plateaus: for the last tenth of its steps the
    loss was that near, and descent at this gradient would not leave in as many steps again; Adam's
    steps have led far enough to see that it rests.
``elsewhere``
    it rests likewise, but on none of them: its wrong answers are saturated (``saturated``), or
    weight decay has had the time to hold the weights where they are.
``learning``
    none of these: the loss is still on its way, or jumps about.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from models.diagnostics.statistics import SATURATED_SHARE
from models.experiment import Experiment
from models.history import History
from models.tasks import PLATEAUS

FATES = ("solved", "learning", *PLATEAUS, "elsewhere", "dead", "diverged", "undefined")
REST_TOLERANCE = 0.005  # of the loss, around a plateau
REST_SHARE = 0.1  # of the steps, the last ones
ENOUGH_WAY = 1.0  # of a weight, in all: about its size in a network that tells points apart


def fates(history: History) -> np.ndarray:
    """[E] each network's fate, one of ``FATES``."""
    result = np.full(history.experiment.networks, "learning", dtype=object)
    still, held = _stays(history), _held_by_decay(history)
    result[held & _near(history, history.loss[-1])] = "elsewhere"
    for name, height in history.experiment.plateaus.items():
        result[(still | held) & _near(history, height)] = name
    result[saturated(history) & still & _near(history, history.loss[-1])] = "elsewhere"
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


def answer_off(history: History) -> np.ndarray:
    """[E] whether at the end the answer itself is switched off at every point, as a ReLU can be."""
    off: np.ndarray = (history.hypothesis[-1] == 0).all(axis=0)
    return off & history.experiment.output_layer.can_be_off


def saturated(history: History) -> np.ndarray:
    """[E] whether some answers are wrong at the end, and almost none of the slope is left at them.

    Of an output whose error is multiplied by its own slope: of a sigmoid's or a tanh's answer
    judged by squared error. As both are logistic, that is in proportion to the distances from both
    of its ends.
    """
    experiment, answers = history.experiment, history.hypothesis[-1]
    if not experiment.output_layer.keeps_slope:
        return np.zeros(experiment.networks, dtype=bool)
    output, labels = experiment.output_layer, experiment.task.labels.numpy()[:, None]
    (low, high), wrong = output.ends, output.is_one(answers) != (labels == 1)
    slopes = 4 * (answers - low) * (high - answers) / (high - low) ** 2  # of the steepest
    flat = (~wrong | (slopes < SATURATED_SHARE)).all(axis=0)
    return np.asarray(flat & wrong.any(axis=0))


def _near(history: History, height: float | np.ndarray) -> np.ndarray:
    """[E] whether the loss was about ``height`` for the last steps."""
    lately = history.steps >= (1 - REST_SHARE) * int(history.steps[-1])
    return np.all(np.abs(history.loss[lately] - height) < REST_TOLERANCE, axis=0)


def _stays(history: History) -> np.ndarray:
    """[E] whether as many steps again would not change the loss, as far as it is known."""
    # To first order a step lowers the loss by its reach times the gradient's square. Where steps do
    # not grow with the gradient, only the loss itself tells, once there was way enough for it to.
    experiment, norms = history.experiment, history.weight_gradient_norm[-1]
    if not experiment.reach:
        return np.full(experiment.networks, short_way(history) is None)
    way = experiment.reach * experiment.learning_rate * int(history.steps[-1])
    drop = way * np.square(norms).sum(axis=0) * unclipped_share(history)
    return np.asarray(drop < REST_TOLERANCE)


def short_way(history: History) -> float | None:
    """About how far all steps may have led a weight, where that is too little to see it rest; of
    steps that are about as long as the rate.
    """
    way = history.experiment.learning_rate * int(history.steps[-1])
    return way if history.experiment.descent.even and way < ENOUGH_WAY else None


def unclipped_share(history: History) -> np.ndarray:
    """[E] what clipping leaves of the last gradient, at most: it counts the biases' part, too."""
    clip, norms = history.experiment.clip, history.weight_gradient_norm[-1]
    if clip is None:
        return np.ones(norms.shape[1])
    # A norm that is not known has no share.
    return clip / np.maximum(clip, np.sqrt(np.square(norms).sum(axis=0)))


def _held_by_decay(history: History) -> bool:
    """Whether decay would have had an effect on the loss in the last steps, were it not balanced.

    What is left of the gradient is what balances it, so that tells nothing.
    """
    return REST_SHARE * decay_time(history) >= 1


def decay_time(history: History) -> float:
    """Over how many times the logarithm's unit decay alone would have shrunk a weight of size 1."""
    experiment, steps = history.experiment, int(history.steps[-1])
    if not experiment.weight_decay:
        return 0.0
    pull = experiment.weight_decay / (1 - (experiment.momentum or 0.0))
    if not experiment.descent.follows:
        pull = 1.0  # such a step is of about one size, whatever it follows
    return experiment.learning_rate * pull * steps
