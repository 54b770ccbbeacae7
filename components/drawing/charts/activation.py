"""The activation and its derivative, and where the networks' pre-activations fall on it."""

from collections import Counter
from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from components.drawing.charts.ends import NAME_HEIGHT
from components.drawing.charts.style import LABEL_SIZE, Style, axis, flush_axis, name_tip, tip
from models import Experiment, History
from models.activations import Activation

LIMIT = 6.0
SECONDS = (1.0, -1.0)  # of Maxout's second pre-activation: with 0 it would pass for ReLU
SHOWN = [-1.2, 2.2]  # of the values
LEVEL = 0.4  # lines that end closer together than this are named above and below
EXTENT = 40  # pixels for both charts' labels: their z axes stand one above the other
_Z = np.linspace(-LIMIT, LIMIT, 241)


def steepest_slope(experiment: Experiment) -> float:
    """The largest derivative in the drawn range, a kink's left side included."""
    return float(experiment.phi.slope_curve(_Z, experiment.activation_parameter).max())


def functions(experiments: Sequence[Experiment], style: Style) -> dict[str, tuple[str, Experiment]]:
    """Each function of some runs once, by its label: the first run's name, and that run."""
    runs: dict[tuple, tuple[str, Experiment]] = {}
    for arm, experiment in zip(style.names, experiments, strict=True):
        function = experiment.phi, experiment.activation_parameter
        runs.setdefault(function, (arm, experiment))
    count = Counter(phi.label for phi, _ in runs)
    return {
        phi.label if count[phi.label] == 1 else f"{phi.label}, {arm}": (arm, experiment)
        for (phi, _), (arm, experiment) in runs.items()
    }


def drawn_over(phi: Activation) -> tuple[float, ...]:
    """The second pre-activations that a function is drawn, and told, for: several of Maxout's."""
    return SECONDS if phi.pieces > 1 else (0.0,)


def curve_frame(experiments: Sequence[Experiment], style: Style) -> pd.DataFrame:
    """Columns ``z, arm, line (f, slope), name, second, value``; the drawn range only.

    A function that several runs share is drawn once, in the first one's colour. Maxout is a
    function of two variables: it is drawn over the first, for each ``second`` of ``SECONDS``.
    """
    parts = []
    for label, (arm, experiment) in functions(experiments, style).items():
        phi, a = experiment.phi, experiment.activation_parameter
        for second in drawn_over(phi):
            for line, curve in (("f", phi.value_curve), ("slope", phi.slope_curve)):
                part = pd.DataFrame({"z": _Z, "value": curve(_Z, a, second)})
                name = label if line == "f" else f"{label}′"
                parts.append(part.assign(arm=arm, line=line, name=name, second=second))
    frame = pd.concat(parts, ignore_index=True)
    return frame[frame["value"].between(SHOWN[0] - 0.1, SHOWN[1] + 0.1)]


def name_frame(curves: pd.DataFrame) -> pd.DataFrame:
    """Columns ``name, arm, z, value, spot (beside, above, below), row``: where lines end.

    Lines that reach the right edge are named above their end, the lower one of two that end at
    one level below it. The others leave through the top: named beside it, one row each; where one
    run is drawn alone, and may be so small, the name of its derivative keeps clear of them.
    """
    ends = curves.groupby("name", sort=False).tail(1)
    gone = ends[ends["z"] < LIMIT].sort_values("z", kind="stable")
    gone = gone.assign(spot="beside", row=range(len(gone)), z=gone["z"].max())
    level = ends[ends["z"] == LIMIT].sort_values("value", ascending=False, kind="stable")
    below = (-level["value"].diff() < LEVEL) | (len(gone) > 0 and ends["arm"].nunique() == 1)
    level = level.assign(spot=np.where(below, "below", "above"), row=0)
    return pd.concat([gone, level])[["name", "arm", "z", "value", "spot", "row"]]


def pre_activation_frame(histories: Sequence[History], style: Style) -> pd.DataFrame:
    """Columns ``low, high, middle, arm, when (start, end), share``: share of pre-activations a bin.

    Over all networks, hidden layers, units and points. Values beyond the drawn range are counted in
    the outermost bins.
    """
    parts = []
    for arm, history in zip(style.names, histories, strict=True):
        edges = history.pre_activation_edges
        drawn = np.flatnonzero((edges >= -LIMIT) & (edges <= LIMIT))
        first, last = drawn[0], drawn[-1]
        for when, frame in (("start", 0), ("end", -1)):
            counts = history.pre_activation_counts[frame].sum(axis=1).astype(float)
            inner = counts[first + 1 : last + 1].copy()
            inner[0] += counts[: first + 1].sum()
            inner[-1] += counts[last + 1 :].sum()
            part = pd.DataFrame(
                {
                    "low": edges[first:last],
                    "high": edges[first + 1 : last + 1],
                    "share": inner / max(counts.sum(), 1),
                }
            )
            parts.append(part.assign(arm=arm, when=when))
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(middle=(frame["low"] + frame["high"]) / 2)


def curve_chart(style: Style, alone: bool = False, titled: bool = False) -> alt.LayerChart:
    """The functions (solid) and their derivatives (dashed), from ``functions`` and ``names``.

    Args:
        style: how it looks.
        alone: whether no chart of the pre-activations stands below it and shares its axis.
        titled: whether the vertical axis is named, too.
    """
    words = style.words
    values = flush_axis(words("charts.values") if titled else "", values=[-1, 0, 1, 2], format="d",
                        minExtent=EXTENT, maxExtent=EXTENT)  # fmt: skip
    y = alt.Y("value", type="quantitative", scale=alt.Scale(domain=SHOWN, nice=False), axis=values)
    dashes = alt.Scale(domain=["f", "slope"], range=[[1, 0], [6, 4]])
    lines = (
        alt.Chart(alt.NamedData("functions"))
        .mark_line(strokeWidth=2.5, clip=True)
        .encode(
            x=_z_axis(style, "z", labels=alone),
            y=y,
            color=style.color(),
            strokeDash=alt.StrokeDash("line", type="nominal", scale=dashes, legend=None),
            detail=alt.Detail("second", type="nominal"),
            tooltip=[
                name_tip("name", words("charts.activation")),
                tip("z", "z", format=".2f"),
                tip("value", words("charts.value"), format=".4f"),
            ],
        )
    )
    layers = [lines, *_names(style, y)]
    return alt.layer(*layers)


def _names(style: Style, y: alt.Y) -> list[alt.Chart]:
    """Each line's name where it ends: at the right edge, or where it leaves through the top."""
    names = alt.Chart(alt.NamedData("names")).encode(
        text=alt.Text("name", type="nominal"), color=style.color()
    )
    looks = {"fontSize": LABEL_SIZE, "fontWeight": 600, "tooltip": None}
    beside = names.transform_filter("datum.spot == 'beside'").mark_text(
        align="left",
        baseline="top",
        dx=8,
        dy=alt.expr(f"2 + {NAME_HEIGHT * style.scale} * datum.row"),
        **looks,
    )
    level = [
        names.transform_filter(f"datum.spot == '{spot}'").mark_text(
            align="right", baseline=baseline, dy=dy, **looks
        )
        for spot, baseline, dy in (("above", "bottom", -4), ("below", "top", 5))
    ]
    z = alt.X("z", type="quantitative")
    return [beside.encode(x=z, y=alt.value(0)), *(text.encode(x=z, y=y) for text in level)]


def pre_activation_chart(style: Style, titled: bool = False) -> alt.LayerChart:
    """Where pre-activations fall: filled at the end, outlined at the start; table ``fallen``.

    ``titled``: the vertical axis is named, too.
    """
    words = style.words
    title, ticks = (words("charts.shares"), 5) if titled else ("", 2)
    shares = flush_axis(title, format="%", tickCount=ticks, minExtent=EXTENT, maxExtent=EXTENT)
    base = alt.Chart(alt.NamedData("fallen")).encode(
        x=_z_axis(style, "middle"),
        y=alt.Y("share", type="quantitative", stack=None, axis=shares),
        color=style.color(),
        tooltip=[
            name_tip("arm", words("charts.activation")),
            tip("middle", "z", format=".2f"),
            tip("share", words("charts.share"), format=".1%"),
        ],
    )
    end = base.transform_filter("datum.when == 'end'").mark_area(
        interpolate="step", opacity=0.4, line={"strokeWidth": 1.5}
    )
    start = base.transform_filter("datum.when == 'start'").mark_line(
        interpolate="step", strokeWidth=1.5, strokeDash=[3, 3]
    )
    return alt.layer(end, start)


def _z_axis(style: Style, field: str, labels: bool = True) -> alt.X:
    ticks = axis(
        style.words("charts.z") if labels else "",
        values=[-6, -4, -2, 0, 2, 4, 6],
        format="d",
        labels=labels,
    )
    scale = alt.Scale(domain=[-LIMIT, LIMIT], nice=False)
    return alt.X(field, type="quantitative", scale=scale, axis=ticks)
