"""PyTorch's parameters, and what they start as."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from models.reading.evaluation import Call, Handler, Machine, NotUnderstoodError
from models.reading.network import Draw
from models.reading.tensors import Tensor, ancestors, draw_of
from models.reading.values import Unknown

_GAINS = {"tanh": 5 / 3, "relu": math.sqrt(2), "selu": 0.75}


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


def become_parameter(machine: Machine, of: Tensor) -> Tensor:
    """``requires_grad_``: the tensor itself becomes a parameter."""
    if of.op != "parameter" and not of_parameters(of):
        of.draw, of.op, of.known, of.parents = draw_of(of), "parameter", False, ()
        of.trained, of.likeness = True, machine.number(("parameter", id(of)))
        machine.facts.setdefault("kept", ([], 0))[0].append(of)
    return of


def of_parameters(of: Tensor) -> bool:
    """Whether a tensor is made of parameters."""
    return any(each.op == "parameter" for each in ancestors(of) if each is not of)


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


def _fans(of: Tensor) -> tuple[int, int]:
    """Of PyTorch's ``[fan_out, fan_in]``."""
    if len(of.shape) != 2:
        raise NotUnderstoodError("fans")
    return of.shape[1], of.shape[0]


def gain(call: Call) -> object:
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


def initialized(name: str) -> Handler:
    def handler(call: Call) -> object:
        of = call.args[0] if call.args else call.kwargs.get("tensor")
        if not isinstance(of, Tensor):
            call.machine.poison(call.line)
            raise NotUnderstoodError(name)
        return set_draw(call.machine, of, DRAWS[name](call), call.line)

    return handler


def copy(call: Call) -> object:
    of, source = call.receiver, call.args[0] if call.args else None
    if not isinstance(of, Tensor) or not isinstance(source, Tensor) or of.shape != source.shape:
        raise NotUnderstoodError("copy_")
    if of_parameters(source):
        raise NotUnderstoodError("copy_")
    return set_draw(call.machine, of, draw_of(source), call.line)


def store(machine: Machine, of: Tensor, index: object, value: object, line: int) -> None:
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


def not_known_start(call: Call) -> object:
    of = call.args[0] if call.args else None
    if not isinstance(of, Tensor):
        raise NotUnderstoodError(call.name)
    return set_draw(call.machine, of, Draw("other", (call.name,)), call.line)
