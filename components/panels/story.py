"""What the page is about, for who sees it for the first time: the problem, and where to look."""

from components.charts.style import RAMP
from components.drawings import point_name
from components.text import Text
from models.datasets import labelled_points


def story(words: Text, depth: int) -> str:
    """XOR as a card of its four points, a sentence on it, and one on what to look at.

    ``depth``: hidden layers of the deepest network.
    """
    points = "".join(_point(place, *point) for place, point in enumerate(labelled_points()))
    card = f'<div class="vgl-xor" role="img" aria-label="{_in_words()}">{points}</div>'
    look = words("story.look") if depth else words("story.look_flat")
    texts = f"<p>{words('story.xor')}</p><p>{look}</p>"
    return f'<div class="vgl-story">{card}<div>{texts}</div></div>'


def _point(place: int, first: float, second: float, label: int) -> str:
    """One point in its corner, with its label in the colours of the surfaces."""
    fill, ink = (RAMP[-1], RAMP[0]) if label else (RAMP[0], "#ffffff")
    corner = f"{2 - int(second)}/{1 + int(first)}"
    style = f"grid-area:{corner};background:{fill};color:{ink}"
    return f'<i title="{point_name(place)} → {label}" style="{style}">{label}</i>'


def _in_words() -> str:
    """The table of XOR for who cannot see it."""
    labels = (label for *_, label in labelled_points())
    return "XOR: " + ", ".join(f"{point_name(i)} → {label}" for i, label in enumerate(labels))
