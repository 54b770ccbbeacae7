"""What is queued for the browser: a part that is drawn again takes nothing away."""

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

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
