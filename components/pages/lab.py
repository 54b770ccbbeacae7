"""The lab: the verdict, three charts, a look inside one network, the lecture's printout."""

import uuid

import streamlit as st

from components.charts.style import Style
from components.elements import plain
from components.panels.details import details
from components.panels.header import header
from components.panels.inside import inside
from components.panels.offers import affordable
from components.panels.overview import overview
from components.panels.printout import network_in_view, printout
from components.panels.verdict import figures, verdict
from components.runs import Progress, Runs, shared_runs
from components.sidebar import Choice, link_problems
from components.text import Text

FIRST_LOOK_SECONDS = 0.3  # how long a page waits for a run before it draws what is there
LAST_SECONDS = 0.6  # a run with less than this to go is waited for rather than drawn once more
POLL_SECONDS = 0.35  # between two looks at a run
LIVE_CROWD = 3  # with more who wait, a look inside takes the training too much time to be drawn


def render(words: Text, choice: Choice) -> None:
    """Draw the page for what the sidebar says."""
    style = Style(
        words.language,
        st.context.theme.type == "dark",
        tuple(experiment.activation for experiment in choice.experiments),
    )
    _link_notice(words, choice)
    runs, session = shared_runs(), st.session_state.setdefault("session", uuid.uuid4().hex)
    if not affordable(words, style, runs, choice):
        runs.leave(session)
        return
    pace = _pace(runs.crowd)
    soon = FIRST_LOOK_SECONDS / 2
    progress = _look(runs, session, choice, wait=FIRST_LOOK_SECONDS, soon=soon, again=pace)
    looked = iter([progress])

    def results() -> None:
        now = next(looked, None) or _look(
            runs, session, choice, wait=0.0, soon=LAST_SECONDS, again=pace
        )
        # Also where a finished run is no longer in the cache: then the page must look again.
        if now.finished != progress.finished:
            st.rerun()
        _draw(words, style, choice, now, runs)

    st.fragment(results, run_every=None if progress.finished else pace)()


def _pace(crowd: int) -> float:
    """Seconds between two looks at a run.

    In a crowd more seldom: drawing for all who wait must not take the training its time.
    """
    return POLL_SECONDS * min(max(1.0, crowd / 3), 10.0)


def _look(
    runs: Runs, session: str, choice: Choice, *, wait: float, soon: float, again: float
) -> Progress:
    """See how far the run is after ``wait`` seconds, or at its end if that comes ``soon`` after."""
    progress = runs.watch(session, choice.experiments, wait, again)
    left = progress.seconds_left
    if not progress.finished and left is not None and left < soon:
        # Drawing now would hold up the training (one interpreter serves both) and be drawn over.
        progress = runs.watch(session, choice.experiments, 2 * soon, again)
    return progress


def _draw(words: Text, style: Style, choice: Choice, progress: Progress, runs: Runs) -> None:
    header(words, choice, progress)
    if progress.error:
        _failed(words, choice, progress, runs)
        return
    if progress.histories is None:
        st.info(words("run.waiting"), icon=":material/hourglass_empty:")
        return
    histories = progress.histories
    networks = [network_in_view(history) for history in histories]
    st.html(verdict(words, style, histories) + figures(words, style, histories))
    overview(words, style, histories, networks)
    ready = progress.finished or runs.crowd <= LIVE_CROWD
    st.fragment(inside)(words, style, histories, networks, ready)
    printout(words, style, histories, networks)
    details(words, choice, histories)


def _link_notice(words: Text, choice: Choice) -> None:
    problems = link_problems(choice)
    if not problems:
        return
    lines = [
        words(
            "link.wrong",
            control=words("language" if key == "lang" else f"controls.{key}"),
            asked=plain(asked),
            used=used,
        )
        for key, asked, used in problems
    ]
    st.warning("  \n".join(lines), icon=":material/link_off:")


def _failed(words: Text, choice: Choice, progress: Progress, runs: Runs) -> None:
    st.error(words("run.failed", reason=plain(progress.error, 200)), icon=":material/error:")
    st.button(words("run.again"), on_click=runs.forget, args=(choice.experiments,), key="again")
