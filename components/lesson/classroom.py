"""A class: its code and link on the lecturer's screen, its guesses from everybody's own."""

import html

import streamlit as st

from components import state
from components.address import address, draw_code
from components.guard import guarded
from components.lesson.rooms import shared_rooms
from components.lesson.scenes import Scene, answer_name
from components.text import Text

TALLY_SECONDS = 1.0  # between two looks of the lecturer's screen at the guesses
LETTERS = "ABCD"  # of the answers


def class_controls(words: Text) -> None:
    """Begin a class, or leave it."""
    code = state.get("room")
    if code is None:
        if state.get("counted") == (None, False):
            st.warning(words("lesson.class_full"), icon=":material/group_off:")
        st.button(
            words("lesson.class_start"),
            on_click=_begin,
            key="class start",
            icon=":material/groups:",
            help=words("lesson.class_help"),
            width="stretch",
        )
    else:
        label = f"{words('lesson.class_code', code=code)}: {words('lesson.class_leave')}"
        st.button(
            label, on_click=state.put, args=("room", None), key="class leave", width="stretch"
        )


def _begin() -> None:
    code = shared_rooms().open()
    if code is None:
        state.put("counted", (None, False))
    else:
        state.put_all({"room": code, "present": "on"})


def class_link(words: Text, scene: Scene) -> None:
    """The link that everybody opens, large enough to be scanned from the last row."""
    with st.popover(words("lesson.class_link"), icon=":material/qr_code_2:", key="class link"):
        draw_code(words, class_address(words, scene), words("lesson.qr"))


def class_address(words: Text, scene: Scene) -> str:
    """The address of this scene for the class, in the language of the screen."""
    asked = {"room": state.get("room"), "scene": scene.number, "lang": words.language}
    return address(asked)


def vote(scene: Scene) -> None:
    """Send this visitor's guess to the class, if there is one; a lecturer's own does not count."""
    code, answer = state.get("room"), state.get(state.guess_item(scene.number))
    if code is None or answer is None or state.get("present") == "on":
        return
    counted = shared_rooms().vote(code, state.get("session"), scene.number, answer)
    state.put("counted", (scene.number, counted))


def said_of_vote(words: Text, scene: Scene) -> None:
    """Tell a member of a class what became of the guess in this scene, if one was sent."""
    counted = state.get("counted")
    if state.get("room") is None or counted is None:
        return
    if counted == (scene.number, True):
        st.caption(words("lesson.class_sent"))
    elif counted == (scene.number, False):
        st.warning(words("lesson.class_full"), icon=":material/group_off:")


def keep_tally(scene: Scene) -> None:
    """Hold on to the guesses as they are when the scene is run: later ones know the outcome."""
    if state.get("room") is None:
        return
    tally = shared_rooms().tally(state.get("room"), scene.number)
    others = tuple(each for each in state.get("tallies") if each[0] != scene.number)
    state.put("tallies", (*others, (scene.number, tuple(tally.items()))))


def live_tally(words: Text, scene: Scene) -> None:
    """The guesses so far, looked at again and again."""
    st.fragment(_live, run_every=TALLY_SECONDS)(words, scene)


@guarded
def _live(words: Text, scene: Scene) -> None:
    st.html(tally_bars(words, scene, dict(shared_rooms().tally(state.get("room"), scene.number))))


def kept_tally(words: Text, scene: Scene) -> str:
    """The guesses as they were when the scene was run; empty if there is no class."""
    for number, guesses in state.get("tallies"):
        if number == scene.number and state.get("room") is not None:
            return tally_bars(words, scene, dict(guesses))
    return ""


def tally_bars(words: Text, scene: Scene, guesses: dict[str, int]) -> str:
    """A bar an answer."""
    total = sum(guesses.values())
    if total > 1:
        head = words("lesson.class_guesses", count=total)
    else:
        head = words("lesson.class_guesses_one" if total else "lesson.class_none")
    rows = []
    for letter, answer in zip(LETTERS, scene.answers, strict=False):
        count = guesses.get(answer, 0)
        share = count / total if total else 0.0
        name = html.escape(answer_name(words, answer))
        rows.append(
            f"<li><b>{letter}</b><span>{name}</span><i><u style='width:{share:.1%}'></u></i>"
            f"<em>{count}</em></li>"
        )
    return f'<div class="vgl-tally"><p>{head}</p><ul>{"".join(rows)}</ul></div>'
