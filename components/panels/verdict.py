"""The verdict: one sentence, and four figures for each activation; all computed."""

import html

import numpy as np

from components.charts.style import Style
from components.elements import named
from components.numbers import number, percent, whole
from components.panels.fates import cause, unsolved_in_words
from components.text import Text
from components.theory import caveats, expected
from models import History
from models.diagnostics import Standing, gradient_ratio, standing


def verdict(words: Text, style: Style, histories: tuple[History, ...]) -> str:
    """One sentence, computed."""
    sentences = []
    training = histories[0].steps[-1] < histories[0].experiment.steps
    for place, history in enumerate(histories):
        ratio = gradient_ratio(history.weight_gradient_norm[0])
        form = "verdict.first" if place == 0 else "verdict.second"
        if not np.isfinite(ratio) or history.experiment.depth == 0:
            form += "_flat"
        sentence = words(
            form,
            name=named(style, place),
            solved=int(history.solved.sum()),
            count=history.experiment.networks,
            fates=unsolved_in_words(words, history),
            ratio=number(ratio),
        )
        sentence = f"{sentence} {cause(words, history)}".rstrip()
        sentences.append((words("verdict.so_far") if training and place == 0 else "") + sentence)
    return f'<p class="vgl-verdict">{"<br>".join(sentences)}</p>'


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
