"""What the lesson's tests share."""

from collections.abc import Iterator

import pytest

from components.runs import shared_runs
from components.serving.store import DirectoryStore


@pytest.fixture(scope="package", autouse=True)
def scenes_trained_once(finished_runs) -> Iterator[None]:
    """The scenes' runs are the longest: every process finds what another one has trained.

    Nothing else does: whoever comes before or after these tests has a trainer of its own.
    """
    shared_runs.cache_clear()
    runs = shared_runs()
    runs.share(DirectoryStore(finished_runs))
    yield
    runs.stop()
    shared_runs.cache_clear()
