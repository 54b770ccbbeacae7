"""What a program is compared with: the lab's own figures of the run that the program is of.

A program trains in float64, and so does the lab, when the file is made; the page's figures stand
beside these, as they may be of a run in float32.
"""

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from components.drawing.charts.gradient import median_norms
from components.export.source import Source
from components.serving.memory import BUDGET
from components.words.text import Text
from models import Experiment, History
from models.cost import estimate
from models.repeat import COPIES, MARGIN, Repeat, apart, digits, repeat
from models.version import engine_version

SECONDS = 10.0  # that training in float64 may take
PAGE_DIGITS = 4  # of a figure that the page shows, to be told from another

Figures = Callable[[Text, History, Repeat | None, int], list[str]]


@dataclass(frozen=True)
class _Line:
    """A figure with its name; ``agreeing`` of its digits are the same however it is rounded."""

    name: str
    value: float
    agreeing: int

    def written(self, words: Text) -> str:
        """As a program prints it."""
        if not self.agreeing:
            return f"{self.name} {self.value:.0e} ({words('program.decided')})"
        return f"{self.name} {self.value:.{self.agreeing}g}"


def made_with(words: Text) -> str:
    """What a program's figures were made with."""
    return words(
        "program.made_with",
        python=platform.python_version(),
        torch=torch.__version__,
        engine=engine_version(),
    )


def network_figures(source: Source, histories: Sequence[History], network: int) -> list[str]:
    """What a program of one network prints, of one run or of each."""
    return _both(source, histories, range(network, network + 1), _of_network)


def ensemble_figures(source: Source, history: History) -> list[str]:
    """What a program of all networks prints."""
    return _both(source, [history], range(history.experiment.networks), _of_all)


def _both(
    source: Source, histories: Sequence[History], networks: range, figures: Figures
) -> list[str]:
    """The figures in float64, the page's, and why they differ."""
    words = source.words
    torch.set_num_threads(1)  # this thread's: tensors so small are not worth sharing
    repeats = [_repeated(history.experiment, networks) for history in histories]
    exact = [each for each in repeats if each is not None]
    dtype = histories[0].experiment.dtype
    shown = [figures(words, history, None, networks.start) for history in histories]
    page = [words("program.page", dtype=dtype), *_named(source, shown)]
    if len(exact) < len(repeats):
        return [*page, "", words("program.too_long", seconds=f"{SECONDS:g}")]
    found = [figures(words, each.history, each, 0) for each in exact]
    lines = [words("program.exact"), *_named(source, found)]
    return lines if dtype == "float64" else [*lines, "", *page, "", words("program.why")]


def _repeated(experiment: Experiment, networks: range) -> Repeat | None:
    """What repeats; None where that takes too long, or more memory than a run may take here."""
    held = len(networks) * -(-COPIES // len(networks))
    exact = replace(experiment, dtype="float64", networks=held, start=None)
    if estimate([exact], frames=False).bytes > BUDGET.run:
        return None
    return repeat(experiment, networks, SECONDS)


def _named(source: Source, figures: Sequence[list[str]]) -> list[str]:
    """Indented, with the run's name before each where there are several."""
    if len(figures) == 1:
        return [f"    {line}" for line in figures[0]]
    named = zip(source.style.names, figures, strict=True)
    return [f"    {name} end {line}" for name, lines in named for line in lines]


def _of_network(words: Text, history: History, tried: Repeat | None, network: int) -> list[str]:
    gradients = history.weight_gradient_norm[-1, :, network]
    agreeing, certain = [PAGE_DIGITS] * (1 + len(gradients)), True
    if tried:
        loss, apart_by = tried.spread()
        agreeing = [digits(spread) for spread in (loss[network], *apart_by[:, network])]
        certain = len({*tried.nudged.diverged, history.diverged[network]}) == 1
    if history.diverged[network]:
        doubt = "" if certain else f" ({words('program.decided')})"
        return [words("program.shown_diverged") + doubt]
    names = ["loss", *(f"layer {layer} gradient" for layer in range(1, len(gradients) + 1))]
    values = [history.loss[-1, network], *gradients]
    lines = [_Line(*line).written(words) for line in zip(names, values, agreeing, strict=True)]
    shares = {float(history.accuracy[-1, network])}
    if tried:  # an answer on the threshold is on either side of it
        others = tried.nudged.accuracy[-1]
        shares |= {float(share) for share in others[np.isfinite(others)]}
    doubt = f" ({words('program.decided')})" if len(shares) > 1 else ""
    lines.insert(1, f"accuracy {'–'.join(f'{share:g}' for share in sorted(shares))}{doubt}")
    return lines


def _of_all(words: Text, history: History, tried: Repeat | None, _: int) -> list[str]:
    medians = median_norms(history, -1)
    counts, agreeing = {int(history.solved.sum())}, [PAGE_DIGITS] * len(medians)
    if tried:
        copies = tried.nudged.solved.reshape(-1, len(history.solved)).sum(axis=1)
        counts |= {int(count) for count in copies}
        spread = apart(medians[:, None], median_norms(tried.nudged, -1)[:, None])
        others = np.stack([median_norms(each, -1) for each in _read_otherwise(tried)], axis=1)
        spread = np.maximum(spread, apart(medians[:, None], others) / MARGIN)[:, 0]
        agreeing = [digits(each) for each in spread]
    lines = [f"solved {'–'.join(map(str, sorted(counts)))} of {len(history.solved)}"]
    for layer, (median, agree) in enumerate(zip(medians, agreeing, strict=True), start=1):
        if np.isfinite(median):
            lines.append(_Line(f"layer {layer} median gradient", median, agree).written(words))
    return lines


def _read_otherwise(tried: Repeat) -> list[History]:
    """The run with gradients that are rounding alone as the least of all, and as none.

    A median leaves out exact zeros, and whether rounding leaves 1e-17 or 0 differs.
    """
    history = tried.history
    norms = history.weight_gradient_norm
    rest = np.vectorize(digits)(tried.spread()[1]) == 0
    rest |= (norms[-1] == 0) & ~history.dead[-1]
    return [
        replace(history, weight_gradient_norm=np.where(rest, value, norms))
        for value in (np.finfo(np.float64).tiny, 0.0)
    ]
