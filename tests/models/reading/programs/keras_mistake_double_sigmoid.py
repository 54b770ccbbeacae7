import numpy as np
import keras
from keras import layers

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")
Y = np.array([0, 1, 1, 0], dtype="float32")

model = keras.Sequential([
    layers.Input(shape=(2,)),
    layers.Dense(5, activation="tanh"),
    layers.Dense(1, activation="sigmoid"),
])
bce = keras.losses.BinaryCrossentropy(from_logits=True)
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.2), loss=bce)
model.fit(X, Y, epochs=2000, verbose=0)
