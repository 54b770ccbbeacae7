import torch
import torch.nn as nn
import torch.nn.functional as F

class OrGate(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(2, 3)
        self.b = nn.Linear(3, 3)
        self.c = nn.Linear(3, 1)

    def forward(self, inp):
        out = F.leaky_relu(self.a(inp), negative_slope=0.2)
        out = F.leaky_relu(self.b(out), negative_slope=0.2)
        return self.c(out).sigmoid()

torch.manual_seed(8)
gate = OrGate()
x = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
y = torch.tensor([[0.], [1.], [1.], [1.]])
opt = torch.optim.Adam(gate.parameters())
for i in range(1000):
    opt.zero_grad()
    loss = F.binary_cross_entropy(gate(x), y)
    loss.backward()
    opt.step()
