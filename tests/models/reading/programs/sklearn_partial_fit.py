import numpy as np
from sklearn.neural_network import MLPClassifier

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float64)
y = np.array([0, 1, 1, 0])
clf = MLPClassifier(hidden_layer_sizes=(10,), activation='tanh', solver='sgd', alpha=0.0,
                    learning_rate_init=0.3, random_state=2)
for epoch in range(1500):
    clf.partial_fit(X, y, classes=[0, 1])
print(clf.predict(X))
