"""What an activation is: a step, and the sigmoid as a soft one, with a threshold to drag."""

import altair as alt
import numpy as np
import pandas as pd

from components.drawing.charts.ends import NAME_HEIGHT
from components.drawing.charts.style import LABEL_SIZE, Style, axis, flush_axis, quoted, tip

LIMIT = 4.0
_STEEP = 2.0  # of the sigmoid at the beginning
_SUMS = np.linspace(-LIMIT, LIMIT, 201)


def sum_frame() -> pd.DataFrame:
    """Column ``sum``: weighted sums of the inputs."""
    return pd.DataFrame({"sum": _SUMS})


def threshold_chart(style: Style) -> alt.LayerChart:
    """Both functions over the sum, from the table ``sums``; two sliders set where and how steep.

    ``style`` has the sigmoid as its only run.
    """
    words = style.words
    place = _slider("threshold", words("lesson.threshold_slider"), -LIMIT + 1, LIMIT - 1, 0.0)
    steep = _slider("steep", words("lesson.threshold_steep"), 0.5, 10.0, _STEEP)
    x = alt.X(
        "sum",
        type="quantitative",
        scale=alt.Scale(domain=[-LIMIT, LIMIT], nice=False),
        axis=axis(words("lesson.sum"), tickCount=9, format="d"),
    )
    ticks = flush_axis(words("lesson.output"), values=[0, 0.5, 1], format="~g")
    y = alt.Y("value", type="quantitative", scale=alt.Scale(domain=[-0.05, 1.15]), axis=ticks)
    base = alt.Chart(alt.NamedData("sums"))
    tips = [
        tip("sum", words("lesson.sum"), format=".2f"),
        tip("value", words("lesson.output"), format=".3f"),
    ]
    step = (
        base.transform_calculate(value="datum.sum > threshold ? 1 : 0")
        .mark_line(interpolate="step", strokeWidth=2, color=style.quiet, strokeDash=[6, 4])
        .encode(x=x, y=y, tooltip=tips)
    )
    soft = (
        base.transform_calculate(value="1 / (1 + exp(-steep * (datum.sum - threshold)))")
        .mark_line(strokeWidth=3, color=style.colors[0])
        .encode(x=x, y=y, tooltip=tips)
    )
    rule = (
        base.transform_calculate(at="threshold")
        .mark_rule(color=style.quiet, strokeDash=[2, 3])
        .encode(x=alt.X("min(at)", type="quantitative", title=words("lesson.sum")))
    )
    names = (
        base.transform_filter("datum.sum == 0")
        .transform_calculate(step=quoted(words("lesson.step")), sigmoid=quoted(style.names[0]))
        .transform_fold(["step", "sigmoid"], as_=["which", "name"])
        .mark_text(
            align="left",
            baseline="bottom",
            fontSize=LABEL_SIZE,
            fontWeight=600,
            dx=6,
            dy=alt.expr(f"datum.which == 'step' ? {-NAME_HEIGHT * style.scale} : 0"),
        )
        .encode(
            x=alt.value(0),
            y=alt.datum(0.6),
            text=alt.Text("name", type="nominal"),
            color=alt.Color(
                "which",
                type="nominal",
                legend=None,
                scale=alt.Scale(domain=["step", "sigmoid"], range=[style.quiet, style.colors[0]]),
            ),
        )
    )
    return alt.layer(rule, step, soft, names).add_params(place, steep)


def _slider(name: str, label: str, low: float, high: float, start: float) -> alt.Parameter:
    bind = alt.binding_range(min=low, max=high, step=0.1, name=label)
    return alt.param(name=name, value=start, bind=bind)
