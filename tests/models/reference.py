"""The oracle: one plain ``nn.Module`` a network, autograd and ``torch.optim``, step by step."""

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


def plain_network(experiment: Experiment, network: int) -> nn.Sequential:
    """Network ``network`` of the experiment as a plain module, before training."""
    modules: list[nn.Module] = []
    parameters = initial_parameters(experiment)
    for layer, (weight, bias) in enumerate(parameters):
        linear = nn.Linear(*weight.shape[1:], dtype=experiment.torch_dtype)
        with torch.no_grad():
            linear.weight.copy_(weight[network].T)
            linear.bias.copy_(bias[network])
        modules.append(linear)
        if layer < experiment.depth:
            modules.append(activation_module(experiment))
    return nn.Sequential(*modules)


def point_losses(output: str, z: Tensor, labels: Tensor = XOR.labels) -> Tensor:
    """[P] each point's own loss of its last pre-activations [P, K], as torch's modules write it."""
    if output == "softmax":
        return nn.functional.cross_entropy(z, labels.long(), reduction="none")
    z, labels = z[:, 0], labels.to(z)
    if output == "sigmoid":
        # The cross-entropy; written so, its own gradient does not round to 0 for confident answers.
        return -nn.functional.logsigmoid(z * (2 * labels - 1))
    if output.endswith("squared"):
        name = output.partition("_")[0]
        unit = {"squared": nn.Identity, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "relu": nn.ReLU}
        targets = 2 * labels - 1 if name == "tanh" else labels
        return nn.functional.mse_loss(unit[name]()(z), targets, reduction="none")
    hypothesis = {"linear": nn.Identity, "relu": nn.ReLU}[output]()(z)  # the lecture's cost
    return -(labels * torch.log(hypothesis) + (1 - labels) * torch.log(1 - hypothesis))


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


def plain_run(experiment: Experiment, network: int) -> tuple[np.ndarray, np.ndarray]:
    """Loss [T] and weight-gradient norms [T, L] at every step 0..steps of one network.

    Both are of all points, whatever a step is shown.
    """
    net, task = plain_network(experiment, network), experiment.task
    optimizer = torch_optimizer(experiment, net.parameters())
    inputs = task.inputs.to(experiment.torch_dtype)
    shown = shown_points(experiment, network)
    losses, norms = [], []
    for _ in range(experiment.steps + 1):
        optimizer.zero_grad()
        loss = point_losses(experiment.output, net(inputs), task.labels).mean()
        loss.backward()
        losses.append(loss.item())
        norms.append([m.weight.grad.norm().item() for m in net if isinstance(m, nn.Linear)])
        if experiment.batch:
            optimizer.zero_grad()
            batch = next(shown)
            point_losses(
                experiment.output, net(inputs[batch]), task.labels[batch]
            ).mean().backward()
        optimizer.step()
    return np.array(losses), np.array(norms)
