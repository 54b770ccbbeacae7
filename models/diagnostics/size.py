"""How large the first weights are, of themselves and beside what is usual."""

import itertools
import math

from models.experiment import Experiment, initial_parameters
from models.initializers import INITIALIZERS


def first_sizes(experiment: Experiment) -> list[float]:
    """L root mean squares of the layers' first weights: expected ones, if they are drawn."""
    if experiment.start is not None:
        return [float(w.square().mean().sqrt()) for w, _ in initial_parameters(experiment)]
    fans = itertools.pairwise(experiment.sizes)
    return [math.sqrt(experiment.distribution.square(*fan)) for fan in fans]


def relative_sizes(experiment: Experiment) -> list[float]:
    """The same as multiples of Xavier's (Glorot & Bengio 2010), which suit the layers' widths."""
    usual = INITIALIZERS["xavier_normal"].weight_scale
    fans = itertools.pairwise(experiment.sizes)
    pairs = zip(first_sizes(experiment), fans, strict=True)
    return [size / usual(*fan) for size, fan in pairs]
