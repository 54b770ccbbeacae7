"""The card of what is to be learned, and what is said of it."""

import itertools
import re

import numpy as np
import pytest

from components.panels.story import story
from components.words.text import LANGUAGES, text
from models import Experiment
from models.tasks import TASKS
from tests.components.page import plain

RULES = {
    "xor": lambda a, b: a != b,
    "xnor": lambda a, b: a == b,
    "and": lambda a, b: a and b,
    "or": lambda a, b: a or b,
    "nand": lambda a, b: not (a and b),
    "nor": lambda a, b: not (a or b),
}
SAID = {
    "xor": "the answer is 1 when the inputs differ.",
    "xnor": "the answer is 1 when the inputs are alike.",
    "and": "the answer is 1 when both inputs are 1.",
    "or": "the answer is 1 when at least one input is 1.",
    "nand": "the answer is 1 unless both inputs are 1.",
    "nor": "the answer is 1 when neither input is 1.",
}


def told(*data: str, language: str = "en") -> str:
    return story(text(language), [Experiment(data=each) for each in data])


def a_line_is_enough(labels: list[int]) -> bool:
    """Whether one of many neurons with small whole weights has these labels at the corners."""
    inputs = np.array([*itertools.product((0, 1), repeat=2)])
    weights = itertools.product((-2, -1, 0, 1, 2), (-2, -1, 0, 1, 2), np.arange(-4.5, 5))
    return any(((inputs @ (a, b) + c > 0) == labels).all() for a, b, c in weights)


def test_the_first_screens_story_is_xors():
    card = (
        '<div class="vgl-story"><div class="vgl-xor" role="img" '
        'aria-label="XOR: (0, 0) → 0, (0, 1) → 1, (1, 0) → 1, (1, 1) → 0">'
    )
    assert told("xor").startswith(card)
    said = "XOR: the answer is 1 when the inputs differ. No straight line parts the two answers."
    assert said in plain(told("xor"))


@pytest.mark.parametrize("data", TASKS)
def test_a_gates_card_and_sentence_are_true_of_it(data):
    gate, centred = data.removesuffix("_centred"), data.endswith("_centred")
    low = "−1" if centred else "0"
    corners, labels = {}, []
    for first, second in itertools.product((0, 1), repeat=2):
        label = int(RULES[gate](first, second))
        labels.append(label)
        written = [low if not each else "1" for each in (first, second)]
        corners[f"{2 - second}/{1 + first}"] = f"({', '.join(written)}) → {label}", f"{label}"
    found = re.findall(r'<i title="(.*?)" style="grid-area:(.*?);.*?">(.*?)</i>', told(data))
    assert {corner: (title, label) for title, corner, label in found} == corners
    line = a_line_is_enough(labels)
    assert f"{TASKS[data].label}: {SAID[gate]}" in plain(told(data))
    assert (text("en")("story.line") in told(data)) is line
    assert (text("en")("story.no_line") in told(data)) is not line


@pytest.mark.parametrize("language", LANGUAGES)
def test_runs_that_learn_different_things_have_a_card_each(language):
    both = told("xor", "and_centred", language=language)
    assert both.count('class="vgl-xor"') == 2
    assert told("or", "or", language=language).count('class="vgl-xor"') == 1
    words = text(language)
    for name, gate, line in (("XOR", "xor", "no_line"), ("AND ±1", "and", "line")):
        sentence = words(f"story.{gate}", name=name)
        assert f"<p>{sentence} {words(f'story.{line}')}</p>" in both
