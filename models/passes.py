"""One network's forward and backward pass with every intermediate value kept, in float64.

What the training loop computes and throws away, from the parameters that a ``History`` kept:

    z_l = h_{l-1} W_l + b_l,  h_l = phi(z_l),  error_l = delta_{l+1} W_{l+1}^T,
    delta_l = error_l * phi'(z_l),  dLoss/dW_l = h_{l-1}^T delta_l / 4

for F frames and P = 4 points at once. Layer ``l`` stands at index ``l - 1`` of every list.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.datasets import POINTS, XOR_INPUTS, XOR_LABELS
from models.experiment import Experiment
from models.history import History


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
        inputs: L arrays [F, P, fan_in]: what each layer is given, ``h_{l-1}``.
        z: L arrays [F, P, fan_out]: pre-activations; the last is the logit.
        slopes: H arrays [F, P, fan_out]: ``phi'(z)``.
        errors: H arrays [F, P, units]: dLoss_p / dh, each point's own loss.
        deltas: L arrays [F, P, fan_out]: dLoss_p / dz.
    """

    experiment: Experiment
    steps: np.ndarray
    known: np.ndarray
    weights: list[np.ndarray]
    biases: list[np.ndarray]
    inputs: list[np.ndarray]
    z: list[np.ndarray]
    slopes: list[np.ndarray]
    errors: list[np.ndarray]
    deltas: list[np.ndarray]

    @property
    def hypothesis(self) -> np.ndarray:
        """[F, P] the answers: of a sigmoid the predicted probability of label 1."""
        logits = torch.from_numpy(self.z[-1][..., 0])
        return self.experiment.output_layer.hypothesis(logits).numpy()

    def gradient(self, layer: int) -> np.ndarray:
        """[F, fan_in, fan_out] dLoss / dW of layer 1 .. L, the loss being the mean over points."""
        return self.inputs[layer - 1].swapaxes(1, 2) @ self.deltas[layer - 1] / POINTS


def network_pass(history: History, network: int, frames: slice = slice(None)) -> Pass:
    """The pass of a kept network at some of the frames.

    Raises:
        KeyError: the network's parameters were not kept.
    """
    experiment, parameters = history.experiment, history.parameters(frames, network)
    count = len(history.frame_steps[frames])
    phi, a = experiment.phi, experiment.activation_parameter
    with torch.inference_mode():
        inputs, z, slopes = [XOR_INPUTS.expand(count, -1, -1)], [], []
        for layer, (weight, bias) in enumerate(parameters):
            z.append(inputs[-1] @ _double(weight) + _double(bias).unsqueeze(1))
            if layer < experiment.depth:
                inputs.append(phi.function(z[-1], a))
                slopes.append(phi.derivative(z[-1], a))
        deltas, errors = [experiment.output_layer.delta(z[-1], XOR_LABELS.unsqueeze(1))], []
        for layer in range(experiment.depth - 1, -1, -1):
            errors.append(deltas[-1] @ _double(parameters[layer + 1][0]).mT)
            deltas.append(torch.cat([errors[-1]] * phi.pieces, dim=-1) * slopes[layer])
    return Pass(
        experiment=experiment,
        steps=history.frame_steps[frames],
        known=np.isfinite(history.loss[history.frame_places[frames], network]),
        weights=[weight for weight, _ in parameters],
        biases=[bias for _, bias in parameters],
        inputs=_arrays(inputs),
        z=_arrays(z),
        slopes=_arrays(slopes),
        errors=_arrays(errors[::-1]),
        deltas=_arrays(deltas[::-1]),
    )


def decision_surface(
    history: History, network: int, low: float, high: float, side: int
) -> np.ndarray:
    """[F, side, side] the hypothesis at the middles of a grid's cells; 1 is predicted above 1/2.

    The grid spans ``[low, high]`` in both inputs; rows are the second input, from low to high,
    columns the first. Only a sigmoid's is sure to lie in 0..1. In float32: it is a picture. A frame
    is NaN as a whole where the network had diverged, or anything in it has outgrown float32.

    Raises:
        KeyError: the network's parameters were not kept.
    """
    experiment = history.experiment
    phi, a = experiment.phi, experiment.activation_parameter
    hypothesis = experiment.output_layer.hypothesis
    middles = low + (torch.arange(side) + 0.5) * ((high - low) / side)
    second, first = torch.meshgrid(middles, middles, indexing="ij")
    grid = torch.stack([first, second], dim=-1).view(-1, 2).float()
    surfaces = np.empty((len(history.frame_steps), side, side), np.float32)
    with torch.inference_mode():
        for frame in range(len(surfaces)):  # one at a time: they stay in the processor's cache
            hidden = grid
            for layer, (weight, bias) in enumerate(history.parameters(frame, network)):
                z = torch.addmm(_float(bias), hidden, _float(weight))
                hidden = phi.function(z, a) if layer < experiment.depth else hypothesis(z)
            surfaces[frame] = hidden.view(side, side).numpy()
    diverged = np.isnan(history.loss[history.frame_places, network])
    surfaces[diverged | np.isnan(surfaces).any(axis=(1, 2))] = np.nan
    return surfaces


def _double(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array.astype(np.float64))


def _float(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array.astype(np.float32))


def _arrays(tensors: list[Tensor]) -> list[np.ndarray]:
    return [tensor.numpy() for tensor in tensors]
