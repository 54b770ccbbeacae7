"""The exercise's network as a program, twice: by hand, and as PyTorch has it."""

import itertools

from models import Experiment


def by_hand(experiment: Experiment) -> str:
    """Matrices, sigmoids and the cost, as the exercise spells them out; runs after imports."""
    sizes = list(itertools.pairwise(experiment.sizes))
    lines = []
    for layer, (fan_in, fan_out) in enumerate(sizes, start=1):
        lines.append(f"W{layer}, b{layer} = normal([{fan_in}, {fan_out}]), normal([{fan_out}])")
    lines.append("")
    value = "X"
    for layer in range(1, len(sizes) + 1):
        name = "hypothesis" if layer == len(sizes) else f"layer{layer}"
        lines.append(f"{name} = sigmoid({value} @ W{layer} + b{layer})")
        value = name
    lines += [
        "",
        "cost = -mean(Y * log(hypothesis)",
        "             + (1 - Y) * log(1 - hypothesis))",
        "predicted = hypothesis > 0.5",
        "accuracy = mean(predicted == Y)",
    ]
    return "\n".join(lines)


def by_torch(experiment: Experiment) -> str:
    """The same network as a module, and one step of its training; needs ``X`` and ``Y``."""
    layers = []
    for fan_in, fan_out in itertools.pairwise(experiment.sizes):
        layers += [f"    nn.Linear({fan_in}, {fan_out}), nn.Sigmoid(),"]
    return "\n".join(
        [
            "model = nn.Sequential(",
            *layers,
            ")",
            f"descent = torch.optim.SGD(model.parameters(), lr={experiment.learning_rate:g})",
            "",
            "hypothesis = model(X)",
            "cost = nn.functional.binary_cross_entropy(hypothesis, Y)",
            "descent.zero_grad()",
            "cost.backward()",
            "descent.step()",
        ]
    )
