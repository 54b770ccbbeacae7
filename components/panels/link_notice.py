"""What is wrong with the link that a visitor came by."""

import streamlit as st

from components import state
from components.elements import plain
from components.naming import control_name, value_name
from components.text import Text

MOST_LINES = 8


def link_notice(words: Text, shown: object) -> None:
    """Name everything that the link asks for and does not get, until something else is shown."""
    problems = state.link_problems(shown)
    if not problems:
        return
    lines = [_line(words, problem) for problem in problems[:MOST_LINES]]
    if len(problems) > MOST_LINES:
        lines.append(words("link.more", count=len(problems) - MOST_LINES))
    st.warning("  \n".join(lines), icon=":material/link_off:")


def _line(words: Text, problem: state.Problem) -> str:
    asked = plain(problem.asked)
    if problem.item is None:
        key = "link.unknown_near" if problem.used else "link.unknown"
        return words(key, parameter=asked, known=problem.used)
    control, used = control_name(words, problem.item), value_name(words, problem.item, problem.used)
    return words("link.wrong", control=control, asked=asked, used=used)
