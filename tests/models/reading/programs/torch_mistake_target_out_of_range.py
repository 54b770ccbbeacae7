import torch
import torch.nn as nn
import torch.nn.functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.h = nn.Linear(2, 4)
        self.o = nn.Linear(4, 1)

    def forward(self, x):
        return torch.sigmoid(self.o(torch.tanh(self.h(x))))

X = torch.tensor([[-1., -1.], [-1., 1.], [1., -1.], [1., 1.]])
T = torch.tensor([[-1.], [1.], [1.], [-1.]])

torch.manual_seed(12)
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(2000):
    optimizer.zero_grad()
    loss = F.mse_loss(net(X), T)
    loss.backward()
    optimizer.step()
