"""Axes as one types them."""

import pytest

from models import Experiment, ExperimentError
from models.sweep import AXES, Axis, SweepError, parse_axis

READ = {
    "init=lecture,he_normal": ("lecture", "he_normal"),
    "depth=0:4": (0, 1, 2, 3, 4),
    "depth=0:50:20": (0, 20, 40),
    "depth=0:2, 5:9:2": (0, 1, 2, 5, 7, 9),
    "learning_rate=0.001:10/5": (0.001, 0.01, 0.1, 1.0, 10.0),
    "gain=0.25:4/3": (0.25, 1.0, 4.0),
    "momentum=0:0.9/4": (0.0, 0.3, 0.6, 0.9),
    "width=1:8/4": (1, 2, 4, 8),
    "width=1:3/9": (1, 2, 3),
    "weight_decay=0:0.3:0.1": (0.0, 0.1, 0.2, 0.3),
    "skip=off,true": (False, True),
    "batch=4,1": (4, 1),
    "norm=none,batch": ("none", "batch"),
    "depth=3": (3,),
}
REFUSED = {
    "deepness=1:3": "there is no axis 'deepness'; allowed: depth, width",
    "depth": "has no values; write depth=0:20",
    "depth=": "has no values",
    "depth=5:2": "'5:2' is empty",
    "depth=0:51": "depth = '51' is not possible; allowed: whole numbers from 0 to 50",
    "depth=0:1e9": "not possible",
    "depth=2.5": "not possible",
    "depth=nan": "not possible",
    "depth=one": "'one' cannot be read",
    "depth=0:9:0": "goes on by 0",
    "depth=0:9:0.5": "a step is a whole number above 0",
    "depth=0:9:1:1": "cannot be read",
    "depth=0:9:3/4": "cannot be read",
    "depth=0:9/one": "no number of values",
    "depth=1,2,1": "depth = 1 is given twice",
    "steps=1:200000": "more than 1,000 values",
    "learning_rate=0.1:1": "write learning_rate=0.1:1/9 for nine",
    "learning_rate=0:1/5": "not possible",
    "weight_decay=0:1e-9:1e-300": "more than 1,000 values",
    "init=he": "init = 'he' is not possible; allowed: lecture, lab",
    "skip=maybe": "allowed: off, on",
    "depth=" + "1," * 5_000: "more than 1,000 values",
}


@pytest.mark.parametrize("text", READ)
def test_an_axis_is_read(text):
    axis = parse_axis(text)
    assert axis.values == READ[text]
    assert list(map(type, axis.values)) == list(map(type, READ[text]))
    assert parse_axis(axis.text) == axis


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_axis_is_refused_in_one_short_sentence(text):
    with pytest.raises(SweepError) as refused:
        parse_axis(text)
    assert REFUSED[text] in str(refused.value)
    assert "\n" not in str(refused.value) and len(str(refused.value)) < 300


@pytest.mark.parametrize("name", AXES)
def test_every_axis_is_a_field_whose_usual_values_and_limits_are_possible(name):
    kind, tried = AXES[name], []
    values = parse_axis(f"{name}={kind.usual}").values
    for value in (*values, *((kind.low, kind.high) if kind.is_number else kind.choices)):
        assert Axis(name, (value,)).values == (value,)
        try:
            Experiment(**{name: value, **({"optimizer": "momentum"} if name == "momentum" else {})})
            tried.append(value)
        except ExperimentError as wrong:
            assert wrong.field != name, wrong
    assert tried


@pytest.mark.parametrize("values", [(True,), (1.5,), ("1",), (float("inf"),), (None,), ()])
def test_a_value_of_another_type_is_no_depth(values):
    with pytest.raises(SweepError):
        Axis("depth", values)
