import torch
import torch.nn as nn

# 1. 데이터
x_data = [[0, 0], [0, 1], [1, 0], [1, 1]]
y_data = [[0], [1], [1], [0]]
x_train = torch.Tensor(x_data)
y_train = torch.Tensor(y_data)

# 2. 모델
class Net(nn.Module):
    def __init__(self, hidden=5):
        super().__init__()
        self.hidden1 = nn.Linear(2, hidden)
        self.hidden2 = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, 1)
        self.act = nn.Tanh()

    def forward(self, x):
        h = self.act(self.hidden1(x))
        h = self.act(self.hidden2(h))
        return self.out(h)     # 시그모이드는 손실 함수 안에 있다

torch.manual_seed(42)
net = Net()

# 3. 학습
loss_func = nn.BCEWithLogitsLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
n_epochs = 1000
for epoch in range(n_epochs):
    logits = net(x_train)
    loss = loss_func(logits, y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if (epoch + 1) % 100 == 0:
        print('Epoch {}/{} 손실 {:.4f}'.format(epoch + 1, n_epochs, loss.item()))
