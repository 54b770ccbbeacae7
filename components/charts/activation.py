"""The activation and its derivative, and where the networks' pre-activations fall on it."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from components.charts.style import LABEL_SIZE, Style, axis, name_tip, quoted, tip
from models import Experiment, History

LIMIT = 6.0
_Z = np.linspace(-LIMIT, LIMIT, 241)


def curve_frame(experiments: Sequence[Experiment]) -> pd.DataFrame:
    """Columns ``z, arm, line (f, slope), value``; the drawn range only."""
    parts = []
    for experiment in experiments:
        phi, a = experiment.phi, experiment.activation_parameter
        for line, curve in (("f", phi.value_curve), ("slope", phi.slope_curve)):
            part = pd.DataFrame({"z": _Z, "value": curve(_Z, a)})
            parts.append(part.assign(arm=experiment.phi.label, line=line))
    frame = pd.concat(parts, ignore_index=True)
    return frame[frame["value"].between(-1.3, 2.3)]


def pre_activation_frame(histories: Sequence[History]) -> pd.DataFrame:
    """Columns ``low, high, middle, arm, when (start, end), share``: share of pre-activations a bin.

    Over all networks, hidden layers, units and points. Values beyond the drawn range are counted in
    the outermost bins.
    """
    parts = []
    for history in histories:
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
            parts.append(part.assign(arm=history.experiment.phi.label, when=when))
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(middle=(frame["low"] + frame["high"]) / 2)


def curve_chart(style: Style) -> alt.Chart:
    """The functions (solid) and their derivatives (dashed), from the table ``curves``."""
    words = style.words
    return (
        alt.Chart(alt.NamedData("curves"))
        .mark_line(strokeWidth=2.5, clip=True)
        .encode(
            x=_z_axis(words("charts.z"), labels=False),
            y=alt.Y(
                "value",
                type="quantitative",
                scale=alt.Scale(domain=[-1.2, 2.2], nice=False),
                axis=axis("", values=[-1, 0, 1, 2], format="d", minExtent=30),
            ),
            color=style.color(),
            strokeDash=_dash(style),
            tooltip=[
                name_tip("arm", words("charts.activation")),
                tip("z", "z", format=".2f"),
                tip("value", words("charts.value"), format=".4f"),
            ],
        )
        .properties(height=230)
    )


def _dash(style: Style) -> alt.StrokeDash:
    words = style.words
    f, slope = quoted(words("charts.f")), quoted(words("charts.slope"))
    legend = alt.Legend(
        title=None,
        orient="top",
        labelFontSize=LABEL_SIZE,
        labelExpr=f"datum.label == 'f' ? {f} : {slope}",
        symbolStrokeColor=style.quiet,
        symbolSize=300,
    )
    scale = alt.Scale(domain=["f", "slope"], range=[[1, 0], [6, 4]])
    return alt.StrokeDash("line", type="nominal", scale=scale, legend=legend)


def pre_activation_chart(style: Style) -> alt.LayerChart:
    """Where pre-activations fall: filled at the end, outlined at the start; table ``fallen``."""
    words = style.words
    shares = axis("", format="%", tickCount=2, minExtent=30)
    base = alt.Chart(alt.NamedData("fallen")).encode(
        x=_z_axis(words("charts.z"), "middle"),
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
    return alt.layer(end, start).properties(height=150)


def _z_axis(title: str, field: str = "z", labels: bool = True) -> alt.X:
    return alt.X(
        field,
        type="quantitative",
        scale=alt.Scale(domain=[-LIMIT, LIMIT], nice=False),
        axis=axis(title if labels else "", values=[-6, -4, -2, 0, 2, 4, 6], format="d"),
    )
