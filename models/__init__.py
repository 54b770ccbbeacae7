"""The science of the lab: XOR networks, many at once, trained and measured, with PyTorch.

>>> from models import Experiment, train
>>> history = train(Experiment(activation="relu", depth=2, steps=100, networks=4))
>>> history.loss.shape == (len(history.steps), 4)
True
"""

from models.activations import ACTIVATIONS
from models.experiment import Experiment, ExperimentError, initial_parameters
from models.history import History
from models.initializers import INITIALIZERS
from models.optimizers import OPTIMIZERS
from models.outputs import OUTPUTS
from models.trainer import Trainer, train, train_together

__all__ = [
    "ACTIVATIONS",
    "INITIALIZERS",
    "OPTIMIZERS",
    "OUTPUTS",
    "Experiment",
    "ExperimentError",
    "History",
    "Trainer",
    "initial_parameters",
    "train",
    "train_together",
]
