"""What a run leaves behind: every figure the page draws, as arrays."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from models.experiment import Experiment
from models.shape import SCALE, SHIFT

if TYPE_CHECKING:
    import pandas as pd

LOG_DENSITY = 20
MEASURES = ("loss", "accuracy", "weight_gradient_norm", "solved", "diverged", "undefined")
"""What ``History.to_pandas`` tells: names of its attributes; the last three are of the end."""


def next_step(step: int, stop: int, density: int) -> int:
    """The step after ``step`` at which something is recorded: all at first, then ever fewer.

    It is the next multiple of the smallest of 1, 2, 5, 10, 20 ... that exceeds ``step / density``,
    but at most ``stop``. So a longer run passes the same steps, a run can be continued, and with a
    density of 1, 2, 5, 10, 20 or 50 every 1, 2, 5, 10, 20 ... is among them.
    """
    decade = 10 ** (len(str(step // density)) - 1)
    spacing = next(unit * decade for unit in (1, 2, 5, 10, 20) if unit * decade * density > step)
    return min((step // spacing + 1) * spacing, stop)


def recorded_steps(stop: int, density: int) -> list[int]:
    """All steps from 0 to ``stop`` at which something is recorded."""
    steps = [0]
    while steps[-1] < stop:
        steps.append(next_step(steps[-1], stop, density))
    return steps


@lru_cache(maxsize=4_096)
def recorded_count(stop: int, density: int) -> int:
    """How many ``recorded_steps`` there are, without going through them each time."""
    return len(recorded_steps(stop, density))


@dataclass(frozen=True, eq=False)
class History:
    """One experiment's run, at T logged steps, for E networks of L = depth + 1 layers.

    From the log point at which a network diverged (a loss or weight that is not finite) its figures
    are NaN. Loss and gradients are computed in float64 from the parameters at that step, whatever
    precision the run itself is trained in: a float32 gradient of 1e-40 would read 0.

    Attributes:
        experiment: what was trained; ``steps`` is what was asked for, ``self.steps[-1]`` what was
            done.
        steps: [T] the logged steps, 0 first.
        loss: [T, E] the output's loss, mean over the points (cross-entropy: in nats).
        accuracy: [T, E] share of the points predicted right (a prediction is 1 where the hypothesis
            is nearer to what it is to be for label 1 than for 0).
        hypothesis: [T, P, E] the answers to the task's P points: a sigmoid's and a softmax's are
            probabilities of label 1, another output's may be any number.
        weight_gradient_norm: [T, L, E] Frobenius norm of dLoss/dW_l, layer 1 first; Maxout's two
            weight sets count together; biases do not.
        diverged: [E] whether a loss or weight stopped being finite.
        dead: [T, E] whether some layer's error dLoss/dz is exactly zero at every unit for all
            points: nothing passes it, so neither it nor any layer before it is trained. An answer
            without any error is meant, too; such a network has solved its task.
        pre_activation_edges: [B - 1] the inner edges of the histogram's bins; a bin holds its upper
            edge, the outer bins are open.
        frame_steps: [F] the steps at which parameters and pre-activations were kept.
        pre_activation_counts: [F, B, E] how many of a network's pre-activations (all hidden layers,
            units and points) fall into each bin.
        kept: [V] the networks whose parameters were kept: the first few.
        frames: F arrays [V, count], their parameters: layer by layer, biases before weights (row by
            row), and before these a norm's shift and scale.
        seconds: time spent training, logging included.
    """

    experiment: Experiment
    steps: np.ndarray
    loss: np.ndarray
    accuracy: np.ndarray
    hypothesis: np.ndarray
    weight_gradient_norm: np.ndarray
    diverged: np.ndarray
    dead: np.ndarray
    pre_activation_edges: np.ndarray
    frame_steps: np.ndarray
    pre_activation_counts: np.ndarray
    kept: np.ndarray
    frames: tuple[np.ndarray, ...]
    seconds: float

    @cached_property
    def solved(self) -> np.ndarray:
        """[E] all points right, and told apart, after the last logged step.

        Right by a hair is not learned: a network that gives two of the points one answer has a loss
        of at least that of its output's lowest plateau (cross-entropy: 1/2 ln 2). Solved is all
        right and below it. Where labels are broadcast no loss is, but for rounding.
        """
        return self._right_and_apart[-1]

    @property
    def _right_and_apart(self) -> np.ndarray:
        """[T, E]; False once diverged."""
        lowest = self.experiment.lowest_plateau
        return (self.accuracy == 1) & (self.loss < lowest) & (not self.experiment.broadcast)

    @cached_property
    def steps_to_solve(self) -> np.ndarray:
        """[E] the first logged step from which on it stays solved; NaN: it is not."""
        wrong = ~self._right_and_apart
        last_wrong = len(self.steps) - 1 - np.argmax(wrong[::-1], axis=0)
        first_right = np.where(
            wrong.any(axis=0), np.minimum(last_wrong + 1, len(self.steps) - 1), 0
        )
        return np.where(self.solved, self.steps[first_right], np.nan)

    def __repr__(self) -> str:
        """One line: what was trained, how far, and what came of it."""
        told = ", ".join(f"{name} {said}" for name, said in self._summary().items())
        return f"History({self.experiment!r}: {told})"

    def _repr_html_(self) -> str:
        """The same as a small table, for a notebook."""
        rows = {"experiment": f"{self.experiment!r}"} | self._summary()
        cells = "".join(
            f'<tr><th style="text-align: left">{html.escape(name)}</th>'
            f'<td style="text-align: left">{html.escape(said)}</td></tr>'
            for name, said in rows.items()
        )
        return f"<table><caption>History</caption>{cells}</table>"

    def _summary(self) -> dict[str, str]:
        """What came of the run, in a few figures of the last logged step."""
        networks, loss = self.experiment.networks, self.loss[-1]
        known = loss[np.isfinite(loss)]
        median = f"{np.median(known):.4g} (of {len(known)})" if len(known) else "unknown"
        return {
            "steps": f"{self.steps[-1]:,} of {self.experiment.steps:,}",
            "logged": f"{len(self.steps)} times",
            "solved": f"{self.solved.sum()} of {networks}",
            "diverged": f"{self.diverged.sum()} of {networks}",
            "median loss": median,
            "kept": f"parameters of {len(self.kept)} networks at {len(self.frame_steps)} steps",
        }

    def to_pandas(self, logged: slice | Sequence[int] = slice(None)) -> pd.DataFrame:
        """Every logged value as a tidy table: ``network, layer, step, measure, value``.

        ``layer`` (nullable whole numbers) is missing for what is of the whole network. From where a
        network diverged its values are NaN. ``solved``, ``diverged`` and ``undefined`` (0 or 1) are
        of the last logged step. Within a measure: step by step, then layer by layer, then network
        by network.

        Args:
            logged: which of the logged steps, by their places; by default all.
        """
        import pandas as pd  # training needs none of it

        parts = [self._tidy(measure, logged) for measure in MEASURES]
        columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        lengths = [len(part["value"]) for part in parts]
        codes = np.repeat(np.arange(len(MEASURES)), lengths)
        return pd.DataFrame(
            {
                "network": columns["network"],
                "layer": pd.arrays.IntegerArray(columns["layer"], columns["layer"] == 0),
                "step": columns["step"],
                "measure": pd.Categorical.from_codes(codes, list(MEASURES)),
                "value": columns["value"],
            }
        )

    def _tidy(self, measure: str, logged: slice | Sequence[int]) -> dict[str, np.ndarray]:
        """A measure's columns of the tidy table; layer 0 is the whole network."""
        values = getattr(self, measure)
        of_the_end = values.ndim == 1
        steps = self.steps[-1:] if of_the_end else self.steps[logged]
        values = values[None] if of_the_end else values[logged]
        layered = values.ndim == 3
        count, networks = len(steps), values.shape[-1]
        layers = np.arange(1, values.shape[1] + 1) if layered else np.zeros(1, int)
        return {
            "network": np.tile(np.arange(networks), count * len(layers)),
            "layer": np.tile(np.repeat(layers, networks), count),
            "step": np.repeat(steps, len(layers) * networks),
            "value": values.reshape(-1).astype(np.float64),
        }

    @property
    def undefined(self) -> np.ndarray:
        """[E] the diverged ones whose loss has no value where their answers are.

        Numbers that grow without bound leave what such a loss is defined for long before they
        overflow: where an output's loss is not always defined, it is all of them.
        """
        return self.diverged & (not self.experiment.output_layer.always_defined)

    @property
    def finished(self) -> bool:
        """Whether every step that was asked for is done."""
        return int(self.steps[-1]) >= self.experiment.steps

    @property
    def network_steps_per_second(self) -> float:
        """Networks times steps per second."""
        done = self.experiment.networks * int(self.steps[-1])
        return done / self.seconds if self.seconds else 0.0

    @property
    def nbytes(self) -> int:
        """Memory held by the arrays."""
        arrays = [value for value in vars(self).values() if isinstance(value, np.ndarray)]
        return sum(array.nbytes for array in (*arrays, *self.frames))

    def parameters(self, frame: int | slice, network: int) -> list[tuple[np.ndarray, np.ndarray]]:
        """``(W [fan_in, fan_out], b [fan_out])`` of every layer of a network at a frame.

        With a slice of frames every array has them as its first axis. Maxout's hidden layers have
        ``fan_out = 2 * width``. Of a single frame the arrays are views. Where the network had
        diverged they hold its last finite parameters.

        Raises:
            ValueError: the network's parameters were not kept.
        """
        blocks, fans = self._blocks(frame, network), self.experiment.sizes
        return [
            (block[..., -fan_in:, :], block[..., -fan_in - 1, :])
            for block, fan_in in zip(blocks, fans, strict=False)
        ]

    def norm_parameters(
        self, frame: int | slice, network: int
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """``(scale [fan_out], shift [fan_out])`` of every hidden layer's norm, likewise.

        Raises:
            ValueError: the network's parameters were not kept, or it has no norms.
        """
        if not self.experiment.shape.norm_rows:
            raise ValueError("the network has no norms")
        blocks = self._blocks(frame, network)[:-1]
        return [(block[..., SCALE, :], block[..., SHIFT, :]) for block in blocks]

    def _blocks(self, frame: int | slice, network: int) -> list[np.ndarray]:
        """Each layer's parameters as they lie in memory, [rows, fan_out]."""
        flat, start, blocks = self.flat_parameters(frame, network), 0, []
        for rows, columns in self.experiment.shape.blocks():
            stop = start + rows * columns
            blocks.append(flat[..., start:stop].reshape(*flat.shape[:-1], rows, columns))
            start = stop
        return blocks

    def flat_parameters(self, frame: int | slice, network: int) -> np.ndarray:
        """[count] a network's parameters at a frame, layer by layer, as ``frames`` has them.

        With a slice of frames, [F, count]; of a single frame a view.

        Raises:
            ValueError: the network's parameters were not kept.
        """
        places = np.flatnonzero(self.kept == network)
        if not len(places):
            kept = ", ".join(map(str, self.kept)) or "none"
            raise ValueError(
                f"the parameters of network {network} were not kept; kept: {kept} "
                "(Trainer(experiments, keep=[...]) keeps others)"
            )
        place = places[0]
        if not isinstance(frame, slice):
            return self.frames[frame][place]
        rows = [parameters[place] for parameters in self.frames[frame]]
        shape = len(rows), self.experiment.parameter_count
        return np.array(rows, self.experiment.dtype).reshape(shape)

    @cached_property
    def frame_places(self) -> np.ndarray:
        """[F] where the kept steps stand among the logged ones."""
        return np.searchsorted(self.steps, self.frame_steps)

    def until(self, steps: int) -> History:
        """The same run as it stood at an earlier logged step.

        Raises:
            ValueError: ``steps`` was not logged.
        """
        if steps not in self.steps:
            raise ValueError(f"step {steps} was not logged")
        length = int(np.searchsorted(self.steps, steps)) + 1
        frames = int(np.searchsorted(self.frame_steps, steps, side="right"))
        return replace(
            self,
            experiment=replace(self.experiment, steps=max(steps, 1)),
            steps=self.steps[:length],
            loss=self.loss[:length],
            accuracy=self.accuracy[:length],
            hypothesis=self.hypothesis[:length],
            weight_gradient_norm=self.weight_gradient_norm[:length],
            diverged=np.isnan(self.loss[length - 1]),
            dead=self.dead[:length],
            frame_steps=self.frame_steps[:frames],
            pre_activation_counts=self.pre_activation_counts[:frames],
            frames=self.frames[:frames],
            seconds=self.seconds * steps / max(int(self.steps[-1]), 1),
        )
