"""Exported data: every value that the lab shows, where it says, and settings that come back."""

import io
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
import torch

from components.export import data
from components.export.source import Source
from components.settings.naming import style_of
from components.words.text import text
from models import ACTIVATIONS, Experiment, History, initial_parameters
from models.outputs import OUTPUTS
from models.tasks import XOR
from models.trainer import train_together
from tests.models.reference import activation_module

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
    """As the file says itself that it is read."""
    said = re.search("^# (pd.read_csv.*)$", raw.decode("utf-8-sig"), re.MULTILINE)[1]
    return eval(said, {"pd": pd, "file": io.BytesIO(raw)})


def check(frame: pd.DataFrame, source: Source, histories: list[History]) -> None:
    """Every value of the runs stands in the row that says so, and nothing else does."""
    assert list(frame.columns) == ["arm", "network", "layer", "step", "measure", "value"]
    assert frame["layer"].dtype == "Int64"
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
        for measure in ("solved", "diverged", "undefined"):
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
    raw = data.csv(source, histories)
    assert raw.startswith(b"\xef\xbb\xbf# "), "Excel knows UTF-8 by it"
    assert set(read_csv(raw)["arm"]) == set(source.style.names)
    head = raw.decode().split('"arm"')[0]
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


def forward(layers: list[dict], experiment: Experiment) -> np.ndarray:
    """The answers to the four points of a network as the file says that it is computed."""
    h = XOR.inputs.double()
    phi, shape = activation_module(experiment), experiment.shape
    for place, layer in enumerate(layers):
        told = {name: torch.tensor(values, dtype=h.dtype) for name, values in layer.items()}
        z = h @ told["W"] + told["b"]
        if place == len(layers) - 1:
            return experiment.output_layer.hypothesis(z)[:, 0].numpy()
        if "scale" in told:
            over = {"batch": 0, "layer": 1}[experiment.norm]
            mean, var = z.mean(over, keepdim=True), z.var(over, correction=0, keepdim=True)
            z = told["scale"] * (z - mean) / torch.sqrt(var + 1e-5) + told["shift"]
        before, h = h, phi(z)
        if shape.is_skipped(place):
            h = h + before
    raise AssertionError("no last layer")


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_scales_and_shifts_are_told_beside_the_weights(norm):
    """As far as they were trained, and how they are used."""
    run = replace(RUNS[0], depth=3, norm=norm, skip=True, dtype="float64", optimizer="adam")
    (history,) = train_together([run])
    source = source_of([history])
    read = json.loads(data.weights(source, [history], 0))
    for said in (f"weights_{norm}", "weights_skip"):
        assert source.words(f"export.{said}") in read["about"]["how"]
    for network in read["runs"][0]["networks"]:
        number = network["network"]
        start, end = (network[when]["layers"] for when in ("start", "end"))
        assert [{"scale", "shift"} <= layer.keys() for layer in end] == [True] * 3 + [False]
        assert start[0]["scale"] == [1.0] * 4 and start[0]["shift"] == [0.0] * 4
        assert end[0]["scale"] != start[0]["scale"]
        answers = forward(end, run)
        np.testing.assert_allclose(answers, history.hypothesis[-1, :, number], rtol=1e-7)


@pytest.mark.parametrize("activation", ["tanh", "maxout", "leaky_relu"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_are_read_back_to_the_bit_and_give_the_answers(activation, dtype):
    run = replace(RUNS[0], activation=activation, activation_parameter=None, dtype=dtype, depth=3)
    histories = train_together([run, run.with_activation("relu")])
    read = json.loads(data.weights(source_of(histories), histories, 2))
    assert [each["run"] for each in read["runs"]] == source_of(histories).style.names
    for each, history in zip(read["runs"], histories, strict=True):
        assert Experiment(**each["setting"]) == history.experiment
        assert [network["network"] for network in each["networks"]] == [0, 1, 2]
        for network in each["networks"]:
            number = network["network"]
            assert network["seed"] == 5 + number
            for when, place, step in (("start", 0, 0), ("end", -1, 60)):
                end = network[when]
                assert end["step"] == step
                told = zip(end["layers"], history.parameters(place, number), strict=True)
                for layer, (weight, bias) in told:
                    np.testing.assert_array_equal(np.array(layer["W"], dtype), weight)
                    np.testing.assert_array_equal(np.array(layer["b"], dtype), bias)
                answers = forward(end["layers"], history.experiment)
                np.testing.assert_allclose(answers, history.hypothesis[place, :, number], rtol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ["tanh", "maxout"])
def test_a_networks_weights_are_where_another_run_starts(activation, dtype):
    """To the bit, before training and after."""
    run = replace(RUNS[0], activation=activation, dtype=dtype, hidden=(4, 2), output="softmax")
    (whole,) = train_together([run])
    for frame in (0, -1):
        start = json.loads(data.own_weights(whole, 2, frame))
        again = replace(run, networks=1, start=start)
        assert Experiment(**json.loads(data.setting(again))) == again
        parameters = initial_parameters(again)
        for (weight, bias), (w, b) in zip(whole.parameters(frame, 2), parameters, strict=True):
            np.testing.assert_array_equal(w[0].numpy(), weight, strict=True)
            np.testing.assert_array_equal(b[0].numpy(), bias, strict=True)


def test_no_run_starts_where_it_may_not(histories, monkeypatch):
    assert data.can_start(histories, 2, 0)
    assert not data.can_start(histories, 3, 0), "it was not kept"
    monkeypatch.setattr(data, "LARGEST", 0.5)
    assert not data.can_start(histories, 2, 0)
    monkeypatch.undo()
    monkeypatch.setattr(data, "MOST_NUMBERS", 20)
    assert not data.can_start(histories, 2, 0)


def test_too_many_weights_are_of_the_network_in_view_or_not_offered(histories, monkeypatch):
    one = 2 * sum(history.experiment.parameter_count for history in histories)
    monkeypatch.setattr(data, "MOST_WEIGHTS", one)
    read = json.loads(data.weights(source_of(histories), histories, 2))
    assert [[n["network"] for n in run["networks"]] for run in read["runs"]] == [[2], [2]]
    assert data.has_weights(histories)
    monkeypatch.setattr(data, "MOST_WEIGHTS", one - 1)
    assert not data.has_weights(histories)
