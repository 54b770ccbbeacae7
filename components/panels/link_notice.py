"""What is asked for and cannot be: by the link that a visitor came by, or by the controls."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.drawing.elements import plain
from components.settings import state
from components.settings.choice import Choice
from components.settings.naming import (
    control_name,
    drawn_in_words,
    misfit_in_words,
    missing_in_words,
    value_name,
    widths_name,
)
from components.settings.state import ITEMS, NONE
from components.settings.state.items import REAL_RANGES, is_axis, range_of
from components.words.text import Text
from models import ACTIVATIONS
from models.norms import NORMS
from models.own_weights import StartError
from models.sweep import AXES
from models.tasks import TASKS

MOST_LINES = 8
STARTS = ("start", "compare_start")
LONG = 120  # characters of an example
ELIDED = "…"
"""Weights of one's own are too long to be quoted."""


def link_notice(words: Text, shown: object) -> None:
    """Name everything that the link asks for and does not get, until something else is shown."""
    problems = state.link_problems(shown)
    if not problems:
        return
    values = state.get_all()
    lines = [line(words, problem, values) for problem in problems[:MOST_LINES]]
    if len(problems) > MOST_LINES:
        lines.append(words("link.more", count=len(problems) - MOST_LINES))
    st.warning("  \n".join(lines), icon=":material/link_off:")


def refused_notice(words: Text, choice: Choice) -> None:
    """Name what the controls ask for and what cannot be beside the others."""
    for name in choice.refused:
        st.warning(_refused(words, choice, name), icon=":material/rule:")
    if not choice.misfits:
        return
    if choice.many:
        names = ", ".join(ACTIVATIONS[activation].label for activation in choice.misfits)
        said = words("controls.unfit_members", names=names)
    else:
        second = choice.experiments[-1]
        layers, init = widths_name(second.widths), drawn_in_words(words, second)
        said = words("controls.unfit_second", layers=layers, init=init)
    st.warning(said, icon=":material/rule:")


def _refused(words: Text, choice: Choice, name: str) -> str:
    """What of a control does not count, and what is possible and used instead."""
    control = control_name(words, ITEMS[name])
    field = name.removeprefix("compare_")
    if field == "batch":
        return words("controls.refused_batch", control=control)
    if field not in REAL_RANGES:
        return words("controls.refused", control=control)
    run = choice.experiments[-1] if name != field else choice.experiment
    low, high = (f"{end:g}" for end in range_of(field, run.optimizer))
    used = value_name(words, ITEMS[name], getattr(run, field))
    return words("controls.refused_number", control=control, used=used, low=low, high=high)


def line(words: Text, problem: state.Problem, values: Mapping[str, Any]) -> str:
    """One problem as a sentence, beside what every control says."""
    asked = plain(problem.asked) if problem.asked.strip(", ") else words("link.empty")
    if problem.item is None:
        known = state.nearest(problem.asked)
        key = "link.unknown_near" if known else "link.unknown"
        return words(key, parameter=asked, known=known)
    if problem.idle:
        return _idle(words, problem.item, asked)
    control, used = control_name(words, problem.item), value_name(words, problem.item, problem.used)
    if problem.item.name not in STARTS:
        said = words(_kind(problem, problem.item), control=control, asked=asked, used=used)
        if _norm_refuses(problem.item, problem.asked, values):
            return f"{said} {words('link.batch_of_one')}"
        return f"{said} {_axis_allows(words, problem.asked)}" if is_axis(problem.item) else said
    said = words(_kind(problem, problem.item), control=control, asked=ELIDED, used=used)
    return f"{said} {_missing(words, problem.item, problem.asked, values)}".strip()


def _axis_allows(words: Text, asked: str) -> str:
    """What an axis of a map may be: of the field that is asked for, or which fields there are."""
    name = asked.partition("=")[0].strip()
    if name not in AXES:
        return words("link.axes", example=plain(f"depth={AXES['depth'].usual}"))
    kind = AXES[name]
    example = plain(f"{name}={kind.usual}", LONG)
    if kind.is_number:
        low, high = f"{kind.low:g}", f"{kind.high:g}"
        return words("link.axis_numbers", name=plain(name), low=low, high=high, example=example)
    return words("link.axis_choices", name=plain(name), example=example)


def _norm_refuses(item: state.Item, asked: str, values: Mapping[str, Any]) -> bool:
    """Whether it is a batch that is possible, but not beside a norm over its points."""
    if item.name not in ("batch", "compare_batch"):
        return False
    try:
        batch = item.read(asked)
    except ValueError:
        return False
    norm = (values["compare_norm"] if item.name == "compare_batch" else None) or values["norm"]
    over_points = norm in NORMS and NORMS[norm].over_points
    return over_points and batch <= TASKS[values["data"]].points


def _missing(words: Text, item: state.Item, asked: str, values: Mapping[str, Any]) -> str:
    """What is missing in the weights of one's own that a link asks for; empty: nothing."""
    try:
        start = item.read(asked)
    except StartError as error:
        return missing_in_words(words, error)
    return misfit_in_words(words, item.name, start, values)


def _idle(words: Text, item: state.Item, asked: str) -> str:
    """What counts for nothing, and with what it would."""
    control = control_name(words, item)
    needed = words.section("counts_with")
    with_what = needed.get(item.name.removeprefix("compare_"), needed["second"])
    return words("link.idle", control=control, asked=asked, needed=with_what)


def _kind(problem: state.Problem, item: state.Item) -> str:
    """The key of the sentence that says what became of a setting that the link asks for."""
    if problem.partly:
        return "link.partly"
    if problem.used is None and item.name.startswith("compare_"):
        return "link.as_first"
    unset = problem.used in (None, (), NONE) or (item.name == "clip" and not problem.used)
    return "link.ignored" if unset else "link.wrong"
