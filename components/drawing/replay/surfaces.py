"""The replay's decision surfaces: how fine they are, and each frame computed once."""

import math
import threading
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models import History
from models.history import recorded_steps
from models.passes import decision_surface
from models.recorder import frame_density

SURFACE_BYTES = 190_000  # of all surfaces together: the whole stays under 300 kB
LARGEST_SIDE, SMALLEST_SIDE = 48, 12
MOST_WORK = 2e9  # multiplications for all surfaces: large networks get a coarser grid
UNKNOWN = 255
STEEPEST = 10.0  # logit beyond which all surfaces look alike: p = 5e-5 and 1 - 5e-5
FLATTEST = 0.001  # logit within which a whole surface is one answer: p = 0.49975 to 0.50025


class Surfaces:
    """The surfaces of one network in each of a run's arms, known so far.

    A run that grows brings new frames, and only those are computed. Threads may share it.

    Attributes:
        network: the network's number.
        side: cells a side.
    """

    def __init__(self, network: int, side: int):
        self.network, self.side = network, side
        self._known: dict[tuple[int, int], bytes] = {}  # by arm and step
        self._lock = threading.Lock()

    def pack(self, histories: Sequence[History], frames: slice = slice(None)) -> bytes:
        """Some frames of all runs as they travel, ``packed_type`` [arm][frame].

        Raises:
            ValueError: the network's parameters were not kept.
        """
        with self._lock:
            for arm, history in enumerate(histories):
                self._learn(arm, history, range(len(history.frame_steps))[frames])
            return b"".join(
                self._known[arm, step]
                for arm, history in enumerate(histories)
                for step in history.frame_steps[frames].tolist()
            )

    def _learn(self, arm: int, history: History, places: Sequence[int]) -> None:
        """Compute those of the frames that are not known."""
        steps = history.frame_steps.tolist()
        new = [place for place in places if (arm, steps[place]) not in self._known]
        if not new:
            return
        part = replace(
            history,
            frame_steps=history.frame_steps[new],
            frames=tuple(history.frames[place] for place in new),
        )
        window, targets = history.experiment.task.window, history.experiment.output_layer.targets
        surfaces = decision_surface(part, self.network, *window, self.side)
        for place, surface in zip(new, surfaces, strict=True):
            self._known[arm, steps[place]] = as_packed(surface, targets).tobytes()


def grid_side(histories: Sequence[History]) -> int:
    """Cells a side of the surfaces: as fine as what travels and what it takes allow.

    All frames that the run is going to have count, so that it stays the same while the run grows.
    """
    experiments = [history.experiment for history in histories]
    density = min(map(frame_density, experiments))
    planned = len(recorded_steps(experiments[0].steps, density))
    frames = len(histories) * max(planned, len(histories[0].frame_steps))
    weights = max(experiment.parameter_count for experiment in experiments)
    fitting = math.isqrt(min(SURFACE_BYTES // frames, int(MOST_WORK / (frames * weights))))
    return max(SMALLEST_SIDE, min(LARGEST_SIDE, fitting))


def packed_type(side: int) -> np.dtype:
    """How a surface travels: the largest logit that it reaches, and its cells [row, column]."""
    return np.dtype([("reach", "<f4"), ("cells", "u1", (side, side))])


def as_packed(surface: np.ndarray, targets: tuple[float, float]) -> np.ndarray:
    """Hypotheses as ``packed_type``: their logit from -reach (0) to reach (254); UNKNOWN if NaN.

    Between two cells the logit is nearly linear where the probability jumps: the border that the
    browser draws through a few dozen cells is smooth. The bytes follow its inverse hyperbolic sine:
    finest around 0; and each surface has a reach of its own, so that a nearly flat one, as that of
    a single neuron that has learned all that it can, keeps its border. One that is flatter still
    has none: a deep network's answers, whose rest is a matter of rounding.

    Where the targets are not 0 and 1, the probability is the share of the way between them.
    """
    low, high = targets
    inside = np.clip((surface - low) / (high - low), 0, 1)  # a linear output goes beyond
    with np.errstate(divide="ignore"):
        logits = np.clip(np.log(inside) - np.log1p(-inside), -STEEPEST, STEEPEST)
    packed = np.zeros((), packed_type(len(surface)))
    reach = np.fmax.reduce(np.abs(logits), axis=None, initial=0.0)
    if reach < FLATTEST:
        logits, reach = 0 * logits, FLATTEST
    packed["reach"] = reach
    scaled = np.rint((np.arcsinh(logits) / np.arcsinh(reach) + 1) * ((UNKNOWN - 1) / 2))
    packed["cells"] = np.where(np.isnan(scaled), UNKNOWN, scaled)
    return packed


def logits_of(packed: np.ndarray) -> np.ndarray:
    """The logits of surfaces as they travel; those of UNKNOWN cells mean nothing."""
    reach = np.arcsinh(packed["reach"])[..., None, None]
    return np.sinh((packed["cells"].astype(np.float32) * (2 / (UNKNOWN - 1)) - 1) * reach)
