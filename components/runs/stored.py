"""A finished run as bytes, for a store that others share, and back."""

import functools
import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch

import models
from models import Experiment, History
from models.recorder import Record, Recorders

MOST_BYTES = 64 << 20  # a larger run is not worth the way


@functools.cache
def engine_version() -> str:
    """What a run's figures depend on beside the experiment: the engine's sources, and PyTorch."""
    digest = hashlib.sha256(f"{torch.__version__} {np.__version__}".encode())
    folder = Path(models.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def name_of(experiments: Sequence[Experiment], steps: int, keep: Sequence[int] | None) -> str:
    """What a run of so many steps is called in a store."""
    identities = [experiment.identity for experiment in experiments]
    return repr(("run", engine_version(), identities, steps, keep))


def packed(records: Sequence[Record], seconds: float) -> bytes | None:
    """What was recorded of a run, one record an experiment; None: it is too large."""
    arrays = {
        f"{place}.{field.name}": getattr(record, field.name)
        for place, record in enumerate(records)
        for field in fields(Record)
    }
    if sum(array.nbytes for array in arrays.values()) > MOST_BYTES:
        return None
    stream = io.BytesIO()
    np.savez(stream, seconds=np.float64(seconds), **arrays)
    return stream.getvalue()


def unpacked(
    data: bytes, experiments: Sequence[Experiment], steps: int, keep: Sequence[int] | None
) -> tuple[History, ...]:
    """The run's histories.

    Raises:
        ValueError: these are not the bytes of such a run.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            records = [
                Record(**{field.name: arrays[f"{place}.{field.name}"] for field in fields(Record)})
                for place in range(len(experiments))
            ]
            seconds = float(arrays["seconds"])
        recorders = Recorders(experiments, keep)
        recorders.add(records)
        histories = recorders.histories(steps, seconds)
    except (ValueError, KeyError, TypeError, EOFError, OSError, MemoryError, zipfile.BadZipFile,
            zipfile.LargeZipFile, NotImplementedError) as error:  # fmt: skip
        raise ValueError(f"not a run: {type(error).__name__}") from error
    if any(int(history.steps[-1]) != steps for history in histories):
        raise ValueError("not a run: of another length")
    return tuple(histories)
