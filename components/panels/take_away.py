"""What can be taken away of the runs: code, data, pictures, an animation, a report, a link.

Nothing is made before it is asked for, and then in a thread of its own, off the page.
"""

import datetime
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import streamlit as st
from markupsafe import Markup

from components.drawing.charts.style import Style
from components.drawing.elements import title as heading
from components.drawing.made import shelf
from components.export import animation, data, legend, notebook, pictures, program, report
from components.export.bundle import Piece, bundle
from components.export.pictures import Picture
from components.export.source import Source, file_name
from components.panels import family, fates
from components.panels.address import address_of_this, draw_code
from components.panels.in_view import network_in_view
from components.panels.inside.chain import product_pictures
from components.panels.inside.health import health_pictures
from components.panels.inside.network import network_pictures
from components.panels.inside.view import View
from components.panels.overview.functions import activation_pictures
from components.panels.overview.gradient import gradient_pictures
from components.panels.overview.loss import loss_pictures
from components.panels.pictures import MIMES as PICTURE_MIMES
from components.panels.pictures import offer
from components.panels.remedies import is_tested
from components.panels.verdict import figures, verdict
from components.runs import Runs, shared_runs
from components.serving.turnstile import Turnstile
from components.settings import state
from components.settings.choice import Choice
from components.words.text import Text
from models import History
from models.diagnostics import kept_by_all, standing
from models.norms import NORMS
from models.version import engine_version

Made = TypeVar("Made")
_one_at_a_time = Turnstile(1)
AT_ONCE = 4  # pictures of many that are drawn before it is somebody else's turn
WAIT_SECONDS = 60.0  # for a run that is no longer in the cache
MIMES = {
    "py": "text/x-python",
    "ipynb": "application/x-ipynb+json",
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "json": "application/json",
    "gif": "image/gif",
    "html": "text/html",
    "zip": "application/zip",
}
EMBEDDED_HEIGHT = 900  # pixels: the first screen of a wide page


class GoneError(RuntimeError):
    """The run could not be had any more."""


@dataclass(frozen=True)
class File:
    """A file that is offered.

    Attributes:
        part: of the panel, and its folder where all is taken at once.
        make: makes it.
        name: tells it from others of the same runs.
        ending: of its name.
        label: what stands on its button.
        alone: whether it is of one run, the chosen one.
    """

    part: str
    make: Callable[["Taken"], bytes | str]
    name: str
    ending: str
    label: str
    alone: bool = False

    def called(self, taken: "Taken") -> str:
        """The file's name."""
        experiments = taken.choice.experiments
        of = [experiments[taken.place]] if self.alone else experiments
        return file_name(of, self.name, ending=self.ending)


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

    @property
    def compares(self) -> bool:
        """Whether these are two runs side by side."""
        return len(self.choice.experiments) == 2 and not self.choice.many

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
        return progress.trained

    def look(self, histories: Sequence[History]) -> tuple[Source, list[History]]:
        """What is drawn of them; of many each member's best run, in its style."""
        if not self.choice.many:
            return self.source, list(histories)
        style, shown = family.members(self.source.style, histories, self.choice.many)
        return replace(self.source, style=style), shown


def take_away(style: Style, choice: Choice, histories: tuple[History, ...]) -> None:
    """Draw all that is offered; closed, nothing of it costs anything."""
    words = style.words
    with st.expander(
        words("take.title"), icon=":material/download:", on_change="rerun", key="take away"
    ) as opened:
        if not opened.open:
            return
        if not all(history.finished for history in histories):
            st.caption(words("take.later"))
            return
        place = _choose_run(style)
        network = 0 if choice.many else network_in_view(histories)
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


def _choose_run(style: Style) -> int:
    """Which run the programs and the setting are of."""
    words = style.words
    names = style.names
    if len(names) == 1:
        return 0
    chosen = st.selectbox(words("take.run"), names, key=f"take {' '.join(names)}", width=340)
    return names.index(chosen)


def files(taken: Taken, histories: tuple[History, ...]) -> list[File]:
    """All that is offered beside the pictures, in its order."""
    words, network = taken.source.words, f"network{taken.network}"
    offered = [
        File("code", _network_program, network, "py", words("take.program"), alone=True),
        File("code", _notebook, network, "ipynb", words("take.notebook"), alone=True),
        File("code", _ensemble_program, "all", "py", words("take.ensemble"), alone=True),
        File("code", _both_program, f"{network}-both", "py", words("take.both")),
        File("code", _both_notebook, f"{network}-both", "ipynb", words("take.both_notebook")),
        File("data", _csv, "history", "csv", "CSV"),
        File("data", _parquet, "history", "parquet", "Parquet"),
        File("data", _weights, "weights", "json", words("take.weights")),
        File("data", _setting, "setting", "json", words("take.setting"), alone=True),
        File("data", _first_weights, f"{network}-start", "json", words("take.first"), alone=True),
        File("data", _last_weights, f"{network}-end", "json", words("take.last"), alone=True),
        File("pictures", _animation, f"replay-{network}", "gif", words("take.replay")),
        File("share", _report, "report", "html", words("take.report")),
    ]
    missing = set() if taken.compares else {_both_program, _both_notebook}
    if not _has_replay(taken, histories):
        missing.add(_animation)
    if not data.has_weights(histories):
        missing.add(_weights)
    for make, frame in ((_first_weights, 0), (_last_weights, -1)):
        if not data.can_start(histories, taken.network, frame):
            missing.add(make)
    return [file for file in offered if file.make not in missing]


def _offer(taken: Taken, histories: tuple[History, ...], part: str) -> None:
    for file in files(taken, histories):
        if file.part == part:
            _file(taken, file)


def _code(words: Text, taken: Taken, histories: tuple[History, ...]) -> None:
    with _group(words("take.code")):
        _offer(taken, histories, "code")
    st.caption(words("take.code_about", network=taken.network, name=_name(taken)))


def _data(words: Text, taken: Taken, histories: tuple[History, ...]) -> None:
    with _group(words("take.data")):
        _offer(taken, histories, "data")
    st.caption(words("take.data_caption", name=_name(taken), reading=data.READING))
    if data.can_start(histories, taken.network, 0):
        control = words("controls.start")
        st.caption(
            words("take.own_caption", name=_name(taken), network=taken.network, control=control)
        )
        if histories[taken.place].experiment.norm in NORMS:
            st.caption(words("take.own_norms"))
    if not data.has_weights(histories):
        st.caption(words("take.no_weights"))


def _pictures(words: Text, taken: Taken, histories: tuple[History, ...]) -> None:
    offered = _offered_slides(taken, histories)
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
        _offer(taken, histories, "pictures")
    if not taken.choice.many and not _has_replay(taken, histories):
        last = max(kept_by_all(histories))
        st.caption(words("surfaces.not_kept", network=taken.network, last=last))
    st.caption(words("take.pictures_caption"))


def _share(words: Text, taken: Taken, histories: tuple[History, ...]) -> None:
    link = taken.source.link
    with _group(words("take.share")):
        _offer(taken, histories, "share")
        _file(taken, File("", _everything, "everything", "zip", words("take.everything")))
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
    return Markup(
        '<iframe src="{}&amp;embed=true" title="{}"\n'
        '  width="100%" height="{}" style="border: 0" loading="lazy"></iframe>'
    ).format(link, title, EMBEDDED_HEIGHT)


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
    heading(title, level=3)
    return st.container(horizontal=True, gap="small", vertical_alignment="bottom")


def _file(taken: Taken, file: File) -> None:
    """A button that makes a file when it is pressed, what is long to make piece by piece."""
    make = file.make if file.make is _everything else partial(_in_turn, file.make)
    st.download_button(
        file.label,
        partial(make, taken),
        file.called(taken),
        MIMES[file.ending],
        on_click="ignore",
        icon=":material/download:",
        key=f"take {file.name} {file.ending}",
    )


def _in_turn(make: Callable[[Taken], Made], taken: Taken) -> Made:
    """Make a file, or some, when it is its turn.

    A run that has to be trained again is waited for before it is one's turn.
    """
    taken.histories()
    with _one_at_a_time.passed():
        return make(taken)


def _network_program(taken: Taken) -> str:
    history = taken.histories()[taken.place]
    return program.network_program(taken.source, [history], taken.network)


def _both_program(taken: Taken) -> str:
    return program.network_program(taken.source, taken.histories(), taken.network)


def _ensemble_program(taken: Taken) -> str:
    return program.ensemble_program(taken.source, taken.histories()[taken.place])


def _notebook(taken: Taken) -> bytes:
    return notebook.notebook(taken.source, [taken.histories()[taken.place]], taken.network)


def _both_notebook(taken: Taken) -> bytes:
    return notebook.notebook(taken.source, taken.histories(), taken.network)


def _csv(taken: Taken) -> bytes:
    return data.csv(taken.source, taken.histories())


def _parquet(taken: Taken) -> bytes:
    return data.parquet(taken.source, taken.histories())


def _weights(taken: Taken) -> str:
    return data.weights(taken.source, taken.histories(), taken.network)


def _setting(taken: Taken) -> str:
    return data.setting(taken.choice.experiments[taken.place])


def _first_weights(taken: Taken) -> str:
    return data.own_weights(taken.histories()[taken.place], taken.network, 0)


def _last_weights(taken: Taken) -> str:
    return data.own_weights(taken.histories()[taken.place], taken.network, -1)


def _animation(taken: Taken) -> bytes:
    return animation.animation(taken.source, taken.histories(), taken.network)


def _report(taken: Taken) -> str:
    histories, words = taken.histories(), taken.source.words
    source, shown = taken.look(histories)
    if taken.choice.many:
        standings = [standing(history) for history in shown]
        several = len(shown) < len(histories)
        said = family.verdict(source.style, shown, standings, taken.choice.many, several)
    else:
        tested = [is_tested(history, shown) for history in shown]
        said = verdict(source.style, tuple(shown), tested)
    surfaces = None
    if _has_replay(taken, histories):
        surfaces = animation.last_frame(source, histories, taken.network)
    return report.report(
        source,
        [history.experiment for history in shown],
        report.Said(said, figures(source.style, tuple(shown))),
        _charts(taken, histories, large=False),
        surfaces,
        words("export.program", name=_name(taken), network=taken.network),
        program.network_program(source, [histories[taken.place]], taken.network),
    )


def _everything(taken: Taken) -> bytes:
    """All files, those of one run for every run, and all pictures, in one."""
    return bundle(taken.source, taken.choice.experiments, _pieces(taken))


def _pieces(taken: Taken) -> Iterator[Piece]:
    words, histories = taken.source.words, taken.histories()
    for file in files(taken, histories):
        for place in range(len(histories)) if file.alone else [taken.place]:
            of = replace(taken, place=place)
            content = _in_turn(file.make, of)
            content = content if isinstance(content, bytes) else content.encode()
            what = f"{file.label} ({_name(of)})" if file.alone else file.label
            yield Piece(f"{file.part}/{file.called(of)}", what, content)
    slides = _in_turn(partial(_slides, histories=histories), taken)
    for low in range(0, len(slides), AT_ONCE):
        few = slides[low : low + AT_ONCE]
        for kind in PICTURE_MIMES:
            drawn = _in_turn(partial(_draw, few, kind), taken)
            for picture, content in zip(few, drawn, strict=True):
                yield Piece(f"pictures/{picture.file_name(kind)}", _called(words, picture), content)


def _draw(few: Sequence[Picture], kind: str, taken: Taken) -> list[bytes]:
    return pictures.draw(few, kind)


def _offered_slides(taken: Taken, histories: tuple[History, ...]) -> list[Picture]:
    """What the pictures are called, without what is in them: that is drawn when it is taken."""
    asked = taken.choice, taken.source, taken.network, taken.scale

    def offered() -> list[Picture]:
        return [pictures.bare(picture) for picture in _slides(taken, histories)]

    return shelf.get(("slides", *asked), offered)


def _slides(taken: Taken, histories: tuple[History, ...]) -> list[Picture]:
    """All pictures, large: those of the first screen, and of the look inside."""
    source, shown = taken.look(histories)
    source = replace(source, style=replace(source.style, large=True))
    first_screen = _charts(taken, histories, large=True)
    if taken.choice.many:
        return [*first_screen, *family.table_pictures(shown, source, taken.choice.many)]
    slides = [*first_screen, *fates.fate_pictures(histories, source)]
    if _has_replay(taken, histories):
        view = View(source.style, histories, taken.network)
        for make in (network_pictures, product_pictures, health_pictures):
            slides += make(view, source)
    return slides


def _charts(taken: Taken, histories: tuple[History, ...], large: bool) -> list[Picture]:
    """The charts of the first screen; not ``large``, those that move are there once."""
    source, shown = taken.look(histories)
    source = replace(source, style=replace(source.style, large=large))
    if taken.choice.many:
        makers = family.CHARTS[taken.choice.many]
        return [picture for make in makers for picture in make(shown, source)]
    networks = [taken.network] * len(histories)
    gradients = gradient_pictures(histories, networks, source)
    if not large:
        about = legend.gradient_lines(source, histories, networks)
        gradients = [replace(picture, about=about) for picture in gradients[:1]]
    return [
        *gradients,
        *loss_pictures(histories, networks, taken.scale, source),
        *activation_pictures(histories, source),
    ]


def _called(words: Text, picture: Picture) -> str:
    """What a picture is called among the others: its title, its run, its moment."""
    names = picture.source.style.names
    run = [] if picture.shown is None or len(names) == 1 else [names[picture.shown]]
    moment = [words(f"numbers.{picture.moment}")] if picture.moment else []
    more = ", ".join([*run, *moment])
    return f"{picture.title} ({more})" if more else picture.title


def _chart(taken: Taken, place: int, kind: str) -> bytes:
    return pictures.draw([_slides(taken, taken.histories())[place]], kind)[0]


def _has_replay(taken: Taken, histories: tuple[History, ...]) -> bool:
    """Whether what the network in view answers can be drawn."""
    return not taken.choice.many and taken.network in kept_by_all(histories)


def _name(taken: Taken) -> str:
    return taken.source.style.names[taken.place]
