"""The guesses of a class: one a voter and scene, bounded, and forgotten."""

import threading

import pytest

from components.lesson import rooms
from components.lesson.rooms import FORGET_SECONDS, LETTERS, Rooms
from components.state.items import ROOM
from components.store import DirectoryStore, MemoryStore, StoreError


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def classes(clock) -> Rooms:
    return Rooms(MemoryStore(clock))


def test_each_voter_counts_once_a_scene_with_the_latest_guess(classes):
    code = classes.open()
    for voter, answer in (("a", "learns"), ("b", "stops"), ("a", "stops"), ("c", "learns")):
        assert classes.vote(code, voter, 3, answer)
    classes.vote(code, "a", 4, "most")
    assert classes.tally(code, 3) == {"stops": 2, "learns": 1}
    assert classes.tally(code, 4) == {"most": 1}


def test_rooms_know_nothing_of_each_other(classes):
    first, second = classes.open(), classes.open()
    classes.vote(first, "a", 1, "stops")
    assert classes.tally(second, 1) == {}
    assert classes.tally("NOBODY", 1) == {}


def test_a_code_can_stand_in_a_link(classes):
    codes = {classes.open() for _ in range(50)}
    assert len(codes) == 50
    for code in codes:
        assert ROOM.fullmatch(code)
        assert set(code) <= set(LETTERS)


def test_a_room_is_gone_an_hour_after_its_last_guess(classes, clock):
    code = classes.open()
    clock.now = FORGET_SECONDS - 1
    classes.vote(code, "a", 1, "stops")
    clock.now += FORGET_SECONDS - 1
    assert classes.tally(code, 1) == {"stops": 1}
    clock.now += 2
    assert classes.tally(code, 1) == {}


def test_there_are_only_so_many_rooms(monkeypatch, classes, clock):
    monkeypatch.setattr(rooms, "ROOMS", 3)
    codes = [classes.open() for _ in range(3)]
    assert classes.open() is None
    assert not classes.vote("ANEWONE", "a", 1, "stops")
    assert classes.vote(codes[0], "a", 1, "stops")
    clock.now = FORGET_SECONDS + 1
    assert classes.open() is not None


def test_there_are_only_so_many_voters(monkeypatch, classes):
    monkeypatch.setattr(rooms, "VOTERS", 2)
    code = classes.open()
    assert [classes.vote(code, voter, 1, "stops") for voter in "abc"] == [True, True, False]
    assert classes.vote(code, "a", 2, "learns")
    assert classes.tally(code, 1) == {"stops": 2}


def test_many_guess_at_once(classes):
    code = classes.open()

    def guess(start: int) -> None:
        for voter in range(start, start + 100):
            classes.vote(code, f"{voter}", 1, "learns" if voter % 2 else "stops")

    threads = [threading.Thread(target=guess, args=(100 * place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert classes.tally(code, 1) == {"learns": 400, "stops": 400}


def test_processes_that_share_a_store_count_together(tmp_path):
    one, other = Rooms(DirectoryStore(tmp_path)), Rooms(DirectoryStore(tmp_path))
    code = one.open()
    assert other.vote(code, "a", 1, "stops")
    assert one.vote(code, "b", 1, "learns")
    assert one.tally(code, 1) == other.tally(code, 1) == {"stops": 1, "learns": 1}


@pytest.mark.parametrize(
    "garbage", [b"\xff\x00", b"[1]", b'{"a": 3}', b"null"], ids=["bytes", "list", "shape", "null"]
)
def test_garbage_in_the_store_is_an_empty_class(tmp_path, garbage):
    store = DirectoryStore(tmp_path)
    classes = Rooms(store)
    code = classes.open()
    store.put(f"room {code}", garbage)
    assert classes.tally(code, 1) == {}
    assert classes.vote(code, "a", 1, "stops")
    assert classes.tally(code, 1) == {"stops": 1}
    store.put("rooms", garbage)
    assert classes.open() is not None


def test_without_its_store_a_class_is_counted_in_memory():
    class Gone(MemoryStore):
        def get(self, name):
            raise StoreError("no disk")

    classes = Rooms(Gone())
    code = classes.open()
    assert classes.vote(code, "a", 1, "stops")
    assert classes.tally(code, 1) == {"stops": 1}
