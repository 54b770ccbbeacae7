"""One link for a full hall: several processes of the app behind nginx, on one machine.

``python -m components.serving.hall --processes 2`` serves the app on port 8501. nginx has to be
installed.
It serves Streamlit's static files itself and hands everything else on; each browser stays with one
process. What one process has trained all of them show, through a directory that they share. A
process that ends is started again, and whoever was with it comes back by the link.
"""

import gzip
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import streamlit

from components.serving import host
from components.serving.store import ADDRESS

ROOT = Path(__file__).resolve().parents[3]
COMPRESSED = (".html", ".js", ".css", ".json", ".svg", ".wasm", ".ttf")
SMALLEST = 1_024  # bytes that are worth being compressed
START_SECONDS = 120.0
STOP_SECONDS = 5.0
MOST_ENDS = 5  # of a process within ENDS_SECONDS, before the hall is closed
ENDS_SECONDS = 120.0
PAUSE_SECONDS = 0.5  # between two looks at the processes


class HallError(RuntimeError):
    """The hall cannot be opened, or has to be closed."""


@dataclass(frozen=True)
class Hall:
    """What is served, and how.

    Attributes:
        port: of the link.
        processes: of the app.
        first_port: of the first process; the others follow. Only this machine reaches them.
        store: what the processes have in common: a directory, or a Redis server's address.
    """

    port: int
    processes: int
    first_port: int
    store: str

    @property
    def ports(self) -> range:
        """Of the processes."""
        return range(self.first_port, self.first_port + self.processes)


def nginx_program() -> str:
    """Where nginx is.

    Raises:
        HallError: nowhere.
    """
    # Not on everybody's path: it is a system's program.
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    program = shutil.which("nginx", path=path)
    if program is None:
        raise HallError("nginx is not installed (Debian, Ubuntu: apt install nginx-light)")
    return program


def configuration(hall: Hall, static: Path, folder: Path) -> str:
    """The configuration of nginx."""
    text = Path(__file__).with_name("nginx.conf").read_text(encoding="utf-8")
    servers = (f"    server 127.0.0.1:{port} max_fails=1 fail_timeout=2s;" for port in hall.ports)
    filled = {
        "PORT": f"{hall.port}",
        "PROCESSES": "\n".join(servers),
        "STATIC": str(static),
        "FOLDER": str(folder),
    }
    for name, value in filled.items():
        text = text.replace(f"@{name}@", value)
    return text


def compress_static(target: Path) -> None:
    """Copy Streamlit's static files, each beside a compressed one where that is worth it."""
    source = Path(streamlit.__file__).parent / "static"
    shutil.copytree(source, target)
    for path in target.rglob("*"):
        if path.suffix in COMPRESSED and path.stat().st_size >= SMALLEST:
            data = gzip.compress(path.read_bytes(), 6)
            path.with_name(f"{path.name}.gz").write_bytes(data)


def serve(hall: Hall) -> None:
    """Serve the app until the process is told to stop.

    Raises:
        HallError: nginx is missing or ended, a port is taken, or the app keeps ending.
    """
    program = nginx_program()
    for port in (hall.port, *hall.ports):
        _check_free(port)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hall-")))
        folder.chmod(0o755)  # nginx gives up its rights, and reads the files all the same
        compress_static(folder / "static")
        config = folder / "nginx.conf"
        config.write_text(configuration(hall, folder / "static", folder), encoding="utf-8")
        # The processes sign with one key: a browser may come to another one.
        shared = {
            ADDRESS: hall.store or str(folder / "store"),
            "STREAMLIT_SERVER_COOKIE_SECRET": secrets.token_hex(32),
            host.MEMORY: f"{host.memory() / 2**20 / hall.processes}",
        }
        environment = os.environ | shared
        processes = [
            stack.enter_context(_kept_running(_app(port), environment)) for port in hall.ports
        ]
        for port, process in zip(hall.ports, processes, strict=True):
            _wait_for(port, process)
        proxy = stack.enter_context(_running([program, "-c", str(config), "-p", str(folder)]))
        print(f"http://localhost:{hall.port}  ({hall.processes} processes)", flush=True)
        while True:
            if proxy.poll() is not None:
                raise HallError(f"nginx ended ({proxy.returncode})")
            for process in processes:
                process.look()
            time.sleep(PAUSE_SECONDS)


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        # As servers do: a port that was given up a moment ago is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except (OSError, OverflowError) as error:
            raise HallError(f"port {port} cannot be used: {error}") from error


def _wait_for(port: int, process: "_Kept") -> None:
    """Until a process answers: it does once its first run is trained.

    Raises:
        HallError: it does not, or keeps ending.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        process.look()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise HallError(f"the app's process at port {port} does not answer")


def _app(port: int) -> list[str]:
    """The command that serves the app from one process."""
    command = [sys.executable, "-m", "uvicorn", "streamlit_app:app", "--host", "127.0.0.1"]
    return [*command, "--port", f"{port}", "--ws", "websockets-sansio", "--no-access-log"]


@contextmanager
def _running(command: Sequence[str]) -> Iterator[subprocess.Popen]:
    """A process, stopped in any case."""
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield process
    finally:
        _stop(process)


@contextmanager
def _kept_running(command: Sequence[str], environment: dict[str, str]) -> Iterator["_Kept"]:
    kept = _Kept(command, environment)
    try:
        yield kept
    finally:
        _stop(kept.process)


class _Kept:
    """A process of the app that is started again when it ends."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]):
        self._command, self._environment = command, environment
        self._ends: list[float] = []  # when it ended
        self.process = self._start()

    def look(self) -> None:
        """Start it again if it has ended.

        Raises:
            HallError: it keeps ending.
        """
        if self.process.poll() is None:
            return
        now, code = time.monotonic(), self.process.returncode
        self._ends = [*(end for end in self._ends if now < end + ENDS_SECONDS), now]
        if len(self._ends) > MOST_ENDS:
            raise HallError(f"a process of the app keeps ending ({code})")
        print(f"a process ended ({code}); it is started again", flush=True)
        self.process = self._start()

    def _start(self) -> subprocess.Popen:
        return subprocess.Popen(self._command, cwd=ROOT, env=self._environment)


def _stop(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
