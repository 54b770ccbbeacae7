"""What a scene draws: before it is run, to think with, and after it, to see what happened."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from components.drawing.backward import backward, pack
from components.drawing.charts import arrow
from components.drawing.charts.cost import cost_chart, cost_frame
from components.drawing.charts.style import Style
from components.drawing.charts.threshold import sum_frame, threshold_chart
from components.drawing.drawings import factor_table, points_pictures
from components.drawing.drawings import share as share_of
from components.drawing.elements import chart, headed, spec_of, title
from components.drawing.markup import element
from components.pages.lesson.programs import by_hand, by_torch
from components.pages.lesson.scenes import (
    Run,
    Scene,
    factors_at_start,
    helped,
    typical,
    typical_at_start,
)
from components.panels.family import losses_cell, share_cell
from components.panels.overview.functions import activation_chart, functions_pictures
from components.panels.overview.gradient import gradient_cell
from components.panels.overview.loss import loss_cell
from components.panels.pictures import offer_pictures
from components.panels.printout import printout
from components.panels.surfaces import surfaces
from components.panels.tables import functions_table
from components.panels.verdict import verdict_line
from components.settings.naming import style_of
from components.words.numbers import whole
from models import Experiment
from models.diagnostics import points_views, standing
from models.passes import network_pass

COLUMN = 380  # pixels that a picture needs at least
SMALL_COLUMN = 260  # and one of many


def before(style: Style, scene: Scene) -> None:
    """Draw what goes with the question."""
    if scene.name in _BEFORE:
        _BEFORE[scene.name](style, scene)


def goes_with_question(scene: Scene) -> bool:
    """Whether something does."""
    return scene.name in _BEFORE


def after(style: Style, scene: Scene, trained: Sequence[Run], row: int | None = None) -> None:
    """Draw what happened, or one row of it; ``style`` is that of the first run."""
    drawn = _AFTER[scene.name] if row is None else _AFTER[scene.name][row : row + 1]
    with st.container(key="pictures"):  # what is played in one is played in all
        for place, cells in enumerate(drawn):
            columns, key = len(cells), f"row {place}"
            with st.grid(columns, min_column_width=COLUMN, gap="medium", key=key) as grid:
                for draw in cells:
                    with grid.cell():
                        draw(style, trained)


def rows(scene: Scene) -> int:
    """How many rows the pictures of what happened have."""
    return len(_AFTER[scene.name])


def scene_style(style: Style, run: Run) -> Style:
    """How another run of the scene looks."""
    words = style.words
    return style_of(words, style.dark, [history.experiment for history in run], style.large)


def _framed(key: str) -> st.delta_generator.DeltaGenerator:
    """A place with a height of its own, which its chart fills."""
    return st.container(key=f"picture {key}")


def _headed(style: Style, text: str, experiments: Sequence[Experiment]) -> None:
    """The heading of a picture of functions, with their values."""
    words = style.words
    look = style_of(words, style.dark, experiments, style.large)
    headed(
        words,
        text,
        "functions",
        numbers=lambda: [functions_table(look, experiments)],
        level=3,
        more=partial(offer_pictures, look, "functions", partial(functions_pictures, experiments)),
    )


def _threshold(style: Style, scene: Scene) -> None:
    words = style.words
    with _framed("threshold"):
        _headed(style, words("lesson.threshold"), scene.runs[0])
        tables = arrow({"sums": sum_frame()})
        alt = words("lesson.alt_threshold")
        spec = spec_of(threshold_chart, style)
        chart(spec, tables, key="chart threshold", alt=alt, height="stretch")
        st.caption(words("lesson.threshold_caption"))


def _programs(style: Style, scene: Scene) -> None:
    words = style.words
    experiment = scene.runs[0][0]
    with st.grid(2, min_column_width=COLUMN, gap="medium", key="programs") as grid:
        with grid.cell():
            title(words("lesson.by_hand"), level=3)
            st.code(by_hand(experiment), language="python", wrap_lines=True)
        with grid.cell():
            title(words("lesson.by_torch"), level=3)
            st.code(by_torch(experiment), language="python", wrap_lines=True)


def _functions(style: Style, scene: Scene) -> None:
    words = style.words
    with _framed("functions"):
        _headed(style, words("charts.activation_title"), scene.runs[0])
        activation_chart(style, scene.runs[0])


def _each_function(style: Style, scene: Scene) -> None:
    words = style.words
    _headed(style, words("charts.activation_title"), scene.runs[0])
    with st.grid(3, min_column_width=SMALL_COLUMN, gap="medium", key="functions") as grid:
        for experiment in scene.runs[0]:
            look = style_of(words, style.dark, [experiment], style.large)
            with grid.cell(), _framed(f"function {experiment.activation}"):
                activation_chart(look, [experiment], key=experiment.activation)


def _surfaces(style: Style, trained: Sequence[Run]) -> None:
    """What the typical network answers."""
    with _framed("surfaces"):
        surfaces(style, trained[0], typical(trained[0]), train_on=False)


def _loss(style: Style, trained: Sequence[Run]) -> None:
    run = trained[0]
    with _framed("loss"):
        loss_cell(style, run, [typical(run)] * len(run))


def _gradient(style: Style, trained: Sequence[Run]) -> None:
    run = trained[0]
    with _framed("gradient"):
        gradient_cell(style, run, [typical(run)] * len(run))


def _gradient_at_start(style: Style, trained: Sequence[Run]) -> None:
    with _framed("gradient"):
        gradient_cell(style, trained[0], [typical_at_start(trained[0])], of_one=True)


def _printed(style: Style, trained: Sequence[Run]) -> None:
    printout(style, trained[0], typical(trained[0]))


def _backward(style: Style, trained: Sequence[Run]) -> None:
    """What is left of the gradient of the table's network, layer by layer on its way back."""
    words = style.words
    run = trained[0]
    network = typical_at_start(run)
    with _framed("backward"):
        title(words("backward.heading", network=network))
        of = repr((run[0].experiment.identity, network))
        factors, output = factors_at_start(run, network), run[0].experiment.output_layer
        backward(pack(style, 0, factors, output.symbols, of), key="backward")


def _factors(style: Style, trained: Sequence[Run]) -> None:
    words = style.words
    run = trained[0]
    network = typical_at_start(run)
    title(words("lesson.factors_title", network=network))
    output = run[0].experiment.output_layer
    factors = factors_at_start(run, network)
    st.html(factor_table(words, factors, style.names[0], output.symbols))
    st.caption(words("lesson.factors_caption"))


def _points(style: Style, trained: Sequence[Run]) -> None:
    """Where the typical network's layers put the four points, once it is trained."""
    words = style.words
    network, history = typical(trained[0]), trained[0][0]
    views = points_views(network_pass(history, network, slice(-1, None)), 0)
    title(words("lesson.points_title", network=network))
    task = history.experiment.task
    st.html(points_pictures(words, task, views, style.colors[0], style.names[0]))
    share = share_of(views[-1])
    _said(words("lesson.points_caption", share=share))


def _linear(style: Style, trained: Sequence[Run]) -> None:
    """In words what a linear last layer does."""
    words = style.words
    linear = trained[1]
    line = verdict_line(scene_style(style, linear), 1, linear[1])
    _said(words("lesson.linear_run", verdict=line))


def _costs(style: Style, trained: Sequence[Run]) -> None:
    """What each of two losses sends back from a wrong answer."""
    words = style.words
    experiments = [history.experiment for history in trained[2]]
    look = scene_style(style, trained[2])
    with _framed("costs"):
        title(words("lesson.cost_title"), level=3)
        tables = arrow({"costs": cost_frame(experiments, look)})
        alt = words("lesson.alt_cost", names=" / ".join(look.names))
        chart(spec_of(cost_chart, look), tables, key="chart costs", alt=alt, height="stretch")
        squared = experiments[1].output_layer.symbols.plain_delta
        st.caption(words("lesson.cost_caption", delta=squared))


def _each_cost(style: Style, trained: Sequence[Run]) -> None:
    """How many networks learn by each of the two."""
    words = style.words
    run = trained[2]
    standings = [standing(history) for history in run]
    with _framed("cost shares"):
        share_cell(scene_style(style, run), run, standings, height="stretch")
        entropy, squared = standings
        told = words(
            "lesson.cost_told",
            width=run[0].experiment.width,
            steps=whole(run[0].experiment.steps),
            networks=entropy.networks,
            entropy=entropy.solved,
            squared=squared.solved,
        )
        _said(told)


def _shares(style: Style, trained: Sequence[Run]) -> None:
    standings = [standing(history) for history in trained[0]]
    with _framed("shares"):
        share_cell(style, trained[0], standings, height="stretch")


def _helped(style: Style, trained: Sequence[Run]) -> None:
    """How many networks learn without remedies, with either, and with both."""
    run = helped(trained, "sigmoid") + helped(trained, "relu")
    standings = [standing(history) for history in run]
    # One colour a function: its remedies are named.
    functions = [history.experiment.activation for history in run]
    same = tuple(map(functions.index, functions))
    look = replace(scene_style(style, run), same=same)
    with _framed("helped"):
        share_cell(look, run, standings, height="stretch")


def _exploding(style: Style, trained: Sequence[Run]) -> None:
    """The gradient of many layers of ReLU, before training."""
    words = style.words
    run = trained[5]
    with _framed("exploding"):
        network = typical_at_start(run)
        gradient_cell(scene_style(style, run), run, [network] * len(run))
        told = words("lesson.exploding_told", depth=run[0].experiment.depth)
        _said(told)


def _losses(style: Style, trained: Sequence[Run]) -> None:
    with _framed("losses"):
        losses_cell(style, trained[0], height="stretch")


Cell = Callable[[Style, Sequence[Run]], None]
_BEFORE: dict[str, Callable[[Style, Scene], None]] = {
    "neuron": _threshold,
    "deep": _programs,
    "relu": _functions,
    "family": _each_function,
}
_ONE_NETWORK = (_surfaces, _loss)
_AFTER: dict[str, tuple[tuple[Cell, ...], ...]] = {
    "neuron": (_ONE_NETWORK,),
    "deep": (_ONE_NETWORK, (_printed,)),
    "deeper": (_ONE_NETWORK, (_points,)),
    "chain": ((_gradient_at_start, _backward), (_factors,)),
    "relu": ((_gradient, _surfaces), (_loss, _linear), (_costs, _each_cost)),
    "seeds": ((_shares, _losses),),
    "family": ((_shares, _losses),),
    "adam": ((_gradient, _loss),),
    "helps": ((_helped, _exploding),),
}
"""Rows of pictures: at a projector each is a page of its own."""


def _said(sentence: str) -> None:
    st.html(element("p", sentence, class_="vgl-linear"))
