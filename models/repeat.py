"""How much of a run repeats where it is rounded otherwise: in another program, on another machine.

Rounding errors grow while networks train, in some settings until not a digit is left. How far is
not to be derived, but to be tried: some copies of a run start from weights that differ by a few
rounding errors, and the digits that all of them share are those that may be expected elsewhere.
"""

import time
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch

from models.experiment import Experiment, initial_parameters
from models.history import History
from models.initializers import Parameters
from models.plan import Arm
from models.trainer import Trainer

NUDGE = 2.0**-46  # relative change of an initial weight: 64 rounding errors of float64
COPIES = 6  # networks that are nudged, at least
MARGIN = 10.0  # another program's rounding errors go other ways than the copies'
MOST_DIGITS = 8
FIRST_LOOK = 0.5  # seconds of training after which it is known how long it takes


@dataclass(frozen=True, eq=False)
class Repeat:
    """Networks trained in float64, and what is left of them in nudged copies.

    Attributes:
        history: of E networks, at their end alone.
        nudged: of the copies, C times E networks: all of the first copy, then of the next.
    """

    history: History
    nudged: History

    def spread(self) -> tuple[np.ndarray, np.ndarray]:
        """Relative differences of the loss ``[E]`` and of the gradients ``[L, E]``, at most.

        At least what autograd's ``h - y`` is rounded by, which for a nearly right answer cancels.
        """
        loss, gradients = (
            apart(getattr(self.history, name)[-1], getattr(self.nudged, name)[-1])
            for name in ("loss", "weight_gradient_norm")
        )
        with np.errstate(divide="ignore"):
            cancelled = np.finfo(np.float64).eps / self.history.loss[-1]
        return np.maximum(loss, cancelled), np.maximum(gradients, cancelled)


def apart(values: np.ndarray, copies: np.ndarray) -> np.ndarray:
    """``[..., E]`` how far copies ``[..., C * E]`` are from values ``[..., E]``, relatively."""
    copies = copies.reshape(*values.shape[:-1], -1, values.shape[-1])
    values = values[..., None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(copies == values, 0, np.abs(copies / values - 1)).max(axis=-2)


def digits(spread: float) -> int:
    """How many significant digits agree, of values that are apart by ``spread``, relatively."""
    if not np.isfinite(spread):
        return 0
    return int(np.clip(-np.log10(max(MARGIN * spread, 1e-300)), 0, MOST_DIGITS))


class _TooLongError(Exception):
    """It would take longer than it may."""


def repeat(experiment: Experiment, networks: range, seconds: float) -> Repeat | None:
    """Train networks of an experiment in float64, whatever its own precision is, and their copies.

    Args:
        experiment: the run.
        networks: which of its networks; each is what it is alone, as it depends on its seed only.
        seconds: how long it may take; where that will not do, it is given up at once.

    Returns:
        What repeats; None: it would have taken longer.
    """
    try:
        return _repeat(experiment, networks, seconds)
    except _TooLongError:  # at this moment: at another it may not
        return None


@lru_cache(maxsize=64)
def _repeat(experiment: Experiment, networks: range, seconds: float) -> Repeat:
    copies = -(-COPIES // len(networks))
    deadline = time.monotonic() + seconds
    # One after the other, so that only one is held.
    exact = _trained(_Exact(experiment, networks, 1), deadline)
    return Repeat(exact, _trained(_Nudged(experiment, networks, copies), deadline))


def _trained(trainer: Trainer, deadline: float) -> History:
    """What a trainer has come to before a moment (``time.monotonic``)."""
    trainer.advance(min(FIRST_LOOK, deadline - time.monotonic()))
    if (trainer.seconds_left or 0) <= deadline - time.monotonic():
        trainer.advance(deadline - time.monotonic())
    if not trainer.finished:
        raise _TooLongError
    return _end(trainer.histories()[0])


class _Exact(Trainer):
    """Some networks of an experiment in float64, so many times; no parameters are kept."""

    def __init__(self, experiment: Experiment, networks: range, copies: int):
        self._which = list(networks) * copies
        self._exact = replace(experiment, dtype="float64")
        trained = replace(self._exact, networks=len(self._which), start=None)
        super().__init__([trained], keep=())

    def _start(self, members: list[int], networks: slice) -> Parameters:
        return initial_parameters(self._exact, self._which[networks])

    def _seeds(self, networks: slice) -> list[int]:
        return [self._exact.seed + network for network in self._which[networks]]


class _Nudged(_Exact):
    """The same from other weights in the fourteenth digit, measured with autograd's derivatives.

    These take a slope from the unit's output, which is rounded to 0 where it is saturated.
    """

    def _start(self, members: list[int], networks: slice) -> Parameters:
        generator = torch.Generator().manual_seed(networks.start)
        return [
            tuple(
                value * (1 + NUDGE * torch.empty_like(value).uniform_(-1, 1, generator=generator))
                for value in layer
            )
            for layer in super()._start(members, networks)
        ]

    def _arms(self, members: list[int], networks: int, exact: bool = False) -> list[Arm]:
        return super()._arms(members, networks)


def _end(history: History) -> History:
    """Its last logged step alone."""
    logged = ("steps", "loss", "accuracy", "hypothesis", "weight_gradient_norm", "dead")
    framed = ("frame_steps", "pre_activation_counts")
    last = {name: getattr(history, name)[-1:].copy() for name in logged + framed}
    return replace(history, **last, frames=history.frames[-1:])
