"""What dialects share that are told which points and how many epochs: Keras and scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from models.reading.evaluation import Call, Machine
from models.reading.graph import RefusedError
from models.reading.network import Data
from models.reading.reading import Refusal, Unread
from models.reading.tensors import Tensor
from models.reading.values import Event, Events, Repeat


def refuse(call: Call, name: str, /, **values: object) -> None:
    """There will be no experiment, and this is why; the first reason counts."""
    call.machine.facts.setdefault("refusal", (Refusal(name, call.line, values), call.line))


def trainings(
    machine: Machine, kind: str, alike: Callable[[Any], Hashable]
) -> list[tuple[Event, int]]:
    """Events of a kind, and how often each happens.

    Raises:
        RefusedError: that is not known, or something refused before.
    """
    refusal, _ = machine.facts.get("refusal", (None, 0))
    if isinstance(refusal, Refusal):
        raise _refused(refusal)
    found = list(_counted(tuple(machine.events), kind, 1))
    if machine.poisoned:
        raise RefusedError("not_understood", machine.poisoned)
    if len({alike(event.what) for event, _ in found}) > 1:
        raise RefusedError("several_trainings", found[-1][0].line)
    return found


def _refused(refusal: Refusal) -> RefusedError:
    error = RefusedError(refusal.name, refusal.line)
    error.refusal = refusal
    return error


def _counted(events: Events, kind: str, times: int) -> list[tuple[Event, int]]:
    found: list[tuple[Event, int]] = []
    for event in events:
        if isinstance(event, Event):
            if event.kind == kind:
                if event.maybe:
                    raise RefusedError("not_understood", event.line)
                found.append((event, times))
            continue
        inner = _counted(event.events, kind, times)
        if inner and not isinstance(event, Repeat):
            raise RefusedError("other_loop", event.line)
        if inner and isinstance(event, Repeat):
            if event.times is None or not event.steady or event.stops:
                raise RefusedError("other_loop", event.line)
            inner = [(each, count * event.times) for each, count in inner]
        found += inner
    return found


def one_training(found: list[tuple[Event, int]]) -> tuple[list[Any], list[int]]:
    """What happens, and how often each of it."""
    return [event.what for event, _ in found], [times for _, times in found]


def points_of(inputs: Tensor) -> tuple[tuple[float, ...], ...]:
    """The points of a tensor of them.

    Raises:
        RefusedError: it is not known, or no such thing.
    """
    if not inputs.known:
        raise RefusedError("no_data", inputs.line)
    if len(inputs.shape) > 2:
        raise RefusedError("image_input", inputs.line, inputs=math.prod(inputs.shape[1:]))
    if len(inputs.shape) < 2 or inputs.shape[1] != 2:
        width = inputs.shape[1] if len(inputs.shape) > 1 else 1
        raise RefusedError("other_inputs", inputs.line, inputs=width)
    return tuple((float(first), float(second)) for first, second in inputs.values)


def answer_labels(
    inputs: Tensor,
    labels: Tensor,
    points: tuple[tuple[float, ...], ...],
    units: int,
    sparse: bool = False,
) -> Data:
    """What is to be learned; a row of one answer is made of each label, as the frameworks do.

    Raises:
        RefusedError: the labels are not known, or do not fit.
    """
    if not labels.known:
        raise RefusedError("no_data", labels.line)
    values = np.asarray(labels.values, dtype=float)
    if len(values) != len(points) or values.ndim > 2:
        raise RefusedError("shape_mismatch", labels.line, found=len(values), wanted=len(points))
    answer = (len(points), units)
    shape: tuple[int, ...] = answer
    one_hot = False
    if units > 1 and not sparse:
        if values.shape != answer:
            raise RefusedError("shape_mismatch", labels.line, found=values.shape[-1], wanted=units)
        if not np.array_equal(np.sort(values, axis=1)[:, ::-1], np.eye(units)[[0] * len(values)]):
            raise RefusedError("other_data", labels.line)
        values, shape, one_hot = values.argmax(axis=1), (len(points),), True
    elif values.size != len(points):
        raise RefusedError("shape_mismatch", labels.line, found=values.shape[-1], wanted=1)
    elif sparse:
        shape = (len(points),)
    flat = tuple(map(float, values.ravel()))
    return Data(points, flat, shape, answer, "float", inputs.line, labels.line, one_hot)


def uncertain(machine: Machine) -> tuple[Unread, ...]:
    """What was not understood, by line."""
    return tuple(machine.unread[line] for line in sorted(machine.unread))


def content(value: Tensor) -> tuple:
    """What two tensors have in common that are the same numbers."""
    return value.shape, value.kind, value.known, value.values.tobytes()
