"""What theory expects of networks before their first step: computed once for everybody."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from components.words.text import Text
from models import Experiment
from models.predicted import predicted_gradient, predicted_shrink, theory_caveats
from models.theory import before_training


@dataclass(frozen=True)
class Expected:
    """What theory expects of infinitely wide layers, and why a run may start otherwise.

    Attributes:
        profile: [L] norm of the weight gradients relative to the last layer's; None if nothing is
            predicted.
        shrink: factor of the gradient per layer towards the input; None likewise. Under batch norm
            it is all that is predicted.
        caveats: names of reasons, of those in ``models.predicted.CAVEATS``.
    """

    profile: np.ndarray | None
    shrink: float | None
    caveats: tuple[str, ...]


def expected(experiment: Experiment) -> Expected:
    """What theory expects of an experiment's networks."""
    return _expected(before_training(experiment))


@lru_cache(maxsize=512)
def _expected(initial: Experiment) -> Expected:
    """Of what matters before the first step: alike for all seeds, rates and numbers of networks."""
    profile, shrink = predicted_gradient(initial), predicted_shrink(initial)
    return Expected(profile, shrink, tuple(theory_caveats(initial)))


def caveats(words: Text, experiment: Experiment) -> str:
    """Why theory may be off, or predicts nothing, in words; empty if it should hold."""
    names, least = expected(experiment).caveats, min(experiment.widths, default=0)
    return ", ".join(words(f"theory.{name}", width=least) for name in names)
