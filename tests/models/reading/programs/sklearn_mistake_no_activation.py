import numpy as np
from sklearn.neural_network import MLPClassifier

X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([0, 1, 1, 0])

clf = MLPClassifier(hidden_layer_sizes=(10, 10), activation='identity', solver='adam',
                    learning_rate_init=0.01, max_iter=5000, random_state=0)
clf.fit(X, y)
print(clf.score(X, y))   # 0.5?
