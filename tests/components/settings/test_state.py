"""The page's state and its link: every value comes back, and no link, however odd, does harm."""

import math
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
import segno
import streamlit
from hypothesis import example, given, settings
from hypothesis import strategies as st
from streamlit.runtime.state.query_params_proxy import QueryParamsProxy
from streamlit.testing.v1 import AppTest

import components
from components.drawing.charts.loss import SCALES
from components.drawing.plane import point_name
from components.panels import link_notice
from components.settings.choice import choice_of
from components.settings.naming import value_name
from components.settings.state import ITEMS, LABELS, session
from components.settings.state.items import (
    LAB,
    LESSON,
    RATE_CHOICES,
    SIZED,
    TYPED,
    VIEWS,
)
from components.settings.state.link import BY_PARAMETER, is_foreign, nearest, read_link, write_link
from components.settings.state.runs import GROUPS, controls_beside
from components.words.text import LANGUAGES, text
from models import ACTIVATIONS, Experiment
from models.own_weights import start_from_json, to_json
from models.tasks import XOR
from tests.components.page import SCRIPT, Page

LINKED = {item.name: item for item in ITEMS.values() if item.parameters}
DEFAULTS = {name: item.default for name, item in ITEMS.items()} | {"lang": "en"}
JUNK = [
    "", " ", "nan", "NaN", "inf", "-inf", "1e309", "-1e309", "9" * 400, "-1", "0", "0x10", "1_0",
    "٣", "１２", "²", "½", "Ⅳ", "1,000", "1e3", "+5", "3.0", "3.5", "1e-400", "true", "None",
    "<script>alert(1)</script>", "**b** [x](http://y) $z$ `c` :red[q]", "{asked}", "%s", "\0", "‮",
    "🙂", "a" * 5_000, "relu&depth=3", "ReLU", "reLU ", "../../etc/passwd", "null", "[]", "-0",
]  # fmt: skip
OPTIONS = [f"{option}" for labels in LABELS.values() for pair in labels.items() for option in pair]
texts = st.one_of(st.sampled_from([*JUNK, *OPTIONS]), st.text(max_size=40), st.floats().map(str),
                  st.integers().map(str))  # fmt: skip
texts |= st.lists(texts, min_size=2, max_size=4).map(",".join)
names = st.one_of(
    st.sampled_from(sorted(BY_PARAMETER)), st.sampled_from(JUNK), st.text(max_size=20)
)
links = st.dictionaries(names, st.lists(texts, min_size=1, max_size=3), min_size=1, max_size=8)
# What Markdown, LaTeX or Streamlit's own signs would act on.
OWN = "[[[[1,-1],[-1,1]],[0,0]],[[[1],[1]],[0]]]"
ACTIVE = re.compile(r"(?<!\\)[][]|[<>*`$#|~@{}^\x00-\x1f\u202e]|:\w|www\.")
GAP = re.compile(r"= ?, |: ?(None|–)?\.$|(None|–|“”) is|[(‘“][)’”]")


def allowed(name: str, value: object) -> bool:
    """Whether an item can have this value, asked of its control's options or range."""
    item = ITEMS[name]
    if value is DEFAULTS[name]:
        return True
    if name in LABELS:
        return value in LABELS[name] and type(value) is type(next(iter(LABELS[name])))
    return item.read(item.write(value)) == value


@settings(max_examples=500)
@given(links)
@example({"seed": ["inf"], "depth": ["9" * 400], "rate": ["1e309"]})
@example({"members": ["www.example.org,relu"], "seen": ["1,www.example.org"], "=": [""]})
@example({"compare": ["", "none"]})
def test_whatever_a_link_says_the_values_are_possible_and_what_is_wrong_is_named(link):
    values, problems = read_link(link, DEFAULTS)
    assert values.keys() == ITEMS.keys()
    assert all(allowed(name, value) for name, value in values.items())
    unknown = {name for name in link if name not in BY_PARAMETER and not is_foreign(name)}
    assert {problem.asked for problem in problems if problem.item is None} == unknown
    named = {problem.item.name for problem in problems if problem.item}
    for parameter, given_texts in link.items():
        item = BY_PARAMETER.get(parameter)
        if item and item.name not in named:  # then each of its texts reads as the value
            assert {repr(item.read(text)) for text in given_texts} == {repr(values[item.name])}
    for words in map(text, LANGUAGES):
        for problem in problems:
            line = link_notice.line(words, problem, values)
            assert not ACTIVE.search(line.replace("[W, b]", "")), line
            assert not GAP.search(line), line
            assert len(line) < 300


OF_A_RUN = {name for group in GROUPS.values() for name in group}
reals = st.floats(0.001, 0.99)
starts = st.lists(st.floats(-1e6, 1e6), min_size=9, max_size=9).map(
    lambda n: (((tuple(n[:2]), tuple(n[2:4])), tuple(n[4:6])), (((n[6],), (n[7],)), (n[8],)))
)
NUMBERS = {
    **dict.fromkeys(("depth", "width", "seed", "steps"), st.integers(1, 50)),
    **dict.fromkeys(("learning_rate", "gain", "momentum", "weight_decay"), reals),
    "batch": st.integers(1, 4),
    "clip": st.floats(1e-6, 1e6),
    "hidden": st.lists(st.integers(1, 128), min_size=1, max_size=50).map(tuple),
    "start": starts,
}
NUMBERS |= {f"compare_{name}": NUMBERS[name] for name in NUMBERS if f"compare_{name}" in LINKED}


@given(st.fixed_dictionaries({}, optional={
    item.name: st.sampled_from(list(LABELS[item.name])) if item.name in LABELS
    else NUMBERS[item.name] for item in LINKED.values() if item.name in LABELS | NUMBERS.keys()
}))  # fmt: skip
def test_a_link_that_was_written_is_read_as_it_was(changed):
    values = DEFAULTS | changed
    link = write_link(values, DEFAULTS)
    read, problems = read_link({name: [text] for name, text in link.items()}, DEFAULTS)
    refused = {problem.item.name for problem in problems}
    together = choice_of(values).refused
    then = values | {name: DEFAULTS[name] for name in together}
    asked = {BY_PARAMETER[parameter].name for parameter in link}
    of_a_run = {name for name in asked if name.removeprefix("compare_") in OF_A_RUN}
    idle = {name for name in of_a_run if not ITEMS[name].bears(then)}  # without what is refused
    assert refused == {*together, *(idle if together else ())} & asked, "what cannot be together"
    idle = {name for name in changed if name not in asked}
    assert read == values | {name: DEFAULTS[name] for name in refused | idle}
    assert asked == {n for n in values if values[n] != DEFAULTS[n] and n not in idle}
    assert not [
        name for name in idle if values[name] != DEFAULTS[name] and ITEMS[name].bears(values)
    ]
    assert all(text.isascii() and " " not in text for text in link.values()), "easy to type"


@st.composite
def settings_of_a_run(draw) -> dict:
    """Values of the items that a link may hold, each at its default or another possible one."""
    drawn = {
        item.name: draw(st.sampled_from([DEFAULTS[item.name], *LABELS[item.name]]))
        for item in LINKED.values()
        if item.name in LABELS
    }
    sizes = {name: draw(st.integers(1, 50)) for name in ("depth", "width", "seed", "view_number")}
    members = draw(st.lists(st.sampled_from(list(ACTIVATIONS)), min_size=1, unique=True))
    ways = {
        "rates": draw(st.sampled_from(RATE_CHOICES)),
        "view": draw(st.sampled_from(VIEWS)),
        "scale": draw(st.sampled_from(SCALES)),
        "members": ITEMS["members"].kept(members),
    }
    return DEFAULTS | drawn | sizes | ways | {"networks": 64}


@given(settings_of_a_run(), settings_of_a_run())
def test_a_link_to_keep_opens_the_same_whatever_the_defaults_become(values, other):
    """Those that say "as the first run" stay: they are no value of their own."""
    later = {
        name: default if DEFAULTS[name] is None or ITEMS[name].is_settled else other[name]
        for name, default in DEFAULTS.items()
    }
    link = write_link(values, DEFAULTS, whole=True)
    read, problems = read_link({name: [text] for name, text in link.items()}, later)
    assert problems == []
    assert choice_of(read) == choice_of(values)
    for name in ("view", "scale", *(["view_number"] if values["view"] == "number" else [])):
        assert read[name] == values[name]


def test_a_link_to_keep_is_no_longer_than_it_has_to_be():
    """The first screen's, on a host with a long name, is a code of few enough modules."""
    link = write_link(DEFAULTS, DEFAULTS, whole=True)
    assert {"depth", "dtype", "output", "seed", "view"} < set(link)
    assert not {"slope", "alpha", "members", "rates", "network", "guess1", "scene"} & set(link)
    address = f"https://vanishing-gradient-lab.streamlit.app/?{urlencode(link)}"
    assert segno.make(address, error="l").symbol_size(border=0)[0] <= 57
    assert "scene" in write_link(DEFAULTS, DEFAULTS, LESSON, whole=True)


@pytest.mark.parametrize("item", LINKED.values(), ids=lambda item: item.name)
def test_one_junk_value_is_read_or_named(item):
    for junk in JUNK:
        values, problems = read_link({item.parameters[-1]: [junk]}, DEFAULTS)
        try:
            expected = item.read(junk)
        except (ValueError, KeyError, OverflowError):
            (problem,) = problems
            assert problem.item == item
            assert problem.partly or values == DEFAULTS
            assert problem.partly or problem.asked.replace(", ", ",") == junk.strip()
        else:
            assert not isinstance(expected, float) or math.isfinite(expected)
            assert values[item.name] in (expected, DEFAULTS["networks"] - 1) or problems[0].idle


@pytest.mark.parametrize(
    ("parameter", "asked"),
    [("seed", "inf"), ("depth", "1e309"), ("learning_rate", "9" * 400), ("rate", "-inf"),
     ("network", "nan")],
)  # fmt: skip
def test_a_number_beyond_all_bounds_is_a_sentence(parameter, asked):
    """The controls' own reading of a link ends in a traceback here."""
    page = Page(**{parameter: asked})
    assert not page.app.exception
    assert page.errors == []
    (warning,) = page.warnings
    assert asked[:40] in warning
    assert page.verdict, "with the default"


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_wrong_is_named_in_the_language(language):
    page = Page(
        lang=language, seed="x", inside="typo", scale="y", view="z", actvation="relu", q="1"
    )
    assert not page.app.exception
    words = page.words
    wrong = {"controls.seed": ("x", "0"), "charts.scale": ("y", "linear"),
             "in_view.label": ("z", "typical")}  # fmt: skip
    lines = [
        words("link.wrong", control=words(title), asked=asked, used=used)
        for title, (asked, used) in wrong.items()
    ]
    lines.append(words("link.ignored", control=words("inside.title"), asked="typo"))
    lines.append(words("link.unknown_near", parameter="actvation", known="activation"))
    lines.append(words("link.unknown", parameter="q"))
    assert set(page.warnings[0].split("  \n")) == set(lines)
    page.set("depth", 2)
    assert page.warnings == [], "said once, until a control is moved"
    assert set(page.app.query_params) <= {"lang", "steps", "networks", "depth"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_possible_in_a_list_is_kept_and_the_rest_is_named(language):
    page = Page(lang=language, compare="family", members="relu,foo,tanh", depth=2, width=3)
    assert page.kept("members") == ("tanh", "relu")
    control = page.words("controls.members")
    said = page.words("link.partly", control=control, asked="foo", used="tanh, ReLU")
    assert page.warnings == [said]


def test_a_second_runs_impossible_value_is_the_first_ones():
    page = Page(compare="relu", compare_depth="x", depth=3)
    control = page.words("controls.second", control=page.words("controls.depth"))
    assert page.warnings == [page.words("link.as_first", control=control, asked="x")]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("link", "missing", "counts"),
    [
        ({"start": "[]"}, "json", {}),
        ({"start": OWN.replace("-1]", "-1,3]")}, "weights", {"layer": 1, "rows": 2, "columns": 2}),
        ({"start": OWN, "activation": "maxout"}, "weights", {"layer": 1, "rows": 2, "columns": 4}),
        ({"start": OWN, "output": "softmax"}, "weights", {"layer": 2, "rows": 2, "columns": 2}),
    ],
)
def test_weights_that_cannot_be_are_not_quoted_but_said_what_they_lack(
    link, missing, counts, language
):
    values, (problem,) = read_link({name: [text] for name, text in link.items()}, DEFAULTS)
    words = text(language)
    said = words("link.ignored", control=words("controls.start"), asked="…")
    assert link_notice.line(words, problem, values) == (
        f"{said} {words(f'missing.{missing}', **counts)}"
    )


def test_many_wrong_parameters_are_counted():
    page = Page(**{f"x{place}": "1" for place in range(30)})
    lines = page.warnings[0].split("  \n")
    assert len(lines) == 9
    assert lines[-1] == page.words("link.more", count=22)


@pytest.mark.parametrize(
    ("texts", "value", "wrong"),
    [(["3", "3"], 3, None), (["3", "4"], 4, "3, 4"), (["4", "x"], 4, "x"), (["x", "y"], 9, "x, y")],
)
def test_of_a_repeated_parameter_the_last_possible_one_counts(texts, value, wrong):
    values, problems = read_link({"depth": texts}, DEFAULTS)
    assert values["depth"] == value
    assert [problem.asked for problem in problems] == ([wrong] if wrong else [])


def test_a_link_of_earlier_days_opens_the_same():
    old = {"activation": "Leaky ReLU", "optimizer": "Gradient descent", "rate": "0.5",
           "init": "Lecture: U(-1, 1), b = 0", "compare": "–", "lang": "한국어"}  # fmt: skip
    values, problems = read_link({name: [text] for name, text in old.items()}, DEFAULTS)
    assert problems == []
    assert [values[name] for name in ("activation", "optimizer", "learning_rate", "init")] == [
        "leaky_relu", "sgd", 0.5, "lecture",
    ]  # fmt: skip
    assert (values["compare"], values["lang"]) == ("none", "ko")


def test_scale_and_network_in_view_come_and_go_with_the_link():
    page = Page(scale="log", view="number", network=2)
    assert page.warnings == []
    assert "seed 2" in page.html
    assert page.control("scale").value == "log"
    page.set("scale", "accuracy").set("view_number", 3)
    assert page.app.query_params["scale"] == "accuracy"
    assert page.app.query_params["network"] == "3"
    page.set("scale", "linear").set("view", "typical")
    assert "scale" not in page.app.query_params
    assert "view" not in page.app.query_params


def test_a_network_in_view_that_there_is_not_is_named():
    page = Page(networks=4, view="number", network=9)
    expected = page.words("link.wrong", control=page.words("in_view.number"), asked="9", used="3")
    assert page.warnings == [expected]
    assert "seed 3" in page.html


@pytest.mark.parametrize(
    ("link", "wrong"),
    [
        ({"batch": "5"}, {"batch"}),
        ({"batch": "0", "order": "shuffled"}, {"batch", "order"}),
        ({"hidden": "5,0,5"}, {"hidden"}),
        ({"hidden": ",".join(["3"] * 60)}, {"hidden"}),
        ({"hidden": "5,129"}, {"hidden"}),
        ({"gain": "nan"}, {"gain"}),
        ({"gain": "1e-4"}, {"gain"}),
        ({"weight_decay": "-1"}, {"weight_decay"}),
        ({"optimizer": "momentum", "momentum": "1"}, {"momentum"}),
        ({"optimizer": "nesterov", "momentum": "0"}, {"momentum"}),
        ({"momentum": "0.5"}, {"momentum"}),
        ({"momentum": "0.5", "compare_optimizer": "nesterov"}, set()),
        ({"compare_momentum": "0.5"}, {"compare_momentum"}),
        ({"compare_depth": "3", "compare": "none"}, {"compare_depth"}),
        ({"batch": "4", "order": "shuffled"}, {"order"}),
        ({"hidden": "5,10,5", "depth": "3"}, {"depth"}),
        ({"start": OWN, "networks": "64"}, {"networks"}),
        ({"rate": "0"}, {"learning_rate"}),
        ({"start": OWN, "activation": "maxout", "compare": "none"}, {"start"}),
        ({"start": OWN, "output": "softmax"}, {"start"}),
        ({"start": OWN.replace("-1,1", "-1")}, {"start"}),
        ({"start": OWN.replace("-1", "NaN")}, {"start"}),
        ({"start": OWN.replace("-1", "9" * 400)}, {"start"}),
        ({"start": "[" * 5_000}, {"start"}),
        ({"start": "[]"}, {"start"}),
        ({"compare_start": OWN, "compare": "maxout"}, {"compare_start"}),
        ({"compare_batch": "5", "compare_hidden": "0"}, {"compare_batch", "compare_hidden"}),
        ({"start": OWN, "view": "number", "network": "1"}, {"view_number"}),
    ],
)
def test_what_cannot_be_is_named_and_the_other_settings_are_kept(link, wrong):
    asked = link | {"steps": "700", "data": "AND"}
    values, problems = read_link({name: [text] for name, text in asked.items()}, DEFAULTS)
    assert {problem.item.name for problem in problems} == wrong
    assert (values["steps"], values["data"]) == (700, "and")
    assert not set(choice_of(values).refused) & asked.keys()
    for name in wrong - {"view_number"}:
        assert values[name] == DEFAULTS[name]


def test_what_a_link_says_of_a_network_is_what_is_trained():
    """The settings that people ask about, each by one link."""
    link = {"hidden": "5, 10,5", "data": "xnor", "output": "squared", "init": "xavier_uniform",
            "optimizer": "adam", "rate": "1", "steps": "200", "compare": "none"}  # fmt: skip
    values, problems = read_link({name: [text] for name, text in link.items()}, DEFAULTS)
    assert problems == []
    assert choice_of(values).experiments == [
        Experiment(activation="relu", hidden=(5, 10, 5), data="xnor", output="squared",
                   init="xavier_uniform", optimizer="adam", learning_rate=1.0, steps=200)
    ]  # fmt: skip
    link = {"start": OWN, "compare": "sigmoid", "compare_hidden": "7", "gain": "3", "depth": "4",
            "seed": "3", "batch": "1", "order": "shuffled", "compare_batch": "4"}  # fmt: skip
    values, problems = read_link({name: [text] for name, text in link.items()}, DEFAULTS)
    weights = ((((1.0, -1.0), (-1.0, 1.0)), (0.0, 0.0)), (((1.0,), (1.0,)), (0.0,)))
    own = Experiment(activation="relu", start=weights, depth=1, width=2, networks=1, seed=3)
    assert {p.item.name for p in problems if p.idle} == {"compare_hidden", "gain", "depth"}
    assert choice_of(values).experiments == [
        replace(own, batch=1, order="shuffled"), own.with_activation("sigmoid"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "start", "idle"),
    [(["4", "64"], OWN, True), (["4", "64"], None, False)],
)
def test_of_networks_that_do_not_count_none_is_said_to_be_used(texts, start, idle):
    link = {"networks": texts} | ({"start": [start]} if start else {})
    (problem,) = read_link(link, DEFAULTS)[1]
    assert (problem.asked, problem.idle) == ("4, 64", idle)


def of_link(**link):
    return choice_of(read_link({name: [text] for name, text in link.items()}, DEFAULTS)[0])


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
def test_a_second_run_that_own_weights_do_not_fit_has_their_layers(output):
    """Maxout has two weight sets, softmax two units in the last layer."""
    activation = "maxout" if output == "sigmoid" else "sigmoid"
    choice = of_link(start=OWN, compare=activation, compare_output=output, compare_init="he_normal")
    (second,) = choice.others
    assert choice.experiment.start is not None
    assert (second.start, second.widths, second.networks) == (None, (2,), 1)
    assert second.init == "he_normal", "what its weights are drawn from counts"
    assert (choice.misfits, choice.refused) == ((activation,), ())


def test_a_family_goes_without_those_that_own_weights_do_not_fit():
    choice = of_link(start=OWN, compare="family")
    assert {e.start for e in choice.experiments} == {choice.experiment.start}
    assert "maxout" not in {e.activation for e in choice.experiments}
    assert (len(choice.experiments), choice.misfits) == (5, ("maxout",))
    first = of_link(start=OWN, compare="family", activation="maxout")
    assert {e.start for e in first.experiments} == {None}, "nor does one start from other weights"
    assert first.misfits == ()


@pytest.mark.parametrize(
    "link",
    [
        {"compare": "cures"},
        {"compare": "cures", "hidden": "10,10,4", "optimizer": "nesterov", "momentum": "0.5"},
        {"compare": "cures", "activation": "elu", "alpha": "2", "gain": "2", "norm": "layer"},
        {"compare": "cures", "start": OWN},
        {"compare": "cures", "rates": "best", "skip": "on"},
        {"compare": "family", "slope": "0.2", "rates": "best"},
    ],
)
def test_each_of_many_can_be_put_beside_the_first(link):
    values = read_link({name: [text] for name, text in link.items()}, DEFAULTS)[0]
    first, *others = choice_of(values).experiments
    assert len(others) > 3
    for one in others:
        assert choice_of(values | controls_beside(first, one)).experiments == [first, one]
    alone = choice_of(values | controls_beside(first, first))
    assert (alone.experiments, alone.many) == ([first], "")


def test_a_seed_counts_where_something_is_drawn_or_shuffled():
    own = DEFAULTS | {"start": start_from_json(OWN), "compare": "none", "order": "shuffled"}
    bears = ITEMS["seed"].bears
    assert bears(DEFAULTS)
    assert not bears(own)
    assert bears(own | {"batch": 1})
    assert not bears(own | {"batch": 1, "order": "fixed"})
    assert bears(own | {"compare": "maxout"}), "of the second run's"


def test_weights_that_are_too_many_for_a_link_are_in_none():
    """All else is; and a link that holds them is not thereby wrong."""
    many = start_from_json(to_json([[[[1.0] * 26] * 2, [0.0] * 26], [[[1.0]] * 26, [0.0]]]))
    few = start_from_json(to_json([[[[1.0] * 24] * 2, [0.0] * 24], [[[1.0]] * 24, [0.0]]]))
    values = DEFAULTS | {"steps": 3, "start": many, "compare_start": few}
    link = write_link(values, DEFAULTS)
    assert link.keys() == {"steps", "compare_start"}
    assert ITEMS["start"].read(ITEMS["start"].write(many)) == many


def test_what_is_not_drawn_for_a_while_is_not_forgotten():
    page = Page(activation="leaky_relu", slope=0.3, inside="health")
    page.set("activation", "tanh").set("activation", "leaky_relu")
    assert page.experiments[0].activation_parameter == 0.3
    assert page.control("inside").value == "health"


@pytest.mark.parametrize(
    ("control", "last"),
    [("view", "best"), ("scale", SCALES[-1]), ("rates", "best"), ("edges", "gradient"),
     ("point", 2), ("lang", "ko"), ("lang", "en")],
)  # fmt: skip
def test_a_control_that_lost_its_choice_keeps_its_last_one(control, last):
    """As where a browser answers before it was told what a control's choice is."""
    language = last if control == "lang" else "en"
    compare = "family" if control == "rates" else "relu"
    page = Page(lang=language, compare=compare, inside="network").set(control, last)
    page.app.session_state[control] = None
    page.look()
    assert not page.app.exception
    assert not page.errors
    assert page.control(control).value == last


def test_an_answer_in_labels_that_there_are_no_more_changes_nothing():
    """A list answers in labels; this one's name the first run's value, which has changed."""
    page = Page()
    page.control("compare_init").select_index(0)
    before = page.app._tree
    page.set("init", "he_normal", settle=False)
    page.app._tree = before
    page.look(settle=False)
    assert not page.app.exception
    assert page.errors == []
    assert page.kept("compare_init") is None
    assert page.kept("init") == "he_normal"


@pytest.mark.parametrize("item", ITEMS.values(), ids=lambda item: item.name)
def test_an_item_knows_what_its_control_can_mean(item):
    bounded = bool(item.parameters) or item.options is not None
    assert item.is_possible("as in the first: other weights") != bounded
    assert item.is_possible(-7) != bounded
    if item.default is not None:
        assert item.is_possible(item.default)


def test_a_browser_that_was_not_told_of_a_preset_does_not_undo_it():
    """It answers for the controls as it has them, as when a run of the page was cut short."""
    page = Page(depth=3, width=5)
    for name in (*TYPED, *(f"{name} number" for name in TYPED), "networks"):
        control = page.control(name)
        control.set_value(control.value)
    before = page.app._tree
    page.set("preset", "rate")
    page.app._tree = before
    page.look()
    assert page.experiments[0].learning_rate == page.control("learning_rate").value == 5.0
    assert page.experiments[0].depth == page.control("depth").value == 9
    assert page.app.query_params["learning_rate"] == "5"


def test_each_control_is_drawn_with_its_value():
    """By itself, not by a message beside it: a browser may only see a later run of the page."""
    values = {
        "lang": "ko", "activation": "elu", "compare": "tanh", "compare_init": "he_normal",
        "compare_depth": 4, "depth": 3, "width": 5, "init": "xavier_uniform", "optimizer": "adam",
        "learning_rate": 0.05, "steps": 200, "networks": 8, "alpha": 2.0, "seed": 7,
        "dtype": "float64", "output": "squared", "scale": "log", "view": "number",
        "view_number": 3, "inside": "network", "point": 2, "edges": "weight",
    }  # fmt: skip
    page = Page(**{ITEMS[name].parameters[0]: values[name] for name in values if name in LINKED})
    page.set("point", values["point"]).set("edges", values["edges"]).look()
    named = {
        "scale": page.words("charts.scale_log"), "view": page.words("in_view.number"),
        "inside": page.words("inside.network"), "edges": page.words("network.by_weight"),
        "point": point_name(XOR, values["point"]),
    }  # fmt: skip
    for name, value in values.items():
        drawn = page.control(name).proto
        default = drawn.default if hasattr(drawn.default, "__len__") else [drawn.default]
        if hasattr(drawn, "options") and drawn.options:
            options = [getattr(option, "content", option) for option in drawn.options]
            default = [options[int(place)] for place in default]
        expected = named.get(name) or value_name(page.words, ITEMS[name], value)
        expected = value if isinstance(default[0], int | float) else expected
        assert (list(default), drawn.set_value) == ([expected], False), name


def test_a_link_to_the_replay_still_opens():
    page = Page(inside="replay")
    assert page.warnings == []
    assert page.control("inside").value is None


@pytest.mark.parametrize("name", SIZED)
def test_a_size_is_one_value_whether_it_is_dragged_or_typed(name):
    page = Page()

    def shown() -> list[int]:
        return [page.control(name).value, page.control(f"{name} number").value]

    page.set(f"{name} number", 7)
    assert shown() == [7, 7]
    assert getattr(page.experiments[0], name) == 7
    slider = page.control(name).key
    page.set(name, 5)
    assert shown() == [5, 5]
    assert page.control(name).key == slider, "while it is dragged it stays the same slider"
    number = page.control(f"{name} number").key
    page.set(f"{name} number", 6)
    assert page.control(f"{name} number").key == number, "and the number, while it is typed"
    page.set("preset", "first")
    assert shown() == [getattr(Experiment, name)] * 2
    assert name not in page.app.query_params


def test_large_type_is_in_the_link_and_reaches_every_chart():
    usual, large = Page(), Page(size="large")
    sizes = [
        {
            int(found)
            for chart in page.charts()
            for found in re.findall(r'"fontSize": (\d+)', chart.spec)
        }
        for page in (usual, large)
    ]
    assert min(sizes[0]) == 13
    assert min(sizes[1]) == 20
    assert large.set("size", "usual").app.query_params.get("size") is None
    wrong = Page(size="huge")
    control = wrong.words("controls.size")
    (warning,) = wrong.warnings
    assert warning == wrong.words("link.wrong", control=control, asked="huge", used="usual")


def test_a_panel_that_was_closed_stays_closed():
    page = Page(inside="health").set("inside", None)
    assert page.look().control("inside").value is None
    assert "inside" not in page.app.query_params


def test_after_back_the_link_decides(monkeypatch):
    page = Page(depth=3)
    page.set("depth", 5)
    assert page.app.query_params["depth"] == "5"
    page.app.query_params["depth"] = "3"
    page.look()
    assert page.experiments[0].depth == 5, "an address alone moves nothing"
    back(page, monkeypatch, depth=3)
    assert page.experiments[0].depth == 3
    page.set("width", 4)
    assert page.experiments[0].depth == 3


def back(page: Page, monkeypatch, **link: object) -> None:
    """Let the browser go back to a link."""
    page.app.query_params.update({name: str(value) for name, value in link.items()})
    with monkeypatch.context() as patch:
        patch.setattr(session.context, "came_by_history", lambda: True)
        page.look()


def test_after_back_what_is_wrong_in_the_link_is_named(monkeypatch):
    page = Page(depth=3).set("width", 4)
    back(page, monkeypatch, depth=99, width=5)
    (warning,) = page.warnings
    assert "99" in warning


def test_back_leaves_what_no_link_holds(monkeypatch):
    page = Page(depth=3, inside="network").set("point", 2).set("edges", "weight").set("width", 4)
    back(page, monkeypatch, width=5)
    assert page.kept("width") == 5
    assert (page.kept("point"), page.kept("edges")) == (2, "weight")


def test_the_address_is_written_only_where_it_changes(monkeypatch):
    written, write = [], QueryParamsProxy.from_dict

    def counted(self, link):
        written.append(link)
        write(self, link)

    monkeypatch.setattr(QueryParamsProxy, "from_dict", counted)
    page = Page(depth=3)
    before = len(written)
    page.look()
    assert len(written) == before
    page.set("depth", 4)
    assert len(written) == before + 1


def test_the_familys_members_stand_in_the_options_order():
    page = Page(compare="family", depth=2, width=3).set("members", ["elu", "relu", "tanh"])
    ordered = tuple(name for name in ACTIVATIONS if name in ("elu", "relu", "tanh"))
    assert page.kept("members") == ordered
    assert page.app.query_params["members"] == ",".join(ordered)


@pytest.mark.parametrize(
    ("link", "item", "value", "problems"),
    [
        ({"depth": "3.5"}, "depth", 9, 1),
        ({"depth": "50"}, "depth", 50, 0),
        ({"depth": "51"}, "depth", 9, 1),
        ({"depth": "1_0"}, "depth", 9, 1),
        ({"depth": "٣"}, "depth", 9, 1),
        ({"activation": " ELU "}, "activation", "elu", 0),
        ({"networks": "4", "network": "3"}, "view_number", 3, 0),
        ({"networks": "4", "network": "4"}, "view_number", 3, 1),
        ({"members": ""}, "members", (), 0),
        ({"members": "relu,"}, "members", ("relu",), 0),
        ({"members": "relu,,tanh"}, "members", ("tanh", "relu"), 0),
        ({"members": "relu,foo,tanh"}, "members", ("tanh", "relu"), 1),
        ({"members": "foo"}, "members", DEFAULTS["members"], 1),
    ],
)
def test_what_a_text_in_a_link_means(link, item, value, problems):
    """Expectations of their own: not what the items' own reading says."""
    values, found = read_link({name: [text] for name, text in link.items()}, DEFAULTS)
    if isinstance(value, tuple):
        assert set(values[item]) == set(value)
    else:
        assert values[item] == value
    assert len(found) == problems


def test_each_page_writes_its_own_items_and_those_of_all():
    values = DEFAULTS | {"lang": "ko", "depth": 3, "scene": 4, "guess 1": "stops", "seen": (1, 2)}
    values |= {"challenge": "deep"}
    lab = {"lang": "ko", "depth": "3", "challenge": "deep"}
    assert write_link(values, DEFAULTS, LAB) == lab
    lesson = {"lang": "ko", "scene": "4", "guess1": "stops", "seen": "1,2"}
    assert write_link(values, DEFAULTS, LESSON) == lesson


@pytest.mark.parametrize(
    ("link", "item", "value", "problems"),
    [
        ({"scene": "9"}, "scene", 9, 0),
        ({"scene": "10"}, "scene", 1, 1),
        ({"seen": "3,1,3"}, "seen", (1, 3), 0),
        ({"seen": "1,10"}, "seen", (1,), 1),
        ({"seen": "0,10"}, "seen", (), 1),
        ({"guess4": "most"}, "guess 4", "most", 0),
        ({"guess4": "learns"}, "guess 4", None, 1),
        ({"room": "ab2de"}, "room", "AB2DE", 0),
        ({"room": "<b>"}, "room", None, 1),
        ({"room": "A" * 9}, "room", None, 1),
        ({"challenge": "kill"}, "challenge", "kill", 0),
        ({"challenge": "win"}, "challenge", None, 1),
    ],
)
def test_what_the_lessons_part_of_a_link_means(link, item, value, problems):
    values, found = read_link({name: [text] for name, text in link.items()}, DEFAULTS)
    assert (values[item], len(found)) == (value, problems)


def test_capital_letters_in_a_parameters_name():
    (problem,) = read_link({"ACTIVATION": ["relu"]}, DEFAULTS)[1]
    assert nearest(problem.asked) == "activation"
    assert is_foreign("UTM_Source")


def test_without_a_language_in_the_link_the_browsers_counts(monkeypatch):
    context = SimpleNamespace(
        locale="ko-KR", theme=SimpleNamespace(type="light"), is_embedded=False, url="http://lab"
    )
    monkeypatch.setattr(streamlit, "context", context)
    page = AppTest.from_file(str(SCRIPT), default_timeout=90)
    page.query_params.update({"steps": "100", "networks": "4"})
    assert page.run().session_state["memory"].kept["lang"] == "ko"


def test_only_the_state_package_touches_the_session_and_the_address():
    root = Path(components.__file__).parent
    touching = {
        path.relative_to(root).parts[:2]
        for path in root.rglob("*.py")
        if re.search(r"st\.(session_state|query_params)|query-params", path.read_text("utf-8"))
    }
    assert touching == {("settings", "state")}


def test_every_item_says_who_writes_it():
    assert all(item.writer for item in ITEMS.values())
    assert len(BY_PARAMETER) == sum(len(item.parameters) for item in LINKED.values()), (
        "no name twice"
    )
    assert all(item.title and item.read for item in LINKED.values())
