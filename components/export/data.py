"""Runs as data: every logged figure as a tidy table, and a setting that ``Experiment`` reads."""

import io
import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from components.export.source import Source
from models import Experiment, History

MOST_ROWS = 500_000  # some 20 MB as CSV, written in half a second
MEASURES = ("loss", "accuracy", "weight_gradient_norm", "solved", "diverged")
"""Names of ``History``'s attributes; the last two are of the end."""


def table(source: Source, histories: Sequence[History]) -> pa.Table:
    """A row a value: ``arm, network, layer, step, measure, value``.

    ``arm`` is the run's name, ``layer`` is empty for what is of the whole network. Values of a
    network that diverged are NaN. Of so many that they would be more than ``MOST_ROWS``, only every
    second, third ... logged step is kept, and always the last. The schema's metadata say
    what there is.
    """
    layers = sum(history.experiment.layers + 2 for history in histories)
    steps, networks = len(histories[0].steps), histories[0].experiment.networks
    every = max(1, -(-steps * networks * layers // MOST_ROWS))
    kept = sorted({*range(0, steps, every), steps - 1})
    parts = [
        part
        for arm, history in zip(source.style.names, histories, strict=True)
        for part in _parts(arm, history, kept)
    ]
    about = "\n".join(_about(source, histories, every))
    return pa.concat_tables(parts).replace_schema_metadata({"about": about})


def csv(source: Source, histories: Sequence[History]) -> bytes:
    """The table as CSV, after lines that begin with ``#`` and say what it is."""
    rows = table(source, histories)
    buffer = io.BytesIO()
    about = rows.schema.metadata[b"about"].decode()
    buffer.write("".join(f"# {line}".rstrip() + "\n" for line in about.splitlines()).encode())
    pyarrow.csv.write_csv(rows, buffer)
    return buffer.getvalue()


def parquet(source: Source, histories: Sequence[History]) -> bytes:
    """The table as Parquet; what it is stands in the schema's metadata under ``about``."""
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table(source, histories), buffer, compression="zstd")
    return buffer.getvalue()


def setting(experiment: Experiment) -> str:
    """A run's setting as JSON: ``Experiment(**json.load(file))`` is the same one."""
    return json.dumps(vars(experiment), indent=2, ensure_ascii=False) + "\n"


def _parts(arm: str, history: History, kept: Sequence[int]) -> list[pa.Table]:
    """A run's rows, measure by measure: steps outside, then layers, then networks."""
    steps = history.steps[kept]
    series = [
        (measure, getattr(history, measure)[kept][:, None]) for measure in ("loss", "accuracy")
    ]
    series.append(("weight_gradient_norm", history.weight_gradient_norm[kept]))
    ends = [(measure, getattr(history, measure)[None, None]) for measure in MEASURES[-2:]]
    return [_rows(arm, name, steps, values) for name, values in series] + [
        _rows(arm, name, steps[-1:], values) for name, values in ends
    ]


def _rows(arm: str, measure: str, steps: np.ndarray, values: np.ndarray) -> pa.Table:
    """``values [T, layers, E]``; a single layer means that it is of the whole network."""
    count, layers, networks = values.shape
    rows = values.size
    layer = np.tile(np.repeat(np.arange(1, layers + 1, dtype=np.int32), networks), count)
    return pa.table(
        {
            "arm": _same(arm, rows),
            "network": np.tile(np.arange(networks, dtype=np.int32), count * layers),
            "layer": pa.array(layer, mask=np.full(rows, measure != "weight_gradient_norm")),
            "step": np.repeat(steps.astype(np.int32), layers * networks),
            "measure": _same(measure, rows),
            "value": values.reshape(-1).astype(np.float64),
        }
    )


def _same(text: str, rows: int) -> pa.DictionaryArray:
    """A column of one text."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), pa.array([text]))


def _about(source: Source, histories: Sequence[History], every: int) -> list[str]:
    words = source.words
    lines = [source.title, source.link, ""]
    for name, history in zip(source.style.names, histories, strict=True):
        lines += [f"{name}: " + " ".join(source.setting(history.experiment))]
    lines += [
        "",
        *(f"{name}: {words(f'export.column_{name}')}" for name in ("arm", "network", "layer")),
        f"step: {words('export.column_step')}",
        *(f"{measure}: {words(f'export.measure_{measure}')}" for measure in MEASURES),
    ]
    return lines if every == 1 else [*lines, words("export.thinned", every=every)]
