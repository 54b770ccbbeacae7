"""Comparing anything: a second run with values of its own, presets, names, colours."""

import itertools
import re
from dataclasses import replace

import pytest

from components.drawing.charts.style import Style
from components.panels.sidebar import PRESETS
from components.settings.choice import choice_of
from components.settings.naming import OUTPUT_PARTS, run_names, setting_in_words, style_of
from components.settings.state import COMPARABLE, DEFAULTS, FAMILY, ITEMS
from components.settings.state.items import PANELS
from components.words.text import LANGUAGES, text
from models import ACTIVATIONS, OUTPUTS, Experiment
from models.comparison import differing
from models.own_weights import to_json
from tests.components.page import Page, plain

WEIGHTS = (((((1.0, -1.0), (0.5, 2.0)), (0.0, 0.25))), (((1.0,), (-2.0,)), (0.0,)))
OWN = {
    "init": "he_normal",
    "optimizer": "adam",
    "learning_rate": 0.01,
    "depth": 2,
    "width": 3,
    "slope": 0.3,
    "alpha": 2.0,
    "output": "squared",
    "data": "xnor_centred",
    "hidden": (5, 10, 5),
    "gain": 0.01,
    "bias": "as_weights",
    "start": WEIGHTS,
    "momentum": 0.5,
    "batch": 1,
    "order": "shuffled",
    "weight_decay": 0.001,
    "norm": "layer",
    "skip": True,
    "clip": 0.5,
    "unit_gradient": True,
    "accumulate": False,  # a mistake that the first run makes is mended
    "broadcast": False,
}
# What a control applies to.
BESIDE = {
    "slope": {"activation": "leaky_relu"},
    "alpha": {"activation": "elu"},
    "momentum": {"optimizer": "nesterov"},
    "order": {"batch": 3},
    "accumulate": {"accumulate": "on"},
    "broadcast": {"broadcast": "on", "output": "squared"},
}
WRITTEN = {"hidden": "5, 10,5", "start": to_json(WEIGHTS)}
FIELDS = {"slope": "activation_parameter", "alpha": "activation_parameter"}
EXPERIMENTS = [
    Experiment(),
    Experiment(activation="relu"),
    Experiment(activation="relu", init="he_normal"),
    Experiment(activation="relu", init="he_normal", optimizer="adam", learning_rate=0.01),
    Experiment(activation="leaky_relu", activation_parameter=0.3),
    Experiment(activation="leaky_relu", activation_parameter=0.01),
    Experiment(depth=20, width=5),
    Experiment(depth=0),
    Experiment(output="linear"),
    Experiment(output="squared"),
    Experiment(output="sigmoid_squared"),
    Experiment(hidden=(5, 10, 5)),
    Experiment(data="xor_centred"),
    Experiment(gain=0.01),
    Experiment(bias="as_weights"),
    Experiment(optimizer="nesterov", batch=1),
    Experiment(optimizer="nesterov", momentum=0.5, batch=1, order="shuffled"),
    Experiment(weight_decay=0.1, batch=2),
    Experiment(norm="batch", skip=True),
    Experiment(norm="layer", clip=1, unit_gradient=True),
    Experiment(accumulate=True),
    Experiment(output="squared", broadcast=True),
    Experiment(output="sigmoid_squared_signed", broadcast=True, accumulate=True),
    Experiment(output="sigmoid_twice"),
    Experiment(start=WEIGHTS, depth=1, width=2, networks=1),
    Experiment(start=(WEIGHTS[0], (*WEIGHTS[1][:1], (1.0,))), depth=1, width=2, networks=1),
]


def test_every_comparable_control_is_tried_here():
    assert OWN.keys() == set(COMPARABLE)


@pytest.mark.parametrize("control", COMPARABLE)
def test_a_second_run_differs_in_what_its_own_control_says_and_in_nothing_else(control):
    beside = {"activation": "tanh", "depth": 3, "width": 4} | BESIDE.get(control, {})
    page = Page(compare=beside["activation"], **beside)
    assert len(page.experiments) == 1
    assert page.words("controls.no_difference") in [c.value for c in page.app.sidebar.caption]
    if control in WRITTEN:
        page.set(f"compare_{control} text", WRITTEN[control])
    else:
        page.set(f"compare_{control}", OWN[control])
    first, second = page.experiments
    own = {FIELDS.get(control, control): OWN[control]}
    if control == "start":
        own |= {"networks": 1, "hidden": (2,)}
        assert first.networks == 1, "both have as many"
    assert second == replace(first, **own)
    item = ITEMS[f"compare_{control}"]
    assert item.read(page.app.query_params[f"compare_{control}"]) == OWN[control]
    names = run_names(page.words, [first, second])
    assert [plain(row) for row in re.findall(r'<th scope="row">(.*?)</th>', page.html)] == [*names]
    assert all(re.search(rf"{re.escape(name)}[ :]", page.verdict) for name in names)


def test_a_second_run_may_differ_in_several_things_and_the_whole_page_shows_it():
    own = {f"compare_{name}": OWN[name] for name in ("init", "optimizer", "depth", "width")}
    for panel in PANELS:
        page = Page(activation="relu", compare="tanh", depth=3, width=4, inside=panel, **own)
        assert not page.errors and not page.app.exception
        first, second = page.experiments
        assert differing([first, second]) == ["activation", "depth", "width", "init", "optimizer"]
        assert page.words("start.seeds") in [c.value for c in page.app.sidebar.caption]
        arms = set(page.tables()["summary"].arm)
        assert arms == {"ReLU, U(-1, 1), GD, depth 3, width 4",
                        "tanh, He normal, Adam, depth 2, width 3"}  # fmt: skip


@pytest.mark.parametrize(
    ("compare", "expected"),
    [
        ({"compare": "sigmoid"}, "same"),
        ({"compare": "relu", "compare_init": "pytorch"}, "scaled"),
        ({"compare": "relu", "compare_init": "he_normal"}, "seeds"),
        ({"compare": "relu", "compare_width": 5}, "seeds"),
    ],
)
def test_the_page_says_what_both_runs_start_from(compare, expected):
    page = Page(activation="relu", depth=2, **compare)
    captions = [caption.value for caption in page.app.sidebar.caption]
    assert page.words(f"start.{expected}") in captions


def test_an_offer_that_lowers_the_width_lowers_the_second_runs_own():
    page = Page(
        settle=False, activation="maxout", compare="relu", compare_width=128, depth=50, width=128,
        steps=1000, dtype="float64",
    )  # fmt: skip
    assert page.offers
    key = next(key for key in page.offers if "width" in key)
    page.click(key, settle=False)
    values = {name: page.kept(name) for name in DEFAULTS}
    first, second = choice_of(values).experiments
    assert first.width == second.width < 128


@pytest.mark.parametrize("language", LANGUAGES)
def test_runs_have_different_names_and_colours(language):
    for pair in itertools.permutations(EXPERIMENTS, 2):
        names = run_names(text(language), pair)
        assert len(set(names)) == 2
        for dark in (False, True):
            style = style_of(text(language), dark, pair)
            assert tuple(style.names) == names
            assert len(set(style.colors)) == 2


@pytest.mark.parametrize(
    ("runs", "names"),
    [
        ([{}, {"output": "sigmoid_squared"}], ("cross-entropy", "squared error")),
        ([{}, {"output": "linear"}], ("sigmoid output", "linear output")),
        ([{}, {"output": "squared"}],
         ("sigmoid output, cross-entropy", "linear output, squared error")),
        ([{}, {"batch": 1, "order": "shuffled"}], ("full batch", "batch of 1, shuffled")),
        ([{"batch": 2}, {"batch": 2, "order": "shuffled"}], ("fixed order", "shuffled")),
        ([{"gain": 0.01}, {}], ("gain 0.01", "gain 1")),
        ([{"hidden": (5, 10, 5)}, {"depth": 3, "width": 5}], ("5-10-5", "3 × 5")),
        ([{"optimizer": "nesterov"}, {"optimizer": "momentum", "momentum": 0.5}],
         ("Nesterov", "Momentum 0.5")),
        ([{"data": "xnor"}, {"data": "and_centred"}], ("XNOR", "AND ±1")),
        ([{"init": "he_normal", "gain": 2.0}, {"start": WEIGHTS, "hidden": (2,)}],
         ("He normal, depth 9, width 10", "own weights, depth 1, width 2")),
    ],
)  # fmt: skip
def test_a_run_is_called_by_what_differs_and_by_nothing_that_follows_from_it(runs, names):
    experiments = [Experiment(**{"networks": 1, **run}) for run in runs]
    assert run_names(text("en"), experiments) == names


def test_every_outputs_two_parts_have_names():
    assert OUTPUT_PARTS.keys() == OUTPUTS.keys()
    assert len(set(OUTPUT_PARTS.values())) == len(OUTPUTS), "and no two outputs the same"


@pytest.mark.parametrize(
    ("fields", "setting"),
    [
        ({}, "9 hidden layers × 10 units · U(-1, 1) · Gradient descent, rate 0.1 · 64 networks"),
        ({"hidden": (5, 10, 5), "data": "xnor", "gain": 0.01, "bias": "as_weights",
          "optimizer": "nesterov", "momentum": 0.5, "batch": 1, "order": "shuffled", "steps": 6_000,
          "output": "tanh_squared", "weight_decay": 0.1},
         "XNOR · hidden layers 5-10-5 · U(-1, 1) × 0.01, biases like weights · "
         "Nesterov momentum 0.5, rate 0.1 · "
         "64 networks · tanh + squared error · batch of 1, shuffled (1,500 epochs) · "
         "weight decay 0.1"),
        ({"start": WEIGHTS, "hidden": (2,), "networks": 1, "optimizer": "rmsprop"},
         "1 hidden layer × 2 units · own weights · RMSprop, rate 0.1 · 1 network"),
    ],
)  # fmt: skip
def test_the_setting_says_what_is_not_as_usual_and_nothing_else(fields, setting):
    assert setting_in_words(text("en"), [Experiment(**fields)]) == setting


def test_only_a_run_with_batches_has_an_order():
    runs = [Experiment(), Experiment(batch=1, order="shuffled", steps=200)]
    said = setting_in_words(text("en"), runs)
    assert said.endswith(" · full batch ↔ batch of 1, shuffled (50 epochs)")


def test_a_run_alone_is_called_by_its_activation():
    for name, phi in ACTIVATIONS.items():
        assert run_names(text("en"), [Experiment(activation=name)]) == (phi.label,)


def test_the_lectures_six_have_six_colours_and_the_first_of_two_alike_keeps_its_own():
    six = Style("en", False, ("sigmoid", "tanh", "relu", "leaky_relu", "maxout", "elu"))
    assert len(set(six.colors)) == 6
    for place, name in enumerate(six.activations):
        assert Style("en", False, (name, name)).colors[0] == six.colors[place]


@pytest.mark.parametrize("preset", PRESETS)
def test_what_a_preset_changes_stands_below_it(preset):
    page = Page(settle=False, networks=64, steps=1000)
    page.set("preset", preset, settle=False)
    said = [c.value for c in page.app.sidebar.caption if "first screen" in c.value]
    assert len(said) == 1
    if not PRESETS[preset]:
        assert said == [page.words("presets_change.none")]
        return
    *_, changes = said[0].partition(": ")
    listed = changes.removesuffix(".").split("; ")
    changed = {name for name in DEFAULTS if (DEFAULTS | PRESETS[preset])[name] != DEFAULTS[name]}
    assert len(listed) == len(changed)


def test_the_lectures_own_net_is_a_preset():
    first, second = choice_of(DEFAULTS | PRESETS["net"]).experiments
    lecture = Experiment(activation="relu", depth=9, width=5, init="lecture", optimizer="sgd",
                         learning_rate=0.1, steps=10_000)  # fmt: skip
    assert first == lecture
    assert second == replace(lecture, activation="sigmoid")


def test_a_family_starts_from_the_same_weights_and_differs_in_nothing_but_the_function():
    family = choice_of(DEFAULTS | {"compare": FAMILY})
    assert differing(family.experiments) == ["activation"]
    assert family.experiments[0].activation == DEFAULTS["activation"]
    names = {experiment.activation for experiment in family.experiments}
    assert names == {"sigmoid", "tanh", "relu", "leaky_relu", "maxout", "elu"}
    own = {"compare": FAMILY, "members": ("mish",), "activation": "elu", "alpha": 2.0}
    first, second = choice_of(DEFAULTS | own).experiments
    assert (first.activation, first.activation_parameter, second.activation) == ("elu", 2.0, "mish")


def test_what_two_runs_of_one_function_have_of_their_own_is_said_of_each():
    page = Page(activation="elu", compare="elu", compare_alpha=2.0, compare_width=4, width=9)
    captions = " ".join(caption.value for caption in page.app.caption)
    first, second = page.experiments
    names = run_names(page.words, [first, second])
    assert f"ELU, {names[0]}: 1.0 · ELU, {names[1]}: 2.0" in captions, "each one's steepest slope"
    facts = "\n".join(markdown.value for markdown in page.app.markdown)
    for experiment in (first, second):
        assert f"{experiment.parameter_count:,}" in facts
