"""What can be taken away of the runs: code, data, pictures, an animation, a report, a link.

Nothing is made before it is asked for, and then in a thread of its own, off the page.
"""

import datetime
import html
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from components import state
from components.address import address_of_this, draw_code
from components.charts.style import Style
from components.choice import Choice
from components.export import animation, data, notebook, pictures, program, report
from components.export.pictures import Picture
from components.export.source import Source, file_name
from components.panels import family
from components.panels.family import gradients_pictures, losses_pictures, share_pictures
from components.panels.in_view import network_in_view
from components.panels.overview import activation_pictures, gradient_pictures, loss_pictures
from components.panels.pictures import offer
from components.panels.verdict import figures, verdict
from components.runs import Runs, shared_runs
from components.runs.stored import engine_version
from components.text import Text
from models import History
from models.diagnostics import kept_by_all, standing

_one_at_a_time = threading.Semaphore(1)
WAIT_SECONDS = 60.0  # for a run that is no longer in the cache
MIMES = {
    "py": "text/x-python",
    "ipynb": "application/x-ipynb+json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
    "gif": "image/gif",
    "html": "text/html",
}
EMBEDDED_HEIGHT = 900  # pixels: the first screen of a wide page


class GoneError(RuntimeError):
    """The run could not be had any more."""


@dataclass(frozen=True)
class Taken:
    """What is taken away, without the arrays: these are looked up when it is asked for.

    Attributes:
        runs: where they are.
        session: who asks.
        choice: the runs.
        source: what they are of, in the page's style.
        place: which of the runs is taken as a program.
        network: which of its networks.
        scale: of the loss.
    """

    runs: Runs
    session: str
    choice: Choice
    source: Source
    place: int
    network: int
    scale: str

    def histories(self) -> tuple[History, ...]:
        """The runs at their end.

        Raises:
            GoneError: they failed, or took too long.
        """
        visit = self.runs.visit(f"{self.session} take")
        progress = visit.watch(self.choice.experiments, wait=WAIT_SECONDS)
        visit.leave()
        if progress.error or not progress.finished:
            raise GoneError(progress.error or "not trained in time")
        return progress.histories

    def look(self, histories: Sequence[History]) -> tuple[Source, list[History]]:
        """What is drawn of them; of a family each member's best run, in its style."""
        if not self.choice.family:
            return self.source, list(histories)
        style, shown = family.members(self.source.words, self.source.style, histories)
        return replace(self.source, style=style), shown


def take_away(words: Text, style: Style, choice: Choice, histories: tuple[History, ...]) -> None:
    """Draw all that is offered; closed, nothing of it costs anything."""
    with st.expander(
        words("take.title"), icon=":material/download:", on_change="rerun", key="take away"
    ) as opened:
        if not opened.open:
            return
        if not all(history.finished for history in histories):
            st.caption(words("take.later"))
            return
        place = _choose_run(words, style)
        network = 0 if choice.family else network_in_view(histories)
        source = Source(style, address_of_this(words))
        taken = Taken(
            shared_runs(), state.get("session"), choice, source, place, network, state.get("scale")
        )
        with st.grid(2, min_column_width=340, gap="medium", key="taken") as grid:
            for part in (_code, _data, _pictures, _share):
                with grid.cell():
                    part(words, taken, histories)
        if not pictures.script.cache_info().currsize:
            # The report needs it, and it takes a second to make, once.
            threading.Thread(target=pictures.script, daemon=True).start()


def _choose_run(words: Text, style: Style) -> int:
    """Which run the programs and the setting are of."""
    names = style.names
    if len(names) == 1:
        return 0
    chosen = st.selectbox(words("take.run"), names, key=f"take {' '.join(names)}", width=340)
    return names.index(chosen)


def _code(words: Text, taken: Taken, histories: tuple[History, ...]) -> None:
    history = histories[taken.place]
    with _group(words("take.code")):
        _file(taken, _network_program, f"network{taken.network}", "py", words("take.program"))
        _file(taken, _notebook, f"network{taken.network}", "ipynb", words("take.notebook"))
        _file(taken, _ensemble_program, "all", "py", words("take.ensemble"))
    kind = history.experiment.dtype
    st.caption(words(f"take.code_{kind}", network=taken.network, name=_name(taken)))


def _data(words: Text, taken: Taken, histories: tuple[History, ...]) -> None:
    with _group(words("take.data")):
        _file(taken, _csv, "history", "csv", "CSV")
        _file(taken, _parquet, "history", "parquet", "Parquet")
        _file(taken, _setting, "setting", "json", words("take.setting"))
    st.caption(words("take.data_caption", name=_name(taken)))


def _pictures(words: Text, taken: Taken, histories: tuple[History, ...]) -> None:
    offered = _charts(taken, histories, large=True)
    names = [_called(words, picture) for picture in offered]
    with _group(words("take.pictures")):
        chosen = st.selectbox(
            words("take.pictures"),
            names,
            key="take picture",
            label_visibility="collapsed",
            width=300,
        )
        place = names.index(chosen)
        offer(offered[place], "take", make=partial(_chart, taken, place))
        if _has_replay(taken, histories):
            _file(taken, _animation, f"replay-network{taken.network}", "gif", words("take.replay"))
    if not taken.choice.family and not _has_replay(taken, histories):
        last = max(kept_by_all(histories))
        st.caption(words("surfaces.not_kept", network=taken.network, last=last))
    st.caption(words("take.pictures_caption"))


def _share(words: Text, taken: Taken, histories: tuple[History, ...]) -> None:
    link = taken.source.link
    with _group(words("take.share")):
        _file(taken, _report, "report", "html", words("take.report"))
        if st.button(words("take.qr"), icon=":material/qr_code_2:", key="take qr"):
            show = st.dialog(words("take.qr"), width="large")(draw_code)
            show(words, link, words("take.qr_alt"), large=True)
        with st.popover(words("take.embed"), icon=":material/code:", key="take embed"):
            st.caption(words("take.embed_caption"))
            st.code(embedding(link, taken.source.title), language="html", wrap_lines=True)
        with st.popover(words("take.cite"), icon=":material/format_quote:", key="take cite"):
            st.code(citation(taken), language=None, wrap_lines=True)
    st.caption(words("take.share_caption"))


def embedding(link: str, title: str) -> str:
    """The page as a part of a course's site, without Streamlit's own frame."""
    source = html.escape(f"{link}&embed=true", quote=True)
    return (
        f'<iframe src="{source}" title="{html.escape(title, quote=True)}"\n'
        f'  width="100%" height="{EMBEDDED_HEIGHT}" style="border: 0" loading="lazy"></iframe>'
    )


def citation(taken: Taken) -> str:
    """One line that says what was seen, when, and with what it can be seen again."""
    source = taken.source
    return source.words(
        "take.citation",
        title=source.title,
        names=" / ".join(source.style.names),
        setting=source.line(taken.choice.experiments),
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        versions=report.versions(),
        engine=engine_version(),
        link=source.link,
    )


def _group(title: str) -> st.delta_generator.DeltaGenerator:
    """A row of buttons under a name."""
    st.html(f'<h3 class="vgl-title">{title}</h3>')
    return st.container(horizontal=True, gap="small", vertical_alignment="bottom")


def _file(
    taken: Taken, make: Callable[[Taken], bytes | str], name: str, ending: str, label: str
) -> None:
    """A button that makes a file when it is pressed."""
    alone = ending in ("py", "ipynb", "json")
    experiments = taken.choice.experiments
    of = [experiments[taken.place]] if alone else experiments
    st.download_button(
        label,
        partial(_in_turn, make, taken),
        file_name(of, name, ending=ending),
        MIMES[ending],
        on_click="ignore",
        icon=":material/download:",
        key=f"take {name} {ending}",
    )


def _in_turn(make: Callable[[Taken], bytes | str], taken: Taken) -> bytes | str:
    """Make a file; in a crowd one after the other, as some take 100 MB while they are made.

    A run that has to be trained again is waited for before it is one's turn.
    """
    taken.histories()
    with _one_at_a_time:
        return make(taken)


def _network_program(taken: Taken) -> str:
    history = taken.histories()[taken.place]
    return program.network_program(taken.source, history, taken.network)


def _ensemble_program(taken: Taken) -> str:
    return program.ensemble_program(taken.source, taken.histories()[taken.place])


def _notebook(taken: Taken) -> bytes:
    return notebook.notebook(taken.source, taken.histories()[taken.place], taken.network)


def _csv(taken: Taken) -> bytes:
    return data.csv(taken.source, taken.histories())


def _parquet(taken: Taken) -> bytes:
    return data.parquet(taken.source, taken.histories())


def _setting(taken: Taken) -> str:
    return data.setting(taken.choice.experiments[taken.place])


def _animation(taken: Taken) -> bytes:
    return animation.animation(taken.source, taken.histories(), taken.network)


def _report(taken: Taken) -> str:
    histories, words = taken.histories(), taken.source.words
    source, shown = taken.look(histories)
    if taken.choice.family:
        standings = [standing(history) for history in shown]
        several = len(shown) < len(histories)
        said = family.verdict(words, source.style, shown, standings, several)
    else:
        said = verdict(words, source.style, tuple(shown))
    surfaces = None
    if _has_replay(taken, histories):
        surfaces = animation.last_frame(source, histories, taken.network)
    return report.report(
        source,
        [history.experiment for history in shown],
        report.Said(said, figures(words, source.style, tuple(shown))),
        _charts(taken, histories, large=False),
        surfaces,
        words("export.program", name=_name(taken), network=taken.network),
        program.network_program(source, histories[taken.place], taken.network),
    )


def _charts(taken: Taken, histories: tuple[History, ...], large: bool) -> list[Picture]:
    """The charts of the first screen; not ``large``, those that move are there once."""
    source, shown = taken.look(histories)
    source = replace(source, style=replace(source.style, large=large))
    if taken.choice.family:
        makers = (share_pictures, losses_pictures, gradients_pictures)
        return [picture for make in makers for picture in make(shown, source)]
    networks = [taken.network] * len(histories)
    gradients = gradient_pictures(histories, networks, source)
    return [
        *(gradients if large else gradients[:1]),
        *loss_pictures(histories, networks, taken.scale, source),
        *activation_pictures(histories, source),
    ]


def _called(words: Text, picture: Picture) -> str:
    if not picture.moment:
        return picture.title
    return f"{picture.title} ({words(f'numbers.{picture.moment}')})"


def _chart(taken: Taken, place: int, kind: str) -> bytes:
    charts = _charts(taken, taken.histories(), large=True)
    return pictures.draw([charts[place]], kind)[0]


def _has_replay(taken: Taken, histories: tuple[History, ...]) -> bool:
    """Whether what the network in view answers can be drawn."""
    return not taken.choice.family and taken.network in kept_by_all(histories)


def _name(taken: Taken) -> str:
    return taken.source.style.names[taken.place]
