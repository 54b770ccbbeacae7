"""What the page is about, for who sees it for the first time: the problem, and where to look."""

from collections.abc import Sequence

from markupsafe import Markup

from components.drawing.charts.style import RAMP
from components.drawing.markup import element
from components.drawing.plane import point_name
from components.words.text import Text
from models import Experiment, History
from models.diagnostics import gradient_ratio, gradient_trend, trend
from models.tasks import Task


def story(
    words: Text, experiments: Sequence[Experiment], histories: Sequence[History] = ()
) -> Markup:
    """What is to be learned as a card of its points, a sentence on it, and one on what to look at.

    ``histories``: the runs, once there are any. Runs that learn different things have a card each.
    """
    tasks = dict.fromkeys(experiment.task for experiment in experiments)
    # These sentences hold their own tags.
    kind = _look(experiments, histories)
    look = Markup(words(f"story.{kind}"))
    texts = (element("p", each) for each in (*(_about(words, task) for task in tasks), look))
    return element("div", *map(_card, tasks), element("div", *texts), class_="vgl-story")


def _about(words: Text, task: Task) -> Markup:
    """When the answer is 1, which is the same in either coding, and whether a line is enough."""
    gate = task.name.partition("_")[0]
    line = "line" if task.is_separable else "no_line"
    return Markup(words(f"story.{gate}", name=task.label)) + " " + words(f"story.{line}")


def _card(task: Task) -> Markup:
    points = (_point(task, place, *point) for place, point in enumerate(task.labelled_points()))
    return element("div", *points, class_="vgl-xor", role="img", aria_label=_in_words(task))


def _look(experiments: Sequence[Experiment], histories: Sequence[History]) -> str:
    """What is to be seen of the runs' gradients: an exploded one may be as large in every layer."""
    if not any(experiment.depth for experiment in experiments):
        return "look_flat"
    exploding = [history for history in histories if gradient_trend(history) == "exploding"]
    ratios = [gradient_ratio(history.weight_gradient_norm[0]) for history in exploding]
    if any(trend(ratio) == "level" for ratio in ratios):
        return "look_huge"
    return "look_explodes" if exploding else "look"


def _point(task: Task, place: int, first: float, second: float, label: int) -> Markup:
    """One point in its corner, with its label in the colours of the surfaces."""
    fill, ink = (RAMP[-1], RAMP[0]) if label else (RAMP[0], "#ffffff")
    middle = sum(task.window) / 2
    corner = f"{1 + (second < middle)}/{1 + (first > middle)}"
    style = f"grid-area:{corner};background:{fill};color:{ink}"
    return element("i", label, title=f"{point_name(task, place)} → {label}", style=style)


def _in_words(task: Task) -> str:
    """The table of the points for who cannot see it."""
    labels = (label for *_, label in task.labelled_points())
    points = (f"{point_name(task, place)} → {label}" for place, label in enumerate(labels))
    return f"{task.label}: {', '.join(points)}"
