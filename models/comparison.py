"""What several experiments have in common, and in what they differ."""

from collections.abc import Sequence
from dataclasses import fields

from models.experiment import Experiment
from models.initializers import Initializer

STARTS = ("same", "scaled", "seeds")


def differing(experiments: Sequence[Experiment]) -> list[str]:
    """Names of the fields in which not all experiments agree, in the order of ``Experiment``.

    The activation's parameter counts only where the activation is the same: another function has
    another parameter.
    """
    names = [
        f.name for f in fields(Experiment) if len({getattr(e, f.name) for e in experiments}) > 1
    ]
    if "activation" in names and "activation_parameter" in names:
        names.remove("activation_parameter")
    return names


def shared_start(first: Experiment, second: Experiment) -> str:
    """How the initial weights of network i of two experiments of the same seed are related.

    Returns:
        One of ``STARTS``: ``same``, they are equal; ``scaled``, they are the same random numbers
        times another factor in each layer; ``seeds``, only the seeds are the same: they are drawn
        from another distribution or fill another shape, as Maxout's two weight sets do.
    """
    shapes = [(e.depth, e.depth and e.width, e.depth and e.phi.pieces) for e in (first, second)]
    if shapes[0] != shapes[1]:
        return "seeds"
    if first.init == second.init:
        return "same"
    return "scaled" if _alike(first.initializer, second.initializer) else "seeds"


def _alike(first: Initializer, second: Initializer) -> bool:
    """Whether one's weights are the other's, times a factor that is not 0."""
    if first.orthogonal or second.orthogonal:
        return False
    drawn = all(initializer.variance(2, 2) > 0 for initializer in (first, second))
    return drawn and first.uniform == second.uniform
