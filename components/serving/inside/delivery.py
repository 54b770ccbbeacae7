"""What was drawn is sent whole, also where a part of the page is drawn again at once.

Streamlit collects what is drawn in a queue, and sends it a little later: a hundredth of a second
where it is idle, a second where a hundred pages are drawn, as long as it takes where a line stalls.
Meanwhile a part of the page (a fragment) may be drawn again, as a page that watches its run asks
for all the time. Streamlit 1.67 then drops from the queue what was drawn of this part, but not what
parts within it have drawn, and the page's own run is told to have ended. The browser finds no place
for a piece of the page then, and shows a blank one.
"""

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

_clear = ForwardMsgQueue.clear


def keep_the_unsent() -> None:
    """Let a part that is drawn again follow what was drawn of it before, rather than replace it."""
    ForwardMsgQueue.clear = _clear_for_pages_only


def _clear_for_pages_only(
    queue: ForwardMsgQueue,
    retain_lifecycle_msgs: bool = False,
    fragment_ids_this_run: list[str] | None = None,
) -> None:
    if fragment_ids_this_run:
        queue._delta_index_map = {}  # nor is a message of this run put into the place of an old one
    else:
        _clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)
