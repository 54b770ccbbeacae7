"""How PyTorch's programs go down: its optimizers, and steps that a program does itself."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from models.gradients import CLIP_EPSILON
from models.reading.dialects.torch_modules import parameters_in
from models.reading.dialects.torch_starts import (
    IN_PLACE,
    become_parameter,
    of_parameters,
    set_draw,
)
from models.reading.evaluation import Call, Handler, Machine, NotUnderstoodError
from models.reading.network import Draw
from models.reading.tensors import Tensor, draw_of
from models.reading.values import Thing, Unknown

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


_NO_MATTER = ("foreach", "fused", "capturable", "differentiable", "maximize")


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


def in_place(name: str) -> Handler:
    def handler(call: Call) -> object:
        of = call.receiver
        assert isinstance(of, Tensor)
        if of.op == "gradient":
            return _gradient_set(call.machine, of, 0.0 if name == "zero_" else None, call.line)
        inner = Call(call.machine, name, None, [of, *call.args], call.kwargs, call.line)
        return set_draw(call.machine, of, IN_PLACE[name](inner), call.line)

    return handler


def gradient(machine: Machine, of: Tensor, line: int) -> object:
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


def length(call: Call) -> object:
    """The lab's own function ``norm(gradients)``, of all networks at once."""
    (gradients,) = call.bind("gradients")
    items = call.machine.items(gradients) or []
    known = [each for each in items if isinstance(each, Tensor) and each.op == "gradient"]
    if not known or len(known) < len(items):
        raise NotUnderstoodError("norm")
    return Length([each.parents[0] for each in known])


def of_length(machine: Machine, sign: str, left: object, right: object, line: int) -> object:
    """``most / (norm(gradients) + epsilon)``."""
    if sign == "+" and isinstance(left, Length) and right == CLIP_EPSILON:
        return left
    if sign == "/" and isinstance(right, Length) and isinstance(left, int | float):
        return Length(right.of, float(left))
    return Unknown(line)


def limited(call: Call) -> object:
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


def dump(*texts: str) -> tuple[str, ...]:
    return tuple(ast.dump(ast.parse(text).body[0]) for text in texts)


def divided(call: Call) -> object:
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


def augmented(machine: Machine, sign: str, of: object, value: object, line: int) -> object:
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


def subtracted(call: Call) -> object:
    """``w.sub_(rate * w.grad)``, ``w.add_(w.grad, alpha=-rate)``."""
    value, alpha = call.bind("other", "alpha", alpha=1)
    of, sign = call.receiver, {"sub_": "-", "add_": "+", "mul_": "*", "div_": "/"}[call.name]
    assert isinstance(of, Tensor)
    if alpha != 1:
        value = call.machine.binary("*", alpha, value, call.line)
    return augmented(call.machine, sign, of, value, call.line)


def set_on_tensor(machine: Machine, of: Tensor, name: str, value: object, line: int) -> bool:
    """``w.data = ...``, ``w.grad = None``, ``w.requires_grad = True``."""
    if name == "grad" and of.op == "parameter":
        if isinstance(value, Tensor) and value.op == "gradient" and value.parents[0] is of:
            return True
        machine.record("zero_one" if value is None else "treated", of, line, local=True)
        return True
    if name == "requires_grad" and value is True:
        become_parameter(machine, of)
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
        if not of_parameters(value) and value.shape == of.shape:
            set_draw(machine, of, draw_of(value), line)
            return True
    return False


def _stepped(machine: Machine, of: Tensor, step: Tensor, line: int) -> bool:
    rate = _rate_of(step, of)
    if rate is not None:
        machine.record("descend", of, line, local=True, rate=rate)
    return rate is not None


def backward(call: Call) -> object:
    if set(call.kwargs) - {"retain_graph", "create_graph"} or call.args:
        raise NotUnderstoodError("backward")
    call.machine.record("backward", call.receiver, call.line)
    return None


def optimizer(call: Call) -> object:
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


def zero(call: Call) -> object:
    optimizer = call.receiver
    assert isinstance(optimizer, Optimizer)
    call.machine.record("zero", optimizer.parameters, call.line, optimizer=optimizer)
    return None


def step(call: Call) -> object:
    if call.everything:
        raise NotUnderstoodError("closure")
    call.machine.record("step", call.receiver, call.line)
    return None


def schedule(call: Call) -> object:
    return Schedule(call.line)


def scheduled(call: Call) -> object:
    call.machine.record("schedule", call.receiver, call.line)
    return None


def clipped(call: Call) -> object:
    of, most, norm, *_ = call.bind(
        "parameters", "max_norm", "norm_type", "error_if_nonfinite", "foreach",
        norm_type=2.0, error_if_nonfinite=False, foreach=None,
    )  # fmt: skip
    items = [of] if isinstance(of, Tensor) else call.machine.items(of)
    if items is None or norm != 2 or not isinstance(most, int | float):
        raise NotUnderstoodError("clip_grad_norm_")
    call.machine.record("clip", items, call.line, most=float(most))
    return Unknown(call.line)


def treated(call: Call) -> object:
    call.machine.record("treated", call.args[:1], call.line)
    return None


def unknown_training(call: Call) -> object:
    """Something that trains, of what is not known."""
    call.machine.not_read(call.line)
    call.machine.record("unknown", call.receiver, call.line)
    return Unknown(call.line)
