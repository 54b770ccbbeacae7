"""What every panel is given, and what all of them draw with."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from markupsafe import Markup

from components.drawing.charts import arrow
from components.drawing.charts.style import Style
from components.drawing.elements import chart, line
from components.words.numbers import number, whole
from components.words.text import Text
from models import Experiment, History
from models.diagnostics import lost_fate
from models.norms import NO_NORM, NORMS
from models.passes import Pass, network_pass


@dataclass(frozen=True)
class View:
    """What is looked at: the runs, of any shapes, and the network that both are shown for."""

    style: Style
    histories: tuple[History, ...]
    network: int

    @property
    def words(self) -> Text:
        """The language."""
        return self.style.words

    @property
    def experiments(self) -> tuple[Experiment, ...]:
        """What was trained."""
        return tuple(history.experiment for history in self.histories)

    @property
    def which(self) -> str:
        """The network in a few words."""
        seed = self.histories[0].experiment.seed + self.network
        return self.words("export.which", network=self.network, seed=seed)

    @property
    def has_maxout(self) -> bool:
        """Whether a run's units have several pieces."""
        return any(history.experiment.phi.pieces > 1 for history in self.histories)

    @property
    def norms(self) -> set[str]:
        """The normalisations that a run has."""
        return {each.norm for each in self.experiments} - {NO_NORM}

    @property
    def over_points(self) -> bool:
        """Whether a run's norm compares the points with each other."""
        return any(NORMS[norm].over_points for norm in self.norms)

    @property
    def skips(self) -> bool:
        """Whether a run has skips."""
        return any(each.skip for each in self.experiments)

    def treated(self) -> list[str]:
        """What becomes of a run's gradient before a step takes it, where anything does."""
        told = []
        for each in self.experiments:
            notes = [self.words("inside.unit_gradient")] if each.unit_gradient else []
            if each.clip is not None:
                notes.append(self.words("inside.clip", clip=number(each.clip)))
            notes += [self.words("inside.accumulate")] if each.accumulate else []
            notes += [self.words("inside.broadcast")] if each.broadcast else []
            told.append(" ".join(notes))
        if len(set(told)) == 1:
            return [told[0]] if told[0] else []
        return [
            f"{name}: {each}" for name, each in zip(self.style.names, told, strict=True) if each
        ]

    def passes(self, frame: int) -> list[Pass]:
        """Each run's pass at a frame of the first one, or at its own last frame before that."""
        step = self.histories[0].frame_steps[frame]
        places = [
            int(np.searchsorted(history.frame_steps, step, side="right")) - 1
            for history in self.histories
        ]
        return [
            network_pass(history, self.network, slice(place, place + 1))
            for history, place in zip(self.histories, places, strict=True)
        ]

    def heading(self, place: int, text: str) -> Markup:
        """A line that begins with a run's name in its colour."""
        return line(self.style, place, text)


def tell_lost(view: View, place: int, one: Pass) -> bool:
    """Whether a run was lost by then; if so it is said."""
    if one.known[0]:
        return False
    lost = lost_fate(one.experiment)
    text = view.words(f"inside.{lost}", step=whole(one.steps[0]))
    st.html(view.heading(place, text))
    return True


def show_chart(
    view: View, kind: str, spec: dict, tables: dict, key: str = "", place: int | None = None
) -> None:
    """Draw a panel's chart: of the run at ``place``, or of all runs."""
    names = view.style.names if place is None else [view.style.names[place]]
    alt = view.words(f"alt.{kind}", names=" / ".join(names))
    many = kind != "product"
    chart(spec, arrow(tables), key=f"chart {kind} {key}", alt=alt, canvas=many)
