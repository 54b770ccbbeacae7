"""What a long lesson leaves behind: ``python tests/benchmarks/soak.py``.

Twenty visitors keep moving controls; every half minute it prints what the server holds: memory and
threads of its processes, and what the visitors saw go wrong. After a warm-up nothing should grow.
"""

import argparse
import asyncio
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.clients import Client, visit
from tests.benchmarks.server import Server, serve

MOVES = {
    "depth": [f"{depth}" for depth in range(1, 13)],
    "width": [f"{width}" for width in range(2, 21)],
    "seed": [f"{seed}" for seed in range(40)],
    "activation": ["Sigmoid", "tanh", "ReLU", "ELU"],
}
"""Controls and the values that they are moved to, as a browser says them."""
PAUSE_SECONDS = (1.0, 6.0)  # between two moves of a visitor
PATIENCE_SECONDS = 60.0


async def play(server: Server, chance: random.Random, moved: Counter, problems: Counter) -> None:
    """One visitor: open the page, and move a control now and then, whatever the page is doing."""
    await asyncio.sleep(chance.uniform(0, 5))
    async with visit(server.port, "") as client:
        await client.settle(PATIENCE_SECONDS)
        while True:
            await asyncio.sleep(chance.uniform(*PAUSE_SECONDS))
            control = chance.choice(list(MOVES))
            await client.move(control, chance.choice(MOVES[control]))
            moved["moves"] += 1
            if chance.random() < 0.7:  # some do not wait
                await client.settle(PATIENCE_SECONDS)
            _collect(client, problems)


def _collect(client: Client, problems: Counter) -> None:
    problems.update(client.problems)
    client.problems.clear()


async def measure(visitors: int, minutes: float, every: float) -> None:
    """Print the table."""
    heads = ("minute", "MB", "largest", "threads", "moves", "errors")
    print("".join(f"{head:>9}" for head in heads), flush=True)
    moved, problems = Counter(), Counter()
    with serve() as server:
        playing = [
            asyncio.create_task(play(server, random.Random(number), moved, problems))
            for number in range(visitors)
        ]
        begin = time.monotonic()
        while (now := time.monotonic() - begin) < 60 * minutes:
            await asyncio.sleep(min(every, 60 * minutes - now))
            for task in playing:
                if task.done():
                    problems[f"a visitor left: {task.exception()!r}"] += 1
            figures = (server.memory(), server.largest(), server.threads(), moved["moves"])
            cells = "".join(f"{figure:9.0f}" for figure in (*figures, problems.total()))
            print(f"{(time.monotonic() - begin) / 60:9.1f}{cells}", flush=True)
        for task in playing:
            task.cancel()
        await asyncio.gather(*playing, return_exceptions=True)
        failures = server.failures()
    for problem, count in problems.most_common(10):
        print(f"{count:6} x {problem[:100]}")
    print(f"{failures} tracebacks in the server's log")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, choices=range(1, 201), default=20, metavar="N")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--every", type=float, default=30.0, help="seconds between two rows")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        asyncio.run(measure(asked.visitors, min(asked.minutes, 24 * 60.0), asked.every))
    except KeyboardInterrupt:
        sys.exit("stopped")


if __name__ == "__main__":
    main()
