import numpy as np
import tensorflow as tf
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=float)
y = np.array([[0], [1], [1], [0]], dtype=float)

model = Sequential()
model.add(Dense(5, activation='sigmoid', input_shape=(2,)))
for _ in range(8):                 # 은닉층 8개 더
    model.add(Dense(5, activation='sigmoid'))
model.add(Dense(1, activation='sigmoid'))
model.summary()

model.compile(loss='binary_crossentropy', optimizer=tf.keras.optimizers.SGD(0.1))
model.fit(X, y, epochs=3000, verbose=0)
