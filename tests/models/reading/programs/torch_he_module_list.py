import torch
from torch import nn
from torch.nn import functional as F

N_LAYERS = 6
WIDTH = 12


class Deep(nn.Module):
    """n hidden layers of the same width"""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, WIDTH)
        self.hidden = nn.ModuleList([nn.Linear(WIDTH, WIDTH) for _ in range(N_LAYERS - 1)])
        self.last = nn.Linear(WIDTH, 1)
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.kaiming_normal_(m.weight, nonlinearity='relu')
                nn.init.constant_(m.bias, 0)

    def forward(self, x):
        x = F.relu(self.first(x))
        for layer in self.hidden:
            x = F.relu(layer(x))
        return self.last(x)


torch.manual_seed(2024)
xs = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
ys = torch.tensor([0., 1., 1., 0.]).unsqueeze(1)
model = Deep()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for epoch in range(4000):
    optimizer.zero_grad()
    loss = F.binary_cross_entropy_with_logits(model(xs), ys)
    loss.backward()
    optimizer.step()
