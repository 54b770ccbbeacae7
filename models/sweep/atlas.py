"""An atlas: what became of the networks of every cell of a sweep, as a table and as a file."""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import torch

from models.diagnostics.causes import CAUSES
from models.sweep.axes import SweepError
from models.sweep.figures import FIGURES
from models.sweep.plan import Sweep
from models.version import engine_version

FORMAT = 1
KEY = b"atlas"  # of the metadata in the file
FILE_BYTES = 64 << 20  # a file that is read, at most
FIGURE_COLUMNS = tuple(column for figure in FIGURES.values() for column in figure.columns)
NUMBERS = tuple(column for column in FIGURE_COLUMNS if FIGURES.get(column, FIGURES["solved"]).kind
                != "category")  # fmt: skip
COUNTS = tuple(name for name, figure in FIGURES.items() if figure.kind == "share")


@dataclass(frozen=True, eq=False)
class Atlas:
    """A sweep, and a row for each of its cells, in their order.

    Attributes:
        sweep: whose cells.
        table: a column an axis, called by its field; ``networks``; of each of ``FIGURES`` its
            ``columns``; ``refused``, why a cell is not possible, else empty; ``done``. Counts are
            whole numbers. NaN stands where there is nothing to tell: in cells that are not done, or
            refused.
        engine: the version that computed it.
    """

    sweep: Sweep
    table: pd.DataFrame
    engine: str = field(default_factory=engine_version)

    @classmethod
    def of(cls, sweep: Sweep, rows: Mapping[int, Mapping[str, Any]] | None = None) -> "Atlas":
        """An atlas of what is known so far: by a cell's index its ``cell_figures``."""
        cells, known = sweep.cells(), rows or {}
        columns: dict[str, Any] = {
            name: [cell.values[place] for cell in cells] for place, name in enumerate(sweep.names)
        }
        columns["networks"] = [sweep.base.networks] * len(cells)
        for name in FIGURE_COLUMNS:
            unknown = math.nan if name in NUMBERS else ""
            values = [known.get(cell.index, {}).get(name, unknown) for cell in cells]
            columns[name] = np.array(values, dtype=float) if name in NUMBERS else values
        columns["refused"] = [cell.refused for cell in cells]
        columns["done"] = [cell.experiment is None or cell.index in known for cell in cells]
        return cls(sweep, pd.DataFrame(columns))

    @property
    def is_complete(self) -> bool:
        """Whether every cell is done."""
        return bool(self.table["done"].all())

    def rows(self) -> dict[int, dict[str, Any]]:
        """By a cell's index what is known of it, for ``of``; without the refused cells."""
        known = self.table[self.table["done"] & (self.table["refused"] == "")]
        told = known[["networks", *FIGURE_COLUMNS]].to_dict("index")
        return {int(str(index)): row for index, row in told.items()}

    def csv(self) -> str:
        """The table as comma-separated values."""
        return str(self.table.to_csv(index=False, lineterminator="\n"))

    def parquet(self) -> bytes:
        """The file: the same bytes for the same sweep and figures."""
        told = {
            "format": FORMAT,
            "sweep": json.loads(self.sweep.as_json()),
            "command": self.sweep.command,
            "engine": self.engine,
            "torch": torch.__version__,
            "seed": self.sweep.base.seed,
        }
        table = pa.Table.from_pandas(self.table, preserve_index=False)
        table = table.replace_schema_metadata({KEY: json.dumps(told).encode()})
        buffer = BytesIO()
        pq.write_table(table, buffer, compression="zstd", compression_level=19)
        return buffer.getvalue()

    def write(self, path: str | Path) -> None:
        """Write the file: whole, or not at all.

        Raises:
            OSError: there is no such folder, it may not be written to, the disk is full.
        """
        write_atomically(Path(path), self.parquet())

    @classmethod
    def read(cls, source: str | Path | bytes) -> "Atlas":
        """An atlas from a file, or from its bytes; whatever it is, nothing is run that it says.

        Raises:
            SweepError: it is no atlas, damaged, or too large.
            OSError: there is no such file, or it may not be read.
        """
        if not isinstance(source, bytes) and Path(source).stat().st_size > FILE_BYTES:
            raise SweepError(f"{source} is larger than {FILE_BYTES >> 20} MB, no atlas is")
        data = source if isinstance(source, bytes) else Path(source).read_bytes()
        called = "the file" if isinstance(source, bytes) else str(source)
        try:
            return cls._parsed(data)
        except (SweepError, pa.ArrowException, ValueError, TypeError, KeyError, OSError,
                AttributeError, RecursionError) as wrong:  # fmt: skip
            sentence = str(wrong).splitlines()[0] if str(wrong) else type(wrong).__name__
            raise SweepError(f"{called} is not an atlas, or damaged: {sentence}") from wrong

    @classmethod
    def _parsed(cls, data: bytes) -> "Atlas":
        file = pq.ParquetFile(BytesIO(data))
        told = json.loads((file.schema_arrow.metadata or {})[KEY])
        if told["format"] != FORMAT:
            raise SweepError(f"its format is {told['format']!r}, not {FORMAT}")
        sweep = Sweep.from_json(json.dumps(told["sweep"]))
        expected = cls.of(sweep)
        columns = list(expected.table.columns)
        if file.schema_arrow.names != columns or file.metadata.num_rows != sweep.count:
            raise SweepError("its columns or rows are not those of its sweep")
        if sum(file.metadata.row_group(i).total_byte_size
               for i in range(file.metadata.num_row_groups)) > FILE_BYTES:  # fmt: skip
            raise SweepError("its table is too large")
        table = file.read().to_pandas()
        _check(table, expected.table, len(sweep.names))
        return cls(sweep, table, str(told["engine"]))


def _check(table: pd.DataFrame, expected: pd.DataFrame, axes: int) -> None:
    """See that the table holds what a table of its sweep can."""
    for name in (*expected.columns[:axes], "networks", "refused"):
        if table[name].tolist() != expected[name].tolist():
            raise SweepError(f"its column {name} is not that of its sweep")
    for name in table.columns:
        if table[name].dtype != expected[name].dtype:
            raise SweepError(f"its column {name} holds something else")
    counts = table[list(COUNTS)].to_numpy()
    known = counts[~np.isnan(counts)]
    if ((known < 0) | (known > expected["networks"].iloc[0]) | (known != np.round(known))).any():
        raise SweepError("its counts are not those of so many networks")
    if not set(table["cause"]) <= {"", *CAUSES}:
        raise SweepError("it tells of a cause that is not known")


def write_atomically(path: Path, data: bytes) -> None:
    """Put bytes into a file at once: whoever reads it finds the old ones or the new ones.

    Raises:
        OSError: it cannot be written.
    """
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o644)
            os.replace(file.name, path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
