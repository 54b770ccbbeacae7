"""The verdict: what was learned and why, in words; and four figures a run; all computed."""

import html
import math

import numpy as np

from components.charts.style import Style
from components.elements import named
from components.numbers import number, percent, whole
from components.panels.fates import unsolved_in_words
from components.text import Text
from components.theory import caveats, expected
from models import History
from models.diagnostics import (
    ENOUGH,
    FADED,
    Standing,
    failure_cause,
    fate_counts,
    fates,
    gradient_ratio,
    standing,
)
from models.outputs import PLATEAUS

SMALLEST_PERCENT = 1e-5  # a smaller share is a power of ten


def verdict(words: Text, style: Style, histories: tuple[History, ...]) -> str:
    """A line a run: whether it learns, and why not."""
    lines = (verdict_line(words, style, place, history) for place, history in enumerate(histories))
    return f'<div class="vgl-verdict">{"".join(f"<p>{line}</p>" for line in lines)}</div>'


def verdict_line(words: Text, style: Style, place: int, history: History) -> str:
    """Whether one run learns, and why not."""
    count, solved = history.experiment.networks, int(history.solved.sum())
    name = named(style, place)
    if not history.finished:
        return words("verdict.so_far", name=name, solved=solved, count=count)
    if count == 1:
        learned = words(f"verdict.one_{'learns' if solved else 'fails'}", name=name)
    else:
        outcome = "learns" if _learns(history) else "sometimes" if solved else "fails"
        # What all of them met is told with its cause.
        others = unsolved_in_words(words, history) if len(fate_counts(history)) > 1 else ""
        learned = words(f"verdict.{outcome}", name=name, solved=solved, count=count, fates=others)
    return f"{learned} {_why(words, history)}"


def _learns(history: History) -> bool:
    """Whether so many networks solved it that nothing is to be remedied."""
    return bool(history.solved.mean() >= ENOUGH)


def _why(words: Text, history: History) -> str:
    """A sentence on the gradient, or on what else made most networks fail."""
    experiment = history.experiment
    ratio = gradient_ratio(history.weight_gradient_norm[0])
    if not experiment.depth:
        return words("verdict.no_hidden")
    if _learns(history):
        kind = "though" if ratio < FADED else "arrives"
        return words(f"verdict.{kind}", share=_of_last(words, ratio))
    cause = failure_cause(history)
    rate = f"{experiment.learning_rate:g}"
    if cause == "too_large":
        met = fates(history)
        died = ((met == "dead") & ~history.dead[0]).sum() > (met == "diverged").sum()
        return words(f"verdict.{'died' if died else 'diverged'}", rate=rate)
    if cause == "undefined":
        broken = np.isnan(history.loss).any(axis=1)
        step = int(history.steps[np.argmax(broken)])
        when = words("verdict.at_step", step=whole(step)) if step else words("verdict.at_once")
        return words("verdict.undefined_loss", when=when)
    if cause in ("vanished", "plateau"):
        return _resting(words, history, cause, ratio)
    if cause == "born_dead":
        dead = int(history.dead[0].sum())
        return words("verdict.born_dead" if dead > 1 else "verdict.born_dead_one", dead=dead)
    return words("verdict.learning")


def _resting(words: Text, history: History, cause: str, ratio: float) -> str:
    """That networks rest on a plateau, and what the gradient has to do with it."""
    counts, solved = fate_counts(history), bool(history.solved.any())
    plateau = max(PLATEAUS, key=lambda name: counts.get(name, 0))
    resting, height = counts[plateau], _height(history, plateau)
    if solved or 2 * resting <= history.experiment.networks:
        stops = words("verdict.some_stop", resting=resting, height=height)
    else:
        stops = words("verdict.loss_stops", height=height)
    if not np.isfinite(ratio):
        return words("verdict.rests", stops=stops)
    if cause == "vanished":
        kind = "beside" if solved else "vanished"  # some solve it all the same
    else:
        kind = "beside" if ratio < FADED else "plateau"
    return words(f"verdict.{kind}", share=_of_last(words, ratio), stops=stops)


def _of_last(words: Text, ratio: float) -> str:
    """The first layer's gradient, as a share or a multiple of the last one's."""
    if SMALLEST_PERCENT <= ratio < 1:
        return words("verdict.percent", share=percent(ratio, 2))
    return words("verdict.times", ratio=number(ratio))


def _height(history: History, plateau: str) -> str:
    """The loss of a plateau; ln 2 by its name."""
    height = history.experiment.output_layer.plateaus[plateau]
    shown = number(height, decimals=3)
    return f"ln\u00a02\u00a0=\u00a0{shown}" if math.isclose(height, math.log(2)) else shown


def figures(words: Text, style: Style, histories: tuple[History, ...]) -> str:
    """Four figures for each activation, as a table."""
    heads = "".join(
        f'<th scope="col">{words(f"figures.{name}")}'
        f"<small>{words(f'figures.{name}_note')}</small></th>"
        for name in ("solved", "steps", "ratio", "shrink")
    )
    rows = []
    for place, history in enumerate(histories):
        one = standing(history)
        shrink = f"×{number(one.shrink)}{_theory(words, history)}"
        cells = (
            f"{percent(one.share)}<small>{percent(one.low)} – {percent(one.high)}</small>",
            _steps_to_solve(words, one, history),
            number(one.ratio),
            shrink if np.isfinite(one.shrink) else "–",
        )
        row = "".join(f"<td>{cell}</td>" for cell in cells)
        rows.append(f'<tr><th scope="row">{named(style, place)}</th>{row}</tr>')
    return (
        f'<table class="vgl-figures"><thead><tr><td></td>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _steps_to_solve(words: Text, one: Standing, history: History) -> str:
    """The median over all networks; the unsolved ones need more than there were."""
    if np.isfinite(one.steps):
        return whole(one.steps)
    return words("figures.more", steps=whole(history.steps[-1]))


def _theory(words: Text, history: History) -> str:
    """What theory expects of the factor per layer; where it may be off, a tooltip says why."""
    shrink, why = expected(history.experiment).shrink, caveats(words, history.experiment)
    text = words("figures.theory", shrink=number(shrink)) if shrink else words("figures.no_theory")
    hint = f' title="{html.escape(why[:1].upper() + why[1:])}"' if why else ""
    return f'<small class="vgl-theory"{hint}>{text}</small>'
