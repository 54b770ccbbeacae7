"""A mistake mended by the smallest change of the program's own text.

Each kind of mistake has some changes that one would make by hand, the smallest first. Whether one
of them mends it is not guessed: the changed text is read again, and only one that reads as the
program without that mistake, and else as it was, is a mended program.
"""

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from models.comparison import differing
from models.experiment import Experiment, ExperimentError
from models.reading.edits import Edit, Edits, Source, beside_name, edited, in_time, last_name
from models.reading.program import read_program
from models.reading.reading import Mistake, Reading

MOST_TRIED = 60  # changes of a program: each is read again
BENDS = ("relu", "tanh")  # activations to put where there is none
LABELS = ("view(-1, 1)", "unsqueeze(1)", "reshape(-1, 1)")
WHOLE_TYPES = ("long", "int64", "int", "int32")
DESCENTS = ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "NAdam", "RAdam", "Adamax")
TENSORS = ("tensor", "Tensor", "FloatTensor", "DoubleTensor", "LongTensor", "IntTensor",
           "from_numpy", "as_tensor", "constant")  # fmt: skip
ARRAYS = ("array", "asarray")  # NumPy's


@dataclass(frozen=True)
class Mended:
    """A program with some of its mistakes mended.

    Attributes:
        mistakes: the names of these.
        experiment: what it is then.
        text: the mended program; None: no small change of the text is known that does it.
    """

    mistakes: tuple[str, ...]
    experiment: Experiment
    text: str | None = None


@dataclass(frozen=True)
class Mending:
    """How a kind of mistake is mended.

    Attributes:
        changes: of a text, by which it may be, the smallest first.
        fields: of an experiment, in which the mended one may differ.
        becomes: what an experiment with the mistake is without it, where no text can be changed.
    """

    changes: Callable[[Source, Mistake], Iterator[Edits]]
    fields: tuple[str, ...] = ()
    becomes: Callable[[Experiment], Iterator[Experiment]] = lambda experiment: iter(())


def mend(reading: Reading, mistake: Mistake) -> Mended | None:
    """The program with one mistake mended; None: it is not known how."""
    kind = MENDINGS[mistake.name]
    again = _reread(reading, mistake)
    if again is not None and again.experiment is not None:
        return Mended((mistake.name,), again.experiment, again.text)
    if reading.experiment is None:
        return None
    try:
        return Mended((mistake.name,), next(kind.becomes(reading.experiment)))
    except (StopIteration, ExperimentError):
        return None


def mend_all(reading: Reading) -> Mended | None:
    """The program with all its mistakes mended, one after the other; None: it is not known how."""
    names = tuple(mistake.name for mistake in reading.mistakes)
    latest: Reading | None = reading
    for _ in names:
        if latest is not None and latest.mistakes:
            latest = _reread(latest, latest.mistakes[0])
    if latest is not None and latest.experiment is not None and not latest.mistakes:
        return Mended(names, latest.experiment, latest.text)
    experiment = reading.experiment
    try:
        for mistake in reading.mistakes:
            if experiment is not None:
                experiment = next(MENDINGS[mistake.name].becomes(experiment))
    except (StopIteration, ExperimentError):
        return None
    return Mended(names, experiment) if experiment is not None else None


def _reread(reading: Reading, mistake: Mistake) -> Reading | None:
    """The mended program, read; the first change that is found to mend this alone."""
    left = Counter(each.name for each in reading.mistakes)
    left[mistake.name] -= 1
    kind = MENDINGS[mistake.name]
    for text in in_time(_texts(reading.text, lambda source: kind.changes(source, mistake))):
        again = read_program(text)
        if Counter(each.name for each in again.mistakes) != +left or _lost(reading, again):
            continue
        if reading.experiment is None or again.experiment is None:
            return again
        if set(differing([reading.experiment, again.experiment])) <= set(kind.fields):
            return again
    return None


def _lost(reading: Reading, again: Reading) -> bool:
    """Whether a change has made a program that is less of one than it was."""
    if again.experiment is not None:
        return len(again.unread) > len(reading.unread)
    return reading.experiment is not None or not again.mistakes


def _texts(text: str, changes: Callable[[Source], Iterator[Edits]]) -> Iterator[str]:
    """A text with one of some changes each, as far as these are possible."""
    try:
        source = Source(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    seen = {text}
    for edits in changes(source):
        changed = edited(text, edits)
        if changed is not None and changed not in seen:
            seen.add(changed)
            yield changed
        if len(seen) > MOST_TRIED:
            return


# What one would change by hand, one function a mistake.


def _no_activation(source: Source, mistake: Mistake) -> Iterator[Edits]:
    yield from no_activation(source)


def no_activation(source: Source) -> Iterator[Edits]:
    """An activation behind each layer that has none, but the last one."""
    for bend in BENDS:
        yield from _bent_dense(source, bend)
        yield from _bent_lists(source, bend)
        yield from _bent_calls(source, bend)
        yield from _bent_sums(source, bend)
        for call in source.calls("MLPClassifier", "MLPRegressor"):
            if word := keyword_of(call, "activation"):
                yield (source.replace(word, source.string(bend)),)


def _bent_dense(source: Source, bend: str) -> Iterator[Edits]:
    """Keras: an activation for each hidden layer that has none."""
    hidden = source.calls("Dense")[:-1]
    plain = [call for call in hidden if not keyword_of(call, "activation")]
    if plain:
        yield tuple(source.argument(call, f"activation={source.string(bend)}") for call in plain)
    linear = [word for call in hidden if (word := keyword_of(call, "activation"))]
    if linear:
        yield tuple(source.replace(word, source.string(bend)) for word in linear)


def _bent_lists(source: Source, bend: str) -> Iterator[Edits]:
    """PyTorch: a module behind each layer but the last, in a list, a call or by ``append``."""
    module = {"relu": "ReLU", "tanh": "Tanh"}[bend]
    edits: list[Edit] = []
    linears = source.calls("Linear", "LazyLinear")
    for place, linear in enumerate(linears):
        elements = elements_of(source.parents[linear])
        following = _following(elements, linear)
        is_last = place == len(linears) - 1
        if following in linears or (following is None and not is_last):
            edits += behind(source, linear, f"{beside_name(source, linear, module)}()") or ()
    if edits:
        yield tuple(edits)


def behind(source: Source, layer: ast.Call, *texts: str) -> Edits | None:
    """More layers behind one in a list, a call, or after its ``append`` or ``add``; None: it stands
    elsewhere.
    """
    parent = source.parents[layer]
    if isinstance(parent, ast.Call) and last_name(parent.func) in ("append", "add"):
        call = source.of(parent.func)
        lines = (f"{call}({text})" for text in texts)
        return (source.after(source.statement(parent), source.newline.join(lines)),)
    elements = elements_of(parent)
    if layer not in elements:
        return None
    following = _following(elements, layer)
    return tuple(source.beside(layer, following, text) for text in texts)


def _following(elements: list[ast.expr], layer: ast.expr) -> ast.expr | None:
    """What stands behind a layer; None: nothing, or it stands elsewhere."""
    after = elements[elements.index(layer) + 1 :] if layer in elements else []
    return after[0] if after else None


def elements_of(parent: ast.AST) -> list[ast.expr]:
    """What stands in a list of layers."""
    if isinstance(parent, ast.List | ast.Tuple):
        return parent.elts
    if isinstance(parent, ast.Call) and last_name(parent.func) == "Sequential":
        return parent.args
    return []


def _bent_calls(source: Source, bend: str) -> Iterator[Edits]:
    """PyTorch: the function of each layer's sums but the last one's, where they are called."""
    layers = {
        name
        for name, node in source.assigned()
        if isinstance(node.value, ast.Call) and last_name(node.value.func) == "Linear"
    }
    loops = {
        node.target.id
        for node in source.nodes
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name)
    }
    called = [
        call
        for call in source.calls(*layers, *loops)
        if not _is_bent(source, call) and len(call.args) == 1
    ]
    called.sort(key=lambda call: source.span(call)[1])
    hidden = called[:-1]
    for function in (f"torch.{bend}", f"F.{bend}"):
        if hidden:
            yield _wrapped(source, hidden, function)


def _wrapped(source: Source, nodes: list[ast.Call], function: str) -> Edits:
    """Calls, which may be in each other, each in a function."""
    return tuple(edit for node in nodes for edit in around(source, node, function))


def around(source: Source, node: ast.expr, function: str) -> Edits:
    """A function of a node, in which other changes may be."""
    start, end = source.span(node)
    return Edit(start, start, f"{function}("), Edit(end, end, ")")


def _is_bent(source: Source, call: ast.Call) -> bool:
    parent = source.parents[call]
    names = ("relu", "tanh", "sigmoid", "leaky_relu", "elu", "gelu", "selu", "softplus", "softmax")
    return isinstance(parent, ast.Call) and last_name(parent.func) in names


def _bent_sums(source: Source, bend: str) -> Iterator[Edits]:
    """TensorFlow 1: the function of each ``matmul(...) + b`` but the last one."""
    sums = [node.value for _, node in source.assigned() if _is_sum(node.value)]
    if len(sums) > 1:
        function = {"relu": "tf.nn.relu", "tanh": "tf.tanh"}[bend]
        yield tuple(source.wrap(node, function) for node in sums[:-1])


def _is_sum(node: ast.expr) -> bool:
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add):
        return False
    sides = (node.left, node.right)
    return any(isinstance(side, ast.Call) and last_name(side.func) == "matmul" for side in sides)


def _softmax_of_one(source: Source, mistake: Mistake) -> Iterator[Edits]:
    modules = tuple(
        source.replace(call, f"{beside_name(source, call, 'Sigmoid')}()")
        for call in source.calls("Softmax", "LogSoftmax")
    )
    functions = tuple(
        source.replace(call, f"{_sigmoid(source, call)}({source.of(call.args[0])})")
        for call in source.calls("softmax", "log_softmax")
        if call.args
    )
    methods = tuple(
        source.replace(call, f"{source.of(call.func.value)}.sigmoid()")
        for call in source.calls("softmax")
        if isinstance(call.func, ast.Attribute) and not isinstance(call.func.value, ast.Name)
    )
    strings = tuple(
        source.replace(node, source.string("sigmoid")) for node in strings_of(source, "softmax")
    )
    entropy = tuple(
        source.replace(node, source.string("binary_crossentropy"))
        for node in strings_of(source, "categorical_crossentropy")
    )
    for edits in (modules, functions, methods, strings):
        if edits:
            yield edits
            yield (*edits, *entropy)


def _sigmoid(source: Source, call: ast.Call) -> str:
    """A sigmoid beside a softmax; TensorFlow's short name has always been there."""
    named = beside_name(source, call, "sigmoid")
    return "torch.sigmoid" if named.startswith(("F.", "nn.")) else named


def _double_sigmoid(source: Source, mistake: Mistake) -> Iterator[Edits]:
    for logits, plain in (
        ("BCEWithLogitsLoss", "BCELoss"),
        ("binary_cross_entropy_with_logits", "binary_cross_entropy"),
    ):
        for call in source.calls(logits):
            if not call.keywords:
                yield (source.rename(call, plain),)
    for node in source.nodes:
        if isinstance(node, ast.Call) and (word := keyword_of(node, "from_logits")):
            yield (source.replace(word, "False"),)
    yield from _without(source, ("Sigmoid", "Softmax", "LogSoftmax"))
    for call in source.calls("sigmoid", "softmax", "log_softmax"):
        if call.args:
            yield (source.replace(call, source.of(call.args[0])),)
    for function in ("sigmoid", "softmax"):
        for node in reversed(strings_of(source, function)):
            yield (source.replace(node, source.string("linear")),)


def _without(source: Source, names: tuple[str, ...]) -> Iterator[Edits]:
    """A module less in a list: the last one first."""
    for call in reversed(source.calls(*names)):
        elements = elements_of(source.parents[call])
        if call in elements:
            at = elements.index(call)
            following = elements[at + 1] if at + 1 < len(elements) else None
            yield (source.drop(call, following, elements[at - 1] if at else None),)


def _not_a_probability(source: Source, mistake: Mistake) -> Iterator[Edits]:
    for plain, logits in (
        ("BCELoss", "BCEWithLogitsLoss"),
        ("binary_cross_entropy", "binary_cross_entropy_with_logits"),
    ):
        for call in source.calls(plain):
            yield (source.rename(call, logits),)
    for call in reversed(source.calls("Dense")):
        word = keyword_of(call, "activation")
        yield (
            source.replace(word, source.string("sigmoid"))
            if word
            else source.argument(call, f"activation={source.string('sigmoid')}"),
        )
    sums = [node.value for _, node in source.assigned() if _is_sum(node.value)]
    for node in reversed(sums):
        yield (source.wrap(node, "tf.sigmoid"),)
    for call in reversed(source.calls("relu", "tanh")):  # TensorFlow 1: the answer's own
        yield (source.replace(call.func, "tf.sigmoid"),)
        yield (source.replace(call.func, "torch.sigmoid"),)
    for call in reversed(source.calls("ReLU", "Tanh")):
        yield (source.rename(call, "Sigmoid"),)


def _cross_entropy_of_one(source: Source, mistake: Mistake) -> Iterator[Edits]:
    renamed = [
        source.rename(call, "BCEWithLogitsLoss") for call in source.calls("CrossEntropyLoss")
    ]
    renamed += [
        source.rename(call, "binary_cross_entropy_with_logits")
        for call in source.calls("cross_entropy")
    ]
    renamed += [
        source.replace(node, source.string("binary_crossentropy"))
        for word in ("categorical_crossentropy", "sparse_categorical_crossentropy")
        for node in strings_of(source, word)
    ]
    for edit in renamed:
        yield (edit,)
        for labels in (*_flat_labels(source), *_integers(source)):
            yield (edit, *labels)
        for first in _integers(source, *(f"float().{shape}" for shape in LABELS)):
            yield (edit, *first)


def _broadcast_labels(source: Source, mistake: Mistake) -> Iterator[Edits]:
    yield from _flat_labels(source)


def _flat_labels(source: Source) -> Iterator[Edits]:
    """A column of labels where there is a row: where they are made, or where they are judged."""
    for shape in LABELS:
        for node in _made(source):
            if _made_by(node) not in ARRAYS or shape.startswith("reshape"):
                yield (source.append(node, f".{shape}"),)
        for node in _judged(source):
            yield (source.append(node, f".{shape}"),)


def _made(source: Source) -> list[ast.expr]:
    """What is given to a name as a tensor or an array: the latest first."""
    made = [node.value for _, node in source.assigned() if _is_tensor(node.value)]
    return made[::-1]


def _is_tensor(node: ast.expr) -> bool:
    return _made_by(node) in (*TENSORS, *ARRAYS)


def _made_by(node: ast.expr) -> str:
    """What makes a tensor or an array: also of ``torch.tensor(...).float()``; empty: nothing."""
    while isinstance(node, ast.Call):
        if last_name(node.func) in (*TENSORS, *ARRAYS):
            return last_name(node.func)
        if not isinstance(node.func, ast.Attribute):
            return ""
        node = node.func.value
    return ""


def _judged(source: Source) -> list[ast.expr]:
    """The second argument of every call of two that could be a loss; a plain name."""
    return [
        call.args[1]
        for call in source.nodes
        if isinstance(call, ast.Call)
        and len(call.args) == 2
        and isinstance(call.args[1], ast.Name | ast.Subscript)
    ]


def _no_zero_grad(source: Source, mistake: Mistake) -> Iterator[Edits]:
    for node in source.nodes:
        if _is_uncalled(node, "zero_grad"):
            yield (source.append(node, "()"),)
    for backward in source.calls("backward"):
        for name in _descents(source):
            yield (source.before(source.statement(backward), f"{name}.zero_grad()"),)


def _no_step(source: Source, mistake: Mistake) -> Iterator[Edits]:
    for node in source.nodes:
        if _is_uncalled(node, "step"):
            yield (source.append(node, "()"),)
    for backward in source.calls("backward"):
        for name in _descents(source):
            yield (source.after(source.statement(backward), f"{name}.step()"),)


def _is_uncalled(node: ast.AST, name: str) -> bool:
    """Whether a statement names a method, and forgets its parentheses."""
    method = node.value if isinstance(node, ast.Expr) else None
    return isinstance(method, ast.Attribute) and method.attr == name


def _descents(source: Source) -> list[str]:
    """The names of optimizers, as they are written."""
    found = [
        source.of(node.targets[0])
        for _, node in source.assigned()
        if isinstance(node.value, ast.Call) and last_name(node.value.func) in DESCENTS
    ]
    return list(dict.fromkeys(found))


def _wrong_parameters(source: Source, mistake: Mistake) -> Iterator[Edits]:
    names = dict.fromkeys(
        source.of(node.targets[0])
        for _, node in source.assigned()
        if isinstance(node.value, ast.Call) and not _is_tensor(node.value)
    )
    for call in source.calls("parameters"):
        if not isinstance(call.func, ast.Attribute):
            continue
        owner = call.func.value
        for name in names:
            yield (source.replace(owner, name),)


def _integer_labels(source: Source, mistake: Mistake) -> Iterator[Edits]:
    yield from _integers(source)


def _integers(source: Source, *more: str) -> Iterator[Edits]:
    """Labels that are numbers with a point; ``more`` are methods to append in place of one."""
    for node in source.nodes:
        if not more and isinstance(node, ast.Attribute) and node.attr in WHOLE_TYPES:
            yield (source.replace(node, f"{source.of(node.value)}.float32"),)
    if not more:
        for call in source.calls("LongTensor", "IntTensor"):
            yield (source.rename(call, "FloatTensor"),)
        for call in source.calls("long", "int"):
            if isinstance(call.func, ast.Attribute):
                yield (source.rename(call, "float"),)
    for method in more or ("float()",):
        for node in (*_made(source), *_judged(source)):
            if _made_by(node) not in ARRAYS:
                yield (source.append(node, f".{method}"),)


def _zero_weights(source: Source, mistake: Mistake) -> Iterator[Edits]:
    zeroed = [call for call in source.calls("zeros_", "constant_") if call.args]
    for these in ([c for c in zeroed if "weight" in source.of(c.args[0])], zeroed):
        for name in ("xavier_uniform_", "normal_"):
            drawn = {call: beside_name(source, call, name) for call in these}
            if drawn:
                yield tuple(
                    source.replace(call, f"{function}({source.of(call.args[0])})")
                    for call, function in drawn.items()
                )
    methods = source.calls("zero_", "fill_")
    for these in ([c for c in methods if "weight" in source.of(c.func)], methods):
        edits = tuple(
            source.replace(call, f"{source.of(call.func.value)}.normal_()")
            for call in these
            if isinstance(call.func, ast.Attribute)
        )
        if edits:
            yield edits
    for word in ("zeros", "zero"):
        nodes = [
            node
            for node in strings_of(source, word)
            if getattr(source.parents[node], "arg", "") == "kernel_initializer"
        ]
        if nodes:
            yield tuple(source.replace(node, source.string("glorot_uniform")) for node in nodes)
    zeros = source.calls("zeros", "Zeros")
    for these in ([c for c in zeros if c.args and "," in source.of(c.args[0])], zeros):
        edits = tuple(source.rename(call, "random_normal") for call in these)
        if edits:
            yield edits


def _target_out_of_range(source: Source, mistake: Mistake) -> Iterator[Edits]:
    for node in _made(source):
        negative = [
            each
            for each in ast.walk(node)
            if isinstance(each, ast.UnaryOp) and isinstance(each.op, ast.USub)
        ]
        if negative:
            yield tuple(
                source.replace(each, source.of(each.operand).replace("1", "0", 1))
                for each in negative
            )
    for call in reversed(source.calls("Sigmoid")):
        yield (source.rename(call, "Tanh"),)
    for call in reversed(source.calls("sigmoid")):
        yield (source.rename(call, "tanh"),)
    for node in reversed(strings_of(source, "sigmoid")):
        yield (source.replace(node, source.string("tanh")),)


def strings_of(source: Source, word: str) -> list[ast.expr]:
    """Where a word stands as a string."""
    return [node for node in source.nodes if isinstance(node, ast.Constant) and node.value == word]


def keyword_of(call: ast.Call, name: str) -> ast.expr | None:
    """A named argument's value."""
    return next((word.value for word in call.keywords if word.arg == name), None)


# What an experiment with the mistake is without it.


def _with(**fields: object) -> Callable[[Experiment], Iterator[Experiment]]:
    return lambda experiment: iter([replace(experiment, **fields)])  # type: ignore[arg-type]


def _bent(experiment: Experiment) -> Iterator[Experiment]:
    for name in BENDS:
        yield experiment.with_activation(name)


def _as_is(experiment: Experiment) -> Iterator[Experiment]:
    yield experiment


_OUTPUTS = {"sigmoid_twice": "sigmoid", "softmax_twice": "softmax",
            "sigmoid_squared_signed": "tanh_squared", "linear": "sigmoid",
            "relu": "sigmoid"}  # fmt: skip


def _output(experiment: Experiment) -> Iterator[Experiment]:
    yield replace(experiment, output=_OUTPUTS.get(experiment.output, experiment.output))


_BENDS = ("activation", "activation_parameter")
_START = ("init", "gain", "bias", "start")
MENDINGS = {
    "no_activation": Mending(_no_activation, _BENDS, _bent),
    "softmax_of_one": Mending(_softmax_of_one, ("output",)),
    "double_sigmoid": Mending(_double_sigmoid, ("output",), _output),
    "not_a_probability": Mending(_not_a_probability, ("output",), _output),
    "cross_entropy_of_one": Mending(_cross_entropy_of_one, ("output",)),
    "broadcast_labels": Mending(_broadcast_labels, ("broadcast",), _with(broadcast=False)),
    "no_zero_grad": Mending(_no_zero_grad, ("accumulate",), _with(accumulate=False)),
    "no_step": Mending(_no_step, (), _as_is),
    "wrong_parameters": Mending(_wrong_parameters, (), _as_is),
    "integer_labels": Mending(_integer_labels, (), _as_is),
    "zero_weights": Mending(_zero_weights, _START, _with(init="xavier_uniform", start=None)),
    "target_out_of_range": Mending(_target_out_of_range, ("output", "data"), _output),
}
"""By the name of the mistake."""
