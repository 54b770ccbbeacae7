"""What was understood of a program: what was found, what was assumed, what was not read.

Nothing here is a sentence. Reasons, mistakes and refusals are names; the page has the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.experiment import Experiment

if TYPE_CHECKING:
    from models.reading.network import Network

DIALECTS = ("torch", "keras", "sklearn", "tensorflow")

WHYS = (
    "torch_default",  # what PyTorch does where the program says nothing; likewise the other three
    "keras_default",
    "sklearn_default",
    "tensorflow_default",
    "lab_default",  # the program says nothing and no framework decides it
    "nearest",  # the lab cannot start so exactly; this is the nearest that it can do
    "clipped",  # the program asks for more (or less) than the lab allows
    "summed_loss",  # a sum of losses in place of their mean: a learning rate that much larger
    "scaled_loss",  # a multiple of the loss, likewise
    "scale_free",  # a multiple of the loss that the optimizer hardly notices
    "point_order",  # the points of the batches come in another order than the lab's
    "early_stop",  # the program stops earlier once its loss is small
    "no_seed",  # it starts elsewhere every time
    "epsilon",  # the framework's Adam adds its epsilon elsewhere than the lab's, which is PyTorch's
    "decays_biases",  # an L2 penalty is on the weights alone there, in the lab on the biases, too
    "penalty_left_out",  # a small L2 penalty on the weights, which the lab leaves out under Adam
    "stops_unimproved",  # the program stops once its loss sinks no more, the lab does not
    "exact_logarithm",  # the program's own cross-entropy is NaN where an answer rounds to 0 or 1
)
"""Why something is assumed."""

REFUSALS = (
    "empty",
    "too_long",  # values: bytes, most
    "too_complex",  # deeper or longer than what is read in time
    "not_text",  # bytes that are none, NULs, lone surrogates
    "not_python",  # line, values: message
    "other_language",  # values: language
    "stack_trace",  # values: error, the last line of what was pasted
    "no_network",  # Python, but no network of a dialect that is known
    "no_training",  # a network, but nothing trains it
    "not_understood",  # line: what decides about the network was not read
    "too_large",  # values: field, value, most
    "image_input",  # values: inputs
    "other_inputs",  # values: inputs: not two
    "other_data",  # two inputs, but not the points and labels of a gate
    "no_data",  # the data is not in the program
    "unlike_activations",  # values: names
    "other_activation",  # values: name
    "other_layer",  # values: name, such as Dropout, Embedding, LSTM
    "other_output",  # values: name, loss, units: no such last layer and loss in the lab
    "other_loss",  # values: name
    "other_optimizer",  # values: name
    "some_parameters",  # the optimizer moves some of the network's parameters, others not
    "other_argument",  # values: name, argument, value: an argument that the lab has not
    "other_start",  # initial weights that the lab cannot draw
    "other_shape",  # the layers are not one behind the other, or skips that the lab has not
    "other_norm",
    "several_trainings",  # of networks, or of one in several ways
    "other_loop",  # the steps are not of one kind: schedules, several losses, gathered gradients
    "scheduler",
    "shape_mismatch",  # the program itself stops: layers that do not fit; values: found, wanted
    "stops",  # the program itself stops with an error; values: mistake
    "dtype_mismatch",  # the program itself stops: numbers of unlike types; values: found, wanted
)
"""Why there is no experiment."""


@dataclass(frozen=True)
class Found:
    """A setting that stands in the program.

    Attributes:
        field: a field's name of ``Experiment``.
        value: what it is there.
        line: where it stands, from 1.
    """

    field: str
    value: object
    line: int


@dataclass(frozen=True)
class Assumed:
    """A setting that the program does not say, or not so; ``why``: one of ``WHYS``."""

    field: str
    value: object
    why: str


@dataclass(frozen=True)
class Unread:
    """A statement that was not understood and might matter."""

    line: int
    text: str


@dataclass(frozen=True)
class Mistake:
    """A mistake that reading alone can see; ``name``: a key of ``mistakes.MISTAKES``."""

    name: str
    line: int
    values: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Refusal:
    """Why there is no experiment; ``name``: one of ``REFUSALS``."""

    name: str
    line: int | None = None
    values: Mapping[str, object] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Reading:
    """What was understood of a program.

    Attributes:
        text: the program, as it was read: prompts and magics of a notebook are taken out, but no
            line is added or removed.
        dialect: one of ``DIALECTS``, or empty.
        experiment: the program as it is, its mistakes included where they can be trained.
        found: settings that stand in it, by line.
        assumed: settings that do not.
        unread: statements that were not understood, by line.
        mistakes: what is wrong with it, by line.
        refusal: why there is no experiment.
        network: what it builds and how it trains that, with lines.
    """

    text: str
    dialect: str = ""
    experiment: Experiment | None = None
    found: tuple[Found, ...] = ()
    assumed: tuple[Assumed, ...] = ()
    unread: tuple[Unread, ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    refusal: Refusal | None = None
    network: Network | None = None

    @property
    def lines(self) -> list[str]:
        """The text as Python counts its lines, which only a newline ends."""
        return self.text.removesuffix("\n").split("\n")
