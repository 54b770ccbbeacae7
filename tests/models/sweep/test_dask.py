"""A sweep on a Dask cluster of two workers, of which one is killed midway."""

import os
import signal
from pathlib import Path

import pytest

from models.sweep.executors import Cluster
from models.sweep.run import Progress, make
from tests.models.sweep.test_run import SWEEP, uninterrupted


@pytest.mark.slow
def test_two_workers_make_the_same_file_though_one_is_killed(tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")
    out, killed = tmp_path / "a.parquet", list[int]()
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=tmp_path / "dask"
    ) as cluster:

        def kill_one(progress: Progress) -> None:
            if not killed and progress.seconds_left:
                killed.append(cluster.workers[0].pid)
                os.kill(killed[0], signal.SIGKILL)

        with Cluster(cluster.scheduler_address) as executor:
            assert executor.workers == 2
            make(SWEEP, out, executor, kill_one)
    assert killed
    assert out.read_bytes() == uninterrupted(SWEEP)
