import numpy as np
from tensorflow import keras

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
y = np.array([[0], [1], [1], [0]], dtype=np.float32)

model = keras.Sequential([
    keras.layers.Dense(10, input_shape=(2,)),
    keras.layers.Dense(1, activation='sigmoid')
])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.5), loss='binary_crossentropy')
# 왜 0.69에서 안 내려가나요?
model.fit(X, y, epochs=1000, verbose=0)
