"""One network's passes with every intermediate value kept: an ensemble of its frames.

What the training loop computes and throws away, from the parameters that a ``History`` kept:

    z_l = h_{l-1} W_l + b_l,  h_l = phi(z_l),  error_l = delta_{l+1} W_{l+1}^T,
    delta_l = error_l * phi'(z_l),  dLoss/dW_l = h_{l-1}^T delta_l / P

for F frames and P points at once. Layer ``l`` stands at index ``l - 1`` of every list.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from models.experiment import Experiment
from models.history import History
from models.network import Arm, Ensemble, NetworksFirst, PointsLast


@dataclass(frozen=True, eq=False)
class Pass:
    """A network at F frames, with L = H + 1 layers; a hidden layer has ``units`` outputs.

    Attributes:
        experiment: what was trained.
        steps: [F] the frames' steps.
        known: [F] whether the network had not diverged by then; where it had, the values are those
            of its last finite parameters.
        weights: L arrays [F, fan_in, fan_out], in the run's own precision.
        biases: L arrays [F, fan_out], likewise.
        inputs: L arrays [F, P, fan_in]: what each layer is given, ``h_{l-1}``; in float64, like all
            that follow.
        z: L arrays [F, P, fan_out]: pre-activations; the last layer's, too.
        slopes: H arrays [F, P, fan_out]: ``phi'(z)``.
        deltas: L arrays [F, P, fan_out]: dLoss_p / dz, each point's own loss.
    """

    experiment: Experiment
    steps: np.ndarray
    known: np.ndarray
    weights: list[np.ndarray]
    biases: list[np.ndarray]
    inputs: list[np.ndarray]
    z: list[np.ndarray]
    slopes: list[np.ndarray]
    deltas: list[np.ndarray]

    @cached_property
    def errors(self) -> list[np.ndarray]:
        """H arrays [F, P, units]: dLoss_p / dh."""
        behind = zip(self.deltas[1:], self.weights[1:], strict=True)
        return [delta @ weight.astype(np.float64).swapaxes(1, 2) for delta, weight in behind]

    @property
    def hypothesis(self) -> np.ndarray:
        """[F, P] the answers: of a sigmoid or softmax the predicted probability of label 1."""
        return self.answers[..., -1]

    @property
    def answers(self) -> np.ndarray:
        """[F, P, K] each unit of the last layer's: of a softmax each label's probability."""
        output = self.experiment.output_layer
        return output.hypothesis(output.unit_logits(torch.from_numpy(self.z[-1]))).numpy()

    def gradient(self, layer: int) -> np.ndarray:
        """[F, fan_in, fan_out] dLoss / dW of layer 1 .. L, the loss being the mean over points."""
        sums = self.inputs[layer - 1].swapaxes(1, 2) @ self.deltas[layer - 1]
        return sums / self.experiment.task.points


@torch.inference_mode()
def network_pass(history: History, network: int, frames: slice = slice(None)) -> Pass:
    """The pass of a kept network at some of the frames.

    Raises:
        ValueError: the network's parameters were not kept.
    """
    experiment, parameters = history.experiment, history.parameters(frames, network)
    arm = Arm.of(experiment, len(history.frame_steps[frames]), exact=True)
    ensemble = Ensemble(experiment.sizes, [arm], experiment.task, torch.float64, NetworksFirst)
    ensemble.load_flat(torch.from_numpy(history.flat_parameters(frames, network)))
    ensemble.forward()
    ensemble.fill_slopes()
    slopes = ensemble.deltas[:-1].clone()
    ensemble.send_errors()
    shape = experiment.shape
    hidden, out = range(shape.depth), range(shape.layers)
    z = [ensemble.z[layer, ..., : shape.fan_out(layer)] for layer in hidden] + [ensemble.answers]
    return Pass(
        experiment=experiment,
        steps=history.frame_steps[frames],
        known=np.isfinite(history.loss[history.frame_places[frames], network]),
        weights=[weight for weight, _ in parameters],
        biases=[bias for _, bias in parameters],
        inputs=_arrays(ensemble.hidden[layer, ..., 1 : 1 + shape.fan_in(layer)] for layer in out),
        z=_arrays(z),
        slopes=_arrays(slopes[layer, ..., : shape.fan_out(layer)] for layer in hidden),
        deltas=_arrays(ensemble.deltas[layer, ..., : shape.fan_out(layer)] for layer in out),
    )


@torch.inference_mode()
def decision_surface(
    history: History, network: int, low: float, high: float, side: int
) -> np.ndarray:
    """[F, side, side] the hypothesis at the middles of a grid's cells.

    The grid spans ``[low, high]`` in both inputs; rows are the second input, from low to high,
    columns the first. It need not lie between its targets. In float32: it is a picture. A frame is
    NaN as a whole where the network had diverged, or anything in it has outgrown float32.

    Raises:
        ValueError: the network's parameters were not kept.
    """
    experiment = history.experiment
    middles = low + (torch.arange(side, dtype=torch.float64) + 0.5) * ((high - low) / side)
    second, first = torch.meshgrid(middles, middles, indexing="ij")
    points = torch.stack([first, second], dim=-1).view(-1, 2)
    grid = replace(experiment.task, inputs=points, labels=torch.zeros(len(points)))
    arms = [Arm.of(experiment, 1)]
    ensemble = Ensemble(experiment.sizes, arms, grid, torch.float32, PointsLast)
    surfaces = np.empty((len(history.frame_steps), side, side), np.float32)
    frames = torch.from_numpy(history.flat_parameters(slice(None), network))
    for frame in range(len(surfaces)):  # one at a time: they stay in the processor's cache
        ensemble.load_flat(frames[frame : frame + 1])
        ensemble.forward()
        answers = experiment.output_layer.hypothesis(ensemble.logits)
        surfaces[frame] = answers.view(side, side).numpy()
    diverged = np.isnan(history.loss[history.frame_places, network])
    surfaces[diverged | np.isnan(surfaces).any(axis=(1, 2))] = np.nan
    return surfaces


def _arrays(tensors: Iterable[Tensor]) -> list[np.ndarray]:
    return [tensor.numpy() for tensor in tensors]
