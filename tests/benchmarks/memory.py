"""What a crowd costs in memory: ``python tests/benchmarks/memory.py``.

Starts the app on this machine and lets visitors come, a few at a time, each by a link of its own
setting. Each follows its run to the end, as a page does, and stays while the others come. Prints
the resident memory of the server as it goes, beside what is wanted, and what went wrong. With
``--limit`` the server runs in a control group of so much memory, and says who was killed in it.
"""

import argparse
import asyncio
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from components.settings.state.items import PANELS
from models import ACTIVATIONS
from tests.benchmarks.clients import Client, visit
from tests.benchmarks.server import Server, limited, serve

WANTED = 700  # megabytes with 300 sessions of 300 settings
MOST_SESSIONS = 1_000
SETTLE_SECONDS = 300.0  # for a few who come at once, on a machine that does much else
GONE_SECONDS = 5.0  # after which the memory is read once more when all have left
ROWS = (1, 20, 100, 200, 300, 500, MOST_SESSIONS)
# depth, width, networks, steps: mostly what a lecture's audience plays with, now and then more
SHAPES = (
    (9, 10, 64, 200),
    (3, 10, 64, 200),
    (9, 5, 32, 200),
    (5, 16, 32, 500),
    (2, 4, 64, 200),
    (20, 10, 32, 200),
    (9, 32, 16, 200),
    (12, 10, 64, 200),
    (9, 10, 32, 1_000),
    (30, 20, 16, 200),
)


# Runs that take as much memory as a small host lets one have
LARGE_SHAPES = ((9, 48, 32, 200), (50, 32, 16, 200), (20, 32, 32, 200), (9, 100, 8, 200))


def link_of(setting: int, panel: str | None, large: bool) -> str:
    """The query of a setting's link: each has another activation, shape, or seed."""
    names, shapes = list(ACTIVATIONS), LARGE_SHAPES if large else SHAPES
    depth, width, networks, steps = shapes[setting % len(shapes)]
    activation = names[setting // len(shapes) % len(names)]
    compare = "tanh" if activation == "sigmoid" else "sigmoid"
    fields = {"activation": activation, "compare": compare, "depth": depth, "width": width}
    fields |= {"networks": networks, "steps": steps, "seed": setting, "init": "xavier_normal"}
    return urlencode(fields | ({"inside": panel} if panel else {}))


def panel_of(visitor: int, panels: bool) -> str | None:
    """The panel that a visitor has open: of six, each opens another, and one opens none."""
    return (*PANELS, None)[visitor % (len(PANELS) + 1)] if panels else None


class Crowd:
    """All who have come and stay."""

    def __init__(self, server: Server, stay: AsyncExitStack):
        self._server, self._stay = server, stay
        self.problems: Counter[str] = Counter()
        self._clients: list[Client] = []

    async def come(self, links: list[str]) -> None:
        """Let some come at once, and wait until each sees the end of its run."""
        for result in await asyncio.gather(*map(self._one, links), return_exceptions=True):
            if isinstance(result, BaseException):
                self.problems[f"{type(result).__name__}: {result}"] += 1

    async def _one(self, link: str) -> None:
        client = await self._stay.enter_async_context(visit(self._server.port, link))
        self._clients.append(client)
        await client.settle(SETTLE_SECONDS)
        if client.drawn["vega_lite_chart"] < 4:
            client.problems.append("the charts are missing")

    def count_problems(self) -> int:
        """Everything that went wrong so far, as the visitors saw it and as the log tells it."""
        for client in self._clients:
            self.problems.update(client.problems)
            client.problems.clear()
        return self.problems.total() + self._server.failures()


async def measure(server: Server, args: argparse.Namespace) -> None:
    """Print the table, a row at a time."""
    begin = time.monotonic()

    def row(what: str, errors: int = 0) -> None:
        resident, most = server.memory(), server.memory("VmHWM")
        seconds = time.monotonic() - begin
        print(f"{what:<18}{resident:>10.0f}{most:>10.0f}{errors:>8}{seconds:>10.0f}", flush=True)

    print(f"{'':18}{'resident':>10}{'highest':>10}{'errors':>8}{'seconds':>10}")
    row("started")
    async with AsyncExitStack() as stay:
        crowd = Crowd(server, stay)
        for present, links in batches(args):
            await crowd.come(links)
            if present in ROWS or present == args.sessions:
                row(f"{present} present", crowd.count_problems())
        full = server.memory()
    await asyncio.sleep(GONE_SECONDS)
    row("all have left", crowd.count_problems())
    mark = "<" if full < WANTED else "not <"
    print(f"\n{args.sessions} sessions, {args.settings} settings: {full:.0f} MB {mark} {WANTED} MB")
    for problem, count in crowd.problems.most_common(10):
        print(f"{count:6} x {problem}")


def batches(args: argparse.Namespace) -> Iterator[tuple[int, list[str]]]:
    """Who comes at once, and how many there are then; so that every row is reached exactly."""
    come = 0
    while come < args.sessions:
        ends = [come + args.at_once, args.sessions, *(row for row in ROWS if row > come)]
        visitors = range(come, min(ends))
        yield (
            visitors.stop,
            [
                link_of(visitor % args.settings, panel_of(visitor, args.panels), args.large)
                for visitor in visitors
            ],
        )
        come = visitors.stop


def arguments() -> argparse.Namespace:
    """What was asked for, within bounds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=_count, default=300)
    parser.add_argument("--settings", type=_count, help="how many differ; default: all")
    parser.add_argument("--at-once", type=_count, default=20, help="visitors who come together")
    parser.add_argument("--panels", action="store_true", help="five of six have a panel open")
    parser.add_argument("--large", action="store_true", help="they ask for large runs")
    parser.add_argument("--limit", type=int, help="megabytes of a control group that it runs in")
    args = parser.parse_args()
    args.settings = min(args.settings or args.sessions, args.sessions)
    return args


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= MOST_SESSIONS:
        raise argparse.ArgumentTypeError(f"1 to {MOST_SESSIONS}")
    return count


def main() -> None:
    args = arguments()
    # As an interruption by hand does: the server is stopped, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ExitStack() as stack:
            group = stack.enter_context(limited(args.limit)) if args.limit else None
            asyncio.run(measure(stack.enter_context(serve(group=group)), args))
            if group:
                print(f"{group.killed()} processes killed in {args.limit} MB")
    except KeyboardInterrupt:
        sys.exit("stopped")


if __name__ == "__main__":
    main()
