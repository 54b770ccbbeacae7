"""The goals of the last scene, checked from a run: whoever opens the link has them checked anew."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from models import History
from models.diagnostics import ENOUGH, FADED, fates, gradient_ratio

FEWEST_NETWORKS = 64  # that are trained for the fewest weights
FEWEST_SOLVED = 60  # of them
FEWEST_PARAMETERS = 20  # at most: the goal; fewer are better
DEEP = 12  # hidden layers
NETWORKS = 16  # at least, so that luck is no solution


@dataclass(frozen=True)
class Requirement:
    """A part of a goal: what its sentence is called and says, and whether a run meets it."""

    name: str
    values: dict[str, int]
    met: bool


@dataclass(frozen=True)
class Challenge:
    """A goal for the lab.

    Attributes:
        start: how the lab's controls differ from the first screen where it begins.
        requirements: what a run has to be, all of it.
        goal: what the sentence of its goal says.
    """

    start: dict[str, Any]
    requirements: Callable[[History], list[Requirement]]
    goal: dict[str, int] = field(default_factory=dict)

    def reached(self, history: History) -> bool:
        """Whether a finished run meets the goal."""
        return history.finished and all(one.met for one in self.requirements(history))


def _enough(history: History, least: int = NETWORKS) -> Requirement:
    count = history.experiment.networks
    return Requirement("networks", {"least": least, "count": count}, count >= least)


def _layers(history: History, name: str, least: int) -> Requirement:
    experiment = history.experiment
    met = experiment.activation == name and experiment.depth >= least
    return Requirement(f"layers_{name}", {"least": least, "depth": experiment.depth}, met)


def _solved(history: History) -> int:
    """Networks that solve XOR, however it is coded: none where they learn another gate."""
    learns_xor = history.experiment.data in ("xor", "xor_centred")
    return int(history.solved.sum()) if learns_xor else 0


def _half(history: History) -> Requirement:
    solved, count = _solved(history), history.experiment.networks
    return Requirement("half", {"solved": solved, "count": count}, solved >= ENOUGH * count)


def _deep(history: History) -> list[Requirement]:
    return [_layers(history, "sigmoid", DEEP), _enough(history), _half(history)]


def _kill(history: History) -> list[Requirement]:
    dead, count = int((fates(history) == "dead").sum()), history.experiment.networks
    all_dead = Requirement("dead", {"dead": dead, "count": count}, dead == count)
    return [_layers(history, "relu", 1), _enough(history), all_dead]


def _fewest(history: History) -> list[Requirement]:
    solved, count = _solved(history), history.experiment.networks
    parameters, share = history.experiment.parameter_count, FEWEST_SOLVED / FEWEST_NETWORKS
    values = {"solved": solved, "count": count, "least": FEWEST_SOLVED, "of": FEWEST_NETWORKS}
    fewest = {"most": FEWEST_PARAMETERS, "parameters": parameters}
    return [
        _enough(history, FEWEST_NETWORKS),
        Requirement("solved", values, solved >= share * count),
        Requirement("parameters", fewest, parameters <= FEWEST_PARAMETERS),
    ]


def _adam(history: History) -> list[Requirement]:
    faded = gradient_ratio(history.weight_gradient_norm[0]) < FADED
    adam = history.experiment.optimizer == "adam"
    return [
        _layers(history, "sigmoid", 9),
        _enough(history),
        Requirement("faded", {}, bool(faded)),
        Requirement("by_adam", {}, adam),
        _half(history),
    ]


CHALLENGES: dict[str, Challenge] = {
    "deep": Challenge({"activation": "sigmoid", "compare": "none", "depth": DEEP}, _deep),
    "kill": Challenge({"compare": "none"}, _kill),
    "fewest": Challenge(
        {"activation": "tanh", "compare": "none", "depth": 1},
        _fewest,
        {"solved": FEWEST_SOLVED, "count": FEWEST_NETWORKS, "most": FEWEST_PARAMETERS},
    ),
    "adam": Challenge({"activation": "sigmoid", "compare": "none"}, _adam),
}
"""By name; of a run that is compared, the first one counts."""
