"""Keras, also as ``tf.keras``: layers in a row, ``compile`` and ``fit``.

Where a program says nothing, Keras's own defaults hold: Glorot's uniform weights and zero biases,
SGD at .01, Adam at .001, batches of 32 that are shuffled.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from models.norms import EPSILON
from models.reading.dialects.keras_initial import INITIALIZERS, Initial, arguments_of, initial_of
from models.reading.dialects.keras_settled import (
    SETTLED,
    Callback,
    Settled,
    loss_of,
    optimizer_of,
    unlike,
)
from models.reading.dialects.shared import (
    answer_labels,
    content,
    one_training,
    points_of,
    refuse,
    trainings,
    uncertain,
)
from models.reading.evaluation import Call, Machine, NotUnderstoodError, Table
from models.reading.graph import RefusedError
from models.reading.network import (
    Assumed,
    Dense,
    Descent,
    Layer,
    Loop,
    Loss,
    Network,
    Nonlinearity,
    Norm,
)
from models.reading.tensors import Tensor, data_of, kind_of, seed
from models.reading.values import Library, Thing, Unknown

BATCH = 32
ACTIVATIONS = {
    "relu": ("relu", None), "sigmoid": ("sigmoid", None), "tanh": ("tanh", None),
    "elu": ("elu", 1.0), "selu": ("selu", None), "softplus": ("softplus", None),
    "gelu": ("gelu", None), "silu": ("silu", None), "swish": ("silu", None),
    "mish": ("mish", None), "leaky_relu": ("leaky_relu", 0.2), "softmax": ("softmax", None),
    "log_softmax": ("log_softmax", None), "log_sigmoid": ("log_sigmoid", None),
}  # fmt: skip
"""By Keras's name: the lab's, and the parameter that Keras has by default."""


@dataclass(eq=False)
class Unit(Thing):
    """A layer.

    Attributes:
        kind: ``dense``, ``nonlinearity``, ``norm``, ``flatten``, ``input``, or Keras's name of one
            that the lab has not.
        line: where it is made.
        outputs: of a dense one.
        inputs: that it says that it has; None: it does not.
        weight: of a dense one, its draw by the fans; likewise ``bias``, which may be None.
        after: what a dense one's sums go through.
        name: of a nonlinearity or norm, as the lab calls it.
        parameter: of a nonlinearity.
    """

    kind: str
    line: int
    outputs: int = 0
    inputs: int | None = None
    weight: Initial | None = None
    bias: Initial | None = None
    after: Unit | None = None
    name: str = ""
    parameter: float | None = None


@dataclass(eq=False)
class Symbol(Thing):
    """What a functional model passes on: the layers so far."""

    units: tuple[Unit, ...]


@dataclass(eq=False)
class Model(Thing):
    """A model and what it was compiled with."""

    units: list[Unit]
    line: int
    optimizer: Settled | None = None
    loss: Settled | None = None


class Weights(Thing):
    """A model's variables, all or some: to look at them is nothing, to change them is."""


@dataclass(frozen=True)
class Fit:
    """One call of ``fit``: all that it says, so that calls that say the same are equal."""

    model: Model
    units: tuple[Unit, ...]
    optimizer: Settled | None
    loss: Settled | None
    inputs: Tensor
    labels: Tensor
    epochs: int
    batch: int
    shuffled: bool
    stops: bool
    line: int

    @property
    def likeness(self) -> tuple:
        """What two have in common that do the same, and go on with one training."""
        of = (self.model, self.optimizer, self.loss, *self.units)
        data = content(self.inputs), content(self.labels)
        return (*map(id, of), *data, self.batch, self.shuffled, self.stops)


# What a program writes.


def _split(call: Call, *names: str, **defaults: object) -> tuple[dict, dict]:
    """Arguments by name, those that are known to matter apart from the others."""
    if len(call.args) > len(names):
        raise NotUnderstoodError(call.name)
    given = dict(zip(names, call.args, strict=False)) | call.kwargs
    known = {name: given.pop(name, default) for name, default in defaults.items()}
    given.pop("name", None)
    return known, given


def _dense(call: Call) -> object:
    known, rest = _split(
        call, "units", "activation", "use_bias", "kernel_initializer", "bias_initializer",
        units=None, activation=None, use_bias=True, kernel_initializer="glorot_uniform",
        bias_initializer="zeros", input_dim=None, input_shape=None, batch_input_shape=None,
    )  # fmt: skip
    unlike(call, rest, {"trainable": True})
    if type(known["units"]) is not int:
        raise NotUnderstoodError("units")
    line = call.line
    return Unit(
        "dense",
        line,
        known["units"],
        _width(known["input_dim"], known["input_shape"], known["batch_input_shape"]),
        initial_of(call, known["kernel_initializer"], "kernel_initializer"),
        initial_of(call, known["bias_initializer"], "bias_initializer")
        if known["use_bias"] is not False
        else None,
        _nonlinearity(known["activation"], line),
    )


def _width(dim: object, shape: object, batch_shape: object) -> int | None:
    """How many inputs a first layer says that it has.

    Raises:
        NotUnderstoodError: it says something else.
    """
    if batch_shape is not None:
        shape = batch_shape[1:] if isinstance(batch_shape, tuple | list) else Unknown()
    if dim is None and shape is None:
        return None
    sizes = (dim,) if dim is not None else shape
    if type(sizes) is int:
        sizes = (sizes,)
    if not isinstance(sizes, tuple | list) or not all(type(size) is int for size in sizes):
        raise NotUnderstoodError("input_shape")
    return math.prod(sizes)


def _nonlinearity(value: object, line: int) -> Unit | None:
    """What ``activation=`` means.

    Raises:
        NotUnderstoodError: it means something else.
    """
    if value is None:
        return None
    if isinstance(value, Unit) and value.kind == "nonlinearity":
        return value
    if isinstance(value, Library):
        value = value.name.rpartition(".")[2]
    if not isinstance(value, str):
        raise NotUnderstoodError("activation")
    if value.lower() == "linear":
        return None
    name, parameter = ACTIVATIONS.get(value.lower(), (value, None))
    return Unit("nonlinearity", line, name=name, parameter=parameter)


def _activation(call: Call) -> object:
    value = arguments_of(call, "activation").get("activation", Unknown(call.line))
    return _nonlinearity(value, call.line) or Unit("flatten", call.line)


def _of_layer(name: str, *names: str, parameter: float | None = None) -> Callable[[Call], object]:
    """A handler of an activation that is a layer; ``names``: its parameter's, old and new."""

    def handler(call: Call) -> object:
        given = arguments_of(call, *names[:1])
        values = [given.pop(each) for each in names if each in given]
        value = values[0] if values else parameter
        if given or not isinstance(value, int | float | None):
            raise NotUnderstoodError(name)
        own = None if value is None else float(value)
        return Unit("nonlinearity", call.line, name=name, parameter=own)

    return handler


def _norm(name: str) -> Callable[[Call], object]:
    """A handler of a norm, which Keras makes with another epsilon than the lab."""

    def handler(call: Call) -> object:
        given = arguments_of(call, "axis")
        usual = {"axis": -1, "epsilon": EPSILON, "momentum": given.get("momentum"), "center": True,
                 "scale": True}  # fmt: skip
        unlike(call, {"epsilon": 1e-3} | given, usual)
        return Unit("norm", call.line, name=name)

    return handler


def _input(call: Call) -> object:
    given = arguments_of(call, "shape")
    batch_shape = given.get("batch_shape", given.get("batch_input_shape"))
    shape = given.get("shape", given.get("input_shape"))
    inputs = _width(given.get("input_dim"), shape, batch_shape)
    if inputs is None:
        raise NotUnderstoodError("shape")
    return Symbol((Unit("input", call.line, inputs=inputs),))


def _flatten(call: Call) -> object:
    given = arguments_of(call, "data_format")
    return Unit("flatten", call.line, inputs=_width(None, given.get("input_shape"), None))


def _other_layer(name: str) -> Callable[[Call], object]:
    return lambda call: Unit(name, call.line)


def _connect(call: Call) -> object:
    """``layer(symbol)``."""
    (before,) = call.bind("inputs")
    if not isinstance(before, Symbol):
        raise NotUnderstoodError("inputs")
    return Symbol((*before.units, call.receiver))  # type: ignore[arg-type]


def _sequential(call: Call) -> object:
    (layers, *_) = call.bind("layers", "name", layers=None, name=None)
    model = Model([], call.line)
    items = [] if layers is None else call.machine.items(layers)
    if items is None:
        raise NotUnderstoodError("layers")
    for each in items:
        _append(model, each)
    return model


def _append(model: Model, layer: object) -> None:
    if isinstance(layer, Symbol):
        model.units += layer.units
    elif isinstance(layer, Unit):
        model.units.append(layer)
    else:
        raise NotUnderstoodError("layer")


def _add(call: Call) -> object:
    (layer, *_) = call.bind("layer", "rebuild", rebuild=True)
    if call.machine.maybe:
        raise NotUnderstoodError("add")
    _append(call.receiver, layer)  # type: ignore[arg-type]
    return None


def _functional(call: Call) -> object:
    given = arguments_of(call, "inputs", "outputs")
    begin, end = given.get("inputs", given.get("input")), given.get("outputs", given.get("output"))
    if not isinstance(end, Symbol) or not isinstance(begin, Symbol):
        raise NotUnderstoodError("outputs")
    if begin.units != end.units[: len(begin.units)]:
        raise NotUnderstoodError("inputs")
    return Model(list(end.units), call.line)


def _compile(call: Call) -> object:
    known, rest = _split(
        call, "optimizer", "loss", "metrics", optimizer="rmsprop", loss=None, metrics=None,
        run_eagerly=None, jit_compile=None, steps_per_execution=None,
    )  # fmt: skip
    unlike(call, rest, {"loss_weights": None, "weighted_metrics": rest.get("weighted_metrics")})
    model = call.receiver
    assert isinstance(model, Model)
    if call.machine.maybe:
        raise NotUnderstoodError("compile")
    model.optimizer = optimizer_of(known["optimizer"], call)
    model.loss = loss_of(known["loss"], call)
    return None


def _fit(call: Call) -> object:
    names = ("x", "y", "batch_size", "epochs", "verbose", "callbacks")
    known, rest = _split(
        call, *names, x=None, y=None, batch_size=None, epochs=1, verbose=None, callbacks=None,
        shuffle=True, validation_data=None, workers=None, use_multiprocessing=None, nb_epoch=None,
    )  # fmt: skip
    if known["nb_epoch"] is not None:
        known["epochs"] = known["nb_epoch"]
    usual = {"validation_split": 0.0, "initial_epoch": 0, "validation_freq": 1}
    unlike(call, rest, usual | {"validation_batch_size": rest.get("validation_batch_size")})
    callbacks = [] if known["callbacks"] is None else call.machine.items(known["callbacks"])
    if callbacks is None or not all(isinstance(each, Callback) for each in callbacks):
        raise NotUnderstoodError("callbacks")
    kinds = [each.kind for each in callbacks if isinstance(each, Callback)]
    if "schedules" in kinds:
        refuse(call, "scheduler")
    batch = BATCH if known["batch_size"] is None else known["batch_size"]
    _record_fit(
        call, known["x"], known["y"], known["epochs"], batch, known["shuffle"], "stops" in kinds
    )
    return Callback("looks")  # a History


def _train_on_batch(call: Call) -> object:
    known, rest = _split(call, "x", "y", x=None, y=None, return_dict=False)
    unlike(call, rest, {})
    points = len(known["x"].values) if isinstance(known["x"], Tensor) else 0
    _record_fit(call, known["x"], known["y"], 1, points, False, False)
    return Unknown(call.line)


def _record_fit(
    call: Call,
    inputs: object,
    labels: object,
    epochs: object,
    batch: object,
    shuffle: object,
    stops: bool,
) -> None:
    model, line = call.receiver, call.line
    assert isinstance(model, Model)
    if isinstance(inputs, Unknown) or isinstance(labels, Unknown):
        refuse(call, "no_data")
        return
    if not (isinstance(inputs, Tensor) and isinstance(labels, Tensor)):
        raise NotUnderstoodError("x")
    if type(epochs) is not int or type(batch) is not int or not isinstance(shuffle, bool):
        raise NotUnderstoodError("epochs")
    units = tuple(model.units)
    if epochs > 0:
        fit = Fit(
            model, units, model.optimizer, model.loss, inputs, labels, epochs, batch, shuffle,
            stops, line,
        )  # fmt: skip
        call.machine.record("fit", fit, line)


# What it all is.


def describe(machine: Machine) -> Network | None:
    """The network that a program trained, and how.

    Raises:
        RefusedError: it is none that can be described.
    """
    training = trainings(machine, "fit", lambda fit: fit.likeness)
    if not training:
        return None
    fits, times = one_training(training)
    fit: Fit = fits[0]
    if fit.optimizer is None or fit.loss is None:
        raise RefusedError("not_understood", fit.line)
    layers, assumed = _layers(fit)
    descent, loss = fit.optimizer.what, fit.loss.what
    assert isinstance(descent, Descent) and isinstance(loss, Loss)
    units = next(layer.outputs for layer in reversed(layers) if isinstance(layer, Dense))
    inputs = points_of(fit.inputs)
    points = len(inputs)
    sparse = loss.name.startswith("sparse")
    name = {"sparse": "categorical", "sparse_logits": "cross_entropy"}.get(loss.name, loss.name)
    end = layers[-1].name if isinstance(layers[-1], Nonlinearity) else ""
    if name == "bce" and end not in ("sigmoid", "softmax"):
        name = "bce_clipped"  # Keras has the logarithm of the nearest probability
    batch = min(fit.batch, points)
    steps = sum(each.epochs * time for each, time in zip(fits, times, strict=True))
    factor = float(batch) if loss.reduction == "sum" else 1.0
    found_seed, seed_line = machine.facts.get("seed", (None, 0))
    kind, kind_line = machine.facts.get("dtype", ("float32", 0))
    return Network(
        "keras",
        layers,
        replace(loss, name=name, factor=factor),
        descent,
        answer_labels(fit.inputs, fit.labels, inputs, units, sparse),
        Loop(
            steps * math.ceil(points / batch),
            None if batch >= points else batch,
            "shuffled" if fit.shuffled and batch < points else "fixed",
            zeroes=True,
            takes_steps=True,
            line=fit.line,
            batch_line=fit.line,
            backward_line=fit.line,
            stops_early=fit.stops,
        ),
        dtype=str(kind),
        dtype_line=kind_line,
        seed=found_seed if isinstance(found_seed, int) else None,
        seed_line=seed_line,
        clip=fit.optimizer.clip,
        clip_line=descent.line,
        assumed=(*assumed, *fit.optimizer.assumed),
        unread=uncertain(machine),
    )


def _layers(fit: Fit) -> tuple[tuple[Layer, ...], tuple[Assumed, ...]]:
    """The layers with their fans, as the inputs pass through them.

    Raises:
        RefusedError: they do not fit, or the lab has no such layer.
    """
    width = fit.inputs.shape[-1] if len(fit.inputs.shape) > 1 else 1
    made: list[Layer] = []
    assumed: tuple[Assumed, ...] = ()
    if len({id(unit) for unit in fit.units}) < len(fit.units):
        raise RefusedError("other_shape", fit.line)
    for unit in fit.units:
        if unit.inputs is not None and unit.inputs != width:
            raise RefusedError("shape_mismatch", unit.line, found=width, wanted=unit.inputs)
        if unit.kind == "dense":
            assert unit.weight is not None
            bias = None if unit.bias is None else unit.bias.draw(width, unit.outputs)
            weight = unit.weight.draw(width, unit.outputs)
            made.append(Dense(width, unit.outputs, weight, bias, unit.line))
            if unit.weight.nearest:
                assumed = (Assumed("init", unit.weight.nearest, "nearest"),)
            width = unit.outputs
            if unit.after is not None:
                made.append(Nonlinearity(unit.after.name, unit.after.parameter, unit.after.line))
        elif unit.kind == "nonlinearity":
            made.append(Nonlinearity(unit.name, unit.parameter, unit.line))
        elif unit.kind == "norm":
            made.append(Norm(unit.name, unit.line))
        elif unit.kind not in ("input", "flatten"):
            image = "Conv" in unit.kind or "Pool" in unit.kind
            raise RefusedError("image_input" if image else "other_layer", unit.line, name=unit.kind)
    if not any(isinstance(layer, Dense) for layer in made):
        raise RefusedError("no_network", fit.line)
    return tuple(made), assumed


def _quiet(call: Call) -> object:
    """What does nothing to a network."""
    return Unknown(call.line)


def _layers_of(machine: Machine, of: Model, line: int) -> object:
    return [unit for unit in of.units if unit.kind != "input"]


def _set_floats(call: Call) -> object:
    (kind,) = call.bind("value")
    if not isinstance(kind, str) or kind not in ("float32", "float64"):
        raise NotUnderstoodError("floatx")
    call.machine.facts["dtype"] = (kind, call.line)
    return None


def tensor(call: Call) -> object:
    """``tf.constant`` and what else makes a tensor."""
    given = arguments_of(call, "value", "dtype")
    value, kind = given.get("value"), call.kwargs.get("dtype", given.get("dtype"))
    if kind is None and len(call.args) > 1:
        kind = call.args[1]
    return data_of(call.machine, value, kind_of(kind), call.line, "tensorflow")


def _cast(call: Call) -> object:
    value, kind = call.bind("x", "dtype")
    return data_of(call.machine, value, kind_of(kind), call.line, "tensorflow")


_OTHER_LAYERS = (
    "Dropout", "Embedding", "LSTM", "GRU", "SimpleRNN", "Conv1D", "Conv2D", "Conv3D",
    "MaxPooling1D", "MaxPooling2D", "MaxPool2D", "AveragePooling2D", "GlobalAveragePooling2D",
    "GaussianNoise", "GaussianDropout", "AlphaDropout", "PReLU", "Rescaling", "Normalization",
    "Reshape", "Lambda", "Masking", "Bidirectional", "TimeDistributed", "Attention",
    "MultiHeadAttention", "UnitNormalization", "GroupNormalization", "ActivityRegularization",
)  # fmt: skip
_VARIABLES = ("weights", "variables", "trainable_weights", "trainable_variables")
_QUIET = (
    "summary", "predict", "evaluate", "get_weights", "save", "__call__", "get_config", "to_json",
    "build", "predict_classes", "save_weights", "predict_on_batch",
)  # fmt: skip


def _layers_table() -> dict[str, Callable[[Call], object]]:
    rows: dict[str, Callable[[Call], object]] = {
        **{name: _other_layer(name) for name in _OTHER_LAYERS},
        "Dense": _dense, "Activation": _activation, "Flatten": _flatten,
        "InputLayer": _input, "Input": _input,
        "ReLU": _of_layer("relu"), "Softmax": _of_layer("softmax"),
        "LeakyReLU": _of_layer("leaky_relu", "negative_slope", "alpha", parameter=0.3),
        "ELU": _of_layer("elu", "alpha", parameter=1.0),
        "BatchNormalization": _norm("batch"), "LayerNormalization": _norm("layer"),
    }  # fmt: skip
    return {f"keras.layers.{name}": row for name, row in rows.items()}


TABLE = Table(
    functions={
        **_layers_table(),
        "keras.Input": _input, "keras.Sequential": _sequential,
        "keras.models.Sequential": _sequential, "keras.Model": _functional,
        "keras.models.Model": _functional,
        **SETTLED, **INITIALIZERS,
        "keras.backend.set_floatx": _set_floats, "keras.config.set_floatx": _set_floats,
        "keras.utils.set_random_seed": seed, "tensorflow.random.set_seed": seed,
        "tensorflow.set_random_seed": seed, "tensorflow.constant": tensor,
        "tensorflow.convert_to_tensor": tensor, "tensorflow.cast": _cast,
        "keras.backend.clear_session": _quiet, "keras.utils.plot_model": _quiet,
    },
    methods={
        Unit: {"__call__": _connect, "get_weights": _quiet, "get_config": _quiet,
               "count_params": _quiet},
        Model: {
            "add": _add, "compile": _compile, "fit": _fit, "train_on_batch": _train_on_batch,
            **dict.fromkeys(_QUIET, _quiet),
        },
        Weights: {"numpy": _quiet, "count_params": _quiet},
    },
    attributes={
        Callback: {"history": lambda machine, of, line: Unknown(line)},
        Model: {
            **{name: lambda machine, of, line: Unknown(line)
               for name in ("name", "history", "input_shape", "output_shape")},
            **dict.fromkeys(_VARIABLES, lambda machine, of, line: Weights()),
            "layers": _layers_of, "optimizer": lambda machine, of, line: of.optimizer,
        },
        Unit: {
            name: lambda machine, of, line: Unknown(line)
            for name in ("name", "output", "input", "output_shape", "input_shape", "units")
        } | dict.fromkeys((*_VARIABLES, "kernel", "bias"), lambda machine, of, line: Weights()),
        Weights: {
            name: lambda machine, of, line: Unknown(line) for name in ("name", "shape", "dtype")
        },
    },
    items={Weights: lambda machine, of, index, line: of},
    passes={Weights: lambda machine, of: (None, (), of)},
    renames={
        "tensorflow.keras": "keras", "tensorflow.python.keras": "keras", "tf_keras": "keras",
        "keras.api": "keras", "keras.src": "keras", "keras.layers.core": "keras.layers",
        "keras.optimizers.legacy": "keras.optimizers",
        "tensorflow.initializers": "keras.initializers", "tensorflow.losses": "keras.losses",
        "tensorflow.optimizers": "keras.optimizers",
    },
    harmless=("tensorflow.config", "tensorflow.get_logger", "tensorflow.test", "keras.metrics",
              "keras.utils", "tensorflow.executing_eagerly"),
)  # fmt: skip
"""Keras, as programs write it."""
