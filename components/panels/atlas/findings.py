"""What a map shows, in up to three sentences: computed, with their intervals."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from components.drawing.markup import element
from components.settings.naming import axis_value
from components.words.numbers import number, percent, whole
from components.words.text import Text, text
from models.sweep import AXES, Atlas
from models.sweep.findings import (
    REMEDIES,
    Crossing,
    Finding,
    Where,
    alike,
    findings,
    furthest,
)

MOST_SERIES = 6  # told one by one
MOST_GROUPS = 4  # of more series that end alike
MOST_NAMES = 6  # of one such group
CRITICAL_DIGITS = 3
NAMED = {"init", "activation", "optimizer", "output", "data"}  # axes whose values have names
COUNTED = {"depth", "width"}  # axes whose values are counts of something


@lru_cache(maxsize=32)
def findings_of(atlas: Atlas, language: str) -> Markup | str:
    """The sentences as HTML; of an atlas they are computed once."""
    words = text(language)
    said = [element("p", in_words(words, each)) for each in findings(atlas)]
    return element("div", *said, class_="vgl-findings") if said else ""


def in_words(words: Text, finding: Finding) -> str:
    """A finding as a sentence or more."""
    told: dict[str, Any] = {name: _plain(each) for name, each in finding.numbers.items()}
    told |= _named(words, finding)
    return " ".join(words(f"atlas.findings.{key}", **told) for key in _kinds(finding))


def _kinds(finding: Finding) -> list[str]:
    """The keys of its sentences: some tell cases apart."""
    numbers = finding.numbers
    if finding.key == "best_gain":
        gains = "gain" if numbers["least"] == numbers["most"] else "gains"
        theory = {True: "_within", False: "_off"}.get(numbers["within"], "")
        return ["best_gain", gains + theory]
    if finding.key == "remedy" and numbers["plain"].above is None:
        return ["remedy_never"]
    if finding.key == "departure":
        return ["departure", "departures" if numbers["cells"] > 1 else "departure_one"]
    if finding.key == "agreement" and numbers["cells"] > 1:
        return ["agreement", "agreements"]
    return [finding.key]


def _plain(value: Any) -> Any:
    """A number as it stands in a sentence."""
    if isinstance(value, float):
        return number(value)
    return whole(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _named(words: Text, finding: Finding) -> dict[str, str]:
    """What of a finding has names, in a language."""
    numbers, named = finding.numbers, {}
    for name in ("value", "first", "second"):
        if name in numbers:
            named[name] = _with(words, numbers["axis"], numbers[name])
    if "first" in named:
        named["first"] = _capital(named["first"], numbers["axis"])
    if "where" in numbers:
        named["where"] = where_in_words(words, numbers["where"])
    if finding.key == "remedy":
        where = named["where"]
        named["where"] = where and words("atlas.findings.remedy_at", where=where)
        plain, treated = numbers["plain"], numbers["treated"]
        named["treated_above"] = _value(words, "depth", treated.above)
        named["plain_below"] = _bare(words, "depth", plain.below)
        if plain.above is not None:
            named["plain_above"] = _bare(words, "depth", plain.above)
    if "series" in numbers:
        named |= _told(words, finding)
    if "cause" in numbers:
        named["cause"] = words(f"atlas.cause.{numbers['cause']}")
    if "theory" in numbers:
        named["theory"] = words(f"atlas.theories.{numbers['theory']}")
    if "gain" in numbers:
        named |= _gains(words, numbers, named["where"])
    if "solved" in numbers:
        named["span"] = f"{percent(numbers['low'])} – {percent(numbers['high'])}"
    elif "low" in numbers:
        named["span"] = f"{number(numbers['low'])} – {number(numbers['high'])}"
    return named


def _gains(words: Text, numbers: Mapping[str, Any], where: str) -> dict[str, str]:
    """Gains as the axis writes them, and how the sentence of the best one starts."""
    start = _value(words, "gain", numbers["gain"])
    if where:
        start = words("atlas.findings.start", where=where, value=start)
    named = {name: axis_value(words, "gain", numbers[name]) for name in ("least", "most")}
    if numbers["critical"] is not None:
        critical = float(f"{numbers['critical']:.{CRITICAL_DIGITS}g}")
        named["critical"] = axis_value(words, "gain", critical)
    return named | {"start": start[0].upper() + start[1:]}


def _value(words: Text, name: str, value: Any) -> str:
    """A value of an axis: "25 hidden layers", "batch norm"; of most choices their own name."""
    said = axis_value(words, name, value)
    if name in NAMED:
        return said
    key = f"norm_{value}" if name == "norm" and value != REMEDIES["norm"] else name
    return words(f"atlas.findings.value.{key}", value=said)


def _bare(words: Text, name: str, value: Any) -> str:
    """A value of an axis where it has been said what it counts: "25"."""
    said = axis_value(words, name, value)
    return words(f"atlas.findings.bare.{name}", value=said) if name in COUNTED else said


def _with(words: Text, name: str, value: Any) -> str:
    """A value where it is the subject: of a remedy that is none "without a norm"."""
    said = _value(words, name, value)
    lacks = name in REMEDIES and value == REMEDIES[name]
    return words("atlas.findings.without", value=said) if lacks else said


def _capital(said: str, axis: str) -> str:
    """A capital at the start of what is no name: names of choices keep theirs, as tanh."""
    is_name = AXES[axis].kind == "choice" and axis not in REMEDIES
    return said if is_name else said[0].upper() + said[1:]


def where_in_words(words: Text, where: Where) -> str:
    """Values of axes as a place: "at 25 hidden layers, with tanh, without a norm or skips"."""
    said = []
    used, lacking = _remedies(words, where)
    others = [(AXES[name].is_number, _value(words, name, value)) for name, value in where
              if name not in REMEDIES]  # fmt: skip
    if numbers := [value for is_number, value in others if is_number]:
        said.append(words("atlas.findings.at", value=", ".join(numbers)))
    if choices := [value for is_number, value in others if not is_number]:
        said.append(words("atlas.findings.with", value=", ".join(choices)))
    if used:
        said.append(words("atlas.findings.with", value=_joined(words, "both", used)))
    if lacking:
        said.append(words("atlas.findings.without", value=_joined(words, "neither", lacking)))
    return ", ".join(said)


def _name(words: Text, where: Where) -> str:
    """Values of axes as what a series is called: "tanh, He normal", "layer norm alone"."""
    said = [_value(words, name, value) for name, value in where if name not in REMEDIES]
    used, lacking = _remedies(words, where)
    if used:
        remedy = _joined(words, "both", used)
        said.append(words("atlas.findings.alone", value=remedy) if lacking else remedy)
    elif lacking:
        said.append(words("atlas.findings.without", value=_joined(words, "neither", lacking)))
    return ", ".join(said)


def _remedies(words: Text, where: Where) -> tuple[list[str], list[str]]:
    """Those that are used, and those that are lacking."""
    pairs = [(name, value, value != REMEDIES[name]) for name, value in where if name in REMEDIES]
    used = [_value(words, name, value) for name, value, is_used in pairs if is_used]
    return used, [_value(words, name, value) for name, value, is_used in pairs if not is_used]


def _joined(words: Text, how: str, parts: Sequence[str]) -> str:
    said = parts[0]
    for part in parts[1:]:
        said = words(f"atlas.findings.{how}", first=said, second=part)
    return said


def _told(words: Text, finding: Finding) -> dict[str, str]:
    """The series, those that end alike together; of too many the least and the furthest ones.

    Of networks that solve it, where there are many, those of one choice together: the best of each.
    """
    numbers, basis = finding.numbers, words("atlas.findings.by_interval")
    series, rises = numbers["series"], numbers["rises"]
    names = [name for name, _ in series[0].where]
    choices = [name for name in names if not AXES[name].is_number]
    is_many = finding.key == "half" and len(series) > MOST_SERIES and not numbers["others"]
    if is_many and choices and len(names) > 1:
        titles = [words(f"controls.{name}") for name in names if name != choices[0]]
        basis = words("atlas.findings.by_best", axes=", ".join(titles).lower())
        series = furthest(series, choices[0], rises)
    groups = alike(series, rises)
    shown = groups
    if len(series) > MOST_SERIES and len(groups) > MOST_GROUPS:
        shown = [groups[0], groups[-1]]
    first = next((group for group in shown if group[0].above is not None), None)
    said = [_group(words, numbers, group, len(series), group is first) for group in shown]
    if rest := len(series) - sum(map(len, shown)):
        said.append(words("atlas.findings.between", count=rest))
    return {"series": " ".join(said), "basis": basis}


def _group(
    words: Text, numbers: Mapping[str, Any], group: Sequence[Crossing], count: int, is_first: bool
) -> str:
    """Those that end alike; what is counted is said ``is_first`` alone."""
    said, where = _reached(words, numbers, group[0], is_first), group[0].where
    if not where:
        return said[0].upper() + said[1:] + "."
    first = next((name for name, _ in where if name not in REMEDIES), where[0][0])
    names = _capital(", ".join(_name(words, one.where) for one in group), first)
    if len(group) > MOST_NAMES:
        names = words("atlas.findings.some", count=len(group), all=count)
    return words("atlas.findings.each", names=names, said=said)


def _reached(words: Text, numbers: Mapping[str, Any], one: Crossing, is_first: bool) -> str:
    axis, kind = numbers["axis"], "from" if numbers["rises"] else "up_to"
    if one.above is None:
        return words("atlas.findings.at_no_depth" if axis == "depth" else "atlas.findings.at_none")
    if one.above == numbers["end"]:
        kind += "_deepest" if kind == "up_to" and axis == "depth" else "_end"
    elif one.below is None:
        kind += "_open"
    value = _value if is_first else _bare
    ends = {"above": value(words, axis, one.above)}
    if one.below is not None:
        ends["below"] = _bare(words, axis, one.below)
    return words(f"atlas.findings.{kind}", **ends)
