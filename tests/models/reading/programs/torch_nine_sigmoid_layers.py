# 깊은 망: 은닉층이 아홉 개인데 왜 학습이 안 될까?
import torch
import torch.nn as nn

torch.manual_seed(777)
x_data = torch.Tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
y_data = torch.Tensor([[0], [1], [1], [0]])

layers = [nn.Linear(2, 5), nn.Sigmoid()]
for i in range(8):
    layers += [nn.Linear(5, 5), nn.Sigmoid()]
layers += [nn.Linear(5, 1), nn.Sigmoid()]
model = nn.Sequential(*layers)

for m in model:
    if isinstance(m, nn.Linear):
        nn.init.uniform_(m.weight, -1.0, 1.0)
        nn.init.zeros_(m.bias)

criterion = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

for step in range(20001):
    hypothesis = model(x_data)
    cost = criterion(hypothesis, y_data)
    optimizer.zero_grad()
    cost.backward()
    optimizer.step()
    if step % 1000 == 0:
        print(step, cost.item())
