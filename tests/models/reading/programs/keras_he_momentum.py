# He 초기화 + ReLU + 모멘텀
import tensorflow as tf
import numpy as np

tf.random.set_seed(777)

x_data = [[0., 0.], [0., 1.], [1., 0.], [1., 1.]]
y_data = [[0.], [1.], [1.], [0.]]
x_data = np.array(x_data, dtype=np.float32)
y_data = np.array(y_data, dtype=np.float32)

model = tf.keras.Sequential()
model.add(tf.keras.layers.Dense(units=16, input_dim=2, activation='relu', kernel_initializer='he_uniform'))
model.add(tf.keras.layers.Dense(units=16, activation='relu', kernel_initializer='he_uniform'))
model.add(tf.keras.layers.Dense(units=1, activation='sigmoid', kernel_initializer='he_uniform'))

optimizer = tf.keras.optimizers.SGD(learning_rate=0.05, momentum=0.9)
model.compile(loss='binary_crossentropy', optimizer=optimizer, metrics=['accuracy'])
model.fit(x_data, y_data, epochs=1000, verbose=0)
