"""Many activations from the same weights: a sentence, three pictures, a table to sort."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from components.drawing.charts import arrow, family
from components.drawing.charts.style import Style
from components.drawing.elements import Height, chart, headed, named, spec_of
from components.drawing.made import once
from components.export.pictures import Picture
from components.export.source import Source
from components.export.tables import table_drawing
from components.panels.fates import in_words
from components.panels.pictures import offer_pictures
from components.panels.tables import gradient_table, loss_table, shares_table
from components.settings import state
from components.settings.naming import style_of
from components.settings.state import COMPARABLE
from components.words.numbers import UNKNOWN, number, percent, whole
from components.words.text import Text
from models import Experiment, History
from models.comparison import shared_start
from models.diagnostics import Standing, best, standing
from models.timing import seconds_per_step

TABLED = ("steps", "ratio", "shrink", "parameters")
"""Figures of a member that are the same on every machine."""


def draw(words: Text, style: Style, histories: tuple[History, ...]) -> None:
    """Draw the family; with several rates, each member at its best one."""
    look, shown = members(words, style, histories)
    standings = [standing(history) for history in shown]
    st.html(verdict(words, look, shown, standings, len(shown) < len(histories)))
    with st.grid(3, min_column_width=280, gap="medium", key="charts") as grid:
        with grid.cell():
            share_cell(words, look, shown, standings)
        with grid.cell():
            losses_cell(words, look, shown)
        with grid.cell():
            _gradients(words, look, shown)
    at_first = [runs[0] for runs in _by_member(histories)]
    rows = list(dict.fromkeys([*at_first, *shown]))
    _table(words, style, rows, histories[0].experiment)


def members(words: Text, style: Style, histories: Sequence[History]) -> tuple[Style, list[History]]:
    """A run of each member, the best where several rates were tried, and how they look."""
    shown = [best(runs) for runs in _by_member(histories)]
    return _style(words, style, [history.experiment for history in shown]), shown


def _by_member(histories: Sequence[History]) -> list[list[History]]:
    """Each activation's runs, the one at the first run's rate first."""
    members: dict[str, list[History]] = {}
    for history in histories:
        members.setdefault(history.experiment.activation, []).append(history)
    return list(members.values())


def _style(words: Text, style: Style, experiments: Sequence[Experiment]) -> Style:
    """One colour and name a member, whatever rate it is shown at."""
    rate = experiments[0].learning_rate
    same = [replace(experiment, learning_rate=rate) for experiment in experiments]
    return style_of(words, style.dark, same, style.large)


def verdict(
    words: Text,
    style: Style,
    histories: Sequence[History],
    standings: Sequence[Standing],
    several: bool,
) -> str:
    """Who solves it most often, and who never does and why; computed."""
    most = max(one.solved for one in standings)
    winners = [place for place, one in enumerate(standings) if one.solved == most > 0]
    losers = [place for place, one in enumerate(standings) if not one.solved]
    rate = f"{histories[0].experiment.learning_rate:g}"
    first, *others = (history.experiment for history in histories)
    start = all(shared_start(first, other) == "same" for other in others)
    if several:
        begin = words("family.each_best" if start else "family.each_best_two_sets")
    else:
        begin = words("family.same_rate" if start else "family.same_rate_two_sets", rate=rate)
    sentences = [begin]
    task, count = standings[0].task, standings[0].networks
    if winners:
        names = ", ".join(named(style, place) for place in winners)
        sentences.append(words("family.most", task=task, names=names, solved=most, count=count))
    if losers:
        names = ", ".join(
            f"{named(style, place)} "
            f"({in_words(words, histories[place].experiment, _majority(standings[place]))})"
            for place in losers
        )
        sentences.append(words("family.never", task=task, names=names))
    return f'<p class="vgl-verdict">{" ".join(sentences)}</p>'


def _majority(one: Standing) -> str:
    """The fate that most networks met."""
    return max(one.fates, key=lambda fate: one.fates[fate])


def share_cell(
    words: Text,
    style: Style,
    histories: Sequence[History],
    standings: Sequence[Standing],
    height: Height = "content",
) -> None:
    """How many networks of each run solved it, with the interval."""
    headed(
        words,
        words("family.share_title", task=standings[0].task),
        "shares",
        numbers=lambda: [shares_table(words, style, standings)],
        more=_offered(words, style, histories, "shares", share_pictures),
    )
    spec, tables = _shares(style, histories, standings)
    _chart(words, style, "shares", spec, tables, height)
    st.caption(words("family.share_caption", networks=standings[0].networks))


def losses_cell(
    words: Text, style: Style, histories: Sequence[History], height: Height = "content"
) -> None:
    """Each run's median loss."""
    headed(
        words,
        words("charts.loss_title"),
        "losses",
        numbers=lambda: [loss_table(words, style, histories, "linear")],
        more=_offered(words, style, histories, "losses", losses_pictures),
    )
    tables = once(_losses, style, histories)
    _chart(words, style, "losses", spec_of(family.losses_chart, style), tables, height)
    st.caption(words("family.loss_caption"))


def _losses(words: Text, style: Style, histories: Sequence[History]) -> dict[str, pd.DataFrame]:
    lines = family.loss_frame(histories, style)
    names = family.name_frame(lines, "step", "middle", 0.0, family.USUAL_LOSS)
    return {"losses": lines, "names": names}


def _offered(
    words: Text,
    style: Style,
    histories: Sequence[History],
    key: str,
    make: Callable[[Sequence[History], Source], list[Picture]],
) -> Callable[[], None]:
    """What offers a chart as a picture."""
    return partial(offer_pictures, words, style, key, partial(make, histories), histories)


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


def table_pictures(histories: Sequence[History], source: Source) -> list[Picture]:
    """The table of a family, without how fast this server is."""
    words, style = source.words, source.style
    heads = [
        words("charts.activation"),
        words("controls.learning_rate"),
        words("figures.solved", task=histories[0].experiment.task.label),
        words("figures.solved_note"),
        words("family.others"),
        *(words(f"family.{figure}") for figure in TABLED),
    ]
    rows = [
        _written(words, name, history) for name, history in zip(style.names, histories, strict=True)
    ]
    about = " ".join(
        f"{words(f'family.{figure}')}: {words(f'family.{figure}_help')}" for figure in TABLED
    )
    drawing = table_drawing(style, heads, rows, style.inks)
    experiments = tuple(history.experiment for history in histories)
    title = words("export.family_table")
    return [Picture(source, experiments, "table", title, about=about, drawing=drawing)]


def _written(words: Text, name: str, history: History) -> list[str]:
    """A row of the table as it is written."""
    row, one = _row(words, history), standing(history)
    return [
        name,
        f"{row['rate']:g}",
        f"{one.solved} / {one.networks} ({percent(one.share)})",
        row["interval"],
        row["fates"] or UNKNOWN,
        whole(one.steps) if np.isfinite(one.steps) else UNKNOWN,
        number(row["ratio"]),
        number(row["shrink"], 3),
        whole(row["parameters"]),
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
    names = family.name_frame(lines, "layer", "log", low, high)
    spec = spec_of(family.gradients_chart, style, low, high)
    return spec, {"gradients": lines, "names": names}


def _gradients(words: Text, style: Style, histories: Sequence[History]) -> None:
    headed(
        words,
        words("family.gradient_title"),
        "gradients",
        numbers=lambda: [gradient_table(words, style, histories)],
        more=_offered(words, style, histories, "gradients", gradients_pictures),
    )
    spec, tables = _gradient(style, histories)
    _chart(words, style, "gradients", spec, tables)
    st.caption(words("family.gradient_caption"))


def _chart(
    words: Text,
    style: Style,
    kind: str,
    spec: dict,
    tables: dict[str, pd.DataFrame],
    height: Height = "content",
) -> None:
    alt = words(f"alt.{kind}", names=", ".join(style.names))
    chart(spec, arrow(tables), key=f"chart {kind}", alt=alt, height=height)


def _table(words: Text, style: Style, histories: Sequence[History], first: Experiment) -> None:
    """A row a run, to be sorted by any column; a click on one opens it in the lab."""
    rows = pd.DataFrame([_row(words, history) for history in histories])
    rows["time"] = _times(histories)
    # Without a width one is as wide as its head and its widest cell.
    bar, sentence = (round(width * style.scale) for width in (104, 200))
    columns: dict[str, Any] = {
        "activation": st.column_config.TextColumn(words("charts.activation"), pinned=True),
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
        "steps": _figure(words, "steps", "localized"),
        "ratio": _figure(words, "ratio", "%.2g"),
        "shrink": _figure(words, "shrink", "%.3g"),
        "parameters": _figure(words, "parameters", "localized"),
        "time": _figure(words, "time", "%.1f"),
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
            _open(history.experiment, first)
            st.rerun()


def _figure(words: Text, figure: str, form: str) -> Any:
    """A column of figures: a short name, and what it is behind it."""
    label, hint = words(f"family.{figure}"), words(f"family.{figure}_help")
    return st.column_config.NumberColumn(label, format=form, help=hint)


def _times(histories: Sequence[History]) -> list[float | None]:
    """Microseconds that one network's step takes; while runs go on, that would slow them."""
    if not all(history.finished for history in histories):
        return [None] * len(histories)
    experiments = [history.experiment for history in histories]
    each = zip(experiments, seconds_per_step(experiments), strict=True)
    return [1e6 * seconds / experiment.networks for experiment, seconds in each]


def _row(words: Text, history: History) -> dict:
    experiment, one = history.experiment, standing(history)
    others = (
        words("fate.counted", count=count, fate=in_words(words, experiment, fate))
        for fate, count in one.fates.items()
        if fate != "solved"
    )
    return {
        "activation": experiment.phi.label,
        "rate": experiment.learning_rate,
        "solved": round(100 * one.share),
        "interval": f"{percent(one.low)} – {percent(one.high)}",
        "fates": ", ".join(others),
        "steps": one.steps if np.isfinite(one.steps) else None,
        "ratio": one.ratio,
        "shrink": one.shrink,
        "parameters": experiment.parameter_count,
    }


def _open(chosen: Experiment, first: Experiment) -> None:
    """Put a member beside the first run; the first run itself stands alone."""
    alone = chosen.activation == first.activation and chosen == first
    own: dict[str, Any] = {f"compare_{name}": None for name in COMPARABLE}
    if chosen.learning_rate != first.learning_rate:
        own["compare_learning_rate"] = chosen.learning_rate
    state.put_all(own | {"compare": state.NONE if alone else chosen.activation})
