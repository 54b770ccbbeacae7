"""Benchmarks are run by hand: what they use of the app must not be gone when they are."""

import importlib
from pathlib import Path


def test_every_benchmark_finds_what_it_uses():
    names = [path.stem for path in Path(__file__).parent.glob("[a-z]*.py")]
    assert "following" in names
    for name in names:
        importlib.import_module(f"tests.benchmarks.{name}")
