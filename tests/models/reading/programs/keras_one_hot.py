import numpy as np
import keras
from keras.models import Sequential
from keras.layers import Dense

x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([[1, 0], [0, 1], [0, 1], [1, 0]])   # one hot: [is 0, is 1]

model = Sequential([
    Dense(5, activation='softplus', input_dim=2, name='hidden'),
    Dense(2, activation='softmax', name='out'),
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.5), loss='categorical_crossentropy')
model.fit(x, y, epochs=600, verbose=0)
