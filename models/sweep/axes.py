"""The axes of a map: which fields of ``Experiment`` may be one, and how an axis is written."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from models.experiment import CHOICES, CLIPS, LEARNING_RATES, MOMENTA, RANGES, REALS
from models.outputs import MISTAKEN, OUTPUTS
from models.tasks import TASKS

VALUES = 1_000
"""Of one axis, at most."""
DIGITS = 4  # significant ones of a number that a count of values leads to
FLAGS = {"off": False, "on": True, "false": False, "true": True}


class SweepError(ValueError):
    """A sweep, or a file of one, is not what it has to be; the sentence says what may be."""


@dataclass(frozen=True)
class Kind:
    """What the values of one field are.

    Attributes:
        kind: ``whole``, ``real``, ``choice`` or ``flag``.
        low: the least number.
        high: the largest.
        choices: all values there are; empty of numbers.
        log: whether numbers are evenly spaced by their logarithm.
        usual: values to begin with, as ``parse_axis`` reads them.
    """

    kind: str
    low: float = 0.0
    high: float = 0.0
    choices: tuple[Any, ...] = ()
    log: bool = False
    usual: str = ""

    @property
    def is_number(self) -> bool:
        """Whether its values lie on a line."""
        return self.kind in ("whole", "real")

    @property
    def allowed(self) -> str:
        """What may be given, in words."""
        if not self.is_number:
            return ", ".join(map(written, self.choices))
        whole = "whole " if self.kind == "whole" else ""
        return f"{whole}numbers from {self.low:g} to {self.high:g}"

    def holds(self, value: object) -> bool:
        """Whether a value is one of these."""
        if not self.is_number:
            return any(value is each or (value == each and type(value) is type(each))
                       for each in self.choices)  # fmt: skip
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return math.isfinite(value) and self.low <= value <= self.high and self._fits(value)

    def _fits(self, value: float) -> bool:
        return self.kind == "real" or value == int(value)

    def own(self, value: Any) -> Any:
        """A value that it holds, as its type has it."""
        return {"whole": int, "real": float}.get(self.kind, lambda same: same)(value)


def _whole(name: str, usual: str, log: bool = False) -> Kind:
    low, high = RANGES[name]
    return Kind("whole", low, high, log=log, usual=usual)


def _real(limits: tuple[float, float], usual: str, log: bool = True) -> Kind:
    return Kind("real", *limits, log=log, usual=usual)


def _choice(name: str, usual: str = "") -> Kind:
    return Kind("choice", choices=CHOICES[name], usual=usual or ",".join(CHOICES[name]))


def _flag() -> Kind:
    return Kind("flag", choices=(False, True), usual="off,on")


AXES: dict[str, Kind] = {
    "depth": _whole("depth", "0:20"),
    "width": _whole("width", "2:64/6", log=True),
    "init": _choice("init", "lecture,pytorch,xavier_normal,he_normal,lecun_normal,orthogonal"),
    "gain": _real(REALS["gain"], "0.25:4/9"),
    "activation": _choice("activation", "sigmoid,tanh,relu,leaky_relu,elu,selu"),
    "learning_rate": _real((1e-6, LEARNING_RATES[1]), "0.001:10/9"),
    "optimizer": _choice("optimizer"),
    "norm": _choice("norm"),
    "skip": _flag(),
    "batch": Kind("whole", 1, max(task.points for task in TASKS.values()), usual="1:4"),
    "output": _choice("output", ",".join(name for name in OUTPUTS if name not in MISTAKEN)),
    "bias": _choice("bias"),
    "momentum": _real(MOMENTA, "0:0.9/4", log=False),
    "weight_decay": _real(REALS["weight_decay"], "0,0.0001,0.001,0.01,0.1", log=False),
    "clip": _real(CLIPS, "0.01:10/4"),
    "unit_gradient": _flag(),
    "data": _choice("data", "xor,and,or,xor_centred,and_centred,or_centred"),
    "steps": _whole("steps", "100:10000/5", log=True),
}
"""The fields of ``Experiment`` that may be an axis."""


@dataclass(frozen=True)
class Axis:
    """One field of ``Experiment`` and the values that it takes, in their order.

    Raises:
        SweepError: there is no such axis, no value, too many, one twice, or one that is not
            possible.
    """

    name: str
    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        kind, values = _kind_of(self.name), tuple(self.values)
        if not 1 <= len(values) <= VALUES:
            raise SweepError(
                f"{self.name} has {len(values):,} values; an axis has 1 to {VALUES:,} of them"
            )
        for value in values:
            if not kind.holds(value):
                raise SweepError(f"{self.name} = {_brief(value)} is not possible; "
                                 f"allowed: {kind.allowed}")  # fmt: skip
        values = tuple(map(kind.own, values))
        if len(set(values)) < len(values):
            twice = next(value for place, value in enumerate(values) if value in values[:place])
            raise SweepError(f"{self.name} = {written(twice)} is given twice")
        object.__setattr__(self, "values", values)

    @property
    def kind(self) -> Kind:
        """What its values are."""
        return AXES[self.name]

    @property
    def text(self) -> str:
        """The axis as ``parse_axis`` reads it."""
        values = self.values
        if self.kind.kind == "whole" and len(values) > 2:
            step = values[1] - values[0]
            if step > 0 and values == tuple(range(values[0], values[-1] + 1, step)):
                return f"{self.name}={values[0]}:{values[-1]}" + (f":{step}" if step > 1 else "")
        return f"{self.name}={','.join(map(written, values))}"


def parse_axis(text: str) -> Axis:
    """An axis as one types it: the field, ``=``, and values separated by commas.

    ``init=lecture,he_normal``: these. ``depth=0:50``: every whole number from 0 to 50, both
    included; ``depth=0:50:5``: every fifth; ``learning_rate=0.001:10/9``: nine values from the one
    to the other, evenly spaced, by their logarithm where the field is one of a size (learning rate,
    gain, width, steps, clip); ``depth=0:10,15:50:5``: one after the other.

    Raises:
        SweepError: it cannot be read, or ``Axis`` refuses it.
    """
    name, equals, rest = (part.strip() for part in text.partition("="))
    kind = _kind_of(name)
    if not equals or not rest:
        raise SweepError(f"{_brief(text)} has no values; write {name}={kind.usual}")
    values: list[Any] = []
    for piece in rest.split(","):
        values += _piece(name, kind, piece.strip(), VALUES + 1 - len(values))
        if len(values) > VALUES:
            raise SweepError(f"{name}={_brief(rest)} has more than {VALUES:,} values, "
                             f"which an axis has at most")  # fmt: skip
    return Axis(name, tuple(values))


def written(value: Any) -> str:
    """A value of an axis as one types it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return repr(value) if isinstance(value, float) else str(value)


def _kind_of(name: str) -> Kind:
    if name not in AXES:
        raise SweepError(f"there is no axis {_brief(name)}; allowed: {', '.join(AXES)}")
    return AXES[name]


def _piece(name: str, kind: Kind, piece: str, most: int) -> list[Any]:
    """The values of what stands between two commas; no more than so many are made."""
    if kind.kind == "choice":
        return [piece]
    if kind.kind == "flag":
        return [FLAGS.get(piece.lower(), piece)]
    if ":" not in piece:
        return [_number(name, kind, piece)]
    span, slash, count = (part.strip() for part in piece.partition("/"))
    ends, *steps = _split(name, kind, span)
    if slash and not steps:
        return _spaced(name, kind, ends, count, most)
    if slash or len(steps) > 1:
        raise _unreadable(name, kind, piece)
    if not steps and kind.kind == "real":
        raise SweepError(f"{name}={_brief(piece)} does not say how many values; "
                         f"write {name}={piece}/9 for nine")  # fmt: skip
    step = _number(name, kind, steps[0], free=True) if steps else 1
    return list(_stepped(name, ends, step, kind, most))


def _split(name: str, kind: Kind, span: str) -> tuple[tuple[float, float], *tuple[str, ...]]:
    first, last, *steps = span.split(":")
    low, high = _number(name, kind, first), _number(name, kind, last)
    if low > high:
        raise SweepError(f"{name}={_brief(span)} is empty: it goes up from {low:g} to no less")
    return (low, high), *steps


def _stepped(
    name: str, ends: tuple[float, float], step: float, kind: Kind, most: int
) -> Iterator[Any]:
    if not step > 0 or (kind.kind == "whole" and step != int(step)):
        raise SweepError(f"{name} goes on by {step:g}; a step is "
                         f"{'a whole number ' if kind.kind == 'whole' else ''}above 0")  # fmt: skip
    count = math.floor((ends[1] - ends[0]) / step * (1 + 1e-12)) + 1
    for place in range(min(count, most)):
        value = ends[0] + place * step
        yield kind.own(value if kind.kind == "whole" else _rounded(value))


def _spaced(name: str, kind: Kind, ends: tuple[float, float], count: str, most: int) -> list[Any]:
    """So many values, evenly spaced; whole ones are rounded, and those that coincide are one."""
    try:
        number = int(count)
    except ValueError:
        number = 0
    if number < 2:
        raise SweepError(
            f"{name}: {_brief(count)} is no number of values; allowed: 2 to {VALUES:,}"
        )
    low, high = ends
    if kind.log and not low > 0:
        raise SweepError(f"{name} is spaced by its logarithm, which starts above 0")
    values = []
    for place in range(min(number, most)):
        share = place / (number - 1)
        value = low * (high / low) ** share if kind.log else low + (high - low) * share
        value = {0: low, number - 1: high}.get(place, value)
        values.append(round(value) if kind.kind == "whole" else _rounded(value))
    return list(dict.fromkeys(map(kind.own, values)))


def _number(name: str, kind: Kind, text: str, free: bool = False) -> float:
    """A number of this kind; ``free``: of any size."""
    try:
        value = float(text)
    except ValueError:
        raise _unreadable(name, kind, text) from None
    if kind.kind == "whole" and value == value // 1 and math.isfinite(value):
        value = int(value)
    if not (math.isfinite(value) if free else kind.holds(value)):
        raise SweepError(f"{name} = {_brief(text)} is not possible; allowed: {kind.allowed}")
    return value


def _unreadable(name: str, kind: Kind, text: str) -> SweepError:
    return SweepError(f"{name}={_brief(text)} cannot be read; write for example "
                      f"{name}={kind.usual}; allowed: {kind.allowed}")  # fmt: skip


def _rounded(value: float) -> float:
    """To a few significant digits, that one can type."""
    return float(f"{value:.{DIGITS}g}")


def _brief(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return repr(text if len(text) <= 60 else text[:57] + "...")
