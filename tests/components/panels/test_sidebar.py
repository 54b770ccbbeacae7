"""The sidebar's folded groups: what their lines say, which controls there are, what one writes."""

import json

import pytest

from components.settings.naming import widths_name
from components.settings.state.items import MOST_LINKED
from components.settings.state.runs import GROUPS
from components.words.text import LANGUAGES
from models.outputs import MISTAKEN
from tests.components.page import Page

WEIGHTS = [[[[1, -1], [-1, 1]], [0, 0.5]], [[[1], [1]], [0]]]  # of 2-2-1
SHOWN = {
    "momentum": {"optimizer": "rmsprop"},
    "order": {"batch": "2"},
    "slope": {"compare": "leaky_relu"},
    "alpha": {"activation": "elu"},
}


def page_of(**link: object) -> Page:
    return Page(settle=False, **link)


def lines(page: Page) -> list[str]:
    """What the groups that every run has say while they are folded."""
    return [expander.label for expander in page.app.sidebar.expander][-len(GROUPS) + 1 :]


def has(page: Page, name: str) -> bool:
    try:
        page.control(name)
    except AssertionError:
        return False
    return True


def sidebars_sentences(page: Page) -> list[str]:
    return [each.value for each in (*page.app.sidebar.caption, *page.app.sidebar.warning)]


def test_a_folded_group_says_what_in_it_is_not_as_usual():
    small = {"steps": 1_000, "networks": 64}
    usual = ["Data", "Network", "First weights", "Training", "Norm, skip, clipping"]
    assert lines(page_of(**small)) == usual
    page = page_of(
        data="xnor_centred", hidden="5,10,5", output="sigmoid_squared", init="lab", gain=0.01,
        optimizer="adam", learning_rate=0.01, batch=1, activation="leaky_relu", slope=0.3,
        norm="layer", skip="on", clip=1,
        **small,
    )  # fmt: skip
    assert lines(page) == [
        "Data: XNOR ±1",
        "Network: a = 0.3, 5-10-5, squared error",
        "First weights: N(0, 1), gain 0.01",
        "Training: Adam, rate 0.01, batch of 1",
        "Norm, skip, clipping: layer norm + clip 1",
    ]
    page.set("optimizer", "sgd", settle=False).set("learning_rate", 0.1, settle=False)
    assert lines(page)[-2] == "Training: batch of 1"
    page.set("order", "shuffled", settle=False)
    assert lines(page)[-2] == "Training: batch of 1, shuffled"
    page.click("reset", settle=False)
    assert lines(page) == usual


def test_a_mistake_is_offered_only_where_it_is_made():
    page = page_of(output="squared")
    assert not any(has(page, name) for name in ("accumulate", "broadcast"))
    assert not set(MISTAKEN) & set(page.control("output").options)
    page = page_of(output="sigmoid_squared_signed", accumulate="on", broadcast="on")
    assert page.app.sidebar.expander[-1].label == (
        "Mistakes of the program: no zero_grad(), labels broadcast"
    )
    page.set("accumulate", False, settle=False)
    assert has(page, "broadcast")
    assert not has(page, "accumulate"), "it is mended"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_groups_line_is_in_the_language(language):
    page = page_of(lang=language, weight_decay="0.5", steps=1_000, networks=64)
    title, changes = page.words("controls.group_training"), page.words("names.decay", decay="0.5")
    assert lines(page)[-2] == page.words("controls.group", title=title, changes=changes)


@pytest.mark.parametrize("control", SHOWN)
def test_a_control_is_there_only_where_it_counts(control):
    assert not has(page_of(activation="tanh"), control)
    assert has(page_of(**SHOWN[control]), control)


def test_a_momentum_that_does_not_count_is_kept_until_it_does():
    page = page_of(optimizer="nesterov", momentum=0.5, compare="none")
    page.set("optimizer", "adam", settle=False)
    assert "momentum" not in page.app.query_params, "who comes by the link has none"
    page.set("optimizer", "momentum").look()
    assert page.warnings == []
    assert page.experiments[0].momentum == 0.5
    page.set("momentum", 0.9)
    assert page.control("momentum").value is None, "what the optimizer has by itself"
    assert page.experiments[0].momentum == 0.9
    assert "momentum" not in page.app.query_params


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_momentum_that_the_next_optimizer_cannot_have_is_the_usual_one(language):
    page = page_of(lang=language, optimizer="momentum", momentum=0, compare="none")
    page.set("optimizer", "nesterov", settle=False)
    control = page.words("controls.momentum")
    said = page.words(
        "controls.refused_number", control=control, used="0.9", low="0.001", high="0.999"
    )
    assert page.warnings == [said]
    assert page.control("momentum").proto.min == 0.001
    assert (page.control("momentum").value, page.experiments[0].momentum) == (None, 0.9)
    page.set("optimizer", "adam", settle=False)
    assert page.words("controls.momentum") not in page.app.sidebar.caption[-1].value


def test_what_the_second_run_has_of_its_own_is_said_while_its_controls_are_folded():
    page = page_of(activation="tanh", compare="relu", compare_optimizer="adam", compare_batch=1)
    said = page.words("controls.second_has", changes="Adam, batch of 1")
    assert said in sidebars_sentences(page)
    labels = [expander.label for expander in page.app.sidebar.expander]
    page.set("compare_optimizer", "sgd", settle=False)
    assert page.words("controls.differs") in labels
    said = page.words("controls.second_has", changes="batch of 1")
    assert said in sidebars_sentences(page)
    assert "Training: batch of 1" in [e.label for e in page.app.sidebar.expander]


def test_a_second_runs_number_that_is_the_first_ones_is_none_of_its_own():
    page = page_of(depth=3).set("compare_depth", 5, settle=False)
    assert page.app.query_params["compare_depth"] == "5"
    page.set("compare_depth", 3, settle=False)
    assert "compare_depth" not in page.app.query_params
    page.set("depth", 4, settle=False)
    assert page.kept("compare_depth") is None


def test_a_gate_and_its_coding_are_one_value():
    page = page_of().set("gate", "nand", settle=False)
    assert page.app.query_params["data"] == "nand"
    page.set("coding", "_centred", settle=False)
    assert page.app.query_params["data"] == "nand_centred"
    page.set("gate", "xor", settle=False)
    assert page.app.query_params["data"] == "xor_centred"
    page.click("reset", settle=False)
    assert (page.control("gate").value, page.control("coding").value) == ("xor", "")


@pytest.mark.parametrize(
    ("control", "value"),
    [("learning_rate", 3.0), ("steps", 4_321), ("gain", 0.123456789), ("weight_decay", 3e-7)],
)
def test_any_number_may_be_typed_beside_its_slider(control, value):
    page = page_of().set(f"{control} number", value, settle=False)
    assert page.control(control).value == value
    item_in_link = page.app.query_params[control]
    assert float(item_in_link) == value
    assert page_of(**{control: item_in_link}).kept(control) == value


def test_all_points_at_once_are_no_batch():
    page = page_of(batch=4)
    assert "batch" not in page.app.query_params
    assert not has(page, "order")


def test_steps_are_counted_in_epochs_where_one_is_more_than_a_step():
    page = page_of(batch=3, steps=1_000, compare="none")
    said = page.words("controls.epochs", steps=2, epochs="500")
    assert said in sidebars_sentences(page)
    page.control("batch").select_index(0)
    page.look(settle=False)
    assert not any("poch" in each for each in sidebars_sentences(page))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("written", ["5,0,5", ",".join(["3"] * 60), "5,,5", "a*b*", "-3", "1e9"])
def test_widths_that_cannot_be_are_a_sentence_and_change_nothing(written, language):
    page = page_of(lang=language, hidden="5,10,5", compare="none")
    page.set("hidden text", written, settle=False)
    (warning,) = (each.value for each in page.app.sidebar.warning)
    assert "*" not in warning
    assert page.kept("hidden") == (5, 10, 5)
    assert page.control("hidden text").value == written, "it can be mended"
    page.set("hidden text", "4 2", settle=False)
    assert (page.kept("hidden"), len(page.app.sidebar.warning)) == ((4, 2), 0)
    page.set("hidden text", "5;[10]", settle=False)
    assert r"5;\[10\]" in page.app.sidebar.warning[0].value, "as it was typed"
    page.set("hidden text", "4 2", settle=False)
    page.set("hidden text", "5,", settle=False).click("reset", settle=False)
    assert (page.kept("hidden"), len(page.app.sidebar.warning)) == (None, 0)


def test_unequal_layers_stand_in_place_of_their_sliders():
    page = page_of(hidden="5,10,5")
    assert not has(page, "depth")
    assert page.words("controls.sizes", layers="5‑10‑5") in sidebars_sentences(page)
    assert has(page.set("hidden text", " ", settle=False), "depth")


def test_own_weights_are_pasted_rule_what_they_say_and_are_taken_away_again():
    page = page_of(init="he_normal", gain=2.0, networks=4, depth=3, compare="relu")
    page.set("start text", json.dumps(WEIGHTS))
    (experiment,) = page.experiments
    assert (experiment.sizes, experiment.networks) == ([2, 2, 1], 1)
    assert experiment.start[0][1] == (0.0, 0.5)
    assert experiment.gain == 1.0
    for control in ("init", "gain", "bias", "networks", "depth", "width", "hidden text", "seed"):
        assert not has(page, control), control
    sizes = page.words("controls.sizes_own", layers=widths_name((2,)))
    assert sizes in sidebars_sentences(page)
    assert page.app.query_params["start"] == "[[[[1,-1],[-1,1]],[0,0.5]],[[[1],[1]],[0]]]"
    page.click("remove start")
    assert page.experiments[0].init == "he_normal"
    assert page.experiments[0].depth == 3
    assert "start" not in page.app.query_params


def test_own_weights_are_read_from_a_file():
    page = page_of(compare="none")
    page.control("start file").set_value(("own.json", json.dumps(WEIGHTS).encode(), "text/json"))
    page.look(settle=False)
    assert page.kept("start")[1] == (((1.0,), (1.0,)), (0.0,))
    assert page_of(**page.app.query_params).kept("start") == page.kept("start")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("written", "missing", "counts"),
    [
        ("W = 3", "json", {}),
        ("[", "json", {}),
        ("[]", "json", {}),
        ('"**b**"', "json", {}),
        ("[[[[1,2]],[0]]]", "weights", {"layer": 1, "rows": 1, "columns": 1}),
        ("[[[[1],[1]],[0]],[[[1]]]]", "layer", {"layer": 2}),
        ('[[[["1"],[1]],[0]]]', "weights", {"layer": 1, "rows": 2, "columns": 1}),
        (json.dumps(WEIGHTS).replace("0.5", "NaN"), "range", {"layer": 1, "largest": "1,000,000"}),
    ],
)
def test_what_are_no_weights_is_a_sentence(written, missing, counts, language):
    page = page_of(lang=language, compare="none").set("start text", written, settle=False)
    said = page.words(f"missing.{missing}", **counts)
    assert [each.value for each in page.app.sidebar.warning] == [said]
    assert page.kept("start") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_own_weights_of_another_shape_than_the_network_needs_are_left_out(language):
    page = page_of(lang=language, compare="none", depth=2, width=3)
    page.set("start text", json.dumps(WEIGHTS), settle=False)
    assert page.look().warnings == []
    page.set("activation", "maxout")
    control = page.words("controls.start")
    missing = page.words("missing.weights", layer=1, rows=2, columns=4)
    assert page.warnings == [page.words("controls.refused", control=control), missing]
    assert page.experiments[0].widths == (3, 3)
    assert has(page, "init"), "for the weights that are drawn instead"
    page.set("activation", "tanh")
    assert page.warnings == []
    assert page.experiments[0].widths == (2,)


def test_a_link_that_has_no_room_for_own_weights_is_said_to_open_the_rest():
    width = (MOST_LINKED - 1) // 4
    few, more = (
        [[[[1] * w] * 2, [0] * w], [[[1]] * w, [0]]] for w in (width, width + 1)
    )  # fmt: skip
    said = page_of().words("controls.not_linked", most=MOST_LINKED)
    page = page_of(compare="none").set("start text", json.dumps(few), settle=False)
    assert "start" in page.app.query_params
    assert said not in sidebars_sentences(page)
    page.click("remove start", settle=False).set("start text", json.dumps(more), settle=False)
    assert "start" not in page.app.query_params
    assert said in sidebars_sentences(page)
    assert page.kept("start") is not None, "it is trained all the same"


def test_batch_norm_says_why_it_takes_no_batch_of_one():
    page = page_of(norm="batch", depth=2, width=3)
    page.set("batch", 1)
    said = page.words("controls.refused_batch", control=page.words("controls.batch"))
    assert said in [warning.value for warning in page.app.warning]
    assert page.experiments[0].batch is None
    assert page.experiments[0].norm == "batch"


@pytest.mark.parametrize(("batch", "told"), [("1", True), ("3", True), ("9", False), ("²", False)])
def test_a_links_batch_beside_batch_norm_is_refused_with_a_reason_where_that_is_why(batch, told):
    page = page_of(norm="batch", batch=batch)
    (warning,) = page.app.warning
    assert (page.words("link.batch_of_one") in warning.value) == told
    assert page.experiments[0].batch is None
