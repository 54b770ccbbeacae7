import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float32)
Y = torch.tensor([[0], [1], [1], [0]], dtype=torch.float32)

# 가중치를 모두 0으로 시작
fc1 = nn.Linear(2, 6)
fc2 = nn.Linear(6, 1)
nn.init.zeros_(fc1.weight)
nn.init.zeros_(fc1.bias)
nn.init.zeros_(fc2.weight)
nn.init.zeros_(fc2.bias)
model = nn.Sequential(fc1, nn.Tanh(), fc2, nn.Sigmoid())

criterion = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(2000):
    optimizer.zero_grad()
    loss = criterion(model(X), Y)
    loss.backward()
    optimizer.step()
