"""What else is known about a run, and the code that repeats it."""

from collections.abc import Sequence

import streamlit as st

from components.drawing.charts.style import Style
from components.settings.naming import option_names
from components.words.numbers import number, whole
from models import Experiment, History

_KINDS = {
    "sigmoid": "cancels",
    "softmax": "cancels",
    "linear": "other",
    "relu": "other",
    "squared": "squared",
    "relu_squared": "off",
    "sigmoid_squared": "stays",
    "tanh_squared": "stays",
    "squared_signed": "squared",
    "tanh_squared_unit": "stays",
    "sigmoid_twice": "stays",
    "softmax_twice": "stays",
    "sigmoid_squared_signed": "stays",
}
"""What is worth saying of an output: what becomes of its slope."""


def details(style: Style, histories: tuple[History, ...]) -> None:
    """What else is known about the run, and the code that repeats it."""
    words = style.words
    with st.expander(words("details.title"), key="details"):
        rows = []
        # Runs of one function and size share a line.
        facts_of = {(h.experiment.phi, h.experiment.parameter_count): None for h in histories}
        for phi, count in facts_of:
            facts = words(
                "details.activation",
                name=phi.label,
                formula=phi.formula,
                derivative=phi.derivative_formula,
                range=phi.range,
                paper=phi.paper,
                year=phi.year,
                count=whole(count),
            )
            rows.append(facts)
        outputs = option_names(words, "output")
        judged = {(h.experiment.output, h.experiment.broadcast): h.experiment for h in histories}
        for e in judged.values():
            label, symbols = outputs[e.output], e.output_layer.symbols
            said = words(f"details.output_{_KINDS[e.output]}", label=label, **vars(symbols))
            rows.append(f"{said} {words('inside.broadcast')}" if e.broadcast else said)
        # Trained in one pass, all have its seconds.
        speed = sum(history.network_steps_per_second for history in histories)
        rows.append(
            words(
                "details.speed",
                seconds=number(histories[0].seconds, decimals=2),
                speed=whole(speed),
            )
        )
        listed = "\n".join(f"- {row}" for row in rows)
        st.markdown(f"{listed}\n\n{words('details.code')}")
        experiments = [history.experiment for history in histories]
        st.code(_code(style, experiments), language="python")


def _code(style: Style, experiments: Sequence[Experiment]) -> str:
    """A script that repeats the runs with ``models`` and prints the page's figures of each."""
    runs = "".join(
        f"    {name!r}: Experiment({_arguments(experiment)}),\n"
        for name, experiment in zip(style.names, experiments, strict=True)
    )
    return (
        "import numpy as np\n\nfrom models import Experiment, train\n\n"
        f"experiments = {{\n{runs}}}\n"
        "for name, experiment in experiments.items():\n"
        "    history = train(experiment)\n"
        "    print(name, history.solved.sum())\n"
        "    print(np.median(history.weight_gradient_norm[0], axis=1))\n"
    )


def _arguments(experiment: Experiment) -> str:
    """What is not at its default; the activation and its parameter always."""
    default, values = Experiment(), vars(experiment)
    said = [name for name in values if values[name] != getattr(default, name)]
    return ", ".join(f"{name}={values[name]!r}" for name in dict.fromkeys(["activation", *said]))
