"""The mistakes that reading alone can see, and what becomes of the program under each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from models.reading.network import Dense, Network, Nonlinearity
from models.reading.reading import Mistake

Found = tuple[int, Mapping[str, object]]
"""A line, and what the sentence about it says."""


@dataclass(frozen=True)
class Kind:
    """A mistake.

    Attributes:
        seen: where it is in a network; None: nowhere.
        trained: whether the lab can train the program as it is.
        stops: whether the framework itself may stop with an error.
        moves: whether any weight ever moves.
    """

    seen: Callable[[Network], Found | None]
    trained: bool = True
    stops: bool = False
    moves: bool = True


def _ends(network: Network) -> list[Nonlinearity]:
    """What the last sums go through."""
    ends: list[Nonlinearity] = []
    for layer in network.layers:
        if isinstance(layer, Dense):
            ends = []
        elif isinstance(layer, Nonlinearity) and layer.name not in ("identity", "same"):
            ends.append(layer)
    return ends


def _names(network: Network) -> list[str]:
    return [end.name for end in _ends(network)]


def _no_activation(network: Network) -> Found | None:
    """Two layers of sums, one behind the other, are one."""
    bare: Dense | None = None
    for layer in network.layers:
        if isinstance(layer, Dense):
            if bare is not None:
                return layer.line, {"first": bare.line, "second": layer.line}
            bare = layer
        elif isinstance(layer, Nonlinearity) and layer.name not in ("identity", "same"):
            bare = None
    return None


def _softmax_of_one(network: Network) -> Found | None:
    """It is 1, whatever the sum."""
    if network.dense[-1].outputs != 1:
        return None
    soft = [end for end in _ends(network) if end.name in ("softmax", "log_softmax")]
    return (soft[0].line, {}) if soft else None


def _double_sigmoid(network: Network) -> Found | None:
    """A loss that has a sigmoid, or a softmax, of its own is given what went through one."""
    twice = {"bce_logits": ("sigmoid",), "cross_entropy": ("softmax", "sigmoid")}
    for end in _ends(network):
        if end.name in twice.get(network.loss.name, ()) and network.dense[-1].outputs > (
            1 if network.loss.name == "cross_entropy" else 0
        ):
            return end.line, {"loss": network.loss.name, "loss_line": network.loss.line}
    return None


def _not_a_probability(network: Network) -> Found | None:
    """The logarithm of what may be below 0 or above 1."""
    names = _names(network)
    fits = {
        "bce_clipped": (),
        "bce": ("sigmoid", "softmax"),
        "categorical": ("softmax", "sigmoid"),
        "nll": ("log_softmax", "log_sigmoid"),
    }.get(network.loss.name)
    if fits is None or (names and names[-1] in fits):
        return None
    return network.loss.line, {"last": names[-1] if names else "", "line": network.dense[-1].line}


def _cross_entropy_of_one(network: Network) -> Found | None:
    """Of a single unit its softmax is 1 and the loss 0."""
    over_units = ("cross_entropy", "nll", "categorical")
    alone = network.dense[-1].outputs == 1 and network.loss.name in over_units
    return (network.loss.line, {"line": network.dense[-1].line}) if alone else None


def _broadcast_labels(network: Network) -> Found | None:
    """Every answer is compared with every label."""
    labels, answer = network.data.label_shape, network.data.answer_shape
    if labels == answer or network.loss.name not in ("mse", "l1", "bce", "bce_logits"):
        return None
    try:
        pairs = math.prod(np.broadcast_shapes(labels, answer))
    except ValueError:
        return None
    if pairs <= max(math.prod(labels), math.prod(answer)):
        return None
    return network.data.labels_line, {"labels": labels, "answers": answer}


def _no_zero_grad(network: Network) -> Found | None:
    loop = network.loop
    if loop.zeroes or not loop.takes_steps:
        return None
    return loop.backward_line or loop.line, {}


def _no_step(network: Network) -> Found | None:
    loop = network.loop
    return None if loop.takes_steps else (loop.backward_line or loop.line, {})


def _wrong_parameters(network: Network) -> Found | None:
    descent = network.descent
    return (descent.line, {}) if descent.moves == "none" else None


def _integer_labels(network: Network) -> Found | None:
    data = network.data
    if data.label_type == "float":
        return None
    return data.labels_line, {"found": data.label_type, "wanted": network.dtype}


def _zero_weights(network: Network) -> Found | None:
    """All units of a layer are alike, and stay so."""
    zero = [
        layer.weight.kind == "constant" and layer.weight.arguments == (0.0,)
        for layer in network.dense
    ]
    line = network.dense[0].weight.line or network.dense[0].line
    return (line, {}) if all(zero) else None


_REACHES: Mapping[str, tuple[float, float]] = {
    "sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "relu": (0.0, float("inf")), "softmax": (0.0, 1.0),
}  # fmt: skip


def _target_out_of_range(network: Network) -> Found | None:
    """What is asked for is no answer that can be given, or no label of the loss."""
    labels, names = network.data.labels or (), _names(network)
    if not labels:
        return None
    low, high = (0.0, 1.0)
    if network.loss.name == "mse":
        low, high = _REACHES.get(names[-1], (-float("inf"), float("inf"))) if names else (
            -float("inf"), float("inf"),
        )  # fmt: skip
    elif network.loss.name in ("cross_entropy", "nll"):
        high = max(network.dense[-1].outputs - 1.0, 1.0)
    if low <= min(labels) and max(labels) <= high:
        return None
    values = {"labels": sorted(set(labels))[:4], "low": low, "high": high}
    return network.data.labels_line, values


MISTAKES: dict[str, Kind] = {
    "no_activation": Kind(_no_activation),
    "softmax_of_one": Kind(_softmax_of_one, trained=False, moves=False),
    "double_sigmoid": Kind(_double_sigmoid),
    "not_a_probability": Kind(_not_a_probability, stops=True),
    "cross_entropy_of_one": Kind(_cross_entropy_of_one, trained=False, moves=False),
    "broadcast_labels": Kind(_broadcast_labels, stops=True),
    "no_zero_grad": Kind(_no_zero_grad),
    "no_step": Kind(_no_step, trained=False, moves=False),
    "wrong_parameters": Kind(_wrong_parameters, trained=False, moves=False),
    "integer_labels": Kind(_integer_labels, trained=False, stops=True, moves=False),
    "zero_weights": Kind(_zero_weights),
    "target_out_of_range": Kind(_target_out_of_range),
}
"""Every mistake that is looked for."""


def found_mistakes(network: Network) -> Iterator[Mistake]:
    """The mistakes of a network, in the table's order."""
    if not network.dense:
        return
    for name, kind in MISTAKES.items():
        if found := kind.seen(network):
            line, values = found
            yield Mistake(name, line, values)
