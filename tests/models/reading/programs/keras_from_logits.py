import numpy as np
import tensorflow as tf
from tensorflow.keras import Sequential, layers, losses, optimizers

X = np.array([[1, 1], [1, 0], [0, 1], [0, 0]], dtype=np.float32)
Y = np.array([[0], [1], [1], [0]], dtype=np.float32)

model = Sequential([
    layers.Dense(7, activation='elu', input_shape=[2]),
    layers.Dense(4, activation='elu'),
    layers.Dense(1),
])
model.compile(
    loss=losses.BinaryCrossentropy(from_logits=True),
    optimizer=optimizers.SGD(learning_rate=0.1, momentum=0.8, nesterov=True),
)
model.fit(X, Y, epochs=800, batch_size=32, shuffle=False, verbose=0)
