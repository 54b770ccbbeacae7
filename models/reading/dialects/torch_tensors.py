"""PyTorch's tensors and data sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.batches import order_seed
from models.reading.dialects.torch_modules import ACTIVATIONS, FUNCTIONS
from models.reading.dialects.torch_starts import become_parameter, parameter
from models.reading.evaluation import Call, Handler, Machine, NotUnderstoodError
from models.reading.network import Draw
from models.reading.tensors import (
    SHAPED,
    Batches,
    Tensor,
    apply,
    data_of,
    default_kind,
    draw_of,
    drawn,
    filled,
    kind_of,
    sorted_order,
)
from models.reading.tensors import TABLE as NUMPY
from models.reading.values import Count, Function, Instance, Library, Pairs, Thing, Unknown


class Context(Thing):
    """``torch.no_grad()`` and what else stands behind ``with``."""


@dataclass(eq=False, repr=False)
class Dataset(Thing):
    """Points and their labels, side by side."""

    of: list[Tensor]


def tensor(call: Call) -> object:
    value, kind, _, needs, *_ = call.bind(
        "data", "dtype", "device", "requires_grad", "pin_memory",
        dtype=None, device=None, requires_grad=False, pin_memory=False,
    )  # fmt: skip
    usual = default_kind(call.machine, "torch")
    made = data_of(call.machine, value, kind_of(kind), call.line, "torch", usual)
    if needs is True and isinstance(made, Tensor):
        become_parameter(call.machine, made)
    return made


def typed_tensor(kind: str | None) -> Handler:
    """``torch.Tensor``, ``FloatTensor`` and the like: of numbers, or of sizes, unset."""

    def handler(call: Call) -> object:
        own = kind or default_kind(call.machine, "torch")
        if call.args and all(type(each) is int for each in call.args):
            return drawn(
                call.machine, tuple(call.args), Draw("other", ("empty",), call.line), own, "torch"
            )
        if len(call.args) != 1:
            raise NotUnderstoodError("Tensor")
        return data_of(call.machine, call.args[0], own, call.line, "torch")

    return handler


def needing(handler: Handler) -> Handler:
    """With ``requires_grad``: what is made is a parameter."""

    def with_gradient(call: Call) -> object:
        needs = call.kwargs.pop("requires_grad", False)
        call.kwargs.pop("device", None)
        made = handler(call)
        if needs is True and isinstance(made, Tensor):
            become_parameter(call.machine, made)
        return made

    return with_gradient


def make_parameter(call: Call) -> object:
    of, needs = call.bind("data", "requires_grad", requires_grad=True)
    if not isinstance(of, Tensor):
        raise NotUnderstoodError("Parameter")
    made = parameter(call.machine, of, call.line)
    made.trained = needs is not False
    return made


def variable(call: Call) -> object:
    of, needs = call.bind("data", "requires_grad", requires_grad=False)
    if needs is True and isinstance(of, Tensor):
        return become_parameter(call.machine, of)
    return of


def needed(call: Call) -> object:
    (needs,) = call.bind("requires_grad", requires_grad=True)
    assert isinstance(call.receiver, Tensor)
    if needs is True:
        return become_parameter(call.machine, call.receiver)
    call.receiver.trained = False
    return call.receiver


def set_default(call: Call) -> object:
    (given,) = call.bind("d")
    name = given.name if isinstance(given, Library) else given if isinstance(given, str) else ""
    kind = kind_of(given) or {"DoubleTensor": "float64", "FloatTensor": "float32"}.get(
        name.rpartition(".")[2]
    )
    if kind is None or call.machine.maybe:
        raise NotUnderstoodError("dtype")
    call.machine.facts["dtype"] = (kind, call.line)
    return None


def full(call: Call) -> object:
    size, value, *_ = call.bind("size", "fill_value", "dtype", dtype=None)
    if not isinstance(value, int | float):
        raise NotUnderstoodError("full")
    inner = Call(call.machine, call.name, None, [size], {}, call.line)
    return filled(float(value), "torch")(inner)


def range_of(call: Call) -> object:
    if not all(isinstance(each, int) for each in call.args) or call.kwargs:
        return Unknown(call.line)
    numbers = call.machine.items(range(*call.args))
    return data_of(call.machine, numbers, "int64", call.line, "torch")


def viewed_as(call: Call) -> object:
    """``view_as``: of another tensor's sizes."""
    (other,) = call.bind("other")
    if not isinstance(other, Tensor):
        return Unknown(call.line)
    return apply(call.machine, "reshape", [call.receiver], call.line, shape=other.shape)


def viewed(call: Call) -> object:
    """``view`` of sizes; NumPy's arrays have one, too, which means something else."""
    if isinstance(call.receiver, Tensor) and call.receiver.library == "numpy":
        raise NotUnderstoodError("view")
    return reshaped(call)


def reshaped(call: Call) -> object:
    """``reshape``, to sizes or to a tensor's that has them."""
    if len(call.args) == 1 and isinstance(call.args[0], Tensor):
        call.args = [call.args[0].shape]
    return SHAPED["reshape"](call)


def data_attribute(machine: Machine, of: Tensor, line: int) -> object:
    return (
        of
        if of.op in ("parameter", "gradient") or of.known
        else _detached_tensor(machine, of, line)
    )


def _detached_tensor(machine: Machine, of: Tensor, line: int) -> object:
    return apply(machine, "detach", [of], line, of.kind)


def detached(call: Call) -> object:
    return _detached_tensor(call.machine, call.receiver, call.line)


def largest(op: str) -> Handler:
    """``torch.max(a, b)`` of two tensors; of one it is only looked at."""

    def handler(call: Call) -> object:
        args = [*([] if call.receiver is None else [call.receiver]), *call.everything]
        two = len(args) == 2 and all(isinstance(each, Tensor) for each in args)
        return apply(call.machine, op, args, call.line) if two else Unknown(call.line)

    return handler


def decomposed(call: Call) -> object:
    """``torch.linalg.qr`` of normal draws: the first part is an orthogonal matrix."""
    (of,) = call.bind("A")
    if not isinstance(of, Tensor) or len(of.shape) != 2 or draw_of(of).kind != "normal":
        return (Unknown(call.line), Unknown(call.line))
    inputs, outputs = of.shape
    small = min(inputs, outputs)
    q = drawn(
        call.machine, (inputs, small), Draw("orthogonal", (1.0,), call.line), of.kind, "torch"
    )
    r = drawn(call.machine, (small, outputs), Draw("triangular", (), call.line), of.kind, "torch")
    return (q, r)


def diagonal(call: Call) -> object:
    of = call.args[0] if call.args else call.receiver
    if not isinstance(of, Tensor) or len(of.shape) != 2:
        return Unknown(call.line)
    draw = Draw("triangular", (), call.line)
    return drawn(call.machine, (min(of.shape),), draw, of.kind, "torch")


def signs(call: Call) -> object:
    """The signs of what is drawn are signs; those of an orthogonal matrix's columns."""
    of = call.receiver if call.receiver is not None else call.args[0]
    if isinstance(of, Tensor) and of.draw is not None and of.draw.kind == "triangular":
        return drawn(call.machine, of.shape, Draw("signs", (), call.line), of.kind, "torch")
    return apply(call.machine, "sign", [of], call.line)


def finite(call: Call) -> object:
    """It is read as if all went well."""
    return True


def not_finite(call: Call) -> object:
    return False


def variance(call: Call) -> object:
    """``x.var(dim, correction=0)``: the biased one."""
    axis, correction, keep, unbiased = call.bind(
        "dim", "correction", "keepdim", "unbiased",
        dim=None, correction=1, keepdim=False, unbiased=True,
    )  # fmt: skip
    biased = correction == 0 or unbiased is False
    if not biased or not isinstance(axis, int | None):
        return Unknown(call.line)
    return apply(call.machine, "var", [call.receiver], call.line, axis=axis, keep=bool(keep))


def context(call: Call) -> object:
    return Context()


def generator(call: Call) -> object:
    return Context()


def seeded_generator(call: Call) -> object:
    """A generator's seed; the first one counts, and of several networks the first one's."""
    (given,) = call.bind("seed")
    number = given.values.start if isinstance(given, Count) else given
    if type(number) is int:
        own = number - order_seed(0) if number >= order_seed(0) else number
        call.machine.facts.setdefault("seed", (own, call.line))
    return call.receiver


def axes_swapped(call: Call) -> object:
    of = call.receiver if call.receiver is not None else call.args[0]
    if not isinstance(of, Tensor):
        return Unknown(call.line)
    return (
        apply(call.machine, "transpose", [of], call.line, of.kind)
        if len(of.shape) < 3
        else Unknown(call.line)
    )


def counted(call: Call) -> object:
    assert isinstance(call.receiver, Tensor)
    return int(np.prod(call.receiver.shape, dtype=int))


def activated(name: str) -> Handler:
    """A function of ``torch.nn.functional``, or a method, that a module does, too."""
    op, parameter_name, default = ACTIVATIONS[FUNCTIONS[name]]

    def handler(call: Call) -> object:
        args = [*([] if call.receiver is None else [call.receiver]), *call.args]
        given = {k: v for k, v in call.kwargs.items() if k not in ("inplace", "out")}
        x = args[0] if args else given.pop("input", None)
        rest = args[1:]
        if not parameter_name:
            if rest or given:
                raise NotUnderstoodError(name)
            return apply(call.machine, op, [x], call.line)
        value = given.pop(parameter_name, rest[0] if rest else default)
        if given or not isinstance(value, int | float):
            raise NotUnderstoodError(name)
        return apply(call.machine, op, [x], call.line, parameter=float(value))

    return handler


def data_set(call: Call) -> object:
    if not all(isinstance(each, Tensor) for each in call.args) or call.kwargs:
        raise NotUnderstoodError("TensorDataset")
    return Dataset(list(call.args))


def loader(call: Call) -> object:
    of, size, shuffled = call.args[0] if call.args else call.kwargs.pop("dataset", None), 1, False
    size = call.kwargs.get("batch_size", call.args[1] if len(call.args) > 1 else 1)
    shuffled = call.kwargs.get("shuffle", call.args[2] if len(call.args) > 2 else False)
    drops = call.kwargs.get("drop_last", False)
    columns = _columns(call, of)
    odd = {"sampler", "batch_sampler", "collate_fn"} & set(call.kwargs)
    known = (
        type(size) is int and size > 0 and isinstance(shuffled, bool) and isinstance(drops, bool)
    )
    if columns is None or odd or not known:
        raise NotUnderstoodError("DataLoader")
    order = "shuffled" if shuffled else "fixed"
    return Batches(columns, size, order, call.line, drops=bool(drops))


def _columns(call: Call, of: object) -> list[Tensor] | None:
    """The tensors whose rows a data set's points are."""
    machine = call.machine
    if isinstance(of, Dataset):
        return of.of
    if isinstance(of, Pairs) and all(isinstance(each, Tensor) for each in of.parts):
        return [each for each in of.parts if isinstance(each, Tensor)]
    items: list[Any] | None = None
    if isinstance(of, Instance):
        items = _items_of_own(machine, of, call.line)
    elif isinstance(of, list | Pairs):
        items = machine.items(of)
    if not items or not all(isinstance(each, tuple | list) for each in items):
        return None
    kind = default_kind(machine, "torch")
    made = [
        data_of(machine, list(column), None, call.line, "torch", kind)
        for column in zip(*items, strict=False)
    ]
    columns = [each for each in made if isinstance(each, Tensor)]
    return columns if len(columns) == len(made) else None


def _items_of_own(machine: Machine, of: Instance, line: int) -> list[object] | None:
    """What a data set of the program's own gives, one after the other."""
    length, item = of.cls.find("__len__"), of.cls.find("__getitem__")
    if not isinstance(length, Function) or not isinstance(item, Function):
        return None
    count = machine.call_function(length, [of], {}, line)
    if type(count) is not int or not 0 < count <= 256:
        return None
    return [machine.call_function(item, [of, place], {}, line) for place in range(count)]


def axes(call: Call) -> object:
    assert isinstance(call.receiver, Tensor)
    return len(call.receiver.shape)


def not_set(values: list[object], line: int) -> Draw:
    """``torch.empty``: whatever there was."""
    return Draw("other", ("empty",), line)


def shuffled(call: Call) -> object:
    """``torch.randperm``: places in an order that is drawn."""
    return NUMPY.functions["numpy.random.permutation"](call)


def sorted(call: Call) -> object:
    return sorted_order(call)


def joined(call: Call, op: str) -> object:
    parts, axis, *_ = call.bind("tensors", "dim", dim=0)
    items = call.machine.items(parts)
    if items is None or type(axis) is not int:
        return Unknown(call.line)
    return apply(call.machine, op, items, call.line, axis=axis)


def as_method(call: Call) -> Call:
    """A function of a tensor as its method."""
    first, *rest = call.args
    return Call(call.machine, call.name, first, rest, call.kwargs, call.line)
