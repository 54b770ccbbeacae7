"""What several experiments have in common, and in what they differ."""

from collections.abc import Sequence
from dataclasses import fields

from models.experiment import Experiment
from models.initializers import Distribution

STARTS = ("same", "scaled", "seeds")
DRAWN = ("init", "gain", "bias")
RULED = {
    "activation": ("activation_parameter",),
    "optimizer": ("momentum",),
    "hidden": ("depth", "width"),
    "batch": ("order",),
    "start": DRAWN,
}

STEP = {"optimizer", "momentum", "learning_rate", "weight_decay", "batch", "order", "clip",
        "unit_gradient", "accumulate", "steps"}  # fmt: skip
"""What is made of a gradient, and of which; all else is what the gradient at the start is of."""


def differing(experiments: Sequence[Experiment]) -> list[str]:
    """Names of the fields in which not all experiments agree, in the order of ``Experiment``.

    A field counts only where it is not ruled by another that differs: another function has another
    parameter, another optimizer another momentum, another batch another order, unequal layers say
    their number themselves, and beside weights of one's own it does not matter what is, or would
    have been, drawn.
    """
    names = [
        f.name for f in fields(Experiment) if len({getattr(e, f.name) for e in experiments}) > 1
    ]
    ruled = {name for ruling, ruled in RULED.items() if ruling in names for name in ruled}
    if all(e.start is not None for e in experiments):
        ruled.update(DRAWN)
    return [name for name in names if name not in ruled]


def shared_start(first: Experiment, second: Experiment) -> str:
    """How the initial weights of network i of two experiments of the same seed are related.

    Returns:
        One of ``STARTS``: ``same``, they are equal; ``scaled``, they are the same random numbers
        times another factor in each layer; ``seeds``, only the seeds are the same: they are drawn
        from another distribution or fill another shape, as Maxout's two weight sets do.
    """
    shapes = [(e.sizes, e.depth and e.phi.pieces) for e in (first, second)]
    own = first.start, second.start
    if shapes[0] != shapes[1] or (own[0] is None) != (own[1] is None):
        return "seeds"
    if own[0] is not None:
        return "same" if own[0] == own[1] else "seeds"
    if first.distribution == second.distribution:
        return "same"
    return "scaled" if _alike(first.distribution, second.distribution) else "seeds"


def shared_gradient(first: Experiment, second: Experiment) -> bool:
    """Whether two experiments begin with the same gradient, of all points, and step otherwise."""
    return STEP.issuperset(differing([first, second]))


def _alike(first: Distribution, second: Distribution) -> bool:
    """Whether one's weights are the other's, times a factor that is not 0."""
    kinds = [each.initializer for each in (first, second)]
    if kinds[0] == kinds[1]:
        return first.variance(2, 2) > 0
    if any(kind.orthogonal or kind.one_sided for kind in kinds):
        return False
    drawn = all(each.variance(2, 2) > 0 for each in (first, second))
    return drawn and kinds[0].uniform == kinds[1].uniform
