import numpy as np
import sklearn.neural_network as nn

inputs = np.array([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
outputs = np.array([0., 1., 1., 0.])

net = nn.MLPRegressor(hidden_layer_sizes=(5, 5), activation='tanh', solver='adam',
                      learning_rate_init=0.01, alpha=0.0, max_iter=2000, random_state=0)
net.fit(inputs, outputs)
print(net.predict(inputs))
