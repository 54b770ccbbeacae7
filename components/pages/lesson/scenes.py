"""What each scene trains, which answer its run gives, and the figures that its sentences say."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from components.panels.sidebar import PRESETS
from components.settings.choice import choice_of
from components.settings.naming import run_names
from components.settings.outline import OUTLINE
from components.settings.state.items import DEFAULTS, FAMILY, NONE
from components.words.numbers import UNKNOWN, number, percent, whole
from components.words.text import Text
from models import ACTIVATIONS, Experiment, History
from models.diagnostics import (
    ENOUGH,
    ChainFactors,
    born_dead,
    chain_factors,
    damage,
    gradient_ratio,
    kept_by_all,
    layer_health,
    median_gradient_network,
    points_views,
    representative_networks,
    standing,
)
from models.diagnostics.statistics import euclidean_norm
from models.passes import Pass, network_pass
from models.predicted import predicted_dead

Run = tuple[History, ...]
"""What is trained in one pass, one history an experiment."""
Said = dict[str, str]
"""What a sentence's placeholders stand for."""

NEARLY_ALL, FEW = 0.9, 0.1  # of the networks
MOST_LEFT, SOME_LEFT = 0.1, 0.001  # of the gradient
PATIENT_STEPS = 10_000  # after which skips alone have helped, too
LONGER, DEEPEST = 20, 50  # hidden layers that norm and skips are tried at, beside the usual ones
FEW_NETWORKS = 16  # of so many layers, so that a hall need not wait


@dataclass(frozen=True)
class Scene:
    """One scene.

    Attributes:
        name: of its sentences, a key of ``OUTLINE``.
        lab: how the controls differ from the first screen where the lab shows its setting.
        runs: the experiments that it trains, those of one pass together. The first one of the first
            run is what the question is about.
        right: which of the answers its runs give, once they are finished.
        said: what its sentences on the outcome say, computed from its runs.
    """

    name: str
    lab: dict[str, Any]
    runs: tuple[tuple[Experiment, ...], ...]
    right: Callable[[Sequence[Run]], tuple[str, ...]]
    said: Callable[[Text, Sequence[Run]], Said]

    @property
    def number(self) -> int:
        """Its place in the lesson, from 1."""
        return list(OUTLINE).index(self.name) + 1

    @property
    def answers(self) -> tuple[str, ...]:
        """In the order in which they are offered."""
        return OUTLINE[self.name]

    def setting(self) -> Said:
        """What its sentences say before anything is trained."""
        asked = self.runs[0][0]
        return {
            "depth": f"{asked.depth}",
            "width": f"{asked.width}",
            "networks": f"{asked.networks}",
            "steps": whole(asked.steps),
            "rate": f"{asked.learning_rate:g}",
            "bound": number(max_slope(asked) ** asked.depth),
        }


def max_slope(experiment: Experiment) -> float:
    """The largest derivative of a sigmoid-like activation, which it has at 0."""
    z = np.zeros(1)
    return float(experiment.phi.slope_curve(z, experiment.activation_parameter)[0])


def typical(run: Run) -> int:
    """The network that stands for a run by what it has learned."""
    return representative_networks(run[0], kept_by_all(run))["typical"]


def typical_at_start(run: Run) -> int:
    """The network that stands for a run by the gradient that it begins with."""
    return median_gradient_network(run[0], kept_by_all(run))


def factors_at_start(run: Run, network: int) -> ChainFactors:
    """The factors of a network's gradient before training."""
    return chain_factors(network_pass(run[0], network, slice(0, 1)), 0)


def answer_name(words: Text, answer: str) -> str:
    """An answer as it is offered."""
    return ACTIVATIONS[answer].label if answer in ACTIVATIONS else words(f"answers.{answer}")


def _learning(history: History) -> tuple[str, ...]:
    """Whether it learns, as the verdict says it, too."""
    if history.solved.mean() >= ENOUGH:
        return ("learns",)
    return ("sometimes",) if history.solved.any() else ("stops",)


def _solved(history: History) -> str:
    return f"{int(history.solved.sum())}"


def _median_loss(history: History) -> str:
    return number(float(np.nanmedian(history.loss[-1])), decimals=4)


def _first_learns(trained: Sequence[Run]) -> tuple[str, ...]:
    return _learning(trained[0][0])


def _plateau(words: Text, trained: Sequence[Run]) -> Said:
    """Where a run rests that answers the same to every point."""
    history = trained[0][0]
    return {
        "solved": _solved(history),
        "loss": _median_loss(history),
        "ln2": number(math.log(2), decimals=4),
        "answer": number(float(np.median(history.hypothesis[-1])), decimals=2),
        "accuracy": number(float(np.median(history.accuracy[-1])), decimals=2),
    }


def _deep(words: Text, trained: Sequence[Run]) -> Said:
    history = trained[0][0]
    accuracy = number(float(history.accuracy[-1, typical(trained[0])]), decimals=2)
    return {"solved": _solved(history), "accuracy": accuracy}


def _ratio(history: History) -> float:
    return float(gradient_ratio(history.weight_gradient_norm[0]))


def _gradient_left(trained: Sequence[Run]) -> tuple[str, ...]:
    factors = factors_at_start(trained[0], typical_at_start(trained[0]))
    if factors.ratio >= MOST_LEFT:
        return ("most",)
    return ("hundredth",) if factors.ratio >= SOME_LEFT else ("hardly",)


def _chain(words: Text, trained: Sequence[Run]) -> Said:
    """The factors of a typical gradient before training, and what they multiply to."""
    network = typical_at_start(trained[0])
    factors = factors_at_start(trained[0], network)
    found = damage(factors)
    return {
        "network": f"{network}",
        "most": number(max_slope(trained[0][0].experiment)),
        "slope_low": number(factors.activation.min()),
        "slope_high": number(factors.activation.max()),
        "weight_low": number(factors.weights.min()),
        "weight_high": number(factors.weights.max()),
        "activation": number(found.activation),
        "weights": number(found.weights),
        "signal": number(found.signal, 3),  # as the table has them, which multiplies out
        "inputs": number(found.inputs, 3),
        "ratio": number(found.ratio, 3),
    }


def _relu(words: Text, trained: Sequence[Run]) -> Said:
    (relu, sigmoid), (_, linear), _ = trained
    factors = factors_at_start(trained[0], typical(trained[0]))
    return {
        "solved": _solved(relu),
        "sigmoid": _solved(sigmoid),
        "ratio": number(_ratio(relu)),
        "ratio_sigmoid": number(_ratio(sigmoid)),
        "linear": _solved(linear),
        "slope_low": number(factors.activation.min()),
        "slope_high": number(factors.activation.max()),
    }


def _share(trained: Sequence[Run]) -> tuple[str, ...]:
    share = trained[0][0].solved.mean()
    if share >= NEARLY_ALL:
        return ("nearly_all",)
    return ("few",) if share <= FEW else ("half",)


def _seeds(words: Text, trained: Sequence[Run]) -> Said:
    first, run = trained[0][0], trained[0]
    names = run_names(words, [history.experiment for history in run])
    others = zip(names[1:], run[1:], strict=True)
    expects = predicted_dead(first.experiment)
    return {
        "solved": _solved(first),
        "dead": f"{int(born_dead(first).sum())}",
        "expected": UNKNOWN if expects is None else percent(expects),
        "others": " · ".join(f"{name}: {_solved(history)}" for name, history in others),
    }


def _most_solved(trained: Sequence[Run]) -> tuple[str, ...]:
    """The answer under which most networks solve it, and those that so many cannot tell from it."""
    standings = {history.experiment.activation: standing(history) for history in trained[0]}
    offered = {name: standings[name] for name in OUTLINE["family"]}
    best = max(offered.values(), key=lambda each: each.solved)
    return tuple(name for name, each in offered.items() if each.high >= best.low)


def _family(words: Text, trained: Sequence[Run]) -> Said:
    ranked = sorted(trained[0], key=lambda history: -history.solved.sum())
    by_name = {history.experiment.activation: history for history in trained[0]}
    maxout = by_name["maxout"]
    alike, first = _most_solved(trained), trained[0][0].experiment
    names = ", ".join(answer_name(words, name) for name in alike)
    return {
        "alike": words("lesson.family.alike", names=names, networks=first.networks)
        if len(alike) > 1
        else "",
        "most": f"{int(ranked[0].solved.sum())}",
        "ranking": " · ".join(f"{h.experiment.phi.label} {_solved(h)}" for h in ranked),
        "diverged": f"{int(maxout.diverged.sum())}",
        "pieces": f"{maxout.experiment.parameter_count:,}",
        "parameters": f"{by_name['relu'].experiment.parameter_count:,}",
    }


def _adam_learns(trained: Sequence[Run]) -> tuple[str, ...]:
    return _learning(trained[0][1])


def _adam(words: Text, trained: Sequence[Run]) -> Said:
    """What the first step does to the first layer's weights, beside their gradient."""
    descent, adam = trained[0]
    network = typical(trained[0])
    moved = [layer_health(history, network).update[0, 0] for history in trained[0]]
    return {
        "solved": _solved(adam),
        "descent": _solved(descent),
        "ratio": number(_ratio(adam)),
        "moved": number(moved[1]),
        "moved_descent": number(moved[0]),
        "adam_rate": f"{adam.experiment.learning_rate:g}",
    }


def helped(trained: Sequence[Run], activation: str) -> Run:
    """The usual layers of an activation: plain, with a norm, with skips, with both."""
    (plain, norm), (skip, both) = trained[:2]
    if activation == "relu":
        (plain, skip), (norm, both, *_) = trained[2:4]
    return plain, norm, skip, both


def _enough_alone(trained: Sequence[Run]) -> tuple[str, ...]:
    """Which of the two is enough without the other."""
    _, norm, skip, _ = helped(trained, "sigmoid")
    learn = [_learning(history) == ("learns",) for history in (norm, skip)]
    if all(learn):
        return ("either",)
    if not any(learn):
        return ("neither",)
    return ("norm",) if learn[0] else ("skip",)


def _helps(words: Text, trained: Sequence[Run]) -> Said:
    """What norm and skips do to sigmoids and to ReLU, on the way forward and on the way back."""
    *_, longer = trained[3]
    (deep_norm, deep_both), (exploding, held), (patient,) = trained[4:]
    sigmoids, relus = helped(trained, "sigmoid"), helped(trained, "relu")
    said = {}
    for name, sigmoid, relu in zip(("plain", "norm", "skip", "both"), sigmoids, relus, strict=True):
        said[name], said[f"relu_{name}"] = _solved(sigmoid), _solved(relu)
        said[f"spread_{name}"] = percent(_spread_at_end(sigmoid), digits=2)
    said["grown_plain"], said["grown_skip"] = map(number, map(_growth, trained[2]))
    return said | {
        "deep": f"{deep_both.experiment.depth}",
        "deep_networks": f"{deep_both.experiment.networks}",
        "deep_both": _solved(deep_both),
        "deep_ratio": number(_ratio(deep_both)),
        "deep_diverged": f"{int(deep_norm.diverged.sum())}",
        "exploded": number(_ratio(exploding)),
        "held": number(_ratio(held)),
        "patient": _solved(patient),
        "patient_steps": whole(patient.experiment.steps),
        "longer": f"{longer.experiment.depth}",
        "diverged": f"{int(longer.diverged.sum())}",
    }


def _spread_at_end(history: History) -> float:
    """How far the points spread before the last layer, in their length: a median at the start."""
    return _median_at_start(history, lambda one: points_views(one, 0)[-1].spread)


def _growth(history: History) -> float:
    """The last hidden layer's output over the first one's: a median at the start."""
    return _median_at_start(
        history, lambda one: euclidean_norm(one.inputs[-1]) / euclidean_norm(one.inputs[1])
    )


def _median_at_start(history: History, figure: Callable[[Pass], float]) -> float:
    """Of the networks whose parameters were kept, before training."""
    passes = (network_pass(history, network, slice(0, 1)) for network in history.kept.tolist())
    return float(np.median([figure(one) for one in passes]))


def _runs_of(lab: dict[str, Any]) -> tuple[Experiment, ...]:
    """What the lab trains with its controls at these values."""
    return tuple(choice_of(DEFAULTS | lab).experiments)


def _seed_runs() -> tuple[Experiment, ...]:
    """Two widths with three kinds of initial weights each."""
    (first,) = _runs_of(_NARROW)
    return tuple(
        replace(first, width=width, init=init)
        for width in (first.width, DEFAULTS["width"])
        for init in ("lecture", "pytorch", "he_normal")
    )


def _helped_runs() -> tuple[tuple[Experiment, ...], ...]:
    """Sigmoids and ReLU under every remedy, and how these do where it is deeper still.

    In pairs where one looks inside: of more, no parameters are kept.
    """
    plain = _runs_of(_HELPED)[0]
    relu, deep = replace(plain, activation="relu"), replace(plain, depth=DEEPEST)
    longer = replace(relu, depth=LONGER, skip=True)
    few, start = replace(deep, networks=FEW_NETWORKS), replace(deep, activation="relu", steps=1)

    def norm(one: Experiment) -> Experiment:
        return replace(one, norm="batch")

    def skip(one: Experiment) -> Experiment:
        return replace(one, skip=True)

    def both(one: Experiment) -> Experiment:
        return norm(skip(one))

    return (
        (plain, norm(plain)),
        (skip(plain), both(plain)),
        (relu, skip(relu)),
        (norm(relu), both(relu), longer),
        (norm(few), both(few)),
        (norm(start), both(start)),
        (replace(skip(plain), steps=PATIENT_STEPS, networks=FEW_NETWORKS),),
    )


_NEURON = {"activation": "sigmoid", "compare": NONE, "depth": 0}
_DEEP = {"activation": "sigmoid", "compare": NONE, "depth": 3, "steps": 10_000}
_DEEPER = {"activation": "sigmoid", "compare": NONE, "steps": 10_000}
_OUTPUT, _COST, _ADAM = (PRESETS[name] for name in ("output", "loss", "adam"))
_NARROW = {"compare": NONE, "width": 5, "steps": 10_000}
_FAMILY = {"compare": FAMILY}
_HELPED = PRESETS["cures"]

SCENES = (
    Scene("neuron", _NEURON, (_runs_of(_NEURON),), _first_learns, _plateau),
    Scene("deep", _DEEP, (_runs_of(_DEEP),), _first_learns, _deep),
    Scene("deeper", _DEEPER, (_runs_of(_DEEPER),), _first_learns, _plateau),
    Scene("chain", _DEEPER, (_runs_of(_DEEPER),), _gradient_left, _chain),
    Scene("relu", {}, (_runs_of({}), _runs_of(_OUTPUT), _runs_of(_COST)), _first_learns, _relu),
    Scene(
        "seeds",
        _NARROW | {"compare": "relu", "compare_init": "he_normal"},
        (_seed_runs(),),
        _share,
        _seeds,
    ),
    Scene("family", _FAMILY, (_runs_of(_FAMILY),), _most_solved, _family),
    Scene("adam", _ADAM, (_runs_of(_ADAM),), _adam_learns, _adam),
    Scene("helps", _HELPED, _helped_runs(), _enough_alone, _helps),
)
"""All scenes, in the lecture's order."""
