"""What a map shows, in up to three sentences: computed, with their intervals."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from components.drawing.markup import element
from components.settings.naming import axis_value
from components.words.numbers import number, percent, whole
from components.words.text import Text, text
from models.sweep import AXES, Atlas
from models.sweep.findings import Crossing, Finding, Where, findings

MOST_SERIES = 4  # told one by one
BETWEEN = "; "


@lru_cache(maxsize=32)
def findings_of(atlas: Atlas, language: str) -> Markup | str:
    """The sentences as HTML; of an atlas they are computed once."""
    words = text(language)
    said = [element("p", in_words(words, each)) for each in findings(atlas)]
    return element("div", *said, class_="vgl-findings") if said else ""


def in_words(words: Text, finding: Finding) -> str:
    """A finding as a sentence."""
    told: dict[str, Any] = {name: _plain(each) for name, each in finding.numbers.items()}
    told |= _named(words, finding.numbers)
    return words(f"atlas.findings.{_kind(finding)}", **told)


def _kind(finding: Finding) -> str:
    """The key of its sentence: some tell cases apart."""
    numbers = finding.numbers
    if finding.key == "best_gain":
        within = numbers["within"]
        return {True: "best_gain_within", False: "best_gain_off"}.get(within, "best_gain")
    if finding.key == "remedy" and numbers["plain"].above is None:
        return "remedy_never"
    return finding.key


def _plain(value: Any) -> Any:
    """A number as it stands in a sentence."""
    if isinstance(value, float):
        return number(value)
    return whole(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _named(words: Text, numbers: Mapping[str, Any]) -> dict[str, str]:
    """What of a finding has names, in a language."""
    named = {}
    axis = numbers.get("axis")
    if axis:
        named["axis"] = words(f"controls.{axis}")
        for name in ("value", "first", "second"):
            if name in numbers:
                named[name] = axis_value(words, axis, numbers[name])
    if "where" in numbers:
        named["where"] = where_in_words(words, numbers["where"]) or words("atlas.findings.here")
    if "series" in numbers:
        named["series"] = _series(words, numbers["axis"], numbers["series"], numbers["rises"])
    if "cause" in numbers:
        named["cause"] = words(f"atlas.cause.{numbers['cause']}")
    if "theory" in numbers:
        named["theory"] = words(f"atlas.theories.{numbers['theory']}")
    if "solved" in numbers:
        named["span"] = f"{percent(numbers['low'])} – {percent(numbers['high'])}"
    elif "low" in numbers:
        named["span"] = f"{number(numbers['low'])} – {number(numbers['high'])}"
    for name in ("plain", "treated"):
        if name in numbers:
            named |= _ends(words, name, "depth", numbers[name])
    return named


def where_in_words(words: Text, where: Where) -> str:
    """Values of axes: "He normal, gain 2"."""
    return ", ".join(_value(words, name, value) for name, value in where)


def _value(words: Text, name: str, value: Any) -> str:
    said = axis_value(words, name, value)
    if not AXES[name].is_number and name not in ("norm", "skip", "unit_gradient"):
        return said
    return f"{words(f'controls.{name}')} {said}"


def _ends(words: Text, name: str, axis: str, crossing: Crossing) -> dict[str, str]:
    ends = {"above": crossing.above, "below": crossing.below}
    return {
        f"{name}_{end}": axis_value(words, axis, value)
        for end, value in ends.items()
        if value is not None
    }


def _series(words: Text, axis: str, series: tuple[Crossing, ...], rises: bool) -> str:
    # Those that pass one half tell most.
    told = sorted(series, key=lambda each: each.above is None or each.below is None)
    said = [_crossing(words, axis, each, rises) for each in told[:MOST_SERIES]]
    rest = len(series) - MOST_SERIES
    return BETWEEN.join([*said, words("atlas.findings.more", count=rest)][: len(said) + (rest > 0)])


def _crossing(words: Text, axis: str, crossing: Crossing, rises: bool) -> str:
    kind = "at_none" if crossing.above is None else "at_all" if crossing.below is None else (
        "from" if rises else "up_to")  # fmt: skip
    ends = _ends(words, "at", axis, crossing)
    said = words(f"atlas.findings.{kind}", **ends)
    where = where_in_words(words, crossing.where)
    return words("atlas.findings.each", where=where, said=said) if where else said
