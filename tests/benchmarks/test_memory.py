"""The benchmark itself: its visitors are served, and it leaves no server behind."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).with_name("memory.py")
PATIENCE = 240  # seconds


@pytest.fixture
def benchmark() -> Iterator[subprocess.Popen]:
    if sys.platform != "linux":
        pytest.skip("resident memory is read from /proc")
    command = [sys.executable, str(BENCHMARK), "--sessions", "1000", "--at-once", "1", "--panels"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )
    yield process
    process.terminate()
    process.wait(PATIENCE)


@pytest.mark.slow
def test_the_first_visitor_sees_no_error_and_an_interruption_stops_the_server(benchmark):
    head, started, one = (benchmark.stdout.readline().split() for _ in range(3))
    assert head[:3] == ["resident", "highest", "errors"]
    assert float(started[1]) > 50, "megabytes"
    assert one[:2] == ["1", "present"]
    assert one[4] == "0", "errors"
    task = Path(f"/proc/{benchmark.pid}/task/{benchmark.pid}/children")
    (server,) = task.read_text().split()
    benchmark.send_signal(signal.SIGINT)
    rest, _ = benchmark.communicate(timeout=PATIENCE)
    assert benchmark.returncode == 1
    assert rest == "stopped\n"
    assert not Path(f"/proc/{server}").exists()
