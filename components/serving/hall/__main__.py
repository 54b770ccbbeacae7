"""The launcher's command line: ``python -m components.serving.hall --help``."""

import argparse
import os
import signal
import sys

from components.serving.hall import Hall, HallError, serve
from components.serving.store import ADDRESS

MOST_PROCESSES = 64


def _processes(text: str) -> int:
    count = int(text)
    if not 1 <= count <= MOST_PROCESSES:
        raise argparse.ArgumentTypeError(f"1 to {MOST_PROCESSES}")
    return count


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m components.serving.hall",
        description="Serve the app from several processes behind nginx.",
    )
    parser.add_argument("--processes", type=_processes, default=min(os.cpu_count() or 1, 8))
    parser.add_argument("--port", type=int, default=8501, help="of the link")
    parser.add_argument("--first-port", type=int, default=9501, help="of the processes themselves")
    parser.add_argument(
        "--store",
        default=os.environ.get(ADDRESS, ""),
        help="what they share: a directory, or redis://host:port/0; by default a temporary one",
    )
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    try:
        serve(Hall(asked.port, asked.processes, asked.first_port, asked.store))
    except HallError as error:
        sys.exit(f"{error}")
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
