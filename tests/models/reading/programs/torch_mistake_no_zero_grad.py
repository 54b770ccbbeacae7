import torch
import torch.nn as nn

class Xor(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin1 = nn.Linear(2, 4)
        self.lin2 = nn.Linear(4, 1)

    def forward(self, x):
        x = self.lin1(x)
        x = torch.sigmoid(x)
        x = self.lin2(x)
        x = torch.sigmoid(x)
        return x

X = torch.Tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
Y = torch.Tensor([[0], [1], [1], [0]])
torch.manual_seed(9)
model = Xor()
loss_func = nn.BCELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

for i in range(2000):
    y_hat = model(X)
    loss = loss_func(y_hat, Y)
    loss.backward()
    optimizer.step()
    if i % 200 == 0:
        print(i, loss.item())
