"""Which job is next and which are dropped, with jobs of made-up sizes."""

import itertools
from dataclasses import replace

import pytest

from components.runs import policy
from components.runs.policy import Candidate, next_job, to_drop


class Made:
    """A job of a given size."""

    def __init__(self, key: str, nbytes: float = 0, begun: bool = False):
        self.key, self.nbytes, self.trainer = (key,), nbytes, begun or None


def candidate(
    job: Made,
    left: float | None = None,
    size: float = 0.0,
    waited: float = 0.0,
    at_rest: float = 0.0,
):
    return Candidate(job, 100, left, size, at_rest, waited)


def test_a_first_picture_comes_before_anything_else():
    new, nearly_done = Made("new"), Made("nearly done", begun=True)
    waiting = [candidate(nearly_done, left=0.001), candidate(new)]
    assert next_job(waiting, 0).job is new


def test_who_was_lately_given_much_lets_others_go_first():
    greedy, modest = Made("greedy"), Made("modest", begun=True)
    waiting = [
        replace(candidate(greedy), spent=3.0),
        replace(candidate(modest, left=4.0), spent=0.1),
    ]
    assert next_job(waiting, 0).job is modest
    assert next_job([replace(waiting[0], spent=0.1), waiting[1]], 0).job is greedy


def test_the_patient_ones_come_last_of_all():
    patient, other = Made("patient"), Made("other", begun=True)
    waiting = [
        replace(candidate(patient, waited=1e6), patient=True),
        replace(candidate(other, left=1e6), spent=1e6),
    ]
    assert next_job(waiting, 0).job is other
    assert next_job(waiting[:1], 0).job is patient


def test_the_one_with_the_least_left_comes_first():
    jobs = [Made(f"{left}", begun=True) for left in (3, 1, 2)]
    waiting = [candidate(job, left=float(job.key[0])) for job in jobs]
    assert next_job(waiting, 0).job is jobs[1]


def test_waiting_makes_good_what_is_left_to_do():
    short, long = Made("short", begun=True), Made("long", begun=True)
    fresh = candidate(short, left=1.0)
    # Nine seconds more to train: not before a short run at once, but within a minute of waiting.
    assert next_job([candidate(long, left=10.0, waited=10), fresh], 0).job is short
    assert next_job([candidate(long, left=10.0, waited=60), fresh], 0).job is long


def test_what_does_not_fit_beside_the_others_waits():
    begun, large = Made("begun", begun=True), Made("large")
    room = policy.TOTAL_BYTES - 100
    waiting = [candidate(begun, left=5.0), candidate(large, size=room)]
    assert next_job(waiting, 99).job is large
    assert next_job(waiting, 100).job is begun
    assert next_job(waiting[1:], 1e12).job is large, "alone it need not wait for anybody"


def test_what_those_that_have_begun_will_still_take_is_not_given_away():
    begun, large = Made("begun", nbytes=30, begun=True), Made("large")
    waiting = [candidate(begun, left=5.0, at_rest=100), candidate(large, size=50)]
    assert next_job(waiting, policy.TOTAL_BYTES - 121).job is large
    assert next_job(waiting, policy.TOTAL_BYTES - 120).job is begun
    waiting[0] = candidate(begun, left=5.0, at_rest=20)
    assert next_job(waiting, policy.TOTAL_BYTES - 51).job is large, "it already holds more"
    assert next_job(waiting, policy.TOTAL_BYTES - 50).job is begun


def test_one_that_has_begun_goes_on_though_it_fits_beside_nobody():
    job = Made("b", begun=True)
    chosen = next_job([candidate(job, left=5.0, size=policy.TOTAL_BYTES)], policy.TOTAL_BYTES)
    assert chosen.job is job


def test_nobody_waits():
    assert next_job([], 0) is None


def names(jobs) -> str:
    return "".join(job.key[0] for job in jobs)


@pytest.fixture
def jobs(monkeypatch) -> list[Made]:
    """Five of ten bytes each, a asked for longest ago, where 25 may rest and 60 be in all."""
    monkeypatch.setattr(policy, "CACHE_BYTES", 25)
    monkeypatch.setattr(policy, "TOTAL_BYTES", 60)
    return [Made(name, 10) for name in "abcde"]


def keys(text: str) -> set:
    return {(name,) for name in text}


def test_what_is_too_much_goes_oldest_first(jobs):
    assert names(to_drop(jobs, keys(""), keys(""))) == "abc"
    assert names(to_drop(jobs[:3], keys(""), keys(""))) == "a"
    assert names(to_drop(jobs[:2], keys(""), keys(""))) == ""


def test_nothing_is_dropped_twice(jobs):
    assert names(to_drop(jobs, keys(""), keys(""), room=1e9)) == "abcd"


def test_what_is_held_stays(jobs):
    assert names(to_drop(jobs, keys(""), keys("ac"))) == "bd"
    assert names(to_drop(jobs, keys("abcd"), keys("abcd"))) == ""


def test_what_is_held_but_not_watched_makes_room_for_the_next(jobs):
    assert names(to_drop(jobs, keys("b"), keys("abcd"), room=31)) == "acd"[:3]
    assert names(to_drop(jobs, keys("b"), keys("abcd"), room=15)) == "a"
    assert names(to_drop(jobs, keys("abcd"), keys("abcd"), room=1e9)) == ""


def test_what_cannot_be_dropped_is_what_is_not_dropped(jobs):
    for watched in ("", "a", "bd", "e"):
        dropped = to_drop(jobs, keys(watched), keys("abcde"), room=1e9)
        kept = sum(job.nbytes for job in jobs if job not in dropped)
        assert policy.lasting_bytes(jobs, keys(watched)) == kept
    assert policy.lasting_bytes([], keys("a")) == 0


@pytest.mark.parametrize("size", [1, 1_000])
def test_the_one_asked_for_last_is_never_dropped(jobs, size):
    jobs[-1].nbytes = size
    for watched, held in itertools.product(["", "a"], ["", "ab"]):
        assert "e" not in names(to_drop(jobs, keys(watched), keys(watched + held), room=1e9))
    assert to_drop([Made("alone", 1e12)], set(), set(), room=1e12) == []
