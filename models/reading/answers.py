"""Why a program does not learn: what is trained to know it, and the answer that follows.

A *cause* is said only where mending it alone makes most networks solve the task while most of the
program as it is do not: both are trained. What helps but mends no cause is what *helps*.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from models.cures import cures
from models.diagnostics import failure_cause, mending, remedies
from models.experiment import Experiment
from models.history import History
from models.reading.mending import Mended, mend, mend_all
from models.reading.mistakes import MISTAKES
from models.reading.reading import Reading

MOST = 0.5  # of the networks
KINDS = ("learns", "cause", "together", "diagnosed", "helps", "nothing")


@dataclass(frozen=True)
class Diagnosis:
    """What a finished run of which most networks failed suggests.

    Attributes:
        cause: one of ``models.diagnostics.causes.FAILURES``.
        direct: what changes that.
        besides: what else may help: the rest of the run's remedies, and all those courses teach.
    """

    cause: str
    direct: tuple[Experiment, ...]
    besides: tuple[Experiment, ...]


@dataclass(frozen=True)
class Question:
    """What a program asks.

    Attributes:
        as_it_is: the program itself; None: it does not train at all, for a mistake of its own.
        alone: the program with one mistake mended, for each that can be.
        together: with all of them; None where there is one, or some cannot be mended.
    """

    as_it_is: Experiment | None
    alone: tuple[Mended, ...] = ()
    together: Mended | None = None

    def counted(self, networks: int) -> "Question":
        """The same with so many networks in each run."""
        return Question(
            self.as_it_is and counted(self.as_it_is, networks),
            tuple(_with(each, networks) for each in self.alone),
            self.together and _with(self.together, networks),
        )

    @property
    def mended(self) -> Mended | None:
        """The program without its mistakes, as far as possible; None: it has none to mend."""
        return self.together or (self.alone[-1] if self.alone else None)

    @property
    def base(self) -> Experiment | None:
        """What a remedy is looked for."""
        return self.mended.experiment if self.mended else self.as_it_is


@dataclass(frozen=True)
class Answer:
    """Why a program does not learn, as far as that is known.

    Attributes:
        kind: one of ``KINDS``; empty: something is to be trained first.
        changes: what makes most networks solve it, each by itself, the one to show first.
        remedy: the same of a remedy; None: it is a mistake that was mended, or nothing.
        cause: what most networks failed for, where ``kind`` is ``diagnosed``.
        missing: what is to be trained next.
        tried: what was trained beside the program itself.
    """

    kind: str = ""
    changes: tuple[Mended, ...] = ()
    remedy: Experiment | None = None
    cause: str = ""
    missing: Experiment | None = None
    tried: tuple[Experiment, ...] = ()

    @property
    def shown(self) -> Experiment | None:
        """What learns, to be shown beside the program as it is."""
        return self.changes[0].experiment if self.changes else self.remedy


Share = Callable[[Experiment], float | None]
"""Of a run's networks those that solved it; None: that is not known yet."""
Look = Callable[[Experiment], Diagnosis | None]
"""What a run that has ended suggests; None: it is to be trained once more."""


def question(reading: Reading) -> Question:
    """What is to be trained, each run with one network, as the program's own."""
    as_it_is = reading.experiment
    if not all(MISTAKES[mistake.name].trained for mistake in reading.mistakes):
        as_it_is = None
    alone = tuple(filter(None, (mend(reading, mistake) for mistake in reading.mistakes)))
    together = mend_all(reading) if len(reading.mistakes) > 1 else None
    return Question(as_it_is, alone, together).counted(1)


def counted(experiment: Experiment, networks: int) -> Experiment:
    """The same with so many networks; of weights of one's own there is one."""
    return experiment if experiment.start is not None else replace(experiment, networks=networks)


def _with(mended: Mended, networks: int) -> Mended:
    return replace(mended, experiment=counted(mended.experiment, networks))


def diagnosis(history: History) -> Diagnosis:
    """What a finished run suggests; of one that most networks solved, nothing."""
    every = remedies(history)
    if not every:
        return Diagnosis("", (), ())
    direct = tuple(mending(history))
    others = dict.fromkeys([*every, *cures(history.experiment).values()])
    return Diagnosis(
        failure_cause(history), direct, tuple(each for each in others if each not in direct)
    )


def answer(
    asked: Question,
    share: Share,
    look: Look,
    affordable: Callable[[Experiment], bool] = lambda experiment: True,
) -> Answer:
    """What is known, or what is to be trained to know more: the most telling first.

    Args:
        asked: the question.
        share: what is known of a run.
        look: what is suggested by one.
        affordable: whether a remedy may be trained; one that may not is not tried.
    """
    if asked.as_it_is is not None:
        own = share(asked.as_it_is)
        if own is None:
            return Answer(missing=asked.as_it_is)
        if own > MOST:
            return Answer("learns")
    mended = [*asked.alone, *([asked.together] if asked.together else [])]
    for change in mended:
        if share(change.experiment) is None:
            return Answer(missing=change.experiment)
    tried = tuple(change.experiment for change in mended)
    if causes := _solving(asked.alone, share):
        return Answer("cause", causes, tried=tried)
    if asked.together and _solving([asked.together], share):
        return Answer("together", (asked.together,), tried=tried)
    if asked.base is None:
        return Answer("nothing", tried=tried)
    return _remedied(asked.base, not mended, tried, share, look, affordable)


def _solving(changes: Sequence[Mended], share: Share) -> tuple[Mended, ...]:
    """Those that make most networks solve it, the one with most of them first."""
    solved = {change: share(change.experiment) or 0.0 for change in changes}
    return tuple(sorted((c for c in changes if solved[c] > MOST), key=lambda c: -solved[c]))


def _remedied(
    base: Experiment,
    is_whole: bool,
    tried: tuple[Experiment, ...],
    share: Share,
    look: Look,
    affordable: Callable[[Experiment], bool],
) -> Answer:
    """A remedy that helps; where it mends what the program itself failed for, that is its cause."""
    found = look(base)
    if found is None:
        return Answer(missing=base)
    for remedy, kind in _each(found, is_whole):
        if not affordable(remedy):
            continue
        known = share(remedy)
        if known is None:
            return Answer(missing=remedy, tried=tried)
        tried = (*tried, remedy)
        if known > MOST:
            cause = found.cause if kind == "diagnosed" else ""
            return Answer(kind, remedy=remedy, cause=cause, tried=tried)
    return Answer("nothing", tried=tried)


def _each(found: Diagnosis, is_whole: bool) -> Iterator[tuple[Experiment, str]]:
    for remedy in found.direct:
        yield remedy, "diagnosed" if is_whole else "helps"
    for remedy in found.besides:
        yield remedy, "helps"
