import torch
import torch.nn as nn
import torch.nn.functional as F

class Model(nn.Module):
    def __init__(self):
        super(Model, self).__init__()
        self.l1 = nn.Linear(2, 16)
        self.n1 = nn.LayerNorm(16)
        self.l2 = nn.Linear(16, 16)
        self.n2 = nn.LayerNorm(16)
        self.l3 = nn.Linear(16, 1)

    def forward(self, x):
        # 정규화 다음에 활성화
        x = torch.tanh(self.n1(self.l1(x)))
        x = torch.tanh(self.n2(self.l2(x)))
        return torch.sigmoid(self.l3(x))

X = torch.FloatTensor([[0,0],[0,1],[1,0],[1,1]])
Y = torch.FloatTensor([[0],[1],[1],[0]])
torch.manual_seed(9)
model = Model()
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
for epoch in range(800):
    hypothesis = model(X)
    cost = F.binary_cross_entropy(hypothesis, Y)
    optimizer.zero_grad()
    cost.backward()
    optimizer.step()
