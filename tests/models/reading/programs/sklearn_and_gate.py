from sklearn import neural_network
import numpy as np

gate_in = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.float32)
gate_out = np.array([0, 0, 0, 1])
model = neural_network.MLPClassifier((3,), 'relu', solver='adam', max_iter=500, random_state=3)
model = model.fit(gate_in, gate_out)
