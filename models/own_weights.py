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
MISSING = {
    "json": "((W, b), ...), in JSON",
    "few": "at most {most} weights and biases",
    "layers": "one (W, b) for each of the {layers} layers",
    "layer": "(W, b) in layer {layer}",
    "weights": "in layer {layer} a W of {rows} rows of {columns} numbers",
    "biases": "in layer {layer} a b of {columns} numbers",
    "range": "in layer {layer} numbers from -{largest} to {largest}",
}
"""What may be missing to be a start."""


class StartError(ValueError):
    """A value is no start.

    Attributes:
        missing: what it lacks, a key of ``MISSING``.
        counts: how much of it there has to be, and in which layer, as the sentence asks for it.
    """

    def __init__(self, missing: str, **counts: int | str):
        super().__init__(MISSING[missing].format(**counts))
        self.missing, self.counts = missing, counts


def as_start(value: Any, fans: Sequence[tuple[int, int]]) -> Start:
    """A start of nested sequences (lists, tuples, arrays or tensors).

    Args:
        value: ``((W, b), ...)``.
        fans: ``(fan_in, fan_out)`` of each layer.

    Raises:
        StartError: it is no such thing.
    """
    if sum((fan_in + 1) * fan_out for fan_in, fan_out in fans) > MOST_NUMBERS:
        raise StartError("few", most=f"{MOST_NUMBERS:,}")
    layers = _items(value, len(fans), StartError("layers", layers=len(fans)))
    return tuple(
        _layer(layer, number, *fan)
        for number, (layer, fan) in enumerate(zip(layers, fans, strict=True), start=1)
    )


def _layer(layer: Any, number: int, fan_in: int, fan_out: int) -> tuple:
    weight, bias = _items(layer, 2, StartError("layer", layer=number))
    wrong = StartError("weights", layer=number, rows=fan_in, columns=fan_out)
    rows = tuple(_numbers(row, number, fan_out, wrong) for row in _items(weight, fan_in, wrong))
    wrong = StartError("biases", layer=number, columns=fan_out)
    return rows, _numbers(bias, number, fan_out, wrong)


def _items(value: Any, count: int, wrong: StartError) -> list:
    """``value`` as a list, if it has so many items."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if not isinstance(value, list | tuple) or len(value) != count:
        raise wrong
    return list(value)


def _numbers(value: Any, layer: int, count: int, wrong: StartError) -> tuple[float, ...]:
    numbers = _items(value, count, wrong)
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise wrong
        if not abs(number) <= LARGEST:  # nor is NaN
            raise StartError("range", layer=layer, largest=f"{LARGEST:,.0f}")
    return tuple(map(float, numbers))


def from_json(text: str) -> Any:
    """What a text in JSON says; ``as_start`` sees whether it is a start.

    Raises:
        StartError: it is not JSON, or too long to be a start.
    """
    if len(text) > 32 * MOST_NUMBERS:
        raise StartError("few", most=f"{MOST_NUMBERS:,}")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as other:
        raise StartError("json") from other


def start_from_json(text: str) -> Start:
    """The start that a text in JSON says, of whatever shape.

    Raises:
        StartError: it is none.
    """
    value = from_json(text)
    if not isinstance(value, list) or not value:
        raise StartError("json")
    fans = []
    for number, layer in enumerate(value, start=1):
        wrong = StartError("layer", layer=number)
        weight, bias = _items(layer, 2, wrong)
        if not isinstance(weight, list) or not isinstance(bias, list):
            raise wrong
        fans.append((len(weight), len(bias)))
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
