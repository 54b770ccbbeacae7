import torch

torch.manual_seed(10)
X = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
Y = torch.tensor([[0.], [1.], [1.], [0.]])

W1 = torch.randn(2, 3, requires_grad=True)
b1 = torch.randn(3, requires_grad=True)
W2 = torch.randn(3, 1, requires_grad=True)
b2 = torch.randn(1, requires_grad=True)

optimizer = torch.optim.SGD([W1, b1, W2, b2], lr=0.5)

for step in range(3000):
    h = torch.sigmoid(X @ W1 + b1)
    hypothesis = torch.sigmoid(torch.matmul(h, W2) + b2)
    cost = -(Y * torch.log(hypothesis) + (1 - Y) * torch.log(1 - hypothesis)).mean()
    optimizer.zero_grad()
    cost.backward()
    optimizer.step()
