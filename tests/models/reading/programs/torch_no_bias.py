import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Sequential(
    nn.Linear(2, 4, bias=False), nn.Sigmoid(),
    nn.Linear(4, 1, bias=False), nn.Sigmoid())
X = torch.Tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
Y = torch.Tensor([[0], [1], [1], [0]])
optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
for epoch in range(5000):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(X), Y)
    loss.backward()
    optimizer.step()
