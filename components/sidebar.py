"""The controls: what they show becomes an ``Experiment``, and the link."""

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from components import state
from components.copy_link import copy_link_button
from components.state import DEFAULTS, LABELS, NONE
from components.text import LANGUAGES, Text, text
from models import Experiment
from models.experiment import RANGES

PRESETS: dict[str, dict[str, Any]] = {
    "lab": {"activation": "sigmoid", "compare": "relu", "depth": 3, "init": "lab", "steps": 10_000},
    "sigmoid9": {"activation": "sigmoid", "compare": NONE, "steps": 10_000},
    "relu9": {},
    "pytorch": {"init": "pytorch", "steps": 10_000, "width": 5},
    "rate": {"learning_rate": 5.0, "depth": 3},
}


@dataclass(frozen=True)
class Choice:
    """What the sidebar says: the experiment, and the one it is compared with, if any."""

    experiment: Experiment
    other: Experiment | None

    @property
    def experiments(self) -> list[Experiment]:
        """One or two experiments that are trained together."""
        return [self.experiment] + ([self.other] if self.other else [])

    def changed(self, **values: int) -> "Choice":
        """The same choice with fields of both experiments at other values."""
        other = replace(self.other, **values) if self.other else None
        return Choice(replace(self.experiment, **values), other)


def choose_language() -> Text:
    """The language control; a visitor starts in the browser's language."""
    locale = st.context.locale or ""
    state.start("ko" if locale.lower().startswith("ko") else "en")
    language = st.sidebar.segmented_control(
        "언어 · Language",
        list(LANGUAGES),
        format_func=LANGUAGES.get,
        required=True,
        key="lang",
        label_visibility="collapsed",
    )
    return text(language)


def sidebar(words: Text) -> Choice:
    """Draw every control and return what they say."""
    with st.sidebar:
        presets = st.container()  # filled last: it shows which preset the controls match
        activation = _select("activation", words)
        compare = _select("compare", words)
        depth = _slider("depth", words)
        width = _slider("width", words)
        with st.expander(words("controls.more"), key="more"):
            init = _select("init", words)
            optimizer = _select("optimizer", words)
            learning_rate = _steps_slider("learning_rate", words)
            steps = _steps_slider("steps", words)
            networks = _steps_slider("networks", words)
            used = {activation, compare}
            parameters = {}
            if "leaky_relu" in used:
                parameters["leaky_relu"] = _steps_slider("slope", words)
            if "elu" in used:
                parameters["elu"] = _steps_slider("alpha", words)
            seed = _seed(words)
            dtype = _select("dtype", words)
        with presets:
            _presets(words)
        left, right = st.columns(2)
        left.button(
            words("controls.reset"), on_click=_set_all, args=({},), width="stretch", key="reset"
        )
        with right:
            copy_link_button(words("controls.copy"), words("controls.copied"))
    values = {
        "activation": activation,
        "compare": compare,
        "depth": depth,
        "width": width,
        "init": init,
        "optimizer": optimizer,
        "learning_rate": learning_rate,
        "steps": steps,
        "networks": networks,
        "seed": seed,
        "dtype": dtype,
    }
    return _choice(values, parameters)


def first_choice() -> Choice:
    """What the sidebar says before anybody touches it."""
    return _choice(DEFAULTS, {})


def _choice(values: dict[str, Any], parameters: dict[str, float]) -> Choice:
    """The controls' values, and parameters by activation, as experiments."""
    activation, compare = values["activation"], values["compare"]
    experiment = Experiment(
        activation=activation,
        depth=values["depth"],
        width=values["width"],
        init=values["init"],
        optimizer=values["optimizer"],
        learning_rate=values["learning_rate"],
        steps=values["steps"],
        networks=values["networks"],
        seed=values["seed"],
        dtype=values["dtype"],
        activation_parameter=parameters.get(activation),
    )
    other = None
    if compare not in (NONE, activation):
        other = experiment.with_activation(compare, parameters.get(compare))
    return Choice(experiment, other)


def _presets(words: Text) -> None:
    current = {name: state.get(name) for name in DEFAULTS}
    matching = [name for name, preset in PRESETS.items() if current == DEFAULTS | preset]
    state.put("preset", matching[0] if matching else None)
    st.pills(
        words("controls.presets"),
        list(PRESETS),
        format_func=words.section("presets").get,
        key="preset",
        help=words("help.presets"),
        on_change=_apply_preset,
    )


def _apply_preset() -> None:
    if preset := state.get("preset"):  # None: the active one was clicked again
        _set_all(PRESETS[preset])


def _set_all(values: dict[str, Any]) -> None:
    """Put every control at its default, but these."""
    state.put_all(DEFAULTS | values)


def _select(key: str, words: Text) -> Any:
    return st.selectbox(
        words(f"controls.{key}"),
        list(LABELS[key]),
        format_func=LABELS[key].get,
        key=key,
        help=words(f"help.{key}"),
    )


def _slider(key: str, words: Text) -> int:
    low, high = RANGES[key]
    return st.slider(words(f"controls.{key}"), low, high, key=key, help=words(f"help.{key}"))


def _steps_slider(key: str, words: Text) -> Any:
    return st.select_slider(
        words(f"controls.{key}"),
        list(LABELS[key]),
        format_func=LABELS[key].get,
        key=key,
        help=words(f"help.{key}"),
    )


def _seed(words: Text) -> int:
    low, high = RANGES["seed"]
    return st.number_input(words("controls.seed"), low, high, key="seed", help=words("help.seed"))
