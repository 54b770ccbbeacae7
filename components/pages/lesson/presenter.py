"""The lesson at a projector: a scene is pages, each whole on one screen, and a key turns them.

The pages come in the order in which one tells it: how to take part, what goes with the question,
the question, what happened, the pictures of it, why, and what does not follow. Turning to what
happened shows the outcome: nobody's guess counts any more.
"""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from components.drawing.charts.style import Style
from components.drawing.markup import element
from components.pages.lesson import classroom, closing, pictures, telling
from components.pages.lesson.scenes import SCENES, Run, Scene
from components.settings import state
from components.settings.outline import NUMBERS, PAGES
from components.words.text import Text

FORTH, BACK = ("Right", "PageDown"), ("Left", "PageUp")  # a keyboard's keys, and a clicker's

ROWS = ("picture", "more", "cost")
"""The pages of the rows of pictures."""


def is_presented() -> bool:
    """Whether it is shown to a class: in large type, without its controls."""
    return state.get("present") == "on"


def pages(scene: Scene) -> tuple[str, ...]:
    """What a scene consists of, in the order in which it is told."""
    absent = set()
    if state.get("page") != "class" or state.get("room") is None:
        absent.add("class")  # there is no way back to it: the link is at hand in every page
    if not pictures.goes_with_question(scene):
        absent.add("look")
    absent.update(ROWS[pictures.rows(scene) :])
    if scene.number != NUMBERS[-1]:
        absent |= {"challenges", "close"}
    return tuple(page for page in PAGES if page not in absent)


def current_page(scene: Scene) -> str:
    """The page that is shown: a link may name one that the scene does not have, or not yet."""
    page = state.get("page")
    if page not in pages(scene):
        return pages(scene)[0]
    return "question" if is_told(page) and scene.number not in state.get("seen") else page


def is_told(page: str) -> bool:
    """Whether a page is one of the outcome."""
    return PAGES.index(page) > PAGES.index("question")


def begin() -> None:
    """Present the lesson from here on, a scene from its first page on."""
    state.put_all({"present": "on", "page": None})


def turn(by: int) -> None:
    """Turn to the next page, or back: of the scene that one is at, or of the one beside it.

    A key that is pressed twice turns twice, though the page was drawn for the first alone.
    """
    scene = SCENES[state.get("scene") - 1]
    own = pages(scene)
    place = own.index(current_page(scene)) + by
    if 0 <= place < len(own):
        if is_told(own[place]) and scene.number not in state.get("seen"):
            show_outcome(scene)
        state.put("page", own[place])
    elif scene.number + by in NUMBERS:
        other = pages(SCENES[scene.number + by - 1])
        state.put_all({"scene": scene.number + by, "page": other[0 if by > 0 else -1]})


def show_outcome(scene: Scene) -> None:
    """Show what happens; what the class guesses from now on does not count."""
    state.put("seen", tuple(sorted({*state.get("seen"), scene.number})))
    classroom.look_for_class()


def turning(words: Text, scene: Scene) -> None:
    """The ways on and back, by button and key, and where one is."""
    page = current_page(scene)
    own = pages(scene)
    on = words("lesson.run" if page == "question" else "lesson.next")
    first = scene.number == NUMBERS[0] and page == own[0]
    last = scene.number == NUMBERS[-1] and page == own[-1]
    icon = "play_arrow" if page == "question" else "arrow_forward"
    _key(words("lesson.back"), BACK, -1, "arrow_back", disabled=first)
    _key(on, FORTH, 1, icon, primary=page == "question", disabled=last)
    place = words("lesson.of", number=scene.number, count=len(SCENES))
    dots = (element("i", class_="vgl-here" if each == page else None) for each in own)
    here = f"{place} · {words(f'lesson.page.{page}')}"
    st.html(
        element("span", here, class_="vgl-place", role="status")
        + element("span", *dots, class_="vgl-dots", aria_hidden="true"),
        width="content",
    )


def ways(words: Text, scene: Scene) -> None:
    """Where one is, the ways on and back, and what else a lecturer needs."""
    turning(words, scene)
    if state.get("room") is not None:
        classroom.class_link(words, scene)
    # The class sees this screen: what a lecturer says to it stands on another one.
    with st.popover(words("lesson.notes"), icon=":material/speaker_notes:", key="notes"):
        st.markdown(words("lesson.notes_second"))
        if classroom.leads():
            st.link_button(words("lesson.notes_open"), classroom.screen_address(words, "notes"))
        else:
            classroom.start_button(words, "class start for notes")
    st.button(
        "",
        on_click=state.put,
        args=("present", "off"),
        icon=":material/close_fullscreen:",
        help=words("lesson.leave"),
        key="leave presenter",
    )


def _key(
    label: str,
    keys: Sequence[str],
    by: int,
    icon: str,
    primary: bool = False,
    disabled: bool = False,
) -> None:
    """A button for each key that turns the page: the second is not seen."""
    name = "forth" if by > 0 else "back"
    for key, shortcut in zip((name, f"other key {name}"), keys, strict=True):
        st.button(
            label,
            on_click=turn,
            args=(by,),
            icon=f":material/{icon}:",
            type="primary" if primary else "secondary",
            shortcut=shortcut,
            disabled=disabled,
            key=key,
        )


def show(
    style: Style,
    scene: Scene,
    to_lab: Callable[[Scene], None],
    challenges: Callable[[], None],
) -> None:
    """Draw the page that is turned to.

    Args:
        style: of the scene's first run.
        scene: the one that is shown.
        to_lab: draws the way to the lab at a scene's setting.
        challenges: draws what follows the last scene.
    """
    words = style.words
    page = current_page(scene)
    watched, progress = telling.watch(scene, is_told(page))
    with st.container(key=f"projected {page}"):
        if page == "class":
            classroom.invitation(words, scene)
        elif page == "look":
            pictures.before(style, scene)
        elif page == "question":
            _ask(words, scene)
        elif page == "challenges":
            challenges()
        elif page == "close":
            closing.projected(words)
        else:
            tell = partial(_tell, style, scene, page, to_lab)
            telling.outcome(words, watched, progress, tell)


def _ask(words: Text, scene: Scene) -> None:
    left, right = st.columns([1.15, 1], gap="large")
    with left:
        st.markdown(words(f"lesson.{scene.name}.text", **scene.setting()))
    with right:
        st.html(telling.question(words, scene))
        if state.get("room") is None:
            st.html(classroom.answers(words, scene))
        else:
            classroom.live_tally(words, scene)
        if scene.number in state.get("seen"):
            st.button(
                words("lesson.again"),
                on_click=telling.forget,
                args=(scene,),
                key=f"ask again {scene.number}",
            )


def _tell(
    style: Style,
    scene: Scene,
    page: str,
    to_lab: Callable[[Scene], None],
    trained: Sequence[Run],
) -> None:
    words = style.words
    right, said = telling.told(words.language, scene.name, trained)
    if page == "answer":
        compared = telling.compared(words, scene, right, of_a_visitor=False)
        left, beside = st.columns(2, gap="large")
        with left:
            st.html(telling.question(words, scene) + compared + classroom.final_tally(words, scene))
        with beside:
            figure = words(f"lesson.{scene.name}.figure", **said)
            of = words(f"lesson.{scene.name}.figure_of", **said)
            st.html(element("p", element("b", figure), f" {of}", class_="vgl-figure"))
    elif page in ROWS:
        pictures.after(style, scene, trained, row=ROWS.index(page))
    elif page == "why":
        st.html(telling.why(words, scene, said))
    else:
        st.html(telling.not_meant(words, scene, said))
        to_lab(scene)
