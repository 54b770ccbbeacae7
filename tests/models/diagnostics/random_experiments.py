"""Experiments of any kind that train in an instant, for Hypothesis to draw."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from models import Experiment, initial_parameters
from models.activations import ACTIVATIONS
from models.experiment import CHOICES, CLIPS, LEARNING_RATES, MOMENTA, REALS
from models.optimizers import OPTIMIZERS
from models.outputs import OUTPUTS

WIDTHS = st.integers(1, 4)
BATCHES = (None, 1, 2, 3, 4)


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Any of them: every field from what is allowed, small where that takes time."""
    fields = {name: draw(st.sampled_from(values)) for name, values in CHOICES.items()}
    low, high = MOMENTA
    if OPTIMIZERS[fields["optimizer"]].momentum is not None:
        above = fields["optimizer"] == "nesterov"
        fields["momentum"] = draw(st.none() | st.floats(low, high, exclude_min=above))
    if parameter := ACTIVATIONS[fields["activation"]].parameter:
        fields["activation_parameter"] = draw(st.floats(parameter.low, parameter.high))
    for name, (low, high) in REALS.items():
        fields[name] = draw(st.just(getattr(Experiment, name)) | st.floats(low, high))
    rates = st.sampled_from((0.01, 0.1, 1.0)) | st.floats(*LEARNING_RATES, exclude_min=True)
    experiment = Experiment(
        **fields,
        learning_rate=draw(rates),
        steps=draw(st.integers(1, 30)),
        networks=draw(st.integers(1, 3)),
        batch=draw(st.sampled_from((None, 2, 4) if fields["norm"] == "batch" else BATCHES)),
        hidden=tuple(draw(st.lists(WIDTHS, max_size=4))),
        skip=draw(st.booleans()),
        clip=draw(st.none() | st.floats(*CLIPS)),
        unit_gradient=draw(st.booleans()),
        accumulate=draw(st.booleans()),
        broadcast=not OUTPUTS[fields["output"]].in_nats and draw(st.booleans()),
    )
    if draw(st.booleans()):
        return experiment
    return replace(experiment, start=draw(starts(experiment)), networks=1)


def starts(experiment: Experiment) -> st.SearchStrategy:
    """Weights of one's own for such a network: those that it draws, all alike, or all 0."""
    layers = [[w[0].tolist(), b[0].tolist()] for w, b in initial_parameters(experiment, [0])]
    alike = [[np.full_like(w, 0.5).tolist(), np.full_like(b, 0.5).tolist()] for w, b in layers]
    zeros = [[np.zeros_like(w).tolist(), np.zeros_like(b).tolist()] for w, b in layers]
    return st.sampled_from([layers, alike, zeros])
