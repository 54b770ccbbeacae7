"""How a page asks for its run: how long it waits, how often it looks, what it draws meanwhile.

Drawing and training share one interpreter: what is drawn for those who wait is time that the
training does not get.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from components import turnstile
from components.runs.job import Progress
from components.runs.policy import LIVE_CROWD
from components.runs.shared import Runs, Visit
from models import Experiment

FIRST_LOOK_SECONDS = 0.3  # how long a page waits for a run before it draws what is there
LAST_SECONDS = 0.6  # a run with less than this to go is waited for rather than drawn once more
POLL_SECONDS = 0.35  # between two looks at a run
TELL_SECONDS = 1.0  # who stands in line is told so often how far it is
LONGEST_PAUSE = 10.0  # times POLL_SECONDS, however large the crowd

T = TypeVar("T")


class Once(Generic[T]):
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
    tell: Callable[[Progress], None],
) -> Progress:
    """Wait in a crowd without drawing: until the run has ended, or few are left who wait.

    ``tell`` is called with how far it is, first at once; it may raise what ends the page's run,
    where nobody is there any more. What is on the page meanwhile stays.
    """
    while has_to_wait(visit.runs, progress):
        tell(progress)
        progress = _look(visit, experiments, TELL_SECONDS, LAST_SECONDS, again)
    return progress


def has_to_wait(runs: Runs, progress: Progress) -> bool:
    """Whether too many wait for an unfinished run to be drawn as far as it is."""
    return not progress.finished and runs.crowd > LIVE_CROWD


def _look(
    visit: Visit, experiments: Sequence[Experiment], wait: float, soon: float, again: float
) -> Progress:
    with turnstile.left():
        progress = visit.watch(experiments, wait, again)
        left = progress.seconds_left
        if not progress.finished and left is not None and left < soon:
            progress = visit.watch(experiments, 2 * soon, again)
    return progress
