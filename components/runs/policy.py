"""Which job is trained next, and which are dropped: pure functions of what is there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from components.runs.job import Job, Key
from components.serving.memory import BUDGET

AGEING = 0.2  # seconds of training that a second of waiting makes good, so that nobody starves
FREE_SECONDS = 1.0  # of training that anybody may have been given lately
SPENDING = 5.0  # seconds to go that a second beyond them counts for
LIVE_CROWD = 3  # with more who wait, what is drawn of unfinished runs takes too much from all
FIRST_SECONDS = 3.0  # a run with nothing to show yet is so much ahead of one that is about done
CACHE_BYTES = BUDGET.cache  # of jobs at rest
MAX_SECONDS = 60.0
MAX_BYTES = BUDGET.run  # of one run
TOTAL_BYTES = BUDGET.runs  # of all, as far as they can wait for each other


@dataclass(frozen=True)
class Candidate:
    """A job with steps to do, as the choice between jobs sees it.

    Attributes:
        job: the job.
        target: steps it is to reach.
        seconds_left: until then; None if nothing is measured yet.
        bytes: what it needs at its peak.
        bytes_at_rest: what stays of them at its end.
        waited: seconds since it began to wait.
        patient: whether all who wait for it let others go first.
        spent: seconds of training lately given to the one who waits for it and was given least.
    """

    job: Job
    target: int
    seconds_left: float | None
    bytes: float
    bytes_at_rest: float
    waited: float
    patient: bool = False
    spent: float = 0.0


def next_job(waiting: Sequence[Candidate], lasting: float) -> Candidate | None:
    """The job to train now; ``lasting`` are the bytes that dropping jobs would not free.

    First each that has nothing to show yet (where first pictures are not drawn, ``seconds_left`` is
    an estimate from the start), then the one with the least left to do, so that a short
    run does not wait for a long one; the longer one has waited, the less that counts, and the more
    its visitors were lately given, the more: who asks for one long run after the other does not
    keep the rest waiting. The patient ones come after all others. What would not fit beside the
    others, and what they will have grown to, waits until those that have begun are done.
    """
    begun = [candidate for candidate in waiting if candidate.job.trainer]
    growth = sum(max(0.0, c.bytes_at_rest - c.job.nbytes) for c in begun)

    def fits(candidate: Candidate) -> bool:
        alone = candidate.job.trainer or not begun
        return bool(alone) or lasting + growth + candidate.bytes < TOTAL_BYTES

    def order(candidate: Candidate) -> tuple[bool, float]:
        left = -FIRST_SECONDS if candidate.seconds_left is None else candidate.seconds_left
        return candidate.patient, left + _owed(candidate.spent) - AGEING * candidate.waited

    return min(filter(fits, waiting), key=order, default=None)


def _owed(spent: float) -> float:
    """Seconds by which one who was lately given so many lets the others go first."""
    return SPENDING * max(0.0, spent - FREE_SECONDS)


def to_drop(
    jobs: Sequence[Job], watched: Collection[Key], held: Collection[Key], room: float = 0.0
) -> list[Job]:
    """The jobs to drop so that what is kept, and ``room`` bytes for the next one, stay bounded.

    ``jobs`` stand in the order in which they were asked for, and the ones asked for longest ago go
    first. Beyond ``CACHE_BYTES`` those go that nobody waits for; beyond ``TOTAL_BYTES`` also those
    that are ``held`` because somebody may come back for their end. A job that is watched, or that
    was asked for last, is never dropped: a run larger than the cache is trained to its end.
    """
    sizes = {job: job.nbytes for job in jobs}
    total, dropped = sum(sizes.values()), []
    for limit, kept in ((CACHE_BYTES, held), (TOTAL_BYTES - room, watched)):
        for job in jobs[:-1]:
            if total > limit and job.key not in kept and job not in dropped:
                dropped.append(job)
                total -= sizes[job]
    return dropped


def lasting_bytes(jobs: Sequence[Job], watched: Collection[Key]) -> float:
    """What ``to_drop`` would leave of these jobs, however much room were needed."""
    return sum(job.nbytes for job in jobs if job.key in watched or job is jobs[-1])
