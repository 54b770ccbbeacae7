# XOR with bipolar inputs and targets
import torch

x = torch.tensor([[-1, -1], [-1, 1], [1, -1], [1, 1]], dtype=torch.float32)
t = torch.tensor([[-1], [1], [1], [-1]], dtype=torch.float32)

torch.manual_seed(3)
model = torch.nn.Sequential(
    torch.nn.Linear(2, 3),
    torch.nn.Tanh(),
    torch.nn.Linear(3, 1),
    torch.nn.Tanh())

mse = torch.nn.MSELoss()
sgd = torch.optim.SGD(model.parameters(), lr=5e-2)

for i in range(3000):
    y = model(x)
    E = mse(y, t)
    sgd.zero_grad()
    E.backward()
    sgd.step()
    if i % 300 == 0: print(i, float(E))
