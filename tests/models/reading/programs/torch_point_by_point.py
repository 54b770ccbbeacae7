import torch
import torch.nn as nn
import torch.optim as optim

# one sample at a time, always in the same order
data = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float32)
label = torch.tensor([[0], [1], [1], [0]], dtype=torch.float32)

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1), nn.Sigmoid())
loss_fn = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=0.5)

for epoch in range(1000):
    for i in range(4):
        optimizer.zero_grad()
        out = model(data[i:i+1])
        loss = loss_fn(out, label[i:i+1])
        loss.backward()
        optimizer.step()
