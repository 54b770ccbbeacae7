"""The plan that a lecturer prints."""

import re

import pytest

from components.pages.lesson.plan import plan
from components.pages.lesson.scenes import SCENES
from components.settings.outline import MINUTES, MINUTES_SHORT, OUTLINE
from components.words.text import text


@pytest.mark.parametrize("language", ["ko", "en"])
def test_each_minute_has_one_scene_in_the_lessons_order(language):
    words = text(language)
    made = plan(words, "https://lab.example/lesson")
    paths = made.split("<h2>")[1:]
    for path, minutes, total in zip(paths, (MINUTES, MINUTES_SHORT), (50, 20), strict=True):
        spans = [tuple(map(int, span)) for span in re.findall(r"<td>(\d+)–(\d+)</td>", path)]
        assert [start for start, _ in spans] == [0, *(end for _, end in spans[:-1])]
        assert spans[-1][1] == total
        assert str(total) in path.split("</h2>")[0]
        found = [int(number) for number in re.findall(r"lesson\?scene=(\d)&amp;present=on", path)]
        assert found == [scene.number for scene in SCENES if scene.name in minutes]
    assert set(MINUTES) == set(OUTLINE)
    assert paths[0].count(words("lesson.helps.notes").split(".")[0]) == 1
    assert "{" not in made.split("</style>")[1]
