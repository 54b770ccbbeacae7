import torch
from torch import nn, optim

torch.manual_seed(1)

inputs = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
targets = torch.tensor([[0.], [1.], [1.], [0.]])

net = nn.Sequential(
    nn.Linear(2, 10),
    nn.Sigmoid(),
    nn.Linear(10, 10),
    nn.Sigmoid(),
    nn.Linear(10, 10),
    nn.Sigmoid(),
    nn.Linear(10, 1),
    nn.Sigmoid(),
)

loss_fn = nn.BCELoss()
opt = optim.SGD(net.parameters(), lr=0.5)

EPOCHS = 5000
for epoch in range(1, EPOCHS + 1):
    out = net(inputs)
    loss = loss_fn(out, targets)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 500 == 0:
        print(f"epoch {epoch}: loss {loss.item():.5f}")
