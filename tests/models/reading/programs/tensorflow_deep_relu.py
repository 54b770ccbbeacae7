import tensorflow as tf
import numpy as np

xy = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]], dtype=np.float32)
x_data = xy[:, 0:-1]
y_data = xy[:, [-1]]

X = tf.placeholder(tf.float32)
Y = tf.placeholder(tf.float32)

W1 = tf.Variable(tf.random_uniform([2, 5], -1.0, 1.0), name = 'weight1')
W2 = tf.Variable(tf.random_uniform([5, 5], -1.0, 1.0), name = 'weight2')
W3 = tf.Variable(tf.random_uniform([5, 5], -1.0, 1.0), name = 'weight3')
W4 = tf.Variable(tf.random_uniform([5, 5], -1.0, 1.0), name = 'weight4')
W5 = tf.Variable(tf.random_uniform([5, 1], -1.0, 1.0), name = 'weight5')

b1 = tf.Variable(tf.zeros([5]), name = 'Bias1')
b2 = tf.Variable(tf.zeros([5]), name = 'Bias2')
b3 = tf.Variable(tf.zeros([5]), name = 'Bias3')
b4 = tf.Variable(tf.zeros([5]), name = 'Bias4')
b5 = tf.Variable(tf.zeros([1]), name = 'Bias5')

# sigmoid 대신 ReLU
L1 = tf.nn.relu(tf.matmul(X, W1) + b1)
L2 = tf.nn.relu(tf.matmul(L1, W2) + b2)
L3 = tf.nn.relu(tf.matmul(L2, W3) + b3)
L4 = tf.nn.relu(tf.matmul(L3, W4) + b4)
hypothesis = tf.sigmoid(tf.matmul(L4, W5) + b5)

cost = -tf.reduce_mean(Y * tf.log(hypothesis) + (1 - Y) * tf.log(1 - hypothesis))

a = tf.Variable(0.1)  # learning rate
optimizer = tf.train.GradientDescentOptimizer(a)
train = optimizer.minimize(cost)

init = tf.initialize_all_variables()
with tf.Session() as sess:
    sess.run(init)
    for step in range(8000):
        sess.run(train, feed_dict={X: x_data, Y: y_data})
        if step % 200 == 0:
            print(step, sess.run(cost, feed_dict={X: x_data, Y: y_data}))
