"""The cached trainer: one run for everybody who asks, nothing for nobody, and no end of memory.

The tests watch the ``Trainer``s that the worker builds, and otherwise ask as a page does.
"""

import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from components.runs import Progress, Runs, job, policy, shared, watching
from components.runs.job import key_of
from models import Experiment, Trainer, train, train_together
from models import history as record
from models.cost import estimate
from models.trainer import Pace
from tests.components.waiting import PATIENCE, Clock, trainers, until

SHORT = Experiment(activation="tanh", depth=2, width=4, init="lab", steps=200, networks=3)
LONG = replace(SHORT, depth=3, steps=200_000, networks=8)
FIGURES = ("steps", "loss", "accuracy", "hypothesis", "weight_gradient_norm", "solved", "diverged")


class Spy(Trainer):
    """A trainer that says what is done to it, and can be made to fail."""

    built: list["Spy"]
    slices: list[Experiment]
    fails: Callable[[Experiment], bool]
    strangers: list[threading.Thread]  # that train for pages of earlier tests

    def __init__(self, experiments, keep=None):
        if threading.current_thread() not in Spy.strangers:
            Spy.built.append(self)
        super().__init__(experiments, keep)

    def advance(self, seconds: float = float("inf")) -> None:
        if threading.current_thread() in Spy.strangers:
            super().advance(seconds)
            return
        Spy.slices.append(self.experiments[0])
        if Spy.fails(self.experiments[0]):
            raise MemoryError("no room")
        super().advance(seconds)


@pytest.fixture(autouse=True)
def spy(monkeypatch) -> type[Spy]:
    Spy.built, Spy.slices, Spy.fails = [], [], staticmethod(lambda experiment: False)
    Spy.strangers = trainers()
    monkeypatch.setattr(job, "Trainer", Spy)
    return Spy


@pytest.fixture
def runs() -> Iterator[Runs]:
    runs = Runs()
    yield runs
    runs.stop()


def finish(runs: Runs, session: str, *experiments: Experiment) -> Progress:
    """Ask again and again, as a page does, until the run is done."""
    deadline = time.monotonic() + PATIENCE
    while not (progress := runs.visit(session).watch(experiments, wait=0.1)).finished:
        assert time.monotonic() < deadline, "the run never finished"
    return progress


def same(history, expected) -> None:
    for name in FIGURES:
        np.testing.assert_allclose(
            getattr(history, name), getattr(expected, name), rtol=1e-14, err_msg=name
        )


def test_a_run_is_what_train_gives(runs):
    other = SHORT.with_activation("maxout")
    progress = finish(runs, "a", SHORT, other)
    assert progress.error is None
    assert (progress.step, progress.steps) == (200, 200)
    for history, expected in zip(progress.histories, train_together([SHORT, other]), strict=True):
        same(history, expected)
        assert history.experiment == expected.experiment


def test_many_who_ask_at_once_get_one_run(runs, spy):
    start = threading.Barrier(8)
    answers = []

    def ask(session: int) -> None:
        start.wait()
        answers.append(finish(runs, f"session {session}", SHORT))

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(spy.built) == 1
    assert len(answers) == 8
    for progress in answers:
        same(progress.histories[0], answers[0].histories[0])


def test_a_long_run_that_has_waited_is_not_overtaken_for_ever(runs, spy, monkeypatch):
    monkeypatch.setattr(policy, "AGEING", 1e6)
    monkeypatch.setattr(policy, "FIRST_SECONDS", 1e12)
    long, short = replace(LONG, steps=20_000), replace(SHORT, steps=5_000)
    for session, experiment in (("a", long), ("b", short)):
        runs.visit(session).watch([experiment], again=PATIENCE)
        until(lambda: any(trainer.step for trainer in spy.built))
    until(lambda: not runs.crowd)
    order = [experiment.depth for experiment in spy.slices]
    first, second, *_ = (place for place, depth in enumerate(order) if depth == short.depth)
    last_of_long = max(place for place, depth in enumerate(order) if depth == long.depth)
    assert first < last_of_long < second, "after a first picture of the short one the long one ends"


def test_who_asks_for_one_long_run_after_the_other_does_not_keep_the_rest_waiting(runs, spy):
    stop, asked = threading.Event(), []

    def ask_on() -> None:
        while not stop.is_set():
            asked.append(replace(LONG, seed=1_000 + len(asked)))
            runs.visit("greedy").watch([asked[-1]])
            stop.wait(0.02)

    greedy = threading.Thread(target=ask_on)
    greedy.start()
    try:
        until(lambda: runs.watches._sessions["greedy"].lately_spent(time.monotonic()) > 1.0)
        begin = len(spy.slices)
        others = {f"other {seed}": replace(SHORT, steps=2_000, seed=seed) for seed in range(10)}
        for name, experiment in others.items():  # all wait: no moment is left that nobody wants
            runs.visit(name).watch([experiment], again=60)
        for name, experiment in others.items():
            finish(runs, name, experiment)
    finally:
        stop.set()
        greedy.join()
    slices = spy.slices[begin:]
    begun = sum(experiment.depth == LONG.depth for experiment in slices)
    others_slices = len(slices) - begun  # on a slow machine a run takes more of them
    assert others_slices >= len(others)
    assert begun <= 2 * others_slices, "at most the one going on, and one between two others"


def test_a_longer_run_goes_on_where_the_shorter_ended(runs, spy):
    finish(runs, "a", SHORT)
    longer = replace(SHORT, steps=1_000)
    progress = finish(runs, "a", longer)
    assert len(spy.built) == 1
    same(progress.histories[0], train(longer))
    assert progress.histories[0].experiment == longer


def test_a_shorter_run_is_a_view_of_the_longer(runs, spy):
    finish(runs, "a", replace(SHORT, steps=1_000))
    slices = len(spy.slices)
    for steps in (200, 50, 1):
        shorter = replace(SHORT, steps=steps)
        assert runs.known([shorter])
        progress = runs.visit("b").watch([shorter])
        assert progress.finished
        assert (progress.step, progress.steps) == (steps, steps)
        same(progress.histories[0], train(shorter))
        assert progress.histories[0].experiment == shorter
    assert len(spy.slices) == slices, "nothing is trained for a view"
    assert not runs.known([replace(SHORT, steps=2_000)])


def test_the_other_activation_makes_another_run(runs, spy):
    finish(runs, "a", SHORT)
    finish(runs, "a", SHORT, SHORT.with_activation("relu"))
    finish(runs, "a", SHORT.with_activation("relu"))
    assert len(spy.built) == 3


def test_waiting_counts_as_watching(runs, monkeypatch):
    """Whoever waits for the end of a run has not gone, however long it takes."""
    monkeypatch.setattr(watching, "WATCH_SECONDS", 0.05)
    experiment = replace(LONG, steps=5_000)
    assert runs.visit("a").watch([experiment], wait=PATIENCE).finished


def test_who_only_looks_does_not_wait(runs):
    progress = runs.visit("a").watch([LONG])
    assert not progress.finished
    assert progress.step < LONG.steps


def test_progress_grows_while_it_is_watched(runs):
    seen = []

    def advanced() -> bool:
        seen.append(runs.visit("a").watch([LONG], wait=0.05))
        return len({progress.step for progress in seen}) > 4

    until(advanced)
    steps = [progress.step for progress in seen]
    assert steps == sorted(steps)
    assert all(progress.steps == LONG.steps for progress in seen)
    assert not seen[-1].finished
    assert seen[-1].histories[0].steps[-1] == steps[-1]
    assert seen[-1].seconds_left > 0


@pytest.mark.parametrize("how", ["leaves", "asks for something else", "is silent"])
def test_a_run_that_nobody_watches_stands_still(runs, spy, monkeypatch, how):
    # Only who is silent is taken to have gone after a while; the others say so.
    monkeypatch.setattr(watching, "WATCH_SECONDS", 0.2 if how == "is silent" else PATIENCE)
    runs.visit("a").watch([LONG])
    until(lambda: spy.built and spy.built[0].step > 0)
    if how == "leaves":
        runs.visit("a").leave()
    elif how == "asks for something else":
        finish(runs, "a", SHORT)
    until(lambda: key_of([LONG]) not in runs.watches.steps_wanted())
    longer = replace(LONG, depth=8)

    def sliced(count: int) -> bool:
        runs.visit("b").watch([longer])
        return spy.slices.count(longer) >= count

    until(lambda: sliced(2))
    stood = spy.built[0].step
    until(lambda: sliced(6))
    assert spy.built[0].step == stood < LONG.steps


def test_a_run_goes_on_when_it_is_watched_again(runs, spy):
    runs.visit("a").watch([LONG])
    until(lambda: spy.built and spy.built[0].step > 0)
    runs.visit("a").leave()
    finish(runs, "a", SHORT)
    stood = spy.built[0].step
    until(lambda: runs.visit("a").watch([LONG], wait=0.05).step > stood)
    assert len(spy.built) == 2


def test_one_who_leaves_does_not_stop_another(runs, spy):
    runs.visit("a").watch([LONG])
    runs.visit("b").watch([LONG])
    until(lambda: spy.built and spy.built[0].step > 0)
    runs.visit("a").leave()
    step = spy.built[0].step
    until(lambda: runs.visit("b").watch([LONG], wait=0.05).step > step)


def test_a_short_run_overtakes_a_long_one(runs, spy):
    runs.visit("long").watch([LONG])
    until(lambda: spy.built and spy.built[0].step > 0)
    short = replace(SHORT, steps=10_000)  # more than one slice

    def done() -> bool:
        assert not runs.visit("long").watch([LONG]).finished
        return runs.visit("short").watch([short], wait=0.05).finished

    until(done)
    order = [experiment.depth for experiment in spy.slices]
    own = [place for place, depth in enumerate(order) if depth == short.depth]
    assert len(own) > 1
    # Hardly anything else is trained in between: a burst that was interrupted may mislead once.
    assert own[-1] - own[0] < 1.5 * len(own)


def test_an_error_reaches_who_asked_and_nobody_else(runs, spy):
    spy.fails = staticmethod(lambda experiment: experiment.seed == 13)
    bad = replace(SHORT, seed=13)
    progress = finish(runs, "a", bad)
    assert "no room" in progress.error
    assert progress.finished
    assert finish(runs, "b", SHORT).error is None
    assert "no room" in runs.visit("a").watch([bad]).error, "it is not tried again by itself"
    assert len(spy.built) == 2


def test_an_error_in_the_middle_of_a_run_reaches_who_asked(runs, spy):
    runs.visit("a").watch([LONG])
    until(lambda: spy.built and spy.built[0].step > 0)
    spy.fails = staticmethod(lambda experiment: experiment.depth == LONG.depth)
    progress = finish(runs, "a", LONG)
    assert "no room" in progress.error
    assert progress.step < LONG.steps


def test_a_forgotten_error_can_be_tried_again(runs, spy):
    spy.fails = staticmethod(lambda experiment: True)
    assert finish(runs, "a", SHORT).error
    spy.fails = staticmethod(lambda experiment: False)
    runs.retry([SHORT])
    progress = finish(runs, "a", SHORT)
    assert progress.error is None
    same(progress.histories[0], train(SHORT))


def test_memory_is_bounded_and_what_is_watched_stays(runs, spy, monkeypatch):
    monkeypatch.setattr(policy, "CACHE_BYTES", 1)
    monkeypatch.setattr(watching, "SEEN_SECONDS", math.inf)  # however slow this machine is
    watched, *others = (replace(SHORT, seed=seed) for seed in range(4))
    finish(runs, "a", watched)
    for other in others:
        finish(runs, "b", other)
    assert runs.known([watched])
    until(lambda: [runs.known([other]) for other in others] == [False, False, True])
    finish(runs, "b", others[0])
    seeds = [trainer.experiments[0].seed for trainer in spy.built]
    assert seeds == [0, 1, 2, 3, 1], "a dropped run is trained anew, a watched one is not"


def test_the_oldest_runs_go_first(runs, monkeypatch):
    monkeypatch.setattr(watching, "WATCH_SECONDS", PATIENCE)
    experiments = [replace(SHORT, seed=seed) for seed in range(5)]
    for experiment in experiments[:3]:
        finish(runs, "a", experiment)
    each = runs.nbytes / 3
    runs.visit("a").watch(experiments[:1])  # the first is now the one asked for last
    monkeypatch.setattr(policy, "CACHE_BYTES", 3.5 * each)
    finish(runs, "a", experiments[3])
    until(lambda: [runs.known([e]) for e in experiments[:4]] == [True, False, True, True])
    finish(runs, "a", experiments[4])
    until(lambda: [runs.known([e]) for e in experiments] == [True, False, False, True, True])
    assert runs.nbytes <= 3.5 * each


def test_runs_that_fit_are_kept(runs, spy):
    for _ in range(2):
        for seed in range(4):
            finish(runs, "a", replace(SHORT, seed=seed))
    assert len(spy.built) == 4


@pytest.mark.parametrize("grown", [{"steps": 20_000}, {"networks": 256}, {"depth": 20}])
def test_the_estimate_grows(runs, grown):
    base = Experiment(depth=5, width=10, steps=2_000, networks=64)
    small, large = runs.estimate([base]), runs.estimate([replace(base, **grown)])
    assert large.seconds > 1.5 * small.seconds
    assert large.bytes > small.bytes
    both = runs.estimate([base, base.with_activation("relu")])
    assert both.seconds > small.seconds
    assert both.bytes > small.bytes


class Worked:
    """Processor time that trainers say they took, in estimated seconds each; one a run."""

    def __init__(self, monkeypatch, runs: Runs):
        self.paces = iter(())
        said: dict[Trainer, float] = {}

        def pace(trainer: Spy) -> Pace:
            if trainer not in said:
                said[trainer] = next(self.paces)
            whole = estimate([replace(trainer.experiments[0], steps=trainer.step)]).seconds
            return replace(Trainer.pace.fget(trainer), worked=said[trainer] * whole)

        monkeypatch.setattr(Spy, "pace", property(pace), raising=False)
        self._runs, self._seeds = runs, count(100)

    def finish(self, base: Experiment, *paces: float) -> None:
        """Have a run trained for each of these paces, and learned from."""
        self.paces = iter(paces)
        for _ in paces:
            finish(self._runs, "a", replace(base, seed=next(self._seeds)))


@pytest.fixture
def worked(monkeypatch, runs) -> Worked:
    return Worked(monkeypatch, runs)


def test_the_estimate_learns_how_slow_the_machine_is(runs, worked, monkeypatch):
    before = runs.estimate([LONG]).seconds
    worked.finish(SHORT, 100.0)
    assert runs.estimate([LONG]).seconds == before, "from so little it learns nothing"
    monkeypatch.setattr(shared, "LEARN_SECONDS", 0.0)
    worked.finish(SHORT, 3.0)
    until(lambda: runs.estimate([LONG]).seconds == pytest.approx(3 * before))


def test_one_run_that_was_disturbed_does_not_change_the_estimate(runs, worked, monkeypatch):
    monkeypatch.setattr(shared, "LEARN_SECONDS", 0.0)
    before = runs.estimate([LONG]).seconds
    worked.finish(SHORT, 2.0, 50.0, 2.0, 2.0, 80.0)
    until(lambda: len(runs._speeds) == 5)
    assert runs.estimate([LONG]).seconds == pytest.approx(2 * before)


def test_time_in_which_others_had_the_processor_does_not_count(runs, spy, monkeypatch):
    monkeypatch.setattr(shared, "LEARN_SECONDS", 0.0)
    slow = property(lambda self: 1e6, lambda self, value: None)
    monkeypatch.setattr(spy, "seconds", slow, raising=False)
    before = runs.estimate([LONG]).seconds
    finish(runs, "a", SHORT)
    until(lambda: runs._speeds)
    assert runs.estimate([LONG]).seconds < 1_000 * before


def test_with_half_a_processor_all_takes_twice_as_long(runs, monkeypatch):
    before = runs.estimate([LONG]).seconds
    monkeypatch.setattr(shared, "PROCESSORS", 0.5)
    assert runs.estimate([LONG]).seconds == pytest.approx(2 * before)
    monkeypatch.setattr(shared, "PROCESSORS", 8.0)
    assert runs.estimate([LONG]).seconds == before


def test_an_estimate_does_not_depend_on_which_activation_is_called_first():
    gelu = Experiment(activation="gelu", depth=9)
    pair = [gelu, gelu.with_activation("sigmoid")]
    assert estimate(pair) == estimate(pair[::-1])


def test_visitors_who_have_gone_are_no_crowd(runs, monkeypatch):
    monkeypatch.setattr(watching, "WATCH_SECONDS", 0.05)
    for visitor in range(20):
        runs.visit(f"gone {visitor}").watch([LONG])
    until(lambda: runs.crowd == 0)
    runs.visit("here").watch([LONG], again=PATIENCE)
    assert runs.crowd == 1


def test_a_session_that_announced_a_longer_pause_still_watches(runs, spy, monkeypatch):
    monkeypatch.setattr(watching, "WATCH_SECONDS", 0.05)
    runs.visit("patient").watch([LONG], again=PATIENCE)
    until(lambda: spy.slices.count(LONG) > 5)


@pytest.mark.parametrize("pause", [0.06, 0.2])
def test_a_run_larger_than_the_cache_is_trained_to_its_end_by_late_looks(runs, monkeypatch, pause):
    """Looked at only after the watch has lapsed, and with everything too large to keep."""
    monkeypatch.setattr(policy, "CACHE_BYTES", 0)
    monkeypatch.setattr(watching, "WATCH_SECONDS", 0.05)
    visit, deadline = runs.visit("a"), time.monotonic() + PATIENCE
    large, steps = replace(LONG, steps=2_000), []
    while not (progress := visit.watch([large])).finished:
        steps.append(progress.step)
        if len(steps) % 3 == 0:  # another's run makes the worker look for what it can drop
            runs.visit("b").watch([replace(SHORT, seed=len(steps))], wait=0.02)
        time.sleep(pause)
        assert time.monotonic() < deadline, steps
    assert steps == sorted(steps), "it never begins anew"
    same(progress.histories[0], train(large))


def test_a_finished_run_waits_for_a_late_visitor(runs, spy, monkeypatch):
    monkeypatch.setattr(policy, "CACHE_BYTES", 0)
    clock = Clock()
    monkeypatch.setattr(runs.watches, "_clock", clock)
    runs.visit("a").watch([SHORT])
    until(lambda: runs.known([SHORT]))
    clock.now += 0.9 * watching.HOLD_SECONDS
    finish(runs, "b", replace(SHORT, seed=1))
    finish(runs, "b", replace(SHORT, seed=2))
    until(lambda: not runs.known([replace(SHORT, seed=1)]))  # room was made since
    assert runs.visit("a").watch([SHORT]).finished
    clock.now += 0.9 * watching.HOLD_SECONDS
    finish(runs, "b", replace(SHORT, seed=3))
    until(lambda: not runs.known([SHORT]))  # who was shown the end holds it no longer


def test_a_page_that_is_run_again_ends_its_old_wait_and_trains_one_run(runs, spy):
    old, answers = runs.visit("a"), []
    thread = threading.Thread(target=lambda: answers.append(old.watch([LONG], wait=PATIENCE)))
    thread.start()
    until(lambda: spy.built and spy.built[0].step > 0)
    other = replace(LONG, depth=2)
    runs.visit("a").watch([other], again=PATIENCE)
    thread.join(PATIENCE / 2)
    assert not thread.is_alive(), "an old wait ends at once"
    assert not answers[0].finished
    assert not old.watch([LONG]).finished, "nor does it come back"
    assert runs.crowd == 1
    count = spy.slices.count(other)
    until(lambda: spy.slices.count(other) > count + 3)
    assert LONG not in spy.slices[-3:]


def test_a_moved_control_abandons_the_run(runs, spy):
    visit = runs.visit("a")
    visit.watch([LONG])
    until(lambda: spy.built and spy.built[0].step > 0)
    runs.visit("a").watch([replace(LONG, depth=2)], again=PATIENCE)
    until(lambda: len(spy.built) == 2 and spy.built[1].step > 0)
    stood = spy.built[0].step
    step = spy.built[1].step
    until(lambda: spy.built[1].step > step)
    assert spy.built[0].step == stood < LONG.steps


def test_an_error_concerns_who_asked_for_so_many_steps(runs, spy):
    """The run of 200 steps is done; that 5,000 fail is no news to who looks at it."""
    finish(runs, "a", SHORT)
    spy.fails = staticmethod(lambda experiment: True)
    longer = replace(SHORT, steps=5_000)
    failed = finish(runs, "b", longer)
    assert "no room" in failed.error
    same(failed.histories[0], train(SHORT))
    progress = runs.visit("a").watch([SHORT])
    assert progress.error is None
    assert progress.finished
    same(progress.histories[0], train(SHORT))
    spy.fails = staticmethod(lambda experiment: False)
    between = finish(runs, "c", replace(SHORT, steps=500))
    assert between.error is None, "fewer steps than those that failed are tried"
    same(between.histories[0], train(replace(SHORT, steps=500)))
    assert "no room" in runs.visit("b").watch([longer]).error
    runs.retry([longer])
    same(finish(runs, "b", longer).histories[0], train(longer))


def test_a_run_that_is_begun_anew_shows_what_it_had(runs, spy, monkeypatch):
    monkeypatch.setattr(job, "SLICE_SECONDS", 1e-9)  # one burst of steps
    finish(runs, "a", replace(SHORT, steps=1_000))
    spy.fails = staticmethod(lambda experiment: True)
    finish(runs, "b", replace(SHORT, steps=5_000))
    spy.fails = staticmethod(lambda experiment: len(spy.built) > 1 and spy.built[-1].step >= 500)
    failed = finish(runs, "c", replace(SHORT, steps=2_000))
    assert failed.step == 1_000, "not the fewer steps that the second trainer got to"
    assert runs.known([replace(SHORT, steps=1_000)])


@pytest.mark.parametrize("where", ["next_job", "to_drop"])
def test_the_worker_goes_on_after_any_failure(runs, monkeypatch, caplog, where):
    working, failures = getattr(policy, where), []

    def failing(*args):
        if len(failures) < 2:
            failures.append(where)
            raise OSError("not this time")
        return working(*args)

    monkeypatch.setattr(shared, "IDLE_SECONDS", 0.01)
    monkeypatch.setattr(policy, where, failing)
    progress = finish(runs, "a", SHORT)
    assert progress.error is None, "it was nobody's run that failed"
    same(progress.histories[0], train(SHORT))
    assert len(failures) == 2
    assert caplog.text.count("not this time") >= 2, "each is logged with its traceback"


@pytest.mark.parametrize("failure", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_the_worker_goes_on_whatever_is_raised(runs, spy, monkeypatch, caplog, failure):
    """In a thread even ``SystemExit`` is a mistake, and would end all training silently."""

    def failing(experiment):
        if experiment.seed == 13:
            raise failure("not you")
        return False

    spy.fails = staticmethod(failing)
    assert "not you" in finish(runs, "a", replace(SHORT, seed=13)).error
    assert finish(runs, "b", SHORT).error is None
    working = Runs._learn_speed
    raised = iter([failure("not here either")])

    def once(*args):
        for error in raised:
            raise error
        working(*args)

    monkeypatch.setattr(Runs, "_learn_speed", once)
    monkeypatch.setattr(shared, "IDLE_SECONDS", 0.01)
    assert finish(runs, "b", replace(SHORT, seed=1)).error is None
    assert finish(runs, "b", replace(SHORT, seed=2)).error is None
    assert "not here either" in caplog.text


def test_a_speed_that_cannot_be_learned_stops_nobody(runs, monkeypatch, caplog):
    def failing(*args, **kwargs):
        raise ZeroDivisionError("no speed")

    monkeypatch.setattr(Runs, "_learn_speed", failing)
    monkeypatch.setattr(shared, "IDLE_SECONDS", 0.01)
    for seed in (1, 2):
        assert finish(runs, "a", replace(SHORT, seed=seed)).error is None
    assert "no speed" in caplog.text


def test_a_job_whose_cost_is_unknown_fails_alone(runs, monkeypatch, caplog):
    working = job.Job.cost

    def cost(self, steps):
        if self.experiments[0].seed == 13:
            raise ValueError("no idea")
        return working(self, steps)

    monkeypatch.setattr(job.Job, "cost", cost)
    assert "no idea" in finish(runs, "a", replace(SHORT, seed=13)).error
    assert finish(runs, "b", SHORT).error is None
    assert "no idea" in caplog.text


def test_a_worker_that_does_not_move_is_told_once_a_stall_with_where_it_is(
    runs, spy, monkeypatch, caplog
):
    monkeypatch.setattr(shared, "STALL_SECONDS", 0.05)
    monkeypatch.setattr(shared, "IDLE_SECONDS", 0.005)
    hangs, moves = threading.Event(), threading.Event()

    def hanging(experiment):
        hangs.set()
        moves.wait(PATIENCE)
        return False

    def told() -> int:
        runs.visit("a").watch([SHORT])
        return caplog.text.count("has not moved")

    for stalls in (1, 2):
        spy.fails = staticmethod(hanging)
        runs.visit("a").watch([replace(SHORT, seed=stalls)])
        assert hangs.wait(PATIENCE)
        until(lambda stalls=stalls: told() == stalls)
        assert "in hanging" in caplog.text, "where it waits"
        for _ in range(20):
            assert told() == stalls, "once"
        spy.fails = staticmethod(lambda experiment: False)
        moves.set()
        assert finish(runs, "a", replace(SHORT, seed=stalls)).error is None
        hangs.clear()
        moves.clear()


def test_a_failed_run_is_logged_with_its_traceback(runs, spy, caplog):
    spy.fails = staticmethod(lambda experiment: True)
    finish(runs, "a", SHORT)
    (record,) = [r for r in caplog.records if r.name == "components.runs.shared"]
    assert "no room" in record.exc_text or "no room" in str(record.exc_info[1])
    assert "networks=3" in record.getMessage(), "and with what was asked for"


def test_a_large_run_begins_beside_others_where_the_cache_makes_room(runs, spy, monkeypatch):
    """Else a stream of small runs, each begun before the last has ended, lets it wait for ever."""
    monkeypatch.setattr(watching, "WATCH_SECONDS", 0.05)
    other = replace(SHORT, depth=4, networks=200)
    finish(runs, "gone", other)
    large = replace(SHORT, steps=100, networks=100)
    runs.visit("a").watch([LONG], again=PATIENCE)
    until(lambda: len(spy.built) == 2 and spy.built[1].step > 0)
    held = runs.nbytes
    room = estimate([large]).bytes + estimate([LONG]).bytes
    monkeypatch.setattr(policy, "TOTAL_BYTES", room + 0.5 * runs._jobs[key_of([other])].nbytes)
    assert held + estimate([large]).bytes > policy.TOTAL_BYTES
    runs.visit("b").watch([large], again=PATIENCE)
    until(lambda: runs.known([large]))
    assert not runs.known([LONG])
    assert not runs.known([other])


def test_when_nothing_is_to_be_trained_what_is_left_is_put_in_order(runs, spy, monkeypatch):
    """Who has gone is forgotten, what nobody waits for rests, and the cache is what it may be."""
    monkeypatch.setattr(shared, "IDLE_SECONDS", 0.01)
    for seed in range(3):
        finish(runs, "a", replace(SHORT, seed=seed))
    runs.visit("b").watch([LONG])
    until(lambda: len(spy.built) == 4 and spy.built[3].step > 0)
    awake = spy.built[3].nbytes
    runs.visit("b").leave()
    until(lambda: spy.built[3].nbytes < 0.8 * awake)
    monkeypatch.setattr(watching, "WATCH_SECONDS", 0.0)
    monkeypatch.setattr(policy, "CACHE_BYTES", 0)
    until(lambda: list(runs._jobs) == [key_of([LONG])])
    monkeypatch.setattr(watching, "FORGET_SECONDS", 0.0)
    until(lambda: not runs.watches._sessions)


def test_choosing_does_not_count_the_steps_of_every_run_anew(monkeypatch):
    """With hundreds who wait that would take longer than the training."""
    trainer, base = Trainer([SHORT]), replace(LONG, depth=2)
    trainer.advance()
    pair = [base, base.with_activation("relu")]
    first = estimate(pair, done=500), trainer.seconds_until(5_000)

    def counting(*args):
        raise AssertionError("counted once more")

    monkeypatch.setattr(record, "next_step", counting)
    assert (estimate(pair, done=500), trainer.seconds_until(5_000)) == first


def test_going_on_is_priced_from_where_the_run_is(runs):
    base = replace(SHORT, depth=9, networks=16, steps=2_000)
    longer = replace(base, steps=4_000)
    before = runs.estimate([longer]).seconds
    finish(runs, "a", base)
    runs._speeds.clear()
    assert runs.estimate([longer]).seconds < 0.6 * before


def test_what_sessions_leave_behind_is_small(runs):
    for seed in range(20):
        finish(runs, f"{seed}", replace(SHORT, seed=seed))
    kept = [vars(watch) for watch in runs.watches._sessions.values()]
    assert len(kept) == 20
    for values in kept:
        assert all(isinstance(v, int | float | bool | str | type(None)) for v in values.values()), (
            "a session holds a key, not arrays"
        )


def look_around(runs, times: int = 3) -> None:
    """Wait until the worker has found nothing to do so many times."""
    found, tidy = [], runs._tidy

    def counted():
        tidy()
        found.append(1)

    def enough() -> bool:
        runs._wake.set()
        return len(found) >= times

    runs._tidy = counted
    until(enough)
    runs._tidy = tidy


@pytest.fixture
def quiet(monkeypatch) -> None:
    monkeypatch.setattr(shared, "QUIET_SECONDS", 0.1)


@pytest.mark.usefixtures("quiet")
def test_what_is_wanted_ahead_is_trained_while_nobody_waits(runs, spy):
    other = SHORT.with_activation("relu")
    runs.train_ahead([(SHORT,), (other, SHORT)])
    until(lambda: runs.known((SHORT,)) and runs.known((other, SHORT)))
    assert runs.visit("a").watch((SHORT,)).finished
    assert len(spy.built) == 2
    same(runs.visit("a").watch((SHORT,)).histories[0], train(SHORT))


@pytest.mark.usefixtures("quiet")
def test_who_waits_comes_before_what_is_wanted_ahead(runs, spy):
    runs.train_ahead([(LONG,)])
    until(lambda: LONG in spy.slices)
    finish(runs, "a", SHORT)
    assert not runs.known((LONG,))
    mine = spy.slices.index(SHORT)
    assert LONG not in spy.slices[mine : mine + spy.slices.count(SHORT)]
    before = len(spy.slices)
    until(lambda: len(spy.slices) > before + 2)
    assert set(spy.slices[before + 1 :]) == {LONG}
    assert len(spy.built) == 2
    assert runs.crowd == 0


@pytest.mark.usefixtures("quiet")
def test_nothing_is_trained_ahead_for_which_there_is_no_room(runs, spy, monkeypatch):
    finish(runs, "a", SHORT)
    monkeypatch.setattr(policy, "CACHE_BYTES", runs.nbytes + 1)
    runs.train_ahead([(LONG,)])
    look_around(runs)
    assert len(spy.built) == 1
    assert runs.known((SHORT,))


@pytest.mark.usefixtures("quiet")
def test_what_was_trained_ahead_and_dropped_is_not_trained_for_nobody_again(runs, spy, monkeypatch):
    runs.train_ahead([(SHORT,)])
    until(lambda: runs.known((SHORT,)))
    monkeypatch.setattr(policy, "CACHE_BYTES", 0)
    other = SHORT.with_activation("relu")
    finish(runs, "a", other)
    until(lambda: not runs.known((SHORT,)))
    monkeypatch.setattr(policy, "CACHE_BYTES", 56 << 20)
    look_around(runs)
    assert not runs.known((SHORT,))


@pytest.mark.usefixtures("quiet")
def test_a_failure_ahead_is_not_tried_for_ever(runs, spy):
    spy.fails = staticmethod(lambda experiment: experiment == SHORT)
    other = SHORT.with_activation("relu")
    runs.train_ahead([(SHORT,), (other,)])
    until(lambda: runs.known((other,)))
    look_around(runs)
    assert spy.slices.count(SHORT) == 1


def test_nothing_is_trained_ahead_while_pages_are_drawn(runs, spy, monkeypatch):
    monkeypatch.setattr(shared, "QUIET_SECONDS", math.inf)
    finish(runs, "a", SHORT)
    runs.train_ahead([(LONG,)])
    look_around(runs)
    assert LONG not in spy.slices
    monkeypatch.setattr(shared, "QUIET_SECONDS", 0.0)
    until(lambda: LONG in spy.slices)
