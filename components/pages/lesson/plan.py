"""The lecture's plan for a sheet of paper: which scene in which minute, in fifty or in twenty."""

from itertools import accumulate

from markupsafe import Markup

from components.drawing.markup import element, table
from components.pages.lesson.scenes import SCENES, Scene
from components.settings.outline import MINUTES, MINUTES_SHORT
from components.words.text import Text

_STYLE = """
@page { margin: 1.5cm; }
body {
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.45; word-break: keep-all;
  font-family: "Source Sans 3", "Noto Sans KR", "Noto Sans CJK KR", "Malgun Gothic", system-ui,
    sans-serif;
}
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin: 1.5rem 0 0.3rem; break-after: avoid; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.8rem 0.3rem 0; }
tr > * { border-top: 1px solid #bbb; }
td:first-child { white-space: nowrap; font-variant-numeric: tabular-nums; }
tr { break-inside: avoid; } a { color: inherit; }
"""


def plan(words: Text, address: str) -> str:
    """A page to be printed: each scene's minutes, question and notes.

    Args:
        words: the language.
        address: the lesson's.
    """
    title = f"{words('lesson.plan')}: {words('lesson.title')}"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width"),
        element("title", title),
        element("style", Markup(_STYLE)),
    )
    body = element(
        "body",
        element("h1", title),
        *_path(words, address, MINUTES, notes=True),
        *_path(words, address, MINUTES_SHORT, notes=False),
    )
    return f"<!doctype html>{element('html', head, body, lang=words.language)}"


def minutes_of(scene: Scene) -> tuple[int, int]:
    """When a scene begins and ends in a lecture of fifty minutes."""
    own = MINUTES[scene.name]
    end = next(end for each, end in _ends(MINUTES) if each is scene)
    return end - own, end


def _ends(minutes: dict[str, int]) -> list[tuple[Scene, int]]:
    """The scenes of a path, each with the minute at which it ends."""
    scenes = [scene for scene in SCENES if scene.name in minutes]
    ends = accumulate(minutes[scene.name] for scene in scenes)
    return list(zip(scenes, ends, strict=True))


def _path(
    words: Text, address: str, minutes: dict[str, int], *, notes: bool
) -> tuple[Markup, Markup]:
    heads = [words("lesson.plan_minute"), words("lesson.plan_scene"), words("lesson.plan_asked")]
    heads += [words("lesson.plan_told")] if notes else []
    rows = [
        _row(words, address, scene, end - minutes[scene.name], end, notes)
        for scene, end in _ends(minutes)
    ]
    title = words("lesson.plan_path", minutes=sum(minutes.values()), count=len(rows))
    return element("h2", title), table(heads, rows)


def _row(words: Text, address: str, scene: Scene, start: int, end: int, notes: bool) -> Markup:
    name = f"{scene.number}. {words(f'lesson.{scene.name}.title')}"
    link = f"{address}?scene={scene.number}&present=on&lang={words.language}"
    question = words(f"lesson.{scene.name}.question", **scene.setting())
    told = [words(f"lesson.{scene.name}.notes")] if notes else []
    cells = (f"{start}–{end}", element("a", name, href=link), question, *told)
    return element("tr", *(element("td", cell) for cell in cells))
