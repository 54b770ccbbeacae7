"""The lesson: a scene at a time, which asks, runs, and explains what happened."""

import functools
import html
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from components.drawing.charts.style import Style
from components.drawing.elements import plain
from components.pages.lesson import classroom, pictures
from components.pages.lesson.report import report
from components.pages.lesson.scenes import SCENES, Run, Said, Scene, answer_name
from components.panels.copy_link import copy_link_button
from components.panels.guard import guarded
from components.panels.link_notice import link_notice
from components.panels.sidebar import choose_size
from components.runs import Handed, Progress, Visit, polling, shared_runs
from components.settings import state
from components.settings.challenges import CHALLENGES, Challenge
from components.settings.naming import style_of
from components.settings.outline import NUMBERS
from components.settings.state import DEFAULTS
from components.settings.state.items import LAB
from components.words.numbers import whole
from components.words.text import Text, text

READING_SECONDS = 60.0  # that a scene's runs are wanted for while its question is read


@dataclass(frozen=True)
class Watched:
    """A scene's runs, as one visit of the page watches them: each by its place.

    Attributes:
        scene: whose runs.
        visits: one a run.
        pause: seconds between two looks.
        ended: whether all had ended when the page was drawn.
    """

    scene: Scene
    visits: tuple[Visit, ...]
    pause: float
    ended: bool

    def look(self) -> list[Progress]:
        """How far each run is."""
        return [
            polling.next_look(visit, experiments, self.pause)
            for visit, experiments in zip(self.visits, self.scene.runs, strict=True)
        ]


def is_presented() -> bool:
    """Whether it is shown to a class: in large type, without its controls."""
    return state.get("present") == "on"


def render(words: Text, lab: st.Page) -> None:
    """Draw the scene that the visitor is at; ``lab`` is the page that can open its setting."""
    scene = SCENES[state.get("scene") - 1]
    presenting = is_presented()
    if state.get("session") is None:
        state.put("session", uuid.uuid4().hex)
    classroom.look_for_class()
    with st.sidebar:
        _aside(words)
    large = presenting or state.get("size") == "large"
    style = style_of(words, st.context.theme.type == "dark", scene.runs[0], large)
    _head(words, scene, presenting, lab)
    link_notice(words, scene.name)
    classroom.said_of_code(words, presenting)
    st.html(f'<h2 class="vgl-scene">{words(f"lesson.{scene.name}.title")}</h2>')
    seen = scene.number in state.get("seen")
    watched, progress = _watch(scene, seen)
    if seen:
        run_every = None if watched.ended else watched.pause
        outcome = st.fragment(_outcome, run_every=run_every)
        outcome(words, style, watched, presenting, lab, Handed(progress))
    else:
        _ask(words, style, scene, presenting)
    if scene.name == "turn":
        _challenges(words, lab)


def _watch(scene: Scene, seen: bool) -> tuple[Watched, list[Progress]]:
    """Watch the scene's runs. They are wanted from its question on: then the answer is there."""
    runs = shared_runs()
    session = state.get("session")
    places = max(len(each.runs) for each in SCENES)
    all_visits = [runs.visit(f"{session} lesson {place}") for place in range(places)]
    for visit in all_visits[len(scene.runs) :]:
        visit.leave()
    visits = tuple(all_visits[: len(scene.runs)])
    pause = polling.pause(runs)
    pairs = zip(visits, scene.runs, strict=True)
    if seen:
        progress = [polling.first_look(visit, run, pause) for visit, run in pairs]
    else:
        progress = [visit.watch(run, again=READING_SECONDS) for visit, run in pairs]
    ended = all(one.finished for one in progress)
    return Watched(scene, visits, pause, ended), progress


def _head(words: Text, scene: Scene, presenting: bool, lab: st.Page) -> None:
    """Where one is in the lesson, and the ways to the other scenes."""
    place = words("lesson.of", number=scene.number, count=len(SCENES))
    if not presenting:
        title = words("lesson.title")
        st.html(
            f'<div class="vgl-head vgl-short"><h1>{title}</h1><p role="status">{place}</p></div>'
        )
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="scenes"):
        _back(words, scene.number - 1, presenting)
        if presenting:
            st.html(f'<span class="vgl-place" role="status">{place}</span>', width="content")
        else:
            _scene_buttons(words, scene)
        _forth(words, scene, presenting)
        if presenting:
            _presenter_tools(words, scene)
        else:
            st.page_link(
                lab,
                label=words("pages.lab"),
                icon=":material/science:",
                query_params=state.link_to(LAB),
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


def _presenter_tools(words: Text, scene: Scene) -> None:
    """The class's link, the lecturer's notes, and the way out."""
    if state.get("room") is not None:
        classroom.class_link(words, scene)
    with st.popover(words("lesson.notes"), icon=":material/speaker_notes:", key="notes"):
        st.markdown(f"**{words('lesson.notes_title')}**")
        st.markdown(words(f"lesson.{scene.name}.notes"))
    st.button(
        "",
        on_click=state.put,
        args=("present", "off"),
        icon=":material/close_fullscreen:",
        help=words("lesson.leave"),
        key="leave presenter",
    )


def _back(words: Text, number: int, presenting: bool) -> None:
    """To the scene before; in presenter mode by the keys of a keyboard or of a clicker, too."""
    for place, shortcut in enumerate(("Left", "PageUp") if presenting else (None,)):
        st.button(
            words("lesson.back"),
            on_click=_go,
            args=(number,),
            disabled=number not in NUMBERS,
            icon=":material/arrow_back:",
            shortcut=shortcut,
            key="other key back" if place else "back",
        )


def _forth(words: Text, scene: Scene, presenting: bool) -> None:
    """To the next scene; in presenter mode to its outcome first."""
    runs = presenting and scene.number not in state.get("seen")
    for place, shortcut in enumerate(("Right", "PageDown") if presenting else (None,)):
        st.button(
            words("lesson.run" if runs else "lesson.next"),
            on_click=_run if runs else _go,
            args=(scene if runs else scene.number + 1,),
            disabled=not runs and scene.number + 1 not in NUMBERS,
            icon=":material/play_arrow:" if runs else ":material/arrow_forward:",
            type="primary" if runs else "secondary",
            shortcut=shortcut,
            key="other key forth" if place else "forth",
        )


def _go(number: int) -> None:
    state.put("scene", number)


def _run(scene: Scene) -> None:
    """Show the outcome; what the class guesses from now on does not count."""
    state.put("seen", tuple(sorted({*state.get("seen"), scene.number})))
    classroom.keep_tally(scene)


def _ask(words: Text, style: Style, scene: Scene, presenting: bool) -> None:
    """The scene's text and its question."""
    setting = scene.setting()
    left, right = st.columns([1.15, 1], gap="large")
    with left:
        st.markdown(words(f"lesson.{scene.name}.text", **setting))
    with right, st.container(key="question"):
        _question(words, scene)
        if presenting and state.get("room") is not None:
            classroom.live_tally(words, scene)
        else:
            _guess(words, scene)
            classroom.said_of_vote(words, scene)
    pictures.before(words, style, scene)


def _question(words: Text, scene: Scene) -> None:
    question = words(f"lesson.{scene.name}.question", **scene.setting())
    st.html(f'<p class="vgl-question">{question}</p>')


def _guess(words: Text, scene: Scene) -> None:
    """The answers to choose from, and the button that runs the scene."""
    item = state.guess_item(scene.number)
    answers, chosen = scene.answers, state.get(item)
    st.radio(
        words("lesson.ask"),
        answers,
        index=None if chosen is None else answers.index(chosen),
        format_func=functools.partial(_lettered, words, scene),
        **state.control(item, classroom.vote, scene),
    )
    chosen = state.get(item)
    leads_on = chosen is not None and state.get("room") is None  # a class waits for its lecturer
    st.button(
        words("lesson.run" if chosen else "lesson.run_without"),
        on_click=_run,
        args=(scene,),
        type="primary" if leads_on else "secondary",
        icon=":material/play_arrow:",
        key=f"run {scene.number}",
    )
    if chosen is None:
        st.caption(words("lesson.guess_first"))


def _lettered(words: Text, scene: Scene, answer: str) -> str:
    letter = classroom.LETTERS[scene.answers.index(answer)]
    return f"{letter}. {answer_name(words, answer)}"


@guarded
def _outcome(
    words: Text,
    style: Style,
    watched: Watched,
    presenting: bool,
    lab: st.Page,
    first: Handed[list[Progress]],
) -> None:
    """The guess beside what happened, why, and what it does not mean; until then how far it is."""
    scene = watched.scene
    progress = first.take() or watched.look()
    if all(one.finished for one in progress) != watched.ended:
        st.rerun()
    failed = [one.error for one in progress if one.error]
    if failed:
        st.error(words("lesson.failed", reason=plain(failed[0], 200)), icon=":material/error:")
        key = f"again {scene.number}"
        st.button(words("lesson.retry"), on_click=_retry, args=(scene,), key=key)
    elif not watched.ended:
        _training(words, progress)
    else:
        _explain(words, style, scene, [one.trained for one in progress], presenting, lab)
    state.update_link_of_part()


def _retry(scene: Scene) -> None:
    for experiments in scene.runs:
        shared_runs().retry(experiments)


def _training(words: Text, progress: Sequence[Progress]) -> None:
    step, steps = sum(one.step for one in progress), sum(one.steps for one in progress)
    done = words("lesson.training", step=whole(step), steps=whole(steps))
    st.progress(step / steps, done if step else words("lesson.waiting"))


def _explain(
    words: Text,
    style: Style,
    scene: Scene,
    trained: Sequence[Run],
    presenting: bool,
    lab: st.Page,
) -> None:
    outcomes, said = _told(words.language, scene.name, trained)
    compared = _compared(words, scene, outcomes) + classroom.kept_tally(words, scene)
    left, right = st.columns([1, 1.6] if presenting else [1, 1.15], gap="large")
    with left:
        _question(words, scene)
        st.html(compared)
    explained = _explanation(words, scene, said)
    if presenting:  # the picture first: the lecturer explains it
        with right:
            pictures.after(words, style, scene, trained)
        st.html(explained)
    else:
        with right:
            st.html(explained)
        pictures.after(words, style, scene, trained)
    with st.container(horizontal=True, key="after"):
        if st.button(
            words("lesson.lab"),
            on_click=_open_lab,
            args=(scene.lab,),
            help=words("lesson.lab_help"),
            icon=":material/science:",
            key=f"open lab {scene.number}",
        ):
            st.switch_page(lab, query_params=state.link_to(LAB))
        key = f"ask again {scene.number}"
        st.button(words("lesson.again"), on_click=_forget, args=(scene,), key=key)
    with st.expander(words("lesson.text_again"), key="text again"):
        st.markdown(words(f"lesson.{scene.name}.text", **scene.setting()))


@st.cache_resource(max_entries=2 * len(SCENES), show_spinner=False)
def _told(language: str, name: str, _trained: Sequence[Run]) -> tuple[tuple[str, ...], Said]:
    """Which answers a scene's runs give and what its sentences say: alike for everybody."""
    scene = next(scene for scene in SCENES if scene.name == name)
    return scene.right(_trained), scene.setting() | scene.said(text(language), _trained)


def _explanation(words: Text, scene: Scene, said: Said) -> str:
    """Why it happened, and what it does not mean."""
    return (
        f'<div class="vgl-explained"><h3>{words("lesson.why")}</h3>'
        f"<p>{words(f'lesson.{scene.name}.why', **said)}</p>"
        f"<h3>{words('lesson.not')}</h3>"
        f"<p>{words(f'lesson.{scene.name}.not', **said)}</p></div>"
    )


def _compared(words: Text, scene: Scene, right: tuple[str, ...]) -> str:
    """The guess next to what happened."""
    guess = state.get(state.guess_item(scene.number))
    kind = ("right" if guess in right else "wrong") if guess else "no_guess"
    head = f'<p class="vgl-outcome vgl-{kind}">{words(f"lesson.{kind}")}</p>'
    lines = ["" if guess is None and is_presented() else head, "<dl>"]
    if guess is not None and guess not in right:
        lines.append(_entry(words, scene, "guessed", (guess,)))
    lines.append(_entry(words, scene, "happened", right))
    return f'<div class="vgl-compared">{"".join(lines)}</dl></div>'


def _entry(words: Text, scene: Scene, kind: str, answers: Sequence[str]) -> str:
    names = " / ".join(html.escape(_lettered(words, scene, answer)) for answer in answers)
    return f"<dt>{words(f'lesson.{kind}')}</dt><dd>{names}</dd>"


def _forget(scene: Scene) -> None:
    state.put(state.guess_item(scene.number), None)
    state.put("seen", tuple(number for number in state.get("seen") if number != scene.number))
    st.rerun()  # the whole page: the question is outside this part of it


def _open_lab(lab: dict[str, object], challenge: str | None = None) -> None:
    state.put_all(DEFAULTS | lab | {"challenge": challenge, "inside": None})


def _challenges(words: Text, lab: st.Page) -> None:
    """The last scene's goals."""
    st.html(f'<h2 class="vgl-title vgl-section">{words("challenge.heading")}</h2>')
    st.caption(words("challenge.about"))
    with st.grid(4, min_column_width=220, gap="medium", key="challenges") as grid:
        for name, challenge in CHALLENGES.items():
            with grid.cell():
                _challenge(words, lab, name, challenge)


def _challenge(words: Text, lab: st.Page, name: str, challenge: Challenge) -> None:
    title = words(f"challenge.{name}.title")
    st.html(f'<h3 class="vgl-title">{title}</h3>')
    st.markdown(words(f"challenge.{name}.goal", **challenge.goal))
    if st.button(
        words("challenge.take"),
        on_click=_open_lab,
        args=(challenge.start, name),
        icon=":material/flag:",
        key=f"take {name}",
    ):
        st.switch_page(lab, query_params=state.link_to(LAB))


def _aside(words: Text) -> None:
    """What concerns the whole lesson."""
    done = len(state.get("seen"))
    st.caption(words("lesson.progress", done=done, count=len(SCENES)))
    st.button(
        words("lesson.start"),
        on_click=state.put,
        args=("present", "on"),
        icon=":material/co_present:",
        key="present",
        width="stretch",
    )
    classroom.class_controls(words)
    if done:
        guesses = {number: state.get(state.guess_item(number)) for number in NUMBERS}
        st.download_button(
            words("lesson.report"),
            functools.partial(
                report, words, shared_runs(), state.get("session"), guesses, state.get("seen")
            ),
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
    left.button(words("lesson.restart"), on_click=_restart, key="restart", width="stretch")
    with right:
        copy_link_button(words("controls.copy"), words("controls.copied"))


def _restart() -> None:
    """Forget every guess and begin with the first scene; a class stays."""
    guesses = {state.guess_item(number): None for number in NUMBERS}
    state.put_all(guesses | {"scene": 1, "seen": (), "tallies": ()})
