"""What the host's limits are read as, by made-up systems and by this one's own kernel."""

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from components.runs.policy import MAX_SECONDS
from components.serving import host
from components.serving.memory import CACHE, MADE, RUN, RUNS, budget
from models import Experiment
from models.cost import estimate
from tests.benchmarks.server import Group, limited, serve

ROOT = Path(__file__).parents[3]
MB = 1 << 20
OLD_MOUNTS = """cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0
cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,relatime,cpu,cpuacct 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,name=systemd 0 0
"""
OLD_GROUPS = "4:memory:/pod/app\n2:cpu,cpuacct:/pod/app\n1:name=systemd:/elsewhere\n"
NEW_MOUNTS = "proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n"
UNLIMITED = "9223372036854771712\n"
linux = pytest.mark.skipif(sys.platform != "linux", reason="control groups are Linux's")


@pytest.fixture(autouse=True)
def told_nothing(monkeypatch):
    monkeypatch.delenv(host.MEMORY, raising=False)


def system(root: Path, files: dict[str, str]) -> Path:
    """A system with plenty of memory and these files."""
    plenty = {"meminfo": "MemTotal: 90000000 kB\nMemAvailable: 64000000 kB\n"}
    files = {f"proc/{name}": text for name, text in plenty.items()} | files
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def version_1(files: dict[str, str]) -> dict[str, str]:
    names = {"proc/self/cgroup": OLD_GROUPS, "proc/self/mounts": OLD_MOUNTS}
    return names | {f"sys/fs/cgroup/{name}": text for name, text in files.items()}


def version_2(files: dict[str, str], path: str = "/pod/app") -> dict[str, str]:
    names = {"proc/self/cgroup": f"0::{path}\n", "proc/self/mounts": NEW_MOUNTS}
    return names | {f"sys/fs/cgroup/{name}": text for name, text in files.items()}


@linux
@pytest.mark.parametrize(
    ("files", "megabytes"),
    [
        (version_2({"pod/app/memory.max": f"{690 * MB}\n"}), 690),
        (version_2({"pod/app/memory.max": "max\n", "pod/memory.max": f"{700 * MB}"}), 700),
        (version_2({"pod/app/memory.max": f"{900 * MB}", "pod/memory.max": f"{700 * MB}"}), 700),
        # A container's own group, whose path outside it does not see.
        (version_2({"memory.max": f"{512 * MB}"}, "/docker/0123"), 512),
        (version_2({"memory.max": f"{512 * MB}"}, "/"), 512),
        (version_1({"memory/pod/app/memory.limit_in_bytes": f"{690 * MB}"}), 690),
        (
            version_1(
                {
                    "memory/pod/app/memory.limit_in_bytes": UNLIMITED,
                    "memory/memory.limit_in_bytes": f"{800 * MB}",
                }
            ),
            800,
        ),
        # What is free now, and what is held already.
        (
            {
                "proc/meminfo": "MemAvailable:  307200 kB\n",
                "proc/self/status": "VmSize: 9999999 kB\nVmRSS:\t  102400 kB\n",
            },
            400,
        ),
    ],
)
def test_the_least_of_all_limits_of_memory_is_found(tmp_path, monkeypatch, files, megabytes):
    root = system(tmp_path, files)
    assert host.memory(root) == megabytes * MB
    monkeypatch.setenv(host.MEMORY, "300")
    assert host.memory(root) == 300 * MB, "what it is told counts, too"
    for told in (f"{megabytes + 1}", "690MB", "much", ""):
        monkeypatch.setenv(host.MEMORY, told)
        assert host.memory(root) == megabytes * MB


@linux
@pytest.mark.parametrize(
    ("files", "processors"),
    [
        ({}, 8),
        (version_2({"pod/app/cpu.max": "max 100000\n"}), 8),
        (version_2({"pod/app/cpu.max": "50000 100000\n"}), 0.5),
        (version_2({"pod/app/cpu.max": "max 100000\n", "cpu.max": "150000 100000"}), 1.5),
        (
            version_1(
                {
                    "cpu,cpuacct/pod/app/cpu.cfs_quota_us": "-1\n",
                    "cpu,cpuacct/pod/app/cpu.cfs_period_us": "100000\n",
                    "cpu,cpuacct/pod/cpu.cfs_quota_us": "20000\n",
                    "cpu,cpuacct/pod/cpu.cfs_period_us": "10000\n",
                }
            ),
            2,
        ),
    ],
)
def test_a_quota_of_processor_time_counts_beside_the_processors(
    tmp_path, monkeypatch, files, processors
):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    assert host.processors(system(tmp_path, files)) == processors


@linux
@pytest.mark.parametrize("limit", ["RLIMIT_AS", "RLIMIT_DATA"])
def test_the_limits_of_the_process_itself_count(limit):
    script = f"""
import resource
from components.serving import host
resource.setrlimit(resource.{limit}, (500 << 20, 500 << 20))
print(host.memory())
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert 400 * MB < float(done.stdout) <= 500 * MB


def test_what_is_kept_shrinks_with_the_memory_and_a_second_process_comes_last():
    at = [budget(megabytes * MB, 2) for megabytes in range(0, 4_000, 10)]
    for smaller, larger in pairwise(at):
        assert all(vars(smaller)[name] <= value for name, value in vars(larger).items())
    full = budget(math.inf, 2)
    assert (full.cache, full.runs, full.run, full.made) == tuple(
        size * MB for size in (CACHE, RUNS, RUN, MADE)
    )
    assert full.trainer
    assert all(vars(each) == vars(full) for each in at if each.trainer)
    assert not budget(690 * MB, 8).trainer
    assert not budget(math.inf, 1).trainer


def test_on_the_smallest_host_the_first_screen_still_fits():
    first = Experiment()
    cost = estimate([first, first.with_activation("relu")])
    assert cost.bytes < budget(0, 1).run
    assert cost.seconds < MAX_SECONDS


@pytest.fixture
def small() -> Iterator[Group]:
    with ExitStack() as stack:
        try:
            group = stack.enter_context(limited(690))
        except OSError as error:
            pytest.skip(f"no control group can be made here: {error}")
        yield group


@pytest.mark.usefixtures("served_as_trained")
def test_in_690_mb_the_server_is_one_process(small):
    with serve(group=small) as server:
        assert list(server.processes()) == [server.process.pid]
        assert not small.killed()
