"""The plane of a task's inputs and the scale of the answers over it, as they are drawn and told."""

from collections.abc import Callable, Sequence
from typing import Any

from models.experiment import Experiment
from models.outputs import Output
from models.tasks import Task


def point_name(task: Task, place: int) -> str:
    """One of the points, as one writes it: (0, 1)."""
    return f"({', '.join(map(_written, task.inputs[place].tolist()))})"


def target_name(output: Output, label: float) -> str:
    """What an answer is to be, of a label 0 or 1."""
    return _written(output.targets[int(label)])


def plane(experiment: Experiment) -> dict[str, Any]:
    """What ``surface.js`` draws beside and on a surface.

    Returns:
        ``low`` and ``high`` of both inputs; which two values of an input are written at its axis
        (``marks``); and of each point (``points``) both inputs, its label, and its target's name.
    """
    task, output = experiment.task, experiment.output_layer
    low, high = task.window
    quarter = (high - low) / 4
    points = task.labelled_points()
    return {
        "low": low,
        "high": high,
        "marks": [[value, _written(value)] for value in (low + quarter, high - quarter)],
        "points": [[*inputs, label, target_name(output, label)] for *inputs, label in points],
    }


def scale_words(experiments: Sequence[Experiment]) -> dict[str, str]:
    """``low``, ``high`` and ``middle`` of the answers, for a sentence about several runs.

    Of runs that differ it is the one's / the other's.
    """

    def each(value: Callable[[Output], float]) -> str:
        found = (_written(value(experiment.output_layer)) for experiment in experiments)
        return " / ".join(dict.fromkeys(found))

    return {
        "low": each(lambda output: output.targets[0]),
        "high": each(lambda output: output.targets[1]),
        "middle": each(lambda output: output.middle),
    }


def _written(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
