"""Downloads take turns: of each visitor one file is made at a time, whoever asks for how many.

Streamlit 1.67 gives each file that is asked for to a pool of a few threads, which takes them in the
order in which they came. So a visitor who asks for sixty would have all others wait for sixty.
"""

import asyncio

from streamlit.proto.BackMsg_pb2 import BackendOperationRequest
from streamlit.proto.ForwardMsg_pb2 import BackendOperationResponse
from streamlit.runtime.backend_operation_handler import DeferredFileHandler

_handle = DeferredFileHandler.handle


def take_turns() -> None:
    """Let a visitor's files wait for each other before they come to where others' wait, too."""
    DeferredFileHandler.handle = _one_at_a_time


async def _one_at_a_time(
    handler: DeferredFileHandler, request: BackendOperationRequest, session_id: str
) -> BackendOperationResponse:
    # Each visitor's session has a handler of its own.
    turn = vars(handler).setdefault("turn", asyncio.Lock())
    async with turn:
        return await _handle(handler, request, session_id)
