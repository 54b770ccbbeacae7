"""PyTorch: what its functions, layers, losses and optimizers make of a program."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.batches import order_seed
from models.gradients import CLIP_EPSILON
from models.reading.evaluation import Call, Handler, Machine, NotUnderstoodError, Table
from models.reading.network import Draw
from models.reading.tensors import (
    PAIR_OPS,
    SHAPED,
    UNARY_OPS,
    Batches,
    Tensor,
    apply,
    as_kind,
    chunk,
    data,
    data_of,
    default_kind,
    draw_of,
    drawer,
    drawn,
    filled,
    filled_like,
    kind_of,
    normal,
    of_op,
    of_tensors,
    seed,
    sorted_order,
    split,
    uniform,
)
from models.reading.tensors import TABLE as NUMPY
from models.reading.values import (
    Count,
    Function,
    Instance,
    Library,
    Pairs,
    Thing,
    Unknown,
)

NN, FUNCTIONAL = "torch.nn.", "torch.nn.functional."
ACTIVATIONS: dict[str, tuple[str, str, float | None]] = {
    "Sigmoid": ("sigmoid", "", None),
    "Tanh": ("tanh", "", None),
    "ReLU": ("relu", "", None),
    "LeakyReLU": ("leaky_relu", "negative_slope", 0.01),
    "ELU": ("elu", "alpha", 1.0),
    "Softplus": ("softplus", "", None),
    "SELU": ("selu", "", None),
    "GELU": ("gelu", "", None),
    "SiLU": ("silu", "", None),
    "Mish": ("mish", "", None),
    "LogSigmoid": ("log_sigmoid", "", None),
    "Identity": ("same", "", None),
}
"""By module the op, and the name and default of its parameter."""
FUNCTIONS = {
    "sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "ReLU", "leaky_relu": "LeakyReLU", "elu": "ELU",
    "softplus": "Softplus", "selu": "SELU", "gelu": "GELU", "silu": "SiLU", "mish": "Mish",
    "logsigmoid": "LogSigmoid", "relu_": "ReLU",
}  # fmt: skip
"""By function of ``torch.nn.functional`` the module that does the same."""
LOSSES = {
    "MSELoss": ("mse", "mse_loss"),
    "BCELoss": ("bce", "binary_cross_entropy"),
    "BCEWithLogitsLoss": ("bce_logits", "binary_cross_entropy_with_logits"),
    "CrossEntropyLoss": ("cross_entropy", "cross_entropy"),
    "NLLLoss": ("nll", "nll_loss"),
    "L1Loss": ("l1", "l1_loss"),
}
"""By module the loss, and the function that does the same."""
OPTIMIZERS: dict[str, tuple[str, tuple[str, ...], dict[str, object]]] = {
    "SGD": (
        "sgd",
        ("lr", "momentum", "dampening", "weight_decay", "nesterov"),
        {"lr": 0.001, "momentum": 0, "dampening": 0, "weight_decay": 0, "nesterov": False},
    ),
    "Adam": (
        "adam",
        ("lr", "betas", "eps", "weight_decay", "amsgrad"),
        {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0, "amsgrad": False},
    ),
    "AdamW": (
        "adam",
        ("lr", "betas", "eps", "weight_decay", "amsgrad"),
        {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01, "amsgrad": False},
    ),
    "RMSprop": (
        "rmsprop",
        ("lr", "alpha", "eps", "weight_decay", "momentum", "centered"),
        {
            "lr": 0.01, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0, "momentum": 0,
            "centered": False,
        },
    ),
}  # fmt: skip
"""By class the optimizer, its parameters in order, and their defaults."""
ANY_VALUE = ("lr", "momentum", "weight_decay", "nesterov")
"""Parameters of these that may have another value than the default."""
_NO_MATTER = ("foreach", "fused", "capturable", "differentiable", "maximize")
_GAINS = {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 0.75}


@dataclass(eq=False, repr=False)
class Module(Thing):
    """A layer, a loss, or several in a row.

    Attributes:
        kind: dotted name of its class.
        line: where it is made.
        own: its parameters by name.
        children: the modules in it, by name.
        arguments: what else it was given.
    """

    kind: str
    line: int
    own: dict[str, Tensor] = field(default_factory=dict)
    children: dict[str, object] = field(default_factory=dict)
    arguments: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.names = (self.kind, "torch.nn.Module")

    @property
    def likeness(self) -> int:
        """Itself alone."""
        return id(self)

    def has(self, name: str) -> bool:
        """Whether it has an attribute of the name that programs ask for."""
        return name in self.own or name in self.children or name in self.arguments


@dataclass(eq=False, repr=False)
class Optimizer(Thing):
    """An optimizer of some parameters.

    Attributes:
        kind: its class's name.
        parameters: that it moves.
        arguments: by PyTorch's names.
        given: the names of those that stand in the program.
        line: where it is made.
    """

    kind: str
    parameters: list[Tensor]
    arguments: dict[str, Any]
    given: tuple[str, ...]
    line: int
    names = ("torch.optim.Optimizer",)


class Groups(Thing):
    """``optimizer.param_groups``: what is changed there changes the descent."""


@dataclass(eq=False, repr=False)
class Schedule(Thing):
    """What changes the learning rate as time goes on."""

    line: int


class Context(Thing):
    """``torch.no_grad()`` and what else stands behind ``with``."""


@dataclass(eq=False, repr=False)
class Dataset(Thing):
    """Points and their labels, side by side."""

    of: list[Tensor]


# Parameters.


def parameter(machine: Machine, of: Tensor, line: int) -> Tensor:
    """A parameter that starts as a tensor is."""
    machine.spend(line, 3)
    made = Tensor(
        "parameter", np.broadcast_to(0.5, of.shape), of.kind, False, line, "torch",
        likeness=machine.number(("parameter", line, len(machine.facts), id(of))),
        draw=draw_of(of), trained=True,
    )  # fmt: skip
    machine.facts.setdefault("kept", ([], 0))[0].append(of)
    return made


def _become_parameter(machine: Machine, of: Tensor) -> Tensor:
    """``requires_grad_``: the tensor itself becomes a parameter."""
    if of.op != "parameter" and not _of_parameters(of):
        of.draw, of.op, of.known, of.parents = draw_of(of), "parameter", False, ()
        of.trained, of.likeness = True, machine.number(("parameter", id(of)))
        machine.facts.setdefault("kept", ([], 0))[0].append(of)
    return of


def _of_parameters(of: Tensor) -> bool:
    return any(each.op == "parameter" or _of_parameters(each) for each in of.parents)


def set_draw(machine: Machine, of: Tensor, draw: Draw, line: int) -> Tensor:
    """Another start of a parameter, or of any tensor, in its place."""
    draw = Draw(draw.kind, draw.arguments, line)
    if machine.maybe:
        draw = Draw("other", ("perhaps",), line)
    base, part = _base(of)
    if base is not of and base.op == "parameter":
        _set_part(base, part, draw)
    elif of.op == "parameter":
        of.draw = draw
    else:
        of.op, of.draw, of.known, of.parents = "drawn", draw, False, ()
        of.likeness = machine.number(("drawn", of.shape, draw))
    return of


def _base(of: Tensor) -> tuple[Tensor, Tensor]:
    """The parameter that a tensor shows some numbers of, and the piece."""
    top = of
    while of.op in ("take", "transpose", "reshape", "same") and len(of.parents) == 1:
        of = of.parents[0]
    return of, top


def _set_part(base: Tensor, part: Tensor, draw: Draw) -> None:
    """A piece of a parameter starts otherwise; once all pieces do alike, the whole does."""
    place = str(part.arguments.get("index", ""))
    base.parts[place] = draw
    alike = {(each.kind, each.arguments) for each in base.parts.values()}
    covered = len(base.parts) * part.values.size >= base.values.size
    whole = covered and len(alike) == 1 and draw.kind != "given"
    base.draw = draw if whole else Draw("other", ("parts",), draw.line)


def parameters_in(value: object, seen: set[int] | None = None) -> Iterator[Tensor]:
    """Parameters of a module or of an object of the program, as ``parameters()`` gives them."""
    for module in modules_in(value):
        own = module.own if isinstance(module, Module) else module.attributes
        seen = set() if seen is None else seen
        for each in own.values():
            if isinstance(each, Tensor) and each.op == "parameter" and id(each) not in seen:
                seen.add(id(each))
                yield each


def modules_in(value: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """A module and all that are in it, each once."""
    seen = set() if seen is None else seen
    if id(value) in seen or not is_module(value):
        return
    seen.add(id(value))
    yield value
    for _, child in _children(value):
        yield from modules_in(child, seen)


def is_module(value: object) -> bool:
    """Whether it is one of PyTorch's modules, or an object of a class made from these."""
    if isinstance(value, Instance):
        return any(each.startswith(NN) for each in value.cls.libraries)
    return isinstance(value, Module)


def _children(value: Any) -> Iterator[tuple[str, object]]:
    inside = value.children if isinstance(value, Module) else value.attributes
    for name, each in inside.items():
        if is_module(each):
            yield name, each


# Layers.


def _linear(call: Call) -> object:
    inputs, outputs, bias, *_, kind = call.bind(
        "in_features", "out_features", "bias", "device", "dtype", bias=True, device=None, dtype=None
    )
    sizes = (inputs, outputs)
    if not all(type(size) is int and 0 < size < 100_000 for size in sizes):
        raise NotUnderstoodError("Linear")
    module = Module(
        call.name, call.line, arguments={"in_features": inputs, "out_features": outputs}
    )
    bound = 1 / math.sqrt(inputs)
    numbers = kind_of(kind) or default_kind(call.machine, "torch")
    shapes = {"weight": (outputs, inputs)} | ({"bias": (outputs,)} if bias else {})
    for name, shape in shapes.items():
        start = drawn(call.machine, shape, Draw("uniform", (-bound, bound)), numbers, "torch")
        if isinstance(start, Unknown):
            start = Tensor("drawn", np.broadcast_to(0.5, shape), numbers, False, call.line, "torch",
                           draw=Draw("uniform", (-bound, bound)))  # fmt: skip
        module.own[name] = parameter(call.machine, start, call.line)
    return module


def _forward_linear(call: Call, module: Module) -> object:
    (x,) = call.bind("input")
    if not isinstance(x, Tensor):
        return Unknown(call.line)
    weight = module.own["weight"]
    parents = [x, weight, *([module.own["bias"]] if "bias" in module.own else [])]
    made = apply(call.machine, "linear", parents, call.line, weight.kind)
    if isinstance(made, Tensor):
        made.line = module.line
    return made


def _norm(name: str) -> Handler:
    def handler(call: Call) -> object:
        size, *_ = call.args or [
            call.kwargs.get("num_features", call.kwargs.get("normalized_shape"))
        ]
        given = {
            k: v for k, v in call.kwargs.items() if k not in ("num_features", "normalized_shape")
        }
        usual = {"eps": 1e-5, "affine": True, "elementwise_affine": True, "bias": True,
                 "track_running_stats": True}  # fmt: skip
        fits = all(value == usual.get(key, value) for key, value in given.items())
        made = Module(call.name, call.line, arguments={"name": name if fits else "other"})
        if isinstance(size, list | tuple) and len(size) == 1:
            (size,) = size
        if type(size) is not int:
            raise NotUnderstoodError(name)
        for own, number in (("weight", 1.0), ("bias", 0.0)):
            kind = default_kind(call.machine, "torch")
            start = data(
                call.machine, np.full(min(size, 100_000), number), kind, call.line, "torch"
            )
            assert isinstance(start, Tensor)
            made.own[own] = parameter(call.machine, start, call.line)
        return made

    return handler


def _forward_norm(call: Call, module: Module) -> object:
    (x,) = call.bind("input")
    parents = [x, module.own["weight"], module.own["bias"]]
    made = apply(call.machine, "normalize", parents, module.line, name=module.arguments["name"])
    if isinstance(made, Tensor) and made.shape[-1:] != module.own["weight"].shape:
        call.machine.facts.setdefault("mismatch", ((made.shape,), call.line))
    return made


def _activation(call: Call) -> object:
    op, name, default = ACTIVATIONS[call.name.removeprefix(NN)]
    given = {k: v for k, v in call.kwargs.items() if k != "inplace"}
    if not name:
        usual = {"approximate": "none", "beta": 1, "threshold": 20}
        odd = any(given.get(key, value) != value for key, value in usual.items())
        odd = odd or bool(call.args and op in ("gelu", "softplus")) or bool(set(given) - set(usual))
        if odd and op != "same":
            return _foreign_module(call)
        return Module(call.name, call.line, arguments={"op": op})
    value = given.pop(name, call.args[0] if call.args else default)
    if not isinstance(value, int | float):
        raise NotUnderstoodError(call.name)
    return Module(call.name, call.line, arguments={"op": op, "parameter": float(value)})


def _forward_activation(call: Call, module: Module) -> object:
    (x,) = call.bind("input")
    given = {k: v for k, v in module.arguments.items() if k == "parameter"}
    return apply(call.machine, str(module.arguments["op"]), [x], module.line, **given)


def _softmax_module(call: Call) -> object:
    (axis,) = call.bind("dim", dim=None)
    op = "log_softmax" if "Log" in call.name else "softmax"
    return Module(call.name, call.line, arguments={"op": op, "axis": axis})


def _forward_softmax(call: Call, module: Module) -> object:
    (x,) = call.bind("input")
    return _softmax(
        call.machine, str(module.arguments["op"]), x, module.arguments["axis"], module.line
    )


def _softmax(machine: Machine, op: str, x: object, axis: object, line: int) -> object:
    if not isinstance(x, Tensor) or not isinstance(axis, int | None):
        return Unknown(line)
    if axis is None:
        axis = 0 if len(x.shape) in (0, 1, 3) else 1
    last = len(x.shape) - 1
    if axis not in (-1, last):
        return apply(machine, "foreign", [x], line, name="softmax", axis=axis)
    return apply(machine, op, [x], line)


def _softmax_function(op: str) -> Handler:
    def handler(call: Call) -> object:
        args = [*([] if call.receiver is None else [call.receiver]), *call.args]
        given = dict(call.kwargs)
        x = args[0] if args else given.pop("input", None)
        axis = given.pop("dim", args[1] if len(args) > 1 else None)
        return _softmax(call.machine, op, x, axis, call.line)

    return handler


def _dropout(call: Call) -> object:
    (p, _) = call.bind("p", "inplace", p=0.5, inplace=False)
    if p == 0:
        return Module(NN + "Identity", call.line, arguments={"op": "same"})
    return _foreign_module(call)


def _foreign_module(call: Call) -> object:
    """A layer that the lab has not."""
    name = call.name.rpartition(".")[2]
    return Module("foreign", call.line, arguments={"name": name})


def _forward_foreign(call: Call, module: Module) -> object:
    parents = [each for each in call.args if isinstance(each, Tensor)][:1]
    return (
        apply(call.machine, "foreign", parents, module.line, name=module.arguments["name"])
        if parents
        else Unknown(call.line)
    )


def _foreign_function(call: Call) -> object:
    parents = [each for each in call.everything if isinstance(each, Tensor)][:1]
    name = call.name.rpartition(".")[2]
    if not parents or not _of_parameters(parents[0]):
        raise NotUnderstoodError(name)
    return apply(call.machine, "foreign", parents, call.line, name=name)


def _container(call: Call) -> object:
    """``Sequential`` and ``ModuleList``."""
    given: list[object] | None = list(call.args)
    made = Module(call.name, call.line)
    if len(call.args) == 1 and isinstance(call.args[0], dict):
        made.children = {str(name): value for name, value in call.args[0].items()}
        return made
    if call.name.endswith("ModuleList"):
        given = call.machine.items(call.args[0]) if call.args else []
    if given is None:
        raise NotUnderstoodError(call.name)
    made.children = {str(place): each for place, each in enumerate(given)}
    if not all(is_module(each) or isinstance(each, Unknown) for each in given):
        raise NotUnderstoodError(call.name)
    return made


def _start_sequential(call: Call) -> object:
    """``super().__init__(...)`` of a class that is made from ``nn.Sequential``."""
    made = _container(Call(call.machine, NN + "Sequential", None, call.args, {}, call.line))
    assert isinstance(made, Module) and isinstance(call.receiver, Instance)
    call.receiver.attributes.update(made.children)
    return None


def _forward_in_turn(call: Call, module: object) -> object:
    (x,) = call.bind("input")
    for _, child in _children(module):
        x = call.machine.call(child, [x], {}, call.line)
    return x


def _forward_instance(call: Call) -> object:
    instance = call.receiver
    assert isinstance(instance, Instance)
    forward = instance.cls.find("forward")
    if isinstance(forward, Function):
        return call.machine.call_function(forward, [instance, *call.args], call.kwargs, call.line)
    if NN + "Sequential" in instance.cls.libraries:
        return _forward_in_turn(call, instance)
    raise NotUnderstoodError("forward")


FORWARD: dict[str, Callable[[Call, Module], object]] = {
    NN + "Linear": _forward_linear,
    NN + "Sequential": _forward_in_turn,
    NN + "BatchNorm1d": _forward_norm,
    NN + "LayerNorm": _forward_norm,
    NN + "Softmax": _forward_softmax,
    NN + "LogSoftmax": _forward_softmax,
    NN + "Flatten": lambda call, module: _flattened(call),
    "foreign": _forward_foreign,
    **{NN + name: _forward_activation for name in ACTIVATIONS},
}
"""What a module makes of its input."""


def _forward(call: Call) -> object:
    module = call.receiver
    assert isinstance(module, Module)
    if forward := FORWARD.get(module.kind):
        return forward(call, module)
    raise NotUnderstoodError(module.kind)


def _flattened(call: Call) -> object:
    x = (
        call.args[0]
        if call.receiver is None or isinstance(call.receiver, Module)
        else call.receiver
    )
    if not isinstance(x, Tensor) or len(x.shape) < 2:
        return x
    return apply(call.machine, "flatten", [x], call.line, x.kind, start=1)


# What is done to modules.


def _apply(call: Call) -> object:
    """``module.apply(function)``: to all that are in it, then to itself."""
    (function,) = call.bind("fn")
    for each in reversed(list(modules_in(call.receiver))):
        call.machine.call(function, [each], {}, call.line)
    return call.receiver


def _parameters(call: Call) -> object:
    return list(parameters_in(call.receiver))


def _named_parameters(call: Call) -> object:
    named, seen = [], set[int]()
    for module in modules_in(call.receiver):
        own = module.own if isinstance(module, Module) else module.attributes
        for name, each in own.items():
            if isinstance(each, Tensor) and each.op == "parameter" and id(each) not in seen:
                seen.add(id(each))
                named.append((f"?.{name}", each))
    return named


def _modules(call: Call) -> object:
    return list(modules_in(call.receiver))


def _named_modules(call: Call) -> object:
    return [("?", each) for each in modules_in(call.receiver)]


def _direct(call: Call) -> object:
    return [each for _, each in _children(call.receiver)]


def _named_children(call: Call) -> object:
    return list(_children(call.receiver))


def _moved(call: Call) -> object:
    """``to``, ``double``, ``float``: another type, or another place, which is of no matter."""
    kind = {"double": "float64", "float": "float32", "half": "float16"}.get(call.name)
    for each in call.everything:
        kind = kind_of(each) or kind
    if kind:
        for each in parameters_in(call.receiver):
            each.kind = kind
        call.machine.facts["dtype_of_network"] = (kind, call.line)
    return call.receiver


def _zero_module(call: Call) -> object:
    call.machine.record("zero", list(parameters_in(call.receiver)), call.line)
    return None


def _evaluating(call: Call) -> object:
    """``eval()``: batch norm is another thing from now on."""
    norms = [
        each
        for each in modules_in(call.receiver)
        if isinstance(each, Module) and each.arguments.get("name") == "batch"
    ]
    if norms:
        call.machine.record("evaluating", call.receiver, call.line, local=True)
    return call.receiver


def _training(call: Call) -> object:
    call.machine.record("training", call.receiver, call.line, local=True)
    return call.receiver


def _require(call: Call) -> object:
    (needed,) = call.bind("requires_grad", requires_grad=True)
    for each in parameters_in(call.receiver):
        each.trained = needed is True
    return call.receiver


def _add_module(call: Call) -> object:
    name, module = call.bind("name", "module")
    if not isinstance(name, str) or call.machine.maybe:
        raise NotUnderstoodError("add_module")
    if isinstance(call.receiver, Module):
        call.receiver.children[name] = module
    else:
        call.machine.set_attribute(call.receiver, name, module, call.line)
    return None


def _register(call: Call) -> object:
    name, value = call.bind("name", "tensor", persistent=True)[:2]
    if not isinstance(name, str):
        raise NotUnderstoodError("register")
    call.machine.set_attribute(call.receiver, name, value, call.line)
    return None


def _append(call: Call) -> object:
    (module,) = call.bind("module")
    inside = call.receiver.children
    if call.machine.maybe:
        raise NotUnderstoodError("append")
    inside[str(len(inside))] = module
    return call.receiver


def _extend(call: Call) -> object:
    (more,) = call.bind("modules")
    items = call.machine.items(more)
    if items is None or call.machine.maybe:
        raise NotUnderstoodError("extend")
    for each in items:
        call.receiver.children[str(len(call.receiver.children))] = each
    return call.receiver


def _passes_of_module(machine: Machine, value: Module) -> tuple[int, list[object], object]:
    inside = [each for _, each in value.children.items()]
    return len(inside), inside, Unknown()


def _item_of_module(machine: Machine, of: Module, index: object, line: int) -> object:
    inside = list(of.children.values())
    if isinstance(index, str):
        return of.children.get(index, Unknown(line))
    if isinstance(index, slice) and all(
        each is None or type(each) is int for each in (index.start, index.stop, index.step)
    ):
        part = {str(place): each for place, each in enumerate(inside[index])}
        return Module(of.kind, of.line, children=part)
    if type(index) is int and -len(inside) <= index < len(inside):
        return inside[index]
    return Unknown(line)


def _set_on_module(machine: Machine, of: Module, name: str, value: object, line: int) -> bool:
    """``layer.weight = nn.Parameter(...)``, ``model.fc = nn.Linear(...)``."""
    if name in of.own and isinstance(value, Tensor) and value.op == "parameter":
        of.own[name] = value
        return not machine.maybe
    if name in of.children and is_module(value) and not machine.maybe:
        of.children[name] = value
        return True
    if isinstance(value, Tensor) or is_module(value) or name in of.own:
        return False
    of.arguments[name] = value
    return name not in ("training", "op", "name", "parameter", "reduction")


def _part(machine: Machine, of: Module, name: str) -> object:
    """A part of a module by its name."""
    for rows in (of.own, of.children, of.arguments):
        if name in rows:
            return rows[name]
    return None


# Starts.


def _fans(of: Tensor) -> tuple[int, int]:
    """Of PyTorch's ``[fan_out, fan_in]``."""
    if len(of.shape) != 2:
        raise NotUnderstoodError("fans")
    return of.shape[1], of.shape[0]


def _gain(call: Call) -> object:
    name, parameter = call.bind("nonlinearity", "param", param=None)
    if name == "leaky_relu":
        slope = 0.01 if parameter is None else parameter
        return (
            math.sqrt(2 / (1 + slope**2)) if isinstance(slope, int | float) else Unknown(call.line)
        )
    known = isinstance(name, str)
    return _GAINS.get(name, 1.0) if known else Unknown(call.line)


def _number(value: object) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise NotUnderstoodError("number")
    return float(value)


def _xavier(kind: str) -> Callable[[Call], Draw]:
    def draw(call: Call) -> Draw:
        of, gain, _ = call.bind("tensor", "gain", "generator", gain=1.0, generator=None)
        inputs, outputs = _fans(of)
        return _spread(kind, _number(gain) * math.sqrt(2 / (inputs + outputs)))

    return draw


def _kaiming(kind: str) -> Callable[[Call], Draw]:
    def draw(call: Call) -> Draw:
        of, slope, mode, name, _ = call.bind(
            "tensor", "a", "mode", "nonlinearity", "generator",
            a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None,
        )  # fmt: skip
        inputs, outputs = _fans(of)
        gains = {**_GAINS, "leaky_relu": math.sqrt(2 / (1 + _number(slope) ** 2))}
        if mode not in ("fan_in", "fan_out") or not isinstance(name, str):
            raise NotUnderstoodError("kaiming")
        fan = inputs if mode == "fan_in" else outputs
        return _spread(kind, gains.get(name, 1.0) / math.sqrt(fan))

    return draw


def _spread(kind: str, deviation: float) -> Draw:
    if kind == "normal":
        return Draw("normal", (0.0, deviation))
    return Draw("uniform", (-math.sqrt(3) * deviation, math.sqrt(3) * deviation))


def _two(kind: str, names: tuple[str, str], usual: tuple[float, float]) -> Callable[[Call], Draw]:
    """``uniform_(tensor, a, b)`` and ``normal_(tensor, mean, std)``."""

    def draw(call: Call) -> Draw:
        given = dict(zip(names, usual, strict=True))
        _, first, second, _ = call.bind("tensor", *names, "generator", **given, generator=None)
        return Draw(kind, (_number(first), _number(second)))

    return draw


def _same_number(call: Call) -> Draw:
    _, value = call.bind("tensor", "val")
    return Draw("constant", (_number(value),))


def _orthogonal(call: Call) -> Draw:
    _, gain, _ = call.bind("tensor", "gain", "generator", gain=1.0, generator=None)
    return Draw("orthogonal", (_number(gain),))


DRAWS: dict[str, Callable[[Call], Draw]] = {
    "xavier_uniform_": _xavier("uniform"), "xavier_normal_": _xavier("normal"),
    "kaiming_uniform_": _kaiming("uniform"), "kaiming_normal_": _kaiming("normal"),
    "uniform_": _two("uniform", ("a", "b"), (0.0, 1.0)),
    "normal_": _two("normal", ("mean", "std"), (0.0, 1.0)),
    "constant_": _same_number,
    "zeros_": lambda call: Draw("constant", (0.0,)),
    "ones_": lambda call: Draw("constant", (1.0,)),
    "orthogonal_": _orthogonal,
    "trunc_normal_": lambda call: Draw("other", ("trunc_normal_",)),
    "eye_": lambda call: Draw("other", ("eye_",)),
    "sparse_": lambda call: Draw("other", ("sparse_",)),
}  # fmt: skip
"""Functions of ``torch.nn.init``."""
IN_PLACE: dict[str, Callable[[Call], Draw]] = {
    "uniform_": _two("uniform", ("from", "to"), (0.0, 1.0)),
    "normal_": _two("normal", ("mean", "std"), (0.0, 1.0)),
    "fill_": _same_number,
    "zero_": lambda call: Draw("constant", (0.0,)),
}
"""Methods that give a tensor other numbers in its place."""


def _initialized(name: str) -> Handler:
    def handler(call: Call) -> object:
        of = call.args[0] if call.args else call.kwargs.get("tensor")
        if not isinstance(of, Tensor):
            call.machine.poison(call.line)
            raise NotUnderstoodError(name)
        return set_draw(call.machine, of, DRAWS[name](call), call.line)

    return handler


def _in_place(name: str) -> Handler:
    def handler(call: Call) -> object:
        of = call.receiver
        assert isinstance(of, Tensor)
        if of.op == "gradient":
            return _gradient_set(call.machine, of, 0.0 if name == "zero_" else None, call.line)
        inner = Call(call.machine, name, None, [of, *call.args], call.kwargs, call.line)
        return set_draw(call.machine, of, IN_PLACE[name](inner), call.line)

    return handler


def _copy(call: Call) -> object:
    of, source = call.receiver, call.args[0] if call.args else None
    if not isinstance(of, Tensor) or not isinstance(source, Tensor) or of.shape != source.shape:
        raise NotUnderstoodError("copy_")
    if _of_parameters(source):
        raise NotUnderstoodError("copy_")
    return set_draw(call.machine, of, draw_of(source), call.line)


# Descent by hand.


def _gradient(machine: Machine, of: Tensor, line: int) -> object:
    """``w.grad``."""
    if of.op != "parameter":
        return Unknown(line)
    key = machine.number(("gradient", of.likeness))
    return Tensor("gradient", of.values, of.kind, False, line, "torch", (of,), {}, key)


def _gradient_set(machine: Machine, of: Tensor, value: object, line: int) -> Tensor:
    """A gradient is given other numbers: 0, or it is treated."""
    kind = "zero_one" if value == 0.0 else "treated"
    machine.record(kind, of.parents[0], line, local=True)
    return of


@dataclass(eq=False, repr=False)
class Length(Thing):
    """The norm of several gradients; or what these are to be multiplied by to be clipped.

    Attributes:
        of: the parameters.
        most: the largest norm that clipping leaves; None: it is the norm itself.
    """

    of: list[Tensor]
    most: float | None = None


def _length(call: Call) -> object:
    """The lab's own function ``norm(gradients)``, of all networks at once."""
    (gradients,) = call.bind("gradients")
    items = call.machine.items(gradients) or []
    known = [each for each in items if isinstance(each, Tensor) and each.op == "gradient"]
    if not known or len(known) < len(items):
        raise NotUnderstoodError("norm")
    return Length([each.parents[0] for each in known])


def _of_length(machine: Machine, sign: str, left: object, right: object, line: int) -> object:
    """``most / (norm(gradients) + epsilon)``."""
    if sign == "+" and isinstance(left, Length) and right == CLIP_EPSILON:
        return left
    if sign == "/" and isinstance(right, Length) and isinstance(left, int | float):
        return Length(right.of, float(left))
    return Unknown(line)


def _limited(call: Call) -> object:
    of, given = call.receiver, call.kwargs
    assert isinstance(of, Length)
    return of if given == {"max": 1} and of.most and not call.args else Unknown(call.line)


def _gradient_treated(machine: Machine, sign: str, of: Tensor, value: object, line: int) -> Tensor:
    """A gradient is divided by a norm, clipped, or changed in a way that the lab has not."""
    (parameter,) = of.parents
    if isinstance(value, Length) and any(each is parameter for each in value.of):
        if sign == "/" and value.most is None:
            machine.record("unit_one", parameter, line, local=True, of=value.of)
            return of
        if sign == "*" and value.most is not None:
            machine.record("clip_one", parameter, line, local=True, most=value.most, of=value.of)
            return of
    return _gradient_set(machine, of, None, line)


DIVIDED = """
def divide_by_norms(net):
    for layer in {layers}:
        gradients = [p.grad for p in layer.parameters()]
        largest = max(gradient.abs().max() for gradient in gradients)
        if largest > 0:
            for gradient in gradients:
                gradient /= largest
            norm = torch.cat([gradient.flatten() for gradient in gradients]).norm()
            for gradient in gradients:
                gradient /= norm
"""
LENGTH = """
def norm(gradients):
    vector = torch.cat([gradient.flatten(1) for gradient in gradients], dim=1)
    largest = vector.abs().amax(dim=1, keepdim=True).clamp(min=1e-300)
    length = (vector / largest).norm(dim=1, keepdim=True).clamp(min=1) * largest
    return length.unsqueeze(2)
"""
"""Functions of the lab's own programs."""


def _dump(*texts: str) -> tuple[str, ...]:
    return tuple(ast.dump(ast.parse(text).body[0]) for text in texts)


def _divided(call: Call) -> object:
    call.machine.record("unit", list(parameters_in(call.args[0])), call.line)
    return None


def _rate_of(step: object, of: Tensor) -> float | None:
    """Of ``rate * w.grad`` the rate."""
    if not isinstance(step, Tensor):
        return None
    if step.op == "gradient" and step.parents[0] is of:
        return 1.0
    if step.op == "*" and len(step.parents) == 2:
        numbers = [each for each in step.parents if each.known and each.values.size == 1]
        rest = [each for each in step.parents if each not in numbers]
        if len(numbers) == 1 and rest and (inner := _rate_of(rest[0], of)) is not None:
            return inner * float(numbers[0].values.flat[0])
    return None


def _augmented(machine: Machine, sign: str, of: object, value: object, line: int) -> object:
    assert isinstance(of, Tensor)
    if of.op == "gradient":
        return _gradient_treated(machine, sign, of, value, line)
    if of.op != "parameter":
        return machine.binary(sign, of, value, line)
    if sign in "+-" and (rate := _rate_of(value, of)) is not None:
        machine.record("descend", of, line, local=True, rate=rate if sign == "-" else -rate)
        return of
    return _changed(machine, sign, of, value, line)


def _changed(machine: Machine, sign: str, of: Tensor, value: object, line: int) -> Tensor:
    """A parameter is multiplied or shifted in its place."""
    start = Tensor("drawn", of.values, of.kind, False, line, "torch", draw=of.draw)
    changed = machine.binary(sign, start, value, line)
    draw = draw_of(changed) if isinstance(changed, Tensor) else Draw("other", (sign,), line)
    return set_draw(machine, of, draw, line)


def _subtracted(call: Call) -> object:
    """``w.sub_(rate * w.grad)``, ``w.add_(w.grad, alpha=-rate)``."""
    value, alpha = call.bind("other", "alpha", alpha=1)
    of, sign = call.receiver, {"sub_": "-", "add_": "+", "mul_": "*", "div_": "/"}[call.name]
    assert isinstance(of, Tensor)
    if alpha != 1:
        value = call.machine.binary("*", alpha, value, call.line)
    return _augmented(call.machine, sign, of, value, call.line)


def _set_on_tensor(machine: Machine, of: Tensor, name: str, value: object, line: int) -> bool:
    """``w.data = ...``, ``w.grad = None``, ``w.requires_grad = True``."""
    if name == "grad" and of.op == "parameter":
        if isinstance(value, Tensor) and value.op == "gradient" and value.parents[0] is of:
            return True
        machine.record("zero_one" if value is None else "treated", of, line, local=True)
        return True
    if name == "requires_grad" and value is True:
        _become_parameter(machine, of)
        of.trained = True
        return True
    if name == "requires_grad" and value is False:
        of.trained = False
        return True
    if name == "data" and isinstance(value, Tensor) and of.op == "parameter":
        if value is of:
            return True
        if value.op == "-" and value.parents[0] is of:
            return _stepped(machine, of, value.parents[1], line)
        if not _of_parameters(value) and value.shape == of.shape:
            set_draw(machine, of, draw_of(value), line)
            return True
    return False


def _stepped(machine: Machine, of: Tensor, step: Tensor, line: int) -> bool:
    rate = _rate_of(step, of)
    if rate is not None:
        machine.record("descend", of, line, local=True, rate=rate)
    return rate is not None


def _store(machine: Machine, of: Tensor, index: object, value: object, line: int) -> None:
    """``w[:] = ...``."""
    whole = index is Ellipsis or index == slice(None)
    if whole and isinstance(value, int | float):
        set_draw(machine, of, Draw("constant", (float(value),)), line)
    elif whole and isinstance(value, Tensor) and value.shape == of.shape:
        set_draw(machine, of, draw_of(value), line)
    elif of.op == "parameter" or of.known or of.op == "drawn":
        set_draw(machine, of, Draw("other", ("stored",)), line)
    else:
        machine.poison(line)


# Losses.


def _loss_module(call: Call) -> object:
    name = call.name.removeprefix(NN)
    given = {k: v for k, v in call.kwargs.items() if v is not None}
    if call.args:
        raise NotUnderstoodError(name)
    return Module(call.name, call.line, arguments={"loss": name, **given})


def _forward_loss(call: Call, module: Module) -> object:
    answer, labels = call.bind("input", "target")
    given = {k: v for k, v in module.arguments.items() if k != "loss"}
    name = str(module.arguments["loss"])
    return _judged(call.machine, name, answer, labels, given, module.line, call.line)


def _loss_function(name: str) -> Handler:
    def handler(call: Call) -> object:
        given = dict(call.kwargs)
        both = [*call.args[:2], *(given.pop(key) for key in ("input", "target") if key in given)]
        if len(both) != 2 or len(call.args) > 2:
            raise NotUnderstoodError(name)
        answer, labels = both
        return _judged(call.machine, name, answer, labels, given, call.line, call.line)

    return handler


def _judged(
    machine: Machine,
    name: str,
    answer: object,
    labels: object,
    given: dict[str, object],
    line: int,
    called: int,
) -> object:
    """A loss of answers and labels."""
    if not isinstance(answer, Tensor) or not isinstance(labels, Tensor):
        return Unknown(called)
    if name not in LOSSES:
        made = apply(machine, "other_loss", [answer, labels], line, name=name)
        return apply(machine, "mean", [made], line)
    usual = {"weight": None, "pos_weight": None, "ignore_index": -100, "label_smoothing": 0.0,
             "size_average": None, "reduce": None}  # fmt: skip
    odd = [k for k, v in given.items() if k != "reduction" and (k not in usual or v != usual[k])]
    if odd:
        machine.facts.setdefault("odd", ((name, odd[0], given[odd[0]]), line))
    if name == "CrossEntropyLoss" and len(answer.shape) == 3:
        if answer.op != "transpose" or answer.arguments.get("axes") != (0, 2, 1):
            raise NotUnderstoodError(name)  # it takes the classes to be on the second axis
        (answer,) = answer.parents
    point = apply(machine, LOSSES[name][0], [answer, labels], line, answer.kind)
    reduction = given.get("reduction", "mean")
    if reduction == "none":
        return point
    known = reduction in ("mean", "sum")
    return apply(machine, str(reduction), [point], line) if known else Unknown(line)


for _name in LOSSES:
    FORWARD[NN + _name] = _forward_loss


def _other_loss(call: Call) -> object:
    return Module("loss", call.line, arguments={"loss": call.name.rpartition(".")[2]})


FORWARD["loss"] = _forward_loss


def _backward(call: Call) -> object:
    if set(call.kwargs) - {"retain_graph", "create_graph"} or call.args:
        raise NotUnderstoodError("backward")
    call.machine.record("backward", call.receiver, call.line)
    return None


# Optimizers.


def _optimizer(call: Call) -> object:
    name = call.name.rpartition(".")[2]
    given = {k: v for k, v in call.kwargs.items() if k not in _NO_MATTER and k != "params"}
    row = OPTIMIZERS.get(name)
    if row is None:
        return Optimizer(name, _given_parameters(call), given, (), call.line)
    _, order, usual = row
    given |= dict(zip(order, call.args[1:], strict=False))
    unread = [k for k, v in given.items() if isinstance(v, Unknown)]
    if unread:
        raise NotUnderstoodError(unread[0])
    return Optimizer(name, _given_parameters(call), {**usual, **given}, tuple(given), call.line)


def _given_parameters(call: Call) -> list[Tensor]:
    given = call.args[0] if call.args else call.kwargs.get("params")
    items = call.machine.items(given)
    if items is None:
        raise NotUnderstoodError("parameters")
    flat = [part for each in items for part in (each if isinstance(each, list) else [each])]
    parameters = [each for each in flat if isinstance(each, Tensor)]
    if len(parameters) < len(flat):
        raise NotUnderstoodError("parameters")
    return parameters


def _zero(call: Call) -> object:
    optimizer = call.receiver
    assert isinstance(optimizer, Optimizer)
    call.machine.record("zero", optimizer.parameters, call.line, optimizer=optimizer)
    return None


def _step(call: Call) -> object:
    if call.everything:
        raise NotUnderstoodError("closure")
    call.machine.record("step", call.receiver, call.line)
    return None


def _schedule(call: Call) -> object:
    return Schedule(call.line)


def _scheduled(call: Call) -> object:
    call.machine.record("schedule", call.receiver, call.line)
    return None


def _clipped(call: Call) -> object:
    of, most, norm, *_ = call.bind(
        "parameters", "max_norm", "norm_type", "error_if_nonfinite", "foreach",
        norm_type=2.0, error_if_nonfinite=False, foreach=None,
    )  # fmt: skip
    items = [of] if isinstance(of, Tensor) else call.machine.items(of)
    if items is None or norm != 2 or not isinstance(most, int | float):
        raise NotUnderstoodError("clip_grad_norm_")
    call.machine.record("clip", items, call.line, most=float(most))
    return Unknown(call.line)


def _treated(call: Call) -> object:
    call.machine.record("treated", call.args[:1], call.line)
    return None


# Tensors.


def _tensor(call: Call) -> object:
    value, kind, _, needs, *_ = call.bind(
        "data", "dtype", "device", "requires_grad", "pin_memory",
        dtype=None, device=None, requires_grad=False, pin_memory=False,
    )  # fmt: skip
    usual = default_kind(call.machine, "torch")
    made = data_of(call.machine, value, kind_of(kind), call.line, "torch", usual)
    if needs is True and isinstance(made, Tensor):
        _become_parameter(call.machine, made)
    return made


def _typed_tensor(kind: str | None) -> Handler:
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


def _needing(handler: Handler) -> Handler:
    """With ``requires_grad``: what is made is a parameter."""

    def with_gradient(call: Call) -> object:
        needs = call.kwargs.pop("requires_grad", False)
        call.kwargs.pop("device", None)
        made = handler(call)
        if needs is True and isinstance(made, Tensor):
            _become_parameter(call.machine, made)
        return made

    return with_gradient


def _make_parameter(call: Call) -> object:
    of, needs = call.bind("data", "requires_grad", requires_grad=True)
    if not isinstance(of, Tensor):
        raise NotUnderstoodError("Parameter")
    made = parameter(call.machine, of, call.line)
    made.trained = needs is not False
    return made


def _variable(call: Call) -> object:
    of, needs = call.bind("data", "requires_grad", requires_grad=False)
    if needs is True and isinstance(of, Tensor):
        return _become_parameter(call.machine, of)
    return of


def _needed(call: Call) -> object:
    (needs,) = call.bind("requires_grad", requires_grad=True)
    assert isinstance(call.receiver, Tensor)
    if needs is True:
        return _become_parameter(call.machine, call.receiver)
    call.receiver.trained = False
    return call.receiver


def _set_default(call: Call) -> object:
    (given,) = call.bind("d")
    name = given.name if isinstance(given, Library) else given if isinstance(given, str) else ""
    kind = kind_of(given) or {"DoubleTensor": "float64", "FloatTensor": "float32"}.get(
        name.rpartition(".")[2]
    )
    if kind is None or call.machine.maybe:
        raise NotUnderstoodError("dtype")
    call.machine.facts["dtype"] = (kind, call.line)
    return None


def _full(call: Call) -> object:
    size, value, *_ = call.bind("size", "fill_value", "dtype", dtype=None)
    if not isinstance(value, int | float):
        raise NotUnderstoodError("full")
    inner = Call(call.machine, call.name, None, [size], {}, call.line)
    return filled(float(value), "torch")(inner)


def _range_of(call: Call) -> object:
    if not all(isinstance(each, int) for each in call.args) or call.kwargs:
        return Unknown(call.line)
    numbers = call.machine.items(range(*call.args))
    return data_of(call.machine, numbers, "int64", call.line, "torch")


def _viewed(call: Call) -> object:
    """``view``, of sizes or of a tensor that has them."""
    if len(call.args) == 1 and isinstance(call.args[0], Tensor):
        call.args = [call.args[0].shape]
    return SHAPED["reshape"](call)


def _data_attribute(machine: Machine, of: Tensor, line: int) -> object:
    return (
        of
        if of.op in ("parameter", "gradient") or of.known
        else _detached_tensor(machine, of, line)
    )


def _detached_tensor(machine: Machine, of: Tensor, line: int) -> object:
    return apply(machine, "detach", [of], line, of.kind)


def _detached(call: Call) -> object:
    return _detached_tensor(call.machine, call.receiver, call.line)


def _largest(op: str) -> Handler:
    """``torch.max(a, b)`` of two tensors; of one it is only looked at."""

    def handler(call: Call) -> object:
        args = [*([] if call.receiver is None else [call.receiver]), *call.everything]
        two = len(args) == 2 and all(isinstance(each, Tensor) for each in args)
        return apply(call.machine, op, args, call.line) if two else Unknown(call.line)

    return handler


def _decomposed(call: Call) -> object:
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


def _diagonal(call: Call) -> object:
    of = call.args[0] if call.args else call.receiver
    if not isinstance(of, Tensor) or len(of.shape) != 2:
        return Unknown(call.line)
    draw = Draw("triangular", (), call.line)
    return drawn(call.machine, (min(of.shape),), draw, of.kind, "torch")


def _signs(call: Call) -> object:
    """The signs of what is drawn are signs; those of an orthogonal matrix's columns."""
    of = call.receiver if call.receiver is not None else call.args[0]
    if isinstance(of, Tensor) and of.draw is not None and of.draw.kind == "triangular":
        return drawn(call.machine, of.shape, Draw("signs", (), call.line), of.kind, "torch")
    return apply(call.machine, "sign", [of], call.line)


def _finite(call: Call) -> object:
    """It is read as if all went well."""
    return True


def _not_finite(call: Call) -> object:
    return False


def _unknown_training(call: Call) -> object:
    """Something that trains, of what is not known."""
    call.machine.not_read(call.line)
    call.machine.record("unknown", call.receiver, call.line)
    return Unknown(call.line)


def _variance(call: Call) -> object:
    """``x.var(dim, correction=0)``: the biased one."""
    axis, correction, keep, unbiased = call.bind(
        "dim", "correction", "keepdim", "unbiased",
        dim=None, correction=1, keepdim=False, unbiased=True,
    )  # fmt: skip
    biased = correction == 0 or unbiased is False
    if not biased or not isinstance(axis, int | None):
        return Unknown(call.line)
    return apply(call.machine, "var", [call.receiver], call.line, axis=axis, keep=bool(keep))


def _unknown(call: Call) -> object:
    return Unknown(call.line)


def _itself(call: Call) -> object:
    return call.receiver


def _nothing(call: Call) -> object:
    return None


def _context(call: Call) -> object:
    return Context()


def _generator(call: Call) -> object:
    return Context()


def _seeded_generator(call: Call) -> object:
    """A generator's seed; the first one counts, and of several networks the first one's."""
    (given,) = call.bind("seed")
    number = given.values.start if isinstance(given, Count) else given
    if type(number) is int:
        own = number - order_seed(0) if number >= order_seed(0) else number
        call.machine.facts.setdefault("seed", (own, call.line))
    return call.receiver


def _axes_swapped(call: Call) -> object:
    of = call.receiver if call.receiver is not None else call.args[0]
    if not isinstance(of, Tensor):
        return Unknown(call.line)
    return (
        apply(call.machine, "transpose", [of], call.line, of.kind)
        if len(of.shape) < 3
        else Unknown(call.line)
    )


def _counted(call: Call) -> object:
    assert isinstance(call.receiver, Tensor)
    return int(np.prod(call.receiver.shape, dtype=int))


def _activated(name: str) -> Handler:
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


# Data sets.


def _data_set(call: Call) -> object:
    if not all(isinstance(each, Tensor) for each in call.args) or call.kwargs:
        raise NotUnderstoodError("TensorDataset")
    return Dataset(list(call.args))


def _loader(call: Call) -> object:
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


def _axes(call: Call) -> object:
    assert isinstance(call.receiver, Tensor)
    return len(call.receiver.shape)


def _not_set(values: list[object], line: int) -> Draw:
    """``torch.empty``: whatever there was."""
    return Draw("other", ("empty",), line)


_TENSOR_METHODS: dict[str, Handler] = {
    **{name: _activated(name) for name in FUNCTIONS},
    **{name: _in_place(name) for name in IN_PLACE},
    "backward": _backward, "view": _viewed, "reshape": _viewed, "detach": _detached,
    "clone": _itself, "cpu": _itself, "cuda": _itself, "contiguous": _itself, "numpy": _itself,
    "float": as_kind("float32"), "double": as_kind("float64"), "long": as_kind("int64"),
    "int": as_kind("int32"), "half": as_kind("float16"), "bool": as_kind("bool"),
    "requires_grad_": _needed, "copy_": _copy, "sub_": _subtracted, "add_": _subtracted,
    "mul_": _subtracted, "div_": _subtracted, "numel": _counted, "nelement": _counted,
    "t": _axes_swapped, "transpose": _axes_swapped, "permute": _axes_swapped,
    "softmax": _softmax_function("softmax"), "log_softmax": _softmax_function("log_softmax"),
    "unsqueeze": of_op("unsqueeze", "axis"), "squeeze": of_op("squeeze", "axis", axis=None),
    "split": split, "chunk": chunk, "max": _largest("maximum"), "min": _largest("minimum"),
    "isfinite": _finite, "isnan": _not_finite, "isinf": _not_finite, "sign": _signs,
    "var": _variance, "norm": _unknown, "argmax": _unknown, "all": _unknown, "any": _unknown,
    "retain_grad": _nothing, "dim": _axes,
    "clamp": SHAPED["clip"],
    "bitwise_xor": of_tensors("^"), "xor": of_tensors("^"),
}  # fmt: skip


def _shuffled(call: Call) -> object:
    """``torch.randperm``: places in an order that is drawn."""
    return NUMPY.functions["numpy.random.permutation"](call)


def _sorted(call: Call) -> object:
    return sorted_order(call)


def _joined(call: Call, op: str) -> object:
    parts, axis, *_ = call.bind("tensors", "dim", dim=0)
    items = call.machine.items(parts)
    if items is None or type(axis) is not int:
        return Unknown(call.line)
    return apply(call.machine, op, items, call.line, axis=axis)


def _as_method(call: Call) -> Call:
    """A function of a tensor as its method."""
    first, *rest = call.args
    return Call(call.machine, call.name, first, rest, call.kwargs, call.line)


def _not_known_start(call: Call) -> object:
    of = call.args[0] if call.args else None
    if not isinstance(of, Tensor):
        raise NotUnderstoodError(call.name)
    return set_draw(call.machine, of, Draw("other", (call.name,)), call.line)


_OF_MODULES: dict[str, Handler] = {
    "parameters": _parameters, "named_parameters": _named_parameters, "apply": _apply,
    "modules": _modules, "named_modules": _named_modules, "children": _direct,
    "named_children": _named_children, "to": _moved, "double": _moved, "float": _moved,
    "half": _moved, "cuda": _itself, "cpu": _itself, "zero_grad": _zero_module,
    "eval": _evaluating, "train": _training, "requires_grad_": _require,
    "add_module": _add_module, "register_module": _add_module,
    "register_parameter": _register, "register_buffer": _register, "state_dict": _unknown,
    "extra_repr": _unknown, "parameters_count": _unknown,
}  # fmt: skip
"""What any module can do."""

TABLE = Table(
    functions={
        **{NN + name: _activation for name in ACTIVATIONS},
        **{FUNCTIONAL + name: _activated(name) for name in FUNCTIONS},
        **{f"torch.{name}": _activated(name) for name in FUNCTIONS},
        **{f"torch.{name}": row for name, row in {**UNARY_OPS, **PAIR_OPS, **SHAPED}.items()},
        **{f"torch.nn.init.{name}": _initialized(name) for name in DRAWS},
        **{NN + name: _loss_module for name in LOSSES},
        **{FUNCTIONAL + function: _loss_function(name) for name, (_, function) in LOSSES.items()},
        **{f"torch.optim.{name}": _optimizer for name in OPTIMIZERS},
        NN + "Linear": _linear, NN + "Sequential": _container, NN + "ModuleList": _container,
        NN + "Softmax": _softmax_module, NN + "LogSoftmax": _softmax_module,
        NN + "BatchNorm1d": _norm("batch"), NN + "LayerNorm": _norm("layer"),
        NN + "Dropout": _dropout, NN + "Parameter": _make_parameter,
        NN + "Flatten": lambda call: Module(call.name, call.line),
        NN + "Module.__init__": _nothing, NN + "init.calculate_gain": _gain,
        NN + "utils.clip_grad_norm_": _clipped, NN + "utils.clip_grad_value_": _treated,
        FUNCTIONAL + "softmax": _softmax_function("softmax"),
        FUNCTIONAL + "log_softmax": _softmax_function("log_softmax"),
        "torch.softmax": _softmax_function("softmax"),
        "torch.log_softmax": _softmax_function("log_softmax"),
        "torch.tensor": _tensor, "torch.as_tensor": _tensor, "torch.from_numpy": _tensor,
        "torch.Tensor": _typed_tensor(None), "torch.FloatTensor": _typed_tensor("float32"),
        "torch.DoubleTensor": _typed_tensor("float64"),
        "torch.LongTensor": _typed_tensor("int64"), "torch.IntTensor": _typed_tensor("int32"),
        "torch.zeros": _needing(filled(0.0, "torch")),
        "torch.ones": _needing(filled(1.0, "torch")),
        "torch.empty": _needing(drawer("torch", _not_set)),
        "torch.rand": _needing(drawer("torch", uniform(0, 1))),
        "torch.randn": _needing(drawer("torch", normal(0, 1))),
        "torch.normal": _needing(drawer("torch", normal(0, 1), "mean", "std", sizes="size")),
        "torch.full": _needing(_full), "torch.zeros_like": filled_like(0.0),
        "torch.ones_like": filled_like(1.0), "torch.arange": _range_of,
        "torch.randperm": lambda call: _shuffled(call), "torch.argsort": lambda call: _sorted(call),
        "torch.cat": lambda call: _joined(call, "concatenate"),
        "torch.stack": lambda call: _joined(call, "stack"),
        "torch.vstack": lambda call: _joined(call, "concatenate"),
        "torch.unsqueeze": of_op("unsqueeze", "axis"),
        "torch.squeeze": of_op("squeeze", "axis", axis=None),
        "torch.flatten": _flattened, "torch.t": _axes_swapped, "torch.transpose": _axes_swapped,
        "torch.max": _largest("maximum"), "torch.min": _largest("minimum"),
        "torch.clamp": SHAPED["clip"], "torch.norm": of_op("norm"), "torch.sign": _signs,
        "torch.bitwise_xor": of_tensors("^"), "torch.where": of_tensors("where"),
        "torch.manual_seed": seed, "torch.cuda.manual_seed": seed,
        "torch.random.manual_seed": seed, "torch.cuda.manual_seed_all": seed,
        "torch.set_default_dtype": _set_default, "torch.set_default_tensor_type": _set_default,
        "torch.no_grad": _context, "torch.enable_grad": _context, "torch.device": _context,
        "torch.inference_mode": _context, "torch.autograd.set_detect_anomaly": _context,
        "torch.cuda.is_available": _not_finite, "torch.backends.mps.is_available": _not_finite,
        "torch.cuda.empty_cache": _nothing, "torch.is_tensor": _finite,
        "torch.Generator": _generator, "torch.autograd.Variable": _variable,
        "torch.linalg.qr": _decomposed, "torch.diagonal": _diagonal, "torch.diag": _diagonal,
        "torch.isfinite": _finite, "torch.isnan": _not_finite, "torch.isinf": _not_finite,
        "torch.numel": lambda call: _counted(_as_method(call)),
        "torch.utils.data.TensorDataset": _data_set, "torch.utils.data.DataLoader": _loader,
        "torch.utils.data.Dataset.__init__": _nothing,
    },
    families={
        NN: _foreign_module, FUNCTIONAL: _foreign_function, NN + "init.": _not_known_start,
        "torch.optim.": _optimizer, "torch.optim.lr_scheduler.": _schedule,
    },
    methods={
        Tensor: _TENSOR_METHODS,
        Module: {
            **_OF_MODULES, "__call__": _forward, "forward": _forward, "append": _append,
            "extend": _extend,
        },
        Optimizer: {"zero_grad": _zero, "step": _step, "state_dict": _unknown},
        Schedule: {"step": _scheduled, "get_last_lr": _unknown},
        Context: {"manual_seed": _seeded_generator, "seed": _unknown},
        Length: {"clamp": _limited},
        Unknown: {
            "backward": _unknown_training, "step": _unknown_training,
            "zero_grad": _unknown_training,
            "load_state_dict": _unknown_training,
        },
    },
    attributes={
        Tensor: {
            "data": _data_attribute, "grad": _gradient,
            "requires_grad": lambda machine, of, line: of.op == "parameter" and of.trained,
            "is_cuda": lambda machine, of, line: False,
            "device": lambda machine, of, line: Context(),
        },
        Module: {
            "*": _part, "bias": lambda machine, of, line: of.own.get("bias"),
            "training": lambda machine, of, line: True,
        },
        Optimizer: {"param_groups": lambda machine, of, line: Groups()},
        Context: {"type": lambda machine, of, line: "cpu"},
    },
    inherited={
        "torch.nn.Module": {**_OF_MODULES, "__init__": _nothing, "__call__": _forward_instance,
                            "forward": _forward_instance},
        "torch.nn.Sequential": {**_OF_MODULES, "__init__": _start_sequential,
                                "__call__": _forward_instance, "forward": _forward_instance},
        "torch.utils.data.Dataset": {"__init__": _nothing},
    },
    items={
        Module: _item_of_module, Groups: lambda machine, of, index, line: of,
        Dataset: lambda machine, of, index, line: Unknown(line),
    },
    stores={
        Tensor: _store,
        Groups: lambda machine, of, index, value, line: machine.record("schedule", of, line),
    },
    operators={Length: _of_length},
    augmented={Tensor: _augmented},
    passes={
        Module: _passes_of_module,
        Groups: lambda machine, value: (1, [value], value),
        Dataset: lambda machine, value: machine.passes(Pairs(list(value.of))),
    },
    sets={Module: _set_on_module, Tensor: _set_on_tensor},
    renames={
        "torch.functional": "torch", "torch.nn.modules.activation": "torch.nn",
        "torch.nn.modules": "torch.nn", "torch.special.expit": "torch.sigmoid",
        "torch.optim.adam": "torch.optim", "torch.optim.sgd": "torch.optim",
        "torch.nn.parameter": "torch.nn", "torch.float": "torch.float32",
        "torch.double": "torch.float64", "torch.long": "torch.int64",
    },
    usual={
        "torch": "torch", "nn": "torch.nn", "F": "torch.nn.functional", "optim": "torch.optim",
        "DataLoader": "torch.utils.data.DataLoader",
        "TensorDataset": "torch.utils.data.TensorDataset",
    },
    recipes={
        "divide_by_norms": (
            _dump(*(DIVIDED.format(layers=of) for of in ("net.layers", "[*net.blocks, net.last]"))),
            _divided,
        ),
        "norm": (_dump(LENGTH), _length),
    },
    harmless=(
        "torch.save", "torch.backends", "torch.cuda.", "torch.set_", "torch.use_deterministic",
        "torch.get_", "torch.utils.tensorboard", "torch.argmax", "torch.sum", "torch.eq",
        "torch.linspace", "torch.meshgrid", "torch.round", "torch.randint", "torch.version",
        "torchvision",
    ),
)  # fmt: skip
