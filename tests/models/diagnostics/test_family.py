"""What runs are compared by: against plain NumPy, and hand-made histories."""

from dataclasses import replace

import numpy as np
import pytest

from models import Experiment, train, train_together
from models.diagnostics import best, fate_counts, median_steps, standing, wilson_interval


@pytest.fixture(scope="module")
def runs():
    base = Experiment(depth=3, width=8, steps=300, networks=12, dtype="float64")
    return train_together([replace(base, activation=name) for name in ("sigmoid", "tanh", "relu")])


def test_figures_are_those_of_the_arrays(runs):
    for history in runs:
        one = standing(history)
        assert one.solved == sum(fate == "solved" for fate in _each(one.fates))
        assert one.fates == fate_counts(history)
        assert one.share == history.solved.mean()
        assert (one.low, one.high) == wilson_interval(int(history.solved.sum()), 12)
        norms = history.weight_gradient_norm[0]
        assert one.ratio == pytest.approx(np.median(norms[0] / norms[-1]))
        slopes = [np.polyfit(range(4), np.log(norms[:, i]), 1)[0] for i in range(12)]
        assert one.shrink == pytest.approx(np.exp(-np.median(slopes)))


def _each(fates: dict[str, int]) -> list[str]:
    return [fate for fate, count in fates.items() for _ in range(count)]


def test_without_a_hidden_layer_there_is_no_ratio():
    one = standing(train(Experiment(depth=0, steps=5, networks=3)))
    assert np.isnan(one.ratio) and np.isnan(one.shrink)


def test_the_median_counts_the_unsolved_as_not_yet(runs):
    shares = {history.solved.mean() for history in runs}
    assert min(shares) < 0.5 < max(shares)
    for history in runs:
        steps = np.sort(np.where(history.solved, history.steps_to_solve, np.inf))
        expected = np.inf if np.isinf(steps[6]) else (steps[5] + steps[6]) / 2
        assert median_steps(history) == expected


def test_the_best_run_solved_most_and_of_equals_was_faster(runs):
    assert best(runs).solved.sum() == max(history.solved.sum() for history in runs)
    solver = max(runs, key=lambda history: history.solved.sum())
    slow = replace(solver, steps=solver.steps * 2)
    assert best([slow, solver]) is solver
    assert best([solver, slow]) is solver


def test_of_runs_that_never_solve_it_the_best_has_the_lowest_loss(runs):
    stuck = next(history for history in runs if not history.solved.any())
    worse = replace(stuck, loss=stuck.loss + 0.1)
    broken = replace(stuck, loss=np.full_like(stuck.loss, np.nan))
    assert best([broken, worse, stuck]) is stuck
