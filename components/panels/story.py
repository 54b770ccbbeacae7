"""What the page is about, for who sees it for the first time: the problem, and where to look."""

from collections.abc import Sequence

from components.drawing.charts.style import RAMP
from components.drawing.drawings import point_name
from components.words.text import Text
from models import History
from models.diagnostics import gradient_ratio, gradient_trend, trend
from models.tasks import XOR


def story(words: Text, depth: int, histories: Sequence[History] = ()) -> str:
    """XOR as a card of its four points, a sentence on it, and one on what to look at.

    ``depth``: hidden layers of the deepest network; ``histories``: the runs, once there are any.
    """
    points = "".join(_point(place, *point) for place, point in enumerate(XOR.labelled_points()))
    card = f'<div class="vgl-xor" role="img" aria-label="{_in_words()}">{points}</div>'
    kind = _look(depth, histories)
    look = words(f"story.{kind}")
    texts = f"<p>{words('story.xor')}</p><p>{look}</p>"
    return f'<div class="vgl-story">{card}<div>{texts}</div></div>'


def _look(depth: int, histories: Sequence[History]) -> str:
    """What is to be seen of the runs' gradients: an exploded one may be as large in every layer."""
    if not depth:
        return "look_flat"
    exploding = [history for history in histories if gradient_trend(history) == "exploding"]
    ratios = [gradient_ratio(history.weight_gradient_norm[0]) for history in exploding]
    if any(trend(ratio) == "level" for ratio in ratios):
        return "look_huge"
    return "look_explodes" if exploding else "look"


def _point(place: int, first: float, second: float, label: int) -> str:
    """One point in its corner, with its label in the colours of the surfaces."""
    fill, ink = (RAMP[-1], RAMP[0]) if label else (RAMP[0], "#ffffff")
    corner = f"{2 - int(second)}/{1 + int(first)}"
    style = f"grid-area:{corner};background:{fill};color:{ink}"
    return f'<i title="{point_name(place)} → {label}" style="{style}">{label}</i>'


def _in_words() -> str:
    """The table of XOR for who cannot see it."""
    labels = (label for *_, label in XOR.labelled_points())
    return "XOR: " + ", ".join(f"{point_name(i)} → {label}" for i, label in enumerate(labels))
