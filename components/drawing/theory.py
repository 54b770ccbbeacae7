"""What theory expects of networks before their first step: computed once for everybody."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from components.words.text import Text
from models import Experiment
from models.predicted import predicted_gradient, predicted_shrink, theory_caveats


@dataclass(frozen=True)
class Expected:
    """What theory expects of infinitely wide layers, and why a run may start otherwise.

    Attributes:
        profile: [L] norm of the weight gradients relative to the last layer's; None if nothing is
            predicted.
        shrink: factor of the gradient per layer towards the input; None likewise.
        caveats: names of reasons, of those in ``models.predicted.CAVEATS``.
    """

    profile: np.ndarray | None
    shrink: float | None
    caveats: tuple[str, ...]


def expected(experiment: Experiment) -> Expected:
    """What theory expects of an experiment's networks."""
    return _expected(
        Experiment(
            activation=experiment.activation,
            activation_parameter=experiment.activation_parameter,
            depth=experiment.depth,
            width=experiment.width,
            init=experiment.init,
            output=experiment.output,
        )
    )


@lru_cache(maxsize=512)
def _expected(initial: Experiment) -> Expected:
    """Of what matters before the first step: alike for all seeds, rates and numbers of networks."""
    profile, shrink = predicted_gradient(initial), predicted_shrink(initial)
    return Expected(profile, shrink, tuple(theory_caveats(initial)))


def caveats(words: Text, experiment: Experiment) -> str:
    """Why theory may be off, or predicts nothing, in words; empty if it should hold."""
    names = expected(experiment).caveats
    return ", ".join(words(f"theory.{name}", width=experiment.width) for name in names)
