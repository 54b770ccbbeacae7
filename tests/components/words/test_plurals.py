"""English number after what a sentence is filled with: one layer, nine layers."""

import re

import pytest

from components.words.text import LANGUAGES, text
from components.words.text.numbers import resolved
from tests.components.words.test_text import entries, placeholders

NOUNS = "layers|units|networks|steps|guesses|parameters|figures|weights|runs|columns"
VERBS = "are|were|have|rest|stop|solve|count|diverge|learn"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1 hidden layer|layers", "1 hidden layer"),
        ("9 hidden layer|layers × 1 unit|units", "9 hidden layers × 1 unit"),
        ("21 step|steps", "21 steps"),
        ("1,001 step|steps", "1,001 steps"),
        ("0.1 step|steps", "0.1 steps"),
        ("9 ↔ 1 hidden layer|layers", "9 ↔ 1 hidden layers"),
        ("<b style='color:#aa1'>2</b> rests|rest", "<b style='color:#aa1'>2</b> rest"),
        ("U(-1, 1): 3 network|networks", "U(-1, 1): 3 networks"),
        ("mean |p − y| of 1 unit|units", "mean |p − y| of 1 unit"),
    ],
)
def test_the_number_before_a_word_decides(written, said):
    assert resolved(written) == said


def test_no_sentence_says_one_layers():
    """With 1 in every place, but where the browser fills in, or a scene, whose setting stands."""
    elsewhere = re.compile(r"(network|replay|requirement|(challenge|lesson)\.\w+)\.")
    english = text("en")
    before = (
        "1 of",
        "1 of the",
        "layer",
        "to",
        "rate",
        "of network",
        "first",
    )  # what 1 says nothing about
    numbered = "".join(f"(?<!{word} )" for word in before)
    plural = re.compile(rf"{numbered}\b1 (?:[a-z’]+ )?(?:{NOUNS}|{VERBS})\b")
    said = {
        key: english(key, **dict.fromkeys(placeholders(sentence), "1"))
        for key, sentence in entries(english).items()
        if placeholders(sentence) and not elsewhere.match(key)
    }
    assert {key: plural.search(each)[0] for key, each in said.items() if plural.search(each)} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_brackets_stand_within_brackets(language):
    """A run's name or its first weights may hold some: U(-1, 1), rate 0.1."""
    words, nested = text(language), re.compile(r"\([^()]*\(-1, 1\)")
    names = {"names", "init", "rests", "sizes", "values", "slopes", "shares", "each", "ranking"}
    filled = {
        key: words(key, **{hole: "U(-1, 1), Adam" if hole in names else "1" for hole in holes})
        for key, sentence in entries(words).items()
        if (holes := placeholders(sentence)) and "$" not in sentence
    }
    found = {key: nested.search(each)[0] for key, each in filled.items() if nested.search(each)}
    assert found == {}
