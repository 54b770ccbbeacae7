"""What the lecture's program would print of the network in view."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from markupsafe import Markup

from components.drawing.charts.style import Style
from components.drawing.elements import line, section
from components.drawing.made import once
from components.drawing.markup import element, table
from components.drawing.plane import point_name, scale_words, target_name
from components.panels.fates import in_words, lowest_plateau
from components.words.numbers import UNKNOWN, number, percent, probability
from models import Experiment, History
from models.diagnostics import fates, lost_fate
from models.norms import NORMS


def printout(style: Style, histories: tuple[History, ...], network: int) -> None:
    """The lecture's printout: hypothesis, prediction, label, for the network in view."""
    words = style.words
    section(words("print.title"))
    st.html(once(_print_tables, style, histories, network))
    for said in _captions(style, [history.experiment for history in histories]):
        st.caption(said)


def _captions(style: Style, experiments: Sequence[Experiment]) -> list[str]:
    """How the tables are read."""
    words = style.words
    heights = [lowest_plateau(experiment) for experiment in experiments]
    if len(set(heights)) > 1:
        each = zip(heights, style.names, strict=True)
        heights = [f"{height} ({name})" for height, name in each]
    middle = scale_words(experiments)["middle"]
    said = [words("print.caption", height=", ".join(dict.fromkeys(heights)), middle=middle)]
    norms = [NORMS[e.norm] for e in experiments if e.norm in NORMS]
    return said + ([words("print.batch_norm")] if any(n.over_points for n in norms) else [])


def _print_tables(style: Style, histories: tuple[History, ...], network: int) -> Markup:
    """Side by side in one element: each of Streamlit's own takes its time."""
    tables = (_print_table(style, *each, network) for each in enumerate(histories))
    return element("div", *(element("div", one) for one in tables), class_="vgl-prints")


def _print_table(style: Style, place: int, history: History, network: int) -> Markup:
    words = style.words
    heads = [
        words(f"print.{name}") for name in ("point", "hypothesis", "prediction", "label", "verdict")
    ]
    task, output = history.experiment.task, history.experiment.output_layer
    rows, answers = [], history.hypothesis[-1, :, network]
    for point, (label, p) in enumerate(zip(task.labels.tolist(), answers, strict=True)):
        known, predicted = np.isfinite(p), bool(output.is_one(p))
        right = known and predicted == (label == 1)
        verdict = words("print.right" if right else "print.wrong") if known else UNKNOWN
        cells = (
            point_name(task, point),
            probability(p, output.middle),
            target_name(output, predicted) if known else UNKNOWN,
            target_name(output, label),
        )
        judged = element("td", verdict, class_=f"vgl-{'right' if right else 'wrong'}")
        rows.append(element("tr", *(element("td", cell) for cell in cells), judged))
    seed = history.experiment.seed + network
    if history.diverged[network]:
        lost = lost_fate(history.experiment)
        summary = words(f"print.{lost}", network=network, seed=seed)
    else:
        summary = words(
            "print.summary",
            network=network,
            seed=seed,
            fate=in_words(words, history.experiment, fates(history)[network]),
            accuracy=percent(float(history.accuracy[-1, network])),
            loss=number(history.loss[-1, network], decimals=4),
        )
    return line(style, place, summary) + table(heads, rows, class_="vgl-points")
