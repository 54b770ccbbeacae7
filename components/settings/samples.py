"""The programs to try on the page of one's own: each fails for another reason."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "assets" / "samples"
SAMPLES = ("deep", "labels", "lines")


@cache
def sample(name: str) -> str:
    """The text of a program."""
    return (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
