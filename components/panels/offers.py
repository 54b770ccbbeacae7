"""What stands in place of a run that would take too long or too much memory: offers that fit."""

import bisect
import itertools
from collections.abc import Iterator, Sequence

import streamlit as st

from components.drawing.charts.style import Style
from components.drawing.elements import networks_in_words
from components.panels.header import header
from components.panels.overview.functions import functions_cell
from components.runs import Runs
from components.runs.policy import MAX_BYTES, MAX_SECONDS
from components.settings import state
from components.settings.choice import Choice
from components.settings.state.items import COMPARABLE, NETWORKS, STEPS
from components.words.numbers import duration, whole
from models.cost import Cost

FITTING = {"networks": NETWORKS, "steps": STEPS, "width": range(1, 129)}


def affordable(style: Style, runs: Runs, choice: Choice) -> bool:
    """Whether to train at once; if not, say what it would take and offer what fits."""
    words = style.words
    if runs.known(choice.experiments):
        return True
    cost = runs.estimate(choice.experiments)
    too_large = cost.bytes > MAX_BYTES
    accepted = state.get("accepted") == choice
    if not too_large and (accepted or cost.seconds <= MAX_SECONDS):
        state.put("accepted", choice)  # not asked again should the estimate grow
        return True
    header(words, choice, None)
    if too_large:
        size, limit = whole(cost.bytes / 2**20), whole(MAX_BYTES >> 20)
        st.warning(words("cost.memory", size=size, limit=limit), icon=":material/memory:")
    else:
        time = duration(cost.seconds, words)
        st.warning(words("cost.time", time=time), icon=":material/schedule:")
    with st.container(horizontal=True):
        for changes, seconds in _offers(runs, choice):
            label = " · ".join(
                networks_in_words(words, value)
                if control == "networks"
                else words(f"cost.use_{control}", value=whole(value))
                for control, value in changes.items()
            )
            label += f" ({duration(seconds, words)})"
            key = "use " + " ".join(f"{control} {value}" for control, value in changes.items())
            st.button(label, on_click=_accept, args=(choice, changes), key=key)
        if not too_large:
            key = f"go anyway {hash(choice)}"
            st.button(words("cost.anyway"), on_click=_accept, args=(choice, {}), key=key)
    with st.container(key="alone"):
        functions_cell(style, choice.experiments)
    return False


def _accept(choice: Choice, changes: dict[str, int]) -> None:
    """Take an offer: move its controls, and do not ask again should the estimate grow."""
    second = {f"compare_{name}": None for name in changes if name in COMPARABLE}
    state.put_all(changes | second | {"accepted": choice.changed(**changes)})


def _offers(runs: Runs, choice: Choice) -> list[tuple[dict[str, int], float]]:
    """The nearest settings that fit, with their seconds: as few controls moved as will do."""
    for lowered in ((), ("networks",)):
        for offers in _with_lowered(runs, choice, lowered):
            return offers
    # If all three have to be lowered, the width least of all, then the steps.
    everything = itertools.chain(*_with_lowered(runs, choice, ("networks", "steps")))
    return [max(everything, key=lambda offer: list(offer[0].values())[::-1])]


def _with_lowered(
    runs: Runs, choice: Choice, lowered: Sequence[str]
) -> Iterator[list[tuple[dict[str, int], float]]]:
    """Offers that move one more control, for all values of the ``lowered``, the largest first."""
    for values in itertools.product(*(sorted(FITTING[name], reverse=True) for name in lowered)):
        changes = dict(zip(lowered, values, strict=True))
        offers = [
            (changes | offer, seconds)
            for control in FITTING
            if control not in lowered
            for offer, seconds in _largest_fitting(runs, choice.changed(**changes), control)
        ]
        if offers:
            yield offers


def _largest_fitting(
    runs: Runs, choice: Choice, control: str
) -> Iterator[tuple[dict[str, int], float]]:
    """The largest value of a control with which the run fits, and its seconds; or nothing."""

    def cost(value: int) -> Cost:
        return runs.estimate(choice.changed(**{control: value}).experiments)

    def too_costly(value: int) -> bool:
        return cost(value).bytes > MAX_BYTES or cost(value).seconds > MAX_SECONDS

    options = sorted(FITTING[control])
    if fitting := bisect.bisect_left(options, True, key=too_costly):  # costs grow with the value
        value = options[fitting - 1]
        yield {control: value}, cost(value).seconds
