"""Who watches what: one run a session, lapses, holds, and nothing that grows."""

import threading

import pytest

from components.runs import watching
from components.runs.job import key_of
from components.runs.watching import Watches
from models import Experiment
from tests.components.waiting import Clock

ONE, TWO = (key_of([Experiment(seed=seed)]) for seed in (1, 2))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watches(clock) -> Watches:
    return Watches(clock)


def look(watches: Watches, session: str, key, steps: int = 10, pause: float = 0.0) -> int:
    turn = watches.begin(session)
    assert watches.look(session, turn, key, steps, pause)
    return turn


def test_a_session_watches_its_latest_run_alone(watches):
    look(watches, "a", ONE, 10)
    look(watches, "a", TWO, 20)
    assert watches.steps_wanted() == {TWO: {20: 1}}
    assert watches.held() == {TWO}


def test_an_earlier_visit_cannot_come_back(watches):
    old = look(watches, "a", ONE)
    new = look(watches, "a", TWO)
    assert not watches.look("a", old, ONE, 10, 0.0)
    watches.answered("a", old)
    watches.leave("a", old)
    assert watches.steps_wanted() == {TWO: {10: 1}}
    watches.leave("a", new)
    assert watches.steps_wanted() == {}
    assert watches.held() == set()


def test_an_earlier_visits_end_is_not_the_later_ones(watches, clock):
    old = look(watches, "a", ONE)
    look(watches, "a", TWO)
    watches.answered("a", old)
    clock.now += watching.WATCH_SECONDS + 0.1
    assert watches.held() == {TWO}


def test_sessions_are_counted_one_by_one(watches):
    look(watches, "a", ONE, 10)
    look(watches, "b", ONE, 30)
    look(watches, "c", TWO, 20)
    assert watches.steps_wanted() == {ONE: {10: 1, 30: 1}, TWO: {20: 1}}


@pytest.mark.parametrize("pause", [0.0, 60.0])
def test_who_does_not_look_again_is_not_trained_for(watches, clock, pause):
    look(watches, "a", ONE, pause=pause)
    clock.now += max(watching.WATCH_SECONDS, 1.5 * pause) - 0.1
    assert watches.steps_wanted() == {ONE: {10: 1}}
    clock.now += 0.2
    assert watches.steps_wanted() == {}
    assert watches.held() == {ONE}, "but it may come back for the end"


def test_several_missed_looks_are_forgiven(watches, clock):
    """A tab in the background looks once a minute."""
    look(watches, "a", ONE, pause=0.35)
    clock.now += 2 * 60.0
    assert watches.held() == {ONE}
    clock.now += watching.HOLD_SECONDS
    assert watches.held() == set()


def test_what_was_shown_to_its_end_is_held_no_longer_than_it_is_watched(watches, clock):
    turn = look(watches, "a", ONE)
    watches.answered("a", turn)
    assert watches.held() == {ONE}
    clock.now += watching.WATCH_SECONDS + 0.1
    assert watches.held() == set()
    assert watches.look("a", turn, ONE, 20, 0.0), "more steps are another end"
    clock.now += watching.WATCH_SECONDS + 0.1
    assert watches.held() == {ONE}


def test_what_is_tried_or_trained_once_more_has_another_end(watches, clock):
    """A run that failed and is tried again, or was dropped once it had been shown."""
    turn = look(watches, "a", ONE)
    watches.answered("a", turn)
    assert watches.look("a", turn, ONE, 10, 0.0)
    clock.now += watching.WATCH_SECONDS + 0.1
    assert watches.held() == {ONE}


@pytest.mark.parametrize("known", [False, True])
def test_who_has_only_begun_has_not_gone(watches, clock, known):
    """The page takes a moment between its visit and its first look, and may be run again in it."""
    if known:
        look(watches, "a", ONE)
    clock.now += 10 * watching.FORGET_SECONDS
    old = watches.begin("a")
    watches.forget_old()
    new = watches.begin("a")
    watches.forget_old()
    assert not watches.look("a", old, ONE, 10, 0.0), "an old script thread comes late"
    assert watches.look("a", new, TWO, 20, 0.0)
    assert watches.steps_wanted() == {TWO: {20: 1}}


def test_nobody_is_seen_halfway_from_one_run_to_another(watches):
    """Else the worker would train a run for as many steps as another was to have."""

    class Moving(str):
        """A key at whose sight the session moves on, on a thread of its own."""

        def __hash__(self) -> int:
            if not moves:
                moves.append(threading.Thread(target=watches.look, args=("a", turn, TWO, 2, 0.0)))
                moves[0].start()
                moves[0].join(0.2)
            return super().__hash__()

    moves, turn = [], watches.begin("a")
    watches.look("a", turn, Moving(ONE), 1, 0.0)
    assert watches.steps_wanted() in ({ONE: {1: 1}}, {TWO: {2: 1}})
    moves[0].join()
    assert watches.steps_wanted() == {TWO: {2: 1}}


def test_who_has_gone_is_forgotten(watches, clock):
    for session in range(100):
        look(watches, f"{session}", ONE)
    clock.now += watching.FORGET_SECONDS + 1
    turn = look(watches, "here", TWO)
    watches.forget_old()
    assert list(watches._sessions) == ["here"]
    assert watches.look("here", turn, TWO, 10, 0.0)


def test_training_is_counted_to_those_it_was_done_for_and_fades(watches, clock):
    for session in ("a", "b"):
        look(watches, session, ONE)
    look(watches, "c", TWO)
    watching_one = watches.who_watches(ONE)
    assert len(watching_one) == 2
    look(watches, "b", TWO)  # in the middle of it
    watches.charge(watching_one, 4.0)
    assert watches.spent() == {ONE: 2.0, TWO: 0.0}, "of two who watch, the one given least counts"
    watches.leave("c", watches.begin("c"))
    look(watches, "b", TWO)
    assert watches.spent()[TWO] == 2.0, "it came with the session"
    clock.now += watching.HALF_LIFE_SECONDS
    look(watches, "b", TWO)
    assert watches.spent()[TWO] == pytest.approx(1.0)
    watches.charge(watches.who_watches(TWO), 3.0)
    assert watches.spent()[TWO] == pytest.approx(4.0)
    watches.charge([], 1.0)


def test_the_patient_are_wanted_but_no_crowd_and_no_visitors(watches, clock):
    look(watches, "a", ONE, 10)
    turn = watches.begin("b", patient=True)
    watches.look("b", turn, TWO, 20, 0.0)
    assert watches.steps_wanted() == {ONE: {10: 1}, TWO: {20: 1}}
    assert watches.steps_wanted(patient=False) == {ONE: {10: 1}}
    assert watches.present(5.0) == 1
    clock.now += 5.0
    assert watches.present(5.0) == 0
    assert watches.present(6.0) == 1
