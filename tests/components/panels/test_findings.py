"""What is said of a map: whole sentences, of the maps that are shipped and of made findings."""

import pytest

from components.panels.atlas.findings import findings_of, in_words, where_in_words
from components.settings.atlases import shipped
from components.words.text import LANGUAGES, text
from models.sweep import AXES
from models.sweep.findings import Crossing, Finding

SAID = {
    ("remedies", "en"): (
        "Without a norm or skips: up to 3 hidden layers, no longer at 5. Layer norm alone: up to "
        "6, no longer at 8. Skips alone, batch norm alone, batch norm with skips, layer norm with "
        "skips: up to 20, the deepest tried."
    ),
    ("remedies", "ko"): (
        "정규화와 스킵 연결 없이: 은닉층 3개까지(5개부터는 절반 미만). "
        "층 정규화만: 6개까지(8개부터는 절반 미만)."
    ),
    ("depth", "en"): (
        "Sigmoid: up to 3 hidden layers, no longer at 5. SELU: up to 11, no longer at 14."
    ),
    ("depth", "ko"): "Sigmoid: 은닉층 3개까지(5개부터는 절반 미만). SELU: 11개까지",
    ("start", "en"): (
        "At 25 hidden layers gain 1.26 does best: 22 of 64 solve it (24% – 47%). Gains 1 to 1.26 "
        "cannot be told from it; theory’s critical gain, 1, is among them."
    ),
    ("start", "ko"): "은닉층 25개에서는 배율 1.26일 때 가장 많이 풉니다(64개 중 22개, 24% – 47%).",
    ("dead", "en"): "1 unit per layer: from 2 on, not yet at 1.",
    ("dead", "ko"): "유닛 1개: 2개부터(1개에서는 절반 미만).",
}


@pytest.mark.parametrize(("name", "language"), SAID)
def test_the_shipped_maps_tell_of_themselves(name, language):
    assert SAID[name, language] in findings_of(shipped(name), language)


def test_a_series_that_is_unsure_to_the_end_is_not_said_to_reach_it():
    series = (
        Crossing((("activation", "tanh"),), 3, None),
        Crossing((("activation", "elu"),), 5, None),
    )
    numbers = {"axis": "depth", "rises": False, "end": 5, "series": series, "others": 0}
    said = in_words(text("en"), Finding("half", numbers))
    assert said.endswith("tanh: up to 3 hidden layers. ELU: up to 5, the deepest tried.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_many_series_the_ends_are_named_and_the_others_counted(language):
    ends = [None, *range(1, 9)]
    series = tuple(Crossing((("width", width),), above, (above or 0) + 1)
                   for width, above in enumerate(ends, 1))  # fmt: skip
    numbers = {"axis": "depth", "rises": False, "end": 20, "series": series, "others": 0}
    words = text(language)
    said = in_words(words, Finding("half", numbers))
    assert words("atlas.findings.at_no_depth") in said
    assert words("atlas.findings.value.depth", value=8) in said
    assert said.endswith(words("atlas.findings.between", count=7))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_of_every_axis_has_its_place_in_a_sentence(language):
    for name, kind in AXES.items():
        for value in kind.choices or (kind.own(kind.high),):
            said = where_in_words(text(language), ((name, value),))
            assert said and "{" not in said and "|" not in said, (name, value)
