import torch
import torch.nn as nn

# regression on the XOR table
inputs = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=torch.float32)
outputs = torch.tensor([0, 1, 1, 0], dtype=torch.float32).view(-1, 1)

torch.manual_seed(6)
model = nn.Sequential(
    nn.Linear(2, 4),
    nn.GELU(),
    nn.Linear(4, 1),
)
criterion = nn.MSELoss(reduction='mean')
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, nesterov=True)

for epoch in range(500):
    y_pred = model(inputs)
    loss = criterion(y_pred, outputs)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 50 == 0:
        print(epoch, loss.item())
