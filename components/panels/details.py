"""What else is known about a run, and the code that repeats it."""

import streamlit as st

from components.numbers import number, whole
from components.sidebar import Choice
from components.text import Text
from models import ACTIVATIONS, Experiment, History


def details(words: Text, choice: Choice, histories: tuple[History, ...]) -> None:
    """What else is known about the run, and the code that repeats it."""
    with st.expander(words("details.title"), key="details"):
        rows = []
        for history in histories:
            phi, experiment = history.experiment.phi, history.experiment
            facts = words(
                "details.activation",
                name=phi.label,
                formula=phi.formula,
                derivative=phi.derivative_formula,
                range=phi.range,
                paper=phi.paper,
                year=phi.year,
                count=whole(experiment.parameter_count),
            )
            rows.append(facts)
        speed = sum(history.network_steps_per_second for history in histories)
        rows.append(
            words(
                "details.speed",
                seconds=number(histories[0].seconds, decimals=2),
                speed=whole(speed),
            )
        )
        st.markdown("\n".join(f"- {row}" for row in rows))
        st.markdown(words("details.code"))
        st.code(_code(choice.experiment, choice.other), language="python")


def _code(experiment: Experiment, other: Experiment | None) -> str:
    """A script that repeats the run with ``models``."""
    default = Experiment()
    lines = [
        f"    {name}={getattr(experiment, name)!r},"
        for name in vars(default)
        if name == "activation" or getattr(experiment, name) != getattr(default, name)
    ]
    text = (
        "import numpy as np\n\nfrom models import Experiment, train\n\nexperiment = Experiment(\n"
    )
    text += "\n".join(lines) + "\n)\nhistory = train(experiment)\n"
    text += _code_summary("history")
    if other:
        arguments = repr(other.activation)
        if ACTIVATIONS[other.activation].parameter:
            arguments += f", {other.activation_parameter!r}"
        text += f"\nother = train(experiment.with_activation({arguments}))\n" + _code_summary(
            "other"
        )
    return text


def _code_summary(name: str) -> str:
    """Lines that print the figures of the page: how many solved it, and the gradient by layer."""
    return f"print({name}.solved.sum())\nprint(np.median({name}.weight_gradient_norm[0], axis=1))\n"
