import numpy as np
from sklearn.neural_network import MLPClassifier

# XOR 문제
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([0, 1, 1, 0])

model = MLPClassifier()
model.fit(X, y)
print('예측:', model.predict(X))
