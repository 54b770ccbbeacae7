"""TensorFlow 1, as the lecture writes it: variables, placeholders, a graph, a session.

A graph is not computed before it is fed: what depends on a placeholder is a ``Node``, and becomes
tensors with each ``Session.run`` of a step, when the placeholders' values are known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.reading.dialects.keras_initial import (
    INITIALIZERS,
    TRUNCATED,
    Initial,
    initial_by_name,
)
from models.reading.dialects.keras_settled import SMALL_EPSILON, Callback, callback
from models.reading.dialects.shared import refuse, trainings, uncertain
from models.reading.evaluation import Call, Machine, NotUnderstoodError, Table
from models.reading.graph import (
    RefusedError,
    assumed_of,
    judged_by,
    layers_of,
    parameters_of,
    points_of,
)
from models.reading.network import Assumed, Data, Descent, Draw, Loop, Network
from models.reading.tensors import (
    Tensor,
    ancestors,
    apply,
    as_shape,
    clip,
    data,
    data_of,
    draw_of,
    drawn,
    kind_of,
    reduced,
    retyped,
    seed,
)
from models.reading.values import Event, Events, Thing, Unknown, happenings

LIBRARY = "tensorflow"
MOST_NODES = 2_000  # gone through for one value


@dataclass(eq=False)
class Node(Thing):
    """What depends on a placeholder: a handler's call that waits for it."""

    handler: Callable[[Call], object]
    name: str
    args: list[object]
    kwargs: dict[str, object]
    line: int


@dataclass(eq=False)
class Placeholder(Node):
    """What is fed; ``kind``: its numbers' type."""

    kind: str = "float32"


@dataclass(eq=False)
class Optimizer(Thing):
    """An optimizer of ``tf.train``."""

    descent: Descent
    assumed: tuple[Assumed, ...] = ()


@dataclass(eq=False)
class Step(Thing):
    """``optimizer.minimize(cost)``."""

    optimizer: Optimizer
    cost: Node | Tensor
    line: int


class Session(Thing):
    """What computes."""


class Saver(Thing):
    """What keeps variables' values; what it brings back is not known."""


class Beginning(Thing):
    """What gives all variables their first values."""


@dataclass(frozen=True)
class Taken:
    """A step that is taken, and the loss that it goes down, with what was fed."""

    step: Step
    loss: Tensor
    line: int

    @property
    def likeness(self) -> tuple:
        """The same for what does the same."""
        return id(self.step), self.loss.likeness

    @property
    def alike(self) -> tuple:
        """The same for what goes on with one training: whose numbers are the same, too."""
        fed = [each for each in ancestors(self.loss) if not each.parents and each.known]
        return id(self.step), tuple(each.values.tobytes() for each in fed)


# What waits.


def waiting(handler: Callable[[Call], object]) -> Callable[[Call], object]:
    """A handler that waits where it is given what does."""

    def handle(call: Call) -> object:
        if any(isinstance(each, Node) for each in call.everything):
            return Node(handler, call.name, call.args, call.kwargs, call.line)
        return handler(call)

    return handle


def _operated(machine: Machine, sign: str, left: object, right: object, line: int) -> object:
    """``left sign right`` of what waits."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return Unknown(line)

    def handler(call: Call) -> object:
        if call.args[0] is None:
            operate = call.machine.table.operators[Tensor]
            return operate(call.machine, sign, None, call.args[1], line)
        return call.machine.binary(sign, call.args[0], call.args[1], line)

    return Node(handler, sign, [left, right], {}, line)


def _item(machine: Machine, of: Node, index: object, line: int) -> object:
    def handler(call: Call) -> object:
        return call.machine.item(call.args[0], index, line)

    return Node(handler, "item", [of], {}, line)


def _value(machine: Machine, node: object, known: dict[int, object]) -> object:
    """What a node is once placeholders are ``known``, by ``id``."""
    stack = [node]
    while stack:
        top = stack[-1]
        if not isinstance(top, Node) or id(top) in known:
            stack.pop()
            continue
        given = [*top.args, *top.kwargs.values()]
        if missing := [each for each in given if isinstance(each, Node) and id(each) not in known]:
            stack += missing
        else:
            known[id(top)] = _computed(machine, top, known)
        if len(known) > MOST_NODES or len(stack) > MOST_NODES:
            return Unknown(top.line)
    return known[id(node)] if isinstance(node, Node) else node


def _computed(machine: Machine, node: Node, known: Mapping[int, object]) -> object:
    if isinstance(node, Placeholder):
        return Unknown(node.line)  # it is not fed

    def of(value: object) -> object:
        return known[id(value)] if isinstance(value, Node) else value

    args, kwargs = [of(each) for each in node.args], {k: of(v) for k, v in node.kwargs.items()}
    if any(isinstance(each, Unknown) for each in (*args, *kwargs.values())):
        return Unknown(node.line)
    try:
        return node.handler(Call(machine, node.name, None, args, kwargs, node.line))
    except NotUnderstoodError:
        return machine.not_read(node.line)


# What a program writes.


def _placeholder(call: Call) -> object:
    kind, _, _ = call.bind("dtype", "shape", "name", shape=None, name=None)
    return Placeholder(_nothing, "placeholder", [], {}, call.line, kind_of(kind) or "float32")


def _nothing(call: Call) -> object:
    return Unknown(call.line)


def _number(value: object) -> float:
    """A number, also as an array of one.

    Raises:
        NotUnderstoodError: it is none.
    """
    if isinstance(value, Tensor) and value.known and value.values.size == 1:
        return float(value.values.reshape(-1)[0])
    if isinstance(value, Tensor) and value.draw is not None and value.draw.kind == "constant":
        return float(value.draw.arguments[0])  # a variable that is not in the graph of the cost
    if not isinstance(value, int | float):
        raise NotUnderstoodError("number")
    return float(value)


def _parameter(machine: Machine, shape: tuple[int, ...], kind: str, draw: Draw) -> Tensor | Unknown:
    made = drawn(machine, shape, draw, kind, LIBRARY)
    if isinstance(made, Tensor):
        made.op, made.trained = "parameter", True
        made.likeness = machine.number(("parameter", id(made)))
        machine.facts[f"parameter {id(made)}"] = (made, draw.line)  # it lives as long as its id
    return made


_OF_A_VARIABLE = ("name", "dtype", "trainable", "collections", "validate_shape", "use_resource")


def _variable(call: Call) -> object:
    given = dict(zip(("initial_value", "trainable"), call.args, strict=False)) | call.kwargs
    value = given.pop("initial_value", None)
    if given.get("trainable", True) is not True or set(given) - set(_OF_A_VARIABLE):
        raise NotUnderstoodError("trainable")
    kind = kind_of(given.get("dtype"))
    if isinstance(value, int | float | list | tuple):
        value = data_of(call.machine, value, kind or "float32", call.line, LIBRARY)
    if not isinstance(value, Tensor):
        raise NotUnderstoodError("initial_value")
    draw = draw_of(value)
    at = Draw(draw.kind, draw.arguments, call.line)
    return _parameter(call.machine, value.shape, kind or value.kind, at)


def _get_variable(call: Call) -> object:
    names = ("name", "shape", "dtype", "initializer")
    given = dict(zip(names, call.args, strict=False)) | call.kwargs
    initializer = given.pop("initializer", None)
    shape = as_shape(given.pop("shape", None))
    if set(given) - set(_OF_A_VARIABLE) or given.get("trainable", True) is not True:
        raise NotUnderstoodError("get_variable")
    if initializer is None:
        initializer = initial_by_name("glorot_uniform", 0)
    if not isinstance(initializer, Initial):
        made = call.machine.call(initializer, [], {}, call.line)
        initializer = made if isinstance(made, Initial) else None
    if shape is None or initializer is None or len(shape) > 2:
        raise NotUnderstoodError("shape")
    fans = shape if len(shape) == 2 else (shape[-1],) * 2 if shape else (1, 1)
    draw = initializer.draw(*fans)
    if initializer.nearest:
        _truncated(call, initializer.nearest)
    at = Draw(draw.kind, draw.arguments, call.line)
    return _parameter(call.machine, shape, kind_of(given.get("dtype")) or "float32", at)


def _truncated(call: Call, nearest: str) -> None:
    """The lab does not draw anew what is far out; it has this instead."""
    call.machine.facts["truncated"] = (nearest, call.line)


def _drawer(kind: str, names: tuple[str, str], usual: tuple[float, float]) -> Callable:
    """A handler of ``tf.random_normal`` and the like; ``names``: of the kind's two numbers."""

    def handler(call: Call) -> object:
        order = ("shape", *names, "dtype", "seed", "name")
        given = dict(zip(order, call.args, strict=False)) | call.kwargs
        if set(given) - set(order) or len(call.args) > len(order):
            raise NotUnderstoodError(call.name)
        ends = [_number(given.get(name, end)) for name, end in zip(names, usual, strict=True)]
        if kind == "truncated":
            _truncated(call, "lab")
            ends[1] *= TRUNCATED
        draw = Draw("normal" if kind == "truncated" else kind, tuple(ends), call.line)
        numbers = kind_of(given.get("dtype")) or "float32"
        return drawn(call.machine, given.get("shape"), draw, numbers, LIBRARY)

    return handler


def _filled(number: float) -> Callable[[Call], object]:
    def handler(call: Call) -> object:
        shape, kind, _ = call.bind("shape", "dtype", "name", dtype=None, name=None)
        if (sizes := as_shape(shape)) is None:
            raise NotUnderstoodError("shape")
        values = np.full(sizes, number)
        return data(call.machine, values, kind_of(kind) or "float32", call.line, LIBRARY)

    return handler


def _of(op: str, count: int = 1, **arguments: Any) -> Callable[[Call], object]:
    """A handler of an op of so many tensors; what it is called does not matter."""

    def handler(call: Call) -> object:
        given = {name: value for name, value in call.kwargs.items() if name != "name"}
        parents = [*call.args, *given.values()]
        if len(parents) == count + 1 and isinstance(parents[-1], str):
            parents.pop()  # its name
        if len(parents) != count:
            raise NotUnderstoodError(call.name)
        return apply(call.machine, op, parents, call.line, **arguments)

    return waiting(handler)


def _softmax(call: Call) -> object:
    of, axis, _ = call.bind("logits", "axis", "name", axis=-1, name=None)
    return apply(call.machine, "softmax", [of], call.line, axis=axis)


def _leaky(call: Call) -> object:
    of, slope, _ = call.bind("features", "alpha", "name", alpha=0.2, name=None)
    return apply(call.machine, "leaky_relu", [of], call.line, parameter=_number(slope))


def _matmul(call: Call) -> object:
    first, second, _ = call.bind("a", "b", "name", name=None)
    return apply(call.machine, "@", [first, second], call.line)


def _squared_difference(call: Call) -> object:
    first, second, _ = call.bind("x", "y", "name", name=None)
    difference = apply(call.machine, "-", [first, second], call.line)
    return apply(call.machine, "square", [difference], call.line)


def _reduced(op: str) -> Callable[[Call], object]:
    """A handler of ``reduce_mean`` and ``reduce_sum``."""
    inner = reduced(op)

    def handler(call: Call) -> object:
        names = {"reduction_indices": "axis", "keep_dims": "keepdims", "input_tensor": "input"}
        kwargs = {names.get(k, k): v for k, v in call.kwargs.items() if k != "name"}
        if isinstance(kwargs.get("axis"), list):
            kwargs["axis"] = tuple(kwargs["axis"])  # type: ignore[arg-type]
        if any(not isinstance(each, Tensor | int | tuple) for each in call.args):
            raise NotUnderstoodError(call.name)
        return inner(Call(call.machine, call.name, None, call.args, kwargs, call.line))

    return waiting(handler)


def _judge(op: str, alike: bool) -> Callable[[Call], object]:
    """A handler of a loss of logits; ``alike``: whether labels must have the answers' shape."""

    def handler(call: Call) -> object:
        given = {name: call.kwargs.get(name) for name in ("labels", "logits")}
        others = set(call.kwargs) - {"labels", "logits", "name", "dim", "axis"}
        answer, labels = given["logits"], given["labels"]
        if call.args or others or not isinstance(answer, Tensor):
            raise NotUnderstoodError(call.name)
        if not isinstance(labels, Tensor):
            labels = data_of(call.machine, labels, None, call.line, LIBRARY)
        if not isinstance(labels, Tensor):
            raise NotUnderstoodError("labels")
        if alike and labels.shape != answer.shape:
            refuse(call, "shape_mismatch", found=labels.shape, wanted=answer.shape)
        return apply(call.machine, op, [answer, labels], call.line)

    return waiting(handler)


def _cast(call: Call) -> object:
    of, kind, _ = call.bind("x", "dtype", "name", name=None)
    if not isinstance(of, Tensor):
        of = data_of(call.machine, of, None, call.line, LIBRARY)
    if not isinstance(of, Tensor):
        return Unknown(call.line)
    return retyped(call.machine, of, kind_of(kind), call.line)


def _reshape(call: Call) -> object:
    of, shape, _ = call.bind("tensor", "shape", "name", name=None)
    if not isinstance(shape, tuple | list) or not all(type(each) is int for each in shape):
        raise NotUnderstoodError("shape")
    return apply(call.machine, "reshape", [of], call.line, shape=tuple(shape))


def _squeeze(call: Call) -> object:
    of, axis, _ = call.bind("input", "axis", "name", axis=None, name=None)
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    return apply(call.machine, "squeeze", [of], call.line, axis=axis)


def _first(call: Call) -> object:
    """What only gives a tensor another name."""
    return call.args[0] if call.args else Unknown(call.line)


# Optimizers and sessions.


def _optimizer(name: str, order: tuple[str, ...], **usual: float) -> Callable[[Call], object]:
    """A handler of an optimizer; ``usual``: what the lab cannot have otherwise."""

    def handler(call: Call) -> object:
        given = dict(zip(order, call.args, strict=False)) | call.kwargs
        for each in ("name", "use_locking"):
            given.pop(each, None)
        known = {"learning_rate", "momentum", "use_nesterov", *usual}
        if set(given) - known:
            raise NotUnderstoodError(call.name)
        rate = given.get("learning_rate", 0.001 if name == "adam" else None)
        if isinstance(rate, Node | Callback):
            refuse(call, "scheduler")
            rate = 1.0
        arguments = {"learning_rate": _number(rate)}
        if "momentum" in given:
            arguments["momentum"] = _number(given["momentum"])
        for each, value in usual.items():
            own = _number(given.get(each, value))
            if own != value and not (each == "epsilon" and 0 <= own <= SMALL_EPSILON):
                refuse(call, "other_argument", name=name, argument=each, value=own)
        nesterov = given.get("use_nesterov", False)
        lines = {each: call.line for each in arguments if each in given}
        own_name = "nesterov" if nesterov is True else name
        if own_name == "momentum" and not arguments.get("momentum"):
            raise NotUnderstoodError("momentum")
        assumed = (Assumed("optimizer", "adam", "epsilon"),) if name == "adam" else ()
        return Optimizer(Descent(own_name, arguments, call.line, lines), assumed)

    return handler


def _other_optimizer(name: str) -> Callable[[Call], object]:
    return lambda call: Optimizer(Descent(f"TensorFlow {name}", {}, call.line))


def _minimize(call: Call) -> object:
    cost, _, variables, _ = call.bind(
        "loss", "global_step", "var_list", "name", global_step=None, var_list=None, name=None
    )
    optimizer = call.receiver
    if variables is not None or not isinstance(cost, Node | Tensor):
        raise NotUnderstoodError("var_list")
    assert isinstance(optimizer, Optimizer)
    return Step(optimizer, cost, call.line)


def _run(call: Call) -> object:
    """``session.run(fetches, feed_dict)``."""
    fetches, feeds, *_ = call.bind(
        "fetches", "feed_dict", "options", "run_metadata", feed_dict=None, options=None,
        run_metadata=None,
    )  # fmt: skip
    return _fetch(call, fetches, feeds)


def _run_step(call: Call) -> object:
    """``step.run(feed_dict)`` in an interactive session."""
    feeds, _ = call.bind("feed_dict", "session", feed_dict=None, session=None)
    return _fetch(call, call.receiver, feeds)


def _fetch(call: Call, fetches: object, feeds: object) -> object:
    items = list(_flat(fetches, 0))
    steps = [each for each in items if isinstance(each, Step)]
    if any(isinstance(each, Beginning) for each in items):
        call.machine.record("begin", None, call.line)
    if len(steps) > 1 or (feeds is not None and not isinstance(feeds, dict)):
        raise NotUnderstoodError("feed_dict")
    for step in steps:
        known: dict[int, object] = {}
        for place, value in (feeds or {}).items():
            if isinstance(value, list | tuple | int | float):
                value = data_of(call.machine, value, None, call.line, LIBRARY)
            if isinstance(place, Placeholder) and isinstance(value, Tensor):
                value = retyped(call.machine, value, place.kind, call.line)
            known[id(place)] = value
        lacking = any(isinstance(each, Unknown) for each in known.values())
        loss = _value(call.machine, step.cost, known)
        if not isinstance(loss, Tensor):
            refuse(call, "no_data" if lacking else "not_understood")
            continue
        call.machine.record("taken", Taken(step, loss, call.line), call.line)
    made: list[object] = [Unknown(call.line) for _ in items]
    return made if isinstance(fetches, list | tuple) else Unknown(call.line)


def _flat(value: object, depth: int) -> list[object]:
    if isinstance(value, list | tuple) and depth < 5:
        return [part for each in value for part in _flat(each, depth + 1)]
    if isinstance(value, dict) and depth < 5:
        return _flat(list(value.values()), depth + 1)
    return [value]


# What it all is.


def describe(machine: Machine) -> Network | None:
    """The network that a program trained, and how.

    Raises:
        RefusedError: it is none that can be described.
    """
    training = trainings(machine, "taken", lambda taken: taken.alike)
    if not training:
        return None
    _begins_once(tuple(machine.events))
    taken = training[0][0].what
    assert isinstance(taken, Taken)
    judged = judged_by(taken.loss)
    layers, inputs = layers_of(judged.answer)
    points = points_of(inputs, judged.labels)
    if points.inputs is None or points.labels is None:
        raise RefusedError("no_data", inputs.line)
    found_seed, seed_line = machine.facts.get("seed", (None, 0))
    optimizer = taken.step.optimizer
    assumed = optimizer.assumed + assumed_of(judged, layers)
    if "truncated" in machine.facts:
        assumed += (Assumed("init", machine.facts["truncated"][0], "nearest"),)
    steps = sum(times for _, times in training)
    kinds = {each.kind for each in parameters_of(taken.loss)}
    if len(kinds) > 1 or not kinds <= {"float32", "float64"}:
        raise RefusedError("dtype_mismatch", taken.line)
    return Network(
        "tensorflow",
        tuple(layers),
        judged.loss,
        optimizer.descent,
        _data(points.inputs, points.labels, judged.labels, judged.answer, inputs),
        Loop(
            steps,
            points.batch,
            points.order,
            zeroes=True,
            takes_steps=True,
            line=taken.line,
            batch_line=points.line,
            backward_line=taken.step.line,
        ),
        dtype=kinds.pop(),
        seed=found_seed if isinstance(found_seed, int) else None,
        seed_line=seed_line,
        assumed=assumed,
        unread=uncertain(machine),
    )


def _begins_once(events: Events) -> None:
    """See that variables are given their first values before the first step, and never again.

    Raises:
        RefusedError: they are not.
    """
    trained = begun = False
    for event in events:
        kinds = [each.kind for each in (
            [event] if isinstance(event, Event) else happenings(event.events)
        )]  # fmt: skip
        if "begin" in kinds:
            if trained or "taken" in kinds:
                raise RefusedError("other_loop", event.line)
            begun = True
        if "taken" in kinds:
            if not begun:
                raise RefusedError("not_understood", event.line)
            trained = True


def _data(
    rows: np.ndarray, targets: np.ndarray, labels: Tensor, answer: Tensor, inputs: Tensor
) -> Data:
    """The points, and the labels as they meet the answer."""
    rows = np.asarray(rows, dtype=float).reshape(len(rows), -1)
    if rows.shape[1] != 2:
        raise RefusedError("other_inputs", inputs.line, inputs=rows.shape[1])
    targets, one_hot = np.asarray(targets, dtype=float), False
    if answer.shape[-1:] != (1,) and labels.shape == answer.shape and len(answer.shape) > 1:
        targets = targets.reshape(len(rows), -1)
        if not np.array_equal(np.sort(targets, axis=1)[:, :-1], np.zeros_like(targets[:, 1:])):
            raise RefusedError("other_data", labels.line)
        targets, one_hot = targets.argmax(axis=1), True
    flat = targets.reshape(-1)
    if len(flat) != len(rows):
        raise RefusedError("shape_mismatch", labels.line, found=len(flat), wanted=len(rows))
    return Data(
        tuple((float(first), float(second)) for first, second in rows),
        tuple(map(float, flat)),
        labels.shape[:1] if one_hot else labels.shape,
        answer.shape,
        "float",
        _line(inputs),
        _line(labels),
        one_hot,
    )


def _line(tensor: Tensor) -> int:
    """Where the numbers are given that a tensor is made of."""
    while tensor.parents:
        tensor = tensor.parents[0]
    return tensor.line


def _quiet(call: Call) -> object:
    """What does nothing to a network."""
    return Unknown(call.line)


def _made(kind: type) -> Callable[[Call], object]:
    return lambda call: kind()


def _initial(name: str) -> Callable[[Call], object]:
    def handler(call: Call) -> object:
        if set(call.kwargs) - {"uniform", "seed", "dtype"} or call.args:
            raise NotUnderstoodError(name)
        uniform = call.kwargs.get("uniform", True)
        return initial_by_name(name if uniform is True else "glorot_normal", call.line)

    return handler


_NONLINEAR: dict[str, dict[str, float]] = {
    "sigmoid": {}, "tanh": {}, "relu": {}, "softplus": {}, "selu": {}, "elu": {"parameter": 1.0},
    "silu": {}, "swish": {}, "gelu": {},
}  # fmt: skip
_SAME_OP = {"swish": "silu"}
_FUNCTIONS: dict[str, Callable[[Call], object]] = {
    **{f"nn.{name}": _of(_SAME_OP.get(name, name), 1, **own) for name, own in _NONLINEAR.items()},
    "sigmoid": _of("sigmoid"), "tanh": _of("tanh"), "log": _of("log"), "exp": _of("exp"),
    "square": _of("square"), "sqrt": _of("sqrt"), "abs": _of("abs"), "negative": _of("negative"),
    "nn.log_softmax": _of("log_softmax"), "nn.softmax": waiting(_softmax),
    "nn.leaky_relu": waiting(_leaky), "matmul": waiting(_matmul),
    "squared_difference": waiting(_squared_difference),
    "add": _of("+", 2), "subtract": _of("-", 2), "multiply": _of("*", 2), "div": _of("/", 2),
    "divide": _of("/", 2), "truediv": _of("/", 2), "pow": _of("**", 2), "sub": _of("-", 2),
    "mul": _of("*", 2), "maximum": _of("maximum", 2), "minimum": _of("minimum", 2),
    "nn.bias_add": _of("+", 2), "equal": _of("==", 2), "greater": _of(">", 2),
    "less": _of("<", 2), "clip_by_value": waiting(clip), "reduce_mean": _reduced("mean"),
    "reduce_sum": _reduced("sum"), "cast": waiting(_cast), "to_float": waiting(_quiet),
    "reshape": waiting(_reshape), "squeeze": waiting(_squeeze), "transpose": _of("transpose"),
    "identity": waiting(_first), "round": waiting(_quiet), "argmax": waiting(_quiet),
    "nn.sigmoid_cross_entropy_with_logits": _judge("bce_logits", alike=True),
    "nn.softmax_cross_entropy_with_logits": _judge("cross_entropy", alike=True),
    "nn.softmax_cross_entropy_with_logits_v2": _judge("cross_entropy", alike=True),
    "nn.sparse_softmax_cross_entropy_with_logits": _judge("cross_entropy", alike=False),
    "placeholder": _placeholder, "Variable": _variable, "get_variable": _get_variable,
    "random_normal": _drawer("normal", ("mean", "stddev"), (0.0, 1.0)),
    "random.normal": _drawer("normal", ("mean", "stddev"), (0.0, 1.0)),
    "random_uniform": _drawer("uniform", ("minval", "maxval"), (0.0, 1.0)),
    "random.uniform": _drawer("uniform", ("minval", "maxval"), (0.0, 1.0)),
    "truncated_normal": _drawer("truncated", ("mean", "stddev"), (0.0, 1.0)),
    "random.truncated_normal": _drawer("truncated", ("mean", "stddev"), (0.0, 1.0)),
    "zeros": _filled(0.0), "ones": _filled(1.0),
    **{name.removeprefix("tensorflow."): row for name, row in INITIALIZERS.items()
       if name.startswith("tensorflow.")},
    "glorot_uniform_initializer": _initial("glorot_uniform"),
    "glorot_normal_initializer": _initial("glorot_normal"),
    "contrib.layers.xavier_initializer": _initial("glorot_uniform"),
    "train.GradientDescentOptimizer": _optimizer("sgd", ("learning_rate",)),
    "train.MomentumOptimizer": _optimizer("momentum", ("learning_rate", "momentum")),
    "train.AdamOptimizer": _optimizer(
        "adam", ("learning_rate", "beta1", "beta2", "epsilon"), beta1=0.9, beta2=0.999,
        epsilon=1e-8,
    ),
    **{f"train.{name}Optimizer": _other_optimizer(name)
       for name in ("RMSProp", "Adagrad", "Adadelta", "Ftrl")},
    "train.exponential_decay": callback("schedules"),
    "train.Saver": _made(Saver), "Session": _made(Session), "InteractiveSession": _made(Session),
    "global_variables_initializer": _made(Beginning),
    "initialize_all_variables": _made(Beginning), "set_random_seed": seed,
    "random.set_seed": seed, "random.set_random_seed": seed,
}  # fmt: skip

TABLE = Table(
    functions={f"tensorflow.{name}": row for name, row in _FUNCTIONS.items()},
    methods={
        Optimizer: {"minimize": _minimize},
        Session: {"run": _run, "close": _quiet, "as_default": lambda call: call.receiver},
        Step: {"run": _run_step},
        Saver: {"save": _quiet},
        Beginning: {"run": lambda call: call.machine.record("begin", None, call.line)},
        Node: {"eval": _quiet, "get_shape": _quiet},
    },
    attributes={
        Session: {"graph": lambda machine, of, line: Unknown(line)},
        Node: {"shape": lambda machine, of, line: Unknown(line)},
    },
    items={Node: _item},
    operators={Node: _operated},
    renames={"tensorflow.compat.v1": "tensorflow", "tensorflow.math": "tensorflow",
             "tensorflow.linalg": "tensorflow"},
    harmless=("tensorflow.summary", "tensorflow.name_scope", "tensorflow.variable_scope",
              "tensorflow.disable_v2_behavior", "tensorflow.disable_eager_execution",
              "tensorflow.reset_default_graph", "tensorflow.logging",
              "tensorflow.ConfigProto", "tensorflow.GPUOptions", "tensorflow.Graph",
              "tensorflow.get_default_graph", "tensorflow.device"),
)  # fmt: skip
"""TensorFlow 1, as programs write it."""
