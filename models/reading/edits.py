"""A program's text and its parts, and small changes of it: nothing else of the text is touched."""

import ast
import itertools
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

MOST_SECONDS = 3.0  # of a core, that changes of one program are read again
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")


@dataclass(frozen=True)
class Edit:
    """What stands between two places of a text, counted in characters, becomes another text."""

    start: int
    end: int
    text: str


Edits = tuple[Edit, ...]
Node = ast.expr | ast.stmt | ast.alias
"""What has a place in a text."""


def in_time(texts: Iterable[str]) -> Iterator[str]:
    """As many of these as can be read in ``MOST_SECONDS``: some programs take long to read."""
    end = time.thread_time() + MOST_SECONDS
    return itertools.takewhile(lambda text: time.thread_time() < end, texts)


class Source:
    """A program's text with the tree of its statements.

    Raises:
        SyntaxError: it is not Python; likewise ``ValueError``, ``RecursionError``, ``MemoryError``.
    """

    def __init__(self, text: str):
        self.text = text
        self.tree = ast.parse(text)
        self._lines = _LINE.findall(text)
        self._starts = [0]
        for line in self._lines:
            self._starts.append(self._starts[-1] + len(line))

    @cached_property
    def nodes(self) -> list[ast.expr | ast.stmt]:
        """Every expression and statement, in the order in which they begin."""
        found = [node for node in ast.walk(self.tree) if isinstance(node, ast.expr | ast.stmt)]
        return sorted(found, key=lambda node: (node.lineno, node.col_offset))

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """What each node is a part of."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def span(self, node: Node) -> tuple[int, int]:
        """Where a node's text begins and ends."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self._place(node.lineno, node.col_offset), self._place(end_line, end_column)

    def _place(self, line: int, column: int) -> int:
        """Of a column in bytes, as the tree has it."""
        before = self._lines[line - 1].encode()[:column]
        return self._starts[line - 1] + len(before.decode())

    def of(self, node: ast.expr | ast.stmt) -> str:
        """A node's text."""
        start, end = self.span(node)
        return self.text[start:end]

    def calls(self, *names: str) -> list[ast.Call]:
        """The calls of functions that are called so, whatever stands before the last dot."""
        found = (node for node in self.nodes if isinstance(node, ast.Call))
        return [node for node in found if last_name(node.func) in names]

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that a node is in."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
        return node

    def assigned(self) -> Iterator[tuple[str, ast.Assign]]:
        """Names with a statement that gives one a value, in the order of the text."""
        for node in self.nodes:
            if isinstance(node, ast.Assign) and len(node.targets) == 1:
                target = node.targets[0]
                if isinstance(target, ast.Name | ast.Attribute):
                    yield last_name(target), node

    def value(self, name: str) -> ast.expr | None:
        """What a name is given where that happens once."""
        found = [node.value for each, node in self.assigned() if each == name]
        return found[0] if len(found) == 1 else None

    def replace(self, node: ast.expr | ast.stmt, text: str) -> Edit:
        """Another text in a node's place."""
        return Edit(*self.span(node), text)

    def rename(self, call: ast.Call, name: str) -> Edit:
        """The last name of what is called becomes another one: ``nn.Tanh()``, ``nn.ReLU()``."""
        end = self.span(call.func)[1]
        return Edit(end - len(last_name(call.func)), end, name)

    def append(self, node: Node, text: str) -> Edit:
        """More text behind a node."""
        end = self.span(node)[1]
        return Edit(end, end, text)

    def wrap(self, node: ast.expr, function: str) -> Edit:
        """A function of a node."""
        return self.replace(node, f"{function}({self.of(node)})")

    def argument(self, call: ast.Call, text: str) -> Edit:
        """One more argument of a call, behind the last one."""
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if not given:
            end = self.span(call)[1] - 1
            return Edit(end, end, text)
        return self.append(max(given, key=lambda node: self.span(node)[1]), f", {text}")

    def without(self, call: ast.Call, keyword: ast.keyword) -> Edit:
        """A call without one of its arguments, which stands behind others."""
        end = self.span(keyword.value)[1]
        given = [*call.args, *(word.value for word in call.keywords)]
        before = [stop for node in given if (stop := self.span(node)[1]) < end]
        return Edit(max(before, default=end), end, "")

    def beside(self, node: ast.expr, following: ast.expr | None, text: str) -> Edit:
        """One more element of a list behind ``node``, laid out as the one that follows it."""
        if following is not None and following.lineno > node.lineno:
            return self.append(node, f",{self.newline}{self.indent(following)}{text}")
        return self.append(node, f", {text}")

    def before(self, statement: ast.stmt, text: str) -> Edit:
        """A line before a statement."""
        start = self.span(statement)[0]
        return Edit(start, start, f"{text}{self.newline}{self.indent(statement)}")

    def after(self, statement: ast.stmt, text: str) -> Edit:
        """A line behind a statement; a block has several."""
        lines = (f"{self.newline}{self.indent(statement)}{line}" for line in text.splitlines())
        return self.append(statement, "".join(lines))

    def drop(self, node: ast.expr, following: ast.expr | None, previous: ast.expr | None) -> Edit:
        """An element of a list taken out, with a comma beside it."""
        start, end = self.span(node)
        if following is not None:
            return Edit(start, self.span(following)[0], "")
        return Edit(self.span(previous)[1] if previous is not None else start, end, "")

    def string(self, text: str) -> str:
        """A string in the quotes that the program has more of."""
        quote = "'" if self.text.count("'") > self.text.count('"') else '"'
        return f"{quote}{text}{quote}"

    def indent(self, node: ast.expr | ast.stmt) -> str:
        """The blanks before a node's line."""
        line = self._lines[node.lineno - 1]
        return line[: len(line) - len(line.lstrip())]

    @cached_property
    def newline(self) -> str:
        """How the text ends a line."""
        return "\r\n" if "\r\n" in self.text else "\n"


def last_name(node: ast.AST) -> str:
    """``Linear`` of ``nn.Linear``; empty where it is no name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def beside_name(source: Source, call: ast.Call, name: str) -> str:
    """Another name from where a call's own is: ``nn.ReLU`` beside ``nn.Linear``."""
    if isinstance(call.func, ast.Attribute):
        return f"{source.of(call.func.value)}.{name}"
    return name


def edited(text: str, edits: Sequence[Edit]) -> str | None:
    """The text with all of these; None where two are of the same place."""
    done, parts = 0, []
    for edit in sorted(edits, key=lambda each: (each.start, each.end)):
        if edit.start < done:
            return None
        parts += [text[done : edit.start], edit.text]
        done = edit.end
    return "".join([*parts, text[done:]])
