import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
y = torch.tensor([[0.], [1.], [1.], [0.]])

model = nn.Sequential(
    nn.Linear(2, 10), nn.BatchNorm1d(10), nn.Sigmoid(),
    nn.Linear(10, 10), nn.BatchNorm1d(10), nn.Sigmoid(),
    nn.Linear(10, 10), nn.BatchNorm1d(10), nn.Sigmoid(),
    nn.Linear(10, 1), nn.Sigmoid(),
)
model.train()
loss_fn = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(1000):
    pred = model(x)
    loss = loss_fn(pred, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 100 == 99:
        print(epoch + 1, loss.item())
