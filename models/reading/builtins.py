"""Python's own functions and the methods of its values, as far as programs that train use them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from models.reading import arithmetic
from models.reading.evaluation import Call, NotUnderstoodError, Table, class_of
from models.reading.values import (
    MOST_ITEMS,
    Class,
    Count,
    Function,
    Generator,
    Instance,
    Library,
    Pairs,
    Super,
    Thing,
    Unknown,
)


def _length(call: Call) -> object:
    (value,) = call.bind("value")
    if isinstance(value, Instance) and isinstance(found := value.cls.find("__len__"), Function):
        return call.machine.call_function(found, [value], {}, call.line)
    count, _, _ = call.machine.passes(value)
    return Unknown(call.line) if count is None else count


def _range(call: Call) -> object:
    if not all(type(each) is int for each in call.args) or call.kwargs:
        whole = all(isinstance(each, int | Unknown | Count) for each in call.args)
        return Unknown(call.line) if whole or call.args else call.machine.not_read(call.line)
    try:
        return range(*call.args)
    except (TypeError, ValueError):
        return Unknown(call.line)


def _pairs(call: Call) -> object:
    if set(call.kwargs) - {"strict"}:
        raise NotUnderstoodError("zip")
    return Pairs(list(call.args))


def _enumerate(call: Call) -> object:
    value, start = call.bind("iterable", "start", start=0)
    return Pairs([value], start) if type(start) is int else Unknown(call.line)


def _list(call: Call) -> object:
    (value,) = call.bind("iterable", iterable=())
    items = call.machine.items(value)
    return Unknown(call.line) if items is None else items


def _tuple(call: Call) -> object:
    items = _list(call)
    return tuple(items) if isinstance(items, list) else items


def _reversed(call: Call) -> object:
    items = _list(call)
    return items[::-1] if isinstance(items, list) else items


def _dict(call: Call) -> object:
    if call.args and not isinstance(call.args[0], dict):
        return Unknown(call.line)
    return {**(call.args[0] if call.args else {}), **call.kwargs}


def _mapped(call: Call) -> object:
    if len(call.args) != 2 or (items := call.machine.items(call.args[1])) is None:
        return Unknown(call.line)
    return [call.machine.call(call.args[0], [each], {}, call.line) for each in items]


def _of_numbers(function: Callable, *kinds: type) -> Callable[[Call], object]:
    """A function of numbers, of which nothing is known if they are not."""

    def handler(call: Call) -> object:
        args = call.args
        if len(args) == 1 and function in (max, min, sum) and isinstance(args[0], list | tuple):
            args = list(args[0])
        fit = all(isinstance(each, kinds or (int, float)) for each in args)
        small = all(not isinstance(each, int) or each.bit_length() < 200 for each in args)
        if not (args and fit and small) or call.kwargs:
            return Unknown(call.line)
        try:
            return function(args) if function is sum else function(*args)
        except (ArithmeticError, TypeError, ValueError):
            return Unknown(call.line)

    return handler


def _class(call: Call) -> object:
    return class_of(call.args[0]) if len(call.args) == 1 else Unknown(call.line)


def _find(call: Call) -> object:
    """``text.find(part)`` and the like."""
    of, args = call.receiver, call.args
    if not isinstance(of, str) or not all(isinstance(each, str) for each in args) or call.kwargs:
        return Unknown(call.line)
    return getattr(of, call.name)(*args) if len(args) == 1 else Unknown(call.line)


def _truth(call: Call) -> object:
    known = arithmetic.truth(call.args[0]) if len(call.args) == 1 else None
    return known if isinstance(known, bool) else Unknown(call.line)


def _is_instance(call: Call) -> object:
    value, kinds = call.bind("object", "class")
    asked = kinds if isinstance(kinds, tuple | list) else (kinds,)
    answers = [_is_of(value, each) for each in asked]
    if any(answers):
        return True
    return Unknown(call.line) if None in answers else False


def _is_of(value: object, kind: object) -> bool | None:
    """Whether a value is of a class; None: that is not known."""
    if isinstance(value, Instance):
        if isinstance(kind, Class):
            return kind in list(value.cls.lineage())
        return kind.name in value.cls.libraries if isinstance(kind, Library) else None
    if isinstance(kind, Library) and isinstance(value, Thing):
        return kind.name in value.names if value.names else None
    if isinstance(kind, Library) and kind.name in _TYPES and not isinstance(value, Unknown):
        return isinstance(value, _TYPES[kind.name])
    return False if isinstance(kind, Class) and isinstance(value, Thing) else None


_TYPES: dict[str, type] = {
    "int": int, "float": float, "str": str, "list": list, "tuple": tuple, "dict": dict,
    "bool": bool,
}  # fmt: skip


def _get_attribute(call: Call) -> object:
    of, name, *other = call.args
    if not isinstance(name, str):
        return Unknown(call.line)
    if other and isinstance(of, Instance) and name not in of.attributes and not of.cls.find(name):
        return other[0]
    return call.machine.attribute(of, name, call.line)


def _has_attribute(call: Call) -> object:
    of, name = call.bind("object", "name")
    if isinstance(of, Instance) and isinstance(name, str) and not of.cls.libraries:
        return name in of.attributes or of.cls.find(name) is not None
    known = getattr(of, "has", None)
    return known(name) if callable(known) else Unknown(call.line)


def _set_attribute(call: Call) -> object:
    of, name, value = call.bind("object", "name", "value")
    if isinstance(name, str):
        call.machine.set_attribute(of, name, value, call.line)
    else:
        call.machine.give_away([of, value], call.line)
    return None


def _next(call: Call) -> object:
    of = call.args[0] if call.args else None
    if isinstance(of, Generator):
        return call.machine.next_of(of, call.line)
    _, _, anyone = call.machine.passes(of)
    return anyone


def _same(call: Call) -> object:
    return call.args[0] if call.args else Unknown(call.line)


def _nothing(call: Call) -> object:
    return None


def _unknown(call: Call) -> object:
    return Unknown(call.line)


def _append(call: Call) -> object:
    (item,) = call.bind("item")
    _change(call, lambda items: items.append(item))
    return None


def _extend(call: Call) -> object:
    (more,) = call.bind("items")
    new = call.machine.items(more)
    _change(call, lambda items: items.extend([Unknown(call.line)] if new is None else new))
    return None


def _insert(call: Call) -> object:
    place, item = call.bind("place", "item")
    if type(place) is not int:
        place = 0
        item = Unknown(call.line)
    _change(call, lambda items: items.insert(place, item))
    return None


def _pop(call: Call) -> object:
    (place,) = call.bind("place", place=-1)
    items = call.receiver
    if call.machine.maybe or type(place) is not int or not isinstance(items, list):
        call.machine.give_away([items], call.line)
        return Unknown(call.line)
    return items.pop(place) if -len(items) <= place < len(items) else Unknown(call.line)


def _change(call: Call, change: Callable[[list], object]) -> None:
    """Change a list; what may or may not be changed is unknown thereafter."""
    items = call.receiver
    if not isinstance(items, list):
        return
    if call.machine.maybe or len(items) >= MOST_ITEMS:
        call.machine.give_away([items], call.line)
    else:
        change(items)


def _items(call: Call) -> object:
    return list(call.receiver.items()) if isinstance(call.receiver, dict) else Unknown(call.line)


def _values(call: Call) -> object:
    return list(call.receiver.values()) if isinstance(call.receiver, dict) else Unknown(call.line)


def _keys(call: Call) -> object:
    return list(call.receiver) if isinstance(call.receiver, dict) else Unknown(call.line)


def _get(call: Call) -> object:
    key, other = call.bind("key", "default", default=None)
    if not isinstance(call.receiver, dict) or not isinstance(key, str | int | float):
        return Unknown(call.line)
    return call.receiver.get(key, other)


def _update(call: Call) -> object:
    if isinstance(call.receiver, dict):
        for each in [*call.args, call.kwargs]:
            call.receiver.update(each if isinstance(each, dict) else {})
    return None


def _copied(call: Call) -> object:
    return list(call.receiver) if isinstance(call.receiver, list) else dict(call.receiver)


def _start_of_object(call: Call) -> object:
    """``object.__init__``, or a library's class whose own start is not to be known."""
    return None


TABLE = Table(
    functions={
        "len": _length, "range": _range, "zip": _pairs, "enumerate": _enumerate, "list": _list,
        "tuple": _tuple, "set": _list, "sorted": _unknown, "reversed": _reversed, "dict": _dict,
        "map": _mapped, "iter": _same, "next": _next, "isinstance": _is_instance, "bool": _truth,
        "int": _of_numbers(int), "float": _of_numbers(float), "abs": _of_numbers(abs),
        "round": _of_numbers(round), "max": _of_numbers(max), "min": _of_numbers(min),
        "sum": _of_numbers(sum), "pow": _unknown, "getattr": _get_attribute,
        "setattr": _set_attribute, "hasattr": _has_attribute, "print": _nothing,
        "input": _unknown, "open": _unknown, "type": _class, "str": _unknown, "repr": _unknown,
        "id": _unknown, "format": _unknown, "any": _unknown, "all": _unknown, "exit": _nothing,
        "quit": _nothing, "display": _nothing, "callable": _unknown, "vars": _unknown,
        "issubclass": _unknown, "object": _unknown,
        "math.sqrt": _of_numbers(math.sqrt), "math.log": _of_numbers(math.log),
        "math.exp": _of_numbers(math.exp), "math.ceil": _of_numbers(math.ceil),
        "math.floor": _of_numbers(math.floor),
        "tqdm.tqdm": _same, "tqdm.trange": _range, "tqdm.notebook.tqdm": _same,
        "tqdm.auto.tqdm": _same, "tqdm.auto.trange": _range,
        "collections.OrderedDict": lambda call: _ordered(call), "copy.deepcopy": _unknown,
    },
    methods={
        list: {"append": _append, "extend": _extend, "insert": _insert, "pop": _pop,
               "copy": _copied, "clear": _unknown, "index": _unknown, "count": _unknown},
        dict: {"items": _items, "values": _values, "keys": _keys, "get": _get, "update": _update,
               "copy": _copied, "setdefault": _unknown},
        Super: {"__init__": _nothing},
        str: {"find": _find, "startswith": _find, "endswith": _find},
    },
    constants={
        "math.pi": math.pi, "math.e": math.e, "numpy.pi": math.pi, "numpy.e": math.e,
        "math.inf": math.inf, "numpy.inf": math.inf,
    },
    harmless=(
        "matplotlib", "time", "datetime", "os", "sys", "warnings", "logging", "json", "pathlib",
        "seaborn", "IPython", "torchsummary", "torchinfo", "torchviz", "wandb", "google.colab",
        "pprint", "argparse", "plotly", "tensorboard", "string", "re",
    ),
)  # fmt: skip


def _ordered(call: Call) -> object:
    """A dictionary of pairs."""
    if not call.args or isinstance(call.args[0], dict):
        return _dict(call)
    pairs: list[Any] = call.machine.items(call.args[0]) or []
    fit = all(isinstance(each, tuple | list) and len(each) == 2 for each in pairs)
    if not fit or not all(isinstance(name, str | int) for name, _ in pairs):
        return Unknown(call.line)
    return dict(pairs)
