"""The lecturer's second screen: what to say, what the class guesses, and the keys that turn.

It is a page of the class's own lecturer. What is turned here is turned on the projector, and the
other way round; the projector never shows it.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from components.drawing.markup import element
from components.pages.lesson import classroom, presenter, telling
from components.pages.lesson.plan import minutes_of
from components.pages.lesson.scenes import SCENES, Run, Scene
from components.panels.address import draw_code
from components.settings.outline import NUMBERS
from components.words.text import Text

_CSS = ".clock { font-size: 1.6rem; font-variant-numeric: tabular-nums; white-space: nowrap; }"
_JS = Path(__file__).with_name("clock.js").read_text(encoding="utf-8")


def show(words: Text, scene: Scene) -> None:
    """Draw the notes on the page that the class is at, or say that they need a class."""
    if not classroom.leads():
        st.html(element("p", words("lesson.notes_alone"), class_="vgl-question"))
        classroom.start_button(words, "class start for notes")
        return
    with st.container(horizontal=True, vertical_alignment="center", key="turning"):
        presenter.turning(words, scene)
    page = presenter.current_page(scene)
    watched, progress = telling.watch(scene, presenter.is_told(page))
    left, right = st.columns([1.3, 1], gap="large")
    with left:
        _time(words, scene)
        st.html(telling.titled(words, scene))
        st.markdown(words(f"lesson.{scene.name}.notes"))
        if presenter.is_told(page):
            telling.outcome(words, watched, progress, partial(_outcome, words, scene))
    with right:
        st.html(telling.question(words, scene))
        classroom.live_tally(words, scene, split=True)
        st.html(element("p", _next(words, scene, page), class_="vgl-next"))
    with st.container(horizontal=True, key="screens"):
        projector = classroom.screen_address(words, "on")
        st.link_button(words("lesson.projector"), projector, icon=":material/open_in_new:")
        classroom.class_link(words, scene)
        with st.popover(words("lesson.notes_phone"), icon=":material/smartphone:", key="phone"):
            st.caption(words("lesson.notes_phone_help"))
            link = classroom.screen_address(words, "notes", key=True)
            draw_code(words, link, words("lesson.notes_phone"))


def _time(words: Text, scene: Scene) -> None:
    start, end = minutes_of(scene)
    component = st.components.v2.component("clock", html='<b class="clock"></b>', css=_CSS, js=_JS)
    with st.container(horizontal=True, vertical_alignment="center", key="time"):
        component(
            data={
                "seconds": classroom.seconds_since_start(),
                "text": words.section("clock"),
                "language": words.language,
            },
            key="clock",
            width="content",
            height="content",
        )
        st.caption(words("lesson.clock_plan", start=start, end=end), width="content")


def _outcome(words: Text, scene: Scene, trained: Sequence[Run]) -> None:
    """What the projector's pages say of the outcome, at a glance."""
    right, said = telling.told(words.language, scene.name, trained)
    figure, of = (words(f"lesson.{scene.name}.{part}", **said) for part in ("figure", "figure_of"))
    st.html(
        telling.compared(words, scene, right, of_a_visitor=False)
        + element("p", element("b", figure), f" {of}")
        + telling.why(words, scene, said)
        + telling.not_meant(words, scene, said)
    )


def _next(words: Text, scene: Scene, page: str) -> str:
    """What comes after the page that is shown."""
    own = presenter.pages(scene)
    after = own[own.index(page) + 1 :]
    if after:
        page = after[0]
        then = words(f"lesson.page.{page}")
    elif scene.number + 1 in NUMBERS:
        other = SCENES[scene.number]
        title = words(f"lesson.{other.name}.title")
        then = words("lesson.go", number=other.number, title=title)
    else:
        return words("lesson.notes_end")
    return words("lesson.notes_next", next=then)
