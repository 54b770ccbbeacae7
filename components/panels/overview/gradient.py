"""The gradient that reaches each layer, at any step."""

import math
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa
import streamlit as st
from markupsafe import Markup

from components.drawing.charts import arrow, gradient
from components.drawing.charts.gradient import ALL
from components.drawing.charts.style import Style
from components.drawing.elements import headed, spec_of
from components.drawing.made import once
from components.drawing.theory import caveats, expected
from components.export import legend
from components.export.pictures import MOMENTS, Picture
from components.export.source import Source
from components.panels.overview.cell import draw_chart, each_named
from components.panels.pictures import offer_pictures
from components.panels.tables import gradient_table
from components.words.numbers import number, percent, power_of_ten
from components.words.text import Text
from models import History
from models.diagnostics import (
    born_dead,
    flat_rest,
    gradient_trend,
    initial_norm,
    solved_since,
)
from models.norms import NORMS
from models.predicted import predicted_dead


def gradient_cell(
    style: Style,
    histories: tuple[History, ...],
    networks: list[int],
    of_one: bool = False,
) -> None:
    """The gradient of each layer, at any step; ``networks`` are the ones in view.

    ``of_one``: it is about the network in view, whose line is the thick one, and about no median.
    """
    words = style.words
    how = partial(_gradient_how, style, histories)
    if of_one:
        how = partial(_of_one_how, words, networks[0])
    title = words("charts.gradient_title")
    numbers = partial(_gradient_numbers, style, histories, networks if of_one else ALL)
    pictures = partial(gradient_pictures, histories, networks, of_one=of_one)
    more = partial(offer_pictures, style, "gradient", pictures, histories)
    headed(words, title, "gradient", how, numbers, more=more)
    silent = once(_without_lines, style, histories)
    if len(silent) < len(histories):
        spec, tables = _gradient(style, histories, networks, of_one)
        draw_chart(style, "alt.gradient", spec, tables)
    for why in dict.fromkeys(silent.values()):
        names = ", ".join(name for name in silent if silent[name] == why)
        st.caption(words(why, name=names))
    if not silent:
        _gradient_captions(style, histories)


def gradient_pictures(
    histories: tuple[History, ...], networks: list[int], source: Source, of_one: bool = False
) -> list[Picture]:
    """The gradient of each layer at the start, and at the end; none where there is none."""
    if not gradient.has_lines(histories):
        return []
    spec, tables = _gradient(source.style, histories, networks, of_one)
    experiments = tuple(history.experiment for history in histories)
    name, title = f"gradient-network{networks[0]}", source.words("charts.gradient_title")
    return [
        Picture(
            source,
            experiments,
            name,
            title,
            spec,
            tables,
            moment,
            legend.gradient_lines(source, histories, networks, [place], of_one),
        )
        for moment, place in MOMENTS.items()
    ]


def _gradient_numbers(
    style: Style, histories: tuple[History, ...], networks: gradient.Networks
) -> list[Markup]:
    return [gradient_table(style, histories, networks)]


def _gradient(
    style: Style, histories: tuple[History, ...], networks: list[int], of_one: bool
) -> tuple[dict, dict[str, pa.Table]]:
    make = _tables_of_one if of_one else _gradient_tables
    tables = once(make, replace(style, large=False), histories, *networks)
    return spec_of(gradient.gradient_chart, style, of_one), tables


def _gradient_tables(
    style: Style, histories: tuple[History, ...], *networks: int
) -> dict[str, pa.Table]:
    frames = {
        "summary": gradient.summary_frame(histories, style),
        "single": gradient.single_frame(histories, networks, style),
        "theory": gradient.theory_frame(histories, style),
        "steps": gradient.step_frame(histories),
    }
    return arrow(frames)


def _tables_of_one(
    style: Style, histories: tuple[History, ...], *networks: int
) -> dict[str, pa.Table]:
    """With the network in view in place of the medians, and nothing that theory says of those."""
    frames = {
        "summary": gradient.summary_frame(histories, style, networks),
        "single": gradient.single_frame(histories, networks, style).assign(view=False),
        "theory": gradient.theory_frame(histories, style).iloc[:0],
        "steps": gradient.step_frame(histories),
    }
    return arrow(frames)


def _without_lines(style: Style, histories: tuple[History, ...]) -> dict[str, str]:
    """By the name of each run of whose gradient nothing can be drawn: the sentence why."""
    return {
        name: _why_silent(history)
        for name, history in zip(style.names, histories, strict=True)
        if not gradient.has_lines([history])
    }


def _why_silent(history: History) -> str:
    """The key of what is said of a run without any gradient."""
    if history.undefined.all():
        return "captions.undefined_all"
    return "captions.lost_all" if history.diverged.all() else "captions.zero_all"


def _gradient_captions(style: Style, histories: tuple[History, ...]) -> None:
    """What to see at the start, and late in training: the replay shows the one or the other."""
    words = style.words
    hidden = any(history.experiment.depth for history in histories)
    with st.container(key="gradient said"):
        st.caption(_early(style, histories) if hidden else words("captions.gradient_flat"))
        if hidden and (late := once(_late, style, histories)):
            st.caption(late)
        cut = (history.experiment.dtype for history in histories if gradient.is_cut(history))
        for dtype in dict.fromkeys(cut):
            least = power_of_ten(int(gradient.FAINTEST[dtype]))
            st.caption(words("captions.below", least=least, dtype=dtype))


def _early(style: Style, histories: tuple[History, ...]) -> str:
    """What to see at the start: a gradient that vanishes, or one that explodes."""
    words = style.words
    exploding = {
        name: number(initial_norm(history))
        for name, history in zip(style.names, histories, strict=True)
        if gradient_trend(history) == "exploding"
    }
    if not exploding:
        return words("captions.gradient")
    sizes = each_named(list(exploding), list(exploding.values()))
    return words("captions.gradient_explodes", sizes=sizes)


def _late(style: Style, histories: tuple[History, ...]) -> str:
    """Why gradients are small late in training: XOR is solved, or the loss is stuck."""
    words = style.words
    sentences = []
    for name, history in zip(style.names, histories, strict=True):
        rest = flat_rest(history)
        if rest:
            height = number(rest.height, decimals=3)
            sentences.append(words("captions.late_rests", name=name, height=height))
        elif solved_since(history) is not None:
            task = history.experiment.task.label
            sentences.append(words("captions.late_solved", name=name, task=task))
    return words("captions.late", each=" ".join(sentences)) if sentences else ""


def _flat_rests(style: Style, histories: tuple[History, ...]) -> list[str]:
    """Of each run that only looks cured at the end: where it rests, and how little is left."""
    words = style.words
    rests = zip(style.names, map(flat_rest, histories), strict=True)
    return [
        words(
            "how.flat_rest",
            name=name,
            height=number(rest.height, decimals=3),
            bound=number(_rounded_up(rest.gradient), 1),
        )
        for name, rest in rests
        if rest
    ]


def _rounded_up(value: float) -> float:
    """The next number of one digit above a positive one."""
    power = 10.0 ** math.floor(math.log10(value))
    return (math.floor(value / power) + 1) * power


def _gradient_how(style: Style, histories: tuple[History, ...]) -> list[str]:
    words = style.words
    networks = histories[0].experiment.networks
    parts = _flat_rests(style, histories)
    parts.append(_lines_of_gradient(words, histories))
    if any(expected(history.experiment).profile is not None for history in histories):
        parts.append(words("how.theory"))
    for name, history in zip(style.names, histories, strict=True):
        parts += _theory_how(words, name, history)
        if gradient_trend(history) == "exploding":
            normed = history.experiment.norm in NORMS  # which keeps the signal's size
            parts.append(words("how.explodes_normed" if normed else "how.explodes", name=name))
        known = np.isfinite(history.loss[[0, -1]]).sum(axis=1)
        if known.min() < networks and known.any():
            first, last = map(int, known)
            parts.append(words("how.known", name=name, networks=networks, start=first, end=last))
        start, end = (history.weight_gradient_norm[[0, -1]] == 0).any(axis=1).sum(axis=1)
        if start or end:
            parts.append(words("how.zero", name=name, start=start, end=end, networks=networks))
    return parts


def _of_one_how(words: Text, network: int) -> list[str]:
    return [words("how.gradient_of_one", network=network)]


def _lines_of_gradient(words: Text, histories: tuple[History, ...]) -> str:
    networks = histories[0].experiment.networks
    return words("how.gradient" if networks > 1 else "how.gradient_one", networks=networks)


def _theory_how(words: Text, name: str, history: History) -> list[str]:
    """Where theory is off, or silent; and how many ReLU networks it expects to be born dead."""
    experiment, parts = history.experiment, []
    reasons = caveats(words, experiment)
    if reasons:
        silent = expected(experiment).shrink is None
        key = "how.no_theory" if silent else "how.theory_off"
        parts.append(words(key, name=name, reasons=reasons))
    expects = predicted_dead(experiment)
    if expects is not None:
        dead, share = int(born_dead(history).sum()), percent(expects)
        networks = experiment.networks
        parts.append(words("how.born_dead", name=name, dead=dead, networks=networks, share=share))
    return parts
