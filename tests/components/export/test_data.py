"""Exported data: every value that the lab shows, where it says, and settings that come back."""

import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

from components.export import data
from components.export.source import Source
from components.naming import style_of
from components.text import text
from models import ACTIVATIONS, Experiment, History
from models.outputs import OUTPUTS
from models.trainer import train_together

RUNS = [
    Experiment(activation="tanh", depth=2, width=4, steps=60, networks=3, seed=5),
    Experiment(activation="maxout", depth=4, width=3, steps=60, networks=3, seed=5,
               learning_rate=1000.0, output="squared"),
]  # fmt: skip


@pytest.fixture(scope="module")
def histories() -> list[History]:
    return train_together(RUNS)


def source_of(histories: list[History], language: str = "en") -> Source:
    experiments = [history.experiment for history in histories]
    return Source(style_of(text(language), False, experiments), "https://lab.example/?depth=2")


def read_csv(raw: bytes) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(raw), comment="#")


def check(frame: pd.DataFrame, source: Source, histories: list[History]) -> None:
    """Every value of the runs stands in the row that says so, and nothing else does."""
    assert list(frame.columns) == ["arm", "network", "layer", "step", "measure", "value"]
    count = 0
    for arm, history in zip(source.style.names, histories, strict=True):
        own = frame[frame["arm"] == arm].set_index(["measure", "step", "network"])
        for measure in ("loss", "accuracy"):
            values = own.loc[measure]["value"].unstack("network").sort_index()
            np.testing.assert_array_equal(values, getattr(history, measure))
            assert own.loc[measure]["layer"].isna().all()
            count += values.size
        norms = own.loc["weight_gradient_norm"].reset_index()
        shape = history.weight_gradient_norm.shape
        ordered = norms.sort_values(["step", "layer", "network"])["value"].to_numpy()
        np.testing.assert_array_equal(ordered.reshape(shape), history.weight_gradient_norm)
        assert sorted(norms["layer"].unique()) == list(range(1, history.experiment.layers + 1))
        count += norms.shape[0]
        for measure in ("solved", "diverged"):
            values = own.loc[measure].reset_index()
            assert set(values["step"]) == {history.steps[-1]}
            np.testing.assert_array_equal(values["value"], getattr(history, measure))
            count += len(values)
    assert len(frame) == count


def test_csv_holds_every_value(histories):
    assert histories[1].diverged.any(), "some values are no numbers"
    source = source_of(histories)
    check(read_csv(data.csv(source, histories)), source, histories)


def test_parquet_holds_every_value(histories):
    source = source_of(histories)
    check(pd.read_parquet(io.BytesIO(data.parquet(source, histories))), source, histories)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_data_say_what_they_are(histories, language):
    source = source_of(histories, language)
    head = data.csv(source, histories).decode().split('"arm"')[0]
    about = pyarrow.parquet.read_schema(io.BytesIO(data.parquet(source, histories))).metadata
    for said in (head, about[b"about"].decode()):
        assert source.link in said
        assert all(name in said for name in source.style.names)
        for name in ("arm", "network", "layer", "step", *data.MEASURES):
            assert f"{name}: " in said


def test_too_many_values_are_thinned_and_said_so(histories, monkeypatch):
    source = source_of(histories)
    whole = read_csv(data.csv(source, histories))
    monkeypatch.setattr(data, "MOST_ROWS", len(whole) // 3)
    raw = data.csv(source, histories)
    thin = read_csv(raw)
    a_step = len(whole) / len(histories[0].steps)
    assert len(thin) <= len(whole) // 3 + 2 * a_step  # the last one, and the ends
    assert {0, RUNS[0].steps} <= set(thin["step"]) < set(whole["step"])
    assert text("en")("export.thinned", every=3) in raw.decode()
    merged = thin.merge(whole, on=list(thin.columns[:-1]), suffixes=("", "_whole"))
    assert len(merged) == len(thin)
    np.testing.assert_array_equal(merged["value"], merged["value_whole"])


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("output", OUTPUTS)
def test_a_setting_is_read_back(activation, output):
    experiment = replace(RUNS[0], activation=activation, activation_parameter=None, output=output)
    assert Experiment(**json.loads(data.setting(experiment))) == experiment
