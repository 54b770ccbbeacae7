"""The atlases that come with the project: small, complete, and what their command makes."""

import random
import shlex
from pathlib import Path

import numpy as np
import pytest

from models.sweep import Atlas
from models.sweep.__main__ import sweep_of
from models.sweep.run import compute

ROOT = Path(__file__).parents[3]
SHIPPED = sorted((ROOT / "components/assets/atlases").glob("*.parquet"))
MOST_BYTES = 60_000
RECOMPUTED = 3  # cells of each


def read(path: Path) -> Atlas:
    return Atlas.read(path)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_each_is_small_complete_and_made_by_the_command_that_the_readme_gives(path):
    atlas = read(path)
    assert path.stat().st_size <= MOST_BYTES
    assert atlas.is_complete and atlas.engine
    said = (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Sweeps\n")[1]
    row = next(line for line in said.splitlines() if line.startswith(f"| `{path.stem}` |"))
    arguments = shlex.split(row.split("`")[3])
    assert sweep_of([*arguments, "--out", "atlas.parquet"]) == atlas.sweep


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_cells_computed_again_lie_within_their_interval(path):
    """Not to the bit: on another processor rounding decides some networks' fate."""
    atlas = read(path)
    known = [cell for cell in atlas.sweep.cells() if cell.experiment is not None]
    cheap = sorted(known, key=lambda cell: cell.experiment.depth)[: len(known) // 2]
    for cell in random.Random(0).sample(cheap, RECOMPUTED):
        told, again = atlas.table.iloc[cell.index], compute([cell.experiment])[0]
        share = again["solved"] / again["networks"]
        assert told.solved_low <= share <= told.solved_high, cell
        assert told.born_dead == again["born_dead"], cell
        for name in ("ratio", "factor"):
            assert np.isclose(again[name], told[name], rtol=1e-6, equal_nan=True), cell
        assert told.steps_low <= again["steps"] <= told.steps_high, cell
        if not told.cause:
            assert told.solved > 0.9 * told.networks
