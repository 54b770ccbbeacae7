"""PyTorch's layers: what they are, what they make of an input, and what is done to them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from models.reading.dialects.torch_starts import of_parameters, parameter
from models.reading.evaluation import Call, Handler, Machine, NotUnderstoodError
from models.reading.network import Draw
from models.reading.tensors import Tensor, apply, data, default_kind, drawn, kind_of
from models.reading.values import Function, Instance, Thing, Unknown

NN = "torch.nn."


FUNCTIONAL = "torch.nn.functional."


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


def linear(call: Call) -> object:
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


def norm(name: str) -> Handler:
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


def activation(call: Call) -> object:
    op, name, default = ACTIVATIONS[call.name.removeprefix(NN)]
    given = {k: v for k, v in call.kwargs.items() if k != "inplace"}
    if not name:
        usual = {"approximate": "none", "beta": 1, "threshold": 20}
        odd = any(given.get(key, value) != value for key, value in usual.items())
        odd = odd or bool(call.args and op in ("gelu", "softplus")) or bool(set(given) - set(usual))
        if odd and op != "same":
            return foreign_module(call)
        return Module(call.name, call.line, arguments={"op": op})
    value = given.pop(name, call.args[0] if call.args else default)
    if not isinstance(value, int | float):
        raise NotUnderstoodError(call.name)
    return Module(call.name, call.line, arguments={"op": op, "parameter": float(value)})


def _forward_activation(call: Call, module: Module) -> object:
    (x,) = call.bind("input")
    given = {k: v for k, v in module.arguments.items() if k == "parameter"}
    return apply(call.machine, str(module.arguments["op"]), [x], module.line, **given)


def softmax_module(call: Call) -> object:
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
        axes = x.arguments.get("axes") or () if x.op == "transpose" else ()
        # Of what was transposed it may be the last one.
        if axis in range(-len(axes), len(axes)) and axes[axis] == last:
            made = apply(machine, op, x.parents, line)
            return apply(machine, "transpose", [made], line, axes=axes)
        return apply(machine, "foreign", [x], line, name="softmax", axis=axis)
    return apply(machine, op, [x], line)


def softmax_function(op: str) -> Handler:
    def handler(call: Call) -> object:
        args = [*([] if call.receiver is None else [call.receiver]), *call.args]
        given = dict(call.kwargs)
        x = args[0] if args else given.pop("input", None)
        axis = given.pop("dim", args[1] if len(args) > 1 else None)
        return _softmax(call.machine, op, x, axis, call.line)

    return handler


def dropout(call: Call) -> object:
    (p, _) = call.bind("p", "inplace", p=0.5, inplace=False)
    if p == 0:
        return Module(NN + "Identity", call.line, arguments={"op": "same"})
    return foreign_module(call)


def foreign_module(call: Call) -> object:
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


def foreign_function(call: Call) -> object:
    parents = [each for each in call.everything if isinstance(each, Tensor)][:1]
    name = call.name.rpartition(".")[2]
    if not parents or not of_parameters(parents[0]):
        raise NotUnderstoodError(name)
    return apply(call.machine, "foreign", parents, call.line, name=name)


def container(call: Call) -> object:
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


def start_sequential(call: Call) -> object:
    """``super().__init__(...)`` of a class that is made from ``nn.Sequential``."""
    made = container(Call(call.machine, NN + "Sequential", None, call.args, {}, call.line))
    assert isinstance(made, Module) and isinstance(call.receiver, Instance)
    call.receiver.attributes.update(made.children)
    return None


def _forward_in_turn(call: Call, module: object) -> object:
    (x,) = call.bind("input")
    for _, child in _children(module):
        x = call.machine.call(child, [x], {}, call.line)
    return x


def forward_instance(call: Call) -> object:
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
    NN + "Flatten": lambda call, module: flattened(call),
    "foreign": _forward_foreign,
    **{NN + name: _forward_activation for name in ACTIVATIONS},
}
"""What a module makes of its input."""


def forward(call: Call) -> object:
    module = call.receiver
    assert isinstance(module, Module)
    if forward := FORWARD.get(module.kind):
        return forward(call, module)
    raise NotUnderstoodError(module.kind)


def flattened(call: Call) -> object:
    x = (
        call.args[0]
        if call.receiver is None or isinstance(call.receiver, Module)
        else call.receiver
    )
    if not isinstance(x, Tensor) or len(x.shape) < 2:
        return x
    return apply(call.machine, "flatten", [x], call.line, x.kind, start=1)


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


def append(call: Call) -> object:
    (module,) = call.bind("module")
    inside = call.receiver.children
    if call.machine.maybe:
        raise NotUnderstoodError("append")
    inside[str(len(inside))] = module
    return call.receiver


def extend(call: Call) -> object:
    (more,) = call.bind("modules")
    items = call.machine.items(more)
    if items is None or call.machine.maybe:
        raise NotUnderstoodError("extend")
    for each in items:
        call.receiver.children[str(len(call.receiver.children))] = each
    return call.receiver


def passes_of_module(machine: Machine, value: Module) -> tuple[int, list[object], object]:
    inside = [each for _, each in value.children.items()]
    return len(inside), inside, Unknown()


def item_of_module(machine: Machine, of: Module, index: object, line: int) -> object:
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


def set_on_module(machine: Machine, of: Module, name: str, value: object, line: int) -> bool:
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


def part(machine: Machine, of: Module, name: str) -> object:
    """A part of a module by its name."""
    for rows in (of.own, of.children, of.arguments):
        if name in rows:
            return rows[name]
    return None


def unknown(call: Call) -> object:
    return Unknown(call.line)


def itself(call: Call) -> object:
    return call.receiver


def nothing(call: Call) -> object:
    return None


OF_MODULES: dict[str, Handler] = {
    "parameters": _parameters, "named_parameters": _named_parameters, "apply": _apply,
    "modules": _modules, "named_modules": _named_modules, "children": _direct,
    "named_children": _named_children, "to": _moved, "double": _moved, "float": _moved,
    "half": _moved, "cuda": itself, "cpu": itself, "zero_grad": _zero_module,
    "eval": _evaluating, "train": _training, "requires_grad_": _require,
    "add_module": _add_module, "register_module": _add_module,
    "register_parameter": _register, "register_buffer": _register, "state_dict": unknown,
    "extra_repr": unknown, "parameters_count": unknown,
}  # fmt: skip
"""What any module can do."""
