"""What a visitor chooses to look at in the open panel: the step, the point; and the panel."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from components.drawing.charts.style import Style
from components.drawing.plane import point_name
from components.panels.fates import in_words
from components.panels.in_view import show
from components.panels.inside.view import View
from components.settings import state
from components.settings.state.items import PANELS
from components.words.numbers import whole
from components.words.text import Text
from models import History
from models.diagnostics import fates, kept_by_all, network_like

END = -1  # in place of a step: the run's last one, also while there are ever more of them


def choose_panel(words: Text) -> str | None:
    """The open panel, if one is."""
    st.segmented_control(
        words("inside.title"),
        PANELS,
        default=state.get("inside"),
        format_func=lambda name: words(f"inside.{name}"),
        **state.control("inside"),
        label_visibility="collapsed",
    )
    return state.get("inside")


def offer_kept(style: Style, histories: tuple[History, ...], network: int) -> None:
    """Say that a network was not kept, and offer the kept one most like it, or the typical one."""
    words = style.words
    first, kept = histories[0], kept_by_all(histories)
    like = network_like(first, network, kept)
    if like is None:
        offer, choose = words("inside.show_typical"), partial(state.put, "view", "typical")
    else:
        fate = in_words(words, first.experiment, fates(first)[network])
        offer = words("inside.show_like", network=like, name=style.names[0], fate=fate)
        choose = partial(show, like)
    st.caption(words("inside.not_kept", network=network, count=len(kept)))
    st.button(offer, key=f"show kept {like}", on_click=_everywhere, args=(choose,))


def _everywhere(choose: Callable[[], None]) -> None:
    """Show it in the charts and the printout as well, not only in this part of the page."""
    choose()
    st.rerun()


def choose_step(view: View, panel: str, start: int) -> int:
    """The frame to look at; ``start`` is 0 or ``END``. Panels of one name share their step.

    A browser remembers the place of a slider, not its step: where a run that goes on, or another
    one, has the step at another place, there is another slider.
    """
    words, steps = view.words, view.histories[0].frame_steps.tolist()
    if len(steps) == 1:
        return 0
    options = [*steps[:-1], END]
    name, drawn = f"step {panel}", f"drawn {panel}"
    step = step_now(steps, state.get(name), start)
    was, where = state.get(drawn)
    shifted = was == step and where != options.index(step)
    (state.put_anew if shifted else state.put)(name, step)
    step = st.select_slider(
        words("inside.step", last=whole(steps[-1])),
        options,
        value=step,
        format_func=lambda step: words("inside.end") if step == END else whole(step),
        **state.control(name),
    )
    place = options.index(step)
    state.put(drawn, (step, place))
    return place


def step_now(steps: Sequence[int], chosen: int | None, start: int) -> int:
    """Of a run's steps the one to show after ``chosen`` was, perhaps in another run; or ``END``."""
    if chosen is None:
        chosen = start
    if chosen == END or chosen >= steps[-1]:
        return END
    return max(step for step in steps if step <= chosen)


def choose_point(view: View) -> int:
    """The place of one of the points, by the names that they have in the first run."""
    tasks = [experiment.task for experiment in view.experiments]
    st.segmented_control(
        view.words("inside.point"),
        range(min(task.points for task in tasks)),
        default=state.get("point"),
        required=True,
        format_func=partial(point_name, tasks[0]),
        **state.control("point"),
    )
    return state.get("point")
