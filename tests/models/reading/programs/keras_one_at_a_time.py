import numpy as np
from tensorflow.keras.models import Sequential
from tensorflow.keras.layers import Dense, Input
from tensorflow.keras.optimizers import SGD

data = np.array([[0, 0, 0],
                 [0, 1, 1],
                 [1, 0, 1],
                 [1, 1, 0]], dtype='float32')
x_data = data[:, :2]
y_data = data[:, 2:]

model = Sequential([Input(shape=(2,)),
                    Dense(2, activation='tanh'),
                    Dense(1, activation='sigmoid')])
model.compile(loss='binary_crossentropy', optimizer=SGD(learning_rate=0.1), metrics=['binary_accuracy'])
model.fit(x_data, y_data, batch_size=1, epochs=1000, verbose=0)
