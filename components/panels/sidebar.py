"""The controls: what they show becomes an ``Experiment``, and the link."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

import streamlit as st

from components.drawing.elements import plain
from components.panels.copy_link import copy_link_button
from components.settings import state
from components.settings.choice import Choice, choice_of
from components.settings.naming import (
    batch_name,
    changes_in_words,
    control_name,
    init_name,
    misfit_in_words,
    missing_in_words,
    option_names,
    value_name,
    widths_name,
)
from components.settings.state import (
    COMPARABLE,
    CURES,
    DEFAULTS,
    FAMILY,
    ITEMS,
    LABELS,
    MANY,
    NONE,
)
from components.settings.state.items import (
    CODINGS,
    FLAGS,
    GATES,
    MOST_LINKED,
    RATE_CHOICES,
    RATES_TRIED,
    SIZED,
    SIZES,
    TYPED,
    USUAL,
    WRITTEN,
    numbers_of,
    range_of,
)
from components.settings.state.runs import GROUPS, PARAMETERS, applies, runs_of
from components.words.numbers import whole
from components.words.text import LANGUAGES, Text, text
from models import OPTIMIZERS, Experiment
from models.comparison import shared_start
from models.experiment import RANGES
from models.outputs import MISTAKEN
from models.own_weights import StartError, widths_of
from models.tasks import TASKS

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
    "loss": {
        "activation": "sigmoid",
        "compare": "sigmoid",
        "compare_output": "sigmoid_squared",
        "depth": 1,
        "init": "lab",
        "steps": 2_000,
    },
    # As many steps: of a quarter of the points each.
    "batch": {"compare": "relu", "compare_batch": 1},
    "family": {"compare": FAMILY},
    "cures": {"activation": "sigmoid", "compare": CURES},
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
    values = _values()
    choice = choice_of(values)
    values |= {name: ITEMS[name].default for name in choice.refused}
    with st.sidebar:
        presets = st.container()  # filled last: it shows which preset the controls match
        _select("activation", words)
        _comparison(words, values, choice)
        _sizes(words, values)
        with st.container(key="groups"):
            for group in GROUPS:
                _group(group, words, values, choice)
        with presets:
            _presets(words)
        choose_size(words)
        left, right = st.columns(2)
        left.button(
            words("controls.reset"), on_click=_set_all, args=({},), width="stretch", key="reset"
        )
        with right:
            copy_link_button(words("controls.copy"), words("controls.copied"))
        if not all(_is_linkable(name) for name in WRITTEN):
            st.caption(words("controls.not_linked", most=MOST_LINKED))
    return choice


def _values() -> dict[str, Any]:
    """What every control says."""
    values = state.get_all()
    return {name: values[name] for name in DEFAULTS}


def _is_linkable(name: str) -> bool:
    value = state.get(name)
    return value is None or ITEMS[name].is_short(value)


def _sizes(words: Text, values: Mapping[str, Any]) -> None:
    """How many hidden layers of how many units, or what says so instead."""
    if any(ITEMS[name].bears(values) for name in SIZED):
        for name in SIZED:
            _typed(name, words)
        return
    start = values["start"]
    widths = values["hidden"] if start is None else widths_of(start)
    key = "controls.sizes" if start is None else "controls.sizes_own"
    st.caption(words(key, layers=widths_name(widths).replace("-", "\N{NON-BREAKING HYPHEN}")))


def _group(name: str, words: Text, values: Mapping[str, Any], choice: Choice) -> None:
    """Controls that are folded away, under a line that says what of them is not as usual."""
    shown = [
        control
        for control in GROUPS[name]
        if control not in SIZED and ITEMS[control].bears(values) and _is_offered(control, values)
    ]
    if not shown:
        return
    run = choice.experiment
    usual = Experiment().with_activation(run.activation)
    with st.expander(_label(words, name, shown, run, usual), key=f"group {name}"):
        for control in shown:
            _DRAWN.get(control, _select)(control, words)


def _is_offered(control: str, *runs: Mapping[str, Any]) -> bool:
    """Whether one may be asked for a control's value: for a mistake only where a run makes it."""
    return control not in GROUPS["mistakes"] or any(run[control] for run in runs)


def _outputs(words: Text, *used: str | None) -> dict[Any, str]:
    """What last layers are called: of the mistakes those that are used."""
    named = option_names(words, "output")
    return {name: label for name, label in named.items() if name in used or name not in MISTAKEN}


def _comparison(words: Text, values: Mapping[str, Any], choice: Choice) -> None:
    """What the first run is compared with, and in what else the second one differs."""
    named = option_names(words, "compare") | _many(words)
    _choose("compare", words("controls.compare"), named, words("help.compare"))
    compare = state.get("compare")
    if compare == NONE:
        return
    if compare in MANY:
        if compare == FAMILY:
            _members(words)
        _rates(words)
        return
    first, second = choice.experiment, choice.experiments[-1]
    _, run = runs_of(values)
    # As many controls as a run has: drawn for who asks for them. Another label would close it.
    with st.expander(words("controls.differs"), on_change="rerun", key="differs") as differs:
        for group, controls in GROUPS.items() if differs.open else ():
            shown = [
                name
                for name in controls
                if name in COMPARABLE and applies(name, run) and _is_offered(name, values, run)
            ]
            if not shown:
                continue
            label = _label(words, group, shown, second, first)
            with st.expander(label, type="compact", key=f"own {group}"):
                for name in shown:
                    _own(name, words, run)
    if not choice.others:
        st.caption(words("controls.no_difference"))
        return
    if changes := changes_in_words(words, second, first, _fields_of(COMPARABLE)):
        st.caption(words("controls.second_has", changes=changes))
    kin = shared_start(first, second)
    st.caption(words(f"start.{kin}"))


def _fields_of(controls: Iterable[str]) -> set[str]:
    """The fields of an experiment that controls are of."""
    return {"activation_parameter" if c in PARAMETERS.values() else c for c in controls}


def _label(
    words: Text, group: str, shown: Sequence[str], run: Experiment, usual: Experiment
) -> str:
    """A group's line: what of its controls makes a run another one than the usual."""
    title = words(f"controls.group_{group}")
    changes = changes_in_words(words, run, usual, _fields_of(shown))
    return words("controls.group", title=title, changes=changes) if changes else title


def _own(name: str, words: Text, run: Mapping[str, Any]) -> None:
    """A second run's own value of a control, or the first one's."""
    own = f"compare_{name}"
    label = control_name(words, ITEMS[own])
    first = state.get(name)
    if name == "start":
        _weights(own, words)
    elif name == "hidden":
        as_first = words("controls.as_first", value=value_name(words, ITEMS[name], first))
        _widths(own, words, as_first if first else "")
    elif name == "batch":
        labels = _batches(words)
        named = labels.pop(None)
        as_first = words("controls.as_first", value=labels.get(first, named))
        _choose(own, label, {None: as_first} | labels | {_points(): named})
    elif name in LABELS:
        options = option_names(words, name)
        if name == "output":
            options = _outputs(words, first, state.get(own))
        short = init_name(words, first) if name == "init" else options[first]
        _choose(own, label, {None: words("controls.as_first", value=short)} | options)
    else:
        as_first = words("controls.as_first", value=value_name(words, ITEMS[name], first))
        ends = range_of(name, run["optimizer"])
        _number(own, label, ends, _range(ends, words), as_first, first)


def _number(
    name: str, label: str, ends: tuple[float, float], tip: str, empty: str, usual: float | None
) -> None:
    """A number to type, or none, which ``empty`` says to mean the ``usual`` one."""
    value = state.get(name)
    if value == 0 < ends[0]:  # what another optimizer could have
        state.put(name, value := None)
    low, high = ends
    st.number_input(
        label,
        low if value is None else min(low, value),  # a link may say less than one would type
        high,
        value=value,
        format=None if isinstance(low, int) else "%g",
        placeholder=empty,
        **state.control(name, _take_usual, name, usual),
        help=tip,
    )


def _take_usual(name: str, usual: float | None) -> None:
    # A browser lets nobody empty a field that it was given with a number: this one does.
    if state.get(name) == usual:
        state.put(name, None)


def _many(words: Text) -> dict[str, str]:
    """What stands for many runs at once."""
    return {FAMILY: words("controls.family"), CURES: words("controls.cures")}


def _members(words: Text) -> None:
    """Which activations belong to the family."""
    st.multiselect(
        words("controls.members"),
        list(LABELS["activation"]),
        default=state.get("members"),
        format_func=LABELS["activation"].__getitem__,
        **state.control("members"),
    )


def _rates(words: Text) -> None:
    """At which learning rate many runs are shown."""
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
        if values[name] != default and ITEMS[name].bears(values)
    ]
    if not changed:
        return words("presets_change.none")
    return words("presets_change.some", changes="; ".join(changed))


def _shown(words: Text, name: str, value: Any) -> str:
    """A control's value as it reads there."""
    if name == "compare" and value in MANY:
        return _many(words)[value]
    if name == "rates":
        return words(f"controls.rates_{value}")
    return value_name(words, ITEMS[name], value)


def _apply_preset() -> None:
    preset = state.get("preset")
    if preset in PRESETS:  # else the active one was clicked again
        _set_all(PRESETS[preset])


def _set_all(values: dict[str, Any]) -> None:
    """Put every control at its default, but these."""
    state.put_all(DEFAULTS | values | {f"{name} text": "" for name in WRITTEN})


def _select(name: str, words: Text) -> None:
    _choose(name, words(f"controls.{name}"), option_names(words, name), words(f"help.{name}"))


def _output(name: str, words: Text) -> None:
    options = _outputs(words, state.get(name))
    _choose(name, words("controls.output"), options, words("help.output"))


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


def _typed(name: str, words: Text) -> None:
    """A slider to drag, and the number to type: any that is possible."""
    ends = range_of(name, state.get("optimizer"))
    label, tip = words(f"controls.{name}"), f"{words(f'help.{name}')} {_range(ends, words)}"
    number, value = f"{name} number", state.get(name)
    with st.container(
        horizontal=True, vertical_alignment="bottom", gap="small", key=f"typed {name}"
    ):
        if name in USUAL:
            options = sorted({*USUAL[name], value})
            st.select_slider(
                label,
                options,
                value,
                format_func=ITEMS[name].write,
                **state.control(name),
                help=tip,
            )
        else:
            st.slider(label, *RANGES[name], value, **state.control(name), help=tip)
        state.put(number, state.get(name))  # what the slider says, or a preset
        st.number_input(
            words("controls.typed", control=label),
            *ends,
            state.get(number),
            format=None if isinstance(value, int) else "%g",
            label_visibility="collapsed",
            width=76,
            **state.control(number, _take_number, name),
        )


def _range(ends: tuple[float, float], words: Text) -> str:
    """What may be typed: the browser itself says so only to who has typed something else."""
    low, high = (whole(end) if isinstance(end, int) else f"{end:g}" for end in ends)
    return words("help.range", low=low, high=high)


def _take_number(name: str) -> None:
    # Who types and then drags sends both at once: the number is sent when the field is left.
    if not state.is_moved(name):
        state.put(name, state.get(f"{name} number"))


def _steps(name: str, words: Text) -> None:
    """Steps, and in epochs where one is more than a step."""
    _typed(name, words)
    experiment = choice_of(_values()).experiment
    if experiment.epoch > 1:
        epochs = whole(experiment.steps // experiment.epoch)
        st.caption(words("controls.epochs", steps=experiment.epoch, epochs=epochs))


def _momentum(name: str, words: Text) -> None:
    """A number; none is what the optimizer has by itself."""
    runs = runs_of(_values())
    optimizer = next(run["optimizer"] for run in runs if applies(name, run))
    usual, ends = OPTIMIZERS[optimizer].momentum, range_of(name, optimizer)
    tip = f"{words('help.momentum')} {_range(ends, words)}"
    _number(name, words("controls.momentum"), ends, tip, f"{usual:g}", usual)


def _switch(name: str, words: Text) -> None:
    """On or off."""
    label, tip = words(f"controls.{name}"), words(f"help.{name}")
    st.toggle(label, state.get(name), **state.control(name), help=tip)


def _points() -> int:
    return TASKS[state.get("data")].points


def _batches(words: Text) -> dict[int | None, str]:
    """How many points a step may be shown."""
    names = {n: batch_name(words, n) for n in (None, *range(1, _points()))}
    return {n: name[:1].upper() + name[1:] for n, name in names.items()}


def _batch(name: str, words: Text) -> None:
    options = _batches(words)
    if state.get(name) not in options:  # as many as there are, or once were
        state.put(name, None)
    _choose(name, words("controls.batch"), options, words("help.batch"))


def _gate(name: str, words: Text) -> None:
    """A gate and its inputs' coding, which make one value."""
    data = state.get(name)
    coding = next(end for end in reversed(CODINGS) if data.endswith(end))
    state.put("gate", data.removesuffix(coding))
    state.put("coding", coding)
    label, tip = words("controls.gate"), words("help.gate")
    gate = GATES.index(state.get("gate"))
    st.selectbox(
        label,
        GATES,
        gate,
        format_func=LABELS["data"].__getitem__,
        **state.control("gate", _take_gate),
        help=tip,
    )
    st.segmented_control(
        words("controls.coding"),
        CODINGS,
        default=state.get("coding"),
        required=True,
        format_func=lambda coding: words("controls.centred" if coding else "controls.plain"),
        **state.control("coding", _take_gate),
        help=words("help.coding"),
    )


def _take_gate() -> None:
    state.put("data", state.get("gate") + state.get("coding"))


def _widths(name: str, words: Text, empty: str = "") -> None:
    """The units of each hidden layer, to write."""
    field, widths = f"{name} text", state.get(name)
    wrong = _wrong(name)
    if not wrong and _read(name) != widths:
        state.put(field, "" if widths is None else ", ".join(map(str, widths)))
    st.text_input(
        control_name(words, ITEMS[name]),
        state.get(field),
        placeholder=empty or words("controls.widths_as"),
        **state.control(field, _take_text, name),
        help=words("help.hidden"),
    )
    if wrong:
        (_, deepest), (low, high) = RANGES["depth"], RANGES["width"]
        typed = plain(state.get(field))
        st.warning(words("controls.not_widths", typed=typed, deepest=deepest, low=low, high=high))


def _weights(name: str, words: Text) -> None:
    """Weights of one's own: as JSON, written or from a file."""
    label, start = control_name(words, ITEMS[name]), state.get(name)
    field, file = f"{name} text", f"{name} file"
    if start is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{label}: {words('controls.numbers', count=numbers_of(start))}")
            st.button(words("controls.remove"), on_click=_drop, args=(name,), key=f"remove {name}")
        if misfit := misfit_in_words(words, name, start, _values()):
            st.warning(misfit)
        return
    with st.popover(label, width="stretch"):
        st.text_area(
            words("controls.pasted"),
            state.get(field),
            height=90,
            placeholder="[[[[1, -1], [-1, 1]], [0, 0]],\n [[[1], [1]], [0]]]",
            **state.control(field, _take_text, name),
            help=words("help.start"),
        )
        if isinstance(wrong := _wrong(name), StartError):  # where it is seen, beside the text
            st.warning(missing_in_words(words, wrong))
        st.file_uploader(
            words("controls.uploaded"),
            "json",
            max_upload_size=1,
            **state.control(file, _take_file, name),
        )


def _read(name: str) -> Any:
    """What is written in a control's field; nothing: None."""
    written = state.get(f"{name} text")
    return ITEMS[name].read(written) if written.strip() else None


def _wrong(name: str) -> ValueError | None:
    """What is wrong with what is written in a control's field."""
    try:
        _read(name)
    except ValueError as error:
        return error
    return None


def _take_text(name: str) -> None:
    if _wrong(name) is None:
        state.put(name, _read(name))


def _take_file(name: str) -> None:
    uploaded = state.get(f"{name} file")
    if isinstance(uploaded, BytesIO):  # else it is gone, or never was
        state.put(f"{name} text", uploaded.getvalue().decode(errors="replace"))
        _take_text(name)
    state.put_anew(f"{name} file", None)


def _drop(name: str) -> None:
    """Take away what was written."""
    state.put(name, None)
    state.put(f"{name} text", "")


def _steps_slider(name: str, words: Text) -> None:
    st.select_slider(
        words(f"controls.{name}"),
        list(LABELS[name]),
        state.get(name),
        format_func=LABELS[name].get,
        **state.control(name),
        help=words(f"help.{name}"),
    )


def _seed(name: str, words: Text) -> None:
    label, tip = words("controls.seed"), f"{words('help.seed')} {_range(RANGES['seed'], words)}"
    value = state.get("seed")
    st.number_input(label, *RANGES["seed"], value, **state.control("seed"), help=tip)


_DRAWN: dict[str, Callable[[str, Text], None]] = {
    **dict.fromkeys(TYPED, _typed),
    **dict.fromkeys(("networks", *PARAMETERS.values()), _steps_slider),
    "steps": _steps,
    "momentum": _momentum,
    "batch": _batch,
    "output": _output,
    "data": _gate,
    "hidden": _widths,
    "start": _weights,
    "seed": _seed,
    **dict.fromkeys(FLAGS, _switch),
}
"""How a control is drawn that is no choice from a list."""
