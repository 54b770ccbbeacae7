import numpy as np
import tensorflow as tf

x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype='float32')
y = np.array([[0], [1], [1], [0]], dtype='float32')

model = tf.keras.Sequential()
model.add(tf.keras.layers.InputLayer(shape=(2,)))
model.add(tf.keras.layers.Dense(4, activation='tanh', kernel_initializer='zeros'))
model.add(tf.keras.layers.Dense(1, activation='sigmoid', kernel_initializer='zeros'))
model.compile(optimizer=tf.keras.optimizers.SGD(learning_rate=0.1), loss='mse')
model.fit(x, y, epochs=500, verbose=0)
