"""PyTorch's losses."""

from __future__ import annotations

from models.reading.dialects.torch_modules import NN, Module, foreign_function, foreign_module
from models.reading.evaluation import Call, Handler, Machine, NotUnderstoodError
from models.reading.tensors import Tensor, apply
from models.reading.values import Unknown

LOSSES = {
    "MSELoss": ("mse", "mse_loss"),
    "BCELoss": ("bce", "binary_cross_entropy"),
    "BCEWithLogitsLoss": ("bce_logits", "binary_cross_entropy_with_logits"),
    "CrossEntropyLoss": ("cross_entropy", "cross_entropy"),
    "NLLLoss": ("nll", "nll_loss"),
    "L1Loss": ("l1", "l1_loss"),
}
"""By module the loss, and the function that does the same."""


class Criterion(Module):
    """A loss as a module."""


def loss_module(call: Call) -> object:
    name = call.name.removeprefix(NN)
    given = {k: v for k, v in call.kwargs.items() if v is not None}
    if call.args:
        raise NotUnderstoodError(name)
    return Criterion(call.name, call.line, arguments={"loss": name, **given})


def forward_loss(call: Call) -> object:
    module = call.receiver
    assert isinstance(module, Criterion)
    answer, labels = call.bind("input", "target")
    given = {k: v for k, v in module.arguments.items() if k != "loss"}
    name = str(module.arguments["loss"])
    return _judged(call.machine, name, answer, labels, given, module.line, call.line)


def loss_function(name: str) -> Handler:
    def handler(call: Call) -> object:
        given = dict(call.kwargs)
        both = [*call.args[:2], *(given.pop(key) for key in ("input", "target") if key in given)]
        if len(both) != 2 or len(call.args) > 2:
            raise NotUnderstoodError(name)
        answer, labels = both
        return _judged(call.machine, name, answer, labels, given, call.line, call.line)

    return handler


def _judged(
    machine: Machine,
    name: str,
    answer: object,
    labels: object,
    given: dict[str, object],
    line: int,
    called: int,
) -> object:
    """A loss of answers and labels."""
    if not isinstance(answer, Tensor) or not isinstance(labels, Tensor):
        return Unknown(called)
    if name not in LOSSES:
        made = apply(machine, "other_loss", [answer, labels], line, name=name)
        return apply(machine, "mean", [made], line)
    usual = {"weight": None, "pos_weight": None, "ignore_index": -100, "label_smoothing": 0.0,
             "size_average": None, "reduce": None}  # fmt: skip
    odd = [k for k, v in given.items() if k != "reduction" and (k not in usual or v != usual[k])]
    if odd:
        machine.facts.setdefault("odd", ((name, odd[0], given[odd[0]]), line))
    if name == "CrossEntropyLoss" and len(answer.shape) == 3:
        if answer.op != "transpose" or answer.arguments.get("axes") != (0, 2, 1):
            raise NotUnderstoodError(name)  # it takes the classes to be on the second axis
        (answer,) = answer.parents
    point = apply(machine, LOSSES[name][0], [answer, labels], line, answer.kind)
    reduction = given.get("reduction", "mean")
    if reduction == "none":
        return point
    known = reduction in ("mean", "sum")
    return apply(machine, str(reduction), [point], line) if known else Unknown(line)


def other_module(call: Call) -> object:
    """A loss or a layer that the lab has not."""
    if not call.name.endswith("Loss"):
        return foreign_module(call)
    return Criterion(call.name, call.line, arguments={"loss": call.name.rpartition(".")[2]})


def other_function(call: Call) -> object:
    """A function of ``torch.nn.functional`` that the lab has not, be it a loss."""
    name = call.name.rpartition(".")[2]
    if not name.endswith("_loss"):
        return foreign_function(call)
    return loss_function(name)(call)
