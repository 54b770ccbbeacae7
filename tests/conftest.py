"""What all tests share."""

import torch

# Two threads of PyTorch beside the page's own, or another test's, get in each other's way.
torch.set_num_threads(1)
