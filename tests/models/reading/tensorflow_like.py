"""A module ``tensorflow`` for programs to import: TensorFlow 1's graphs over torch, and Keras.

What a program of lecture 10-1's time needs, and no more. A node is a function of the nodes it is
made of; ``Session.run`` computes those that are asked for, each once. Held against TensorFlow 2.21
(``tensorflow.compat.v1``) on every program of the corpus.
"""

import contextlib
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import torch
from torch.nn import functional


class Node:
    """What a graph is made of."""

    def __init__(self, function, *inputs):
        self.function, self.inputs = function, inputs

    def compute(self, known):
        """Its value; ``known``: those of this run so far, by node."""
        if self not in known:
            known[self] = self.function(*(_value(node, known) for node in self.inputs))
        return known[self]

    def __add__(self, other):
        return Node(torch.add, self, other)

    def __sub__(self, other):
        return Node(torch.sub, self, other)

    def __rsub__(self, other):
        return Node(torch.sub, other, self)

    def __mul__(self, other):
        return Node(torch.mul, self, other)

    def __truediv__(self, other):
        return Node(torch.div, self, other)

    def __rtruediv__(self, other):
        return Node(torch.div, other, self)

    def __pow__(self, other):
        return Node(torch.pow, self, other)

    def __neg__(self):
        return Node(torch.neg, self)

    def __gt__(self, other):
        return Node(torch.gt, self, other)

    __radd__, __rmul__ = __add__, __mul__


class Placeholder(Node):
    """A value that comes with each run."""

    def __init__(self, dtype, shape=None, name=None):
        super().__init__(None)


class Variable(Node):
    """A value that stays from run to run."""

    made: "list[Variable]" = []  # noqa: RUF012  as TensorFlow's one default graph

    def __init__(self, initial, name=None, trainable=True):
        super().__init__(None)
        self.initial, self.trainable = initial, trainable
        self.tensor = torch.zeros(())
        self.made.append(self)

    def compute(self, known):
        return self.tensor

    def initialize(self):
        """Begin."""
        value = torch.as_tensor(_value(self.initial, {}), dtype=torch.float32)
        self.tensor = value.clone().requires_grad_(self.trainable)


def _value(node, known):
    if isinstance(node, Node):
        return node.compute(known)
    number = isinstance(node, int | float | list)
    return torch.as_tensor(node, dtype=torch.float32) if number else node


class Session:
    """What computes."""

    def __init__(self, **settings):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def close(self):
        """Nothing is open."""

    def run(self, fetches, feed_dict=None):
        """Values of nodes, in the form in which they are asked for."""
        known = {
            node: torch.as_tensor(value, dtype=torch.float32)
            for node, value in (feed_dict or {}).items()
        }
        return _fetched(fetches, known)


def _fetched(fetches, known):
    if isinstance(fetches, list | tuple):
        # What is asked for beside a step is from before it.
        steps = [node for node in fetches if isinstance(node, Step)]
        values = {id(node): _fetched(node, known) for node in fetches if node not in steps}
        for node in steps:
            values[id(node)] = _fetched(node, known)
        return [values[id(node)] for node in fetches]
    value = fetches.compute(known)
    return value.detach().numpy().copy() if isinstance(value, torch.Tensor) else value


class Step(Node):
    """One of descent."""

    def __init__(self, optimizer, cost):
        super().__init__(None)
        self.optimizer, self.cost = optimizer, cost

    def compute(self, known):
        parameters = [variable.tensor for variable in Variable.made if variable.trainable]
        for parameter in parameters:
            parameter.grad = None
        self.cost.compute(known).backward()
        rate = float(torch.as_tensor(_value(self.optimizer.rate, {})).detach())
        with torch.no_grad():
            for parameter in parameters:
                if parameter.grad is not None:
                    self.optimizer.move(parameter, parameter.grad, rate)
        self.optimizer.finish()


class GradientDescentOptimizer:
    """``W -= rate * gradient``."""

    def __init__(self, learning_rate, name=None):
        self.rate, self.memory = learning_rate, {}

    def minimize(self, loss, global_step=None):
        """A node that steps."""
        return Step(self, loss)

    def move(self, parameter, gradient, rate):
        """Of one parameter."""
        parameter.sub_(rate * gradient)

    def finish(self):
        """After all parameters' moves."""


class MomentumOptimizer(GradientDescentOptimizer):
    """``a = m a + gradient; W -= rate * a``, or ``rate * (gradient + m a)``."""

    def __init__(self, learning_rate, momentum, use_nesterov=False):
        super().__init__(learning_rate)
        self.momentum, self.nesterov = momentum, use_nesterov

    def move(self, parameter, gradient, rate):
        velocity = self.memory.setdefault(id(parameter), torch.zeros_like(parameter))
        velocity.mul_(self.momentum).add_(gradient)
        ahead = gradient + self.momentum * velocity
        parameter.sub_(rate * (ahead if self.nesterov else velocity))


class AdamOptimizer(GradientDescentOptimizer):
    """Adam with epsilon beside the root of what is not corrected yet (the paper's end of 2)."""

    def __init__(self, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
        super().__init__(learning_rate)
        self.beta1, self.beta2, self.epsilon, self.steps = beta1, beta2, epsilon, 1

    def move(self, parameter, gradient, rate):
        zeros = torch.zeros_like(parameter)
        mean, square = self.memory.setdefault(id(parameter), (zeros, zeros.clone()))
        mean.mul_(self.beta1).add_(gradient, alpha=1 - self.beta1)
        square.mul_(self.beta2).add_(gradient**2, alpha=1 - self.beta2)
        rate *= (1 - self.beta2**self.steps) ** 0.5 / (1 - self.beta1**self.steps)
        parameter.sub_(rate * mean / (square.sqrt() + self.epsilon))

    def finish(self):
        self.steps += 1


def _node(function):
    """``function`` of nodes; of anything else, such as Keras's, at once."""

    def make(*inputs, name=None):
        if any(isinstance(node, Node) for node in inputs):
            return Node(function, *inputs)
        return function(*inputs)

    return make


def _reduced(function):
    def make(input_tensor, axis=None, name=None):
        dims = () if axis is None else (axis,)
        return Node(lambda value: function(value, *dims), input_tensor)

    return make


def _drawn(draw):
    def make(shape, *arguments, dtype=None, seed=None, name=None, **named):
        return Node(lambda: draw(torch.empty(*shape), *arguments, **named))

    return make


def _normal(tensor, mean=0.0, stddev=1.0):
    return tensor.normal_(mean, stddev)


def _uniform(tensor, minval=0.0, maxval=1.0):
    return tensor.uniform_(minval, maxval)


def _filled(value):
    return lambda shape, dtype=None, name=None: Node(lambda: torch.full(tuple(shape), value))


def _glorot(shape):
    bound = (6 / sum(shape)) ** 0.5
    return Node(lambda: torch.empty(*shape).uniform_(-bound, bound))


def _sigmoid_cross_entropy(labels=None, logits=None, name=None):
    def loss(z, x):
        return functional.binary_cross_entropy_with_logits(x, z, reduction="none")

    return Node(loss, labels, logits)


def _softmax_cross_entropy(labels=None, logits=None, name=None):
    def loss(z, x):
        return -(z * functional.log_softmax(x, dim=-1)).sum(-1)

    return Node(loss, labels, logits)


def _initializer():
    made = list(Variable.made)
    return Node(lambda: [variable.initialize() for variable in made] and None)


def _get_variable(name, shape=None, initializer=None):
    return Variable(initializer(shape), name=name)


class _Scope(contextlib.nullcontext):
    def __init__(self, *names, **settings):
        super().__init__()


def module(keras, ops):
    """The module; ``keras`` and ``keras.ops``, where there are any."""
    elementwise = {
        name: _node(getattr(torch, name))
        for name in ("sigmoid", "tanh", "matmul", "log", "exp", "square", "pow", "add")
    }
    elementwise |= {
        "subtract": _node(torch.sub),
        "multiply": _node(torch.mul),
        "div": _node(torch.div),
        "equal": _node(torch.eq),
        "greater": _node(torch.gt),
    }
    nn = ModuleType("tensorflow.nn")
    for name in ("relu", "sigmoid", "tanh", "elu", "selu", "softplus", "leaky_relu"):
        setattr(nn, name, _node(ops[name] if ops else getattr(functional, name)))
    nn.softmax = _node(ops["softmax"] if ops else lambda x: functional.softmax(x, dim=-1))
    nn.sigmoid_cross_entropy_with_logits = _sigmoid_cross_entropy
    nn.softmax_cross_entropy_with_logits = _softmax_cross_entropy
    train = ModuleType("tensorflow.train")
    for optimizer in (GradientDescentOptimizer, MomentumOptimizer, AdamOptimizer):
        setattr(train, optimizer.__name__, optimizer)
    random = ModuleType("tensorflow.random")
    random.set_seed = torch.manual_seed

    tf = ModuleType("tensorflow")
    tf.__path__, tf.__spec__ = [], ModuleSpec("tensorflow", None)  # torch asks whether it is there
    for name, value in elementwise.items():
        setattr(tf, name, value)
    tf.nn, tf.train, tf.random, tf.keras = nn, train, random, keras
    tf.Variable, tf.placeholder, tf.Session = Variable, Placeholder, Session
    tf.float32 = torch.float32
    tf.cast = lambda x, dtype: Node(lambda value: value.to(dtype), x)
    tf.reduce_mean, tf.reduce_sum = _reduced(torch.mean), _reduced(torch.sum)
    tf.random_normal, tf.random_uniform = _drawn(_normal), _drawn(_uniform)
    tf.zeros, tf.ones = _filled(0.0), _filled(1.0)
    tf.zeros_initializer = lambda: tf.zeros
    tf.glorot_uniform_initializer = lambda: _glorot
    tf.get_variable = _get_variable
    tf.global_variables_initializer = tf.initialize_all_variables = _initializer
    tf.set_random_seed = torch.manual_seed
    tf.name_scope = tf.variable_scope = _Scope
    tf.disable_v2_behavior = tf.disable_eager_execution = lambda: None
    tf.compat = ModuleType("tensorflow.compat")
    tf.compat.v1 = tf
    return tf


def install(keras=None, ops=None):
    """Let programs import it."""
    tf = module(keras, ops)
    sys.modules |= {
        "tensorflow": tf,
        "tensorflow.compat": tf.compat,
        "tensorflow.compat.v1": tf,
        "tensorflow.keras": keras,
    }
    for part in ("models", "layers", "optimizers", "losses", "initializers", "activations"):
        if keras is not None:
            sys.modules[f"tensorflow.keras.{part}"] = getattr(keras, part)
