"""What a file that was taken away is called: two different runs never share a name."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.export.source import _digest, file_name
from models import ACTIVATIONS, Experiment
from models.experiment import CHOICES
from models.own_weights import to_json
from tests.components.export.programs import source_of

OTHER = {"activation": "relu", "depth": 3, "width": 4, "init": "he_normal", "optimizer": "adam",
         "learning_rate": 0.01, "steps": 5_000, "networks": 16, "seed": 7, "dtype": "float64",
         "activation_parameter": 0.3, "output": "squared", "data": "nand_centred",
         "hidden": (5, 10, 5), "gain": 0.02, "bias": "as_weights", "momentum": 0.75,
         "weight_decay": 0.003, "batch": 3, "order": "shuffled",
         "start": ((((1.0,), (2.0,)), (3.0,)),),
         "norm": "layer", "skip": True, "clip": 0.7, "unit_gradient": True, "accumulate": True,
         "broadcast": True}  # fmt: skip
"""A value of each field that is not the default (the parameter: of a leaky ReLU)."""
NEEDED = {"hidden": {}, "momentum": {"optimizer": "nesterov"}, "order": {"batch": 2},
          "start": {"depth": 0, "networks": 1}, "broadcast": {"output": "squared"}}  # fmt: skip
"""What a run needs to have some value of a field."""


NAMED = ("skip", "unit_gradient", "accumulate", "broadcast")
"""Those that are on or off."""


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    """Any run, most of its values the defaults or one alternative, so that pairs come close."""
    usual = vars(Experiment())
    apart = ("activation", "activation_parameter", "momentum", "start")
    names = [name for name in usual if name not in apart]
    some = {name: draw(st.sampled_from([usual[name], OTHER[name]])) for name in names}
    some["learning_rate"] = draw(
        st.one_of(st.sampled_from([0.1, 0.01, 1.0]), st.floats(1e-6, 999, allow_subnormal=False))
    )
    if some["output"] == "sigmoid":
        some["broadcast"] = False
    activation = draw(st.sampled_from(list(ACTIVATIONS)))
    parameter = ACTIVATIONS[activation].parameter
    value = draw(st.sampled_from([None, parameter.low, parameter.high])) if parameter else None
    if some["optimizer"] == "sgd" and draw(st.booleans()):
        some |= {"optimizer": "nesterov", "momentum": draw(st.sampled_from([0.9, 0.75]))}
    if draw(st.booleans()):
        fit = NEEDED["start"] | {"hidden": None, "output": "sigmoid", "broadcast": False}
        some |= fit | {"start": draw(st.sampled_from([None, OTHER["start"]]))}
    return Experiment(activation=activation, activation_parameter=value, **some)


def runs() -> st.SearchStrategy[list[Experiment]]:
    return st.lists(experiments(), min_size=1, max_size=8, unique=True)


@given(runs(), runs())
def test_different_runs_have_different_names(some, others):
    names = [file_name(of, "history", ending="csv") for of in (some, others)]
    assert (names[0] == names[1]) == (some == others)
    for name in names:
        assert re.fullmatch(r"(xor|nand)-[a-z0-9.-]+-history\.csv", name)
        assert len(name) < 120


@pytest.mark.parametrize("field", OTHER)
def test_every_value_that_is_not_the_default_is_in_the_name(field):
    start = Experiment(activation="leaky_relu", **NEEDED.get(field, {}))
    parameter = None if field == "activation" else start.activation_parameter
    changed = replace(start, **{"activation_parameter": parameter, field: OTHER[field]})
    name = file_name([changed], "setting", ending="json")
    assert name != file_name([start], "setting", ending="json")
    values = {"hidden": "5-10-5", "start": _digest(to_json(OTHER["start"])),
              **{name: name for name in NAMED}}  # fmt: skip
    value = values.get(field, f"{OTHER[field]}").replace("_", "-")
    assert re.search(rf"(?<![\d.]){re.escape(value)}(?![\d.])", name), name
    both = file_name([start, changed], "history", ending="csv")
    assert value in both, "and in a comparison both are"
    assert both != file_name([changed, start], "history", ending="csv")


def test_every_field_of_a_run_has_its_place_in_the_name():
    assert OTHER.keys() == vars(Experiment()).keys()
    for field, allowed in CHOICES.items():
        usual = Experiment(**NEEDED.get(field, {}))
        each = {
            file_name([usual.with_activation(value) if field == "activation"
                       else replace(usual, **{field: value})], ending="py")
            for value in allowed
        }  # fmt: skip
        assert len(each) == len(allowed)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("field", [field for field in OTHER if field != "dtype"])
def test_every_value_that_is_not_the_default_is_told(field, language):
    """In the lines that data, programs and the report begin with, and in the line of a picture."""
    start = Experiment(activation="leaky_relu", **NEEDED.get(field, {}))
    parameter = None if field == "activation" else start.activation_parameter
    changed = replace(start, **{"activation_parameter": parameter, field: OTHER[field]})
    source = source_of(start, language=language)
    assert source.setting(changed) != source.setting(start)
    assert field == "activation" or source.line([changed]) != source.line([start])


def test_a_files_name_is_what_a_reader_would_call_it():
    first = [Experiment(), Experiment(activation="relu")]
    assert file_name(first, "loss", ending="png") == "xor-sigmoid-vs-relu-9x10-seed0-loss.png"
    tried = Experiment(activation="relu", init="he_normal", learning_rate=0.01, seed=3)
    name = file_name([tried], "network4", ending="py")
    assert name == "xor-relu-9x10-seed3-init-he-normal-rate0.01-network4.py"


def test_a_long_setting_is_cut_and_told_apart_all_the_same():
    family = [Experiment(activation=name, learning_rate=0.03) for name in ACTIVATIONS]
    other = [replace(e, networks=63) for e in family]
    names = {file_name(of, "history", ending="csv") for of in (family, other)}
    assert len(names) == 2
    for name in names:
        assert re.fullmatch(r"xor-sigmoid-vs-tanh-[a-z0-9.-]+-[0-9a-f]{8}-history\.csv", name)
