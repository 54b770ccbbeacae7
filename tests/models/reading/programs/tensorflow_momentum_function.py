import numpy as np
import tensorflow as tf

def dense(inputs, n_in, n_out):
    w = tf.Variable(tf.random_normal([n_in, n_out], stddev=0.5))
    b = tf.Variable(tf.zeros([n_out]))
    return tf.matmul(inputs, w) + b

x = tf.placeholder("float", [None, 2])
y = tf.placeholder("float", [None, 1])
h1 = tf.nn.sigmoid(dense(x, 2, 4))
h2 = tf.nn.sigmoid(dense(h1, 4, 4))
out = dense(h2, 4, 1)

cost = tf.reduce_mean(tf.square(y - out))
opt = tf.train.MomentumOptimizer(learning_rate=0.05, momentum=0.9).minimize(cost)

xs = np.array([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
ys = np.array([[1.], [0.], [0.], [1.]])
with tf.Session() as s:
    s.run(tf.global_variables_initializer())
    for _ in range(1000):
        s.run(opt, feed_dict={x: xs, y: ys})
