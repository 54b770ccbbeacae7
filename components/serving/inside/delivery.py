"""What was drawn is sent whole, also where a part of the page is drawn again at once.

Streamlit collects what is drawn in a queue, and sends it a little later: a hundredth of a second
where it is idle, a second where a hundred pages are drawn, as long as it takes where a line stalls.
Meanwhile a part of the page (a fragment) may be drawn again, as a page that watches its run asks
for all the time. Streamlit 1.67 then drops from the queue what was drawn of this part, but not what
parts within it have drawn, and the page's own run is told to have ended. The browser finds no place
for a piece of the page then, and shows a blank one.

Of a browser that takes in nothing, as its line stalls, no more than 500 messages are kept, which a
page of this lab fills with its fourth picture. Streamlit 1.67 then takes it for gone and says no
more to it, but leaves its connection open: that page looks alive, and stands still for good. It is
closed here, so the browser connects anew, and has the page drawn as it is by then.
"""

import asyncio
import contextlib

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.session_manager import SessionClientDisconnectedError
from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

TRY_AGAIN_LATER = 1013  # a websocket's code
_clear, _write = ForwardMsgQueue.clear, StarletteSessionClient.write_forward_msg
_closing: set[asyncio.Task] = set()  # a task that nobody holds may be dropped


def keep_the_unsent() -> None:
    """Let a part that is drawn again follow what was drawn of it before, rather than replace it.

    And end the connection of a browser that is given up.
    """
    ForwardMsgQueue.clear = _clear_for_pages_only
    StarletteSessionClient.write_forward_msg = _write_or_close


def _clear_for_pages_only(
    queue: ForwardMsgQueue,
    retain_lifecycle_msgs: bool = False,
    fragment_ids_this_run: list[str] | None = None,
) -> None:
    if fragment_ids_this_run:
        queue._delta_index_map = {}  # nor is a message of this run put into the place of an old one
    else:
        _clear(queue, retain_lifecycle_msgs, fragment_ids_this_run)


def _write_or_close(client: StarletteSessionClient, message: ForwardMsg) -> None:
    given_up = client._closed.is_set()
    try:
        _write(client, message)
    except SessionClientDisconnectedError:
        if not given_up:
            task = asyncio.get_running_loop().create_task(_close(client))
            _closing.add(task)
            task.add_done_callback(_closing.discard)
        raise


async def _close(client: StarletteSessionClient) -> None:
    client._sender_task.cancel()
    with contextlib.suppress(RuntimeError, OSError):  # it has ended by itself
        await client._websocket.close(TRY_AGAIN_LATER)
