"""What may help a run in which most networks failed: offered with its effect, really trained.

A remedy is trained by the shared trainer under a watch of the page's own, while nobody waits for
it: the page polls until its effect is known, which is then known to every visitor.
"""

import functools
import itertools
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from components import state
from components.charts.style import Style
from components.choice import PARAMETERS, Choice, choice_of
from components.guard import guarded
from components.made import shelf
from components.naming import run_names
from components.numbers import whole
from components.runs import Once, Progress, Runs, Visit, polling
from components.state import COMPARABLE, DEFAULTS, ITEMS
from components.text import Text
from models import Experiment, History
from models.comparison import differing
from models.diagnostics import remedies

MOST = 2  # remedies a run
FIELDS = tuple(name for name in COMPARABLE if name not in PARAMETERS.values())
"""The fields of an experiment, beside its activation, that each run may have its own of."""
TRYING_SECONDS = 3.0  # a remedy that takes longer is offered without its effect
KNOWN = 1_000  # effects that are remembered


class Effects:
    """How many networks each remedy solved: of the latest ones, shared by all sessions."""

    def __init__(self) -> None:
        self._solved: OrderedDict[Experiment, int] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, remedy: Experiment) -> int | None:
        """Networks that solved it; None: not trained yet."""
        return self._solved.get(remedy)

    def put(self, remedy: Experiment, solved: int) -> None:
        """Remember a remedy's effect."""
        with self._lock:
            self._solved[remedy] = solved
            while len(self._solved) > KNOWN:
                self._solved.popitem(last=False)


@functools.cache
def shared_effects() -> Effects:
    """The effects known on this server."""
    return Effects()


@dataclass(frozen=True)
class Offer:
    """A remedy for one run, or the same one for both.

    Attributes:
        places: of the runs that need it.
        runs: those runs, as they are now.
        remedies: what each of them becomes.
        solved: networks of each that solve XOR now.
        controls: the values that the controls get.
        tried: whether its effect is to be known.
    """

    places: tuple[int, ...]
    runs: tuple[Experiment, ...]
    remedies: tuple[Experiment, ...]
    solved: tuple[int, ...]
    controls: tuple[tuple[str, Any], ...]
    tried: bool = False

    def effect(self) -> list[int] | None:
        """Networks of each that it would solve; None: not known."""
        found = [shared_effects().get(remedy) for remedy in self.remedies]
        return None if None in found else found

    def unknown(self) -> list[Experiment]:
        """What is still to be trained for it."""
        if not self.tried:
            return []
        return [remedy for remedy in self.remedies if shared_effects().get(remedy) is None]

    def helps(self) -> bool:
        """Whether more networks solve it under this remedy, in no run fewer, in one run most."""
        effect, networks = self.effect(), self.runs[0].networks
        gains = [after - now for after, now in zip(effect, self.solved, strict=True)]
        return min(gains) >= 0 and max(gains) > 0 and 2 * max(effect) > networks


def prepare(histories: Sequence[History], visit: Visit, wait: float) -> None:
    """Learn what would help these runs before anybody asks; at most ``wait`` seconds each."""
    for remedy in (one for history in histories for one in remedies(history)[:MOST]):
        _look(remedy, visit.watch((remedy,), wait))
    visit.leave()


def remedy_row(
    words: Text, style: Style, choice: Choice, histories: Sequence[History], visit: Visit
) -> None:
    """Offer what may help the runs that are finished and in which most networks failed.

    Args:
        words: the sentences.
        style: the runs' names.
        choice: what the controls ask for.
        histories: the runs, as far as they are.
        visit: one that watches nothing else.
    """
    if histories[0].steps[-1] < choice.experiment.steps:
        return
    values = state.get_all()
    controls = {name: values[name] for name in DEFAULTS}
    key = "offers", choice, tuple(controls.values()), tuple(h.experiment for h in histories)
    possible = shelf.get(key, lambda: tuple(_offers(choice, controls, histories)))
    offers = tuple(_tried(visit.runs, offer) for offer in possible)
    if not offers:
        return
    pause = polling.pause(visit.runs)
    _learn(offers, visit, pause)
    pending = any(offer.unknown() for offer in offers)
    row = st.fragment(_row, run_every=pause if pending else None)
    row(words, style, offers, visit, pause, Once(True))


@guarded
def _row(
    words: Text,
    style: Style,
    offers: tuple[Offer, ...],
    visit: Visit,
    pause: float,
    first: Once[bool],
) -> None:
    """Draw the offers as far as they are known; once all are, stop asking.

    Only a run of the whole page ends the polling: a browser goes on with it where the part around
    this one was drawn again meanwhile, though it was not told to poll then.
    """
    drawn_before = first.take() is None
    _learn(offers, visit, pause)
    if drawn_before and not any(offer.unknown() for offer in offers):
        st.rerun()
    with st.container(horizontal=True, gap="medium", key="remedies"):
        # What helps most comes first, what is not known last.
        for place, offer in sorted(
            enumerate(offers), key=lambda each: -sum(each[1].effect() or [])
        ):
            _draw(words, style, f"remedy {place}", offer)
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
        solved = 0 if progress.error else int(progress.histories[0].solved.sum())
        shared_effects().put(remedy, solved)
    return progress.finished


def _draw(words: Text, style: Style, key: str, offer: Offer) -> None:
    """One offer; nothing where it turned out not to help."""
    names = ", ".join(style.names[place] for place in offer.places)
    change = _change(words, offer)
    if offer.unknown():
        st.caption(words("remedy.computing", names=names, change=change))
        return
    if not offer.tried:
        label = words("remedy.untried", names=names, change=change)
    elif offer.helps():
        solved = _each(style, offer)
        count = offer.remedies[0].networks
        label = words("remedy.offer", names=names, change=change, solved=solved, count=count)
    else:
        return
    controls = dict(offer.controls)
    if st.button(
        label,
        on_click=state.put_all,
        args=(controls,),
        key=key,
        type="tertiary",
        icon=":material/healing:",
        help=words("remedy.help"),
    ):
        st.rerun()  # the whole page: the controls are outside this fragment


def _each(style: Style, offer: Offer) -> str:
    """How many networks solve it under a remedy: by the run's name, if it is for both."""
    if len(offer.places) == 1:
        return str(*offer.effect())
    named = zip(offer.places, offer.effect(), strict=True)
    return ", ".join(f"{style.names[place]} {solved}" for place, solved in named)


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
    for needed in alike.values():
        both = bool(_controls(choice, values, needed))
        together = [needed] if both else [{p: r} for p, r in needed.items()]
        for remedied in together:
            yield Offer(
                places=tuple(remedied),
                runs=tuple(choice.experiments[place] for place in remedied),
                remedies=tuple(remedied.values()),
                solved=tuple(int(histories[place].solved.sum()) for place in remedied),
                controls=_controls(choice, values, remedied),
            )


def _controls(
    choice: Choice, values: Mapping[str, Any], remedied: Mapping[int, Experiment]
) -> tuple[tuple[str, Any], ...]:
    """What the controls say once some runs, by place, are remedied and the other stays as it is.

    The number of steps is every run's. Empty where the controls have no such setting.
    """
    runs = [remedied.get(place, run) for place, run in enumerate(choice.experiments)]
    steps = max(run.steps for run in runs)
    first, *others = runs = [replace(run, steps=steps) for run in runs]
    asked = {name: getattr(first, name) for name in ("activation", "steps", *FIELDS)}
    for second in others:
        asked["compare"] = second.activation
        for name in FIELDS:
            own = getattr(second, name)
            asked[f"compare_{name}"] = None if own == getattr(first, name) else own
    changed = {name: value for name, value in asked.items() if value != values[name]}
    possible = all(map(_is_option, changed, changed.values()))
    if not possible or choice_of(values | changed).experiments != runs:
        return ()
    return tuple(changed.items())


def _is_option(name: str, value: Any) -> bool:
    """Whether a control has this value."""
    try:
        return value is None or ITEMS[name].read(ITEMS[name].write(value)) == value
    except (KeyError, ValueError):
        return False


def _tried(runs: Runs, offer: Offer) -> Offer:
    """The same offer; it is tried if that is soon done here and few are waiting for their own."""

    def done(remedy: Experiment) -> bool:
        return shared_effects().get(remedy) is not None or runs.known((remedy,))

    def soon(remedy: Experiment) -> bool:
        few = runs.visitors <= polling.LIVE_CROWD
        return few and runs.estimate((remedy,)).seconds < TRYING_SECONDS

    return replace(offer, tried=all(done(remedy) or soon(remedy) for remedy in offer.remedies))
