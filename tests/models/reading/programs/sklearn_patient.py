import numpy as np
from sklearn.neural_network import MLPClassifier

np.random.seed(0)
xs = np.array([0, 0, 0, 1, 1, 0, 1, 1]).reshape(4, 2)
ys = np.array([0, 1, 1, 0]).reshape(4,)

# tol을 0으로 두면 일찍 멈추지 않는다
mlp = MLPClassifier(activation='tanh', max_iter=1000, hidden_layer_sizes=(8, 8), alpha=0,
                    tol=0, n_iter_no_change=1000, learning_rate_init=0.02, random_state=7)
mlp.fit(xs, ys)
