"""What of Streamlit's inside the lab leans on is there, and still what it was.

Each failure says what broke and where the lab leans on it.
"""

import inspect
import re
from pathlib import Path

import pytest
import streamlit
from streamlit import config
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.backend_operation_handler import DeferredFileHandler
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext
from streamlit.runtime.state.session_state import SessionState, WStates

import components

FOLDER = Path(components.__file__).parent
STATIC = Path(streamlit.__file__).parent / "static" / "static"
OPTIONS = {
    "global.minCachedMessageSize": "references are sent again: a stalled line kills the page",
    "runner.postScriptGC": "a collection runs after every run of a page",
    "server.fileWatcherType": "every new session walks all modules",
    "client.showErrorDetails": "visitors see tracebacks and the server's paths",
}


@pytest.mark.parametrize(
    ("patched", "parameters"),
    [
        (ForwardMsgQueue.clear, ["self", "retain_lifecycle_msgs", "fragment_ids_this_run"]),
        (DeferredFileHandler.handle, ["self", "request", "session_id"]),
        (WStates.set_widget_from_proto, ["self", "widget_state"]),
        (SessionState.register_widget, ["self", "metadata", "user_key"]),
    ],
    ids=["delivery.py", "downloads.py", "answers.py, received", "answers.py, registered"],
)
def test_what_is_patched_is_called_as_it_was(patched, parameters):
    found = list(inspect.signature(patched).parameters)
    assert found == parameters, f"{patched.__qualname__} takes others: its patch has to follow"


def test_the_queue_still_drops_what_parts_within_a_part_have_drawn():
    """Red: Streamlit has mended it, and ``delivery.py`` can go."""
    queue = ForwardMsgQueue()
    for place, part in enumerate(["", "part", "inner part"]):
        message = ForwardMsg()
        message.metadata.delta_path.extend([0, place])
        message.delta.new_element.text.body = "drawn"
        message.delta.fragment_id = part
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["part"])
    assert len(queue.flush()) < 3


def test_a_run_knows_how_it_came_about():
    known = ScriptRunContext.__dataclass_fields__
    for name in ("is_history_navigation", "fragment_ids_this_run"):
        assert name in known, f"context.py asks for {name}: Back, or a part's link, is not told"
    assert callable(Runtime.is_active_session), "context.py: nobody knows who has gone"


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_is_still_one(option):
    assert option in config.get_config_options(), f"config.toml sets {option}: {OPTIONS[option]}"


def test_what_styles_and_scripts_look_for_is_on_the_page():
    scripts = [path.read_text(encoding="utf-8") for path in STATIC.rglob("*.js")]
    wanted = {"data-test-connection-state": "connection.js"}
    for path in FOLDER.rglob("*"):
        if path.suffix in (".css", ".js"):
            for name in re.findall(r"\[data-testid=[\"']?(\w+)", path.read_text(encoding="utf-8")):
                wanted[f"`{name}`"] = path.name  # as the page's scripts write it
    assert len(wanted) > 10
    for name, where in wanted.items():
        assert any(name in script for script in scripts), f"{where} looks for {name}: it is gone"
