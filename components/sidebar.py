"""The controls: what they show becomes an ``Experiment``, and the link.

Every control is bound to a parameter of the link by its key; a control at its default leaves the
link alone. A link holds what the control shows, so options read alike in both languages; a link
typed by hand may also use the identifiers of ``models`` (``relu`` for ReLU).
"""

from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from components.link import copy_link_button
from components.text import LANGUAGES, Text, text
from models import ACTIVATIONS, INITIALIZERS, Experiment
from models.experiment import RANGES

NONE = "none"
DEFAULTS: dict[str, Any] = {
    "activation": "relu",
    "compare": "sigmoid",
    "depth": Experiment.depth,
    "width": Experiment.width,
    "init": Experiment.init,
    "optimizer": Experiment.optimizer,
    "rate": Experiment.learning_rate,
    "steps": Experiment.steps,
    "networks": Experiment.networks,
    "seed": Experiment.seed,
    "dtype": Experiment.dtype,
    "slope": 0.1,
    "alpha": 1.0,
}
PRESETS: dict[str, dict[str, Any]] = {
    "lab": {"activation": "sigmoid", "compare": "relu", "depth": 3, "init": "lab", "steps": 10_000},
    "sigmoid9": {"activation": "sigmoid", "compare": NONE, "steps": 10_000},
    "relu9": {},
    "pytorch": {"init": "pytorch", "steps": 10_000, "width": 5},
    "rate": {"rate": 5.0, "depth": 3},
}
STEPS = (100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000)
NETWORKS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
RATES = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
         0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)  # fmt: skip
SLOPES = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
ALPHAS = (0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 5.0)

OPTIMIZER_LABELS = {"sgd": "Gradient descent", "momentum": "Momentum 0.9", "adam": "Adam"}
COMPARE_LABELS = {NONE: "–"} | {name: phi.label for name, phi in ACTIVATIONS.items()}
LABELS: dict[str, dict[Any, str]] = {
    "lang": LANGUAGES,
    "activation": {name: phi.label for name, phi in ACTIVATIONS.items()},
    "compare": COMPARE_LABELS,
    "init": {name: initializer.label for name, initializer in INITIALIZERS.items()},
    "optimizer": OPTIMIZER_LABELS,
    "rate": {value: f"{value:g}" for value in RATES},
    "steps": {value: f"{value}" for value in STEPS},
    "networks": {value: f"{value}" for value in NETWORKS},
    "dtype": {"float32": "float32", "float64": "float64"},
    "slope": {value: f"{value:g}" for value in SLOPES},
    "alpha": {value: f"{value:g}" for value in ALPHAS},
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
    _take_link()
    locale = st.context.locale or ""
    start = "ko" if locale.lower().startswith("ko") else "en"
    language = st.sidebar.segmented_control(
        "언어 · Language",
        list(LANGUAGES),
        format_func=LANGUAGES.get,
        default=start,
        required=True,
        key="lang",
        bind="query-params",
        label_visibility="collapsed",
    )
    return text(language or start)


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
            rate = _steps_slider("rate", words)
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
        "rate": rate,
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
        learning_rate=values["rate"],
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


def link_problems(choice: Choice) -> list[tuple[str, str, str]]:
    """What the link asked for and could not get: ``(parameter, asked, used instead)``.

    Looked at once, on a visitor's first run, after the controls have taken what they could; empty
    as soon as a control moves.
    """
    if st.session_state.setdefault("link_choice", choice) != choice:
        return []
    if "link_problems" not in st.session_state:
        problems = []
        for key, asked in st.session_state.get("link", {}).items():
            value = st.session_state.get(key)
            shown = LABELS.get(key, {}).get(value, f"{value}")
            if value is not None and not _means(asked, value, shown):
                problems.append((key, asked, shown))
        st.session_state["link_problems"] = problems
    return st.session_state["link_problems"]


def _means(asked: str, value: Any, shown: str) -> bool:
    """Whether what a link says is this value: its label, its identifier or the same number."""
    if asked.lower() in (shown.lower(), f"{value}".lower()):
        return True
    try:
        return float(asked) == float(value)
    except (TypeError, ValueError):
        return False


def _take_link() -> None:
    """On the first run: remember the link, and let identifiers stand for the labels they have."""
    if "link" in st.session_state:
        return
    known = ("lang", *DEFAULTS)
    link = {key: st.query_params[key] for key in known if key in st.query_params}
    st.session_state["link"] = link
    translated = {}
    for key, asked in link.items():
        for value, label in LABELS.get(key, {}).items():
            if asked != label and _means(asked, value, label):
                translated[key] = label
    if translated:
        st.query_params.update(translated)
        st.rerun()  # before any control looks at the link: they read labels only


def _presets(words: Text) -> None:
    current = {key: st.session_state.get(key, value) for key, value in DEFAULTS.items()}
    matching = [name for name, preset in PRESETS.items() if current == DEFAULTS | preset]
    st.session_state["preset"] = matching[0] if matching else None
    st.pills(
        words("controls.presets"),
        list(PRESETS),
        format_func=words.section("presets").get,
        key="preset",
        help=words("help.presets"),
        on_change=_apply_preset,
    )


def _apply_preset() -> None:
    if preset := st.session_state["preset"]:  # None: the active one was clicked again
        _set_all(PRESETS[preset])


def _set_all(values: dict[str, Any]) -> None:
    """Put every control at its default, but these."""
    st.session_state.update(DEFAULTS | values)


def _select(key: str, words: Text) -> Any:
    options = list(LABELS[key])
    return st.selectbox(
        words(f"controls.{key}"),
        options,
        index=options.index(DEFAULTS[key]),
        format_func=LABELS[key].get,
        key=key,
        help=words(f"help.{key}"),
        bind="query-params",
    )


def _slider(key: str, words: Text) -> int:
    low, high = RANGES[key]
    return st.slider(
        words(f"controls.{key}"),
        low,
        high,
        DEFAULTS[key],
        key=key,
        help=words(f"help.{key}"),
        bind="query-params",
    )


def _steps_slider(key: str, words: Text) -> Any:
    return st.select_slider(
        words(f"controls.{key}"),
        list(LABELS[key]),
        DEFAULTS[key],
        format_func=LABELS[key].get,
        key=key,
        help=words(f"help.{key}"),
        bind="query-params",
    )


def _seed(words: Text) -> int:
    low, high = RANGES["seed"]
    return st.number_input(
        words("controls.seed"),
        low,
        high,
        DEFAULTS["seed"],
        key="seed",
        help=words("help.seed"),
        bind="query-params",
    )
