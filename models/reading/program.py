"""From a text to its reading."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace

from models.reading import builtins, tensors
from models.reading.conversion import reading_of
from models.reading.dialects import keras, sklearn, tensorflow, torch, torch_network
from models.reading.evaluation import Machine, TooComplexError, merged
from models.reading.graph import RefusedError
from models.reading.network import Network
from models.reading.pasted import UnreadableError, as_program
from models.reading.reading import Reading, Refusal


@dataclass(frozen=True)
class Dialect:
    """A framework.

    Attributes:
        name: one of ``reading.DIALECTS``.
        imports: modules of which a program of it imports one.
        describe: of a machine that went through a program, its network; None: it trains none.
    """

    name: str
    imports: tuple[str, ...]
    describe: Callable[[Machine], Network | None]


DIALECTS = (
    Dialect("torch", ("torch",), torch_network.describe),
    Dialect("keras", ("keras", "tensorflow"), keras.describe),
    Dialect("sklearn", ("sklearn",), sklearn.describe),
    Dialect("tensorflow", ("tensorflow",), tensorflow.describe),
)
TABLE = merged(
    [
        builtins.TABLE,
        tensors.TABLE,
        torch.TABLE,
        keras.TABLE,
        sklearn.TABLE,
        tensorflow.TABLE,
    ]
)
_NOTHING = ("no_training", "no_network")


def read_program(text: str) -> Reading:
    """Read a program; nothing of it is run.

    Args:
        text: the program, or whatever was pasted in its place.

    Returns:
        Its reading; it has an experiment or a refusal, one of the two.
    """
    try:
        text, tree = as_program(text)
    except UnreadableError as wrong:
        return Reading(wrong.text, refusal=wrong.refusal)
    machine = Machine(TABLE, text)
    try:
        machine.run(tree)
        return _described(machine, tree, text)
    except TooComplexError as wrong:
        return Reading(text, refusal=Refusal("too_complex", wrong.line))
    except (RecursionError, MemoryError):
        return Reading(text, refusal=Refusal("too_complex"))


def _described(machine: Machine, tree: ast.Module, text: str) -> Reading:
    """The reading of a program that was gone through."""
    unread = tuple(sorted(machine.unread.values(), key=lambda each: each.line))
    refusals: list[tuple[str, Refusal]] = []
    for dialect in _candidates(tree):
        try:
            network = dialect.describe(machine)
        except RefusedError as refused:
            refusals.append((dialect.name, refused.refusal))
            continue
        if network is None:
            refusals.append((dialect.name, Refusal("no_training")))
        elif machine.poisoned:
            refusals.append((dialect.name, Refusal("not_understood", machine.poisoned)))
        else:
            return reading_of(replace(network, unread=unread), text)
    telling = [each for each in refusals if each[1].name not in _NOTHING] or refusals
    nothing = all(refusal.name in _NOTHING for _, refusal in refusals)
    if nothing and len(refusals) == len(DIALECTS):  # it imports none of them
        return Reading(text, unread=unread, refusal=Refusal("no_network"))
    name, refusal = telling[0]
    return Reading(text, name, unread=unread, refusal=refusal)


def _candidates(tree: ast.Module) -> list[Dialect]:
    """Dialects that a program may be in: by what it imports; if it imports nothing, all."""
    roots = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            roots.add((node.module or "").split(".")[0])
    known = {each for dialect in DIALECTS for each in dialect.imports}
    if not roots & known:
        return list(DIALECTS)
    return [dialect for dialect in DIALECTS if roots & set(dialect.imports)]
