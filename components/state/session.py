"""The values themselves: in the session while it lasts, and in the link for whoever comes next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from components.state.items import ITEMS, LAB
from components.state.link import Problem, is_foreign, read_link, write_link

_MEMORY = "memory"
_NOTHING = object()


@dataclass
class _Memory:
    """What the page remembers of a visitor beside the controls.

    Attributes:
        defaults: of all items.
        kept: all values. A control's own stands in the session under its key while a browser
            answers for it.
        turns: how often the page gave an item a value: see ``key``.
        page: the one that is shown.
        problems: with the visitor's link.
        linked: what was chosen when the link was read.
    """

    defaults: dict[str, Any]
    kept: dict[str, Any]
    turns: dict[str, int]
    page: str
    problems: list[Problem] = field(default_factory=list)
    linked: object = None

    def key(self, name: str) -> str:
        """The key of an item's control."""
        turn = self.turns[name]
        return f"{name} {turn}" if turn else name

    def value(self, name: str, answers: Mapping[str, Any]) -> Any:
        """The value of an item, by the answers of the browser's controls."""
        answer = answers.get(self.key(name), _NOTHING)
        if answer is _NOTHING or self.is_lost(name, answer):
            return self.kept[name]
        return ITEMS[name].kept(answer)

    def is_lost(self, name: str, answer: Any) -> bool:
        """Whether a browser's answer means nothing, or no choice where one is needed."""
        if answer is None:
            return self.defaults[name] is not None
        return not ITEMS[name].is_possible(answer)


def _memory() -> _Memory:
    return st.session_state[_MEMORY]


def start(language: str, page: str = LAB) -> None:
    """Before any control: on a visitor's first run, and after Back, let the link decide.

    Args:
        language: the browser's, used where the link names none.
        page: the one that is shown. After Back its link says nothing of the other page's items.
    """
    memory = st.session_state.get(_MEMORY)
    if memory is None:
        defaults = {name: item.default for name, item in ITEMS.items()} | {"lang": language}
        memory = _Memory(defaults, dict(defaults), dict.fromkeys(ITEMS, 0), page)
        st.session_state[_MEMORY] = memory
        memory.kept |= _linked(memory)
    memory.page = page
    if get_script_run_ctx().is_history_navigation:
        linked = _linked(memory)
        put_all({name: linked[name] for name in linked if ITEMS[name].page in ("", page)})
    answers = st.session_state.to_dict()
    for name in ITEMS:
        answer = answers.get(memory.key(name), _NOTHING)
        if answer is not _NOTHING and memory.is_lost(name, answer):
            memory.turns[name] += 1


def key(name: str) -> str:
    """The key of an item's control: another one each time the page itself gives it a value.

    A control is drawn under its key with its value as the default. So a browser that was not told
    of it, because a run of the page was cut short, or that answers for the control as it was,
    can change nothing: what it says goes by another key, and the next one it draws is right.
    """
    return _memory().key(name)


def _linked(memory: _Memory) -> dict[str, Any]:
    """The values of all that may stand in a link, as this one has them."""
    asked = {name: st.query_params.get_all(name) for name in st.query_params}
    values, memory.problems = read_link(asked, memory.defaults)
    memory.linked = None
    return {name: value for name, value in values.items() if ITEMS[name].parameters}


def update_link() -> None:
    """After all controls: put what they say into the link, as one step for the Back button."""
    memory = _memory()
    memory.kept = get_all()
    link = _link(memory.kept, memory.page)
    if link != st.query_params.to_dict():
        st.query_params.from_dict(link)


def update_link_of_part() -> None:
    """The same after a part of the page that was drawn alone; else the whole page does it."""
    if get_script_run_ctx().fragment_ids_this_run:
        update_link()


def link_to(page: str) -> dict[str, str]:
    """The parameters of a page's address as things stand, with those that are somebody else's.

    Who goes there by them makes one step for the Back button, not two.
    """
    return _link(get_all(), page)


def link_to_this() -> dict[str, str]:
    """The parameters that open what is shown, without those that are somebody else's."""
    memory = _memory()
    return write_link(get_all(), memory.defaults, memory.page)


def _link(values: Mapping[str, Any], page: str) -> dict[str, str]:
    now = st.query_params.to_dict()
    foreign = {name: value for name, value in now.items() if is_foreign(name)}
    return foreign | write_link(values, _memory().defaults, page)


def get(name: str) -> Any:
    """The value of an item.

    Its last one while its control is not drawn, or while a browser's answer for it is not one.
    """
    return _memory().value(name, st.session_state)


def get_all() -> dict[str, Any]:
    """The values of all items: at once, as each look into the session takes its time."""
    memory, answers = _memory(), st.session_state.to_dict()
    return {name: memory.value(name, answers) for name in ITEMS}


def put(name: str, value: Any) -> None:
    """Give an item another value: before its control is drawn, or in a control's callback."""
    if value != get(name):
        memory = _memory()
        memory.kept[name] = value
        memory.turns[name] += 1


def put_all(values: Mapping[str, Any]) -> None:
    """Give several items other values."""
    for name, value in values.items():
        put(name, value)


def link_problems(choice: object) -> list[Problem]:
    """What is wrong with the visitor's link; nothing any more once ``choice`` has changed."""
    memory = _memory()
    if memory.linked is None:
        memory.linked = choice
    if memory.linked != choice:
        memory.problems = []
    return memory.problems
