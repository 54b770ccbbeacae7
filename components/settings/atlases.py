"""The atlases that come with the project: a map each, as ``python -m models.sweep`` made it."""

from functools import cache
from pathlib import Path

from models.sweep import Atlas

FOLDER = Path(__file__).parents[1] / "assets" / "atlases"
SHIPPED = ("depth", "start", "remedies", "dead")
"""Their names, in the order in which they are offered."""
ABOUT = {"dead": "born_dead"}
"""The figure that a map is about, where that is not how many networks solve it."""
OWN = "own"
"""Beside these: a map of one's own."""


@cache
def shipped(name: str) -> Atlas:
    """One of ``SHIPPED``, read once."""
    return Atlas.read(FOLDER / f"{name}.parquet")
