"""The runs that an answer takes, through the trainer that all share, one after the other."""

from dataclasses import dataclass
from functools import cache

from components.drawing.made import Shelf
from components.panels.remedies import KNOWN, shared_effects
from components.runs import Progress, Runs, Visit
from components.runs.policy import MAX_BYTES, MAX_SECONDS
from models import Experiment
from models.reading.answers import Answer, Diagnosis, Question, answer, counted, diagnosis

COUNTS = (64, 32, 16, 8)  # networks, as many as are soon trained
SOON_SECONDS = 15.0


@cache
def _diagnoses() -> Shelf:
    """By run, what its end suggests: known to all sessions."""
    return Shelf(KNOWN, lambda found: 1)


@dataclass(frozen=True)
class Step:
    """How far an answer is.

    Attributes:
        answer: as far as it is known.
        progress: of the run that is trained now; None: nothing is.
    """

    answer: Answer
    progress: Progress | None = None

    @property
    def error(self) -> str:
        """What keeps the program itself from being trained; empty: nothing."""
        return (self.progress.error if self.progress else None) or ""


def count_for(runs: Runs, experiment: Experiment) -> int | None:
    """With how many networks each run of it is trained; None: even the fewest take too long."""
    for count in COUNTS:
        cost = runs.estimate((counted(experiment, count),))
        limit = SOON_SECONDS if count != COUNTS[-1] else MAX_SECONDS
        if cost.seconds <= limit and cost.bytes <= MAX_BYTES:
            return count
    return None


def go_on(asked: Question, visit: Visit, wait: float, again: float) -> Step:
    """Train what is missing for an answer, and wait a moment for it.

    Args:
        asked: the question.
        visit: one that watches nothing else.
        wait: seconds to wait at most for each run's end.
        again: seconds after which this is called again.
    """

    def share(experiment: Experiment) -> float | None:
        solved = shared_effects().look(experiment)
        return None if solved is None else solved / experiment.networks

    def affordable(experiment: Experiment) -> bool:
        cost = visit.runs.estimate((experiment,))
        known = shared_effects().look(experiment) is not None
        return known or (cost.seconds <= SOON_SECONDS and cost.bytes <= MAX_BYTES)

    while True:
        found = answer(asked, share, _diagnoses().look, affordable)
        if found.missing is None:
            return Step(found)
        progress = visit.watch((found.missing,), wait, again)
        if not progress.finished or (progress.error and found.missing == asked.as_it_is):
            return Step(found, progress)
        _learn(found.missing, progress, asked.base)


def _learn(experiment: Experiment, progress: Progress, base: Experiment | None) -> None:
    """Keep what became of a run; what the trainer fails at helps nobody."""
    if progress.error:
        shared_effects().put(experiment, 0)
        _diagnoses().put(experiment, Diagnosis("", (), ()))
        return
    (history,) = progress.trained
    shared_effects().put(experiment, int(history.solved.sum()))
    if experiment == base:
        _diagnoses().put(experiment, diagnosis(history))


def solved_of(experiment: Experiment) -> int:
    """How many networks of a run that was trained solved it."""
    return shared_effects().look(experiment) or 0
