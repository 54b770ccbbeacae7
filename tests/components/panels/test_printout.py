"""The printout of a network whose answers and labels are not 0 and 1."""

import re

import numpy as np

from components.drawing.charts.style import Style
from components.panels.printout import _captions, _print_table
from components.words.numbers import probability
from components.words.text import text
from models import Experiment, train
from tests.components.page import plain

STYLE = Style("en", False, ("tanh",))


def test_answers_predictions_and_labels_are_on_the_scale_of_their_targets():
    experiment = Experiment(
        activation="tanh", depth=1, width=3, data="or_centred", output="tanh_squared",
        init="pytorch", steps=3, networks=8,
    )  # fmt: skip
    history, verdicts = train(experiment), set()
    for network in range(8):
        html = _print_table(STYLE, 0, history, network)
        rows = re.findall(r"<tr>(<td>.*?)</tr>", html)
        targets, answers = (-1, 1, 1, 1), history.hypothesis[-1, :, network]
        points = ("(−1, −1)", "(−1, 1)", "(1, −1)", "(1, 1)")
        for row, point, target, answer in zip(rows, points, targets, answers, strict=True):
            right = np.sign(answer) == target
            expected = [
                *(point, probability(answer, 0.0), "1" if answer > 0 else "−1"),
                *(f"{target}".replace("-", "−"), "right" if right else "wrong"),
            ]
            assert [plain(cell) for cell in re.findall("<td.*?</td>", row)] == expected
            verdicts.add((target, right))
        share = np.mean(np.sign(answers) == targets)
        assert f"accuracy {share:.0%}" in plain(html)
    assert len(verdicts) > 2


def test_only_of_batch_norm_it_is_said_that_answers_depend_on_each_other():
    plain_run, *normed = (Experiment(norm=norm) for norm in ("none", "batch", "layer"))
    words, style = text("en"), Style("en", False, ("sigmoid", "sigmoid"))
    told = [words("print.batch_norm") in _captions(style, [plain_run, e]) for e in normed]
    assert told == [True, False]
