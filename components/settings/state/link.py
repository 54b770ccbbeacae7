"""Links: what an address means, and the address of what is shown.

Whatever stands in a link, known or not, ends in a value that is possible or in a ``Problem``.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.settings.state.items import ITEMS, LAB, Item, PartlyImpossibleError
from components.settings.state.runs import experiments_of

# Put into links by others, for themselves: nobody typed them, so nobody is told of them.
FOREIGN = ("utm_", "fbclid", "gclid", "msclkid", "igshid", "mc_", "_ga")
BY_PARAMETER = {parameter: item for item in ITEMS.values() for parameter in item.parameters}


@dataclass(frozen=True)
class Problem:
    """Something that a link asks for and does not get.

    Attributes:
        item: what it would set; None: there is no such parameter.
        asked: what stands in the link, or the parameter that there is not.
        used: the value that is used instead.
        partly: whether that is what remains of the list that the link asks for.
    """

    item: Item | None
    asked: str
    used: Any = None
    partly: bool = False


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
            problems.append(Problem(None, parameter))
    values = dict(defaults)
    for name, texts in asked.items():
        values[name], problem = _read(ITEMS[name], texts, defaults[name])
        problems += [problem] if problem else []
    for name, used in [*_beside_others(values, defaults)]:
        item = ITEMS[name]
        problems.append(Problem(item, item.write(values[name]), used))
        values[name] = used
    return values, problems


def _beside_others(
    values: Mapping[str, Any], defaults: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    """What cannot be beside the other values, and what is used instead."""
    experiments, refused = experiments_of(values)
    yield from ((name, defaults[name]) for name in refused if values[name] != defaults[name])
    last = experiments[0].networks - 1
    if values["view_number"] > last:
        yield "view_number", last


def _read(item: Item, texts: Sequence[str], default: Any) -> tuple[Any, Problem | None]:
    """The last possible value of those that a link gives to an item."""
    values, wrong = [], []
    for text in texts:
        try:
            values.append(item.read(text))
        except PartlyImpossibleError as some:
            values += [some.values] if some.values else []
            wrong += some.wrong
        except (ValueError, KeyError, OverflowError):
            wrong.append(text)
    value = values[-1] if values else default
    if any(other != value for other in values):
        return value, Problem(item, _listed(texts), value)
    if not wrong:
        return value, None
    partly = isinstance(value, tuple) and bool(values and value)
    return value, Problem(item, _listed(wrong), value, partly)


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(text.strip() for text in texts if text.strip())


def write_link(
    values: Mapping[str, Any], defaults: Mapping[str, Any], page: str = LAB, *, whole: bool = False
) -> dict[str, str]:
    """The parameters that open these values on a page.

    Args:
        values: of all items.
        defaults: what is at its default is left out.
        page: the one that is opened.
        whole: what bears on what is shown is not left out, so that the link opens the same where
            the lab's defaults have changed.

    What is too long for a link is in none.
    """
    return {
        item.parameters[0]: item.write(value)
        for item in ITEMS.values()
        if item.parameters and item.page in ("", page)
        for value in [values[item.name]]
        if value != defaults[item.name] or (whole and value is not None and item.bears(values))
        if value is None or item.is_short(value)
    }


def nearest(parameter: str) -> str | None:
    """The known parameter that one most likely meant by an unknown one."""
    close = difflib.get_close_matches(parameter.lower()[:40], BY_PARAMETER, 1)
    return close[0] if close else None


def is_foreign(parameter: str) -> bool:
    """Whether a parameter is somebody else's and stays as it is."""
    return parameter.lower().startswith(FOREIGN)
