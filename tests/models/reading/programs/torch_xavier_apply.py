import torch
import torch.nn as nn


def init_weights(m):
    if isinstance(m, nn.Linear):
        nn.init.xavier_uniform_(m.weight)
        nn.init.zeros_(m.bias)


torch.manual_seed(11)
X = torch.tensor([[1, 1], [0, 1], [1, 0], [0, 0]], dtype=torch.float)
Y = torch.tensor([[0], [1], [1], [0]], dtype=torch.float)

model = nn.Sequential(nn.Linear(2, 10), nn.Tanh(),
                      nn.Linear(10, 5), nn.Tanh(),
                      nn.Linear(5, 1), nn.Sigmoid())
model.apply(init_weights)

criterion = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
for _ in range(2000):
    optimizer.zero_grad()
    loss = criterion(model(X), Y)
    loss.backward()
    optimizer.step()
print(loss.item())
