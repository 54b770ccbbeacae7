"""What became of the networks: in words, and as a thin bar whose parts show such a network."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from components.drawing.charts.style import Style
from components.drawing.made import once
from components.export.pictures import Picture
from components.export.source import Source
from components.export.tables import Bar, Part, bars_drawing
from components.words.numbers import number, percent
from components.words.text import Text
from models import Experiment, History
from models.diagnostics import fate_counts, fates, kept_by_all, lost_fate, standing
from models.tasks import PLATEAUS

TINTS = {"solved": 1.0, "learning": 0.6, "constant": 0.22, "one_apart": 0.3, "two_apart": 0.4,
         "elsewhere": 0.5}  # fmt: skip
"""How much of the run's colour a part of the bar has; the others are hatched."""
_HTML = '<div class="fates"></div>'
_CSS = """
.fates { display: flex; flex-wrap: wrap; gap: 0.3rem 2rem; color: var(--st-text-color); }
.run { flex: 1 1 20rem; min-width: 0; }
.bar { display: flex; gap: 2px; height: 0.6rem; }
.bar button { min-width: 4px; height: 100%; padding: 0; border-radius: 2px; }
.names { display: flex; flex-wrap: wrap; gap: 0 0.9rem; }
button { border: 0; background: none; font: inherit; color: inherit; cursor: pointer; }
.names button { padding: 0.15rem 0; font-size: 0.95rem; display: flex; align-items: center; gap: 0.35rem; }
.names button:hover { text-decoration: underline; }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.names i { width: 0.7rem; height: 0.7rem; border-radius: 2px; }
.dead {
  background:
    repeating-linear-gradient(45deg, var(--st-text-color) 0 1.5px, transparent 1.5px 4px),
    repeating-linear-gradient(-45deg, var(--st-text-color) 0 1.5px, transparent 1.5px 4px) !important;
}
.diverged {
  background: repeating-linear-gradient(45deg, var(--st-text-color) 0 2px, transparent 2px 5px) !important;
}
.undefined {
  background: radial-gradient(circle, var(--st-text-color) 0 1.2px, transparent 1.6px) 0 0 / 4.8px 4.8px !important;
}
"""  # noqa: E501
_CSS += "".join(
    f".{fate} {{ background: color-mix(in srgb, var(--arm) {tint:.0%}, var(--st-background-color))"
    " !important; }\n"
    for fate, tint in TINTS.items()
)
_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".fates");
  const button = (run, part, inside) => {
    const made = document.createElement("button");
    made.type = "button";
    made.title = `${part.label}: ${part.means}. ${data.pick}`;
    made.append(...inside);
    made.onclick = () => setTriggerValue("picked", `${run.place} ${part.fate}`);
    return made;
  };
  root.replaceChildren(...data.runs.map(run => {
    const whole = document.createElement("div"), bar = document.createElement("div");
    const names = document.createElement("div");
    whole.className = "run"; bar.className = "bar"; names.className = "names";
    whole.style.setProperty("--arm", run.color);
    whole.setAttribute("role", "group");
    whole.setAttribute("aria-label", `${data.label}: ${run.name}`);
    bar.setAttribute("aria-hidden", "true");
    for (const part of run.parts) {
      const piece = button(run, part, []);
      piece.className = part.fate; piece.style.flexGrow = part.count; piece.tabIndex = -1;
      bar.append(piece);
      const swatch = document.createElement("i");
      swatch.className = part.fate;
      names.append(button(run, part, [swatch, part.label]));
    }
    whole.append(bar, names);
    return whole;
  }));
}
"""


def fate_bar(style: Style, histories: tuple[History, ...]) -> int | None:
    """Draw a bar a run; a click on a part answers with one of its networks."""
    component = st.components.v2.component("fates", html=_HTML, css=_CSS, js=_JS)
    data = once(_bars, style, histories)
    # Without a callback it would have no value; it is read before what depends on it is drawn.
    clicked = component(data=data, key="fates", height="content", on_picked_change=lambda: None)
    if clicked.picked is None:
        return None
    for place, history in enumerate(histories):
        for fate in fate_counts(history):
            if clicked.picked == f"{place} {fate}":
                return _example(history, fate, kept_by_all(histories))
    return None


def _bars(style: Style, histories: tuple[History, ...]) -> dict:
    words = style.words
    return {
        "label": words("fate.bar"),
        "pick": words("fate.pick"),
        "runs": [_run(style, place, history) for place, history in enumerate(histories)],
    }


def _run(style: Style, place: int, history: History) -> dict:
    words = style.words
    parts = [
        {
            "fate": fate,
            "count": count,
            "label": words(
                "fate.counted", count=count, fate=in_words(words, history.experiment, fate)
            ),
            "means": _meaning(words, history.experiment, fate),
        }
        for fate, count in fate_counts(history).items()
    ]
    return {
        "place": place,
        "name": style.names[place],
        "color": style.colors[place],
        "parts": parts,
    }


def _example(history: History, fate: str, kept: Sequence[int]) -> int | None:
    """A network that met this fate: one whose parameters were kept, if there is any."""
    met = np.flatnonzero(fates(history) == fate).tolist()
    return next(iter([*(network for network in met if network in kept), *met]), None)


def in_words(words: Text, experiment: Experiment, fate: str) -> str:
    """The name of a fate."""
    if fate in PLATEAUS:
        height = experiment.plateaus[fate]
        return words(f"fate.{fate}", height=number(height, decimals=3))
    return words(f"fate.{fate}")


def lost_in_words(words: Text, experiment: Experiment) -> str:
    """The name of what befell networks whose loss is no longer finite."""
    return in_words(words, experiment, lost_fate(experiment))


def _meaning(words: Text, experiment: Experiment, fate: str) -> str:
    if fate in PLATEAUS:
        return words("fate.plateau_means")
    return words(f"fate.{fate}_means", height=lowest_plateau(experiment))


def lowest_plateau(experiment: Experiment) -> str:
    """Below it two points can't have one answer: what a solved network's loss has to be."""
    return number(experiment.lowest_plateau, decimals=4)


def unsolved_in_words(words: Text, history: History) -> str:
    """How the verdict goes on: what became of those that did not solve it, if there are any."""
    counts = fate_counts(history)
    counts.pop("solved", None)
    if not counts:
        return ""
    told = [_told(words, history.experiment, *each) for each in counts.items()]
    return words("fate.list", fates=words("fate.between").join(told))


def _told(words: Text, experiment: Experiment, fate: str, count: int) -> str:
    if fate in PLATEAUS:
        height = number(experiment.plateaus[fate], decimals=3)
        return words("fate.told_plateau", count=count, height=height)
    return words(f"fate.told_{fate}", count=count)


def fate_pictures(histories: Sequence[History], source: Source) -> list[Picture]:
    """The bars with their intervals, to be taken away."""
    words, experiments = source.words, tuple(history.experiment for history in histories)
    bars = [_bar(words, history) for history in histories]
    about = words(
        "export.fates_how", networks=experiments[0].networks, task=experiments[0].task.label
    )
    drawing = bars_drawing(source.style, bars)
    title = words("fate.bar")
    return [Picture(source, experiments, "fates", title, about=about, drawing=drawing)]


def _bar(words: Text, history: History) -> Bar:
    one = standing(history)
    parts = [
        Part(
            count / one.networks,
            words("fate.counted", count=count, fate=in_words(words, history.experiment, fate)),
            TINTS.get(fate),
            crossed=fate == "dead",
        )
        for fate, count in one.fates.items()
    ]
    said = words("export.fates_solved", solved=one.solved, networks=one.networks,
                 task=history.experiment.task.label,
                 low=percent(one.low), high=percent(one.high))  # fmt: skip
    return Bar(said, parts, one.low, one.high)
