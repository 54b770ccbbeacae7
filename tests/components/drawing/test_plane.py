"""How points and the scale of answers are written."""

import pytest

from components.drawing.plane import plane, point_name, scale_words
from models import Experiment
from models.tasks import TASKS


def test_of_runs_that_answer_on_other_scales_both_are_told():
    sigmoid, tanh = Experiment(), Experiment(output="tanh_squared")
    assert scale_words([sigmoid]) == {"low": "0", "high": "1", "middle": "0.5"}
    assert scale_words([tanh, tanh]) == {"low": "−1", "high": "1", "middle": "0"}
    assert scale_words([sigmoid, tanh]) == {"low": "0 / −1", "high": "1", "middle": "0.5 / 0"}


@pytest.mark.parametrize("data", TASKS)
def test_every_point_lies_on_the_plane_and_at_marks_of_its_axes(data):
    task, drawn = TASKS[data], plane(Experiment(data=data))
    marks = dict(drawn["marks"])
    for place, (first, second, label, target) in enumerate(drawn["points"]):
        assert drawn["low"] < min(first, second) <= max(first, second) < drawn["high"]
        assert point_name(task, place) == f"({marks[first]}, {marks[second]})"
        assert target == f"{label}" == f"{task.labels[place]:.0f}"
