import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.manual_seed(4)

X = torch.tensor([[0., 0.], [1., 0.], [0., 1.], [1., 1.]])
Y = torch.tensor([[0.], [1.], [1.], [0.]])

model = nn.Sequential(nn.Linear(2, 5), nn.Softplus(), nn.Linear(5, 1), nn.Sigmoid())
loss_fn = nn.BCELoss()
optimizer = torch.optim.RMSprop(model.parameters(), lr=0.01)

epoch = 0
for epoch in range(500):
    h = model(X)
    loss = loss_fn(h, Y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
