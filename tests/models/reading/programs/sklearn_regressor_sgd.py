from sklearn.neural_network import MLPRegressor

X = [[0., 0.], [0., 1.], [1., 0.], [1., 1.]]
y = [0., 1., 1., 0.]
reg = MLPRegressor(hidden_layer_sizes=[6], activation='relu', solver='sgd', learning_rate_init=0.2,
                   momentum=0.5, nesterovs_momentum=False, alpha=0.002, max_iter=3000,
                   n_iter_no_change=3000, random_state=5)
reg.fit(X, y)
