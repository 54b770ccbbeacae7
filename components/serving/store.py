"""What several processes, or machines, have in common: named bytes, and who works on what.

Three ways behind one interface: this process's memory, a directory on one machine, a Redis server
beyond. Nothing of it is needed to run the app: whoever uses a store goes on without it where it
fails, which it says by a ``StoreError``. What is read from one is checked by whoever reads it.

Caches like diskcache and cachelib unpickle what they read, which is never done here with what
others may have written; and none knows who works on what. Locks are filelock's and Redis's own.
"""

import contextlib
import hashlib
import math
import os
import shutil
import stat
import struct
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from filelock import FileLock, Timeout

from components.serving.seldom import seldom_log

ADDRESS = "LAB_STORE"  # the environment's name for where the store is
MOST_BYTES = 1 << 30  # of a directory
MOST_ENTRY = 65 << 20  # bytes under one name: what is larger is nobody's here, and not read
CLAIM_SECONDS = 15.0  # a claim at a server is void so long after it was last renewed
UPDATE_SECONDS = 2.0  # how long a change waits for others'
POLL_SECONDS = 0.005  # between two looks whether these are done
STALE_SECONDS = 600.0  # after which a half-written file is nobody's any more
SLOTS = 4_096  # lock files of a directory, for each purpose

_UNTIL = struct.Struct("<d")  # a file begins with when it is over, in seconds since 1970
_MOST_FILE = _UNTIL.size + MOST_ENTRY
_READING = os.O_RDONLY  # and, where the system knows it, never waiting, and never through a link
for _flag in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"):
    _READING |= getattr(os, _flag, 0)

_log = seldom_log(__name__)

Change = Callable[[bytes | None], bytes | None]
"""What is kept, after what was; None: nothing."""


class StoreError(RuntimeError):
    """The store cannot be used now."""


class StoreBusyError(StoreError):
    """So many change the same thing that it was not our turn in time."""


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

    def update(self, name: str, change: Change, seconds: float) -> bytes | None:
        """Put ``change`` of what is kept in its place, as if nobody else did so meanwhile.

        It must not itself change anything there. ``StoreBusyError``: others do so all the time.
        """


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

    def update(self, name: str, change: Change, seconds: float) -> bytes | None:
        """Change what is kept."""
        with self._lock:
            data = change(self.get(name))
            if data is None:
                self._kept.pop(name, None)
            else:
                self.put(name, data, seconds)
            return data


class DirectoryStore:
    """A store of the processes of one machine: files in a directory.

    A file is written beside its place and then moved there, so that nobody reads half of one. Locks
    are the system's: they end with the process that holds them, however it ends. Whatever else may
    lie in the directory (a pipe, a link, a folder, something huge) is not read and keeps nobody
    waiting.
    """

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES):
        self._path, self._most = path, most_bytes

    def get(self, name: str) -> bytes | None:
        """What is kept under a name; None: nothing, or what was to be kept only until now."""
        with _failing():
            file = self._file(name)
            kept = _read(file)
            if kept is None or _is_over(kept):
                return None
            with contextlib.suppress(OSError):  # it may be read-only, or gone by now
                os.utime(file)  # asked for lately, dropped late
            return kept[_UNTIL.size :]

    def put(self, name: str, data: bytes, seconds: float | None = None) -> None:
        """Keep bytes under a name."""
        with _failing():
            self._path.mkdir(parents=True, exist_ok=True)
            self._make_room(len(data))
            self._write(name, data, seconds)

    def claim(self, name: str) -> Claim | None:
        """Take a name's work; None: somebody else has it."""
        with _failing():
            lock = self._lock("claim", name)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                return None
            return _Held(lock.release)

    def update(self, name: str, change: Change, seconds: float) -> bytes | None:
        """Change what is kept."""
        with (
            _failing(),
            self._lock("update", name).acquire(UPDATE_SECONDS, POLL_SECONDS),
        ):
            before = self.get(name)
            data = change(before)
            if data is None:
                self._file(name).unlink(missing_ok=True)
            elif before is None:
                self.put(name, data, seconds)
            else:  # in its own place there is room
                self._write(name, data, seconds)
            return data

    def _write(self, name: str, data: bytes, seconds: float | None) -> None:
        until = math.inf if seconds is None else time.time() + seconds
        _write(self._file(name), _UNTIL.pack(until) + data)

    def _file(self, name: str) -> Path:
        return self._path / f"{_key(name)}.kept"

    def _lock(self, purpose: str, name: str) -> FileLock:
        """One of so many: two names may share it, and then wait for each other, no more.

        A claim may be held for minutes, an update is not to wait for one.
        """
        folder = self._path / "locks"
        folder.mkdir(parents=True, exist_ok=True)
        file = f"{purpose}{int(_key(name), 16) % SLOTS}.lock"
        # A claim may be released by another thread than took it.
        return FileLock(folder / file, thread_local=False)

    def _make_room(self, size: int) -> None:
        """Drop what is over, what was asked for longest ago, and what was never finished."""
        files = []
        for file in self._path.iterdir():
            with contextlib.suppress(OSError):  # another process may drop it, too
                about = file.lstat()
                if not stat.S_ISREG(about.st_mode):
                    continue
                if _is_waste(file, about):
                    file.unlink()
                elif file.suffix == ".kept":
                    files.append((about.st_mtime, about.st_size, file))
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
        try:
            new.replace(file)
        except IsADirectoryError:  # anything else gives way
            odd = file.rename(f"{new}.odd")
            new.replace(file)
            shutil.rmtree(odd, ignore_errors=True)
    finally:
        new.unlink(missing_ok=True)


def _read(path: Path, count: int = _MOST_FILE) -> bytes | None:
    """The first bytes of a file; None: there is none, or what is there was not put there here."""
    try:
        if _is_ours(path.lstat()):  # first: merely to open it may do something
            with open(path, "rb", opener=lambda name, _: os.open(name, _READING)) as file:
                if _is_ours(os.fstat(file.fileno())):  # it may be another one by now
                    return file.read(count)
    except FileNotFoundError:
        return None
    except PermissionError:
        pass
    _log.warning("the store holds what is not read: %s", path)
    return None


def _is_ours(about: os.stat_result) -> bool:
    return stat.S_ISREG(about.st_mode) and about.st_size <= _MOST_FILE


def _is_waste(file: Path, about: os.stat_result) -> bool:
    """Whether a regular file is of no use to anybody any more."""
    if file.suffix == ".new":
        return time.time() - about.st_mtime > STALE_SECONDS
    if file.suffix != ".kept":
        return False
    head = _read(file, _UNTIL.size)
    return not _is_ours(about) or (head is not None and _is_over(head))


def _is_over(kept: bytes) -> bool:
    """Whether a file is kept no longer; what nobody wrote here never was."""
    return len(kept) < _UNTIL.size or not time.time() < _UNTIL.unpack_from(kept)[0]


@contextmanager
def _failing() -> Iterator[None]:
    """What the system says is wrong, as a ``StoreError``."""
    try:
        yield
    except Timeout as error:
        raise StoreBusyError(f"{error}") from error
    except (OSError, NotImplementedError) as error:
        raise StoreError(f"{type(error).__name__}: {error}") from error


class RedisStore:
    """A store of several machines: a Redis server, which drops what it has no room for."""

    def __init__(self, address: str):
        try:
            import redis
        except ImportError as error:
            raise StoreError("a store at a Redis server needs the package redis") from error
        self._failures, self._busy = redis.exceptions.RedisError, redis.exceptions.LockError
        self._redis = redis.Redis.from_url(
            address, socket_timeout=UPDATE_SECONDS, socket_connect_timeout=UPDATE_SECONDS
        )

    def get(self, name: str) -> bytes | None:
        """What is kept under a name; None: nothing."""
        key = _at_server(name)
        with self._failing():
            kind = self._redis.type(key)
            if kind == b"none":
                return None
            # No more of it than is read here, however much there is.
            data = self._redis.getrange(key, 0, MOST_ENTRY) if kind == b"string" else None
        if not isinstance(data, bytes) or len(data) > MOST_ENTRY:
            _log.warning("the store holds what is not read: %s", key)
            return None
        return data

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

    def update(self, name: str, change: Change, seconds: float) -> bytes | None:
        """Change what is kept."""
        with self._failing(), self._lock(f"update {name}", UPDATE_SECONDS):
            data = change(self.get(name))
            if data is None:
                self._redis.delete(_at_server(name))
            else:
                self.put(name, data, seconds)
            return data

    def _lock(self, name: str, seconds: float) -> Any:
        key = _at_server(name)
        if self._redis.pttl(key) == -1:  # all of ours have an end
            self._redis.pexpire(key, int(seconds * 1_000))
        # Any thread may renew and release it.
        return self._redis.lock(
            key,
            seconds,
            sleep=POLL_SECONDS,
            blocking_timeout=UPDATE_SECONDS,
            thread_local=False,
        )

    @contextmanager
    def _failing(self) -> Iterator[None]:
        try:
            yield
        except self._busy as error:
            raise StoreBusyError(f"{type(error).__name__}: {error}") from error
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
