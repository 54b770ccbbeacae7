import torch
import torch.nn as nn

torch.manual_seed(31)
lr = 1e-1
wd = 1e-3
hidden_dim = 6

x = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float)
y = torch.tensor([[0, 1, 1, 0]], dtype=torch.float).t()

model = nn.Sequential()
model.add_module('fc1', nn.Linear(2, hidden_dim))
model.add_module('act1', nn.ELU())
model.add_module('fc2', nn.Linear(hidden_dim, hidden_dim))
model.add_module('act2', nn.ELU())
model.add_module('fc3', nn.Linear(hidden_dim, 1))

loss_fn = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=lr, weight_decay=wd)
for it in range(1200):
    loss = loss_fn(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
