"""What a loss sends back for a wrong answer: with its unit's slope, or where that cancels."""

from collections.abc import Sequence

import altair as alt
import pandas as pd
import torch

from components.drawing.charts.ends import end_names
from components.drawing.charts.style import Style, axis, flush_axis, name_tip, tip
from models import Experiment

LIMIT = 8.0
_LOGITS = torch.linspace(-LIMIT, LIMIT, 161, dtype=torch.float64)


def cost_frame(experiments: Sequence[Experiment], style: Style) -> pd.DataFrame:
    """Columns ``arm, wrong, answer, sent``, of a point whose label is 0.

    ``wrong`` is the logit, the higher the further from the label; ``answer`` what the unit makes
    of it; ``sent`` the absolute value of the loss's slope by the logit.
    """
    parts = []
    for name, experiment in zip(style.names, experiments, strict=True):
        output = experiment.output_layer
        sent = output.delta(_LOGITS, torch.zeros_like(_LOGITS)).abs()
        part = {"wrong": _LOGITS.numpy(), "sent": sent.numpy()}
        part["answer"] = output.hypothesis(_LOGITS).numpy()
        parts.append(pd.DataFrame(part).assign(arm=name))
    return pd.concat(parts, ignore_index=True)


def cost_chart(style: Style) -> alt.LayerChart:
    """From the table ``costs``: a line a loss."""
    words = style.words
    base = alt.Chart(alt.NamedData("costs"))
    lines = base.mark_line(strokeWidth=3).encode(
        x=alt.X(
            "wrong",
            type="quantitative",
            scale=alt.Scale(domain=[-LIMIT, LIMIT], nice=False),
            axis=axis(words("lesson.cost_wrong"), tickCount=9, format="d"),
        ),
        y=alt.Y(
            "sent",
            type="quantitative",
            scale=alt.Scale(domain=[0, 1.05]),
            axis=flush_axis(words("lesson.cost_sent"), values=[0, 0.5, 1], format="~g"),
        ),
        color=style.color(),
        tooltip=[
            name_tip("arm", words("controls.output")),
            tip("wrong", words("lesson.cost_logit"), format=".2f"),
            tip("answer", words("lesson.output"), format=".4f"),
            tip("sent", words("lesson.cost_sent"), format=".4f"),
        ],
    )
    return lines + end_names(base, style, "wrong", "sent")
