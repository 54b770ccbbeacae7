"""From what happens in a program's loops to the one step that is done again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from models.reading.graph import RefusedError
from models.reading.values import Event, Events, Repeat, Share, Sometimes


@dataclass(frozen=True)
class ByHand:
    """A step that the program does itself, parameter by parameter."""

    parameters: tuple[object, ...]
    rate: float


@dataclass(frozen=True)
class Session:
    """A step and how often it is done.

    Attributes:
        step: of the optimizer; None: none is ever taken.
        backward: where the gradient of a loss is computed.
        steps: how many there are; None: until something happens that no one knows.
        zeroes: whether gradients are zero before they are computed.
        erased: where they are set to zero after they were computed and before the step; 0: not so.
        zero_line: where they are set to zero; 0: nowhere.
        clips: events that clip the whole gradient; ``units``: that divide each layer's by its norm.
        gathers: how many gradients are added up for a step.
        line: of the outermost loop.
        stops: the line at which it may end early; 0: nowhere.
    """

    step: Event | None
    backward: Event
    steps: int | None
    zeroes: bool
    erased: int
    zero_line: int
    clips: tuple[Event, ...]
    units: tuple[Event, ...]
    gathers: int
    line: int
    stops: int


@dataclass(frozen=True)
class _Placed:
    """An event in a loop's body.

    Attributes:
        event: it, or a loop within.
        share: in which passes it happens; None: in all.
    """

    event: Event | Repeat
    share: Sometimes | None

    @property
    def kind(self) -> str:
        """The event's."""
        return self.event.kind if isinstance(self.event, Event) else "loop"


@dataclass(frozen=True)
class _Site:
    """Where an event stands: the loops around it, the outermost first, and the body it is in."""

    loops: tuple[Repeat, ...]
    body: tuple[_Placed, ...]
    place: int


def session_of(events: Events, zeroes_all: Callable[[Event], bool]) -> Session:
    """The step that is done again and again.

    Args:
        events: of the whole program.
        zeroes_all: whether an event sets the gradients of all of the network's parameters to zero.

    Raises:
        RefusedError: there is no training, or steps of several kinds.
    """
    events = _gathered(events)
    sites = list(_sites(events, "step"))
    if not sites:
        return _without_steps(events)
    if len(sites) > 1:
        raise RefusedError("several_trainings", _line(sites[1]))
    (site,) = sites
    _refuse_what_changes(events, site)
    return _session(site, zeroes_all)


def _without_steps(events: Events) -> Session:
    sites = list(_sites(events, "backward"))
    if not sites:
        raise RefusedError("no_training")
    if len(sites) > 1:
        raise RefusedError("several_trainings", _line(sites[1]))
    (site,) = sites
    backward = site.body[site.place].event
    assert isinstance(backward, Event)
    stops = next((loop.stops for loop in site.loops if loop.stops), 0)
    line = site.loops[0].line if site.loops else backward.line
    zero = next((p.event.line for p in site.body if p.kind == "zero"), 0)
    return Session(
        None, backward, _count(site), bool(zero), 0, zero, (), (), 1, line, stops
    )  # fmt: skip


def _session(site: _Site, zeroes_all: Callable[[Event], bool]) -> Session:
    step = site.body[site.place]
    assert isinstance(step.event, Event)
    if step.event.maybe or not all(loop.steady for loop in site.loops):
        raise RefusedError("other_loop", step.event.line)
    turn = [*site.body[site.place + 1 :], *site.body[: site.place]]
    if not site.loops:
        turn = list(site.body[: site.place])
    sure = [_is_sure(each, step) for each in turn]
    zeros = [
        place
        for place, each in enumerate(turn)
        if each.kind == "zero" and isinstance(each.event, Event) and zeroes_all(each.event)
    ]
    last = max((place for place in zeros if sure[place]), default=-1)
    if any(place > last and not sure[place] for place in zeros):
        raise RefusedError("other_loop", turn[zeros[-1]].event.line)
    backwards = [place for place, each in enumerate(turn) if _computes(each)]
    after = [place for place in backwards if place > last]
    erased = turn[last].event.line if backwards and not after and last >= 0 else 0
    used = after or [place for place in backwards if sure[place]][-1:]
    if not used:
        raise RefusedError("no_training" if not backwards else "other_loop", step.event.line)
    if len(used) > 1 or not sure[used[0]]:
        raise RefusedError("other_loop", turn[used[-1]].event.line)
    always = last >= 0 and turn[last].share is None
    if turn[used[0]].share != step.share and not always and not _is_all_but_last(step.share):
        raise RefusedError("other_loop", step.event.line)  # gradients of several passes add up
    backward, gathers = _backward(turn[used[0]])
    _refuse_what_is_outside(site)
    treated = [each.event for each in turn[used[0] :] if isinstance(each.event, Event)]
    if other := next((each for each in treated if each.kind == "treated"), None):
        raise RefusedError("other_loop", other.line)
    return Session(
        step.event,
        backward,
        _count(site),
        last >= 0,
        erased,
        turn[last].event.line if last >= 0 else 0,
        tuple(each for each in treated if each.kind == "clip"),
        tuple(each for each in treated if each.kind == "unit"),
        gathers,
        site.loops[0].line if site.loops else step.event.line,
        next((loop.stops for loop in site.loops if loop.stops), 0),
    )


def _is_sure(placed: _Placed, step: _Placed) -> bool:
    """Whether it happens wherever the step does."""
    maybe = isinstance(placed.event, Event) and placed.event.maybe
    return not maybe and (placed.share is None or placed.share == step.share)


def _is_all_but_last(share: Sometimes | None) -> bool:
    """Whether only a loop's last pass takes no step."""
    return share is not None and share.times == share.out_of - 1 and " < " in share.key


def _computes(placed: _Placed) -> bool:
    """Whether it computes a gradient."""
    if isinstance(placed.event, Repeat):
        return any(True for _ in _sites((placed.event,), "backward"))
    return placed.kind == "backward"


def _backward(placed: _Placed) -> tuple[Event, int]:
    """Where the gradient is computed, and how often for a step."""
    if isinstance(placed.event, Event):
        return placed.event, 1
    sites = list(_sites((placed.event,), "backward"))
    (site, *more) = sites
    alone = [each.kind for each in site.body] == ["backward"] and len(site.loops) == 1
    times = placed.event.times
    if more or not alone or times is None or not placed.event.steady or placed.event.stops:
        raise RefusedError("other_loop", placed.event.line)
    event = site.body[0].event
    assert isinstance(event, Event)
    if event.maybe or site.body[0].share is not None:
        raise RefusedError("other_loop", event.line)
    return event, times


def _refuse_what_is_outside(site: _Site) -> None:
    """Gradients that are computed or set to zero in a loop around the step's."""
    for outer, inner in zip(site.loops, site.loops[1:], strict=False):
        for placed in _flat(outer.events):
            if placed.event is not inner and (_computes(placed) or placed.kind == "zero"):
                raise RefusedError("other_loop", placed.event.line)


def _refuse_what_changes(events: Events, site: _Site) -> None:
    """Learning rates that change, and norms that are to use what they have gathered."""
    if found := next(_sites(events, "schedule"), None):
        raise RefusedError("scheduler", _line(found))
    before = list(_before(events, site))
    modes = [each for each in before if each.kind in ("evaluating", "training")]
    if modes and modes[-1].kind == "evaluating":
        raise RefusedError("other_norm", modes[-1].line)


def _before(events: Events, site: _Site) -> Iterator[Event]:
    """All events up to the step, those of its loops' bodies included."""
    for event in events:
        if isinstance(event, Event):
            yield event
        else:
            yield from _before(event.events, site)
            if isinstance(event, Repeat) and event in site.loops:
                return


def _count(site: _Site) -> int | None:
    """How often what stands there happens."""
    total = 1
    for loop in site.loops:
        if loop.times is None:
            return None
        total *= loop.times
    share = site.body[site.place].share
    return total if share is None else total * share.times // share.out_of


def _line(site: _Site) -> int:
    return site.body[site.place].event.line


def _sites(events: Events, kind: str, loops: tuple[Repeat, ...] = ()) -> Iterator[_Site]:
    """Wherever there is an event of a kind."""
    body = tuple(_flat(events))
    for place, placed in enumerate(body):
        if placed.kind == kind:
            yield _Site(loops, body, place)
        elif isinstance(placed.event, Repeat):
            yield from _sites(placed.event.events, kind, (*loops, placed.event))


def _flat(events: Events, share: Sometimes | None = None) -> Iterator[_Placed]:
    """A body with what only some passes have in its place."""
    for event in events:
        if isinstance(event, Share):
            yield from _flat(event.events, event.when)
        else:
            yield _Placed(event, share)


def _gathered(events: Events) -> Events:
    """What is done to one parameter after the other, as one."""
    made: list[Event | Repeat | Share] = []
    for event in events:
        if isinstance(event, Repeat):
            inner = _gathered(event.events)
            made.append(
                Repeat(event.times, inner, event.line, event.over, event.steady, event.stops)
            )
        elif isinstance(event, Share):
            made.append(Share(event.when, _gathered(event.events), event.line))
        elif event.kind in _OF_ONE:
            _gather(made, _OF_ONE[event.kind], event)
        else:
            made.append(event)
    return tuple(made)


_OF_ONE = {"descend": "step", "zero_one": "zero", "unit_one": "unit", "clip_one": "clip"}
"""What is done to one parameter, and what it is if it is done to all."""


def _gather(made: list, kind: str, event: Event) -> None:
    """Put an event of one parameter to the last of its kind, if there is one behind backward."""
    for place in range(len(made) - 1, -1, -1):
        last = made[place]
        if not isinstance(last, Event) or last.kind not in _OF_ONE.values() or not last.local:
            break
        if last.kind == kind and last.maybe == event.maybe:
            if last.facts.get("rate") != event.facts.get("rate"):
                raise RefusedError("other_loop", event.line)
            made[place] = _local(kind, (*_parameters(last), event.what), last)
            return
    made.append(_local(kind, (event.what,), event))


def _parameters(event: Event) -> tuple[object, ...]:
    return event.what.parameters if isinstance(event.what, ByHand) else tuple(event.what)


def _local(kind: str, of: tuple[object, ...], event: Event) -> Event:
    rate = event.facts.get("rate", 0.0)
    what: object = ByHand(of, float(rate)) if kind == "step" else list(of)
    return Event(kind, what, event.line, event.maybe, event.facts, local=True)
