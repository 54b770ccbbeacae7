"""Which sentences the code asks for, found in its source: no pattern, every key by name.

A key is a string like ``"run.done"`` wherever it stands, or an f-string given to ``words(...)``.
The one placeholder of such a string runs through an enumeration that is seen from where it stands:
the loop that it is in, the options of the widget whose labels it makes, the strings assigned to it.
What cannot be seen, because a function is given it, a test says in a table.
"""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import components
from components.words.text import text

ROOT = Path(components.__file__).parents[1]
SECTIONS = [name for name, entry in text("en")._entries.items() if isinstance(entry, dict)]
DOTTED = re.compile(rf"({'|'.join(SECTIONS)})\.[a-z_0-9.]+")
FILES = (".css", ".html", ".js", ".md", ".toml")

Scope = dict[str, set[str] | None]  # what a name stands for; None: not known


@dataclass(frozen=True)
class Composed:
    """An f-string that is a key: ``health.{measure}``, and what its placeholder stands for."""

    template: str
    members: frozenset[str] | None

    def keys(self, members: set[str]) -> set[str]:
        """The keys that it becomes."""
        return {re.sub(r"{\w*}", member, self.template) for member in members}


def modules() -> Iterator[tuple[ModuleType, ast.Module]]:
    """Every module that draws, and its source."""
    for path in sorted((ROOT / "components").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        yield importlib.import_module(name), ast.parse(path.read_text(encoding="utf-8"))


def constant_keys() -> set[str]:
    """Every whole string in the code that reads like a key."""
    return {
        node.value
        for _, tree in modules()
        for node in whole_strings(tree)
        if DOTTED.fullmatch(node.value) and not node.value.endswith(FILES)
    }


def whole_strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """All string constants but the pieces of f-strings."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node
        elif isinstance(node, ast.JoinedStr):
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    yield from whole_strings(part)
        else:
            yield from whole_strings(node)


def composed_keys() -> set[Composed]:
    """Every key that the code composes."""
    return {found for module, tree in modules() for found in _composed(tree, {}, module, False)}


def passed(function: str, position: int) -> set[str]:
    """The strings that the code passes to a function of its own, at this place."""
    return {
        part.value
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) == function
        for part in whole_strings(ast.Expr(node.args[position]))
    }


def sections_used() -> set[str]:
    """The arguments of ``words.section(...)``."""
    return {
        node.args[0].value
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and called(node) == "section"
        and isinstance(node.args[0], ast.Constant)
    }


def called(node: ast.Call) -> str | None:
    """The name of what is called: ``words`` of ``words(...)`` and of ``style.words(...)``."""
    return getattr(node.func, "id", getattr(node.func, "attr", None))


def _composed(node: ast.AST, scope: Scope, module: ModuleType, asked: bool) -> Iterator[Composed]:
    """What is composed within a node; ``asked``: it is within the arguments of ``words(...)``."""
    scope = scope | _bound(node, scope, module)
    if isinstance(node, ast.JoinedStr) and asked:
        yield from _key(node.values, scope)
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
        yield from _key([ast.FormattedValue(node.target, -1), node.value], scope)
    asked = asked or (isinstance(node, ast.Call) and called(node) == "words")
    for child in ast.iter_child_nodes(node):
        yield from _composed(child, scope, module, asked)


def _key(parts: list[ast.expr], scope: Scope) -> Iterator[Composed]:
    """The key that the parts of an f-string make, if they make one."""
    holes = [part for part in parts if isinstance(part, ast.FormattedValue)]
    texts = [part for part in parts if _branches(part)]
    if len(holes) != 1 or len(holes) + len(texts) != len(parts):
        return
    value = holes[0].value
    members = scope.get(value.id) if isinstance(value, ast.Name) else _branches(value)
    name = value.id if isinstance(value, ast.Name) else ""
    template = "".join(
        part.value if isinstance(part, ast.Constant) else f"{{{name}}}" for part in parts
    )
    found = Composed(template, frozenset(members) if members else None)
    if any(DOTTED.fullmatch(key) for key in found.keys(members or {"x"})):
        yield found


def _bound(node: ast.AST, scope: Scope, module: ModuleType) -> Scope:
    """The names that a node gives a meaning to, for all that is in it."""
    if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp):
        loops = [(generator.target, generator.iter) for generator in node.generators]
    elif isinstance(node, ast.For):
        loops = [(node.target, node.iter)]
    elif isinstance(node, ast.Call):
        labels = [word.value for word in node.keywords if word.arg == "format_func"]
        loops = [(f.args.args[0], node.args[1]) for f in labels if isinstance(f, ast.Lambda)]
    elif isinstance(node, ast.FunctionDef):
        given = {argument.arg: None for argument in ast.walk(node.args) if hasattr(argument, "arg")}
        return given | _assigned(node)
    else:
        return {}
    bound: Scope = {}
    for target, iterated in loops:
        bound |= _unpacked(target, iterated, module)
    return bound


def _assigned(function: ast.FunctionDef) -> Scope:
    """Names that are one of some strings: ``kind = "one" if ... else "other"``."""
    found: Scope = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            found[name] = (found.get(name) or set()) | _branches(node.value)
    return found


def _branches(value: ast.expr) -> set[str]:
    """The strings that an expression may be."""
    if isinstance(value, ast.IfExp):
        return _branches(value.body) | _branches(value.orelse)
    is_text = isinstance(value, ast.Constant) and isinstance(value.value, str)
    return {value.value} if is_text else set()


def _unpacked(target: ast.AST, iterated: ast.expr, module: ModuleType) -> Scope:
    """What the names of a loop stand for, if what it runs through is known to the module."""
    calls = (called(node) for node in ast.walk(iterated) if isinstance(node, ast.Call))
    try:
        known = all(name == "items" for name in calls)
        items = list(eval(ast.unparse(iterated), vars(module))) if known else []
    except (NameError, KeyError):  # only its function knows it, or only a session
        items = []
    if isinstance(target, ast.Tuple):
        names = [getattr(part, "id", None) for part in target.elts]
        columns = [[item[place] for item in items] for place in range(len(names))]
    else:
        names, columns = [getattr(target, "id", getattr(target, "arg", None))], [items]
    return {
        name: {item for item in column if isinstance(item, str)} or None
        for name, column in zip(names, columns, strict=True)
        if name
    }
