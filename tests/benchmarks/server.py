"""The app on a free port of this machine, as ``streamlit run`` serves it, for the benchmarks."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.serving.host import MEMORY_LIMITS, control_groups
from tests.processes import children

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 300.0
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Server:
    """A server that runs; its figures come from outside, from what the system says of it."""

    process: subprocess.Popen
    port: int
    log: Path

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def memory(self, field: str = "VmRSS") -> float:
        """Megabytes that are resident (``VmRSS``), or were at the most (``VmHWM``), of it all."""
        return sum(_memory(process, field) for process in self.processes())

    def largest(self) -> float:
        """Megabytes that are resident of the largest of its processes."""
        return max(_memory(process, "VmRSS") for process in self.processes())

    def threads(self) -> int:
        """Threads of all its processes."""
        return sum(len(list(Path(f"/proc/{p}/task").iterdir())) for p in self.processes())

    def processor(self) -> float:
        """Seconds of processor time that it took so far."""
        return sum(map(_processor, self.processes()))

    def processes(self) -> Iterator[int]:
        """It and all that it started."""
        yield self.process.pid
        yield from children(self.process.pid)

    def failures(self) -> int:
        """Tracebacks in its log."""
        return self.log.read_text(encoding="utf-8", errors="replace").count("Traceback")


@dataclass(frozen=True)
class Group:
    """A control group: its processes are killed where they take more memory than it may have."""

    folder: Path

    def command(self, command: Sequence[str]) -> list[str]:
        """What starts this command in the group."""
        inside = 'echo $$ > "$0/cgroup.procs" && exec "$@"'
        return ["sh", "-c", inside, str(self.folder), *command]

    def killed(self) -> int:
        """How many were killed."""
        for name in ("memory.events", "memory.oom_control"):
            if (path := self.folder / name).exists():
                counts = dict(line.split() for line in path.read_text().splitlines())
                return int(counts["oom_kill"])
        raise RuntimeError(f"{self.folder} does not count who was killed")


@contextmanager
def limited(megabytes: int) -> Iterator[Group]:
    """A control group of so much memory, below this process's own; it takes the right to make one.

    Raises:
        OSError: none can be made here.
    """
    own = next(control_groups("memory"), None)
    if own is None:
        raise OSError("this system has no control groups")
    folder = own / f"lab-{os.getpid()}"
    folder.mkdir()
    try:
        limit = next(folder / name for name in MEMORY_LIMITS if (folder / name).exists())
        limit.write_text(f"{megabytes << 20}")
        yield Group(folder)
    finally:
        deadline = time.monotonic() + STOP_SECONDS
        while (folder / "cgroup.procs").read_text() and time.monotonic() < deadline:
            time.sleep(0.1)  # until a trainer has seen its server end
        folder.rmdir()


@contextmanager
def serve(page: str = "streamlit_app.py", group: Group | None = None) -> Iterator[Server]:
    """Serve a page as ``streamlit run`` does, in a control group if there is one."""
    command = [sys.executable, "-m", "streamlit", "run", page, "--server.headless", "true"]
    command = group.command(command) if group else command
    port = _free_port()
    with _started(
        [*command, "--server.address", "127.0.0.1", "--server.port", f"{port}"], port
    ) as server:
        _wait_for(server, port)
        yield server


@contextmanager
def serve_hall(processes: int) -> Iterator[Server]:
    """Serve the app from several processes behind nginx."""
    first, port = _free_ports(processes), _free_port()
    command = [sys.executable, "-m", "components.serving.hall", "--processes", f"{processes}"]
    command += ["--port", f"{port}", "--first-port", f"{first}"]
    with _started(command, port) as server:
        for each in (*range(first, first + processes), port):
            _wait_for(server, each)
        yield server


@contextmanager
def _started(command: Sequence[str], port: int) -> Iterator[Server]:
    """A server, stopped in any case: also where the benchmark fails or is interrupted."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("w") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        server = Server(process, port, log)
        try:
            yield server
        finally:
            _stop(process)


def _memory(process: int, field: str) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    fields = dict(line.split(":", 1) for line in status.splitlines())
    return int(fields[field].split()[0]) / 1024


def _processor(process: int) -> float:
    # The name, in brackets, may hold blanks; the 14th and 15th fields are ticks of the clock.
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _free_ports(count: int) -> int:
    """The first of so many free ports in a row."""
    while True:
        first = _free_port()
        try:
            for port in range(first, first + count):
                with socket.socket() as free:
                    free.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            continue
        return first


def _wait_for(server: Server, port: int) -> None:
    """Until it answers; it does once its first run is trained."""
    deadline = time.monotonic() + START_SECONDS
    while server.running and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the server never answered: {server.log.read_text()}")


def _stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
