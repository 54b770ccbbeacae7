import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

# 입력과 정답
x_train = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
y_train = np.array([0, 1, 1, 0], dtype=np.float32)

model = keras.Sequential()
model.add(keras.Input(shape=(2,)))
model.add(layers.Dense(10))
model.add(layers.Activation('tanh'))
model.add(layers.Dense(10))
model.add(layers.Activation('tanh'))
model.add(layers.Dense(1))
model.add(layers.Activation('sigmoid'))

model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.3),
              loss=keras.losses.BinaryCrossentropy(),
              metrics=['accuracy'])
history = model.fit(x_train, y_train, epochs=1000, verbose=0)
print('마지막 손실', history.history['loss'][-1])
