"""The guesses of a class: one a voter and scene, bounded, and forgotten."""

import json
import threading

import pytest

from components.pages.lesson import rooms
from components.pages.lesson.rooms import (
    FORGET_SECONDS,
    LETTERS,
    OWN_ROOMS,
    SEEN_SECONDS,
    Rooms,
    Vote,
)
from components.serving.seldom import seldom_log
from components.serving.store import DirectoryStore, MemoryStore, StoreBusyError, StoreError
from components.settings.state.items import ROOM
from tests.components.pages.lesson.screens import turn
from tests.components.waiting import PATIENCE, Clock, until


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def classes(clock) -> Rooms:
    return Rooms(MemoryStore(clock), clock)


def test_each_voter_counts_once_a_scene_with_the_latest_guess(classes):
    code = classes.open("lecturer")
    for voter, answer in (("a", "learns"), ("b", "stops"), ("a", "stops"), ("c", "learns")):
        assert classes.vote(code, voter, 3, answer) is Vote.COUNTED
    classes.vote(code, "a", 4, "most")
    assert classes.tally(code, 3) == {"stops": 2, "learns": 1}
    assert classes.tally(code, 4) == {"most": 1}


def test_a_class_follows_the_screen_that_turned_last(classes, clock):
    code = classes.open("lecturer")
    turn(classes, code, "lecturer", (1,), 2)
    classes.keep(code, "lecturer", (5, (), None))  # another screen, which only looks on
    room, _ = classes.look(code)
    assert (room.scene, room.shown) == (2, [1])
    turn(classes, code, "somebody else", (), 7)
    turn(classes, code, "lecturer", (), 5)
    assert classes.look(code)[0].scene == 5
    clock.now += FORGET_SECONDS + 1
    classes.keep(code, "lecturer", (4, (3,), "why"))
    room, _ = classes.look(code)
    assert (room.scene, room.shown, room.page) == (4, [3], "why"), "made again, it is where it was"


def test_a_screen_that_is_behind_undoes_nothing(classes):
    code = classes.open("lecturer")
    before = classes.look(code)[0].position
    shows = 1, (1,), "answer"
    classes.keep(code, "lecturer", shows, since=before)
    room, _ = classes.keep(code, "lecturer", (1, (), "look"), since=before)
    assert room.position == classes.look(code)[0].position == shows
    assert classes.vote(code, "late", 1, "stops") is Vote.CLOSED


def test_a_class_given_up_on_one_screen_is_not_made_again_by_another(classes):
    code = classes.open("lecturer")
    assert classes.keep(code, "lecturer", (2, (), None))[0]
    classes.close(code, "lecturer")
    assert classes.keep(code, "lecturer", (2, (), None)) == (None, True)
    assert not classes.exists(code)


def test_nobody_guesses_in_a_scene_whose_outcome_is_shown(classes):
    code = classes.open("lecturer")
    classes.vote(code, "a", 3, "learns")
    turn(classes, code, "somebody else", (3,), 1)
    assert classes.vote(code, "b", 3, "stops") is Vote.COUNTED
    turn(classes, code, "lecturer", (3, 4), 1)
    for voter, scene in (("a", 3), ("c", 3), ("c", 4)):
        assert classes.vote(code, voter, scene, "most") is Vote.CLOSED
    assert classes.vote(code, "c", 5, "most") is Vote.COUNTED
    assert classes.tally(code, 3) == {"learns": 1, "stops": 1}
    turn(classes, code, "lecturer", (), 1)  # the lecturer asks once more
    assert classes.vote(code, "a", 3, "stops") is Vote.COUNTED
    assert classes.tally(code, 3) == {"stops": 2}


def test_rooms_know_nothing_of_each_other(classes):
    first, second = classes.open("lecturer"), classes.open("lecturer")
    classes.vote(first, "a", 1, "stops")
    assert classes.tally(second, 1) == {}
    assert classes.tally("NOBODY", 1) == {}


def test_a_code_can_stand_in_a_link(classes):
    codes = {classes.open(f"lecturer {place}") for place in range(50)}
    assert len(codes) == 50
    for code in codes:
        assert ROOM.fullmatch(code)
        assert set(code) <= set(LETTERS)


def test_a_room_is_gone_an_hour_after_its_last_guess(classes, clock):
    code = classes.open("lecturer")
    assert classes.exists(code)
    clock.now += FORGET_SECONDS - 1
    classes.vote(code, "a", 1, "stops")
    clock.now += FORGET_SECONDS - 1
    assert classes.tally(code, 1) == {"stops": 1}
    clock.now += 2
    assert classes.tally(code, 1) == {}
    assert not classes.exists(code)
    assert classes.vote(code, "a", 1, "stops") is Vote.NO_CLASS


def test_a_code_that_nobody_was_given_is_of_no_class(classes):
    assert not classes.exists("GUESS")
    assert classes.vote("GUESS", "a", 1, "stops") is Vote.NO_CLASS
    assert classes.tally("GUESS", 1) == {}
    assert not classes.exists("GUESS"), "a guess makes none"


def test_a_class_that_its_owner_gives_up_is_gone_and_nobody_else_can(classes):
    code, other = classes.open("lecturer"), classes.open("another")
    classes.vote(code, "a", 1, "stops")
    classes.close(code, "somebody")
    assert classes.tally(code, 1) == {"stops": 1}
    classes.close(code, "lecturer")
    assert not classes.exists(code)
    assert classes.exists(other)


def test_who_starts_one_class_after_the_other_has_the_last_few(classes):
    kept = classes.open("another")
    codes = [classes.open("lecturer") for _ in range(198)]
    assert [code for code in codes if classes.exists(code)] == codes[-OWN_ROOMS:]
    assert classes.exists(kept)


def test_where_there_are_too_many_the_emptiest_gives_way_to_the_new_one(
    monkeypatch, classes, clock
):
    monkeypatch.setattr(rooms, "ROOMS", 4)
    codes = []
    for place, voters in enumerate((0, 2, 1, 0)):
        clock.now += 1
        codes.append(classes.open(f"lecturer {place}"))
        for voter in range(voters):
            classes.vote(codes[-1], f"{voter}", 1, "stops")
    gone = []
    for place in range(4):  # each with more guesses than those before
        codes.append(classes.open(f"newcomer {place}"))
        for voter in range(3):
            classes.vote(codes[-1], f"{voter}", 1, "stops")
        gone += [code for code in codes if not classes.exists(code) and code not in gone]
    assert gone == [codes[0], codes[3], codes[2], codes[1]]


def test_a_flood_of_classes_keeps_no_lecturer_from_one(monkeypatch, classes, clock):
    monkeypatch.setattr(rooms, "ROOMS", 5)

    def flood(count: int) -> None:
        for place in range(count):
            clock.now += 0.1
            code = classes.open(f"flood {clock.now}")
            if place % 2:
                classes.vote(code, "forged", 1, "stops")

    busy = classes.open("busy")
    for voter in range(3):
        classes.vote(busy, f"{voter}", 1, "learns")
    flood(50)
    code = classes.open("lecturer")
    assert classes.exists(code)
    flood(50)
    classes.keep(code, "lecturer", (1, (), None))  # as the lecturer's screen does
    assert classes.vote(code, "a", 1, "stops") is Vote.COUNTED
    assert classes.tally(busy, 1) == {"learns": 3}


def test_a_class_whose_lecturer_looks_stays_and_gives_way_last(monkeypatch, classes, clock):
    monkeypatch.setattr(rooms, "ROOMS", 3)
    code, *_ = (classes.open(name) for name in ("lecturer", "b", "c"))
    for _ in range(3):
        clock.now += SEEN_SECONDS + 1
        turn(classes, code, "lecturer", (), 1)
    classes.open("d")
    assert classes.exists(code), "though it is the oldest, and empty"
    clock.now += FORGET_SECONDS - 1
    assert classes.exists(code)
    turn(classes, code, "somebody", (), 1)
    clock.now += 2
    assert not classes.exists(code), "nobody else keeps it"


def test_there_are_only_so_many_voters(monkeypatch, classes):
    monkeypatch.setattr(rooms, "VOTERS", 2)
    code = classes.open("lecturer")
    became = [classes.vote(code, voter, 1, "stops") for voter in "abc"]
    assert became == [Vote.COUNTED, Vote.COUNTED, Vote.FULL]
    assert classes.vote(code, "a", 2, "learns") is Vote.COUNTED
    assert classes.tally(code, 1) == {"stops": 2}


def test_many_guess_at_once(classes):
    code = classes.open("lecturer")

    def guess(start: int) -> None:
        for voter in range(start, start + 100):
            classes.vote(code, f"{voter}", 1, "learns" if voter % 2 else "stops")

    threads = [threading.Thread(target=guess, args=(100 * place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert classes.tally(code, 1) == {"learns": 400, "stops": 400}


def test_guesses_that_come_while_others_are_counted_are_counted_at_once():
    class Slow(MemoryStore):
        """The first change of a class takes until a sign is given."""

        sign, updates = threading.Event(), 0

        def update(self, name, change, seconds):
            if name != "rooms" and self.get(name):
                Slow.updates += 1
                assert self.sign.wait(PATIENCE)
            return super().update(name, change, seconds)

    classes = Rooms(Slow())
    code = classes.open("lecturer")
    became = {}

    def guess(voter: str) -> None:
        became[voter] = classes.vote(code, voter, 1, "stops")

    threads = [threading.Thread(target=guess, args=(f"{voter}",)) for voter in range(300)]
    for thread in threads:
        thread.start()
    until(lambda: len(classes._ballots.get(code, ())) == 299)
    Slow.sign.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert set(became.values()) == {Vote.COUNTED}
    assert classes.tally(code, 1) == {"stops": 300}
    assert Slow.updates == 2, "one who came first, and all others"


def test_processes_that_share_a_store_count_together(tmp_path):
    one, other = Rooms(DirectoryStore(tmp_path)), Rooms(DirectoryStore(tmp_path))
    code = one.open("lecturer")
    assert other.vote(code, "a", 1, "stops") is Vote.COUNTED
    assert one.vote(code, "b", 1, "learns") is Vote.COUNTED
    assert one.tally(code, 1) == other.tally(code, 1) == {"stops": 1, "learns": 1}


def room(**changes: object) -> bytes:
    return json.dumps({"owner": "lecturer", "seen": 0.0, "guesses": {}} | changes).encode()


GARBAGE = {
    "bytes": b"\xff\x00",
    "list": b"[1]",
    "null": b"null",
    "deep": b"[" * 100_000,
    "no owner": room(owner=None),
    "more": room(more=1),
    "no time": room(seen="now"),
    "no guesses": room(guesses=[1]),
    "a voter's": room(guesses={"a": 3}),
    "a guess": room(guesses={"a": {"1": ["stops"]}}),
    "what is shown": room(shown=3),
    "a scene": room(shown=["1"]),
    "no such scene": room(scene=99),
    "huge": room(guesses={"a": {"1": "x" * (2 << 20)}}),
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_in_the_store_is_no_class_until_its_lecturer_looks(tmp_path, garbage):
    store = DirectoryStore(tmp_path)
    classes = Rooms(store)
    code = classes.open("lecturer")
    store.put(f"room {code}", garbage)
    assert not classes.exists(code)
    assert classes.tally(code, 1) == {}
    assert classes.vote(code, "a", 1, "stops") is Vote.NO_CLASS
    turn(classes, code, "lecturer", (), 1)
    assert classes.vote(code, "a", 1, "stops") is Vote.COUNTED
    assert classes.tally(code, 1) == {"stops": 1}
    store.put("rooms", garbage)
    assert classes.exists(classes.open("lecturer"))


class Unsure(MemoryStore):
    """A store that may be gone."""

    error: StoreError | None = None
    asked = 0

    def get(self, name):
        self.asked += 1
        if self.error:
            raise self.error
        return super().get(name)

    def update(self, name, change, seconds):
        self.get(name)
        return super().update(name, change, seconds)


def test_without_its_store_a_class_is_counted_in_memory(clock):
    store = Unsure()
    classes = Rooms(store, clock)
    store.error = StoreError("no disk")
    code = classes.open("lecturer")
    for voter in range(50):
        assert classes.vote(code, f"{voter}", 1, "stops") is Vote.COUNTED
    assert classes.tally(code, 1) == {"stops": 50}
    assert store.asked == 1, "and it is left alone for a while"


def test_of_a_class_that_cannot_be_reached_nobody_is_told_that_there_is_none(clock):
    store = Unsure()
    classes = Rooms(store, clock)
    code = classes.open("lecturer")
    store.error = StoreError("no disk")
    assert classes.exists(code)
    assert classes.vote(code, "a", 1, "stops") is Vote.NOT_NOW
    turn(classes, code, "lecturer", (), 1)
    assert classes.vote(code, "a", 1, "stops") is Vote.COUNTED, "here, until the store is back"
    store.error = None
    clock.now += rooms.APART_SECONDS
    assert classes.tally(code, 1) == {}
    assert classes.vote(code, "a", 1, "stops") is Vote.COUNTED


def test_who_comes_in_a_rush_is_told_to_send_it_again_and_the_class_goes_on(clock):
    store = Unsure()
    classes = Rooms(store, clock)
    code = classes.open("lecturer")
    store.error = StoreBusyError("many changes")
    assert classes.vote(code, "a", 1, "stops") is Vote.NOT_NOW
    store.error = None
    assert classes.vote(code, "a", 1, "stops") is Vote.COUNTED


def test_a_store_that_fails_does_not_fill_the_log(monkeypatch, clock, caplog):
    monkeypatch.setattr(rooms, "_log", seldom_log("a store that fails"))  # nobody else's
    store = Unsure()
    store.error = StoreBusyError("many changes")
    classes = Rooms(store, clock)
    for _ in range(1_000):
        classes.tally("ABCDE", 1)
    assert 1 <= len(caplog.records) <= 20
