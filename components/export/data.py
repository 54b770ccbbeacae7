"""Runs as data: every logged figure as a tidy table, and a setting that ``Experiment`` reads."""

import codecs
import io
import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from components.export.source import Source
from models import Experiment, History
from models.diagnostics import kept_by_all
from models.history import MEASURES
from models.norms import NORMS
from models.own_weights import LARGEST, MOST_NUMBERS, as_start, to_json

MOST_ROWS = 500_000  # some 20 MB as CSV, written in half a second
MOST_WEIGHTS = 400_000  # some 8 MB as JSON
READING = "pd.read_csv(file, comment='#', dtype={'layer': 'Int64'})"
"""How the CSV is read, ``layer`` as whole numbers that may be missing."""


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
        _rows(arm, history, kept)
        for arm, history in zip(source.style.names, histories, strict=True)
    ]
    about = "\n".join(_about(source, histories, every))
    rows = pa.concat_tables(parts)
    return rows.replace_schema_metadata({**rows.schema.metadata, b"about": about.encode()})


def csv(source: Source, histories: Sequence[History]) -> bytes:
    """The table as CSV, after lines that begin with ``#`` and say what it is, and how it is read.

    It begins with the mark by which Excel knows UTF-8, without which it garbles Korean.
    """
    rows = table(source, histories)
    buffer = io.BytesIO()
    about = [*rows.schema.metadata[b"about"].decode().splitlines(), "", READING]
    head = "".join(f"# {line}".rstrip() + "\n" for line in about)
    buffer.write(codecs.BOM_UTF8 + head.encode())
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


def weights(source: Source, histories: Sequence[History], network: int) -> str:
    """All parameters of kept networks before the first step and after the last, as JSON.

    ``runs[0]["networks"][0]["end"]["layers"][0]["W"]`` is a list of lists ``[fan_in, fan_out]``;
    where hidden layers have norms, ``scale`` and ``shift`` stand beside their ``W`` and ``b``.
    Numbers have as many digits as the run's precision needs to be read back to the bit.

    Args:
        source: what they are of.
        histories: runs that have ended.
        network: of those that were kept the one that is there in any case.
    """
    experiments = [history.experiment for history in histories]
    about = {"title": source.title, "link": source.link, "how": _how(source, experiments)}
    runs = [
        {
            "run": name,
            "setting": vars(history.experiment),
            "networks": [_weights_of(history, each) for each in _told(histories, network)],
        }
        for name, history in zip(source.style.names, histories, strict=True)
    ]
    return json.dumps({"about": about, "runs": runs}, ensure_ascii=False) + "\n"


def has_weights(histories: Sequence[History]) -> bool:
    """Whether the weights of some network were kept, and are not too many for a file."""
    return bool(kept_by_all(histories)) and _values(histories) <= MOST_WEIGHTS


def own_weights(history: History, network: int, frame: int) -> str:
    """A kept network's weights and biases at a frame as JSON: those of one's own to start from.

    The sidebar reads them, and ``Experiment(start=json.load(file), networks=1, ...)``; both to the
    bit in the run's precision.
    """
    layers = history.parameters(frame, network)
    numbers = [(_numbers(weight), _numbers(bias)) for weight, bias in layers]
    return to_json(as_start(numbers, [weight.shape for weight, _ in layers]))


def can_start(histories: Sequence[History], network: int, frame: int) -> bool:
    """Whether a network's parameters were kept, and another run may start from them."""
    if network not in kept_by_all(histories):
        return False
    numbers = [history.flat_parameters(frame, network) for history in histories]
    return all(len(flat) <= MOST_NUMBERS and np.abs(flat).max() <= LARGEST for flat in numbers)


def _told(histories: Sequence[History], network: int) -> list[int]:
    """The networks whose weights there is room for, the one in view first."""
    kept = sorted(kept_by_all(histories), key=lambda each: each != network)
    return sorted(kept[: max(1, MOST_WEIGHTS // _values(histories))])


def _values(histories: Sequence[History]) -> int:
    """Numbers of one network of each run, at the start and at the end."""
    return 2 * sum(history.experiment.parameter_count for history in histories)


def _weights_of(history: History, network: int) -> dict:
    ends = {
        when: {
            "step": int(history.frame_steps[frame]),
            "layers": _layers_of(history, frame, network),
        }
        for when, frame in (("start", 0), ("end", -1))
    }
    return {"network": network, "seed": history.experiment.seed + network} | ends


def _layers_of(history: History, frame: int, network: int) -> list[dict[str, list]]:
    layers = [
        {"W": _numbers(weight), "b": _numbers(bias)}
        for weight, bias in history.parameters(frame, network)
    ]
    if history.experiment.norm in NORMS:
        for layer, (scale, shift) in zip(
            layers, history.norm_parameters(frame, network), strict=False
        ):
            layer |= {"scale": _numbers(scale), "shift": _numbers(shift)}
    return layers


def _how(source: Source, experiments: Sequence[Experiment]) -> str:
    """How answers are computed from the weights."""
    words = source.words
    said = [words("export.weights_how")]
    said += [
        words(f"export.weights_{norm}")
        for norm in NORMS
        if any(e.norm == norm for e in experiments)
    ]
    said += [words("export.weights_skip")] if any(e.skip for e in experiments) else []
    return " ".join(said)


def _numbers(values: np.ndarray) -> list:
    """Numbers of Python with no more digits than the array's precision has."""
    return values.astype(str).astype(np.float64).tolist()


def _rows(arm: str, history: History, kept: Sequence[int]) -> pa.Table:
    """A run's rows. The schema remembers pandas' own types: ``layer`` is read back as whole."""
    rows = pa.Table.from_pandas(history.to_pandas(kept), preserve_index=False)
    return rows.add_column(0, "arm", _same(arm, len(rows)))


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
