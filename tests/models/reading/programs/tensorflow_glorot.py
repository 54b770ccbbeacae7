import tensorflow as tf
import numpy as np

x_data = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
y_data = np.array([[0], [1], [1], [0]], dtype=np.float32)
X = tf.placeholder(tf.float32, [None, 2])
Y = tf.placeholder(tf.float32, [None, 1])

initializer = tf.glorot_uniform_initializer()
W1 = tf.get_variable("W1", shape=[2, 8], initializer=tf.glorot_uniform_initializer())
b1 = tf.get_variable("b1", shape=[8], initializer=tf.zeros_initializer())
W2 = tf.get_variable("W2", shape=[8, 1], initializer=tf.glorot_uniform_initializer())
b2 = tf.get_variable("b2", shape=[1], initializer=tf.zeros_initializer())

L1 = tf.tanh(tf.matmul(X, W1) + b1)
logits = tf.matmul(L1, W2) + b2
hypothesis = tf.sigmoid(logits)
cost = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=Y, logits=logits))
optimizer = tf.train.GradientDescentOptimizer(learning_rate=0.5).minimize(cost)

sess = tf.Session()
sess.run(tf.global_variables_initializer())
feed = {X: x_data, Y: y_data}
for step in range(2001):
    c, _ = sess.run([cost, optimizer], feed_dict=feed)
    if step % 500 == 0:
        print(step, c)
