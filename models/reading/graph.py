"""From the loss that a program computes back to the layers, the labels and the points.

What a framework has a name for is known by its op. What a program computes by itself, such as
``((h - y) ** 2).mean()`` or ``1 / (1 + exp(-z))``, is known by its numbers: it is the function that
it agrees with at random places, to six digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.activations import ACTIVATIONS
from models.norms import EPSILON
from models.reading.network import Dense, Draw, Layer, Loss, Nonlinearity, Norm, Skip
from models.reading.reading import Assumed, Refusal
from models.reading.tensors import (
    ELEMENTWISE,
    NONLINEAR,
    OPS,
    Tensor,
    ancestors,
    draw_of,
    evaluate,
    quiet,
)

AGREES = 2e-5  # relative: how far apart what is one function may be
PROBES = 3
MOST_ROWS = 8  # that are tried as labels
KEEPING = ("reshape", "squeeze", "unsqueeze", "flatten", "as_type", "same")
"""Ops after which the same numbers come in the same order."""
NAMED = {*NONLINEAR, "softmax", "log_softmax", "log_sigmoid", "maxout", "foreign"}
MOST_LAYERS = 210
MOST_TENSORS = 2500


class RefusedError(Exception):
    """A network is none of the lab's; ``refusal``: why."""

    def __init__(self, name: str, line: int | None = None, /, **values: object):
        super().__init__(name)
        self.refusal = Refusal(name, line, values)


def _log_softmax(z: np.ndarray) -> np.ndarray:
    return (
        z
        - z.max(-1, keepdims=True)
        - np.log(np.exp(z - z.max(-1, keepdims=True)).sum(-1, keepdims=True))
    )


def _chosen(logs: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of rows of logarithms the one that each label asks for; or their mean, of one-hot rows."""
    if y.shape == logs.shape and y.ndim > 1:
        return -(y * logs).sum(-1)
    places = y.astype(int).reshape(-1)
    chosen = -logs.reshape(-1, logs.shape[-1])[np.arange(len(places)), places]
    return chosen.reshape(y.shape)


LOSSES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "mse": lambda h, y: (h - y) ** 2,
    "bce": lambda h, y: -(y * np.log(h) + (1 - y) * np.log(1 - h)),
    "bce_logits": lambda z, y: np.logaddexp(0, z) - y * z,
    "cross_entropy": lambda z, y: _chosen(_log_softmax(z), y),
    "nll": lambda logs, y: _chosen(logs, y),
    "categorical": lambda p, y: _chosen(np.log(p), y),
    "l1": lambda h, y: np.abs(h - y),
    "other_loss": lambda h, y: h * 0 + y * 0,
}
"""Each point's own loss, of the answers and the labels: ops that a dialect's losses are made of."""
OPS.update({name: quiet(loss) for name, loss in LOSSES.items()})
_BY_HAND = ("mse", "bce", "bce_logits", "categorical")


@dataclass(frozen=True)
class Judged:
    """What a loss judges.

    Attributes:
        answer: the tensor that meets the labels.
        labels: the tensor that it meets.
        loss: by which.
        named: whether the framework has a name for it.
    """

    answer: Tensor
    labels: Tensor
    loss: Loss
    named: bool


def assumed_of(judged: Judged, layers: Sequence[Layer]) -> tuple[Assumed, ...]:
    """What the lab does otherwise: a logarithm that the program takes by itself is none once the
    answer rounds to 0 or 1; the lab's is taken of the logit.
    """
    end = layers[-1].name if isinstance(layers[-1], Nonlinearity) else ""
    rounds = not judged.named and judged.loss.name == "bce" and end == "sigmoid"
    return (Assumed("output", "sigmoid", "exact_logarithm"),) if rounds else ()


def parameters_of(tensor: Tensor) -> list[Tensor]:
    """The parameters that it is made of."""
    return [each for each in ancestors(tensor) if each.op == "parameter"]


def is_trained(tensor: Tensor) -> bool:
    """Whether it is made of parameters."""
    if tensor.computed is None:
        for each in ancestors(tensor):
            made = any(parent.computed for parent in each.parents)
            each.computed = each.op == "parameter" or made
    return bool(tensor.computed)


def judged_by(loss: Tensor) -> Judged:
    """What a loss judges, and how.

    Raises:
        RefusedError: it is no loss that is known.
    """
    order = ancestors(loss)
    if len(order) > MOST_TENSORS:
        raise RefusedError("too_complex", loss.line)
    if any(each.op == "detach" and is_trained(each) for each in order):
        raise RefusedError("not_understood", loss.line)
    named = [each for each in order if each.op in LOSSES]
    if len(named) > 1:
        raise RefusedError("other_loss", named[-1].line, name="several")
    return _named(loss, named[0]) if named else _by_hand(loss, order)


def _named(loss: Tensor, point: Tensor) -> Judged:
    answer, labels = point.parents
    if point.op == "other_loss":
        raise RefusedError("other_loss", point.line, name=point.arguments.get("name", ""))
    if answer.known or not is_trained(answer):
        answer, labels = labels, answer
        if point.op != "mse" or not is_trained(answer):
            raise RefusedError("not_understood", point.line)
    factors = []
    for values in _random(point.shape, 0.1, 2.0):
        factors.append(float(evaluate(loss, {id(point): values})) / values.mean())
    judged = _loss_of(point.op, factors, loss, point)
    return Judged(answer, labels, replace(judged, stops=point.op == "bce"), True)


def _loss_of(name: str, factors: Sequence[float], loss: Tensor, point: Tensor) -> Loss:
    """A loss that is a multiple of its points' mean."""
    first = factors[0]
    alike = np.allclose(factors, first, rtol=AGREES, atol=0) and first > 0
    if loss.shape not in ((), (1,), (1, 1)) or not alike or not np.isfinite(first):
        raise RefusedError("other_loss", point.line, name=name)
    factor = 1.0 if abs(first - 1) < AGREES else float(f"{first:.9g}")
    summed = abs(first - max(point.values.size, 1)) < AGREES * first and point.values.size > 1
    return Loss(name, factor, point.line, "sum" if summed else "mean")


def _by_hand(loss: Tensor, order: list[Tensor]) -> Judged:
    """What a program computes itself."""
    for stops in (_is_named_or_dense, _is_dense):
        bases = list(_bases(loss, stops))
        if len(bases) == 1 and (found := _recognized(loss, bases[0])):
            return found
    raise RefusedError("other_loss", loss.line, name="")


def _recognized(loss: Tensor, base: Tensor) -> Judged | None:
    if loss.shape not in ((), (1,), (1, 1)):
        raise RefusedError("not_understood", loss.line)
    probes = [*_random(base.shape, 0.05, 0.95)]
    if base.shape and base.shape[-1] > 1:
        probes = [values / values.sum(-1, keepdims=True) for values in probes]
    for labels, answer in _meetings(loss, base):
        shown = [{id(base): values} | rows for values in probes for rows in _rows_shown(labels)]
        try:
            found = [float(evaluate(loss, each)) for each in shown]
        except ValueError:
            return None
        answers = [evaluate(answer, each) for each in shown]
        targets = [evaluate(labels, each) for each in shown]
        for name in _BY_HAND:
            try:
                own = [LOSSES[name](h, y) for h, y in zip(answers, targets, strict=True)]
            except (ValueError, IndexError):
                continue
            means = [float(each.mean()) for each in own]
            if not all(np.isfinite(means)) or not all(means):
                continue
            factors = [a / b for a, b in zip(found, means, strict=True)]
            if factors[0] > 0 and np.allclose(factors, factors[0], rtol=AGREES, atol=0):
                size = own[0].size
                scale = 1.0 if abs(factors[0] - 1) < AGREES else float(f"{factors[0]:.6g}")
                summed = size > 1 and abs(factors[0] - size) < AGREES * size
                reduction = "sum" if summed else "mean"
                return Judged(answer, labels, Loss(name, scale, loss.line, reduction), False)
    return None


def _rows_shown(labels: Tensor) -> list[dict[int, np.ndarray]]:
    """What else stands for the rows that labels are taken of, so that each label was there once:
    a loss is not known by what it makes of one of them.
    """
    rows = next((each for each in ancestors(labels) if each.op in ("row", "batch")), None)
    if rows is None or not rows.parents[0].known:
        return [{}]
    whole, shape = rows.parents[0].values, rows.values.shape
    kinds = np.unique(whole.reshape(len(whole), -1), axis=0)[:MOST_ROWS]
    alike = len(shape) == len(whole.shape)  # a batch has an axis of points, a row has not
    return [
        {id(rows): np.broadcast_to(each.reshape(whole.shape[1:]), shape) if alike
         else each.reshape(shape)}
        for each in kinds
    ]  # fmt: skip


def _meetings(loss: Tensor, base: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Where what depends on the base meets what does not, and is no mere number."""
    depends = _depending(loss, base)
    for each in ancestors(loss):
        free = [parent for parent in each.parents if id(parent) not in depends]
        if id(each) not in depends or not free or len(each.parents) != 2:
            continue
        (other,) = [p for p in each.parents if p is not free[0]] or [each]
        for labels in reversed(ancestors(free[0])):
            if labels.values.size > 1 or labels.op in ("row", "batch") or _is_of_rows(labels):
                for each_way in _written(labels):
                    yield each_way, _plain(other, base)


def _written(labels: Tensor) -> Iterator[Tensor]:
    """Labels, and those that they were computed of as ``-y`` or ``1 - y``."""
    yield labels
    if labels.known:
        for values in (-labels.values, 1 - labels.values):
            yield replace(labels, values=values)


def _plain(tensor: Tensor, base: Tensor) -> Tensor:
    """What is judged itself, of what is computed of it: the base as it was reshaped."""
    while tensor is not base:
        inner = [each for each in tensor.parents if base in ancestors(each)]
        if len(inner) != 1:
            return base
        if all(each.op in KEEPING or each is base for each in _way(tensor, base)):
            return tensor
        tensor = inner[0]
    return base


def _way(tensor: Tensor, base: Tensor) -> Iterator[Tensor]:
    while tensor is not base:
        yield tensor
        tensor = next(each for each in tensor.parents if base in ancestors(each))


def _is_of_rows(tensor: Tensor) -> bool:
    return any(each.op in ("row", "batch") for each in ancestors(tensor))


def _depending(tensor: Tensor, base: Tensor) -> set[int]:
    """What is made of the base, by ``id``."""
    found: set[int] = {id(base)}
    for each in ancestors(tensor):
        if any(id(parent) in found for parent in each.parents):
            found.add(id(each))
    return found


def _bases(tensor: Tensor, stops: Callable[[Tensor], bool]) -> Iterator[Tensor]:
    """The nearest tensors that are made of parameters and at which one is to stop."""
    seen: set[int] = set()
    stack = [tensor]
    while stack:
        top = stack.pop()
        if id(top) in seen:
            continue
        seen.add(id(top))
        if top is not tensor and is_trained(top) and stops(top):
            yield top
        else:
            stack += top.parents


def _is_dense(tensor: Tensor) -> bool:
    if tensor.op in ("linear", "normalize"):
        return True
    return _summed(tensor) is not None


def _is_named_or_dense(tensor: Tensor) -> bool:
    return tensor.op in NAMED or _is_dense(tensor)


def _random(shape: tuple[int, ...], low: float, high: float) -> Iterator[np.ndarray]:
    generator = np.random.default_rng(7)
    for _ in range(PROBES):
        yield generator.uniform(low, high, shape)


def _weight(tensor: Tensor) -> Tensor | None:
    """The parameter that a tensor is, written in another way or not."""
    while tensor.op in ("transpose", *KEEPING) and len(tensor.parents) == 1:
        tensor = tensor.parents[0]
    return tensor if tensor.op == "parameter" else None


@dataclass(frozen=True)
class _Sums:
    """Weighted sums: of what, by which weights ``[fan_in, fan_out]``, with which biases."""

    of: Tensor
    weight: Tensor
    bias: Tensor | None
    transposed: bool
    line: int


def _summed(tensor: Tensor) -> _Sums | None:
    """A tensor as weighted sums, if it is that."""
    if tensor.op == "linear":
        x, weight, *biases = tensor.parents
        of = _weight(weight)
        own = biases[0] if biases else None
        return _Sums(x, of, own, True, tensor.line) if of else None
    if tensor.op == "@":
        x, weight = tensor.parents
        of = _weight(weight)
        if of is None or _weight(x) is of or len(weight.shape) not in (2, 3):
            return None
        return _Sums(x, of, None, weight.op == "transpose", tensor.line)
    if tensor.op == "+":
        for place, each in enumerate(tensor.parents):
            inner = _summed(each) if each.op == "@" else None
            bias = _weight(tensor.parents[1 - place])
            if inner and bias is not None and _fits(bias, each.shape[-1:]):
                return _Sums(inner.of, inner.weight, bias, inner.transposed, inner.line)
    return None


def _networks(parameter: Tensor | None) -> int:
    """How many networks a parameter is of: they are its first axis of three."""
    return parameter.shape[0] if parameter is not None and len(parameter.shape) == 3 else 1


def _fits(bias: Tensor, units: tuple[int, ...]) -> bool:
    """Whether a bias has one number a unit, of each network."""
    return bias.shape[-1:] == units and bias.values.size == math.prod(units) * _networks(bias)


def networks_of(answer: Tensor) -> int | None:
    """How many networks are trained side by side; None: it is one, as of most programs.

    Raises:
        RefusedError: parameters are of unlike numbers of them.
    """
    counts = {each.shape[0] if len(each.shape) == 3 else None for each in parameters_of(answer)}
    if len(counts) > 1:
        raise RefusedError("other_shape", answer.line)
    return counts.pop() if counts else None


def layers_of(answer: Tensor) -> tuple[list[Layer], Tensor]:
    """The layers of an answer, from the inputs on, and the inputs.

    Raises:
        RefusedError: they are none of the lab's, or not one behind the other.
    """
    layers: list[Layer] = []
    tensor, shortcuts = answer, list[Tensor]()
    while is_trained(tensor):
        if len(layers) > MOST_LAYERS:
            raise RefusedError("too_large", tensor.line, field="depth", value=len(layers), most=50)
        tensor = _next(tensor, layers, shortcuts)
    if shortcuts:
        raise RefusedError("other_shape", answer.line)
    return layers[::-1], tensor


def _next(tensor: Tensor, layers: list[Layer], shortcuts: list[Tensor]) -> Tensor:
    """Put the last layer of a tensor to the others; what it is a layer of."""
    if sums := _summed(tensor):
        layers.append(_dense(sums))
        if shortcuts and _bare(sums.of) is not _bare(shortcuts.pop()):
            raise RefusedError("other_shape", tensor.line)
        return sums.of
    if tensor.op in KEEPING and tensor.parents:
        (inner,) = tensor.parents
        if layers and inner.shape[-1:] != tensor.shape[-1:]:
            raise RefusedError("not_understood", tensor.line)
        return inner
    if tensor.op == "normalize":
        layers.append(Norm(str(tensor.arguments.get("name")), tensor.line))
        return tensor.parents[0]
    if tensor.op == "foreign":
        raise RefusedError("other_layer", tensor.line, name=tensor.arguments.get("name"))
    if tensor.op in NAMED:
        parameter = tensor.arguments.get("parameter")
        number = float(parameter) if isinstance(parameter, int | float) else None
        layers.append(Nonlinearity(tensor.op, number, tensor.line))
        return tensor.parents[0]
    if tensor.op == "+" and all(map(_is_computed, tensor.parents)):
        return _skipped(tensor, layers, shortcuts)
    return _own_activation(tensor, layers)


def _is_computed(tensor: Tensor) -> bool:
    """Whether it is made of parameters, and is none itself."""
    return is_trained(tensor) and _weight(tensor) is None


def _bare(tensor: Tensor) -> Tensor:
    """Without what only writes it in another way."""
    while tensor.op in KEEPING and tensor.parents:
        (tensor,) = tensor.parents
    return tensor


def _skipped(tensor: Tensor, layers: list[Layer], shortcuts: list[Tensor]) -> Tensor:
    first, second = tensor.parents
    if shortcuts:
        raise RefusedError("other_shape", tensor.line)
    through, past = (first, second) if second in ancestors(first) else (second, first)
    if past not in ancestors(through):
        raise RefusedError("other_shape", tensor.line)
    layers.append(Skip(tensor.line))
    shortcuts.append(past)
    return through


def _dense(sums: _Sums) -> Dense:
    weight = _oriented(draw_of(sums.weight), sums.transposed)
    sizes = sums.weight.shape[-2:]
    sizes = sizes[::-1] if sums.transposed else sizes
    bias = draw_of(sums.bias) if sums.bias is not None else None
    return Dense(sizes[0], sizes[1], weight, bias, sums.line)


def _oriented(draw: Draw, transposed: bool) -> Draw:
    """Given weights as ``[fan_in][fan_out]``."""
    if draw.kind != "given" or not transposed:
        return draw
    return Draw("given", tuple(zip(*draw.arguments, strict=True)), draw.line)


def _own_activation(tensor: Tensor, layers: list[Layer]) -> Tensor:
    """An activation that the program computes itself."""
    bases = list(_bases(tensor, _is_named_or_dense))
    if len(bases) > 1:
        bases = list(_bases(tensor, _is_dense))
    if len(bases) != 1:
        raise RefusedError("other_shape", tensor.line)
    (base,) = bases
    if norm := _norm_by_numbers(tensor, base):
        layers.append(Norm(norm, tensor.line))
        return base
    for under in [base, *_norms_between(tensor, base)]:
        if name := _known_by_numbers(tensor, under):
            layers.append(Nonlinearity(*name, tensor.line))
            return under
    inside = {each.op for each in ancestors(tensor) if id(each) in _depending(tensor, base)}
    if inside - {base.op} <= {*ELEMENTWISE, "take", *KEEPING}:
        raise RefusedError("other_activation", tensor.line, name=tensor.op)
    raise RefusedError("other_shape", tensor.line)


def _norm_by_numbers(tensor: Tensor, base: Tensor) -> str | None:
    """The norm that agrees at random places, with a scale of 1 and a shift of 0."""
    within = {id(each) for each in ancestors(base)}
    own = [each for each in parameters_of(tensor) if id(each) not in within]
    starts = [draw_of(each).arguments for each in own]
    if sorted(starts) != [(0.0,), (1.0,)] or len(base.shape) < 2:
        return None
    fixed = {
        id(each): np.full(each.shape, start[0]) for each, start in zip(own, starts, strict=True)
    }
    for name, axis in (("batch", -2), ("layer", -1)):
        if all(
            _agree(evaluate(tensor, {id(base): z, **fixed}), _normalized(z, axis))
            for z in _random(base.shape, -3.0, 3.0)
        ):
            return name
    return None


def _norms_between(tensor: Tensor, base: Tensor) -> Iterator[Tensor]:
    """Norms that the program computes itself of a base, on the way to a tensor."""
    depends = _depending(tensor, base)
    for each in ancestors(tensor):
        inside = id(each) in depends and each is not base and each.op == "+"
        if inside and _norm_by_numbers(each, base):
            yield each


def _normalized(z: np.ndarray, axis: int) -> np.ndarray:
    spread = np.sqrt(z.var(axis=axis, keepdims=True) + EPSILON)
    return (z - z.mean(axis=axis, keepdims=True)) / spread


def _agree(first: np.ndarray, second: np.ndarray) -> bool:
    return first.shape == second.shape and np.allclose(first, second, rtol=AGREES, atol=1e-7)


_SLOPES = (0.01, 0.1, 0.2, 0.3, 0.05, 0.02, 0.001)


def _known_by_numbers(tensor: Tensor, base: Tensor) -> tuple[str, float | None] | None:
    """The activation that agrees at random places."""
    probes = list(_random(base.shape, -3.0, 3.0))
    try:
        found = [evaluate(tensor, {id(base): values}) for values in probes]
    except ValueError:
        return None
    for name, phi in ACTIVATIONS.items():
        slopes = _SLOPES if name == "leaky_relu" else (1.0,) if phi.parameter else (None,)
        for slope in slopes:
            own = [_activated(name, values, slope) for values in probes]
            if all(map(_agree, found, own)):
                return name, slope
    return None


def _activated(name: str, z: np.ndarray, parameter: float | None) -> np.ndarray:
    if name == "maxout":
        half = z.shape[-1] // 2
        return np.maximum(z[..., :half], z[..., half : 2 * half])
    return z if name == "identity" else NONLINEAR[name](z, parameter)


@dataclass(frozen=True)
class Points:
    """What a program is shown, and in which parts.

    Attributes:
        inputs: [N, 2], a row a point; None: they are not in the program.
        labels: [N, ...].
        batch: points of a step; None: all.
        order: ``fixed`` or ``shuffled``.
        line: where they are taken apart.
    """

    inputs: np.ndarray | None
    labels: np.ndarray | None
    batch: int | None
    order: str
    line: int


def points_of(inputs: Tensor, labels: Tensor) -> Points:
    """The points that a step's inputs and labels are taken of.

    Raises:
        RefusedError: inputs and labels are not taken alike.
    """
    parts = [_parts(inputs), _parts(labels)]
    if parts[0] is None and parts[1] is None:
        rows = inputs.values if inputs.known else None
        return Points(rows, labels.values if labels.known else None, None, "fixed", inputs.line)
    if parts[0] is None or parts[1] is None:
        raise RefusedError("not_understood", inputs.line)
    first, second = parts[0], parts[1]
    if _taken(first) != _taken(second):
        raise RefusedError("not_understood", second.line)
    count = len(first.parents[0].values)
    size = first.arguments.get("size", 1)
    batch = size if isinstance(size, int) and size < count else None
    order = str(first.arguments.get("order", "fixed")) if batch else "fixed"
    rows, targets = _every(inputs, first, count), _every(labels, second, count)
    return Points(rows, targets, batch, order, first.line)


def _parts(tensor: Tensor) -> Tensor | None:
    """The rows that a tensor is made of, if it is made of a loop's."""
    rows = [each for each in ancestors(tensor) if each.op in ("row", "batch")]
    if len(rows) > 1:
        raise RefusedError("not_understood", tensor.line)
    return rows[0] if rows else None


def _taken(rows: Tensor) -> tuple:
    of = rows.arguments
    return rows.op, of.get("size"), of.get("order"), of.get("by"), len(rows.parents[0].values)


def _every(tensor: Tensor, rows: Tensor, count: int) -> np.ndarray | None:
    """A tensor of one point after the other."""
    whole = rows.parents[0]
    if not whole.known or count > 5000:
        return None
    made = []
    for place in range(count):
        values = whole.values[place]
        part = values if rows.op == "row" else values[None]
        made.append(np.asarray(evaluate(tensor, {id(rows): part})).reshape(-1))
    return np.array(made)
