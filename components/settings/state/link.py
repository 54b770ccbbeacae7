"""Links: what an address means, and the address of what is shown.

Whatever stands in a link, known or not, ends in a value that is possible or in a ``Problem``.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.settings.atlases import OWN
from components.settings.state.items import ATLAS, ITEMS, LAB, Item, PartlyImpossibleError
from components.settings.state.runs import BASE, GROUPS, experiments_of

# Put into links by others, for themselves: nobody typed them, so nobody is told of them.
FOREIGN = ("utm_", "fbclid", "gclid", "msclkid", "igshid", "mc_", "_ga")
BY_PARAMETER = {parameter: item for item in ITEMS.values() for parameter in item.parameters}

_OF_A_RUN = {name for group in GROUPS.values() for name in group}


@dataclass(frozen=True)
class Problem:
    """Something that a link asks for and does not get.

    Attributes:
        item: what it would set; None: there is no such parameter.
        asked: what stands in the link, or the parameter that there is not.
        used: the value that is used instead.
        partly: whether that is what remains of the list that the link asks for.
        idle: whether it is possible, but counts for nothing beside the other settings.
    """

    item: Item | None
    asked: str
    used: Any = None
    partly: bool = False
    idle: bool = False


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
    experiments, refused = experiments_of(values)
    beside = {name: defaults[name] for name in refused if values[name] != defaults[name]}
    last = experiments[0].networks - 1
    if values["view_number"] > last:
        beside["view_number"] = last
    for name, used in beside.items():
        problems.append(Problem(ITEMS[name], ITEMS[name].write(values[name]), used))
        values[name] = used
    idle = [name for name in asked if name not in beside and _is_idle(ITEMS[name], values)]
    for name in idle:
        problems = [problem for problem in problems if problem.item != ITEMS[name]]
        problems.append(Problem(ITEMS[name], _listed(asked[name]), idle=True))
        values[name] = defaults[name]
    return values, problems


def _is_idle(item: Item, values: Mapping[str, Any]) -> bool:
    """Whether it is a control that counts for nothing beside the others."""
    return item.name.removeprefix("compare_") in _OF_A_RUN and not item.bears(values)


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
    return ", ".join(filter(None, (text.strip().strip(", ") for text in texts)))


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

    What is too long for a link is in none, nor what counts for nothing beside the other values.
    """
    return {
        item.parameters[0]: item.write(value)
        for item in ITEMS.values()
        if item.parameters and is_of(item, page, values)
        for value in [values[item.name]]
        if value != defaults[item.name] or (whole and _has_to_be_named(item, value, values))
        if (value is None or item.is_short(value)) and not _is_idle(item, values)
    }


def is_of(item: Item, page: str, values: Mapping[str, Any]) -> bool:
    """Whether an item stands in the links of a page: its own, or what a map is made around."""
    around = page == ATLAS and values["map"] == OWN and item.name in BASE
    return around or item.page in ("", page)


def _has_to_be_named(item: Item, value: Any, values: Mapping[str, Any]) -> bool:
    """Whether a link that has to hold for good names a value that is at its default."""
    settled = item.is_settled and value == item.default
    return value is not None and not settled and item.bears(values)


def nearest(parameter: str) -> str | None:
    """The known parameter that one most likely meant by an unknown one."""
    close = difflib.get_close_matches(parameter.lower()[:40], BY_PARAMETER, 1)
    return close[0] if close else None


def is_foreign(parameter: str) -> bool:
    """Whether a parameter is somebody else's and stays as it is."""
    return parameter.lower().startswith(FOREIGN)
