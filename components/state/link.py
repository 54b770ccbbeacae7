"""Links: what an address means, and the address of what is shown.

Whatever stands in a link, known or not, ends in a value that is possible or in a ``Problem``.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.state.items import ITEMS, LAB, Item

# Put into links by others, for themselves: nobody typed them, so nobody is told of them.
FOREIGN = ("utm_", "fbclid", "gclid", "msclkid", "igshid", "mc_", "_ga")
BY_PARAMETER = {parameter: item for item in ITEMS.values() for parameter in item.parameters}


@dataclass(frozen=True)
class Problem:
    """Something that a link asks for and does not get.

    Attributes:
        item: what it would set; None: there is no such parameter.
        asked: what stands in the link, or the parameter that there is not.
        used: the value that is used instead; for an unknown parameter the nearest known one.
    """

    item: Item | None
    asked: str
    used: Any


def read_link(
    parameters: Mapping[str, Sequence[str]], defaults: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Problem]]:
    """The values that a link gives to items, and what is wrong with it.

    Args:
        parameters: every parameter with all its values, in their order.
        defaults: what each item is where the link does not say.
    """
    asked: dict[str, list[str]] = {}
    problems = []
    for parameter, texts in parameters.items():
        if item := BY_PARAMETER.get(parameter):
            asked.setdefault(item.name, []).extend(texts)
        elif not is_foreign(parameter):
            nearest = difflib.get_close_matches(parameter.lower()[:40], BY_PARAMETER, 1)
            problems.append(Problem(None, parameter, nearest[0] if nearest else None))
    values = dict(defaults)
    for name, texts in asked.items():
        values[name], problem = _read(ITEMS[name], texts, defaults[name])
        problems += [problem] if problem else []
    last = values["networks"] - 1
    if values["view_number"] > last:
        problems.append(Problem(ITEMS["view_number"], f"{values['view_number']}", last))
        values["view_number"] = last
    return values, problems


def _read(item: Item, texts: Sequence[str], default: Any) -> tuple[Any, Problem | None]:
    """The last possible value of those that a link gives to an item."""
    values, wrong = [], []
    for text in texts:
        try:
            values.append(item.read(text))
        except (ValueError, KeyError, OverflowError):
            wrong.append(text)
    value = values[-1] if values else default
    contradiction = any(other != value for other in values)
    if not wrong and not contradiction:
        return value, None
    return value, Problem(item, ", ".join(texts if contradiction else wrong), value)


def write_link(
    values: Mapping[str, Any], defaults: Mapping[str, Any], page: str = LAB
) -> dict[str, str]:
    """The parameters that open these values on a page; what is at its default is left out."""
    return {
        item.parameters[0]: item.write(values[item.name])
        for item in ITEMS.values()
        if item.parameters and item.page in ("", page)
        if values[item.name] != defaults[item.name]
    }


def is_foreign(parameter: str) -> bool:
    """Whether a parameter is somebody else's and stays as it is."""
    return parameter.lower().startswith(FOREIGN)
