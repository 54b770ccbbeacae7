"""What a run has finished, kept line by line, so that one that is killed loses nothing."""

import json
import os
import zlib
from pathlib import Path
from types import TracebackType
from typing import Any

from models.sweep.axes import SweepError

FORMAT = 1


class Journal:
    """A file of lines: a digest, and JSON; the first says whose they are.

    A line is on the disk before the next unit is waited for. The last one may be torn, where a run
    was killed as it wrote it: it is dropped.

    Args:
        path: the file; it is made if it is not there.
        sweep: whose figures these are, as JSON.
        engine: the version that computes them.

    Raises:
        SweepError: it is another sweep's or another version's, or damaged, or cannot be written.
            Then it stays as it is.
    """

    def __init__(self, path: Path, sweep: str, engine: str):
        self.path = path
        self.rows: dict[int, list[dict[str, Any]]] = {}
        header = _line({"journal": FORMAT, "engine": engine, "sweep": sweep})
        try:
            data = path.read_bytes() if path.exists() else b""
            kept = self._read(data, header)
            self._file = path.open("r+b" if path.exists() else "xb")
            self._file.truncate(kept)
            self._file.seek(kept)
            if not kept:
                self._put(header)
        except OSError as wrong:
            raise self._unwritable(wrong) from wrong

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        wrong: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def append(self, number: int, rows: list[dict[str, Any]]) -> None:
        """Keep a unit's rows.

        Raises:
            SweepError: they cannot be written.
        """
        try:
            self._put(_line({"unit": number, "rows": rows}))
        except OSError as wrong:
            raise self._unwritable(wrong) from wrong

    def remove(self) -> None:
        """It is no longer needed."""
        self._file.close()
        self.path.unlink()

    def _put(self, line: bytes) -> None:
        self._file.write(line)
        self._file.flush()
        os.fsync(self._file.fileno())

    def _read(self, data: bytes, header: bytes) -> int:
        """Take over what the file holds; how many of its bytes are whole lines."""
        if not data or header.startswith(data):
            return len(data) if data == header else 0
        first, *lines = data.splitlines(keepends=True)
        self._check_header(first, header)
        kept = len(first)
        for place, line in enumerate(lines):
            told = _told(line)
            if told is None and place == len(lines) - 1:
                break
            if told is None or not _is_unit(told):
                raise SweepError(f"line {place + 2} of {self.path} is damaged; "
                                 f"move the file away to begin anew")  # fmt: skip
            self.rows[told["unit"]] = told["rows"]
            kept += len(line)
        return kept

    def _check_header(self, first: bytes, header: bytes) -> None:
        if first == header:
            return
        told = _told(first) or {}
        asked = _told(header) or {}
        if told.get("journal") != FORMAT:
            whose = "is no journal of a sweep, or damaged"
        elif told.get("sweep") != asked["sweep"]:
            whose = "is the journal of another sweep"
        else:
            whose = "is the journal of another version of the engine"
        raise SweepError(f"{self.path} {whose}; it stays as it is: "
                         f"choose another output, or move it away")  # fmt: skip

    def _unwritable(self, wrong: OSError) -> SweepError:
        return SweepError(f"{self.path} cannot be written: {wrong.strerror or wrong}; "
                          f"the cells that it holds are not lost")  # fmt: skip


def _line(told: dict[str, Any]) -> bytes:
    text = json.dumps(told, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _told(line: bytes) -> dict[str, Any] | None:
    """What a line says; None: it is not whole."""
    digest, _, text = line.removesuffix(b"\n").partition(b" ")
    if not line.endswith(b"\n") or digest != b"%08x" % zlib.crc32(text):
        return None
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _is_unit(told: dict[str, Any]) -> bool:
    number, rows = told.get("unit"), told.get("rows")
    return (
        isinstance(number, int)
        and number >= 0
        and isinstance(rows, list)
        and all(isinstance(row, dict) for row in rows)
    )
