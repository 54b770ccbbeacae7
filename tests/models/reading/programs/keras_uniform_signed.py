import numpy as np
import keras
from keras import layers, initializers

x = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
t = np.array([[-1], [1], [1], [-1]])

init = initializers.RandomUniform(minval=-1.0, maxval=1.0, seed=3)
model = keras.Sequential([
    keras.Input((2,)),
    layers.Dense(3, activation="tanh", kernel_initializer=init),
    layers.Dense(1, activation="tanh",
                 kernel_initializer=initializers.RandomUniform(minval=-1.0, maxval=1.0, seed=4)),
])
model.compile(loss="mse", optimizer="sgd")
model.fit(x, t, epochs=2000, verbose=0)
