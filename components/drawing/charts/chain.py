"""The running product of the chain rule: what the activation and what the weights contribute."""

from collections.abc import Sequence

import altair as alt
import numpy as np
import pandas as pd

from components.drawing.charts.style import (
    LABEL_SIZE,
    Style,
    axis,
    layer_channel,
    name_tip,
    power_of_ten_labels,
    quoted,
    tip,
)
from models.diagnostics import ChainFactors

LINES = ("both", "activation", "weights")
DASHES = {
    "both": [1, 0],
    "activation": [6, 4],
    "weights": [2, 3],
    "norm": [10, 3, 2, 3],
    "skip": [14, 4],
}


def lines_of(chains: Sequence[ChainFactors | None]) -> tuple[str, ...]:
    """What is drawn: a norm's factors and those past the layers where a run has them."""
    known = [chain for chain in chains if chain is not None]
    more = {
        "norm": any(chain.norm is not None for chain in known),
        "skip": any(chain.ways is not None for chain in known),
    }
    return (*LINES, *(line for line, there in more.items() if there))


def product_frame(chains: Sequence[ChainFactors | None], style: Style) -> pd.DataFrame:
    """Columns ``arm, layer, line, thickness, log, value``: factors multiplied from the output on.

    ``line`` says of which: the activation's, the weights', a norm's, those of layers that a skip
    leads past, or all of them (``both``). An answer's own slope is the first of the activation's.
    ``log`` is log10; products that are zero or unknown are left out; a None among ``chains`` (a
    network that diverged) as a whole.
    """
    parts = []
    for name, chain in zip(style.names, chains, strict=True):
        if chain is None:
            continue
        layers = len(chain.signal)
        slope = chain.answer.slope if chain.answer else 1.0
        for line, product in chain.products().items():
            if line in ("both", "activation"):
                product = product * slope
            part = pd.DataFrame({"layer": np.arange(1, layers + 1), "value": product})
            thickness = 4 if line == "both" else 2
            parts.append(part.assign(arm=name, line=line, thickness=thickness))
    columns = ["layer", "value", "arm", "line", "thickness", "log"]
    if not parts:
        return pd.DataFrame(columns=columns)
    frame = pd.concat(parts, ignore_index=True)
    frame = frame[np.isfinite(frame["value"]) & (frame["value"] > 0)]
    return frame.assign(log=np.log10(frame["value"]))


def product_chart(style: Style, drawn: tuple[str, ...] = LINES) -> alt.LayerChart:
    """From the table ``products``; ``drawn`` are ``lines_of`` the chains."""
    words = style.words
    base = alt.Chart(alt.NamedData("products")).encode(
        x=layer_channel(style),
        y=alt.Y(
            "log",
            type="quantitative",
            axis=axis(
                words("chain.product"),
                along="height",
                labelExpr=power_of_ten_labels(),
                tickMinStep=1,
                tickCount=6,
            ),
        ),
        color=style.color(),
    )
    lines = base.mark_line(tooltip=None).encode(
        strokeDash=_dash(style, drawn),
        strokeWidth=alt.StrokeWidth("thickness", type="quantitative", scale=None),
    )
    points = base.mark_point(filled=True, size=60, opacity=1).encode(
        tooltip=[
            name_tip("arm", words("charts.activation")),
            tip("layer", words("charts.layer_short")),
            tip("value", words("chain.product"), format=".3~g"),
        ]
    )
    return alt.layer(lines, points).properties(height=400)


def _dash(style: Style, drawn: tuple[str, ...]) -> alt.StrokeDash:
    words = style.words
    labels = {line: quoted(words(f"chain.line_{line}")) for line in drawn}
    if drawn != LINES:
        labels["both"] = quoted(words("chain.line_every"))
    expression = " : ".join(f"datum.label == '{line}' ? {label}" for line, label in labels.items())
    legend = alt.Legend(
        title=None,
        orient="top",
        symbolType="stroke",
        columns=1,
        labelFontSize=LABEL_SIZE,
        labelLimit=320,
        labelExpr=f"{expression} : ''",
        symbolStrokeColor=style.quiet,
        symbolSize=400,
    )
    scale = alt.Scale(domain=list(drawn), range=[DASHES[line] for line in drawn])
    return alt.StrokeDash("line", type="nominal", scale=scale, legend=legend)
