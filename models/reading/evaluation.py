"""What a program does, without running it: its statements gone through with what is known.

Names, arithmetic, functions, classes and loops are Python's and are followed here; what a library's
function makes is a row in a dialect's table, and what no row knows is unknown. A loop in which a
network is trained is gone through twice, once with its first values and once with values that may
be any pass's; any other loop pass by pass, as long as there is work left.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice, repeat
from typing import Any

from models.reading import arithmetic
from models.reading.arithmetic import SIGNS, truth
from models.reading.reading import Unread
from models.reading.values import (
    MISSING,
    MOST_ITEMS,
    Bound,
    Class,
    Count,
    Event,
    Events,
    Function,
    Generator,
    Instance,
    Library,
    Pairs,
    Repeat,
    Scope,
    Share,
    Sometimes,
    Super,
    Thing,
    Unknown,
    happenings,
)

WORK = 22_000  # expressions and statements, each time they are gone through
DEPTH = 130  # of expressions within each other, calls included
CALLS = 30  # of the program's functions within each other
MANY = 4  # draws that are worth looking at as one
PASSES = 300  # of a loop that trains nothing
MOST_UNREAD = 100
MOST_ALIKE = 512  # items of a list that are looked at to see whether two are alike: parameters


class TooComplexError(Exception):
    """There is more to go through than there is time for; ``line``: where that was seen."""

    def __init__(self, line: int):
        super().__init__(line)
        self.line = line


class NotUnderstoodError(Exception):
    """A handler does not know what it was given."""


@dataclass
class Call:
    """A call of a library's function, or of a method of a dialect's thing.

    Attributes:
        machine: that goes through the program.
        name: dotted, or the method's.
        receiver: whose method it is; None: a function.
        args: by place.
        kwargs: by name.
        line: where.
    """

    machine: Machine
    name: str
    receiver: Any
    args: list[Any]
    kwargs: dict[str, Any]
    line: int

    def bind(self, *names: str, **defaults: object) -> list[Any]:
        """Its arguments in the order of ``names``.

        Args:
            names: of all parameters in order; those without a default must be given.
            defaults: of the others. Those that are in no place are given by name only.

        Raises:
            NotUnderstoodError: something else is given, or too little.
        """
        order = [*names, *(name for name in defaults if name not in names)]
        given = dict(zip(names, self.args, strict=False)) | self.kwargs
        twice = set(names[: len(self.args)]) & set(self.kwargs)
        if len(self.args) > len(names) or twice or set(given) - set(order):
            raise NotUnderstoodError(self.name)
        if missing := [name for name in order if name not in given and name not in defaults]:
            raise NotUnderstoodError(f"{self.name} without {missing[0]}")
        return [given.get(name, defaults.get(name)) for name in order]

    @property
    def everything(self) -> list[Any]:
        """All its arguments."""
        return [*self.args, *self.kwargs.values()]


Handler = Callable[[Call], object]
Look = Callable[["Machine", Any, Any], object]
Operator = Callable[["Machine", str, object, object, int], object]


@dataclass(frozen=True)
class Table:
    """What a dialect knows: a capability is a row.

    Attributes:
        functions: by dotted name what a call makes.
        families: by dotted beginning what a call of any other function makes.
        methods: by type of the value, and by name, what a call makes.
        attributes: likewise what an attribute is, of ``(machine, value, line)``; ``*`` is any other
            that it may have, of ``(machine, value, name)``, or None.
        inherited: methods that an object of the program has of a library's class, by that class's
            dotted name and the method's; ``__call__`` is what a call of the object is.
        items: by type what ``value[index]`` is, of ``(machine, value, index, line)``.
        stores: by type what becomes of it under ``value[index] = ...``.
        operators: by type what ``left sign right`` is if either is of it, or ``NotImplemented``; of
            ``-x`` the left is None.
        augmented: by type what becomes of a value under ``value sign= ...``, where it is changed
            and not made anew.
        passes: by type what a loop over it goes through: how many passes (None: not known), the
            items one by one, and one that may be any pass's.
        sets: by type what is done at ``value.name = ...``; true if it was.
        renames: dotted beginnings, and what stands for them.
        constants: by dotted name.
        usual: libraries by the names that programs usually give them.
        recipes: by name of a function of the program its text, and what a call of it is if it is
            to the letter that.
        harmless: dotted beginnings of what does nothing to a network.
    """

    functions: Mapping[str, Handler] = field(default_factory=dict)
    families: Mapping[str, Handler] = field(default_factory=dict)
    methods: Mapping[type, Mapping[str, Handler]] = field(default_factory=dict)
    attributes: Mapping[type, Mapping[str, Look]] = field(default_factory=dict)
    inherited: Mapping[str, Mapping[str, Handler]] = field(default_factory=dict)
    items: Mapping[type, Callable] = field(default_factory=dict)
    stores: Mapping[type, Callable] = field(default_factory=dict)
    operators: Mapping[type, Operator] = field(default_factory=dict)
    augmented: Mapping[type, Operator] = field(default_factory=dict)
    passes: Mapping[type, Callable] = field(default_factory=dict)
    sets: Mapping[type, Callable] = field(default_factory=dict)
    renames: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, object] = field(default_factory=dict)
    usual: Mapping[str, str] = field(default_factory=dict)
    recipes: Mapping[str, tuple[tuple[str, ...], Handler]] = field(default_factory=dict)
    harmless: tuple[str, ...] = ()


def merged(tables: Iterable[Table]) -> Table:
    """One table of several; where two have a row, the later one's."""
    rows: dict[str, dict] = {}
    harmless: tuple[str, ...] = ()
    for table in tables:
        harmless += table.harmless
        for name, part in vars(table).items():
            if name == "harmless":
                continue
            of = rows.setdefault(name, {})
            for key, row in part.items():
                of[key] = {**of.get(key, {}), **row} if isinstance(row, Mapping) else row
    return Table(**rows, harmless=harmless)


def of_type(rows: Mapping[type, Any], value: object) -> Any:
    """The row of a value's type or of the nearest that it is made from; or None."""
    return next((rows[each] for each in type(value).__mro__ if each in rows), None)


@dataclass(eq=False, repr=False)
class _Frame:
    """A function of the program that is gone through, or the module.

    Attributes:
        scope: its names.
        owner: the class whose body or method this is.
        instance: its first argument.
        breaks: of each loop that it is in, the line at which that may end early; 0: none.
        returns: what it may return before its end.
    """

    scope: Scope
    owner: Class | None = None
    instance: object = None
    breaks: list[int] = field(default_factory=list)
    returns: list[object] = field(default_factory=list)


@dataclass(frozen=True)
class _Signal:
    """Why a block was left before its end: ``return``, ``break``, ``continue``."""

    kind: str
    value: object = None


class Machine:
    """Goes through a program.

    Attributes:
        table: what is known of libraries.
        events: what was done to networks so far.
        unread: what was not understood.
        poisoned: the first line at which something unknown was given what may be a network.
        scope: the module's names.
    """

    def __init__(self, table: Table, text: str, work: int = WORK):
        self.table, self.lines, self.work = table, text.split("\n"), work
        self.events: list[Event | Repeat | Share] = []
        self.unread: dict[int, Unread] = {}
        self.poisoned = 0
        self.facts: dict[str, tuple[Any, int]] = {}
        self.scope = Scope({"__name__": "__main__"})
        self._frame = _Frame(self.scope)
        self._depth = self._calls = self._maybe = self._steadying = 0
        self._line = 0
        self._numbers: dict[object, int] = {}

    def run(self, tree: ast.Module) -> None:
        """Go through a whole program.

        Raises:
            TooComplexError: it asks for too much.
        """
        self.block(tree.body)

    # What dialects use.

    @property
    def maybe(self) -> bool:
        """Whether it is not known if what is gone through happens at all."""
        return self._maybe > 0

    def record(
        self, kind: str, what: object, line: int, local: bool = False, **facts: object
    ) -> None:
        """Something is done to a network, or (``local``) to a single parameter of it."""
        self.events.append(Event(kind, what, line, self.maybe, facts, local))

    def not_read(self, line: int) -> Unknown:
        """A line was not understood."""
        if line not in self.unread and len(self.unread) < MOST_UNREAD and line:
            text = self.lines[line - 1].strip() if line <= len(self.lines) else ""
            self.unread[line] = Unread(line, text[:200])
        return Unknown(line)

    def poison(self, line: int) -> None:
        """Something unknown was done to what may be a network."""
        self.poisoned = self.poisoned or line

    def give_away(self, values: Iterable[object], line: int) -> None:
        """Values were given to what is not known: it may have changed them."""
        for value in values:
            if isinstance(value, list | dict):
                items = list(value.values() if isinstance(value, dict) else value)
                self.give_away((each for each in items if not isinstance(each, list | dict)), line)
                value.clear()
                if isinstance(value, list):
                    value.append(Unknown(line))
            elif isinstance(value, Bound):  # a part of its receiver
                self.give_away([value.receiver], line)
            elif isinstance(value, Thing | Instance):
                self.poison(line)

    def number(self, of: object) -> int:
        """A number that stands for something hashable: the same for what is equal."""
        return self._numbers.setdefault(of, len(self._numbers))

    def spend(self, line: int, work: int = 1) -> None:
        """Some of the work that there is time for is done."""
        self.work -= work
        if self.work < 0:
            raise TooComplexError(line)

    def items(self, value: object) -> list[object] | None:
        """All that a loop over it goes through; None: not known, or too many."""
        if isinstance(value, list | tuple):
            self.spend(self._line, len(value))
            return list(value)
        count, every, _ = self.passes(value)
        if count is None or count > MOST_ITEMS:
            return None
        self.spend(self._line, count)
        return list(islice(every, count))

    def passes(self, value: object) -> tuple[int | None, Iterable, object]:
        """How often a loop over it is gone through, what with, and what any pass may have."""
        if isinstance(value, list) and callable(row := self.table.passes.get(list)):
            return row(self, value)
        if isinstance(value, range):
            try:
                return len(value), value, Count(value)
            except OverflowError:
                return None, (), Unknown()
        if isinstance(value, list | tuple | str | set):
            same = len({id(each) for each in value}) == 1
            return len(value), list(value), next(iter(value)) if same else Unknown()
        if isinstance(value, dict):
            return len(value), list(value), Unknown()
        if isinstance(value, Pairs):
            return self._passes_of_pairs(value)
        if isinstance(value, Generator):
            return self._passes_of_generator(value)
        row = of_type(self.table.passes, value)
        if callable(row):
            return row(self, value)
        if isinstance(value, Instance) and isinstance(
            function := value.cls.find("__iter__"), Function
        ):
            return self.passes(self.call_function(function, [value], {}, self._line))
        return None, (), Unknown()

    def _passes_of_pairs(self, value: Pairs) -> tuple[int | None, Iterable, object]:
        parts = [self.passes(part) for part in value.parts]
        counts = [count for count, _, _ in parts]
        known = [count for count in counts if count is not None]
        count = min(known) if len(known) == len(counts) and known else None
        every: Iterable = zip(*(each for _, each, _ in parts), strict=False)
        anyone: object = tuple(each for _, _, each in parts)
        if value.start is not None:
            start = value.start
            every = ((start + place, each[0]) for place, each in enumerate(every))
            place = Unknown() if count is None else Count(range(start, start + count))
            anyone = (place, parts[0][2])
        return count, every, anyone

    # Statements.

    def block(self, body: list[ast.stmt]) -> _Signal | None:
        """Go through statements one after the other."""
        uncertain = 0
        try:
            for statement in body:
                self.spend(statement.lineno)
                self._line = statement.lineno
                signal = self._statement(statement)
                if signal and signal.kind == "maybe":  # what follows may not be reached
                    uncertain += 1
                    self._maybe += 1
                elif signal:
                    return signal
        finally:
            self._maybe -= uncertain
        return _Signal("maybe") if uncertain else None

    def _statement(self, node: ast.stmt) -> _Signal | None:
        handler = getattr(self, f"_do_{type(node).__name__.lower()}", None)
        if handler is None:
            self.not_read(node.lineno)
            return None
        return handler(node)

    def _do_expr(self, node: ast.Expr) -> None:
        self.value(node.value)

    def _do_pass(self, node: ast.Pass) -> None:
        pass

    def _do_assert(self, node: ast.Assert) -> None:
        pass

    def _do_import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.asname:
                self._frame.scope.assign(alias.asname, self.library(alias.name))
            else:
                first = alias.name.split(".")[0]
                self._frame.scope.assign(first, self.library(first))

    def _do_importfrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*":
                self._import_all(node.module or "")
            else:
                dotted = f"{node.module or ''}.{alias.name}".strip(".")
                self._frame.scope.assign(alias.asname or alias.name, self.library(dotted))

    def _import_all(self, module: str) -> None:
        beginning = self.library(module).name + "."
        for name in self.table.functions:
            if name.startswith(beginning) and "." not in name[len(beginning) :]:
                self._frame.scope.assign(name[len(beginning) :], Library(name))

    def library(self, dotted: str) -> Library:
        """A library's name, written as the table has it."""
        for beginning, instead in self.table.renames.items():
            if dotted == beginning or dotted.startswith(beginning + "."):
                return Library((instead + dotted[len(beginning) :]).strip("."))
        return Library(dotted)

    def _do_functiondef(self, node: ast.FunctionDef) -> None:
        decorators = [self.value(each) for each in node.decorator_list]
        value: Any = self._function(node)
        for decorator in decorators:
            name = decorator.name if isinstance(decorator, Library) else ""
            if name in ("staticmethod", "classmethod", "property"):
                value.kind = name
            elif not isinstance(decorator, Thing):
                value = self.not_read(node.lineno)
                break
        self._frame.scope.assign(node.name, value)

    _do_asyncfunctiondef = _do_functiondef

    def _function(self, node: ast.FunctionDef | ast.Lambda) -> Function:
        arguments = node.args
        defaults = [self.value(each) for each in arguments.defaults]
        named = {
            each.arg: self.value(default)
            for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
            if default is not None
        }
        return Function(node, self._frame.scope, defaults, named, self._frame.owner)

    def _do_classdef(self, node: ast.ClassDef) -> None:
        bases = [self.value(each) for each in node.bases]
        cls = Class(node.name, bases, {}, node.lineno)
        if node.decorator_list:
            self.not_read(node.lineno)
        scope, before = Scope(cls.namespace, self._frame.scope), self._frame
        self._frame = _Frame(scope, cls)
        try:
            self.block(node.body)
        finally:
            self._frame = before
        for each in cls.namespace.values():
            if isinstance(each, Function) and each.scope is scope:
                each.scope = self._frame.scope  # a method does not see its class's names
        self._frame.scope.assign(node.name, cls)

    def _do_return(self, node: ast.Return) -> _Signal:
        return _Signal("return", self.value(node.value) if node.value else None)

    def _do_break(self, node: ast.Break) -> _Signal:
        return _Signal("break")

    def _do_continue(self, node: ast.Continue) -> _Signal:
        return _Signal("continue")

    def _do_raise(self, node: ast.Raise) -> _Signal | None:
        return None if self.maybe else _Signal("return", Unknown(node.lineno))

    def _do_global(self, node: ast.Global) -> None:
        for name in node.names:
            self._frame.scope.elsewhere[name] = self._frame.scope.module

    def _do_nonlocal(self, node: ast.Nonlocal) -> None:
        for name in node.names:
            if self._frame.scope.outer and (scope := self._frame.scope.outer.find(name)):
                self._frame.scope.elsewhere[name] = scope

    def _do_delete(self, node: ast.Delete) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._frame.scope.names.pop(target.id, None)

    def _do_with(self, node: ast.With) -> _Signal | None:
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.assign(item.optional_vars, value)
        return self.block(node.body)

    def _do_try(self, node: ast.Try) -> _Signal | None:
        signal = self.block([*node.body, *node.orelse])
        for handler in node.handlers:
            self._perhaps(handler.body)
        return self.block(node.finalbody) or signal

    def _do_assign(self, node: ast.Assign) -> None:
        value = self.value(node.value)
        for target in node.targets:
            self.assign(target, value)

    def _do_annassign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.assign(node.target, self.value(node.value))

    def _do_augassign(self, node: ast.AugAssign) -> None:
        sign, right = SIGNS[type(node.op)], self.value(node.value)
        target = node.target
        left = self.value(target)
        row = of_type(self.table.augmented, left)
        if callable(row):
            self.assign(target, row(self, sign, left, right, node.lineno))
        elif isinstance(left, list) and sign == "+":
            more = self.items(right)
            left.extend(more if more is not None else [Unknown(node.lineno)])
        else:
            self.assign(target, self.binary(sign, left, right, node.lineno))

    def assign(self, target: ast.expr, value: object) -> None:
        """``target = value``."""
        if isinstance(target, ast.Name):
            self._frame.scope.assign(target.id, value)
        elif isinstance(target, ast.Tuple | ast.List):
            self._unpack(target.elts, value)
        elif isinstance(target, ast.Starred):
            self.assign(target.value, value)
        elif isinstance(target, ast.Attribute):
            self.set_attribute(self.value(target.value), target.attr, value, target.lineno)
        elif isinstance(target, ast.Subscript):
            self._store(self.value(target.value), self.value(target.slice), value, target.lineno)

    def _unpack(self, targets: list[ast.expr], value: object) -> None:
        items = self.items(value) if not isinstance(value, Unknown) else None
        starred = next((i for i, t in enumerate(targets) if isinstance(t, ast.Starred)), None)
        rest = len(targets) - 1 - (starred or 0)
        if items is not None and starred is not None and len(items) >= len(targets) - 1:
            end = len(items) - rest
            items = [*items[:starred], items[starred:end], *items[end:]]
        if items is None or len(items) != len(targets):
            items = [Unknown(targets[0].lineno) for _ in targets] if targets else []
        for target, item in zip(targets, items, strict=True):
            self.assign(target, item)

    def set_attribute(self, of: object, name: str, value: object, line: int) -> None:
        """``of.name = value``."""
        row = of_type(self.table.sets, of)
        if callable(row) and row(self, of, name, value, line):
            return
        if isinstance(of, Instance):
            of.attributes[name] = Unknown(line) if self._differs(of, name, value) else value
        elif isinstance(of, Class):
            of.namespace[name] = value
        elif isinstance(of, Thing | Bound):
            self.not_read(line)
            self.give_away([of], line)
        elif isinstance(of, Unknown) and name in _TELLING:
            self.not_read(line)
            self.poison(line)

    def _differs(self, of: Instance, name: str, value: object) -> bool:
        """Whether something may or may not be set to another value than it has, or to another one
        in each pass of a loop.
        """
        unsure = self.maybe or self._steadying > 0
        return unsure and name in of.attributes and not same(of.attributes[name], value)

    def _store(self, of: Any, index: Any, value: object, line: int) -> None:
        row = of_type(self.table.stores, of)
        if callable(row):
            row(self, of, index, value, line)
        elif isinstance(of, list | dict):
            fits = type(index) is int and -len(of) <= index < len(of)
            if fits or (isinstance(of, dict) and isinstance(index, str | int | float | Thing)):
                of[index] = Unknown(line) if self.maybe or self._steadying else value
            else:
                self.give_away([of], line)
        elif isinstance(of, Thing | Bound):
            self.not_read(line)
            self.give_away([of], line)

    # Branches and loops.

    def _do_if(self, node: ast.If) -> _Signal | None:
        known = truth(self.value(node.test))
        if known is None:
            return self._either(node)
        if isinstance(known, Sometimes):
            first = self._share(node.body, known, node.lineno)
            second = self._share(node.orelse, known.opposite(), node.lineno)
            return first or second
        return self.block(node.body if known else node.orelse)

    def _share(self, body: list[ast.stmt], when: Sometimes, line: int) -> _Signal | None:
        """Go through what happens in some passes of a loop."""
        before, self.events = self.events, []
        with self._joining():
            signal = self.block(body)
        events, self.events = tuple(self.events), before
        if events:
            self.events.append(Share(when, events, line))
        return self._uncertain(signal)

    def _either(self, node: ast.If) -> _Signal | None:
        first = self._perhaps(node.body)
        second = self._perhaps(node.orelse)
        return first or second

    def _perhaps(self, body: list[ast.stmt]) -> _Signal | None:
        """Go through what may happen or not."""
        if not body:
            return None
        self._maybe += 1
        try:
            with self._joining():
                signal = self.block(body)
        finally:
            self._maybe -= 1
        return self._uncertain(signal)

    def _uncertain(self, signal: _Signal | None) -> _Signal | None:
        """What a signal is that may come or not: a loop that may end, a function that may."""
        if signal is None:
            return None
        frame = self._frame
        if signal.kind == "return":
            frame.returns.append(signal.value)
        if signal.kind in ("break", "return") and frame.breaks:
            frame.breaks[-1] = frame.breaks[-1] or self._line
            return None
        return _Signal("maybe")

    @contextmanager
    def _journal(self):
        """What names stood for that are given another value meanwhile."""
        scope, journal = self._frame.scope, dict[str, object]()
        scope.journals.append(journal)
        try:
            yield journal
        finally:
            scope.journals.pop()
            if scope.journals:
                scope.journals[-1].update(journal | scope.journals[-1])

    @contextmanager
    def _joining(self):
        """Names that are given another value meanwhile are unknown thereafter."""
        with self._journal() as before:
            yield
            self._widen(before, anew=True)

    def _do_for(self, node: ast.For) -> _Signal | None:
        over = self.value(node.iter)
        count, every, anyone = self.passes(over)
        if count == 0:
            return self.block(node.orelse)
        self._frame.breaks.append(0)
        try:
            if count is not None and count <= PASSES:
                start = len(self.events)
                with self._journal() as before:
                    for item in every:
                        self.assign(node.target, item)
                        signal = self.block(node.body)
                        self.spend(node.lineno)
                        if count > 1 and _trains(self.events[start:]):
                            break
                        if _leaves(signal):
                            return _upward(signal)
                    else:
                        return self.block(node.orelse)
                    del self.events[start:]
                    self._widen(before)
            return self._steady(node, count, over, lambda: self.assign(node.target, anyone))
        finally:
            self._frame.breaks.pop()

    def _do_while(self, node: ast.While) -> _Signal | None:
        count, start = None, len(self.events)
        self._frame.breaks.append(0)
        try:
            for _ in range(PASSES):
                known = truth(self.value(node.test))
                if known is False:
                    return self.block(node.orelse)
                if known is not True:
                    break
                with self._journal() as before:
                    signal = self.block(node.body)
                self.spend(node.lineno)
                if _leaves(signal):
                    return _upward(signal)
                if _trains(self.events[start:]):
                    count = self._counted(node.test, before)
                    self._widen(before)
                    break
            del self.events[start:]
            if count is None or isinstance(node.test, ast.BoolOp):
                self._frame.breaks[-1] = node.lineno
            return self._steady(node, count, Unknown(node.lineno), lambda: None)
        finally:
            self._frame.breaks.pop()

    def _steady(
        self, node: ast.For | ast.While, count: int | None, over: object, begin: Callable
    ) -> _Signal | None:
        """Go through a loop's body as any of its passes would, twice, to see that they are alike.

        Args:
            node: the loop.
            count: how often it is gone through.
            over: what it goes through.
            begin: done at the beginning of a pass.
        """
        start, had, signal = len(self.events), list[Events](), None
        self._forget(node.body)
        self._steadying += 1
        for _ in range(2):
            with self._journal() as before:
                begin()
                signal = self.block(node.body)
                had.append(tuple(self.events[start:]))
                del self.events[start:]
                self._widen(before)
        self._steadying -= 1
        first, events = had
        if events:
            count = 1 if _leaves(signal) else count
            steady, stops = likeness(first) == likeness(events), self._frame.breaks[-1]
            self.events.append(Repeat(count, events, node.lineno, over, steady, stops))
        self._forget(node.body)
        return _upward(signal)

    def _counted(self, test: ast.expr, before: Mapping[str, object]) -> int | None:
        """Of ``while name < number``: how many passes, by what the first one made of the name."""
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
            counts = [self._counted(each, before) for each in test.values]
            return min((count for count in counts if count is not None), default=None)
        if not (isinstance(test, ast.Compare) and isinstance(test.left, ast.Name)):
            return None
        if len(test.ops) != 1 or type(test.ops[0]) not in _COUNTED:
            return None
        start, end = before.get(test.left.id), self.value(test.comparators[0])
        now = self._frame.scope.names.get(test.left.id)
        if type(start) is not int or type(now) is not int or type(end) is not int or now == start:
            return None
        end += {ast.LtE: 1, ast.GtE: -1}.get(type(test.ops[0]), 0)
        try:
            return len(range(start, end, now - start))
        except OverflowError:
            return None

    def _widen(self, before: Mapping[str, object], anew: bool = False) -> None:
        """Names that were given another value may have any; ``anew``: also those that had none."""
        scope = self._frame.scope
        for name, was in before.items():
            value = scope.names.get(name)
            if was is not value and (anew if was is MISSING else not same(was, value)):
                scope.names[name] = Unknown(self._line)

    def _forget(self, body: list[ast.stmt]) -> None:
        """Names that a loop's body adds to are unknown in any pass but the first."""
        for node in (each for statement in body for each in ast.walk(statement)):
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                name = node.target.id
                if isinstance(self._frame.scope.names.get(name), int | float | str | tuple):
                    self._frame.scope.names[name] = Unknown(node.lineno)

    # Expressions.

    def value(self, node: ast.expr | None) -> object:
        """What an expression stands for."""
        if node is None:
            return None
        self.spend(node.lineno)
        if self._depth > DEPTH:
            raise TooComplexError(node.lineno)
        handler = _EXPRESSIONS.get(type(node))
        if handler is None:
            return Unknown(node.lineno)
        self._depth += 1
        try:
            return handler(self, node)
        finally:
            self._depth -= 1

    def _constant(self, node: ast.Constant) -> object:
        value = node.value
        if isinstance(value, int) and value.bit_length() > MOST_ITEMS:
            return Unknown(node.lineno)
        return value if isinstance(value, _CONSTANTS) else Unknown(node.lineno)

    def _name(self, node: ast.Name) -> object:
        if (scope := self._frame.scope.find(node.id)) is not None:
            return scope.names[node.id]
        if node.id in self.table.functions or node.id in _DECORATORS:
            return Library(node.id)
        if node.id in self.table.usual:  # of a program whose first lines were left out
            return self.library(self.table.usual[node.id])
        return Unknown(node.lineno)

    def _list(self, node: ast.List) -> object:
        return self._items_of(node.elts)

    def _tuple(self, node: ast.Tuple) -> object:
        return tuple(self._items_of(node.elts))

    def _set(self, node: ast.Set) -> object:
        return self._items_of(node.elts)

    def _items_of(self, nodes: list[ast.expr]) -> list[object]:
        items: list[object] = []
        for each in nodes:
            if isinstance(each, ast.Starred):
                more = self.items(self.value(each.value))
                items += [Unknown(each.lineno)] if more is None else more
            else:
                items.append(self.value(each))
        return items

    def _dict(self, node: ast.Dict) -> object:
        made: dict = {}
        for key, value in zip(node.keys, node.values, strict=True):
            of = self.value(value)
            if key is None:
                made.update(of if isinstance(of, dict) else {})
            elif isinstance(name := self.value(key), str | int | float | Thing):
                made[name] = of
        return made

    def _joined(self, node: ast.JoinedStr) -> object:
        text = ""
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                value = self.value(part.value)
                if not isinstance(value, str | int) or part.format_spec or len(text) > MOST_ITEMS:
                    return Unknown(node.lineno)
                text += str(value)
            else:
                text += str(self.value(part))
        return text

    def _attribute(self, node: ast.Attribute) -> object:
        return self.attribute(self.value(node.value), node.attr, node.lineno)

    def attribute(self, of: object, name: str, line: int) -> object:
        """``of.name``."""
        if isinstance(of, Unknown):
            return of
        if name == "__class__":
            return class_of(of)
        if name == "__name__" and isinstance(of, Library | Class):
            return of.name.rpartition(".")[2]
        if isinstance(of, Library):
            dotted = self.library(f"{of.name}.{name}")
            return self.table.constants.get(dotted.name, dotted)
        if isinstance(of, Instance):
            return self._of_instance(of, name, line)
        if isinstance(of, Super):
            found = of.instance.cls.find(name, after=of.after)
            return Bound(of.instance, name, found if isinstance(found, Function) else None)
        if isinstance(of, Class):
            found = of.find(name)
            return Unknown(line) if found is None else found
        row = of_type(self.table.attributes, of)
        if isinstance(row, Mapping) and name in row:
            return row[name](self, of, line)
        if (
            isinstance(row, Mapping)
            and "*" in row
            and (own := row["*"](self, of, name)) is not None
        ):
            return own
        return Bound(of, name)

    def _of_instance(self, of: Instance, name: str, line: int) -> object:
        if name in of.attributes:
            return of.attributes[name]
        found = of.cls.find(name)
        if isinstance(found, Function):
            if found.kind == "property":
                return self.call_function(found, [of], {}, line)
            return found if found.kind == "staticmethod" else Bound(of, name, found)
        if found is None:
            looks = self.table.attributes.get(Instance, {})
            return looks[name](self, of, line) if name in looks else Bound(of, name)
        return found

    def _subscript(self, node: ast.Subscript) -> object:
        of, index = self.value(node.value), self.value(node.slice)
        return self.item(of, index, node.lineno)

    def item(self, of: Any, index: Any, line: int) -> object:
        """``of[index]``."""
        if isinstance(of, Bound):  # a part of a part
            return of
        row = of_type(self.table.items, of)
        if callable(row):
            return row(self, of, index, line)
        try:
            if isinstance(of, list | tuple | str | range) and type(index) in (int, slice):
                return of[index]
            if isinstance(of, dict):
                return of[index]
        except (LookupError, TypeError, ValueError):
            pass
        if isinstance(of, Instance) and isinstance(found := of.cls.find("__getitem__"), Function):
            return self.call_function(found, [of, index], {}, line)
        return Unknown(line)

    def _slice(self, node: ast.Slice) -> object:
        return slice(*(self.value(each) for each in (node.lower, node.upper, node.step)))

    def _binop(self, node: ast.BinOp) -> object:
        return self.binary(
            SIGNS[type(node.op)], self.value(node.left), self.value(node.right), node.lineno
        )

    def binary(self, sign: str, left: object, right: object, line: int) -> object:
        """``left sign right``."""
        for each in (left, right):
            if callable(row := of_type(self.table.operators, each)):
                made = row(self, sign, left, right, line)
                if made is not NotImplemented:
                    return made
        return arithmetic.binary(sign, left, right, line)

    def _unaryop(self, node: ast.UnaryOp) -> object:
        sign, value = SIGNS[type(node.op)], self.value(node.operand)
        row = of_type(self.table.operators, value)
        if callable(row) and sign != "not":
            return row(self, sign, None, value, node.lineno)
        return arithmetic.unary(sign, value, node.lineno)

    def _compare(self, node: ast.Compare) -> object:
        left, result = self.value(node.left), None
        for op, comparator in zip(node.ops, node.comparators, strict=True):
            right, sign = self.value(comparator), SIGNS[type(op)]
            row = of_type(self.table.operators, left) or of_type(self.table.operators, right)
            if callable(row) and sign in arithmetic.MIRRORED:
                result = self.binary(sign, left, right, node.lineno)
            else:
                result = arithmetic.compare(sign, left, right, node.lineno)
            if truth(result) is not True or len(node.ops) == 1:
                return result
            left = right
        return result

    def _boolop(self, node: ast.BoolOp) -> object:
        stops = isinstance(node.op, ast.Or)
        value: object = None
        unsure = False
        for each in node.values:
            value = self.value(each)
            known = truth(value)
            if known is stops:
                return value
            unsure = unsure or not isinstance(known, bool)
        return Unknown(node.lineno) if unsure else value

    def _ifexp(self, node: ast.IfExp) -> object:
        known = truth(self.value(node.test))
        if isinstance(known, bool):
            return self.value(node.body if known else node.orelse)
        first, second = self.value(node.body), self.value(node.orelse)
        return first if same(first, second) else Unknown(node.lineno)

    def _lambda(self, node: ast.Lambda) -> object:
        return self._function(node)

    def _walrus(self, node: ast.NamedExpr) -> object:
        value = self.value(node.value)
        self.assign(node.target, value)
        return value

    def _starred(self, node: ast.Starred) -> object:
        return self.value(node.value)

    def _yield(self, node: ast.Yield) -> object:
        self.events.append(Event("yield", self.value(node.value), node.lineno))
        return Unknown(node.lineno)

    def _yield_from(self, node: ast.YieldFrom) -> object:
        over = self.value(node.value)
        count, _, anyone = self.passes(over)
        yielded = (Event("yield", anyone, node.lineno),)
        self.events.append(Repeat(count, yielded, node.lineno, over))
        return Unknown(node.lineno)

    def _comprehension(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> object:
        made: list[object] = []
        with self._within():
            if alike := self._all_alike(node):
                return alike
            whole = self._comprehend(node.generators, lambda: made.append(self.value(node.elt)))
        return made if whole else Unknown(node.lineno)

    def _all_alike(self, node: ast.ListComp | ast.GeneratorExp | ast.SetComp) -> list | None:
        """Of many draws that differ in their seed alone, one for all."""
        (first, *more) = node.generators
        if more or first.ifs or not isinstance(first.iter, ast.Call):
            return None
        over = self.value(first.iter)
        if not isinstance(over, range) or not MANY < len(over) <= MOST_ITEMS:
            return None
        self.assign(first.target, Count(over))
        one = self.value(node.elt)
        return [one] * len(over) if self._is_drawn(one) else None

    def _is_drawn(self, value: object) -> bool:
        """Whether it is made of nothing but draws."""
        if isinstance(value, tuple | list):
            return bool(value) and all(map(self._is_drawn, value))
        return getattr(value, "op", "") != "parameter" and hasattr(value, "draw")

    def _dict_comprehension(self, node: ast.DictComp) -> object:
        made: dict = {}

        def put() -> None:
            key = self.value(node.key)
            if isinstance(key, str | int | float):
                made[key] = self.value(node.value)

        with self._within():
            whole = self._comprehend(node.generators, put)
        return made if whole else Unknown(node.lineno)

    @contextmanager
    def _within(self):
        """A comprehension's names are its own."""
        before = self._frame.scope
        self._frame.scope = Scope({}, before)
        yield
        self._frame.scope = before

    def _comprehend(self, generators: list[ast.comprehension], put: Callable[[], object]) -> bool:
        """Go through a comprehension; whether all of it was known."""
        first, *rest = generators
        items = self.items(self.value(first.iter))
        if items is None:
            return False
        for item in items:
            self.assign(first.target, item)
            conditions = [truth(self.value(each)) for each in first.ifs]
            if any(not isinstance(each, bool) for each in conditions):
                return False
            if all(conditions):
                if not rest:
                    put()
                elif not self._comprehend(rest, put):
                    return False
        return True

    # Calls.

    def _call(self, node: ast.Call) -> object:
        function = self.value(node.func)
        if isinstance(function, Library) and function.name == "super":
            return self._super(node)
        args = self._items_of(node.args)
        kwargs: dict[str, object] = {}
        for each in node.keywords:
            value = self.value(each.value)
            if each.arg is not None:
                kwargs[each.arg] = value
            elif isinstance(value, dict):
                kwargs.update({str(key): of for key, of in value.items()})
            else:
                return self._unknown_call(args, node.lineno)
        if isinstance(function, Unknown) and isinstance(node.func, ast.Attribute):
            return self._call_method(function, node.func.attr, args, kwargs, node.lineno)
        return self.call(function, args, kwargs, node.lineno)

    def _super(self, node: ast.Call) -> object:
        frame = self._frame
        if isinstance(frame.instance, Instance) and frame.owner is not None:
            return Super(frame.instance, frame.owner)
        return Unknown(node.lineno)

    def call(
        self, function: object, args: list[object], kwargs: dict[str, object], line: int
    ) -> object:
        """``function(*args, **kwargs)``."""
        if isinstance(function, Function):
            return self.call_function(function, args, kwargs, line)
        if isinstance(function, Bound):
            return self._call_bound(function, args, kwargs, line)
        if isinstance(function, Class):
            return self._make(function, args, kwargs, line)
        if isinstance(function, Library):
            return self._call_library(function.name, args, kwargs, line)
        if isinstance(function, Instance) and isinstance(
            found := function.cls.find("__call__"), Function
        ):
            return self.call_function(found, [function, *args], kwargs, line)
        return self._call_method(function, "__call__", args, kwargs, line)

    def _call_library(
        self, name: str, args: list[object], kwargs: dict[str, object], line: int
    ) -> object:
        handler = self.table.functions.get(name)
        if handler is None and name.startswith(self.table.harmless):
            return Unknown(line)
        handler = handler or self._of_family(name)
        if handler is not None:
            return self._handled(handler, Call(self, name, None, args, kwargs, line))
        return self._unknown_call([*args, *kwargs.values()], line)

    def _of_family(self, name: str) -> Handler | None:
        """What knows any function with the longest beginning that the name has."""
        fitting = [each for each in self.table.families if name.startswith(each)]
        return self.table.families[max(fitting, key=len)] if fitting else None

    def _call_bound(
        self, bound: Bound, args: list[object], kwargs: dict[str, object], line: int
    ) -> object:
        if bound.function is not None:
            first = [] if bound.function.kind == "staticmethod" else [bound.receiver]
            return self.call_function(bound.function, [*first, *args], kwargs, line)
        return self._call_method(bound.receiver, bound.name, args, kwargs, line)

    def _call_method(
        self, of: object, name: str, args: list[object], kwargs: dict[str, object], line: int
    ) -> object:
        call = Call(self, name, of, args, kwargs, line)
        if isinstance(of, Instance):
            if name == "__init__" and not of.cls.libraries:
                return None
            for base in of.cls.libraries:
                if handler := self.table.inherited.get(base, {}).get(name):
                    return self._handled(handler, call)
        for each in type(of).__mro__:
            if handler := self.table.methods.get(each, {}).get(name):
                return self._handled(handler, call)
        if isinstance(of, Unknown) and name.endswith("_") and not name.startswith("_"):
            self.poison(line)  # what is changed in its place may be a parameter
            return self.not_read(line)
        if isinstance(of, Unknown | str | int | float):
            given = [*args, *kwargs.values()]
            return self._unknown_call(given, line) if any(map(_matters, given)) else Unknown(line)
        return self._unknown_call([of, *args, *kwargs.values()], line)

    def _handled(self, handler: Handler, call: Call) -> object:
        try:
            return handler(call)
        except _NOT_UNDERSTOOD:
            return self._unknown_call([call.receiver, *call.everything], call.line)

    def _unknown_call(self, given: Iterable[object], line: int) -> Unknown:
        self.not_read(line)
        self.give_away(given, line)
        return Unknown(line)

    def _make(self, cls: Class, args: list[object], kwargs: dict[str, object], line: int) -> object:
        """An object of a class of the program."""
        instance = Instance(cls, {}, line)
        start = cls.find("__init__")
        if isinstance(start, Function):
            self.call_function(start, [instance, *args], kwargs, line)
        elif args or kwargs:
            self._call_method(instance, "__init__", args, kwargs, line)
        return instance

    def call_function(
        self, function: Function, args: list[object], kwargs: dict[str, object], line: int
    ) -> object:
        """Go through a function of the program with its arguments."""
        if recipe := self._recipe(function):
            return self._handled(recipe, Call(self, "recipe", None, args, kwargs, line))
        scope = self._bound(function, args, kwargs)
        if scope is None or self._calls >= CALLS:
            return self._unknown_call([*args, *kwargs.values()], line)
        if function.yields:
            return Generator(function, scope)
        return self._inside(function, scope, args)

    def _recipe(self, function: Function) -> Handler | None:
        """What a function does that is to the letter one that is known."""
        name = getattr(function.node, "name", "")
        if name not in self.table.recipes:
            return None
        texts, handler = self.table.recipes[name]
        return handler if function.text in texts else None

    def _inside(self, function: Function, scope: Scope, args: list[object]) -> object:
        before = self._frame
        self._frame = _Frame(scope, function.owner, args[0] if args else None)
        self._calls += 1
        try:
            if isinstance(function.node, ast.Lambda):
                return self.value(function.node.body)
            signal = self.block(function.node.body)
            value = signal.value if signal and signal.kind == "return" else None
            alike = all(same(value, each) for each in self._frame.returns)
            return value if alike else Unknown(function.node.lineno)
        finally:
            self._calls -= 1
            self._frame = before

    def _bound(
        self, function: Function, args: list[object], kwargs: dict[str, object]
    ) -> Scope | None:
        """A scope with the parameters' values; None: they do not fit."""
        arguments = function.node.args
        places = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
        last = places[len(places) - len(function.defaults) :]
        names = dict(zip(last, function.defaults, strict=True))
        names |= function.named
        names |= dict(zip(places, args, strict=False))
        extra, more = args[len(places) :], {}
        known = {*places, *(each.arg for each in arguments.kwonlyargs)}
        for name, value in kwargs.items():
            if name in known:
                names[name] = value
            else:
                more[name] = value
        if (extra and not arguments.vararg) or (more and not arguments.kwarg):
            return None
        if arguments.vararg:
            names[arguments.vararg.arg] = tuple(extra)
        if arguments.kwarg:
            names[arguments.kwarg.arg] = more
        return Scope(names, function.scope) if known <= set(names) else None

    def yielded(self, generator: Generator) -> Events:
        """What a generator does if it goes on and on; what it yields are events, too."""
        if self._calls >= CALLS:
            return ()
        scope = Scope(dict(generator.scope.names), generator.scope.outer)
        before, self.events = self.events, []
        try:
            self._inside(generator.function, scope, [])
            return tuple(self.events)
        finally:
            self.events = before

    def next_of(self, generator: Generator, line: int) -> object:
        """What a generator yields in any of its turns; unknown if it yields several things."""
        values = [event.what for event in happenings(self.yielded(generator))]
        return values[0] if len(values) == 1 else Unknown(line)

    def _passes_of_generator(self, value: Generator) -> tuple[int | None, Iterable, object]:
        events = self.yielded(value)
        count: int | None = 1
        inner = events
        while len(inner) == 1 and isinstance(inner[0], Repeat):
            times = inner[0].times
            count = None if times is None or count is None else count * times
            inner = inner[0].events
        if len(inner) == 1 and isinstance(inner[0], Event):
            anyone = inner[0].what
            return count, repeat(anyone), anyone
        values = [event.what for event in inner if isinstance(event, Event)]
        if len(values) == len(inner) and inner is events:
            return len(values), values, Unknown()
        return None, (), Unknown()


_NOT_UNDERSTOOD = (NotUnderstoodError, TypeError, ValueError, LookupError, AttributeError)
"""What a handler raises that is given something else than it knows."""
_TELLING = ("weight", "bias", "data", "grad", "requires_grad")
"""Attributes that only a parameter or a layer has."""
_CONSTANTS = (bool, int, float, str, type(None))
_COUNTED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.NotEq)
_DECORATORS = ("staticmethod", "classmethod", "property", "super")
_EXPRESSIONS: dict[type, Callable] = {
    ast.Constant: Machine._constant,
    ast.Name: Machine._name,
    ast.List: Machine._list,
    ast.Tuple: Machine._tuple,
    ast.Set: Machine._set,
    ast.Dict: Machine._dict,
    ast.JoinedStr: Machine._joined,
    ast.Attribute: Machine._attribute,
    ast.Subscript: Machine._subscript,
    ast.Slice: Machine._slice,
    ast.BinOp: Machine._binop,
    ast.UnaryOp: Machine._unaryop,
    ast.Compare: Machine._compare,
    ast.BoolOp: Machine._boolop,
    ast.IfExp: Machine._ifexp,
    ast.Lambda: Machine._lambda,
    ast.NamedExpr: Machine._walrus,
    ast.Starred: Machine._starred,
    ast.Yield: Machine._yield,
    ast.YieldFrom: Machine._yield_from,
    ast.ListComp: Machine._comprehension,
    ast.GeneratorExp: Machine._comprehension,
    ast.SetComp: Machine._comprehension,
    ast.DictComp: Machine._dict_comprehension,
    ast.Call: Machine._call,
}


def class_of(value: object) -> object:
    """``type(value)``, as far as it is known."""
    if isinstance(value, Instance):
        return value.cls
    return Library(value.names[0]) if isinstance(value, Thing) and value.names else Unknown()


def _leaves(signal: _Signal | None) -> bool:
    """Whether a loop ends here."""
    return signal is not None and signal.kind in ("break", "return")


def _trains(events: list[Event | Repeat | Share]) -> bool:
    """Whether a loop in which this happens is one that trains a network."""
    return any(not event.local for event in happenings(tuple(events)))


def _upward(signal: _Signal | None) -> _Signal | None:
    """What of a signal goes beyond a loop."""
    return signal if signal and signal.kind == "return" else None


def _matters(value: object) -> bool:
    """Whether an unknown function that is given it could change a network."""
    return isinstance(value, Thing | Instance | list | dict)


def same(first: object, second: object) -> bool:
    """Whether two values are one, as far as that matters later."""
    if first is second:
        return True
    plain = isinstance(first, _CONSTANTS) and isinstance(second, _CONSTANTS)
    if plain:
        return type(first) is type(second) and first == second
    return likeness_of(first) == likeness_of(second)


def likeness_of(value: object, depth: int = 0) -> object:
    """What two values have in common that mean the same to a network."""
    most = MOST_ALIKE if depth == 0 else 16
    if isinstance(value, tuple | list) and depth < 3 and len(value) <= most:
        return (type(value).__name__, *(likeness_of(each, depth + 1) for each in value))
    if isinstance(value, (*_CONSTANTS, Count)):
        return value
    if isinstance(value, Unknown):
        return "unknown"
    return getattr(value, "likeness", id(value))


def likeness(events: Events) -> tuple:
    """What two passes of a loop have in common that do the same."""
    return tuple(
        (event.kind, likeness_of(event.what), event.maybe, event.line)
        if isinstance(event, Event)
        else (event.line, _size(event), likeness(event.events))
        for event in events
    )


def _size(event: Repeat | Share) -> object:
    return event.times if isinstance(event, Repeat) else event.when
