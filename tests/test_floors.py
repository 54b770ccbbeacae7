"""The contract that ``pyproject.toml`` states: no floor of the house knows what is above it."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LINT = Path(sys.executable).with_name("lint-imports")


def test_no_import_points_up(tmp_path):
    for kept in ("components", "models", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / kept).is_dir() else shutil.copy
        copy(ROOT / kept, tmp_path / kept)
    assert linted(tmp_path).returncode == 0, linted(tmp_path).stdout
    for wrong in ("words/numbers", "runs/policy"):
        path = tmp_path / "components" / f"{wrong}.py"
        was = path.read_text(encoding="utf-8")
        path.write_text(f"{was}from components.settings import naming\n", encoding="utf-8")
        assert "Nothing points up BROKEN" in linted(tmp_path).stdout
        path.write_text(was, encoding="utf-8")


def linted(folder: Path) -> subprocess.CompletedProcess:
    return subprocess.run([LINT, "--no-cache"], cwd=folder, capture_output=True, text=True)
