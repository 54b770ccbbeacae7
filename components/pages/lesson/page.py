"""The lesson: a scene at a time, which asks, runs, and explains what happened."""

import uuid
from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from components.drawing.charts.style import Style
from components.drawing.elements import section
from components.drawing.elements import title as heading
from components.drawing.markup import element
from components.pages.lesson import classroom, closing, notes, pictures, presenter, telling
from components.pages.lesson.plan import plan
from components.pages.lesson.report import report
from components.pages.lesson.rooms import Room
from components.pages.lesson.scenes import SCENES, Run, Scene
from components.panels.address import address
from components.panels.cookies import VISITOR
from components.panels.copy_link import copy_link_button
from components.panels.link_notice import link_notice
from components.panels.progress import remember
from components.panels.sidebar import choose_size
from components.panels.ways import Pages, ways
from components.runs import shared_runs
from components.settings import state
from components.settings.challenges import CHALLENGES, Challenge
from components.settings.naming import style_of
from components.settings.outline import NUMBERS
from components.settings.state import DEFAULTS
from components.settings.state.items import ATLAS, LAB, MINE
from components.words.text import Text


def render(words: Text, pages: Pages) -> None:
    """Draw the scene that the visitor is at; the lab of ``pages`` can open its setting."""
    lab = pages[LAB]
    if state.get("session") is None:
        state.put("session", uuid.uuid4().hex)
    attended = classroom.look_for_class()
    classroom.go_with_class(attended)
    followed = attended.followed
    presenting, noting = presenter.is_presented(), state.get("present") == "notes"
    remember({VISITOR: classroom.visitor()} if state.get("room") is not None else {})
    scene = SCENES[state.get("scene") - 1]
    with st.sidebar:
        _aside(words, of_class=followed is not None or noting)
    large = presenting or state.get("size") == "large"
    style = style_of(words, st.context.theme.type == "dark", scene.runs[0], large)
    if presenting:
        with _ways():
            presenter.ways(words, scene)
    elif noting:
        _title(words, words("lesson.notes_title"))
    else:
        _head(words, scene, pages, followed)
    link_notice(words, scene.name)
    classroom.said_of_code(words, presenting or noting)
    if noting:
        notes.show(words, scene)
        return
    st.html(telling.titled(words, scene))
    if presenting:
        to_lab, challenges = partial(_to_lab, words, lab), partial(_challenges, words, lab)
        presenter.show(style, scene, to_lab, challenges)
    else:
        _show(style, scene, pages, followed)


def _show(style: Style, scene: Scene, pages: Pages, followed: Room | None) -> None:
    """Ask, or once it was run say what came of it."""
    words = style.words
    lab = pages[LAB]
    seen = scene.number in state.get("seen")
    watched, progress = telling.watch(scene, seen)
    if seen:
        if followed:
            classroom.said_of_vote(words, scene)
        to_others = None if followed else partial(_to_others, words, scene, lab)
        telling.outcome(words, watched, progress, partial(_explain, style, scene, to_others))
    else:
        _ask(style, scene, followed)
    if scene.number == NUMBERS[-1] and not followed:
        _challenges(words, lab)
        if seen:
            closing.closing(words, partial(ways, words, pages, (LAB,)))


def _ways() -> st.delta_generator.DeltaGenerator:
    return st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="scenes")


def _head(words: Text, scene: Scene, pages: Pages, followed: Room | None) -> None:
    """Where one is in the lesson, and the ways to the other scenes."""
    place = words("lesson.of", number=scene.number, count=len(SCENES))
    if followed:
        place = f"{words('lesson.class_code', code=state.get('room'))} · {place}"
    _title(words, place)
    if followed:  # the lecturer goes on
        return
    with _ways():
        _way(words("lesson.back"), "back", scene.number - 1, "back")
        _scene_buttons(words, scene)
        _way(words("lesson.next"), "forward", scene.number + 1, "forth")
        ways(words, pages, (LAB, ATLAS, MINE))


def _title(words: Text, place: str) -> None:
    title = words("lesson.title")
    head = element("h1", title), element("p", place, role="status")
    st.html(element("div", *head, class_="vgl-head vgl-short"))


def _way(label: str, arrow: str, number: int, key: str) -> None:
    """The way to the scene before or after."""
    st.button(
        label,
        on_click=_go,
        args=(number,),
        disabled=number not in NUMBERS,
        icon=f":material/arrow_{arrow}:",
        key=key,
    )


def _scene_buttons(words: Text, scene: Scene) -> None:
    for number, each in zip(NUMBERS, SCENES, strict=True):
        done = number in state.get("seen")
        st.button(
            f"{number} ✓" if done else f"{number}",
            on_click=_go,
            args=(number,),
            type="primary" if each is scene else "secondary",
            help=words("lesson.go", number=number, title=words(f"lesson.{each.name}.title")),
            key=f"go to {number}",
        )


def _go(number: int) -> None:
    state.put("scene", number)


def _go_on(number: int) -> None:
    _go(number)
    st.rerun()  # the whole page, of which the scene's end is a part


def _ask(style: Style, scene: Scene, followed: Room | None) -> None:
    """The scene's text and its question; who follows a lecturer is told the text in the hall."""
    words = style.words
    if followed:
        with st.container(key="question"):
            st.html(telling.question(words, scene))
            _answers(words, scene)
            classroom.said_of_vote(words, scene)
        return
    left, right = st.columns([1.15, 1], gap="large")
    with left:
        st.markdown(words(f"lesson.{scene.name}.text", **scene.setting()))
    with right, st.container(key="question"):
        st.html(telling.question(words, scene))
        _guess(words, scene)
        classroom.said_of_vote(words, scene)
    pictures.before(style, scene)


def _guess(words: Text, scene: Scene) -> None:
    """The answers to choose from, and the button that runs the scene."""
    chosen = _answers(words, scene)
    st.button(
        words("lesson.run" if chosen else "lesson.run_without"),
        on_click=presenter.show_outcome,
        args=(scene,),
        type="primary" if chosen else "secondary",
        icon=":material/play_arrow:",
        key=f"run {scene.number}",
    )
    if chosen is None:
        st.caption(words("lesson.guess_first"))


def _answers(words: Text, scene: Scene) -> str | None:
    """The answers to choose from; returns the one that is chosen."""
    item = state.guess_item(scene.number)
    answers, chosen = scene.answers, state.get(item)
    st.radio(
        words("lesson.ask"),
        answers,
        index=None if chosen is None else answers.index(chosen),
        format_func=partial(telling.lettered, words, scene),
        **state.control(item, classroom.vote, scene),
    )
    return state.get(item)


def _explain(
    style: Style,
    scene: Scene,
    to_others: Callable[[], None] | None,
    trained: Sequence[Run],
) -> None:
    """The guess beside what happened, why, and what it does not mean.

    Args:
        style: of the scene's first run.
        scene: the one that is shown.
        to_others: draws the ways from here; None: one follows a lecturer.
        trained: the scene's runs.
    """
    words = style.words
    outcomes, said = telling.told(words.language, scene.name, trained)
    compared = telling.compared(words, scene, outcomes, of_a_visitor=True)
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        st.html(telling.question(words, scene))
        st.html(compared + classroom.final_tally(words, scene))
    with right:
        st.html(telling.why(words, scene, said) + telling.not_meant(words, scene, said))
    pictures.after(style, scene, trained)
    if to_others:
        to_others()


def _to_others(words: Text, scene: Scene, lab: st.Page) -> None:
    """The ways from a scene's end: on, to the lab, and back to its question."""
    with st.container(horizontal=True, key="after"):
        if scene.number + 1 in NUMBERS:
            st.button(
                words("lesson.next"),
                on_click=_go_on,
                args=(scene.number + 1,),
                type="primary",
                icon=":material/arrow_forward:",
                key=f"on {scene.number}",
            )
        _to_lab(words, lab, scene)
        key = f"ask again {scene.number}"
        st.button(words("lesson.again"), on_click=_forget, args=(scene,), key=key)
    with st.expander(words("lesson.text_again"), key="text again"):
        st.markdown(words(f"lesson.{scene.name}.text", **scene.setting()))


def _to_lab(words: Text, lab: st.Page, scene: Scene) -> None:
    """The way to the lab, at this scene's setting."""
    if st.button(
        words("lesson.lab"),
        on_click=_open_lab,
        args=(scene.lab,),
        help=words("lesson.lab_help"),
        icon=":material/science:",
        key=f"open lab {scene.number}",
    ):
        st.switch_page(lab, query_params=state.link_to(LAB))


def _forget(scene: Scene) -> None:
    telling.forget(scene)
    st.rerun()  # the whole page: the question is outside this part of it


def _open_lab(lab: dict[str, object], challenge: str | None = None) -> None:
    state.put_all(DEFAULTS | lab | {"challenge": challenge, "inside": None})


def _challenges(words: Text, lab: st.Page) -> None:
    """The last scene's goals."""
    section(words("challenge.heading"))
    st.caption(words("challenge.about"))
    with st.grid(4, min_column_width=220, gap="medium", key="challenges") as grid:
        for name, challenge in CHALLENGES.items():
            with grid.cell():
                _challenge(words, lab, name, challenge)


def _challenge(words: Text, lab: st.Page, name: str, challenge: Challenge) -> None:
    title = words(f"challenge.{name}.title")
    if name in state.get("met"):
        title += " " + element("i", "✓", role="img", aria_label=words("challenge.reached"))
    heading(title, level=3)
    st.markdown(words(f"challenge.{name}.goal", **challenge.goal))
    if st.button(
        words("challenge.take"),
        on_click=_open_lab,
        args=(challenge.start, name),
        icon=":material/flag:",
        key=f"take {name}",
    ):
        st.switch_page(lab, query_params=state.link_to(LAB))


def _aside(words: Text, *, of_class: bool) -> None:
    """What concerns the whole lesson; or of a class alone, whose lecturer has the rest."""
    if of_class:
        classroom.class_controls(words)
        choose_size(words)
        return
    done = len(state.get("seen"))
    st.caption(words("lesson.progress", done=done, count=len(SCENES)))
    st.button(
        words("lesson.start"),
        on_click=presenter.begin,
        icon=":material/co_present:",
        key="present",
        width="stretch",
    )
    classroom.class_controls(words)
    st.download_button(
        words("lesson.plan"),
        partial(plan, words, address({}).removesuffix("?")),
        file_name="lesson-plan.html",
        mime="text/html",
        on_click="ignore",
        icon=":material/schedule:",
        help=words("lesson.plan_help"),
        key="plan",
        width="stretch",
    )
    if done:
        guesses = {number: state.get(state.guess_item(number)) for number in NUMBERS}
        st.download_button(
            words("lesson.report"),
            partial(report, words, shared_runs(), state.get("session"), guesses, state.get("seen")),
            file_name="lesson.md",
            mime="text/markdown",
            on_click="ignore",
            icon=":material/download:",
            key="report",
            width="stretch",
        )
    else:
        st.caption(words("lesson.report_none"))
    choose_size(words)
    left, right = st.columns(2)
    left.button(
        words("lesson.restart"),
        on_click=_restart,
        help=words("lesson.restart_help"),
        key="restart",
        width="stretch",
    )
    with right:
        copy_link_button(words("controls.copy"), words("controls.copied"))


def _restart() -> None:
    """Forget every guess and begin with the first scene; a class stays."""
    guesses = {state.guess_item(number): None for number in NUMBERS}
    state.put_all(guesses | {"scene": 1, "seen": (), "met": ()})
