"""Many runs at once: how many networks solved XOR, their losses, their gradients."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from components.drawing.charts.ends import MARGIN, apart, broken_name
from components.drawing.charts.gradient import norm_axis
from components.drawing.charts.loss import USUAL_LOSS, curve_frame, step_channel
from components.drawing.charts.style import (
    LABEL_SIZE,
    Style,
    axis,
    flush_axis,
    layer_channel,
    name_tip,
    quoted,
    tip,
)
from models import History
from models.diagnostics import Standing, quartiles

HEIGHT = 350  # pixels of each chart
SIGN = 11  # pixels from a name's sign to the name


def share_frame(standings: Sequence[Standing], rates: Sequence[str], style: Style) -> pd.DataFrame:
    """Columns ``arm, share, low, high, rate``: of the networks that solved XOR, with interval."""
    return pd.DataFrame(
        {
            "arm": style.names,
            "share": [one.share for one in standings],
            "low": [one.low for one in standings],
            "high": [one.high for one in standings],
            "rate": list(rates),
        }
    )


def loss_frame(histories: Sequence[History], style: Style) -> pd.DataFrame:
    """Columns ``step, arm, middle``: each run's median loss."""
    curves = curve_frame(histories, [0] * len(histories), "linear", style)
    return curves[["step", "arm", "middle"]]


def gradient_frame(histories: Sequence[History], style: Style) -> pd.DataFrame:
    """Columns ``layer, arm, log, norm``: each run's median gradient norm at the start.

    One line for all runs of one gradient. The first run's come last, so that it lies on top.
    """
    parts = []
    for place, (arm, history) in enumerate(zip(style.names, histories, strict=True)):
        if style.same and style.same[place] != place:
            continue
        norms = history.weight_gradient_norm[0]
        median = quartiles(np.where(norms > 0, norms, np.nan))[1]
        part = pd.DataFrame({"layer": np.arange(1, len(median) + 1), "norm": median})
        parts.append(part.assign(arm=arm, log=np.log10(median)))
    return pd.concat(parts[::-1], ignore_index=True)


def domain(logs: pd.Series) -> tuple[float, float]:
    """Whole powers of ten around all values."""
    known = logs[np.isfinite(logs)]
    if not len(known):
        return -8.0, 0.0
    low, high = float(np.floor(known.min())), float(np.ceil(known.max()))
    return low, max(high, low + 1)


def name_frame(
    lines: pd.DataFrame, along: str, height: str, low: float, high: float, style: Style
) -> pd.DataFrame:
    """A row a line of each name, beside its line's last value: ``arm, text, first, level``.

    ``level`` is a share of the height, ``first`` says which row of a name is its first. A name has
    those of the runs of the same line below it.
    """
    ends = lines[np.isfinite(lines[height])].sort_values(along).groupby("arm", sort=False).tail(1)
    rows = [
        {"arm": arm, "text": text, "first": not row, "end": end}
        for arm, end in zip(ends["arm"], ends[height].clip(low, high), strict=True)
        for row, text in enumerate(_called(style, arm))
    ][::-1]  # of those that are level the lowest comes first
    names = pd.DataFrame(rows, columns=["arm", "text", "first", "end"])
    return names.assign(level=apart(names.pop("end"), low, high))


def _called(style: Style, arm: str) -> list[str]:
    """The rows of a line's name, and of those of the runs that have the same."""
    place = style.names.index(arm)
    same = [style.names[at] for at, of in enumerate(style.same) if of == place != at]
    return [*broken_name(arm), *(row for name in same for row in broken_name(f"= {name}"))]


def share_chart(style: Style, task: str) -> alt.LayerChart:
    """From the table ``standings``: a point each, with its interval, and its name on the left."""
    words = style.words
    solved = words("family.share", task=task)
    tests = [
        {"test": f"datum.value == {quoted(name)}", "value": color}
        for name, color in zip(style.names, style.colors, strict=True)
    ]
    names = alt.Axis(
        title=None, labelFontSize=LABEL_SIZE + 1, labelFontWeight=600, ticks=False, domain=False,
        labelColor={"condition": tests, "value": style.ink}, labelPadding=14, labelLimit=180,
        labelFlush=False, labelOverlap=False,
    )  # fmt: skip
    scale = alt.Scale(domain=[0, 1])
    x = alt.X("share", type="quantitative", scale=scale,
              axis=axis(solved, format="%", tickCount=5))  # fmt: skip
    base = alt.Chart(alt.NamedData("standings")).encode(
        y=alt.Y("arm", type="nominal", sort=None, axis=names),
        color=style.color(),
        tooltip=[
            name_tip("arm", words("charts.activation")),
            name_tip("rate", words("controls.learning_rate")),
            tip("share", solved, format=".0%"),
            tip("low", words("family.low"), format=".0%"),
            tip("high", words("family.high"), format=".0%"),
        ],
    )
    interval = base.mark_rule(strokeWidth=3, opacity=0.45).encode(
        x=alt.X("low", type="quantitative", scale=scale), x2="high"
    )
    point = base.mark_point(filled=True, size=170, opacity=1).encode(x=x, shape=style.shape())
    return alt.layer(interval, point).properties(height=HEIGHT)


def losses_chart(style: Style) -> alt.LayerChart:
    """From the tables ``losses`` and ``names``."""
    words = style.words
    y = alt.Y(
        "middle",
        type="quantitative",
        scale=alt.Scale(domain=[0, USUAL_LOSS]),
        axis=flush_axis(words("family.loss"), format="~f", tickCount=5),
    )
    lines = (
        alt.Chart(alt.NamedData("losses"))
        .mark_line(strokeWidth=2.5, clip=True, tooltip=None)
        .encode(x=step_channel(style), y=y, color=style.color(), strokeDash=style.dash())
    )
    targets = lines.mark_point(size=200, opacity=0, clip=True).encode(
        tooltip=[
            name_tip("arm", words("charts.activation")),
            tip("step", words("charts.step"), format=","),
            tip("middle", words("family.loss"), format=".4f"),
        ]
    )
    return alt.layer(lines, targets, *_names(style)).properties(height=HEIGHT)


def gradients_chart(style: Style, low: float, high: float) -> alt.LayerChart:
    """From the tables ``gradients`` and ``names``; ``low`` and ``high`` are logarithms."""
    words = style.words
    base = alt.Chart(alt.NamedData("gradients")).encode(
        x=layer_channel(style),
        y=alt.Y(
            "log",
            type="quantitative",
            scale=alt.Scale(domain=[low, high], nice=False),
            axis=norm_axis(style),
        ),
        color=style.color(),
    )
    lines = base.mark_line(strokeWidth=2.5, tooltip=None).encode(strokeDash=style.dash())
    points = base.mark_point(filled=True, size=65, opacity=1).encode(
        shape=style.shape(),
        tooltip=[
            name_tip("arm", words("numbers.run")),
            tip("layer", words("charts.layer_short")),
            tip("norm", words("charts.median"), format=".2e"),
        ],
    )
    names = _names(style, signed=True)
    return alt.layer(lines, points, *names).properties(height=HEIGHT)


def _names(style: Style, signed: bool = False) -> list[alt.Chart]:
    """Each line's name to the right of the plot, from the table ``names``.

    ``signed``: with the shape of its points, which stands before it.
    """
    base = alt.Chart(alt.NamedData("names")).encode(
        y=alt.value(alt.expr("(1 - datum.level) * height")), color=style.color()
    )

    def right(pixels: float) -> alt.XValue:
        return alt.value(alt.expr(f"width + {pixels * style.scale}"))

    looks = {"align": "left", "baseline": "middle", "fontSize": LABEL_SIZE, "fontWeight": 600}
    texts = base.mark_text(tooltip=None, **looks).encode(
        x=right(MARGIN + SIGN * signed), text=alt.Text("text", type="nominal")
    )
    if not signed:
        return [texts]
    signs = base.transform_filter("datum.first").mark_point(
        filled=True, size=65, opacity=1, tooltip=None
    )
    return [signs.encode(x=right(MARGIN + 3), shape=style.shape()), texts]
