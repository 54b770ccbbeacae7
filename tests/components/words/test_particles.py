"""Korean particles after what a sentence is filled with, as one reads it aloud."""

import pytest

from components.words.text import text
from components.words.text.particles import resolved
from models import ACTIVATIONS

BOTH = ["은(는)", "이(가)", "을(를)", "과(와)", "(으)로", "(이)라고"]


def after(word: str) -> list[str]:
    """The particles after a word."""
    return [resolved(f"{word}{both}").removeprefix(word) for both in BOTH]


CLOSED = {
    "whole": ["10", "3", "6", "0", "1,000", "20", "100,000"],
    "decimals, digit by digit": ["0.50", "0.3", "−2.0", "0.6930"],
    "powers": ["10⁻⁵", "4.9×10⁻⁵", "10²", "z²", "1.0×10⁴"],
    "words": ["은닉층", "Maxout", "Adam", "Xavier uniform"],
    "letters": ["NaN", "n", "m", "W₃", "b₁₀"],
    "fractions": ["3/4", "¾"],
}
VOWEL = {
    "whole": ["2", "4", "5", "9", "12", "1,005"],
    "decimals, digit by digit": ["0.25", "0.05", "−3.9"],
    "percent": ["0.05%", "30%", "2×10⁻⁵%"],
    "words": ["나", "ReLU", "Leaky ReLU", "Sigmoid", "tanh", "PyTorch", "float64"],
    "letters": ["W", "b", "p", "k", "x", "z", "W₂", "x₂", "SVG"],
    "symbols": ["φ", "φ′", "φ′(z)", "|φ′(z)|", "∂", "∂L/∂z", "∂L/∂W", "α"],
    "fractions": ["2/3"],
}
AFTER_L = {
    "whole": ["1", "7", "8", "-1", "1,001"],
    "decimals, digit by digit": ["0.81", "0.347"],
    "words": ["길", "He normal", "orthogonal"],
    "letters": ["XOR", "L", "∂L", "r", "W₁", "x₁", "b₈"],
    "brackets": ["U(-1, 1)", "[2, 10, 1]"],
    "fractions": ["1/4", "11/16", "¼", "½"],
}


def each(groups: dict[str, list[str]]) -> list[str]:
    return [word for words in groups.values() for word in words]


@pytest.mark.parametrize("word", each(CLOSED))
def test_after_a_final_consonant(word):
    assert after(word) == ["은", "이", "을", "과", "으로", "이라고"]


@pytest.mark.parametrize("word", each(VOWEL))
def test_after_a_vowel(word):
    assert after(word) == ["는", "가", "를", "와", "로", "라고"]


@pytest.mark.parametrize("word", each(AFTER_L))
def test_after_an_l_the_way_is_short(word):
    assert after(word) == ["은", "이", "을", "과", "로", "이라고"]


def test_marks_between_are_looked_through():
    assert resolved("<b style='color:red'>Maxout</b>은(는)") == "<b style='color:red'>Maxout</b>은"
    assert resolved("‘끝’(으)로") == "‘끝’으로"


def test_every_activation_is_read_as_it_is_said():
    """Only Maxout ends in a consonant."""
    closed = {phi.label for phi in ACTIVATIONS.values() if after(phi.label)[0] == "은"}
    assert closed == {"Maxout"}


def test_sentences_are_resolved_in_korean_only():
    said = text("ko")("verdict.learns", name="Maxout", task="XOR", solved=1, count=2, fates="")
    assert said.startswith("Maxout은 ")
    assert "(" not in said
