"""The values themselves: in the session while it lasts, and in the link for whoever comes next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from components.serving.inside import context
from components.settings.state.items import ITEMS, LAB
from components.settings.state.link import Problem, is_foreign, is_of, read_link, write_link

_MEMORY = "memory"
_NOTHING = object()


@dataclass
class _Memory:
    """What the page remembers of a visitor beside the controls.

    Attributes:
        defaults: of all items.
        kept: all values. A control's own stands in the session under its key while a browser
            answers for it.
        turns: how often the page gave an item a value: see ``control``.
        said: what each control said last, by its key; before it said anything, how it was drawn.
        moved: the items whose controls were moved since the page was last drawn.
        page: the one that is shown.
        problems: with the visitor's link.
        linked: what was chosen when the link was read.
        address: the parameters that were put into the browser's address last; None: none yet.
        offered: what the lab is to be set to by who follows a link to it that was drawn.
    """

    defaults: dict[str, Any]
    kept: dict[str, Any]
    turns: dict[str, int]
    page: str
    said: dict[str, Any] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    linked: object = None
    address: dict[str, str] | None = None
    offered: dict[str, Any] = field(default_factory=dict)

    def key(self, name: str) -> str:
        """The key of an item's control."""
        turn = self.turns[name]
        return f"{name} {turn}" if turn else name

    def value(self, name: str, answers: Mapping[Any, Any]) -> Any:
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
    if context.came_by_history():
        linked = _linked(memory)
        put_all({name: linked[name] for name in linked if is_of(ITEMS[name], page, linked)})
    elif memory.offered and page == LAB:
        offered, memory.offered = memory.offered, {}
        if st.query_params.to_dict() == _link(get_all() | offered, LAB):
            put_all(offered)
    answers = st.session_state.to_dict()
    memory.moved.clear()
    current = {memory.key(name) for name in ITEMS}
    memory.said = {key: was for key, was in memory.said.items() if key in current | answers.keys()}
    for name in ITEMS:
        answer = answers.get(memory.key(name), _NOTHING)
        if answer is not _NOTHING and memory.is_lost(name, answer):
            memory.turns[name] += 1


def control(name: str, then: Callable[..., None] | None = None, *args: Any) -> dict[str, Any]:
    """The key of an item's control, and what is to happen when it is moved: arguments to draw it.

    The key is another one each time the page itself gives the item a value, and the control is
    drawn with this value as its default. A browser that was not told of it yet, because the line
    stalls or a run of the page was cut short, has the control of before and goes on answering for
    it. What that one says is the visitor's choice if it is another answer than it gave before, and
    nothing otherwise.

    Args:
        name: the item.
        then: what else is to be done once the visitor has moved the control.
        args: what it is called with.
    """
    memory = _memory()
    key = memory.key(name)
    memory.said.setdefault(key, get(name))
    return {"key": key, "on_change": _hear, "args": (name, key, then, *args)}


def _hear(name: str, key: str, then: Callable[..., None] | None, *args: Any) -> None:
    """Take in what a control says: Streamlit calls this at each answer of one no longer drawn."""
    memory = _memory()
    answer = st.session_state.get(key, _NOTHING)
    if answer is _NOTHING or memory.is_lost(name, answer):
        return
    value = ITEMS[name].kept(answer)
    if memory.said.get(key, value) == value:
        return
    memory.said[key] = value
    memory.moved.add(name)
    if key != memory.key(name):
        put(name, value)
    if then is not None:
        then(*args)


def is_moved(name: str) -> bool:
    """In a callback: whether the visitor has moved this control, too, since the page was drawn."""
    return name in _memory().moved


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
    # A browser that says it has this address already may yet be given the one of before.
    if link != st.query_params.to_dict() or memory.address not in (None, link):
        st.query_params.from_dict(link)
        memory.address = link


def update_link_of_part() -> None:
    """The same after a part of the page that was drawn alone; else the whole page does it."""
    if context.draws_a_part():
        update_link()


def link_to(page: str) -> dict[str, str]:
    """The parameters of a page's address as things stand, with those that are somebody else's.

    Who goes there by them makes one step for the Back button, not two.
    """
    return _link(get_all(), page)


def link_to_set(values: Mapping[str, Any]) -> dict[str, str]:
    """The parameters of the lab's address with some values set: who follows it there has these."""
    memory = _memory()
    memory.offered = dict(values)
    return _link(get_all() | memory.offered, LAB)


def link_to_keep() -> dict[str, str]:
    """The parameters that open what is shown, now and later: all of them, whatever the defaults."""
    memory = _memory()
    return write_link(get_all(), memory.defaults, memory.page, whole=True)


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
        put_anew(name, value)


def put_anew(name: str, value: Any) -> None:
    """The same, with a control that is drawn anew even where it shows this value already."""
    memory = _memory()
    memory.kept[name] = value
    memory.turns[name] += 1


def put_all(values: Mapping[str, Any]) -> None:
    """Give several items other values."""
    for name, value in values.items():
        put(name, value)


def is_linked(name: str) -> bool:
    """Whether the link that the page was opened by says what an item is, be it its default."""
    return any(parameter in st.query_params for parameter in ITEMS[name].parameters)


def link_problems(choice: object) -> list[Problem]:
    """What is wrong with the visitor's link; nothing any more once ``choice`` has changed."""
    memory = _memory()
    if memory.linked is None:
        memory.linked = choice
    if memory.linked != choice:
        memory.problems = []
    return memory.problems
