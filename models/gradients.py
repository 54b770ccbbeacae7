"""What becomes of a step's gradient before an optimizer takes it."""

import torch
from torch import Tensor

from models.network import Ensemble

CLIP_EPSILON = 1e-6  # PyTorch's


class TreatedGradient:
    """A network's gradient, of all its parameters, changed: added to what is left of the last one,
    or in length.

    Where gradients add up, as they do in PyTorch without ``zero_grad()``, all that follows is done
    to the sum, which is left as it is then. First each layer's part is divided by its own norm, if
    that is asked for: then every layer is moved as far as any other, whatever arrives there. Then
    the whole is clipped: scaled down to the largest norm that it may have (Pascanu, Mikolov &
    Bengio 2013), as ``torch.nn.utils.clip_grad_norm_`` does it.

    Args:
        ensemble: whose gradients.
        clip: the largest norm of a network's whole gradient; None: any.
        unit: whether each layer's part is divided by its norm; what is 0 stays 0.
        accumulate: whether gradients add up from step to step.
    """

    def __init__(self, ensemble: Ensemble, clip: float | None, unit: bool, accumulate: bool):
        self._clip, self._unit, self._accumulate = clip, unit, accumulate
        self._gradient = torch.zeros_like(ensemble.parameters)
        self._blocks = ensemble.blocks(self._gradient)
        self.nbytes = self._gradient.nbytes

    def add_to(self, target: Tensor, ensemble: Ensemble, scale: float) -> None:
        """``target += scale * gradient``, once ``ensemble.backward()`` was done."""
        gradient = self._gradient if self._accumulate else self._gradient.zero_()
        ensemble.add_gradient(gradient, self._blocks, 1.0)
        if self._unit:
            gradient.div_(_norm(gradient, (2, 3)))
        if self._clip is not None:
            share = self._clip / (_norm(gradient, (0, 2, 3)) + CLIP_EPSILON)
            gradient.mul_(share.clamp_(max=1))
        target.add_(gradient, alpha=scale)


def _norm(gradient: Tensor, axes: tuple[int, ...]) -> Tensor:
    """Over some axes, which are kept; of what is 0 the least number.

    The largest entry is taken out first: then no square is too small or too large for a number.
    """
    least = torch.finfo(gradient.dtype).tiny
    largest = gradient.abs().amax(axes, keepdim=True).clamp_(min=least)
    return (gradient / largest).square_().sum(axes, keepdim=True).clamp_(min=1).sqrt_() * largest
