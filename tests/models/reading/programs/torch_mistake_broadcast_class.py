# loss is stuck at 0.25 whatever I do, please help
import torch
import torch.nn as nn
import torch.optim as optim
import numpy as np

class MyNet(nn.Module):
    def __init__(self, input_size, hidden_size):
        super(MyNet, self).__init__()
        self.fc1 = nn.Linear(input_size, hidden_size)
        self.fc2 = nn.Linear(hidden_size, 1)

    def forward(self, x):
        x = torch.tanh(self.fc1(x))
        return self.fc2(x)

x = torch.from_numpy(np.array([[0, 0], [0, 1], [1, 0], [1, 1]])).float()
y = torch.from_numpy(np.array([0, 1, 1, 0])).float()

torch.manual_seed(20)
model = MyNet(2, 3)
loss_fn = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=0.1)
for i in range(3000):
    optimizer.zero_grad()
    pred = model(x)
    loss = loss_fn(pred, y)
    loss.backward()
    optimizer.step()
