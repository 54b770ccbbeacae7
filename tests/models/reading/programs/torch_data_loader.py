import torch
import torch.nn as nn
from torch.utils.data import TensorDataset, DataLoader

x_train = torch.FloatTensor([[0, 0], [0, 1], [1, 0], [1, 1]])
y_train = torch.FloatTensor([[0], [1], [1], [0]])

dataset = TensorDataset(x_train, y_train)
dataloader = DataLoader(dataset, batch_size=2, shuffle=True)

torch.manual_seed(7)
model = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.BCELoss()

nb_epochs = 500
for epoch in range(nb_epochs + 1):
    for batch_idx, samples in enumerate(dataloader):
        x, y = samples
        prediction = model(x)
        cost = criterion(prediction, y)

        optimizer.zero_grad()
        cost.backward()
        optimizer.step()

    if epoch % 100 == 0:
        print('Epoch {:4d}/{} Cost: {:.6f}'.format(epoch, nb_epochs, cost.item()))
