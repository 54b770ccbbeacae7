import numpy as np
from keras.models import Sequential
from keras.layers import Dense

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
Y = np.array([[0], [1], [1], [0]])
model = Sequential()
model.add(Dense(8, activation='relu', input_dim=2))
model.add(Dense(1))
model.compile(loss='binary_crossentropy', optimizer='sgd')
model.fit(X, Y, epochs=1000, verbose=0)
