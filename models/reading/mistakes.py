"""The mistakes that reading alone can see, and what becomes of the program under each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """What a mistake makes of a program.

    Attributes:
        trained: whether the lab can train the program as it is.
        stops: whether the framework itself stops with an error.
        moves: whether any weight ever moves.
    """

    trained: bool = True
    stops: bool = False
    moves: bool = True


MISTAKES: dict[str, Kind] = {
    "no_activation": Kind(),
    "softmax_of_one": Kind(trained=False, moves=False),
    "double_sigmoid": Kind(),
    "not_a_probability": Kind(),
    "cross_entropy_of_one": Kind(trained=False, moves=False),
    "broadcast_labels": Kind(),
    "no_zero_grad": Kind(),
    "no_step": Kind(trained=False, moves=False),
    "wrong_parameters": Kind(trained=False, moves=False),
    "integer_labels": Kind(trained=False, stops=True, moves=False),
    "zero_weights": Kind(),
    "target_out_of_range": Kind(),
}
