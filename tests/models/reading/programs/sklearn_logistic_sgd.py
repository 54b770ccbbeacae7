from sklearn.neural_network import MLPClassifier

X = [[0, 0], [0, 1], [1, 0], [1, 1]]
y = [0, 1, 1, 0]

clf = MLPClassifier(hidden_layer_sizes=(4,), activation='logistic', solver='sgd',
                    learning_rate_init=0.1, max_iter=10000, random_state=1)
clf.fit(X, y)
print(clf.predict(X))
print(clf.score(X, y))
