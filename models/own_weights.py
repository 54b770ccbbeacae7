"""Weights of one's own to start from: as a value, and as JSON.

A start is ``((W, b), ...)``, layer 1 first, with ``W [fan_in][fan_out]`` and ``b [fan_out]`` as
nested tuples: unlike a tensor it is compared by its numbers, can be a key, and cannot be changed.
"""

import json
from collections.abc import Sequence
from typing import Any

import torch

from models.initializers import Parameters

Start = tuple[tuple[tuple[tuple[float, ...], ...], tuple[float, ...]], ...]
MOST_NUMBERS = 20_000
LARGEST = 1e6


def as_start(value: Any, fans: Sequence[tuple[int, int]]) -> Start:
    """A start of nested sequences (lists, tuples, arrays or tensors).

    Args:
        value: ``((W, b), ...)``.
        fans: ``(fan_in, fan_out)`` of each layer.

    Raises:
        ValueError: it is no such thing; the message says what is missing.
    """
    if sum((fan_in + 1) * fan_out for fan_in, fan_out in fans) > MOST_NUMBERS:
        raise ValueError(f"networks of at most {MOST_NUMBERS:,} weights and biases")
    layers = _items(value, len(fans), f"one (W, b) for each of the {len(fans)} layers")
    return tuple(
        _layer(layer, number, *fan)
        for number, (layer, fan) in enumerate(zip(layers, fans, strict=True), start=1)
    )


def _layer(layer: Any, number: int, fan_in: int, fan_out: int) -> tuple:
    weight, bias = _items(layer, 2, f"(W, b) in layer {number}")
    what = f"in layer {number} a W of {fan_in} rows of {fan_out} numbers"
    rows = tuple(_numbers(row, fan_out, what) for row in _items(weight, fan_in, what))
    return rows, _numbers(bias, fan_out, f"in layer {number} a b of {fan_out} numbers")


def _items(value: Any, count: int, what: str) -> list:
    """``value`` as a list, if it has so many items."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if not isinstance(value, list | tuple) or len(value) != count:
        raise ValueError(what)
    return list(value)


def _numbers(value: Any, count: int, what: str) -> tuple[float, ...]:
    numbers = _items(value, count, what)
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ValueError(what)
        if not abs(number) <= LARGEST:  # nor is NaN
            raise ValueError(f"{what}, each from {-LARGEST:.0e} to {LARGEST:.0e}")
    return tuple(map(float, numbers))


def from_json(text: str) -> Any:
    """What a text in JSON says; ``as_start`` sees whether it is a start.

    Raises:
        ValueError: it is not JSON, or too long to be a start.
    """
    if len(text) > 32 * MOST_NUMBERS:
        raise ValueError(f"at most {MOST_NUMBERS:,} numbers")
    try:
        return json.loads(text)
    except RecursionError as deep:
        raise ValueError("((W, b), ...)") from deep


def start_from_json(text: str) -> Start:
    """The start that a text in JSON says, of whatever shape.

    Raises:
        ValueError: it is none.
    """
    value = from_json(text)
    try:
        fans = [(len(weight), len(bias)) for weight, bias in value]
    except (TypeError, ValueError) as other:
        raise ValueError("((W, b), ...)") from other
    return as_start(value, fans)


def widths_of(start: Start) -> tuple[int, ...]:
    """Units of each hidden layer: as many as the next layer has inputs."""
    return tuple(len(weight) for weight, _ in start[1:])


def to_json(start: Start) -> str:
    """A start as JSON, one layer a line."""
    return "[" + ",\n ".join(json.dumps(layer) for layer in start) + "]\n"


def as_parameters(start: Start, dtype: torch.dtype) -> Parameters:
    """The start of one network, ``(W [1, fan_in, fan_out], b [1, fan_out])`` of each layer."""
    return [
        (torch.tensor([weight], dtype=dtype), torch.tensor([bias], dtype=dtype))
        for weight, bias in start
    ]
