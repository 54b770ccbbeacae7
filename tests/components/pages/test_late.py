"""A browser that is told late: whatever it says meanwhile, its visitor's last choice counts.

Streamlit sends all that a browser's controls say with each message. One that has not yet drawn
what the server answered, because the line stalls, sends what its earlier controls say.
"""

import re
from dataclasses import dataclass, replace
from unittest.mock import patch

from hypothesis import example, given, settings
from hypothesis import strategies as st
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.state.query_params_proxy import QueryParamsProxy
from streamlit.testing.v1 import AppTest

from components.panels.sidebar import PRESETS
from components.settings.state import DEFAULTS
from components.settings.state.items import SIZED
from components.settings.state.link import read_link

SIDEBAR = """
from components.settings import state
from components.panels.sidebar import choose_language, sidebar
state.start("en")
sidebar(choose_language())
state.update_link()
"""
KINDS = ("slider", "number_input", "selectbox", "select_slider", "button_group", "button")
CHOICES = {
    **{f"{name}{how}": (2, 5, 9, 10) for name in SIZED for how in ("", " number")},
    "init": ("lecture", "he_normal", "zeros"),
    "compare": ("none", "tanh", "sigmoid"),
    "learning_rate": (0.1, 0.5),
    "preset": ("first", "net", "init"),
    "reset": (True,),
}
choices = st.sampled_from([(name, value) for name in CHOICES for value in CHOICES[name]])
# What the visitor chooses, and how many of the server's answers have come by then.
visits = st.lists(st.tuples(choices, st.integers(0, 3)), min_size=2, max_size=6)


@dataclass(frozen=True)
class Control:
    """A control as it was drawn: what it says by itself, and what if it is moved."""

    says: WidgetState
    moved: dict[object, WidgetState]


@dataclass(frozen=True)
class Answer:
    """What the server sends: all controls, and the address, where it is to change."""

    controls: dict[str, Control]
    address: dict[str, str] | None


class Browser:
    """The sidebar as a browser shows it, and what it tells the server."""

    def __init__(self):
        self.app = AppTest.from_string(SIDEBAR)
        self.shown: dict[str, Control] = {}
        self.address: dict[str, str] = {}
        self.on_its_way: list[Answer] = []
        self.send()
        self.receive(1)

    def send(self, click: WidgetState | None = None) -> None:
        """Say what all controls say, as each message does, and have the server answer."""
        said = WidgetStates(widgets=[control.says for control in self.shown.values()])
        if click:  # is said once
            said.widgets.append(click)
        self.app.query_params.clear()
        self.app.query_params.update(self.address)
        with patch.object(QueryParamsProxy, "from_dict") as write:
            self.app._run(said)
        address = write.call_args.args[0] if write.called else None
        controls = {name: self._drawn(name) for name in CHOICES}
        self.on_its_way.append(Answer(controls, address))

    def _drawn(self, name: str) -> Control:
        (widget,) = (
            widget
            for kind in KINDS
            for widget in self.app.get(kind)
            if re.fullmatch(rf"{name}( \d+)?", widget.key or "")
        )
        says = widget._widget_state
        moved = {value: widget.set_value(value)._widget_state for value in CHOICES[name]}
        return Control(says, moved)

    def receive(self, answers: int) -> None:
        """Draw some of the server's answers: a control that is there goes on as it is."""
        for answer in self.on_its_way[:answers]:
            for name, control in answer.controls.items():
                if name not in self.shown or self.shown[name].says.id != control.says.id:
                    self.shown[name] = control
            self.address = self.address if answer.address is None else answer.address
        del self.on_its_way[:answers]

    def choose(self, name: str, value: object) -> bool:
        """Move a control; False: it says that already."""
        control = self.shown[name]
        state = control.moved[value]
        if state == control.says:
            return False
        if name == "reset":
            self.send(click=state)
        else:
            self.shown[name] = replace(control, says=state)
            self.send()
        return True


def after(wanted: dict[str, object], name: str, value: object) -> dict[str, object]:
    """What a visitor wants who has chosen this, too."""
    if name == "reset":
        return DEFAULTS
    if name == "preset":
        return DEFAULTS | PRESETS[value]
    return wanted | {name.removesuffix(" number"): value}


@settings(max_examples=40, deadline=None)
@given(visits)
@example([(("depth", 5), 1), (("depth", 2), 0), (("depth", 9), 0)])
@example([(("depth number", 5), 0), (("depth", 2), 0)])
@example([(("preset", "net"), 0), (("width", 9), 0), (("preset", "init"), 0)])
@example([(("depth", 5), 1), (("depth", 2), 1), (("depth", 5), 0)])  # the address says 5 by then
def test_the_last_choice_counts_however_late_the_answers_come(visit):
    browser, wanted = Browser(), DEFAULTS
    for (name, value), answers in visit:
        browser.receive(answers)
        if browser.choose(name, value):
            wanted = after(wanted, name, value)
    browser.receive(len(visit))
    kept = browser.app.session_state["memory"].kept
    linked, _ = read_link({name: [text] for name, text in browser.address.items()}, kept | DEFAULTS)
    for values in (kept, linked):
        assert {name: values[name] for name in DEFAULTS} == wanted
    for name in (*SIZED, *(f"{name} number" for name in SIZED)):
        control = browser.shown[name]
        assert control.says == control.moved[wanted[name.removesuffix(" number")]], name
