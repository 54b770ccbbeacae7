import torch
import torch.nn as nn


class ResNetXor(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(2, 10)
        self.res1 = nn.Linear(10, 10)
        self.res2 = nn.Linear(10, 10)
        self.res3 = nn.Linear(10, 10)
        self.out = nn.Linear(10, 1)

    def forward(self, x):
        h = torch.sigmoid(self.inp(x))
        h = h + torch.sigmoid(self.res1(h))   # skip connection
        h = h + torch.sigmoid(self.res2(h))
        h = h + torch.sigmoid(self.res3(h))
        return self.out(h)


x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
torch.manual_seed(123)
model = ResNetXor()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(1500):
    optimizer.zero_grad()
    loss = criterion(model(x), y)
    loss.backward()
    optimizer.step()
