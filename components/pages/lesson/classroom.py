"""A class: its code and link on the lecturer's screen, its guesses from everybody's own."""

import contextlib
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import streamlit as st
from markupsafe import Markup

from components.drawing.elements import plain
from components.drawing.markup import element
from components.pages.lesson.following import LOOKS, NONE, TURNS, follow
from components.pages.lesson.rooms import Position, Room, Vote, shared_rooms
from components.pages.lesson.scenes import Scene, answer_name
from components.panels.address import address, draw_code
from components.panels.cookies import VISITOR, cookie
from components.panels.guard import guarded
from components.settings import state
from components.settings.state import ITEMS
from components.settings.state.items import VISITOR as A_VISITOR
from components.words.text import Text

TALLY_SECONDS = 1.0  # between two looks of the lecturer's screen at the guesses
LETTERS = "ABCDE"  # of the answers
MOST_LETTERS = 8  # of a code
MOST_VOTES, VOTE_SECONDS = 5, 5.0  # one visitor's in so many seconds
NOT_COUNTED = {
    Vote.FULL: "lesson.class_full",
    Vote.CLOSED: "lesson.class_closed",
    Vote.TOO_FAST: "lesson.class_fast",
    Vote.NOT_NOW: "lesson.class_away",
}


@dataclass(frozen=True)
class Attended:
    """A class as a visitor takes part in it.

    Attributes:
        followed: the class that this visitor follows; None: there is none, or it is one's own.
        unsure: whether it is to be looked for again: it cannot be asked for now.
    """

    followed: Room | None = None
    unsure: bool = False


def look_for_class() -> Attended:
    """Before anything is drawn: is the class still there that this visitor takes part in?

    Who started it has it made again; to anybody else its code is one of no class.
    """
    code, presenting = state.get("room"), state.get("present") != "off"
    if code is None or not presenting:
        state.put("key", None)
    if code is None:
        return Attended()
    room, surely = shared_rooms().look(code)
    key = state.get("key")
    if presenting and room and (room.owner == visitor() or room.key(code) == key):
        state.put("started", code)  # the lecturer's screen was loaded anew, or is a second one
    if leads() and (room or key is None):
        _lead(code, room)
        return Attended()
    if room is None and (key is not None or not surely):
        state.put_all({"started": None, "kept": None})  # a key alone makes no class again
        return Attended(unsure=True)
    if room is None:
        state.put_all({"room": None, "no_class": code, "counted": None})
    if room is None or presenting:
        return Attended()
    state.put_all({"scene": room.scene, "seen": tuple(sorted(room.shown))})
    return Attended(room)


def leads() -> bool:
    """Whether the class is this visitor's own."""
    return state.get("room") is not None and state.get("started") == state.get("room")


def _lead(code: str, room: Room | None) -> None:
    """Take the class to where this screen has turned; or go where another one has taken it."""
    here, kept = _here(), state.get("kept")
    owner = room.owner if room else visitor()
    room, surely = shared_rooms().keep(code, owner, here, since=kept)
    if room is None:
        state.put_all({"room": None, "started": None, "kept": None, "no_class": code})
    elif surely or kept is None:
        state.put_all(dict(zip(_PLACE, room.position, strict=True)))
        state.put("kept", room.position)
    # Else what was turned is told once it can be.


_PLACE = ("scene", "seen", "page")  # where a lecturer's screen is


def _here() -> Position:
    scene, shown, page = map(state.get, _PLACE)
    return scene, shown, page


def go_with_class(attended: Attended) -> None:
    """Have the browser look whether the class is somewhere else by now."""
    code = state.get("room")
    if attended.followed:
        follow(code, attended.followed.place, LOOKS)
    elif attended.unsure:
        follow(code, NONE, TURNS)
    elif leads():
        scene, shown, page = _here()
        here = Room("", 0.0, shown=list(shown), scene=scene, page=page)
        follow(code, here.turned_to, TURNS)


def seconds_since_start() -> float:
    """How long ago the class was started; 0 where that cannot be told."""
    room, _ = shared_rooms().look(state.get("room"))
    return max(0.0, time.time() - room.began) if room and room.began else 0.0


def visitor() -> str:
    """Who this is, to a class: the same when the page is loaded anew."""
    known = state.get("visitor")
    if known is None:
        known = cookie(VISITOR)
        if not A_VISITOR.fullmatch(known):
            known = uuid.uuid4().hex
        state.put("visitor", known)
    return known


def said_of_code(words: Text, presenting: bool) -> None:
    """Tell who came with the code of no class, and let another one be typed, or a class begun."""
    code = state.get("no_class")
    if code is None:
        return
    said = words(
        "lesson.class_over" if presenting else "lesson.class_wrong", code=plain(code, MOST_LETTERS)
    )
    st.warning(said, icon=":material/group_off:")
    if presenting:
        start_button(words, "class start again")
        return
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="class code"):
        st.text_input(
            words("lesson.class_type"),
            code[:MOST_LETTERS],
            MOST_LETTERS,
            width=160,
            **state.control("no_class", _join),
        )
        st.button(words("lesson.class_join"), on_click=_join, key="join")


def _join() -> None:
    """Take part in the class whose code was typed, if it can be one."""
    with contextlib.suppress(ValueError):
        typed = ITEMS["room"].read(state.get("no_class") or "")
        state.put_all({"room": typed, "no_class": None})


def class_controls(words: Text) -> None:
    """Begin a class, or leave it."""
    code = state.get("room")
    if code is None:
        start_button(words, "class start", "stretch")
    else:
        label = f"{words('lesson.class_code', code=code)}: {words('lesson.class_leave')}"
        st.button(label, on_click=_leave, key="class leave", width="stretch")


def start_button(words: Text, key: str, width: Literal["content", "stretch"] = "content") -> None:
    """The button that begins a class."""
    st.button(
        words("lesson.class_start"),
        on_click=_begin,
        key=key,
        icon=":material/groups:",
        help=words("lesson.class_help"),
        width=width,
    )


def _begin() -> None:
    """Begin a class, where it can be joined: on this screen, or on the projector beside it."""
    rooms = shared_rooms()
    code = rooms.open(visitor())
    present = "notes" if state.get("present") == "notes" else "on"
    state.put_all({"room": code, "started": code, "no_class": None, "key": None})
    state.put_all({"present": present, "page": "class"})
    room, _ = rooms.look(code)
    state.put("kept", room.position if room else None)  # which is not where this screen is
    look_for_class()


def _leave() -> None:
    """Leave the class; who started it gives it up."""
    code = state.get("room")
    room, _ = shared_rooms().look(code)
    if leads() and room:
        shared_rooms().close(code, room.owner)
    state.put_all({"room": None, "started": None, "kept": None, "counted": None})


def class_link(words: Text, scene: Scene) -> None:
    """The link that everybody opens, large enough to be scanned from the last row."""
    with st.popover(words("lesson.class_link"), icon=":material/qr_code_2:", key="class link"):
        draw_code(words, class_address(words, scene), words("lesson.qr"))


def invitation(words: Text, scene: Scene) -> None:
    """The same as a page of its own."""
    code = words("lesson.class_code", code=state.get("room"))
    st.html(element("p", code, class_="vgl-question"))
    draw_code(words, class_address(words, scene), words("lesson.qr"))


def class_address(words: Text, scene: Scene) -> str:
    """The address of this scene for the class, in the language of the screen."""
    asked = {"room": state.get("room"), "scene": scene.number, "lang": words.language}
    return address(asked)


def screen_address(words: Text, present: str, *, key: bool = False) -> str:
    """The address of another screen of this class's lecturer.

    Args:
        words: the language.
        present: what it is for, as ``PRESENT`` says.
        key: whether whoever opens it is the lecturer; else only who has this browser.
    """
    asked = {"room": state.get("room"), "present": present, "lang": words.language}
    room, _ = shared_rooms().look(state.get("room"))
    return address(asked | ({"key": room.key(state.get("room"))} if key and room else {}))


def vote(scene: Scene) -> None:
    """Send this visitor's guess to the class, if there is one; a lecturer's own does not count."""
    code, answer = state.get("room"), state.get(state.guess_item(scene.number))
    if code is None or answer is None or state.get("present") != "off":
        return
    became = Vote.TOO_FAST
    if not _is_too_fast():
        became = shared_rooms().vote(code, visitor(), scene.number, answer)
    state.put("counted", (scene.number, became))


def _is_too_fast() -> bool:
    """Whether this visitor has sent as many guesses lately as one may; else one more is sent."""
    now = time.monotonic()
    lately = tuple(when for when in state.get("voted") if now < when + VOTE_SECONDS)
    if len(lately) >= MOST_VOTES:
        return True
    state.put("voted", (*lately, now))
    return False


def said_of_vote(words: Text, scene: Scene) -> None:
    """Tell a member of a class what became of the guess in this scene, if one was sent."""
    number, became = state.get("counted") or (None, None)
    if state.get("room") is None or number != scene.number:
        return
    if became is Vote.COUNTED:
        st.caption(words("lesson.class_sent"))
    elif became in NOT_COUNTED:
        st.warning(words(NOT_COUNTED[became]), icon=":material/group_off:")
        if became not in (Vote.FULL, Vote.CLOSED):
            key = f"vote again {number}"
            st.button(words("lesson.class_again"), on_click=vote, args=(scene,), key=key)


def live_tally(words: Text, scene: Scene, *, split: bool = False) -> None:
    """How many have guessed so far, looked at again and again.

    Args:
        words: the language.
        scene: the one that is asked about.
        split: whether what they guessed is shown: where the class sees it, all would follow.
    """
    st.fragment(_live, run_every=TALLY_SECONDS)(words, scene, split)


@guarded
def _live(words: Text, scene: Scene, split: bool) -> None:
    before = leads(), _here()
    look_for_class()
    if (leads(), _here()) != before:
        st.rerun()
    guesses = shared_rooms().tally(state.get("room"), scene.number)
    st.html(_tally(words, scene, guesses, split=split))


def final_tally(words: Text, scene: Scene) -> Markup | str:
    """What was guessed in a scene whose outcome is shown; empty if there is no class."""
    code = state.get("room")
    return (
        _tally(words, scene, shared_rooms().tally(code, scene.number), split=True) if code else ""
    )


def answers(words: Text, scene: Scene) -> Markup:
    """What one can guess."""
    return element("div", _listed(words, scene, {}), class_="vgl-tally")


def _listed(words: Text, scene: Scene, beside: Mapping[str, Markup]) -> Markup:
    """The answers by their letters, with what stands beside each."""
    rows = []
    for letter, answer in zip(LETTERS, scene.answers, strict=False):
        told = element("b", letter) + element("span", answer_name(words, answer))
        rows.append(element("li", told, beside.get(answer, "")))
    return element("ul", *rows)


def _tally(words: Text, scene: Scene, guesses: Mapping[str, int], *, split: bool) -> Markup:
    """How many have guessed, and the answers; with a bar for each, if they are ``split``."""
    total = sum(guesses.get(answer, 0) for answer in scene.answers)
    bars = {}
    for answer in scene.answers if split else ():
        count = guesses.get(answer, 0)
        share = count / total if total else 0.0
        bar = element("i", element("u", style=f"width:{share:.1%}"))
        bars[answer] = bar + element("em", count)
    said = element("p", _guesses(words, total))
    return element("div", said, _listed(words, scene, bars), class_="vgl-tally")


def _guesses(words: Text, count: int) -> str:
    if count > 1:
        return words("lesson.class_guesses", count=count)
    return words("lesson.class_guesses_one" if count else "lesson.class_none")
