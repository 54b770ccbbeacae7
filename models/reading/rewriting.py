"""A remedy written into a program's own text: small changes, one kind for each field of a run.

As with mistakes nothing is guessed: the changed text is read again, and it is offered only where it
reads as exactly the run that was trained.
"""

import ast
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from models.comparison import differing
from models.experiment import Experiment
from models.norms import EPSILON, NORMS
from models.reading.edits import Edit, Edits, Source, beside_name, edited, in_time, last_name
from models.reading.mending import (
    DESCENTS,
    around,
    behind,
    keyword_of,
    no_activation,
    strings_of,
)
from models.reading.program import read_program
from models.reading.reading import Reading

MOST_TRIED = 80  # changes of a program: each is read again
MODULES = {
    "sigmoid": "Sigmoid", "tanh": "Tanh", "relu": "ReLU", "leaky_relu": "LeakyReLU", "elu": "ELU",
    "softplus": "Softplus", "selu": "SELU", "gelu": "GELU", "silu": "SiLU", "mish": "Mish",
}  # fmt: skip
"""PyTorch's modules by activation; functions and strings are called as the activations are."""
STRINGS = {"sigmoid": ("sigmoid", "logistic")}
"""What activations are called in strings, where that is not by themselves."""
RATES = ("lr", "learning_rate", "learning_rate_init")
COUNTS = ("epochs", "max_iter", "nb_epoch")
TF1 = {"sgd": "GradientDescentOptimizer", "adam": "AdamOptimizer"}

CALLED = re.compile(r"(?<![.\w])[A-Z]\w+(?=\()")
"""Classes that are called by their names alone."""

Changes = Callable[[Source, Experiment, Experiment], Iterable[Edits]]


def rewritten(reading: Reading, wanted: Experiment) -> str | None:
    """The program with as little changed as makes it this run; None: it is not known how.

    ``wanted`` may be of another number of networks than a program's, which has one.
    """
    given = reading.experiment
    if given is None:
        return None
    given = replace(given, networks=wanted.networks)
    fields = set(differing([given, wanted]))
    kinds: list[Changes] = []
    if "optimizer" in fields:
        fields.discard("learning_rate")  # it comes with its own
    for names, changes in CHANGES.items():
        if fields.intersection(names):
            fields.difference_update(names)
            kinds.append(changes)
    if fields or not kinds:
        return None
    try:
        source = Source(reading.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    each = [list(itertools.islice(kind(source, given, wanted), MOST_TRIED)) for kind in kinds]
    texts = itertools.islice(_texts(source, each), MOST_TRIED)
    return next((text for text in in_time(texts) if _reads_as(text, wanted)), None)


def _texts(source: Source, each: Sequence[Sequence[Edits]]) -> Iterator[str]:
    """A text with a change of each kind; if it calls what is not imported, also with that."""
    for parts in itertools.product(*each):
        edits = [edit for part in parts for edit in part]
        for more in ((), *_imports(source, edits)):
            if text := edited(source.text, [*edits, *more]):
                yield text


def _imports(source: Source, edits: Sequence[Edit]) -> Iterator[Edits]:
    """What changes call by a name that is not imported, beside the other names of an import."""
    called = {name for edit in edits for name in CALLED.findall(edit.text)}
    imports = [node for node in source.nodes if isinstance(node, ast.ImportFrom)]
    known = {alias.asname or alias.name for node in imports for alias in node.names}
    if missing := sorted(called - known):
        for node in imports:
            yield (source.append(node.names[-1], f", {', '.join(missing)}"),)


def _reads_as(text: str, wanted: Experiment) -> bool:
    again = read_program(text)
    if again.experiment is None or again.mistakes:
        return False
    return replace(again.experiment, networks=wanted.networks) == wanted


def _numbers(source: Source, node: ast.expr | None) -> Iterator[ast.expr]:
    """Where a number stands that is written here: here, or where its name is given one."""
    if isinstance(node, ast.Name):
        node = source.value(node.id)
    if node is not None and not isinstance(node, ast.Name):
        yield node


def _descents(source: Source) -> list[ast.Call]:
    """The calls that make an optimizer."""
    return source.calls(*DESCENTS, *TF1.values(), "RMSPropOptimizer", "MomentumOptimizer")


def _rate_of(call: ast.Call) -> ast.expr | None:
    """A call's learning rate; PyTorch's second argument, Keras's and TensorFlow's first."""
    named = next(filter(None, (keyword_of(call, name) for name in RATES)), None)
    if named is not None:
        return named
    first = call.args[:1]
    is_torch = first and not isinstance(first[0], ast.Constant | ast.Name)
    return next(iter(call.args[1:2] if is_torch else first), None)


def _learning_rate(source: Source, given: Experiment, wanted: Experiment) -> Iterator[Edits]:
    rate = f"{wanted.learning_rate:g}"
    calls = [*_descents(source), *source.calls("MLPClassifier", "MLPRegressor")]
    for call in calls:
        for node in _numbers(source, _rate_of(call)):
            yield (source.replace(node, rate),)
        if _rate_of(call) is None:
            for name in RATES:
                yield (source.argument(call, f"{name}={rate}"),)
    for node in strings_of(source, given.optimizer):
        for keras in _keras(source):
            name = {"sgd": "SGD", "adam": "Adam", "rmsprop": "RMSprop"}.get(given.optimizer, "")
            yield (source.replace(node, f"{keras}.{name}(learning_rate={rate})"),)


def _keras(source: Source) -> tuple[str, ...]:
    """Where Keras's optimizers may be found in a program."""
    return ("keras.optimizers", "tf.keras.optimizers")


def _optimizer(source: Source, given: Experiment, wanted: Experiment) -> Iterator[Edits]:
    """Adam in another one's place, with its rate."""
    if wanted.optimizer != "adam":
        return
    rate = f"{wanted.learning_rate:g}"
    for call in _descents(source):
        if last_name(call.func) in TF1.values():
            yield (source.replace(call, f"{beside_name(source, call, TF1['adam'])}({rate})"),)
            continue
        adam = beside_name(source, call, "Adam")
        if call.args and not isinstance(call.args[0], ast.Constant):
            parameters = source.of(call.args[0])
            for name in dict.fromkeys((adam, "torch.optim.Adam")):
                yield (source.replace(call, f"{name}({parameters}, lr={rate})"),)
        yield (source.replace(call, f"{adam}(learning_rate={rate})"),)
    for node in strings_of(source, "sgd"):
        for keras in _keras(source):
            yield (source.replace(node, f"{keras}.Adam(learning_rate={rate})"),)
        for call in source.calls("MLPClassifier", "MLPRegressor"):
            solver = source.replace(node, source.string("adam"))
            for number in _numbers(source, keyword_of(call, "learning_rate_init")):
                yield (solver, source.replace(number, rate))
            yield (solver, source.argument(call, f"learning_rate_init={rate}"))


def _activation(source: Source, given: Experiment, wanted: Experiment) -> Iterator[Edits]:
    """Another activation wherever the old one is, or wherever but at the end."""
    old, new = given.activation, wanted.activation
    if old == "identity":
        yield from no_activation(source)
    if new not in MODULES:
        return
    for edits in _renamed(source, old, new):
        for some in (edits, edits[:-1]):
            if some:
                yield tuple(some)


def _renamed(source: Source, old: str, new: str) -> Iterator[list[Edit]]:
    """All places of an activation, a kind of writing it after the other, in their order."""
    module = MODULES.get(old, "")
    modules = source.calls(module)
    yield [source.replace(call, f"{beside_name(source, call, MODULES[new])}()") for call in modules]
    named = [name for name, node in source.assigned() if node.value in modules]
    functions = source.calls(old, *named)
    for prefix in ("", "torch.", "tf.nn.", "F."):
        yield [_called(source, call, prefix, new) for call in functions]
    words = [node for word in STRINGS.get(old, (old,)) for node in strings_of(source, word)]
    words = [node for node in words if _is_activation(source, node)]
    yield [source.replace(node, source.string(new)) for node in words]


def _called(source: Source, call: ast.Call, prefix: str, new: str) -> Edit:
    return source.replace(call.func, f"{prefix}{new}") if prefix else source.rename(call, new)


def _is_activation(source: Source, node: ast.expr) -> bool:
    parent = source.parents[node]
    if isinstance(parent, ast.keyword):
        return parent.arg == "activation"
    return isinstance(parent, ast.Call) and last_name(parent.func) in ("Activation", "Dense")


def _start(source: Source, given: Experiment, wanted: Experiment) -> Iterator[Edits]:
    """First weights as He or Glorot has them: in place of others, or behind the network."""
    torch = {"he_normal": "kaiming_normal_", "xavier_normal": "xavier_normal_"}.get(wanted.init)
    keras = {"he_normal": "he_normal", "xavier_normal": "glorot_normal"}.get(wanted.init)
    if not torch or not keras:
        return
    drawn = [call for call in source.calls("normal_", "uniform_", "xavier_uniform_",
             "xavier_normal_", "kaiming_uniform_", "kaiming_normal_", "orthogonal_", "constant_",
             "zeros_") if call.args and "weight" in source.of(call.args[0])]  # fmt: skip
    if drawn:
        yield tuple(
            source.replace(call, f"{beside_name(source, call, torch)}({source.of(call.args[0])})")
            for call in drawn
        )
    for call in _descents(source):
        for model in _models(source, call):
            yield (source.before(source.statement(call), _block(source, model, torch)),)
    dense = source.calls("Dense")
    if dense:
        yield tuple(_initialized(source, call, keras) for call in dense)
        yield tuple(_initialized(source, call, keras) for call in dense[:-1])


def _initialized(source: Source, call: ast.Call, name: str) -> Edit:
    word = keyword_of(call, "kernel_initializer")
    if word is not None:
        return source.replace(word, source.string(name))
    return source.argument(call, f"kernel_initializer={source.string(name)}")


def _models(source: Source, descent: ast.Call) -> Iterator[str]:
    """What an optimizer moves the parameters of, as it is written."""
    for node in descent.args[:1]:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield source.of(node.func.value)


def _block(source: Source, model: str, function: str) -> str:
    """Statements that draw the weights of a PyTorch network anew; biases are 0."""
    linears = source.calls("Linear")
    nn = beside_name(source, linears[0], "").rstrip(".") if linears else "nn"
    nn = nn or "torch.nn"
    lines = (
        f"for layer in {model}.modules():",
        f"    if isinstance(layer, {nn}.Linear):",
        f"        {nn}.init.{function}(layer.weight)",
        f"        {nn}.init.zeros_(layer.bias)",
    )
    return source.newline.join(lines)


def _output(source: Source, given: Experiment, wanted: Experiment) -> Iterator[Edits]:
    """A cross-entropy in place of the squared error of a sigmoid."""
    if (given.output, wanted.output) != ("sigmoid_squared", "sigmoid"):
        return
    for old, new in (("MSELoss", "BCELoss"), ("mse_loss", "binary_cross_entropy")):
        for call in source.calls(old):
            yield (source.rename(call, new),)
    for word in ("mse", "mean_squared_error", "MSE"):
        for node in strings_of(source, word):
            yield (source.replace(node, source.string("binary_crossentropy")),)
    for call in source.calls("MeanSquaredError"):
        yield (source.rename(call, "BinaryCrossentropy"),)


def _steps(source: Source, given: Experiment, wanted: Experiment) -> Iterator[Edits]:
    """As many more rounds of a loop as there are more steps."""
    for node in _rounds(source):
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            count, rest = divmod(node.value * wanted.steps, given.steps)
            if not rest and count > 1:
                yield (source.replace(node, f"{count}"),)


def _rounds(source: Source) -> Iterator[ast.expr]:
    for call in source.calls("range"):
        for node in call.args:
            yield from _numbers(source, node)
    for other in source.nodes:
        if isinstance(other, ast.Call):
            for name in COUNTS:
                yield from _numbers(source, keyword_of(other, name))


def _widths(source: Source, given: Experiment, wanted: Experiment) -> Iterator[Edits]:
    """Other numbers of units, where there are as many layers."""
    if given.depth != wanted.depth or not given.depth:
        return
    if wanted.hidden is None:
        for _, assigned in source.assigned():
            value = assigned.value
            if isinstance(value, ast.Constant) and value.value == given.width:
                yield (source.replace(value, f"{wanted.width}"),)
        yield _same_widths(source, given.width, wanted.width)
    ways, units = list(itertools.pairwise(wanted.sizes)), [[size] for size in wanted.sizes[1:]]
    yield _sized(source, [call.args[:2] for call in source.calls("Linear")], ways)
    yield _sized(source, [call.args[:1] for call in source.calls("Dense")], units)
    weights, biases = (
        [node.elts for node in _shapes(source) if len(node.elts) == n] for n in (2, 1)
    )
    yield (*_sized(source, weights, ways), *_sized(source, biases, units))
    for call in source.calls("MLPClassifier", "MLPRegressor"):
        if word := keyword_of(call, "hidden_layer_sizes"):
            for node in _numbers(source, word):
                yield (source.replace(node, f"{wanted.widths}"),)
        else:
            yield (source.argument(call, f"hidden_layer_sizes={wanted.widths}"),)


def _sized(
    source: Source, layers: Sequence[Sequence[ast.expr]], sizes: Sequence[Sequence[int]]
) -> Edits:
    """What is written for the size of each layer, where that is written for each."""
    if [len(written) for written in layers] != [len(each) for each in sizes]:
        return ()
    return tuple(
        source.replace(node, f"{size}")
        for written, each in zip(layers, sizes, strict=True)
        for node, size in zip(written, each, strict=True)
        if source.of(node) != f"{size}"
    )


def _same_widths(source: Source, old: int, new: int) -> Edits:
    """What is written for a width that all layers have, of layers some of which a loop makes."""
    linears, dense = source.calls("Linear"), source.calls("Dense")
    written = [node for call in linears for node in call.args[call is linears[0] : 2]]
    written += [node for call in dense[:-1] for node in call.args[:1]]
    return tuple(source.replace(node, f"{new}") for node in written if source.of(node) == f"{old}")


def _shapes(source: Source) -> Iterator[ast.List]:
    """TensorFlow 1: the sizes that weights and biases are made with."""
    lists = [node for node in source.nodes if isinstance(node, ast.List)]
    for node in lists:
        is_given = isinstance(source.parents[node], ast.Call)
        if is_given and all(isinstance(each, ast.Constant) and each.value for each in node.elts):
            yield node


def _clip(source: Source, given: Experiment, wanted: Experiment) -> Iterator[Edits]:
    """A gradient that is no longer than this."""
    if wanted.clip is None or given.clip is not None:
        return
    most = f"{wanted.clip:g}"
    for descent in _descents(source):
        for model in _models(source, descent):
            for step in source.calls("step"):
                line = f"torch.nn.utils.clip_grad_norm_({model}.parameters(), {most})"
                yield (source.before(source.statement(step), line),)
        yield (source.argument(descent, f"global_clipnorm={most}"),)


def _norm(source: Source, given: Experiment, wanted: Experiment) -> Iterator[Edits]:
    """A norm of each hidden layer's sums."""
    if given.norm in NORMS:
        return
    if norm := NORMS.get(wanted.norm):
        module = norm.module.split(".")[-1]
        yield from _norm_behind(source, module)
        yield from _norm_around(source, module)
    if wanted.norm == "batch":
        yield from _norm_in_keras(source)


def _norm_behind(source: Source, module: str) -> Iterator[Edits]:
    """PyTorch: behind each hidden layer of a list."""
    edits: list[Edit] = []
    for call in source.calls("Linear")[:-1]:
        added = behind(source, call, _normalizing(source, call, module))
        if added is None:
            return
        edits += added
    yield tuple(edits)


def _norm_around(source: Source, module: str) -> Iterator[Edits]:
    """PyTorch: a module beside each hidden layer's own, and a call around its calls."""
    edits: list[Edit] = []
    for linear in source.calls("Linear")[:-1]:
        statement = source.statement(linear)
        if not isinstance(statement, ast.Assign) or statement.value is not linear:
            return
        name = f"{source.of(statement.targets[0])}_norm"
        made = f"{name} = {_normalizing(source, linear, module)}"
        edits.append(source.after(statement, made))
        for call in source.calls(last_name(statement.targets[0])):
            edits += around(source, call, name)
    yield tuple(edits)


def _normalizing(source: Source, linear: ast.Call, module: str) -> str:
    """The norm of a PyTorch layer's units."""
    units = keyword_of(linear, "out_features") or next(iter(linear.args[1:]), None)
    return f"{beside_name(source, linear, module)}({source.of(units) if units else ''})"


def _norm_in_keras(source: Source) -> Iterator[Edits]:
    """Keras: behind each hidden layer, whose activation then comes behind that."""
    for layers in ("", "keras.layers.", "tf.keras.layers."):
        edits: list[Edit] = []
        for call in source.calls("Dense")[:-1]:
            norm = f"{_of_layers(source, call, layers, 'BatchNormalization')}(epsilon={EPSILON:g})"
            word = next((word for word in call.keywords if word.arg == "activation"), None)
            added = [norm]
            if word is not None:
                bend = _of_layers(source, call, layers, "Activation")
                added.append(f"{bend}({source.of(word.value)})")
                edits.append(source.without(call, word))
            edits += behind(source, call, *added) or ()
        yield tuple(edits)


def _of_layers(source: Source, call: ast.Call, layers: str, name: str) -> str:
    """A layer of Keras: where another one is found, or where all are."""
    return f"{layers}{name}" if layers else beside_name(source, call, name)


def _decay(source: Source, given: Experiment, wanted: Experiment) -> Iterator[Edits]:
    """Another weight decay."""
    for call in _descents(source):
        for node in _numbers(source, keyword_of(call, "weight_decay")):
            yield (source.replace(node, f"{wanted.weight_decay:g}"),)


def _batch(source: Source, given: Experiment, wanted: Experiment) -> Iterator[Edits]:
    """All points in a step, where a batch's size is a number."""
    for call in source.nodes:
        if isinstance(call, ast.Call):
            for number in _numbers(source, keyword_of(call, "batch_size")):
                yield (source.replace(number, f"{wanted.batch_points}"),)


CHANGES: dict[tuple[str, ...], Changes] = {
    ("optimizer", "momentum"): _optimizer,
    ("learning_rate",): _learning_rate,
    ("activation", "activation_parameter"): _activation,
    ("init", "gain", "bias"): _start,
    ("output",): _output,
    ("steps",): _steps,
    ("depth", "width", "hidden"): _widths,
    ("clip",): _clip,
    ("norm",): _norm,
    ("weight_decay",): _decay,
    ("batch", "order"): _batch,
}
"""By the fields that it changes."""
