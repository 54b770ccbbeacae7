"""A PyTorch program's network and training, from what it did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.reading.dialects.torch_descent import OPTIMIZERS, Optimizer
from models.reading.evaluation import Machine
from models.reading.graph import (
    AGREES,
    Judged,
    Points,
    RefusedError,
    assumed_of,
    judged_by,
    layers_of,
    networks_of,
    parameters_of,
    points_of,
)
from models.reading.network import Data, Dense, Descent, Layer, Loop, Loss, Network
from models.reading.tensors import Tensor, ancestors
from models.reading.training import ByHand, Session, session_of
from models.reading.values import Event, Events, Unknown, happenings

_FREE = ("lr", "momentum", "weight_decay", "nesterov")
_NAMES = {"lr": "learning_rate", "momentum": "momentum", "weight_decay": "weight_decay"}


def describe(machine: Machine) -> Network:
    """What a program that was gone through builds and how it trains that.

    Raises:
        RefusedError: it is nothing that is known, or nothing at all.
    """
    events = tuple(machine.events)
    if dark := next((each for each in happenings(events) if each.kind == "unknown"), None):
        raise _not_known(machine, dark.what, dark.line)
    moved = [each for each in happenings(events) if each.kind == "backward"]
    own = _own_parameters(moved)
    session = session_of(events, lambda event: _zeroes(event, own, _optimizer(events)))
    loss = session.backward.what
    if not isinstance(loss, Tensor):
        raise _not_known(machine, loss, session.backward.line)
    if odd := machine.facts.get("odd"):
        (name, argument, value), line = odd
        raise RefusedError(
            "other_argument", line, name=name, argument=argument, value=_shown(value)
        )
    judged = judged_by(loss)
    layers, inputs = layers_of(judged.answer)
    networks = networks_of(judged.answer)
    _check_kinds(judged)
    points = points_of(inputs, judged.labels)
    weights = _weights(judged.answer)
    dtype, dtype_line = weights[0].kind, _dtype_line(machine)
    seed, seed_line = machine.facts.get("seed", (None, 0))
    clip, clip_line = _clip(session)
    return Network(
        dialect="torch",
        layers=tuple(layers),
        loss=_of_one(_summed(judged.loss, session, points), networks),
        descent=_descent(session, _optimizer(events), parameters_of(loss)),
        data=_data(judged, inputs, points, layers, networks),
        loop=_loop(session, points),
        dtype=dtype,
        dtype_line=dtype_line,
        seed=seed if isinstance(seed, int) else None,
        seed_line=seed_line,
        clip=clip,
        clip_line=clip_line,
        unit_gradient=bool(session.units),
        unit_line=session.units[0].line if session.units else 0,
        networks=networks,
        networks_line=weights[0].line if networks else 0,
        assumed=assumed_of(judged, layers),
    )


def _of_one(loss: Loss, networks: int | None) -> Loss:
    """Of several networks whose losses are added up, the loss of one."""
    if networks is None:
        return loss
    factor = loss.factor / networks
    if abs(factor - 1) < AGREES:
        return replace(loss, factor=1.0, reduction="mean")
    raise RefusedError("other_loss", loss.line, name=loss.name)


def _not_known(machine: Machine, loss: object, line: int) -> RefusedError:
    """Why nothing is known of a loss."""
    if mismatch := machine.facts.get("mismatch"):
        shapes, where = mismatch
        return RefusedError("shape_mismatch", where, found=shapes)
    where = loss.line if isinstance(loss, Unknown) and loss.line else line
    return RefusedError("not_understood", where)


def _optimizer(events: Events) -> Optimizer | None:
    """The optimizer that is asked for steps; if none is, the one that is asked for anything."""
    asked = [each.what for each in happenings(events) if each.kind == "step"]
    asked += [each.facts.get("optimizer") for each in happenings(events)]
    return next((each for each in asked if isinstance(each, Optimizer)), None)


def _zeroes(event: Event, own: set[int], optimizer: Optimizer | None) -> bool:
    """Whether gradients are set to zero, be it of the wrong network, whose optimizer it is."""
    given = _ids(event.what)
    others = _ids(optimizer.parameters) if optimizer else set()
    return own <= given or (given == others and not own & given)


def _own_parameters(backwards: Sequence[Event]) -> set[int]:
    """By ``id`` the parameters of all losses whose gradients are computed."""
    losses = [each.what for each in backwards if isinstance(each.what, Tensor)]
    return {id(each) for loss in losses for each in parameters_of(loss)}


def _ids(of: object) -> set[int]:
    return {id(each) for each in of} if isinstance(of, list | tuple) else set()


def _weights(answer: Tensor) -> list[Tensor]:
    return [each for each in parameters_of(answer) if len(each.shape) >= 2]


def _check_kinds(judged: Judged) -> None:
    """PyTorch computes with numbers of one type, and stops where they are of two."""
    for each in ancestors(judged.answer):
        if each.op not in ("linear", "@"):
            continue
        x, weight = each.parents[:2]
        if x.kind != weight.kind:
            raise RefusedError("dtype_mismatch", x.line, found=x.kind, wanted=weight.kind)
    labels, answer = judged.labels, judged.answer
    if not judged.named:
        return
    chosen = judged.loss.name in ("cross_entropy", "nll")
    if chosen and labels.shape != answer.shape:
        if "int" not in labels.kind or labels.shape != answer.shape[:-1]:
            shape = list(labels.shape)
            raise RefusedError("dtype_mismatch", labels.line, found=labels.kind, shape=shape,
                               wanted="int64")  # fmt: skip
    elif labels.is_float and labels.kind != answer.kind:
        raise RefusedError("dtype_mismatch", labels.line, found=labels.kind, wanted=answer.kind)


def _dtype_line(machine: Machine) -> int:
    for name in ("dtype_of_network", "dtype"):
        if name in machine.facts:
            return machine.facts[name][1]
    return 0


def _clip(session: Session) -> tuple[float | None, int]:
    if not session.clips:
        return None, 0
    if len(session.clips) > 1:
        raise RefusedError("other_loop", session.clips[1].line)
    (event,) = session.clips
    return float(event.facts["most"]), event.line


def _summed(loss: Loss, session: Session, points: Points) -> Loss:
    """The loss of a step whose gradient is that of several losses, one batch's after the other."""
    if session.gathers == 1:
        return loss
    if points.batch is None or points.inputs is None:
        raise RefusedError("other_loop", session.backward.line)
    count = len(points.inputs)
    if session.gathers * points.batch != count:
        raise RefusedError("other_loop", session.backward.line)
    return Loss(loss.name, loss.factor * session.gathers, loss.line, "sum")


def _loop(session: Session, points: Points) -> Loop:
    whole = points.batch is None or session.gathers > 1
    return Loop(
        steps=session.steps if session.steps is not None else -1,
        batch=None if whole else points.batch,
        order="fixed" if whole else points.order,
        zeroes=session.zeroes,
        takes_steps=session.step is not None and not session.erased,
        line=session.line,
        batch_line=points.line if not whole else 0,
        backward_line=session.backward.line,
        zero_line=session.zero_line,
        stops_early=bool(session.stops),
    )


def _descent(
    session: Session, optimizer: Optimizer | None, parameters: Sequence[Tensor]
) -> Descent:
    """The optimizer, also of a program that never asks it for a step, or what stands for it."""
    step = session.step
    if step is not None and isinstance(step.what, ByHand):
        moves = _moves(step.what.parameters, parameters)
        return Descent("sgd", {"learning_rate": step.what.rate}, step.line, moves=moves)
    if optimizer is None:
        return Descent("none", {}, session.backward.line)
    if optimizer.kind not in OPTIMIZERS:
        raise RefusedError("other_optimizer", optimizer.line, name=optimizer.kind)
    name, _, usual = OPTIMIZERS[optimizer.kind]
    for key, value in optimizer.arguments.items():
        if key not in _FREE and value != usual.get(key):
            odd = {"argument": key, "value": _shown(value)}
            raise RefusedError("other_argument", optimizer.line, name=optimizer.kind, **odd)
    arguments = _arguments(optimizer)
    if optimizer.kind == "AdamW" and arguments["weight_decay"]:  # it is not L2's
        raise RefusedError("other_optimizer", optimizer.line, name=optimizer.kind)
    if name == "sgd" and arguments.get("momentum"):
        name = "nesterov" if optimizer.arguments["nesterov"] is True else "momentum"
    elif name != "rmsprop":
        arguments.pop("momentum", None)
    moves = _moves(optimizer.parameters, parameters)
    lines = {_NAMES[key]: optimizer.line for key in optimizer.given if key in _NAMES}
    return Descent(name, arguments, optimizer.line, lines, moves)


def _shown(value: object) -> object:
    """A value as a sentence can say it."""
    return value if isinstance(value, bool | int | float | str) else "…"


def _arguments(optimizer: Optimizer) -> dict[str, float]:
    found = {}
    for key, name in _NAMES.items():
        value = optimizer.arguments.get(key)
        if value is None:
            continue
        if not isinstance(value, int | float):
            raise RefusedError("not_understood", optimizer.line)
        found[name] = float(value)
    return found


def _moves(of: Sequence[object], parameters: Sequence[Tensor]) -> str:
    """Which of the network's parameters are moved."""
    given = {id(each) for each in of if isinstance(each, Tensor)}
    hit = [id(each) in given and each.trained for each in parameters]
    return "all" if all(hit) else "some" if any(hit) else "none"


def _data(
    judged: Judged, inputs: Tensor, points: Points, layers: Sequence[Layer], networks: int | None
) -> Data:
    labels, answer = judged.labels, judged.answer
    shapes = [labels.shape, answer.shape]
    if networks is not None:
        points, shapes = _first_network(points, networks), [each[1:] for each in shapes]
    dense = [layer for layer in layers if isinstance(layer, Dense)]
    units = dense[-1].outputs if dense else 1
    rows = points.inputs
    if rows is not None and rows.ndim == 1:
        rows = rows.reshape(1, -1)
    if rows is not None and rows.ndim != 2:
        raise RefusedError("image_input" if rows.ndim > 2 else "other_data", inputs.line,
                           inputs=list(rows.shape[1:]))  # fmt: skip
    targets, one_hot = _targets(points.labels, units)
    kind = "float"
    if judged.named and judged.loss.name not in ("cross_entropy", "nll") and not labels.is_float:
        kind = "bool" if labels.kind == "bool" else "int"
    return Data(
        inputs=None if rows is None else tuple(tuple(map(float, row)) for row in rows),
        labels=targets,
        label_shape=shapes[0],
        answer_shape=shapes[1],
        label_type=kind,
        inputs_line=inputs.line,
        labels_line=labels.line,
        one_hot=one_hot,
    )


def _first_network(points: Points, networks: int) -> Points:
    """What one of several networks is shown, which all are shown the same."""
    rows, labels = points.inputs, points.labels
    if labels is not None and points.batch is None and len(labels) == networks:
        if not np.all(labels == labels[:1]):
            raise RefusedError("other_data")
        labels = labels[0]
    if points.batch is not None:  # a row a point, with the same for each network
        rows = rows if rows is None else rows.reshape(len(rows), -1)[:, :2]
        labels = labels if labels is None else labels.reshape(len(labels), -1)[:, :1]
    return replace(points, inputs=rows, labels=labels)


def _targets(labels: np.ndarray | None, units: int) -> tuple[tuple[float, ...] | None, bool]:
    """A number a point; of one-hot rows the place of the 1."""
    if labels is None:
        return None, False
    if labels.ndim > 1 and labels.shape[-1] > 1 and units > 1:
        rows = labels.reshape(-1, labels.shape[-1])
        if not (np.isin(rows, (0, 1)).all() and (rows.sum(1) == 1).all()):
            raise RefusedError("other_data")
        return tuple(float(place) for place in rows.argmax(1)), True
    return tuple(float(each) for each in labels.reshape(-1)), False
