"""One's own program: pasted, read line by line, trained as it is and mended, and taken away again.

It is read, never run.
"""

import uuid
from collections.abc import Mapping, Sequence

import streamlit as st
from markupsafe import Markup

from components.drawing.charts.style import Style
from components.drawing.markup import element
from components.panels.guard import guarded
from components.panels.header import progress_bar
from components.panels.link_notice import link_notice
from components.panels.mine.change import change
from components.panels.mine.editor import editor
from components.panels.mine.listing import assumptions, listing
from components.panels.mine.refusals import refusal_in_words
from components.panels.mine.trying import COUNTS, Step, count_for, go_on
from components.panels.mine.verdict import Asked, headline, trying_in_words
from components.panels.overview.loss import loss_cell
from components.panels.sidebar import choose_size
from components.panels.verdict import verdict_line
from components.panels.ways import Pages, way_to_lab, ways
from components.runs import Handed, Progress, Visit, polling, shared_runs
from components.settings import state
from components.settings.naming import setting_in_words
from components.settings.state.items import ATLAS, LAB, LESSON
from components.words.numbers import duration, whole
from components.words.text import Text
from models import Experiment, History
from models.diagnostics import kept_by_all, representative_networks
from models.reading import read_program
from models.reading.answers import Answer, question
from models.reading.rewriting import rewritten

LOOK_SECONDS = 0.3  # that a look waits for the end of a run


def render(words: Text, pages: Pages) -> None:
    """Draw the field, and what there is to say of what stands in it."""
    if state.get("session") is None:
        state.put("session", uuid.uuid4().hex)
    with st.container(key="head"):
        with st.container(horizontal=True, gap="xsmall", key="ways"):
            ways(words, pages, (LAB, ATLAS, LESSON))
        head = st.empty()
    with st.sidebar:
        st.caption(words("mine.about"))
        choose_size(words)
    link_notice(words, "mine")
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        program = editor(words)
    asked = _asked(program)
    head.html(_head(words, asked))
    if asked is None:
        with right:
            st.html(_welcome(words))
        return
    with right:
        found = _answer(words, asked, pages)
    left, right = st.columns([1, 1.15], gap="large")
    with left:
        listing(words, asked.reading)
    with right:
        if asked.question and found and (found.shown is not None or asked.question.mended):
            change(words, asked.reading.text, _mended_text(asked, found))
        assumptions(words, asked.reading.assumed)


def _asked(program: str) -> Asked | None:
    """What is asked of the program; read anew only where it has changed."""
    if not program.strip():
        return None
    kept = state.get("asked")
    if kept is not None and kept[0] == program:
        return kept[1]
    reading = read_program(program)
    asked = Asked(reading, None)
    if reading.refusal is None or reading.mistakes:
        runs = shared_runs()
        plan = question(reading)
        base = plan.as_it_is or plan.base
        count = count_for(runs, base) if base else None
        if base is None or count is not None:
            asked = Asked(reading, plan.counted(count or 1))
    state.put("asked", (program, asked))
    return asked


def _head(words: Text, asked: Asked | None) -> Markup:
    status = words("mine.never_run")
    if asked and asked.reading.experiment:
        status = setting_in_words(words, [asked.reading.experiment])
    title = element("h1", words("mine.title"))
    return element("div", title, element("p", element("span", status)), class_="vgl-head")


def _welcome(words: Text) -> Markup:
    """What one gets for a program."""
    points = (element("li", words(f"mine.welcome.{name}")) for name in ("reads", "trains", "mends"))
    lead = element("p", words("mine.welcome.lead"))
    return element("div", lead, element("ul", *points), class_="vgl-explained")


def _answer(words: Text, asked: Asked, pages: Pages) -> Answer | None:
    """What there is to say of the program, as far as that is known."""
    reading = asked.reading
    if reading.refusal and (asked.question is None or not asked.question.alone):
        st.html(refusal_in_words(words, reading.refusal))
        return None
    session, runs = state.get("session"), shared_runs()
    visit, shown = runs.visit(f"{session} mine"), runs.visit(f"{session} mended", patient=True)
    if asked.question is None:
        visit.leave()
        st.html(_too_long(words, COUNTS[-1]))
        _to_lab(words, reading.experiment, pages)
        return None
    pause = polling.pause(runs)
    step = go_on(asked.question, visit, polling.FIRST_LOOK_SECONDS, pause)
    if not step.answer.kind and not step.error:
        st.fragment(_waiting, run_every=pause)(words, asked, visit, pause, Handed(step))
        return None
    if step.error:
        st.error(words("run.failed", reason=step.error[:200]), icon=":material/error:")
        return None
    found = step.answer
    wanted = {"as_it_is": asked.question.as_it_is, "with_change": found.shown}
    histories, awaited = _histories(wanted, (visit, shown), pause)
    style = _style(words, histories)
    why: Markup | str = ""
    if own := histories.get("as_it_is"):
        why = verdict_line(style, 0, own, tested=found.kind == "diagnosed")
    st.html(headline(words, asked, found, why))
    if awaited:
        st.fragment(_coming, run_every=pause)(words, wanted, (visit, shown), pause)
    elif histories:
        _loss(style, tuple(histories.values()))
    _to_lab(words, asked.question.as_it_is or found.shown, pages)
    return found


@guarded
def _waiting(words: Text, asked: Asked, visit: Visit, pause: float, first: Handed[Step]) -> None:
    """How far the training is; once all is known the page is drawn anew."""
    assert asked.question is not None
    step = first.take() or go_on(asked.question, visit, LOOK_SECONDS, pause)
    if step.answer.kind or step.error:
        st.rerun()
    missing, progress = step.answer.missing, step.progress
    assert missing is not None and progress is not None
    said = trying_in_words(words, asked.question, missing)
    at = words("run.at", step=whole(progress.step), steps=whole(progress.steps))
    if progress.seconds_left is not None:
        at += " · " + words("run.left", time=duration(progress.seconds_left, words))
    line = element("p", element("span", f"{said} · {at}", role="status"))
    bar = progress_bar(words, progress.step / progress.steps)
    st.html(element("div", line, bar, class_="vgl-verdict vgl-mine"))


def _too_long(words: Text, count: int) -> Markup:
    said = words("mine.too_long", count=count)
    return element("div", element("p", said), class_="vgl-verdict vgl-mine", role="status")


@guarded
def _coming(
    words: Text, wanted: Mapping[str, Experiment | None], visits: Sequence[Visit], pause: float
) -> None:
    """That a run which was dropped is trained once more; then the page is drawn with it."""
    _, awaited = _histories(wanted, visits, pause)
    if not awaited:
        st.rerun()
    shares = [each.step / each.steps if each.steps else 0.0 for each in awaited]
    st.html(progress_bar(words, min(shares)))


def _histories(
    wanted: Mapping[str, Experiment | None], visits: Sequence[Visit], pause: float
) -> tuple[dict[str, History], list[Progress]]:
    """Of these runs those that are at hand, and how far the others are: they are being trained."""
    found, awaited = {}, []
    for (name, experiment), visit in zip(wanted.items(), visits, strict=True):
        if experiment is None:
            continue
        progress = visit.watch((experiment,), polling.LAST_SECONDS, pause)
        if not progress.finished:
            awaited.append(progress)
        elif not progress.error:
            (found[name],) = progress.trained
    return found, awaited


def _style(words: Text, histories: Mapping[str, History]) -> Style:
    dark, large = st.context.theme.type == "dark", state.get("size") == "large"
    activations = tuple(history.experiment.activation for history in histories.values())
    names = tuple(words(f"mine.{name}") for name in histories)
    return Style(words.language, dark, activations, names, large)


def _loss(style: Style, histories: tuple[History, ...]) -> None:
    """The loss of the program as it is, and of the mended one."""
    network = representative_networks(histories[0], kept_by_all(histories))["typical"]
    with st.container(key="mine loss"):
        loss_cell(style, histories, [network] * len(histories))


def _to_lab(words: Text, experiment: Experiment | None, pages: Pages) -> None:
    """The way to the lab, if the program could be read as a setting."""
    if experiment is not None:
        label, about = words("mine.open"), words("mine.open_help")
        way_to_lab(pages, experiment, "open mine", label, about)


def _mended_text(asked: Asked, found: Answer) -> str | None:
    """The mended program; None: it is not known how to write it."""
    assert asked.question is not None
    if found.changes:
        return found.changes[0].text
    mended = asked.question.mended
    if found.remedy is None:
        return mended.text if mended else None
    text = mended.text if mended else asked.reading.text
    kept = state.get("rewritten")
    if kept is None or kept[0] != (text, found.remedy):  # up to seconds of a core
        reading = asked.reading if mended is None else read_program(text or "")
        kept = (text, found.remedy), rewritten(reading, found.remedy)
        state.put("rewritten", kept)
    return kept[1]
