"""What may help a run in which most networks failed: offered with its effect, really trained.

A remedy is trained by the shared trainer under a watch of the page's own, while nobody waits for
it: the page polls until its effect is known, which is then known to every visitor.
"""

import functools
import itertools
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from components.drawing.charts.style import Style
from components.drawing.made import Shelf, shelf
from components.panels.guard import guarded
from components.runs import Handed, Progress, Runs, Visit, policy, polling
from components.settings import state
from components.settings.choice import Choice, choice_of
from components.settings.naming import run_names
from components.settings.state import COMPARABLE, DEFAULTS, ITEMS
from components.settings.state.runs import PARAMETERS
from components.words.numbers import whole
from components.words.text import Text
from models import Experiment, History
from models.comparison import differing
from models.diagnostics import mending, remedies

MOST = 3  # remedies a run
MOST_SHARE = 0.5  # of the networks solve it under a remedy that helps
FIELDS = tuple(name for name in COMPARABLE if name not in PARAMETERS.values())
"""The fields of an experiment, beside its activation, that each run may have its own of."""
TRYING_SECONDS = 3.0  # a remedy that takes longer is tried with fewer networks
FEWEST = 8  # networks; one that takes longer even so is offered without its effect
KNOWN = 1_000  # effects that are remembered


@functools.cache
def shared_effects() -> Shelf:
    """By remedy, how many networks solved it: of the latest ones, known to all sessions."""
    return Shelf(KNOWN, lambda solved: 1)


@dataclass(frozen=True)
class Offer:
    """A remedy for one run, or the same one for both.

    Attributes:
        places: of the runs that need it.
        runs: those runs, as they are now.
        remedies: what each of them becomes.
        solved: networks of each that solve XOR now.
        controls: the values that the controls get.
        trials: each remedy with the networks that it is tried with; empty: it is not tried.
        alone: the same for each of both runs alone; empty where it is for one.
    """

    places: tuple[int, ...]
    runs: tuple[Experiment, ...]
    remedies: tuple[Experiment, ...]
    solved: tuple[int, ...]
    controls: tuple[tuple[str, Any], ...]
    trials: tuple[Experiment, ...] = ()
    alone: tuple["Offer", ...] = ()

    def effect(self) -> list[int] | None:
        """Networks of each that it would solve; None: not known."""
        found = (shared_effects().look(trial) for trial in self.trials)
        known = [solved for solved in found if solved is not None]
        return known if known and len(known) == len(self.trials) else None

    def unknown(self) -> list[Experiment]:
        """What is still to be trained for it."""
        return [trial for trial in self.trials if shared_effects().look(trial) is None]

    def helping(self) -> tuple["Offer", ...]:
        """Of what it is for, once that is known, what gains: both runs, or one of them, or none."""
        return (self,) if self._helps() else tuple(one for one in self.alone if one._helps())

    def _helps(self) -> bool:
        """Whether more networks of each run solve it under this remedy, and of one of them most."""
        after = [solved / self.trials[0].networks for solved in self.effect() or ()]
        now = [solved / self.runs[0].networks for solved in self.solved]
        return all(map(operator.gt, after, now)) and max(after) > MOST_SHARE

    def tried_with(self, trials: tuple[Experiment, ...]) -> "Offer":
        """The same offer, each remedy tried as the trial at its place; not at all without any."""
        if not trials:
            return self
        of_place = dict(zip(self.places, trials, strict=True))
        alone = tuple(replace(one, trials=(of_place[one.places[0]],)) for one in self.alone)
        return replace(self, trials=trials, alone=alone)


def is_tested(history: History, beside: Sequence[History]) -> bool:
    """Whether to change what this run failed for is known to help most networks.

    It was tried, for anybody, or is one of the runs ``beside`` it.
    """
    if not history.finished:
        return False
    shown = {other.experiment: float(other.solved.mean()) for other in beside}
    shares = [shown.get(remedy, _known_share(remedy)) for remedy in mending(history)]
    return any(share > max(MOST_SHARE, history.solved.mean()) for share in shares if share)


def _known_share(remedy: Experiment) -> float | None:
    """Of the networks that it was tried with, those that solved it; None: it was not."""
    known = ((each, shared_effects().look(each)) for each in _with_fewer(remedy))
    return next((solved / each.networks for each, solved in known if solved is not None), None)


def _with_fewer(remedy: Experiment) -> Iterator[Experiment]:
    """The remedy with all its networks, with half of them, and so on: always the first ones."""
    yield remedy
    networks = remedy.networks // 2
    while networks >= FEWEST:
        yield replace(remedy, networks=networks)
        networks //= 2


def prepare(histories: Sequence[History], visit: Visit, wait: float) -> None:
    """Learn what would help these runs before anybody asks; at most ``wait`` seconds each."""
    for remedy in (one for history in histories for one in remedies(history)[:MOST]):
        _look(remedy, visit.watch((remedy,), wait))
    visit.leave()


def offers_for(choice: Choice, histories: Sequence[History], visit: Visit) -> tuple[Offer, ...]:
    """What may help the runs that are finished and in which most networks failed.

    What of it is already trained is known from then on.

    Args:
        choice: what the controls ask for.
        histories: the runs, as far as they are.
        visit: one that watches nothing else.
    """
    if histories[0].steps[-1] < choice.experiment.steps:
        return ()
    values = state.get_all()
    controls = {name: values[name] for name in DEFAULTS}
    key = "offers", choice, tuple(controls.values()), tuple(h.experiment for h in histories)
    possible = shelf.get(key, lambda: tuple(_offers(choice, controls, histories)))
    shown = tuple(choice.experiments)
    offers = tuple(_tried(visit.runs, offer, shown) for offer in possible)
    if offers:
        _learn(offers, visit, polling.pause(visit.runs))
    return offers


def remedy_row(
    style: Style,
    offers: tuple[Offer, ...],
    visit: Visit,
    keep: Callable[[], object],
) -> None:
    """Draw what may help, and go on to learn its effects with the visit that they are asked by.

    ``keep`` looks at the run on screen, so that no remedy takes its place in what is kept.
    """
    if not offers:
        return
    pause = polling.pause(visit.runs)
    pending = any(offer.unknown() for offer in offers)
    row = st.fragment(_row, run_every=pause if pending else None)
    row(style, offers, visit, pause, Handed(True), keep)


@guarded
def _row(
    style: Style,
    offers: tuple[Offer, ...],
    visit: Visit,
    pause: float,
    first: Handed[bool],
    keep: Callable[[], object],
) -> None:
    """Draw the offers as far as they are known; once all are, stop asking.

    Only a run of the whole page ends the polling: a browser goes on with it where the part around
    this one was drawn again meanwhile, though it was not told to poll then.
    """
    drawn_before = first.take() is None
    if any(offer.unknown() for offer in offers):
        keep()
    _learn(offers, visit, pause)
    if drawn_before and not any(offer.unknown() for offer in offers):
        st.rerun()
    with st.container(horizontal=True, gap="medium", key="remedies"):
        # What helps most comes first, what is not known last.
        for offer in sorted(_worth(offers), key=lambda each: -sum(each.effect() or [])):
            _draw(style, offer)
    state.update_link_of_part()


def _learn(offers: tuple[Offer, ...], visit: Visit, pause: float) -> None:
    """Look at the first remedy that is still to be trained, and at the next if it is done."""
    for remedy in (remedy for offer in offers for remedy in offer.unknown()):
        if not _look(remedy, visit.watch((remedy,), again=pause)):
            return


def _look(remedy: Experiment, progress: Progress) -> bool:
    """Whether a remedy is trained; then its effect is known."""
    if progress.finished:
        # What the trainer fails at helps nobody.
        solved = 0 if progress.error else int(progress.trained[0].solved.sum())
        shared_effects().put(remedy, solved)
    return progress.finished


def _worth(offers: tuple[Offer, ...]) -> Iterator[Offer]:
    """The offers without those that turned out not to help."""
    for offer in offers:
        yield from offer.helping() if offer.effect() else (offer,)


def _draw(style: Style, offer: Offer) -> None:
    """One offer that helps, or of which that is not known."""
    words = style.words
    names = ", ".join(style.names[place] for place in offer.places)
    change = _change(words, offer)
    if offer.unknown():
        st.caption(words("remedy.computing", names=names, change=change))
        return
    if not offer.trials:
        label = words("remedy.untried", names=names, change=change)
    else:
        solved = _each(style, offer)
        count = offer.trials[0].networks
        kind = "offer" if count == offer.remedies[0].networks else "offer_few"
        label = words(f"remedy.{kind}", names=names, change=change, solved=solved, count=count)
    controls = dict(offer.controls)
    st.button(
        label,
        on_click=_accept,
        args=(controls,),
        key=f"remedy {controls}",  # a page that is not up to date has the button of another one
        type="tertiary",
        icon=":material/healing:",
        help=words("remedy.help"),
    )


def _accept(controls: Mapping[str, Any]) -> None:
    state.put_all(controls)
    st.rerun()  # the whole page: the controls are outside this part of it


def _each(style: Style, offer: Offer) -> str:
    """How many networks solve it under a remedy: by the run's name, if it is for both."""
    words = style.words
    counts = [words("remedy.solved", solved=solved) for solved in offer.effect() or ()]
    if len(counts) == 1:
        return counts[0]
    named = zip(offer.places, counts, strict=True)
    return ", ".join(f"{style.names[place]} {count}" for place, count in named)


def _change(words: Text, offer: Offer) -> str:
    """What a remedy changes."""
    run, remedy = offer.runs[0], offer.remedies[0]
    if remedy.steps != run.steps:
        return words("cost.use_steps", value=whole(remedy.steps))
    return run_names(words, (run, remedy))[1]


def _offers(
    choice: Choice, values: Mapping[str, Any], histories: Sequence[History]
) -> Iterator[Offer]:
    """Every remedy that the controls can be set to; one for both runs where they need the same.

    ``values`` are what the controls say now.
    """
    alike: dict[tuple, dict[int, Experiment]] = {}
    for place, history in enumerate(histories):
        run = choice.experiments[place]
        new = (one for one in remedies(history) if one not in choice.experiments)
        possible = (one for one in new if _controls(choice, values, {place: one}))
        for remedy in itertools.islice(possible, MOST):
            changes = tuple((name, getattr(remedy, name)) for name in differing((run, remedy)))
            alike.setdefault(changes, {})[place] = remedy

    def offer(remedied: dict[int, Experiment]) -> Offer:
        return Offer(
            places=tuple(remedied),
            runs=tuple(choice.experiments[place] for place in remedied),
            remedies=tuple(remedied.values()),
            solved=tuple(int(histories[place].solved.sum()) for place in remedied),
            controls=_controls(choice, values, remedied),
        )

    for needed in alike.values():
        both = offer(needed)
        alone = tuple(offer({place: remedy}) for place, remedy in needed.items())
        if len(alone) == 1 or not both.controls:
            yield from alone
        else:
            yield replace(both, alone=alone)


def _controls(
    choice: Choice, values: Mapping[str, Any], remedied: Mapping[int, Experiment]
) -> tuple[tuple[str, Any], ...]:
    """What the controls say once some runs, by place, are remedied and the other stays as it is.

    The number of steps is every run's. Empty where the controls have no such setting.
    """
    runs = [remedied.get(place, run) for place, run in enumerate(choice.experiments)]
    steps = max(run.steps for run in runs)
    runs = [replace(run, steps=steps) for run in runs]
    now, asked = _asked(choice.experiments), _asked(runs)
    changed = {name: value for name, value in asked.items() if value != values[name]}
    # As few as will do: a control may say another thing than the run, and mean the same.
    few = {name: value for name, value in changed.items() if value != now[name]}
    for changes in (few, changed):
        possible = all(map(_is_option, changes, changes.values()))
        if possible and choice_of({**values, **changes}).experiments == runs:
            return tuple(changes.items())
    return ()


def _asked(runs: Sequence[Experiment]) -> dict[str, Any]:
    """What every control is to say for these runs."""
    first, *others = runs
    asked = {name: getattr(first, name) for name in ("activation", "steps", *FIELDS)}
    for second in others:
        asked["compare"] = second.activation
        for name in FIELDS:
            own = getattr(second, name)
            asked[f"compare_{name}"] = None if own == getattr(first, name) else own
    return asked


def _is_option(name: str, value: Any) -> bool:
    """Whether a control has this value."""
    try:
        return value is None or ITEMS[name].read(ITEMS[name].write(value)) == value
    except (KeyError, ValueError):
        return False


def _tried(runs: Runs, offer: Offer, shown: tuple[Experiment, ...]) -> Offer:
    """The same offer, to be tried with as many networks as that is soon done with here.

    Not at all if many wait for their own, or if it would not fit beside the run that is ``shown``.
    """
    room = policy.TOTAL_BYTES - runs.estimate(shown).bytes_at_rest

    def done(trial: Experiment) -> bool:
        return shared_effects().look(trial) is not None or runs.known((trial,))

    def soon(trial: Experiment) -> bool:
        few = runs.visitors <= polling.LIVE_CROWD
        cost = runs.estimate((trial,))
        return few and cost.seconds < TRYING_SECONDS and cost.bytes < room

    sizes = list(zip(*map(_with_fewer, offer.remedies), strict=True))
    trials = next((each for test in (done, soon) for each in sizes if all(map(test, each))), ())
    return offer.tried_with(trials)
