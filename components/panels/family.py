"""Many runs from the same weights: a sentence, pictures, a table to sort.

They are a family of activations, or a network in trouble and its remedies.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from markupsafe import Markup

from components.drawing.charts import arrow, family
from components.drawing.charts.style import Style
from components.drawing.elements import Height, chart, headed, named, spec_of
from components.drawing.made import once
from components.drawing.markup import element, joined
from components.export.pictures import Picture
from components.export.source import Source
from components.export.tables import table_drawing
from components.panels.fates import in_words
from components.panels.pictures import offer_pictures
from components.panels.tables import gradient_table, loss_table, shares_table
from components.settings import state
from components.settings.naming import style_of
from components.settings.state import CURES, FAMILY
from components.settings.state.runs import controls_beside
from components.words.numbers import UNKNOWN, number, percent, whole
from components.words.text import Text
from models import Experiment, History
from models.comparison import shared_gradient, shared_start
from models.diagnostics import ENOUGH, Standing, best, standing
from models.timing import seconds_per_step

FIGURES = {
    FAMILY: ("steps", "ratio", "shrink", "parameters"),
    CURES: ("steps", "ratio", "ratio_end"),
}
"""What is said of each run in numbers that are the same on every machine."""
FORMS = {
    "steps": "localized",
    "ratio": "%.2g",
    "ratio_end": "%.2g",
    "shrink": "%.3g",
    "parameters": "localized",
    "time": "%.1f",
}
"""How the table writes each figure."""
BETWEEN = " · "  # names that may hold commas


def draw(style: Style, histories: tuple[History, ...], many: str) -> None:
    """Draw many runs; with several rates, each member at its best one.

    Args:
        style: the page's.
        histories: each member's runs, the one at its own rate before those at others.
        many: what they are, ``FAMILY`` or ``CURES``.
    """
    look, shown = members(style, histories, many)
    standings = [standing(history) for history in shown]
    st.html(verdict(look, shown, standings, many, len(shown) < len(histories)))
    if many == FAMILY:
        with st.grid(3, min_column_width=280, gap="medium", key="charts") as grid:
            with grid.cell():
                share_cell(look, shown, standings)
            with grid.cell():
                losses_cell(look, shown)
            with grid.cell():
                _gradients(look, shown, many)
    else:
        _gradients(look, shown, many)
    at_first = [runs[0] for runs in _by_member(histories)]
    rows = list(dict.fromkeys([*at_first, *shown]))
    places = [[*map(_member, shown)].index(_member(row)) for row in rows]
    names, marks = ([each[place] for place in places] for each in (look.names, look.marks))
    _table(style, rows, names, marks, many)


def members(style: Style, histories: Sequence[History], many: str) -> tuple[Style, list[History]]:
    """A run of each member, the best where several rates were tried, and how they look."""
    words = style.words
    groups = _by_member(histories)
    shown = [best(runs) for runs in groups]
    # One colour and name a member, whatever rate it is shown at.
    own = [runs[0].experiment for runs in groups]
    experiments = own if len(shown) == len(histories) else [one.at_rate(1) for one in own]
    return style_of(words, style.dark, experiments, style.large, many), shown


def _by_member(histories: Sequence[History]) -> list[list[History]]:
    """The runs that differ in nothing but the rate, the one at the member's own rate first."""
    members: dict[Experiment, list[History]] = {}
    for history in histories:
        members.setdefault(_member(history), []).append(history)
    return list(members.values())


def _member(history: History) -> Experiment:
    """What all runs of a member have in common."""
    return history.experiment.at_rate(1)


def _from_other_weights(style: Style, histories: Sequence[History]) -> list[str]:
    """The names of those that have other weights from the first one's seeds."""
    first = histories[0].experiment
    each = zip(style.names, histories, strict=True)
    return [name for name, one in each if shared_start(first, one.experiment) != "same"]


def verdict(
    style: Style,
    histories: Sequence[History],
    standings: Sequence[Standing],
    many: str,
    several: bool,
) -> Markup:
    """Who solves it most often, and in the end, who did not and what became of it; computed."""
    words = style.words
    most = max(one.solved for one in standings)
    winners = [place for place, one in enumerate(standings) if one.solved == most > 0]
    losers = [place for place, one in enumerate(standings) if not one.solved]
    rate = f"{histories[0].experiment.learning_rate:g}"
    two_sets = many == FAMILY and _from_other_weights(style, histories)
    if many == CURES:
        begin = words("many.each_best" if several else "many.each_rate")
    elif several:
        begin = words("family.each_best_two_sets" if two_sets else "family.each_best")
    else:
        begin = words("family.same_rate_two_sets" if two_sets else "family.same_rate", rate=rate)
    done = min(int(history.steps[-1]) for history in histories)
    finished = all(history.finished for history in histories)
    sentences = [begin] if finished else [begin, words("many.so_far", steps=whole(done))]
    task, count = standings[0].task, standings[0].networks
    if winners:
        names = joined((named(style, place) for place in winners), ", ")
        sentences.append(
            words(f"many.most_{many}", task=task, names=names, solved=most, count=count)
        )
    elif not finished:
        sentences.append(words("many.none_yet", task=task))
    if losers and finished:
        each = (
            (at, in_words(words, histories[at].experiment, _majority(standings[at])))
            for at in losers
        )
        names = joined((named(style, at) + f" ({fate})" for at, fate in each), ", ")
        sentences.append(words(f"many.never_{many}", task=task, names=names, steps=whole(done)))
    return element("p", joined(sentences, " "), class_="vgl-verdict")


def _majority(one: Standing) -> str:
    """The fate that most networks met."""
    return max(one.fates, key=lambda fate: one.fates[fate])


def share_cell(
    style: Style,
    histories: Sequence[History],
    standings: Sequence[Standing],
    height: Height = "content",
) -> None:
    """How many networks of each run solved it, with the interval."""
    words = style.words
    headed(
        words,
        words("family.share_title", task=standings[0].task),
        "shares",
        numbers=lambda: [shares_table(style, standings)],
        more=_offered(style, histories, "shares", share_pictures),
    )
    spec, tables = _shares(style, histories, standings)
    _chart(style, "shares", spec, tables, height)
    st.caption(words("family.share_caption", networks=standings[0].networks))


def losses_cell(style: Style, histories: Sequence[History], height: Height = "content") -> None:
    """Each run's median loss."""
    words = style.words
    headed(
        words,
        words("charts.loss_title"),
        "losses",
        numbers=lambda: [loss_table(style, histories, "linear")],
        more=_offered(style, histories, "losses", losses_pictures),
    )
    tables = once(_losses, style, histories)
    _chart(style, "losses", spec_of(family.losses_chart, style), tables, height)
    st.caption(words("family.loss_caption"))


def _losses(style: Style, histories: Sequence[History]) -> dict[str, pd.DataFrame]:
    lines = family.loss_frame(histories, style)
    names = family.name_frame(lines, "step", "middle", 0.0, family.USUAL_LOSS, style)
    return {"losses": lines, "names": names}


def _offered(
    style: Style,
    histories: Sequence[History],
    key: str,
    make: Callable[[Sequence[History], Source], list[Picture]],
) -> Callable[[], None]:
    """What offers a chart as a picture."""
    return partial(offer_pictures, style, key, partial(make, histories), histories)


def share_pictures(histories: Sequence[History], source: Source) -> list[Picture]:
    """How many networks of each run solved it, to be taken away."""
    standings = [standing(history) for history in histories]
    task = standings[0].task
    title = source.words("family.share_title", task=task)
    networks = histories[0].experiment.networks
    about = source.words("export.shares_how", networks=networks, task=task)
    shares = _shares(source.style, histories, standings)
    return [_picture(source, histories, "solved", title, about, *shares)]


def losses_pictures(histories: Sequence[History], source: Source) -> list[Picture]:
    """Each run's median loss."""
    tables, title = once(_losses, source.style, histories), source.words("charts.loss_title")
    spec, about = spec_of(family.losses_chart, source.style), source.words("family.loss_caption")
    return [_picture(source, histories, "losses", title, about, spec, tables)]


def gradients_pictures(histories: Sequence[History], source: Source) -> list[Picture]:
    """Each run's gradient at the start."""
    title, about = source.words("family.gradient_title"), source.words("family.gradient_caption")
    gradients = _gradient(source.style, histories)
    return [_picture(source, histories, "gradients", title, about, *gradients)]


CHARTS = {
    FAMILY: (share_pictures, losses_pictures, gradients_pictures),
    CURES: (gradients_pictures,),
}
"""The charts of many runs, to be taken away."""


def table_pictures(histories: Sequence[History], source: Source, many: str) -> list[Picture]:
    """The table of many runs, without how fast this server is."""
    words, style, figures = source.words, source.style, FIGURES[many]
    heads = [
        words(f"many.member_{many}"),
        words("controls.learning_rate"),
        words("figures.solved", task=histories[0].experiment.task.label),
        words("figures.solved_note"),
        words("family.others"),
        *(words(f"family.{figure}") for figure in figures),
    ]
    rows = [
        _written(words, name, history, figures)
        for name, history in zip(style.names, histories, strict=True)
    ]
    about = " ".join(
        f"{words(f'family.{figure}')}: {words(f'family.{figure}_help')}" for figure in figures
    )
    drawing = table_drawing(style, heads, rows, style.inks)
    experiments = tuple(history.experiment for history in histories)
    title = words(f"many.taken_{many}")
    return [Picture(source, experiments, "table", title, about=about, drawing=drawing)]


def _written(words: Text, name: str, history: History, figures: Sequence[str]) -> list[str]:
    """A row of the table as it is written."""
    row, one = _row(words, name, history), standing(history)
    written = {
        "steps": whole(one.steps) if np.isfinite(one.steps) else UNKNOWN,
        "ratio": number(row["ratio"]),
        "ratio_end": number(row["ratio_end"]),
        "shrink": number(row["shrink"], 3),
        "parameters": whole(row["parameters"]),
    }
    return [
        name,
        f"{row['rate']:g}",
        f"{one.solved} / {one.networks} ({percent(one.share)})",
        row["interval"],
        row["fates"] or UNKNOWN,
        *(written[figure] for figure in figures),
    ]


def _picture(
    source: Source,
    histories: Sequence[History],
    name: str,
    title: str,
    about: str,
    spec: dict,
    tables: dict[str, pd.DataFrame],
) -> Picture:
    experiments = tuple(history.experiment for history in histories)
    return Picture(source, experiments, name, title, spec, arrow(tables), about=about)


def _shares(
    style: Style, histories: Sequence[History], standings: Sequence[Standing]
) -> tuple[dict, dict[str, pd.DataFrame]]:
    rates = [f"{history.experiment.learning_rate:g}" for history in histories]
    tables = {"standings": family.share_frame(standings, rates, style)}
    return spec_of(family.share_chart, style, standings[0].task), tables


def _gradient(style: Style, histories: Sequence[History]) -> tuple[dict, dict[str, pd.DataFrame]]:
    lines = family.gradient_frame(histories, style)
    low, high = family.domain(lines["log"])
    names = family.name_frame(lines, "layer", "log", low, high, style)
    spec = spec_of(family.gradients_chart, style, low, high)
    return spec, {"gradients": lines, "names": names}


def _gradients(style: Style, histories: Sequence[History], many: str) -> None:
    words = style.words
    headed(
        words,
        words("family.gradient_title"),
        "gradients",
        numbers=lambda: [gradient_table(style, histories)],
        more=_offered(style, histories, "gradients", gradients_pictures),
    )
    spec, tables = _gradient(style, histories)
    _chart(style, "gradients", spec, tables)
    st.caption(_about_gradients(style, histories, many))


def _about_gradients(style: Style, histories: Sequence[History], many: str) -> str:
    """What the gradients are, and of remedies those that are, or cannot be, the first one's."""
    words = style.words
    sentences = [words("family.gradient_caption")]
    if many == CURES:
        alike, others = _of_one_gradient(style, histories), _from_other_weights(style, histories)
        if alike:
            names = BETWEEN.join(alike)
            sentences.append(words("cures.one_gradient", name=style.names[0], names=names))
        if others:
            sentences.append(words("cures.other_weights", names=BETWEEN.join(others)))
    return " ".join(sentences)


def _of_one_gradient(style: Style, histories: Sequence[History]) -> list[str]:
    """The names of those that begin with the first one's very gradient."""
    first, *others = (history.experiment for history in histories)
    each = zip(style.names[1:], others, strict=True)
    return [name for name, one in each if shared_gradient(first, one)]


def _chart(
    style: Style,
    kind: str,
    spec: dict,
    tables: dict[str, pd.DataFrame],
    height: Height = "content",
) -> None:
    words = style.words
    alt = words(f"alt.{kind}", names=", ".join(style.names))
    chart(spec, arrow(tables), key=f"chart {kind}", alt=alt, height=height)


def _table(
    style: Style,
    histories: Sequence[History],
    names: Sequence[str],
    marks: Sequence[str],
    many: str,
) -> None:
    """A row a run, to be sorted by any column; a click on one opens it in the lab.

    A name has the sign that its line has in the chart of the gradients.
    """
    words = style.words
    first = histories[0].experiment
    # In large type a projector has no room for how long it took.
    figures = FIGURES[many] if style.large else (*FIGURES[many], "time")
    rows = pd.DataFrame([_row(words, *each) for each in zip(names, histories, strict=True)])
    if "time" in figures:
        rows["time"] = _times(histories)
    rows["name"] = [f"{mark} {name}" for mark, name in zip(marks, names, strict=True)]
    rows = rows.drop(columns=[*{*FORMS}.intersection(rows).difference(figures)])
    # Without a width one is as wide as its head and its widest cell.
    # Of remedies fewer figures are told, but in large type a narrow projector has no more room.
    wide = 200 if many == FAMILY or style.large else 235
    bar, sentence = (round(width * style.scale) for width in (104, wide))
    columns: dict[str, Any] = {
        "name": st.column_config.TextColumn(words(f"many.member_{many}"), pinned=True),
        "rate": st.column_config.NumberColumn(words("controls.learning_rate"), format="%g"),
        "solved": st.column_config.ProgressColumn(
            words("figures.solved", task=first.task.label),
            format="%d%%",
            min_value=0,
            max_value=100,
            width=bar,
        ),
        "interval": st.column_config.TextColumn(words("figures.solved_note")),
        "fates": st.column_config.TextColumn(words("family.others"), width=sentence),
        **{figure: _figure(words, figure) for figure in figures},
    }
    st.caption(words("family.table", name=first.phi.label))
    table = st.dataframe(
        rows,
        column_config=columns,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        width="stretch",
        height="content",
        placeholder=UNKNOWN,
        key="family table",
    )
    for place, history in enumerate(histories):
        if table.selection.rows == [place]:
            state.put_all(controls_beside(first, history.experiment))
            st.rerun()


def _figure(words: Text, figure: str) -> Any:
    """A column of figures: a short name, and what it is behind it."""
    label, hint = words(f"family.{figure}"), words(f"family.{figure}_help")
    return st.column_config.NumberColumn(label, format=FORMS[figure], help=hint)


def _times(histories: Sequence[History]) -> list[float | None]:
    """Microseconds that one network's step takes; while runs go on, that would slow them."""
    if not all(history.finished for history in histories):
        return [None] * len(histories)
    experiments = [history.experiment for history in histories]
    each = zip(experiments, seconds_per_step(experiments), strict=True)
    return [1e6 * seconds / experiment.networks for experiment, seconds in each]


def _row(words: Text, name: str, history: History) -> dict:
    experiment, one = history.experiment, standing(history)
    others = (
        words("fate.counted", count=count, fate=in_words(words, experiment, fate))
        for fate, count in one.fates.items()
        if fate != "solved"
    )
    return {
        "name": name,
        "solved": round(100 * one.share),
        "interval": f"{percent(one.low)} – {percent(one.high)}",
        "rate": experiment.learning_rate,
        "fates": ", ".join(others),
        "steps": one.steps if np.isfinite(one.steps) else None,
        "ratio": one.ratio,
        "ratio_end": one.ratio_end if one.share >= ENOUGH else np.nan,  # else it rests somewhere
        "shrink": one.shrink,
        "parameters": experiment.parameter_count,
    }
