"""Programs that do something to their network that is not understood: none is read as if not."""

import pytest

from models.reading import read_program

KERAS = """
import numpy as np
import tensorflow as tf
from tensorflow import keras
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], 'float32')
y = np.array([[0], [1], [1], [0]], 'float32')
model = keras.Sequential([
    keras.layers.Dense(4, activation='tanh', input_dim=2),
    keras.layers.Dense(1, activation='sigmoid'),
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.1), loss='mse')
{}
model.fit(X, y, epochs=100, verbose=0)
"""
SKLEARN = """
import numpy as np
from sklearn.neural_network import MLPClassifier
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([0, 1, 1, 0])
clf = MLPClassifier(hidden_layer_sizes=(4,), activation='tanh', random_state=1)
{}
clf.partial_fit(X, y, classes=[0, 1])
"""
TENSORFLOW = """
import numpy as np
import tensorflow as tf
x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
y = np.array([[0], [1], [1], [0]], dtype=np.float32)
X = tf.placeholder(tf.float32, [None, 2])
Y = tf.placeholder(tf.float32, [None, 1])
W = tf.Variable(tf.random_normal([2, 1]))
b = tf.Variable(tf.zeros([1]))
h = tf.sigmoid(tf.matmul(X, W) + b)
cost = tf.reduce_mean(tf.square(h - Y))
train = tf.train.GradientDescentOptimizer(0.1).minimize(cost)
saver = tf.train.Saver()
sess = tf.Session()
sess.run(tf.global_variables_initializer())
{}
for i in range(100):
    sess.run(train, feed_dict={{X: x, Y: y}})
"""

CHANGES = [
    (KERAS, "model.optimizer.learning_rate = 0.5"),
    (KERAS, "model.optimizer.learning_rate.assign(0.5)"),
    (KERAS, "keras.backend.set_value(model.optimizer.learning_rate, 0.5)"),
    (KERAS, "model.layers[0].set_weights([np.zeros((2, 4)), np.zeros(4)])"),
    (KERAS, "model.layers[0].kernel.assign(np.zeros((2, 4)))"),
    (KERAS, "for w in model.trainable_weights: w.assign(w * 0.5)"),
    (KERAS, "model.layers[0].trainable = False"),
    (KERAS, "model.load_weights('xor.h5')"),
    (KERAS, "model.pop()"),
    (KERAS, "X[0] = [5, 5]"),
    (KERAS, "if input(): model.add(keras.layers.Dense(1))"),
    (KERAS, "model.fit(X, 1 - y, epochs=10)"),
    (SKLEARN, "clf.set_params(learning_rate_init=1.0)"),
    (SKLEARN, "clf.max_iter = 5"),
    (SKLEARN, "clf.partial_fit(X, y, classes=[0, 1]); clf.coefs_[0][:] = 0"),
    (SKLEARN, "X = X + np.random.rand(4, 2)"),
    (SKLEARN, "MLPClassifier().fit(X, y)"),
    (TENSORFLOW, "sess.run(W.assign(np.zeros((2, 1))))"),
    (TENSORFLOW, "sess.run(tf.assign(W, tf.zeros([2, 1])))"),
    (TENSORFLOW, "saver.restore(sess, 'xor.ckpt')"),
    (TENSORFLOW, "x = np.random.rand(4, 2)"),
    (TENSORFLOW, "sess.run(train, {{X: x, Y: 1 - y}})"),
    (
        TENSORFLOW,
        "sess.run(train, {{X: x, Y: y}}); sess.run(tf.global_variables_initializer())",
    ),
]


@pytest.mark.parametrize(("program", "change"), CHANGES, ids=[change for _, change in CHANGES])
def test_what_is_changed_in_a_way_that_is_not_known_is_not_trained(program, change) -> None:
    assert read_program(program.format("")).experiment is not None
    reading = read_program(program.format(change.format()))
    assert reading.experiment is None
    assert reading.refusal is not None
