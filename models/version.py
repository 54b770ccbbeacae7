"""Which engine computed something."""

import functools
import hashlib
from pathlib import Path

import numpy as np
import torch


@functools.cache
def engine_version() -> str:
    """What a run's figures depend on beside the experiment: the engine's sources, and PyTorch."""
    digest = hashlib.sha256(f"{torch.__version__} {np.__version__}".encode())
    folder = Path(__file__).parent
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]
