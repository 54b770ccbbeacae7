"""What a full hall waits for: ``python tests/benchmarks/load.py``.

Starts the app on this machine and lets many visitors come at once, who speak the page's own
protocol as a browser does. All open the first screen; then all move one control, each to one of a
few values, and follow their run to the finished picture. Prints what they waited for, and what it
cost the server: beside a page that computes nothing, served in the same run.
"""

import argparse
import asyncio
import itertools
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks import statics
from tests.benchmarks.clients import CHART, Client, visit
from tests.benchmarks.server import Server, serve, serve_hall

MOST_CLIENTS = 1_000
FLOOR = "tests/benchmarks/floor.py"
LARGEST = "depth=30&width=128&networks=16&steps=200"  # about what a run may take of memory
GREEDY_SECONDS = 0.3  # between two of its asks
GREEDY_AFTER_SECONDS = 3.0  # of them, before the others are looked at
CHARTS = 4  # on the first screen: fewer are a problem


@dataclass(frozen=True)
class Waited:
    """What a crowd waited for one thing, and what it cost.

    Attributes:
        what: they waited for.
        seconds: one a visitor, in order.
        charts: drawn for all of them together.
        processor: seconds of the server's processes.
        resident: megabytes of them at the end.
        largest: megabytes of the largest one of them.
        received: kilobytes that were sent to each visitor.
        problems: what visitors saw go wrong, and how often.
    """

    what: str
    seconds: list[float]
    charts: int
    processor: float
    resident: float
    largest: float
    received: float
    problems: Counter[str]

    def quantile(self, share: float) -> float:
        """The time within which this share of the visitors had it."""
        if not self.seconds:
            return float("nan")
        return self.seconds[min(len(self.seconds) - 1, int(share * len(self.seconds)))]


class Crowd:
    """Visitors who come at once, do the same things at once, and wait for each other between."""

    def __init__(self, server: Server, limit: float):
        self._server, self._limit = server, limit
        self._stay = AsyncExitStack()
        self._clients: list[Client] = []

    async def __aenter__(self) -> "Crowd":
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stay.aclose()

    async def arrive(self) -> None:
        """One visitor comes and goes: what a server does for its first is no crowd's wait."""
        async with visit(self._server.port, "") as client:
            await client.settle(self._limit)

    async def load(self, count: int, files: Sequence[str]) -> Waited:
        """Fetch what a browser that has nothing yet needs before it can open the page."""

        async def fetch(place: int) -> float:
            await asyncio.wait_for(statics.fetch(self._server.port, files), self._limit)
            return time.monotonic()

        return await self._wait_for(f"{count} load {len(files)} files", count, fetch)

    async def open(self, count: int, link: str = "") -> Waited:
        """Open the page."""

        async def come(place: int) -> float:
            client = await self._stay.enter_async_context(visit(self._server.port, link))
            self._clients.append(client)
            return await self._picture(client, 0)

        return await self._wait_for(f"{count} open", count, come)

    async def move(self, control: str, values: Sequence[str], what: str) -> Waited:
        """Move a control, each to the next of some values, and follow the run to its end."""

        async def change(place: int) -> float:
            client = self._clients[place]
            drawn = client.drawn[CHART]
            await client.move(control, values[place % len(values)])
            return await self._picture(client, drawn)

        return await self._wait_for(f"{len(self._clients)} {what}", len(self._clients), change)

    @asynccontextmanager
    async def beside_a_greedy_one(self) -> AsyncIterator[None]:
        """While one more visitor asks for the largest runs, one after the other."""

        async def ask() -> None:
            async with visit(self._server.port, LARGEST) as client:
                for seed in itertools.count(1):
                    await asyncio.sleep(GREEDY_SECONDS)
                    await client.move("seed", f"{seed}")

        asking = asyncio.create_task(ask())
        await asyncio.sleep(GREEDY_AFTER_SECONDS)
        try:
            yield
        finally:
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking

    async def ask_again(self) -> Waited:
        """Have the page drawn once more as it is, as whoever looks behind a sign does."""

        async def ask(place: int) -> float:
            client = self._clients[place]
            drawn = client.drawn[CHART]
            await client.look_again()
            return await self._picture(client, drawn)

        return await self._wait_for(f"{len(self._clients)} the same again", len(self._clients), ask)

    async def _picture(self, client: Client, drawn: int) -> float:
        """Wait until the page asks for nothing more, and tell when its picture was finished.

        What would help such a run may still have been computed after that.
        """
        await client.settle(self._limit)
        if client.drawn[CHART] < drawn + CHARTS or client.pictured is None:
            client.problems.append("the charts are missing")
        return client.pictured or client.finished

    async def _wait_for(
        self, what: str, count: int, one: Callable[[int], Awaitable[float]]
    ) -> Waited:
        begin, busy, drawn = time.monotonic(), self._server.processor(), self._drawn()
        received = self._received()
        ends = await asyncio.gather(*map(one, range(count)), return_exceptions=True)
        problems = Counter(f"{type(e).__name__}: {e}" for e in ends if isinstance(e, Exception))
        for client in self._clients:
            problems.update(client.problems)
            client.problems.clear()
        return Waited(
            what,
            sorted(end - begin for end in ends if isinstance(end, float)),
            self._drawn() - drawn,
            self._server.processor() - busy,
            self._server.memory(),
            self._server.largest(),
            (self._received() - received) / count / 1e3,
            problems,
        )

    def _drawn(self) -> int:
        return sum(client.drawn[CHART] for client in self._clients)

    def _received(self) -> int:
        return sum(client.received for client in self._clients)


class Table:
    """Prints what was waited for, a row at a time."""

    def __init__(self):
        heads = (
            f"{head:>9}"
            for head in ("p50 s", "p95 s", "cpu s", "MB", "largest", "kB each", "charts", "errors")
        )
        print(f"{'':44}{''.join(heads)}", flush=True)

    def add(self, waited: Waited) -> None:
        """A row, and under it what went wrong."""
        figures = (waited.quantile(0.5), waited.quantile(0.95), waited.processor)
        sizes = waited.resident, waited.largest, waited.received
        cells = *(f"{each:9.2f}" for each in figures), *(f"{each:9.0f}" for each in sizes)
        counts = f"{waited.charts:9}{waited.problems.total():9}"
        print(f"{waited.what:<44}{''.join(cells)}{counts}", flush=True)
        for problem, count in waited.problems.most_common(5):
            print(f"{count:6} x {problem[:100]}", flush=True)


async def measure(args: argparse.Namespace) -> None:
    """Print the table."""
    table = Table()
    for count in args.clients:
        floor = await _floor(args, count, table)
        with serve_hall(args.processes) if args.processes > 1 else serve() as server:
            async with Crowd(server, args.limit) as crowd:
                await crowd.arrive()
                if args.cold:
                    table.add(await crowd.load(count, await statics.of_browser(server.port)))
                opened = await crowd.open(count)
                table.add(opened)
                kinds = f"{args.control}, {len(args.values)} values"
                new = await crowd.move(args.control, args.values, f"move {kinds}, never trained")
                table.add(new)
                # Each moves on to the value of the next one: trained by now.
                again = await crowd.move(
                    args.control, args.values[1:] + args.values[:1], f"move {kinds}, trained before"
                )
                table.add(again)
                table.add(await crowd.ask_again())
                if args.greedy:
                    await _beside_a_greedy_one(crowd, count, table)
            failures = server.failures()
        if floor:
            ratios = (
                opened.quantile(0.5) / floor.quantile(0.5),
                again.quantile(0.5) / floor.quantile(0.5),
            )
            print(
                "times the floor: {:.1f} to open, {:.1f} to a finished new picture".format(*ratios)
            )
        if failures:
            print(f"{failures} tracebacks in the server's log")


async def _beside_a_greedy_one(crowd: Crowd, count: int, table: Table) -> None:
    """What the same costs the others that it costs without such a one."""
    what, seeds = "move seed, 8 values, never trained", [f"{seed}" for seed in range(5_001, 5_017)]
    alone = await crowd.move("seed", seeds[:8], what)
    table.add(alone)
    async with crowd.beside_a_greedy_one():
        beside = await crowd.move("seed", seeds[8:], what)
    table.add(replace(beside, what=f"{count} the same beside a greedy one"))
    print(f"a greedy one adds {beside.quantile(0.95) - alone.quantile(0.95):.2f} s to their p95")


async def _floor(args: argparse.Namespace, count: int, table: Table) -> Waited | None:
    if not args.floor:
        return None
    with serve(page=FLOOR) as server:
        async with Crowd(server, args.limit) as crowd:
            await crowd.arrive()
            waited = await crowd.open(count)
    table.add(replace(waited, what=f"{count} open a page that computes nothing"))
    return waited


def arguments() -> argparse.Namespace:
    """What was asked for, within bounds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--clients", type=_count, nargs="+", default=[1, 20, 100, 300], help="crowds, one by one"
    )
    parser.add_argument("--control", default="depth", help="the key of a slider, list or number")
    parser.add_argument(
        "--values", nargs="+", default=[f"{depth}" for depth in range(2, 10)], help="to choose from"
    )
    parser.add_argument(
        "--processes", type=int, choices=range(1, 9), default=1, help="behind nginx, if several"
    )
    parser.add_argument("--cold", action="store_true", help="fetch all static files first")
    parser.add_argument(
        "--greedy", action="store_true", help="and then beside one who asks for the largest runs"
    )
    parser.add_argument("--no-floor", dest="floor", action="store_false")
    parser.add_argument(
        "--limit", type=float, default=180.0, help="seconds that a visitor waits at the most"
    )
    return parser.parse_args()


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= MOST_CLIENTS:
        raise argparse.ArgumentTypeError(f"1 to {MOST_CLIENTS}")
    return count


def main() -> None:
    args = arguments()
    # As an interruption by hand does: the servers are stopped, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        asyncio.run(measure(args))
    except KeyboardInterrupt:
        sys.exit("stopped")


if __name__ == "__main__":
    main()
