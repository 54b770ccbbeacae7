"""A finished run as bytes, for a store that others share, and back.

These are a digest of all that follows, the length of a description, the description (JSON), and the
numbers as they lie in memory. So nothing in them is unpacked or carried out, and whoever reads them
needs no more memory than they have bytes.
"""

import hashlib
import json
import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import fields

import numpy as np

from models import Experiment, History
from models.recorder import Record, Recorders
from models.version import engine_version

MOST_BYTES = 64 << 20  # a larger run is not worth the way
MOST_ABOUT = 64 << 10  # bytes of a description: those of a whole family's arrays are 3 kB

_DIGEST = hashlib.sha256
_START = _DIGEST().digest_size
_LENGTH = struct.Struct("<I")
_FORMAT = 2


def networks_kept(experiments: Sequence[Experiment]) -> Sequence[int] | None:
    """Whose parameters a run keeps: none of more than two, which one cannot look inside.

    None: the first few, as many as a ``Trainer`` keeps by default.
    """
    return None if len(experiments) <= 2 else ()


def name_of(experiments: Sequence[Experiment], steps: int) -> str:
    """What a run of so many steps is called in a store."""
    identities = [experiment.identity for experiment in experiments]
    return repr(("run", _FORMAT, engine_version(), identities, steps))


def packed(records: Sequence[Record], seconds: float) -> bytes | None:
    """What was recorded of a run, one record an experiment; None: it is too large."""
    arrays = [getattr(record, field.name) for record in records for field in fields(Record)]
    if sum(array.nbytes for array in arrays) > MOST_BYTES:
        return None
    kinds = [(array.dtype.str, array.shape) for array in arrays]
    about = json.dumps({"seconds": seconds, "arrays": kinds}).encode()
    body = b"".join([_LENGTH.pack(len(about)), about, *(array.tobytes() for array in arrays)])
    return _DIGEST(body).digest() + body


def unpacked(data: bytes, experiments: Sequence[Experiment], steps: int) -> tuple[History, ...]:
    """The run's histories.

    Raises:
        ValueError: these are not the bytes of such a run.
    """
    try:
        about, rest = _described(data)
        seconds, kinds = float(about["seconds"]), about["arrays"]
        if not 0 <= seconds < math.inf or len(kinds) != len(experiments) * len(fields(Record)):
            raise ValueError(f"{len(kinds)} arrays, {seconds} seconds")
        arrays = _arrays(kinds, rest)
        names = [field.name for field in fields(Record)]
        recorders = Recorders(experiments, networks_kept(experiments))
        recorders.add([Record(**{name: next(arrays) for name in names}) for _ in experiments])
        histories = recorders.histories(steps, seconds)
    except (ValueError, LookupError, ArithmeticError, TypeError, struct.error, MemoryError,
            RecursionError) as error:  # fmt: skip
        raise ValueError(f"not a run: {type(error).__name__}") from error
    if any(int(history.steps[-1]) != steps for history in histories):
        raise ValueError("not a run: of another length")
    return tuple(histories)


def _described(data: bytes) -> tuple[dict, memoryview]:
    """The description in a run's bytes, and the numbers behind it."""
    body = memoryview(data)[_START:]
    if _DIGEST(body).digest() != data[:_START]:
        raise ValueError("other bytes than were written")
    (length,) = _LENGTH.unpack_from(body)
    if length > MOST_ABOUT:
        raise ValueError("too long a description")
    numbers = _LENGTH.size + length
    return json.loads(bytes(body[_LENGTH.size : numbers])), body[numbers:]


def _arrays(kinds: Sequence[tuple[str, Sequence[int]]], data: memoryview) -> Iterator[np.ndarray]:
    """Arrays of these types and shapes, one behind the other."""
    place = 0
    for name, shape in kinds:
        kind, size = np.dtype(name), math.prod(shape)
        if kind.kind not in "biuf" or not 0 <= size * kind.itemsize <= len(data) - place:
            raise ValueError(f"no {kind} {shape} is here")
        end = place + size * kind.itemsize
        yield np.frombuffer(data[place:end], kind).reshape(shape).copy()
        place = end
