"""From the description of a program's network to the experiment that the lab can train."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from models.activations import ACTIVATIONS
from models.experiment import LEARNING_RATES, RANGES, Experiment, ExperimentError
from models.initializers import BIASES, INITIALIZERS, Distribution
from models.norms import NO_NORM, NORMS
from models.optimizers import OPTIMIZERS
from models.outputs import OUTPUTS
from models.reading.graph import RefusedError
from models.reading.mistakes import found_mistakes
from models.reading.network import Dense, Draw, Layer, Network, Nonlinearity, Norm, Skip
from models.reading.reading import Assumed, Found, Mistake, Reading, Refusal
from models.tasks import INPUTS, TASKS, Task

NEAR = 0.6  # how unlike a bias's mean and deviation may be in all, to be called nearest
UNKNOWN_STEPS = 20_000  # of a program that goes on until something happens
_FIELDS = {field.name for field in fields(Experiment)}
_USUAL_WHY = {
    "torch": "torch_default", "keras": "keras_default", "sklearn": "sklearn_default",
    "tensorflow": "tensorflow_default",
}  # fmt: skip
SUMS = ("sgd", "momentum", "nesterov")
"""Optimizers whose steps grow with the loss's factor as with the learning rate."""


@dataclass(frozen=True)
class Row:
    """What an output of the lab is in a program.

    Attributes:
        ends: what the last sums go through, in order.
        loss: the loss's name in ``network.Loss``.
        targets: what the answer is to be for label 0 and label 1.
        output: a key of ``models.OUTPUTS``.
        units: of the last layer.
    """

    ends: tuple[str, ...]
    loss: str
    targets: tuple[float, float]
    output: str
    units: int = 1


_BITS, _SIGNS = (0.0, 1.0), (-1.0, 1.0)
ROWS = (
    Row(("sigmoid",), "bce", _BITS, "sigmoid"),
    Row((), "bce_logits", _BITS, "sigmoid"),
    Row((), "bce", _BITS, "linear"),
    Row(("relu",), "bce", _BITS, "relu"),
    Row((), "mse", _BITS, "squared"),
    Row(("sigmoid",), "mse", _BITS, "sigmoid_squared"),
    Row(("tanh",), "mse", _SIGNS, "tanh_squared"),
    Row(("relu",), "mse", _BITS, "relu_squared"),
    Row((), "cross_entropy", _BITS, "softmax", 2),
    Row(("log_softmax",), "nll", _BITS, "softmax", 2),
    Row(("log_softmax",), "cross_entropy", _BITS, "softmax", 2),
    Row(("softmax",), "categorical", _BITS, "softmax", 2),
    Row(("softmax", "log"), "nll", _BITS, "softmax", 2),
    # Mistakes, and what is unusual.
    Row(("sigmoid",), "bce_logits", _BITS, "sigmoid_twice"),
    Row(("softmax",), "cross_entropy", _BITS, "softmax_twice", 2),
    Row(("sigmoid",), "mse", _SIGNS, "sigmoid_squared_signed"),
    Row(("tanh",), "mse", _BITS, "tanh_squared_unit"),
    Row((), "mse", _SIGNS, "squared_signed"),
)
"""Outputs by what programs say."""


def reading_of(network: Network, text: str) -> Reading:
    """The reading of a program whose network is known."""
    mistakes = tuple(found_mistakes(network))
    try:
        experiment, found, assumed = _Conversion(network, mistakes).done()
    except RefusedError as refused:
        return _reading(network, text, mistakes, refusal=refused.refusal)
    except ExperimentError as wrong:
        values = {"field": wrong.field, "value": wrong.value, "most": wrong.allowed}
        refusal = Refusal("too_large", network.loop.line, values)
        return _reading(network, text, mistakes, refusal=refusal)
    return _reading(network, text, mistakes, experiment, tuple(found), tuple(assumed))


def _reading(
    network: Network,
    text: str,
    mistakes: tuple[Mistake, ...],
    experiment: Experiment | None = None,
    found: tuple[Found, ...] = (),
    assumed: tuple[Assumed, ...] = (),
    refusal: Refusal | None = None,
) -> Reading:
    return Reading(
        text=text,
        dialect=network.dialect,
        experiment=experiment,
        found=tuple(sorted(found, key=lambda each: each.line)),
        assumed=assumed,
        unread=network.unread,
        mistakes=tuple(sorted(mistakes, key=lambda each: each.line)),
        refusal=refusal,
        network=network,
    )


class _Conversion:
    """Puts an experiment together, field by field, and keeps what was found and what assumed."""

    def __init__(self, network: Network, mistakes: Sequence[Mistake]):
        self.network = network
        self.mistakes = {mistake.name: mistake for mistake in mistakes}
        self.values: dict[str, Any] = {}
        self.found: list[Found] = []
        self.assumed: list[Assumed] = list(network.assumed)

    def done(self) -> tuple[Experiment, list[Found], list[Assumed]]:
        """The experiment, what was found and what was assumed.

        Raises:
            RefusedError: the lab has no such experiment.
            ExperimentError: a value is beyond what it allows.
        """
        self._layers()
        self._output()
        self._points()
        self._start()
        self._descent()
        self._loop()
        self._rest()
        return Experiment(**self.values), self.found, self.assumed

    def put(self, field: str, value: object, line: int, why: str = "") -> None:
        """A field's value; where it stands, or why it is assumed."""
        self.values[field] = value
        if line and not why:
            self.found.append(Found(field, value, line))
        else:
            usual = _USUAL_WHY.get(self.network.dialect, "lab_default")
            self.assumed.append(Assumed(field, value, why or usual))

    # Layers.

    def _layers(self) -> None:
        dense = self.network.dense
        if not dense:
            raise RefusedError("no_network")
        if dense[0].inputs != INPUTS:
            name = "image_input" if dense[0].inputs >= 64 else "other_inputs"
            raise RefusedError(name, dense[0].line, inputs=dense[0].inputs)
        blocks = blocks_of(self.network.layers)
        hidden = blocks[:-1]
        self.ends = tuple(end.name for end in blocks[-1].nonlinear)
        if blocks[-1].norm or blocks[-1].skip:
            raise RefusedError("other_output", blocks[-1].dense.line, name="norm")
        _check_sizes(dense)
        self._activation(hidden)
        widths = [self._width(block) for block in hidden]
        self._sizes(widths, dense)
        self._norms(hidden)
        if any(layer.bias is None for layer in dense):
            raise RefusedError("other_layer", dense[0].line, name="bias=False")

    def _width(self, block: Block) -> int:
        return block.dense.outputs // (2 if self.values["activation"] == "maxout" else 1)

    def _activation(self, hidden: Sequence[Block]) -> None:
        kinds = {_kind_of(block) for block in hidden}
        if len(kinds) > 1:
            line = next(b.dense.line for b in hidden if _kind_of(b) != _kind_of(hidden[0]))
            names = sorted({name for name, _ in kinds})
            raise RefusedError("unlike_activations", line, names=names)
        if not kinds:
            self.put("activation", "sigmoid", 0, "lab_default")
            return
        ((name, parameter),) = kinds
        if name not in ACTIVATIONS:
            raise RefusedError("other_activation", hidden[0].dense.line, name=name)
        line = hidden[0].nonlinear[0].line if hidden[0].nonlinear else hidden[0].dense.line
        self.put("activation", name, line)
        if parameter is not None and ACTIVATIONS[name].parameter:
            self.put("activation_parameter", parameter, line)

    def _sizes(self, widths: Sequence[int], dense: Sequence[Dense]) -> None:
        line = dense[0].line
        (_, deepest), (_, widest) = RANGES["depth"], RANGES["width"]
        if len(widths) > deepest or max(widths, default=0) > widest:
            field, most = ("depth", deepest) if len(widths) > deepest else ("width", widest)
            value = len(widths) if field == "depth" else max(widths)
            raise RefusedError("too_large", line, field=field, value=value, most=most)
        if len(set(widths)) > 1:
            self.put("hidden", tuple(widths), line)
        else:
            self.put("depth", len(widths), line)
            if widths:
                self.put("width", widths[0], line)

    def _norms(self, hidden: Sequence[Block]) -> None:
        norms = {block.norm.name if block.norm else NO_NORM for block in hidden}
        lines = [block.norm.line for block in hidden if block.norm]
        if len(norms) > 1 or norms - {*NORMS, NO_NORM}:
            raise RefusedError("other_norm", lines[0], names=sorted(norms))
        if lines:
            self.put("norm", norms.pop(), lines[0])
        self._skips(hidden)

    def _skips(self, hidden: Sequence[Block]) -> None:
        """The lab has a way past every layer that is as wide as the one before, or past none."""
        had = [block.skip.line for block in hidden if block.skip]
        wide = [self._width(block) for block in hidden]
        could = [place > 0 and wide[place] == wide[place - 1] for place in range(len(hidden))]
        if not had:
            return
        if [bool(block.skip) for block in hidden] != could:
            raise RefusedError("other_shape", had[0])
        self.put("skip", True, had[0])

    # The last layer, its loss and the points.

    def _output(self) -> None:
        network, last = self.network, self.network.dense[-1]
        loss, data = network.loss, network.data
        self.task, targets, self.order = _task(network)
        for mistake in ("softmax_of_one", "cross_entropy_of_one"):
            if mistake in self.mistakes:
                raise RefusedError("other_output", self.mistakes[mistake].line, name=mistake)
        for mistake in ("integer_labels", *(["not_a_probability"] if loss.stops else [])):
            if mistake in self.mistakes:
                raise RefusedError("stops", self.mistakes[mistake].line, mistake=mistake)
        row = next(
            (
                row
                for row in ROWS
                if (row.ends, row.loss, row.units) == (self.ends, loss.name, last.outputs)
                and row.targets == targets
            ),
            None,
        )
        if row is None or row.output not in OUTPUTS:
            raise self._no_output(targets)
        self.put("output", row.output, loss.line)
        self.put("data", self.task.name, data.labels_line or data.inputs_line)
        self._broadcast()

    def _no_output(self, targets: tuple[float, float]) -> RefusedError:
        loss, last = self.network.loss, self.network.dense[-1]
        known = {row.loss for row in ROWS}
        if loss.name not in known:
            return RefusedError("other_loss", loss.line, name=loss.name)
        return RefusedError("other_output", loss.line, name=", ".join(self.ends), loss=loss.name,
                            units=last.outputs, targets=targets)  # fmt: skip

    def _broadcast(self) -> None:
        mistake = self.mistakes.get("broadcast_labels")
        if mistake is None:
            return
        if self.network.loss.name in ("bce", "bce_logits"):  # PyTorch stops
            raise RefusedError("stops", mistake.line, mistake="broadcast_labels")
        if "broadcast" not in _FIELDS:
            raise RefusedError("other_loss", mistake.line, name="broadcast")
        self.put("broadcast", True, mistake.line)

    def _points(self) -> None:
        loop, points = self.network.loop, self.task.points
        batch = loop.batch if loop.batch is None or loop.batch < points else None
        if batch is None:
            return
        self.put("batch", batch, loop.batch_line or loop.line)
        self.put("order", loop.order, loop.batch_line or loop.line)
        if loop.order == "fixed" and self.order != list(range(points)):
            self.assumed.append(Assumed("order", "fixed", "point_order"))

    # Weights.

    def _start(self) -> None:
        dense = self.network.dense
        maxout = self.values["activation"] == "maxout" and len(dense) > 1
        pieces = [2 if maxout and place < len(dense) - 1 else 1 for place in range(len(dense))]
        kinds = {draw.kind for d in dense for draw in (d.weight, d.bias) if draw}
        numbers = {d.weight.arguments for d in dense if d.weight.kind == "constant"}
        if dense[0].weight.kind == "given" or (kinds == {"constant"} and numbers != {(0.0,)}):
            self._given(dense)
            return
        fans = [(d.inputs, d.outputs // p) for d, p in zip(dense, pieces, strict=True)]
        kind = _distribution(dense, fans)
        if kind is None:
            line = next((d.weight.line for d in dense if d.weight.line), dense[0].line)
            names = sorted({d.weight.kind for d in dense})
            raise RefusedError("other_start", line, names=names)
        init, gain, bias, exact = kind
        lines = [d.weight.line for d in dense if d.weight.line]
        self.put("init", init, lines[0] if lines else 0)
        if gain != 1:
            self.put("gain", gain, lines[0] if lines else 0)
        biases = [d.bias.line for d in dense if d.bias and d.bias.line]
        if bias != "own" or not exact:
            self.put("bias", bias, biases[0] if biases else 0, "" if exact else "nearest")

    def _given(self, dense: Sequence[Dense]) -> None:
        """Weights of the program's own."""
        start = []
        for layer in dense:
            bias = layer.bias
            assert bias is not None
            if layer.weight.kind not in ("given", "constant") or bias.kind not in (
                "given", "constant",
            ):  # fmt: skip
                raise RefusedError("other_start", layer.weight.line, names=[layer.weight.kind])
            start.append((_numbers(layer.weight, layer.inputs, layer.outputs),
                          _numbers(bias, 1, layer.outputs)[0]))  # fmt: skip
        self.put("start", tuple(start), dense[0].weight.line)
        self.put("networks", 1, dense[0].weight.line)

    # Descent.

    def _descent(self) -> None:
        descent, loss = self.network.descent, self.network.loss
        if descent.name == "none":
            self.put("optimizer", "sgd", 0, "lab_default")
            return
        if descent.name not in OPTIMIZERS:
            raise RefusedError("other_optimizer", descent.line, name=descent.name)
        if descent.moves == "some":
            raise RefusedError("some_parameters", descent.line)
        given, lines = descent.arguments, descent.lines
        self.put("optimizer", descent.name, descent.line)
        rate, decay = given.get("learning_rate", 0.0), given.get("weight_decay", 0.0)
        if loss.reduction == "sum" and self.task.points % (self.network.loop.batch or 1):
            raise RefusedError("other_loop", loss.line)  # a smaller sum in an epoch's last step
        if loss.factor != 1:
            if descent.name in SUMS:
                rate, decay = rate * loss.factor, decay / loss.factor
            why = {True: "scale_free", False: "scaled_loss"}[descent.name not in SUMS]
            if loss.reduction == "sum" and why == "scaled_loss":
                why = "summed_loss"
            self.put("learning_rate", rate, 0, why)
        else:
            line = lines.get("learning_rate", descent.line if "learning_rate" in lines else 0)
            by_hand = not lines and descent.name == "sgd"
            self.put("learning_rate", rate, line or (descent.line if by_hand else 0))
        if not LEARNING_RATES[0] < rate <= LEARNING_RATES[1]:
            raise RefusedError("too_large", descent.line, field="learning_rate", value=rate,
                               most=LEARNING_RATES[1])  # fmt: skip
        if "momentum" in given and OPTIMIZERS[descent.name].momentum is not None:
            self.put("momentum", given["momentum"], lines.get("momentum", 0))
        if decay:
            self.put("weight_decay", decay, lines.get("weight_decay", 0))

    def _loop(self) -> None:
        loop = self.network.loop
        low, high = RANGES["steps"]
        if loop.steps < 0:
            self.put("steps", UNKNOWN_STEPS, 0, "early_stop")
        elif not low <= loop.steps <= high:
            self.put("steps", min(max(loop.steps, low), high), 0, "clipped")
        else:
            self.put("steps", loop.steps, loop.line)
            if loop.stops_early:
                self.assumed.append(Assumed("steps", loop.steps, "early_stop"))
        if "no_zero_grad" in self.mistakes:
            if "accumulate" not in _FIELDS:
                raise RefusedError("other_loop", self.mistakes["no_zero_grad"].line)
            self.put("accumulate", True, self.mistakes["no_zero_grad"].line)

    def _rest(self) -> None:
        network = self.network
        if network.dtype not in ("float32", "float64"):
            raise RefusedError("other_start", network.dtype_line, names=[network.dtype])
        self.put("dtype", network.dtype, network.dtype_line)
        if network.clip is not None:
            self.put("clip", network.clip, network.clip_line)
        if network.unit_gradient:
            self.put("unit_gradient", True, network.unit_line)
        low, high = RANGES["seed"]
        if network.seed is not None and low <= network.seed <= high:
            self.put("seed", network.seed, network.seed_line)
        else:
            self.put("seed", 0, 0, "no_seed")
        if network.networks is not None:
            self.put("networks", network.networks, network.networks_line)


@dataclass
class Block:
    """A dense layer and what its sums go through."""

    dense: Dense
    norm: Norm | None = None
    skip: Skip | None = None
    nonlinear: tuple[Nonlinearity, ...] = ()


def blocks_of(layers: Sequence[Layer]) -> list[Block]:
    """Dense layers with what follows each.

    Raises:
        RefusedError: it follows in an order that the lab has not.
    """
    blocks: list[Block] = []
    for layer in layers:
        if isinstance(layer, Dense):
            blocks.append(Block(layer))
            continue
        if not blocks:
            raise RefusedError("other_shape", layer.line)
        block = blocks[-1]
        if isinstance(layer, Norm):
            if block.norm or block.nonlinear or block.skip:
                raise RefusedError("other_norm", layer.line, names=[layer.name])
            block.norm = layer
        elif isinstance(layer, Skip):
            if block.skip:
                raise RefusedError("other_shape", layer.line)
            block.skip = layer
        else:
            if block.skip:
                raise RefusedError("other_shape", layer.line)
            block.nonlinear = (*block.nonlinear, layer)
    for block in blocks:
        if len(block.nonlinear) > 1:  # what does nothing is none
            block.nonlinear = tuple(
                n for n in block.nonlinear if n.name not in ("same", "identity")
            )
        block.nonlinear = tuple(n for n in block.nonlinear if n.name != "same")
    return blocks


def _kind_of(block: Block) -> tuple[str, float | None]:
    """A hidden layer's activation; none is the identity."""
    if not block.nonlinear:
        return "identity", None
    if len(block.nonlinear) > 1:
        names = [each.name for each in block.nonlinear]
        raise RefusedError("unlike_activations", block.nonlinear[1].line, names=names)
    (only,) = block.nonlinear
    parameter = ACTIVATIONS[only.name].parameter if only.name in ACTIVATIONS else None
    usual = parameter.default if parameter else None
    return only.name, only.parameter if only.parameter is not None else usual


def _check_sizes(dense: Sequence[Dense]) -> None:
    """Layers that do not fit: the program itself stops."""
    for before, after in itertools.pairwise(dense):
        if after.inputs not in (before.outputs, before.outputs // 2):
            raise RefusedError("shape_mismatch", after.line, found=before.outputs,
                               wanted=after.inputs)  # fmt: skip


def _task(network: Network) -> tuple[Task, tuple[float, float], list[int]]:
    """The gate that the points are, what the answers are to be, and the points' places in it."""
    data = network.data
    if data.inputs is None or data.labels is None:
        raise RefusedError("no_data", data.inputs_line or data.labels_line)
    if len(data.inputs) != len(data.labels) or any(len(row) != INPUTS for row in data.inputs):
        rows = {len(row) for row in data.inputs}
        name = "other_inputs" if rows != {INPUTS} else "other_data"
        raise RefusedError(name, data.inputs_line, inputs=max(rows, default=0))
    levels = sorted(set(data.labels))
    targets = _SIGNS if levels and levels[0] == -1.0 else _BITS
    values = {"inputs": sorted(set(data.inputs))[:8], "labels": levels[:8]}
    if len(levels) != 2 or tuple(levels) != targets:
        raise RefusedError("other_data", data.labels_line, **values)
    known: dict[tuple[float, ...], set[float]] = {}
    for row, label in zip(data.inputs, data.labels, strict=True):
        known.setdefault(row, set()).add(targets.index(label))
    for task in TASKS.values():
        own: dict[tuple[float, ...], set[float]]
        own = {(a, b): {float(label)} for a, b, label in task.labelled_points()}
        if own == known and _even(data.inputs, network):
            places = list(own)
            return task, targets, [places.index(row) for row in data.inputs]
    raise RefusedError("other_data", data.labels_line, **values)


def _even(inputs: Sequence[tuple[float, ...]], network: Network) -> bool:
    """Whether each point is there as often as any other; in batches, once."""
    counts = {inputs.count(row) for row in set(inputs)}
    return len(counts) == 1 and (counts == {1} or network.loop.batch is None)


# Weights.


def _numbers(draw: Draw, rows: int, columns: int) -> tuple[tuple[float, ...], ...]:
    if draw.kind == "constant":
        return ((float(draw.arguments[0]),) * columns,) * rows
    return tuple(tuple(map(float, row)) for row in draw.arguments)


def _distribution(
    dense: Sequence[Dense], fans: Sequence[tuple[int, int]]
) -> tuple[str, float, str, bool] | None:
    """The initializer, its gain and how biases start, and whether that is so to the letter."""
    weights = [layer.weight for layer in dense]
    biases = [layer.bias for layer in dense if layer.bias is not None]
    found = []
    for init in INITIALIZERS.values():
        gain = _gain_of(weights, fans, init.name)
        if gain is None:
            continue
        for bias in BIASES:
            apart = _apart(biases, fans, Distribution(init, gain, bias))
            found.append((apart, gain != 1, bias != "own", init.name, gain, bias))
    if not found:
        return None
    apart, _, _, name, gain, bias = min(found, key=lambda each: each[:3])
    law = Distribution(INITIALIZERS[name], gain, bias)
    each = [_apart([b], [fan], law) for b, fan in zip(biases, fans, strict=False)]
    # Nor do biases near 0 stand for any where they alone tell units apart.
    if apart > 0 and (
        max(each) > NEAR or name == "zeros" or any(b.kind == "other" for b in biases)
    ):
        return None
    return name, gain, bias, apart == 0


def _gain_of(weights: Sequence[Draw], fans: Sequence[tuple[int, int]], init: str) -> float | None:
    """What an initializer is to be multiplied by to be these draws; None: it is another one."""
    kind = INITIALIZERS[init]
    if init == "zeros":
        return 1.0 if all(w.kind == "constant" and w.arguments == (0.0,) for w in weights) else None
    gains = []
    for draw, (fan_in, fan_out) in zip(weights, fans, strict=True):
        scale = kind.weight_scale(fan_in, fan_out)
        own = _scale_of(draw, kind.uniform, kind.one_sided, kind.orthogonal)
        if own is None or not scale:
            return None
        gains.append(own / scale)
    if not np.allclose(gains, gains[0], rtol=1e-6, atol=0) or not 0.001 <= gains[0] <= 100:
        return None
    return 1.0 if abs(gains[0] - 1) < 1e-6 else float(f"{gains[0]:.9g}")


def _scale_of(draw: Draw, uniform: bool, one_sided: bool, orthogonal: bool) -> float | None:
    """The bound or the deviation of a draw, if it is of a kind."""
    if orthogonal:
        return draw.arguments[0] if draw.kind == "orthogonal" else None
    if uniform and draw.kind == "uniform":
        low, high = draw.arguments
        fits = low == 0 if one_sided else math.isclose(-low, high, rel_tol=1e-6)
        return high if fits and high > 0 else None
    if not uniform and draw.kind == "normal":
        mean, deviation = draw.arguments
        return deviation if mean == 0 and deviation > 0 else None
    return None


def _mean(draw: Draw) -> float:
    """How far from 0 a bias begins in the middle."""
    of: Mapping[str, Callable[[], float]] = {
        "uniform": lambda: abs(sum(draw.arguments)) / 2,
        "normal": lambda: abs(draw.arguments[0]),
        "constant": lambda: abs(draw.arguments[0]),
    }
    return of.get(draw.kind, lambda: math.inf)()


def _apart(biases: Sequence[Draw], fans: Sequence[tuple[int, int]], of: Distribution) -> float:
    """How unlike biases start: 0 is to the letter."""
    total = 0.0
    for draw, (fan_in, fan_out) in zip(biases, fans, strict=False):
        wanted = of.bias_scale(fan_in, fan_out)
        spread = math.sqrt(of.bias_variance(fan_in, fan_out))
        kind = of.initializer
        own = _scale_of(draw, kind.uniform, kind.one_sided, False)
        is_zero = draw.kind == "constant" and draw.arguments == (0.0,)
        if is_zero and wanted == 0:
            continue
        if own is not None and wanted and math.isclose(own, wanted, rel_tol=1e-6):
            continue
        total += abs(draw.deviation - spread) + min(_mean(draw), 1e9) + 1e-9
    return total
