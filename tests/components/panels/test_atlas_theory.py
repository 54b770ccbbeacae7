"""Whose theory is drawn over a map: in words, below it."""

import pytest

from components.drawing.charts.style import Style
from components.panels.atlas.place import mapped_of
from components.panels.atlas.theory import theory_in_words
from components.settings.atlases import shipped
from components.words.text import LANGUAGES, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_theories_whose_lines_lie_upon_each_other_are_said_to(language):
    words = text(language)
    critical, xavier, he = (
        words(f"atlas.theories.{name}") for name in ("critical", "xavier", "he")
    )
    atlas = shipped(
        "start"
    )  # of tanh: critical where its slope at 0 has the gradient stay as it is
    mapped = mapped_of(Style(language, False, (), (), False), atlas, "solved")
    said = theory_in_words(words, mapped)
    assert words("atlas.same_line", names=f"{critical} = {xavier}") in said
    assert f"= {he}" not in said
