"""A line between browser and server that stalls, breaks, or garbles what the server sends."""

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

CHUNK = 1 << 16
QUIET_SECONDS = 0.5  # without another byte, after which an answer is taken to be whole
PATIENCE = 20.0
SOCKET = b"GET /_stcore/stream"
GARBLED = b"\x82\x03\xff\xff\xff"  # a frame whose three bytes are no message


class Line:
    """A proxy on this machine; what a browser sends always arrives.

    Attributes:
        address: what to open instead of the server's.
    """

    def __init__(self, server: str):
        self._server = urlsplit(server)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._flows = asyncio.Event()
        self._flows.set()
        self._heard: float | None = None  # when the server was heard last, since the stall
        self._full = False
        self._sockets: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task] = set()
        self._listening = self._run(asyncio.start_server(self._connect, "localhost", 0))
        self._port = self._listening.sockets[0].getsockname()[1]
        self.address = f"http://localhost:{self._port}/"

    def stall(self, full: bool = False) -> None:
        """Hold all that the server sends from now on; ``full``: it cannot even send it."""
        self._heard, self._full = None, full
        self._loop.call_soon_threadsafe(self._flows.clear)

    def wait_for_answer(self) -> None:
        """During a stall: until the server has answered, and has said all that it has to say."""
        end = time.monotonic() + PATIENCE
        while self._heard is None or time.monotonic() < self._heard + QUIET_SECONDS:
            assert time.monotonic() < end, "the server never came to its end"
            time.sleep(0.05)
        self._heard = None

    def resume(self) -> None:
        """Let go what was held, and all that follows."""
        self._loop.call_soon_threadsafe(self._flows.set)

    def garble(self) -> None:
        """Send to every page what is no message of the server's."""
        self._run(self._garble())

    def cut(self) -> None:
        """Break every connection, and refuse new ones."""
        self._run(self._cut())

    def mend(self) -> None:
        """Accept connections again."""
        self._listening = self._run(asyncio.start_server(self._connect, "localhost", self._port))

    def close(self) -> None:
        """End it."""
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _garble(self) -> None:
        for socket in self._sockets:
            socket.write(GARBLED)

    async def _cut(self) -> None:
        self._listening.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, browser: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        server, ask = await asyncio.open_connection(self._server.hostname, self._server.port)
        there = asyncio.create_task(self._forth(browser, ask, answer))
        try:
            await self._back(server, answer)
        except (ConnectionError, asyncio.CancelledError):
            pass  # one of the two has gone, or the line is cut
        finally:
            there.cancel()
            self._sockets.discard(answer)
            self._tasks.discard(task)
            for writer in (ask, answer):
                writer.transport.abort()

    async def _forth(
        self, browser: asyncio.StreamReader, ask: asyncio.StreamWriter, answer: asyncio.StreamWriter
    ) -> None:
        """What the browser says: it always arrives."""
        while data := await browser.read(CHUNK):
            if data.startswith(SOCKET):
                self._sockets.add(answer)
            ask.write(data)
            await ask.drain()
        ask.transport.abort()

    async def _back(self, server: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        """What the server answers: it is all taken in, and passed on once the line flows."""
        held = bytearray()
        reading = asyncio.create_task(server.read(CHUNK))
        while True:
            flowing = asyncio.create_task(self._flows.wait())
            waiting = [reading, flowing] if held else [reading]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                if not (data := reading.result()):
                    return
                held += data
                self._heard = time.monotonic()
                reading = asyncio.create_task(server.read(CHUNK))
            if self._full:
                await flowing
            if self._flows.is_set():
                answer.write(bytes(held))
                held.clear()
                await answer.drain()
            flowing.cancel()


@contextmanager
def line_to(server: str) -> Iterator[Line]:
    """A line to this server, ended with the test."""
    line = Line(server)
    try:
        yield line
    finally:
        line.close()
