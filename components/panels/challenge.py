"""A challenge of the lesson, and whether the run that is shown meets its goal."""

import streamlit as st
from markupsafe import Markup

from components.drawing.markup import element
from components.panels.progress import remember
from components.settings import state
from components.settings.challenges import CHALLENGES, Requirement
from components.words.text import Text
from models import History


def challenge(words: Text, histories: tuple[History, ...] | None) -> None:
    """Draw the goal that the link asks for, if any, and check it from the run alone."""
    name = state.get("challenge")
    if name is None:
        return
    asked = CHALLENGES[name]
    if histories and histories[0].finished:
        _note(name, asked.reached(histories[0]))
    remember({})
    with st.container(border=True, key="challenge"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            title = words(f"challenge.{name}.title")
            st.markdown(f"**{words('challenge.title')}: {title}**", width="content")
            with st.popover(words("challenge.hints"), type="tertiary", key="hints"):
                hints = words(f"challenge.{name}.hint_1"), words(f"challenge.{name}.hint_2")
                for number, hint in enumerate(hints, start=1):
                    with st.expander(words("challenge.hint", number=number), key=f"hint {number}"):
                        st.markdown(hint)
            st.button(
                words("challenge.leave"),
                on_click=state.put,
                args=("challenge", None),
                type="tertiary",
                key="leave challenge",
            )
        st.markdown(words(f"challenge.{name}.goal", **asked.goal))
        if histories is None or not histories[0].finished:
            st.caption(words("challenge.checking"))
            return
        history = histories[0]
        lines = (_line(words, one) for one in asked.requirements(history))
        if asked.reached(history):
            head, note = words("challenge.reached"), words("challenge.hand_in")
            kind = "reached"
        else:
            head, note, kind = words("challenge.not_yet"), "", "open"
        if len(histories) > 1:
            note = f"{words('challenge.first_run')} {note}"
        said = element("b", head), f" {note}", element("ul", *lines)
        st.html(element("div", *said, class_=f"vgl-challenge vgl-{kind}"))


def _note(name: str, reached: bool) -> None:
    """Remember that it was reached: by who has seen that it was not, a link may be anybody's."""
    if not reached:
        state.put("tried", name)
    elif state.get("tried") == name:
        state.put("met", tuple(each for each in CHALLENGES if each in {*state.get("met"), name}))


def _line(words: Text, one: Requirement) -> Markup:
    """A requirement, and by a sign and in words whether it is met."""
    said = words(f"requirement.{one.name}", **one.values)
    met = words("challenge.met" if one.met else "challenge.unmet")
    sign = "✓" if one.met else "✗"
    return element("li", element("i", sign, role="img", aria_label=met), f" {said}")
