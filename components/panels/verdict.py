"""The verdict: what was learned and why, in words; and four figures a run; all computed.

It says what was seen: that a run has not learned yet, unless no step will change that; and side by
side what it began with and where it ended, unless a remedy for that alone is known to help.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from markupsafe import Markup

from components.drawing.charts.style import Style
from components.drawing.elements import named
from components.drawing.markup import element, joined, row, table
from components.drawing.theory import caveats, expected
from components.panels.fates import unsolved_in_words
from components.words.numbers import number, percent, whole
from components.words.text import Text
from models import History
from models.diagnostics import (
    CAUSES,
    ENOUGH,
    FADED,
    Standing,
    answer_off,
    compared_layers,
    failure_cause,
    fate_counts,
    fates,
    gradient_ratio,
    gradient_trend,
    initial_norm,
    is_final,
    relative_sizes,
    saturated,
    short_way,
    shrink_per_layer,
    standing,
    trend,
)
from models.norms import EPSILON
from models.tasks import PLATEAUS

SMALLEST_PERCENT = 1e-5  # a smaller share is a power of ten
RESTS = (*PLATEAUS, "elsewhere")  # fates of those whose loss has come to rest


def verdict(style: Style, histories: tuple[History, ...], tested: Sequence[bool] = ()) -> Markup:
    """A line a run: whether it learns, and why not.

    ``tested``: of each run, whether what may help it is known to; by default of none.
    """
    known = tested or [False] * len(histories)
    each = enumerate(zip(histories, known, strict=True))
    lines = (verdict_line(style, place, *one) for place, one in each)
    return element("div", *(element("p", line) for line in lines), class_="vgl-verdict")


def verdict_line(style: Style, place: int, history: History, tested: bool = False) -> Markup | str:
    """Whether one run learns, and why not: ``tested``, whether what may help it is known to."""
    words = style.words
    count, solved = history.experiment.networks, int(history.solved.sum())
    name, task = named(style, place), history.experiment.task.label
    if not history.finished:
        return words("verdict.so_far", name=name, task=task, solved=solved, count=count)
    outcome = _outcome(history)
    told = {"name": name, "task": task, "steps": whole(history.steps[-1]),
            "epochs": _epochs(words, history)}  # fmt: skip
    if count == 1:
        learned = words(f"verdict.one_{outcome}", **told)
    else:
        others = unsolved_in_words(words, history) if _is_told(history) else ""
        # Only a function is said to learn: of a loss or a batch networks do.
        of_function = style.names[place].startswith(history.experiment.phi.label)
        kind = outcome if of_function else f"run_{outcome}"
        learned = words(f"verdict.{kind}", **told, solved=solved, count=count, fates=others)
    why = _learned if outcome == "learns" else _WHY[failure_cause(history)]
    return joined((learned, why(words, history, tested)), " ")


def _outcome(history: History) -> str:
    """Whether so many networks solved it that nothing is to be remedied, and if not, what else."""
    if history.solved.mean() >= ENOUGH:
        return "learns"
    if history.solved.any():
        return "sometimes"
    return "fails" if is_final(history) else "not_yet"


def _epochs(words: Text, history: History) -> str:
    """How the number of steps goes on where one is shown fewer than all points."""
    epochs = int(history.steps[-1]) // history.experiment.epoch
    return words("verdict.epochs", epochs=whole(epochs)) if history.experiment.batch else ""


def _is_told(history: History) -> bool:
    """Whether it is told what became of the networks: what all of them met is, with its cause."""
    if len(fate_counts(history)) > 1:
        return True
    return not history.solved.any() and CAUSES[failure_cause(history)].lasting


def _learned(words: Text, history: History, tested: bool) -> str:
    if not history.experiment.depth:
        return _one_line(words, history)
    start, hidden = history.weight_gradient_norm[0], _is_of_hidden(history)
    ratio = gradient_ratio(compared_layers(history.experiment, start))
    share, told = _of_last(words, ratio, hidden), trend(ratio)
    if told == "exploding":
        return words("verdict.though_exploding", share=share)
    return words(f"verdict.{'though' if told == 'vanishing' else 'arrives'}", share=share)


def _one_line(words: Text, history: History) -> str:
    separable = history.experiment.task.is_separable
    return words("verdict.one_line" if separable else "verdict.no_hidden")


def _linear(words: Text, history: History, tested: bool) -> str:
    """One line explains why it rests, not that it diverged: where most did, that is told too."""
    said = words("verdict.linear" if history.experiment.depth else "verdict.no_hidden")
    if 2 * fate_counts(history).get("diverged", 0) <= history.experiment.networks:
        return said
    rate = f"{history.experiment.learning_rate:g}"
    return f"{said} {words('verdict.linear_diverged', rate=rate)}"


def _broadcast(words: Text, history: History, tested: bool) -> str:
    output, task = history.experiment.output_layer, history.experiment.task
    mean = float(output.target(task.labels).mean())
    return words("verdict.broadcast", mean=f"{mean:g}", floor=_floor(history))


def _out_of_range(words: Text, history: History, tested: bool) -> str:
    return words("verdict.out_of_range", floor=_floor(history))


def _squashed_twice(words: Text, history: History, tested: bool) -> str:
    several = history.experiment.output_layer.units > 1
    kind = "softmax_twice" if several else "sigmoid_twice"
    return words(f"verdict.{kind}", floor=_floor(history))


def _floor(history: History) -> str:
    """The loss that no answers go below."""
    experiment = history.experiment
    return number(experiment.output_layer.floor(experiment.task), decimals=3)


def _accumulated(words: Text, history: History, tested: bool) -> str:
    went = np.isin(fates(history), ("diverged", "dead")).mean() > 1 / 2
    then = _met(words, history) if went else _stops(words, history)
    return words("verdict.accumulated", then=then)


def _symmetric(words: Text, history: History, tested: bool) -> str:
    """Units that stay alike, or do not move at all: the loss tells that biases do not, either."""
    weights_rest = not history.weight_gradient_norm.any()
    rests = weights_rest and (history.loss == history.loss[0]).all()
    return words("verdict.motionless" if rests else "verdict.symmetric")


def _exploding(words: Text, history: History, tested: bool) -> str:
    widths = history.experiment.widths
    alike = len(set(widths)) == 1
    return words(
        f"verdict.{'exploding' if tested else 'explodes'}",
        units=words("verdict.units" if alike else "verdict.most_units", units=max(widths)),
        loss=number(float(np.nanmedian(history.loss[0]))),
        size=number(initial_norm(history)),
        met=_met(words, history),
    )


def _unspread(words: Text, history: History, tested: bool) -> str:
    factor = whole(1 / math.sqrt(EPSILON))
    went = np.isin(fates(history), ("diverged", "dead")).any()
    then = _met(words, history) if went else _stops(words, history)
    return words("verdict.unspread", factor=factor, then=then)


def _pairs(words: Text, history: History, tested: bool) -> str:
    return words("verdict.pairs")


def _norm_explodes(words: Text, history: History, tested: bool) -> str:
    start, norm = history.weight_gradient_norm[0], history.experiment.norm
    said = words(
        "verdict.norm_explodes",
        norm=words(f"names.norm_{norm}"),
        factor=number(shrink_per_layer(compared_layers(history.experiment, start))),
        share=_of_last(words, gradient_ratio(start)),
        met=_met(words, history),
    )
    rounded = norm == "batch" and history.experiment.dtype == "float32"
    return f"{said} {words('verdict.rounded')}" if rounded else said


def _skip_explodes(words: Text, history: History, tested: bool) -> str:
    return words(
        "verdict.skip_explodes",
        loss=number(float(np.nanmedian(history.loss[0]))),
        size=number(initial_norm(history)),
        met=_met(words, history),
    )


def _too_large(words: Text, history: History, tested: bool) -> str:
    rate = f"{history.experiment.learning_rate:g}"
    kind = "too_large" if tested else "at_rate"
    said = words(f"verdict.{kind}", rate=rate, met=_met(words, history))
    return f"{said} {_born_dead(words, history, tested)}" if history.dead[0].any() else said


def _met(words: Text, history: History) -> str:
    """What became of those that went too far: grew beyond all bounds, died while trained."""
    counts = Counter(fates(history)[~history.dead[0] & ~answer_off(history)].tolist())
    diverged, died = counts["diverged"], counts["dead"]
    kind = "diverged_and_died" if diverged and died else "diverged" if diverged else "died"
    return words(f"verdict.{kind}", diverged=diverged, died=died)


def _undefined(words: Text, history: History, tested: bool) -> str:
    """Since when the loss is no number, of those that it befell."""
    lost = np.isnan(history.loss)
    steps = history.steps[lost.argmax(axis=0)][lost.any(axis=0)]
    first, last = int((steps == 0).sum()), int(steps.max())
    if not last:
        kind = "at_once"
    elif (steps == last).all():
        kind = "at_step"
    else:
        kind = "some_at_once" if first else "by_step"
    later, step = len(steps) - first, whole(last)
    when = words(f"verdict.{kind}", first=first, later=later, step=step)
    return words("verdict.undefined_loss", when=when)


def _born_dead(words: Text, history: History, tested: bool) -> str:
    if history.experiment.networks == 1:
        return words("verdict.born_dead_one")
    return words("verdict.born_dead", dead=int(history.dead[0].sum()))


def _answer_off(words: Text, history: History, tested: bool) -> str:
    return words("verdict.answer_off", dead=int(answer_off(history).sum()))


def _saturated(words: Text, history: History, tested: bool) -> str:
    wrong = int(((fates(history) == "elsewhere") & saturated(history)).sum())
    return words("verdict.saturated", wrong=wrong)


def _small_weights(words: Text, history: History) -> str:
    share = percent(max(relative_sizes(history.experiment)), 2)
    return words("verdict.small_weights", share=share, stops=_stops(words, history))


def _decayed(words: Text, history: History) -> str:
    decay = f"{history.experiment.weight_decay:g}"
    return words("verdict.decayed", decay=decay, stops=_stops(words, history))


def _small_steps(words: Text, history: History) -> str:
    rate = f"{history.experiment.learning_rate:g}"
    return words("verdict.small_steps", rate=rate, stops=_stops(words, history))


def _few_steps(words: Text, history: History) -> str:
    if short_way(history) is not None:
        return _short_way(words, history, tested=True)
    steps = whole(history.steps[-1])
    return words("verdict.few_steps", steps=steps, stops=_stops(words, history))


def _short_way(words: Text, history: History, tested: bool) -> str:
    """About how far Adam's steps may have led, and that it is too little if that is known."""
    kind = "few_steps_short" if tested else "short_way"
    steps, rate = whole(history.steps[-1]), f"{history.experiment.learning_rate:g}"
    return words(f"verdict.{kind}", steps=steps, rate=rate, way=f"{short_way(history) or 0:.2g}")


def _narrow(words: Text, history: History) -> str:
    """With all that rest, wherever they do."""
    widths, stops = history.experiment.widths, _stops(words, history, RESTS)
    counts = fate_counts(history)
    resting = sum(counts.get(fate, 0) for fate in RESTS)
    if resting > counts.get(_most_met(history, RESTS), 0):
        stops = words("verdict.some_rest", count=resting)
    kind = "narrow" if len(set(widths)) == 1 else "narrowest"
    return words(f"verdict.{kind}", units=min(widths), stops=stops)


def _if_tested(cause: Callable[[Text, History], str]) -> Callable[[Text, History, bool], str]:
    """A cause that is only told as one if changing it is known to help; else what is seen."""

    def told(words: Text, history: History, tested: bool) -> str:
        if tested:
            return cause(words, history)
        learning = _most_met(history, (*RESTS, "learning")) == "learning"
        return (_on_its_way if learning else _resting)(words, history, tested)

    return told


def _most_met(history: History, among: Sequence[str]) -> str:
    """Of some fates the one that most networks met."""
    counts = fate_counts(history)
    return max(among, key=lambda fate: counts.get(fate, 0))


def _stops(words: Text, history: History, among: Sequence[str] = (*RESTS, "learning")) -> str:
    """What most losses do that are not low enough, as a part of a sentence."""
    fate = _most_met(history, among)
    count = fate_counts(history).get(fate, 0)
    most = not history.solved.any() and 2 * count > history.experiment.networks
    if fate in PLATEAUS:
        stop = "loss_stops" if most else "some_stop"
        return words(f"verdict.{stop}", resting=count, height=_height(history, fate))
    if fate == "elsewhere":
        kind = "loss_rests" if most else "some_rest"
    else:
        kind = "losses_change" if most else "some_change"
    return words(f"verdict.{kind}", count=count)


def _resting(words: Text, history: History, tested: bool) -> str:
    """That networks rest on a plateau, and what the gradient has to do with it."""
    stops, solved = _stops(words, history, RESTS), bool(history.solved.any())
    ratio = gradient_ratio(history.weight_gradient_norm[0])
    if not np.isfinite(ratio):
        return words("verdict.rests", stops=stops)
    if failure_cause(history) == "vanished" and tested and not solved:
        kind = "vanished"  # with the same gradient none solves it
    else:
        kind = "beside" if ratio < FADED else "plateau"
    return words(f"verdict.{kind}", share=_of_last(words, ratio), stops=stops)


def _on_its_way(words: Text, history: History, tested: bool) -> str:
    if short_way(history) is not None:
        return _short_way(words, history, tested=False)
    learning, networks = fate_counts(history)["learning"], history.experiment.networks
    if networks == 1:
        return words("verdict.learning_one")
    kind = "learning" if 2 * learning > networks else "some_learning"
    return words(f"verdict.{kind}", learning=learning)


_WHY: dict[str, Callable[[Text, History, bool], str]] = {
    "undefined": _undefined,
    "broadcast": _broadcast,
    "out_of_range": _out_of_range,
    "squashed_twice": _squashed_twice,
    "accumulated": _accumulated,
    "linear": _linear,
    "symmetric": _symmetric,
    "answer_off": _answer_off,
    "born_dead": _born_dead,
    "unspread": _unspread,
    "norm_explodes": _norm_explodes,
    "skip_explodes": _skip_explodes,
    "exploding": _exploding,
    "too_large": _too_large,
    "pairs": _pairs,
    "saturated": _saturated,
    "small_weights": _if_tested(_small_weights),
    "vanished": _resting,
    "decayed": _if_tested(_decayed),
    "small_steps": _if_tested(_small_steps),
    "few_steps": _if_tested(_few_steps),
    "narrow": _if_tested(_narrow),
    "plateau": _resting,
    "learning": _if_tested(_few_steps),
}
"""How each cause of failure is told."""


def _is_of_hidden(history: History) -> bool:
    """Whether the first layer's gradient is told beside the last hidden layer's.

    With norms and skips the last layer's is larger by a step that no layer's factor is: the
    gradient has not vanished where it is small beside that one alone.
    """
    start = history.weight_gradient_norm[0]
    return len(compared_layers(history.experiment, start)) < len(start)


def _of_last(words: Text, ratio: float, hidden: bool = False) -> str:
    """The first layer's gradient, as a share or a multiple of the last one's, or last hidden's."""
    of = "_hidden" if hidden else ""
    if SMALLEST_PERCENT <= ratio < 1:
        return words(f"verdict.percent{of}", share=percent(ratio, 2))
    return words(f"verdict.times{of}", ratio=number(ratio))


def _height(history: History, plateau: str) -> str:
    """The loss of a plateau; ln 2 by its name."""
    height = history.experiment.plateaus[plateau]
    shown = number(height, decimals=3)
    return f"ln\u00a02\u00a0=\u00a0{shown}" if math.isclose(height, math.log(2)) else shown


def figures(style: Style, histories: tuple[History, ...]) -> Markup:
    """Four figures for each activation, as a table."""
    words = style.words
    tasks = ", ".join(dict.fromkeys(history.experiment.task.label for history in histories))
    heads = [
        words(f"figures.{name}", task=tasks) + element("small", words(f"figures.{name}_note"))
        for name in ("solved", "steps", "ratio", "shrink")
    ]
    rows = []
    for place, history in enumerate(histories):
        one = standing(history)
        shrink = f"×{number(one.shrink)}" + _theory(words, history)
        cells = (
            percent(one.share) + element("small", f"{percent(one.low)} – {percent(one.high)}"),
            _steps_to_solve(words, one, history),
            number(one.ratio) + _ratio_note(words, history),
            shrink if np.isfinite(one.shrink) else "–",
        )
        rows.append(row(named(style, place), cells))
    return table(["", *heads], rows, class_="vgl-figures")


def _ratio_note(words: Text, history: History) -> str:
    """Where a ratio alone would deceive: all layers' gradients explode, or not all have one."""
    start, networks = history.weight_gradient_norm[0], history.experiment.networks
    if gradient_trend(history) == "exploding":
        return element("small", words("figures.explodes", size=number(initial_norm(history))))
    known = int(np.isfinite(start).all(axis=0).sum())
    return element("small", words("figures.known", known=known)) if 0 < known < networks else ""


def _steps_to_solve(words: Text, one: Standing, history: History) -> str:
    """The median over all networks; the unsolved ones need more than there were."""
    if np.isfinite(one.steps):
        return whole(one.steps)
    return words("figures.more", steps=whole(history.steps[-1]))


def _theory(words: Text, history: History) -> Markup:
    """What theory expects of the factor per layer; where it may be off, a tooltip says why."""
    shrink, why = expected(history.experiment).shrink, caveats(words, history.experiment)
    text = words("figures.theory", shrink=number(shrink)) if shrink else words("figures.no_theory")
    hint = why[:1].upper() + why[1:] if why else None
    return element("small", text, class_="vgl-theory", title=hint)
