"""What names stand for while a program is read: Python's own values, and these."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

MISSING = object()
"""What a name stood for that was not there."""
MOST_ITEMS = 4096  # of a list, a text's letters times four
MOST_BITS = 256  # of a whole number


@dataclass(frozen=True)
class Unknown:
    """What is not known: anything may be made of it, and stays unknown."""

    line: int = 0


@dataclass(frozen=True)
class Library:
    """Something of a library, by its dotted name, such as ``torch.nn.Linear``."""

    name: str


@dataclass(eq=False, repr=False)
class Scope:
    """Names of a module, a function or a class body."""

    names: dict[str, object] = field(default_factory=dict)
    outer: Scope | None = None
    elsewhere: dict[str, Scope] = field(default_factory=dict)  # what global and nonlocal name
    journals: list[dict[str, object]] = field(default_factory=list)  # what names stood for before

    def find(self, name: str) -> Scope | None:
        """The scope that has a name, from here outwards."""
        scope: Scope | None = self
        while scope is not None and name not in scope.names:
            scope = scope.outer
        return scope

    @property
    def module(self) -> Scope:
        """The outermost."""
        scope = self
        while scope.outer is not None:
            scope = scope.outer
        return scope

    def assign(self, name: str, value: object) -> None:
        """Give a name a value."""
        scope = self.elsewhere.get(name, self)
        if scope.journals:
            scope.journals[-1].setdefault(name, scope.names.get(name, MISSING))
        scope.names[name] = value


@dataclass(eq=False, repr=False)
class Function:
    """A function of the program, or a lambda.

    Attributes:
        node: its definition.
        scope: where it was defined.
        defaults: of its last positional parameters.
        named: defaults of those that are given by name only.
        owner: the class that it was defined in.
    """

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: Scope
    defaults: list[object]
    named: dict[str, object]
    owner: Class | None = None
    kind: str = ""  # staticmethod, classmethod, property

    @cached_property
    def text(self) -> str:
        """Its definition, whatever is said beside it."""
        return ast.dump(self.node)

    @cached_property
    def yields(self) -> bool:
        """Whether it is a generator."""
        return not isinstance(self.node, ast.Lambda) and any(
            isinstance(each, ast.Yield | ast.YieldFrom)
            for statement in self.node.body
            for each in ast.walk(statement)
        )


@dataclass(eq=False, repr=False)
class Class:
    """A class of the program."""

    name: str
    bases: list[object]
    namespace: dict[str, object]
    line: int

    def lineage(self) -> Iterator[object]:
        """Itself and what it is made from, nearest first; a library's classes by ``Library``."""
        stack: list[object] = [self]
        seen: set[int] = set()
        while stack:
            top = stack.pop()
            if id(top) in seen:
                continue
            seen.add(id(top))
            if isinstance(top, Class | Library):
                yield top
            stack += reversed(top.bases) if isinstance(top, Class) else []

    def find(self, name: str, after: object = None) -> object:
        """What a name stands for in it or in its bases, or in those after one of them; or None."""
        skipping = after is not None
        for each in self.lineage():
            if not skipping and isinstance(each, Class) and name in each.namespace:
                return each.namespace[name]
            skipping = skipping and each is not after
        return None

    @property
    def libraries(self) -> list[str]:
        """Dotted names of the library's classes that it is made from."""
        return [each.name for each in self.lineage() if isinstance(each, Library)]


@dataclass(eq=False, repr=False)
class Instance:
    """An object of a class of the program."""

    cls: Class
    attributes: dict[str, object]
    line: int


@dataclass(eq=False, repr=False)
class Super:
    """``super()`` in a method."""

    instance: Instance
    after: Class


@dataclass(eq=False, repr=False)
class Bound:
    """A method of a value: ``[].append``, or a function of the program with its ``self``."""

    receiver: object
    name: str
    function: Function | None = None


@dataclass(eq=False, repr=False)
class Generator:
    """What a call of a function that yields makes."""

    function: Function
    scope: Scope


@dataclass(eq=False, repr=False)
class Pairs:
    """``zip`` of several values, or ``enumerate`` of one, which counts from ``start``."""

    parts: list[object]
    start: int | None = None


class Thing:
    """What a dialect makes: a layer, an optimizer, a tensor.

    Attributes:
        names: dotted names of the classes that ``isinstance`` says it is of.
    """

    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Count:
    """A number that is another one in every pass of a loop: ``values`` are all of them.

    ``modulo``: the remainder of these is meant.
    """

    values: range
    modulo: int = 0

    def plus(self, number: int) -> Count:
        """Each a number more."""
        of = self.values
        return Count(range(of.start + number, of.stop + number, of.step))

    def times(self, number: int) -> Count:
        """Each multiplied by a number that is not 0."""
        of = self.values
        ends = of.start * number, (of.start + len(of) * of.step) * number
        return Count(range(*ends, of.step * number))

    def how_often(self, sign: str, number: int) -> int | None:
        """In how many passes it is less than a number, and so on; None: that was not counted."""
        of = self.values
        if self.modulo:
            if sign not in ("==", "!=") or self.modulo > MOST_ITEMS:
                return None
            period = self.modulo // math.gcd(self.modulo, of.step)
            whole, rest = divmod(len(of), period)
            hits = [value % self.modulo == number for value in of[:period]]
            equal = whole * sum(hits) + sum(hits[:rest]) if whole else sum(hits)
            return equal if sign == "==" else len(of) - equal
        below = _below(of, number)
        equal = int(number in of)
        return {
            "<": below,
            "<=": below + equal,
            ">": len(of) - below - equal,
            ">=": len(of) - below,
            "==": equal,
            "!=": len(of) - equal,
        }.get(sign)


def _below(values: range, number: int) -> int:
    """How many are less than a number."""
    if not values:
        return 0
    if values.step < 0:
        values = values[::-1]
    return min(max(-((values.start - number) // values.step), 0), len(values))


@dataclass(frozen=True)
class Sometimes:
    """A truth of so many passes of a loop: ``times`` of ``out_of``; ``key``: what was asked."""

    times: int
    out_of: int
    key: str

    def opposite(self) -> Sometimes:
        """``not``."""
        return Sometimes(self.out_of - self.times, self.out_of, f"not {self.key}")


@dataclass(frozen=True)
class Event:
    """Something that a program does to a network, in order.

    Attributes:
        kind: a dialect's name for it, such as ``backward``.
        what: to what.
        line: where.
        maybe: whether it is not known if it is done.
        facts: what else is to be known.
        local: whether it is done to a single parameter, so that a loop in which it is may be one
            over parameters.
    """

    kind: str
    what: Any
    line: int
    maybe: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    local: bool = False


@dataclass(frozen=True)
class Repeat:
    """Events of one pass of a loop, which goes through ``times`` of them; None: no one knows.

    Attributes:
        over: what it goes through.
        steady: whether its first pass and the later ones do the same.
        stops: the line at which it may be left early; 0: nowhere.
    """

    times: int | None
    events: tuple[Event | Repeat | Share, ...]
    line: int
    over: object
    steady: bool = True
    stops: int = 0


@dataclass(frozen=True)
class Share:
    """Events that some passes of a loop have, and others have not."""

    when: Sometimes
    events: tuple[Event | Repeat | Share, ...]
    line: int


Events = tuple[Event | Repeat | Share, ...]


def happenings(events: Events) -> Iterator[Event]:
    """All events, those within loops once."""
    for event in events:
        if isinstance(event, Event):
            yield event
        else:
            yield from happenings(event.events)
