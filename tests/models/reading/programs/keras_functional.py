import numpy as np
from tensorflow import keras
from tensorflow.keras.layers import Input, Dense

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
y = np.array([[1], [0], [0], [0]], dtype=np.float32)  # NOR

inputs = Input(shape=(2,))
h = Dense(3, activation='sigmoid')(inputs)
outputs = Dense(1, activation='sigmoid')(h)
model = keras.Model(inputs=inputs, outputs=outputs)
model.compile('adam', 'binary_crossentropy')
model.fit(X, y, epochs=200, verbose=0)
