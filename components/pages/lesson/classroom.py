"""A class: its code and link on the lecturer's screen, its guesses from everybody's own."""

import contextlib
import html
import time
import uuid
from collections.abc import Mapping
from typing import Literal

import streamlit as st

from components.drawing.elements import plain
from components.pages.lesson.following import LOOKS, TURNS, follow
from components.pages.lesson.rooms import Room, Vote, shared_rooms
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


def look_for_class() -> Room | None:
    """Before anything is drawn: is the class still there that this visitor takes part in?

    Who started it has it made again; to anybody else its code is one of no class.

    Returns:
        The class that this visitor follows; None: there is none, or it is this visitor's own.
    """
    code = state.get("room")
    if code is None:
        return None
    rooms, presenting = shared_rooms(), state.get("present") != "off"
    _take_key(code)
    if state.get("started") != code and presenting and rooms.is_of(code, visitor()):
        state.put("started", code)  # the lecturer's screen was loaded anew, or is a second one
    if leads():
        _lead(code)
        return None
    room, surely = rooms.look(code)
    if room is None and surely:
        state.put_all({"room": None, "no_class": code, "counted": None})
    if room is None or presenting:
        return None
    state.put_all({"scene": room.scene, "seen": tuple(sorted(room.shown))})
    return room


def seconds_since_start() -> float:
    """How long ago the class was started; 0 where that cannot be told."""
    room, _ = shared_rooms().look(state.get("room"))
    return max(0.0, time.time() - room.began) if room and room.began else 0.0


def leads() -> bool:
    """Whether the class is this visitor's own."""
    return state.get("room") is not None and state.get("started") == state.get("room")


def _take_key(code: str) -> None:
    """Be the lecturer, if the link says by a key that one is."""
    key = state.get("key")
    if key is not None and shared_rooms().is_of(code, key):
        state.put("visitor", key)
    state.put("key", None)


def _lead(code: str) -> None:
    """Take the class to where this screen has turned; or go where another one has taken it."""
    rooms, here = shared_rooms(), _here()
    room, surely = rooms.look(code)
    turned = state.get("kept") not in (None, here)
    if room and surely and not turned:
        here = room.scene, tuple(sorted(room.shown)), room.page
        state.put_all(dict(zip(_PLACE, here, strict=True)))
    scene, shown, page = here
    if rooms.keep(code, visitor(), shown, scene, page, turned=turned):
        state.put("kept", here)
    else:
        state.put_all({"room": None, "started": None, "kept": None, "no_class": code})


_PLACE = ("scene", "seen", "page")  # where a lecturer's screen is


def _here() -> tuple[int, tuple[int, ...], str | None]:
    scene, shown, page = map(state.get, _PLACE)
    return scene, shown, page


def go_with_class(followed: Room | None) -> None:
    """Have the browser look whether the class is somewhere else by now.

    Args:
        followed: the class that this visitor follows, if it is somebody else's.
    """
    code = state.get("room")
    if followed:
        follow(code, followed.place, LOOKS)
    elif leads():
        scene, shown, page = _here()
        here = Room("", 0.0, shown=list(shown), scene=scene, page=page)
        follow(code, here.turned_to, TURNS)


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
    code = shared_rooms().open(visitor())
    present = "notes" if state.get("present") == "notes" else "on"
    state.put_all({"room": code, "started": code, "no_class": None, "present": present})
    state.put_all({"page": "class", "kept": (None, (), None)})  # it is not where this screen is
    look_for_class()


def _leave() -> None:
    """Leave the class; who started it gives it up."""
    code = state.get("room")
    if leads():
        shared_rooms().close(code, visitor())
    state.put_all({"room": None, "started": None, "kept": None, "counted": None})


def class_link(words: Text, scene: Scene) -> None:
    """The link that everybody opens, large enough to be scanned from the last row."""
    with st.popover(words("lesson.class_link"), icon=":material/qr_code_2:", key="class link"):
        draw_code(words, class_address(words, scene), words("lesson.qr"))


def invitation(words: Text, scene: Scene) -> None:
    """The same as a page of its own."""
    st.html(f'<p class="vgl-question">{words("lesson.class_code", code=state.get("room"))}</p>')
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
    return address(asked | ({"key": visitor()} if key else {}))


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
    before = state.get("room"), _here()
    look_for_class()
    if (state.get("room"), _here()) != before:
        st.rerun()
    guesses = shared_rooms().tally(state.get("room"), scene.number)
    st.html(_tally(words, scene, guesses, split=split))


def final_tally(words: Text, scene: Scene) -> str:
    """What was guessed in a scene whose outcome is shown; empty if there is no class."""
    code = state.get("room")
    return (
        _tally(words, scene, shared_rooms().tally(code, scene.number), split=True) if code else ""
    )


def answers(words: Text, scene: Scene) -> str:
    """What one can guess."""
    return f'<div class="vgl-tally">{_listed(words, scene, {})}</div>'


def _listed(words: Text, scene: Scene, beside: Mapping[str, str]) -> str:
    """The answers by their letters, with what stands beside each."""
    rows = (
        f"<li><b>{letter}</b><span>{html.escape(answer_name(words, answer))}</span>"
        f"{beside.get(answer, '')}</li>"
        for letter, answer in zip(LETTERS, scene.answers, strict=False)
    )
    return f"<ul>{''.join(rows)}</ul>"


def _tally(words: Text, scene: Scene, guesses: Mapping[str, int], *, split: bool) -> str:
    """How many have guessed, and the answers; with a bar for each, if they are ``split``."""
    total = sum(guesses.get(answer, 0) for answer in scene.answers)
    bars = {}
    for answer in scene.answers if split else ():
        count = guesses.get(answer, 0)
        share = count / total if total else 0.0
        bars[answer] = f"<i><u style='width:{share:.1%}'></u></i><em>{count}</em>"
    said = f"<p>{_guesses(words, total)}</p>"
    return f'<div class="vgl-tally">{said}{_listed(words, scene, bars)}</div>'


def _guesses(words: Text, count: int) -> str:
    if count > 1:
        return words("lesson.class_guesses", count=count)
    return words("lesson.class_guesses_one" if count else "lesson.class_none")
