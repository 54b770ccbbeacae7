"""What is asked for and cannot be: by the link that a visitor came by, or by the controls."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from components.drawing.elements import plain
from components.settings import state
from components.settings.choice import Choice
from components.settings.naming import control_name, misfit_in_words, missing_in_words, value_name
from components.settings.state import ITEMS, NONE
from components.words.text import Text
from models.own_weights import StartError

MOST_LINES = 8
STARTS = ("start", "compare_start")
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
        control = control_name(words, ITEMS[name])
        st.warning(words("controls.refused", control=control), icon=":material/rule:")


def line(words: Text, problem: state.Problem, values: Mapping[str, Any]) -> str:
    """One problem as a sentence, beside what every control says."""
    asked = plain(problem.asked) if problem.asked.strip(", ") else words("link.empty")
    if problem.item is None:
        known = state.nearest(problem.asked)
        key = "link.unknown_near" if known else "link.unknown"
        return words(key, parameter=asked, known=known)
    control, used = control_name(words, problem.item), value_name(words, problem.item, problem.used)
    if problem.item.name not in STARTS:
        return words(_kind(problem, problem.item), control=control, asked=asked, used=used)
    said = words(_kind(problem, problem.item), control=control, asked=ELIDED, used=used)
    return f"{said} {_missing(words, problem.item, problem.asked, values)}".strip()


def _missing(words: Text, item: state.Item, asked: str, values: Mapping[str, Any]) -> str:
    """What is missing in the weights of one's own that a link asks for; empty: nothing."""
    try:
        start = item.read(asked)
    except StartError as error:
        return missing_in_words(words, error)
    return misfit_in_words(words, item.name, start, values)


def _kind(problem: state.Problem, item: state.Item) -> str:
    """The key of the sentence that says what became of a setting that the link asks for."""
    if problem.partly:
        return "link.partly"
    if problem.used is None and item.name.startswith("compare_"):
        return "link.as_first"
    return "link.ignored" if problem.used in (None, (), NONE) else "link.wrong"
