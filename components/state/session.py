"""The values themselves: in the session while it lasts, and in the link for whoever comes next."""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components.state.items import ITEMS, LAB
from components.state.link import Problem, is_foreign, read_link, write_link

_DEFAULTS = "defaults"
# All values. A control's own stands in the session under its key while a browser answers for it.
_KEPT = "kept"
_TURNS = "turns"
_PROBLEMS = "problems"
_LINKED = "linked"
_PAGE = "page"


def start(language: str, page: str = LAB) -> None:
    """Before any control: on a visitor's first run, and after Back, let the link decide.

    Args:
        language: the browser's, used where the link names none.
        page: the one that is shown. After Back its link says nothing of the other page's items.
    """
    session = st.session_state
    session[_PAGE] = page
    if _KEPT not in session:
        session[_DEFAULTS] = {name: item.default for name, item in ITEMS.items()}
        session[_DEFAULTS]["lang"] = language
        session[_TURNS] = dict.fromkeys(ITEMS, 0)
        session[_KEPT] = session[_DEFAULTS] | _linked()
    elif get_script_run_ctx().is_history_navigation:
        linked = _linked()
        put_all({name: linked[name] for name in linked if ITEMS[name].page in ("", page)})
    for name in filter(_is_lost, ITEMS):
        session[_TURNS][name] += 1


def key(name: str) -> str:
    """The key of an item's control: another one each time the page itself gives it a value.

    A control is drawn under its key with its value as the default. So a browser that was not told
    of it, because a run of the page was cut short, or that answers for the control as it was,
    can change nothing: what it says goes by another key, and the next one it draws is right.
    """
    turn = st.session_state[_TURNS][name]
    return f"{name} {turn}" if turn else name


def _linked() -> dict[str, Any]:
    """The values of all that may stand in a link, as this one has them."""
    session = st.session_state
    asked = {name: st.query_params.get_all(name) for name in st.query_params}
    values, session[_PROBLEMS] = read_link(asked, session[_DEFAULTS])
    session.pop(_LINKED, None)
    return {name: value for name, value in values.items() if ITEMS[name].parameters}


def update_link() -> None:
    """After all controls: put what they say into the link, as one step for the Back button."""
    session = st.session_state
    session[_KEPT] = {name: get(name) for name in ITEMS}
    link = link_to(session[_PAGE])
    if link != st.query_params.to_dict():
        st.query_params.from_dict(link)


def link_to(page: str) -> dict[str, str]:
    """The parameters of a page's address as things stand, with those that are somebody else's.

    Who goes there by them makes one step for the Back button, not two.
    """
    values = {name: get(name) for name in ITEMS}
    now = st.query_params.to_dict()
    foreign = {name: value for name, value in now.items() if is_foreign(name)}
    return foreign | write_link(values, st.session_state[_DEFAULTS], page)


def get(name: str) -> Any:
    """The value of an item.

    Its last one while its control is not drawn, or while a browser's answer for it is not one.
    """
    session, own = st.session_state, key(name)
    if own not in session or _is_lost(name):
        return session[_KEPT][name]
    return ITEMS[name].kept(session[own])


def _is_lost(name: str) -> bool:
    """Whether a browser's answer for a control means nothing, or no choice where one is needed."""
    session, own = st.session_state, key(name)
    if own not in session:
        return False
    if session[own] is None:
        return session[_DEFAULTS][name] is not None
    return not ITEMS[name].is_possible(session[own])


def put(name: str, value: Any) -> None:
    """Give an item another value: before its control is drawn, or in a control's callback."""
    if value != get(name):
        st.session_state[_KEPT][name] = value
        st.session_state[_TURNS][name] += 1


def put_all(values: Mapping[str, Any]) -> None:
    """Give several items other values."""
    for name, value in values.items():
        put(name, value)


def link_problems(choice: object) -> list[Problem]:
    """What is wrong with the visitor's link; nothing any more once ``choice`` has changed."""
    if st.session_state.setdefault(_LINKED, choice) != choice:
        st.session_state[_PROBLEMS] = []
    return st.session_state[_PROBLEMS]
