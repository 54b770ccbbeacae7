"""What is queued for the browser: a part that is drawn again takes nothing away."""

import asyncio

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.session_manager import SessionClientDisconnectedError
from streamlit.web.server.starlette import starlette_websocket
from streamlit.web.server.starlette.starlette_websocket import StarletteSessionClient

from components.serving.inside import delivery


@pytest.fixture
def queue(monkeypatch) -> ForwardMsgQueue:
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)  # given back afterwards
    delivery.keep_the_unsent()
    return ForwardMsgQueue()


def drawn(queue: ForwardMsgQueue, text: str, *path: int, part: str = "") -> None:
    message = ForwardMsg()
    message.metadata.delta_path.extend(path)
    message.delta.new_element.text.body = text
    message.delta.fragment_id = part
    queue.enqueue(message)


def sent(queue: ForwardMsgQueue) -> list[str]:
    return [message.delta.new_element.text.body for message in queue.flush()]


def test_a_part_that_is_drawn_again_follows_what_was_drawn_of_the_page(queue):
    drawn(queue, "head", 0, 0)
    drawn(queue, "part", 0, 1, part="part")
    drawn(queue, "within it", 0, 1, 0, part="inner part")
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["part"])
    drawn(queue, "head again", 0, 0, part="part")
    drawn(queue, "part again", 0, 1, part="part")
    assert sent(queue) == ["head", "part", "within it", "head again", "part again"]


def test_a_page_that_is_drawn_again_replaces_what_was_not_sent(queue):
    drawn(queue, "head", 0, 0)
    drawn(queue, "part", 0, 1, part="part")
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=None)
    drawn(queue, "head again", 0, 0)
    drawn(queue, "and again", 0, 0)
    assert sent(queue) == ["and again"]


def test_of_one_run_the_last_message_for_a_place_is_sent(queue):
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["part"])
    drawn(queue, "part", 0, 1, part="part")
    drawn(queue, "part again", 0, 1, part="part")
    assert sent(queue) == ["part again"]


class Stalled:
    """A websocket to a browser that takes in nothing."""

    def __init__(self):
        self.codes: list[int] = []

    async def send_bytes(self, payload: bytes) -> None:
        await asyncio.Event().wait()

    async def close(self, code: int) -> None:
        self.codes.append(code)


def test_a_browser_that_is_given_up_is_told_so_by_the_end_of_its_connection(monkeypatch):
    write = StarletteSessionClient.write_forward_msg
    monkeypatch.setattr(StarletteSessionClient, "write_forward_msg", write)  # given back afterwards
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
    monkeypatch.setattr(starlette_websocket, "WEBSOCKET_MAX_SEND_QUEUE_SIZE", 3)
    monkeypatch.setattr(starlette_websocket, "StarletteClientContext", lambda websocket: None)
    delivery.keep_the_unsent()
    line = Stalled()

    async def say() -> int:
        client, taken = StarletteSessionClient(line), 0
        for _ in range(9):
            try:
                client.write_forward_msg(ForwardMsg())
                taken += 1
            except SessionClientDisconnectedError:
                pass
            await asyncio.sleep(0)
        await asyncio.gather(*delivery._closing)
        return taken

    assert asyncio.run(say()) == 4, "one on its way and three that wait"
    assert line.codes == [delivery.TRY_AGAIN_LATER]
