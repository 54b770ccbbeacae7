"""The charts of the first screen: the activation, the loss, the gradient that reaches each layer.

Each is as high as its place lets it be, and has a caption led by the one thing to see; the rest
stands behind a sign beside its title.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pyarrow as pa
import streamlit as st

from components import state
from components.charts import activation, arrow, gradient, loss
from components.charts.style import Style
from components.elements import chart, headed, spec_of
from components.export.pictures import MOMENTS, Picture
from components.export.source import Source
from components.made import once, shelf
from components.numbers import number, percent, whole
from components.panels.pictures import offer_pictures
from components.panels.tables import (
    fallen_table,
    functions_table,
    gradient_table,
    loss_table,
)
from components.text import Text
from components.theory import caveats, expected
from models import Experiment, History
from models.diagnostics import born_dead, flat_rest, saturated_share
from models.predicted import predicted_dead


def activation_chart(
    words: Text,
    style: Style,
    experiments: Sequence[Experiment],
    alone: bool = True,
    key: str = "",
) -> None:
    """The functions and their derivatives: ``alone``, all that is known before a run.

    A ``key`` tells several of one page apart.
    """
    spec = spec_of(activation.curve_chart, style, alone)
    _chart(words, style, "activation", spec, _functions(style, experiments), key)


def _functions(style: Style, experiments: Sequence[Experiment]) -> dict[str, pa.Table]:
    def functions() -> dict[str, pa.Table]:
        curves = activation.curve_frame(experiments, style)
        return arrow({"functions": curves, "names": activation.name_frame(curves)})

    return shelf.get(("functions", replace(style, large=False), tuple(experiments)), functions)


def functions_cell(words: Text, style: Style, experiments: Sequence[Experiment]) -> None:
    """The functions alone, with their heading: all that can be drawn without a run."""
    headed(
        words,
        words("charts.activation_title"),
        "alone",
        numbers=lambda: [functions_table(style, experiments)],
        more=partial(
            offer_pictures, words, style, "alone", partial(functions_pictures, experiments)
        ),
    )
    activation_chart(words, style, experiments, key="alone")


def activation_cell(words: Text, style: Style, histories: tuple[History, ...]) -> None:
    """The functions, and where the networks' pre-activations fall on them."""
    how = partial(_activation_how, words, style, histories)

    def numbers() -> list[str]:
        told = [functions_table(style, [history.experiment for history in histories])]
        if any(history.experiment.depth for history in histories):
            told.append(fallen_table(words, style, histories))
        return told

    pictures = partial(activation_pictures, histories)
    more = partial(offer_pictures, words, style, "activation", pictures, histories)
    headed(words, words("charts.activation_title"), "activation", how, numbers, more=more)
    hidden = any(history.experiment.depth for history in histories)
    activation_chart(words, style, [h.experiment for h in histories], alone=not hidden)
    if hidden:
        tables = _fallen(style, histories)
        spec = spec_of(activation.pre_activation_chart, style)
        _chart(words, style, "fallen", spec, tables)
    st.caption(once(_activation_caption, style, histories))


def loss_cell(
    words: Text, style: Style, histories: tuple[History, ...], networks: list[int]
) -> None:
    """The loss over the steps; ``networks`` are the ones in view, one a history."""
    scale = state.get("scale")
    how = partial(_loss_how, words, style, histories, scale)
    title = words(f"charts.{'accuracy' if scale == 'accuracy' else 'loss'}_title")
    numbers = partial(_loss_numbers, words, style, histories, scale)
    pictures = partial(loss_pictures, histories, networks, scale)
    more = partial(offer_pictures, words, style, "loss", pictures, histories)
    headed(words, title, "loss", how, numbers, more=more)
    spec, tables = _loss(style, histories, networks, scale)
    _chart(words, style, "loss", spec, tables)
    st.caption(once(_loss_caption, style, histories, scale))


def _loss_numbers(
    words: Text, style: Style, histories: tuple[History, ...], scale: str
) -> list[str]:
    return [loss_table(words, style, histories, scale)]


def choose_scale(words: Text) -> None:
    """The control of the loss chart's vertical axis."""
    st.segmented_control(
        words("charts.scale"),
        loss.SCALES,
        default=state.get("scale"),
        required=True,
        format_func=lambda name: words(f"charts.scale_{name}"),
        key=state.key("scale"),
    )


def gradient_cell(
    words: Text, style: Style, histories: tuple[History, ...], networks: list[int]
) -> None:
    """The gradient of each layer, at any step; ``networks`` are the ones in view."""
    how = partial(_gradient_how, words, style, histories)
    title = words("charts.gradient_title")
    numbers = partial(_gradient_numbers, words, style, histories)
    pictures = partial(gradient_pictures, histories, networks)
    more = partial(offer_pictures, words, style, "gradient", pictures, histories)
    headed(words, title, "gradient", how, numbers, more=more)
    silent = once(_without_lines, style, histories)
    if len(silent) < len(histories):
        spec, tables = _gradient(style, histories, networks)
        _chart(words, style, "gradient", spec, tables)
    for why in dict.fromkeys(silent.values()):
        names = ", ".join(name for name in silent if silent[name] == why)
        st.caption(words(why, name=names))
    if not silent:
        st.caption(once(_gradient_caption, style, histories))


def _gradient_numbers(words: Text, style: Style, histories: tuple[History, ...]) -> list[str]:
    return [gradient_table(words, style, histories)]


def functions_pictures(experiments: Sequence[Experiment], source: Source) -> list[Picture]:
    """The functions and their derivatives, to be taken away."""
    style, title = source.style, source.words("charts.activation_title")
    spec, tables = spec_of(activation.curve_chart, style, True), _functions(style, experiments)
    about = source.words("how.curves")
    return [Picture(source, tuple(experiments), "functions", title, spec, tables, about=about)]


def activation_pictures(histories: tuple[History, ...], source: Source) -> list[Picture]:
    """The functions, and the pre-activations where there is a hidden layer."""
    experiments = tuple(history.experiment for history in histories)
    pictures = functions_pictures(experiments, source)
    if any(experiment.depth for experiment in experiments):
        spec = spec_of(activation.pre_activation_chart, source.style)
        tables, title = (
            _fallen(source.style, histories),
            source.words("export.fallen"),
        )
        about = source.words("export.fallen_lines")
        pictures.append(
            Picture(source, experiments, "pre-activations", title, spec, tables, about=about)
        )
    return pictures


def loss_pictures(
    histories: tuple[History, ...], networks: list[int], scale: str, source: Source
) -> list[Picture]:
    """The loss, or the accuracy, over the steps."""
    spec, tables = _loss(source.style, histories, networks, scale)
    title = source.words(f"charts.{'accuracy' if scale == 'accuracy' else 'loss'}_title")
    experiments = tuple(history.experiment for history in histories)
    name = f"loss-{scale}-network{networks[0]}"
    about = _lines_of_loss(source.words, histories, scale)
    return [Picture(source, experiments, name, title, spec, tables, about=about)]


def gradient_pictures(
    histories: tuple[History, ...], networks: list[int], source: Source
) -> list[Picture]:
    """The gradient of each layer at the start, and at the end; none where there is none."""
    if not gradient.has_lines(histories):
        return []
    spec, tables = _gradient(source.style, histories, networks)
    experiments = tuple(history.experiment for history in histories)
    name, title = f"gradient-network{networks[0]}", source.words("charts.gradient_title")
    about = _lines_of_gradient(source.words, histories)
    return [
        Picture(source, experiments, name, title, spec, tables, moment, about) for moment in MOMENTS
    ]


# What is drawn is the same in large type: it is made once for both.
def _fallen(style: Style, histories: tuple[History, ...]) -> dict[str, pa.Table]:
    return once(_fallen_tables, replace(style, large=False), histories)


def _loss(
    style: Style, histories: tuple[History, ...], networks: list[int], scale: str
) -> tuple[dict, dict[str, pa.Table]]:
    spec = spec_of(loss.loss_chart, style, scale, loss.is_usual(histories))
    return spec, once(_loss_tables, replace(style, large=False), histories, scale, *networks)


def _gradient(
    style: Style, histories: tuple[History, ...], networks: list[int]
) -> tuple[dict, dict[str, pa.Table]]:
    tables = once(_gradient_tables, replace(style, large=False), histories, *networks)
    return spec_of(gradient.gradient_chart, style), tables


def _without_lines(words: Text, style: Style, histories: tuple[History, ...]) -> dict[str, str]:
    """By the name of each run of whose gradient nothing can be drawn: the sentence why."""
    return {
        name: "captions.lost_all" if history.diverged.all() else "captions.zero_all"
        for name, history in zip(style.names, histories, strict=True)
        if not gradient.has_lines([history])
    }


def _fallen_tables(
    words: Text, style: Style, histories: tuple[History, ...]
) -> dict[str, pa.Table]:
    return arrow({"fallen": activation.pre_activation_frame(histories, style)})


def _loss_tables(
    words: Text, style: Style, histories: tuple[History, ...], scale: str, *networks: int
) -> dict[str, pa.Table]:
    frames = {
        "curves": loss.curve_frame(histories, networks, scale, style),
        "plateaus": loss.plateau_frame(histories, networks, style),
        "steps": gradient.step_frame(histories),
    }
    return arrow(frames)


def _gradient_tables(
    words: Text, style: Style, histories: tuple[History, ...], *networks: int
) -> dict[str, pa.Table]:
    frames = {
        "summary": gradient.summary_frame(histories, style),
        "single": gradient.single_frame(histories, networks, style),
        "theory": gradient.theory_frame(histories, style),
        "steps": gradient.step_frame(histories),
    }
    return arrow(frames)


def _gradient_caption(words: Text, style: Style, histories: tuple[History, ...]) -> str:
    if not any(history.experiment.depth for history in histories):
        return words("captions.gradient_flat")
    found = zip(style.names, map(flat_rest, histories), strict=True)
    resting = {name: number(rest.height, decimals=3) for name, rest in found if rest}
    if resting:
        rests = _each(list(resting), list(resting.values()))
        return words("captions.gradient_rests", rests=rests)
    return words("captions.gradient")


def _flat_rests(words: Text, style: Style, histories: tuple[History, ...]) -> list[str]:
    """Of each run that only looks cured at the end: where it rests, and how little is left."""
    rests = zip(style.names, map(flat_rest, histories), strict=True)
    return [
        words(
            "how.flat_rest",
            name=name,
            height=number(rest.height, decimals=3),
            bound=number(_rounded_up(rest.gradient), 1),
        )
        for name, rest in rests
        if rest
    ]


def _rounded_up(value: float) -> float:
    """The next number of one digit above a positive one."""
    power = 10.0 ** math.floor(math.log10(value))
    return (math.floor(value / power) + 1) * power


def _chart(
    words: Text, style: Style, kind: str, spec: dict, tables: dict[str, pa.Table], key: str = ""
) -> None:
    alt = words(f"alt.{kind}", names=" / ".join(style.names))
    chart(spec, tables, key=f"chart {kind} {key}".strip(), alt=alt, height="stretch")


def _each(names: Sequence[str], figures: Sequence[str]) -> str:
    """``ReLU 1.0 · Sigmoid 0.25``; a name of several words stands in brackets."""
    named = (f"({name})" if "," in name else name for name in names)
    return " · ".join(f"{name} {figure}" for name, figure in zip(named, figures, strict=True))


def _activation_caption(words: Text, style: Style, histories: tuple[History, ...]) -> str:
    if not any(history.experiment.depth for history in histories):
        return words("captions.no_hidden")
    functions = activation.functions([history.experiment for history in histories], style)
    slopes = [number(activation.steepest_slope(one)) for _, one in functions.values()]
    return words("captions.slopes", slopes=_each(list(functions), slopes))


def _activation_how(words: Text, style: Style, histories: tuple[History, ...]) -> list[str]:
    if not any(history.experiment.depth for history in histories):
        return [words("how.curves"), words("how.unused")]
    parts = [words("how.curves")]
    maxouts = [h.experiment for h in histories if h.experiment.phi.pieces > 1]
    if maxouts:
        first, second = map(whole, activation.SECONDS)
        parts.append(words("how.maxout_drawn", first=first, second=second))
    parts += [words("how.fallen"), words("how.saturated")]
    shares = {
        name: percent(saturated_share(history, -1))
        for name, history in zip(style.names, histories, strict=True)
        if np.isfinite(saturated_share(history, -1))
    }
    if shares:
        each = _each(list(shares), list(shares.values()))
        parts.append(words("how.saturated_shares", shares=each))
    counts = dict.fromkeys(f"{experiment.parameter_count:,}" for experiment in maxouts)
    return [*parts, *(words("how.maxout", count=count) for count in counts)]


def _loss_caption(words: Text, style: Style, histories: tuple[History, ...], scale: str) -> str:
    if scale == "accuracy":
        key = "captions.accuracy"
        values = [percent(np.nan_to_num(history.accuracy[-1]).mean()) for history in histories]
    else:
        key = "captions.loss"
        medians = [float(loss.loss_quartiles(history)[1, -1]) for history in histories]
        lost = words("fate.diverged")
        values = [lost if np.isinf(median) else number(median) for median in medians]
    if histories[0].experiment.networks == 1:
        key += "_one"
    return words(key, values=_each(style.names, values))


def _loss_how(words: Text, style: Style, histories: tuple[History, ...], scale: str) -> list[str]:
    accuracy = scale == "accuracy"
    lines = _lines_of_loss(words, histories, scale)
    parts = [*([lines] if lines else []), words("how.steps")]
    if not accuracy:
        parts.append(words("how.plateaus"))
    for name, history in zip(style.names, histories, strict=True):
        if count := int(history.diverged.sum()):
            key = "how.diverged_wrong" if accuracy else "how.diverged"
            parts.append(words(key, name=name, count=count))
    return parts


def _lines_of_loss(words: Text, histories: tuple[History, ...], scale: str) -> str:
    """What each kind of line is; nothing where there is one network."""
    networks = histories[0].experiment.networks
    kind = "accuracy" if scale == "accuracy" else "loss"
    return words(f"how.{kind}", networks=networks) if networks > 1 else ""


def _lines_of_gradient(words: Text, histories: tuple[History, ...]) -> str:
    networks = histories[0].experiment.networks
    return words("how.gradient" if networks > 1 else "how.gradient_one", networks=networks)


def _gradient_how(words: Text, style: Style, histories: tuple[History, ...]) -> list[str]:
    networks = histories[0].experiment.networks
    parts = _flat_rests(words, style, histories)
    parts.append(_lines_of_gradient(words, histories))
    if any(expected(history.experiment).profile is not None for history in histories):
        parts.append(words("how.theory"))
    for name, history in zip(style.names, histories, strict=True):
        parts += _theory_how(words, name, history)
        start, end = (history.weight_gradient_norm[[0, -1]] == 0).any(axis=1).sum(axis=1)
        if start or end:
            parts.append(words("how.zero", name=name, start=start, end=end, networks=networks))
    return parts


def _theory_how(words: Text, name: str, history: History) -> list[str]:
    """Where theory is off, or silent; and how many ReLU networks it expects to be born dead."""
    experiment, parts = history.experiment, []
    reasons = caveats(words, experiment)
    if reasons:
        silent = expected(experiment).profile is None
        key = "how.no_theory" if silent else "how.theory_off"
        parts.append(words(key, name=name, reasons=reasons))
    expects = predicted_dead(experiment)
    if expects is not None:
        dead, share = int(born_dead(history).sum()), percent(expects)
        networks = experiment.networks
        parts.append(words("how.born_dead", name=name, dead=dead, networks=networks, share=share))
    return parts
