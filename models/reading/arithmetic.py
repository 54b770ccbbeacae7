"""Arithmetic of Python's own values, bounded: what would become large is unknown."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from models.reading.values import (
    MOST_BITS,
    MOST_ITEMS,
    Class,
    Count,
    Library,
    Sometimes,
    Unknown,
)

SIGNS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**", ast.MatMult: "@", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
    ast.LShift: "<<", ast.RShift: ">>", ast.USub: "-", ast.UAdd: "+", ast.Not: "not",
    ast.Invert: "~", ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">",
    ast.GtE: ">=", ast.Is: "is", ast.IsNot: "is not", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_NUMBERS: dict[str, Callable] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "**": operator.pow, "&": operator.and_,
    "|": operator.or_, "^": operator.xor, "<<": operator.lshift, ">>": operator.rshift,
}  # fmt: skip
_COMPARISONS: dict[str, Callable] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_SAME = {"==": True, "is": True, "!=": False, "is not": False}
_UNARY: dict[str, Callable] = {
    "-": operator.neg, "+": operator.pos, "~": operator.invert, "not": operator.not_,
}  # fmt: skip
_PLAIN = (bool, int, float, str, type(None), tuple, list, dict)


def is_number(value: object) -> bool:
    """Whether it is a whole number, a truth or a float."""
    return isinstance(value, int | float)


def binary(sign: str, left: Any, right: Any, line: int) -> object:
    """``left sign right`` of Python's own values."""
    if isinstance(left, Count) or isinstance(right, Count):
        return _counted(sign, left, right, line)
    if is_number(left) and is_number(right):
        return _of_numbers(sign, left, right, line)
    if sign == "+" and type(left) is type(right) and isinstance(left, str | list | tuple):
        fits = len(left) + len(right) <= _most(left)
        return left + right if fits else Unknown(line)
    if sign == "*":
        times, text = (left, right) if isinstance(left, int) else (right, left)
        if isinstance(times, int) and isinstance(text, str | list | tuple):
            return text * times if len(text) * max(times, 1) <= _most(text) else Unknown(line)
    return Unknown(line)


def _most(text: object) -> int:
    return 4 * MOST_ITEMS if isinstance(text, str) else MOST_ITEMS


def _of_numbers(sign: str, left: Any, right: Any, line: int) -> object:
    large = any(isinstance(each, int) and each.bit_length() > MOST_BITS for each in (left, right))
    whole = isinstance(left, int) and isinstance(right, int)
    grows = sign in ("**", "<<") and whole
    if large or (grows and not 0 <= right <= MOST_BITS):
        negative = sign == "**" and whole and not large and -MOST_BITS <= right < 0
        if not negative:
            return Unknown(line)
    if grows and left.bit_length() * max(right, 1) > 4 * MOST_BITS:
        return Unknown(line)
    try:
        result = _NUMBERS[sign](left, right)
    except (KeyError, ArithmeticError, TypeError, ValueError):
        return Unknown(line)
    return result if isinstance(result, int | float) else Unknown(line)


def _counted(sign: str, left: Any, right: Any, line: int) -> object:
    """Arithmetic of a loop's number."""
    if isinstance(left, Count) and type(right) is int and not left.modulo:
        if sign in "+-":
            return left.plus(right if sign == "+" else -right)
        if sign == "%" and right > 0:
            return Count(left.values, right)
    elif isinstance(right, Count) and type(left) is int and not right.modulo and sign == "+":
        return right.plus(left)
    pair = (left, right) if isinstance(left, Count) else (right, left)
    if sign == "*" and isinstance(pair[0], Count) and type(pair[1]) is int and pair[1]:
        small = abs(pair[1]) < 1 << 32 and not pair[0].modulo
        return pair[0].times(pair[1]) if small else Unknown(line)
    return Unknown(line)


def unary(sign: str, value: object, line: int) -> object:
    """``sign value`` of Python's own values."""
    if sign == "not":
        known = truth(value)
        if isinstance(known, Sometimes):
            return known.opposite()
        return Unknown(line) if known is None else not known
    if not is_number(value):
        return Unknown(line)
    try:
        return _UNARY[sign](value)
    except TypeError:
        return Unknown(line)


def compare(sign: str, left: Any, right: Any, line: int) -> object:
    """``left sign right``: a truth, or how often it is one, or unknown."""
    if isinstance(right, Count) and sign in MIRRORED:
        left, right, sign = right, left, MIRRORED[sign]
    if isinstance(left, Count):
        times = left.how_often(sign, right) if type(right) is int else None
        if times is None or not left.values:
            return Unknown(line)
        key = f"{left.values} {left.modulo} {sign} {right}"
        share = Sometimes(times, len(left.values), key)
        return truth(share) if times in (0, share.out_of) else share
    if all(isinstance(each, Library | Class) for each in (left, right)) and sign in _SAME:
        return (left == right) is _SAME[sign]
    if sign in ("is", "is not"):
        same = left is right or (_is_plain(left) and _is_plain(right) and left == right)
        if isinstance(left, Unknown) or isinstance(right, Unknown):
            return Unknown(line)
        return same if sign == "is" else not same
    if not (_is_plain(left) and _is_plain(right)):
        return Unknown(line)
    try:
        if sign in ("in", "not in"):
            inside = left in right
            return inside if sign == "in" else not inside
        return bool(_COMPARISONS[sign](left, right))
    except (TypeError, KeyError, RecursionError):
        return Unknown(line)


def _is_plain(value: object) -> bool:
    """Whether Python itself can compare it, and soon."""
    stack, seen = [value], 0
    while stack:
        each, seen = stack.pop(), seen + 1
        if isinstance(each, tuple | list):
            stack += each
        elif not isinstance(each, _PLAIN) or isinstance(each, dict):
            return False
        if seen + len(stack) > MOST_ITEMS:
            return False
    return True


def truth(value: object) -> bool | Sometimes | None:
    """Whether a condition holds; None: that is not known."""
    if isinstance(value, Sometimes):
        if value.times in (0, value.out_of):
            return value.times > 0
        return value
    if isinstance(value, _PLAIN):
        return bool(value)
    return None
