"""The values themselves: in the session while it lasts, and in the link for whoever comes next."""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components.state.items import ITEMS
from components.state.link import Problem, is_foreign, read_link, write_link

_DEFAULTS = "defaults"
# A copy of all values: Streamlit forgets a control's as soon as a run of the page does not draw it.
_KEPT = "kept"
_PROBLEMS = "problems"
_LINKED = "linked"


def start(language: str) -> None:
    """Before any control: on a visitor's first run, and after Back, let the link decide.

    Args:
        language: the browser's, used where the link names none.
    """
    session = st.session_state
    if _KEPT not in session:
        session[_DEFAULTS] = {name: item.default for name, item in ITEMS.items()}
        session[_DEFAULTS]["lang"] = language
        session[_KEPT] = {}
        _take_link()
    elif get_script_run_ctx().is_history_navigation:
        _take_link()
    restore()


def restore() -> None:
    """Before any control, also where only a fragment is run: bring back what was forgotten.

    Also what a control lost: a browser that has not yet been told a control's choice sends none.
    """
    for name, value in st.session_state[_KEPT].items():
        if _is_lost(name):
            st.session_state[name] = value


def _is_lost(name: str) -> bool:
    session = st.session_state
    needed = session[_DEFAULTS][name] is not None
    return name not in session or (needed and session[name] is None)


def _take_link() -> None:
    """Let the link decide all that may stand in one; the rest stays as it is."""
    session = st.session_state
    asked = {name: st.query_params.get_all(name) for name in st.query_params}
    values, session[_PROBLEMS] = read_link(asked, session[_DEFAULTS])
    linked = {name: value for name, value in values.items() if ITEMS[name].parameters}
    session[_KEPT] = session[_DEFAULTS] | session[_KEPT] | linked
    session.pop(_LINKED, None)
    for name in linked:
        session.pop(name, None)


def update_link() -> None:
    """After all controls: put what they say into the link, as one step for the Back button."""
    session = st.session_state
    session[_KEPT] = {name: get(name) for name in ITEMS}
    now = st.query_params.to_dict()
    foreign = {name: value for name, value in now.items() if is_foreign(name)}
    link = foreign | write_link(session[_KEPT], session[_DEFAULTS])
    if link != now:
        st.query_params.from_dict(link)


def get(name: str) -> Any:
    """The value of an item; its last one while its control has none and needs one."""
    session = st.session_state
    return session[_KEPT][name] if _is_lost(name) else ITEMS[name].kept(session[name])


def put(name: str, value: Any) -> None:
    """Give an item another value: before its control is drawn, or in a control's callback."""
    st.session_state[ITEMS[name].name] = value


def put_all(values: Mapping[str, Any]) -> None:
    """Give several items other values."""
    for name, value in values.items():
        put(name, value)


def link_problems(choice: object) -> list[Problem]:
    """What is wrong with the visitor's link; nothing any more once ``choice`` has changed."""
    if st.session_state.setdefault(_LINKED, choice) != choice:
        st.session_state[_PROBLEMS] = []
    return st.session_state[_PROBLEMS]
