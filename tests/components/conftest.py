"""What the tests of the page share."""

import torch

# Two threads of PyTorch beside the page's own would get in each other's way on a small machine.
torch.set_num_threads(1)
