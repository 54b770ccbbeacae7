"""One network's passes with every intermediate value kept: an ensemble of its frames.

What the training loop computes and throws away, from the parameters that a ``History`` kept:

    z_l = h_{l-1} W_l + b_l,  h_l = phi(z_l),  error_l = delta_{l+1} W_{l+1}^T,
    delta_l = error_l * phi'(z_l),  dLoss/dW_l = h_{l-1}^T delta_l / P

for F frames and P points at once. Where the pre-activations ``s_l = h_{l-1} W_l + b_l`` are
normalised, ``z_l`` is made of these, and ``delta_l = dLoss / ds_l``; where a skip leads past layer
l, ``h_l = phi(z_l) + h_{l-1}``, and ``error_l`` goes past it, too. Layer ``l`` stands at index
``l - 1`` of every list.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from models.experiment import Experiment
from models.history import History
from models.layouts import NetworksFirst, PointsLast
from models.network import Ensemble
from models.norms import NO_NORM
from models.plan import Arm


@dataclass(frozen=True, eq=False)
class Normalized:
    """A hidden layer's normalisation at F frames; shared by points or units, whose axis is then 1.

    Attributes:
        given: [F, P, fan_out] ``s``: what the layer computed.
        mean: [F, 1, fan_out] or [F, P, 1] of ``s``.
        inverse: ``1 / sqrt(variance + epsilon)`` likewise.
        standard: [F, P, fan_out] ``(s - mean) * inverse``.
        scale: [F, fan_out], in the run's own precision: ``z = scale * standard + shift``.
        shift: [F, fan_out] likewise.
    """

    given: np.ndarray
    mean: np.ndarray
    inverse: np.ndarray
    standard: np.ndarray
    scale: np.ndarray
    shift: np.ndarray


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
        z: L arrays [F, P, fan_out]: pre-activations as the activation takes them, and the last
            layer's.
        slopes: H arrays [F, P, fan_out]: ``phi'(z)``.
        deltas: L arrays [F, P, fan_out]: dLoss_p / dz, each point's own loss; of a normalised layer
            dLoss / ds, and if over the points, of the sum of their losses.
        norms: of each hidden layer; empty where there are none.
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
    norms: list[Normalized]

    @cached_property
    def errors(self) -> list[np.ndarray]:
        """H arrays [F, P, units]: dLoss_p / dh."""
        shape = self.experiment.shape
        errors: list[np.ndarray] = []
        for layer in range(shape.depth - 1, -1, -1):
            error = self.through(layer)
            errors.insert(0, error + errors[0] if shape.is_skipped(layer + 1) else error)
        return errors

    def through(self, place: int) -> np.ndarray:
        """[F, P, units] the part of ``errors[place]`` that comes through the layer after."""
        weight = self.weights[place + 1].astype(np.float64)
        return self.deltas[place + 1] @ weight.swapaxes(1, 2)

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
    ensemble = Ensemble(experiment.shape, [arm], experiment.task, torch.float64, NetworksFirst)
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
        norms=list(_normalized(ensemble, history, network, frames)),
    )


def _normalized(
    ensemble: Ensemble, history: History, network: int, frames: slice
) -> Iterator[Normalized]:
    """Each hidden layer's, once the ensemble passed forward."""
    if not ensemble.norm:
        return
    parameters = history.norm_parameters(frames, network)
    for layer, (scale, shift) in enumerate(parameters):
        fan_out = ensemble.shape.fan_out(layer)
        own = fan_out if ensemble.norm.over_points else 1
        standard = ensemble.x[layer, ..., :fan_out].numpy()
        inverse = ensemble.inverses[layer, ..., :own].numpy()
        mean = ensemble.totals[layer, ..., :own].numpy() / standard.shape[ensemble.norm.axis]
        given = standard / inverse + mean
        yield Normalized(given, mean, inverse, standard, scale, shift)


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
    shape, frames = (
        experiment.shape,
        torch.from_numpy(history.flat_parameters(slice(None), network)),
    )
    if experiment.normalizes_points:
        shape, frames = replace(shape, norm=NO_NORM), folded_parameters(history, network)
    ensemble = Ensemble(shape, [Arm.of(experiment, 1)], grid, torch.float32, PointsLast)
    surfaces = np.empty((len(history.frame_steps), side, side), np.float32)
    for frame in range(len(surfaces)):  # one at a time: they stay in the processor's cache
        ensemble.load_flat(frames[frame : frame + 1])
        ensemble.forward()
        answers = experiment.output_layer.hypothesis(ensemble.logits)
        surfaces[frame] = answers.view(side, side).numpy()
    diverged = np.isnan(history.loss[history.frame_places, network])
    surfaces[diverged | np.isnan(surfaces).any(axis=(1, 2))] = np.nan
    return surfaces


def folded_parameters(history: History, network: int) -> Tensor:
    """[F, count] of the networks without norms that answer any point as these do.

    A norm over the points is, with the statistics of the task's own points, a straight line of each
    unit: ``z = factor * (h W + b - mean) + shift`` with ``factor = scale * inverse``. That is how a
    trained network with batch norm is used (Ioffe & Szegedy 2015, algorithm 2).
    """
    one = network_pass(history, network)
    parts: list[np.ndarray] = []
    for layer, (weight, bias) in enumerate(zip(one.weights, one.biases, strict=True)):
        if layer < len(one.norms):
            norm = one.norms[layer]
            factor = norm.scale * norm.inverse[:, 0]
            weight = weight * factor[:, None]
            bias = (bias - norm.mean[:, 0]) * factor + norm.shift
        parts += [bias, weight.reshape(len(weight), -1)]
    return torch.from_numpy(np.concatenate(parts, axis=1))


def _arrays(tensors: Iterable[Tensor]) -> list[np.ndarray]:
    return [tensor.numpy() for tensor in tensors]
