import numpy as np
import tensorflow.compat.v1 as tf
tf.disable_eager_execution()

n_input, n_hidden, n_output = 2, 6, 1
epochs = 2000

x = tf.placeholder(tf.float32, shape=[None, n_input])
y = tf.placeholder(tf.float32, shape=[None, n_output])

weights = {
    'h': tf.Variable(tf.random_normal([n_input, n_hidden])),
    'o': tf.Variable(tf.random_normal([n_hidden, n_output])),
}
biases = {
    'h': tf.Variable(tf.zeros([n_hidden])),
    'o': tf.Variable(tf.zeros([n_output])),
}

hidden = tf.nn.tanh(tf.add(tf.matmul(x, weights['h']), biases['h']))
logits = tf.add(tf.matmul(hidden, weights['o']), biases['o'])

loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(logits=logits, labels=y))
train_op = tf.train.AdamOptimizer(0.01).minimize(loss)

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
Y = np.array([[0], [1], [1], [0]])

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for epoch in range(epochs):
        _, l = sess.run([train_op, loss], {x: X, y: Y})
