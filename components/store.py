"""What several processes, or machines, have in common: named bytes, and who works on what.

Three ways behind one interface: this process's memory, a directory on one machine, a Redis server
beyond. Nothing of it is needed to run the app: whoever uses a store goes on without it where it
fails, which it says by a ``StoreError``. What is read from one is checked by whoever reads it.
"""

import contextlib
import hashlib
import math
import os
import struct
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from filelock import FileLock, Timeout

ADDRESS = "LAB_STORE"  # the environment's name for where the store is
MOST_BYTES = 1 << 30  # of a directory
CLAIM_SECONDS = 15.0  # a claim at a server is void so long after it was last renewed
UPDATE_SECONDS = 2.0  # how long a change waits for others'
STALE_SECONDS = 600.0  # after which a half-written file is nobody's any more
SLOTS = 4_096  # lock files of a directory

_UNTIL = struct.Struct("<d")  # a file begins with when it is over, in seconds since 1970

Change = Callable[[bytes | None], bytes]


class StoreError(RuntimeError):
    """The store cannot be used now."""


class Claim(Protocol):
    """That a name's work is ours; it ends with ``release``, and with the process."""

    def renew(self) -> None:
        """Say that the work goes on."""

    def release(self) -> None:
        """Leave the name to others."""


class Store(Protocol):
    """Named bytes that several processes have in common; every method may raise ``StoreError``."""

    def get(self, name: str) -> bytes | None:
        """What is kept under a name; None: nothing."""

    def put(self, name: str, data: bytes, seconds: float | None = None) -> None:
        """Keep bytes under a name, all or none of them: for so long, or until room is needed."""

    def claim(self, name: str) -> Claim | None:
        """Take a name's work; None: somebody else has it."""

    def update(self, name: str, change: Change, seconds: float) -> bytes:
        """Put ``change`` of what is kept in its place, as if nobody else did so meanwhile."""


class _Held:
    """A claim that needs no renewal: whoever holds it ends, and so does it."""

    def __init__(self, release: Callable[[], None]):
        self.release = release

    def renew(self) -> None:
        pass


class MemoryStore:
    """A store of this process alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._lock = threading.RLock()
        self._kept: dict[str, tuple[bytes, float | None]] = {}
        self._claimed: set[str] = set()

    def get(self, name: str) -> bytes | None:
        """What is kept under a name; None: nothing."""
        with self._lock:
            data, until = self._kept.get(name, (None, None))
            if until is not None and self._clock() > until:
                del self._kept[name]
                return None
            return data

    def put(self, name: str, data: bytes, seconds: float | None = None) -> None:
        """Keep bytes under a name."""
        with self._lock:
            for old in list(self._kept):
                self.get(old)  # which forgets what is too old
            self._kept[name] = data, None if seconds is None else self._clock() + seconds

    def claim(self, name: str) -> Claim | None:
        """Take a name's work; None: somebody else has it."""
        with self._lock:
            if name in self._claimed:
                return None
            self._claimed.add(name)
        return _Held(lambda: self._claimed.discard(name))

    def update(self, name: str, change: Change, seconds: float) -> bytes:
        """Change what is kept."""
        with self._lock:
            data = change(self.get(name))
            self.put(name, data, seconds)
            return data


class DirectoryStore:
    """A store of the processes of one machine: files in a directory.

    A file is written beside its place and then moved there, so that nobody reads half of one. Locks
    are the system's: they end with the process that holds them, however it ends.
    """

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES):
        self._path, self._most = path, most_bytes

    def get(self, name: str) -> bytes | None:
        """What is kept under a name; None: nothing, or what was to be kept only until now."""
        with _failing():
            file = self._file(name)
            try:
                kept = file.read_bytes()
            except FileNotFoundError:
                return None
            if _is_over(kept):
                return None
            with contextlib.suppress(OSError):  # it may be read-only, or gone by now
                os.utime(file)  # asked for lately, dropped late
            return kept[_UNTIL.size :]

    def put(self, name: str, data: bytes, seconds: float | None = None) -> None:
        """Keep bytes under a name."""
        with _failing():
            self._path.mkdir(parents=True, exist_ok=True)
            self._make_room(len(data))
            until = math.inf if seconds is None else time.time() + seconds
            _write(self._file(name), _UNTIL.pack(until) + data)

    def claim(self, name: str) -> Claim | None:
        """Take a name's work; None: somebody else has it."""
        with _failing():
            lock = self._lock(name)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                return None
            return _Held(lock.release)

    def update(self, name: str, change: Change, seconds: float) -> bytes:
        """Change what is kept."""
        with _failing(), self._lock(f"update {name}").acquire(timeout=UPDATE_SECONDS):
            data = change(self.get(name))
            self.put(name, data, seconds)
            return data

    def _file(self, name: str) -> Path:
        return self._path / f"{_key(name)}.kept"

    def _lock(self, name: str) -> FileLock:
        """One of so many: two names may share it, and then wait for each other, no more."""
        folder = self._path / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        # A claim may be released by another thread than took it.
        return FileLock(folder / f"{int(_key(name), 16) % SLOTS}.lock", thread_local=False)

    def _make_room(self, size: int) -> None:
        """Drop what is over, what was asked for longest ago, and what was never finished."""
        now, files = time.time(), []
        for file in self._path.iterdir():
            with contextlib.suppress(OSError):  # another process may drop it, too
                if file.suffix == ".new" and now - file.stat().st_mtime > STALE_SECONDS:
                    file.unlink()
                elif file.suffix == ".kept":
                    with file.open("rb") as kept:
                        over = _is_over(kept.read(_UNTIL.size))
                    if over:
                        file.unlink()
                    else:
                        stat = file.stat()
                        files.append((stat.st_mtime, stat.st_size, file))
        total = size + sum(each for _, each, _ in files)
        for _, each, file in sorted(files):
            if total <= self._most:
                break
            with contextlib.suppress(OSError):
                file.unlink()
            total -= each


def _key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:40]


def _write(file: Path, data: bytes) -> None:
    new = file.with_name(f"{file.name}.{uuid.uuid4().hex}.new")
    try:
        new.write_bytes(data)
        new.replace(file)
    finally:
        new.unlink(missing_ok=True)


def _is_over(kept: bytes) -> bool:
    """Whether a file is kept no longer; what nobody wrote here never was."""
    return len(kept) < _UNTIL.size or not time.time() < _UNTIL.unpack_from(kept)[0]


@contextmanager
def _failing() -> Iterator[None]:
    """What the system says is wrong, as a ``StoreError``."""
    try:
        yield
    except (OSError, Timeout, NotImplementedError) as error:
        raise StoreError(f"{type(error).__name__}: {error}") from error


class RedisStore:
    """A store of several machines: a Redis server, which drops what it has no room for."""

    def __init__(self, address: str):
        try:
            import redis
        except ImportError as error:
            raise StoreError("a store at a Redis server needs the package redis") from error
        self._failures = redis.exceptions.RedisError
        self._redis = redis.Redis.from_url(
            address, socket_timeout=UPDATE_SECONDS, socket_connect_timeout=UPDATE_SECONDS
        )

    def get(self, name: str) -> bytes | None:
        """What is kept under a name; None: nothing."""
        with self._failing():
            return self._redis.get(_at_server(name))

    def put(self, name: str, data: bytes, seconds: float | None = None) -> None:
        """Keep bytes under a name."""
        with self._failing():
            milliseconds = None if seconds is None else max(1, int(seconds * 1_000))
            self._redis.set(_at_server(name), data, px=milliseconds)

    def claim(self, name: str) -> Claim | None:
        """Take a name's work; None: somebody else has it."""
        with self._failing():
            lock = self._lock(f"claim {name}", CLAIM_SECONDS)
            return _ServerClaim(lock, self._failing) if lock.acquire(blocking=False) else None

    def update(self, name: str, change: Change, seconds: float) -> bytes:
        """Change what is kept."""
        with self._failing(), self._lock(f"update {name}", UPDATE_SECONDS):
            data = change(self.get(name))
            self.put(name, data, seconds)
            return data

    def _lock(self, name: str, seconds: float) -> Any:
        # Any thread may renew and release it.
        return self._redis.lock(
            _at_server(name), seconds, blocking_timeout=UPDATE_SECONDS, thread_local=False
        )

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except self._failures as error:
            raise StoreError(f"{type(error).__name__}: {error}") from error


class _ServerClaim:
    """A claim at a server, which does not see us end: it is void when it is not renewed."""

    def __init__(self, lock: Any, failing: Callable[[], AbstractContextManager[None]]):
        self._lock, self._failing = lock, failing
        self._renewed = time.monotonic()

    def renew(self) -> None:
        """Say that the work goes on."""
        if time.monotonic() > self._renewed + CLAIM_SECONDS / 3:
            self._renewed = time.monotonic()
            with self._failing():
                self._lock.reacquire()

    def release(self) -> None:
        """Leave the name to others."""
        with self._failing():
            self._lock.release()


def _at_server(name: str) -> str:
    return f"vanishing-gradient-lab:{_key(name)}"


def open_store(address: str | None = None) -> Store | None:
    """The store at an address, by default the environment's; None: there is none.

    Args:
        address: ``redis://host:port/0`` (or ``rediss://``, ``unix://``), else a directory.
    """
    address = os.environ.get(ADDRESS, "") if address is None else address
    if not address:
        return None
    if address.split(":", 1)[0] in ("redis", "rediss", "unix"):
        return RedisStore(address)
    return DirectoryStore(Path(address).expanduser())
