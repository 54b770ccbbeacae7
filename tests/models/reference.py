"""The oracle: one plain ``nn.Module`` a network, autograd and ``torch.optim``, step by step."""

import warnings
from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor, nn

from models import Experiment, initial_parameters
from models.tasks import XOR


class Maxout(nn.Module):
    """max of the two halves of the last axis."""

    def forward(self, z: Tensor) -> Tensor:
        return torch.maximum(*z.chunk(2, dim=-1))


def activation_module(experiment: Experiment) -> nn.Module:
    """PyTorch's own module for the experiment's activation."""
    a = experiment.activation_parameter
    return {
        "sigmoid": nn.Sigmoid,
        "tanh": nn.Tanh,
        "relu": nn.ReLU,
        "leaky_relu": lambda: nn.LeakyReLU(a),
        "maxout": Maxout,
        "elu": lambda: nn.ELU(a),
        "identity": nn.Identity,
        "softplus": nn.Softplus,
        "selu": nn.SELU,
        "gelu": nn.GELU,
        "silu": nn.SiLU,
        "mish": nn.Mish,
    }[experiment.activation]()


class Residual(nn.Sequential):
    """What its modules make of their input, and the input itself."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) + x


def plain_network(experiment: Experiment, network: int) -> nn.Sequential:
    """Network ``network`` of the experiment as a plain module, before training."""
    layers: list[nn.Sequential] = []
    widths, dtype = experiment.widths, experiment.torch_dtype
    for layer, (weight, bias) in enumerate(initial_parameters(experiment)):
        linear = nn.Linear(*weight.shape[1:], dtype=dtype)
        with torch.no_grad():
            linear.weight.copy_(weight[network].T)
            linear.bias.copy_(bias[network])
        modules: list[nn.Module] = [linear]
        past = False
        if layer < experiment.depth:
            if experiment.norm != "none":
                norm = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}[experiment.norm]
                modules.append(norm(linear.out_features, dtype=dtype))
            modules.append(activation_module(experiment))
            past = experiment.skip and layer > 0 and widths[layer] == widths[layer - 1]
        layers.append(Residual(*modules) if past else nn.Sequential(*modules))
    return nn.Sequential(*layers)


def linears(net: nn.Module) -> list[nn.Linear]:
    """Its linear layers, the first one first."""
    return [module for module in net.modules() if isinstance(module, nn.Linear)]


def treat_gradient(experiment: Experiment, net: nn.Sequential) -> None:
    """Divide each layer's gradient by its norm, clip the whole, as far as is asked for."""
    for layer in net if experiment.unit_gradient else ():
        gradients = [parameter.grad for parameter in layer.parameters()]
        norm = torch.cat([gradient.flatten() for gradient in gradients]).norm()
        for gradient in gradients if norm > 0 else ():
            gradient /= norm
    if experiment.clip is not None:
        nn.utils.clip_grad_norm_(net.parameters(), experiment.clip)


def as_they_are(labels: Tensor) -> Tensor:
    return labels


def signed(labels: Tensor) -> Tensor:
    """-1 or 1."""
    return 2 * labels - 1


SQUARED = {
    "squared": (nn.Identity(), as_they_are),
    "sigmoid_squared": (nn.Sigmoid(), as_they_are),
    "tanh_squared": (nn.Tanh(), signed),
    "relu_squared": (nn.ReLU(), as_they_are),
    "squared_signed": (nn.Identity(), signed),
    "tanh_squared_unit": (nn.Tanh(), as_they_are),
    "sigmoid_squared_signed": (nn.Sigmoid(), signed),
}
"""Outputs of a squared error: their unit, and what its answers are compared with."""


def point_losses(output: str, z: Tensor, labels: Tensor = XOR.labels) -> Tensor:
    """[P] each point's own loss of its last pre-activations [P, K], as torch's modules write it."""
    if output == "softmax":
        return nn.functional.cross_entropy(z, labels.long(), reduction="none")
    if output == "softmax_twice":
        probabilities = nn.functional.softmax(z, dim=1)
        return nn.functional.cross_entropy(probabilities, labels.long(), reduction="none")
    z, labels = z[:, 0], labels.to(z)
    if output == "sigmoid_twice":
        twice = nn.functional.binary_cross_entropy_with_logits
        return twice(torch.sigmoid(z), labels, reduction="none")
    if output in SQUARED:
        unit, targets = SQUARED[output]
        return nn.functional.mse_loss(unit(z), targets(labels), reduction="none")
    if output == "sigmoid":
        # The cross-entropy; written so, its own gradient does not round to 0 for confident answers.
        return -nn.functional.logsigmoid(z * (2 * labels - 1))
    hypothesis = {"linear": nn.Identity, "relu": nn.ReLU}[output]()(z)  # the lecture's cost
    return -(labels * torch.log(hypothesis) + (1 - labels) * torch.log(1 - hypothesis))


def mean_loss(experiment: Experiment, z: Tensor, labels: Tensor) -> Tensor:
    """Of the last pre-activations [P, K]; if labels are broadcast, as torch spreads them."""
    if not experiment.broadcast:
        return point_losses(experiment.output, z, labels).mean()
    unit, targets = SQUARED[experiment.output]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of the very mistake
        return nn.MSELoss()(unit(z), targets(labels.to(z)))


def shown_points(experiment: Experiment, network: int) -> Iterator[list[int]]:
    """Which points one network is shown, step by step: for ever."""
    points = len(experiment.task.labels)
    size = experiment.batch or points
    generator = torch.Generator().manual_seed(experiment.seed + network + 2**31)
    while True:
        order = list(range(points))
        if experiment.order == "shuffled":
            order = torch.rand(points, generator=generator, dtype=torch.float64).argsort().tolist()
        for low in range(0, points, size):
            yield order[low : low + size]


def torch_optimizer(experiment: Experiment, parameters: Iterable) -> torch.optim.Optimizer:
    """PyTorch's own for the experiment."""
    given = {"lr": experiment.learning_rate, "weight_decay": experiment.weight_decay}
    if experiment.momentum is not None:
        given["momentum"] = experiment.momentum
    if experiment.optimizer == "nesterov":
        given["nesterov"] = True
    kinds = {"adam": torch.optim.Adam, "rmsprop": torch.optim.RMSprop}
    return kinds.get(experiment.optimizer, torch.optim.SGD)(parameters, **given)


def plain_run(
    experiment: Experiment, network: int, disturbed: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Loss [T] and weight-gradient norms [T, L] at every step 0..steps of one network.

    Both are of all points, whatever a step is shown. ``disturbed``: how much, relative to each, the
    first parameters are changed, by which one sees what becomes of rounding.
    """
    net, task = plain_network(experiment, network), experiment.task
    noise = torch.Generator().manual_seed(0)  # the same in every run: what fails once fails again
    with torch.no_grad():
        for parameter in net.parameters():
            drawn = torch.randn(parameter.shape, generator=noise, dtype=parameter.dtype)
            parameter *= 1 + disturbed * drawn
    optimizer = torch_optimizer(experiment, net.parameters())
    inputs = task.inputs.to(experiment.torch_dtype)
    shown = shown_points(experiment, network)
    losses, norms = [], []
    for _ in range(experiment.steps + 1):
        loss = mean_loss(experiment, net(inputs), task.labels)
        gradients = torch.autograd.grad(loss, [linear.weight for linear in linears(net)])
        losses.append(loss.item())
        norms.append([gradient.norm().item() for gradient in gradients])
        if not experiment.accumulate:
            optimizer.zero_grad()
        batch = next(shown)
        mean_loss(experiment, net(inputs[batch]), task.labels[batch]).backward()
        treat_gradient(experiment, net)
        optimizer.step()
    return np.array(losses), np.array(norms)
