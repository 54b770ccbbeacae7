"""The lab: the story and its verdict, what one network learned and how the gradient fares."""

import time
import uuid
from dataclasses import dataclass
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.errors import StreamlitInvalidLayoutContextError

from components.drawing.charts.style import Style
from components.drawing.elements import plain
from components.drawing.made import once
from components.drawing.markup import element
from components.panels import family
from components.panels.challenge import challenge
from components.panels.details import details
from components.panels.fates import fate_bar
from components.panels.guard import guarded
from components.panels.header import header
from components.panels.in_view import choose_network, network_in_view, show
from components.panels.inside import inside
from components.panels.link_notice import link_notice, refused_notice
from components.panels.offers import affordable
from components.panels.overview.functions import functions_cell
from components.panels.overview.loss import choose_scale
from components.panels.printout import printout
from components.panels.remedies import is_tested, offers_for, remedy_row
from components.panels.stage import stage
from components.panels.story import story
from components.panels.take_away import take_away
from components.panels.verdict import figures, verdict
from components.panels.ways import Pages, ways
from components.runs import Handed, Progress, Runs, Visit, polling, shared_runs
from components.serving.inside.context import is_connected
from components.settings import state
from components.settings.choice import Choice
from components.settings.naming import style_of
from components.settings.state.items import ATLAS, LESSON, MINE
from components.words.text import Text
from models import History

FEW = 16  # networks that are shown first
LONG_SECONDS = 5.0  # a run that takes this shows them first


@dataclass(frozen=True)
class Asked:
    """What one visit of the page asked for.

    Attributes:
        choice: what the controls said.
        visit: watches its run.
        aside: watches what is tried beside it.
        pause: seconds between two looks.
        head: where the page's first lines stand.
        ended: whether the run had, when the page was drawn.
        in_line: whether, though it had not, nothing more was to be drawn of it for a while.
        networks: how many were asked for, where these are the first few of them; else 0.
        meanwhile: what is looked at until it has: its first few networks, trained before.
    """

    choice: Choice
    visit: Visit
    aside: Visit
    pause: float
    head: DeltaGenerator
    ended: bool
    in_line: bool
    networks: int = 0
    meanwhile: "Asked | None" = None


def render(words: Text, choice: Choice, pages: Pages) -> None:
    """Draw the page for what the sidebar says; from it go ways to the others of ``pages``."""
    first_lines = st.container(key="head")
    with first_lines, st.container(horizontal=True, gap="xsmall", key="ways"):
        ways(words, pages, (MINE, ATLAS, LESSON))
    large = state.get("size") == "large"
    dark = st.context.theme.type == "dark"
    style = style_of(words, dark, choice.experiments, large, choice.many)
    link_notice(words, choice)
    refused_notice(words, choice)
    runs = shared_runs()
    if state.get("session") is None:
        state.put("session", uuid.uuid4().hex)
    session = state.get("session")
    visit, aside = runs.visit(session), runs.visit(f"{session} remedy", patient=True)
    kept = runs.visit(f"{session} few", patient=True)
    aside.leave()
    if not affordable(style, runs, choice):
        visit.leave()
        return
    pause = polling.pause(runs)
    few, networks = _few_first(runs, choice), 0
    if few and state.get("few_shown") != choice:
        state.put("few_shown", None)
        choice, networks = few, choice.experiment.networks
    if few and runs.known(few.experiments):
        kept.watch(few.experiments, again=pause)  # what is looked at is not dropped for the others
    else:
        kept.leave()
    progress = polling.first_look(visit, choice.experiments, pause)
    # Not before: what stands there is not to be gone while one looks.
    with first_lines:
        head = header(words, choice, progress)
    meanwhile = st.empty()
    line = state.get("line")
    if line is None or line[0] != choice:
        line = choice, time.monotonic()
        state.put("line", line)
    newcomer = not state.get("pictured")

    def tell(progress: Progress) -> None:
        nonlocal newcomer
        if not is_connected():
            st.stop()
        header(words, choice, progress, head, in_line=True)
        if newcomer:
            with meanwhile.container():
                _until_then(style, choice)
            newcomer = False

    shown = None
    if few and not networks and not progress.finished and runs.known(few.experiments):
        count = choice.experiment.networks
        shown = Asked(few, kept, aside, pause, head, ended=True, in_line=False, networks=count)
    else:
        progress = polling.stand_in_line(visit, choice.experiments, pause, progress, line[1], tell)
    if networks and progress.finished and not progress.error:
        kept.watch(choice.experiments, again=pause)
        state.put("few_shown", state.get("few"))
        st.rerun()  # now for all of them
    meanwhile.empty()
    pause = polling.pause(runs)  # who comes out of the line may be one of few
    in_line = shown is not None or polling.has_to_wait(runs, progress)
    # A fragment lives as long as its session, with all that it is given: so no arrays.
    asked = Asked(choice, visit, aside, pause, head, progress.finished, in_line, networks, shown)
    results = st.fragment(_results, run_every=None if asked.ended or in_line else pause)
    results(style, asked, Handed(progress))
    state.put("pictured", True)
    if in_line:
        state.put("line", (choice, time.monotonic()))
        st.fragment(_follow, run_every=pause)(words, asked)


def _few_first(runs: Runs, choice: Choice) -> Choice | None:
    """The first few networks of a run that takes long: these are trained and shown first.

    A network depends on its own seed alone, so they are those of the whole run. Once begun it stays
    so for this choice; None: all are shown as they come.
    """
    few = choice.changed(networks=FEW)
    if choice.many or choice.experiment.networks <= FEW or runs.known(choice.experiments):
        return None
    if state.get("few") != choice:
        seconds = runs.estimate(choice.experiments).seconds
        cheap = 2 * runs.estimate(few.experiments).seconds < seconds
        if seconds < LONG_SECONDS or not cheap or runs.begun(choice.experiments):
            return None
        state.put("few", choice)
    return few


def _until_then(style: Style, choice: Choice) -> None:
    """What can be said before a run: to a newcomer who has nothing yet to look at."""
    words = style.words
    st.html(story(words, choice.experiments))
    with st.container(key="alone"):
        functions_cell(style, choice.experiments)


@guarded
def _follow(words: Text, asked: Asked) -> None:
    """In a crowd, below the picture of a run as far as it was: how far it is by now."""
    progress = polling.next_look(asked.visit, asked.choice.experiments, asked.pause)
    waits = polling.has_to_wait(asked.visit.runs, progress)
    if asked.meanwhile:
        few = asked.meanwhile
        if few.visit.runs.known(few.choice.experiments):
            few.visit.watch(few.choice.experiments, again=asked.pause)  # or it might be dropped
        redraw = progress.finished
    else:
        redraw = not waits or polling.is_worth_drawing(progress, state.get("line")[1])
    if redraw:
        st.rerun()
    _tell_again(words, asked, progress, in_line=asked.meanwhile is None)


def _tell_again(words: Text, asked: Asked, progress: Progress, in_line: bool) -> None:
    """Rewrite the page's first lines from a part of the page."""
    try:
        header(words, asked.choice, progress, asked.head, in_line=in_line)
    except StreamlitInvalidLayoutContextError:
        # The page was begun anew, and cut short before it came to this part: its lines are not
        # there to be rewritten. It is drawn once more.
        st.rerun()


@guarded
def _results(style: Style, asked: Asked, first: Handed[Progress]) -> None:
    """Draw how far the run is; once it has ended, stop asking."""
    words = style.words
    choice, visit = asked.choice, asked.visit
    drawn_with_page = first.take()
    progress = drawn_with_page or polling.next_look(visit, choice.experiments, asked.pause)
    # Also where a finished run is no longer in the cache: then the page must ask again; and where
    # so many have come meanwhile that it has to stand in line.
    crowded = drawn_with_page is None and polling.has_to_wait(visit.runs, progress)
    if progress.finished != asked.ended or (crowded and not asked.in_line):
        st.rerun()
    # Also where the page has just drawn it: what a fragment is to rewrite has to be its own.
    _tell_again(words, asked, progress, asked.in_line and not asked.meanwhile)
    challenge(words, progress.histories)
    if progress.error:
        _failed(words, choice, progress, visit)
    elif asked.meanwhile:
        few = asked.meanwhile
        shown = few.visit.watch(few.choice.experiments, again=asked.pause)
        if shown.histories is None:  # dropped meanwhile
            st.rerun()
        _draw(style, few, shown.histories)
    elif progress.histories is None:
        st.info(words("run.waiting"), icon=":material/hourglass_empty:")
    else:
        _draw(style, asked, progress.histories)
    state.update_link_of_part()


def _draw(style: Style, asked: Asked, histories: tuple[History, ...]) -> None:
    words = style.words
    if many := asked.choice.many:
        family.draw(style, histories, many)
        details(style, histories)
        st.fragment(_take_away)(style, asked)
        return
    experiments = [history.experiment for history in histories]
    # Before anything is said: the verdict names a cause only where it is known what helps.
    # A challenge is not to be solved by a click on what helps.
    looks = not asked.networks and state.get("challenge") is None
    offers = offers_for(asked.choice, histories, asked.aside) if looks else ()
    tested = tuple(is_tested(history, histories) for history in histories)
    note = words("run.few", few=FEW, count=asked.networks) if asked.networks else ""
    with st.container(key="screen"):
        said = story(words, experiments, histories) + once(verdict, style, histories, tested)
        st.html(said + (note and element("p", note)))
        first_screen = st.container(key="stage")  # filled once it is known which network is in view
    st.html(once(figures, style, histories))
    if (example := fate_bar(style, histories)) is not None:
        show(example)
    with st.container(key="remedy row"):
        remedy_row(style, offers, asked.aside, partial(_keep, asked))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="large", key="views"):
        network = choose_network(style, histories)
        choose_scale(words)
    with first_screen:
        stage(style, histories, network)
    st.fragment(_inside)(style, asked)
    printout(style, histories, network)
    details(style, histories)
    st.fragment(_take_away)(style, asked)


def _keep(asked: Asked) -> None:
    """Look at the run on screen: what is looked at is not dropped."""
    asked.visit.watch(asked.choice.experiments, again=asked.pause)


@guarded
def _take_away(style: Style, asked: Asked) -> None:
    """What can be taken away of the run as it stands."""
    progress = asked.visit.watch(asked.choice.experiments, again=asked.pause)
    if progress.histories is None or progress.error:  # dropped meanwhile: the page asks for it
        st.rerun()
    take_away(style, asked.choice, progress.histories)


@guarded
def _inside(style: Style, asked: Asked) -> None:
    """Look inside one network of the run as it stands."""
    progress = asked.visit.watch(asked.choice.experiments, again=asked.pause)
    if progress.histories is None or progress.error:  # dropped meanwhile: the page asks for it
        st.rerun()
    network = network_in_view(progress.histories)
    inside(style, progress.histories, network)
    state.update_link_of_part()


def _failed(words: Text, choice: Choice, progress: Progress, visit: Visit) -> None:
    st.error(words("run.failed", reason=plain(progress.error or "", 200)), icon=":material/error:")
    st.button(
        words("run.again"), on_click=visit.runs.retry, args=(choice.experiments,), key="again"
    )
