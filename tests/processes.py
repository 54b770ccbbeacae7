"""What a process has started (Linux; elsewhere nothing is found)."""

from pathlib import Path


def children(process: int) -> list[int]:
    """All that it started, and that those did."""
    found = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *children(child)]
    return found
