"""What all tests share."""

import os
from collections.abc import Callable
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


@pytest.fixture(scope="session")
def finished_runs(tmp_path_factory) -> Path:
    """A folder that all the processes of these tests have in common, for the runs they finish.

    A server trains the first screen and the whole lesson when it starts: so only the first one
    does.
    """
    own = tmp_path_factory.getbasetemp()
    return (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "runs"


@pytest.fixture
def fresh(request) -> Callable[[int], int]:
    """``fresh(seed)``: one that no run had yet, for what is seen only while a run is trained.

    A test that is asked once more gets another one: what it trained the first time is there.
    """
    tried_before = getattr(request.node, "execution_count", 1) - 1
    return lambda seed: seed + 1000 * tried_before


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """There, what fails is asked once more, and "rerun" is said of it; a mistake fails twice."""
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in BESIDE_OTHERS):
            item.add_marker(pytest.mark.flaky(reruns=1))
