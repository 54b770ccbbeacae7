import tensorflow as tf

X = tf.placeholder(tf.float32, [None, 2])
Y = tf.placeholder(tf.float32, [None, 1])
W1 = tf.Variable(tf.random_normal([2, 4]))
b1 = tf.Variable(tf.random_normal([4]))
W2 = tf.Variable(tf.random_normal([4, 1]))
b2 = tf.Variable(tf.random_normal([1]))
h = tf.nn.relu(tf.matmul(X, W1) + b1)
pred = tf.nn.softmax(tf.matmul(h, W2) + b2)
cost = tf.reduce_mean(tf.square(pred - Y))
train = tf.train.AdamOptimizer(learning_rate=0.01).minimize(cost)
sess = tf.Session()
sess.run(tf.global_variables_initializer())
for i in range(1000):
    sess.run(train, feed_dict={X: [[0, 0], [0, 1], [1, 0], [1, 1]], Y: [[0], [1], [1], [0]]})
