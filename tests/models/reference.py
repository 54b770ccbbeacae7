"""The oracle: one plain ``nn.Module`` a network, autograd and ``torch.optim``, step by step."""

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


def point_losses(output: str, logits: Tensor, labels: Tensor = XOR.labels) -> Tensor:
    """[..., P] each point's own loss of its logit, as torch's modules and the lecture write it."""
    labels = labels.to(logits)
    if output == "squared":
        return nn.functional.mse_loss(logits, labels.expand_as(logits), reduction="none")
    if output == "sigmoid":
        # The cross-entropy; written so, its own gradient does not round to 0 for confident answers.
        return -nn.functional.logsigmoid(logits * (2 * labels - 1))
    hypothesis = {"linear": nn.Identity, "relu": nn.ReLU}[output]()(logits)
    return -(labels * torch.log(hypothesis) + (1 - labels) * torch.log(1 - hypothesis))


def plain_run(experiment: Experiment, network: int) -> tuple[np.ndarray, np.ndarray]:
    """Loss [T] and weight-gradient norms [T, L] at every step 0..steps of one network."""
    net = plain_network(experiment, network)
    rate = experiment.learning_rate
    optimizer = {
        "sgd": lambda p: torch.optim.SGD(p, lr=rate),
        "momentum": lambda p: torch.optim.SGD(p, lr=rate, momentum=0.9),
        "adam": lambda p: torch.optim.Adam(p, lr=rate),
    }[experiment.optimizer](net.parameters())
    inputs = XOR.inputs.to(experiment.torch_dtype)
    losses, norms = [], []
    for _ in range(experiment.steps + 1):
        optimizer.zero_grad()
        loss = point_losses(experiment.output, net(inputs)[:, 0]).mean()
        loss.backward()
        losses.append(loss.item())
        norms.append([m.weight.grad.norm().item() for m in net if isinstance(m, nn.Linear)])
        optimizer.step()
    return np.array(losses), np.array(norms)
