"""What each program of the corpus is, as a person read it.

The programs, in ``programs/``, were written for this: as students write, in their styles, with
their comments. A row says which experiment a program is and what is wrong with it and where.
"""

from dataclasses import dataclass
from math import sqrt

from tests.models.reading.running import FOLDER


@dataclass(frozen=True)
class Program:
    """A row.

    Attributes:
        name: of the file.
        settings: of ``Experiment``, what is not the default; None: the lab cannot train it.
        mistakes: names, and a text that stands in the mistake's line alone.
        refusal: why the lab cannot train it.
        factor: of the lab's loss, to be the program's.
        eased: the relative difference that is allowed beyond the lab's own rounding.
    """

    name: str
    settings: dict | None
    mistakes: tuple[tuple[str, str], ...] = ()
    refusal: str = ""
    factor: float = 1.0
    eased: float = 0.0

    @property
    def text(self) -> str:
        """The program."""
        return (FOLDER / f"{self.name}.py").read_text(encoding="utf-8")

    @property
    def dialect(self) -> str:
        """One of ``models.reading.reading.DIALECTS``."""
        return self.name.split("_")[0]

    @property
    def wrong(self) -> list[tuple[str, int]]:
        """Its mistakes with their lines."""
        lines = self.text.splitlines()
        places = [
            (name, [number for number, line in enumerate(lines, start=1) if text in line])
            for name, text in self.mistakes
        ]
        assert all(len(numbers) == 1 for _, numbers in places), self.name
        return [(name, numbers[0]) for name, numbers in places]


def _torch(name: str, **row) -> Program:
    return _program(f"torch_{name}", {"init": "pytorch"}, row)


def _keras(name: str, **row) -> Program:
    return _program(f"keras_{name}", {"init": "xavier_uniform"}, row)


def _sklearn(name: str, **row) -> Program:
    defaults = {"init": "xavier_uniform", "bias": "as_weights", "dtype": "float64"}
    defaults["optimizer"] = "adam"
    return _program(f"sklearn_{name}", defaults, row)


def _tensorflow(name: str, **row) -> Program:
    return _program(f"tensorflow_{name}", {"init": "lab"}, row)


_OF_A_ROW = ("mistakes", "refusal", "factor", "eased")


def _program(name: str, defaults: dict, row: dict) -> Program:
    about = {key: row.pop(key) for key in _OF_A_ROW if key in row}
    return Program(name, defaults | row if row else None, **about)


PROGRAMS = (
    _torch("sequential_sigmoid", depth=1, width=4, learning_rate=1, steps=10_001),
    _torch("three_hidden_layers", depth=3, width=10, learning_rate=0.5, steps=5_000),
    _torch("module_relu_mse", activation="relu", depth=1, width=8, output="sigmoid_squared",
           optimizer="adam", learning_rate=0.01, steps=2_000),
    _torch("tanh_signed", activation="tanh", depth=1, width=3, output="tanh_squared",
           data="xor_centred", learning_rate=0.05, steps=3_000),
    _torch("logits_momentum", activation="tanh", depth=2, width=5, optimizer="momentum",
           momentum=0.9, learning_rate=0.1, steps=1_000),
    _torch("cross_entropy_two_units", activation="relu", depth=1, width=6, output="softmax",
           optimizer="adam", learning_rate=0.05, steps=300),
    _torch("xavier_apply", activation="tanh", hidden=(10, 5), init="xavier_uniform",
           learning_rate=0.3, steps=2_000),
    _torch("he_module_list", activation="relu", depth=6, width=12, init="he_normal",
           learning_rate=0.01, steps=4_000),
    _torch("batch_norm", depth=3, width=10, norm="batch", learning_rate=0.1, steps=1_000),
    # PyTorch's layer norm rounds more than the lab's: in float64 the losses agree to 1e-13.
    _torch("layer_norm", activation="tanh", depth=2, width=16, norm="layer", learning_rate=0.2,
           steps=800, eased=5e-4),
    _torch("residual", depth=4, width=10, skip=True, learning_rate=0.1, steps=1_500),
    _torch("perceptron_and", depth=0, data="and", learning_rate=0.1, steps=5_001),
    _torch("data_loader", activation="relu", depth=1, width=8, batch=2, order="shuffled",
           learning_rate=0.1, steps=1_002),
    _torch("point_by_point", activation="tanh", depth=1, width=4, batch=1, learning_rate=0.5,
           output="sigmoid_squared", steps=4_000),
    _torch("weight_decay", activation="elu", depth=2, width=6, weight_decay=1e-3,
           learning_rate=0.1, steps=1_200),
    _torch("clipped", activation="silu", depth=2, width=7, data="xnor", clip=0.25,
           learning_rate=2, steps=600),
    _torch("double_rmsprop", activation="softplus", depth=1, width=5, dtype="float64",
           optimizer="rmsprop", learning_rate=0.01, steps=500),
    _torch("leaky_or", activation="leaky_relu", activation_parameter=0.2, depth=2, width=3,
           data="or", optimizer="adam", learning_rate=0.001, steps=1_000),
    _torch("linear_answer_nesterov", activation="gelu", depth=1, width=4, output="squared",
           optimizer="nesterov", momentum=0.9, learning_rate=0.05, steps=500),
    _torch("raw_tensors", depth=1, width=3, init="lab", learning_rate=0.5, steps=3_000),
    _torch("sum_of_squares", depth=1, width=5, output="sigmoid_squared", learning_rate=1.0,
           steps=2_000, factor=4.0),
    _torch("nine_sigmoid_layers", depth=9, width=5, init="lecture", learning_rate=0.1,
           steps=20_001),
    _torch("mistake_no_activation", activation="identity", depth=1, width=8, learning_rate=0.1,
           steps=10_000, mistakes=(("no_activation", "nn.Linear(8, 1)"),)),
    _torch("mistake_softmax_of_one", refusal="other_output",
           mistakes=(("softmax_of_one", "x = F.softmax"),)),
    _torch("mistake_double_sigmoid", activation="relu", depth=1, width=10, output="sigmoid_twice",
           learning_rate=0.1, steps=5_000,
           mistakes=(("double_sigmoid", "self.sigmoid = nn.Sigmoid()"),)),
    _torch("mistake_not_a_probability", refusal="stops",
           mistakes=(("not_a_probability", "nn.BCELoss()"),)),
    _torch("mistake_cross_entropy_of_one",
           refusal="other_output",
           mistakes=(("cross_entropy_of_one", "nn.CrossEntropyLoss()"),)),
    _torch("mistake_broadcast_labels", activation="relu", depth=1, width=16, broadcast=True,
           output="sigmoid_squared", optimizer="adam", learning_rate=0.01, steps=2_000,
           mistakes=(("broadcast_labels", "y = torch.tensor"),)),
    _torch("mistake_no_zero_grad", depth=1, width=4, learning_rate=0.05, steps=2_000,
           accumulate=True, mistakes=(("no_zero_grad", "loss.backward()"),)),
    _torch("mistake_no_step", depth=1, width=5, learning_rate=1, steps=1_000,
           mistakes=(("no_step", "cost.backward()"),)),
    _torch("mistake_wrong_parameters", activation="relu", depth=1, width=8, optimizer="adam",
           learning_rate=0.02, steps=1_000,
           mistakes=(("wrong_parameters", "optim.Adam(net_a.parameters()"),)),
    _torch("mistake_integer_labels", refusal="stops",
           mistakes=(("integer_labels", "Y = torch.tensor"),)),
    _torch("mistake_zero_weights", activation="tanh", depth=1, width=6, init="zeros",
           learning_rate=0.1, steps=2_000,
           mistakes=(("zero_weights", "nn.init.zeros_(fc1.weight)"),)),
    _torch("mistake_target_out_of_range", activation="tanh", depth=1, width=4,
           output="sigmoid_squared_signed", data="xor_centred", learning_rate=0.1, steps=2_000,
           mistakes=(("target_out_of_range", "T = torch.tensor"),)),
    _torch("mistake_broadcast_class", activation="tanh", depth=1, width=3, broadcast=True,
           output="squared", learning_rate=0.1, steps=3_000,
           mistakes=(("broadcast_labels", "y = torch.from_numpy"),)),
    _torch("mistake_no_zero_grad_adam", activation="relu", depth=1, width=6, accumulate=True,
           optimizer="adam", learning_rate=0.005, steps=1_500,
           mistakes=(("no_zero_grad", "loss.backward()"),)),
    _torch("dropout", refusal="other_layer"),
    _torch("no_bias", refusal="other_layer"),

    _keras("list_adam", activation="relu", depth=1, width=8, optimizer="adam",
           learning_rate=0.001, steps=500),
    _keras("add_sgd", depth=1, width=4, output="sigmoid_squared", learning_rate=0.1, steps=5_000),
    _keras("activation_layers", activation="tanh", depth=2, width=10, learning_rate=0.3,
           steps=1_000),
    # Keras takes the logarithm of a probability, which in float32 is rounded where it is near 1.
    _keras("softmax_sparse", activation="relu", depth=1, width=6, output="softmax",
           optimizer="adam", learning_rate=0.05, steps=300, eased=1e-4),
    _keras("nine_sigmoid_layers", depth=9, width=5, learning_rate=0.1, steps=3_000),
    _keras("uniform_signed", activation="tanh", depth=1, width=3, output="tanh_squared",
           data="xor_centred", init="lecture", learning_rate=0.01, steps=2_000),
    _keras("one_at_a_time", activation="tanh", depth=1, width=2, batch=1, order="shuffled",
           learning_rate=0.1, steps=4_000),
    _keras("he_momentum", activation="relu", depth=2, width=16, init="he_uniform",
           optimizer="momentum", momentum=0.9, learning_rate=0.05, steps=1_000),
    _keras("from_logits", activation="elu", hidden=(7, 4), optimizer="nesterov", momentum=0.8,
           learning_rate=0.1, steps=800),
    _keras("one_hot", activation="softplus", depth=1, width=5, output="softmax",
           learning_rate=0.5, steps=600),
    _keras("functional", depth=1, width=3, data="nor", optimizer="adam", learning_rate=0.001,
           steps=200),
    _keras("norm_of_pytorch", depth=2, width=8, norm="batch", learning_rate=0.1, steps=400),
    _keras("rmsprop", refusal="other_optimizer"),
    # Mended, its logarithms round, too, and Adam makes steps of it: in float64 it agrees to 2e-7.
    _keras("mistake_softmax_of_one",
           refusal="other_output", eased=1e-3,
           mistakes=(("softmax_of_one", "Dense(1, activation='softmax')"),)),
    _keras("mistake_no_activation", activation="identity", depth=1, width=10, learning_rate=0.5,
           steps=1_000, mistakes=(("no_activation", "keras.layers.Dense(1, "),)),
    _keras("mistake_zero_weights", activation="tanh", depth=1, width=4, init="zeros",
           output="sigmoid_squared", learning_rate=0.1, steps=500,
           mistakes=(("zero_weights", "Dense(4"),)),
    _keras("mistake_not_a_probability", refusal="other_loss",
           mistakes=(("not_a_probability", "model.compile"),)),
    _keras("mistake_double_sigmoid", activation="tanh", depth=1, width=5, output="sigmoid_twice",
           learning_rate=0.2, steps=2_000,
           mistakes=(("double_sigmoid", 'layers.Dense(1, activation="sigmoid")'),)),

    _sklearn("logistic_sgd", depth=1, width=4, gain=1 / sqrt(3), optimizer="nesterov",
             momentum=0.9, learning_rate=0.1, weight_decay=1e-4 / 4, steps=10_000),
    _sklearn("defaults", activation="relu", depth=1, width=100, learning_rate=0.001,
             steps=200),
    # Half of a loss is all the same to Adam, but for its epsilon.
    _sklearn("regressor_tanh", activation="tanh", depth=2, width=5, output="squared",
             learning_rate=0.01, steps=2_000, factor=0.5, eased=1e-5),
    _sklearn("regressor_sgd", activation="relu", depth=1, width=6, output="squared",
             optimizer="momentum", momentum=0.5, learning_rate=0.2 / 2, weight_decay=2 * 0.002 / 4,
             steps=3_000, factor=0.5),
    _sklearn("patient", activation="tanh", depth=2, width=8, learning_rate=0.02, steps=1_000),
    _sklearn("and_gate", activation="relu", depth=1, width=3, data="and", dtype="float32",
             learning_rate=0.001, steps=500),
    _sklearn("partial_fit", activation="tanh", depth=1, width=10, optimizer="nesterov",
             momentum=0.9, learning_rate=0.3, steps=1_500),
    _sklearn("lbfgs", refusal="other_optimizer"),
    _sklearn("mistake_no_activation", activation="identity", depth=2, width=10,
             learning_rate=0.01, steps=5_000,
             mistakes=(("no_activation", "activation='identity'"),)),

    _tensorflow("one_layer", depth=0, learning_rate=0.1, steps=10_001),
    _tensorflow("two_layers", depth=1, width=2, learning_rate=0.1, steps=10_001),
    _tensorflow("wide_deep", depth=3, width=10, learning_rate=0.1, steps=10_001),
    _tensorflow("deep_relu", activation="relu", depth=4, width=5, init="lecture",
                learning_rate=0.1, steps=8_000),
    _tensorflow("tanh_adam", activation="tanh", depth=1, width=6, bias="zeros", optimizer="adam",
                learning_rate=0.01, steps=2_000),
    _tensorflow("squared_error", depth=1, width=2, init="lecture", output="sigmoid_squared",
                learning_rate=0.5, steps=20_000),
    _tensorflow("momentum_function", depth=2, width=4, gain=0.5, bias="zeros", output="squared",
                data="xnor", optimizer="momentum", momentum=0.9, learning_rate=0.05, steps=1_000),
    _tensorflow("glorot", activation="tanh", depth=1, width=8, init="xavier_uniform",
                learning_rate=0.5, steps=2_001),
    _tensorflow("given_weights", depth=1, width=2, output="sigmoid_squared", learning_rate=0.2,
                steps=300, factor=2.0, init="lecture", networks=1,
                start=((((5.0, -7.0), (5.0, -7.0)), (-8.0, 3.0)), (((-11.0,), (-11.0,)), (6.0,)))),
    _tensorflow("mistake_zero_weights", depth=1, width=5, init="zeros", learning_rate=0.1,
                steps=5_000, mistakes=(("zero_weights", "W1 = tf.Variable"),)),
    _tensorflow("mistake_softmax_of_one", refusal="other_output",
           mistakes=(("softmax_of_one", "tf.nn.softmax"),)),
    _tensorflow("mistake_double_sigmoid", depth=1, width=10, output="sigmoid_twice",
                learning_rate=0.5, steps=10_001,
                mistakes=(("double_sigmoid", "hypothesis = tf.sigmoid"),)),
    _tensorflow("mistake_not_a_probability", activation="relu", depth=1, width=5, init="lecture",
                output="relu", learning_rate=0.1, steps=10_001,
                mistakes=(("not_a_probability", "cost = -tf.reduce_mean"),)),
    _tensorflow("mistake_broadcast_labels", activation="tanh", depth=1, width=4, broadcast=True,
                output="sigmoid_squared", learning_rate=0.3, steps=5_001,
                mistakes=(("broadcast_labels", "y_data = np.array"),)),
)  # fmt: skip
