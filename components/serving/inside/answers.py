"""What a browser answers for a control is looked at before anything else sees it.

Streamlit 1.67 reads answers before the page's script runs, for callbacks, and wherever the session
is looked into. One of another kind than its control's, text for a slider, raises an error there,
beyond all that the page could say of it. No browser sends such a one; who makes it by hand is
answered as if it had not been sent: the control keeps its last value.
"""

import functools
import logging
from typing import Any

from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.common import WidgetMetadata, unpack_widget_state_value
from streamlit.runtime.state.session_state import Serialized, SessionState, WStates

_log = logging.getLogger(__name__)
_receive, _register = WStates.set_widget_from_proto, SessionState.register_widget


def ignore_the_impossible() -> None:
    """Let only those answers into a session that mean something for their control."""
    WStates.set_widget_from_proto = _receive_possible
    SessionState.register_widget = _register_and_check


def _receive_possible(answers: WStates, answer: WidgetState) -> None:
    control = answers.widget_metadata.get(answer.id)
    if control is None or _is_possible(answer, control):
        _receive(answers, answer)


def _register_and_check(session: SessionState, control: WidgetMetadata, key: str | None) -> Any:
    """The answer may be there before its control, as where a browser comes back."""
    waiting = session._new_widget_state.states.get(control.id)
    if isinstance(waiting, Serialized) and not _is_possible(waiting.value, control):
        del session._new_widget_state[control.id]
    return _register(session, control, key)


def _is_possible(answer: WidgetState, control: WidgetMetadata) -> bool:
    # A whole number goes by a field of its own, whichever the control's is said to be.
    fields = answer.WhichOneof("value"), control.value_type
    sent, meant = ((field or "").replace("int_", "double_") for field in fields)
    try:
        value = unpack_widget_state_value(answer)
        # What a component answers is an object; of a text Streamlit would log that it is none.
        if not (sent and meant) or (sent == meant and (sent, type(value)) != ("json_value", str)):
            control.deserializer(value)
            return True
    except Exception:  # whatever Streamlit's many kinds of controls raise
        pass
    _tell(meant)
    return False


@functools.cache  # once: who sends such answers by hand is not to fill the log
def _tell(meant: str) -> None:
    _log.warning("ignored what a browser sent for a control, as it is no %s", meant)
