# 손으로 정한 가중치에서 시작하기
import numpy as np
import tensorflow as tf

x_data = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
y_data = np.array([[0], [1], [1], [0]], dtype=np.float32)

X = tf.placeholder(tf.float32, [None, 2])
Y = tf.placeholder(tf.float32, [None, 1])

W1 = tf.Variable([[5.0, -7.0], [5.0, -7.0]])
b1 = tf.Variable([-8.0, 3.0])
W2 = tf.Variable([[-11.0], [-11.0]])
b2 = tf.Variable([6.0])

K = tf.sigmoid(tf.matmul(X, W1) + b1)
Y_bar = tf.sigmoid(tf.matmul(K, W2) + b2)
cost = tf.reduce_sum(tf.square(Y - Y_bar)) / 2
step = tf.train.GradientDescentOptimizer(learning_rate=0.1).minimize(cost)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for epoch in range(300):
        sess.run(step, feed_dict={X: x_data, Y: y_data})
    print(sess.run(Y_bar, feed_dict={X: x_data}))
