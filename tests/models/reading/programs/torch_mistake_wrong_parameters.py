import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(3)
net_a = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1), nn.Sigmoid())
net_b = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())

x = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
y = torch.tensor([[0.], [1.], [1.], [0.]])

loss_fn = nn.BCELoss()
optimizer = optim.Adam(net_a.parameters(), lr=0.02)

for epoch in range(1000):
    optimizer.zero_grad()
    loss = loss_fn(net_b(x), y)
    loss.backward()
    optimizer.step()
