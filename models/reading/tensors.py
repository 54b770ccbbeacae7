"""Arrays of numbers, NumPy's or a framework's, and what is computed with them.

Every tensor has values that stand for it, so that shapes need no rules of their own; whether they
are its true ones is ``known``. What is computed of unknown ones is kept as a graph, which can be
gone through again with other numbers in place of some.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.activations import ACTIVATIONS
from models.reading.evaluation import Call, Machine, NotUnderstoodError, Table
from models.reading.network import Draw
from models.reading.values import Count, Library, Thing, Unknown

MOST_NUMBERS = 40_000  # of a tensor
MOST_DRAWN = 2_000_000  # of one whose numbers no one knows
MANY_NUMBERS = 1000  # of one whose numbers stand for any
MOST_AXES = 6
MOST_ROWS = 4096  # numbers of a list whose items are points
TYPES = {
    "float": "float64", "double": "float64", "float16": "float16", "half": "float16",
    "float32": "float32", "float64": "float64", "single": "float32", "int": "int64",
    "int8": "int8", "int16": "int16", "int32": "int32", "int64": "int64", "long": "int64",
    "bool": "bool", "bool_": "bool", "uint8": "uint8", "float_": "float64", "int_": "int64",
    "bfloat16": "bfloat16",
}  # fmt: skip


@dataclass(eq=False, repr=False)
class Tensor(Thing):
    """Numbers.

    Attributes:
        op: a key of ``OPS`` that made it; or ``data`` (numbers of the program), ``drawn``,
            ``parameter``, ``batch`` (some rows of its parent), ``row`` (one of them).
        values: that stand for it; the true ones if they are ``known``.
        kind: its numbers' type, such as ``float32``.
        parents: what it was made of.
        arguments: of the op.
        line: where it was made; of what was computed of known ones where these were.
        library: ``numpy`` or the framework's name.
        likeness: a number: the same for what is made alike.
        draw: of what is drawn, and of a parameter as it is now.
        trained: whether a parameter is one that is to be moved.
        parts: of a parameter, how pieces of it start.
        computed: whether it is made of parameters, once that was asked.
    """

    op: str
    values: np.ndarray
    kind: str
    known: bool
    line: int
    library: str
    parents: tuple[Tensor, ...] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    likeness: int = 0
    draw: Draw | None = None
    trained: bool = False
    parts: dict[str, Draw] = field(default_factory=dict)
    computed: bool | None = None
    names = ("torch.Tensor",)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of its axes."""
        return self.values.shape

    @property
    def is_float(self) -> bool:
        """Whether its numbers are not whole ones."""
        return "float" in self.kind


def quiet(function: Callable) -> Callable:
    """A function of NumPy's without its warnings."""

    def silent(*values: np.ndarray, **arguments: object) -> np.ndarray:
        with np.errstate(all="ignore"):
            return function(*values, **arguments)

    return silent


def _activation(name: str) -> Callable:
    """An activation as an op; ``parameter`` is its own."""
    phi = ACTIVATIONS[name]

    def of(z: np.ndarray, parameter: float | None = None) -> np.ndarray:
        return phi.value_curve(np.array(z, dtype=float), parameter).reshape(np.shape(z))

    return of


def _softmax(z: np.ndarray, axis: int = -1) -> np.ndarray:
    powers = np.exp(z - z.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _take(values: np.ndarray, index: Any) -> np.ndarray:
    return values[index]


def _concatenate(*values: np.ndarray, axis: int = 0) -> np.ndarray:
    return np.concatenate(values, axis=axis)


def _stack(*values: np.ndarray, axis: int = 0) -> np.ndarray:
    return np.stack(values, axis=axis)


ELEMENTWISE: dict[str, Callable] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.power,
    "negative": np.negative, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "abs": np.abs,
    "square": np.square, "maximum": np.maximum, "minimum": np.minimum, "log1p": np.log1p,
    "clip": lambda z, low=None, high=None: np.clip(z, low, high),
    "sign": np.sign, "sin": np.sin, "cos": np.cos, "where": np.where,
    "log_sigmoid": lambda z: -np.logaddexp(0, -z),
}  # fmt: skip
"""Each entry is made of the entries at its own place."""
NONLINEAR: dict[str, Callable] = {
    name: _activation(name) for name in ACTIVATIONS if name not in ("maxout", "identity")
}
_FUNCTIONS: dict[str, Callable] = {
    **ELEMENTWISE,
    **NONLINEAR,
    "softmax": _softmax,
    "log_softmax": lambda z, axis=-1: np.log(_softmax(z, axis)),
    "%": np.mod, "//": np.floor_divide,
    "&": np.logical_and, "|": np.logical_or, "^": np.logical_xor, "~": np.logical_not,
    "==": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater,
    ">=": np.greater_equal,
    "@": np.matmul, "linear": lambda x, w, *b: x @ w.T + (b[0] if b else 0.0),
    "reshape": lambda x, shape: x.reshape(shape),
    "transpose": lambda x, axes=None: np.transpose(x, axes),
    "squeeze": lambda x, axis=None: _squeeze(x, axis),
    "unsqueeze": lambda x, axis: np.expand_dims(x, axis),
    "flatten": lambda x, start=0: x.reshape(*x.shape[:start], -1),
    "take": _take, "concatenate": _concatenate, "stack": _stack,
    "repeat": lambda x, times: np.tile(x, times), "as_type": lambda x: x,
    "detach": lambda x: x, "norm": lambda x: np.sqrt((x * x).sum()),
    "var": lambda x, axis=None, keep=False: x.var(axis=axis, keepdims=keep),
    "mean": lambda x, axis=None, keep=False: x.mean(axis=axis, keepdims=keep),
    "sum": lambda x, axis=None, keep=False: x.sum(axis=axis, keepdims=keep),
    "expand": lambda x, shape: np.broadcast_to(x, shape),
    "normalize": lambda x, *_, **__: x, "same": lambda x, **_: x, "foreign": lambda x, **_: x,
}  # fmt: skip
OPS: dict[str, Callable] = {name: quiet(function) for name, function in _FUNCTIONS.items()}
"""What a tensor is of its parents' values."""
VIEWS = ("reshape", "transpose", "squeeze", "unsqueeze", "flatten", "take", "as_type", "expand")
"""Ops that leave each number what it is."""
TRUTHS = ("&", "|", "^", "~", "==", "!=", "<", "<=", ">", ">=")


def _squeeze(x: np.ndarray, axis: int | None) -> np.ndarray:
    if axis is None:
        return x.squeeze()
    return x.squeeze(axis) if x.shape[axis] == 1 else x


def data(machine: Machine, values: object, kind: str, line: int, library: str) -> Tensor | Unknown:
    """A tensor of numbers that stand in the program."""
    array = np.asarray(values)
    if array.size > MOST_NUMBERS or array.ndim > MOST_AXES or array.dtype == object:
        return Unknown(line)
    likeness = machine.number(("data", array.shape, kind))
    return Tensor("data", array, kind, True, line, library, likeness=likeness)


def drawn(machine: Machine, shape: object, draw: Draw, kind: str, library: str) -> Tensor | Unknown:
    """A tensor that is drawn."""
    if (sizes := as_shape(shape, MOST_DRAWN)) is None:
        return Unknown(draw.line)
    spread = np.broadcast_to(0.5, sizes)
    likeness = machine.number(("drawn", sizes, draw, kind))
    return Tensor("drawn", spread, kind, False, draw.line, library, likeness=likeness, draw=draw)


def as_shape(shape: object, most: int = MOST_NUMBERS) -> tuple[int, ...] | None:
    """Sizes, if they are known and not too many."""
    sizes = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    if len(sizes) > MOST_AXES or not all(type(size) is int and size >= 0 for size in sizes):
        return None
    return sizes if math.prod(sizes) <= most else None


def apply(
    machine: Machine,
    op: str,
    parents: Sequence[object],
    line: int,
    kind: str | None = None,
    **arguments: Any,
) -> Tensor | Unknown:
    """What an op makes of tensors and numbers; unknown if it cannot be."""
    tensors = [as_tensor(machine, each, parents, line) for each in parents]
    if any(each is None for each in tensors):
        return Unknown(line)
    of = [each for each in tensors if each is not None]
    machine.spend(line, 5 + _work(op, of))
    if _size(op, of) > MOST_DRAWN:
        return Unknown(line)
    try:
        values = np.asarray(OPS[op](*(each.values for each in of), **arguments))
    except (ValueError, TypeError, IndexError, ArithmeticError, MemoryError):
        machine.facts.setdefault("mismatch", (tuple(each.shape for each in of), line))
        return Unknown(line)
    most = MOST_NUMBERS if any(values.strides) else MOST_DRAWN
    if values.size > most or values.ndim > MOST_AXES or values.dtype == object:
        return Unknown(line)
    kind = kind or ("bool" if op in TRUTHS else _kind_of(op, of))
    library = next((each.library for each in of if each.library != "numpy"), "numpy")
    if all(each.known for each in of):
        made = data(machine, values, kind, of[0].line, library)
        return made
    if values.size > MANY_NUMBERS:  # no one looks at them
        values = np.broadcast_to(0.5, values.shape)
    key = (op, kind, str(arguments), tuple(each.likeness for each in of))
    return Tensor(op, values, kind, False, line, library, tuple(of), arguments, machine.number(key))


def _work(op: str, of: Sequence[Tensor]) -> int:
    """What large tensors take beyond small ones."""
    sizes = [each.values.size for each in of if any(each.values.strides)]
    if op in ("@", "linear") and len(of) > 1:
        inner = max((of[0].shape[-1:] or (1,))[0], 1)
        sizes.append(of[0].values.size * of[1].values.size // inner // 10)
    return sum(sizes) // 2000


def _size(op: str, of: Sequence[Tensor]) -> int:
    """How many numbers an op makes at most."""
    if op in ("@", "linear") and len(of) > 1:
        return of[0].values.size * of[1].values.size // max((of[0].shape[-1:] or (1,))[0], 1)
    if op in ("concatenate", "stack", *VIEWS):
        return sum(each.values.size for each in of)
    axes = itertools.zip_longest(*(each.shape[::-1] for each in of), fillvalue=1)
    return math.prod(max(sizes) for sizes in axes)


def as_tensor(
    machine: Machine, value: object, beside: Sequence[object], line: int
) -> Tensor | None:
    """A number as a tensor of the type of what it is computed with; a tensor itself."""
    if isinstance(value, Tensor):
        return value
    others = [each for each in beside if isinstance(each, Tensor)]
    library = others[0].library if others else "numpy"
    floats = [each.kind for each in others if each.is_float]
    made: object
    if isinstance(value, bool | int | float):
        whole = isinstance(value, int)
        kind = (others[0].kind if whole and others else "") or "float64"
        if not whole:
            kind = floats[0] if floats else "float32" if library != "numpy" else "float64"
        made = data(machine, float(value), kind, line, library)
    elif isinstance(value, list | tuple):
        made = data_of(machine, value, None, line, library)
    else:
        return None
    return made if isinstance(made, Tensor) else None


def _kind_of(op: str, of: Sequence[Tensor]) -> str:
    """The type of what is computed."""
    numbers = [each for each in of if each.shape or len(of) == 1] or list(of)
    floats = [each.kind for each in numbers if each.is_float]
    if floats:
        return max(floats)
    if any(each.is_float for each in of) or op in ("/", "mean", "exp", "log", "sqrt", *NONLINEAR):
        return "float64" if all(each.library == "numpy" for each in of) else "float32"
    whole = [each.kind for each in numbers if each.kind != "bool"]
    return whole[0] if whole else "int64" if op in ("+", "*", "sum") else numbers[0].kind


def data_of(
    machine: Machine, value: object, kind: str | None, line: int, library: str, floats: str = ""
) -> object:
    """``np.array(value)``, ``torch.tensor(value)``: nested lists, numbers, or another tensor.

    Args:
        machine: that goes through the program.
        value: what is to be a tensor.
        kind: its type; None: what the numbers are.
        line: where.
        library: whose it is.
        floats: the type of numbers that are not whole; empty: the library's.
    """
    if isinstance(value, Tensor):
        if value.library == "python" and kind is None and value.is_float:
            kind = floats or ("float64" if library == "numpy" else "float32")
        made = apply(machine, "as_type", [value], line, kind or value.kind)
        if isinstance(made, Tensor):
            made.library = library
        return made
    if isinstance(value, range):
        value = machine.items(value)
    leaves = list(itertools.islice(_leaves(value, 0), MOST_NUMBERS + 1))
    machine.spend(line, len(leaves) // 100)
    if len(leaves) > MOST_NUMBERS:
        return Unknown(line)
    if any(isinstance(each, Tensor) for each in leaves):
        return _data_of_tensors(machine, value, kind, line, library)
    if not all(isinstance(each, int | float) for each in leaves):
        return Unknown(line)
    if kind is None:
        usual = floats or ("float64" if library == "numpy" else "float32")
        kind = usual if any(isinstance(each, float) for each in leaves) or not leaves else "int64"
        kind = "bool" if leaves and all(isinstance(each, bool) for each in leaves) else kind
    try:
        array = np.array(value, dtype=float)
    except (ValueError, TypeError, OverflowError):
        return Unknown(line)
    return data(machine, array, kind, line, library)


def _data_of_tensors(
    machine: Machine, value: object, kind: str | None, line: int, library: str
) -> object:
    """An array of a list of arrays."""
    items = machine.items(value) or []
    rows = [data_of(machine, each, kind, line, library) for each in items]
    if not rows or not all(isinstance(each, Tensor) for each in rows):
        return Unknown(line)
    made = apply(machine, "stack", rows, line, kind)
    if isinstance(made, Tensor):
        made.library = library
    return made


def _leaves(value: object, depth: int) -> Iterator[object]:
    if isinstance(value, list | tuple) and depth < MOST_AXES:
        for each in value:
            yield from _leaves(each, depth + 1)
    else:
        yield value


def evaluate(tensor: Tensor, instead: Mapping[int, np.ndarray]) -> np.ndarray:
    """Its values once those of some tensors (by ``id``) are others.

    Raises:
        ValueError: these do not fit.
    """
    done: dict[int, np.ndarray] = dict(instead)
    stack = [tensor]
    while stack:
        top = stack[-1]
        if id(top) in done:
            stack.pop()
            continue
        if top.op not in OPS or not top.parents:
            done[id(top)] = top.values
            continue
        missing = [each for each in top.parents if id(each) not in done]
        if missing:
            stack += missing
            continue
        try:
            values = OPS[top.op](*(done[id(each)] for each in top.parents), **top.arguments)
        except (TypeError, IndexError) as wrong:
            raise ValueError(top.op) from wrong
        done[id(top)] = np.asarray(values)
    return done[id(tensor)]


def ancestors(tensor: Tensor) -> list[Tensor]:
    """The tensor and all that it is made of, each once, what is made after what it is made of."""
    order: list[Tensor] = []
    seen: set[int] = set()
    stack: list[tuple[Tensor, bool]] = [(tensor, False)]
    while stack:
        top, ready = stack.pop()
        if ready:
            order.append(top)
        elif id(top) not in seen:
            seen.add(id(top))
            stack.append((top, True))
            stack += [(each, False) for each in top.parents]
    return order


def draw_of(tensor: Tensor) -> Draw:
    """What a tensor's numbers are drawn from, if they are to be a parameter's."""
    draws: dict[int, Draw] = {}
    for each in ancestors(tensor):
        draws[id(each)] = _draw_of(each, [draws[id(parent)] for parent in each.parents])
    return draws[id(tensor)]


def _draw_of(tensor: Tensor, of: Sequence[Draw]) -> Draw:
    """The same, once those of its parents are known."""
    if tensor.draw is not None:
        return tensor.draw
    if tensor.known:
        return _draw_of_numbers(tensor)
    if tensor.op in (*VIEWS, "same", "detach", "concatenate", "stack") and of:
        alike = len(set(of)) == 1
        return of[0] if alike else Draw("other", (tensor.op,), tensor.line)
    return _scaled(tensor, of)


def _draw_of_numbers(tensor: Tensor) -> Draw:
    values = tensor.values
    if values.size and np.all(values == values.flat[0]):
        return Draw("constant", (float(values.flat[0]),), tensor.line)
    if values.ndim == 3 and np.all(values == values[:1]):  # the same of several networks
        values = values[0]
    rows = values if values.ndim > 1 else values.reshape(1, -1)
    if rows.ndim > 2:
        return Draw("other", ("given",), tensor.line)
    return Draw("given", tuple(tuple(map(float, row)) for row in rows), tensor.line)


def _scaled(tensor: Tensor, draws: Sequence[Draw]) -> Draw:
    """A draw times a number, or shifted by one."""
    other = Draw("other", (tensor.op,), tensor.line)
    pair = tensor.parents
    known = [each for each in pair if each.known and each.values.size == 1]
    if tensor.op == "negative" and len(pair) == 1:
        return _transformed(draws[0], -1.0, 0.0) or other
    if tensor.op == "*" and len(pair) == 2 and not known:
        signed = [draw for draw in draws if draw.kind != "signs"]
        return signed[0] if len(signed) == 1 and signed[0].kind == "orthogonal" else other
    if len(pair) != 2 or len(known) != 1:
        return other
    number = float(known[0].values.flat[0])
    of = draws[1 if pair[0] is known[0] else 0]
    first = pair[0] is known[0]
    scale, shift = {
        "*": (number, 0.0),
        "/": (math.nan if first or not number else 1 / number, 0.0),
        "+": (1.0, number),
        "-": (-1.0 if first else 1.0, number if first else -number),
    }.get(tensor.op, (math.nan, 0.0))
    return (None if math.isnan(scale) else _transformed(of, scale, shift)) or other


def _transformed(draw: Draw, scale: float, shift: float) -> Draw | None:
    """The draw of ``scale * number + shift``."""
    if scale == 0 and draw.kind in ("uniform", "normal", "orthogonal"):
        return Draw("constant", (shift,), draw.line)
    if draw.kind == "uniform":
        low, high = sorted(scale * end + shift for end in draw.arguments)
        return Draw("uniform", (low, high), draw.line)
    if draw.kind == "normal":
        mean, deviation = draw.arguments
        return Draw("normal", (scale * mean + shift, abs(scale) * deviation), draw.line)
    if draw.kind == "orthogonal" and not shift:
        return Draw("orthogonal", (abs(scale) * draw.arguments[0],), draw.line)
    if draw.kind == "constant":
        return Draw("constant", (scale * draw.arguments[0] + shift,), draw.line)
    return None


# What programs do with tensors.


def as_index(index: object) -> object:
    """An index that is known, as NumPy takes it.

    Raises:
        NotUnderstoodError: it is not known.
    """
    if isinstance(index, tuple):
        return tuple(as_index(each) for each in index)
    if isinstance(index, Tensor) and index.known:
        return index.values.astype(bool if index.kind == "bool" else int)
    if isinstance(index, list) and all(type(each) is int for each in index):
        return index
    if isinstance(index, slice):
        ends = (index.start, index.stop, index.step)
        if all(each is None or type(each) is int for each in ends):
            return index
    if index is None or index is Ellipsis or type(index) is int:
        return index
    raise NotUnderstoodError("index")


def _item(machine: Machine, of: Tensor, index: object, line: int) -> object:
    """``of[index]``: rows of a loop, or what is at a known place."""
    rows = _rows(machine, of, index, line)
    if rows is not None:
        return rows
    try:
        return apply(machine, "take", [of], line, of.kind, index=as_index(index))
    except NotUnderstoodError:
        return Unknown(line)


def _rows(machine: Machine, of: Tensor, index: object, line: int) -> Tensor | None:
    """Rows that another pass of a loop takes elsewhere."""
    if isinstance(index, Tensor) and index.op == "order":
        return _batch(machine, of, len(index.values), "shuffled", line, _drawn_by(index))
    if isinstance(index, Tensor) and index.op == "stack":
        return _rows_of_several(machine, of, index, line)
    if isinstance(index, Count) and not index.modulo:
        whole = index.values == range(len(of.values)) if of.shape else False
        return _row(machine, of, line) if whole and of.op != "order" else None
    if isinstance(index, slice) and isinstance(index.start, Count):
        size = _size_of(index, len(of.values) if of.shape else 0)
        if (size and of.op in ("data", "order")) or (size and of.op == "batch"):
            if of.op == "order":
                return _order(machine, size, line, of)
            order, by = str(of.arguments.get("order", "fixed")), of.arguments.get("by")
            return _batch(machine, of.parents[0] if of.parents else of, size, order, line, by)
    return None


def _rows_of_several(machine: Machine, of: Tensor, orders: Tensor, line: int) -> Tensor | None:
    """All rows for each of several networks, each in an order of its own."""
    if any(each.op != "order" or each.shape != of.shape[:1] for each in orders.parents):
        return None
    rows = _batch(machine, of, len(of.values), "shuffled", line, id(orders))
    shape = (len(orders.parents), *of.shape)
    made = apply(machine, "expand", [rows], line, of.kind, shape=shape)
    return made if isinstance(made, Tensor) else None


def _size_of(index: slice, points: int) -> int | None:
    """How many rows ``[i:i + size]`` takes where the loop goes on by as many."""
    start, stop = index.start.values, index.stop
    if not isinstance(stop, Count) or index.step is not None or start.start != 0:
        return None
    size = stop.values.start
    covers = len(start) == math.ceil(points / size) if size > 0 else False
    return size if covers and (start.step == size or len(start) == 1) else None


def _row(machine: Machine, of: Tensor, line: int) -> Tensor:
    key = machine.number(("row", of.likeness))
    return Tensor("row", of.values[0], of.kind, False, line, of.library, (of,), {}, key)


def _drawn_by(order: Tensor) -> int:
    """What tells an order that is drawn from another one."""
    return id(order.parents[0] if order.parents else order)


def _batch(
    machine: Machine, of: Tensor, size: int, order: str, line: int, by: object = None
) -> Tensor:
    arguments = {"size": size, "order": order, "by": by if order == "shuffled" else None}
    key = machine.number(("batch", of.likeness, size, order))
    values = of.values[:size]
    return Tensor("batch", values, of.kind, False, line, of.library, (of,), arguments, key)


def _order(machine: Machine, size: int, line: int, of: Tensor | None = None) -> Tensor:
    """So many places of an order that is drawn anew, or of one that was."""
    values, key = np.arange(size), machine.number(("order", size))
    parents = (of,) if of else ()
    return Tensor("order", values, "int64", False, line, "numpy", parents, {}, key)


@dataclass(eq=False, repr=False)
class Batches(Thing):
    """Some rows after the other, of one tensor or of several at once.

    Attributes:
        of: the tensors; a row of each is a point's.
        size: rows of a batch.
        order: ``fixed`` or ``shuffled``.
        alone: whether what comes is a tensor, not a list.
        drops: whether a last batch that is smaller is left out.
        by: what tells its order from another one; 0: nothing but itself.
        networks: that are shown the same, each in an order of its own; 0: there is one.
        across: whether their points are columns of a row a network.
    """

    of: list[Tensor]
    size: int
    order: str
    line: int
    alone: bool = False
    drops: bool = False
    by: int = 0
    networks: int = 0
    across: bool = False
    names = ("torch.utils.data.DataLoader",)

    @property
    def count(self) -> int:
        """Of batches."""
        points = len(self.of[0].values)
        return points // self.size if self.drops else math.ceil(points / self.size)


def _side_by_side(machine: Machine, part: Tensor, of: Batches) -> object:
    """The same rows for each of several networks."""
    if not of.networks:
        return part
    row = apply(machine, "unsqueeze", [part], of.line, part.kind, axis=0) if of.across else part
    shape = (of.networks, *((1,) if of.across else ()), *part.shape)
    return apply(machine, "expand", [row], of.line, part.kind, shape=shape)


def _passes_of_batches(machine: Machine, value: Batches) -> tuple[int, list[object], object]:
    by = value.by or id(value)
    parts: list[object] = [
        _side_by_side(
            machine, _batch(machine, each, value.size, value.order, value.line, by), value
        )
        for each in value.of
    ]
    anyone: object = parts[0] if value.alone else parts
    return value.count, [anyone] * min(value.count, MOST_NUMBERS), anyone


def _passes_of_tensor(machine: Machine, value: Tensor) -> tuple[int | None, object, object]:
    if not value.shape:
        return None, (), Unknown()
    if value.op == "order":
        return len(value.values), [Count(range(len(value.values)))], Unknown()
    if not value.known:
        return (
            len(value.values),
            (
                apply(machine, "take", [value], value.line, index=i)
                for i in range(len(value.values))
            ),
            _row(machine, value, value.line),
        )
    rows = (apply(machine, "take", [value], value.line, index=i) for i in range(len(value.values)))
    return len(value.values), rows, _row(machine, value, value.line)


def _passes_of_list(machine: Machine, value: list) -> tuple[int, list[object], object]:
    leaves = itertools.islice(_leaves(value, 0), MOST_ROWS + 1)
    numbers = sum(each.values.size if isinstance(each, Tensor) else 1 for each in leaves)
    anyone = _any_of(machine, value, 0) if numbers <= MOST_ROWS else Unknown()
    return len(value), list(value), anyone


def _any_of(machine: Machine, items: list[Any], depth: int) -> object:
    """What any of some items is: a row of numbers, several of these, or unknown."""
    first: Any = items[0] if items else Unknown()
    if all(each is first for each in items):
        return first
    alike = all(isinstance(each, tuple | list) and len(each) == len(first) for each in items)
    of_numbers = all(isinstance(each, int | float) for each in items)
    if alike and not of_numbers and depth < 2 and len(items) <= 256:
        columns = [_any_of(machine, list(column), depth + 1) for column in zip(*items, strict=True)]
        whole = data_of(machine, items, None, 0, "python", "float64")
        if isinstance(whole, Tensor):
            return _row(machine, whole, 0)
        return tuple(columns)
    whole = data_of(machine, items, None, 0, "python", "float64") if len(items) <= 4096 else None
    return _row(machine, whole, whole.line) if isinstance(whole, Tensor) else Unknown()


def _operated(machine: Machine, sign: str, left: object, right: object, line: int) -> object:
    if left is None:
        op = {"-": "negative", "~": "~"}.get(sign)
        return apply(machine, op, [right], line) if op else right
    if any(isinstance(each, Thing) and not isinstance(each, Tensor) for each in (left, right)):
        return NotImplemented
    if isinstance(left, Unknown) or isinstance(right, Unknown) or sign not in OPS:
        return Unknown(line)
    return apply(machine, sign, [left, right], line)


def of_op(op: str, *names: str, **defaults: object) -> Callable[[Call], object]:
    """A handler: the op of its receiver or first argument, and of arguments by name."""

    def handler(call: Call) -> object:
        args = [] if call.receiver is None else [call.receiver]
        args += call.args
        first, rest = args[0] if args else call.kwargs.pop("input", None), args[1:]
        inner = Call(call.machine, call.name, None, rest, call.kwargs, call.line)
        values = inner.bind(*names, **defaults)
        arguments = {
            name: value for name, value in zip(names, values, strict=False) if value is not None
        }
        return apply(call.machine, op, [first], call.line, **arguments)

    return handler


def of_tensors(op: str) -> Callable[[Call], object]:
    """A handler: the op of its receiver, if it has one, and its arguments."""

    def handler(call: Call) -> object:
        parents = [*([] if call.receiver is None else [call.receiver]), *call.everything]
        if any(isinstance(each, Unknown) for each in parents):
            return Unknown(call.line)
        return apply(call.machine, op, parents, call.line)

    return handler


def _joined(op: str) -> Callable[[Call], object]:
    def handler(call: Call) -> object:
        axis_name = "dim" if "dim" in call.kwargs else "axis"
        parts, axis = call.bind("tensors", axis_name, **{axis_name: 0})
        items = call.machine.items(parts)
        if items is None or type(axis) is not int:
            return Unknown(call.line)
        return apply(call.machine, op, items, call.line, axis=axis)

    return handler


def _reshaped(call: Call) -> object:
    shape = call.args
    if call.receiver is None:
        of, shape = call.args[0], call.args[1:]
    else:
        of = call.receiver
    shape = [*shape, *(value for name, value in call.kwargs.items() if name == "shape")]
    sizes = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else tuple(shape)
    if not isinstance(of, Tensor) or not all(type(each) is int for each in sizes):
        return Unknown(call.line)
    return apply(call.machine, "reshape", [of], call.line, of.kind, shape=tuple(sizes))


def _transposed(call: Call) -> object:
    of = call.receiver if call.receiver is not None else call.args[0]
    return apply(call.machine, "transpose", [of], call.line)


def reduced(op: str) -> Callable[[Call], object]:
    """A handler of ``mean`` and ``sum``, over all or along some axes."""

    def handler(call: Call) -> object:
        args = list(call.args) if call.receiver is None else [call.receiver, *call.args]
        given = dict(call.kwargs)
        axis = given.pop("dim", given.pop("axis", args[1] if len(args) > 1 else None))
        keep = given.pop("keepdim", given.pop("keepdims", args[2] if len(args) > 2 else False))
        of = args[0] if args else given.pop("input", None)
        if given or not isinstance(of, Tensor) or not isinstance(axis, int | tuple | None):
            return Unknown(call.line)
        return apply(call.machine, op, [of], call.line, axis=axis, keep=bool(keep))

    return handler


def _typed(call: Call) -> object:
    """``x.astype(kind)`` and what else gives numbers a type or a place."""
    kind = None
    for each in call.everything:
        kind = kind_of(each) or kind
        if isinstance(each, Tensor):
            kind = each.kind
    of = call.receiver
    if not isinstance(of, Tensor):
        return Unknown(call.line)
    return retyped(call.machine, of, kind, call.line)


def retyped(machine: Machine, of: Tensor, kind: str | None, line: int) -> object:
    """The same numbers of another type; a parameter stays what it is if it has that type."""
    if kind is None or kind == of.kind:
        return of
    if of.known and "int" in kind:
        values = np.trunc(of.values)
        return data(machine, values, kind, of.line, of.library)
    return apply(machine, "as_type", [of], line, kind)


def as_kind(kind: str) -> Callable[[Call], object]:
    """A handler of ``x.float()`` and the like."""
    return lambda call: retyped(call.machine, call.receiver, kind, call.line)


def kind_of(value: object) -> str | None:
    """A type of numbers by its name, such as ``np.float32``, ``float`` or ``"float32"``."""
    name = value.name if isinstance(value, Library) else value if isinstance(value, str) else ""
    beginning, _, last = name.rpartition(".")
    if beginning == "torch" and last == "float":
        return "float32"
    if beginning in ("", "numpy", "torch", "tensorflow", "tf1"):
        return TYPES.get(last)
    return None


def _shape(machine: Machine, of: Tensor, line: int) -> object:
    return of.shape


def _last_swapped(machine: Machine, of: Tensor, line: int) -> object:
    """``x.mT``: the last two axes change places."""
    axes = list(range(len(of.shape)))
    if len(axes) < 2:
        return Unknown(line)
    axes[-2:] = axes[:-3:-1]
    return apply(machine, "transpose", [of], line, of.kind, axes=tuple(axes))


def _sized(call: Call) -> object:
    (axis,) = call.bind("dim", dim=None)
    of = call.receiver
    assert isinstance(of, Tensor)
    if axis is None:
        return of.shape
    fits = type(axis) is int and -len(of.shape) <= axis < len(of.shape)
    return of.shape[axis] if fits else Unknown(call.line)


def _itself(call: Call) -> object:
    return call.receiver


def _unknown(call: Call) -> object:
    return Unknown(call.line)


def _list_of(call: Call) -> object:
    of = call.receiver
    return of.values.tolist() if isinstance(of, Tensor) and of.known else Unknown(call.line)


def _array(call: Call) -> object:
    value, kind, *_ = call.bind("object", "dtype", "copy", "ndmin", dtype=None, copy=None, ndmin=0)
    return data_of(call.machine, value, kind_of(kind), call.line, "numpy")


def filled(number: float, library: str) -> Callable[[Call], object]:
    """A handler of ``zeros`` and ``ones``; ``dtype`` is their type."""

    def handler(call: Call) -> object:
        given = dict(call.kwargs)
        kind = kind_of(given.pop("dtype", None)) or default_kind(call.machine, library)
        shape = given.pop("size", given.pop("shape", None))
        if shape is None:
            shape = call.args[0] if len(call.args) == 1 else tuple(call.args)
        if (sizes := as_shape(shape)) is None:
            return Unknown(call.line)
        return data(call.machine, np.full(sizes, number), kind, call.line, library)

    return handler


def default_kind(machine: Machine, library: str) -> str:
    """The type of a library's numbers."""
    if library == "numpy":
        return "float64"
    return str(machine.facts.get("dtype", ("float32", 0))[0])


def filled_like(number: float) -> Callable[[Call], object]:
    """A handler of ``zeros_like``."""

    def handler(call: Call) -> object:
        of = call.args[0] if call.args else None
        if not isinstance(of, Tensor):
            return Unknown(call.line)
        return data(call.machine, np.full(of.shape, number), of.kind, call.line, of.library)

    return handler


def drawer(
    library: str, draw: Callable[[list[object], int], Draw | None], *names: str, sizes: str = ""
) -> Callable[[Call], object]:
    """A handler of a random function.

    Args:
        library: whose it is.
        draw: of the arguments' values (None: not given) and the line, what it draws from; None if
            they are not known.
        names: of the arguments before the sizes.
        sizes: the name of the argument that is the shape; empty: sizes are the places.
    """

    def handler(call: Call) -> object:
        given = {k: v for k, v in call.kwargs.items() if k not in _NO_MATTER}
        kind = kind_of(given.pop("dtype", None)) or default_kind(call.machine, library)
        if sizes:
            order = [*names, sizes]
            given |= dict(zip(order, call.args, strict=False))
            shape = given.pop(sizes, ())
            values = [given.pop(name, None) for name in names]
        else:
            values = []
            shape = given.pop("size", tuple(call.args))
            if isinstance(shape, tuple) and len(shape) == 1:
                shape = shape[0]
        made = draw(values, call.line)
        if given or made is None:
            return Unknown(call.line)
        return drawn(call.machine, shape, made, kind, library)

    return handler


_NO_MATTER = ("requires_grad", "device", "generator", "out", "layout", "name")


def uniform(low: float, high: float) -> Callable[[list[object], int], Draw | None]:
    """Of ``drawer``: U(low, high) where the arguments say nothing else."""

    def draw(values: list[Any], line: int) -> Draw | None:
        ends = [end if value is None else value for value, end in _either(values, (low, high))]
        known = all(isinstance(end, int | float) for end in ends)
        return Draw("uniform", tuple(map(float, ends)), line) if known else None

    return draw


def normal(mean: float, deviation: float) -> Callable[[list[object], int], Draw | None]:
    """Of ``drawer``: N(mean, deviation squared) where the arguments say nothing else."""

    def draw(values: list[Any], line: int) -> Draw | None:
        of = [end if value is None else value for value, end in _either(values, (mean, deviation))]
        known = all(isinstance(end, int | float) for end in of)
        return Draw("normal", tuple(map(float, of)), line) if known else None

    return draw


def _either(values: list[Any], usual: tuple[float, float]) -> list[tuple[Any, float]]:
    return list(zip([*values, None, None], usual, strict=False))


def _permutation(call: Call) -> object:
    of = call.args[0] if call.args else None
    if isinstance(of, Tensor):
        order = _order(call.machine, len(of.values), call.line)
        return _batch(call.machine, of, len(of.values), "shuffled", call.line, _drawn_by(order))
    if isinstance(of, range):
        of = len(of)
    return (
        _order(call.machine, of, call.line)
        if type(of) is int and of <= MOST_NUMBERS
        else Unknown(call.line)
    )


def sorted_order(call: Call) -> object:
    """``torch.rand(n).argsort()`` is an order that is drawn."""
    of = call.receiver if call.receiver is not None else call.args[0]
    if isinstance(of, Tensor) and of.op == "drawn" and len(of.shape) == 1:
        return _order(call.machine, of.shape[0], call.line)
    return Unknown(call.line)


def seed(call: Call) -> object:
    """Whatever sets a seed; the first one counts."""
    if call.args and type(call.args[0]) is int:
        call.machine.facts.setdefault("seed", (call.args[0], call.line))
    return None


def split(call: Call) -> object:
    """``x.split(size)``: batches in the order in which they stand.

    Along another axis than the first, which is that of networks, of what each of them is shown.
    """
    size, axis = call.bind("size", "dim", dim=0)
    of = call.receiver
    if not isinstance(of, Tensor) or not of.shape or axis not in (0, 1, 2):
        return Unknown(call.line)
    networks = 0
    if axis:
        if (single := _of_one_network(call.machine, of, across=axis == 2)) is None:
            return Unknown(call.line)
        of, networks = single, of.shape[0]
    if type(size) is int and size > 0 and of.op in ("data", "batch"):
        order = str(of.arguments.get("order", "fixed"))
        whole = of.parents[0] if of.op == "batch" else of
        by = of.arguments.get("by") or 0
        return Batches([whole], size, order, call.line, True, by=by, networks=networks,
                       across=axis == 2)  # fmt: skip
    return Unknown(call.line) if networks else _cut(call, of, size)


def _of_one_network(machine: Machine, of: Tensor, across: bool) -> Tensor | None:
    """Of what several networks are shown, the same of one; across: of rows."""
    if across and (len(of.shape) != 3 or of.shape[1] != 1):
        return None
    if of.known and len(of.shape) > 1 and np.all(of.values == of.values[:1]):
        values = of.values[0, 0] if across else of.values[0]
        made = data(machine, values, of.kind, of.line, of.library)
        return made if isinstance(made, Tensor) else None
    if across:
        if of.op != "unsqueeze":
            return None
        (of,) = of.parents
    return of.parents[0] if of.op == "expand" and of.parents[0].op == "batch" else None


def _cut(call: Call, of: Tensor, sizes: object) -> object:
    if isinstance(sizes, int) and sizes > 0:
        points = len(of.values)
        sizes = [min(sizes, points - low) for low in range(0, points, sizes)]
    if not isinstance(sizes, list) or not all(type(each) is int for each in sizes):
        return Unknown(call.line)
    parts, low = [], 0
    for size in sizes:
        index = slice(low, low + size)
        parts.append(apply(call.machine, "take", [of], call.line, index=index))
        low += size
    return tuple(parts)


def chunk(call: Call) -> object:
    """``x.chunk(n, dim)``: as many pieces."""
    count, axis = call.bind("chunks", "dim", dim=0)
    of = call.receiver
    if not isinstance(of, Tensor) or type(count) is not int or type(axis) is not int:
        return Unknown(call.line)
    axis %= max(len(of.shape), 1)
    if count < 1 or of.shape[axis] % count or count > 16:
        return Unknown(call.line)
    size = of.shape[axis] // count
    places = [(slice(None),) * axis + (slice(i * size, (i + 1) * size),) for i in range(count)]
    return tuple(apply(call.machine, "take", [of], call.line, index=each) for each in places)


def _repeated(call: Call) -> object:
    """``x.repeat(2, 1)`` of PyTorch, ``np.tile`` of NumPy."""
    args = list(call.args) if call.receiver is None else [call.receiver, *call.args]
    times = args[1] if len(args) == 2 else tuple(args[1:])
    sizes = as_shape(times)
    if sizes and isinstance(args[0], Tensor):
        sizes = as_shape(sizes, MOST_NUMBERS // max(args[0].values.size, 1))
    return (
        Unknown(call.line)
        if sizes is None
        else apply(call.machine, "repeat", [args[0]], call.line, times=sizes)
    )


def clip(call: Call) -> object:
    """``clamp`` and ``clip``."""
    args = list(call.args) if call.receiver is None else [call.receiver, *call.args]
    low = call.kwargs.get("min", call.kwargs.get("a_min", args[1] if len(args) > 1 else None))
    high = call.kwargs.get("max", call.kwargs.get("a_max", args[2] if len(args) > 2 else None))
    known = all(each is None or isinstance(each, int | float) for each in (low, high))
    return (
        apply(call.machine, "clip", args[:1], call.line, low=low, high=high)
        if known
        else Unknown(call.line)
    )


UNARY_OPS = {
    name: of_op(name)
    for name in ("exp", "log", "sqrt", "abs", "square", "sigmoid", "tanh", "log1p", "sign")
}
PAIR_OPS = {
    "add": of_tensors("+"), "sub": of_tensors("-"), "subtract": of_tensors("-"),
    "mul": of_tensors("*"), "multiply": of_tensors("*"), "div": of_tensors("/"),
    "divide": of_tensors("/"), "pow": of_tensors("**"), "power": of_tensors("**"),
    "matmul": of_tensors("@"), "mm": of_tensors("@"), "dot": of_tensors("@"),
    "maximum": of_tensors("maximum"), "minimum": of_tensors("minimum"),
    "logical_xor": of_tensors("^"), "logical_and": of_tensors("&"),
    "logical_or": of_tensors("|"), "logical_not": of_tensors("~"),
    "eq": of_tensors("=="), "ne": of_tensors("!="), "gt": of_tensors(">"),
    "lt": of_tensors("<"), "ge": of_tensors(">="),
}  # fmt: skip
SHAPED = {
    "reshape": _reshaped, "squeeze": of_op("squeeze", "axis", axis=None),
    "mean": reduced("mean"), "sum": reduced("sum"), "clip": clip,
}  # fmt: skip

TABLE = Table(
    functions={
        **{f"numpy.{name}": row for name, row in {**UNARY_OPS, **PAIR_OPS, **SHAPED}.items()},
        "numpy.array": _array, "numpy.asarray": _array, "numpy.zeros": filled(0.0, "numpy"),
        "numpy.ones": filled(1.0, "numpy"), "numpy.zeros_like": filled_like(0.0),
        "numpy.ones_like": filled_like(1.0), "numpy.expand_dims": of_op("unsqueeze", "axis"),
        "numpy.concatenate": _joined("concatenate"), "numpy.stack": _joined("stack"),
        "numpy.vstack": _joined("concatenate"), "numpy.transpose": _transposed,
        "numpy.tile": _repeated, "numpy.repeat": _unknown, "numpy.random.seed": seed,
        "random.seed": seed, "numpy.random.permutation": _permutation,
        "numpy.random.rand": drawer("numpy", uniform(0, 1)),
        "numpy.random.randn": drawer("numpy", normal(0, 1)),
        "numpy.random.random": drawer("numpy", uniform(0, 1), sizes="size"),
        "numpy.random.uniform": drawer("numpy", uniform(0, 1), "low", "high", sizes="size"),
        "numpy.random.normal": drawer("numpy", normal(0, 1), "loc", "scale", sizes="size"),
        "numpy.random.standard_normal": drawer("numpy", normal(0, 1), sizes="size"),
        "numpy.set_printoptions": _unknown,
    },
    methods={
        Tensor: {
            **UNARY_OPS, **PAIR_OPS, **SHAPED, "astype": _typed, "ravel": of_op("flatten"),
            "flatten": of_op("flatten"), "transpose": _transposed, "copy": _itself,
            "tolist": _list_of, "item": _unknown, "argsort": sorted_order, "size": _sized,
            "to": _typed, "type": _typed, "repeat": _repeated,
        },
    },
    attributes={
        Tensor: {
            "shape": _shape,
            "T": lambda machine, of, line: apply(machine, "transpose", [of], line, of.kind),
            "mT": _last_swapped,
            "ndim": lambda machine, of, line: len(of.shape),
            "dtype": lambda machine, of, line: of.kind,
        },
    },
    items={Tensor: _item},
    operators={Tensor: _operated},
    passes={list: _passes_of_list, Tensor: _passes_of_tensor, Batches: _passes_of_batches},
    usual={"np": "numpy", "numpy": "numpy", "plt": "matplotlib.pyplot"},
    harmless=("numpy.random.choice", "numpy.random.randint", "numpy.round", "numpy.argmax",
              "numpy.linspace", "numpy.meshgrid", "numpy.arange", "numpy.where"),
)  # fmt: skip
"""NumPy's functions, and what any tensor can do."""
