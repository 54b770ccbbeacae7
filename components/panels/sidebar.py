"""The controls: what they show becomes an ``Experiment``, and the link."""

from typing import Any

import streamlit as st

from components.panels.copy_link import copy_link_button
from components.settings import state
from components.settings.choice import PARAMETERS, Choice, choice_of
from components.settings.naming import control_name, option_names, value_name
from components.settings.state import COMPARABLE, DEFAULTS, FAMILY, ITEMS, LABELS, NONE
from components.settings.state.items import RATE_CHOICES, RATES_TRIED, SIZED, SIZES
from components.words.numbers import whole
from components.words.text import LANGUAGES, Text, text
from models.comparison import shared_start
from models.experiment import RANGES

PRESETS: dict[str, dict[str, Any]] = {
    "first": {},
    "lab": {"activation": "sigmoid", "compare": "relu", "depth": 3, "init": "lab", "steps": 10_000},
    "net": {"width": 5, "steps": 10_000},
    "longer": {"steps": 10_000},
    "pytorch": {"init": "pytorch"},
    "rate": {"learning_rate": 5.0},
    "init": {"compare": "relu", "compare_init": "he_normal"},
    "adam": {
        "activation": "sigmoid",
        "compare": "sigmoid",
        "compare_optimizer": "adam",
        "compare_learning_rate": 0.01,
    },
    "output": {"compare": "relu", "compare_output": "linear"},
    "family": {"compare": FAMILY},
}
"""The first screen with few things changed: what, stands under the row of presets."""


def choose_language() -> Text:
    """The language control."""
    st.sidebar.segmented_control(
        "언어 · Language",
        list(LANGUAGES),
        default=state.get("lang"),
        format_func=LANGUAGES.__getitem__,
        required=True,
        **state.control("lang"),
        label_visibility="collapsed",
    )
    return text(state.get("lang"))


def choose_size(words: Text) -> None:
    """The type size control."""
    st.segmented_control(
        words("controls.size"),
        SIZES,
        default=state.get("size"),
        required=True,
        format_func=lambda name: words(f"controls.size_{name}"),
        **state.control("size"),
        help=words("help.size"),
    )


def sidebar(words: Text) -> Choice:
    """Draw every control and return what they say."""
    with st.sidebar:
        presets = st.container()  # filled last: it shows which preset the controls match
        _select("activation", words)
        _comparison(words)
        for name in SIZED:
            _sized(name, words)
        with st.expander(words("controls.more"), key="more"):
            _select("init", words)
            _select("optimizer", words)
            for name in ("learning_rate", "steps", "networks"):
                _steps_slider(name, words)
            for activation, name in PARAMETERS.items():
                if activation in _activations():
                    _steps_slider(name, words)
            _select("output", words)
            _seed(words)
            _select("dtype", words)
        with presets:
            _presets(words)
        choose_size(words)
        left, right = st.columns(2)
        left.button(
            words("controls.reset"), on_click=_set_all, args=({},), width="stretch", key="reset"
        )
        with right:
            copy_link_button(words("controls.copy"), words("controls.copied"))
    return choice_of(_values())


def _values() -> dict[str, Any]:
    """What every control says."""
    values = state.get_all()
    return {name: values[name] for name in DEFAULTS}


def _activations() -> set[str]:
    """Every activation that is asked for."""
    compare = state.get("compare")
    others = state.get("members") if compare == FAMILY else (compare,)
    return {state.get("activation"), *others}


def _comparison(words: Text) -> None:
    """What the first run is compared with, and in what else the second one differs."""
    named = option_names(words, "compare") | {FAMILY: words("controls.family")}
    _choose("compare", words("controls.compare"), named, words("help.compare"))
    compare = state.get("compare")
    if compare == NONE:
        return
    if compare == FAMILY:
        _family(words)
        return
    own = [name for name in COMPARABLE if state.get(f"compare_{name}") is not None]
    label = words("controls.differs") + (f" ({len(own)})" if own else "")
    with st.expander(label, key="differs"):
        for name in ("init", "optimizer", "learning_rate", "output"):
            _own_select(name, words)
        for name in ("depth", "width"):
            _own_number(name, words)
        if compare in PARAMETERS:
            _own_select(PARAMETERS[compare], words)
    choice = choice_of(_values())
    if choice.others:
        kin = shared_start(*choice.experiments)
        st.caption(words(f"start.{kin}"))
    else:
        st.caption(words("controls.no_difference"))


def _own_select(name: str, words: Text) -> None:
    """A second run's own value of a control, or the first one's."""
    labels = option_names(words, name)
    as_first = words("controls.as_first", value=labels[state.get(name)])
    label = control_name(words, ITEMS[f"compare_{name}"])
    _choose(f"compare_{name}", label, {None: as_first} | labels)


def _own_number(name: str, words: Text) -> None:
    """The same for a number: empty is the first run's."""
    low, high = RANGES[name]
    st.number_input(
        control_name(words, ITEMS[f"compare_{name}"]),
        low,
        high,
        value=state.get(f"compare_{name}"),
        placeholder=words("controls.as_first", value=state.get(name)),
        **state.control(f"compare_{name}"),
        help=_range(name, words),
    )


def _family(words: Text) -> None:
    """Who belongs to it, and at which learning rate."""
    st.multiselect(
        words("controls.members"),
        list(LABELS["activation"]),
        default=state.get("members"),
        format_func=LABELS["activation"].__getitem__,
        **state.control("members"),
    )
    st.segmented_control(
        words("controls.rates"),
        RATE_CHOICES,
        default=state.get("rates"),
        required=True,
        format_func=lambda name: words(f"controls.rates_{name}"),
        **state.control("rates"),
        help=words("help.rates", rates=", ".join(f"{rate:g}" for rate in RATES_TRIED)),
    )


def first_choice() -> Choice:
    """What the sidebar says before anybody touches it."""
    return choice_of(DEFAULTS)


def _presets(words: Text) -> None:
    current = _values()
    matching = [name for name, preset in PRESETS.items() if current == DEFAULTS | preset]
    state.put("preset", matching[0] if matching else None)
    st.pills(
        words("controls.presets"),
        list(PRESETS),
        default=state.get("preset"),
        format_func=words.section("presets").get,
        help=words("help.presets"),
        **state.control("preset", _apply_preset),
    )
    st.caption(_changes(words, current))


def _changes(words: Text, values: dict[str, Any]) -> str:
    """In what the controls differ from the first screen."""
    changed = [
        words(
            "presets_change.one",
            control=control_name(words, ITEMS[name]),
            value=_shown(words, name, values[name]),
        )
        for name, default in DEFAULTS.items()
        if values[name] != default
    ]
    if not changed:
        return words("presets_change.none")
    return words("presets_change.some", changes="; ".join(changed))


def _shown(words: Text, name: str, value: Any) -> str:
    """A control's value as it reads there."""
    if value == FAMILY:
        return words("controls.family")
    if name == "rates":
        return words(f"controls.rates_{value}")
    return value_name(words, ITEMS[name], value)


def _apply_preset() -> None:
    preset = state.get("preset")
    if preset in PRESETS:  # else the active one was clicked again
        _set_all(PRESETS[preset])


def _set_all(values: dict[str, Any]) -> None:
    """Put every control at its default, but these."""
    state.put_all(DEFAULTS | values)


def _select(name: str, words: Text) -> None:
    _choose(name, words(f"controls.{name}"), option_names(words, name), words(f"help.{name}"))


def _choose(name: str, label: str, options: dict[Any, str], tip: str | None = None) -> None:
    """One of some options, from a list."""
    st.selectbox(
        label,
        list(options),
        list(options).index(state.get(name)),
        format_func=options.__getitem__,
        **state.control(name),
        help=tip,
    )


def _sized(name: str, words: Text) -> None:
    """A slider to drag, and the number to type: a drag of a pixel may be a unit or two."""
    label, tip = words(f"controls.{name}"), f"{words(f'help.{name}')} {_range(name, words)}"
    number = f"{name} number"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.slider(label, *RANGES[name], state.get(name), **state.control(name), help=tip)
        state.put(number, state.get(name))  # what the slider says, or a preset
        st.number_input(
            words("controls.typed", control=label),
            *RANGES[name],
            state.get(number),
            label_visibility="collapsed",
            width=76,
            **state.control(number, _typed, name),
        )


def _range(name: str, words: Text) -> str:
    """What may be typed: the browser itself says so only to who has typed something else."""
    low, high = RANGES[name]
    return words("help.range", low=whole(low), high=whole(high))


def _typed(name: str) -> None:
    # Who types and then drags sends both at once: the number is sent when the field is left.
    if not state.is_moved(name):
        state.put(name, state.get(f"{name} number"))


def _steps_slider(name: str, words: Text) -> None:
    st.select_slider(
        words(f"controls.{name}"),
        list(LABELS[name]),
        state.get(name),
        format_func=LABELS[name].get,
        **state.control(name),
        help=words(f"help.{name}"),
    )


def _seed(words: Text) -> None:
    label, tip = words("controls.seed"), f"{words('help.seed')} {_range('seed', words)}"
    value = state.get("seed")
    st.number_input(label, *RANGES["seed"], value, **state.control("seed"), help=tip)
