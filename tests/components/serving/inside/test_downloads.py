"""Downloads take turns: who asks for sixty files keeps nobody waiting for sixty."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator

import pytest
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest
from streamlit.runtime.backend_operation_handler import DeferredFileHandler

from components.serving.inside import downloads
from components.serving.turnstile import Turnstile
from tests.components.waiting import PATIENCE, until


class Files:
    """Makes files as a page does, and writes down in which order; the first waits for a sign."""

    def __init__(self):
        self.order: list[str] = []
        self.sign = threading.Event()
        self.turnstile = Turnstile(1)

    def execute_deferred(self, file_id: str) -> str:
        with self.turnstile.passed():
            self.order.append(file_id)
            assert self.sign.wait(PATIENCE)
            if file_id.startswith("broken"):
                raise OSError("no file")
            return f"/media/{file_id}"


@pytest.fixture
def files(monkeypatch) -> Iterator[Files]:
    monkeypatch.setattr(DeferredFileHandler, "handle", DeferredFileHandler.handle)
    downloads.take_turns()
    files = Files()
    yield files
    files.sign.set()


def visitor(files: Files) -> Callable[[str], Awaitable[str]]:
    """What a session of Streamlit's asks for files."""
    handler = DeferredFileHandler(lambda: files)

    async def ask(name: str) -> str:
        request = BackendOperationRequest(request_id=name)
        request.deferred_file.file_id = name
        answer = await handler.handle(request, "a session")
        assert answer.request_id == name
        return answer.deferred_file.url or answer.error_msg

    return ask


async def asked_together(files: Files, *names: str, waiting: int) -> list[str]:
    """Ask for files by the letters of their visitors; the first is made once so many wait."""
    visitors = {letter: visitor(files) for letter in sorted({name[0] for name in names})}
    answers = [asyncio.create_task(visitors[name[0]](name)) for name in names]
    waits = files.turnstile._waiting
    await asyncio.to_thread(until, lambda: files.order and len(waits) == waiting)
    files.sign.set()
    return await asyncio.gather(*answers)


def test_a_visitor_with_one_request_waits_for_one_file_of_each_other_visitor(files):
    many = [f"a{place}" for place in range(60)]
    answers = asyncio.run(asked_together(files, *many, "b", "c", waiting=2))
    assert set(files.order[:3]) == {"a0", "b", "c"}
    assert files.order[3:] == many[1:]
    assert answers == [f"/media/{name}" for name in (*many, "b", "c")]


def test_a_file_that_fails_gives_the_turn_on(files):
    answers = asyncio.run(asked_together(files, "broken", "b1", "b2", waiting=0))
    assert files.order == ["broken", "b1", "b2"]
    assert "/media" not in answers[0]
    assert answers[1:] == ["/media/b1", "/media/b2"]
