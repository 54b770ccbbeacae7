"""The load benchmark itself: its visitors see what they are counted for, and nothing goes wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).with_name("load.py")
PATIENCE = 120  # seconds


@pytest.mark.slow
def test_a_small_crowd_is_served_and_counted():
    if sys.platform != "linux":
        pytest.skip("memory and processor time are read from /proc")
    command = [sys.executable, str(BENCHMARK), "--clients", "2", "--values", "2", "3"]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    head, floor, opened, new, again, same, ratios = done.stdout.splitlines()
    heads = "p50 s p95 s cpu s MB largest kB each charts errors"
    assert head.split() == heads.split()
    rows = [row.split() for row in (floor, opened, new, again, same)]
    assert [row[0] for row in rows] == ["2"] * 5
    for row in rows:
        p50, p95, processor, memory, largest, received, charts, errors = map(float, row[-8:])
        assert received > 10, "a chart alone takes as much"
        assert 0 < p50 <= p95
        assert 50 < largest <= memory
        assert charts >= 8, "four for each of the two"
        assert errors == 0
        assert processor >= 0
    assert ratios.startswith("times the floor: ")


@pytest.mark.parametrize(
    "wrong", [["--clients", "0"], ["--clients", "5000"], ["--processes", "99"]], ids=" ".join
)
def test_it_is_bounded(wrong):
    command = [sys.executable, str(BENCHMARK), *wrong]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=PATIENCE)
    assert done.returncode == 2
    assert "usage" in done.stderr
