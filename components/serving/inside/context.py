"""What only Streamlit's own run of a page knows."""

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx


def is_connected() -> bool:
    """Whether this session's browser is connected; one that has gone may come back for a while."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():  # nobody serves it: a test does
        return True
    return runtime.get_instance().is_active_session(context.session_id)


def came_by_history() -> bool:
    """Whether the browser's Back or Forward asked for this run."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def draws_a_part() -> bool:
    """Whether this run draws a part of the page alone, a fragment."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)


def is_served() -> bool:
    """Whether a page is drawn; else the server imports the script to start."""
    return get_script_run_ctx(suppress_warning=True) is not None
