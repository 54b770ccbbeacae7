"""Whether what a session drew is on its way to its browser.

Streamlit collects what is drawn, and sends it a little later. A part of the page (a fragment) that
is drawn again makes it drop what is still there of that part, but not what parts inside it have
drawn, nor does it leave a gap. What was sent then no longer fits together: the browser finds no
place for a piece of the page, and shows a blank one instead of it all. So nobody leaves before his
drawing has been sent.
"""

import threading
import time

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

LONGEST = 10.0  # seconds: a server that sends nothing for so long has other troubles
_BETWEEN = 0.005  # seconds between two looks; Streamlit sends every 0.01


def wait_until_sent() -> None:
    """Return once all that this session's script has drawn so far is sent, or nobody is there."""
    context = get_script_run_ctx()
    if context is None or not runtime.exists():  # nobody serves it: a test does
        return
    deadline = time.monotonic() + LONGEST
    server = runtime.get_instance()
    session = server.get_app_session(context.session_id)
    if session is None:
        return
    # What is drawn is put into the queue by the server's own thread, one after the other.
    queued = threading.Event()
    session._event_loop.call_soon_threadsafe(queued.set)
    queued.wait(LONGEST)
    while (
        not session._browser_queue.is_empty()
        and server.is_active_session(context.session_id)
        and time.monotonic() < deadline
    ):
        time.sleep(_BETWEEN)
