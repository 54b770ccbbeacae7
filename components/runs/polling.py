"""How a page asks for its run: how long it waits, how often it looks, what it draws meanwhile.

Drawing and training share one interpreter: what is drawn for those who wait is time that the
training does not get.
"""

import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from components.runs.job import Progress
from components.runs.policy import LIVE_CROWD
from components.runs.shared import Runs, Visit
from models import Experiment

FIRST_LOOK_SECONDS = 0.3  # how long a page waits for a run before it draws what is there
LAST_SECONDS = 0.6  # a run with less than this to go is waited for rather than drawn once more
POLL_SECONDS = 0.35  # between two looks at a run
LINE_SECONDS = 10.0  # in a crowd an unfinished run is drawn so seldom
TELL_SECONDS = 1.0  # who stands in line is told so often how far it is
LONGEST_PAUSE = 10.0  # times POLL_SECONDS, however large the crowd

T = TypeVar("T")


class Handed(Generic[T]):
    """Something that is handed over once and then held no longer."""

    def __init__(self, value: T):
        self._value: T | None = value

    def take(self) -> T | None:
        """The value the first time, None ever after."""
        value, self._value = self._value, None
        return value


def pause(runs: Runs) -> float:
    """Seconds between two looks at a run: the more who wait, the longer."""
    return POLL_SECONDS * min(max(1.0, runs.crowd / 3), LONGEST_PAUSE)


def first_look(visit: Visit, experiments: Sequence[Experiment], again: float) -> Progress:
    """See how far a run is when its page is opened: at its end, if that comes soon."""
    return _look(visit, experiments, FIRST_LOOK_SECONDS, FIRST_LOOK_SECONDS / 2, again)


def next_look(visit: Visit, experiments: Sequence[Experiment], again: float) -> Progress:
    """See how far a run is now, or at its end, if that comes soon."""
    return _look(visit, experiments, 0.0, LAST_SECONDS, again)


def stand_in_line(
    visit: Visit,
    experiments: Sequence[Experiment],
    again: float,
    progress: Progress,
    since: float,
    tell: Callable[[Progress], None],
) -> Progress:
    """Wait in a crowd without drawing: until the run has ended, or few are left who wait.

    A run that takes long is worth a picture now and then: if it has anything to show,
    ``LINE_SECONDS`` after ``since``, the line is left, too. What is on the page meanwhile stays.

    Args:
        visit: what asks for the run.
        experiments: the run.
        again: seconds after which the page would ask again.
        progress: how far it is.
        since: when it was asked for, or drawn last (``time.monotonic``).
        tell: is called with how far it is, first at once; it may raise what ends the page's run,
            where nobody is there any more.
    """
    while has_to_wait(visit.runs, progress) and not is_worth_drawing(progress, since):
        tell(progress)
        progress = _look(visit, experiments, TELL_SECONDS, LAST_SECONDS, again)
    return progress


def is_worth_drawing(progress: Progress, since: float) -> bool:
    """Whether a run in a crowd is drawn once more: some time after it was so last."""
    return progress.step > 0 and time.monotonic() > since + LINE_SECONDS


def has_to_wait(runs: Runs, progress: Progress) -> bool:
    """Whether too many wait for an unfinished run to be drawn as far as it is."""
    return not progress.finished and runs.crowd > LIVE_CROWD


def _look(
    visit: Visit, experiments: Sequence[Experiment], wait: float, soon: float, again: float
) -> Progress:
    progress = visit.watch(experiments, wait, again)
    left = progress.seconds_left
    if not progress.finished and left is not None and left < soon:
        progress = visit.watch(experiments, 2 * soon, again)
    return progress
