"""Loss and accuracy against the step: median, quartile band, the network in view, plateaus."""

from collections.abc import Callable, Sequence

import altair as alt
import numpy as np
import pandas as pd

from components.drawing.charts.ends import end_names
from components.drawing.charts.style import (
    LABEL_SIZE,
    PLACE,
    Style,
    axis,
    flush_axis,
    name_tip,
    position,
    steps_scale,
    tip,
)
from models import History
from models.diagnostics import plateaus_of, quartiles

SCALES = ("linear", "log", "accuracy")
SMALLEST_LOSS = 1e-6
LARGEST_LOSS = 10.0
USUAL_LOSS = 1.2  # a first step beyond it is cut off rather than squeezing everything else


def curve_frame(
    histories: Sequence[History], networks: Sequence[int], scale: str, style: Style
) -> pd.DataFrame:
    """Columns ``step, arm, low, middle, high, view``.

    For the loss: quartiles and median over the networks; for the accuracy: its mean (``low`` and
    ``high`` are empty). ``view`` is the network in view, one an experiment.
    """
    parts = []
    for arm, history, network in zip(style.names, histories, networks, strict=True):
        if scale == "accuracy":
            middle = np.nan_to_num(history.accuracy).mean(axis=1)
            low = high = np.full_like(middle, np.nan)
            view = history.accuracy[:, network]
        else:
            low, middle, high = loss_quartiles(history)
            view = history.loss[:, network]
        part = pd.DataFrame(
            {"step": history.steps, "low": low, "middle": middle, "high": high, "view": view}
        )
        parts.append(part.assign(arm=arm))
    frame = pd.concat(parts, ignore_index=True)
    columns = ["low", "middle", "high", "view"]
    if scale == "log":
        frame[columns] = frame[columns].clip(lower=SMALLEST_LOSS)
    # Far above the frame's edge is far enough: a line to 1e200 has no pixels to go to.
    frame[columns] = frame[columns].clip(upper=100 * LARGEST_LOSS)
    return frame


def plateau_frame(
    histories: Sequence[History], networks: Sequence[int], style: Style
) -> pd.DataFrame:
    """Columns ``height, label, seen``: ``seen`` where a median or a network in view sits on it."""
    seen: dict[tuple[str, float], bool] = {}
    for history, network in zip(histories, networks, strict=True):
        plateaus = history.experiment.plateaus
        apart = _told_apart(history)
        curves = (
            (loss_quartiles(history)[1], apart.mean(axis=1) > 1 / 2),
            (history.loss[:, network], apart[:, network]),
        )
        names = {name for curve in curves for name in _sat_on(history, *curve)}
        for plateau in plateaus.items():
            seen[plateau] = seen.get(plateau, False) or plateau[0] in names
    rows = [
        {
            "height": height,
            "label": style.words(f"plateaus.{name}", height=f"{height:.4f}"),
            "seen": sat_on,
        }
        for (name, height), sat_on in seen.items()
    ]
    return pd.DataFrame(rows)


def _sat_on(history: History, loss: np.ndarray, apart: np.ndarray) -> list[str]:
    """The plateaus that a curve sits on: on the highest only while the answers are alike."""
    merged = np.where(apart, np.nan, loss)
    found = (
        plateaus_of(history.steps, merged if name == "constant" else loss, {name: height})
        for name, height in history.experiment.plateaus.items()
    )
    return [name for names in found for name in names]


def _told_apart(history: History) -> np.ndarray:
    """[T, E] whether answers that may saturate are far apart: with one of four points all wrong the
    squared error is that of four answers in the middle.
    """
    low, high = history.experiment.output_layer.targets
    far = np.ptp(history.hypothesis, axis=1) > (high - low) / 2
    return far & history.experiment.output_layer.keeps_slope


def loss_quartiles(history: History) -> np.ndarray:
    """[3, T] quartiles over all networks; the loss of one that diverged counts as infinite."""
    result = quartiles(np.where(np.isnan(history.loss), np.inf, history.loss))
    return np.where(np.isnan(result), np.inf, result)


def has_line(history: History) -> bool:
    """Whether its median loss is a finite number at any step: else there is nothing to draw."""
    return bool(np.isfinite(loss_quartiles(history)[1]).any())


def is_usual(histories: Sequence[History]) -> bool:
    """Whether the medians stay under ``USUAL_LOSS`` for nine tenths of the steps.

    A median that ends at no finite number leaves the plot on any axis: it counts only if all do.
    """
    medians = [(history, loss_quartiles(history)[1]) for history in histories]
    finite = [(history, median) for history, median in medians if np.isfinite(median[-1])]
    for history, median in finite or medians:
        spans = np.diff(history.steps, prepend=0)
        high = ~(median < USUAL_LOSS)
        if spans[high].sum() > 0.1 * max(history.steps[-1], 1):
            return False
    return True


def in_nats(histories: Sequence[History]) -> bool:
    """Whether all losses are cross-entropies."""
    return all(history.experiment.output_layer.in_nats for history in histories)


def loss_chart(style: Style, scale: str, usual: bool, nats: bool = True) -> alt.LayerChart:
    """From the tables ``curves``, ``plateaus`` and ``steps``.

    Args:
        style: how it looks.
        scale: one of ``SCALES``.
        usual: whether a linear axis ends at ``USUAL_LOSS``, else at ``LARGEST_LOSS``.
        nats: whether that is what the loss is in.
    """
    losses = style.words("charts.loss" if nats else "charts.loss_squared")
    title = style.words("charts.accuracy") if scale == "accuracy" else losses
    y = _y(scale, title, usual)
    base = alt.Chart(alt.NamedData("curves")).encode(x=step_channel(style), color=style.color())
    band = base.mark_area(opacity=0.22, clip=True, tooltip=None).encode(y=y("low"), y2="high")
    view = base.mark_line(strokeWidth=1.2, strokeDash=[4, 3], clip=True, tooltip=None)
    view = view.encode(y=y("view"))
    middle = base.mark_line(strokeWidth=3, clip=True)
    middle = middle.encode(y=y("middle"), tooltip=_tooltip(style, scale, title))
    # A line of three pixels is hard to hit with a mouse: unseen points around it answer as well.
    target = middle.mark_point(size=400, opacity=0, clip=True)
    lines = (
        [view, middle] if scale == "accuracy" else [band, view, middle, *_plateaus(style, scale, y)]
    )
    layers = [*lines, target, _cursor(style), end_names(base, style, "step", "middle")]
    return alt.layer(*layers).add_params(position())


def _cursor(style: Style) -> alt.Chart:
    """A line at the step that the replay and the gradient chart show."""
    return (
        alt.Chart(alt.NamedData("steps"))
        .transform_filter(f"datum.place == {PLACE}")
        .mark_rule(strokeWidth=1.5, color=style.quiet, tooltip=None)
        .encode(
            x=step_channel(style),
            opacity=alt.condition("datum.place > 0", alt.value(1), alt.value(0)),
        )
    )


def step_channel(style: Style) -> alt.X:
    """Steps from left to right, from the field ``step``: 0 and the powers of ten are named."""
    steps = axis(
        style.words("charts.step"),
        values=[0, *(10**power for power in range(6))],
        format=",d",
        labelOverlap="greedy",
        labelSeparation=8,
    )
    return alt.X("step", type="quantitative", scale=steps_scale(), axis=steps)


def _tooltip(style: Style, scale: str, title: str) -> list[alt.Tooltip]:
    words, form = style.words, ".0%" if scale == "accuracy" else ".4f"
    return [
        name_tip("arm", words("charts.activation")),
        tip("step", words("charts.step"), format=","),
        tip("middle", title, format=form),
        tip("view", words("charts.view"), format=form),
    ]


def _y(scale: str, title: str, usual: bool) -> Callable[[str], alt.Y]:
    """The vertical channel for a column, all columns on one scale."""
    if scale == "accuracy":
        settings, form = alt.Scale(domain=[0, 1]), "%"
    elif scale == "log":
        settings, form = alt.Scale(type="log", nice=False), "~g"
    else:
        settings, form = alt.Scale(domain=[0, USUAL_LOSS if usual else LARGEST_LOSS]), "~f"

    def channel(column: str) -> alt.Y:
        ticks = flush_axis(title, format=form, tickCount=5)
        return alt.Y(column, type="quantitative", scale=settings, axis=ticks)

    return channel


def _plateaus(style: Style, scale: str, y: Callable[[str], alt.Y]) -> list[alt.Chart]:
    """Those that a line rests on, named at the right; a halo keeps the name readable."""
    shown = alt.condition("datum.seen", alt.value(1), alt.value(0))
    base = alt.Chart(alt.NamedData("plateaus")).encode(y=y("height"), opacity=shown)
    rule = base.mark_rule(strokeDash=[2, 3], strokeWidth=1.2, color=style.quiet)
    # Above the line; on a log axis the highest one has room only below it.
    place = {"baseline": "top", "dy": 6} if scale == "log" else {"baseline": "bottom", "dy": -4}
    looks = {"align": "right", "dx": -2, "fontSize": LABEL_SIZE} | place
    # What would cover the axis of a small plot is cut.
    looks["limit"] = alt.ExprRef("width")
    label = base.encode(x=alt.value("width"), text=alt.Text("label", type="nominal"))
    halo = label.mark_text(color=style.paper, stroke=style.paper, strokeWidth=4, **looks)
    return [rule, halo, label.mark_text(color=style.quiet, **looks)]
