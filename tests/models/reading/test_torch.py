"""PyTorch's styles, each beside the setting that it is; and what must not be read as one."""

import pytest

from models.experiment import Experiment
from models.reading import read_program

IMPORTS = """import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
"""
DATA = """X = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
Y = torch.tensor([[0.], [1.], [1.], [0.]])
"""
MODEL = "model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1), nn.Sigmoid())\n"
LOSS = "criterion = nn.BCELoss()\n"
OPTIMIZER = "optimizer = torch.optim.SGD(model.parameters(), lr=0.5)\n"
HEAD, BODY = (
    "for epoch in range(300):\n",
    """    optimizer.zero_grad()
    loss = criterion(model(X), Y)
    loss.backward()
    optimizer.step()
""",
)
LOOP = HEAD + BODY
PLAIN = {"activation": "tanh", "depth": 1, "width": 4, "init": "pytorch", "learning_rate": 0.5,
         "steps": 300}  # fmt: skip


def program(
    data: str = DATA,
    model: str = MODEL,
    loss: str = LOSS,
    optimizer: str = OPTIMIZER,
    loop: str = LOOP,
) -> str:
    """A program of these parts."""
    return IMPORTS + data + model + loss + optimizer + loop


def batched(rows: str, model: str = "model(x)") -> str:
    """A loop that shows what another one goes through."""
    return f"""{HEAD}    {rows}
        loss = criterion({model}, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""


def judged(cost: str) -> str:
    """A loop with a loss of its own."""
    return f"""{HEAD}    p = model(X)
    cost = {cost}
    model.zero_grad(set_to_none=True)
    cost.backward()
    optimizer.step()
"""


BLOCKS = """class Block(nn.Module):
    def __init__(self, units):
        super().__init__()
        self.linear = nn.Linear(units, units)

    def forward(self, x):
        return x + torch.tanh(self.linear(x))


class Net(nn.Module):
    def __init__(self, depth=2, units=4):
        nn.Module.__init__(self)
        self.first = nn.Linear(2, units)
        self.blocks = nn.ModuleList([Block(units) for _ in range(depth)])
        self.last = nn.Linear(units, 1)

    def forward(self, x):
        x = torch.tanh(self.first(x))
        for block in self.blocks:
            x = block(x)
        return torch.sigmoid(self.last(x))


model = Net(depth=3)
"""
SUBSET = """class Points(torch.utils.data.Dataset):
    def __init__(self):
        self.x, self.y = torch.Tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), torch.ones(4, 1)
        self.y[:] = torch.Tensor([[0], [1], [1], [0]])

    def __len__(self):
        return 4

    def __getitem__(self, place):
        return self.x[place], torch.Tensor([[0], [1], [1], [0]])[place]


loader = torch.utils.data.DataLoader(Points(), 2, shuffle=True)
"""
RAW = """W1 = (torch.rand(2, 4) * 2 - 1).requires_grad_()
b1 = torch.zeros(4, requires_grad=True)
W2 = torch.empty(4, 1).uniform_(-1, 1).requires_grad_(True)
b2 = torch.zeros(1, requires_grad=True)
"""
BY_HAND = (
    HEAD
    + """    p = 1 / (1 + torch.exp(-(torch.tanh(X @ W1 + b1) @ W2 + b2)))
    loss = -(Y * p.log() + (1 - Y) * (1 - p).log()).mean()
    loss.backward()
    with torch.no_grad():
        for w in [W1, b1, W2, b2]:
            w -= 0.5 * w.grad
            w.grad.zero_()
"""
)
WHOLE = """def train(model, epochs, lr=0.1):
    optimizer = torch.optim.Adam(model.parameters(), lr)
    epoch = 0
    while epoch < epochs:
        optimizer.zero_grad()
        loss = F.binary_cross_entropy(model(X), Y)
        loss.backward()
        optimizer.step()
        epoch += 1
        if epoch % 100 == 0:
            print(f"{epoch:5d} {loss.item():.4f}")


def main():
    train(model, 700, lr=0.02)


if __name__ == "__main__":
    main()
"""
CLIPPED = "    nn.utils.clip_grad_norm_(model.parameters(), 0.1)\n"
STYLES = {
    "plain": (program(), {}),
    "gradients set to zero behind the step": (
        program(loop=HEAD + BODY.replace("    optimizer.zero_grad()\n", "")
                + "    optimizer.zero_grad()\n"), {},
    ),
    "no imports": (program().removeprefix(IMPORTS), {}),
    "functions": (
        program(optimizer="", loop=WHOLE),
        {"optimizer": "adam", "learning_rate": 0.02, "steps": 700},
    ),
    "labels computed": (program(data="""ends = (0., 1.)
X = torch.tensor([[a, b] for a in ends for b in ends])
Y = (X[:, 0] != X[:, 1]).float().unsqueeze(1)
"""), {}),
    "NumPy": (program(data="""table = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]])
X, Y = (torch.from_numpy(part).float() for part in (table[:, :2], table[:, 2:]))
"""), {}),
    "all points ten times": (
        program(data=DATA + "X, Y = X.repeat(10, 1), Y.repeat(10, 1)\n"), {},
    ),
    "in double precision": (
        program(data=DATA.replace("])\n", "]).double()\n"), model=MODEL + "model.double()\n"),
        {"dtype": "float64"},
    ),
    "blocks with skips": (program(model=BLOCKS), {"depth": 4, "skip": True}),
    "names and a list": (
        program(model="""layers = [("first", nn.Linear(2, 4)), ("bend", nn.Tanh())]
from collections import OrderedDict
model = nn.Sequential(OrderedDict([*layers, ("last", nn.Linear(4, 1)), ("end", nn.Sigmoid())]))
"""), {},
    ),
    "an activation by hand": (
        program(model="""bend = lambda z: torch.max(z, torch.zeros_like(z))
class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.a, self.b = nn.Linear(2, 4), nn.Linear(4, 1)
    def forward(self, x):
        return self.b(bend(self.a(x))).sigmoid()
model = Net()
"""), {"activation": "relu"},
    ),
    "weights of every layer": (
        program(model=MODEL + """def start(m):
    if type(m) == nn.Linear:
        nn.init.xavier_normal_(m.weight, gain=nn.init.calculate_gain("tanh"))
        m.bias.data.fill_(0)
model.apply(start)
"""), {"init": "xavier_normal", "gain": 1.66666667},
    ),
    "weights by name": (
        program(model=MODEL + """for name, p in model.named_parameters():
    if "weight" in name:
        nn.init.normal_(p, std=0.5)
    else:
        nn.init.zeros_(p)
"""), {"init": "lab", "gain": 0.5, "bias": "zeros"},
    ),
    "numbers for weights": (
        program(model=MODEL + """with torch.no_grad():
    for p in model.parameters():
        p.fill_(0.5)
"""),
        {"init": "lecture", "networks": 1,
         "start": (([[0.5] * 4] * 2, [0.5] * 4), ([[0.5]] * 4, [0.5]))},
    ),
    "everything by hand": (program(model=RAW, loss="", optimizer="", loop=BY_HAND),
                           {"init": "lecture"}),
    "a loss by hand": (program(loop=judged("(-Y * p.log() - (1 - Y) * (1 - p).log()).mean()")), {}),
    "half a sum of squares": (
        program(loop=judged("0.5 * ((Y - p) ** 2).sum()")),
        {"output": "sigmoid_squared", "learning_rate": 1.0},
    ),
    "one by one": (program(loop=batched("for x, y in zip(X, Y):")), {"batch": 1, "steps": 1200}),
    "by number": (
        program(loop=batched("for i in range(len(X)):\n        x, y = X[i], Y[i]")),
        {"batch": 1, "steps": 1200},
    ),
    "a loader": (
        program(data=SUBSET, loop=batched("for i, (x, y) in enumerate(loader):")),
        {"batch": 2, "order": "shuffled", "steps": 600},
    ),
    "an order that is drawn": (
        program(loop=batched("order = torch.randperm(4)\n    for i in range(0, 4, 3):\n"
                             "        x, y = X[order[i:i + 3]], Y[order[i:i + 3]]")),
        {"batch": 3, "order": "shuffled", "steps": 600},
    ),
    "gradients of an epoch added up": (
        program(loop=HEAD + """    optimizer.zero_grad()
    for x, y in zip(X, Y):
        criterion(model(x), y).backward()
    optimizer.step()
"""), {"learning_rate": 2.0},
    ),
    "clipped": (
        program(loop=LOOP.replace("    optimizer.step()", CLIPPED + "    optimizer.step()")),
        {"clip": 0.1},
    ),
    "labels as numbers of units": (
        program(data=DATA + "Y = Y.long().squeeze()\n",
                model="model = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2))\n",
                loss="criterion = nn.CrossEntropyLoss()\n"), {"output": "softmax"},
    ),
    "until it is learned": (
        program(loop="loss = torch.tensor(1.)\nwhile loss > 0.01:\n" + BODY), {"steps": 20_000},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STYLES)
def test_reads_every_style_as_the_setting_that_it_is(name):
    text, own = STYLES[name]
    reading = read_program(text)
    assert reading.refusal is None
    assert reading.experiment == Experiment(**PLAIN | own)
    assert not reading.mistakes


UNLIKE = {
    "a schedule": (program(loop="s = torch.optim.lr_scheduler.StepLR(optimizer, 9)\n" + LOOP
                           + "    s.step()\n"), "scheduler"),
    "a rate that falls": (program(loop=LOOP + "    for g in optimizer.param_groups:\n"
                                  "        g['lr'] *= 0.99\n"), "scheduler"),
    "a step every second pass": (
        program(loop=HEAD + """    criterion(model(X), Y).backward()
    if epoch % 2 == 0:
        optimizer.step()
        optimizer.zero_grad()
"""), "other_loop"),
    "two trainings": (program(loop=LOOP + OPTIMIZER.replace("0.5", "0.1") + LOOP),
                      "several_trainings"),
    "a penalty": (
        program(loop=judged("F.mse_loss(p, Y) + sum(w.abs().sum() for w in model.parameters())")),
        "not_understood"),
    "a gradient that is scaled": (
        program(loop=LOOP.replace("    optimizer.step()", "    for w in model.parameters():\n"
                                  "        w.grad *= 0.5\n    optimizer.step()")), "other_loop"),
    "weights that are held": (
        program(loop=LOOP + "    for w in model.parameters():\n        w.data.clamp_(-1, 1)\n"),
        "not_understood"),
    "an answer that is cut off": (
        program(loop=judged("F.mse_loss(p.detach().requires_grad_(), Y)")), "not_understood"),
    "noise": (program(loop=LOOP.replace("model(X)", "model(X + torch.randn(4, 2))")), "no_data"),
    "a layer that stands still": (
        program(model=MODEL + "model[0].weight.requires_grad = False\n"), "some_parameters"),
    "unlike activations": (
        program(model=MODEL.replace("nn.Tanh(),", "nn.Tanh(), nn.Linear(4, 4), nn.ReLU(),")),
        "unlike_activations"),
    "weights that are drawn anew": (
        program(loop=LOOP + "    if epoch == 9:\n        nn.init.normal_(model[0].weight)\n"),
        "other_start"),
    "labels that are smoothed": (program(data=DATA + "Y = 0.9 * Y + 0.05\n"), "other_data"),
    "weighted labels": (
        program(loss="criterion = nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.]))\n"),
        "other_argument"),
    "a function that is not there": (
        program(model=MODEL + "import elsewhere\nelsewhere.prepare(model)\n"), "not_understood"),
    "weights of who knows what": (
        program(model=MODEL + "for m in elsewhere:\n    nn.init.zeros_(m.weight)\n"),
        "not_understood"),
    "inputs of another type": (program(data=DATA + "X = X.double()\n"), "dtype_mismatch"),
    "layers that do not fit": (
        program(model=MODEL.replace("nn.Linear(4, 1)", "nn.Linear(5, 1)")), "shape_mismatch"),
    "nothing that trains": (program(loop="print(model(X))\n"), "no_training"),
    "images": (program(data="X, Y = torch.rand(4, 784), torch.rand(4, 1)\n",
                       model=MODEL.replace("Linear(2", "Linear(784")), "image_input"),
    "NumPy's view": (program(data=DATA + "import numpy as np\nY = torch.from_numpy("
                             "np.array([0., 1., 1., 0.], dtype=np.float32).view(-1, 1))\n"),
                     "not_understood"),
    "a wide network": (program(model=MODEL.replace("4", "400")), "too_large"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNLIKE)
def test_what_the_lab_has_not_is_refused(name):
    text, refusal = UNLIKE[name]
    reading = read_program(text)
    assert reading.experiment is None
    assert reading.refusal.name == refusal


def test_what_is_found_has_its_line():
    reading = read_program(program())
    lines = reading.text.split("\n")
    found = {each.field: lines[each.line - 1] for each in reading.found}
    assert "Tanh" in found["activation"]
    assert "lr=0.5" in found["learning_rate"]
    assert "range(300)" in found["steps"]
    assert "BCELoss" in found["output"]
    assert "Y = " in found["data"]
    assert "init" not in found
    assert {each.field: each.why for each in reading.assumed}["init"] == "torch_default"
