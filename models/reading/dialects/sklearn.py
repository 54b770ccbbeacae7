"""scikit-learn's ``MLPClassifier`` and ``MLPRegressor``.

Their own defaults hold where a program says nothing: one hidden layer of 100 ReLU units, Adam at
.001, 200 epochs, an L2 penalty of .0001, weights and biases from Glorot's uniform distribution,
whose bound is smaller under the logistic function. They stop by themselves once the loss has not
sunk by ``tol`` for some epochs; the lab does not, and that is told.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from models.reading.dialects.shared import (
    answer_labels,
    content,
    one_training,
    points_of,
    trainings,
    uncertain,
)
from models.reading.evaluation import Call, Machine, NotUnderstoodError, Table
from models.reading.graph import RefusedError
from models.reading.network import (
    Assumed,
    Data,
    Dense,
    Descent,
    Draw,
    Layer,
    Loop,
    Loss,
    Network,
    Nonlinearity,
)
from models.reading.tensors import Tensor, data_of
from models.reading.values import Thing, Unknown

DEFAULTS: dict[str, object] = {
    "hidden_layer_sizes": (100,), "activation": "relu", "solver": "adam", "alpha": 0.0001,
    "batch_size": "auto", "learning_rate": "constant", "learning_rate_init": 0.001,
    "power_t": 0.5, "max_iter": 200, "shuffle": True, "random_state": None, "tol": 0.0001,
    "verbose": False, "warm_start": False, "momentum": 0.9, "nesterovs_momentum": True,
    "early_stopping": False, "validation_fraction": 0.1, "beta_1": 0.9, "beta_2": 0.999,
    "epsilon": 1e-08, "n_iter_no_change": 10, "max_fun": 15000,
}  # fmt: skip
LOSS = "squared_error"  # a regressor's
AS_THE_LAB = {
    "learning_rate": "constant", "early_stopping": False, "beta_1": 0.9, "beta_2": 0.999,
    "epsilon": 1e-08, "warm_start": False,
}  # fmt: skip
"""What the lab cannot have otherwise."""
ACTIVATIONS = {"logistic": "sigmoid", "tanh": "tanh", "relu": "relu", "identity": ""}
LARGEST_BATCH = 200  # of ``auto``
SMALL_PENALTY = 1e-3  # an alpha that does little in as many steps as programs take


@dataclass(eq=False)
class Net(Thing):
    """A classifier or regressor, and what it was given."""

    classifies: bool
    settings: dict[str, object]
    given: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Fit:
    """A call of ``fit``, or of ``partial_fit``, which goes through the points once."""

    net: Net
    inputs: Tensor
    labels: Tensor
    once: bool
    line: int

    @property
    def likeness(self) -> tuple:
        """What two have in common that do the same, and go on with one training."""
        return id(self.net), content(self.inputs), content(self.labels), self.once


def _net(classifies: bool) -> Callable[[Call], object]:
    def handler(call: Call) -> object:
        names = ["hidden_layer_sizes", "activation"]
        first = call.args[0] if call.args else None
        if not classifies and isinstance(first, str):
            names.insert(0, "loss")
        if len(call.args) > len(names):
            raise NotUnderstoodError(call.name)
        given = dict(zip(names, call.args, strict=False)) | call.kwargs
        loss = given.pop("loss", LOSS)
        if set(given) - set(DEFAULTS) or loss != LOSS:
            raise NotUnderstoodError(call.name)
        return Net(classifies, DEFAULTS | given, tuple(given), call.line)

    return handler


def _fit(once: bool) -> Callable[[Call], object]:
    def handler(call: Call) -> object:
        inputs, labels, _, weights = call.bind(
            "X", "y", "classes", "sample_weight", classes=None, sample_weight=None
        )
        if weights is not None:
            raise NotUnderstoodError("sample_weight")
        of = [
            data_of(call.machine, each, None, call.line, "numpy")
            if isinstance(each, list | tuple)
            else each
            for each in (inputs, labels)
        ]
        net = call.receiver
        if isinstance(of[0], Tensor) and isinstance(of[1], Tensor) and isinstance(net, Net):
            call.machine.record("fit", Fit(net, of[0], of[1], once, call.line), call.line)
        elif any(isinstance(each, Unknown) for each in of):
            call.machine.facts.setdefault("no_data", (True, call.line))
        else:
            raise NotUnderstoodError("X")
        return net

    return handler


def describe(machine: Machine) -> Network | None:
    """The network that a program trained, and how.

    Raises:
        RefusedError: it is none that can be described.
    """
    if "no_data" in machine.facts:
        raise RefusedError("no_data", machine.facts["no_data"][1])
    training = trainings(machine, "fit", lambda fit: fit.likeness)
    if not training:
        return None
    fits, times = one_training(training)
    fit: Fit = fits[0]
    if not fit.once and (len(fits) > 1 or times[0] > 1):
        raise RefusedError("several_trainings", fits[-1].line)  # each of them begins anew
    return _Reader(fit, sum(times), machine).network()


class _Reader:
    """One net and its training."""

    def __init__(self, fit: Fit, calls: int, machine: Machine):
        self.fit, self.calls, self.machine = fit, calls, machine
        self.net, self.line = fit.net, fit.net.line
        self.points = points_of(fit.inputs)

    def number(self, name: str, whole: bool = False) -> float:
        """A setting that is a number, not negative.

        Raises:
            RefusedError: it is something else.
        """
        value = self.net.settings[name]
        kinds = (int,) if whole else (int, float)
        if type(value) not in kinds or value < 0:  # type: ignore[operator]
            raise RefusedError("not_understood", self.line)
        return value  # type: ignore[return-value]

    def refused(self, name: str) -> RefusedError:
        """The lab has not what a setting says."""
        value = self.net.settings[name]
        if not isinstance(value, bool | int | float | str):
            return RefusedError("not_understood", self.line)
        return RefusedError("other_argument", self.line, name="MLP", argument=name, value=value)

    def network(self) -> Network:
        """All of it."""
        settings = self.net.settings
        for name, usual in AS_THE_LAB.items():
            if self.matters(name) and settings[name] != usual:
                raise self.refused(name)
        batch = self.batch()
        epochs = self.calls if self.fit.once else int(self.number("max_iter", whole=True))
        if not epochs:
            raise RefusedError("no_training", self.line)
        data = self.data()
        points = len(self.points)
        descent, assumed = self.descent(batch)
        seed = settings["random_state"]
        kind = "float32" if self.fit.inputs.kind == "float32" else "float64"
        return Network(
            "sklearn",
            self.layers(),
            Loss("bce", 1.0, self.line) if self.net.classifies else Loss("mse", 0.5, self.line),
            descent,
            data,
            Loop(
                epochs * math.ceil(points / batch),
                batch if batch < points else None,
                "shuffled" if settings["shuffle"] is True and batch < points else "fixed",
                zeroes=True,
                takes_steps=True,
                line=self.line if "max_iter" in self.net.given else self.fit.line,
                batch_line=self.line,
                backward_line=self.fit.line,
            ),
            dtype=kind,
            dtype_line=self.fit.inputs.line,
            seed=seed if type(seed) is int else None,
            seed_line=self.line if type(seed) is int else 0,
            assumed=(*assumed, *self.stopping(epochs)),
            unread=uncertain(self.machine),
        )

    def matters(self, name: str) -> bool:
        """Whether a setting bears on what its solver does."""
        solver = {"beta_1": "adam", "beta_2": "adam", "epsilon": "adam", "learning_rate": "sgd"}
        return solver.get(name, self.net.settings["solver"]) == self.net.settings["solver"] and (
            not (self.fit.once and name in ("early_stopping", "warm_start"))
        )

    def batch(self) -> int:
        """Points of a step."""
        size, points = self.net.settings["batch_size"], len(self.points)
        if size == "auto":
            return min(LARGEST_BATCH, points)
        if type(size) is not int or size < 1:
            raise RefusedError("not_understood", self.line)
        return min(size, points)

    def layers(self) -> tuple[Layer, ...]:
        """Hidden layers, and one unit for the answer."""
        sizes, activation = self.net.settings["hidden_layer_sizes"], self.net.settings["activation"]
        widths = [sizes] if type(sizes) is int else sizes
        if isinstance(widths, Tensor) and widths.known:
            widths = [int(each) for each in widths.values.ravel()]
        known = isinstance(widths, list | tuple) and all(type(w) is int and w > 0 for w in widths)
        if not known or not isinstance(activation, str) or activation not in ACTIVATIONS:
            raise RefusedError("not_understood", self.line)
        made: list[Layer] = []
        fans = [2, *widths, 1]  # type: ignore[misc]
        for place, (fan_in, fan_out) in enumerate(itertools.pairwise(fans)):
            bound = math.sqrt((2 if activation == "logistic" else 6) / (fan_in + fan_out))
            draw = Draw("uniform", (-bound, bound), 0)
            made.append(Dense(fan_in, fan_out, draw, draw, self.line))
            if place < len(fans) - 2 and ACTIVATIONS[activation]:
                made.append(Nonlinearity(ACTIVATIONS[activation], None, self.line))
        if self.net.classifies:
            made.append(Nonlinearity("sigmoid", None, self.line))
        return tuple(made)

    def data(self) -> Data:
        """The points; a classifier calls its two labels 0 and 1."""
        labels = self.fit.labels
        if labels.known and self.net.classifies:
            classes = np.unique(labels.values)
            if len(classes) != 2:
                raise RefusedError("other_data", labels.line)
            labels = replace(labels, values=(labels.values == classes[1]).astype(float))
        return answer_labels(self.fit.inputs, labels, self.points, 1)

    def descent(self, batch: int) -> tuple[Descent, tuple[Assumed, ...]]:
        """The solver, and what the lab does otherwise."""
        settings, solver = self.net.settings, self.net.settings["solver"]
        if solver not in ("sgd", "adam"):
            raise RefusedError("other_optimizer", self.line, name=solver)
        arguments = {"learning_rate": self.number("learning_rate_init")}
        assumed: tuple[Assumed, ...] = ()
        name = "adam"
        if solver == "sgd":
            nesterov, momentum = settings["nesterovs_momentum"], self.number("momentum")
            if not isinstance(nesterov, bool):
                raise RefusedError("not_understood", self.line)
            name = "sgd" if not momentum else "nesterov" if nesterov else "momentum"
            if momentum:
                arguments["momentum"] = momentum
        else:
            assumed = (Assumed("optimizer", "adam", "epsilon"),)
        alpha = self.number("alpha")
        if alpha and (len(self.points) % batch or (name == "adam" and alpha > SMALL_PENALTY)):
            raise self.refused("alpha")
        if alpha and name == "adam":
            # It would move what has no gradient, such as a dead unit's bias, as far as all else.
            assumed += (Assumed("weight_decay", 0.0, "penalty_left_out"),)
        elif alpha:
            arguments["weight_decay"] = alpha / batch
            assumed += (Assumed("weight_decay", alpha / batch, "decays_biases"),)
        own = {"learning_rate": "learning_rate_init", "weight_decay": "alpha"}
        lines = {each: self.line for each in arguments if own.get(each, each) in self.net.given}
        return Descent(name, arguments, self.line, lines), assumed

    def stopping(self, epochs: int) -> tuple[Assumed, ...]:
        """That it may stop sooner than the lab."""
        tol, patience = self.net.settings["tol"], self.net.settings["n_iter_no_change"]
        for value in (tol, patience):
            if type(value) not in (int, float):
                raise RefusedError("not_understood", self.line)
        never = self.fit.once or patience >= epochs or tol == -math.inf  # type: ignore[operator]
        return () if never else (Assumed("steps", epochs, "stops_unimproved"),)


def _quiet(call: Call) -> object:
    """What does nothing to a network."""
    return Unknown(call.line)


_QUIET = ("predict", "predict_proba", "score", "get_params", "predict_log_proba")

TABLE = Table(
    functions={
        "sklearn.neural_network.MLPClassifier": _net(classifies=True),
        "sklearn.neural_network.MLPRegressor": _net(classifies=False),
    },
    methods={
        Net: {
            "fit": _fit(once=False), "partial_fit": _fit(once=True),
            **dict.fromkeys(_QUIET, _quiet),
        },
    },
    attributes={
        Net: {
            name: lambda machine, of, line: Unknown(line)
            for name in ("loss_curve_", "loss_", "n_iter_", "best_loss_",
                         "n_layers_", "out_activation_", "classes_")
        },
    },
    renames={"sklearn.neural_network.multilayer_perceptron": "sklearn.neural_network",
             "sklearn.neural_network._multilayer_perceptron": "sklearn.neural_network"},
    harmless=("sklearn.metrics",),
)  # fmt: skip
"""scikit-learn, as programs write it."""
