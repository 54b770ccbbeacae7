import torch
import torch.nn as nn
import torch.optim as optim

X = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]]).float()
y = torch.tensor([0, 1, 1, 0])

torch.manual_seed(5)
clf = nn.Sequential(nn.Linear(2, 6), nn.ReLU(), nn.Linear(6, 2))
loss_fn = nn.CrossEntropyLoss()
optimizer = optim.Adam(clf.parameters(), lr=0.05)

for epoch in range(300):
    optimizer.zero_grad()
    scores = clf(X)
    loss = loss_fn(scores, y)
    loss.backward()
    optimizer.step()

pred = clf(X).argmax(dim=1)
print(pred)
