"""The table of a sweep, and its file."""

import json
import math
from io import BytesIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models import Experiment
from models.sweep import FIGURES, Atlas, Sweep, SweepError, parse_axis
from models.sweep.run import compute

AXES = ("depth=1:2", "norm=none,batch", "batch=1,4")
SWEEP = Sweep(Experiment(steps=20, networks=6), tuple(map(parse_axis, AXES)))


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    possible = [cell for cell in SWEEP.cells() if cell.experiment]
    return Atlas.of(SWEEP, {cell.index: compute([cell.experiment])[0] for cell in possible})


def test_a_row_a_cell_and_nan_where_nothing_is_known(atlas):
    table = atlas.table
    assert list(table.columns[:5]) == ["depth", "norm", "batch", "networks", "solved"]
    assert list(table.columns[-2:]) == ["refused", "done"]
    assert list(zip(table.depth, table.norm, table.batch, strict=True)) == [
        cell.values for cell in SWEEP.cells()
    ]
    refused = table.refused != ""
    assert refused.sum() == 2
    assert table.solved.isna().equals(refused)
    assert atlas.is_complete
    empty = Atlas.of(SWEEP)
    assert empty.table.done.equals(refused)
    assert empty.table.solved.isna().all()
    assert empty.table.dtypes.equals(table.dtypes)
    assert Atlas.of(SWEEP, atlas.rows()).csv() == atlas.csv()


def test_it_comes_back_from_its_file_to_the_bit(atlas, tmp_path):
    path = tmp_path / "atlas.parquet"
    atlas.write(path)
    back = Atlas.read(path)
    assert (back.sweep, back.engine) == (SWEEP, atlas.engine)
    pd.testing.assert_frame_equal(back.table, atlas.table, check_exact=True)
    assert back.parquet() == atlas.parquet() == path.read_bytes()
    assert Atlas.read(path.read_bytes()).csv() == atlas.csv()
    assert [path.name] == [left.name for left in tmp_path.iterdir()]
    told = json.loads(pq.read_schema(path).metadata[b"atlas"])
    assert told["command"] == SWEEP.command and told["seed"] == 0


def test_its_csv_reads_back(atlas):
    back = pd.read_csv(BytesIO(atlas.csv().encode()), keep_default_na=False, na_values=[""])
    for figure in FIGURES.values():
        if figure.kind != "category":
            for column in figure.columns:
                assert np.allclose(back[column], atlas.table[column], rtol=1e-15, equal_nan=True)


def test_a_file_that_cannot_be_written_leaves_the_old_one(atlas, tmp_path, monkeypatch):
    path = tmp_path / "atlas.parquet"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        atlas.write(path)
    assert [(left.name, left.read_bytes()) for left in tmp_path.iterdir()] == [(path.name, b"old")]


def changed(atlas: Atlas, **columns: object) -> bytes:
    return Atlas(SWEEP, atlas.table.assign(**columns)).parquet()


def retold(data: bytes, told: object) -> bytes:
    """The same table under other metadata."""
    buffer = BytesIO()
    table = pq.read_table(BytesIO(data))
    pq.write_table(table.replace_schema_metadata({b"atlas": json.dumps(told)}), buffer)
    return buffer.getvalue()


def test_whatever_else_a_file_is_it_is_refused_in_a_sentence(atlas):
    good = atlas.parquet()
    told = json.loads(pq.read_schema(BytesIO(good)).metadata[b"atlas"])
    foreign = BytesIO()
    pq.write_table(pa.table({"a": [1]}), foreign)
    larger = {**told["sweep"], "axes": [["depth", list(range(51))]]}
    wrong = {
        "empty": b"",
        "text": b"depth,solved\n1,2\n",
        "cut": good[: len(good) // 2],
        "foreign": foreign.getvalue(),
        "no metadata": retold(good, None),
        "another format": retold(good, {**told, "format": 2}),
        "another sweep": retold(good, {**told, "sweep": larger}),
        "no sweep": retold(good, {**told, "sweep": 5}),
        "deep": retold(good, {**told, "sweep": {"base": {"depth": 99}, "axes": []}}),
        "a column more": changed(atlas, seconds=1.0),
        "a column less": Atlas(SWEEP, atlas.table.drop(columns="cause")).parquet(),
        "a row less": Atlas(SWEEP, atlas.table.iloc[1:]).parquet(),
        "other cells": changed(atlas, depth=3),
        "text for numbers": changed(atlas, ratio="<b>"),
        "too many": changed(atlas, solved=7.0),
        "half a network": changed(atlas, solved=0.5),
        "less than none": changed(atlas, diverged=-1.0),
        "another cause": changed(atlas, cause="<script>"),
        "another refusal": changed(atlas, refused="<script>"),
    }
    for name, data in wrong.items():
        with pytest.raises(SweepError, match="is not an atlas, or damaged: ") as refused:
            Atlas.read(data)
        assert "\n" not in str(refused.value), name


def test_a_byte_that_was_turned_is_noticed_or_changes_a_number_only(atlas):
    good = atlas.parquet()
    for place in range(0, len(good), 97):
        bad = bytearray(good)
        bad[place] ^= 0xFF
        try:
            table = Atlas.read(bytes(bad)).table
        except SweepError:
            continue
        assert math.prod(table.shape) == math.prod(atlas.table.shape)
