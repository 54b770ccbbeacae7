"""The gradient that reaches each layer, at any logged step: the chart with the slider in it.

The tables are wide, one column a logged step, because the slider only picks the column: scrubbing
costs no traffic and no filtering.
"""

from collections.abc import Callable, Sequence

import altair as alt
import numpy as np
import pandas as pd

from components.drawing.charts.ends import end_names
from components.drawing.charts.style import (
    LABEL_SIZE,
    PLACE,
    Style,
    flush_axis,
    layer_channel,
    name_tip,
    position,
    power_of_ten_labels,
    quoted,
    tip,
)
from components.drawing.theory import caveats, expected
from models import History
from models.diagnostics import quartiles

SINGLE_NETWORKS = 12
DIVERGING = 8.0  # log10 of a norm that would squash all others on the axis, if it did not begin so
FAINTEST = {"float32": -38.0, "float64": -307.0}  # likewise of the smallest normal number
THEORY_WIDTH = 150  # pixels of the plot that its name needs
MOST_VALUES = 60_000  # of the faint single networks: what travels to the browser stays small


Networks = Sequence[int] | slice
"""Those that a median is of."""
ALL = slice(None)


def summary_frame(
    histories: Sequence[History], style: Style, networks: Networks = ALL
) -> pd.DataFrame:
    """A row a layer and experiment: ``arm, layer, last, floor, ceiling, m0 .., a0 .., b0 ..``.

    ``m``, ``a`` and ``b`` are log10 of median and quartiles at each logged step, over those of the
    networks whose gradient is not exactly zero there (empty if there is none); ``last`` is the last
    step's number; ``floor`` and ``ceiling`` span all values of all steps and the theory's, so that
    the axis stands still.
    """
    logs = [quartiles(_logs(history)[:, :, networks]) for history in histories]
    drawn = [*logs, *(_theory_logs(history) for history in histories)]
    known = np.concatenate([log[np.isfinite(log)] for log in drawn])
    floor, ceiling = (np.floor(known.min()), np.ceil(known.max())) if len(known) else (-8, 0)
    parts = []
    for arm, log in zip(style.names, logs, strict=True):
        steps, layers = log.shape[1:]
        names = [f"{name}{t}" for name in "amb" for t in range(steps)]
        part = pd.DataFrame(log.reshape(3 * steps, layers).T.astype("float32"), columns=names)
        part.insert(0, "layer", np.arange(1, layers + 1))
        part.insert(0, "arm", arm)
        parts.append(part)
    frame = pd.concat(parts, ignore_index=True)
    frame = frame.assign(floor=float(floor), ceiling=float(ceiling))
    return frame.assign(last=len(histories[0].steps) - 1)


def single_frame(
    histories: Sequence[History], networks: Sequence[int], style: Style
) -> pd.DataFrame:
    """A row a layer of some single networks: ``arm, network, view, layer, last, v0 ..``.

    ``view`` marks the network in view; the others are the first few by number.
    """
    parts = []
    for arm, history, in_view in zip(style.names, histories, networks, strict=True):
        steps, layers, count = history.weight_gradient_norm.shape
        few = max(1, min(SINGLE_NETWORKS, count, MOST_VALUES // (steps * layers * len(histories))))
        shown = sorted({in_view, *range(few)})
        log = _logs(history)[:, :, shown]
        rows = log.transpose(2, 1, 0).reshape(len(shown) * layers, steps)
        part = pd.DataFrame(rows, columns=[f"v{t}" for t in range(steps)], dtype="float32")
        part.insert(0, "layer", np.tile(np.arange(1, layers + 1), len(shown)))
        part.insert(0, "network", np.repeat(shown, layers))
        part.insert(0, "arm", arm)
        parts.append(part.assign(view=part["network"] == in_view, last=steps - 1))
    return pd.concat(parts, ignore_index=True)


def theory_frame(histories: Sequence[History], style: Style) -> pd.DataFrame:
    """What theory expects at step 0, set to the measured median of the last layer.

    A row a layer, none for runs that nothing is predicted for: ``arm, layer, log, norm, measured,
    caveats, last, first``. ``measured`` is the median; ``first`` marks one row of all.
    """
    parts = []
    for arm, history in zip(style.names, histories, strict=True):
        logs = _theory_logs(history)
        part = pd.DataFrame({"layer": np.arange(1, len(logs) + 1), "log": logs})
        part["norm"] = 10**logs
        part["measured"] = 10 ** _median_logs(history, 0)
        part["arm"] = arm
        part["caveats"] = caveats(style.words, history.experiment) or "–"
        part["last"] = len(history.steps) - 1
        parts.append(part[np.isfinite(part["log"])])
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(first=frame.index == 0)


def has_lines(histories: Sequence[History]) -> bool:
    """Whether any gradient at all is known and not exactly zero: else there is nothing to draw."""
    return any(np.isfinite(_logs(history)).any() for history in histories)


def is_drawn(history: History, network: int, places: Sequence[int]) -> bool:
    """Whether a gradient of a network has a place on the axis at some of the logged steps."""
    return bool(np.isfinite(_logs(history, list(places))[:, :, network]).any())


def step_frame(histories: Sequence[History]) -> pd.DataFrame:
    """Columns ``place, step, last``: which step each place of the slider is."""
    steps = histories[0].steps
    return pd.DataFrame({"place": np.arange(len(steps)), "step": steps, "last": len(steps) - 1})


def gradient_chart(style: Style, of_one: bool = False) -> alt.LayerChart:
    """From the tables ``summary``, ``single``, ``theory`` and ``steps``.

    ``of_one``: the summary is of one network, not the median of many.
    """
    y = _y(style)
    summary = (
        alt.Chart(alt.NamedData("summary"))
        .transform_calculate(now=_at_slider("m"), low=_at_slider("a"), high=_at_slider("b"))
        .transform_calculate(norm="pow(10, datum.now)")
        .encode(x=layer_channel(style), color=style.color())
    )
    span = summary.mark_point(opacity=0, size=0)  # unseen: the axis stands still
    band = summary.mark_area(opacity=0.22, tooltip=None).encode(y=y("low"), y2="high")
    start = summary.mark_line(strokeWidth=1.5, strokeDash=[1, 3], tooltip=None).encode(y=y("m0"))
    layers = [
        span.encode(y=y("floor")),
        span.encode(y=y("ceiling")),
        band,
        _singles(style, y),
        start,
        _medians(style, summary, y, style.words("charts.gradient" if of_one else "charts.median")),
        *_theory(style),
        _step_label(style),
        end_names(summary, style, "layer", "now"),
    ]
    slider = position(style.words("charts.slider"))
    return alt.layer(*layers).add_params(slider)


def _at_slider(column: str) -> str:
    """A Vega expression: the column of the step that the slider is at."""
    return f"datum['{column}' + {PLACE}]"


def norm_axis(style: Style) -> alt.Axis:
    """The axis of a gradient's norm, as powers of ten."""
    title, labels = style.words("charts.gradient"), power_of_ten_labels()
    return flush_axis(title, labelExpr=labels, tickMinStep=1, tickCount=6)


def _y(style: Style) -> Callable[[str], alt.Y]:
    """The vertical channel for a column of logarithms, all columns on one scale."""
    powers = norm_axis(style)

    def channel(column: str) -> alt.Y:
        return alt.Y(column, type="quantitative", scale=alt.Scale(zero=False), axis=powers)

    return channel


def _singles(style: Style, y: Callable[[str], alt.Y]) -> alt.Chart:
    """Faint lines of single networks, the one in view dashed."""
    return (
        alt.Chart(alt.NamedData("single"))
        .transform_calculate(now=_at_slider("v"))
        .mark_line(tooltip=None)
        .encode(
            x=layer_channel(style),
            y=y("now"),
            color=style.color(),
            detail=alt.Detail("network", type="nominal"),
            opacity=alt.condition("datum.view", alt.value(1), alt.value(0.25)),
            strokeWidth=alt.condition("datum.view", alt.value(1.3), alt.value(1)),
            strokeDash=alt.condition("datum.view", alt.value([4, 3]), alt.value([1, 0])),
        )
    )


def _medians(style: Style, summary: alt.Chart, y: Callable[[str], alt.Y], called: str) -> alt.Chart:
    words, points = style.words, {"filled": True, "size": 50, "opacity": 1}
    return summary.mark_line(strokeWidth=3, point=points).encode(
        y=y("now"),
        tooltip=[
            name_tip("arm", words("charts.activation")),
            tip("layer", words("charts.layer_short")),
            tip("norm", called, format=".2e"),
        ],
    )


def _theory(style: Style) -> list[alt.Chart]:
    """What theory expects, thin, and named once; it is about the start and stands there only.

    Its places are computed in pixels: the axes do not ask it for its extent, which it has not
    always.
    """
    words = style.words
    base = (
        alt.Chart(alt.NamedData("theory"))
        .transform_filter(f"{PLACE} == 0")
        .encode(
            x=alt.value(alt.expr("scale('x', datum.layer)")),
            y=alt.value(alt.expr("scale('y', datum.log)")),
            color=style.color(),
        )
    )
    called = f"— · {words('theory.name')}"
    line = base.mark_line(strokeWidth=1.4, strokeDash=[9, 3, 2, 3], tooltip=None)
    target = base.mark_point(size=150, opacity=0).encode(
        tooltip=[
            name_tip("arm", words("charts.activation")),
            tip("layer", words("charts.layer_short")),
            tip("norm", words("theory.name"), format=".2e"),
            tip("measured", words("theory.measured"), format=".2e"),
            name_tip("caveats", words("theory.caveats")),
        ]
    )
    name = base.transform_filter("datum.first").encode(
        x=alt.value("width"),
        y=alt.value("height"),
        # In a small plot it would cover the axis.
        text=alt.value(alt.expr(f"width < {THEORY_WIDTH * style.scale} ? '' : {quoted(called)}")),
    )
    looks = {"align": "right", "dy": -34, "fontSize": LABEL_SIZE, "tooltip": None}
    halo = name.mark_text(stroke=style.paper, strokeWidth=4, **looks)
    texts = [
        text.encode(color=alt.value(color))
        for text, color in ((halo, style.paper), (name.mark_text(**looks), style.quiet))
    ]
    return [line, target, *texts]


def _step_label(style: Style) -> alt.Chart:
    name = quoted(style.words("charts.step") + " ")
    return (
        alt.Chart(alt.NamedData("steps"))
        .transform_filter(f"datum.place == {PLACE}")
        .transform_calculate(label=f"{name} + format(datum.step, ',')")
        .mark_text(align="right", dy=-14, fontSize=18, fontWeight=600, color=style.ink)
        .encode(x=alt.value("width"), y=alt.value("height"), text=alt.Text("label", type="nominal"))
    )


def median_norms(history: History, place: int, networks: Networks = ALL) -> np.ndarray:
    """[L] the median norm at a logged step, as it is drawn: without exact zeros."""
    return 10.0 ** _median_logs(history, place, networks)


def _median_logs(history: History, place: int, networks: Networks = ALL) -> np.ndarray:
    """[L] log10 of the median norm at a logged step."""
    return quartiles(_logs(history, [place])[:, :, networks])[1, 0]


def _theory_logs(history: History) -> np.ndarray:
    """[L] log10 of what theory expects at step 0, ending where the measured medians end; or NaN."""
    profile = expected(history.experiment).profile
    if profile is None:
        return np.full(history.experiment.layers, np.nan)
    return _median_logs(history, 0)[-1] + np.log10(profile)


def _logs(history: History, places: Sequence[int] | slice = slice(None)) -> np.ndarray:
    """log10 of the norms at some logged steps, [T, L, E].

    NaN where the gradient is exactly zero, or so large that the network is diverging: beyond
    ``DIVERGING`` and all that the run began with; or so small that the run's precision can hardly
    hold it, and smaller than all that it began with.
    """
    with np.errstate(divide="ignore"):
        logs = np.log10(history.weight_gradient_norm[places])
        start = np.log10(history.weight_gradient_norm[0])
    most = max(DIVERGING, np.max(start, where=np.isfinite(start), initial=-np.inf))
    least = np.min(start, where=np.isfinite(start), initial=FAINTEST[history.experiment.dtype])
    return np.where(np.isfinite(logs) & (logs <= most) & (logs >= least), logs, np.nan)


def is_cut(history: History) -> bool:
    """Whether the run's gradient falls so low while training that it is not drawn there."""
    with np.errstate(divide="ignore"):
        logs = np.log10(history.weight_gradient_norm)
    return bool((np.isfinite(logs) & (logs < FAINTEST[history.experiment.dtype])
                 & np.isnan(_logs(history))).any())  # fmt: skip
