"""What the charts show, as tables of numbers: for whoever cannot see them, or wants to be exact."""

import itertools
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from components.drawing import markup
from components.drawing.charts.activation import drawn_over, functions
from components.drawing.charts.gradient import ALL, Networks, median_norms
from components.drawing.charts.loss import loss_quartiles
from components.drawing.charts.style import Style
from components.panels.fates import lost_in_words
from components.words.numbers import UNKNOWN, number, percent, whole
from components.words.text import Text
from models import Experiment, History
from models.activations import Activation
from models.diagnostics import Health, Standing
from models.history import recorded_steps

TOGETHER = 8  # bins of the histogram in a row
SUMS = range(-6, 7)  # at which a function is told
MEASURED_STEPS = 5  # of a heat map's columns


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """A table whose first column heads its rows; it scrolls by the keyboard."""
    body = (markup.row(first, cells) for first, *cells in rows)
    inside = markup.table(heads, body)
    return markup.element("div", inside, class_="vgl-numbers", tabindex=0, role="group")


def gradient_table(style: Style, histories: Sequence[History], networks: Networks = ALL) -> Markup:
    """The median gradient norm of each layer, at the start and at the end."""
    words = style.words
    heads, columns = [words("numbers.layer")], []
    for name, history in zip(style.names, histories, strict=True):
        for when, place in (("start", 0), ("end", -1)):
            heads.append(f"{name} · {words(f'numbers.{when}')}")
            columns.append([number(value) for value in median_norms(history, place, networks)])
    layers = max(map(len, columns))
    rows = [
        [f"{layer + 1}", *(column[layer] if layer < len(column) else UNKNOWN for column in columns)]
        for layer in range(layers)
    ]
    return table(heads, rows)


def loss_table(style: Style, histories: Sequence[History], scale: str) -> Markup:
    """Each run's loss, or accuracy, as the training went on: the median and the middle half."""
    words = style.words
    steps = [int(step) for step in histories[0].steps]
    told = [step for step in recorded_steps(steps[-1], 2) if step in steps]
    heads, columns = [words("numbers.step")], []
    for name, history in zip(style.names, histories, strict=True):
        heads.append(name)
        places = np.searchsorted(history.steps, told)
        if scale == "accuracy":
            shares = np.nan_to_num(history.accuracy[places]).mean(axis=1)
            columns.append([percent(share) for share in shares])
            continue
        quartiles = loss_quartiles(history)[:, places]
        columns.append([_quartiles(words, history.experiment, *each) for each in quartiles.T])
    rows = zip(map(whole, told), *columns, strict=True)
    return table(heads, list(rows))


def _quartiles(words: Text, experiment: Experiment, low: float, middle: float, high: float) -> str:
    if np.isinf(middle):
        return lost_in_words(words, experiment)
    if experiment.networks == 1:
        return number(middle, decimals=4)
    upper = "∞" if np.isinf(high) else number(high, decimals=4)
    return f"{number(middle, decimals=4)} ({number(low, decimals=4)} – {upper})"


def functions_table(style: Style, experiments: Sequence[Experiment]) -> Markup:
    """The functions of some runs, and their slopes, at whole numbers: of Maxout each line drawn."""
    heads, columns = ["z"], []
    for name, (_, experiment) in functions(experiments, style).items():
        seconds = drawn_over(experiment.phi)
        for second in seconds:
            of = f", z₂ = {whole(second)}" if len(seconds) > 1 else ""
            heads += [f"{name} φ{of}", f"{name} φ′{of}"]
            columns += _values(experiment.phi, experiment.activation_parameter, second)
    return table(heads, [[number(z, 1), *cells] for z, *cells in zip(SUMS, *columns, strict=True)])


def _values(phi: Activation, parameter: float | None, second: float) -> list[list[str]]:
    """A function's values and slopes at ``SUMS``; of Maxout over its first argument."""
    z = np.array(SUMS, dtype=np.float64)
    curves = phi.value_curve(z, parameter, second), phi.slope_curve(z, parameter, second)
    return [[number(value, 3) for value in curve] for curve in curves]


def fallen_table(style: Style, histories: Sequence[History]) -> Markup:
    """Where the pre-activations of all networks fall, at the start and at the end."""
    words = style.words
    heads, columns = [words("numbers.z")], []
    edges = histories[0].pre_activation_edges[::TOGETHER]
    labels = [
        f"≤ {number(edges[0])}",
        *(f"{number(low)} … {number(high)}" for low, high in itertools.pairwise(edges)),
        f"> {number(edges[-1])}",
    ]
    for name, history in zip(style.names, histories, strict=True):
        if not history.experiment.depth:
            continue
        for when, frame in (("start", 0), ("end", -1)):
            counts = history.pre_activation_counts[frame].sum(axis=1, dtype=np.int64)
            starts = [0, *range(1, len(counts), TOGETHER)]  # the outermost bins stand alone
            shares = np.add.reduceat(counts, starts) / max(counts.sum(), 1)
            heads.append(f"{name} · {words(f'numbers.{when}')}")
            columns.append([percent(share) for share in shares])
    return table(heads, [[label, *cells] for label, *cells in zip(labels, *columns, strict=True)])


def health_table(style: Style, healths: Sequence[Health], measure: str) -> Markup:
    """A measure of one network's layers at a few steps, the output layer on top."""
    words = style.words
    steps = healths[0].steps
    places = np.unique(np.linspace(0, len(steps) - 1, MEASURED_STEPS).round().astype(int))
    form = percent if measure in ("saturated", "dead") else number
    rows = [
        [
            f"{name} · {layer + 1}",
            *(
                form(value) if np.isfinite(value) else UNKNOWN
                for value in getattr(health, measure)[places, layer]
            ),
        ]
        for name, health in zip(style.names, healths, strict=True)
        for layer in reversed(range(getattr(health, measure).shape[1]))
    ]
    return table([words("numbers.run_layer"), *(whole(steps[place]) for place in places)], rows)


def shares_table(style: Style, standings: Sequence[Standing]) -> Markup:
    """How many networks of each run solved it, with the 95 % interval."""
    words = style.words
    rows = [
        [name, percent(one.share), f"{percent(one.low)} – {percent(one.high)}"]
        for name, one in zip(style.names, standings, strict=True)
    ]
    solved = words("figures.solved", task=standings[0].task)
    return table([words("numbers.run"), solved, words("numbers.interval")], rows)
