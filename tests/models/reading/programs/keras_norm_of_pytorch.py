import numpy as np
from tensorflow.keras import Sequential
from tensorflow.keras.layers import Activation, BatchNormalization, Dense, Input
from tensorflow.keras.optimizers import SGD

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
Y = np.array([0, 1, 1, 0])

model = Sequential([Input(shape=(2,))])
for _ in range(2):
    model.add(Dense(8))
    model.add(BatchNormalization(epsilon=1e-5))  # PyTorch와 같은 엡실론
    model.add(Activation('sigmoid'))
model.add(Dense(1, activation='sigmoid'))
model.compile(optimizer=SGD(0.1), loss='binary_crossentropy')
model.fit(X, Y, epochs=400, verbose=0)
