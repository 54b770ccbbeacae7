"""Keras's optimizers and losses, and what else is settled before a model is trained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from models.reading.dialects.keras_initial import arguments_of
from models.reading.dialects.shared import refuse
from models.reading.evaluation import Call, NotUnderstoodError
from models.reading.network import Assumed, Descent, Loss
from models.reading.values import Library, Thing, Unknown


@dataclass(eq=False)
class Settled(Thing):
    """An optimizer or a loss."""

    what: Descent | Loss
    clip: float | None = None
    assumed: tuple[Assumed, ...] = ()


@dataclass(eq=False)
class Callback(Thing):
    """What is called while a model is trained; ``kind``: ``stops``, ``schedules``, ``looks``."""

    kind: str


def unlike(call: Call, given: Mapping[str, object], usual: Mapping[str, object]) -> None:
    """Refuse arguments that are not as the lab has them."""
    for name, value in given.items():
        if isinstance(value, Unknown):
            raise NotUnderstoodError(name)
        if value != usual.get(name):
            shown = value if isinstance(value, int | float | str) else "…"
            refuse(call, "other_argument", name=call.name, argument=name, value=shown)


_OPTIMIZERS: dict[str, tuple[tuple[str, ...], dict[str, object]]] = {
    "sgd": (("learning_rate", "momentum", "nesterov"),
            {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False}),
    "adam": (("learning_rate", "beta_1", "beta_2", "epsilon", "amsgrad"),
             {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7,
              "amsgrad": False}),
}  # fmt: skip
SMALL_EPSILON = 1e-6  # of Adam, beside which any gradient that moves anything is large


def _optimizer(kind: str) -> Callable[[Call], object]:
    """A handler of an optimizer."""

    def handler(call: Call) -> object:
        return _made_optimizer(kind, call)

    return handler


def _made_optimizer(kind: str, call: Call) -> Settled:
    if kind not in _OPTIMIZERS:  # such as its RMSprop, which is another one than the lab's
        return Settled(Descent(f"Keras {kind}", {}, call.line))
    names, defaults = _OPTIMIZERS[kind]
    given = arguments_of(call, *names)
    if "lr" in given:
        given["learning_rate"] = given.pop("lr")
    values = {name: given.pop(name, default) for name, default in defaults.items()}
    rate, decay = values.pop("learning_rate"), given.pop("weight_decay", None)
    clip = given.pop("global_clipnorm", None)
    if isinstance(rate, Callback):
        refuse(call, "scheduler")
        rate = 0.01
    if not all(isinstance(each, int | float | None) for each in (rate, decay, clip)):
        raise NotUnderstoodError("learning_rate")
    usual = {"amsgrad": False, "decay": 0.0, "beta_1": 0.9, "beta_2": 0.999, "clipnorm": None,
             "clipvalue": None, "use_ema": False, "gradient_accumulation_steps": None,
             "loss_scale_factor": None}  # fmt: skip
    arguments = {"learning_rate": rate}
    name = kind
    assumed: tuple[Assumed, ...] = ()
    if kind == "sgd":
        momentum, nesterov = values.pop("momentum"), values.pop("nesterov")
        if not isinstance(momentum, int | float) or not isinstance(nesterov, bool):
            raise NotUnderstoodError("momentum")
        if momentum:
            name = "nesterov" if nesterov else "momentum"
            arguments["momentum"] = float(momentum)
    else:
        assumed = _epsilon(values.pop("epsilon"), call)
    if decay and name != "sgd":  # it is taken from the weights, not added to the gradient
        refuse(call, "other_argument", name=kind, argument="weight_decay", value=decay)
    elif decay:
        arguments["weight_decay"] = decay
    unlike(call, values | given, usual)
    lines = {each: call.line for each in arguments if each in call.kwargs or call.args}
    what = Descent(name, arguments, call.line, lines)  # type: ignore[arg-type]
    return Settled(what, None if clip is None else float(clip), assumed)  # type: ignore[arg-type]


def _epsilon(value: object, call: Call) -> tuple[Assumed, ...]:
    """Of Adam; the lab has PyTorch's, in PyTorch's place."""
    if not isinstance(value, int | float) or not 0 <= value <= SMALL_EPSILON:
        unlike(call, {"epsilon": value}, {})
    return (Assumed("optimizer", "adam", "epsilon"),)


def optimizer_of(value: object, call: Call) -> Settled:
    """What ``optimizer=`` means.

    Raises:
        NotUnderstoodError: it means something else.
    """
    if isinstance(value, Settled) and isinstance(value.what, Descent):
        return value
    if isinstance(value, Library):
        value = value.name.rpartition(".")[2]
    if not isinstance(value, str):
        raise NotUnderstoodError("optimizer")
    kind = value.lower()
    return _made_optimizer(kind, Call(call.machine, kind, None, [], {}, call.line))


_LOSSES = {
    "mse": "mse", "mean_squared_error": "mse", "meansquarederror": "mse",
    "binary_crossentropy": "bce", "binarycrossentropy": "bce", "bce": "bce",
    "categorical_crossentropy": "categorical", "categoricalcrossentropy": "categorical",
    "sparse_categorical_crossentropy": "sparse", "sparsecategoricalcrossentropy": "sparse",
}  # fmt: skip
_LOGITS = {"bce": "bce_logits", "categorical": "cross_entropy", "sparse": "sparse_logits"}


def _loss(name: str) -> Callable[[Call], object]:
    """A handler of a loss that is an object."""

    def handler(call: Call) -> object:
        given = arguments_of(call, *(("from_logits",) if name in _LOGITS else ()))
        from_logits, reduction = given.pop("from_logits", False), given.pop("reduction", "auto")
        unlike(call, given, {"label_smoothing": 0.0, "axis": -1, "ignore_class": None})
        if not isinstance(from_logits, bool) or not isinstance(reduction, str):
            raise NotUnderstoodError("from_logits")
        if reduction not in ("auto", "sum_over_batch_size", "mean", "sum"):
            raise NotUnderstoodError("reduction")
        own = _LOGITS.get(name, name) if from_logits else name
        return Settled(Loss(own, 1.0, call.line, "sum" if reduction == "sum" else "mean"))

    return handler


def loss_of(value: object, call: Call) -> Settled:
    """What ``loss=`` means.

    Raises:
        NotUnderstoodError: it means something else.
    """
    if isinstance(value, Settled) and isinstance(value.what, Loss):
        return value
    if isinstance(value, Library):
        value = value.name.rpartition(".")[2]
    if not isinstance(value, str):
        raise NotUnderstoodError("loss")
    return Settled(Loss(_LOSSES.get(value.lower(), value), 1.0, call.line))


def callback(kind: str) -> Callable[[Call], object]:
    """A handler of one."""
    return lambda call: Callback(kind)


_OTHER_OPTIMIZERS = (
    "RMSprop", "Adagrad", "Adadelta", "Nadam", "Adamax", "AdamW", "Ftrl", "Lion", "Adafactor",
    "Muon", "Lamb",
)  # fmt: skip
_OTHER_LOSSES = (
    "MeanAbsoluteError", "Huber", "Hinge", "SquaredHinge", "KLDivergence", "LogCosh", "Poisson",
    "CosineSimilarity", "BinaryFocalCrossentropy", "MeanSquaredLogarithmicError",
)  # fmt: skip
_LOSS_CLASSES = {
    "MeanSquaredError": "mse", "BinaryCrossentropy": "bce",
    "CategoricalCrossentropy": "categorical", "SparseCategoricalCrossentropy": "sparse",
}  # fmt: skip
_LOOKS = ("History", "ModelCheckpoint", "TensorBoard", "CSVLogger", "ProgbarLogger")

SETTLED: dict[str, Callable[[Call], object]] = {
    **{f"keras.optimizers.{name}": _optimizer(name.lower())
       for name in ("SGD", "Adam", *_OTHER_OPTIMIZERS)},
    **{f"keras.losses.{name}": _loss(own) for name, own in _LOSS_CLASSES.items()},
    **{f"keras.losses.{name}": _loss(name) for name in _OTHER_LOSSES},
    "keras.callbacks.EarlyStopping": callback("stops"),
    "keras.callbacks.ReduceLROnPlateau": callback("schedules"),
    "keras.callbacks.LearningRateScheduler": callback("schedules"),
    **{f"keras.callbacks.{name}": callback("looks") for name in _LOOKS},
    **{f"keras.optimizers.schedules.{name}": callback("schedules")
       for name in ("ExponentialDecay", "CosineDecay", "PiecewiseConstantDecay",
                    "PolynomialDecay", "InverseTimeDecay", "CosineDecayRestarts")},
}  # fmt: skip
"""Of each such name what a call makes."""
