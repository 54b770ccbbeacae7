"""What processes have in common: whole or not at all, one at a time, and no harm where it fails."""

import contextlib
import math
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from components.serving import store as stores
from components.serving.store import (
    DirectoryStore,
    MemoryStore,
    RedisStore,
    Store,
    StoreError,
    open_store,
)
from tests.components.waiting import PATIENCE, until

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[str]:
    """A Redis server's address."""
    program = shutil.which("redis-server")
    if program is None:
        assert not os.environ.get("CI"), "redis-server is missing"
        pytest.skip("redis-server is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    command = [program, "--port", f"{port}", "--dir", str(folder), "--save", "", "--bind"]
    process = subprocess.Popen([*command, "127.0.0.1"], stdout=subprocess.DEVNULL)
    address = f"redis://127.0.0.1:{port}/0"

    def answers() -> bool:
        try:
            return RedisStore(address).get("nothing") is None
        except StoreError:
            return False

    until(answers)
    yield address
    process.terminate()
    process.wait(PATIENCE)


@pytest.fixture(params=["memory", "directory", "server"])
def store(request, tmp_path) -> Store:
    if request.param == "server":
        store = RedisStore(request.getfixturevalue("server"))
        store._redis.flushall()
        return store
    return MemoryStore() if request.param == "memory" else DirectoryStore(tmp_path / "store")


def test_what_is_put_is_got(store):
    assert store.get("a run") is None
    store.put("a run", b"\x00 bytes")
    store.put("another", b"")
    assert store.get("a run") == b"\x00 bytes"
    assert store.get("another") == b""
    store.put("a run", b"new")
    assert store.get("a run") == b"new"


def test_what_is_put_for_a_while_is_gone_after_it(store):
    store.put("room", b"votes", seconds=0.15)
    store.put("run", b"figures")
    assert store.get("room") == b"votes"
    until(lambda: store.get("room") is None)
    assert store.get("run") == b"figures"
    store.put("room", b"again", seconds=60)
    assert store.get("room") == b"again"


def test_a_name_is_claimed_by_one_at_a_time(store):
    claim = store.claim("run")
    assert store.claim("run") is None
    other = store.claim("another run")
    claim.renew()
    claim.release()
    again = store.claim("run")
    assert again is not None
    again.release()
    other.release()


def test_a_change_sees_what_the_last_one_made(store):
    for count in range(3):
        made = store.update("n", lambda old: f"{int(old or 0) + 1}".encode(), 60)
        assert made == store.get("n") == f"{count + 1}".encode()


ADD = """
import sys
from components.serving.store import open_store
store = open_store(sys.argv[1])
for _ in range(int(sys.argv[2])):
    store.update("n", lambda old: f"{int(old or 0) + 1}".encode(), 60)
"""
WRITE = """
import sys
from components.serving.store import open_store
store = open_store(sys.argv[1])
print(flush=True)
while True:
    store.put("run", sys.argv[2].encode() * 500_000)
"""
CLAIM = """
import sys, time
from components.serving.store import open_store
claim = open_store(sys.argv[1]).claim("run")
print("ours" if claim else "theirs", flush=True)
time.sleep(60)
"""


def start(script: str, *arguments: str) -> subprocess.Popen:
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.fixture(params=["directory", "server"])
def address(request, tmp_path) -> str:
    if request.param == "directory":
        return str(tmp_path)
    server = request.getfixturevalue("server")
    RedisStore(server)._redis.flushall()
    return server


def test_processes_that_change_the_same_thing_lose_nothing(address):
    others = [start(ADD, address, "40") for _ in range(3)]
    for other in others:
        assert other.wait(PATIENCE) == 0
    assert open_store(address).get("n") == b"120"


def test_nobody_reads_half_of_what_is_written_though_writers_are_killed(address):
    store, seen = open_store(address), set()
    for letter in "abc":
        writers = [start(WRITE, address, letter) for _ in range(2)]
        for writer in writers:
            writer.stdout.readline()
        end = time.monotonic() + 0.4
        while time.monotonic() < end:
            data = store.get("run")
            assert data is None or data == data[:1] * 500_000
            seen.add(data and data[:1])
        for writer in writers:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        data = store.get("run")
        assert data == data[:1] * 500_000
    assert len(seen - {None}) == 3


def test_a_claim_ends_with_its_process(address, monkeypatch):
    script = CLAIM.replace("from components", "from components.serving import store\n"
                           "store.CLAIM_SECONDS = 0.5\nfrom components", 1)  # fmt: skip
    other = start(script, address)
    assert other.stdout.readline() == "ours\n"
    store = open_store(address)
    if isinstance(store, DirectoryStore):
        assert store.claim("run") is None
    other.send_signal(signal.SIGKILL)
    other.wait()
    until(lambda: store.claim("run") is not None)


def test_a_claim_at_a_server_lives_as_long_as_it_is_renewed(server):
    store = RedisStore(server)
    store._redis.flushall()
    claim, (key,) = store.claim("run"), store._redis.keys()
    whole = 1_000 * stores.CLAIM_SECONDS
    store._redis.pexpire(key, int(whole / 2))
    claim._renewed = -math.inf  # longer ago than a renewal may wait
    claim.renew()
    assert store._redis.pttl(key) > 0.6 * whole
    assert store.claim("run") is None
    store._redis.delete(key)  # as time does where nobody renews it
    assert store.claim("run") is not None
    claim._renewed = -math.inf
    with pytest.raises(StoreError):
        claim.renew()  # somebody else's by now


def test_a_directory_drops_what_was_asked_for_longest_ago(tmp_path):
    store = DirectoryStore(tmp_path, most_bytes=3_500)
    for place, name in enumerate("abc"):
        store.put(name, b"x" * 1_000)
        os.utime(store._file(name), (place, place))
    assert store.get("a") is not None, "and now it was asked for"
    store.put("d", b"x" * 1_000)
    assert [name for name in "abcd" if store.get(name) is not None] == ["a", "c", "d"]


def test_a_directory_is_cleared_of_what_is_over_and_of_what_was_never_finished(tmp_path):
    store = DirectoryStore(tmp_path)
    store.put("room", b"votes", seconds=-1)
    left = tmp_path / "left.new"
    young = tmp_path / "young.new"
    left.write_bytes(b"half")
    young.write_bytes(b"half")
    os.utime(left, (1, 1))
    store.put("run", b"figures")
    assert not store._file("room").exists()
    assert not left.exists()
    assert young.exists(), "somebody may be writing it"


@pytest.mark.parametrize("garbage", [b"", b"\x00", b"\xff" * 8, b"\xff" * 100])
def test_what_nobody_wrote_there_is_not_read(tmp_path, garbage):
    store = DirectoryStore(tmp_path)
    store.put("run", b"figures")
    store._file("run").write_bytes(garbage)
    assert store.get("run") is None


def pipe(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as own, contextlib.chdir(path.parent):
        own.bind(path.name)  # its whole path may be longer than a socket's may be


def folder(path: Path) -> None:
    path.mkdir()
    (path / "something").write_text("of somebody's")


def link_to_a_kept_file(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(struct.pack("<d", math.inf) + b"of somebody else")
    path.symlink_to(other)


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.write(struct.pack("<d", math.inf))
        file.truncate(1 << 40)  # a terabyte that takes no room


ODD = {
    "pipe": pipe,
    "socket": unix_socket,
    "folder": folder,
    "link": link_to_a_kept_file,
    "link to no end": lambda path: path.symlink_to("/dev/zero"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "huge": huge,
}


def in_time(use: Callable[[], object]) -> object:
    """What it gives; it must not wait for what never comes."""
    given = []
    thread = threading.Thread(target=lambda: given.append(use()), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert given, "it waits for ever, or failed"
    return given[0]


@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_file_of_its_own_is_neither_read_nor_waited_for_and_gives_way(tmp_path, odd):
    store = DirectoryStore(tmp_path, most_bytes=1 << 20)
    store.put("sound", b"figures")
    ODD[odd](store._file("run"))
    assert in_time(lambda: store.get("run")) is None
    assert in_time(lambda: store.put("another", b"also") or True)
    assert store.get("sound") == b"figures", "nor is it counted against the others"
    assert in_time(lambda: store.update("run", lambda old: (old or b"") + b"new", 60)) == b"new"
    assert store.get("run") == b"new"
    assert not [*tmp_path.glob("*.odd"), *tmp_path.glob("*.new")]


def test_a_change_does_not_wait_for_a_claim(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "SLOTS", 1)  # all names share what they can share
    store = DirectoryStore(tmp_path)
    claim = store.claim("run")
    assert store.claim("another run") is None
    assert store.update("room", lambda old: b"votes", 60) == b"votes"
    claim.release()


def test_a_change_to_nothing_leaves_nothing(store):
    store.put("room", b"votes")
    assert store.update("room", lambda old: None, 60) is None
    assert store.get("room") is None
    assert store.update("room", lambda old: old, 60) is None


def test_what_is_no_value_of_its_own_at_a_server_is_not_read_and_gives_way(server, monkeypatch):
    store = RedisStore(server)
    store._redis.flushall()
    monkeypatch.setattr(stores, "MOST_ENTRY", 1_000)
    store._redis.rpush(stores._at_server("list"), "a", "b")
    store._redis.set(stores._at_server("huge"), b"x" * 1_001)
    store.put("most", b"x" * 1_000)
    assert len(store.get("most")) == 1_000
    for name in ("list", "huge"):
        assert store.get(name) is None
        store.put(name, b"new")
        assert store.get(name) == b"new"


def test_a_lock_at_a_server_that_nobody_would_ever_release_ends(server, monkeypatch):
    monkeypatch.setattr(stores, "CLAIM_SECONDS", 0.3)
    store = RedisStore(server)
    store._redis.flushall()
    store._redis.set(stores._at_server("claim run"), b"by hand")
    assert store.claim("run") is None
    until(lambda: store.claim("run") is not None)


def assert_unusable(store: Store) -> None:
    for use in (
        lambda: store.get("run"),
        lambda: store.put("run", b""),
        lambda: store.claim("run"),
        lambda: store.update("run", lambda old: b"", 1),
    ):
        with pytest.raises(StoreError):
            use()


def test_a_directory_that_cannot_be_used_says_so(tmp_path):
    file = tmp_path / "file"
    file.write_text("not a directory")
    store = DirectoryStore(file)
    assert_unusable(store)


def test_a_full_disk_is_said_and_leaves_what_was_there(tmp_path, monkeypatch):
    store = DirectoryStore(tmp_path)
    store.put("run", b"figures")

    def full(path: Path, data: bytes) -> None:
        with path.open("wb") as file:
            file.write(data[:3])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StoreError, match="No space left"):
        store.put("run", b"others")
    assert store.get("run") == b"figures"
    assert not list(tmp_path.glob("*.new"))


def test_a_server_that_is_not_there_says_so():
    store = RedisStore("redis://127.0.0.1:1/0")
    assert_unusable(store)


def test_the_environment_says_where_the_store_is(tmp_path, monkeypatch):
    monkeypatch.delenv(stores.ADDRESS, raising=False)
    assert open_store() is None
    monkeypatch.setenv(stores.ADDRESS, str(tmp_path))
    assert isinstance(open_store(), DirectoryStore)
    monkeypatch.setenv(stores.ADDRESS, "redis://127.0.0.1:6379/0")
    assert isinstance(open_store(), RedisStore)
