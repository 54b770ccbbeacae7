"""Korean particles after what a sentence is filled with, as one reads it aloud."""

import pytest

from components.words.text import text
from components.words.text.particles import resolved
from models import ACTIVATIONS

BOTH = ["은(는)", "이(가)", "을(를)", "과(와)", "(으)로"]


def after(word: str) -> list[str]:
    """The five particles after a word."""
    return [resolved(f"{word}{both}").removeprefix(word) for both in BOTH]


@pytest.mark.parametrize("word", ["10", "3", "6", "0", "1,000", "은닉층", "Maxout", "Adam"])
def test_after_a_final_consonant(word):
    assert after(word) == ["은", "이", "을", "과", "으로"]


@pytest.mark.parametrize("word", ["2", "4", "5", "9", "0.05%", "나", "ReLU", "Sigmoid", "tanh"])
def test_after_a_vowel(word):
    assert after(word) == ["는", "가", "를", "와", "로"]


@pytest.mark.parametrize("word", ["1", "7", "8", "-1", "0.81", "길", "He normal", "U(-1, 1)"])
def test_after_an_l_the_way_is_short(word):
    assert after(word) == ["은", "이", "을", "과", "로"]


def test_marks_between_are_looked_through():
    assert resolved("<b style='color:red'>Maxout</b>은(는)") == "<b style='color:red'>Maxout</b>은"
    assert resolved("‘끝’(으)로") == "‘끝’으로"


def test_every_activation_is_read_as_it_is_said():
    """Only Maxout ends in a consonant."""
    closed = {phi.label for phi in ACTIVATIONS.values() if after(phi.label)[0] == "은"}
    assert closed == {"Maxout"}


def test_sentences_are_resolved_in_korean_only():
    said = text("ko")("verdict.learns", name="Maxout", solved=1, count=2, fates="")
    assert said.startswith("Maxout은 ")
    assert "(" not in said
