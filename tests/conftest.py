"""What all tests share."""

from pathlib import Path

import pytest
import torch

# Two threads of PyTorch beside the page's own, or another test's, get in each other's way.
torch.set_num_threads(1)

TESTS = Path(__file__).parent
# Where browsers, servers and trainers share a busy machine with the tests.
BESIDE_OTHERS = [
    TESTS / folder
    for folder in ("browser", "components/pages", "components/runs", "components/serving")
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """There, what fails is asked once more, and "rerun" is said of it; a mistake fails twice."""
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in BESIDE_OTHERS):
            item.add_marker(pytest.mark.flaky(reruns=1))
