"""Keras's initializers, and those of TensorFlow 1, which are the same."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from models.reading.evaluation import Call, NotUnderstoodError
from models.reading.network import Draw
from models.reading.values import Library, Thing

TRUNCATED = 0.87962566103423978
"""Standard deviation of N(0, 1) once what lies beyond 2 is drawn anew."""


@dataclass(frozen=True)
class Initial(Thing):
    """An initializer: a draw of the fans.

    Attributes:
        draw: of a fan-in and a fan-out; of a truncated normal distribution one of its variance.
        nearest: then the lab's name for that.
    """

    draw: Callable[[int, int], Draw]
    nearest: str = ""


_NAMES = ("name", "dtype", "trainable", "autocast")


def arguments_of(call: Call, *names: str) -> dict[str, object]:
    """All arguments by name but what does not matter."""
    if len(call.args) > len(names):
        raise NotUnderstoodError(call.name)
    given = dict(zip(names, call.args, strict=False)) | call.kwargs
    return {name: value for name, value in given.items() if name not in _NAMES}


def _fixed(draw: Draw) -> Callable[[int, int], Draw]:
    return lambda fan_in, fan_out: draw


def _scaling(
    scale: float, mode: str, distribution: str, line: int
) -> Callable[[int, int], Draw] | None:
    """``VarianceScaling``: a variance of ``scale / fan``, by the mode's fan."""
    fans: dict[str, Callable[[int, int], float]] = {
        "fan_in": lambda i, o: i,
        "fan_out": lambda i, o: o,
        "fan_avg": lambda i, o: (i + o) / 2,
    }
    if mode not in fans or distribution not in ("uniform", "truncated_normal", "untruncated_normal",
                                                "normal"):  # fmt: skip
        return None

    def draw(fan_in: int, fan_out: int) -> Draw:
        deviation = math.sqrt(scale / fans[mode](fan_in, fan_out))
        if distribution == "uniform":
            bound = math.sqrt(3) * deviation
            return Draw("uniform", (-bound, bound), line)
        return Draw("normal", (0.0, deviation), line)

    return draw


_SCALED = {
    "glorot": (1.0, "fan_avg"), "xavier": (1.0, "fan_avg"), "he": (2.0, "fan_in"),
    "lecun": (1.0, "fan_in"),
}  # fmt: skip
_NEAREST = {
    "glorot": "xavier_normal", "xavier": "xavier_normal", "he": "he_normal",
    "lecun": "lecun_normal",
}  # fmt: skip


def initial_of(call: Call, value: object, argument: str) -> Initial:
    """What an initializer draws.

    Raises:
        NotUnderstoodError: it is none.
    """
    if isinstance(value, Initial):
        return value
    line = call.line if argument in call.kwargs else 0
    if isinstance(value, Library):
        made = call.machine.call(value, [], {}, call.line)
        if isinstance(made, Initial):
            return made
    if not isinstance(value, str):
        raise NotUnderstoodError("initializer")
    made = initial_by_name(value, line)
    return made or Initial(_fixed(Draw("other", (value,), line)))


def initial_by_name(name: str, line: int) -> Initial | None:
    """``he_normal``, ``HeNormal``, ``zeros``; None: unknown."""
    plain = name.lower().replace("_", "")
    for beginning, (scale, mode) in _SCALED.items():
        for end in ("uniform", "normal"):
            if plain == beginning + end:
                distribution = "uniform" if end == "uniform" else "truncated_normal"
                draw = _scaling(scale, mode, distribution, line)
                assert draw is not None
                return Initial(draw, _NEAREST[beginning] if end == "normal" else "")
    draws = {
        "zeros": Draw("constant", (0.0,), line),
        "zero": Draw("constant", (0.0,), line),
        "ones": Draw("constant", (1.0,), line),
        "one": Draw("constant", (1.0,), line),
        "randomnormal": Draw("normal", (0.0, 0.05), line),
        "normal": Draw("normal", (0.0, 0.05), line),
        "randomuniform": Draw("uniform", (-0.05, 0.05), line),
        "uniform": Draw("uniform", (-0.05, 0.05), line),
        "truncatednormal": Draw("normal", (0.0, 0.05 * TRUNCATED), line),
        "orthogonal": Draw("orthogonal", (1.0,), line),
    }
    nearest = "lab" if plain == "truncatednormal" else ""
    return Initial(_fixed(draws[plain]), nearest) if plain in draws else None


def _numbers(call: Call, *names: str, **defaults: float) -> list[float]:
    """Arguments that are numbers, those that do not matter left out.

    Raises:
        NotUnderstoodError: some are not, or there are others.
    """
    given = arguments_of(call, *names)
    given.pop("seed", None)
    values = [given.pop(name, default) for name, default in defaults.items()]
    if given or not all(isinstance(value, int | float) for value in values):
        raise NotUnderstoodError(call.name)
    return [float(value) for value in values]  # type: ignore[arg-type]


def _random_normal(call: Call) -> object:
    mean, deviation = _numbers(call, "mean", "stddev", mean=0.0, stddev=0.05)
    return Initial(_fixed(Draw("normal", (mean, deviation), call.line)))


def _truncated_normal(call: Call) -> object:
    mean, deviation = _numbers(call, "mean", "stddev", mean=0.0, stddev=0.05)
    draw = Draw("normal", (mean, deviation * TRUNCATED), call.line)
    return Initial(_fixed(draw), "lab")


def _random_uniform(call: Call) -> object:
    low, high = _numbers(call, "minval", "maxval", minval=-0.05, maxval=0.05)
    return Initial(_fixed(Draw("uniform", (low, high), call.line)))


def _constant(call: Call) -> object:
    (value,) = _numbers(call, "value", value=0.0)
    return Initial(_fixed(Draw("constant", (value,), call.line)))


def _orthogonal(call: Call) -> object:
    (gain,) = _numbers(call, "gain", gain=1.0)
    return Initial(_fixed(Draw("orthogonal", (gain,), call.line)))


def _variance_scaling(call: Call) -> object:
    given = arguments_of(call, "scale", "mode", "distribution")
    given.pop("seed", None)
    scale, mode = given.pop("scale", 1.0), given.pop("mode", "fan_in")
    distribution = given.pop("distribution", "truncated_normal")
    if given or not isinstance(scale, int | float) or scale <= 0:
        raise NotUnderstoodError("scale")
    draw = _scaling(scale, str(mode), str(distribution), call.line)
    if draw is None:
        raise NotUnderstoodError("distribution")
    return Initial(draw, "lecun_normal" if distribution in ("truncated_normal", "normal") else "")


def named_initializer(name: str) -> Callable[[Call], object]:
    """A handler of an initializer that has no arguments that matter."""

    def handler(call: Call) -> object:
        _numbers(call)
        return initial_by_name(name, call.line)

    return handler


_CLASSES = {
    **{name: named_initializer(name)
       for name in ("GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform",
                    "LecunNormal", "Zeros", "Ones")},
    "RandomNormal": _random_normal, "RandomUniform": _random_uniform, "Constant": _constant,
    "TruncatedNormal": _truncated_normal, "Orthogonal": _orthogonal,
    "OrthogonalInitializer": _orthogonal, "VarianceScaling": _variance_scaling,
}  # fmt: skip
INITIALIZERS: dict[str, Callable[[Call], object]] = {
    **{f"keras.initializers.{name}": row for name, row in _CLASSES.items()},
    **{f"tensorflow.{name}_initializer": row for name, row in {
        "random_normal": _random_normal, "random_uniform": _random_uniform,
        "constant": _constant, "zeros": named_initializer("zeros"),
        "ones": named_initializer("ones"), "truncated_normal": _truncated_normal,
    }.items()},
}  # fmt: skip
"""Of each such name what a call makes."""
