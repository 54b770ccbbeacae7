"""What phones cost that follow their lecturer: ``python tests/benchmarks/following.py``.

Each asks the server as often as ``following.js`` does, over a connection of its own. Beside it
stands what the same server takes with nobody there, in the same run.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from components.pages.lesson.following import LOOKS
from components.pages.lesson.rooms import Rooms
from components.serving.store import ADDRESS, open_store
from tests.benchmarks.server import Server, serve

SETTLE_SECONDS = 30.0  # until the server has trained what it begins with


async def phone(port: int, code: str, end: float) -> int:
    """Ask until the end; returns how often."""
    between, asked = LOOKS[0] / 1_000, 0
    await asyncio.sleep(between * random.random())
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < end:
        writer.write(f"GET /class/{code} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        (length,) = (
            int(line.split(b":")[1])
            for line in head.lower().splitlines()
            if line.startswith(b"content-length")
        )
        place = await reader.readexactly(length)
        assert place == b"1 False -", (head, place)
        asked += 1
        await asyncio.sleep(between * (0.75 + random.random() / 2))
    writer.close()
    return asked


async def share(server: Server, code: str, phones: int, seconds: float) -> tuple[float, int]:
    """The server's share of a core while so many phones follow, and how often they asked."""
    before, began = server.processor(), time.monotonic()
    asked = await asyncio.gather(
        asyncio.sleep(seconds, 0),
        *(phone(server.port, code, began + seconds) for _ in range(phones)),
    )
    return (server.processor() - before) / (time.monotonic() - began), sum(asked)


def main() -> None:
    """Print the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--phones", type=int, nargs="+", default=[0, 100, 300])
    parser.add_argument("--seconds", type=float, default=30.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ[ADDRESS] = folder
        code = Rooms(open_store()).open("benchmark")
        with serve() as server:
            time.sleep(SETTLE_SECONDS)
            print("phones  answers  share of a core")
            for phones in asked.phones:
                took, count = asyncio.run(share(server, code, phones, asked.seconds))
                print(f"{phones:6}  {count:7}  {took:15.1%}")


if __name__ == "__main__":
    main()
