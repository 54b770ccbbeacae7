"""Run programs in a process of their own, and see what they build and do.

``run_programs`` starts one process, in which one program after the other runs, each in a fresh
namespace. Hooks see every call of ``Tensor.backward`` (PyTorch, Keras on it, and TensorFlow's
stand-in) or of scikit-learn's ``_backprop``; after ``STEPS`` steps the program is stopped.

What a reading says that it assumes, the programs are made to do, so that all else
can be compared to the last digits: Adam's epsilon is PyTorch's and in PyTorch's place, an L2
penalty of scikit-learn's is on no weight under Adam and on biases, too, under descent.
"""

import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from models.optimizers import ADAM_EPSILON

FOLDER = Path(__file__).parent / "programs"
STEPS = 50


@dataclass(frozen=True)
class Run:
    """What a program built and did.

    Attributes:
        start: ``((W, b), ...)`` before the first step, layer 1 first, ``W [fan_in][fan_out]``.
        end: the same after ``STEPS`` steps.
        losses: at each step and after the last one; of the points of the step alone.
        dtype: of the weights.
        shuffled: whether points came in another order than the program's; they did not really, as
            the hooks have them come in order.
        error: what the program stopped with by itself; empty if with nothing.
    """

    start: list
    end: list
    losses: list[float]
    dtype: str
    shuffled: bool
    error: str

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Fan-in and fan-out of each layer."""
        return [(len(weight), len(weight[0])) for weight, _ in self.start]


def run_programs(texts: dict[str, str]) -> dict[str, Run]:
    """Run programs, all in one process; their names begin with their dialects'."""
    root = Path(__file__).parents[3]
    surroundings = {**os.environ, "KERAS_BACKEND": "torch", "PYTHONPATH": str(root)}
    command = [sys.executable, "-m", "tests.models.reading.running"]
    done = subprocess.run(
        command, cwd=root, env=surroundings, input=json.dumps(texts), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {name: Run(**run) for name, run in json.loads(done.stdout).items()}


class _Stopped(BaseException):
    """Enough was seen."""


class _Watch:
    """What is seen of one program."""

    def __init__(self) -> None:
        self.seen: dict = vars(Run([], [], [], "", False, ""))

    def step(self, loss: float, layers, dtype) -> None:
        """One more step begins; ``layers``: a function that gives the weights as they are now."""
        losses = self.seen["losses"]
        losses.append(loss)
        if len(losses) == 1:
            self.seen |= {"start": layers(), "dtype": dtype}
        if len(losses) > STEPS:
            self.seen["end"] = layers()
            raise _Stopped


def _layers(loss) -> list:
    """``(W, b)`` of each layer that a loss depends on, from autograd's graph.

    A layer's parameters are as deep as the longest way to them; of vectors those are biases that
    are added to products of matrices: a norm's are left out.
    """
    depths, parents, order = {}, {}, [(loss.grad_fn, 0, None)]
    while order:
        node, depth, parent = order.pop()
        if node is None or depths.get(node, -1) >= depth:
            continue
        depths[node], parents[node] = depth, parent
        order += [(child, depth + 1, node) for child, _ in node.next_functions]
    leaves = [node for node in depths if hasattr(node, "variable")]
    leaves.sort(key=depths.__getitem__, reverse=True)
    weights = [
        leaf.variable.T if _name(parents[leaf]) in _TRANSPOSES else leaf.variable
        for leaf in leaves
        if leaf.variable.dim() == 2
    ]
    biases = [leaf.variable for leaf in leaves if leaf.variable.dim() == 1 and _adds(parents[leaf])]
    if not biases:
        return [[weight.tolist(), []] for weight in weights]
    return [[weight.tolist(), bias.tolist()] for weight, bias in zip(weights, biases, strict=True)]


_TRANSPOSES = {"TBackward0", "TransposeBackward0"}


def _adds(node) -> bool:
    """Whether it adds to a product of matrices."""
    beside = [_name(child) for child, _ in node.next_functions]
    return _name(node) == "AddmmBackward0" or (
        _name(node) == "AddBackward0" and "MmBackward0" in beside
    )


def _name(node) -> str:
    return type(node).__name__


class _Hooks:
    """What lets a watch see, put in once."""

    def __init__(self) -> None:
        self.watch = _Watch()

    def torch(self) -> None:
        """See every ``backward``; show points in the program's order."""
        import torch

        backward = torch.Tensor.backward

        def seen_backward(loss, *arguments, **named):
            dtype = str(next(_parameters(loss)).dtype).removeprefix("torch.")
            self.watch.step(loss.item(), lambda: _layers(loss), dtype)
            return backward(loss, *arguments, **named)

        def in_order(count, **settings):
            self.watch.seen["shuffled"] = True
            return torch.arange(count)

        torch.Tensor.backward = seen_backward  # type: ignore[method-assign]
        torch.randperm = in_order  # type: ignore[assignment]

    def sklearn(self) -> None:
        """See every ``_backprop``; never stop early."""
        from sklearn.neural_network import _multilayer_perceptron as perceptron

        def in_order(places, **settings):
            self.watch.seen["shuffled"] = True
            return places

        perceptron.shuffle = in_order
        kind = perceptron.BaseMultilayerPerceptron
        backprop = kind._backprop

        def seen_backprop(net, X, *arguments):
            loss, weights, biases = backprop(net, X, *arguments)
            squares = sum((weight**2).sum() for weight in net.coefs_)
            layers = [
                [w.tolist(), b.tolist()] for w, b in zip(net.coefs_, net.intercepts_, strict=True)
            ]
            data_loss = loss - net.alpha * squares / 2 / len(X)  # of the points alone
            self.watch.step(float(data_loss), lambda: layers, str(net.coefs_[0].dtype))
            for gradient, weight in zip(weights, net.coefs_, strict=True):
                gradient -= (net.solver == "adam") * net.alpha / len(X) * weight
            for gradient, bias in zip(biases, net.intercepts_, strict=True):
                gradient += (net.solver == "sgd") * net.alpha / len(X) * bias
            return loss, weights, biases

        kind._backprop = seen_backprop
        kind._update_no_improvement_count = lambda *arguments: None
        from sklearn.neural_network._stochastic_optimizers import AdamOptimizer

        _move_epsilon(AdamOptimizer, "_get_updates", lambda adam: adam.t + 1, "beta_2")

    def keras(self) -> None:
        """Its Adam is to be the lab's."""
        from keras.src.backend.torch.optimizers.torch_adam import Adam

        _move_epsilon(
            Adam, "_parallel_update_step", lambda adam: int(adam.iterations) + 1, "beta_2"
        )

    def tensorflow(self, adam) -> None:
        """Its Adam is to be the lab's."""
        _move_epsilon(adam, "move", lambda adam: adam.steps, "beta2")


def _move_epsilon(adam, method: str, step, beta: str) -> None:
    """Have an epsilon added to the root of what is not corrected yet do what the lab's does."""
    move = getattr(adam, method)

    def moved(self, *arguments):
        self.epsilon = ADAM_EPSILON * (1 - getattr(self, beta) ** step(self)) ** 0.5
        return move(self, *arguments)

    setattr(adam, method, moved)


def _parameters(loss):
    """Those that a loss depends on."""
    nodes, seen = [loss.grad_fn], set()
    while nodes:
        node = nodes.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            yield node.variable
        nodes += [child for child, _ in node.next_functions]


def _run(name: str, text: str, watch: _Watch) -> None:
    try:
        exec(compile(text, name, "exec"), {"__name__": "__main__"})
    except _Stopped:
        pass
    except Exception as error:
        watch.seen["error"] = f"{type(error).__name__}: {error}"


def _main(texts: dict[str, str]) -> None:
    import numpy as np
    import torch

    torch.set_num_threads(1)
    hooks = _Hooks()
    hooks.torch()
    keras = ops = None
    if any(name.startswith("keras") for name in texts):
        import keras

        ops = vars(keras.ops)
        hooks.keras()
    if any(name.startswith("sklearn") for name in texts):
        hooks.sklearn()
    from tests.models.reading import tensorflow_like

    tensorflow_like.install(keras, ops)
    hooks.tensorflow(tensorflow_like.AdamOptimizer)
    answer, sys.stdout = sys.stdout, open(os.devnull, "w")  # noqa: SIM115  until the end
    runs = {}
    for name, text in texts.items():
        random.seed(0)
        np.random.seed(0)
        torch.manual_seed(0)
        torch.set_default_dtype(torch.float32)
        tensorflow_like.Variable.made.clear()
        hooks.watch = _Watch()
        _run(name, text, hooks.watch)
        runs[name] = hooks.watch.seen
    json.dump(runs, answer)


if __name__ == "__main__":
    _main(json.load(sys.stdin))
