"""The lesson's end: what was guessed and what happened, what to keep in mind, and the ways on."""

from collections.abc import Callable, Sequence

import streamlit as st
from markupsafe import Markup

from components.drawing.elements import section
from components.drawing.markup import element, table
from components.pages.lesson import telling
from components.pages.lesson.scenes import SCENES, Scene, answer_name
from components.panels.guard import guarded
from components.runs import shared_runs
from components.settings import state
from components.words.numbers import UNKNOWN
from components.words.text import Text

KEEP = ("keep_1", "keep_2", "keep_3")
ON = ("on_1", "on_2", "on_3")
LOOK_SECONDS = 1.0  # between two looks at runs that are no longer in the cache

Outcomes = dict[int, tuple[str, ...] | None]
"""By scene the answers that its runs give; None: not known yet; empty: they cannot be trained."""


def closing(words: Text, to_lab: Callable[[], None]) -> None:
    """Draw the end of the lesson to somebody who has gone through it.

    Args:
        words: the language.
        to_lab: draws the way to the lab.
    """
    section(words("lesson.close.title"))
    left, right = st.columns([1.15, 1], gap="large")
    with left:
        waits = None in _outcomes(words).values()
        st.fragment(_looking_back, run_every=LOOK_SECONDS if waits else None)(words, waits)
    with right:
        st.html(_to_keep(words) + _ways_on(words))
        to_lab()


def projected(words: Text) -> None:
    """The same to a class: what each of them guessed is on their phones."""
    left, right = st.columns(2, gap="large")
    left.html(_to_keep(words))
    right.html(_ways_on(words))


@guarded
def _looking_back(words: Text, waits: bool) -> None:
    """The scenes that were run, the guess in each, and what happened."""
    outcomes = _outcomes(words)
    if waits and None not in outcomes.values():
        st.rerun()
    heads = (words("lesson.plan_scene"), words("lesson.guessed"), words("lesson.happened"))
    rows = (_row(words, SCENES[number - 1], outcomes[number]) for number in outcomes)
    st.html(table(heads, rows, class_="vgl-back"))


def _outcomes(words: Text) -> Outcomes:
    """What the scenes that were run gave; a run that is still needed is waited for, one by one."""
    visit = shared_runs().visit(f"{state.get('session')} closing", patient=True)
    outcomes: Outcomes = dict.fromkeys(state.get("seen"))
    for number in outcomes:
        scene = SCENES[number - 1]
        for experiments in scene.runs:
            progress = visit.watch(experiments, again=LOOK_SECONDS)
            if not progress.finished:
                return outcomes
            if progress.error:
                outcomes[number] = ()
        if outcomes[number] is None:
            trained = [visit.watch(each, again=LOOK_SECONDS).trained for each in scene.runs]
            outcomes[number], _ = telling.told(words.language, scene.name, trained)
    visit.leave()
    return outcomes


def _row(words: Text, scene: Scene, right: tuple[str, ...] | None) -> Markup:
    title = words(f"lesson.{scene.name}.title")
    guess = _guess(words, state.get(state.guess_item(scene.number)), right)
    happened = " / ".join(answer_name(words, each) for each in right or ())
    happened = happened or ("…" if right is None else UNKNOWN)
    cells = (f"{scene.number}. {title}", guess, happened)
    return element("tr", *(element("td", cell) for cell in cells))


def _guess(words: Text, guess: str | None, right: tuple[str, ...] | None) -> Markup | str:
    if guess is None:
        return words("lesson.report_none_made")
    name = answer_name(words, guess)
    if not right:
        return name
    kind = "right" if guess in right else "wrong"
    sign = "✓" if guess in right else "✗"
    return f"{name} " + element("i", sign, role="img", aria_label=words(f"lesson.{kind}"))


def _to_keep(words: Text) -> Markup:
    kept = [words(f"lesson.close.{name}") for name in KEEP]
    return _listed(words("lesson.close.keep"), kept)


def _ways_on(words: Text) -> Markup:
    return _listed(words("lesson.close.on"), [words(f"lesson.close.{name}") for name in ON])


def _listed(heading: str, sentences: Sequence[str]) -> Markup:
    items = (element("li", sentence) for sentence in sentences)
    return telling.explained(heading, element("ul", *items))
