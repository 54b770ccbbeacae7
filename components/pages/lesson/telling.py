"""What is said of a scene at a desk and at a projector: its question, and what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st
from markupsafe import Markup

from components.drawing.elements import plain
from components.drawing.markup import element
from components.pages.lesson import classroom
from components.pages.lesson.scenes import SCENES, Run, Said, Scene, answer_name
from components.panels.guard import guarded
from components.runs import Handed, Progress, Visit, polling, shared_runs
from components.settings import state
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


def watch(scene: Scene, seen: bool) -> tuple[Watched, list[Progress]]:
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


def outcome(
    words: Text,
    watched: Watched,
    progress: list[Progress],
    explain: Callable[[list[Run]], None],
) -> None:
    """Say how far the scene's runs are, and once they have ended what came of them.

    Args:
        words: the language.
        watched: the runs.
        progress: how far they were when the page was drawn.
        explain: draws what came of them.
    """
    run_every = None if watched.ended else watched.pause
    st.fragment(_outcome, run_every=run_every)(words, watched, explain, Handed(progress))


@guarded
def _outcome(
    words: Text,
    watched: Watched,
    explain: Callable[[list[Run]], None],
    first: Handed[list[Progress]],
) -> None:
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
        explain([one.trained for one in progress])
    state.update_link_of_part()


def _retry(scene: Scene) -> None:
    for experiments in scene.runs:
        shared_runs().retry(experiments)


def _training(words: Text, progress: Sequence[Progress]) -> None:
    step, steps = sum(one.step for one in progress), sum(one.steps for one in progress)
    done = words("lesson.training", step=whole(step), steps=whole(steps))
    st.progress(step / steps, done if step else words("lesson.waiting"))


def forget(scene: Scene) -> None:
    """Ask again: the guess and the outcome are as if there had been none."""
    state.put(state.guess_item(scene.number), None)
    state.put("seen", tuple(number for number in state.get("seen") if number != scene.number))


def titled(words: Text, scene: Scene) -> Markup:
    """The scene's title."""
    return element("h2", words(f"lesson.{scene.name}.title"), class_="vgl-scene")


def question(words: Text, scene: Scene) -> Markup:
    """What the scene asks."""
    asked = words(f"lesson.{scene.name}.question", **scene.setting())
    return element("p", asked, class_="vgl-question")


def lettered(words: Text, scene: Scene, answer: str) -> str:
    """An answer, by the letter that a hall calls it by."""
    letter = classroom.LETTERS[scene.answers.index(answer)]
    return f"{letter}. {answer_name(words, answer)}"


@st.cache_resource(max_entries=2 * len(SCENES), show_spinner=False)
def told(language: str, name: str, _trained: Sequence[Run]) -> tuple[tuple[str, ...], Said]:
    """Which answers a scene's runs give and what its sentences say: alike for everybody."""
    scene = next(scene for scene in SCENES if scene.name == name)
    return scene.right(_trained), scene.setting() | scene.said(text(language), _trained)


def why(words: Text, scene: Scene, said: Said) -> Markup:
    """Why it happened."""
    return _sentences(words("lesson.why"), words(f"lesson.{scene.name}.why", **said))


def not_meant(words: Text, scene: Scene, said: Said) -> Markup:
    """What does not follow from it."""
    return _sentences(words("lesson.not"), words(f"lesson.{scene.name}.not", **said))


def _sentences(heading: str, sentences: str) -> Markup:
    return explained(heading, element("p", sentences))


def explained(heading: str, inside: Markup) -> Markup:
    """A part of what is said of an outcome, under its heading."""
    return element("div", element("h3", heading), inside, class_="vgl-explained")


def compared(words: Text, scene: Scene, right: tuple[str, ...], *, of_a_visitor: bool) -> Markup:
    """What happened, next to the guess; a lecturer who made none is not told so."""
    guess = state.get(state.guess_item(scene.number))
    kind = ("right" if guess in right else "wrong") if guess else "no_guess"
    head = element("p", words(f"lesson.{kind}"), class_=f"vgl-outcome vgl-{kind}")
    lines = [_entry(words, scene, "happened", right)]
    if guess is not None and guess not in right:
        lines.insert(0, _entry(words, scene, "guessed", (guess,)))
    shown = head if guess or of_a_visitor else ""
    return element("div", shown, element("dl", *lines), class_="vgl-compared")


def _entry(words: Text, scene: Scene, kind: str, answers: Sequence[str]) -> Markup:
    names = " / ".join(lettered(words, scene, answer) for answer in answers)
    return element("dt", words(f"lesson.{kind}")) + element("dd", names)
