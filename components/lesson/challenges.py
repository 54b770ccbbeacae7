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
HINTS = 2


@dataclass(frozen=True)
class Condition:
    """A part of a goal: what its sentence is called and says, and whether a run meets it."""

    name: str
    values: dict[str, int]
    met: bool


@dataclass(frozen=True)
class Challenge:
    """A goal for the lab.

    Attributes:
        start: how the lab's controls differ from the first screen where it begins.
        conditions: what a run has to be, all of it.
        goal: what the sentence of its goal says.
    """

    start: dict[str, Any]
    conditions: Callable[[History], list[Condition]]
    goal: dict[str, int] = field(default_factory=dict)

    def reached(self, history: History) -> bool:
        """Whether a finished run meets the goal."""
        return history.finished and all(one.met for one in self.conditions(history))


def _enough(history: History, least: int = NETWORKS) -> Condition:
    count = history.experiment.networks
    return Condition("networks", {"least": least, "count": count}, count >= least)


def _layers(history: History, name: str, least: int) -> Condition:
    experiment = history.experiment
    met = experiment.activation == name and experiment.depth >= least
    return Condition(f"layers_{name}", {"least": least, "depth": experiment.depth}, met)


def _half(history: History) -> Condition:
    solved, count = int(history.solved.sum()), history.experiment.networks
    return Condition("half", {"solved": solved, "count": count}, solved >= ENOUGH * count)


def _deep(history: History) -> list[Condition]:
    return [_layers(history, "sigmoid", DEEP), _enough(history), _half(history)]


def _kill(history: History) -> list[Condition]:
    dead, count = int((fates(history) == "dead").sum()), history.experiment.networks
    all_dead = Condition("dead", {"dead": dead, "count": count}, dead == count)
    return [_layers(history, "relu", 1), _enough(history), all_dead]


def _fewest(history: History) -> list[Condition]:
    solved, experiment = int(history.solved.sum()), history.experiment
    parameters = experiment.parameter_count
    values = {"solved": solved, "count": experiment.networks}
    values |= {"least": FEWEST_SOLVED, "of": FEWEST_NETWORKS}
    fewest = {"most": FEWEST_PARAMETERS, "parameters": parameters}
    return [
        _enough(history, FEWEST_NETWORKS),
        Condition(
            "solved", values, solved >= FEWEST_SOLVED / FEWEST_NETWORKS * experiment.networks
        ),
        Condition("parameters", fewest, parameters <= FEWEST_PARAMETERS),
    ]


def _adam(history: History) -> list[Condition]:
    faded = gradient_ratio(history.weight_gradient_norm[0]) < FADED
    adam = history.experiment.optimizer == "adam"
    return [
        _layers(history, "sigmoid", 9),
        _enough(history),
        Condition("faded", {}, bool(faded)),
        Condition("by_adam", {}, adam),
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
