"""The corpus: what is read of a program is what the program does when it is really run."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from models.experiment import Experiment
from models.reading import read_program
from models.reading.mending import mend
from models.reading.mistakes import MISTAKES
from models.trainer import train
from tests.models.reading.corpus import PROGRAMS, Program
from tests.models.reading.running import STEPS, Run, run_programs

NAMES = [program.name for program in PROGRAMS]
ROUNDING = 10  # times what rounding does to the lab's own run
MOST = 1e-3  # that may be rounding
FLOATS = {"float32": 2e-6, "float64": 1e-9}


@pytest.mark.parametrize("program", PROGRAMS, ids=NAMES)
def test_reads_a_program_as_a_person_does(program: Program) -> None:
    reading = read_program(program.text)
    assert [(mistake.name, mistake.line) for mistake in reading.mistakes] == program.wrong
    assert (reading.refusal.name if reading.refusal else "") == program.refusal
    if program.settings is None:
        assert reading.experiment is None
    else:
        assert reading.dialect == program.dialect
        assert reading.experiment is not None
        assert _setting(reading.experiment) == _setting(Experiment(**program.settings))


def _setting(experiment: Experiment) -> dict:
    """All that makes its networks what they are: of the first weights what they are drawn from,
    which may be called in more than one way.
    """
    setting = vars(replace(experiment, seed=0))
    law = experiment.distribution
    drawn = [
        [round(scale(*fan), 9) for fan in _fans(experiment)]
        for scale in (law.weight_scale, law.bias_scale)
    ]
    of = experiment.initializer
    named = {name: value for name, value in setting.items() if name not in ("init", "gain", "bias")}
    return named | {"drawn": drawn, "law": (of.uniform, of.orthogonal, of.one_sided)}


def _fans(experiment: Experiment) -> list[tuple[int, int]]:
    return list(itertools.pairwise(experiment.sizes))


def test_the_corpus_has_every_mistake() -> None:
    wrong = [program for program in PROGRAMS if program.mistakes]
    assert {name for program in wrong for name, _ in program.mistakes} == set(MISTAKES)
    assert all(len(program.mistakes) == 1 for program in wrong)
    assert len(PROGRAMS) >= 60 and len(wrong) >= 20


def test_the_lab_trains_what_the_programs_train() -> None:
    """Those with a mistake as they are, and mended."""
    cases = [(program, program.name, program.text) for program in PROGRAMS]
    wrong = [program for program in PROGRAMS if program.mistakes]
    cases += [(program, f"{program.name}, mended", _mended(program)) for program in wrong]
    runs = run_programs({name: text for _, name, text in cases})
    too_far = {}
    for program, name, text in cases:
        reading, run = read_program(text), runs[name]
        kinds = [MISTAKES[mistake.name] for mistake in reading.mistakes]
        assert not run.error or any(kind.stops for kind in kinds), (name, run.error)
        if reading.experiment is not None and not run.error:
            moves = all(kind.moves for kind in kinds)
            apart, rounding = difference(reading.experiment, run, program.factor, moves)
            if not apart <= rounding + program.eased:
                too_far[name] = apart, rounding
        elif not run.error and not all(kind.moves for kind in kinds):
            assert len(set(run.losses)) == 1, name
    assert not too_far


def _mended(program: Program) -> str:
    reading = read_program(program.text)
    mended = mend(reading, reading.mistakes[0])
    assert mended is not None and mended.text is not None
    return mended.text


def difference(experiment: Experiment, run: Run, factor: float, moves: bool) -> tuple[float, float]:
    """How far apart two runs from the same weights are, relative, and what rounding may do.

    The first loss, the loss after ``STEPS`` steps, and all weights then are compared. Of batches,
    whose losses are those of some points, the weights and the lab's loss under them.
    """
    assert _fans(experiment) == run.shapes
    assert experiment.dtype == run.dtype
    assert experiment.batch is None or (experiment.order == "shuffled") == run.shuffled
    _see_drawn(experiment, run)
    lab = _trained(experiment, run.start)
    rounding = _apart(lab, _trained(replace(experiment, dtype=_OTHER[experiment.dtype]), run.start))
    floor = FLOATS[experiment.dtype]
    losses = [run.losses[0] / factor, run.losses[-1] / factor]
    if experiment.batch:
        losses = [lab[0], _trained(experiment, run.end)[0]]
    if not moves:
        assert run.losses[0] == run.losses[-1]
        return _relative(lab[0], losses[0]), floor
    weights = np.concatenate([np.ravel(part) for layer in run.end for part in layer])
    return _apart(lab, (*losses, weights)), min(ROUNDING * rounding, MOST) + floor


_OTHER = {"float32": "float64", "float64": "float32"}


def _trained(experiment: Experiment, start: list) -> tuple[float, float, np.ndarray]:
    """First loss, last loss, last weights of one network."""
    one = replace(
        experiment, networks=1, steps=STEPS, order="fixed", seed=0,
        start=tuple((weight, bias) for weight, bias in start),
    )  # fmt: skip
    history = train(one)
    weights = [np.ravel(part) for layer in history.parameters(-1, 0) for part in layer]
    return history.loss[0, 0], history.loss[-1, 0], np.concatenate(weights)


def _apart(one: tuple, other: tuple) -> float:
    spread = np.abs(other[2]).max()
    weights = np.abs(one[2] - other[2]).max() / spread if spread else np.abs(one[2]).max()
    return max(_relative(one[0], other[0]), _relative(one[1], other[1]), float(weights))


def _relative(one: float, other: float) -> float:
    if np.isnan(one) or np.isnan(other):
        return 0.0 if np.isnan(one) and np.isnan(other) else np.inf
    return abs(one - other) / max(abs(other), 1e-6)


def _tuples(rows: list) -> tuple:
    return tuple(map(tuple, rows))


def _see_drawn(experiment: Experiment, run: Run) -> None:
    """The program's first weights may well be of the distribution that was read."""
    if experiment.start is not None:
        assert experiment.start == tuple((_tuples(w), tuple(b)) for w, b in run.start)
        return
    law, uniform = experiment.distribution, experiment.initializer.uniform
    for part, square, bound in (
        (0, law.square, law.weight_scale), (1, law.bias_variance, law.bias_scale)
    ):  # fmt: skip
        squares, count = 0.0, 0
        for layer, fan in zip(run.start, _fans(experiment), strict=True):
            numbers = np.ravel(layer[part])
            if not square(*fan):
                assert not numbers.any()
                continue
            assert not uniform or np.abs(numbers).max() <= bound(*fan) * (1 + 1e-6)
            squares += (numbers**2).sum() / square(*fan)
            count += numbers.size
        # A sum of squares of so many draws has the variance 2 of each normal one, .8 of a uniform.
        assert abs(squares - count) <= 5 * np.sqrt((0.8 if uniform else 2) * count)
