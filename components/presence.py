"""Whether anybody is there to see what a session draws."""

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx


def is_connected() -> bool:
    """Whether this session's browser is connected; one that has gone may come back for a while."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():  # nobody serves it: a test does
        return True
    return runtime.get_instance().is_active_session(context.session_id)
